#!/usr/bin/env python3
"""state_imports.py BINARY: a state that is put in the place of another, by a
document or raft's snapshot. A thread reads it while the server serves: whoever
asks sees one state or the other, and what comes between does no harm.

Closes with 'N passed, N failed'."""
import json
import os
import resource
import signal
import socket
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from tests.support.control_client import steered  # noqa: E402
from tests.support.server import Server  # noqa: E402
from tests.support.suite import run, same  # noqa: E402
from tests.support.wire import Wire  # noqa: E402

BINARY = sys.argv[1]
ADMIN = "--admin-addr=127.0.0.1:0"
MANY = 20000
STATE = "/_mock/state"
RAFT = ('storage "raft" { path = "%s/raft" }\n'
        'cluster_addr = "https://127.0.0.1:8201"\n')
SNAPSHOT = "sys/storage/raft/snapshot"


def started(*args):
    return steered(Server(BINARY, ADMIN, *args))


def main_of(c):
    return Wire((c.server.host, c.server.port))


def admin_of(c):
    return Wire(c.admin)


def with_secrets(text, n, value="x"):
    """The document of a state that has secret/a, with n more like it."""
    document = json.loads(text)
    keys, versions = (document["tables"][t] for t in ("kv2_key",
                                                      "kv2_version"))
    key, version = keys[-1], versions[-1]
    same(version["slot"], key["id"] * 2 ** 32 + 1)
    for i in range(n):
        number = key["id"] + 1 + i
        keys.append(dict(key, id=number, path="k%05d" % i))
        versions.append(dict(version, slot=number * 2 ** 32 + 1,
                             data=json.dumps({"v": value})))
    return json.dumps(document).encode()


def a_document(c, n=MANY, value="x"):
    c.ask("DELETE", "secret/metadata/a")
    same(c.ask("POST", "secret/data/a", {"data": {"v": 1}}).status, 200)
    return with_secrets(c.control("GET", "state").body, n, value)


def state_of(c):
    answer = c.control("GET", "state")
    same(answer.status, 200)
    return json.loads(answer.body)


def equal(got, want):
    """As same, of long documents."""
    if got != want:
        raise AssertionError("two states: %s" % [
            t for t in want["tables"]
            if got["tables"].get(t) != want["tables"][t]])


class Beside:
    """Asks again and again until stopped; keeps what was answered."""

    def __init__(self, c, make):
        self.wire, self.make = main_of(c), make
        self.over, self.answers = threading.Event(), []
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.over.is_set():
            self.answers.append(self.wire.ask(*self.make(len(self.answers))))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.over.set()
        self.thread.join()
        self.wire.close()


# ---- the loop ----

def processor_ns(c, task):
    with open("/proc/%d/task/%d/schedstat" % (
            c.server.process.pid, task)) as f:
        return int(f.read().split()[0])


def nobody_waits_for_an_import():
    """The longest time of the loop between a question and its answer is a
    small part of what the import takes on its thread."""
    with started() as c:
        document, longest = a_document(c), [0]
        main = c.server.process.pid

        def threads():
            return sum(processor_ns(c, int(task)) for task in os.listdir(
                "/proc/%d/task" % main) if int(task) != main)

        def probe():
            wire = main_of(c)
            while not over.is_set():
                sent = processor_ns(c, main)
                same(wire.ask("GET", "sys/health")[0], 200)
                longest[0] = max(longest[0], processor_ns(c, main) - sent)
            wire.close()

        admin = admin_of(c)
        same(admin.ask("GET", STATE)[0], 200)  # the threads are there
        over, before = threading.Event(), threads()
        prober = threading.Thread(target=probe)
        prober.start()
        try:
            same(admin.ask("PUT", STATE, document)[0], 200)
        finally:
            over.set()
            prober.join()
        whole = threads() - before
        assert longest[0] < whole / 4, (longest[0], whole)
        same(c.ask("GET", "secret/data/k00007").status, 200)


