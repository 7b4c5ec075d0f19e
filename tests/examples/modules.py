#!/usr/bin/env python3
"""The examples of Testcontainers as they stand, each by its own module and its
own tools: modules.py ROOTFS BUILD. The engine they talk to is a test's, with the
image's root file system as its one image (tests/support/engine.py). Needs root.
Tools that are missing are named. Closes with 'N passed, N failed'."""
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.engine import Engine  # noqa: E402
from support.suite import run  # noqa: E402

EXAMPLES = (pathlib.Path(__file__).resolve().parent.parent.parent /
            "examples" / "testcontainers")
ROOTFS = os.path.abspath(sys.argv[1])
BUILD = pathlib.Path(sys.argv[2]).resolve()


def example(name, *command, says, seconds=900, **env):
    """Runs it in a copy of its folder, next to what the tools keep."""
    kept = BUILD / "test-kept" / "testcontainers" / name
    kept.mkdir(parents=True, exist_ok=True)
    shutil.copytree(EXAMPLES / name, kept, dirs_exist_ok=True)
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
            " --ignore-scripts && npm test", says="pass 2")


def python():
    example("python", "[ -x venv/bin/pytest ] || { python3 -m venv venv &&"
            " venv/bin/pip install -q -r requirements.txt; };"
            " venv/bin/pytest -q -p no:cacheprovider test_vault.py",
            says="2 passed")


def java():
    example("java", "mvn -B -ntp test", says="Tests run: 2, Failures: 0")


def rust():
    example("rust", "cargo test --quiet", says="1 passed", seconds=1800,
            CARGO_PROFILE_DEV_DEBUG="0", CARGO_INCREMENTAL="0")


TOOLS = [(go, "go"), (node, "npm"), (python, "python3"), (java, "mvn"),
         (rust, "cargo")]
for test, tool in TOOLS:
    if not shutil.which(tool):
        print("skipped, no %s: %s" % (tool, test.__name__))
sys.exit(run([t for t, tool in TOOLS if shutil.which(tool)]))
