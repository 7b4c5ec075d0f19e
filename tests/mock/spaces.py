#!/usr/bin/env python3
"""spaces.py BINARY: many instances behind one address, none sees another."""
import concurrent.futures
import http.client
import json
import os
import socket
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from control_client import Answer, steered  # noqa: E402
from server import Server  # noqa: E402
from suite import run, same  # noqa: E402

FIXTURES = '{"kv":{"secret/app":{"k":"start"}}}'


def at(binary, *args):
    return steered(Server(binary, "-fixtures", FIXTURES, *args))


class Space:
    """One space: its control API, and Vault's below its prefix."""

    def __init__(self, c, name, **body):
        self.c, self.name = c, name
        made = c.control("PUT", "spaces/" + name, body)
        assert made.status in (200, 201), made.body
        self.made = made.json()
        self.status = made.status

    def path(self, path):
        return "/s/%s/%s" % (self.name, path)

    def call(self, method, path, body=None, headers=None, conn=None):
        one = conn or http.client.HTTPConnection(
            self.c.server.host, self.c.server.port, timeout=60)
        one.request(method, self.path(path),
                    None if body is None else json.dumps(body),
                    headers or {"X-Vault-Token": "root"})
        answer = Answer(one.getresponse())
        if not conn:
            one.close()
        return answer

    def ask(self, method, path, body=None, **more):
        return self.call(method, "v1/" + path, body, **more)

    def control(self, method, path, body=None):
        """On the admin's listener, where no outage is."""
        conn = http.client.HTTPConnection(*self.c.admin, timeout=60)
        return self.call(method, "_mock/" + path, body, conn=conn)

    def read(self, path="secret/data/app"):
        answer = self.ask("GET", path)
        return answer.status == 200 and answer.json()["data"]["data"]

    def write(self, value, path="secret/data/app"):
        same(self.ask("PUT", path, {"data": {"k": value}}).status, 200)

    def paths(self):
        found = self.control("POST", "requests/find", {"limit": 1000}).json()
        return [x["path"] for x in found["requests"]]


def ids(c):
    return [x["id"] for x in c.control("GET", "spaces").json()["spaces"]]


def a_copy_of_the_start(binary):
    with at(binary) as c:
        same(c.ask("PUT", "secret/data/app", {"data": {"k": "main"}}).status,
             200)
        a = Space(c, "a")
        same(a.status, 201)
        same((a.made["id"], a.made["root_token"], a.made["from"],
              a.made["expires_at"], a.made["listen"]),
             ("a", "root", "start", None, None))
        same(a.made["address"], c.server.url + "/s/a")
        same(a.read(), {"k": "start"})
        a.write("a")
        same(a.read(), {"k": "a"})
        same(c.ask("GET", "secret/data/app").json()["data"]["data"],
             {"k": "main"})
        same(a.control("POST", "reset").status, 200)
        same(a.read(), {"k": "start"})


def by_a_header(binary):
    with at(binary) as c:
        a = Space(c, "a")
        a.write("a")
        answer = c.ask("GET", "secret/data/app",
                       headers={"x-mockvault-space": "a"})
        same(answer.json()["data"]["data"], {"k": "a"})


