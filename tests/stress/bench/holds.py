#!/usr/bin/env python3
"""How long one operation holds everybody else up: holds.py MOCKVAULT [WORD...]

Each operation is sent to a server with much in it, and while it runs another
process asks sys/health again and again. A hold is the processor time that the
server's loop took from such a request to its answer. HOLDS_SIZE (100000) is how
much "much" is. With WORDs only the operations whose names have one. Prints a
table, then one JSON line. Nothing here passes or fails.
"""
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import tempfile

SIZE = int(os.environ.get("HOLDS_SIZE", "100000"))


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.file = self.socket.makefile("rb")

    def send(self, method, path, body=None, token="root"):
        if not isinstance(body, bytes):
            body = b"" if body is None else json.dumps(body).encode()
        target = path if path.startswith("/") else "/v1/" + path
        self.socket.sendall((
            "%s %s HTTP/1.1\r\nHost: localhost\r\nX-Vault-Token: %s\r\n"
            "Content-Length: %d\r\n\r\n" % (
                method, target, token, len(body))).encode() + body)

    def answer(self):
        status = int(self.file.readline().split()[1])
        length = 0
        while (line := self.file.readline()) != b"\r\n":
            name, value = line.split(b":", 1)
            if name.lower() == b"content-length":
                length = int(value)
        return status, self.file.read(length)

    def ask(self, method, path, body=None, token="root"):
        self.send(method, path, body, token)
        text = self.take()
        return json.loads(text) if text else None

    def many(self, requests, window=64):
        """A stream of requests, some of them on the way at once."""
        waiting = 0
        for request in requests:
            self.send(*request)
            waiting += 1
            if waiting == window:
                self.take()
                waiting -= 1
        for _ in range(waiting):
            self.take()

    def take(self):
        status, text = self.answer()
        if status >= 400:
            sys.exit("holds: %d %s" % (status, text[:300]))
        return text


