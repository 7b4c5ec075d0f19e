#!/usr/bin/env python3
"""slices.py BINARY: work that is done in slices, or by a thread, keeps its
meaning: whoever asks between sees one state or the other.

Closes with 'N passed, N failed'."""
import io
import json
import os
import resource
import select
import signal
import sys
import tarfile
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from tests.support.control_client import steered  # noqa: E402
from tests.support.server import Server  # noqa: E402
from tests.support.suite import run, same  # noqa: E402
from tests.support.wire import Wire as WireTo  # noqa: E402

BINARY = sys.argv[1]
ADMIN = "--admin-addr=127.0.0.1:0"
# Enough for several slices under the sanitizers as well.
MANY = 8000


class Wire(WireTo):
    """One to Vault's API, or to the control API."""

    def __init__(self, c, admin=False):
        super().__init__(
            c.admin if admin else (c.server.host, c.server.port))


def many(c, requests, window=64):
    wire, waiting = Wire(c), 0
    for request in requests:
        wire.send(*request)
        waiting += 1
        if waiting == window:
            status, text = wire.answer()
            assert status < 300, text
            waiting -= 1
    for _ in range(waiting):
        status, text = wire.answer()
        assert status < 300, text
    wire.close()


def started(*args):
    return steered(Server(BINARY, ADMIN, *args))


def secrets(c, n=MANY):
    many(c, (("POST", "secret/data/k%05d" % i, {"data": {"v": "x"}})
             for i in range(n)))


def rows(document, table):
    return document["tables"][table]


def value_of(document, path):
    """The number in a secret, as a state's document has it."""
    for key in rows(document, "kv2_key"):
        if key["path"] == path:
            slot = key["id"] * 2 ** 32 + key["current"]
            for version in rows(document, "kv2_version"):
                if version["slot"] == slot:
                    return json.loads(version["data"])["v"]
    raise AssertionError(path)


def equal(got, want):
    """As same, of long lists."""
    if got != want:
        at = [i for i, pair in enumerate(zip(got, want)) if pair[0] != pair[1]]
        raise AssertionError("%d items, wanted %d; the first that differs: %s" %
                             (len(got), len(want), at[:1]))


# ---- the state's document ----

def a_document_is_of_one_time():
    with started() as c:
        secrets(c)
        done = threading.Event()

        def write():
            n, wire = 0, Wire(c)
            while not done.is_set():
                for path in "first", "second":
                    same(wire.ask("POST", "secret/data/" + path,
                                  {"data": {"v": n}})[0], 200)
                n += 1
            wire.close()

        for path in "first", "second":
            c.ask("POST", "secret/data/" + path, {"data": {"v": -1}})
        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(3):
                answer = c.control("GET", "state")
                same(answer.status, 200)
                same(int(answer.header("content-length")), len(answer.body))
                document = answer.json()
                first = value_of(document, "first")
                assert first - value_of(document, "second") in (0, 1), first
        finally:
            done.set()
            writer.join()
        document = c.control("GET", "state")
        back = c.control("PUT", "state", document.json())
        same(back.status, 200)
        assert back.body == document.body, "another document"


def who_leaves_a_document_holds_nothing():
    with started() as c:
        secrets(c)
        for _ in range(5):  # before it is written, and while it comes
            wire = Wire(c, admin=True)
            wire.send("GET", "/_mock/state")
            wire.close()
            wire = Wire(c, admin=True)
            wire.send("GET", "/_mock/state")
            same(len(wire.file.read(1000)), 1000)
            wire.close()
        slow = Wire(c, admin=True)
        slow.send("GET", "/_mock/state")
        same(c.ask("GET", "secret/data/k00001").status, 200)
        status, text = slow.answer()
        same(status, 200)
        assert len(rows(json.loads(text), "kv2_key")) == MANY
        same(slow.ask("GET", "/_mock/info")[0], 200)
        head = Wire(c, admin=True)
        head.socket.sendall(b"HEAD /_mock/state HTTP/1.1\r\nHost: localhost"
                            b"\r\nConnection: close\r\n\r\n")
        assert b" 200 " in head.file.readline()
        assert head.file.read().endswith(b"\r\n\r\n")


# ---- a mount that goes ----

