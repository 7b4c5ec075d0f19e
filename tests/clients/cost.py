#!/usr/bin/env python3
"""cost.py BINARY [LANGUAGE...]: what a test costs with each helper, in
milliseconds from the fixture to the first answer: of the first test, which
starts the server, and of the median of 50 more; and their whole length, with
the end of the fixture. The program should be one that was built with -O2."""
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = os.path.abspath(sys.argv[1])
COST = pathlib.Path(__file__).resolve().parent / "cost"
KEPT = pathlib.Path(BINARY).parent / "test-kept" / "cost"


def call(*command, cwd, **env):
    around = {k: v for k, v in os.environ.items()
              if not k.startswith(("MOCKVAULT_", "VAULT_"))}
    done = subprocess.run([str(w) for w in command], cwd=cwd, text=True,
                          env={**around, "MOCKVAULT_BIN": BINARY, **env},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert done.returncode == 0, (command, done.stdout)
    return done.stdout


def go(path):
    here = ROOT / "clients" / "go"
    shutil.copy(COST / "cost_test.go", path)
    shutil.copy(here / "go.sum", path)
    (path / "go.mod").write_text(re.sub(
        r"^module .*", "module cost\n\nrequire mockvault.test/mockvault v0.0.0"
        "\n\nreplace mockvault.test/mockvault => %s" % here,
        (here / "go.mod").read_text(), flags=re.M))
    return call("go", "test", "-mod=mod", "-count=1", "-v", ".", cwd=path)


def python(path):
    venv = KEPT / "venv"
    if not (venv / "done").exists():
        call(sys.executable, "-m", "venv", venv, cwd=path)
        call(venv / "bin" / "pip", "install", "-q", "hvac==2.3.0",
             "pytest==8.3.4", cwd=path)
        (venv / "done").touch()
    return call(venv / "bin" / "python", COST / "cost.py", cwd=path,
                PYTHONPATH=str(ROOT / "clients" / "python"))


def node(path):
    return call("node", COST / "cost.js", ROOT / "clients" / "node", cwd=path)


def java(path):
    """What of the helper asks for no JUnit."""
    of = ROOT / "clients" / "java" / "src" / "main" / "java" / "mockvault"
    sources = [p for p in of.glob("*.java") if not p.name.startswith("MockV")]
    call("javac", "-d", path, *sources, COST / "Cost.java", cwd=path)
    return call("java", "-cp", path, "Cost", cwd=path)


def rust(path):
    (path / "src").mkdir()
    shutil.copy(COST / "main.rs", path / "src")
    (path / "Cargo.toml").write_text(
        '[package]\nname = "cost"\nversion = "0.0.0"\nedition = "2021"\n'
        '[dependencies]\nmockvault = { path = "%s" }\n'
        % (ROOT / "clients" / "rust"))
    return call("cargo", "run", "--quiet", "--release", cwd=path,
                CARGO_TARGET_DIR=str(KEPT / "target"))


def c(path):
    """By the library that this build installs."""
    build = pathlib.Path(BINARY).parent
    call("make", "-s", "-C", build, "install", "DESTDIR=%s" % path,
         "prefix=/opt", cwd=path)
    library = path / "opt" / "lib"
    flags = call("pkg-config", "--define-prefix", "--cflags", "--libs",
                 "mockvault", cwd=path,
                 PKG_CONFIG_PATH=str(library / "pkgconfig"))
    instruments = re.search("^SAN_FLAGS = (.*)$",
                            (build / "Makefile").read_text(), re.M)
    call("gcc", "-O2", *(instruments[1].split() if instruments else []),
         COST / "cost.c", *flags.split(), "-o", "cost", cwd=path)
    return call("./cost", cwd=path, LD_LIBRARY_PATH=str(library))


LANGUAGES = {"c": (c, "pkg-config"), "go": (go, "go"), "python": (python, "python3"),
             "node": (node, "node"), "java": (java, "javac"),
             "rust": (rust, "cargo")}


def main():
    KEPT.mkdir(parents=True, exist_ok=True)
    print("%-8s %8s %8s %8s  ms" % ("", "first", "next", "whole"))
    for name in sys.argv[2:] or LANGUAGES:
        run, tool = LANGUAGES[name]
        if not shutil.which(tool):
            print("%-8s skipped, no %s" % (name, tool))
            continue
        with tempfile.TemporaryDirectory(prefix="cost-") as folder:
            said = run(pathlib.Path(folder))
        took = [[1e3 * float(x) for x in pair] for pair in
                re.findall(r"^took (\S+) (\S+)$", said, re.M)]
        assert len(took) == 51, said
        print("%-8s %8.1f %8.1f %8.1f" % (
            name, took[0][0], statistics.median(x for x, _ in took[1:]),
            statistics.median(x for _, x in took[1:])))


if __name__ == "__main__":
    sys.exit(main())
