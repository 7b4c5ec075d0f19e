#!/usr/bin/env python3
"""journal.py BINARY: what the journal shows, waits for and proves, over
sockets."""
import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from server import started as plain  # noqa: E402
from suite import run, same  # noqa: E402

SECRET = "correct-horse-battery"


class started(plain):
    """A server for the length of a with block, and short ways to ask it."""

    def __enter__(self):
        return self

    def ask(self, status, method, path, *args, **more):
        return self.server.insist(status, method, path, *args, **more)

    def mock(self, status, what, body=None):
        return self.ask(status, "POST", "/_mock/requests/" + what, body)

    def found(self, **query):
        return self.mock(200, "find", query)["requests"]

    def count(self, **query):
        return self.mock(200, "count", query)["count"]

    def approle(self):
        """A role whose logins may read; its role id and a secret id."""
        self.ask(204, "PUT", "sys/policies/acl/app", {
            "policy": 'path "secret/data/*" { capabilities = ["read"] }'})
        self.ask(204, "POST", "sys/auth/approle", {"type": "approle"})
        self.ask(204, "POST", "auth/approle/role/web",
                 {"token_policies": "app"})
        role = self.ask(200, "GET", "auth/approle/role/web/role-id")
        made = self.ask(200, "POST", "auth/approle/role/web/secret-id", {})
        return role["data"]["role_id"], made["data"]["secret_id"]

    def login(self, ids, status=200):
        return self.ask(status, "PUT", "auth/approle/login",
                        {"role_id": ids[0], "secret_id": ids[1]}, "")

    def clear(self):
        self.ask(204, "DELETE", "/_mock/requests")


def asked(s, target):
    """A socket with root's request on it, its answer not read yet."""
    c = socket.create_connection((s.server.host, s.server.port), timeout=60)
    c.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\nX-Vault-Token: root\r\n\r\n"
              % target.encode())
    return c


def what_an_entry_holds(binary):
    with started(binary) as s:
        s.ask(200, "POST", "secret/data/app", {"data": {"password": SECRET}})
        ids = s.approle()
        token = s.login(ids)["auth"]["client_token"]
        s.ask(200, "GET", "secret/data/app?version=1", token=token, headers={
            "User-Agent": "app/1.0", "traceparent": "00-ab-cd-01",
            "X-Note": "mine", "Cookie": "a=cookie-value"})
        one = s.found(match={"header": {"user-agent": "app/*"}})
        assert len(one) == 1, one
        one = one[0]
        for name, value in (
                ("method", "GET"), ("path", "secret/data/app"),
                ("query", "version=1"), ("op", "read"),
                ("mount", "secret/"), ("status", 200), ("open", False),
                ("user_agent", "app/1.0"), ("traceparent", "00-ab-cd-01"),
                ("client_ip", "127.0.0.1"), ("committed", True),
                ("rule", None), ("error", None), ("space", "default")):
            assert one[name] == value, (name, one)
        assert one["token"]["policies"] == ["app", "default"], one
        assert one["token"]["role"] == "web", one
        assert one["token"]["auth_mount"] == "auth/approle/", one
        assert one["bytes"] > 100 and one["duration_ms"] >= 0, one
        assert one["conn"]["nth"] == 1 and one["conn"]["tls"] is None, one
        login = s.found(match={"op": "login"})[-1]
        assert login["token"] is None and login["committed"], login
        text = json.dumps(s.ask(200, "GET", "/_mock/requests"))
        for secret in (SECRET, token, ids[1], "cookie-value"):
            assert secret not in text, secret
        assert s.count(match={"token": {"id": token}}) == 1
        assert s.count(match={"token": {"accessor": one["token"][
            "accessor"]}}) == 1
        assert s.count(match={"token": {"none": True}}) == 1
        assert s.count(match={"token": {"policy": "root"}}) > 3