# ---- beside others ----

def what_is_written_meanwhile_is_replaced():
    with started() as c:
        document, wire = a_document(c), admin_of(c)
        with Beside(c, lambda n: ("POST", "secret/data/new-%d" % n,
                                  {"data": {"v": n}})) as writer:
            status, text = wire.ask("PUT", STATE, document)
            same(status, 200)
            before = len(writer.answers)
        assert before, "nobody writes meanwhile"
        same({status for status, _ in writer.answers}, {200})
        equal(json.loads(text), json.loads(document))
        # all that were answered before are gone, those behind are there
        there = [c.ask("GET", "secret/data/new-%d" % n).status
                 for n in range(len(writer.answers))]
        same(there, sorted(there, reverse=True))
        same(there[0], 404)
        same(c.ask("GET", "secret/data/k%05d" % (MANY - 1)).status, 200)


def a_refused_import_changes_nothing():
    with started() as c:
        good = a_document(c)
        bad, wire = json.loads(good), admin_of(c)
        bad["tables"]["kv2_version"][-1]["destroyed"] = 7
        with Beside(c, lambda n: ("POST", "secret/data/new-%d" % n,
                                  {"data": {"v": n}})) as writer:
            status, text = wire.ask("PUT", STATE, bad)
        same((status, json.loads(text)["field"]), (
            400, "tables.kv2_version[%d].destroyed" % MANY))
        assert writer.answers, "nobody writes meanwhile"
        for n in range(len(writer.answers)):
            same(c.ask("GET", "secret/data/new-%d" % n).status, 200)
        same(c.ask("GET", "secret/data/k00001").status, 404)
        for text, why in (
                (good[:-9], "the body is no JSON: "),
                (b"[]", "the body must be a JSON object"),
                (b"{}", "format: must be \"mockvault-state/1\"")):
            status, text = wire.ask("PUT", STATE, text)
            same(status, 400)
            assert json.loads(text)["errors"][0].startswith(why), text