def unmount_until_refused(c):
    """Asks for its end; returns the wire, and what the first refusal says."""
    going, other = Wire(c), Wire(c)
    going.send("DELETE", "sys/mounts/secret")
    status, text = 200, b""
    while status == 200:
        status, text = other.ask("GET", "secret/data/k%05d" % (MANY - 1))
    return going, other, text.decode()


def a_mount_that_goes_is_gone_at_once():
    with started() as c:
        secrets(c)
        going, other, text = unmount_until_refused(c)
        assert "route entry is tainted" in text, text
        for path in "secret/data/k00000", "secret/metadata/k00000":
            status, text = other.ask("GET", path)
            assert status in (400, 404) and b"route entry" in text, text
        status, text = other.ask("POST", "sys/mounts/secret", {"type": "kv"})
        same((status, text), (400, b'{"errors":["path is already in use at '
                                   b'secret/"]}\n'))
        same(other.ask("DELETE", "sys/mounts/secret")[0], 204)
        same(going.answer()[0], 204)
        same(c.ask("GET", "sys/mounts/secret").status, 400)
        document = c.control("GET", "state").json()
        for table in "kv2_key", "kv2_version", "kv2_config", "mount_ending":
            same(rows(document, table), [])
        same(c.ask("POST", "sys/mounts/secret",
                   {"type": "kv", "options": {"version": "2"}}).status, 204)
        same(c.ask("LIST", "secret/metadata").status, 404)


def others_of_the_same_kind_stay():
    with started() as c:
        c.ask("POST", "sys/mounts/other",
              {"type": "kv", "options": {"version": "2"}})
        c.ask("POST", "sys/mounts/old", {"type": "kv"})
        many(c, (("POST", "other/data/k%d" % i, {"data": {"v": i}})
                 for i in range(300)))
        many(c, (("POST", "old/k%d" % i, {"v": i}) for i in range(300)))
        for i in range(200):  # versions of one key
            c.ask("POST", "other/data/k0", {"data": {"v": i}})
        secrets(c, 300)
        same(c.ask("DELETE", "sys/mounts/secret").status, 204)
        same(len(c.ask("LIST", "other/metadata").json()["data"]["keys"]), 300)
        same(c.ask("DELETE", "sys/mounts/old").status, 204)
        same(rows(c.control("GET", "state").json(), "kv1"), [])
        same(c.ask("GET", "other/data/k299").json()["data"]["data"],
             {"v": 299})
        same(c.ask("DELETE", "sys/mounts/other").status, 204)
        same(rows(c.control("GET", "state").json(), "kv2_version"), [])


def every_engine_leaves_nothing():
    made = {
        "transit": [("keys/k%03d", {})],
        "database": [],
        "kv": [("k%03d", {"v": 1})],
    }
    with started() as c:
        for kind, writes in made.items():
            same(c.ask("POST", "sys/mounts/m-" + kind,
                       {"type": kind}).status, 204)
            for path, body in writes:
                many(c, (("POST", "m-%s/%s" % (kind, path % i), body)
                         for i in range(150)))
        c.ask("POST", "sys/auth/userpass", {"type": "userpass"})
        c.ask("POST", "sys/auth/approle", {"type": "approle"})
        many(c, (("POST", "auth/userpass/users/u%d" % i, {"password": "p"})
                 for i in range(150)))
        for i in range(150):
            c.ask("POST", "auth/approle/role/r%d" % i, {})
            c.ask("POST", "auth/approle/role/r0/secret-id", {})
        for kind in made:
            same(c.ask("DELETE", "sys/mounts/m-" + kind).status, 204)
        for kind in "userpass", "approle":
            same(c.ask("DELETE", "sys/auth/" + kind).status, 204)
        document = c.control("GET", "state").json()
        for table in ("transit_key", "transit_version", "kv1", "userpass",
                      "approle", "approle_secret", "mount_ending"):
            same(rows(document, table), [])


def killed_while_a_mount_goes():
    with tempfile.TemporaryDirectory() as folder:
        db = "--db=" + os.path.join(folder, "db")
        c = started(db).__enter__()
        secrets(c)
        _, other, text = unmount_until_refused(c)
        assert "route entry is tainted" in text, text
        c.server.process.send_signal(signal.SIGKILL)
        c.server.process.wait()
        c.server.kill()
        with started(db) as c:
            while True:
                status, text = Wire(c).ask("GET", "secret/data/k00001")
                assert status != 200, text
                if b"tainted" not in text:
                    break
            same(c.ask("GET", "sys/mounts/secret").status, 400)
            same(rows(c.control("GET", "state").json(), "kv2_key"), [])