def by_its_tokens_prefix(binary):
    with at(binary) as c:
        a = Space(c, "a.b-1")
        same(a.made["token_prefix"], "mvs.a.b-1:")
        a.write("a")
        token = a.made["token_prefix"] + "root"
        for headers in [{"X-Vault-Token": token},
                        {"x-vault-token": token},
                        {"Authorization": "Bearer " + token}]:
            answer = c.ask("GET", "secret/data/app", token=None,
                           headers=headers)
            same(answer.json()["data"]["data"], {"k": "a"})
        # Vault takes X-Vault-Token where both are sent, so that one counts.
        answer = c.ask("GET", "secret/data/app",
                       headers={"Authorization": "Bearer " + token})
        same(answer.json()["data"]["data"], {"k": "start"})
        c.control("DELETE", "requests")
        # A login has no token yet: the prefix alone is no token.
        answer = c.ask("PUT", "auth/approle/login", {},
                       token=a.made["token_prefix"])
        same(answer.json()["errors"], ["permission denied"])
        same(a.paths()[-1], "auth/approle/login")
        # Vault sees the token that it issued, and so does the journal.
        status, _, text = c.server.ask("GET", "/v1/auth/token/lookup-self",
                                       token=token)
        same(json.loads(text)["data"]["id"], "root")
        same(a.control("DELETE", "requests").status, 204)
        c.server.ask("GET", "/v1/secret/data/app", token=token)
        a.read()
        found = a.control("POST", "requests/find", {})
        assert "mvs." not in found.body.decode(), found.body
        by_token, by_path = [
            {k: x[k] for k in ("method", "path", "query", "space", "token",
                               "status", "bytes", "error")}
            for x in found.json()["requests"]]
        same(by_token, by_path)
        same(by_token["token"]["policies"], ["root"])
        same(c.journal(), [])
        # The control API is below it, too.
        status, _, text = c.server.ask("GET", "/_mock/requests", token=token)
        same({x["space"] for x in json.loads(text)["requests"]}, {"a.b-1"})


def tokens_that_name_no_space(binary):
    with at(binary) as c:
        Space(c, "hvs"), Space(c, "s"), Space(c, "root")
        status, _, text = c.server.ask("GET", "/v1/sys/health",
                                       token="mvs.gone:root")
        same((status, json.loads(text)["space"]), (404, "gone"))
        for token in ["hvs.x", "hvs:root", "s.root", "root:root", "mvs.root",
                      "mvs.", "Mvs.root:root", " mvs", "xmvs.root:root"]:
            status, _, text = c.server.ask("GET", "/v1/secret/data/app",
                                           token=token)
            same((token, status >= 403, "no space" in text),
                 (token, True, False))
        same([x["space"] for x in c.journal()], ["default"] * 9)
        # Nobody can choose an id that begins so.
        answer = c.ask("POST", "auth/token/create", {"id": "mvs.s:root"})
        same(answer.status, 400)


def which_of_several_names_counts(binary):
    with at(binary) as c:
        made = {n: Space(c, n, listen="127.0.0.1:0") for n in
                ("listener", "token", "header", "path")}
        for s in made.values():
            s.write(s.name)
        host, port = made["listener"].made["listen"].split("//")[1].split(":")
        names = {"path": "/s/path", "header": "header",
                 "token": "mvs.token:root"}
        for given, want in [
                ("", "listener"), ("token", "token"),
                ("header", "header"), ("path", "path"),
                ("header token", "header"), ("path token", "path"),
                ("path header", "path"), ("path header token", "path")]:
            conn = http.client.HTTPConnection(host, int(port), timeout=60)
            headers = {"X-Vault-Token": "root"}
            if "token" in given:
                headers["X-Vault-Token"] = names["token"]
            if "header" in given:
                headers["X-Mockvault-Space"] = names["header"]
            conn.request("GET", ("path" in given) * names["path"] +
                         "/v1/secret/data/app", None, headers)
            answer = Answer(conn.getresponse())
            conn.close()
            same((given, answer.json()["data"]["data"]), (given, {"k": want}))


def the_main_instance_has_a_name(binary):
    with at(binary) as c:
        a = Space(c, "a", listen="127.0.0.1:0")
        a.write("a")
        c.ask("PUT", "secret/data/app", {"data": {"k": "main"}})
        for path, headers in [
                ("/s/default/v1/secret/data/app", {}),
                ("/v1/secret/data/app", {"X-Mockvault-Space": "default"}),
                ("/v1/secret/data/app",
                 {"X-Vault-Token": "mvs.default:root"})]:
            host, port = a.made["listen"].split("//")[1].rsplit(":", 1)
            conn = http.client.HTTPConnection(host, int(port), timeout=60)
            conn.request("GET", path, None,
                         {"X-Vault-Token": "root", **headers})
            same(Answer(conn.getresponse()).json()["data"]["data"],
                 {"k": "main"})
            conn.close()
        for of, name in ((c, "default"), (a, "a")):
            for space, n in ((name, 1), (name[:1] + "*", 1), ("other", 0)):
                found = of.control("POST", "requests/find", {
                    "match": {"space": space, "method": "PUT"}}).json()
                same((space, [x["space"] for x in found["requests"]]),
                     (space, [name] * n))


