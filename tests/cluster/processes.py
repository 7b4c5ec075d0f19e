#!/usr/bin/env python3
"""processes.py BINARY: a cluster of three processes: begun by init, joined over
the API, each unsealed with the same keys; any may be killed. Closes with
'N passed, N failed'."""
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server  # noqa: E402
from suite import run  # noqa: E402

BINARY = os.path.abspath(sys.argv[1])
CONFIG = '''storage "raft" {
  path = "%(folder)s"
  node_id = "%(name)s"
  performance_multiplier = 1
}
listener "tcp" {
  address = "127.0.0.1:%(port)d"
  tls_disable = true
}
api_addr = "http://127.0.0.1:%(port)d"
cluster_addr = "https://127.0.0.1:%(cluster)d"
disable_mlock = true
'''


def free_ports(n):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


class Node:
    def __init__(self, name, folder):
        port, cluster = free_ports(2)
        self.name = name
        self.folder = folder
        self.cluster_addr = "https://127.0.0.1:%d" % cluster
        os.makedirs(folder, exist_ok=True)
        self.config = CONFIG % {"folder": folder, "name": name, "port": port,
                                "cluster": cluster}
        self.server = None
        self.start()

    def start(self):
        self.server = Server(BINARY, config=self.config, token="")

    def kill(self):
        self.server.kill()
        self.server = None

    def ask(self, *args, **more):
        return self.server.ask(*args, **more)

    def health(self):
        return self.ask("GET", "sys/health")[0]


def until(what, limit=60):
    """Asks again until it holds."""
    end = time.monotonic() + limit
    while True:
        with contextlib.suppress(OSError):
            got = what()
            if got:
                return got
        assert time.monotonic() < end, "it does not come true: %s" % what
        time.sleep(0.05)


class Cluster:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="mockvault-cluster-")
        self.nodes = [Node("n%d" % i, os.path.join(self.folder, "n%d" % i))
                      for i in (1, 2, 3)]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for n in self.nodes:
            if n.server:
                if error[0]:
                    print(n.name, n.server.stderr(), file=sys.stderr)
                n.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def unseal(self, node):
        for key in self.made["keys"][:2]:
            got = node.server.insist(200, "PUT", "sys/unseal", {"key": key})
        return got

    def form(self):
        first = self.nodes[0]
        self.made = first.server.insist(
            200, "PUT", "sys/init", {"secret_shares": 3, "secret_threshold": 2})
        self.unseal(first)
        until(lambda: first.health() == 200)
        for n in self.nodes:
            n.server.token = self.made["root_token"]
        first.server.insist(204, "POST", "sys/mounts/kv", {"type": "kv"})
        first.server.insist(204, "POST", "kv/before", {"x": 0})
        for n in self.nodes[1:]:
            done = subprocess.run(
                [BINARY, "vault", "operator", "raft", "join",
                 first.server.url], text=True, capture_output=True,
                env={**os.environ, "VAULT_ADDR": n.server.url})
            assert done.returncode == 0, (done.stdout, done.stderr)
            assert "Joined" in done.stdout and "true" in done.stdout, done
            assert self.unseal(n)["sealed"], "it has no state yet"
            until(lambda: n.health() == 429)
            assert n.name in [p["node_id"] for p in self.peers(first)]
            n.server.insist(200, "GET", "kv/before")
        until(lambda: [p["voter"] for p in self.peers(first)] == [True] * 3)

    def peers(self, node):
        """[] while the node cannot forward: it redirects then."""
        status, _, text = node.ask("GET", "sys/storage/raft/configuration")
        return json.loads(text)["data"]["config"]["servers"] \
            if status == 200 else []

    def leader(self):
        def look():
            for n in self.nodes:
                if n.server and n.health() == 200:
                    return n
            return None
        return until(look)


