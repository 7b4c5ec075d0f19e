#!/usr/bin/env python3
"""Every named outage on the wire: status, text, bytes, and how it ends.

  outages.py MOCKVAULT [WORD]

One server for all; each case starts from a reset. Closes with 'N passed, N
failed'.
"""
import json
import os
import re
import socket
import ssl
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from tests.support.control_client import Control, raw  # noqa: E402
from tests.support.server import Server  # noqa: E402
from tests.support.suite import same  # noqa: E402

DENIED = "1 error occurred:\n\t* permission denied\n\n"
INVALID = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"
SEALED = "Vault is sealed"
LEADERLESS = "local node not active but active cluster node not found"
cases = []


def outage(*names):
    """Marks a case with the outages that it shows."""
    def mark(fn):
        cases.append((names, fn))
        return fn
    return mark


def errors(answer, status, *texts):
    same((answer.status, answer.json()), (status, {"errors": list(texts)}))
    if status != 404:
        same(answer.header("content-type"), "application/json")
    same(answer.header("cache-control"), "no-store")


# ---- lifecycle and high availability ----

@outage("uninitialized")
def _(c):
    c.ask("PUT", "secret/data/a", {"data": {"k": "v"}})
    c.on("uninitialized")
    health = c.ask("GET", "sys/health")
    same(health.status, 501)
    same(health.json()["initialized"], False)
    same(health.json()["sealed"], True)
    same(c.ask("GET", "sys/init").json(), {"initialized": False})
    errors(c.ask("GET", "secret/data/a"), 503, SEALED)
    c.off("uninitialized")
    same(c.ask("GET", "sys/health").status, 200)
    same(c.ask("GET", "secret/data/a").json()["data"]["data"], {"k": "v"})


@outage("sealed")
def _(c):
    c.on("sealed")
    health = c.ask("GET", "sys/health")
    same((health.status, health.json()["sealed"]), (503, True))
    assert "cluster_name" not in health.json()
    status = c.ask("GET", "sys/seal-status")
    same((status.status, status.json()["sealed"]), (200, True))
    for path in ("secret/data/a", "auth/token/lookup-self", "sys/mounts"):
        errors(c.ask("GET", path), 503, SEALED)
    c.off("sealed")
    same(c.ask("GET", "sys/health").status, 200)
    same(c.ask("GET", "auth/token/lookup-self").status, 200)


@outage("sealed")
def sealed_and_unsealed_by_an_operator(c):
    key = next(line for line in c.server.lines
               if line.startswith("Unseal Key: ")).split(": ")[1]
    c.on("sealed")
    same(c.ask("PUT", "sys/unseal", {"key": key}).json()["sealed"], False)
    same(c.ask("GET", "sys/health").status, 200)
    c.off("sealed")
    same(c.ask("GET", "sys/health").status, 200)


@outage("no-leader")
def _(c):
    c.on("no-leader")
    errors(c.ask("GET", "secret/data/a"), 500, LEADERLESS)
    errors(c.ask("PUT", "auth/approle/login", {}), 500, LEADERLESS)
    health = c.ask("GET", "sys/health")
    same((health.status, health.json()["standby"]), (429, True))
    same([k for k in health.json() if "heartbeat" in k or "healthy" in k], [])
    same(health.json()["replication_dr_mode"], "unknown")
    same(c.ask("GET", "sys/health?standbyok=true").status, 200)
    leader = c.ask("GET", "sys/leader").json()
    same((leader["is_self"], leader["leader_address"],
          leader["leader_cluster_address"], leader["ha_enabled"]),
         (False, "", "", True))
    same(c.ask("GET", "sys/seal-status").json()["sealed"], False)
    same(c.ask("GET", "sys/init").json(), {"initialized": True})
    for path in ("secret/data/a", "sys/ha-status"):
        for never in ({}, {"X-Vault-No-Request-Forwarding": "1"}):
            errors(c.ask("GET", path, headers=never), 500, LEADERLESS)
    errors(c.ask("PUT", "sys/step-down"), 500, LEADERLESS)
    errors(c.ask("GET", "sys/host-info"), 503,
           "no active Vault instance found")
    errors(c.ask("PUT", "sys/seal"), 500, "vault cannot seal when in standby "
           "mode; please restart instead")
    c.on("no-leader", {"forwarding": "off", "health": 474})
    errors(c.ask("GET", "secret/data/a"), 503,
           "no active Vault instance found")
    health = c.ask("GET", "sys/health?standbyok=true")
    same((health.status, health.json()["ha_connection_healthy"]),
         (474, False))
    assert health.json()["last_request_forwarding_heartbeat_ms"] >= 10000
    same(c.ask("GET", "sys/health?haunhealthycode=299").status, 299)
    c.off("no-leader")
    same(c.ask("GET", "sys/health").status, 200)


def dead_leader(answer, address, path):
    same((answer.status, answer.body, answer.header("location")),
         (307, b"", address + "/v1/" + path))
    same((answer.header("content-type"), answer.header("cache-control")),
         (None, "no-store"))


@outage("election")
def _(c):
    c.control("PUT", "clock", {"mode": "frozen"})
    with c.connect() as old:
        old.sendall(raw("GET", "sys/health"))
        assert old.recv(65536).startswith(b"HTTP/1.1 200")
        c.on("election", {"leader": "http://10.0.0.7:8200"}, clock="virtual",
             **{"for": "16s"})
        assert was_reset(old)
    for path in ("secret/data/a", "secret/data/a?version=2"):
        dead_leader(c.ask("GET", path), "http://10.0.0.7:8200", path)
    leader = c.ask("GET", "sys/leader").json()
    same((leader["is_self"], leader["leader_address"],
          leader["leader_cluster_address"], leader["active_time"]),
         (False, "http://10.0.0.7:8200", "https://10.0.0.7:8201",
          "0001-01-01T00:00:00Z"))
    health = c.ask("GET", "sys/health")
    same((health.status, health.json()["ha_connection_healthy"]), (429, True))
    assert "last_request_forwarding_heartbeat_ms" not in health.json()
    c.control("POST", "clock/advance", {"by": "11s"})
    health = c.ask("GET", "sys/health").json()
    same((c.ask("GET", "sys/health?standbyok=true").status,
          health["ha_connection_healthy"],
          health["last_request_forwarding_heartbeat_ms"]),
         (474, False, 11000))
    dead_leader(c.ask("PUT", "secret/data/a", {"data": {}}),
                "http://10.0.0.7:8200", "secret/data/a")
    c.control("POST", "clock/advance", {"by": "3500ms"})
    errors(c.ask("GET", "secret/data/a"), 500, LEADERLESS)
    same(c.ask("GET", "sys/health").status, 429)
    same(c.ask("GET", "sys/leader").json()["leader_address"], "")
    c.control("POST", "clock/advance", {"by": "1500ms"})
    same(outage_is_on(c, "election"), False)
    same(c.ask("GET", "auth/token/lookup-self").status, 200)
    c.on("election")
    own = c.ask("GET", "sys/leader").json()["leader_address"]
    assert own.startswith("http://%s:" % c.server.host), own
    dead_leader(c.ask("GET", "secret/data/a"), own, "secret/data/a")


