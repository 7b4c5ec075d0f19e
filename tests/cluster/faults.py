#!/usr/bin/env python3
"""faults.py BINARY [ROUNDS [SEED]]: three real processes (storage "raft", joined by
command) that are killed (SIGKILL) and stopped (SIGSTOP, SIGCONT) while clients
write and read: nothing that was acknowledged is lost, nothing read is older than
what was acknowledged before, and all nodes answer the same in the end.
faults.py BINARY go: the official Go client rides through the crash of a leader.
Closes with 'N passed, N failed'."""
import collections
import contextlib
import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
sys.path.insert(0, HERE)
from processes import Cluster, until  # noqa: E402
from server import Server  # noqa: E402
from suite import run  # noqa: E402

BINARY = os.path.abspath(sys.argv[1])
WRITERS = 3


class Writer(threading.Thread):
    """Writes new versions of a secret of its own with check-and-set, at any
    node, and reads it: versions may only grow, and those that were acknowledged
    have what was written. A write without an answer may come later, but not in
    the place of another."""

    def __init__(self, cluster, name, seed):
        super().__init__(daemon=True)
        self.cluster, self.path = cluster, "kv2/data/" + name
        self.random = random.Random(seed)
        self.acknowledged = {}  # version: what was written
        self.version = self.tried = self.reads = 0
        self.wrong = []
        self.last = collections.deque(maxlen=12)  # what it asked last
        self.over = threading.Event()

    def ask(self, method, body=None):
        """(status, tree); 0 where nobody knows."""
        node = self.random.choice(self.cluster.nodes)
        server, began = node.server, time.monotonic()
        status, tree = self.ask_server(server, method, body) if server \
            else (0, None)
        data = (tree or {}).get("data") or {}
        self.last.append("%.3f to %.3f %s %s: %d, version %s" % (
            began, time.monotonic(), method, node.name, status,
            data.get("version", data.get("metadata", {}).get("version"))))
        return status, tree

    def ask_server(self, server, method, body):
        conn = http.client.HTTPConnection(server.host, server.port, timeout=3)
        try:
            conn.request(method, "/v1/" + self.path,
                         json.dumps(body) if body else None,
                         {"X-Vault-Token": self.cluster.made["root_token"]})
            answer = conn.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        except (OSError, http.client.HTTPException, ValueError):
            return 0, None
        finally:
            conn.close()

    def write(self):
        self.tried += 1
        status, tree = self.ask("POST", {
            "options": {"cas": self.version}, "data": {"n": self.tried}})
        if status == 200:
            self.version = tree["data"]["version"]
            self.acknowledged[self.version] = self.tried

    def look(self, status, tree):
        """At an answer to a read."""
        if status == 404 and self.acknowledged:
            self.wrong.append("%s is gone" % self.path)
        if status != 200:
            return
        self.reads += 1
        version = tree["data"]["metadata"]["version"]
        n = tree["data"]["data"]["n"]
        if version < self.version:
            self.wrong.append("%s: version %d after %d: %s" % (
                self.path, version, self.version, "\n".join(self.last)))
        if self.acknowledged.get(version, n) != n:
            self.wrong.append("%s: version %d is another" % (
                self.path, version))
        self.version = max(self.version, version)

    def run(self):
        while not self.over.is_set():
            self.write()
            self.look(*self.ask("GET"))


def come_back(cluster, node):
    if node.server is None:
        node.start()
        node.server.token = cluster.made["root_token"]
        cluster.unseal(node)
    else:
        node.server.process.send_signal(signal.SIGCONT)


def health(node):
    with contextlib.suppress(OSError):
        return node.health()
    return 0


def one_round(cluster, writers, chance):
    """One node, mostly the leader, is gone until the others have gone on; it
    comes back while they do."""
    leader = cluster.leader()
    node = leader if chance.random() < 0.7 else chance.choice(cluster.nodes)
    stops = chance.random() < 0.5
    others = [n for n in cluster.nodes if n is not node]
    if stops:
        node.server.process.send_signal(signal.SIGSTOP)
    else:
        node.kill()
    until(lambda: any(health(n) == 200 for n in others))
    before = [len(w.acknowledged) for w in writers]
    until(lambda: all(len(w.acknowledged) > b
                      for w, b in zip(writers, before)))
    come_back(cluster, node)
    until(lambda: health(node) in (200, 429))
    return "stopped" if stops else "killed"


def last(node, writer):
    """What the node answers, whoever leads: None while it cannot."""
    status, _, text = node.ask("GET", writer.path)
    return json.loads(text)["data"] if status == 200 else None


