#!/usr/bin/env python3
"""reload.py BINARY: SIGHUP reads fixtures and the scenario again, the
environment's secrets are there from the start, SIGTERM may dump the journal and
waits for no stalled request. Closes with 'N passed, N failed'."""
import json
import os
import signal
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from tests.support import suite  # noqa: E402
from tests.support.server import Server  # noqa: E402
from tests.support.control_client import Control, raw  # noqa: E402

BINARY = os.path.abspath(sys.argv[1])


class Environment:
    """Variables of the server to come."""

    def __init__(self, **variables):
        self.variables = variables

    def __enter__(self):
        os.environ.update(self.variables)

    def __exit__(self, *args):
        for name in self.variables:
            del os.environ[name]


def write(path, tree):
    with open(path, "w") as f:
        f.write(tree if isinstance(tree, str) else json.dumps(tree))


def hang_up(server, word):
    """SIGHUP; its line in the log that holds the word."""
    before = server.stderr().count(word)
    server.process.send_signal(signal.SIGHUP)
    while server.stderr().count(word) == before:
        server.ask("GET", "sys/health")
    return [x for x in server.stderr().splitlines() if word in x][-1]


def secret(server, path):
    status, _, text = server.ask("GET", "secret/data/" + path)
    return json.loads(text)["data"]["data"] if status == 200 else status


def version(server, path):
    text = server.ask("GET", "secret/data/" + path)[2]
    return json.loads(text)["data"]["metadata"]["version"]


def fixtures_are_read_again():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.json")
        write(path, {"kv": {"secret/a": {"k": "1", "id": "{{uuid}}"}}})
        server = Server(BINARY, "--fixtures", folder)
        server.ask("POST", "secret/data/own", {"data": {"mine": "yes"}})
        server.process.send_signal(signal.SIGHUP)
        assert "reload" in server.process.stdout.readline()
        assert version(server, "a") == 1  # it says what it said
        write(path, {"kv": {"secret/a": {"k": "2"}, "secret/b": {"n": "1"}}})
        line = hang_up(server, "fixtures")
        assert folder in line and "changed" in line, line
        assert secret(server, "a") == {"k": "2"}
        assert version(server, "a") == 2, version(server, "a")
        assert secret(server, "b") == {"n": "1"}
        assert secret(server, "own") == {"mine": "yes"}
        assert server.ask("POST", "/_mock/reset", {})[0] == 200
        assert secret(server, "b") == {"n": "1"}
        assert secret(server, "own") == 404
        assert server.stop() == 0


def bad_fixtures_leave_the_old():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.json")
        write(path, {"kv": {"secret/a": {"k": "1"}}})
        server = Server(BINARY, "--fixtures", path)
        for bad in ('{"kv": {', {"kvv": {}},
                    {"kv": {"secret/a": {"k": "2"}, "nowhere/b": {}}}):
            write(path, bad)
            line = hang_up(server, "fixtures")
            assert "ERROR" in line and path in line, line
            assert secret(server, "a") == {"k": "1"}
        os.unlink(path)
        assert "the old ones stay" in hang_up(server, "fixtures")
        assert server.ask("POST", "/_mock/reset", {})[0] == 200
        assert secret(server, "a") == {"k": "1"}
        assert server.stop() == 0


def scenario(status):
    return {"version": 1, "name": "s", "start": "ready",
            "duration": "1h", "timeline": [
        {"at": "0s", "do": {"outage": "lb-html",
                            "params": {"status": status}}}]}


def the_scenario_is_read_again():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "s.json")
        write(path, scenario(502))
        server = Server(BINARY, "--scenario", path)
        assert server.ask("GET", "secret/data/a")[0] == 502
        write(path, scenario(504))
        assert "changed" in hang_up(server, "scenario " + path)
        assert server.ask("GET", "secret/data/a")[0] == 504
        for bad in ({"version": 1, "timelin": []}, "{"):
            write(path, bad)
            line = hang_up(server, "scenario " + path)
            assert "the old one stays" in line, line
            assert server.ask("GET", "secret/data/a")[0] == 504
        assert server.stop() == 0


def secrets_of_the_environment():
    with Environment(MOCKVAULT_KV_2='secret/a={"k":"2"}',
                     MOCKVAULT_KV_10='secret/a={"k":"10"}',
                     MOCKVAULT_KV_1='secret/deep/b={"x":"a=b"}'):
        server = Server(BINARY)
    assert secret(server, "a") == {"k": "10"}
    assert secret(server, "deep/b") == {"x": "a=b"}
    assert server.ask("POST", "/_mock/reset", {})[0] == 200
    assert secret(server, "a") == {"k": "10"}
    assert server.stop() == 0


def a_secret_of_the_environment_that_is_none():
    for value in ("secret/a", "secret/a={", "secret/a=[1]", "none/a={}"):
        try:
            with Environment(MOCKVAULT_KV_1=value):
                Server(BINARY)
        except RuntimeError as e:
            assert "MOCKVAULT_KV_1" in str(e), e
        else:
            raise AssertionError("started with " + value)


def the_journal_is_dumped_at_the_end():
    with Environment(MOCKVAULT_DUMP_ON_EXIT="1"):
        server = Server(BINARY)
    for n in range(60):
        server.ask("GET", "secret/data/%d" % n)
    assert server.stop() == 0
    head = server.lines.index("==> The last 50 requests:")
    dumped = [json.loads(x) for x in server.lines[head + 1:]]
    assert [e["path"] for e in dumped] == \
        ["secret/data/%d" % n for n in range(10, 60)]


def the_end_waits_for_no_stalled_request():
    server = Server(BINARY, "--admin-addr=127.0.0.1:0")
    c = Control(server)
    c.on("storage-hang", match={"path": "secret/**"})
    for action, path in (({"delay": "30s"}, "cubbyhole/**"),
                         ({"delay": {"fixed": "30s", "at": "headers"}},
                          "sys/auth"),
                         ({"dribble": {"chunk": 1, "every": "9s"}},
                          "sys/mounts")):
        c.control("POST", "faults", {"match": {"path": path},
                                     "then": [action]})
    waiting = []
    for path in ("secret/data/a", "cubbyhole/a", "sys/auth", "sys/mounts"):
        conn = c.connect()
        conn.sendall(raw("GET", path, token="root"))
        while not c.journal(match={"path": path}):
            pass
        waiting.append(conn)
    limit = threading.Timer(5, server.process.kill)  # sanitizers are slow
    limit.start()
    status = server.stop()
    limit.cancel()
    for conn in waiting:
        conn.close()
    assert status == 0, status


TESTS = [
    fixtures_are_read_again,
    bad_fixtures_leave_the_old,
    the_scenario_is_read_again,
    secrets_of_the_environment,
    a_secret_of_the_environment_that_is_none,
    the_journal_is_dumped_at_the_end,
    the_end_waits_for_no_stalled_request,
]

if __name__ == "__main__":
    sys.exit(suite.run(TESTS))
