#!/usr/bin/env python3
"""Benchmarks: bench.py MOCKVAULT BARE LEAF

Ratios against a bare libevent reply measured in the same run, under wrk,
keep-alive, 32 connections. Each figure is the median of its rounds, and the
bare server is measured anew in every round, since machines are shared. Servers
have one core, the client another.
Prints a table, then one JSON line. Nothing here passes or fails.
"""
import atexit
import base64
import http.client
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
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
WRITE_NEW = WRITE.replace('" .. n % 64', '-" .. os.time() .. "-" .. n')
# What a body holds in base64: 200 bytes.
INPUT = base64.b64encode(b"x" * 200).decode()
ENCRYPT = HEAD + """
wrk.method = "POST"
wrk.path = "/v1/transit/encrypt/bench"
wrk.body = '{"plaintext":"%s"}'
""" % INPUT
DECRYPT = HEAD + """
wrk.method = "POST"
wrk.path = "/v1/transit/decrypt/bench"
wrk.body = '{"ciphertext":"%s"}'
"""
SIGN = HEAD + """
wrk.method = "POST"
wrk.path = "/v1/transit/sign/bench-sign"
wrk.body = '{"input":"%s"}'
""" % INPUT
CREDS = HEAD + 'wrk.path = "/v1/database/creds/bench"\n'
HEALTH = 'wrk.path = "/v1/sys/health"\n'
ISSUE = HEAD + """
wrk.method = "POST"
wrk.path = "/v1/pki/issue/bench"
wrk.body = '{"common_name":"a.example.com"}'
"""
SPREAD = HEAD + """
math.randomseed(7)
request = function()
  return wrk.format(nil, "/v1/secret/data/many/" .. math.random(0, %d))
end
"""


CORES = sorted(os.sched_getaffinity(0))


def pin(process):
    """Puts a server on the first core."""
    os.sched_setaffinity(process.pid, CORES[:1])
    return process


def pin_client():
    os.sched_setaffinity(0, CORES[1:2] or CORES)


def start(binary, *args):
    server = Server(binary, *args)
    pin(server.process)
    return server


class Bare:
    """The bare libevent server."""

    def __init__(self, binary):
        self.process = pin(
            subprocess.Popen([binary], stdout=subprocess.PIPE))
        atexit.register(self.process.kill)
        self.url = "http://127.0.0.1:%d" % int(self.process.stdout.readline())

    def stop(self):
        self.process.kill()
        self.process.wait()


def wrk_says(url, script):
    """What wrk prints; every answer must have been 2xx."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as f:
        f.write(script)
        f.flush()
        out = subprocess.run(
            ["wrk", "-t1", "-c%d" % CONNECTIONS, "-d%gs" % SECONDS,
             "-s", f.name, url], capture_output=True, text=True,
            check=True, preexec_fn=pin_client).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if bad:
        sys.exit("bench: %s answers were not 2xx" % bad.group(1))
    return out


def wrk(url, script):
    """Requests per second."""
    return float(re.search(r"Requests/sec:\s+([\d.]+)",
                           wrk_says(url, script)).group(1))


def spent(pid):
    """Seconds of processor time that a process has had."""
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rate_and_cost(server, script):
    """(requests per second, processor seconds of one)"""
    before = spent(server.process.pid)
    out = wrk_says(server.url, script)
    done = int(re.search(r"(\d+) requests in", out).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    return rate, (spent(server.process.pid) - before) / done


def cost(server, script):
    """Processor seconds of one request."""
    return rate_and_cost(server, script)[1]


def measure_beside_bare(figures, name, bare, server, script):
    """Ratios to bare by the clock and by processor time, which others on the
    machine change less, and requests per second: medians over the rounds."""
    ratios, costs, rates = [], [], []
    for _ in range(ROUNDS):
        base, base_cost = rate_and_cost(bare, script)
        rate, cost_s = rate_and_cost(server, script)
        rates.append(rate)
        ratios.append(rate / base)
        costs.append(base_cost / cost_s if cost_s else 0)
    figures[name] = statistics.median(ratios)
    figures[name + "_cpu"] = statistics.median(costs)
    figures[name + "_per_s"] = statistics.median(rates)


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


def transit_keys(server):
    """The keys of the transit lines; a ciphertext of the first."""
    server.ask("POST", "sys/mounts/transit", {"type": "transit"})
    server.ask("POST", "transit/keys/bench", {})
    server.ask("POST", "transit/keys/bench-sign", {"type": "ecdsa-p256"})
    made = server.ask("POST", "transit/encrypt/bench", {"plaintext": INPUT})
    return json.loads(made[2])["data"]["ciphertext"]


def openssl_signs():
    """Signatures that the openssl program makes with P-256 in a second of
    processor time."""
    out = subprocess.run(
        ["openssl", "speed", "-seconds", "1", "-mr", "ecdsap256"],
        capture_output=True, text=True, check=True).stdout
    line = next(x for x in out.splitlines() if x.startswith("+F4:"))
    return float(line.split(":")[3])


def transit(server, figures):
    """What a request costs outside OpenSSL, in KV writes: at most one. AES
    costs OpenSSL next to nothing; of a signature its own time is taken off."""
    sealed = transit_keys(server)
    lines = {"encrypt": ENCRYPT, "decrypt": DECRYPT % sealed, "sign": SIGN}
    own = {"sign": 1 / openssl_signs()}
    ratios = {name: [] for name in lines}
    for _ in range(ROUNDS):
        write = cost(server, WRITE)
        for name, script in lines.items():
            taken = cost(server, script) - own.get(name, 0)
            ratios[name].append(taken / write)
    for name, script in lines.items():
        figures["transit_" + name] = statistics.median(ratios[name])
        figures["transit_%s_per_s" % name] = wrk(server.url, script)


def credentials(server):
    """What database/creds costs, in KV writes; OpenSSL has next to no part in
    it. A lease is a row more each time, so is a secret that is new."""
    shares = {"creds_cost": WRITE, "creds_cost_new": WRITE_NEW}
    return {name: statistics.median(
        cost(server, CREDS) / cost(server, script) for _ in range(ROUNDS))
        for name, script in shares.items()}


def checked_read(server):
    """What a read costs when a policy is asked, against root's read."""
    script = READ.replace('"root"', '"%s"' % app_token(server))
    return statistics.median(
        wrk(server.url, READ) / wrk(server.url, script)
        for _ in range(ROUNDS))


