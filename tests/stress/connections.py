#!/usr/bin/env python3
"""connections.py BINARY [IDLE] [TRICKLING] [SECONDS]: requests at full load
beside 10,000 connections that say nothing and 1,000 that send a body byte by
byte, each byte a second after the one before.

wrk asks for a secret over 32 connections for SECONDS (30), alone first, then
beside the others. Afterwards each idle connection is asked a request, and so
does each trickled one get its answer. Prints requests a second, latencies, and
memory. Closes with 'N passed, N failed'."""
import json
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from tests.support.server import Server  # noqa: E402

BINARY = sys.argv[1]
IDLE, TRICKLING, SECONDS = [
    int(sys.argv[i]) if len(sys.argv) > i else default
    for i, default in ((2, 10000), (3, 1000), (4, 30))]

SECRET = {"data": {"value": "x" * 187}}
LUA = """
wrk.headers["X-Vault-Token"] = "root"
wrk.path = "/v1/secret/data/load"
"""
ASK = b"GET /v1/sys/health HTTP/1.1\r\nHost: x\r\n\r\n"


def connect(server):
    return socket.create_connection((server.host, server.port), timeout=60)


def idle_connection(server):
    """One that was answered once: another is closed after ten seconds."""
    conn = connect(server)
    conn.sendall(ASK)
    assert answered(conn) == 200
    return conn


def answered(conn):
    """The status of an answer whose whole head and body fit one segment."""
    return int(conn.recv(65536).split(b" ", 2)[1])


class Trickle:
    """A write whose body comes a byte a second, again and again."""

    def __init__(self, server, number):
        self.conn = connect(server)
        self.body = json.dumps({"data": {"n": number}}).encode()
        self.sent = -1 - number % 8  # they do not end together
        self.answers = 0
        self.head = (b"POST /v1/secret/data/trickle-%d HTTP/1.1\r\nHost: x\r\n"
                     b"X-Vault-Token: root\r\nContent-Length: %d\r\n\r\n"
                     % (number, len(self.body)))

    def step(self):
        """A byte more; the head before the first."""
        if self.sent < -1:
            self.sent += 1
        elif self.sent < 0:
            self.conn.sendall(self.head)
            self.sent = 0
        elif self.sent < len(self.body):
            self.conn.sendall(self.body[self.sent:self.sent + 1])
            self.sent += 1
        else:
            assert answered(self.conn) == 200
            self.answers += 1
            self.sent = -1


class Tricklers(threading.Thread):
    """All of them, spread over each second."""

    def __init__(self, server):
        super().__init__()
        self.them = [Trickle(server, n) for n in range(TRICKLING)]
        self.over = threading.Event()
        self.error = None

    def run(self):
        try:
            while not self.over.is_set():
                began = time.monotonic()
                for part in range(20):
                    for t in self.them[part::20]:
                        t.step()
                    left = began + (part + 1) / 20 - time.monotonic()
                    self.over.wait(max(0, left))
        except (OSError, AssertionError, IndexError) as e:
            self.error = e


def wrk(server):
    """What wrk prints: every answer must have been 2xx."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as f:
        f.write(LUA)
        f.flush()
        said = subprocess.run(
            ["wrk", "-t1", "-c32", "-d%ds" % SECONDS, "--latency", "-s",
             f.name, server.url], capture_output=True, text=True,
            check=True).stdout
    bad = re.search(r"Non-2xx or 3xx responses: \d+|Socket errors.*", said)
    assert not bad, bad.group(0)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said).group(1))
    late = {p: re.search(r"\n\s+" + p + r"%\s+(\S+)", said).group(1)
            for p in ("50", "99")}
    return rate, late


def tell(what, figures):
    rate, late = figures
    print("%-28s %8.0f requests/s, median %s, 99th percentile %s" % (
        what, rate, late["50"], late["99"]), flush=True)


def memory_kb(server):
    with open("/proc/%d/status" % server.process.pid) as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))


def work(server):
    assert server.ask("POST", "secret/data/load", SECRET)[0] == 200
    tell("alone", wrk(server))
    before = memory_kb(server)
    idle = [idle_connection(server) for _ in range(IDLE)]
    tricklers = Tricklers(server)
    assert server.ask("GET", "sys/health")[0] == 200
    print("%d connections: %.2f KiB each" % (
        IDLE + TRICKLING, (memory_kb(server) - before) / (IDLE + TRICKLING)))
    tricklers.start()
    try:
        tell("beside them", wrk(server))
    finally:
        tricklers.over.set()
        tricklers.join()
    assert not tricklers.error, repr(tricklers.error)
    print("%d trickled writes were answered" % sum(
        t.answers for t in tricklers.them))
    closed = [c for c in idle if not alive(c)]
    assert not closed, "%d idle connections were closed" % len(closed)
    print("%d idle connections answer" % len(idle))


def alive(conn):
    try:
        conn.sendall(ASK)
        return answered(conn) == 200
    except (OSError, IndexError):
        return False


def main():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    server = Server(BINARY)
    failed = 0
    try:
        work(server)
    except AssertionError as e:
        print("FAIL %s" % e)
        failed = 1
    print("%d passed, %d failed" % (1 - failed, failed))
    server.stop()
    return failed


if __name__ == "__main__":
    sys.exit(main())