@outage("redirect")
def _(c):
    c.on("redirect", {"to": "http://10.0.0.2:8200"})
    answer = c.ask("GET", "secret/data/a?version=2")
    same((answer.status, answer.body), (307, b""))
    same(answer.header("location"),
         "http://10.0.0.2:8200/v1/secret/data/a?version=2")
    c.on("redirect", {"to": "loop"})
    own = "http://%s:%d" % (c.server.host, c.server.port)
    dead_leader(c.ask("GET", "secret/data/a"), own, "secret/data/a")
    leader = c.ask("GET", "sys/leader").json()
    same((leader["is_self"], leader["leader_address"]), (False, own))
    health = c.ask("GET", "sys/health")
    same((health.status, health.json()["ha_connection_healthy"]), (429, True))
    same(c.ask("GET", "sys/init").status, 200)
    c.on("sealed")
    errors(c.ask("GET", "secret/data/a"), 503, SEALED)
    c.off("sealed")
    c.off("redirect")
    c.on("redirect", {"to": "loop"}, match={"path": "secret/**"})
    same(c.ask("GET", "secret/data/a").status, 307)
    same(c.ask("GET", "sys/health").status, 200)
    refused = c.control("PUT", "outages/redirect", {"params": {}})
    same((refused.status, refused.json()["field"]), (400, "params.to"))


@outage("forward-fail")
def _(c):
    c.on("forward-fail", {"stall": "20ms"})
    errors(c.ask("GET", "secret/data/a"), 500, "context deadline exceeded")
    c.on("forward-fail", {"as": "unavailable", "stall": "20ms"})
    text = c.ask("GET", "secret/data/a").json()["errors"][0]
    assert text.startswith("rpc error: code = Unavailable desc = "), text
    c.on("forward-fail", {"as": "redirect", "stall": 20,
                          "to": "http://10.0.0.3:8200"})
    same(c.ask("GET", "secret/data/a").status, 307)
    slowest = c.journal()[-1]
    assert slowest["duration_ms"] >= 20, slowest
    c.control("PUT", "clock", {"mode": "frozen"})
    c.on("forward-fail", {"stall": 1, "leader": "http://10.0.0.3:8200"},
         clock="virtual")
    same(c.ask("GET", "sys/health").status, 429)
    same(c.ask("GET", "sys/leader").json()["leader_address"],
         "http://10.0.0.3:8200")
    c.control("POST", "clock/advance", {"by": "10s"})
    same(c.ask("GET", "sys/health").status, 474)


@outage("quorum-loss")
def _(c):
    c.control("PUT", "clock", {"mode": "frozen"})
    c.on("quorum-loss", clock="virtual")
    same(c.ask("GET", "secret/data/a").status, 404)
    same(c.ask("GET", "sys/health").status, 200)
    with c.connect() as first, c.connect() as second:
        for conn, path in ((first, "secret/data/1"),
                           (second, "secret/data/2")):
            conn.sendall(raw("PUT", path, token="root", body=b"{}"))
            c.wait_open(path)
        c.control("POST", "clock/advance", {"by": "2600ms"})
        for conn, text in ((first, "leadership lost while committing log"),
                           (second, "node is not the leader")):
            head, body = read_raw(conn)
            same((head[:13], json.loads(body)["errors"]),
                 (b"HTTP/1.1 500 ", ["1 error occurred:\n\t* failed to write: "
                                     + text + "\n\n"]))
    same(c.ask("GET", "sys/health").status, 429)
    for path in ("secret/data/a", "sys/storage/raft/configuration"):
        errors(c.ask("GET", path), 500, LEADERLESS)
    refused = c.control("PUT", "outages/quorum-loss",
                        {"match": {"path": "secret/**"}})
    same((refused.status, refused.json()["field"]), (400, "match.path"))


@outage("stale-read")
def _(c):
    c.on("stale-read", {"as": "index", "times": 1})
    errors(c.ask("GET", "secret/data/a", headers={"X-Vault-Index": "v1:x"}),
           412, "required index state not present")
    same(c.ask("GET", "secret/data/a",
               headers={"X-Vault-Index": "v1:x"}).status, 404)
    health = c.ask("GET", "sys/health")
    same((health.status, health.json()["performance_standby"]), (473, True))
    leader = c.ask("GET", "sys/leader").json()
    same((leader["is_self"], leader["performance_standby"]), (False, True))
    nodes = c.ask("GET", "sys/ha-status").json()["data"]["nodes"]
    same([(n["active_node"], n["last_echo"] is None) for n in nodes],
         [(True, True), (False, False)])
    same(nodes[0]["api_address"], leader["leader_address"])
    c.on("stale-read", {"as": "not-found"})
    errors(c.ask("GET", "auth/token/accessors"), 404)
    c.on("stale-read", {"as": "denied"})
    errors(c.ask("GET", "secret/data/a"), 403, DENIED)
    c.on("stale-read", {"as": "readonly"})
    errors(c.ask("GET", "secret/data/a"), 400,
           "error performing token check: failed to persist lease entry: "
           "cannot write to readonly storage")


@outage("health-code")
def _(c):
    kinds = {429: ("standby", True), 472: ("replication_dr_mode",
             "secondary"), 473: ("performance_standby", True),
             474: ("ha_connection_healthy", False),
             530: ("removed_from_cluster", True)}
    for code, (field, value) in kinds.items():
        c.on("health-code", {"code": code})
        health = c.ask("GET", "sys/health")
        same((health.status, health.json()[field]), (code, value))
        same(c.ask("GET", "auth/token/lookup-self").status, 200)
    c.off("health-code")
    same(c.ask("GET", "sys/health").status, 200)


@outage("amnesia")
def _(c):
    c.ask("PUT", "sys/mounts/other", {"type": "kv"})
    token = c.token()
    c.on("amnesia")
    errors(c.ask("GET", "auth/token/lookup-self", token=token), 403, INVALID)
    same(c.ask("GET", "sys/health").status, 200)
    errors(c.ask("GET", "other/x"), 404,
           'no handler for route "other/x". route entry not found.')
    c.off("amnesia")
    same(c.ask("GET", "auth/token/lookup-self", token=token).status, 200)


@outage("rolling-upgrade", "rolling-restart", "crash", "flapping", "split")
def _(c):
    for name in ("rolling-upgrade", "rolling-restart", "crash", "flapping",
                 "split"):
        refused = c.control("PUT", "outages/" + name, {})
        same(refused.status, 400)
        assert "-nodes=3" in refused.json()["errors"][0]


@outage("no-leader", "election", "redirect", "quorum-loss")
def _(c):
    """What one node plays says so."""
    for name, params in (("no-leader", {}), ("election", {}),
                         ("redirect", {"to": "dead"}), ("quorum-loss", {})):
        run = c.control("PUT", "outages/" + name, {"params": params}).json()
        assert run["approximated"].startswith("One node plays"), run
        assert "nodes" not in run, run
        listed = c.control("GET", "outages/" + name).json()
        same(listed["runs"][0]["approximated"], run["approximated"])
        assert listed["fidelity"] == "approximated" and listed["on_nodes"]
        c.control("DELETE", "outages")
    c.on("redirect", {"to": "dead"})
    same(c.ask("GET", "secret/data/a").header("location"),
         "http://127.0.0.1:8190/v1/secret/data/a")
    c.off("redirect")


# ---- overload and back ends ----

@outage("slow")
def _(c):
    for mode in ("constant", "jitter", "lognormal"):
        c.on("slow", {"mode": mode, "delay": "20ms", "jitter": "5ms",
                      "sigma": 0.1, "max": "60ms"})
        same(c.ask("GET", "auth/token/lookup-self").status, 200)
        assert 10 <= c.journal()[-1]["duration_ms"], c.journal()[-1]
    c.off("slow")
    c.on("slow", {"delay": "20ms"}, match={"op": "login"})
    c.ask("GET", "auth/token/lookup-self")
    same(c.journal()[-1]["rule"], None)
    c.ask("PUT", "auth/approle/login", {"role_id": "x"})
    same(c.journal()[-1]["rule"], "slow")