def a_state_put_back_while_a_mount_goes():
    with started() as c:
        secrets(c)
        same(c.control("PUT", "snapshots/s").status, 201)
        going, _, text = unmount_until_refused(c)
        assert "route entry is tainted" in text, text
        same(c.control("POST", "snapshots/s/restore").status, 200)
        status, text = going.answer()
        same(status, 500)
        assert b"there again" in text, text
        same(c.ask("GET", "secret/data/k00001").status, 200)


def a_full_disk_while_a_mount_goes():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "db")
        with started("--db=" + path) as c:
            secrets(c, 4000)
            pid = c.server.process.pid
            limit = resource.prlimit(pid, resource.RLIMIT_FSIZE)

            def grow_by(n):
                size = max(os.path.getsize(path + end)
                           for end in ("", "-wal"))
                resource.prlimit(pid, resource.RLIMIT_FSIZE,
                                 (size + n, limit[1]))

            grow_by(0)  # it cannot begin: all is as before
            status, text = Wire(c).ask("DELETE", "sys/mounts/secret")
            same(status, 500)
            for name in "k00000", "k03999":
                same(c.ask("GET", "secret/data/" + name).status, 200)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)
            same(c.ask("POST", "secret/data/k00000", {"data": {}}).status, 200)
            grow_by(200000)  # it begins, and goes on once there is room
            going = Wire(c)
            going.send("DELETE", "sys/mounts/secret")
            while c.ask("GET", "secret/data/k03999").status == 200:
                pass
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)
            same(going.answer()[0], 204)
            same(rows(c.control("GET", "state").json(), "kv2_key"), [])


# ---- lists ----

def lists(c, path, stays, comes, goes):
    """A list while keys come and go: those that stay are in it, in order."""
    done = threading.Event()

    def change():
        wire = Wire(c)
        n = 0
        while not done.is_set():
            comes(wire, n)
            goes(wire, n)
            n += 1
        wire.close()

    changer = threading.Thread(target=change)
    changer.start()
    try:
        for _ in range(3):
            keys = c.ask("LIST", path).json()["data"]["keys"]
            equal(keys, sorted(set(keys)))
            missing = set(stays) - set(keys)
            assert not missing, sorted(missing)[:5]
    finally:
        done.set()
        changer.join()


def a_list_of_keys_has_all_that_stay():
    with started() as c:
        secrets(c)
        many(c, (("POST", "secret/data/d%d/a" % i, {"data": {}})
                 for i in range(3000)))
        names = ["k%05d" % i for i in range(MANY)] + [
            "d%d/" % i for i in range(3000)]
        lists(c, "secret/metadata", names,
              lambda w, n: same(w.ask("POST", "secret/data/k%05d-" % (
                  n % MANY), {"data": {}})[0], 200),
              lambda w, n: same(w.ask("DELETE", "secret/metadata/k%05d-" % (
                  n % MANY))[0], 204))
        keys = c.ask("LIST", "secret/metadata").json()["data"]["keys"]
        equal(keys, sorted(names))
        wire = Wire(c)  # who leaves
        wire.send("LIST", "secret/metadata")
        wire.close()
        same(c.ask("GET", "secret/data/k00001").status, 200)


def a_list_without_deleted_keys():
    with started("--vault-version=1.21.0") as c:
        secrets(c)
        names = ["k%05d" % i for i in range(MANY)]
        for name in names[7], names[MANY - 1]:
            same(c.ask("DELETE", "secret/data/" + name).status, 204)
        kept = c.ask("LIST", "secret/metadata?exclude_deleted=true")
        equal(kept.json()["data"]["keys"], names[:7] + names[8:-1])


def a_list_of_version_1_too():
    with started() as c:
        c.ask("POST", "sys/mounts/old", {"type": "kv"})
        many(c, (("POST", "old/k%05d" % i, {"v": i}) for i in range(MANY)))
        lists(c, "old", ["k%05d" % i for i in range(MANY)],
              lambda w, n: w.ask("POST", "old/n%d" % n, {"v": n}),
              lambda w, n: w.ask("DELETE", "old/n%d" % n))