def failures_have_their_text(binary):
    with started(binary) as s:
        s.ask(403, "GET", "secret/data/app", token="nobody")
        s.ask(404, "GET", "nothing/here")
        s.ask(404, "GET", "/elsewhere")
        texts = [e["error"] for e in s.found()]
        assert "invalid token" in texts[0], texts
        assert "no handler for route" in texts[1], texts
        assert [e["committed"] for e in s.found()] == [False] * 3
        assert s.count(status=[403, 404]) == 3
        assert s.count(status=403) == 1


def lists_and_probes(binary):
    with started(binary) as s:
        s.ask(200, "POST", "secret/data/app", {"data": {}})
        s.clear()
        s.ask(200, "LIST", "secret/metadata")
        s.ask(200, "GET", "secret/metadata?list=true")
        s.ask(200, "GET", "sys/health")
        assert s.count(match={"op": "list"}) == 2
        assert s.count(match={"method": "LIST",
                              "path": "secret/metadata"}) == 2
        assert s.count(match={"op": "health"}) == 1
        assert s.count() == 3


def every_form_of_a_target(binary):
    with started(binary) as s:
        s.ask(404, "GET", "/v1/secret/data/a%20b?x=%31")
        s.ask(301, "GET", "/v1//secret/./data/a%20b?x=%31")
        with asked(s, "http://vault:8200/v1/secret/data/a%20b?x=%31") as c:
            assert c.recv(100).startswith(b"HTTP/1.1 404")
        assert s.count(match={"path": "secret/data/a b",
                              "query": {"x": "1"},
                              "mount": {"type": "kv"}}) == 3, s.found()


def logins_below_a_deep_mount(binary):
    with started(binary) as s:
        s.ask(204, "POST", "sys/auth/team/web", {"type": "approle"})
        s.ask(400, "POST", "auth/team/web/login", {"role_id": "none"}, "")
        one = s.found(match={"op": "login"})
        assert [e["mount"] for e in one] == ["auth/team/web/"], one


def a_page_of_it(binary):
    with started(binary, "--journal-size=4") as s:
        for _ in range(6):
            s.ask(404, "GET", "secret/data/app")
        page = s.ask(200, "GET", "/_mock/requests?since=3&limit=2")
        assert [e["seq"] for e in page["requests"]] == [5, 6], page
        assert page["dropped"] == 2, page
        s.clear()
        assert s.ask(200, "GET", "/_mock/requests")["requests"] == []
        why = s.ask(400, "GET", "/_mock/requests?limitt=2")
        assert why["field"] == "limitt", why


def one_that_hangs_is_there(binary):
    with started(binary) as s:
        s.ask(201, "POST", "/_mock/faults", {
            "id": "hang", "match": {"path": "secret/data/*"},
            "then": [{"delay": "60s"}]})
        with asked(s, "/v1/secret/data/app"):
            while not s.found(match={"path": "secret/data/app"}):
                pass
            one = s.found(match={"path": "secret/data/app"})[0]
            assert one["open"] and one["status"] is None, one
            why = s.mock(422, "verify", {"concurrency": {"max": 0}})
            assert why["nearest"][0]["open"], why
        done = s.mock(200, "wait", {"match": {"path": "secret/data/app"}})
        one = done["requests"][0]
        assert one["status"] == 0 and one["rule"] == "hang", one


def half_closed_is_answered(binary):
    with started(binary) as s:
        s.ask(201, "POST", "/_mock/faults", {
            "id": "late", "match": {"path": "secret/data/*"},
            "then": [{"delay": "300ms"}]})
        with asked(s, "/v1/secret/data/app") as c:
            c.shutdown(socket.SHUT_WR)
            assert c.recv(100).startswith(b"HTTP/1.1 404")


