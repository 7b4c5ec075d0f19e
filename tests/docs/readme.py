#!/usr/bin/env python3
"""readme.py BINARY: the README's blocks as they stand, each run by the tool it
is for, with the program on PATH. Those whose tool is missing are named.

Closes with 'N passed, N failed'."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import blocks  # noqa: E402
from server import Server  # noqa: E402
from suite import run, same  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = os.path.abspath(sys.argv[1])
README = (ROOT / "README.md").read_text()
KEPT = pathlib.Path(BINARY).parent / "test-kept"  # what tools fetched
KEPT.mkdir(exist_ok=True)
JUNIT = "1.11.4"
LATER = ("docs/image.md", "docs/versions.md")  # pages that others write


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
                    "GOCACHE": str(KEPT / "go-cache")}
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
    venv = KEPT / "venv-readme"
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
    jar = KEPT / ("junit-platform-console-standalone-%s.jar" % JUNIT)
    if not jar.exists():
        subprocess.run(
            ["mvn", "-q", "-B", "dependency:copy", "-DoutputDirectory=%s" %
             KEPT, "-Dartifact=org.junit.platform:junit-platform-console-"
             "standalone:" + JUNIT], check=True, stdin=subprocess.DEVNULL)
    with Workplace() as w:
        w.write("SecretTest.java", block("java"))
        w.run("javac", "-cp", str(jar), "SecretTest.java")
        w.run("java", "-jar", str(jar), "execute", "--class-path", ".",
              "--scan-class-path", says="1 tests successful")


def service_block():
    """What the service's environment seeds, and the line of "Run it"."""
    env = dict(re.findall(r"^      (\w+): '?(.*?)'?$", block("yaml"), re.M))
    assert env["VAULT_DEV_ROOT_TOKEN_ID"] == "root", env
    line = re.search(r"^    (MOCKVAULT_FIXTURES)='(.*)' mockvault", README,
                     re.M).groups()
    for seeds in (env, dict([line])):
        server = Server(BINARY, env=seeds)
        try:
            same(server.insist(200, "GET", "secret/data/app")["data"]["data"],
                 {"k": "v"})
        finally:
            assert server.stop() == 0, server.stderr()


def fixtures_page():
    """Its document seeds what it says: a login of each kind works."""
    page = (ROOT / "docs" / "fixtures.md").read_text()
    document = re.search(r"^```json\n(.*?)^```", page, re.M | re.S).group(1)
    server = Server(BINARY, env={"MOCKVAULT_FIXTURES": document})
    try:
        for path, body in (
                ("approle/login", {"role_id": "app-role",
                                   "secret_id": "app-secret"}),
                ("userpass/login/alice", {"password": "pw"})):
            made = server.insist(200, "POST", "auth/" + path, body, token="")
            server.insist(200, "GET", "secret/data/app",
                          token=made["auth"]["client_token"])
    finally:
        assert server.stop() == 0, server.stderr()


LEASED = {"database/config/pg": {
    "plugin_name": "postgresql-database-plugin", "allowed_roles": ["r"],
    "connection_url": "postgresql://{{username}}@db.test/x",
    "username": "u", "password": "p"},
    "database/roles/r": {"db_name": "pg", "creation_statements": ["X"]}}


def outages_of_the_table():
    """Every command of "Break it" is taken by a server that has a lease to
    end."""
    rows = re.findall(r"^\| [^|]+ \| `mockvault ctl (outage [^`]+)` \|$",
                      README, re.M)
    assert len(rows) >= 6, rows
    with Workplace() as w:
        server = Server(BINARY, "--admin-addr=127.0.0.1:0", "--fixtures",
                        json.dumps({"database": LEASED}))
        w.env["MOCKVAULT_URL"] = server.bound["admin_addr"]
        try:
            server.insist(200, "GET", "database/creds/r")
            for row in rows:
                said = w.run("sh", "-c", "mockvault ctl " + row)
                assert " is on" in said or " is done" in said, (row, said)
                w.run("mockvault", "ctl", "outage", "off", "all")
        finally:
            assert server.stop() == 0, server.stderr()


