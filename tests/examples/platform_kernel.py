#!/usr/bin/env python3
"""platform_kernel.py BINARY: the Go services of examples/platform-kernel, by
their own tests. Closes with 'N passed, N failed'; without Go nothing is run."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from suite import run, same  # noqa: E402

HERE = (pathlib.Path(__file__).resolve().parent.parent.parent / "examples"
        / "platform-kernel")
OLDEST = [1, 21]
ENV = {k: v for k, v in os.environ.items()
       if not k.startswith(("MOCKVAULT_", "VAULT_"))}
ENV["MOCKVAULT_BIN"] = os.path.abspath(sys.argv[1])


def call(*command):
    """What it printed; fails with that unless it ends with 0."""
    done = subprocess.run(command, cwd=HERE, env=ENV, text=True, timeout=300,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert done.returncode == 0, "%s: %d\n%s" % (command, done.returncode,
                                                 done.stdout[-8000:])
    return done.stdout


def form():
    same(call("gofmt", "-l", "."), "")
    call("go", "vet", "./...")


def readme_names_every_test():
    names = set()
    for file in (HERE / "tests").glob("*_test.go"):
        names.update(re.findall(r"^func (Test\w+)\(t ", file.read_text(), re.M))
    assert names, "there are no tests"
    same(sorted(re.findall(r"^\| `(Test\w+)`", (HERE / "README.md").read_text(),
                           re.M)), sorted(names))


def tests():
    said = call("go", "test", "-count=1", "-v", "./...")
    assert len(re.findall(r"^--- PASS", said, re.M)) > 30, said[-8000:]


def has_go():
    if not shutil.which("go"):
        return False
    found = re.search(r"go(\d+)\.(\d+)", call("go", "version"))
    return [int(found[1]), int(found[2])] >= OLDEST


if __name__ == "__main__":
    steps = [form, readme_names_every_test, tests]
    if not has_go():
        print("skipped, no Go from 1.21 on: %s" % ", ".join(
            step.__name__ for step in steps))
        steps = []
    sys.exit(run(steps))