@outage("slow", "brown-out")
def what_grows(c):
    c.control("PUT", "clock", {"mode": "frozen"})
    path = "auth/token/lookup-self"
    c.on("slow", {"delay": "40ms", "grow": "100s"}, clock="virtual")
    for by, least, most in (("50s", 0, 19), ("50s", 20, 39), ("1s", 40, 1e9)):
        c.ask("GET", path)
        took = c.journal()[-1]["duration_ms"]
        assert took >= least, (by, took)
        c.control("POST", "clock/advance", {"by": by})
    c.off("slow")
    c.on("brown-out", {"grow": "100s", "seed": 7}, clock="virtual")
    failed = []
    for _ in range(3):
        statuses = [c.ask("GET", path).status for _ in range(40)]
        same(set(statuses) - {200, 500}, set())
        failed.append(statuses.count(500))
        c.control("POST", "clock/advance", {"by": "50s"})
    same((failed[0], failed[2]), (0, 40))
    assert 8 <= failed[1] <= 32, failed
    c.on("brown-out", {"as": "503", "grow": 0})
    same(c.ask("GET", path).header("server"), "nginx")
    c.on("brown-out", {"as": "reset", "grow": 0})
    same(pieces(c, path), (b"", b"", "reset"))


@outage("hold")
def a_breakpoint(c):
    c.on("hold", {"times": 2}, match={"path": "secret/**"})
    same(c.control("POST", "faults/nobody/release").status, 404)
    with c.connect() as one, c.connect() as two:
        for conn, path in ((one, "secret/data/1"), (two, "secret/data/2")):
            conn.sendall(raw("PUT", path, token="root",
                             body=b'{"data":{"k":"v"}}'))
            c.wait_open(path)
        same(c.ask("GET", "secret/data/1").status, 404)
        same(c.control("POST", "faults/hold/release").json(),
             {"released": 2})
        for conn in (one, two):
            same(read_answer(conn).status, 200)
    same(c.ask("GET", "secret/data/1").status, 200)
    same(c.control("POST", "faults/hold/release").json(), {"released": 0})
    c.on("hold", {"limit": "20ms"})
    same(c.ask("GET", "secret/data/1").status, 200)
    rule = {"id": "b", "then": [{"hold": True}, {"respond": {
        "status": 503, "errors": ["later"]}}]}
    c.off("hold")
    for ending, status in (("POST", 503), ("DELETE", 200)):
        same(c.control("POST", "faults", rule).status, 201)
        with c.connect() as conn:
            conn.sendall(raw("GET", "secret/data/1", token="root"))
            c.wait_open("secret/data/1")
            c.control(ending, "faults/b" + "/release" * (ending == "POST"))
            same(read_answer(conn).status, status)
        c.control("DELETE", "faults/b")


@outage("storage-slow")
def _(c):
    c.on("storage-slow", {"delay": "20ms"})
    same(c.ask("GET", "auth/token/lookup-self").status, 200)
    assert c.journal()[-1]["duration_ms"] >= 20
    c.ask("GET", "sys/health")
    same(c.journal()[-1]["rule"], None)


@outage("storage-error")
def _(c):
    c.on("storage-error", {"times": 1})
    errors(c.ask("GET", "secret/data/a"), 500,
           "1 error occurred:\n\t* internal error\n\n")
    same(c.ask("GET", "secret/data/a").status, 404)


def hangs(c, name, path="secret/data/a"):
    """A request that stays open until the outage goes."""
    with c.connect() as conn:
        conn.sendall(raw("GET", path, token="root"))
        entry = c.wait_open(path)
        same((entry["open"], entry["status"]), (True, None))
        same(c.ask("GET", "sys/health").status, 200)
        c.off(name)
        return read_answer(conn)


@outage("storage-hang")
def _(c):
    c.on("storage-hang")
    same(hangs(c, "storage-hang").status, 404)
    c.on("storage-hang", {"limit": "20ms"})
    errors(c.ask("GET", "secret/data/a"), 500, "context deadline exceeded")


@outage("audit-blocked")
def _(c):
    c.on("audit-blocked")
    same(c.ask("GET", "sys/seal-status").status, 200)
    same(hangs(c, "audit-blocked", "auth/token/lookup-self").status, 200)


@outage("audit-fail")
def _(c):
    c.on("audit-fail")
    errors(c.ask("PUT", "secret/data/a", {"data": {"k": 1}}), 500,
           "1 error occurred:\n\t* internal error\n\n")
    c.off("audit-fail")
    same(c.ask("GET", "secret/data/a").status, 404)
    c.on("audit-fail", {"side": "response", "times": 1})
    errors(c.ask("PUT", "secret/data/a", {"data": {"k": 1}}), 500,
           "internal error")
    entry = c.journal()[-1]
    same((entry["committed"], entry["rule"]), (True, "audit-fail"))
    same(c.ask("GET", "secret/data/a").json()["data"]["data"], {"k": 1})


@outage("rate-limit")
def _(c):
    text = 'request path "auth/token/lookup-self": rate limit quota exceeded'
    c.control("PUT", "clock", {"mode": "frozen"})
    c.on("rate-limit", {"rate": 2, "per": "1s"})
    path = "auth/token/lookup-self"
    same([c.ask("GET", path).status for _ in range(2)], [200, 200])
    limited = c.ask("GET", path)
    errors(limited, 429, text)
    same(limited.header("retry-after"), None)
    same(c.ask("GET", "sys/health").status, 200)
    c.control("POST", "clock/advance", {"by": "1s"})
    same(c.ask("GET", path).status, 200)
    c.on("rate-limit", {"rate": 0, "per": "7s", "headers": True})
    limited = c.ask("GET", path)
    same((limited.header("retry-after"), limited.header("x-ratelimit-limit"),
          limited.header("x-ratelimit-remaining")), ("7", "0", "0"))
    c.on("rate-limit", {"rate": 0, "headers": True, "block": "9s"})
    for _ in range(2):
        limited = c.ask("GET", path)
        same([limited.header(h) for h in (
            "retry-after", "x-ratelimit-limit", "x-ratelimit-remaining",
            "x-ratelimit-reset")], ["9", "0", "0", "9"])
    exempt = ["sys/health", "sys/seal-status", "sys/generate-root/attempt"]
    for path in exempt:
        same((path, c.ask("GET", path).status), (path, 200))
    assert c.ask("PUT", "sys/unseal", {"key": "00"}).status != 429


@outage("lease-quota")
def _(c):
    c.on("lease-quota")
    errors(c.ask("PUT", "auth/approle/login", {"role_id": "x"}), 429,
           '1 error occurred:\n\t* request path "auth/approle/login": lease '
           'count quota exceeded\n\n')
    same(c.ask("GET", "database/creds/x").status, 429)
    same(c.ask("GET", "auth/token/lookup-self").status, 200)


@outage("overloaded")
def _(c):
    c.on("overloaded")
    answer = c.ask("PUT", "secret/data/a", {"data": {}})
    same(answer.status, 503)
    assert answer.json()["errors"][0].rstrip("\n").endswith(
        "overloaded, try again later: internal error")
    assert c.ask("PUT", "sys/unseal", {"key": "00"}).status != 503
    same(c.ask("GET", "auth/token/lookup-self").status, 200)


@outage("lease-explosion")
def _(c):
    c.on("lease-explosion", {"delay": "15ms", "rate": 1})
    c.control("PUT", "clock", {"mode": "frozen"})
    c.ask("POST", "sys/auth/approle", {"type": "approle"})
    same(c.ask("PUT", "auth/approle/login", {"role_id": "x"}).status, 400)
    errors(c.ask("PUT", "auth/approle/login", {"role_id": "x"}), 429,
           'request path "auth/approle/login": rate limit quota exceeded')


@outage("too-large")
def _(c):
    c.on("too-large")
    errors(c.ask("PUT", "secret/data/a", {"data": {}}), 413,
           "http: request body too large")
    c.on("too-large", {"as": "reset"})
    with c.connect() as conn:
        conn.sendall(raw("PUT", "secret/data/a", token="root", body=b"{}"))
        assert was_reset(conn)