def two_imports_at_once():
    with started() as c:
        documents = [a_document(c, MANY // 4, value=v) for v in "xyz"]
        small = [a_document(c, 5, value=v) for v in "xy"]
        wires = [admin_of(c) for _ in documents]
        for wire, document in zip(wires, documents):
            wire.send("PUT", STATE, document)
        for wire, document in zip(wires, documents):
            status, text = wire.answer()
            same(status, 200)
            equal(json.loads(text), json.loads(document))
        assert state_of(c) in [json.loads(d) for d in documents]
        for _ in range(10):  # in the order they came
            wires[0].send("PUT", STATE, small[0])
            same(c.ask("GET", "sys/health").status, 200)
            wires[1].send("PUT", STATE, small[1])
            same([wire.answer()[0] for wire in wires[:2]], [200, 200])
            equal(state_of(c), json.loads(small[1]))


def who_leaves_an_import():
    with started() as c:
        other = a_document(c, value="y")
        third = a_document(c, 10, value="z")
        kept, wire = a_document(c, 10), admin_of(c)
        for n in range(8):  # while it is read, and while it waits for that
            leaving = [admin_of(c) for _ in range(2)]
            for one in leaving:
                one.send("PUT", STATE, other)
            for _ in range(n):
                same(c.ask("GET", "sys/health").status, 200)
            for one in leaving:
                one.reset()
            same(wire.ask("PUT", STATE, kept)[0], 200)
            equal(state_of(c), json.loads(kept))
        half = admin_of(c)
        half.send("PUT", STATE, third)
        half.socket.shutdown(socket.SHUT_WR)  # for a while it is waited for
        same(half.answer()[0], 200)
        equal(state_of(c), json.loads(third))


def a_reset_and_a_seal_meanwhile():
    with started() as c:
        document, wire = a_document(c), admin_of(c)
        for method, path in (("POST", "/_mock/reset"),
                             ("PUT", "/v1/sys/seal")):
            wire.send("PUT", STATE, document)
            status = main_of(c).ask(method, path)[0]
            assert status in (200, 204), status
            same(wire.answer()[0], 200)
            equal(state_of(c), json.loads(document))
            same(c.ask("GET", "secret/data/k00001").status, 200)


def a_space_that_ends_meanwhile():
    with started() as c:
        document = a_document(c)
        for n in range(4):
            same(c.control("PUT", "spaces/s", {}).status, 201)
            wire, second = admin_of(c), admin_of(c)
            for one in wire, second:
                one.send("PUT", "/s/s" + STATE, document)
            for _ in range(n):
                same(c.ask("GET", "sys/health").status, 200)
            same(c.control("DELETE", "spaces/s").status, 204)
            for one in wire, second:
                try:
                    answer = one.answer()
                except ConnectionError:
                    answer = None
                assert answer is None or answer[0] in (200, 404), answer
                one.close()
        same(c.control("PUT", "spaces/s", {}).status, 201)
        same(admin_of(c).ask("PUT", "/s/s" + STATE, document)[0], 200)
        same(main_of(c).ask("GET", "/s/s/v1/secret/data/k00001")[0], 200)
        same(c.ask("GET", "secret/data/k00001").status, 404)


# ---- the end of the process ----

def ended_while_a_state_is_read():
    """Either state is there, and the new one when that was said."""
    with tempfile.TemporaryDirectory() as folder:
        db = "--db=" + os.path.join(folder, "db")
        with started(db) as c:
            document = a_document(c)
        for asked in 0, 1, 5, 20:
            c = started(db).__enter__()
            same(c.ask("DELETE", "secret/metadata/k00001").status, 204)
            wire, waiting = admin_of(c), admin_of(c)
            for one in wire, waiting:
                one.send("PUT", STATE, document)
            for _ in range(asked):
                same(c.ask("GET", "sys/health").status, 200)
            c.server.process.send_signal(signal.SIGTERM)
            try:
                said = wire.answer()
            except ConnectionError:
                said = None
            assert said is None or said[0] in (200, 503), said
            status = c.server.process.wait(timeout=60)
            assert status == 0, (status, c.server.stderr()[-3000:])
            c.server.kill()
            with started(db) as c:
                there = c.ask("GET", "secret/data/k00001").status
                assert there == 200 or (there == 404 and (
                    said is None or said[0] == 503)), (there, said)
                same(c.ask("GET", "secret/data/a").status, 200)


def killed_behind_an_import():
    with tempfile.TemporaryDirectory() as folder:
        db = "--db=" + os.path.join(folder, "db")
        c = started(db).__enter__()
        document = a_document(c)
        same(admin_of(c).ask("PUT", STATE, document)[0], 200)
        c.server.process.send_signal(signal.SIGKILL)
        c.server.process.wait()
        c.server.kill()
        with started(db) as c:
            same(c.ask("GET", "secret/data/k00001").status, 200)


def a_full_disk():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "db")
        with started("--db=" + path) as c:
            document = a_document(c)
            before, pid = c.control("GET", "state").body, c.server.process.pid
            limit = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (1000000, limit[1]))
            status, text = admin_of(c).ask("PUT", STATE, document)
            same((status, json.loads(text)["errors"]),
                 (400, ["the database cannot keep it"]))
            same(c.ask("GET", "secret/data/a").status, 200)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)
            same(c.control("GET", "state").body, before)
            same(c.ask("POST", "secret/data/b", {"data": {}}).status, 200)
            same(admin_of(c).ask("PUT", STATE, document)[0], 200)
            same(c.ask("GET", "secret/data/b").status, 404)
            same(c.ask("GET", "secret/data/k00001").status, 200)


# ---- raft ----

def many_secrets(c, n, value):
    wire = main_of(c)
    for i in range(n):
        same(wire.ask("POST", "secret/data/k%05d" % i,
                      {"data": {"v": value}})[0], 200)
    wire.close()