def newcomer():
    """Reads and writes a secret, seals the vault for 30 s, and proves that a
    client backs off: what the README types, one line after the other."""
    typed = blocks.newcomer(README)
    assert len(typed) == 7, typed
    with Workplace() as w:
        around = w.folder / "run"  # where ctl finds this server and no other
        around.mkdir()
        w.env["XDG_RUNTIME_DIR"] = str(around)
        w.env.pop("MOCKVAULT_URL", None)
        server = Server(BINARY, "--admin-addr=127.0.0.1:0",
                        env={"XDG_RUNTIME_DIR": str(around)})
        assert list(around.glob("mockvault/*.json")), server.stderr()
        try:
            for script, shown in typed:
                w.run("sh", "-c", script.replace("http://127.0.0.1:8200",
                                                 server.url), says=shown)
        finally:
            assert server.stop() == 0, server.stderr()


def time_and_state():
    with Workplace() as w:
        server = Server(BINARY, "--admin-addr=127.0.0.1:0")
        w.env["MOCKVAULT_URL"] = server.bound["admin_addr"]
        try:
            typed = blocks.session(
                blocks.section(README, "Time and state"))
            assert len(typed) == 4, typed
            for line, _ in typed:
                w.run("sh", "-c", line)
        finally:
            assert server.stop() == 0, server.stderr()


def table_row(area):
    """(supported, unsupported): the words in backticks of that row."""
    cells = re.search(r"^\| %s \|([^|]*)\|([^|]*)\|$" % re.escape(area), README,
                      re.M).groups()
    return [re.findall(r"`([^`]+)`", c) for c in cells]


def table_of_secrets_engines():
    supported, unsupported = table_row("secrets engines")
    assert len(supported) >= 8 and len(unsupported) >= 10
    server = Server(BINARY)
    try:
        have = server.insist(200, "GET", "sys/mounts")["data"]
        have = {m["type"] for m in have.values()}
        for name in supported:
            if name not in have:
                server.insist(204, "POST", "sys/mounts/x-" + name,
                              {"type": name})
        for name in unsupported:
            answer = server.insist(400, "POST", "sys/mounts/y-" + name,
                                   {"type": name})
            assert "plugin not found in the catalog" in str(answer), answer
    finally:
        assert server.stop() == 0


def table_of_logins():
    """Those on the right can be enabled and configured; a login is no 5xx
    and no success."""
    supported, unsupported = table_row("logins")
    server = Server(BINARY)
    try:
        have = server.insist(200, "GET", "sys/auth")["data"]
        have = {m["type"] for m in have.values()}
        for name in supported + unsupported:
            if name not in have:
                server.insist(204, "POST", "sys/auth/" + name,
                              {"type": name})
        for name in unsupported:
            server.insist(204, "POST", "sys/auth/%s/tune" % name,
                          {"description": "tuned"})
            for path in ("login", "login/x"):
                status, _, text = server.ask(
                    "POST", "auth/%s/%s" % (name, path),
                    {"role": "x", "jwt": "x", "token": "x", "password": "x"})
                assert 400 <= status < 500, (name, path, status, text)
    finally:
        assert server.stop() == 0


def table_of_commands():
    _, unsupported = table_row("the `vault` command")
    assert len(unsupported) >= 10, unsupported
    with Workplace() as w:
        for words in unsupported:
            done = subprocess.run(["vault", *words.split()], env=w.env,
                                  cwd=w.folder, capture_output=True)
            assert done.returncode == 127, (words, done)


def links():
    """Of the README and of the pages, within the project."""
    for page in (ROOT / "README.md", ROOT / "examples" / "README.md",
                 *(ROOT / "docs").rglob("*.md"),
                 *(ROOT / "clients").glob("**/README.md")):
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            if link not in LATER:
                assert (page.parent / link).exists(), (page.name, link)


def typed(page):
    """The page's commands to a server; an open quote goes on in the next
    lines."""
    lines = page.read_text().split("\n")
    for i, line in enumerate(lines):
        if re.match(r"    \$ (mockvault ctl|vault|curl) ", line):
            text = line[6:]
            while text.count("'") % 2:
                i += 1
                text += "\n" + lines[i]
            yield text