@outage("max-conns")
def _(c):
    asked = raw("GET", "sys/health")
    c.on("max-conns", {"limit": 1, "as": "reset"})
    for _ in range(3):  # one after the other: never more than one
        with c.connect() as conn:
            conn.sendall(asked)
            same(read_answer(conn).status, 200)
    with c.connect() as first:
        first.sendall(asked)
        same(read_answer(first).status, 200)
        with c.connect() as conn:
            assert was_reset(conn)
        first.sendall(asked)
        same(read_answer(first).status, 200)
    c.on("max-conns")
    with c.connect() as conn:
        conn.sendall(asked)
        same(silent(conn), True)


@outage("long-op")
def _(c):
    c.on("long-op", {"delay": "20ms"})
    c.ask("POST", "sys/mounts/other", {"type": "kv"})
    same(c.ask("DELETE", "sys/mounts/other").status, 204)
    entry = c.journal()[-1]
    same((entry["rule"], entry["committed"]), ("long-op", True))


# ---- tokens, leases, policies ----

@outage("token-expired", "token-revoked")
def _(c):
    for name in ("token-expired", "token-revoked"):
        token, other = c.token(policies=["app"]), c.token(policies=["b"])
        c.on(name, match={"token": {"policy": "app"}})
        errors(c.ask("GET", "auth/token/lookup-self", token=token), 403,
               INVALID)
        same(c.ask("GET", "auth/token/lookup-self", token=other).status, 200)
        same(c.ask("GET", "auth/token/lookup-self").status, 200)
        c.on(name)
        errors(c.ask("GET", "auth/token/lookup-self", token=other), 403,
               INVALID)


@outage("token-exhausted")
def _(c):
    token = c.token(policies=["root"])
    c.token(policies=["default"])
    other = c.token(policies=["default"])
    c.on("token-exhausted", {"uses": 1})
    same(c.ask("GET", "auth/token/lookup-self", token=other).status, 200)
    errors(c.ask("GET", "auth/token/lookup-self", token=other), 403, INVALID)
    same(c.ask("GET", "auth/token/lookup-self", token=token).status, 200)
    c.ask("POST", "sys/mounts/leased", {"type": "generic-leased"})
    c.ask("PUT", "leased/x", {"k": "v", "ttl": "1h"})
    c.policy("l", 'path "leased/x" { capabilities = ["read"] }')
    last = c.token(policies=["l"])
    c.on("token-exhausted", {"uses": 1})
    errors(c.ask("GET", "leased/x", token=last), 400,
           "Secret cannot be returned; token had one use left, so leased "
           "credentials were immediately revoked.")


@outage("max-ttl")
def _(c):
    c.control("PUT", "clock", {"mode": "frozen"})
    token = c.token(policies=["default"], ttl="1h")
    c.on("max-ttl", {"left": "5m"})
    renewed = c.ask("PUT", "auth/token/renew-self", {}, token=token).json()
    same(renewed["auth"]["lease_duration"], 300)
    assert "capped" in " ".join(renewed["warnings"]), renewed["warnings"]
    c.control("POST", "clock/advance", {"by": "4m"})
    renewed = c.ask("PUT", "auth/token/renew-self", {}, token=token).json()
    same(renewed["auth"]["lease_duration"], 60)
    c.control("POST", "clock/advance", {"by": "61s"})
    errors(c.ask("GET", "auth/token/lookup-self", token=token), 403, INVALID)
    c.control("PUT", "clock", {"ttl_scale": 60})
    token = c.token(policies=["default"], ttl="2h")
    c.control("POST", "clock/advance", {"by": "1m"})  # an hour of its life
    c.on("max-ttl", {"left": "5m"})
    renewed = c.ask("PUT", "auth/token/renew-self", {}, token=token).json()
    same(renewed["auth"]["lease_duration"], 5)
    c.control("POST", "clock/advance", {"by": "6s"})
    errors(c.ask("GET", "auth/token/lookup-self", token=token), 403, INVALID)


@outage("renew-denied")
def _(c):
    token = c.token(policies=["default"])
    c.on("renew-denied")
    errors(c.ask("PUT", "auth/token/renew-self", {}, token=token), 403,
           DENIED)
    same(c.ask("GET", "auth/token/lookup-self", token=token).status, 200)


@outage("renew-lost")
def _(c):
    token = c.token(policies=["default"])
    c.on("renew-lost")
    with c.connect() as conn:
        conn.sendall(raw("PUT", "auth/token/renew-self", token=token,
                         body=b"{}"))
        assert was_reset(conn)
    same(c.ask("PUT", "auth/token/renew-self", {}, token=token).status, 200)
    c.on("renew-lost", {"as": "504"})
    answer = c.ask("PUT", "auth/token/renew-self", {}, token=token)
    same((answer.status, answer.header("content-type")), (504, "text/html"))
    c.on("renew-lost", {"as": "timeout"})
    with c.connect() as conn:
        conn.sendall(raw("PUT", "auth/token/renew-self", token=token,
                         body=b"{}"))
        c.wait_open("auth/token/renew-self")


@outage("policy-lost")
def _(c):
    c.policy("app", 'path "secret/data/*" { capabilities = ["read"] }')
    c.ask("PUT", "secret/data/a", {"data": {"k": "v"}})
    token = c.token(policies=["app", "default"])
    same(c.ask("GET", "secret/data/a", token=token).status, 200)
    c.on("policy-lost", {"policy": "app"})
    errors(c.ask("GET", "secret/data/a", token=token), 403, DENIED)
    same(c.ask("GET", "auth/token/lookup-self", token=token).status, 200)
    c.off("policy-lost")
    same(c.ask("GET", "secret/data/a", token=token).status, 200)
    refused = c.control("PUT", "outages/policy-lost",
                        {"params": {"policy": "nobody"}})
    same((refused.status, refused.json()["field"]), (400, "params.policy"))


@outage("permission-flap")
def _(c):
    c.on("permission-flap")
    same([c.ask("GET", "auth/token/lookup-self").status for _ in range(4)],
         [200, 403, 200, 403])


@outage("secret-id-expired", "login-denied")
def _(c):
    c.ask("POST", "sys/auth/approle", {"type": "approle"})
    c.ask("POST", "auth/approle/role/web", {"token_policies": "default"})
    role = c.ask("GET", "auth/approle/role/web/role-id").json()["data"]
    secret = c.ask("PUT", "auth/approle/role/web/secret-id",
                   {}).json()["data"]
    login = {"role_id": role["role_id"], "secret_id": secret["secret_id"]}
    same(c.ask("PUT", "auth/approle/login", login).status, 200)
    c.on("login-denied", {"times": 1})
    errors(c.ask("PUT", "auth/approle/login", login), 400,
           "invalid role or secret ID")
    for kind, path, body, text in (
            ("userpass", "login/bob", {"password": "x"},
             "invalid username or password"),
            ("ldap", "login/bob", {"password": "x"},
             "ldap operation failed: failed to bind as user"),
            ("kubernetes", "login", {"role": "web", "jwt": "x"},
             'invalid role name "web"'),
            ("jwt", "login", {"role": 'w"b', "jwt": "x"},
             'role "w"b" could not be found')):
        same(c.ask("POST", "sys/auth/" + kind, {"type": kind}).status, 204)
        c.on("login-denied", {"times": 1})
        errors(c.ask("PUT", "auth/%s/%s" % (kind, path), body), 400, text)
    c.on("login-denied", {"status": 403, "times": 1})
    errors(c.ask("PUT", "auth/approle/login", login), 403,
           "permission denied")
    same(c.ask("PUT", "auth/approle/login", login).status, 200)
    c.on("secret-id-expired", {"role": "web"})
    errors(c.ask("PUT", "auth/approle/login", login), 400,
           "invalid role or secret ID")


