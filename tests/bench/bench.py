#!/usr/bin/env python3
"""Benchmarks: bench.py MOCKVAULT BARE

Ratios against a bare libevent reply measured in the same run, under wrk,
keep-alive, 32 connections. Each figure is the median of its rounds, and the
bare server is measured anew in every round, since machines are shared.
Prints a table, then one JSON line. Nothing here passes or fails.
"""
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server  # noqa: E402

CONNECTIONS = 32
SECONDS = float(os.environ.get("BENCH_SECONDS", "2"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
MANY = int(os.environ.get("BENCH_MANY", "1000000"))
SECRET = json.dumps({"data": {"value": "x" * 187}})

HEAD = 'wrk.headers["X-Vault-Token"] = "root"\n'
READ = HEAD + 'wrk.path = "/v1/secret/data/bench"\n'
WRITE = HEAD + """
wrk.method = "POST"
wrk.body = '%s'
local n = 0
request = function()
  n = n + 1
  return wrk.format(nil, "/v1/secret/data/bench" .. n %% 64)
end
""" % SECRET
HEALTH = 'wrk.path = "/v1/sys/health"\n'
SPREAD = HEAD + """
math.randomseed(7)
request = function()
  return wrk.format(nil, "/v1/secret/data/many/" .. math.random(0, %d))
end
"""


class Bare:
    """The bare libevent server."""

    def __init__(self, binary):
        self.process = subprocess.Popen([binary], stdout=subprocess.PIPE)
        self.url = "http://127.0.0.1:%d" % int(self.process.stdout.readline())

    def stop(self):
        self.process.kill()
        self.process.wait()


def wrk(url, script):
    """Requests per second."""
    return measured(url, script)[0]


def measured(url, script):
    """Requests per second, and how many they were."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as f:
        f.write(script)
        f.flush()
        out = subprocess.run(
            ["wrk", "-t1", "-c%d" % CONNECTIONS, "-d%gs" % SECONDS,
             "-s", f.name, url], capture_output=True, text=True,
            check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if bad:
        sys.exit("bench: %s answers were not 2xx" % bad.group(1))
    return rate, int(re.search(r"(\d+) requests in", out).group(1))


def ratio(bare, server, script):
    """(ratio to bare, requests per second): medians over the rounds."""
    ratios, rates = [], []
    for _ in range(ROUNDS):
        base = wrk(bare.url, script)
        rates.append(wrk(server.url, script))
        ratios.append(rates[-1] / base)
    return statistics.median(ratios), statistics.median(rates)


def app_token(server):
    """A token of an AppRole login whose policy allows the read."""
    def ask(method, path, body=None, token=None):
        text = server.ask(method, path, body, token)[2]
        return json.loads(text) if text else {}

    ask("PUT", "sys/policies/acl/bench", {
        "policy": 'path "secret/data/*" { capabilities = ["read"] }'})
    ask("POST", "sys/auth/approle", {"type": "approle"})
    ask("POST", "auth/approle/role/bench", {"token_policies": "bench"})
    role = ask("GET", "auth/approle/role/bench/role-id")["data"]
    secret = ask("POST", "auth/approle/role/bench/secret-id", {})["data"]
    login = ask("POST", "auth/approle/login", {
        "role_id": role["role_id"], "secret_id": secret["secret_id"]}, "")
    return login["auth"]["client_token"]


def checked_read(server):
    """What a read costs when a policy is asked, against root's read."""
    script = READ.replace('"root"', '"%s"' % app_token(server))
    return statistics.median(
        wrk(server.url, READ) / wrk(server.url, script)
        for _ in range(ROUNDS))


def cpu_each(server, script):
    """Processor time of the server for one request."""
    def ticks():
        with open("/proc/%d/stat" % server.process.pid) as f:
            return sum(map(int, f.read().rsplit(")", 1)[1].split()[11:13]))

    before = ticks()
    count = measured(server.url, script)[1]
    return (ticks() - before) / count


def journal_cost(binary):
    """A read with the journal against one without it: two servers, asked in
    turns. What a neighbour takes from the machine is not counted, or five
    per cent would be lost in it."""
    off, on = Server(binary, "--journal-size=0"), Server(binary)
    for server in off, on:
        server.ask("POST", "secret/data/bench", SECRET)
    ratios = [cpu_each(on, READ) / cpu_each(off, READ)
              for _ in range(2 * ROUNDS)]
    off.stop()
    on.stop()
    return statistics.median(ratios)


def ready(binary):
    """Milliseconds from exec to the first 200 of sys/health, median of 20.

    The port is known beforehand, as a container's is; the probe connects
    until something listens.
    """
    times = []
    for i in range(20):
        port = free_port()
        start = time.perf_counter()
        process = subprocess.Popen(
            [binary, "server", "-dev", "-dev-no-store-token",
             "-dev-listen-address=127.0.0.1:%d" % port],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not healthy(port):
            pass
        times.append((time.perf_counter() - start) * 1000)
        process.kill()
        process.wait()
    return statistics.median(times)


def healthy(port):
    conn = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        conn.request("GET", "/v1/sys/health")
        return conn.getresponse().status == 200
    except OSError:
        return False
    finally:
        conn.close()


def free_port():
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def idle_rss(server):
    """Megabytes resident of a server that answered one request."""
    server.ask("GET", "sys/health")
    with open("/proc/%d/status" % server.process.pid) as f:
        kb = re.search(r"VmRSS:\s+(\d+)", f.read()).group(1)
    return int(kb) / 1024


def fill(server, first, last):
    """Writes secret/many/FIRST..LAST-1 over one pipelined connection."""
    import socket
    host = (server.host, server.port)
    with socket.create_connection(host) as s:
        stream = s.makefile("rb")
        for start in range(first, last, 256):
            end = min(start + 256, last)
            s.sendall("".join(
                "POST /v1/secret/data/many/%d HTTP/1.1\r\nHost: x\r\n"
                "X-Vault-Token: root\r\nContent-Length: %d\r\n\r\n%s"
                % (i, len(SECRET), SECRET)
                for i in range(start, end)).encode())
            for _ in range(start, end):
                drain(stream)


def drain(stream):
    """Reads one answer and insists on 200."""
    status = stream.readline()
    if b" 200 " not in status:
        sys.exit("bench: filling answered %r" % status)
    length = 0
    while True:
        line = stream.readline()
        if line == b"\r\n":
            break
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    stream.read(length)


def growth(binary):
    """How much longer a read takes among MANY secrets than among 1,000: two
    servers, asked in turns."""
    small, large = Server(binary), Server(binary)
    fill(small, 0, 1000)
    fill(large, 0, MANY)
    ratios = [wrk(small.url, SPREAD % 999) / wrk(large.url,
                                                 SPREAD % (MANY - 1))
              for _ in range(ROUNDS)]
    small.stop()
    large.stop()
    return statistics.median(ratios)


def measure(binary, bare_binary):
    bare = Bare(bare_binary)
    figures = {}
    server = Server(binary)
    figures["rss_mb"] = idle_rss(server)
    server.ask("POST", "secret/data/bench", SECRET)
    for name, script in (("kv_read", READ), ("kv_write", WRITE),
                         ("health", HEALTH)):
        figures[name], figures[name + "_per_s"] = ratio(bare, server, script)
    figures["checked_read"] = checked_read(server)
    server.stop()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(binary, "--db", os.path.join(folder, "state.db"))
        server.ask("POST", "secret/data/bench", SECRET)
        for name, script in (("kv_read_db", READ), ("kv_write_db", WRITE)):
            figures[name], figures[name + "_per_s"] = ratio(
                bare, server, script)
        server.stop()
    bare.stop()
    figures["journal_cost"] = journal_cost(binary)
    figures["ready_ms"] = ready(binary)
    figures["read_growth"] = growth(binary)
    return figures


# name, what it is, target, whether less is better
ROWS = (
    ("kv_read", "KV v2 read, memory", 0.5, False),
    ("kv_write", "KV v2 write, memory", 0.3, False),
    ("kv_read_db", "KV v2 read, --db", 0.5, False),
    ("kv_write_db", "KV v2 write, --db", 0.2, False),
    ("health", "sys/health", 0.5, False),
    ("checked_read", "root's read / an AppRole token's", 1.25, True),
    ("journal_cost", "a read with / without a journal", 1.05, True),
    ("ready_ms", "exec to the first 200, ms", 10, True),
    ("rss_mb", "idle RSS, MB", 10, True),
    ("read_growth", "read among %d / among 1000" % MANY, 1.3, True),
)


def main():
    figures = measure(*sys.argv[1:3])
    print("%-32s %8s %10s %10s" % ("", "ratio", "target", "per second"))
    for name, what, target, less in ROWS:
        rate = figures.get(name + "_per_s")
        print("%-32s %8.2f %10s %10s" % (
            what, figures[name], ("<= %g" if less else ">= %g") % target,
            "%.0f" % rate if rate else ""))
    print(json.dumps({k: round(v, 3) for k, v in figures.items()}))


if __name__ == "__main__":
    main()