def lists_of_accessors_and_leases():
    with started() as c:
        c.ask("POST", "sys/auth/approle", {"type": "approle"})
        made = [c.ask("POST", "auth/token/create", {"ttl": "1h"}).json()[
            "auth"]["accessor"] for _ in range(20)]
        many(c, (("POST", "auth/token/create", {"ttl": "1h"})
                 for _ in range(3000)))
        lists(c, "auth/token/accessors", made,
              lambda w, n: w.ask("POST", "auth/token/create",
                                 {"id": "t%d" % n}),
              lambda w, n: w.ask("POST", "auth/token/revoke",
                                 {"token": "t%d" % n}))
        c.control("POST", "clock/advance", {"by": "2h"})
        keys = c.ask("LIST", "auth/token/accessors").json()["data"]["keys"]
        same(len(keys), 1)  # root's
        c.ask("POST", "sys/mounts/database", {"type": "database"})
        c.ask("POST", "database/config/pg", {
            "plugin_name": "postgresql-database-plugin", "allowed_roles": "*",
            "connection_url": "postgresql://{{username}}:{{password}}@db/",
            "username": "u", "password": "p"})
        c.ask("POST", "database/roles/r", {
            "db_name": "pg", "creation_statements": "CREATE ROLE",
            "default_ttl": "1h"})
        many(c, (("GET", "database/creds/r") for _ in range(3000)))
        first = c.ask("LIST", "sys/leases/lookup/database/creds/r").json()[
            "data"]["keys"]
        same(len(first), 3000)
        lists(c, "sys/leases/lookup/database/creds/r", first,
              lambda w, n: w.ask("GET", "database/creds/r"),
              lambda w, n: None)
        same(c.ask("LIST", "sys/leases/lookup/database").json()["data"],
             {"keys": ["creds/"]})


# ---- keys, by a thread ----

def processor_ns(c):
    """Of the loop, and of the other threads."""
    folder = "/proc/%d/task" % c.server.process.pid
    used = {}
    for task in os.listdir(folder):
        with open(os.path.join(folder, task, "schedstat")) as f:
            used[int(task)] = int(f.read().split()[0])
    loop = used.pop(c.server.process.pid)
    return loop, sum(used.values())


def made_by_a_thread(c, operation):
    loop, others = processor_ns(c)
    result = operation()
    loop_then, others_then = processor_ns(c)
    assert loop_then - loop < others_then - others, (
        loop_then - loop, others_then - others)
    return result


def keys_that_rotate_by_the_clock_are_made_by_a_thread():
    with started("--clock=frozen") as c:
        c.ask("POST", "sys/mounts/transit", {"type": "transit"})
        for name in "a", "b":
            made_by_a_thread(c, lambda: c.ask(
                "POST", "transit/keys/" + name,
                {"type": "rsa-4096", "auto_rotate_period": "1h"}))
        c.ask("POST", "transit/keys/aes", {"auto_rotate_period": "1h"})
        made_by_a_thread(c, lambda: same(c.control(
            "POST", "clock/advance", {"by": "90m"}).status, 200))
        for name in "a", "b", "aes":
            same(c.ask("GET", "transit/keys/" + name).json()["data"][
                "latest_version"], 2)
        signed = c.ask("POST", "transit/sign/a", {"input": "aGk="}).json()
        assert signed["data"]["signature"].startswith("vault:v2:")
        # what changes while the key is made
        for change in (("POST", "transit/keys/a/rotate", {}),
                       ("POST", "transit/keys/a/config",
                        {"auto_rotate_period": "0"})):
            going = Wire(c, admin=True)
            going.send("POST", "/_mock/clock/advance", {"by": "90m"})
            assert c.ask(*change).status < 300
            same(going.answer()[0], 200)
        c.control("POST", "clock/advance", {"by": "90m"})
        same(c.ask("GET", "transit/keys/aes").json()["data"][
            "latest_version"], 5)