def a_sealed_vault_knows_no_token(binary):
    """What the store keeps of a token is not looked at behind the seal."""
    with started(binary) as s:
        token = s.login(s.approle())["auth"]["client_token"]
        s.ask(404, "GET", "secret/data/app", token=token)
        assert s.found()[-1]["token"]["role"] == "web", s.found()
        s.ask(204, "PUT", "sys/seal")
        s.ask(503, "GET", "secret/data/app", token=token)
        same = {"accessor": None, "role": None, "auth_mount": None,
                "policies": []}
        assert s.found()[-1]["token"] == same, s.found()[-1]


def waits_until_it_comes(binary):
    with started(binary) as s:
        told = []
        t = threading.Thread(target=lambda: told.append(s.mock(
            200, "wait", {"match": {"op": "write"}, "n": 2,
                          "timeout": "60s"})))
        t.start()
        s.ask(200, "POST", "secret/data/a", {"data": {}})
        s.ask(200, "GET", "secret/data/a")
        s.ask(200, "POST", "secret/data/a", {"data": {}})
        t.join()
        assert [e["seq"] for e in told[0]["requests"]] == [1, 3], told
        late = s.mock(408, "wait", {"match": {"op": "write"}, "n": 3,
                                    "timeout": "50ms"})
        assert len(late["requests"]) == 2, late


def who_waits_may_go(binary):
    with started(binary) as s:
        body = b'{"n":5,"timeout":"60s"}'
        c = socket.create_connection((s.server.host, s.server.port))
        c.sendall(b"POST /_mock/requests/wait HTTP/1.1\r\nHost: x\r\n"
                  b"Content-Length: %d\r\n\r\n" % len(body) + body)
        s.ask(404, "GET", "secret/data/a")
        c.close()
        for _ in range(6):
            s.ask(404, "GET", "secret/data/a")
        assert s.count() == 7
        assert s.server.stop() == 0


def a_proof_and_its_failure(binary):
    with started(binary) as s:
        ids = s.approle()
        s.clear()
        s.login(ids)
        s.login((ids[0], "wrong"), 400)
        ask = {"match": {"op": "login"}, "times": {"max": 2}}
        assert s.mock(200, "verify", ask) == {"verified": True, "count": 2}
        ask["times"] = 1
        no = s.mock(422, "verify", ask)
        assert not no["verified"], no
        first = no["nearest"][0]["seq"]
        assert no["reason"] == (
            'expected exactly 1 request that matches {"op":"login"}, found '
            "2: seq %d and %d" % (first, first + 1)), no
        out = subprocess.run(shlex.split(no["curl"]), capture_output=True,
                             text=True, check=True).stdout
        assert len(json.loads(out)["requests"]) == 2, (no["curl"], out)
        why = s.mock(400, "verify", {"time": 1})
        assert why["field"] == "time" and "times" in why["allowed"], why


def order_of_a_session(binary):
    steps = [{"op": "login"}, {"path": "secret/data/app"},
             {"path": "auth/token/revoke-self"}]
    with started(binary) as s:
        ids = s.approle()
        s.ask(200, "POST", "secret/data/app", {"data": {"k": "v"}})
        s.clear()
        token = s.login(ids)["auth"]["client_token"]
        no = s.mock(422, "verify", {"tokens": {"leaked": 0}})
        assert no["reason"] == ("1 token of a login is still alive, expected "
                                "at most 0"), no
        assert no["nearest"][0]["op"] == "login", no
        s.ask(200, "GET", "secret/data/app", token=token)
        no = s.mock(422, "verify", {"order": steps})
        assert no["reason"].startswith("step 3, "), no
        s.server.ask("PUT", "auth/token/revoke-self", None, token)
        s.mock(200, "verify", {"order": steps, "strict": True,
                               "tokens": {"leaked": 0, "unrevoked": 0}})