def no_effect(c, name, params, why):
    refused = c.control("PUT", "outages/" + name, {"params": params})
    same((refused.status, refused.json()["errors"]),
         (409, ["it would have no effect now: " + why]))
    same(outage_is_on(c, name), False)


def leased(c, ttl="1h"):
    c.ask("POST", "sys/mounts/leased", {"type": "generic-leased"})
    c.ask("PUT", "leased/x", {"k": "v", "ttl": ttl})
    c.policy("l", 'path "leased/x" { capabilities = ["read"] }')
    token = c.token(policies=["l", "default"])
    return token, c.ask("GET", "leased/x", token=token).json()["lease_id"]


@outage("lease-gone", "creds-revoked-with-parent")
def _(c):
    token, lease = leased(c)
    for name, text in (("expired", "lease expired"),
                       ("not-renewable", "lease is not renewable")):
        c.on("lease-gone", {"as": name})
        errors(c.ask("PUT", "sys/leases/renew", {"lease_id": lease},
                     token=token), 400, text)
    everything = c.token(policies=["default"], ttl="1h")
    gone = c.on("lease-gone")
    same((gone["active"], gone["final"]), (False, True))
    for alive in (token, everything, "root"):
        same(c.ask("GET", "auth/token/lookup-self", token=alive).status, 200)
    errors(c.ask("PUT", "sys/leases/renew", {"lease_id": lease},
                 token=token), 400, "lease not found")
    no_effect(c, "lease-gone", {"prefix": "leased/"}, 'no secret has a lease '
              'below "leased/"')
    token, lease = leased(c)
    c.on("lease-gone", {"prefix": "leased/"})
    errors(c.ask("PUT", "sys/leases/renew", {"lease_id": lease},
                 token=token), 400, "lease not found")
    c.off("lease-gone")
    token, lease = leased(c)
    c.on("creds-revoked-with-parent", {"prefix": "leased/"})
    errors(c.ask("GET", "auth/token/lookup-self", token=token), 403, INVALID)
    errors(c.ask("PUT", "sys/leases/lookup", {"lease_id": lease}), 400,
           "invalid lease")


# ---- KV and routing ----

@outage("kv-deleted", "kv-destroyed")
def _(c):
    c.ask("PUT", "secret/data/a", {"data": {"k": "v"}})
    c.on("kv-deleted", {"path": "secret/a"})
    answer = c.ask("GET", "secret/data/a")
    same((answer.status, answer.json()["data"]["data"]), (404, None))
    assert answer.json()["data"]["metadata"]["deletion_time"]
    c.off("kv-deleted")
    same(c.ask("GET", "secret/data/a").status, 200)
    c.on("kv-destroyed", {"path": "secret/a"})
    answer = c.ask("GET", "secret/data/a")
    same((answer.status, answer.json()["data"]["metadata"]["destroyed"]),
         (404, True))
    refused = c.control("PUT", "outages/kv-deleted",
                        {"params": {"path": "nowhere/a"}})
    same((refused.status, refused.json()["field"]), (400, "params.path"))


@outage("cas-conflict")
def _(c):
    c.ask("POST", "sys/mounts/old", {"type": "kv"})
    c.on("cas-conflict", {"times": 1})
    same(c.ask("PUT", "old/data/x", {"k": "v"}).status, 204)
    same(c.ask("PUT", "secret/metadata/a", {"max_versions": 3}).status, 204)
    body = {"data": {"k": "v"}, "options": {"cas": 0}}
    errors(c.ask("PUT", "secret/data/a", body), 400,
           "check-and-set parameter did not match the current version")
    same(c.ask("PUT", "secret/data/a", body).status, 200)
    c.on("cas-conflict", {"as": "required"})
    errors(c.ask("PUT", "secret/data/a", body), 400,
           "check-and-set parameter required for this call")


@outage("kv-upgrading")
def _(c):
    c.on("kv-upgrading", {"times": 1})
    errors(c.ask("GET", "secret/data/a"), 400,
           "Upgrading from non-versioned to versioned data. This backend "
           "will be unavailable for a brief period and will resume service "
           "shortly.")
    assert c.journal()[-1]["duration_ms"] >= 15


def without_id(body):
    return re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27}", b"ID", body)


@outage("kv-version-mismatch")
def _(c):
    wrong = [("GET", "secret/a"), ("LIST", "secret/a"), ("PUT", "secret/a"),
             ("DELETE", "secret/a")]
    genuine = [c.ask(m, p, {} if m == "PUT" else None) for m, p in wrong]
    c.on("kv-version-mismatch")
    for (method, path), vault in zip(wrong, genuine):
        answer = c.ask(method, path.replace("/", "/data/"),
                       {} if method == "PUT" else None)
        same((method, answer.status, without_id(answer.body)),
             (method, vault.status, without_id(vault.body)))
        assert not answer.body.endswith(b"\n"), answer.body
    answer = c.ask("GET", "secret/a")
    same(answer.status, 404)
    same(answer.json()["warnings"],
         ["Invalid path for a versioned K/V secrets engine. See the API "
          "docs for the appropriate API endpoints to use. If using the "
          "Vault CLI, use 'vault kv get' for this operation."])
    assert re.match(r"^[0-9a-f-]{36}$", answer.json()["request_id"])


@outage("namespace")
def _(c):
    for kind, status, text in (
            ("not-found", 404, "namespace not found"),
            ("no-handler", 404, 'no handler for route "secret/data/a". '
             'route entry not found.'),
            ("unavailable", 400, "operation unavailable in namespaces"),
            ("locked", 503, "API access to this namespace has been locked "
             "by an administrator")):
        c.on("namespace", {"as": kind})
        errors(c.ask("GET", "secret/data/a"), status, text)


# ---- transport and balancer ----

@outage("refuse")
def _(c):
    with c.connect() as old:
        old.sendall(raw("GET", "sys/health"))
        old.recv(65536)
        c.on("refuse")
        assert was_reset(old)
    try:
        c.connect().close()
        raise AssertionError("a connection was accepted")
    except ConnectionRefusedError:
        pass
    c.off("refuse")
    same(c.ask("GET", "sys/health").status, 200)


@outage("blackhole")
def _(c):
    c.on("blackhole")
    conn = socket.socket()
    conn.settimeout(0.3)
    try:
        conn.connect((c.server.host, c.server.port))
        raise AssertionError("somebody answered the SYN")
    except socket.timeout:
        pass
    finally:
        conn.close()
    same(c.control("GET", "live").status, 200)
    c.off("blackhole")
    same(c.ask("GET", "sys/health").status, 200)


@outage("reset")
def _(c):
    c.on("reset", {"at": "accept"})
    with c.connect() as conn:
        assert was_reset(conn)
    c.on("reset", {"at": "request"})
    with c.connect() as conn:
        conn.sendall(raw("PUT", "secret/data/a", token="root",
                         body=b'{"data":{"k":"v"}}'))
        assert was_reset(conn)
    entry = c.journal()[-1]
    same((entry["status"], entry["committed"]), (0, False))
    c.off("reset")
    same(c.ask("GET", "secret/data/a").status, 404)
    c.on("reset", {"at": "request", "effect": "before-fault"})
    with c.connect() as conn:
        conn.sendall(raw("PUT", "secret/data/a", token="root",
                         body=b'{"data":{"k":"v"}}'))
        assert was_reset(conn)
    c.off("reset")
    same(c.ask("GET", "secret/data/a").status, 200)
    whole = len(c.ask("GET", "secret/data/a").body)
    c.on("reset", {"at": "headers"})
    head, body, end = pieces(c, "secret/data/a")
    same((head.split(b"\r\n")[0], body, end),
         (b"HTTP/1.1 200 OK", b"", "reset"))
    same(re.search(rb"Content-Length: (\d+)", head).group(1),
         b"%d" % whole)
    c.on("reset", {"at": "body", "after_bytes": 10})
    head, body, end = pieces(c, "secret/data/a")
    same((head.split(b"\r\n")[0], len(body), end),
         (b"HTTP/1.1 200 OK", 10, "reset"))


