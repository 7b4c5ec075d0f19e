#!/usr/bin/env python3
"""rules.py BINARY: rules over sockets: kept, explained, guarded, and in force
under load.

Closes with 'N passed, N failed'."""
import http.client
import os
import re
import resource
import select
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from tests.support.server import Server  # noqa: E402
from tests.support.control_client import Answer, Control, raw, steered  # noqa: E402
from tests.support.suite import run, same  # noqa: E402

BINARY = sys.argv[1]
ADMIN = "--admin-addr=127.0.0.1:0"
PATH = "secret/data/a"


def started(*args):
    return steered(Server(BINARY, ADMIN, *args))


def refused(answer, status, field, text):
    body = answer.json()
    same((answer.status, body.get("field")), (status, field))
    assert text in body["errors"][0], body
    return body


def add(c, **rule):
    answer = c.control("POST", "faults", rule)
    assert answer.status == 201, answer.body
    return answer.json()


def exchange(c, data):
    """All that comes until the server closes, and how it ended."""
    with c.connect() as conn:
        got = b""
        try:
            conn.sendall(data)
            conn.shutdown(socket.SHUT_WR)
            while True:
                piece = conn.recv(65536)
                if not piece:
                    return got, "closed"
                got += piece
        except OSError:  # also at sending, when it came that early
            return got, "reset"


# ---- which rule is asked ----

