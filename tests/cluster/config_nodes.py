#!/usr/bin/env python3
"""config_nodes.py BINARY [ROUNDS [SEED]]: three nodes in one process, each with a
configuration file of its own; so many times one of them is killed, paused or cut
off while clients write. Closes with 'N passed, N failed'."""
import contextlib
import http.client
import json
import os
import random
import re
import shlex
import shutil
import signal
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
sys.path.insert(0, HERE)
import faults  # noqa: E402
from processes import BINARY, CONFIG, free_ports, until  # noqa: E402
from server import Server  # noqa: E402
from several_nodes import Asked  # noqa: E402
from suite import run, same  # noqa: E402

ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 1


class Node(Asked):
    """One of them, as a client reaches it."""

    def __init__(self, cluster, said):
        self.cluster = cluster
        self.name = said["id"]
        self.url = said["api_addr"]
        self.cluster_addr = said["cluster_addr"]
        self.folder = os.path.join(cluster.folder, self.name)

    def connect(self):
        scheme, address = self.url.split("://")
        if scheme == "http":
            return http.client.HTTPConnection(address, timeout=60)
        return http.client.HTTPSConnection(
            address, timeout=60, context=ssl._create_unverified_context())

    def ask(self, method, path, body=None, headers=None):
        """(status, headers, tree or None)"""
        token = {"X-Vault-Token": self.cluster.token} \
            if self.cluster.token else {}
        with contextlib.closing(self.connect()) as conn:
            conn.request(method, path if path[0] == "/" else "/v1/" + path,
                         json.dumps(body) if body is not None else None,
                         {**token, **(headers or {})})
            answer = conn.getresponse()
            text = answer.read().decode()
            return (answer.status, dict(answer.getheaders()),
                    json.loads(text) if text[:1] in "{[" and text else None)

    def health(self):
        return self.ask("GET", "sys/health")[0]

    def unseal(self):
        for key in self.cluster.keys:
            got = self.insist(200, "PUT", "sys/unseal", {"key": key})
        return got