def from_a_snapshot(binary):
    with at(binary) as c:
        c.ask("PUT", "secret/data/app", {"data": {"k": "kept"}})
        c.control("PUT", "snapshots/kept")
        c.ask("PUT", "secret/data/app", {"data": {"k": "later"}})
        a = Space(c, "a", **{"from": "kept"})
        same(c.control("DELETE", "snapshots/kept").status, 204)
        same(a.read(), {"k": "kept"})
        a.write("a")
        a.control("POST", "reset", {"state": True})
        same(a.read(), {"k": "kept"})


def an_empty_one(binary):
    with at(binary) as c:
        a = Space(c, "a", **{"from": "empty"})
        b = Space(c, "b", **{"from": "empty"})
        same(a.read(), False)
        same(a.made["root_token"], "root")
        a.write("a")
        same(b.read(), False)


def an_empty_one_of_a_production_server(binary):
    config = ('storage "inmem" {}\nlistener "tcp" {\n'
              '  address = "127.0.0.1:0"\n  tls_disable = true\n}\n')
    server = Server(binary, config=config, token="root")
    with steered(server) as c:
        started = Space(c, "started")
        same(started.made["root_token"], None)
        same(started.ask("GET", "sys/seal-status").json()["initialized"],
             False)
        empty = Space(c, "empty", **{"from": "empty"})
        token = {"X-Vault-Token": empty.made["root_token"]}
        same(empty.ask("GET", "sys/mounts", headers=token).status, 200)


def wrong_bodies_name_their_field(binary):
    with at(binary) as c:
        for body, field in [
                ({"from": "nobody"}, "from"),
                ({"frm": "start"}, "frm"),
                ({"clock": "soon"}, "clock"),
                ({"seed": "x"}, "seed"),
                ({"expires_in": "x"}, "expires_in"),
                ({"owner": "me"}, "owner"),
                ({"listen": "nowhere"}, "listen"),
                ({"fixtures": {"kv": {"secret/x": 3}}},
                 "fixtures.kv.secret/x"),
                ({"faults": ["slow:delay=x"]}, "faults[0]"),
                ({"faults": [{"match": {"pth": "x"}, "then": []}]},
                 "faults[0].match.pth"),
                ]:
            answer = c.control("PUT", "spaces/a", body)
            same((answer.status, answer.json().get("field", "")[:len(field)]),
                 (400, field))
        for name in ["a%20b", "x" * 65, "default", ".a"]:
            same(c.control("PUT", "spaces/" + name).json()["field"], "id")
        same(ids(c), [])


def one_that_is_not_there(binary):
    with at(binary) as c:
        Space(c, "app-1")
        for headers, path in [({}, "/s/app-2/v1/secret/data/app"),
                              ({}, "/s/app-2"),
                              ({}, "/s/app-2/_mock/requests"),
                              ({"X-Mockvault-Space": "app-2"},
                               "/v1/sys/health")]:
            status, head, text = c.server.ask("GET", path, headers=headers)
            same(status, 404)
            same(json.loads(text), {
                "errors": ["there is no space \"app-2\": "
                           "PUT /_mock/spaces/ID makes one"],
                "space": "app-2"})
        for method in ["GET", "DELETE"]:
            answer = c.control(method, "spaces/app-2")
            same(answer.status, 404)
            same(answer.json()["errors"],
                 ['no space "app-2"; did you mean "app-1"?'])
        same(c.journal(), [])


