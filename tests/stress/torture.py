#!/usr/bin/env python3
"""torture.py BINARY SECONDS [SEED]: a server under wrk and rude clients while rules
reset, stall, cut and garble at random and outages and scenarios come and go.

Without TLS and with it, two rounds each, ended by a reset. Afterwards there is no descriptor more than
before, memory has not grown from round to round, a fixed set of requests is
answered as by a fresh server, and the sanitizers have said nothing. Closes with
'N passed, N failed'."""
import json
import os
import random
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from tests.support.server import Server  # noqa: E402
from tests.support.control_client import Control, raw  # noqa: E402
from tests.support.suite import run  # noqa: E402

BINARY = sys.argv[1]
SECONDS = int(sys.argv[2]) if len(sys.argv) > 2 else 10
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 11

# One request in two meets one of these; the seed is the server's.
RULES = [
    {"id": "late", "priority": 1, "when": {"probability": 0.2},
     "then": [{"delay": {"lognormal": {"median": "1ms", "sigma": 1,
                                       "max": "20ms"}}}]},
    {"id": "drip", "priority": 1, "when": {"probability": 0.1},
     "then": [{"dribble": {"pieces": 7, "every": "1ms"}}]},
    {"id": "slow-head", "priority": 1, "when": {"probability": 0.05},
     "then": [{"delay": {"fixed": 2, "at": "headers"}},
              {"delay": {"fixed": 2, "at": "body"}},
              {"delay": {"fixed": 2, "at": "close"}}]},
    {"id": "reset", "when": {"probability": 0.05},
     "then": [{"reset": True}]},
    {"id": "reset-body", "when": {"probability": 0.05},
     "then": [{"reset": {"after_bytes": 20}}]},
    {"id": "hang", "when": {"probability": 0.05, "max_active": 20},
     "then": [{"stall": {"for": "30ms"}}]},
    {"id": "hang-head", "when": {"probability": 0.03},
     "then": [{"stall": {"at": "headers", "for": "20ms"}}]},
    {"id": "hang-body", "when": {"probability": 0.03},
     "then": [{"stall": {"at": "body", "for": "20ms"}}]},
    {"id": "cut", "when": {"probability": 0.05},
     "then": [{"truncate": {"fraction": 0.3}}]},
    {"id": "cut-chunks", "when": {"probability": 0.05},
     "then": [{"truncate": {"bytes": 9, "keep_length": False}}]},
    {"id": "noise", "when": {"probability": 0.05},
     "then": [{"garbage": {"bytes": 300, "then": "keep"}}]},
    {"id": "noise-body", "when": {"probability": 0.03},
     "then": [{"garbage": {"bytes": 50, "after_headers": True,
                           "then": "reset"}}]},
    {"id": "answer", "when": {"probability": 0.05},
     "then": [{"emit": "said"},
              {"respond": {"status": 502, "from": "proxy",
                           "headers": {"X-A": "{{path}}"},
                           "body": "{{uuid}} {{host}}"}}]},
    {"id": "limit", "when": {"over": {"rate": 2000}},
     "then": [{"respond": {"status": 429, "headers": {
         "Retry-After": "{{retry_after}}"}}}]},
    {"id": "accept", "when": {"probability": 0.05},
     "then": [{"reset": {"at": "accept"}}]},
    {"id": "accept-hang", "when": {"probability": 0.05},
     "then": [{"stall": {"at": "accept", "for": "10ms"}}]},
    {"id": "hello", "when": {"probability": 0.05},
     "then": [{"stall": {"at": "handshake", "for": "10ms"}}]},
    {"id": "cert", "priority": 1, "when": {"probability": 0.1},
     "then": [{"tls": {"cert": "expired", "max": "1.2"}}]},
    {"id": "narrow", "when": {"probability": 0.05},
     "then": [{"bandwidth": {"rate": 20000, "dir": "both"}}]},
]

# Events in the middle of a request turn the state over.
SCENARIO = {"version": 1, "timeline": [
    {"on": "login", "do": [{"reset": "connections"},
                           {"outage": "token-revoked"}]},
    {"on": "said", "do": {"outage": "sealed", "for": "20ms"}},
    {"on": "outage:sealed:over", "after": "1ms",
     "do": {"outage": "amnesia", "for": "20ms"}},
    {"on": {"count": {"match": {"path": "secret/**"}, "n": 50}},
     "do": [{"remove": "answer"}, {"advance": "1h"},
            {"outage": "no-leader", "for": "10ms"}]},
    {"on": "rule:*:exhausted", "do": {"emit": "x"}},
    {"at": "50ms", "do": {"reset": "connections"}}],
    "expect": [{"name": "all", "match": {"path": "**"},
                "times": {"min": 1}}]}