def processes_lose_nothing(rounds, seed):
    chance = random.Random(seed)
    done = {"stopped": 0, "killed": 0}
    with Cluster() as c:
        c.form()
        c.nodes[0].server.insist(204, "POST", "sys/mounts/kv2", {
            "type": "kv", "options": {"version": "2"}})
        writers = [Writer(c, "w%d" % i, seed + i) for i in range(WRITERS)]
        for w in writers:
            w.start()
        try:
            for _ in range(rounds):
                done[one_round(c, writers, chance)] += 1
                wrong = [text for w in writers for text in w.wrong]
                assert not wrong, "\n".join(wrong)
        finally:
            for w in writers:
                w.over.set()
            for node in c.nodes:
                if node.server:
                    node.server.process.send_signal(signal.SIGCONT)
        for w in writers:
            w.join(60)
            assert not w.is_alive() and not w.wrong, w.wrong
        print("%d rounds: %s; %d writes, %d acknowledged; %d reads" % (
            rounds, done, sum(w.tried for w in writers),
            sum(len(w.acknowledged) for w in writers),
            sum(w.reads for w in writers)), flush=True)
        c.leader()
        for w in writers:
            seen = [until(lambda n=node: last(n, w)) for node in c.nodes]
            assert seen[0] == seen[1] == seen[2], seen
            w.look(200, {"data": seen[0]})
            assert not w.wrong, w.wrong


def send(server, method, path, body, token):
    conn = http.client.HTTPConnection(server.host, server.port, timeout=60)
    conn.request(method, "/v1/" + path, json.dumps(body) if body else None,
                 {"X-Vault-Token": token})
    return conn


def unsealing_makes_nobody_active():
    """A node that was away is unsealed, and asked in the same moment: it has
    old data, and nobody told it who leads."""
    with Cluster() as c:
        c.form()
        node, token = c.nodes[2], c.made["root_token"]
        node.kill()
        c.leader().server.insist(204, "POST", "kv/before", {"x": 1})
        node.start()
        node.server.insist(200, "PUT", "sys/unseal",
                           {"key": c.made["keys"][0]})
        node.server.process.send_signal(signal.SIGSTOP)
        conns = [send(node.server, "PUT", "sys/unseal",
                      {"key": c.made["keys"][1]}, "")]
        conns += [send(node.server, "GET", "kv/before", None, token)
                  for _ in range(20)]
        node.server.process.send_signal(signal.SIGCONT)
        assert conns[0].getresponse().status == 200
        for conn in conns[1:]:
            answer = conn.getresponse()
            text = answer.read()
            assert answer.status != 200 or \
                json.loads(text)["data"] == {"x": 1}, (answer.status, text)


GO_CLIENT = os.path.join(HERE, "ride")


def the_go_client_rides_through_a_crash():
    """-nodes=3: the leader is killed under a client of a standby with its
    default settings. The journal knows each write that it was told of."""
    if not shutil.which("go"):
        print("the Go client: skipped, there is no Go toolchain")
        return
    with tempfile.TemporaryDirectory() as folder:
        binary = os.path.join(folder, "ride")
        built = subprocess.run(["go", "build", "-o", binary, "."],
                               cwd=GO_CLIENT, text=True,
                               stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
        assert built.returncode == 0, built.stdout
        server = Server(BINARY, "-nodes=3", "-cluster-speed=20",
                        "-journal-size=200000")
        standby = server.bound["nodes"][1]["api_addr"]
        ride = subprocess.Popen([binary, standby], text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert ride.stdout.readline() == "writing\n"
        admin = server.bound["admin_addr"]
        until(lambda: len(written(admin)) >= 50)
        control(admin, "POST", "nodes/n1/kill")
        until(lambda: any(n["state"] == "active" for n in control(
            admin, "GET", "nodes")["nodes"]))
        out, _ = ride.communicate("stop\n", timeout=120)
        assert ride.returncode == 0, out
        told = json.loads(out)
        print("the Go client: %(writes)d writes, %(failed)d failed; "
              "%(reads)d reads, %(readsFailed)d failed" % told)
        kept = written(admin)
        missing = [k for k in told["acknowledged"] if k not in kept]
        assert not missing, ("the journal does not know", missing[:5])
        assert told["lost"] is None, told["lost"]
        server.stop()


def written(admin):
    """The keys whose writes the journal has as done."""
    found = control(admin, "POST", "requests/find", {
        "match": {"path": "secret/data/ride/*"}, "limit": 200000})
    return {e["path"].rsplit("/", 1)[1] for e in found["requests"]
            if e["method"] in ("PUT", "POST") and e["status"] == 200}


def control(admin, method, path, body=None):
    conn = http.client.HTTPConnection(admin.split("//")[1], timeout=60)
    conn.request(method, "/_mock/" + path, json.dumps(body) if body else None)
    answer = conn.getresponse()
    text = answer.read()
    conn.close()
    assert answer.status == 200, (path, answer.status, text)
    return json.loads(text)


if __name__ == "__main__":
    if sys.argv[2:] == ["go"]:
        TESTS = [the_go_client_rides_through_a_crash]
    else:
        ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
        SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 1

        def processes_under_faults():
            processes_lose_nothing(ROUNDS, SEED)
        TESTS = [unsealing_makes_nobody_active, processes_under_faults]
    sys.exit(run(TESTS))