def one_in_the_place_of_another(binary):
    with at(binary) as c:
        a = Space(c, "a")
        a.write("old")
        again = Space(c, "a")
        same(again.status, 200)
        same(again.read(), {"k": "start"})
        same(ids(c), ["a"])


def listed_shown_and_dropped(binary):
    with at(binary) as c:
        a, b = Space(c, "a"), Space(c, "b")
        a.read()
        same(ids(c), ["a", "b"])
        shown = c.control("GET", "spaces/a").json()
        same(shown["requests"], 1)
        assert shown["bytes"] > 0 and shown["age_ms"] >= 0, shown
        same(c.control("DELETE", "spaces/a").status, 204)
        same(a.ask("GET", "sys/health").status, 404)
        same(ids(c), ["b"])
        same(b.control("DELETE", "spaces/b").status, 204)  # by itself
        same(ids(c), [])


def shutdown_ends_the_space_alone(binary):
    with at(binary) as c:
        a = Space(c, "a")
        same(a.control("POST", "shutdown").status, 200)
        same(ids(c), [])
        same(c.ask("GET", "sys/health").status, 200)


def a_connection_asks_several(binary):
    with at(binary) as c:
        spaces = [Space(c, "s%d" % i) for i in range(3)]
        conn = http.client.HTTPConnection(c.server.host, c.server.port)
        for s in spaces:
            same(s.call("PUT", "v1/secret/data/app",
                        {"data": {"k": s.name}}, conn=conn).status, 200)
        for s in spaces:
            answer = s.call("GET", "v1/secret/data/app", conn=conn)
            same(answer.json()["data"]["data"], {"k": s.name})
            same(c.control("DELETE", "spaces/" + s.name).status, 204)
        conn.request("GET", "/v1/sys/health")
        same(conn.getresponse().status, 200)
        conn.close()


def its_own_listener(binary):
    with at(binary) as c:
        a = Space(c, "a", listen="127.0.0.1:0")
        a.write("a")
        host, port = a.made["listen"].split("//")[1].rsplit(":", 1)

        def read():
            conn = http.client.HTTPConnection(host, int(port), timeout=60)
            conn.request("GET", "/v1/secret/data/app", None,
                         {"X-Vault-Token": "root"})
            answer = Answer(conn.getresponse())
            return answer.json()["data"]["data"], conn

        found, conn = read()
        same(found, {"k": "a"})
        same(c.control("DELETE", "spaces/a").status, 204)
        same(conn.sock.recv(1), b"")  # its connections end
        try:
            read()
        except ConnectionRefusedError:
            return
        raise AssertionError("the listener is still there")


def locations_keep_the_prefix(binary):
    with at(binary) as c:
        a = Space(c, "a")
        same(a.call("GET", "v1//sys/health").header("location"),
             "/s/a/v1/sys/health")
        same(a.control("PUT", "outages/redirect", {"params": {
            "to": "http://127.0.0.1:8210"}}).status, 200)
        where = a.ask("GET", "secret/data/app").header("location")
        same(where.split("/", 3)[3], "s/a/v1/secret/data/app")
        a.control("DELETE", "outages/redirect")


def journal_rules_and_events_bear_the_name(binary):
    with at(binary) as c:
        a = Space(c, "a", faults=[
            {"id": "tea", "match": {"space": "a", "path": "secret/data/tea"},
             "then": [{"respond": {"status": 418}}]}])
        same(a.ask("GET", "secret/data/tea").status, 418)
        same(c.ask("GET", "secret/data/tea").status, 404)
        found = a.control("POST", "requests/find", {}).json()["requests"]
        same([(x["space"], x["path"], x["rule"]) for x in found],
             [("a", "secret/data/tea", "tea")])
        same(c.journal()[0]["space"], "default")
        a.control("POST", "reset")  # the rules of its beginning are there
        same(a.ask("GET", "secret/data/tea").status, 418)
        for of, want in [(a, "a"), (c, "default")]:
            of.control("PUT", "clock", {"mode": "frozen"})
            conn = http.client.HTTPConnection(c.server.host, c.server.port,
                                              timeout=60)
            conn.request("GET", (a.path("") if of is a else "/") +
                         "_mock/events?types=clock&last_event_id=0")
            answer = conn.getresponse()
            data = ""
            while not data.startswith("data: "):
                data = answer.readline().decode()
                assert data, "the stream has ended"
            same(json.loads(data[6:]).get("space"), want)
            conn.close()