LUA = """
math.randomseed(%d)
local root = {["X-Vault-Token"] = "root",
              ["Content-Type"] = "application/json"}
local list = {
  {"GET", "/v1/secret/data/a"}, {"GET", "/v1/secret/data/none"},
  {"PUT", "/v1/secret/data/b", '{"data":{"k":"v"}}'},
  {"GET", "/v1/auth/token/lookup-self"}, {"GET", "/v1/sys/mounts"},
  {"GET", "/v1/sys/health"}, {"GET", "/v1/sys/seal-status"},
  {"PUT", "/v1/auth/userpass/login/me", '{"password":"pw"}'},
  {"POST", "/v1/auth/token/create", '{"ttl":"60s"}'},
  {"POST", "/v1/auth/token/renew-self", '{}'},
  {"GET", "/v1/secret/metadata?list=true"},
  {"GET", "/v1/sys/storage/raft/configuration"},
}
request = function()
  local r = list[math.random(#list)]
  return wrk.format(r[1], r[2], root, r[3])
end
"""

FIXED = [("GET", "sys/health", None), ("GET", "secret/data/a", None),
         ("GET", "sys/mounts", None), ("GET", "sys/auth", None),
         ("LIST", "secret/metadata", None), ("GET", "sys/seal-status", None),
         ("PUT", "secret/data/new", {"data": {"k": "v"}}),
         ("GET", "secret/data/new", None), ("GET", "nowhere/x", None),
         ("DELETE", "secret/metadata/new", None),
         ("GET", "auth/token/lookup-self", None),
         ("LIST", "auth/token/accessors", None)]

FIXTURES = {"kv": {"secret/a": {"k": "v" * 400}}}

# What differs between any two servers.
OWN = re.compile(
    r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|'
    r'\d{4}-\d\d-\d\dT[0-9:.]+Z|hvs\.[A-Za-z0-9_-]+|'
    r'"(accessor|[a-z_]*uuid)":"[^"]*"|_[0-9a-f]{8}|vault-cluster-[0-9a-f]+|'
    r'"(creation_time|server_time_utc|expire_time)":\d+|'
    r'"[A-Za-z0-9]{24}"')


def start(*args):
    home = os.environ.get("ASAN_OPTIONS", "")
    os.environ["ASAN_OPTIONS"] = home + ":quarantine_size_mb=8"
    return Control(Server(BINARY, "--admin-addr=127.0.0.1:0", "--seed=%d" %
                          SEED, "--journal-size=500", "--fixtures",
                          fixtures_file(), *args))


def fixtures_file():
    path = os.path.join(os.environ.get("TMPDIR", "/tmp"),
                        "torture-%d.json" % os.getpid())
    with open(path, "w") as f:
        json.dump(FIXTURES, f)
    return path


def answers(c):
    got = []
    for method, path, body in FIXED:
        a = c.ask(method, path, body)
        got.append((method, path, a.status,
                    OWN.sub("*", a.body.decode())))
    return got


def descriptors(c):
    return len(os.listdir("/proc/%d/fd" % c.server.process.pid))


def rss(c):
    with open("/proc/%d/status" % c.server.process.pid) as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1)) / 1024


def wrk(c, seed, seconds):
    path = os.path.join(c.server.home, "mix-%d.lua" % seed)
    with open(path, "w") as f:
        f.write(LUA % seed)
    return subprocess.Popen(
        ["wrk", "-t1", "-c24", "-d%ds" % seconds, "--timeout", "1s", "-s",
         path, c.server.url], stdout=subprocess.PIPE, text=True)


def rude(c, r, end):
    """Clients that go in the middle, with and without a farewell."""
    done = 0
    while time.monotonic() < end:
        try:
            conn = socket.create_connection((c.server.host, c.server.port),
                                            timeout=0.2)
            conn.settimeout(0.02)
            data = raw("PUT", "secret/data/rude", "root",
                       b'{"data":{"k":"%s"}}' % (b"x" * r.randrange(3000)))
            conn.sendall(data[:r.randrange(1, len(data) + 1)])
            if r.random() < 0.5:
                conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                b"\1\0\0\0\0\0\0\0")
            if r.random() < 0.5:
                conn.recv(100)
            conn.close()
        except OSError:
            pass  # refused, reset, silent: that is what they are there for
        done += 1
    return done


