#!/usr/bin/env python3
"""suites.py --build DIR [--all] [SUITE...] [-k WORD]: runs test suites side by
side and adds up what they say. scripts/test builds first and calls this.

A suite is fast (True), of --all (False), or runs when it is named (None): the
Testcontainers modules fetch and compile for minutes.
It is a command that closes with 'N passed, N failed', or whose exit
status counts as one test. It finds the word of -k in $MV_TEST_ONLY."""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = "@BUILD@/mockvault"
Suite = collections.namedtuple("Suite", "name fast packages command")


def python(name, path, *args, fast=True, packages=""):
    return Suite(name, fast, packages.split(),
                 ["python3", "tests/" + path, BINARY, *args])


def on_image(name, path, *args, fast=False, packages=""):
    """A suite on the image's root file system: one at a time has it."""
    return Suite(name, fast, packages.split(), [
        "flock", "@BUILD@/image.lock", "sh", "-c", "scripts/image >&2 && exec "
        "python3 tests/%s" % " ".join([path, "build-image/rootfs", *args])])


# Nothing to run where it was built without libraft.
RAFTSIM = ("test -x @BUILD@/tests/stress/raftsim/raftsim || exit 0; "
           "exec @BUILD@/tests/stress/raftsim/raftsim")
# Its wrappers are x86-64's. It takes what a first build of it needs, too.
FAILING = ('test "$(uname -m)" = x86_64 || exit 0; '
           "make -s -C @BUILD@ tests/stress/failing/failing_calls >&2 && exec "
           "@BUILD@/tests/stress/failing/failing_calls ")
CASES = sorted(str(p.relative_to(ROOT))
               for p in (ROOT / "tests" / "cases").glob("*.json"))
SUITES = [
    Suite("unit", True, [], ["python3", "tests/suites.py", "--build",
                             "@BUILD@", "--unit"]),
    Suite("house", True, [], ["python3", "scripts/check-house", "--build",
                              "@BUILD@"]),
    Suite("house-self-test", True, [], ["python3", "scripts/check-house",
                                        "--self-test"]),
    Suite("fuzz-corpus", True, [], ["scripts/replay-corpus", "@BUILD@"]),
    Suite("cluster", True, [], ["sh", "-c", RAFTSIM + " --suite"]),
    python("nodes", "cluster/nodes.py"),
    python("linearizable", "cluster/linearizable.py", "@BUILD@", fast=False),
    python("linearizable-long", "cluster/linearizable.py", "@BUILD@", "1000",
           fast=None),
    python("cluster-processes", "cluster/processes.py", fast=False),
    python("config-nodes", "cluster/config_nodes.py", fast=False),
    python("cluster-faults", "cluster/faults.py", fast=False),
    python("cluster-faults-long", "cluster/faults.py", "50", fast=None),
    python("cluster-go-client", "cluster/faults.py", "go", fast=False,
           packages="golang-go:go"),
    Suite("cluster-long", None, [], ["sh", "-c", RAFTSIM + " --long"]),
    Suite("outages-page", True, [], ["sh", "-c", "@BUILD@/mockvault outages | "
                                     "diff - docs/outages.md"]),
    python("versions-page", "cli/versions.py"),
    python("cases", "cases/play.py", *CASES),
    python("outages", "mock/outages.py"),
    python("outages-compose", "mock/outages_compose.py"),
    python("rules", "mock/rules.py"),
    python("scenarios", "mock/scenarios.py"),
    python("scenario-clients", "mock/scenario_clients.py"),
    python("journal", "mock/journal.py"),
    python("events", "mock/events.py"),
    python("spaces", "mock/spaces.py"),
    python("answers", "mock/answers.py"),
    python("time", "mock/time.py"),
    python("proxy", "mock/proxy.py"),
    python("replay", "mock/replay.py"),
    python("statements", "mock/database.py"),
    python("sockets", "server/sockets.py"),
    python("files", "server/files.py"),
    python("slices", "server/slices.py"),
    python("state-imports", "server/state_imports.py"),
    python("memory", "server/memory.py"),
    python("limits", "server/limits.py"),
    python("hostile", "server/hostile.py"),
    python("start", "server/start.py"),
    python("fixtures", "server/fixtures.py"),
    python("lifeline", "server/lifeline.py"),
    python("reload", "server/reload.py"),
    python("production", "server/production.py"),
    python("configuration", "server/configuration.py"),
    python("documents", "server/documents.py"),
    python("watch", "server/watch.py"),
    python("pki", "server/pki_interop.py"),
    python("foreign-keys", "server/foreign_keys.py"),
    python("ctl", "cli/ctl.py", packages="zsh fish"),
    python("vault", "cli/vault.py"),
    python("import", "cli/import.py"),
    python("readme", "docs/readme.py", fast=False,
           packages="python3-venv golang-go:go nodejs:node npm:npm "
                    "default-jdk-headless:javac maven:mvn"),
    on_image("image", "image/rootfs.py", packages="buildah"),
    on_image("examples", "examples/examples.py", packages="python3-yaml"),
    on_image("testcontainers", "examples/modules.py", "@BUILD@", fast=None,
             packages="python3-venv golang-go:go nodejs:node npm:npm "
                      "default-jdk-headless:javac maven:mvn"),
    python("large-keys", "server/limits.py", "large-keys", fast=False),
    Suite("failing-calls", False, [], ["sh", "-c", FAILING + "--depth 2"]),
    Suite("failing-calls-all", None, [], ["sh", "-c", FAILING + "--all"]),
    Suite("failing-calls-tls", None, [],
          ["sh", "-c", FAILING + "--tls --depth 4"]),
    python("crash", "stress/kill.py", fast=False),
    python("crash-long", "stress/kill.py", "1000", fast=None),
    python("soak", "stress/soak.py", "600", fast=None, packages="wrk"),
    python("connections", "stress/connections.py", fast=None,
           packages="wrk"),
    python("torture", "stress/torture.py", "60", fast=False, packages="wrk"),
    python("install", "package/install.py", fast=False),
    Suite("package", False, ["python3-venv", "nodejs:node", "npm:npm", "ruby",
                             "debhelper", "lintian"],
          ["sh", "-c", "scripts/dist >&2 && exec python3 "
           "tests/package/package.py dist"]),
    python("panel", "panel/panel.py", fast=False,
           packages="chromium chromium-driver"),
    python("postgres", "server/postgres.py", fast=False,
           packages="postgresql"),
    Suite("clients", False, ["python3-venv", "golang-go:go", "nodejs:node",
                             "npm:npm", "default-jdk-headless:javac",
                             "maven:mvn"], ["tests/clients/run", BINARY]),
    Suite("client-types", True, [], ["clients/generate", BINARY, "--check"]),
    python("client-go", "clients/helpers.py", "go", fast=False,
           packages="golang-go:go"),
    python("platform-kernel", "examples/platform_kernel.py", fast=False,
           packages="golang-go:go"),
    python("client-python", "clients/helpers.py", "python", fast=False,
           packages="python3-venv"),
    python("client-node", "clients/helpers.py", "node", fast=False,
           packages="nodejs:node npm:npm"),
    python("client-java", "clients/helpers.py", "java", fast=False,
           packages="default-jdk-headless:javac maven:mvn"),
    python("client-rust", "clients/helpers.py", "rust", fast=False),
]