def leaf_cost(binary):
    """Processor seconds of what OpenSSL does for one certificate."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    made = int(subprocess.run([binary], capture_output=True, text=True,
                              check=True).stdout)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime
            + after.ru_stime - before.ru_stime) / made


def journal_cost(binary):
    """A read with the journal against one without it: two servers, asked in
    turns, by processor time. What a neighbour takes from the machine is not
    counted, or five per cent would be lost in it."""
    off, on = start(binary, "--journal-size=0"), start(binary)
    for server in off, on:
        server.ask("POST", "secret/data/bench", SECRET)
    ratios = [cost(on, READ) / cost(off, READ) for _ in range(2 * ROUNDS)]
    off.stop()
    on.stop()
    return statistics.median(ratios)


def issuing(server, bare, leaf_binary):
    """PKI issue (EC): its rate, OpenSSL's share of its processor time as LEAF
    measures that, and what is left in units of a KV write."""
    def ask(path, body):
        server.ask("POST", path, body)

    ask("sys/mounts/pki", {"type": "pki"})
    ask("pki/root/generate/internal", {"common_name": "r", "key_type": "ec"})
    ask("pki/roles/bench", {"allow_any_name": True, "key_type": "ec",
                            "ttl": "1h"})
    rates, ratios, shares, rests = [], [], [], []
    for _ in range(ROUNDS):
        base, write = wrk(bare.url, ISSUE), cost(server, WRITE)
        own = leaf_cost(leaf_binary)
        rate, whole = rate_and_cost(server, ISSUE)
        rates.append(rate)
        ratios.append(rate / base)
        shares.append(own / whole)
        rests.append((whole - own) / write)
    median = statistics.median
    return {"pki_issue": median(ratios), "pki_issue_per_s": median(rates),
            "pki_openssl": median(shares), "pki_rest": median(rests)}


def ready(binary, *args):
    """Milliseconds from exec to the first 200 of sys/health, and those of
    processor time, medians of 20.

    The port is known beforehand, as a container's is; the probe connects
    until something listens.
    """
    times, costs = [], []
    for i in range(20):
        port = free_port()
        start = time.perf_counter()
        process = subprocess.Popen(
            [binary, "server", "-dev", "-dev-no-store-token",
             "-dev-listen-address=127.0.0.1:%d" % port, *args],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not healthy(port):
            pass
        times.append((time.perf_counter() - start) * 1000)
        with open("/proc/%d/schedstat" % process.pid) as f:
            costs.append(int(f.read().split()[0]) / 1e6)
        process.kill()
        process.wait()
    return statistics.median(times), statistics.median(costs)


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
    small, large = start(binary), start(binary)
    fill(small, 0, 1000)
    fill(large, 0, MANY)
    ratios = [wrk(small.url, SPREAD % 999) / wrk(large.url,
                                                 SPREAD % (MANY - 1))
              for _ in range(ROUNDS)]
    small.stop()
    large.stop()
    return statistics.median(ratios)


def way_back(binary, *args):
    """Milliseconds of a reset to a start with 1,000 secrets, and of a
    snapshot's restore, with all of them written over in between."""
    with tempfile.TemporaryDirectory() as folder:
        fixtures = os.path.join(folder, "thousand.json")
        with open(fixtures, "w") as f:
            json.dump({"kv": {"secret/many/%d" % i: {"value": "x" * 187}
                              for i in range(1000)}}, f)
        server = start(binary, "--fixtures", fixtures, *(
            a.replace("@", folder) for a in args))
        server.ask("PUT", "/_mock/snapshots/s")
        figures = []
        for path in ("/_mock/reset", "/_mock/snapshots/s/restore"):
            times = []
            for _ in range(20):
                fill(server, 0, 1000)
                began = time.perf_counter()
                status = server.ask("POST", path)[0]
                times.append((time.perf_counter() - began) * 1000)
                if status != 200:
                    sys.exit("bench: %s answered %d" % (path, status))
            figures.append(statistics.median(times))
        server.stop()
    return figures