# What a page's server is started with, beside what all are.
PAGE_FLAGS = {"cluster.md": ["-nodes=3"]}


def typed_by_pages():
    """The commands of docs/*.md that ask a server are understood by one, line
    after line: 0 or 1 of ctl (a claim may fail), no refusal of curl. Of a
    stream the first line is read."""
    for page in sorted((ROOT / "docs").glob("*.md")):
        lines = list(typed(page))
        if not lines or page.name in ("production.md", "image.md"):
            continue
        with Workplace() as w:
            server = Server(BINARY, "--admin-addr=127.0.0.1:0", "--fixtures",
                            '{"auth": {"approle": {"type": "approle"}}}',
                            *PAGE_FLAGS.get(page.name, []))
            admin = server.bound["admin_addr"]
            w.env.update(MOCKVAULT_URL=admin, MOCK=admin, VAULT_TOKEN="root",
                         VAULT_ADDR=server.url)
            try:
                for line in lines:
                    line = line.replace("http://127.0.0.1:8299", admin)
                    line = line.replace("http://127.0.0.1:8200", server.url)
                    for i, node in enumerate(server.bound.get("nodes", [])):
                        line = line.replace("http://127.0.0.1:%d" % (
                            8200 + 2 * i), node["api_addr"])
                    if line.startswith("curl -sN"):
                        line += " | grep -m 1 ."
                    done = subprocess.run(
                        ["sh", "-c", line], cwd=w.folder, env=w.env,
                        capture_output=True, text=True, timeout=60)
                    assert done.returncode in (0, 1), (page.name, line, done)
            finally:
                assert server.stop() == 0, server.stderr()


