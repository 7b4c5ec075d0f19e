#!/usr/bin/env python3
"""The examples of Testcontainers as they stand, each by its own module and its
own tools: modules.py ROOTFS BUILD. The engine they talk to is a test's, with the
image's root file system as its one image (tests/support/engine.py). Needs root.
Tools that are missing are named. Closes with 'N passed, N failed'."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.engine import Engine  # noqa: E402
from support.suite import run  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples" / "testcontainers"
ROOTFS = os.path.abspath(sys.argv[1])
BUILD = pathlib.Path(sys.argv[2]).resolve()


def example(name, *command, says, seconds=900, **env):
    """Runs it in a copy of its folder, next to what the tools keep; the helper
    of its language stands where it does beside the examples."""
    kept = BUILD / "test-kept" / "examples" / "testcontainers" / name
    kept.mkdir(parents=True, exist_ok=True)
    shutil.copytree(EXAMPLES / name, kept, dirs_exist_ok=True)
    shutil.copytree(ROOT / "clients" / name,
                    BUILD / "test-kept" / "clients" / name, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("target", "build"))
    with Engine(ROOTFS) as engine:
        env = {**os.environ, "DOCKER_HOST": "unix://" + engine.socket,
               "TESTCONTAINERS_HOST_OVERRIDE": "localhost",
               "TC_HOST": "localhost",
               "TESTCONTAINERS_CONNECTION_MODE": "docker_host",
               "TESTCONTAINERS_RYUK_DISABLED": "true",
               "TESTCONTAINERS_CHECKS_DISABLE": "true",
               "TESTCONTAINERS_DOCKER_SOCKET_OVERRIDE": engine.socket, **env}
        done = subprocess.run(["sh", "-ec", " ".join(command)], cwd=kept,
                              env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True,
                              timeout=seconds)
        assert done.returncode == 0 and says in done.stdout, (
            "%s\n%s" % (done.stdout[-6000:], "\n".join(engine.asked[-40:])))
        assert not engine.boxes, "a container was left behind"


def go():
    example("go", "go vet ./... && go test -count=1 ./...", says="ok")


def node():
    """Before Node 22 with the undici of that time: the module's own wants
    more of Node."""
    example("node", "case $(node -v) in v1*|v20*|v21*) npm pkg set"
            " overrides.undici=^7;; esac; npm install --silent --no-audit --no-fund"
            " --ignore-scripts && npm test", says="pass 3")


def python():
    example("python", "[ -x venv/bin/pytest ] || { python3 -m venv venv &&"
            " venv/bin/pip install -q -r requirements.txt; };"
            " venv/bin/pytest -q -p no:cacheprovider", says="3 passed")


def java():
    example("java", "mvn -q -B -ntp -f ../../../clients/java install"
            " -DskipTests && mvn -B -ntp test", says="Tests run: 3, Failures: 0")


def rust():
    example("rust", "cargo test --quiet", says="1 passed", seconds=1800,
            CARGO_PROFILE_DEV_DEBUG="0", CARGO_INCREMENTAL="0")


def page():
    """The containers that docs/tutorials/testcontainers.md shows are those that
    run here."""
    shown = re.findall(r"^`(\S+)`:\n\n```\w+\n(.*?)^```$", (
        ROOT / "docs" / "tutorials" / "testcontainers.md").read_text(),
        re.M | re.S)
    assert len(shown) >= 8, [name for name, _ in shown]
    for name, text in shown:
        assert text in (EXAMPLES / name).read_text(), name


TOOLS = [(page, "sh"), (go, "go"), (node, "npm"), (python, "python3"), (java, "mvn"),
         (rust, "cargo")]
for test, tool in TOOLS:
    if not shutil.which(tool):
        print("skipped, no %s: %s" % (tool, test.__name__))
sys.exit(run([t for t, tool in TOOLS if shutil.which(tool)]))
