#!/usr/bin/env python3
"""readme.py BINARY: the README's blocks as they stand, each run by the tool it
is for, with the program on PATH. Those whose tool is missing are named.

Closes with 'N passed, N failed'."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server  # noqa: E402
from suite import run  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = os.path.abspath(sys.argv[1])
README = (ROOT / "README.md").read_text()
BUILD = pathlib.Path(BINARY).parent


def block(language):
    """The one block of that language."""
    found = re.findall(r"^```%s\n(.*?)^```" % language, README, re.M | re.S)
    assert len(found) == 1, (language, len(found))
    return found[0]


class Workplace:
    """A folder with the program on PATH as mockvault and vault."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="readme-"))
        for name in ("mockvault", "vault"):
            (self.folder / name).symlink_to(BINARY)
        self.env = {**os.environ, "HOME": str(self.folder),
                    "PATH": "%s:%s" % (self.folder, os.environ["PATH"]),
                    "GOPATH": os.environ.get("GOPATH",
                                             os.path.expanduser("~/go")),
                    "GOCACHE": str(BUILD / "go-cache")}
        return self

    def __exit__(self, *error):
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def run(self, *command, says=""):
        done = subprocess.run(command, cwd=self.folder, env=self.env,
                              stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, timeout=600,
                              stdin=subprocess.DEVNULL)
        assert done.returncode == 0 and says in done.stdout, (
            command, done.returncode, done.stdout)
        return done.stdout


def pytest_block():
    venv = BUILD / "venv-readme"
    if not (venv / "bin" / "pytest").exists():
        subprocess.run(["python3", "-m", "venv", venv], check=True)
        subprocess.run([venv / "bin" / "pip", "install", "-q", "pytest==8.3.4",
                        "hvac==2.3.0"], check=True)
    with Workplace() as w:
        w.write("test_app.py", block("python"))
        w.run(str(venv / "bin" / "pytest"), "-q", "-p", "no:cacheprovider",
              says="1 passed")


def go_block():
    with Workplace() as w:
        w.write("app_test.go", block("go"))
        for name in ("go.mod", "go.sum"):
            text = (ROOT / "tests" / "clients" / "go" / name).read_text()
            w.write(name, re.sub(r"^module .*", "module app", text,
                                 flags=re.M))
        w.run("go", "test", "-mod=mod", "./...", says="ok")


def node_block():
    with Workplace() as w:
        w.write("app.test.js", block("js"))
        w.run("node", "--test", says="pass 1")


def java_block():
    """The class as it stands, called by a main of the test's own."""
    with Workplace() as w:
        text = block("java").rstrip()
        assert text.endswith("}"), text
        w.write("SecretTest.java", text[:-1] + """
    public static void main(String[] words) throws Exception {
        start();
        var body = "{\\"data\\":{\\"k\\":\\"v\\"}}";
        System.out.println("wrote " + status("POST", "/v1/secret/data/app",
            body) + ", read " + status("GET", "/v1/secret/data/app", ""));
        server.destroy();
    }
}
""")
        w.run("java", "SecretTest.java", says="wrote 200, read 200")


def outages_of_the_table():
    """Every command of "Break it" is taken by a server."""
    rows = re.findall(r"^\| [^|]+ \| `mockvault ctl (outage [^`]+)` \|$",
                      README, re.M)
    assert len(rows) >= 6, rows
    with Workplace() as w:
        server = Server(BINARY, "--admin-addr=127.0.0.1:0")
        w.env["MOCKVAULT_URL"] = server.bound["admin_addr"]
        try:
            for row in rows:
                w.run("sh", "-c", "mockvault ctl " + row, says=" is on")
                w.run("mockvault", "ctl", "outage", "off", "all")
        finally:
            assert server.stop() == 0, server.stderr()


def vault_command():
    """The words of "Run it" that type vault commands."""
    with Workplace() as w:
        server = Server(BINARY)
        w.env.update(VAULT_ADDR=server.url, VAULT_TOKEN="root")
        try:
            words = re.findall(r"^    \$ (vault .*)$", README, re.M)
            assert len(words) >= 2, words
            for line in words:
                out = w.run("sh", "-c", line)
            assert out == "v", out  # no newline: standard output is no terminal
        finally:
            assert server.stop() == 0


NEEDS = [(pytest_block, "python3"), (go_block, "go"), (node_block, "node"),
         (java_block, "java"), (outages_of_the_table, "sh"),
         (vault_command, "sh")]
for test, tool in NEEDS:
    if not shutil.which(tool):
        print("skipped, no %s: %s" % (tool, test.__name__))
sys.exit(run([t for t, tool in NEEDS if shutil.which(tool)]))