def nothing_after_a_seal(binary):
    with started(binary) as s:
        seal = {"none_after": {"event": "sealed"},
                "match": {"path": "secret/**"}}
        s.ask(404, "GET", "secret/data/app")
        no = s.mock(422, "verify", seal)
        assert "has not happened" in no["reason"], no
        assert s.server.ask("PUT", "sys/seal")[0] == 204
        s.mock(200, "verify", seal)
        s.ask(503, "GET", "secret/data/app")
        s.count()  # what asks the journal is no event
        no = s.mock(422, "verify", seal)
        assert "but 1 request that matches" in no["reason"], no


FROZEN = "--clock=frozen@2031-05-06T07:08:09Z"


class paced(started):
    """A server whose clock stands: time passes when a test says so, and claims
    are judged by it."""

    def __init__(self, binary, *args):
        super().__init__(binary, FROZEN, *args)

    def pass_by(self, by):
        self.ask(200, "POST", "/_mock/clock/advance", {"by": by})

    def read(self, status=404, path="secret/data/app", **more):
        self.ask(status, "GET", path, **more)

    def seal(self):
        self.ask(200, "PUT", "/_mock/outages/sealed", {})

    def unseal(self):
        self.ask(204, "DELETE", "/_mock/outages/sealed")

    def holds(self, **claim):
        claim.setdefault("clock", "virtual")
        return self.mock(200, "verify", claim)["count"]

    def fails(self, **claim):
        claim.setdefault("clock", "virtual")
        return self.mock(422, "verify", claim)["reason"]

    def refused(self, field, **claim):
        why = self.mock(400, "verify", claim)
        assert why.get("field", "") == field, why
        return why["errors"][0] + " ".join(why.get("allowed", []))


def behind_and_before_an_event(binary):
    data = {"match": {"path": "secret/**"}}
    with paced(binary) as s:
        assert s.fails(after="unsealed", times="some", **data) == (
            'the event "unsealed" has not happened; there were none at all')
        s.read()
        s.seal()
        s.read(503)
        s.pass_by("10s")
        s.unseal()
        why = s.fails(after="unsealed", times="some", **data)
        assert why.startswith(
            'expected at least 1 request that matches {"path":"secret/**"} '
            'after the event "unsealed" at 2031-05-06T07:08:19.000Z, found 0'
        ), why
        s.pass_by("20s")
        s.read()
        assert s.holds(after="unsealed", times="some", **data) == 1
        s.holds(after="sealed", before="unsealed", times=1, status=503)
        s.holds(before="sealed", times=1)
        s.holds(before={"event": "*sealed", "which": "last"}, times=2)
        why = s.fails(after="unsealed", within="15s", times="some", **data)
        assert " within 15s after the event " in why, why
        s.holds(after="unsealed", within="21s", times="some", **data)
        s.holds(after={"event": "sealed", "grace": "10s"}, times=1)
        s.holds(before="unsealed", within="10s", times=1, status=503)
        s.holds(before="unsealed", within="9s", times="none")
        s.seal()
        why = s.fails(after="sealed", before="unsealed", times=0)
        assert why.startswith('the event "unsealed" has not happened after '
                              '"sealed"; the last ones were '), why


def each_time_that_it_happened(binary):
    each = {"event": "unsealed", "which": "each"}
    with paced(binary) as s:
        for turn in range(3):
            s.seal()
            s.read(503)
            s.unseal()
            s.pass_by("5s")
            if turn != 1:
                s.read()
            s.pass_by("5s")
        assert s.holds(after={"event": "sealed", "which": "each"},
                       before="unsealed", times=1) == 3
        why = s.fails(after=each, within="10s", times="some", status=404)
        assert "unsealed\" at 2031-05-06T07:08:19.000Z, found 0" in why, why
        s.holds(after={"event": "unsealed", "which": "first"}, within="10s",
                times=2)
        s.holds(after="unsealed", within="10s", times=1)
        last = s.found()[-1]["seq"]
        s.holds(after=each, since=last - 1, times="some", status=404)