def clocks_seals_and_seeds(binary):
    with at(binary) as c:
        a = Space(c, "a", clock="frozen@2030-01-02T03:04:05Z", seed=7)
        b = Space(c, "b", seed=7)
        same(a.ask("GET", "sys/health").json()["server_time_utc"], 1893553445)
        same(a.ask("GET", "sys/health").header("date"),
             "Wed, 02 Jan 2030 03:04:05 GMT")
        a.control("POST", "clock/advance", {"by": "1h"})
        same(a.ask("GET", "sys/health").json()["server_time_utc"], 1893557045)
        a.control("POST", "reset", {"clock": True})
        same(a.ask("GET", "sys/health").json()["server_time_utc"], 1893553445)
        same(a.ask("PUT", "sys/seal").status, 204)
        same([x.ask("GET", "sys/seal-status").json()["sealed"]
              for x in (a, b)], [True, False])
        same(c.ask("GET", "sys/seal-status").json()["sealed"], False)
        twins = [Space(c, name, seed=7) for name in "de"]
        same(*[x.ask("POST", "auth/token/create", {}).json()
               ["auth"]["client_token"] for x in twins])


def refused_and_reset_is_the_space_alone(binary):
    with at(binary) as c:
        a, b = Space(c, "a", listen="127.0.0.1:0"), Space(c, "b")
        conns = {}
        for s in (a, b):
            conns[s.name] = http.client.HTTPConnection(
                c.server.host, c.server.port, timeout=60)
            same(s.call("GET", "v1/sys/health",
                        conn=conns[s.name]).status, 200)
        same(a.control("PUT", "outages/refuse").status, 200)
        for conn in (conns["a"], None):
            try:
                a.call("GET", "v1/sys/health", conn=conn)
                raise AssertionError("answered")
            except (ConnectionError, http.client.HTTPException):
                pass
        host, port = a.made["listen"].split("//")[1].rsplit(":", 1)
        try:
            socket.create_connection((host, int(port))).close()
            raise AssertionError("accepted")
        except ConnectionRefusedError:
            pass
        same(b.call("GET", "v1/sys/health", conn=conns["b"]).status, 200)
        same(c.ask("GET", "sys/health").status, 200)
        same(a.control("DELETE", "outages/refuse").status, 204)
        same(a.ask("GET", "sys/health").status, 200)
        socket.create_connection((host, int(port))).close()


def troubles_of_the_main_instance_are_its_own(binary):
    """Once there are spaces, its address stays open to them."""
    with at(binary) as c:
        a = Space(c, "a")
        kept = http.client.HTTPConnection(
            c.server.host, c.server.port, timeout=60)
        same(a.call("GET", "v1/sys/health", conn=kept).status, 200)
        quiet = c.connect()  # it has asked nothing yet

        def main_is_reset(conn=None):
            try:
                (conn or c.connect()).sendall(
                    b"GET /v1/sys/health HTTP/1.1\r\nHost: x\r\n\r\n")
                return conn and conn.recv(1) == b""
            except ConnectionError:
                return True

        def ask_main():
            try:
                return c.ask("GET", "sys/health").status
            except (ConnectionError, http.client.HTTPException):
                return 0

        same(c.control("PUT", "outages/refuse").status, 200)
        same(ask_main(), 0)
        same(a.call("GET", "v1/sys/health", conn=kept).status, 200)
        same(a.read(), {"k": "start"})
        quiet.sendall(b"GET /s/a/v1/sys/health HTTP/1.1\r\nHost: x\r\n\r\n")
        same(quiet.recv(12), b"HTTP/1.1 200")
        # One that comes opens the address, the last that goes closes it.
        same(c.control("DELETE", "spaces/a").status, 204)
        try:
            c.connect()
            raise AssertionError("accepted")
        except ConnectionRefusedError:
            pass
        b = Space(c, "b")
        same(b.read(), {"k": "start"})
        same(ask_main(), 0)
        same(c.control("DELETE", "outages/refuse").status, 204)
        same(ask_main(), 200)

        same(c.control("PUT", "clock", {"mode": "frozen"}).status, 200)
        same(c.control("PUT", "outages/blackhole").status, 200)
        waits = c.connect()
        waits.sendall(b"GET /v1/sys/health HTTP/1.1\r\nHost: x\r\n\r\n")
        same(b.read(), {"k": "start"})
        waits.settimeout(0)
        try:
            waits.recv(1)
            raise AssertionError("answered")
        except BlockingIOError:
            waits.settimeout(60)
        same(c.control("DELETE", "outages/blackhole").status, 204)
        same(waits.recv(12), b"HTTP/1.1 200")