def begun_joined_unsealed():
    with Cluster() as c:
        c.form()
        first, second, third = c.nodes
        peers = until(lambda: c.peers(third))
        assert [p["node_id"] for p in peers] == ["n1", "n2", "n3"], peers
        assert [p["leader"] for p in peers] == [True, False, False], peers
        for n in c.nodes:
            said = n.server.insist(200, "GET", "sys/leader")
            assert said["leader_address"] == first.server.url, said
            assert said["leader_cluster_address"] == first.cluster_addr, said
        until(lambda: second.ask("GET", "kv/before")[0] == 200)
        until(lambda: third.ask("POST", "kv/a", {"x": 1})[0] == 204)
        got = json.loads(second.ask("GET", "kv/a")[2])
        assert got["data"] == {"x": 1}, got


def any_may_be_killed():
    with Cluster() as c:
        c.form()
        acknowledged = 0
        for turn in range(3):
            leader = c.leader()
            for _ in range(20):
                leader.server.insist(204, "POST", "kv/n%d" % acknowledged,
                                     {"x": acknowledged})
                acknowledged += 1
            leader.kill()
            other = c.leader()
            for i in range(acknowledged):
                got = other.server.insist(200, "GET", "kv/n%d" % i)
                assert got["data"] == {"x": i}, got
            leader.start()
            leader.server.token = c.made["root_token"]
            c.unseal(leader)
            until(lambda: leader.health() == 429)
            until(lambda: leader.ask(
                "GET", "kv/n%d" % (acknowledged - 1))[0] == 200)


def autopilot_sees_all():
    with Cluster() as c:
        c.form()
        first, second, third = c.nodes
        path = "sys/storage/raft/autopilot"
        first.server.insist(204, "POST", path + "/configuration",
                            {"last_contact_threshold": "1s"})

        def state():
            return second.server.insist(200, "GET", path + "/state")["data"]
        until(lambda: state()["healthy"])
        got = state()
        assert got["leader"] == "n1" and got["failure_tolerance"] == 1, got
        assert sorted(got["voters"]) == ["n1", "n2", "n3"], got
        assert {k: v["status"] for k, v in got["servers"].items()} == {
            "n1": "leader", "n2": "voter", "n3": "voter"}, got
        third.kill()
        until(lambda: not state()["healthy"])
        got = state()
        assert got["failure_tolerance"] == 0, got
        assert {k: v["healthy"] for k, v in got["servers"].items()} == {
            "n1": True, "n2": True, "n3": False}, got
        assert got["servers"]["n3"]["last_contact"] != "0s", got


def removed(node):
    status, _, text = node.ask("GET", "sys/health")
    return status == 530 and json.loads(text)["removed_from_cluster"] and \
        json.loads(text)["sealed"]


def a_removed_node_seals_itself():
    with Cluster() as c:
        c.form()
        first, second, third = c.nodes
        path = "sys/storage/raft/remove-peer"
        first.server.insist(204, "POST", path, {"server_id": "n3"})
        assert [p["node_id"] for p in c.peers(first)] == ["n1", "n2"]
        until(lambda: removed(third))
        key = {"key": c.made["keys"][0]}
        assert third.ask("PUT", "sys/unseal", key)[0] == 500
        third.kill()
        third.start()
        until(lambda: removed(third))
        assert third.ask("PUT", "sys/unseal", key)[0] == 500
        first.server.insist(204, "POST", "kv/two", {"x": 2})

        first.server.insist(204, "POST", path, {"server_id": "n1"})
        until(lambda: second.health() == 200)
        until(lambda: removed(first))
        until(lambda: second.ask("POST", "kv/one", {"x": 1})[0] == 204)
        assert [p["node_id"] for p in c.peers(second)] == ["n2"]
        assert second.ask("POST", path, {"server_id": "n2"})[0] == 500


TESTS = [begun_joined_unsealed, any_may_be_killed, autopilot_sees_all,
         a_removed_node_seals_itself]

sys.exit(run(TESTS))