def after_a_token_is_revoked(binary):
    with paced(binary) as s:
        token = s.login(s.approle())["auth"]["client_token"]
        mine = {"match": {"token": {"id": token}}}
        s.read(token=token)
        s.ask(204, "PUT", "auth/token/revoke-self", {}, token)
        s.holds(after="revoked", times="none", **mine)
        s.read(403, token=token)
        why = s.fails(after="revoked", times="none", **mine)
        assert "found 1: seq " in why, why


def one_in_every_window(binary):
    with paced(binary) as s:
        why = s.fails(every="10s")
        assert why == "expected one in every 10s, found 0 requests", why
        s.seal()
        for _ in range(3):
            s.pass_by("9s")
            s.read(503)
        s.holds(every="9s", after="sealed")
        s.pass_by("10s")
        s.holds(every="10s")
        s.pass_by("1s")
        why = s.fails(every="10s")
        assert why.startswith(
            "expected one in every 10s, but 11s passed without one, from "
            "2031-05-06T07:08:36.000Z; found 3 requests"), why
        s.read(503)
        why = s.fails(every="10s")
        assert "11s passed without one" in why and " to seq 4; " in why, why
        s.unseal()
        s.holds(every="11s", after="sealed", before="unsealed")
        s.holds(every="10s", after="sealed", within="37s")


def how_the_last_one_ended(binary):
    with paced(binary) as s:
        assert s.fails(ends_with="success") == (
            "expected a last request, found 0 requests")
        s.ask(200, "POST", "secret/data/app", {"data": {"k": "v"}})
        s.read(200)
        s.holds(ends_with="success")
        s.read(404, "secret/data/none")
        why = s.fails(ends_with="success", match={"path": "secret/**"})
        assert why == ("expected the last of 3 requests that match "
                       '{"path":"secret/**"} to end with "success", but seq '
                       "3 got 404"), why
        s.holds(ends_with="failure")
        s.holds(ends_with=404)
        s.holds(ends_with=[200, 404])
        s.fails(ends_with=[200, 204])
        s.ask(201, "POST", "/_mock/faults", {
            "match": {"path": "secret/**"}, "then": [{"stall": True}]})
        with asked(s, "/v1/secret/data/app"):
            while not s.found(match={"path": "secret/data/app"})[-1]["open"]:
                pass
            why = s.fails(ends_with="success")
            assert why.endswith("seq 4 is not answered yet"), why


def how_many_clients(binary):
    with paced(binary) as s:
        ids = s.approle()
        tokens = [s.login(ids)["auth"]["client_token"] for _ in range(2)]
        s.clear()
        for token in tokens + tokens[:1]:
            s.read(token=token)
        s.read(403, token="")
        s.holds(distinct={"by": "tokens", "exact": 2})
        s.holds(distinct={"exact": 3})
        s.holds(distinct={"by": "peers", "min": 1, "max": 1})
        why = s.fails(distinct={"by": "tokens", "max": 1})
        assert why.startswith("expected at most 1 different tokens, found 2 "
                              "in 4 requests: seq "), why
        why = s.fails(distinct={"min": 4})
        assert why.startswith("expected at least 4 different clients, found "
                              "3 in 4 requests"), why