@outage("truncate")
def _(c):
    c.on("truncate", {"bytes": 20})
    head, body, end = pieces(c, "auth/token/lookup-self")
    length = int(re.search(rb"Content-Length: (\d+)", head).group(1))
    same((len(body), end), (20, "closed"))
    assert length > 20
    c.on("truncate", {"bytes": 20, "keep_length": False})
    head, body, end = pieces(c, "auth/token/lookup-self")
    assert b"Transfer-Encoding: chunked" in head
    assert b"Content-Length" not in head
    same((body.endswith(b"0\r\n\r\n"), end), (False, "closed"))


@outage("empty")
def _(c):
    c.on("empty", {"times": 1})
    same(pieces(c, "auth/token/lookup-self"), (b"", b"", "closed"))
    same(c.ask("GET", "auth/token/lookup-self").status, 200)


@outage("slow-body")
def _(c):
    c.on("slow-body", {"chunk": 200, "every": "1ms"})
    same(c.ask("GET", "auth/token/lookup-self").status, 200)
    c.on("slow-body", {"chunk": 1, "every": "1h"})
    with c.connect() as conn:
        conn.sendall(raw("GET", "auth/token/lookup-self", token="root"))
        got = b""
        while b"\r\n\r\n" not in got or len(got.split(b"\r\n\r\n")[1]) < 1:
            got += conn.recv(65536)
        same(len(got.split(b"\r\n\r\n", 1)[1]), 1)


@outage("half-open")
def _(c):
    with c.connect() as conn:
        conn.sendall(raw("GET", "auth/token/lookup-self", token="root"))
        same(read_answer(conn).status, 200)
        c.on("half-open")
        conn.sendall(raw("GET", "auth/token/lookup-self", token="root"))
        c.wait_open("auth/token/lookup-self")
        same(c.ask("GET", "auth/token/lookup-self").status, 200)


@outage("stale-keepalive")
def _(c):
    c.control("PUT", "clock", {"mode": "frozen"})
    c.on("stale-keepalive")
    asked = raw("GET", "auth/token/lookup-self", token="root")
    with c.connect() as conn:
        for _ in range(3):
            conn.sendall(asked)
            same(read_answer(conn).status, 200)
            c.control("POST", "clock/advance", {"by": "59s"})
        c.control("POST", "clock/advance", {"by": "1s"})
        conn.sendall(asked)
        assert was_reset(conn)
    with c.connect() as conn:
        conn.sendall(asked)
        same(read_answer(conn).status, 200)


@outage("lb-html", "lb-200-html")
def _(c):
    for status, title in ((502, "502 Bad Gateway"),
                          (503, "503 Service Temporarily Unavailable"),
                          (504, "504 Gateway Time-out")):
        c.on("lb-html", {"status": status})
        answer = c.ask("GET", "secret/data/a")
        same((answer.status, answer.header("content-type"),
              answer.header("server")), (status, "text/html", "nginx"))
        same(answer.body.decode(), "<html>\r\n<head><title>%s</title></head>"
             "\r\n<body>\r\n<center><h1>%s</h1></center>\r\n<hr><center>nginx"
             "</center>\r\n</body>\r\n</html>\r\n" % (title, title))
        same(answer.header("strict-transport-security"), None)
        same(c.ask("GET", "sys/health").status, 200)
    c.on("lb-200-html")
    c.off("lb-html")
    answer = c.ask("GET", "secret/data/a")
    same((answer.status, answer.body[:6]), (200, b"<html>"))


@outage("garbage")
def _(c):
    c.on("garbage", {"bytes": 32})
    with c.connect() as conn:
        conn.sendall(raw("GET", "secret/data/a", token="root"))
        got, end = drain(conn)
    same((len(got), end, got.startswith(b"HTTP")), (32, "closed", False))


@outage("dns-switch")
def _(c):
    c.on("dns-switch", {"as": "sealed"})
    errors(c.ask("GET", "secret/data/a"), 503, SEALED)
    c.on("dns-switch", {"as": "standby"})
    errors(c.ask("GET", "secret/data/a"), 500, LEADERLESS)
    c.on("dns-switch")
    try:
        c.connect().close()
        raise AssertionError("a connection was accepted")
    except ConnectionRefusedError:
        pass
    c.off("dns-switch")
    same(c.ask("GET", "auth/token/lookup-self").status, 200)


# ---- time ----

@outage("clock-skew")
def _(c):
    before = c.ask("GET", "sys/health")
    c.on("clock-skew", {"by": "-90s"})
    after = c.ask("GET", "sys/health")
    moved = after.json()["server_time_utc"] - \
        before.json()["server_time_utc"]
    assert -91 <= moved <= -80, moved
    assert before.header("date") > after.header("date") or \
        before.header("date")[:16] != after.header("date")[:16]
    c.off("clock-skew")
    moved = c.ask("GET", "sys/health").json()["server_time_utc"] - \
        before.json()["server_time_utc"]
    assert 0 <= moved < 60, moved


@outage("clock-jump")
def _(c):
    short, long = c.token(ttl="30m"), c.token(ttl="10h")
    c.on("clock-jump", {"by": "1h"})
    errors(c.ask("GET", "auth/token/lookup-self", token=short), 403, INVALID)
    same(c.ask("GET", "auth/token/lookup-self", token=long).status, 200)


# ---- TLS: a server of its own ----

def handshake(c, what=ssl.SSLSocket.version, offered=("http/1.1",),
              most=ssl.TLSVersion.TLSv1_3):
    context = ssl.create_default_context(cafile=c.server.cafile)
    context.check_hostname = True
    context.set_alpn_protocols(offered)
    context.maximum_version = most
    with socket.create_connection((c.server.host, c.server.port)) as conn:
        conn.settimeout(20)
        with context.wrap_socket(conn, server_hostname="localhost") as tls:
            return what(tls)


# TLS 1.3 says only behind the handshake that a client is refused.
IN_TIME = ssl.TLSVersion.TLSv1_2


def tls_error(c, most=ssl.TLSVersion.TLSv1_3):
    try:
        handshake(c, most=most)
    except ssl.SSLCertVerificationError as e:
        return e.verify_message
    except ssl.SSLError as e:
        return e.reason
    return "none"


@outage("tls")
def tls_outages(c):
    same(tls_error(c), "none")
    for cert, text in (("expired", "certificate has expired"),
                       ("not-yet-valid", "certificate is not yet valid"),
                       ("wrong-host", "Hostname mismatch"),
                       ("unknown-ca", "unable to get local issuer"),
                       ("self-signed", "self-signed certificate")):
        c.on("tls", {"cert": cert})
        got = tls_error(c)
        assert text in got, (cert, got)
    c.on("tls", {"plain": True})
    assert tls_error(c) in ("WRONG_VERSION_NUMBER",
                            "PACKET_LENGTH_TOO_LONG"), tls_error(c)
    c.on("tls", {"max": "1.2"})
    same(handshake(c), "TLSv1.2")
    c.on("tls", {"stall": True})
    with socket.create_connection((c.server.host, c.server.port)) as conn:
        conn.settimeout(0.3)
        try:
            ssl.create_default_context(cafile=c.server.cafile).wrap_socket(
                conn, server_hostname="localhost")
            raise AssertionError("a handshake was answered")
        except (socket.timeout, TimeoutError):
            pass
    c.on("tls", {"alpn": "h2"})
    chosen = ssl.SSLSocket.selected_alpn_protocol
    same(handshake(c, chosen, ("h2", "http/1.1")), "h2")
    c.on("tls", {"require_client_cert": True})
    same(tls_error(c, IN_TIME), "SSLV3_ALERT_HANDSHAKE_FAILURE")
    c.off("tls")
    same(tls_error(c), "none")
    same(handshake(c, chosen, ("h2", "http/1.1")), "http/1.1")