class Nodes:
    """With a block: the process, and its nodes by their names."""

    def __init__(self, n=3, args=(), storage=None, more=None, configs=None,
                 multiplier=1):
        """With more text in the storage block and behind it, by the node's
        name. The multiplier is how many seconds a busy machine may keep the
        process waiting before another node is elected."""
        self.folder = tempfile.mkdtemp(prefix="mockvault-nodes-")
        self.keys, self.token = [], ""
        ports = free_ports(2 * n)
        self.files = []
        for i in range(n):
            name = "n%d" % (i + 1)
            text = CONFIG % {
                "folder": os.path.join(self.folder, name), "name": name,
                "port": ports[2 * i], "cluster": ports[2 * i + 1],
                "storage": (storage or {}).get(name, ""),
                "more": (more or {}).get(name, "")}
            text = text.replace("performance_multiplier = 1",
                                "performance_multiplier = %d" % multiplier)
            path = os.path.join(self.folder, name + ".hcl")
            with open(path, "w") as f:
                f.write((configs or (lambda name, text: text))(name, text))
            self.files.append(path)
        self.args = ["-nodes=%d" % n, *("-config=" + f for f in self.files),
                     *args]
        self.server = None

    def start(self):
        self.server = Server(BINARY, *self.args, token="",
                             plain=True, command="server",
                             env={"ASAN_OPTIONS": os.environ.get(
                                 "ASAN_OPTIONS", "")})
        self.nodes = {said["id"]: Node(self, said)
                      for said in self.server.bound["nodes"]}

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        if error[0]:
            print(self.server.stderr()[-6000:], file=sys.stderr)
        try:
            if self.server.process.poll() is None and not error[0]:
                self.stop()
            elif self.server.process.poll() is None:
                self.server.kill()
            elif not error[0]:
                raise AssertionError("it has ended: " + self.server.stderr())
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self):
        self.server.process.send_signal(signal.SIGTERM)
        self.server.process.stdout.read()
        status, said = self.server.process.wait(), self.server.stderr()
        self.server.clean()
        assert status == 0, (status, said[-6000:])

    def __getitem__(self, name):
        return self.nodes[name]

    def control(self, method, path, body=None, status=200):
        conn = http.client.HTTPConnection(
            self.server.bound["admin_addr"].split("//")[1], timeout=60)
        with contextlib.closing(conn):
            conn.request(method, "/_mock/" + path,
                         json.dumps(body) if body is not None else None)
            answer = conn.getresponse()
            text = answer.read().decode()
            assert answer.status == status, (method, path, answer.status, text)
            return json.loads(text) if text else None

    def states(self):
        return {n["id"]: n["state"]
                for n in self.control("GET", "nodes")["nodes"]}

    def reach(self, **states):
        """Waits until these are so."""
        until(lambda: {n: s for n, s in self.states().items()
                       if n in states} == states)

    def leader(self):
        return until(lambda: next(
            (n for n in self.nodes.values()
             if self.states()[n.name] == "active"), None))

    def hand_over(self, node, call):
        """Until another leads."""
        def look():
            if self.leader() != node:
                return self.leader()
            call()
            return None
        return until(look)

    def begin(self):
        first = self["n1"]
        made = first.insist(200, "PUT", "sys/init",
                            {"secret_shares": 3, "secret_threshold": 2})
        self.keys, self.token = made["keys"][:2], made["root_token"]
        first.unseal()
        until(lambda: first.health() == 200)
        first.insist(204, "POST", "sys/mounts/kv", {"type": "kv"})
        return first

    def peers(self, node):
        """[] while the node cannot forward: it redirects then."""
        status, _, tree = node.ask("GET", "sys/storage/raft/configuration")
        return tree["data"]["config"]["servers"] if status == 200 else []

    def is_complete(self, node):
        return [(p["node_id"], p["voter"]) for p in self.peers(node)] == \
            [(name, True) for name in self.nodes]

    def form(self):
        first = self.begin()
        for node in list(self.nodes.values())[1:]:
            done = subprocess.run(
                [BINARY, "vault", "operator", "raft", "join", first.url],
                text=True, capture_output=True,
                env={**os.environ, "VAULT_ADDR": node.url,
                     "VAULT_SKIP_VERIFY": "true"})
            assert done.returncode == 0, (done.stdout, done.stderr)
            node.unseal()
            until(lambda node=node: node.health() == 429)
        until(lambda: self.is_complete(first))
        return first


TLS = '''  tls_cert_file = "%s/cert.pem"
  tls_key_file = "%s/key.pem"'''