def what_the_ring_has_dropped_is_unknown(binary):
    data = {"path": "secret/**"}
    with paced(binary, "--journal-size=8") as s:
        s.read()
        s.seal()
        s.pass_by("1s")
        for _ in range(9):
            s.read(503)
        tail = "the journal keeps 8 requests and has dropped 2"
        why = s.fails(match=data, times={"max": 100})
        assert why == (
            "whether times holds for 8 requests that match "
            '{"path":"secret/**"} is not known: %s, which may count; '
            "--journal-size keeps more" % tail), why
        for claim in ({"times": "none", "status": 200},
                      {"rate": {"max": 50}}, {"concurrency": {"max": 50}},
                      {"spacing": {"max": "1h"}},
                      {"none_after": {"event": "sealed"}, "status": 200},
                      {"times": {"max": 1}, "status": 200,
                       "after": "sealed"},
                      {"distinct": {"max": 5}},
                      {"secrets_in": ["path"]}):
            why = s.fails(match=data, **claim)
            assert "is not known: " + tail in why, (claim, why)
        why = s.fails(match=data, times={"min": 9})
        assert why.endswith("(%s)" % tail), why
        # what is known whatever was dropped
        s.holds(match=data, times={"min": 8})
        s.holds(match=data, ends_with=503)
        s.holds(distinct={"min": 1})
        s.holds(match=data, every="1s")
        s.holds(match=data, order=[data, data])
        s.holds(match=data, times={"max": 8}, since=2)
        s.holds(match=data, times="none", since="2031-05-06T07:08:11Z")
        why = s.fails(match=data, times={"max": 7}, since=2)
        assert "dropped" not in why, why
        s.unseal()
        s.holds(match=data, times="none", after="unsealed")
        s.holds(match=data, none_after={"event": "unsealed"})


def a_slip_in_a_claim_is_named(binary):
    with paced(binary) as s:
        for field, word, claim in (
                ("evry", '"every"', {"evry": "10s"}),
                ("ends_wit", '"ends_with"', {"ends_wit": "success"}),
                ("after.evnt", '"event"', {"after": {"evnt": "x"}}),
                ("after.event", "required", {"after": {}, "times": 1}),
                ("after.which", "allowed", {"after": {
                    "event": "x", "which": "all"}, "times": 1}),
                ("after", "name of an event", {"after": 5, "times": 1}),
                ("before.which", "makes no sense", {
                    "after": "x", "before": {"event": "y", "which": "last"},
                    "times": 1}),
                ("within", "belongs to", {"within": "1s", "times": 1}),
                ("every", "more than nothing", {"every": 0}),
                ("every", "no duration", {"every": "soon"}),
                ("times", "allowed words", {"times": "many"}),
                ("ends_with", "allowed words", {"ends_with": "well"}),
                ("ends_with", "allowed words", {"ends_with": []}),
                ("distinct.by", "allowed", {"distinct": {"by": "token"}}),
                ("distinct", "wants exact", {"distinct": {"by": "tokens"}}),
                ("", "nothing to verify", {"after": "x"})):
            why = s.refused(field, **claim)
            assert word in why, (claim, why)


def secrets_that_wander(binary):
    with started(binary) as s:
        ids = s.approle()
        s.ask(200, "POST", "secret/data/app", {
            "data": {"db": {"password": SECRET}, "port": "5432"}})
        s.ask(204, "POST", "sys/mounts/old", {"type": "kv"})
        s.ask(204, "POST", "old/thing", {"key": "old-fashioned"})
        token = s.login(ids)["auth"]["client_token"]
        s.clear()
        s.ask(404, "GET", "nothing/5432")
        s.mock(200, "verify", {"secrets_in": ["path", "query", "header"]})
        for path, headers, place, what in (
                ("nothing/x?q=correct%2Dhorse%2Dbattery", {}, "query",
                 "secret/app, field db.password"),
                ("nothing/old-fashioned", {}, "path", "old/thing, field key"),
                ("nothing/x", {"X-Id": ids[1]}, "X-Id header",
                 "the secret id with accessor "),
                ("nothing/x?t=" + token, {}, "query",
                 "the token with accessor ")):
            s.clear()
            s.ask(404, "GET", path, headers=headers)
            no = s.mock(422, "verify",
                        {"secrets_in": ["path", "query", "header"]})
            assert "a secret in its %s: %s" % (place, what) in \
                no["reason"], no
            for text in (SECRET, "old-fashioned", ids[1], token):
                assert text not in no["reason"], no


def events_until(s, text, times):
    """The stream from its beginning, until it has a text so often."""
    c = socket.create_connection((s.server.host, s.server.port), timeout=60)
    c.sendall(b"GET /_mock/events HTTP/1.1\r\nHost: localhost\r\n"
              b"Last-Event-ID: 0\r\n\r\n")
    got = b""
    while got.count(text) < times:
        more = c.recv(65536)
        assert more, got
        got += more
    c.close()
    return got.decode()