@outage("tls")
def tls_by_its_own_name(c):
    plain = {"cert": "valid", "min": None, "max": None, "alpn": None,
             "require_client_cert": False, "stall": False, "plain": False}
    same(c.control("GET", "tls").json(), plain)
    for body, got in (
            ({"cert": "expired"}, "certificate has expired"),
            ({"cert": "self-signed"}, "self-signed certificate"),
            ({"require_client_cert": True},
             "SSLV3_ALERT_HANDSHAKE_FAILURE"),
            ({"cert": "valid"}, "none")):
        answer = c.control("PUT", "tls", body)
        same((answer.status, answer.json()), (200, dict(plain, **body)))
        same((body, tls_error(c, IN_TIME)), (body, got))
    same(outage_is_on(c, "tls"), False)
    shape = {"max": "1.2", "min": "1.2", "alpn": "h2"}
    same(c.control("PUT", "tls", shape).json(), dict(plain, **shape))
    same(handshake(c, offered=("h2",)), "TLSv1.2")
    same(outage_is_on(c, "tls"), True)
    for bad, field in (({"cert": "fake"}, "cert"), ({"min": "1.4"}, "min"),
                       ({"certt": "x"}, "certt"),
                       ({"min": "1.3", "max": "1.2"}, "min"),
                       ({"require_client_cert": "yes"},
                        "require_client_cert")):
        answer = c.control("PUT", "tls", bad)
        same((bad, answer.status, answer.json()["field"]), (bad, 400, field))
    same(c.control("GET", "tls").json(), dict(plain, **shape))
    same(c.control("PUT", "tls", {}).json(), plain)
    same(handshake(c), "TLSv1.3")


def outage_is_on(c, name):
    return c.control("GET", "outages/" + name).json()["active"]


@outage("sealed")
def an_outage_that_comes_later(c):
    answer = c.control("PUT", "outages/sealed", {"after": "20ms"})
    same((answer.status, answer.json()["active"]), (200, False))
    for _ in range(2000):
        if outage_is_on(c, "sealed"):
            break
    errors(c.ask("GET", "secret/data/a"), 503, SEALED)
    same(c.control("PUT", "outages/slow", {
        "after": 1, "params": {"mode": "x"}}).status, 400)
    c.control("PUT", "outages/no-leader", {"after": "1h"})
    c.control("DELETE", "outages")
    same(outage_is_on(c, "sealed"), False)


# ---- runs ----

@outage("slow")
def the_same_one_twice(c):
    first = c.on("slow", {"delay": 1}, match={"path": "secret/**"})
    second = c.on("slow", {"delay": 1}, match={"op": "login"})
    named = c.on("slow", {"delay": 1}, id="mine")
    same([r["id"] for r in (first, second, named)],
         ["slow.1", "slow.2", "mine"])
    same(c.on("slow", {"delay": 2}, match={"op": "login"})["id"], "slow.2")
    runs = c.control("GET", "outages/slow").json()["runs"]
    same(sorted((r["id"], r["params"]["delay"]) for r in runs),
         [("mine", 1), ("slow.1", 1), ("slow.2", 2)])
    c.off("slow.1")
    c.ask("GET", "secret/data/a")
    same(c.journal()[-1]["rule"], "mine")
    refused = c.control("PUT", "outages/reset", {"id": "mine"})
    same((refused.status, refused.json()["field"]), (400, "id"))
    same(c.control("DELETE", "outages/slow.9").status, 404)
    c.off("slow")
    same(c.control("GET", "faults").json()["faults"], [])


@outage("permission-flap")
def what_every_rule_takes(c):
    statuses = []
    for params in ({"times": 1}, {"skip": 2}, {"every": 3},
                   {"probability": 0}, {"probability": 0.5, "seed": 3},
                   {"probability": 0.5, "seed": 3}):
        c.on("lb-200-html", params)
        statuses.append([c.ask("GET", "secret/data/a").status
                         for _ in range(6)])
        c.off("lb-200-html")
    same(statuses[:4], [[200] + [404] * 5, [404, 404] + [200] * 4,
                        [404, 404, 200] * 2, [404] * 6])
    same(statuses[4], statuses[5])
    same(set(statuses[4]), {200, 404})


@outage("sealed")
def by_the_clock_of_the_vault(c):
    c.control("PUT", "clock", {"mode": "frozen"})
    on = c.on("sealed", clock="virtual", **{"for": "10m"})
    same((on["clock"], on["id"]), ("virtual", "sealed.1"))
    c.control("POST", "clock/advance", {"by": "599s"})
    same(c.ask("GET", "sys/health").status, 503)
    c.control("POST", "clock/advance", {"by": "1s"})
    same(c.ask("GET", "sys/health").status, 200)
    later = c.on("slow", {"delay": 1}, clock="virtual", after="1h",
                 **{"for": "1h"})
    same(later["active"], False)
    same(c.control("GET", "outages/slow").json()["runs"][0]["begins"],
         later["begins"])
    for on in (False, True, False):
        same(outage_is_on(c, "slow"), on)
        c.control("POST", "clock/advance", {"by": "1h"})
    c.control("POST", "faults", {"id": "r", "expires_in": "1h", "clock":
                                 "virtual", "then": [{"delay": 1}]})
    c.control("POST", "clock/advance", {"by": "59m"})
    same(c.control("GET", "faults/r").status, 200)
    c.control("POST", "clock/advance", {"by": "1m"})
    same(c.control("GET", "faults/r").status, 404)


@outage("tls")
def nothing_to_do(c):
    c = c.plain
    c.control("POST", "reset", {})
    no_effect(c, "tls", {"cert": "expired"}, "no listener speaks TLS "
              "(-dev-tls, or tls_cert_file)")
    no_effect(c, "token-revoked", {}, "match names no token that lives and "
              "is not root")
    c.ask("POST", "sys/auth/approle", {"type": "approle"})
    c.ask("POST", "auth/approle/role/web", {})
    no_effect(c, "secret-id-expired", {}, "there is no secret id")
    c.ask("PUT", "secret/data/a", {"data": {}})
    c.ask("DELETE", "secret/data/a")
    no_effect(c, "kv-deleted", {"path": "secret/a"}, "the latest version of "
              '"secret/a" is deleted already')
    c.ask("PUT", "sys/seal")
    no_effect(c, "sealed", {}, "the vault is sealed already")


# ---- several at once ----

@outage("sealed", "dns-switch")
def a_seal_that_two_hold(c):
    for order in (("sealed", "dns-switch"), ("dns-switch", "sealed")):
        c.on("sealed")
        c.on("dns-switch", {"as": "sealed"})
        for n, name in enumerate(order):
            same(c.ask("GET", "sys/health").status, 503)
            c.off(name)
        same(c.ask("GET", "sys/health").status, 200)


@outage("refuse", "blackhole", "dns-switch")
def a_door_that_three_close(c):
    c.on("refuse")
    c.on("blackhole")
    c.on("dns-switch")
    c.off("refuse")
    c.off("blackhole")
    same(c.control("GET", "nodes").json()["nodes"][0]["state"], "down")
    c.off("dns-switch")
    same(c.ask("GET", "sys/health").status, 200)