def with_tls(folder):
    """n2 speaks TLS."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
         os.path.join(folder, "key.pem"), "-out",
         os.path.join(folder, "cert.pem")],
        check=True, stderr=subprocess.DEVNULL)

    def change(name, text):
        if name != "n2":
            return text
        return text.replace("  tls_disable = true", TLS % (folder, folder)) \
            .replace('api_addr = "http://', 'api_addr = "https://')
    return change


def started_joined_unsealed():
    with tempfile.TemporaryDirectory() as folder, \
            Nodes(configs=with_tls(folder), more={"n3": "ui = true"}) as c:
        same(list(c.nodes), ["n1", "n2", "n3"])
        same(c.states(), {"n1": "sealed", "n2": "sealed", "n3": "sealed"})
        same([n.health() for n in c.nodes.values()], [501, 501, 501])
        assert c["n2"].url.startswith("https://"), c["n2"].url
        same(c.control("GET", "info")["addresses"]["main"],
             [n.url for n in c.nodes.values()])
        same([n["id"] for n in c.control("GET", "info")["nodes"]],
             ["n1", "n2", "n3"])
        same([n.ask("GET", "/ui/")[0] for n in c.nodes.values()],
             [404, 404, 200])
        first = c.form()
        same(c.states(), {"n1": "active", "n2": "standby", "n3": "standby"})
        for node in c.nodes.values():
            said = node.insist(200, "GET", "sys/leader")
            same((said["leader_address"], said["leader_cluster_address"]),
                 (first.url, first.cluster_addr))
        until(lambda: c["n3"].ask("POST", "kv/a", {"x": 1})[0] == 204)
        same(c["n2"].insist(200, "GET", "kv/a")["data"], {"x": 1})
        for said in ("enabling active operation: node=n1",
                     "successfully joined the raft cluster: leader=%s node=n2"
                     % first.cluster_addr.split("//")[1]):
            assert said in c.server.stderr(), said
        other = c.hand_over(first, lambda: first.ask("PUT", "sys/step-down"))
        until(lambda: first.health() == 429)
        until(lambda: other.ask("POST", "kv/b", {"x": 2})[0] == 204)
        until(lambda: first.ask("GET", "kv/b")[2].get("data") == {"x": 2})


def one_dies_and_begins_anew():
    with Nodes() as c:
        first = c.form()
        first.insist(204, "POST", "kv/a", {"x": 1})
        same(c.control("POST", "nodes/n1/kill")["state"], "killed")
        assert first.refuses()
        other = c.leader()
        other.insist(204, "POST", "kv/b", {"x": 2})
        same(c.control("POST", "nodes/n1/restart")["state"], "sealed")
        until(lambda: not first.refuses())
        same(first.health(), 503)
        same(first.unseal()["sealed"], False)
        c.reach(n1="standby")
        until(lambda: first.ask("GET", "kv/b")[2].get("data") == {"x": 2})
        same(first.insist(200, "GET", "kv/a")["data"], {"x": 1})


def all_die_and_nothing_is_lost():
    with Nodes() as c:
        first = c.form()
        first.insist(204, "POST", "kv/a", {"x": 1})
        for name in c.nodes:
            c.control("POST", "nodes/%s/kill" % name)
        same(set(c.states().values()), {"killed"})
        for name in c.nodes:
            c.control("POST", "nodes/%s/restart" % name)
        same(set(c.states().values()), {"sealed"})
        for node in c.nodes.values():
            node.unseal()
        leader = c.leader()
        until(lambda: leader.ask("POST", "kv/b", {"x": 2})[0] == 204)
        same(leader.insist(200, "GET", "kv/a")["data"], {"x": 1})


def who_is_killed_leaves_what_kill_9_leaves():
    """The log of its database stays beside the file, and has what it wrote."""
    with Nodes() as c, tempfile.TemporaryDirectory() as folder:
        first = c.form()
        first.insist(204, "POST", "kv/a", {"x": 1})
        for name in c.nodes:
            c.control("POST", "nodes/%s/kill" % name)
            path, = [os.path.join(at, file)
                     for at, _, files in os.walk(c[name].folder)
                     for file in files if file.endswith(".db")]
            log = os.path.getsize(path + "-wal")
            assert log > os.path.getsize(path), (name, log)
            copy = shutil.copy(path, os.path.join(folder, name))
            shutil.copy(path + "-wal", copy + "-wal")
            with contextlib.closing(sqlite3.connect(copy)) as db:
                same(db.execute("PRAGMA integrity_check").fetchall(),
                     [("ok",)])
                if name == "n1":  # the others may not have heard of it yet
                    same(db.execute("SELECT path FROM kv1").fetchall(),
                         [("a",)])
        # a second one finds what the first has left, and more comes to it
        for n in range(2):
            for name in c.nodes:
                c.control("POST", "nodes/%s/restart" % name)
            for node in c.nodes.values():
                node.unseal()
            leader = c.leader()
            until(lambda n=n, leader=leader: leader.ask(
                "POST", "kv/b%d" % n, {"x": 2})[0] == 204)
            same(leader.insist(200, "GET", "kv/a")["data"], {"x": 1})
            for name in c.nodes:
                c.control("POST", "nodes/%s/kill" % name)


def what_a_disk_has_lost_is_had_again():
    with Nodes() as c:
        first = c.form()
        c.control("POST", "nodes/n3/kill")
        third = c["n3"]
        shutil.rmtree(third.folder)
        c.control("POST", "nodes/n3/restart")
        until(lambda: not third.refuses())
        same(third.health(), 501)
        third.insist(200, "POST", "sys/storage/raft/join",
                     {"leader_api_addr": first.url})
        third.unseal()
        c.reach(n3="standby")
        first.insist(204, "POST", "kv/a", {"x": 1})
        until(lambda: third.ask("GET", "kv/a")[2].get("data") == {"x": 1})


def what_cannot_begin_stays_killed():
    with Nodes() as c:
        folder = c["n2"].folder
        c.control("POST", "nodes/n2/kill")
        shutil.rmtree(folder)
        with open(folder, "w") as f:
            f.write("no folder")
        c.control("POST", "nodes/n2/restart")
        same(c.states()["n2"], "killed")
        assert c["n2"].refuses()
        assert "the node cannot be started: error=" in c.server.stderr()
        os.remove(folder)
        c.control("POST", "nodes/n2/restart")
        same(c.states()["n2"], "sealed")
        same(c["n2"].health(), 501)


def the_process_begins_anew():
    with Nodes() as c:
        first = c.form()
        first.insist(204, "POST", "kv/a", {"x": 1})
        c.server.process.send_signal(signal.SIGKILL)
        c.server.process.wait()
        c.server.clean()
        c.start()
        same(set(c.states().values()), {"sealed"})
        for node in c.nodes.values():
            node.unseal()
        same(c.leader().insist(200, "GET", "kv/a")["data"], {"x": 1})


def one_stands_still():
    with Nodes() as c:
        first = c.form()
        same(c.control("POST", "nodes/n1/pause")["state"], "paused")
        with contextlib.closing(first.connect()) as conn:
            conn.timeout = 0.5
            try:
                conn.request("GET", "/v1/sys/health")
                raise AssertionError(conn.getresponse().status)
            except TimeoutError:
                pass
        other = c.leader()
        assert other != first
        other.insist(204, "POST", "kv/b", {"x": 2})
        same(c.control("GET", "nodes/n1")["state"], "paused")
        c.control("POST", "nodes/n1/resume")
        c.reach(n1="standby")
        until(lambda: first.ask("GET", "kv/b")[2].get("data") == {"x": 2})
        c.control("POST", "nodes/n1/pause")
        c.control("POST", "nodes/n2/kill")


def sealed_and_stepped_down_by_call():
    with Nodes() as c:
        first = c.form()
        said = c.control("POST", "nodes/n3/step-down", status=400)
        same(said["errors"], ["n3 does not lead others now"])
        c.hand_over(first, lambda: c.control("POST", "nodes/n1/step-down"))
        c.reach(n1="standby")
        c.control("POST", "nodes/n2/seal")
        same(c["n2"].health(), 503)
        said = c.control("POST", "nodes/n2/unseal", status=400)
        assert "unseal keys of n2 are not known" in said["errors"][0], said
        c["n2"].unseal()
        until(lambda: sorted(c.states().values()) ==
              ["active", "standby", "standby"])
        c.control("PUT", "nodes/n3", {"skew": "-90s"})
        same(c.control("GET", "nodes/n3")["skew_ms"], -90000)


def rules_and_journal_name_their_node():
    with Nodes(multiplier=4) as c:
        first = c.form()
        first.insist(204, "POST", "kv/a", {"x": 1})
        until(lambda: c["n3"].ask("GET", "kv/a")[0] == 200)
        c.control("DELETE", "requests", status=204)
        until(lambda: c["n2"].ask("GET", "kv/a")[0] == 200)
        found = c.control("POST", "requests/find",
                          {"match": {"path": "kv/a"}})["requests"]
        same({r["node"] for r in found}, {"n2"})
        c.control("POST", "faults", {"match": {"node": "n3"},
                                     "then": [{"respond": {"status": 418}}]},
                  201)
        c["n2"].insist(200, "GET", "kv/a")
        c["n3"].insist(418, "GET", "kv/a")
        c.control("POST", "faults", {"match": {"node": "active"},
                                     "then": [{"respond": {"status": 419}}]},
                  201)
        c["n1"].insist(419, "GET", "kv/a")


SEAL = 'seal "awskms" {\n  region = "eu-west-1"\n  kms_key_id = "k"\n}'


def retry_join_and_auto_unseal():
    first = []

    def change(name, text):
        first.append(re.search('api_addr = "(.*)"', text).group(1))
        return text if name == "n1" else text.replace(
            "  performance_multiplier = 1\n", "  performance_multiplier = 1\n"
            '  retry_join {\n    leader_api_addr = "%s"\n  }\n' % first[0])
    with Nodes(more=dict.fromkeys(("n1", "n2", "n3"), SEAL),
               configs=change) as c:
        c.token = c["n1"].insist(
            200, "PUT", "sys/init", {"recovery_shares": 1,
                                     "recovery_threshold": 1})["root_token"]
        c.reach(n1="active", n2="standby", n3="standby")
        until(lambda: c.is_complete(c["n1"]))
        c.control("POST", "nodes/n3/restart")
        c.reach(n3="standby")
        c.control("POST", "nodes/n3/seal")
        c.reach(n3="sealed")
        c.control("POST", "nodes/n3/unseal")
        c.reach(n3="standby")


def cut_off_slow_and_lossy():
    with Nodes() as c:
        first = c.form()
        said = c.control("POST", "nodes/partition", {"groups": [["n1"], ["x"]]},
                         400)
        assert said["field"] == "groups", said
        c.control("POST", "nodes/partition",
                  {"groups": [["n1"], ["n2", "n3"]]})
        same({n["id"]: n["cut_off_from"]
              for n in c.control("GET", "nodes")["nodes"]},
             {"n1": ["n2", "n3"], "n2": ["n1"], "n3": ["n1"]})
        until(lambda: c.states()["n1"] == "standby")
        other = c.leader()
        assert other != first
        until(lambda: other.ask("POST", "kv/a", {"x": 1})[0] == 204)
        assert first.ask("GET", "kv/a")[0] in (307, 500)
        # One that begins anew is cut off still.
        c.control("POST", "nodes/n1/restart")
        until(lambda: not first.refuses())
        first.unseal()
        for _ in range(20):
            assert first.ask("GET", "kv/a")[0] in (307, 500, 503)
        c.control("POST", "nodes/heal")
        until(lambda: first.ask("GET", "kv/a")[2].get("data") == {"x": 1})
        until(lambda: sorted(c.states().values()) ==
              ["active", "standby", "standby"])

        def takes():
            """Seconds of a write."""
            began = time.monotonic()
            until(lambda: c.leader().ask("POST", "kv/b", {"x": 2})[0] == 204)
            return time.monotonic() - began
        c.control("PUT", "nodes/network", {"latency": "150ms"})
        assert takes() >= 0.3
        c.control("PUT", "nodes/network", {"loss": 0.2})
        until(lambda: c.leader().ask("POST", "kv/c", {"x": 3})[0] == 204)
        c.control("POST", "nodes/heal")
        until(lambda: takes() < 0.3)


def outages_are_real():
    with Nodes(multiplier=4) as c:
        first = c.form()

        def begins(name, status=200, **body):
            return c.control("PUT", "outages/" + name, body, status)

        def ends(name):
            c.control("DELETE", "outages/" + name, status=204)
        same(begins("crash")["nodes"], ["n1"])
        assert first.refuses()
        second = c.leader()
        second.insist(204, "POST", "kv/a", {"x": 1})
        ends("crash")
        same(c.states()["n1"], "sealed")
        until(lambda: not first.refuses())
        first.unseal()
        c.reach(n1="standby")

        begins("sealed", match={"node": "n1"})
        same(first.health(), 503)
        ends("sealed")
        c.reach(n1="standby")

        begins("no-leader")
        same({n.health() for n in c.nodes.values()}, {429})
        for node in c.nodes.values():
            said = node.insist(500, "GET", "kv/a")
            same(said["errors"], ["local node not active but active cluster "
                                  "node not found"])
        ends("no-leader")
        assert c.leader()
        until(lambda: sorted(c.states().values()) ==
              ["active", "standby", "standby"])

        begins("split", match={"node": "active"})
        cut_off = c.leader()
        other = until(lambda: c.leader() if c.leader() != cut_off else None)
        until(lambda: other.ask("POST", "kv/b", {"x": 2})[0] == 204)
        assert cut_off.ask("GET", "kv/b")[0] in (307, 500)
        ends("split")
        until(lambda: cut_off.ask("GET", "kv/b")[2].get("data") == {"x": 2})

        begins("election")
        assert c.leader()
        until(lambda: sorted(c.states().values()) ==
              ["active", "standby", "standby"])

        active = c.leader()
        standby = next(n for n in c.nodes.values() if n != active)
        begins("redirect", params={"to": "http://192.0.2.7:8200"},
               match={"node": standby.name})
        status, headers, _ = standby.ask("GET", "kv/b")
        same((status, headers["Location"]),
             (307, "http://192.0.2.7:8200/v1/kv/b"))
        ends("redirect")
        until(lambda: standby.insist(
            200, "GET", "sys/leader")["leader_address"] == active.url)
        until(lambda: standby.ask("GET", "kv/b")[0] == 200)

        begins("stale-read", match={"node": standby.name})
        same(standby.health(), 473)
        active.insist(204, "POST", "kv/c", {"x": 3})

        def index(node):
            return c.control("GET", "nodes/" + node.name)["applied_index"]
        assert index(standby) < index(active)
        ends("stale-read")
        until(lambda: index(standby) == index(active))
        begins("rolling-upgrade", params={"to": "1.20.0"},
               match={"node": standby.name})
        until(lambda: c.control("GET", "nodes/" + standby.name)["version"] ==
              "1.20.0")
        c.control("POST", "reset")
        same(c.control("GET", "nodes/" + standby.name)["version"],
             c.server.bound["vault_version"])


# Refused with several nodes; and without a TLS listener, or what they end.
ONE_ALONE = ("uninitialized", "amnesia")
NOTHING = ("tls", "lease-gone", "creds-revoked-with-parent")


def every_outage_is_over_after_a_reset():
    with Nodes(more=dict.fromkeys(("n1", "n2", "n3"), SEAL)) as c:
        c.token = c["n1"].insist(
            200, "PUT", "sys/init", {"recovery_shares": 1,
                                     "recovery_threshold": 1})["root_token"]
        for name in ("n2", "n3"):
            c[name].insist(200, "POST", "sys/storage/raft/join",
                           {"leader_api_addr": c["n1"].url})
        until(lambda: c.is_complete(c["n1"]))
        for method, path, body in (
                ("POST", "sys/mounts/secret",
                 {"type": "kv", "options": {"version": "2"}}),
                ("POST", "sys/auth/approle", {"type": "approle"}),
                ("PUT", "sys/policies/acl/app", {
                    "policy": 'path "secret/*" { capabilities = ["read"] }'}),
                ("POST", "auth/approle/role/web", {})):
            c["n1"].insist(204, method, path, body)
        for o in c.control("GET", "outages")["outages"]:
            name, node = o["name"], c.leader()
            for path, body in (("secret/data/app", {"data": {"k": "v"}}),
                               ("auth/approle/role/web/secret-id", {}),
                               ("auth/token/create", {"policies": ["app"]})):
                until(lambda: node.ask("POST", path, body)[0] == 200)
            done = subprocess.run(
                [BINARY, "ctl", "outage", *shlex.split(o["example"])],
                text=True, capture_output=True,
                env={**os.environ,
                     "MOCKVAULT_URL": c.server.bound["admin_addr"]})
            same((name, done.returncode), (name, 2 if name in ONE_ALONE else
                                           1 if name in NOTHING else 0))
            c.control("POST", "reset")
            until(lambda: sorted(c.states().values()) ==
                  ["active", "standby", "standby"])
        for node in c.nodes.values():
            until(lambda node=node: node.ask(
                "GET", "secret/data/app")[0] == 200)


def a_node_alone_is_no_cluster():
    with Nodes() as c:
        first = c.begin()
        said = c.control("PUT", "outages/election", {}, 409)
        assert "nobody leads" in said["errors"][0], said
        c.control("PUT", "outages/no-leader", {})
        same(first.insist(200, "GET", "sys/health")["standby"], False)
        c.control("PUT", "outages/crash", {})
        assert first.refuses()
        c.control("POST", "reset")
        until(lambda: not first.refuses())
        first.unseal()
        first.insist(204, "POST", "kv/a", {"x": 1})


class Written:
    """The nodes as a Writer of faults.py asks them."""

    def __init__(self, nodes):
        self.made = {"root_token": nodes.token}
        self.nodes = list(nodes.nodes.values())
        for node in self.nodes:
            node.server = node
            node.host, port = node.url.split("//")[1].split(":")
            node.port = int(port)


def one_round(c, writers, chance):
    """One node, mostly the leader, is gone until the others have gone on; it
    comes back while they do."""
    leader = c.leader()
    node = leader if chance.random() < 0.7 else \
        chance.choice(list(c.nodes.values()))
    others = [n for n in c.nodes if n != node.name]
    how = chance.choice(["kill", "pause", "partition"])
    if how == "partition":
        c.control("POST", "nodes/partition", {"groups": [[node.name], others]})
    else:
        c.control("POST", "nodes/%s/%s" % (node.name, how))
    until(lambda: any(c.states()[n] == "active" for n in others))
    before = [len(w.acknowledged) for w in writers]
    until(lambda: all(len(w.acknowledged) > b
                      for w, b in zip(writers, before)))
    if how == "kill":
        c.control("POST", "nodes/%s/restart" % node.name)
        until(lambda: not node.refuses())
        node.unseal()
    elif how == "pause":
        c.control("POST", "nodes/%s/resume" % node.name)
    else:
        c.control("POST", "nodes/heal")
    until(lambda: c.states()[node.name] in ("active", "standby") and
          node.health() in (200, 429))


def what_was_acknowledged_is_kept():
    rounds, seed = ROUNDS, SEED
    chance = random.Random(seed)
    with Nodes() as c:
        c.form().insist(204, "POST", "sys/mounts/kv2", {
            "type": "kv", "options": {"version": "2"}})
        all_of_them = Written(c)
        writers = [faults.Writer(all_of_them, "w%d" % i, seed + i)
                   for i in range(faults.WRITERS)]
        for w in writers:
            w.start()
        try:
            for _ in range(rounds):
                one_round(c, writers, chance)
                wrong = [text for w in writers for text in w.wrong]
                assert not wrong, "\n".join(wrong)
        finally:
            for w in writers:
                w.over.set()
        for w in writers:
            w.join(60)
            assert not w.is_alive() and not w.wrong, w.wrong
        print("%d rounds: %d writes, %d acknowledged; %d reads" % (
            rounds, sum(w.tried for w in writers),
            sum(len(w.acknowledged) for w in writers),
            sum(w.reads for w in writers)), flush=True)
        for w in writers:
            seen = [until(lambda n=node: n.ask("GET", w.path)[2]["data"])
                    for node in c.nodes.values()]
            assert seen[0] == seen[1] == seen[2], seen
            w.look(200, {"data": seen[0]})
            assert not w.wrong, w.wrong


def a_reset_starts_all_and_keeps_the_state():
    with Nodes() as c:
        first = c.form()
        first.insist(204, "POST", "kv/a", {"x": 1})
        c.control("POST", "faults", {"then": [{"respond": {"status": 418}}]},
                  201)
        c.control("POST", "nodes/n2/kill")
        c.control("POST", "nodes/n3/pause")
        said = c.control("POST", "reset", {"state": True}, 400)
        assert said["field"] == "state", said
        same(c.control("POST", "reset")["reset"],
             ["scenarios", "faults", "clock", "journal", "counters"])
        same(c.states()["n2"], "sealed")
        c["n2"].unseal()
        until(lambda: sorted(c.states().values()) ==
              ["active", "standby", "standby"])
        same(c.leader().insist(200, "GET", "kv/a")["data"], {"x": 1})


def refused(change, text, args=None, n=2, env=None):
    c = Nodes(n, configs=change)
    try:
        done = subprocess.run(
            [BINARY, "server", *(args(c) if args else c.args)], text=True,
            capture_output=True, env={**os.environ, **(env or {})})
        same(done.returncode, 1)
        assert text(c) in done.stderr, (text(c), done.stderr)
    finally:
        shutil.rmtree(c.folder, ignore_errors=True)


def files_that_do_not_fit():
    def second(old, new):
        return lambda name, text: text.replace(old, new) \
            if name == "n2" else text

    def said(text):
        return lambda c: "-config=%s: %s" % (c.files[1], text % {
            "first": c.files[0], "folder": c.folder})
    refused(second('node_id = "n2"', 'node_id = "n1"'),
            said('node_id "n1" is that of %(first)s, too'))
    refused(second('/n2"', '/n1"'), said('the storage\'s path "%(folder)s/n1" is that of %(first)s, '
                 'too'))
    refused(second('storage "raft"', 'storage "file"'),
            said('one of several nodes needs storage "raft", and this is '
                 '"file"'))
    refused(second('node_id = "n2"', ''),
            said('one of several nodes needs a node_id in its storage "raft"'))
    same_text = []

    def same_cluster_addr(name, text):
        address = re.search('cluster_addr = "(.*)"', text).group(1)
        same_text.append(address)
        return text.replace(address, same_text[0])
    refused(same_cluster_addr,
            lambda c: 'cluster_addr "%s" is that of %s, too' % (
                same_text[0], c.files[0]))
    refused(None, lambda c: "-nodes=3: it wants a -config file for each node, "
            "and there are 2", args=lambda c: ["-nodes=3", *c.args[1:]])
    refused(None, lambda c: "-db: not with -nodes and -config files",
            args=lambda c: [*c.args, "-db=x"])
    refused(None, lambda c: "VAULT_API_ADDR: not with -nodes and -config "
            "files: each file has an api_addr of its own",
            env={"VAULT_API_ADDR": "http://127.0.0.1:1"})


TESTS = [started_joined_unsealed, one_dies_and_begins_anew,
         all_die_and_nothing_is_lost,
         who_is_killed_leaves_what_kill_9_leaves, what_a_disk_has_lost_is_had_again,
         what_cannot_begin_stays_killed, the_process_begins_anew,
         one_stands_still,
         sealed_and_stepped_down_by_call, retry_join_and_auto_unseal,
         rules_and_journal_name_their_node,
         cut_off_slow_and_lossy, outages_are_real,
         every_outage_is_over_after_a_reset, a_node_alone_is_no_cluster,
         what_was_acknowledged_is_kept, a_reset_starts_all_and_keeps_the_state,
         files_that_do_not_fit]

if __name__ == "__main__":
    sys.exit(run(TESTS))