def each_rule_is_asked_for_its_path():
    """Among many for other paths: one path, with or without its slash, several
    paths, patterns, events; and what comes and goes between them."""
    with started() as c:
        for i in range(500):
            add(c, id="other%d" % i, match={"path": "secret/data/a%d" % i},
                then=[{"respond": {"status": 418}}])
        answers = {"secret/data/a": 501, "secret/metadata/": 502,
                   "secret/data/b": 503, "secret/data/c": 503,
                   "secret/data/d": 504, "secret/data/dd": 504,
                   "secret/data/e/f": 505, "sys/mounts": 506}
        for status, path in ((501, "secret/data/a"),
                             (502, ["secret/metadata"]),
                             (503, ["secret/data/b", "secret/data/c/"]),
                             (504, "secret/data/d*"),
                             (505, "secret/+/e/f"),
                             (506, {"regex": "^sys/m"})):
            add(c, id="is%d" % status, match={"path": path},
                then=[{"respond": {"status": status}}])
        add(c, id="all", priority=9, then=[{"respond": {"status": 509}}])
        for path, status in answers.items():
            same(c.ask("GET", path).status, status)
        same(c.ask("LIST", "secret/metadata").status, 502)
        same(c.ask("GET", "secret/data/a7").status, 418)
        same(c.ask("GET", "secret/data/x").status, 509)
        for i in range(0, 500, 2):
            same(c.control("DELETE", "faults/other%d" % i).status, 204)
        same(c.ask("GET", "secret/data/a8").status, 509)
        same(c.ask("GET", "secret/data/a9").status, 418)
        add(c, id="late", match={"path": "secret/data/a"},
            when={"on": "sealed"}, then=[{"respond": {"status": 510}}])
        same(c.ask("GET", "secret/data/a").status, 501)
        same(c.control("PUT", "outages/sealed", {}).status // 100, 2)
        same(c.ask("GET", "secret/data/a").status, 510)
        shown = c.control("GET", "faults").json()["faults"]
        same([r["id"] for r in shown][:3], ["late", "is506", "is505"])
        same([r["id"] for r in shown][-2:], ["other1", "all"])
        same(len(shown), 258)
        same(c.control("DELETE", "faults").status, 204)
        same(c.control("GET", "faults").json(), {"faults": []})


# ---- kept ----

def rules_are_kept():
    with started() as c:
        same(c.control("GET", "faults").json(), {"faults": []})
        rule = {"id": "blip", "match": {"path": "secret/**"},
                "when": {"times": 2, "skip": 1},
                "then": [{"respond": {"status": 503}}]}
        made = add(c, **rule)
        same({k: made[k] for k in rule}, rule)
        same([made[k] for k in ("priority", "enabled", "commit", "matched",
                                "acted", "remaining")],
             [5, True, "none", 0, 0, 2])
        same(add(c, then=[{"delay": 1}])["id"], "rule-1")
        again = c.control("POST", "faults", rule)
        refused(again, 409, "id", 'a rule "blip" exists')
        same([c.ask("GET", PATH).status for _ in range(4)],
             [404, 503, 503, 404])
        shown = c.control("GET", "faults/blip").json()
        same([shown[k] for k in ("matched", "acted", "remaining")], [4, 2, 0])
        order = [r["id"] for r in c.control("GET", "faults").json()["faults"]]
        same(order, ["rule-1", "blip"])
        put = c.control("PUT", "faults/blip", rule)
        same((put.status, put.json()["matched"]), (200, 0))
        same(c.control("PUT", "faults/new", {"then": [{"reset": True}]})
             .json()["id"], "new")
        refused(c.control("PUT", "faults/new", dict(rule)), 400, "id", "path")
        refused(c.control("PUT", "faults/a%0d%0aB:c",
                          {"then": [{"reset": True}]}), 400, "id", "1 to 100")
        same(c.control("DELETE", "faults/new").status, 204)
        missing = c.control("DELETE", "faults/blib")
        same(missing.status, 404)
        same(missing.json()["errors"],
             ['no fault "blib"; did you mean "blip"?'])
        assert "blip" in missing.json()["allowed"]
        for method in ("GET", "PATCH"):
            same(c.control(method, "faults/blib", {}).status, 404)
        same(c.control("DELETE", "faults").status, 204)
        same(c.control("GET", "faults").json(), {"faults": []})


def rules_are_patched():
    with started() as c:
        add(c, id="p", match={"path": "secret/**", "method": "GET"},
            when={"times": 5}, then=[{"respond": {"status": 503}}])
        c.ask("GET", PATH)
        off = c.control("PATCH", "faults/p", {"enabled": False}).json()
        same((off["enabled"], off["acted"]), (False, 1))
        same(c.ask("GET", PATH).status, 404)
        c.control("PATCH", "faults/p", {"enabled": True})
        same(c.ask("GET", PATH).status, 503)
        some = c.control("PATCH", "faults/p", {
            "priority": 2, "when": {"skip": 1}, "match": {"method": None}})
        same(some.status, 200)
        shown = some.json()
        same([shown[k] for k in ("priority", "when", "match", "acted")],
             [2, {"times": 5, "skip": 1}, {"path": "secret/**"}, 0])
        bad = c.control("PATCH", "faults/p", {"when": {"skip": "x"}})
        refused(bad, 400, "when.skip", "must be")
        same(c.control("GET", "faults/p").json(), shown)
        same(c.control("PATCH", "faults/p", {"then": [{"delay": 1}]})
             .json()["commit"], "passthrough")
        same(c.control("PATCH", "faults/p", {"then": [{"reset": True}],
                                             "when": None}).json()["commit"],
             "none")


def bad_rules_change_nothing():
    with started() as c:
        for body, field, text in (
                ({"thenn": []}, "thenn", "did you mean"),
                ({"then": [{"respond": {"statuss": 1}}]},
                 "then[0].respond.statuss", "status"),
                ({"match": {"token": {"rol": "x"}},
                  "then": [{"reset": True}]}, "match.token.rol", "role")):
            body = refused(c.control("POST", "faults", body), 400, field, text)
            assert body["allowed"], body
        conn = http.client.HTTPConnection(*c.admin)
        conn.request("POST", "/_mock/faults", "[1,")
        answer = Answer(conn.getresponse())
        assert "no JSON" in answer.json()["errors"][0], answer.body
        same((answer.status, c.control("GET", "faults").json()),
             (400, {"faults": []}))


# ---- explained ----

def explain(c, method, path, **more):
    body = c.control("POST", "explain", {
        "request": dict(more, method=method, path=path)}).json()
    return body["would"], {r["id"]: r["why"] for r in body["rules"]}


def an_entry_is_explained():
    with started() as c:
        add(c, id="late", match={"path": PATH}, then=[{"delay": "1ms"}])
        add(c, id="body", match={"body": {"/a": "b"}}, then=[{"reset": True}])
        add(c, id="put", match={"method": "PUT"}, then=[{"reset": True}])
        c.ask("GET", PATH)
        seq = c.journal()[0]["seq"]
        answer = c.control("POST", "explain", {"seq": seq}).json()
        same(answer["would"],
             "the usual answer, in another shape or later, 1 ms later")
        why = {r["id"]: (r["matched"], r["why"]) for r in answer["rules"]}
        same(why["late"], (True, "it acts"))
        same(why["body"], (False, "match.body: the journal keeps no bodies; "
                                  "a rule can match them"))
        same(why["put"][0], False)
        assert why["put"][1].startswith("method"), why
        refused(c.control("POST", "explain", {"seq": seq + 1}), 404, "seq",
                "no entry %d" % (seq + 1))
        refused(c.control("POST", "explain", {"seq": "x"}), 400, "seq", "number")


def why_is_told():
    with started() as c:
        add(c, id="late", priority=9, then=[{"reset": True}])
        add(c, id="over", when={"over": {"rate": 3}},
            then=[{"respond": {"status": 429}}])
        add(c, id="login", match={"op": "login"}, then=[{"reset": True}])
        add(c, id="some", match={"header": {"user-agent": "go*"}},
            then=[{"reset": True}])
        add(c, id="once", when={"times": 0}, then=[{"reset": True}])
        add(c, id="on", when={"on": "login"}, then=[{"reset": True}])
        add(c, id="early", then=[{"reset": {"at": "accept"}}],
            match={"client_ip": "10.0.0.0/8"})
        add(c, id="gone", enabled=False, then=[{"reset": True}])
        would, why = explain(c, "GET", "/v1/" + PATH, token="root",
                             headers={"User-Agent": "python"})
        same(would, "a connection reset, 0 ms later")
        same(why["late"], "it acts")
        same(why["once"], "`times` is used up")
        same(why["on"], "its event `on` has not come yet")
        same(why["gone"], "the rule is not enabled")
        same(why["over"], "the rate `over` is not exceeded")
        same(why["early"], "it acts on connections, not on requests")
        assert why["login"].startswith("op"), why["login"]
        assert "python" in why["some"], why["some"]
        would, why = explain(c, "PUT", "auth/approle/login",
                             body={"role_id": "x"})
        same(why["login"], "it acts")
        same(why["late"], "it would act, but a rule before it decides")
        c.control("DELETE", "faults")
        same(explain(c, "GET", PATH)[0], "Vault's own answer: no rule acts")
        add(c, then=[{"delay": "20ms"}, {"respond": {"status": 418}}])
        assert explain(c, "GET", PATH)[0].startswith("418 after 20 ms")
        refused(c.control("POST", "explain", {"request": {}}), 400,
                "request.path", "required")


def the_rule_is_named():
    for flag in (), ("--strict-headers",):
        with started(*flag) as c:
            add(c, id="r", match={"path": PATH}, when={"times": 1},
                then=[{"respond": {"status": 503}}])
            answer = c.ask("GET", PATH)
            same(answer.header("x-mockvault-rule"), None if flag else "r")
            same(c.ask("GET", PATH).header("x-mockvault-rule"), None)
            same([e["rule"] for e in c.journal()], ["r", None])


def headers_cannot_be_split():
    with started() as c:
        add(c, then=[{"redirect": "loop"}])
        got, _ = exchange(c, raw("GET", "a%0d%0aSet-Cookie:%20x"))
        assert b"\nSet-Cookie" not in got, got
        c.control("DELETE", "faults")
        add(c, then=[{"respond": {"headers": {"X-Path": "{{path}}"}}}])
        got, _ = exchange(c, raw("GET", "a%0d%0aSet-Cookie:%20x"))
        assert b"\nSet-Cookie" not in got, got


# ---- who may ----

def call(address, method, path, headers=(), body=None):
    conn = http.client.HTTPConnection(*address, timeout=60)
    conn.request(method, "/_mock/" + path, body, dict(headers))
    answer = Answer(conn.getresponse())
    conn.close()
    return answer


def an_admin_token_is_asked_for():
    with started("--admin-token=s3cret") as c:
        for headers, status in (
                ({}, 401), ({"Authorization": "Bearer wrong"}, 401),
                ({"X-Vault-Token": "root"}, 401),
                ({"Authorization": "Bearer s3cret"}, 200),
                ({"Authorization": "bearer s3cret"}, 200),
                ({"X-Mockvault-Admin-Token": "s3cret"}, 200)):
            answer = call(c.admin, "GET", "faults", headers)
            same((headers, answer.status), (headers, status))
            if status == 401:
                assert "admin token" in answer.json()["errors"][0]
        same(call((c.server.host, c.server.port), "GET", "faults").status,
             401)


def foreign_pages_command_nothing():
    with started() as c:
        host = "%s:%d" % c.admin
        for headers, status in (
                ({"Origin": "http://evil.example"}, 403),
                ({"Origin": "null"}, 403),
                ({"Sec-Fetch-Site": "cross-site"}, 403),
                ({"Sec-Fetch-Site": "same-site"}, 403),
                ({"Origin": "http://" + host,
                  "Sec-Fetch-Site": "same-origin"}, 200),
                ({}, 200)):
            same((headers, call(c.admin, "POST", "reset", headers).status),
                 (headers, status))
        same(call(c.admin, "GET", "faults",
                  {"Origin": "http://evil.example"}).status, 200)


def the_main_address_without_it():
    with started() as c:
        main = (c.server.host, c.server.port)
        same(call(main, "GET", "faults").status, 200)
    with started("--admin-on-main=false") as c:
        main = (c.server.host, c.server.port)
        same(call(main, "GET", "faults").status, 404)
        same(c.control("GET", "faults").status, 200)
        conn = http.client.HTTPConnection(*c.admin)
        conn.request("GET", "/v1/sys/health")
        answer = Answer(conn.getresponse())
        same(answer.status, 404)
        assert "serves /_mock/ alone" in answer.json()["errors"][0]


def the_control_api_answers_always():
    with started() as c:
        for outage in "sealed", "refuse", "blackhole", "no-leader", \
                "uninitialized", "amnesia":
            c.on(outage)
            same(c.control("GET", "faults").status, 200)
            c.off(outage)
            same(c.ask("GET", "sys/health").status, 200)
        add(c, then=[{"stall": True}])
        with c.connect() as conn:
            conn.sendall(raw("GET", PATH))
            c.wait_open(PATH)
            same(call((c.server.host, c.server.port), "GET", "info").status,
                 200)
            same(c.control("GET", "info").status, 200)
            c.control("DELETE", "faults")
            assert conn.recv(65536).startswith(b"HTTP/1.1 403")


# ---- in force ----

def open_entries(c):
    entries = c.journal(match={"path": PATH}, limit=20000)
    return sum(e["open"] for e in entries)


def until(what):
    """Asks again until it is so; the journal is the clock."""
    for _ in range(3000):
        if what():
            return
        select.select([], [], [], 0.01)
    raise AssertionError("never came")


def rss(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(re.search(r"VmRSS:\s+(\d+) kB", f.read()).group(1)) * 1024


def with_sanitizer():
    with open(BINARY, "rb") as f:
        return b"__asan_init" in f.read()


def as_many_as_files(wanted):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    want = wanted + 200
    if hard != resource.RLIM_INFINITY:
        want = min(want, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, want), hard))
    return min(wanted, max(soft, want) - 200)