def tokens_in_addresses_are_masked(binary):
    """Neither the journal nor its file, events or the dump at the end show a
    token, wherever its client put it; claims see it all the same."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "journal")
        s = started(binary, "--journal", path,
                    env={"MOCKVAULT_DUMP_ON_EXIT": "1"})
        made = s.ask(200, "POST", "auth/token/create", {"ttl": "1h"})
        token = made["auth"]["client_token"]
        s.ask(200, "POST", "auth/token/create", {"id": "my-own-name"})
        s.clear()
        for target in ("auth/token/lookup/" + token,
                       "auth/token/revoke/my-own-name",
                       "secret/data/x?token=my-own-name&q=%2F" + token,
                       "secret/data/" + token,
                       "/v1/auth//token/lookup/" + token):
            s.server.ask("GET", target)
        shown = s.found()
        same([e["path"] for e in shown],
             ["auth/token/lookup/****", "auth/token/revoke/****",
              "secret/data/x", "secret/data/****", "auth/token/lookup/****"])
        same(shown[2]["query"], "token=****&q=%2F****")
        no = s.mock(422, "verify", {"secrets_in": ["path"]})
        assert token not in no["reason"], no
        same(s.count(match={"path": "auth/token/lookup/" + token}), 2)
        events = events_until(s, b"lookup/****", 2)
        log = s.server.stderr()
        s.server.stop()
        with open(path) as f:
            for text in (json.dumps(shown), events, f.read(),
                         "\n".join(s.server.lines), log):
                for secret in (token, "my-own-name"):
                    assert secret not in text, text
        assert "auth/token/lookup/****" in "\n".join(s.server.lines)


def bodies_cannot_be_asked_for(binary):
    with started(binary) as s:
        why = s.mock(400, "count", {"match": {"body": {"/data": "*"}}})
        assert why["field"] == "match.body", why
        why = s.mock(400, "find", {"match": {"token": {"id": "hvs.*"}}})
        assert why["field"] == "match.token.id", why


def without_a_journal(binary):
    with started(binary, "--journal-size=0") as s:
        s.ask(404, "GET", "secret/data/app")
        for what in ("count", "find", "wait", "verify"):
            why = s.mock(409, what, {})
            assert "-journal-size=0" in why["errors"][0], why


def lines_in_a_file(binary):
    path = os.path.join(HERE, "journal-%d.jsonl" % os.getpid())
    try:
        with started(binary, "--journal=" + path) as s:
            s.ask(404, "GET", "secret/data/app")
            s.ask(200, "GET", "sys/health")
            s.server.stop()
        with open(path) as f:
            lines = [json.loads(line) for line in f]
        assert [(e["seq"], e["status"]) for e in lines] == [
            (1, 404), (2, 200)], lines
    finally:
        if os.path.exists(path):
            os.remove(path)


TESTS = [what_an_entry_holds, failures_have_their_text, lists_and_probes,
         every_form_of_a_target, logins_below_a_deep_mount, a_page_of_it,
         one_that_hangs_is_there, half_closed_is_answered,
         a_sealed_vault_knows_no_token,
         waits_until_it_comes,
         who_waits_may_go, a_proof_and_its_failure, order_of_a_session,
         nothing_after_a_seal, behind_and_before_an_event,
         each_time_that_it_happened, after_a_token_is_revoked,
         one_in_every_window, how_the_last_one_ended, how_many_clients,
         what_the_ring_has_dropped_is_unknown, a_slip_in_a_claim_is_named,
         secrets_that_wander, tokens_in_addresses_are_masked,
         bodies_cannot_be_asked_for, without_a_journal, lines_in_a_file]

sys.exit(run(TESTS, sys.argv[1]))