def database_role(server):
    """A role of database/ whose credentials cost what most do."""
    for path, body in (
            ("sys/mounts/database", {"type": "database"}),
            ("database/config/bench", {
                "plugin_name": "postgresql-database-plugin",
                "connection_url": "postgresql://{{username}}:{{password}}@d/",
                "allowed_roles": "*"}),
            ("database/roles/bench", {
                "db_name": "bench", "creation_statements":
                "CREATE ROLE \"{{name}}\" PASSWORD '{{password}}' VALID "
                "UNTIL '{{expiration}}';"})):
        server.ask("POST", path, body)


def measure(binary, bare_binary, leaf_binary):
    bare = Bare(bare_binary)
    figures = {}
    server = start(binary)
    figures["rss_mb"] = idle_rss(server)
    server.ask("POST", "secret/data/bench", SECRET)
    database_role(server)
    for name, script in (("kv_read", READ), ("kv_write", WRITE),
                         ("health", HEALTH), ("creds", CREDS)):
        measure_beside_bare(figures, name, bare, server, script)
    figures.update(credentials(server))
    figures["checked_read"] = checked_read(server)
    transit(server, figures)
    figures.update(issuing(server, bare, leaf_binary))
    server.stop()
    with tempfile.TemporaryDirectory() as folder:
        server = start(binary, "--db", os.path.join(folder, "state.db"))
        server.ask("POST", "secret/data/bench", SECRET)
        for name, script in (("kv_read_db", READ), ("kv_write_db", WRITE)):
            measure_beside_bare(figures, name, bare, server, script)
        server.stop()
    bare.stop()
    figures["journal_cost"] = journal_cost(binary)
    figures["reset_ms"], figures["restore_ms"] = way_back(binary)
    figures["reset_db_ms"], figures["restore_db_ms"] = way_back(
        binary, "--db", "@/state.db")
    figures["ready_ms"], figures["ready_cpu_ms"] = ready(binary)
    figures["nodes_ready_ms"] = ready(binary, "-nodes=3")[0]
    server = Server(binary, "-nodes=3")
    figures["nodes_rss_mb"] = idle_rss(server)
    server.stop()
    figures["read_growth"] = growth(binary)
    return figures


# name, what it is, target, whether less is better
ROWS = (
    ("kv_read", "KV v2 read, memory", 0.7, False),
    ("kv_write", "KV v2 write, memory", 0.45, False),
    ("kv_read_db", "KV v2 read, --db", 0.7, False),
    ("kv_write_db", "KV v2 write, --db", 0.35, False),
    ("health", "sys/health", 0.75, False),
    ("creds", "database/creds, with its lease", 0.1, False),
    ("creds_cost", "  in KV writes", 1, True),
    ("creds_cost_new", "  in KV writes of new secrets", 1, True),
    ("checked_read", "root's read / an AppRole token's", 1.25, True),
    ("journal_cost", "read with the journal / without", 1.05, True),
    ("transit_encrypt", "transit encrypt / KV write", 1, True),
    ("transit_decrypt", "transit decrypt / KV write", 1, True),
    ("transit_sign", "transit sign less OpenSSL / KV write", 1, True),
    ("pki_issue", "PKI issue (EC)", 0.01, False),
    ("pki_openssl", "  OpenSSL's share of it", 0.5, False),
    ("pki_rest", "  the rest / a KV v2 write", 1, True),
    ("ready_ms", "exec to the first 200, ms", 5, True),
    ("ready_cpu_ms", "  processor time of it", 5, True),
    ("reset_ms", "reset, 1,000 secrets, ms", 5, True),
    ("restore_ms", "restore, 1,000 secrets, ms", 5, True),
    ("reset_db_ms", "reset, 1,000 secrets, --db, ms", 5, True),
    ("restore_db_ms", "restore, 1,000 secrets, --db, ms", 5, True),
    ("rss_mb", "idle RSS, MB", 7, True),
    ("nodes_ready_ms", "three nodes: exec to the first 200, ms", 30, True),
    ("nodes_rss_mb", "three nodes: idle RSS, MB", 16, True),
    ("read_growth", "read among %d / among 1000" % MANY, 1.2, True),
)


def main():
    figures = measure(*sys.argv[1:4])
    print("%-36s %8s %10s %10s %10s" % (
        "", "ratio", "target", "processor", "per second"))
    for name, what, target, less in ROWS:
        rate, cpu = figures.get(name + "_per_s"), figures.get(name + "_cpu")
        print("%-36s %8.2f %10s %10s %10s" % (
            what, figures[name], ("<= %g" if less else ">= %g") % target,
            "%.2f" % cpu if cpu else "", "%.0f" % rate if rate else ""))
    print(json.dumps({k: round(v, 3) for k, v in figures.items()}))


if __name__ == "__main__":
    main()