def a_black_hole_answers_later(binary):
    with at(binary) as c:
        a = Space(c, "a")
        same(a.control("PUT", "clock", {"mode": "frozen"}).status, 200)
        same(a.control("PUT", "outages/blackhole").status, 200)
        conn, gone = [http.client.HTTPConnection(
            c.server.host, c.server.port, timeout=60) for _ in "12"]
        for one in (conn, gone):
            one.request("GET", "/s/a/v1/sys/health")
        gone.close()
        same(c.ask("GET", "sys/health").status, 200)
        same(a.control("DELETE", "outages/blackhole").status, 204)
        same(conn.getresponse().status, 200)
        conn.close()


def dropped_while_requests_wait(binary):
    with at(binary) as c:
        a = Space(c, "a", faults=[{"id": "h", "match": {"path": "secret/data/app"},
                                   "then": [{"hold": True}]}])
        conn = c.connect()
        conn.sendall(b"GET /s/a/v1/secret/data/app HTTP/1.1\r\nHost: x\r\n"
                     b"X-Vault-Token: root\r\n\r\n")
        while not a.control("GET", "requests").json()["requests"]:
            pass
        same(c.control("DELETE", "spaces/a").status, 204)
        try:
            same(conn.recv(1), b"")
        except ConnectionResetError:
            pass
        same(ids(c), [])


def it_ends_with_its_connection(binary):
    with at(binary) as c:
        conn = http.client.HTTPConnection(*c.admin, timeout=60)
        for name in ("a", "b"):
            conn.request("PUT", "/_mock/spaces/" + name,
                         '{"owner":"connection"}')
            same(Answer(conn.getresponse()).status, 201)
        Space(c, "stays")
        same(ids(c), ["a", "b", "stays"])
        conn.close()
        while ids(c) != ["stays"]:
            pass


def it_ends_after_its_time(binary):
    with at(binary) as c:
        a = Space(c, "a", expires_in="50ms")
        assert a.made["expires_at"], a.made
        b = Space(c, "b", expires_in="1h")
        b.control("POST", "clock/advance", {"by": "2h"})  # real time counts
        while "a" in ids(c):
            pass
        same(ids(c), ["b"])


def no_more_than_may_be(binary):
    with at(binary, "-spaces-max=2") as c:
        Space(c, "a"), Space(c, "b")
        answer = c.control("PUT", "spaces/c")
        same(answer.status, 409)
        assert "-spaces-max" in answer.json()["errors"][0], answer.body
        same(Space(c, "b").status, 200)
        same(ids(c), ["a", "b"])
    with at(binary, "-spaces-max=0") as c:
        same(c.control("PUT", "spaces/a").status, 409)
        status, _, text = c.server.ask("GET", "/s/a/v1/sys/health")
        same((status, "space" in text), (404, False))
        status, _, text = c.server.ask("GET", "/v1/secret/data/app",
                                       token="mvs.default:root")
        assert status >= 403, text


