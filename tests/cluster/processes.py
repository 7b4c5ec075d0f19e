#!/usr/bin/env python3
"""processes.py BINARY: a cluster of three processes: begun by init, joined over
the API, each unsealed with the same keys; any may be killed. Closes with
'N passed, N failed'."""
import contextlib
import datetime
import http.client
import json
import os
import re
import shutil
import socket
import sqlite3
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
%(storage)s
}
listener "tcp" {
  address = "127.0.0.1:%(port)d"
  tls_disable = true
}
api_addr = "http://127.0.0.1:%(port)d"
cluster_addr = "https://127.0.0.1:%(cluster)d"
disable_mlock = true
%(more)s
'''


HELD = []


def free_ports(n):
    """Ports that nobody else is given: sockets that do not listen keep them
    until the end, beside a server's."""
    for _ in range(n):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", 0))
        HELD.append(s)
    return [s.getsockname()[1] for s in HELD[-n:]]


class Node:
    def __init__(self, name, folder, storage="", more="", env=None):
        """With more text in its storage block and behind it."""
        port, cluster = free_ports(2)
        self.name = name
        self.folder = folder
        self.cluster_addr = "https://127.0.0.1:%d" % cluster
        os.makedirs(folder, exist_ok=True)
        self.config = CONFIG % {"folder": folder, "name": name, "port": port,
                                "cluster": cluster, "storage": storage,
                                "more": more}
        self.env = env
        self.server = None
        self.start()

    def start(self):
        self.server = Server(BINARY, config=self.config, token="",
                             env=self.env)

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
    def __init__(self, n=3, **more):
        self.folder = tempfile.mkdtemp(prefix="mockvault-cluster-")
        self.nodes = []
        for _ in range(n):
            self.add(**more)

    def add(self, **more):
        name = "n%d" % (len(self.nodes) + 1)
        node = Node(name, os.path.join(self.folder, name), **more)
        self.nodes.append(node)
        return node

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

    def begin(self):
        """The first one is initialised and unsealed."""
        first = self.nodes[0]
        self.made = first.server.insist(
            200, "PUT", "sys/init", {"secret_shares": 3, "secret_threshold": 2})
        self.unseal(first)
        until(lambda: first.health() == 200)
        self.active_time = first.server.insist(
            200, "GET", "sys/leader")["active_time"]
        for n in self.nodes:
            n.server.token = self.made["root_token"]
        return first

    def form(self):
        first = self.begin()
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
        until(lambda: [p["voter"] for p in self.peers(first)] == [True] * len(self.nodes))

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
        assert first.server.insist(200, "GET", "sys/leader")[
            "active_time"] == c.active_time
        for n in c.nodes:
            said = n.server.insist(200, "GET", "sys/leader")
            assert said["leader_address"] == first.server.url, said
            assert said["leader_cluster_address"] == first.cluster_addr, said
        until(lambda: second.ask("GET", "kv/before")[0] == 200)
        until(lambda: third.ask("POST", "kv/a", {"x": 1})[0] == 204)
        got = json.loads(second.ask("GET", "kv/a")[2])
        assert got["data"] == {"x": 1}, got


@contextlib.contextmanager
def cluster_address_taken(node):
    """By another program, which listens there."""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", int(node.cluster_addr.rsplit(":", 1)[1])))
        s.listen()
        yield
        until(lambda: "raft cannot be started: listen tcp" in
              node.server.stderr())


def a_node_whose_address_is_taken_waits_for_it():
    with Cluster(2) as c:
        first, second = c.nodes
        c.begin()
        with cluster_address_taken(second):
            second.server.insist(200, "POST", "sys/storage/raft/join",
                                 {"leader_api_addr": first.server.url})
            c.unseal(second)
        until(lambda: second.health() == 429)
        second.kill()
        second.start()
        with cluster_address_taken(second):
            c.unseal(second)
        until(lambda: second.health() == 429)


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


def a_node_removed_while_it_was_down():
    with Cluster() as c:
        c.form()
        first, _, third = c.nodes
        third.kill()
        first.server.insist(204, "POST", "sys/storage/raft/remove-peer",
                            {"server_id": "n3"})
        first.server.insist(204, "POST", "kv/one", {"x": 1})
        third.start()
        c.unseal(third)
        until(lambda: removed(third))
        for n in c.nodes:
            n.kill()
        third.start()
        until(lambda: removed(third))
        status, _, text = third.ask(
            "POST", "sys/storage/raft/join",
            {"leader_api_addr": "http://127.0.0.1:1"})
        assert status == 500, text
        assert "must be cleaned up before it can be added back" in text, text


def active_for(node, seconds):
    """Has it led for so long?"""
    since = node.server.insist(200, "GET", "sys/leader")["active_time"]
    since = datetime.datetime.fromisoformat(since[:19] + "+00:00")
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now - since).total_seconds() > seconds


def a_vote_after_the_stabilization_time():
    with Cluster(2) as c:
        first, second = c.nodes
        c.begin()
        first.server.insist(
            204, "POST", "sys/storage/raft/autopilot/configuration",
            {"server_stabilization_time": "3s"})
        until(lambda: active_for(first, 5))
        second.server.insist(200, "POST", "sys/storage/raft/join",
                             {"leader_api_addr": first.server.url})
        c.unseal(second)
        until(lambda: len(c.peers(first)) == 2)
        listed = time.monotonic()
        assert [p["voter"] for p in c.peers(first)] == [True, False]
        until(lambda: [p["voter"] for p in c.peers(first)] == [True, True])
        assert time.monotonic() - listed > 2.5, time.monotonic() - listed


def dead_servers_are_taken_out():
    """Vault 1.14.1 still takes less than a minute."""
    with Cluster(4, env={"MOCKVAULT_VERSION": "1.14.1"}) as c:
        c.form()
        first, _, third, fourth = c.nodes
        first.server.insist(
            204, "POST", "sys/storage/raft/autopilot/configuration",
            {"cleanup_dead_servers": True, "min_quorum": 3,
             "dead_server_last_contact_threshold": "1s"})
        fourth.kill()
        until(lambda: [p["node_id"] for p in c.peers(first)] ==
              ["n1", "n2", "n3"])
        third.kill()

        def away_for_3s():
            state = first.server.insist(
                200, "GET", "sys/storage/raft/autopilot/state")["data"]
            away = state["servers"]["n3"]["last_contact"]
            return re.fullmatch(r"[0-9.]+s", away) and float(away[:-1]) > 3
        until(away_for_3s)
        assert [p["node_id"] for p in c.peers(first)] == ["n1", "n2", "n3"]


TLS_LISTENER = '''listener "tcp" {
  address = "127.0.0.1:%d"
  cluster_address = "127.0.0.1:%d"
  tls_cert_file = "@HOME@/cert.pem"
  tls_key_file = "@HOME@/key.pem"
}'''


def retry_join_until_a_leader_answers():
    tls, unused, dead = free_ports(3)
    with Cluster(1, more=TLS_LISTENER % (tls, unused)) as c:
        first = c.nodes[0]
        second = c.add(storage='''
  retry_join {
    leader_api_addr = "http://127.0.0.1:%d"
  }
  retry_join {
    leader_api_addr = "https://127.0.0.1:%d"
    leader_ca_cert_file = "%s"
    leader_client_cert_file = "%s"
    leader_client_key_file = "%s"
    leader_tls_servername = "localhost"
  }
  retry_join {
    auto_join = "provider=aws tag_key=vault"
  }''' % (dead, tls, first.server.ca, first.server.ca,
            first.server.ca.replace("cert.pem", "key.pem")))
        assert second.health() == 501
        until(lambda: "failed to retry join raft cluster: retry=2s"
              in second.server.stderr())
        assert "discover: unknown provider aws" in second.server.stderr()
        c.begin()
        until(lambda: second.health() == 503)
        c.unseal(second)
        until(lambda: second.health() == 429)
        assert [p["node_id"] for p in c.peers(first)] == ["n1", "n2"]


def retry_join_ends_when_it_is_initialised():
    with Cluster(1, storage='''
  retry_join {
    leader_api_addr = "http://127.0.0.1:1"
  }''') as c:
        first = c.begin()
        until(lambda: "returning from raft join as the node is initialized"
              in first.server.stderr())
        first.server.insist(204, "POST", "sys/mounts/kv", {"type": "kv"})


def retry_join_refused():
    with Cluster(0) as c:
        for stanza, text in (
                ('leader_api_addr = "http://127.0.0.1:1"\nauto_join = "x"',
                 '"cannot provide both a leader_api_addr and auto_join"'),
                ('auto_join = "x"\nauto_join_scheme = "ftp"',
                 r'"invalid scheme \"ftp\"; must either be http or https"'),
                ('leader_api_addr = "x"\nleader_ca_cert_file = "/nowhere"',
                 '"failed to create tls config to communicate with leader '
                 'node (retry_join index: 0): failed to read CA file: open '
                 '/nowhere: no such file or directory"'),
                ('leader_api_addr = "x"\nleader_client_key_file = "/nowhere"',
                 '"failed to create tls config to communicate with leader '
                 'node (retry_join index: 0): invalid certificate '
                 'parameters"')):
            port, cluster = free_ports(2)
            path = os.path.join(c.folder, "c.hcl")
            with open(path, "w") as f:
                f.write(CONFIG % {
                    "folder": c.folder, "name": "n1", "port": port,
                    "cluster": cluster, "more": "",
                    "storage": "retry_join {\n%s\n}" % stanza})
            done = subprocess.run([BINARY, "server", "-config=" + path],
                                  text=True, capture_output=True)
            assert done.returncode == 1, done
            assert "Failed to initiate raft retry join, " + text in \
                done.stdout + done.stderr, done


def joins_refused():
    with Cluster(1) as c:
        first, path = c.nodes[0], "sys/storage/raft/join"
        for body, status, text in (
                ({"leader_client_cert": "x"}, 400,
                 "invalid certificate parameters"),
                ({"leader_client_cert": "x", "leader_client_key": "y"}, 400,
                 "tls: failed to find any PEM data in certificate input"),
                ({"leader_client_cert": open(first.server.ca).read(),
                  "leader_client_key": "y"}, 400,
                 "tls: failed to find any PEM data in key input"),
                ({"auto_join_scheme": "ftp"}, 400,
                 'invalid scheme "ftp"; must either be http or https'),
                ({"auto_join": "provider=aws",
                  "leader_api_addr": first.server.url}, 500,
                 "failed to join raft cluster: failed to get raft challenge")):
            got = first.ask("POST", path, body)
            assert got[0] == status, got
            assert json.loads(got[2]) == {"errors": [text]}, got


def another_version_is_refused():
    with Cluster(2) as c:
        first, second = c.nodes
        c.begin()
        second.kill()
        for name in os.listdir(second.folder):
            if name.endswith(".db"):
                with contextlib.closing(sqlite3.connect(
                        os.path.join(second.folder, name))) as db:
                    db.execute("CREATE TABLE other (x INTEGER)")
                    db.commit()
        second.start()
        second.server.insist(200, "POST", "sys/storage/raft/join",
                             {"leader_api_addr": first.server.url})
        c.unseal(second)
        until(lambda: "node n2 has another version of mockvault than this "
              "cluster" in second.server.stderr())
        assert second.health() == 503
        assert [p["node_id"] for p in c.peers(first)] == ["n1"]


SEAL = 'seal "awskms" {\n  region = "eu-west-1"\n  kms_key_id = "k"\n}'


def auto_unseal():
    with Cluster(2, more=SEAL) as c:
        first, second = c.nodes
        c.made = first.server.insist(
            200, "PUT", "sys/init",
            {"recovery_shares": 1, "recovery_threshold": 1})
        until(lambda: first.health() == 200)
        for n in c.nodes:
            n.server.token = c.made["root_token"]
        first.server.insist(204, "POST", "sys/mounts/kv", {"type": "kv"})
        join = "sys/storage/raft/join", {"leader_api_addr": first.server.url}
        second.server.insist(200, "POST", *join)
        until(lambda: second.health() == 429)
        until(lambda: [p["voter"] for p in c.peers(first)] == [True, True])
        second.kill()
        second.start()
        second.server.token = c.made["root_token"]
        until(lambda: second.health() == 429)
        until(lambda: second.ask("POST", "kv/a", {"x": 1})[0] == 204)
        third = c.add()
        assert third.ask("POST", *join)[0] == 500
        assert "incompatible seal types between raft leader (awskms) and " \
            "follower (shamir)" in third.server.stderr()


def raw(node, method, path, body=None):
    """(status, bytes)"""
    conn = http.client.HTTPConnection(node.server.host, node.server.port,
                                      timeout=60)
    with contextlib.closing(conn):
        conn.request(method, "/v1/" + path, body,
                     {"X-Vault-Token": node.server.token})
        answer = conn.getresponse()
        return answer.status, answer.read()


def a_snapshot_comes_to_all_nodes():
    with Cluster() as c:
        c.form()
        first = c.nodes[0]
        first.server.insist(204, "POST", "kv/a", {"x": 1})
        path = "sys/storage/raft/snapshot"
        status, snapshot = raw(first, "GET", path)
        assert status == 200, status
        first.server.insist(204, "POST", "kv/a", {"x": 2})
        first.server.insist(204, "POST", "kv/b", {"x": 2})
        assert raw(first, "POST", path, snapshot) == (204, b"")

        def has_old_state(node):
            status, _, text = node.ask("GET", "kv/a")
            return status == 200 and json.loads(text)["data"] == {"x": 1} \
                and node.ask("GET", "kv/b")[0] == 404
        for node in c.nodes:
            until(lambda node=node: has_old_state(node))
        first.kill()
        other = c.leader()
        assert has_old_state(other)
        assert [p["node_id"] for p in c.peers(other)] == ["n1", "n2", "n3"]


SNAPSHOT = "sys/storage/raft/snapshot"


def a_newer_version_comes_node_by_node():
    """Each writes its version down when it leads, not beside the log, where the
    next whole state would meet it."""
    with Cluster() as c:
        c.form()
        for node in c.nodes[1:] + c.nodes[:1]:
            node.kill()
            node.env = dict(os.environ, MOCKVAULT_VERSION="1.20.0")
            node.start()
            node.server.token = c.made["root_token"]
            c.unseal(node)
            until(lambda node=node: node.health() == 429)
        leader = c.leader()
        versions = leader.server.insist(200, "LIST", "sys/version-history")
        assert versions["data"]["keys"] == ["1.19.5", "1.20.0"], versions
        status, snapshot = raw(leader, "GET", SNAPSHOT)
        assert status == 200, status
        leader.server.insist(204, "POST", "kv/later", {"x": 1})
        assert raw(leader, "POST", SNAPSHOT, snapshot) == (204, b"")
        for node in c.nodes:
            until(lambda node=node: node.ask("GET", "kv/later")[0] == 404)
            assert node.health() in (200, 429)


def a_snapshot_of_another_cluster_seals_all_nodes():
    with Cluster(1) as other, Cluster() as c:
        foreign = other.begin()
        foreign.server.insist(204, "POST", "sys/mounts/kv", {"type": "kv"})
        foreign.server.insist(204, "POST", "kv/a", {"x": 1})
        status, snapshot = raw(foreign, "GET", SNAPSHOT)
        assert status == 200, status
        c.form()
        first = c.nodes[0]
        assert raw(first, "POST", SNAPSHOT, snapshot)[0] == 400
        assert [n.health() for n in c.nodes] == [200, 429, 429]
        assert raw(first, "POST", SNAPSHOT + "-force", snapshot) == (204, b"")
        for n in c.nodes:
            until(lambda n=n: n.health() == 503)
        old, c.made = c.made, other.made
        refused = first.ask("PUT", "sys/unseal", {"key": old["keys"][0]})
        assert refused[0] in (200, 400), refused
        first.server.insist(200, "PUT", "sys/unseal", {"reset": True})
        for n in c.nodes:
            n.server.token = c.made["root_token"]
            c.unseal(n)
        until(lambda: sorted(n.health() for n in c.nodes) == [200, 429, 429])
        for n in c.nodes:
            until(lambda n=n: n.ask("GET", "kv/a")[0] == 200)
        assert [p["node_id"] for p in c.peers(c.leader())] == [
            "n1", "n2", "n3"]


def a_snapshot_from_before_a_join_keeps_the_node():
    with Cluster(2) as c:
        first, second = c.begin(), c.nodes[1]
        first.server.insist(204, "POST", "sys/mounts/kv", {"type": "kv"})
        first.server.insist(204, "POST", "kv/a", {"x": 1})
        status, snapshot = raw(first, "GET", SNAPSHOT)
        assert status == 200, status
        second.server.insist(200, "POST", "sys/storage/raft/join",
                             {"leader_api_addr": first.server.url})
        c.unseal(second)
        until(lambda: second.health() == 429)
        first.server.insist(204, "POST", "kv/a", {"x": 2})
        assert raw(first, "POST", SNAPSHOT, snapshot) == (204, b"")
        until(lambda: json.loads(second.ask("GET", "kv/a")[2])
              .get("data") == {"x": 1})
        assert [p["node_id"] for p in c.peers(first)] == ["n1", "n2"]
        first.server.insist(204, "POST", "kv/a", {"x": 3})
        until(lambda: json.loads(second.ask("GET", "kv/a")[2])
              .get("data") == {"x": 3})
        assert [n.health() for n in c.nodes] == [200, 429]


def a_snapshot_of_three_nodes_is_for_one_too():
    with Cluster() as c, Cluster(1) as alone:
        c.form()
        status, snapshot = raw(c.nodes[0], "GET", SNAPSHOT)
        assert status == 200, status
        one = alone.begin()
        assert raw(one, "POST", SNAPSHOT + "-force", snapshot) == (204, b"")
        until(lambda: one.health() == 503)
        alone.made = c.made
        alone.unseal(one)
        until(lambda: one.health() == 200)
        one.kill()
        one.start()
        one.server.token = c.made["root_token"]
        alone.unseal(one)
        until(lambda: one.health() == 200)
        assert one.ask("GET", "kv/before")[0] == 200


TESTS = [begun_joined_unsealed, a_node_whose_address_is_taken_waits_for_it,
         any_may_be_killed, autopilot_sees_all,
         a_removed_node_seals_itself, a_node_removed_while_it_was_down,
         dead_servers_are_taken_out, a_vote_after_the_stabilization_time,
         retry_join_until_a_leader_answers,
         retry_join_ends_when_it_is_initialised, retry_join_refused,
         joins_refused, another_version_is_refused, auto_unseal,
         a_snapshot_comes_to_all_nodes, a_newer_version_comes_node_by_node,
         a_snapshot_of_another_cluster_seals_all_nodes,
         a_snapshot_from_before_a_join_keeps_the_node,
         a_snapshot_of_three_nodes_is_for_one_too]

if __name__ == "__main__":
    sys.exit(run(TESTS))