def database_keys_are_made_by_a_thread():
    with started("--clock=frozen") as c:
        c.ask("POST", "sys/mounts/database", {"type": "database"})
        same(c.ask("POST", "database/config/sf", {
            "plugin_name": "snowflake-database-plugin", "allowed_roles": "*",
            "connection_url": "{{username}}:{{password}}@acct/db",
            "username": "u", "password": "p"}).status // 100, 2)
        key = {"db_name": "sf", "credential_type": "rsa_private_key",
               "credential_config": {"key_bits": 4096}}
        same(c.ask("POST", "database/roles/k", {
            "creation_statements": "CREATE USER {{name}}", **key}).status, 204)
        made = made_by_a_thread(c, lambda: c.ask("GET", "database/creds/k"))
        assert "PRIVATE KEY" in made.json()["data"]["rsa_private_key"]
        answer = made_by_a_thread(c, lambda: c.ask(
            "POST", "database/static-roles/s", {
                "username": "app", "rotation_period": "1h",
                "rotation_statements": "ALTER USER {{name}}", **key}))
        same(answer.status // 100, 2)

        def private_key():
            return c.ask("GET", "database/static-creds/s").json()["data"][
                "rsa_private_key"]

        first = private_key()
        made_by_a_thread(c, lambda: same(c.control(
            "POST", "clock/advance", {"by": "90m"}).status, 200))
        second = private_key()
        made_by_a_thread(
            c, lambda: c.ask("POST", "database/rotate-role/s"))
        same(len({first, second, private_key()}), 3)


# ---- rules ----

def rules(c, n=MANY, first=0, **more):
    """A rule each for a path that nobody asks."""
    wire, waiting = Wire(c, admin=True), 0
    for i in range(first, first + n):
        wire.send("POST", "/_mock/faults", {
            "id": "r%d" % i, "match": {"path": "nothing/%d" % i},
            "then": [{"respond": {"status": 503}}], **more})
        waiting += 1
        if waiting == 64:
            same(wire.answer()[0], 201)
            waiting -= 1
    for _ in range(waiting):
        same(wire.answer()[0], 201)
    wire.close()


def last_rule(name):
    return {"id": name, "priority": 1000, "match": {"path": "nothing/new"},
            "then": [{"respond": {"status": 503}}]}


def answered_meanwhile(c, going, method, path, change, has, body=None):
    """Asks; then, once health was answered and so the first piece is made,
    changes something: it is in an answer that is made in pieces. Where the
    whole was done before the change came, again."""
    other, control = Wire(c), Wire(c, admin=True)
    for n in range(100):
        going.send(method, path, body)
        same(other.ask("GET", "sys/health")[0], 200)
        change(control, n)
        status, text = going.answer()
        same(status, 200)
        if has(text.decode(), n):
            return text
    raise AssertionError("%s %s goes in one piece" % (method, path))


def add_last_rule(name):
    return lambda control, n: same(control.ask(
        "POST", "/_mock/faults", last_rule(name % n))[0], 201)


def a_list_of_rules_lets_others_go_between():
    with started() as c:
        rules(c)
        going = Wire(c, admin=True)
        text = answered_meanwhile(
            c, going, "GET", "/_mock/faults", add_last_rule("new%d"),
            lambda text, n: '"new%d"' % n in text)
        ids = [rule["id"] for rule in json.loads(text)["faults"]]
        equal([name for name in ids if name[0] == "r"],
              ["r%d" % i for i in reversed(range(MANY))])
        answered_meanwhile(
            c, going, "GET", "/_mock/metrics", add_last_rule("more%d"),
            lambda text, n: 'acted_total{rule="more%d"}' % n in text)
        # rules that go while the list is made
        control, other = Wire(c, admin=True), Wire(c)
        going.send("GET", "/_mock/faults")
        same(other.ask("GET", "sys/health")[0], 200)
        for i in range(MANY // 2, MANY):
            same(control.ask("DELETE", "/_mock/faults/r%d" % i)[0], 204)
        status, text = going.answer()
        same(status, 200)
        ids = [rule["id"] for rule in json.loads(text)["faults"]]
        same(len(ids), len(set(ids)))
        missing = set("r%d" % i for i in range(MANY // 2)) - set(ids)
        assert not missing, sorted(missing)[:5]


def an_explanation_lets_others_go_between():
    with started() as c:
        rules(c)
        c.ask("GET", "sys/mounts")
        seq = c.control("GET", "requests").json()["requests"][0]["seq"]
        first = {"id": "first", "priority": 1,
                 "match": {"path": "sys/mounts"},
                 "then": [{"respond": {"status": 503, "body": "is gone"}}]}
        going = Wire(c, admin=True)
        for body in {"request": {"path": "sys/mounts"}}, {"seq": seq}:
            def change(control, n, body=body):
                control.ask("DELETE", "/_mock/faults/first")
                add_last_rule("%s%%d" % next(iter(body)))(control, n)
                same(control.ask("POST", "/_mock/faults", first)[0], 201)

            same(c.control("POST", "faults", first).status, 201)
            text = answered_meanwhile(
                c, going, "POST", "/_mock/explain", change,
                lambda text, n, name=next(iter(body)): '"%s%d"' % (
                    name, n) in text, body)
            answer = json.loads(text)
            same(answer["would"], "503 after 0 ms: is gone")
            ids = [rule["id"] for rule in answer["rules"]]
            same(ids[0], "first")
            equal([name for name in ids if name[1:].isdigit()],
                  ["r%d" % i for i in reversed(range(MANY))])
            same(c.control("DELETE", "faults/first").status, 204)
        # an entry that goes meanwhile
        control, status = Wire(c, admin=True), 200
        while status == 200:
            c.ask("GET", "sys/mounts")
            seq = c.control("GET", "requests").json()["requests"][-1]["seq"]
            going.send("POST", "/_mock/explain", {"seq": seq})
            same(Wire(c).ask("GET", "sys/health")[0], 200)
            same(control.ask("DELETE", "/_mock/requests")[0], 204)
            status, text = going.answer()
        same(status, 404)
        same(json.loads(text)["errors"], [
            "seq: there is no entry %d in the journal" % seq])


def who_leaves_an_explanation():
    with started() as c:
        rules(c)
        for _ in range(5):
            wire = Wire(c, admin=True)
            wire.send("POST", "/_mock/explain", {
                "request": {"path": "secret/data/k", "token": "root"}})
            wire.close()
        same(c.control("DELETE", "faults").status, 204)


def who_leaves_a_list_of_rules():
    with started() as c:
        rules(c)
        for read in 0, 1000:
            for path in "/_mock/faults", "/_mock/metrics":
                wire = Wire(c, admin=True)
                wire.send("GET", path)
                wire.file.read(read)
                wire.close()
        head = Wire(c, admin=True)
        head.socket.sendall(b"HEAD /_mock/faults HTTP/1.1\r\nHost: localhost"
                            b"\r\nConnection: close\r\n\r\n")
        assert b" 200 " in head.file.readline()
        assert head.file.read().endswith(b"\r\n\r\n")
        same(len(c.control("GET", "faults").json()["faults"]), MANY)


def rules_that_end_together():
    """None acts from the first moment on, who stalls goes on, and a new rule
    with the name of one that ended is not taken for it."""
    with started("--clock=frozen") as c:
        c.ask("POST", "secret/data/held", {"data": {"v": 1}})
        hold = {"id": "hold", "match": {"path": "secret/data/held"},
                "then": [{"stall": {}}]}
        same(c.control("POST", "faults", hold).status, 201)
        rules(c, expires_in="1h", clock="virtual")
        held, going, other = Wire(c), Wire(c, admin=True), Wire(c)
        held.send("GET", "secret/data/held")
        same(other.ask("GET", "nothing/7")[0], 503)
        going.send("DELETE", "/_mock/faults")
        same(other.ask("GET", "sys/health")[0], 200)
        same(other.ask("GET", "nothing/7")[0], 404)
        rules(c, 64, MANY - 64)  # the newest end last
        same(c.control("POST", "clock/advance", {"by": "2h"}).status, 200)
        same(held.answer()[0], 200)
        same(going.answer()[0], 204)
        ids = [rule["id"] for rule in c.control("GET", "faults").json()[
            "faults"]]
        equal(ids, ["r%d" % i for i in reversed(range(MANY - 64, MANY))])


# ---- the journal ----

def a_search_of_the_journal_lets_others_go_between():
    with started("--journal-size=20000") as c:
        secrets(c)
        going, other, between = Wire(c, admin=True), Wire(c), False
        for _ in range(100):
            going.send("GET", "/_mock/requests?limit=20000")
            same(other.ask("GET", "sys/health")[0], 200)
            between = not select.select([going.socket], [], [], 0)[0]
            status, text = going.answer()
            same(status, 200)
            if between:
                break
        assert between, "it goes in one piece"
        seqs = [r["seq"] for r in json.loads(text)["requests"]]
        assert len(seqs) >= MANY, len(seqs)
        equal(seqs, list(range(1, len(seqs) + 1)))
        of_secrets = {"match": {"path": "secret/data/*"}}
        status, text = going.ask(
            "POST", "/_mock/requests/count", of_secrets)
        same((status, json.loads(text)), (200, {"count": MANY}))
        # who leaves
        for path in "requests?limit=20000", "requests?limit=1":
            wire = Wire(c, admin=True)
            wire.send("GET", "/_mock/" + path)
            wire.close()


def a_wait_counts_what_there_was_and_what_comes():
    with started("--journal-size=20000") as c:
        secrets(c)
        going, other = Wire(c, admin=True), Wire(c)
        for n, status in (MANY, 200), (MANY + 3, 408):
            going.send("POST", "/_mock/requests/wait", {
                "match": {"path": "secret/data/*"}, "n": n, "limit": 5,
                "timeout": "500ms"})
            same(other.ask("GET", "secret/data/k00000")[0], 200)
            got, text = going.answer()
            same((got, len(json.loads(text)["requests"])), (status, 5))
        going.send("POST", "/_mock/requests/wait", {
            "match": {"path": "secret/data/*"}, "n": MANY + 5,
            "limit": 20000, "timeout": "60s"})
        for _ in range(3):
            same(other.ask("GET", "secret/data/k00000")[0], 200)
        got, text = going.answer()
        same((got, len(json.loads(text)["requests"])), (200, MANY + 5))
        going.send("POST", "/_mock/requests/wait", {
            "n": 100000, "timeout": "60s"})
        going.close()
        same(other.ask("GET", "secret/data/k00000")[0], 200)


# ---- what ended on the way ----

def a_long_way_forward_says_all_that_ended():
    with started("--clock=frozen") as c:
        tokens = [c.ask("POST", "auth/token/create", {"ttl": "1h"}).json()[
            "auth"]["accessor"] for _ in range(20)]
        many(c, (("POST", "auth/token/create", {"ttl": "1h"})
                 for _ in range(MANY)))
        going, other = Wire(c, admin=True), Wire(c)
        going.send("POST", "/_mock/clock/advance", {"by": "2h"})
        same(other.ask("GET", "sys/health")[0], 200)
        status, text = going.answer()
        same(status, 200)
        assert text.startswith(b'{"now":"') and text.endswith(b"}]}\n"), text
        ended = json.loads(text)["expired"]
        same(len(ended), MANY + 20)
        assert set(tokens) <= {x["accessor"] for x in ended}
        status, text = going.ask("POST", "/_mock/clock/advance", {"by": "2h"})
        assert status == 200 and text.endswith(b'"expired":[]}\n'), text


# ---- raft's snapshot ----

RAFT = ('storage "raft" { path = "%s/raft" }\n'
        'cluster_addr = "https://127.0.0.1:8201"\n')


def varint(text, at):
    n = shift = 0
    while True:
        n |= (text[at] & 0x7f) << shift
        shift += 7
        at += 1
        if text[at - 1] < 0x80:
            return n, at


def document_of_raft(archive):
    """The state's document in a file of raft's."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        state = tar.extractfile("state.bin").read()
    document, at = b"", 0
    while at < len(state):
        _, at = varint(state, at)
        same(state[at], 0x0a)
        n, at = varint(state, at + 1)
        at += n
        same(state[at], 0x12)
        n, at = varint(state, at + 1)
        document += state[at:at + n]
        at += n
    return json.loads(document)


def raft_snapshots(*args, back):
    path = "sys/storage/raft/snapshot"
    with started(*args) as c:
        for name in "first", "second":
            same(c.ask("POST", "secret/data/" + name,
                       {"data": {"v": -1}}).status, 200)
        secrets(c, 2000)
        going, other, seen = Wire(c), Wire(c), False
        for n in range(200):
            going.send("GET", path)
            while not seen:
                status, text = other.ask("GET", "sys/in-flight-req")
                same(status, 200)
                seen = path in text.decode()
                if select.select([going.socket], [], [], 0)[0]:
                    break
            for name in "first", "second":
                same(other.ask("POST", "secret/data/" + name,
                               {"data": {"v": n}})[0], 200)
            status, archive = going.answer()
            same(status, 200)
            document = document_of_raft(archive)
            first = value_of(document, "first")
            assert first - value_of(document, "second") in (0, 1), first
            if seen:
                break
        assert seen, "nobody is answered while a snapshot is written"
        for _ in range(3):  # who leaves
            wire = Wire(c)
            wire.send("GET", path)
            wire.close()
        same(c.ask("POST", "secret/data/k00001", {"data": {}}).status, 200)
        if not back:
            return
        other.socket.sendall((
            "POST /v1/%s-force HTTP/1.1\r\nHost: localhost\r\n"
            "X-Vault-Token: root\r\nContent-Length: %d\r\n\r\n" % (
                path, len(archive))).encode() + archive)
        same(other.answer()[0], 204)
        same(c.ask("GET", "secret/data/k00001").json()["data"]["data"],
             {"v": "x"})


def a_snapshot_of_raft_is_of_one_time():
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "raft.hcl")
        with open(config, "w") as f:
            f.write(RAFT % folder)
        raft_snapshots("-config=" + config, back=True)


def a_snapshot_of_raft_among_nodes():
    raft_snapshots("-nodes=3", back=False)


# ---- the end of the process while time goes ----

def ended_while_time_goes():
    with tempfile.TemporaryDirectory() as folder:
        db = "--db=" + os.path.join(folder, "db")
        c = started(db, "--clock=frozen").__enter__()
        c.ask("POST", "sys/mounts/transit", {"type": "transit"})
        secrets(c, 200)
        many(c, (("POST", "transit/keys/k%d" % i,
                  {"type": "rsa-4096", "auto_rotate_period": "1h"})
                 for i in range(12)))
        many(c, (("POST", "auth/token/create", {"ttl": "%dh" % (1 + i)})
                 for i in range(4000)))
        going, other = Wire(c, admin=True), Wire(c)
        going.send("POST", "/_mock/clock/advance", {"by": "8760h"})
        seen = 0
        while seen < 2:  # until the first has rotated
            seen = max(
                json.loads(other.ask("GET", "transit/keys/k%d" % i)[1])[
                    "data"]["latest_version"] for i in range(12))
        same(other.ask("POST", "secret/data/last", {"data": {"v": 1}})[0], 200)
        c.server.process.send_signal(signal.SIGTERM)
        status = c.server.process.wait(timeout=30)
        assert status == 0, (status, c.server.stderr()[-3000:])
        c.server.kill()
        with started(db, "--clock=frozen") as c:
            versions = [c.ask("GET", "transit/keys/k%d" % i).json()["data"][
                "latest_version"] for i in range(12)]
            # it did not go to the end, and what was seen is there
            assert 1 in versions and 2 in versions, versions
            same(c.ask("GET", "secret/data/last").status, 200)
            same(len(c.ask("LIST", "secret/metadata").json()["data"]["keys"]),
                 201)


sys.exit(run([a_document_is_of_one_time, who_leaves_a_document_holds_nothing,
              a_mount_that_goes_is_gone_at_once, others_of_the_same_kind_stay,
              every_engine_leaves_nothing, killed_while_a_mount_goes,
              a_state_put_back_while_a_mount_goes,
              a_full_disk_while_a_mount_goes,
              a_list_of_keys_has_all_that_stay,
              a_list_without_deleted_keys, a_list_of_version_1_too,
              lists_of_accessors_and_leases,
              keys_that_rotate_by_the_clock_are_made_by_a_thread,
              database_keys_are_made_by_a_thread,
              a_list_of_rules_lets_others_go_between,
              an_explanation_lets_others_go_between,
              who_leaves_an_explanation,
              who_leaves_a_list_of_rules, rules_that_end_together,
              a_search_of_the_journal_lets_others_go_between,
              a_wait_counts_what_there_was_and_what_comes,
              a_long_way_forward_says_all_that_ended,
              a_snapshot_of_raft_is_of_one_time,
              a_snapshot_of_raft_among_nodes, ended_while_time_goes]))