def servers_that_have_none_say_why(binary):
    def refused(c, why):
        for method, path in [("PUT", "spaces/a"), ("GET", "spaces"),
                             ("DELETE", "spaces/a")]:
            answer = c.control(method, path)
            same((answer.status, answer.json()["errors"][0].startswith(why)),
                 (409, True))

    for flag in ["-nodes", "-database-live"]:
        with at(binary, flag + ("=3" if flag == "-nodes" else "")) as c:
            refused(c, "a server with %s has no spaces: " % flag)
    with at(binary, "-spaces-max=0") as c:
        refused(c, "-spaces-max=0: this server has no spaces")
        with steered(Server(binary, "-upstream=" + c.server.url,
                            "-listen=127.0.0.1:0", "-admin-addr=127.0.0.1:0",
                            plain=True, command="proxy")) as proxy:
            refused(proxy, "this call is about a state of mockvault's own, ")
    config = ('storage "raft" {\n  path = "@HOME@/data"\n  node_id = "a"\n}\n'
              'listener "tcp" { address = "127.0.0.1:0" tls_disable = true }\n'
              'cluster_addr = "https://127.0.0.1:8201"\n')
    with steered(Server(binary, config=config)) as c:
        refused(c, "a server with Raft storage and a node_id has no ")


# ---- a hundred at once ----

def exercise(c, number):
    """What one test does in its space; every second one has troubles too."""
    name = "t%d" % number
    s = Space(c, name, fixtures={"kv": {"secret/own": {"k": name}}})
    want = []

    def read(path, value):
        want.append(path)
        same(s.read(path), value)

    read("secret/data/own", {"k": name})
    if number % 2:
        same(s.control("PUT", "outages/sealed").status, 200)
        read("secret/data/own", False)
        same(s.control("DELETE", "outages/sealed").status, 204)
        same(s.control("POST", "clock/advance", {"by": "720h"}).status, 200)
        want.append("secret/data/own")
        s.write("changed", "secret/data/own")
        read("secret/data/own", {"k": "changed"})
        same(s.paths(), want)
        same(s.control("POST", "reset").status, 200)
        want.clear()
    for turn in range(3):
        want.append("secret/data/turn")
        s.write("%s-%d" % (name, turn), "secret/data/turn")
        read("secret/data/turn", {"k": "%s-%d" % (name, turn)})
    read("secret/data/own", {"k": name})
    same(s.paths(), want)
    return s, want


def a_hundred_side_by_side(binary):
    with at(binary) as c:
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            done = list(pool.map(lambda n: exercise(c, n), range(100)))
        for s, want in done:
            same(s.paths(), want)
            same(s.read("secret/data/turn"), {"k": s.name + "-2"})
        same(c.journal(), [])
        same(len(ids(c)), 100)
        for s, _ in done:
            same(c.control("DELETE", "spaces/" + s.name).status, 204)
        same(ids(c), [])


TESTS = [a_copy_of_the_start, by_a_header, by_its_tokens_prefix,
         tokens_that_name_no_space, which_of_several_names_counts,
         the_main_instance_has_a_name, servers_that_have_none_say_why,
         troubles_of_the_main_instance_are_its_own,
         from_a_snapshot, an_empty_one,
         an_empty_one_of_a_production_server, wrong_bodies_name_their_field,
         one_that_is_not_there, one_in_the_place_of_another,
         listed_shown_and_dropped, shutdown_ends_the_space_alone,
         a_connection_asks_several, its_own_listener,
         locations_keep_the_prefix, journal_rules_and_events_bear_the_name,
         clocks_seals_and_seeds, refused_and_reset_is_the_space_alone,
         a_black_hole_answers_later, dropped_while_requests_wait,
         it_ends_with_its_connection, it_ends_after_its_time,
         no_more_than_may_be, a_hundred_side_by_side]

if __name__ == "__main__":
    sys.exit(run(TESTS, *sys.argv[1:]))