def chosen(args):
    named = {s.name: s for s in SUITES}
    wrong = [n for n in args.suite if n not in named]
    if wrong:
        sys.exit("test: no suite %s; there are: %s" % (
            ", ".join(wrong), ", ".join(named)))
    if args.suite:
        return [named[n] for n in args.suite]
    return [s for s in SUITES if s.fast or args.all and s.fast is not None]


def missing_packages(suites):
    """Of PACKAGE:COMMAND only those whose command is not there."""
    out = []
    for suite in suites:
        for entry in suite.packages:
            package, _, command = entry.partition(":")
            if not command or subprocess.run(
                    ["sh", "-c", "command -v " + command],
                    stdout=subprocess.DEVNULL).returncode:
                out.append(package)
    return sorted(set(out))


def run(suite, build, logs):
    log = logs / (suite.name + ".log")
    began = time.monotonic()
    with open(log, "wb") as out:
        status = subprocess.run(
            [w.replace("@BUILD@", build) for w in suite.command], cwd=ROOT,
            stdout=out, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL).returncode
    text = log.read_text(errors="replace")
    lines = re.findall(r"^(?:\033\[[0-9;]*m)*(\d+) passed, (\d+) failed$",
                       text, re.M)
    passed, failed = map(int, lines[-1]) if lines else (int(not status), 0)
    if status and not failed:
        failed = 1
    return suite, passed, failed, time.monotonic() - began, text


def run_units(build):
    """Every unit test binary, or those with the word in their name."""
    word = os.environ.get("MV_TEST_ONLY", "")
    passed = failed = 0
    for path in sorted(pathlib.Path(build, "tests", "unit").rglob("*_test")):
        if not path.is_file() or word not in path.name:
            continue
        done = subprocess.run([path], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, cwd=ROOT)
        if done.returncode:
            failed += 1
            print("FAIL %s\n%s" % (path, done.stdout.decode(errors="replace")))
        else:
            passed += 1
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed and not word else 0


def main():
    parser = argparse.ArgumentParser(prog="scripts/test", usage="scripts/test "
                                     "[--all] [--list] [SUITE...] [-k WORD]")
    parser.add_argument("suite", nargs="*")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("-k", metavar="WORD", default="")
    for hidden in ("--build",):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    for hidden in ("--packages", "--unit"):
        parser.add_argument(hidden, action="store_true",
                            help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.list:
        for suite in SUITES:
            print("%-16s %s" % (suite.name, {
                True: "fast", False: "--all", None: "by name"}[suite.fast]))
        return 0
    if args.unit:
        return run_units(args.build)
    suites = chosen(args)
    if args.packages:
        print(" ".join(missing_packages(suites)))
        return 0
    if args.k:
        os.environ["MV_TEST_ONLY"] = args.k
    build = os.path.abspath(args.build)
    os.environ["MV_SRCDIR"] = str(ROOT)
    logs = pathlib.Path(build, "log")
    logs.mkdir(exist_ok=True)
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(
            (os.cpu_count() or 1) + 1) as pool:
        running = [pool.submit(run, s, build, logs) for s in suites]
        for done in concurrent.futures.as_completed(running):
            suite, p, f, seconds, text = done.result()
            passed, failed = passed + p, failed + f
            print("%s: %d passed, %d failed (%.0f s)" % (suite.name, p, f,
                                                         seconds), flush=True)
            for line in re.findall(r"^skipped, .*$", text, re.M):
                print("  " + line, flush=True)
            if f:
                print("\n".join(text.split("\n")[-60:]), flush=True)
    print("\n%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