def tutorial(name):
    """The page's files are written and its commands run, from above to below;
    what is shown below a command is in what it printed."""
    page = (ROOT / "docs" / "tutorials" / (name + ".md")).read_text()
    steps = re.findall(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)^```$|^    \$ ([^\n]*\n"
                       r"(?:    [^$\n][^\n]*\n)*)", page, re.M | re.S)
    assert len(steps) >= 5, steps
    # What is built stands beside its source.
    source = KEPT / "tutorial"
    shutil.rmtree(source / "clients" / name, ignore_errors=True)
    shutil.copytree(ROOT / "clients" / name, source / "clients" / name,
                    ignore=shutil.ignore_patterns("target", "build"))
    with Workplace() as w:
        w.env.update(MOCKVAULT=str(source), MOCKVAULT_BIN="",
                     CARGO_TARGET_DIR=str(KEPT / "tutorial-target"),
                     MAVEN_ARGS="-Dmaven.repo.local=%s" % (KEPT / "m2"))
        for tool in ("cargo", "rustup"):
            w.env.setdefault(tool.upper() + "_HOME",
                             os.path.expanduser("~/." + tool))
        # Cargo makes no package in a home.
        w.env["HOME"] = str(w.folder / "home")
        for file, text, typed_text in steps:
            if file:
                (w.folder / file).parent.mkdir(parents=True, exist_ok=True)
                w.write(file, text)
                continue
            command, *shown = typed_text.rstrip("\n").split("\n")
            said = " ".join(w.run("sh", "-c", command).split())
            for line in shown:
                line = " ".join(line.split())
                assert line in said, (name, command, line, said)


# Pages that start servers of their own and ask them.
GUIDES = ("rotation", "token-end", "incident", "nodes", "ci", "proxy",
          "coming-from", "../cluster")
ADMIN = "127.0.0.1:8299"


class Guide:
    """A page typed from above to below: its files are written, its servers
    started on ports of the kernel's choice, which stand for those that the
    page names; exports hold for what follows."""

    def __init__(self, name):
        self.name = name
        self.page = (ROOT / "docs" / "tutorials" / (name + ".md")).read_text()
        self.exports = ""
        self.ports = {}  # as the page has them -> as bound
        self.servers = []

    def steps(self):
        """(file, text) or (None, command with what is shown below); a row of
        a table may end in a command. An open quote goes on in the next
        lines."""
        for file, text, typed_text, row in re.findall(
                r"^`([^`\n]+)`:\n\n```\w+\n(.*?)^```$|^    \$ ("
                r"[^\n]*\n(?:    (?!\$ )[^\n]+\n)*)|^\|[^\n]*\| `(mockvault "
                r"[^`\n]+)` \|$", self.page, re.M | re.S):
            yield (file, text) if file else (None, typed_text or row)

    def start(self, w, command):
        """A line that leaves a server behind."""
        words = re.sub(r">\S+|&$", "", command).split()
        port = 8200
        for i, word in enumerate(words):
            found = re.match(r"(.*listen.*=127\.0\.0\.1:)(\d+)$", word)
            if found:
                port, words[i] = int(found.group(2)), found.group(1) + "0"
        if not any("listen" in word for word in words):
            words.append("-dev-listen-address=127.0.0.1:0"
                         if words[1] == "server" else "--listen=127.0.0.1:0")
        if not any("admin-addr" in word for word in words):
            words.append("--admin-addr=127.0.0.1:0")
        server = subprocess.Popen(
            ["sh", "-c", "exec " + self.bound(" ".join(words))], cwd=w.folder,
            env=w.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True)
        self.servers.append(server)
        line = next((x for x in server.stdout if x.startswith('{"mock')), None)
        assert line, (self.name, command)
        told = json.loads(line)
        nodes = told.get("nodes") or [told]
        for i, node in enumerate(nodes):
            self.ports["127.0.0.1:%d" % (port + 2 * i)] = (
                node["api_addr"].rpartition("/")[2])
        if told.get("admin_addr"):
            self.ports[ADMIN] = told["admin_addr"].rpartition("/")[2]

    def bound(self, text):
        return re.sub(r"127\.0\.0\.1:\d+",
                      lambda m: self.ports.get(m.group(), m.group()), text)

    def type(self, w, typed_text):
        command, *shown = typed_text.rstrip("\n").split("\n")
        while command.count("'") % 2:
            command += "\n" + shown.pop(0)
        if re.match(r"mockvault (server|proxy|replay) .*&$", command):
            self.start(w, command)
        elif command.startswith("export "):
            self.exports += command + "\n"
        else:
            said = w.run("sh", "-c", self.bound(self.exports + command))
            said = " ".join(said.split())
            if command.startswith("mockvault ctl shutdown"):
                same(self.servers.pop().wait(timeout=30), 0)
            for line in shown:
                line = " ".join(self.bound(line).split())
                assert line in said, (self.name, command, line, said)

    def run(self):
        steps = list(self.steps())
        assert len(steps) >= 5, steps
        with Workplace() as w:
            around = w.folder / "run"
            around.mkdir()
            w.env["XDG_RUNTIME_DIR"] = str(around)
            w.env.pop("MOCKVAULT_URL", None)
            try:
                for file, text in steps:
                    if file:
                        w.write(file, text)
                    else:
                        self.type(w, text)
            finally:
                for server in self.servers:
                    server.terminate()
                    server.wait()


def guide(name):
    def test():
        Guide(name).run()

    test.__name__ = "guide_" + name.rpartition("/")[2].replace("-", "_")
    return test


def tutorial_python():
    tutorial("python")


def tutorial_go():
    tutorial("go")


def tutorial_node():
    tutorial("node")


def tutorial_java():
    tutorial("java")


def tutorial_rust():
    tutorial("rust")


NEEDS = [(pytest_block, "python3"), (go_block, "go"), (node_block, "node"),
         (java_block, "mvn"), (outages_of_the_table, "sh"), (newcomer, "sh"),
         (time_and_state, "sh"), (service_block, "sh"), (fixtures_page, "sh"),
         (table_of_secrets_engines, "sh"),
         (table_of_logins, "sh"), (table_of_commands, "sh"), (links, "sh"),
         (typed_by_pages, "curl"), (tutorial_python, "python3"),
         (tutorial_go, "go"), (tutorial_node, "npm"), (tutorial_java, "mvn"),
         (tutorial_rust, "cargo"),
         *((guide(name), "curl") for name in GUIDES)]
for test, tool in NEEDS:
    if not shutil.which(tool):
        print("skipped, no %s: %s" % (tool, test.__name__))
sys.exit(run([t for t, tool in NEEDS if shutil.which(tool)]))