class Served:
    def __init__(self, binary, *args):
        self.process = subprocess.Popen(
            [binary, "server", "-dev", "-dev-root-token-id=root",
             "-dev-no-store-token", "-dev-listen-address=127.0.0.1:0",
             "-clock=frozen", *args], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if line.startswith("{"):
                break
        else:
            sys.exit("holds: the server did not start")
        self.port = int(json.loads(line)["api_addr"].rsplit(":", 1)[1])
        self.main = Connection(self.port)

    def processor_ns(self):
        with open("/proc/%d/task/%d/schedstat" % (
                (self.process.pid,) * 2)) as f:
            return int(f.read().split()[0])

    def probe(self, over, result):
        """In a process of its own, since Python lets one thread run at a time,
        which goes before others where that is allowed: what the loop does until
        it is woken counts, too."""
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        except OSError:
            print("holds: no priority for the one that asks", file=sys.stderr)
        other, longest = Connection(self.port), 0
        other.ask("GET", "sys/health")
        result.put(0)
        last = False
        while not last:
            last = over.is_set()
            sent = self.processor_ns()
            other.ask("GET", "sys/health")
            longest = max(longest, self.processor_ns() - sent)
        result.put(longest)

    def hold_ns(self, operation):
        """The longest, while operation(connection) runs; and all it took."""
        over, result = multiprocessing.Event(), multiprocessing.Queue()
        prober = multiprocessing.Process(
            target=self.probe, args=(over, result))
        prober.start()
        result.get()
        before = self.processor_ns()
        operation(self.main)
        over.set()
        longest = result.get()
        prober.join()
        return longest, self.processor_ns() - before

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate()


def secrets(c):
    c.many(("POST", "secret/data/k%06d" % n, {"data": {"v": "x"}})
           for n in range(SIZE))


def tokens(c, path="auth/token/create", token="root"):
    c.many((("POST", path, {"ttl": "1h", "policies": ["default"]}, token)
            for n in range(SIZE)))


def leases(c, token="root"):
    c.ask("POST", "sys/mounts/database", {"type": "database"})
    c.ask("POST", "database/config/pg", {
        "plugin_name": "postgresql-database-plugin", "allowed_roles": "*",
        "connection_url": "postgresql://{{username}}:{{password}}@db/",
        "username": "u", "password": "p"})
    c.ask("POST", "database/roles/r", {
        "db_name": "pg", "creation_statements": "CREATE ROLE",
        "default_ttl": "1h"})
    c.many((("GET", "database/creds/r", None, token) for n in range(SIZE)))


def rules(c):
    for start in range(0, SIZE // 2, 500):
        c.many(("POST", "/_mock/faults", {
            "id": "r%d" % n, "match": {"path": "nothing/%d" % n},
            "then": [{"respond": {"status": 503}}]}) for n in range(start, start + 500))


def child(c):
    c.ask("POST", "auth/token/create", {"id": "parent", "ttl": "2h"})


def journal(c):
    c.many(("GET", "auth/token/lookup-self") for n in range(SIZE))


def wait_and_others(c):
    """Each request that comes is one more of those that are waited for."""
    other = Connection(c.socket.getpeername()[1])
    other.send("POST", "/_mock/requests/wait", {"n": SIZE, "timeout": "60s"})
    c.many(("GET", "auth/token/lookup-self") for n in range(100))
    other.take()


def each_rule_deleted(c):
    c.many(("DELETE", "/_mock/faults/r%d" % n) for n in range(SIZE // 2))


def database_of_child(c):
    child(c)
    leases(c, "parent")


def once(*request):
    return lambda c: c.ask(*request)


def prepare_child_tokens(c):
    child(c)
    tokens(c, token="parent")


def raft_snapshot(c):
    c.send("GET", "sys/storage/raft/snapshot")
    c.file_of_raft = c.take()


def secrets_and_raft_snapshot(c):
    secrets(c)
    raft_snapshot(c)


def raft_restore(c):
    c.send("POST", "sys/storage/raft/snapshot-force", c.file_of_raft)
    c.take()
    c.ask("GET", "secret/data/k000000")  # it is there then


def secrets_and_document(c):
    secrets(c)
    c.send("GET", "/_mock/state")
    c.document = c.take()


def state_import(c):
    c.send("PUT", "/_mock/state", c.document)
    c.take()


ADVANCE = once("POST", "/_mock/clock/advance", {"by": "90m"})
OPERATIONS = [
    ("LIST of KV v2", SIZE, "keys", secrets,
     once("LIST", "secret/metadata")),
    ("a write after a start", SIZE, "secrets", secrets,
     once("POST", "secret/data/k", {"data": {"v": "y"}})),
    ("unmount of KV v2", SIZE, "secrets", secrets,
     once("DELETE", "sys/mounts/secret")),
    ("snapshot", SIZE, "secrets", secrets,
     once("PUT", "/_mock/snapshots/s")),
    ("reset", SIZE, "secrets", secrets, once("POST", "/_mock/reset")),
    ("export of the state", SIZE, "secrets", secrets,
     once("GET", "/_mock/state")),
    ("import of a state", SIZE, "secrets", secrets_and_document,
     state_import),
    ("raft snapshot", SIZE, "secrets", secrets, raft_snapshot),
    ("raft snapshot restored", SIZE, "secrets", secrets_and_raft_snapshot,
     raft_restore),
    ("expiry of tokens", SIZE, "tokens", tokens, ADVANCE),
    ("LIST of accessors", SIZE, "tokens", tokens,
     once("LIST", "auth/token/accessors")),
    ("revocation of a tree", SIZE, "tokens", prepare_child_tokens,
     once("POST", "auth/token/revoke", {"token": "parent"})),
    ("expiry of leases", SIZE, "leases", leases, ADVANCE),
    ("revocation of a token with leases", SIZE, "leases", database_of_child,
     once("POST", "auth/token/revoke", {"token": "parent"})),
    ("revocation of a prefix", SIZE, "leases", leases,
     once("PUT", "sys/leases/revoke-prefix/database/creds")),
    ("LIST of leases", SIZE, "leases", leases,
     once("LIST", "sys/leases/lookup/database/creds/r")),
    ("rules deleted one by one", SIZE // 2, "rules", rules,
     each_rule_deleted),
    ("list of rules", SIZE // 2, "rules", rules,
     once("GET", "/_mock/faults")),
    ("reset of rules", SIZE // 2, "rules", rules,
     once("POST", "/_mock/reset")),
    ("journal, count", SIZE, "requests", journal,
     once("POST", "/_mock/requests/count", {"match": {"op": "lookup"}})),
    ("journal, find 1,000", SIZE, "requests", journal,
     once("GET", "/_mock/requests")),
    ("journal, find all", SIZE, "requests", journal,
     once("GET", "/_mock/requests?limit=%d" % SIZE)),
    ("journal, wait", SIZE, "requests", journal, wait_and_others),
    ("explanation of a request", SIZE // 2, "rules", rules,
     once("POST", "/_mock/explain", {"request": {"path": "secret/data/k"}})),
]


RAFT = """storage "raft" { path = "%s/raft" }
cluster_addr = "https://127.0.0.1:8201"
"""


def main():
    binary, words = sys.argv[1], sys.argv[2:]
    figures = {}
    print("%-36s %8s %-8s %12s %12s" % (
        "operation", "of", "", "hold, ms", "all, ms"))
    for name, size, what, prepare, operation in OPERATIONS:
        if words and not any(w in name for w in words):
            continue
        with tempfile.TemporaryDirectory() as folder:
            flags = []
            if name.startswith("raft"):
                with open(folder + "/raft.hcl", "w") as f:
                    f.write(RAFT % folder)
                flags = ["-config=" + f.name]
            if name.startswith("journal"):
                flags = ["-journal-size=%d" % SIZE]
            server = Served(binary, *flags)
            prepare(server.main)
            hold, whole = server.hold_ns(operation)
            server.stop()
        figures[name] = round(hold / 1e6, 1)
        print("%-36s %8d %-8s %12.1f %12.1f" % (
            name, size, what, hold / 1e6, whole / 1e6), flush=True)
    print(json.dumps(figures))


main()