@outage("no-leader", "health-code", "quorum-loss")
def leaders_and_codes(c):
    c.on("health-code", {"code": 472})
    c.on("no-leader")
    same(c.ask("GET", "sys/health").status, 429)
    c.off("no-leader")
    same(c.ask("GET", "sys/health").status, 472)
    c.on("quorum-loss", {"lease": 0})
    c.off("health-code")
    errors(c.ask("GET", "secret/data/a"), 500, LEADERLESS)
    same(c.control("PUT", "nodes/n1", {"state": "active"}).json()["state"],
         "active")
    same(outage_is_on(c, "quorum-loss"), False)


@outage("amnesia", "uninitialized", "policy-lost", "kv-deleted", "sealed")
def states_upon_states(c):
    c.policy("app", 'path "secret/data/*" { capabilities = ["read"] }')
    c.ask("PUT", "secret/data/a", {"data": {"k": "v"}})
    before = c.control("GET", "state").json()
    c.on("policy-lost", {"policy": "app"})
    c.on("kv-deleted", {"path": "secret/a"})
    c.on("amnesia")
    c.off("policy-lost")
    c.on("uninitialized")
    c.off("amnesia")
    same(c.ask("GET", "sys/health").status, 501)
    c.off("uninitialized")
    same(c.ask("GET", "secret/data/a").status, 404)
    same(c.ask("GET", "sys/policies/acl/app").status, 200)
    c.on("sealed")
    c.off("kv-deleted")
    same(c.control("GET", "state").json(), before)
    c.off("sealed")
    same(c.ask("GET", "secret/data/a").status, 200)
    same(c.control("GET", "state").json(), before)


@outage("kv-deleted", "policy-lost")
def what_somebody_else_changed_stays(c):
    c.policy("app", 'path "secret/data/*" { capabilities = ["read"] }')
    c.ask("PUT", "secret/data/a", {"data": {"k": "v"}})
    c.on("policy-lost", {"policy": "app"})
    c.on("kv-deleted", {"path": "secret/a"})
    c.policy("app", "# mine")
    same((outage_is_on(c, "policy-lost"), outage_is_on(c, "kv-deleted")),
         (False, True))
    c.ask("PUT", "secret/data/a", {"data": {"k": "w"}})
    same(outage_is_on(c, "kv-deleted"), False)
    same(c.ask("GET", "secret/data/a?version=1").status, 200)
    c.on("policy-lost", {"policy": "app"})
    c.on("kv-deleted", {"path": "secret/a"})
    c.policy("app", "# mine")
    c.ask("DELETE", "secret/metadata/a")
    c.off("policy-lost")
    c.off("kv-deleted")
    same(c.ask("GET", "sys/policies/acl/app").json()["data"]["policy"],
         "# mine")
    same(c.ask("GET", "secret/data/a").status, 404)


@outage("sealed", "kv-deleted")
def an_edit_that_waits_for_the_keys(c):
    key = next(line for line in c.server.lines
               if line.startswith("Unseal Key: ")).split(": ")[1]
    c.ask("PUT", "secret/data/a", {"data": {"k": "v"}})
    c.on("kv-deleted", {"path": "secret/a"})
    c.ask("PUT", "sys/seal")
    c.off("kv-deleted")
    c.ask("PUT", "sys/unseal", {"key": key})
    same(c.ask("GET", "secret/data/a").status, 200)


@outage("sealed")
def keys_end_what_sealed_it(c):
    key = next(line for line in c.server.lines
               if line.startswith("Unseal Key: ")).split(": ")[1]
    c.on("sealed")
    c.on("dns-switch", {"as": "sealed"})
    same(c.ask("PUT", "sys/unseal", {"key": key}).json()["sealed"], False)
    same((outage_is_on(c, "sealed"), outage_is_on(c, "dns-switch")),
         (False, False))
    same(c.ask("GET", "sys/health").status, 200)


@outage("sealed", "amnesia")
def snapshots_hold_the_state_alone(c):
    c.ask("PUT", "secret/data/a", {"data": {"k": "v"}})
    c.on("sealed")
    c.control("PUT", "snapshots/s")
    c.off("sealed")
    c.on("amnesia")
    c.control("POST", "snapshots/s/restore")
    same(outage_is_on(c, "amnesia"), False)
    same(c.ask("GET", "secret/data/a").status, 200)
    c.on("sealed")
    c.control("POST", "snapshots/s/restore")
    same(c.ask("GET", "sys/health").status, 503)
    c.off("sealed")
    same(c.ask("GET", "secret/data/a").status, 200)


@outage("clock-skew")
def skews_add_up(c):
    c.control("PUT", "clock", {"mode": "frozen"})
    now = c.ask("GET", "sys/health").json()["server_time_utc"]
    c.on("clock-skew", {"by": "-90s"})
    c.on("clock-skew", {"by": "30s"}, id="other")
    c.control("PUT", "clock", {"skew": "10s"})
    for name, skew in ((None, -50), ("clock-skew.1", 40), ("other", 10)):
        if name:
            c.off(name)
        same(c.ask("GET", "sys/health").json()["server_time_utc"] - now, skew)


# ---- reading bytes ----

def drain(conn):
    """(bytes, 'closed' or 'reset')"""
    got = b""
    while True:
        try:
            piece = conn.recv(65536)
        except ConnectionResetError:
            return got, "reset"
        if not piece:
            return got, "closed"
        got += piece


def was_reset(conn):
    return drain(conn)[1] == "reset"


def silent(conn):
    conn.settimeout(0.3)
    try:
        return conn.recv(1) is None
    except socket.timeout:
        return True


def pieces(c, path):
    with c.connect() as conn:
        conn.sendall(raw("GET", path, token="root"))
        got, end = drain(conn)
    head, _, body = got.partition(b"\r\n\r\n")
    return head, body, end


def read_raw(conn):
    """(head, body) of an answer"""
    got = b""
    while b"\r\n\r\n" not in got:
        got += conn.recv(65536)
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(re.search(rb"Content-Length: (\d+)", head).group(1))
    while len(body) < length:
        body += conn.recv(65536)
    return head, body


class Answer:
    def __init__(self, status):
        self.status = status


def read_answer(conn):
    return Answer(int(read_raw(conn)[0].split(b" ")[1]))


# ---- all of it ----

def every_outage_is_shown(c):
    shown = {name for names, _ in cases for name in names}
    table = {o["name"] for o in c.control("GET", "outages").json()["outages"]}
    same(table - shown, set())
    numbers = set()
    for o in c.control("GET", "outages").json()["outages"]:
        numbers |= {int(n) for n in o["number"].split(",")}
        assert o["summary"] and o["example"].startswith(o["name"])
    same(set(range(1, 61)) - numbers, set())


def main():
    binary = sys.argv[1]
    word = os.environ.get("MV_TEST_ONLY", "")
    passed = failed = 0
    servers = [Control(Server(binary, "--admin-addr=127.0.0.1:0")),
               Control(Server(binary, "--admin-addr=127.0.0.1:0",
                              "-dev-tls"))]
    servers[1].plain = servers[0]
    run = [(names, fn) for names, fn in cases] + \
        [(("table",), every_outage_is_shown)]
    for names, fn in run:
        c = servers["tls" in names]
        if not any(word in n for n in names):
            continue
        try:
            same(c.control("POST", "reset", {}).status, 200)
            fn(c)
            passed += 1
        except Exception as e:  # each case is told by itself
            failed += 1
            print("FAIL %s: %s: %s" % (", ".join(names), type(e).__name__, e))
    for c in servers:
        if c.server.stop() != 0:
            failed += 1
            print("FAIL the server's end\n" + c.server.lines[-1])
    print("%d passed, %d failed" % (passed, failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