def ten_thousand_stall_and_go():
    """All at once on the server, each a connection of its own."""
    n = as_many_as_files(10000)
    with started("--journal-size=20000") as c:
        add(c, id="s", match={"path": PATH}, then=[{"stall": True}])
        with c.connect() as one:
            one.sendall(raw("GET", PATH))
            until(lambda: open_entries(c) == 1)
            before = rss(c.server.process.pid)
            address = (c.server.host, c.server.port)
            conns = []
            for _ in range(n):
                conn = socket.create_connection(address)
                conn.sendall(raw("GET", PATH, token="root"))
                conn.setblocking(False)
                conns.append(conn)
            until(lambda: open_entries(c) == n + 1)
            each = (rss(c.server.process.pid) - before) / n
            print("%d stalled, %d bytes each" % (n, each))
            if not with_sanitizer():
                assert each < 16384, each
            same(c.control("GET", "faults/s").json()["acted"], n + 1)
        until(lambda: open_entries(c) == n)
        gone, stay = conns[:n // 2], conns[n // 2:]
        for conn in gone:
            conn.close()
        until(lambda: open_entries(c) == len(stay))
        same(c.control("DELETE", "faults/s").status, 204)
        for conn in stay:
            conn.setblocking(True)
            conn.settimeout(60)
            assert conn.recv(65536).startswith(b"HTTP/1.1 404"), conn
            conn.close()
        until(lambda: open_entries(c) == 0)
        statuses = [e["status"] for e in
                    c.journal(match={"path": PATH}, limit=20000)]
        same(statuses.count(404), len(stay))
        same(statuses.count(0), len(gone) + 1)


def counters_hold_under_concurrency():
    with started() as c:
        add(c, id="t", match={"path": PATH}, when={"times": 100},
            then=[{"respond": {"status": 503}}])
        got = []
        barrier = threading.Barrier(64)

        def client():
            conn = http.client.HTTPConnection(c.server.host, c.server.port,
                                              timeout=60)
            barrier.wait()
            mine = []
            for _ in range(5):
                conn.request("GET", "/v1/" + PATH,
                             headers={"X-Vault-Token": "root"})
                answer = conn.getresponse()
                answer.read()
                mine.append(answer.status)
            conn.close()
            got.extend(mine)

        threads = [threading.Thread(target=client) for _ in range(64)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        same((got.count(503), got.count(404)), (100, 220))
        shown = c.control("GET", "faults/t").json()
        same([shown[k] for k in ("matched", "acted", "remaining")],
             [320, 100, 0])


def only_new_connections():
    with started() as c:
        silent = c.connect()
        old = c.connect()
        old.sendall(raw("GET", PATH, token="root"))
        assert old.recv(65536).startswith(b"HTTP/1.1 404")
        for _ in range(5):  # the admin's connections count for nothing
            c.control("GET", "info")
        add(c, id="n", connections="new", match={"path": PATH},
            then=[{"respond": {"status": 503}}])
        for conn in (old, silent):
            conn.sendall(raw("GET", PATH, token="root"))
            assert conn.recv(65536).startswith(b"HTTP/1.1 404")
            conn.close()
        same(c.ask("GET", PATH).status, 503)
        c.control("DELETE", "faults")
        add(c, connections="new", then=[{"reset": {"at": "accept"}}])
        same(exchange(c, raw("GET", PATH)), (b"", "reset"))


SEEDED = [
    {"id": "late", "priority": 1, "when": {"probability": 0.5},
     "then": [{"delay": {"lognormal": {"median": "200us", "sigma": 0.5,
                                       "max": "2ms"}}}]},
    {"id": "cut", "priority": 2, "when": {"probability": 0.3},
     "then": [{"truncate": {"fraction": 0.4}}]},
    {"id": "noise", "priority": 3, "when": {"probability": 0.3},
     "then": [{"garbage": {"bytes": 40}}]},
    {"id": "no", "priority": 4, "when": {"probability": 0.3},
     "then": [{"respond": {"status": 500, "body": "{{uuid}} {{path}}"}}]},
]


def bytes_of_forty():
    c = Control(Server(BINARY, ADMIN, "--seed", "7",
                       "--clock=frozen@2031-05-06T07:08:09Z"))
    for rule in SEEDED:
        add(c, **rule)
    got = []
    for i in range(40):
        if i % 4 == 3:
            data = raw("PUT", "secret/data/k%d" % i, "root",
                       b'{"data":{"a":"b"}}')
        else:
            data = raw("GET", "secret/data/k%d" % (i - 1), "root")
        got.append(exchange(c, data))
    decided = [(e["seq"], e["path"], e["status"], e.get("rule"),
                e.get("action")) for e in c.journal()]
    c.server.kill()
    return got, decided


def many_rules_are_listed_and_end():
    with started() as c:
        names = ["r%d" % n for n in range(1000)]
        for name in names:
            add(c, id=name, match={"path": "nothing/" + name},
                then=[{"respond": {"status": 503}}])
        for _ in range(5):  # who leaves before the answer
            with c.connect() as conn:
                conn.sendall(b"GET /_mock/faults HTTP/1.1\r\n"
                             b"Host: localhost\r\n\r\n")
        listed = c.control("GET", "faults").json()["faults"]
        same([r["id"] for r in listed], names[::-1])
        same(listed[0], c.control("GET", "faults/r999").json())
        same(c.control("POST", "reset").status, 200)
        same(c.control("GET", "faults").json(), {"faults": []})


def same_bytes(a, b):
    """A reset may drop what was on its way, so there one may be shorter."""
    (one, end), (other, other_end) = a, b
    if end == other_end == "reset":
        return one.startswith(other) or other.startswith(one)
    return a == b


def the_same_seed_decides_the_same():
    first, decided = bytes_of_forty()
    kinds = {end for _, end in first} | \
        {got[:12] for got, _ in first if got.startswith(b"HTTP")}
    assert len(kinds) > 2, kinds
    same(len(decided), 40)
    assert len({rule for _, _, _, rule, _ in decided}) > 3, decided
    for _ in range(20):
        again, as_before = bytes_of_forty()
        same(as_before, decided)
        for i, (a, b) in enumerate(zip(first, again)):
            assert same_bytes(a, b), (i, a, b)


sys.exit(run([each_rule_is_asked_for_its_path, rules_are_kept,
              rules_are_patched, bad_rules_change_nothing,
              why_is_told, an_entry_is_explained, the_rule_is_named, headers_cannot_be_split,
              an_admin_token_is_asked_for, foreign_pages_command_nothing,
              the_main_address_without_it, the_control_api_answers_always,
              only_new_connections, counters_hold_under_concurrency,
              ten_thousand_stall_and_go,
              many_rules_are_listed_and_end, the_same_seed_decides_the_same]))