def toggle(c, r, names, end):
    """Outages on and off, rules and scenarios in between."""
    done = 0
    while time.monotonic() < end:
        name = r.choice(names)
        body = {"for": "%dms" % r.randrange(1, 60)} \
            if r.random() < 0.5 else {}
        status = c.control("PUT", "outages/" + name, body).status
        assert status in (200, 400, 409), (name, status)
        select.select([], [], [], r.random() * 0.05)
        if not body:
            c.control("DELETE", "outages/" + name)
        select.select([], [], [], r.random() * 0.05)
        what = r.randrange(8)
        if what == 0:
            c.control("PUT", "scenarios/mess", SCENARIO)
            c.control("POST", "scenarios/mess/start")
        elif what == 1:
            c.control("POST", "scenarios/mess/stop")
        elif what == 2:
            rule = r.choice(RULES)
            c.control("PUT", "faults/" + rule["id"], rule)
        elif what == 3:
            c.control("DELETE", "faults/" + r.choice(RULES)["id"])
        elif what == 4:
            c.control("POST", "scenarios/%s/start" % r.choice(
                ["lb-meltdown", "login-storm", "cert-rotation"]))
        elif what == 5:
            c.control("GET", "requests")
        elif what == 6 and r.random() < 0.2:
            assert c.control("POST", "reset", {}).status == 200
            rules(c)
        done += 1
    return done


def rules(c):
    for rule in RULES:
        answer = c.control("PUT", "faults/" + rule["id"], rule)
        assert answer.status == 200, answer.body


def in_thread(errors, fn, *args):
    def body():
        try:
            fn(*args)
        except Exception as e:  # told at the end of the round
            errors.append(e)
    t = threading.Thread(target=body)
    t.start()
    return t


def round_of(c, seed, seconds):
    r = random.Random(seed)
    names = [o["name"] for o in c.control("GET", "outages").json()["outages"]
             if not any(p["required"] for p in o["params"].values())]
    assert c.ask("POST", "sys/auth/userpass",
                 {"type": "userpass"}).status == 204
    assert c.ask("PUT", "auth/userpass/users/me",
                 {"password": "pw"}).status == 204
    end = time.monotonic() + seconds
    loads = [wrk(c, seed + i, seconds) for i in range(2)]
    under_load(c)
    rules(c)
    errors = []
    threads = [in_thread(errors, toggle, c, r, names, end),
               in_thread(errors, rude, c, random.Random(seed + 9), end)]
    for t in threads:
        t.join()
    said = [load.communicate()[0] for load in loads]
    assert not errors, errors
    assert c.server.process.poll() is None, c.server.stderr()
    total = sum(int(re.search(r"(\d+) requests in", s).group(1))
                for s in said)
    print("round: %d answers" % total)
    assert total > 20 * seconds, said
    assert c.control("POST", "reset", {}).status == 200


def under_load(c):
    """wrk gives up when its first connections fail."""
    for _ in range(3000):
        if c.control("POST", "requests/count", {"match": {
                "path": "**"}}).json()["count"] >= 200:
            return
        select.select([], [], [], 0.01)
    raise AssertionError("wrk does not come")


def wait_for_requests(c, most):
    """Until no descriptor is more than before."""
    for _ in range(3000):
        if descriptors(c) <= most:
            return
        select.select([], [], [], 0.01)
    folder = "/proc/%d/fd" % c.server.process.pid
    raise AssertionError("%d descriptors, %d before: %s" % (
        descriptors(c), most, [os.readlink(os.path.join(folder, n))
                               for n in os.listdir(folder)]))


def plain():
    two_rounds()


def behind_tls():
    two_rounds("-dev-tls")


def two_rounds(*args):
    fresh = start(*args)
    want = answers(fresh)
    fresh.server.kill()
    c = start(*args)
    try:
        assert answers(c) == want
        assert c.control("POST", "reset", {}).status == 200
        before = descriptors(c)
        sizes = []
        for n in range(2):
            round_of(c, SEED + n, max(1, SECONDS // 4))
            wait_for_requests(c, before)
            # What was still held up may have run after the round's reset.
            assert c.control("POST", "reset", {}).status == 200
            sizes.append(rss(c))
            got = answers(c)
            assert got == want, [p for p in zip(got, want) if p[0] != p[1]]
            assert c.control("POST", "reset", {}).status == 200
        print("MiB: %s" % sizes)
        assert sizes[1] < sizes[0] * 1.5 + 16, sizes
    except BaseException:
        print(c.server.stderr()[-3000:])
        c.server.kill()
        raise
    end_quietly(c.server)


def end_quietly(server):
    server.process.send_signal(signal.SIGTERM)
    server.process.stdout.read()
    status, said = server.process.wait(), server.stderr()
    server.clean()
    for word in "Sanitizer", "runtime error":
        assert word not in said, said
    assert status == 0, (status, said)


def main():
    try:
        return run([plain, behind_tls])
    finally:
        os.unlink(fixtures_file())


if __name__ == "__main__":
    sys.exit(main())