def value_of(answer):
    status, text = answer
    same(status, 200)
    return json.loads(text)["data"]["data"]["v"]


def raft_restores():
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "raft.hcl")
        with open(config, "w") as f:
            f.write(RAFT % folder)
        with started("-config=" + config) as c:
            peers = c.ask("GET", "sys/storage/raft/configuration").json()
            many_secrets(c, 3000, "old")
            wire, other = main_of(c), main_of(c)
            status, archive = wire.ask("GET", SNAPSHOT)
            same(status, 200)
            last = "secret/data/k02999"
            same(wire.ask("POST", last, {"data": {"v": "new"}})[0], 200)
            wire.send("POST", SNAPSHOT, archive)
            seen = [value_of(other.ask("GET", last)) for _ in range(3)]
            same(wire.answer()[0], 204)
            same(seen, sorted(seen))  # "new", then perhaps "old"
            same(value_of(other.ask("GET", last)), "old")
            same(c.ask("GET", "sys/storage/raft/configuration").json()[
                "data"]["config"]["servers"],
                peers["data"]["config"]["servers"])
            for text in archive[:-40], b"", b"no snapshot":
                same(wire.ask("POST", SNAPSHOT, text)[0], 500)
            for n in range(4):  # who leaves
                leaving = main_of(c)
                leaving.send("POST", SNAPSHOT, archive)
                for _ in range(n):
                    same(c.ask("GET", "sys/health").status, 200)
                leaving.reset()
            same(wire.ask("POST", last, {"data": {"v": "new"}})[0], 200)
            wire.send("POST", SNAPSHOT, archive)
            same(other.ask("PUT", "sys/seal")[0], 204)
            status = wire.answer()[0]
            assert status in (204, 503), status
        # it was killed: what it said stands
        with started("-config=" + config) as c:
            same(value_of(main_of(c).ask("GET", last)),
                 "old" if status == 204 else "new")


def among_nodes():
    with started("-nodes=3") as c:
        document, wire = a_document(c, 1000), admin_of(c)
        status, text = wire.ask("PUT", STATE, document)
        same(status, 200)
        equal(json.loads(text)["tables"]["kv2_key"],
              json.loads(document)["tables"]["kv2_key"])
        same([n["state"] for n in c.control("GET", "nodes").json()["nodes"]],
             ["active", "standby", "standby"])
        same(len(c.ask("GET", "sys/storage/raft/configuration").json()[
            "data"]["config"]["servers"]), 3)
        for n in range(4):  # another leads meanwhile, or none does
            wire.send("PUT", STATE, document)
            for _ in range(n):
                c.ask("GET", "sys/health")
            leader = [x["id"] for x in c.control("GET", "nodes").json()[
                "nodes"] if x["state"] == "active"]
            if leader:
                same(c.control("POST", "nodes/%s/%s" % (
                    leader[0], ("step-down", "kill")[n % 2]), {}).status, 200)
            status, text = wire.answer()
            assert status in (200, 500, 503), (status, text)
            same(c.control("POST", "reset", {"faults": True}).status, 200)
            for x in c.control("GET", "nodes").json()["nodes"]:
                if x["state"] == "killed":
                    c.control("POST", "nodes/%s/restart" % x["id"], {})
            same(c.control("POST", "reset", {}).status, 200)
        same(wire.ask("PUT", STATE, document)[0], 200)
        same(c.ask("GET", "secret/data/k00999").status, 200)


sys.exit(run([nobody_waits_for_an_import,
              what_is_written_meanwhile_is_replaced,
              a_refused_import_changes_nothing, two_imports_at_once,
              who_leaves_an_import, a_reset_and_a_seal_meanwhile,
              a_space_that_ends_meanwhile, ended_while_a_state_is_read,
              killed_behind_an_import, a_full_disk, raft_restores, among_nodes]))
