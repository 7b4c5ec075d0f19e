#!/usr/bin/env python3
"""proxy.py BINARY: mockvault before another server: what passes unchanged, and
what rules and the journal make of it.

Closes with 'N passed, N failed'."""
import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from tests.support.server import Server, started  # noqa: E402
from tests.support.control_client import Control, steered  # noqa: E402
from tests.support.suite import run, same  # noqa: E402

BINARY = sys.argv[1]
ADMIN = "--admin-addr=127.0.0.1:0"


def proxied(upstream, *args):
    """A proxy before a URL, and its control API."""
    return steered(Server(
        BINARY, "-upstream=" + upstream, "-listen=127.0.0.1:0", ADMIN, *args,
        plain=True, command="proxy"))


class Upstream:
    """A server of one script: for each connection, fn(socket, number). What
    came is in heads, a request's head each."""

    def __init__(self, fn):
        self.fn = fn
        self.heads = []
        self.count = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.socket.getsockname()[1]
        self.threads = [threading.Thread(target=self.accept, daemon=True)]
        self.threads[0].start()

    def accept(self):
        while True:
            try:
                conn, _ = self.socket.accept()
            except OSError:
                return
            conn.settimeout(20)
            self.count += 1
            thread = threading.Thread(
                target=self.serve, args=(conn, self.count), daemon=True)
            self.threads.append(thread)
            thread.start()

    def serve(self, conn, number):
        with conn:
            try:
                self.fn(self, conn, number)
            except OSError:
                pass

    def head(self, conn):
        """The next request's head, "" at the end."""
        text = b""
        while not text.endswith(b"\r\n\r\n"):
            byte = conn.recv(1)
            if not byte:
                return ""
            text += byte
        self.heads.append(text.decode())
        return self.heads[-1]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()


def answers(text):
    """An upstream's script: every request gets these bytes."""
    def fn(up, conn, _):
        while up.head(conn):
            conn.sendall(text)
    return fn


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def exchange(port, data):
    """The bytes of one answer; its connection ends with it."""
    with socket.create_connection(("127.0.0.1", port)) as conn:
        conn.settimeout(20)
        conn.sendall(data)
        got = b""
        while True:
            piece = conn.recv(65536)
            if not piece:
                return got
            got += piece


def parts(answer):
    """Status line, headers without Date, body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    return (lines[0], sorted(h for h in lines[1:]
                             if not h.startswith(b"Date:")), body)


# ---- what passes ----

def raw(method, target, headers=(), body=b""):
    lines = ["%s %s HTTP/1.1" % (method, target), "Host: v",
             "X-Vault-Token: root", "Connection: close", *headers]
    if body:
        lines.append("Content-Length: %d" % len(body))
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answers_are_byte_for_byte_the_same():
    with started(BINARY, ADMIN) as up, proxied(up.url) as c:
        up.insist(200, "POST", "secret/data/a", {"data": {"k": "v" * 5000}})
        up.insist(204, "PUT", "sys/policies/acl/app", {"policy": "# none"})
        for data in (
                raw("GET", "/v1/secret/data/a"),
                raw("GET", "/v1/secret/metadata/?list=true"),
                raw("LIST", "/v1/secret/metadata"),
                raw("GET", "/v1/secret/data/none"),
                raw("GET", "/v1/sys/health?standbyok=1"),
                raw("HEAD", "/v1/sys/health"),
                raw("PUT", "/v1/sys/policies/acl/b", (), b'{"policy":"# none"}'),
                raw("DELETE", "/v1/sys/policies/acl/b"),
                raw("GET", "/v1/sys//mounts"),
                raw("GET", "/v1/no/such/path"),
                raw("GET", "/"),
                raw("POST", "/v1/secret/data/b", (), b"no json"),
                raw("OPTIONS", "/v1/sys/health", ("Origin: http://x",))):
            direct = parts(exchange(up.port, data))
            passed = parts(exchange(c.server.port, data))
            line = data.split(b"\r\n")[0]
            for a, b in zip(direct, passed):
                if b"request_id" in a:  # another one each time
                    a, b = (json.loads(x) for x in (a, b))
                    assert a.pop("request_id") != b.pop("request_id")
                same((line, b), (line, a))


def the_request_passes_as_it_came():
    with Upstream(answers(OK)) as up, proxied(up.url) as c:
        target = "/v1/a%2Fb/%7e//x/../y?b=1&a=%20&&list=true#f"
        same(exchange(c.server.port, (
            "XYZ %s HTTP/1.1\r\nhOsT: other.example\r\nX-One: 1\r\n"
            "X-oNE: 2 \r\nConnection: close, x-drop\r\nX-Drop: y\r\n"
            "Keep-Alive: 3\r\nTE: trailers\r\nAccept-Encoding: gzip\r\n"
            "Upgrade: h2c\r\n\r\n" % target).encode())[:15],
            b"HTTP/1.1 200 OK")
        same(up.heads, [
            "XYZ %s HTTP/1.1\r\nhOsT: other.example\r\nX-One: 1\r\n"
            "X-oNE: 2\r\nAccept-Encoding: gzip\r\n\r\n" % target])


def the_host_header_can_be_another():
    with Upstream(answers(OK)) as up, \
            proxied(up.url, "-upstream-host=vault.example") as c:
        c.ask("GET", "sys/health")
        assert "\r\nHost: vault.example\r\n" in up.heads[0], up.heads


def an_answer_passes_as_it_came():
    said = (b"HTTP/1.1 299 Who Knows\r\nX-B: 1\r\nx-a:  2\r\nX-B: 3\r\n"
            b"Connection: x-gone\r\nX-Gone: 1\r\nKeep-Alive: 5\r\n"
            b"Content-Type: text/x\r\nContent-Length: 3\r\n\r\nabc")
    with Upstream(answers(said)) as up, proxied(up.url) as c:
        same(exchange(c.server.port, raw("GET", "/v1/x")), (
            b"HTTP/1.1 299 Who Knows\r\nX-B: 1\r\nx-a: 2\r\nX-B: 3\r\n"
            b"Content-Type: text/x\r\nContent-Length: 3\r\n"
            b"Connection: close\r\n\r\nabc"))


def connections_are_used_again():
    with Upstream(answers(OK)) as up, proxied(up.url) as c:
        for _ in range(3):
            same(c.ask("GET", "a").status, 200)
        same((up.count, len(up.heads)), (1, 3))


def a_connection_that_was_closed_is_replaced():
    def once(up, conn, _):
        up.head(conn)
        conn.sendall(OK)
        if up.head(conn):
            return  # closed without an answer
    with Upstream(once) as up, proxied(up.url) as c:
        same([c.ask("GET", "a").status for _ in range(2)], [200, 200])
        same(len(up.heads), 3)
        # A write may have had its effect: it is not sent twice.
        same(c.ask("POST", "a", {}).status, 502)
        same(len(up.heads), 4)


def bodies_pass_chunked():
    def echo(up, conn, _):
        head = up.head(conn)
        body = b""
        while not body.endswith(b"0\r\n\r\n"):
            body += conn.recv(100)
        up.bodies = head, body
        conn.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                     b"3;x=1\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n")
    with Upstream(echo) as up, proxied(up.url) as c:
        got = exchange(c.server.port, (
            b"POST /v1/x HTTP/1.1\r\nHost: v\r\nConnection: close\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
            b"4\r\nwxyz\r\n1\r\n!\r\n0\r\n\r\n"))
        assert "Transfer-Encoding: chunked" in up.bodies[0], up.bodies
        same(up.bodies[1], b"5\r\nwxyz!\r\n0\r\n\r\n")
        head, _, body = got.partition(b"\r\n\r\n")
        assert b"Transfer-Encoding: chunked" in head, head
        data = b""
        while body:
            size, _, body = body.partition(b"\r\n")
            n = int(size, 16)
            data, body = data + body[:n], body[n + 2:]
        same(data, b"abcde")


def an_answer_to_the_end_of_the_connection():
    def fn(up, conn, _):
        up.head(conn)
        conn.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 100000)
    with Upstream(fn) as up, proxied(up.url) as c:
        same(c.ask("GET", "x").body, b"x" * 100000)
        # and to a client that knows no chunks
        got = exchange(c.server.port, b"GET /v1/x HTTP/1.0\r\n\r\n")
        same(got.partition(b"\r\n\r\n")[2], b"x" * 100000)


def large_bodies_pass_without_being_held():
    """Neither side runs ahead: while the upstream does not read, the client
    cannot send all of it, and the other way round."""
    size = 64 << 20
    go = threading.Event()

    def fn(up, conn, _):
        up.head(conn)
        go.wait(20)
        left = size
        while left:
            left -= len(conn.recv(1 << 20))
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        piece, up.sent = b"x" * (1 << 20), 0
        conn.settimeout(1)
        try:
            while up.sent < size:
                up.sent += conn.send(piece)
        except socket.timeout:
            pass
        up.stopped = up.sent
        conn.settimeout(20)
        while up.sent < size:
            up.sent += conn.send(piece[:size - up.sent])
    with Upstream(fn) as up, proxied(up.url) as c, c.connect() as conn:
        conn.sendall(b"PUT /v1/x HTTP/1.1\r\nHost: v\r\n"
                     b"Content-Length: %d\r\n\r\n" % size)
        sent, piece = 0, b"y" * (1 << 20)
        conn.settimeout(1)
        try:
            while sent < size:
                sent += conn.send(piece)
        except socket.timeout:
            pass
        assert sent < size / 2, sent
        conn.settimeout(20)
        go.set()
        while sent < size:
            sent += conn.send(piece[:size - sent])
        answer = http.client.HTTPResponse(conn)
        answer.begin()
        up.threads[-1].join(5)  # it is stuck, or done too early
        assert up.stopped < size / 2, up.stopped
        got = 0
        while True:
            piece = answer.read(1 << 20)
            if not piece:
                break
            got += len(piece)
        same(got, size)
        with open("/proc/%d/status" % c.server.process.pid) as f:
            peak = next(x for x in f if x.startswith("VmHWM")).split()[1]
        assert int(peak) < 400 << 10 or "asan" in os.environ.get(
            "ASAN_OPTIONS", ""), peak


def an_answer_that_comes_slowly_comes_at_once():
    more = threading.Event()

    def fn(up, conn, _):
        up.head(conn)
        conn.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                     b"5\r\nfirst\r\n")
        more.wait(20)
        conn.sendall(b"4\r\nlast\r\n0\r\n\r\n")
    with Upstream(fn) as up, proxied(up.url) as c, c.connect() as conn:
        conn.sendall(raw("GET", "/v1/sys/monitor"))
        answer = http.client.HTTPResponse(conn)
        answer.begin()
        same(answer.read(5), b"first")
        more.set()
        same(answer.read(), b"last")


def pipelined_requests_keep_their_order():
    with started(BINARY, ADMIN) as up, proxied(up.url) as c:
        for i in range(5):
            up.insist(200, "POST", "secret/data/%d" % i, {"data": {"i": i}})
        with c.connect() as conn:
            conn.sendall(b"".join(
                b"GET /v1/secret/data/%d HTTP/1.1\r\nHost: v\r\n"
                b"X-Vault-Token: root\r\n\r\n" % i for i in range(5)))
            stream = conn.makefile("rb")
            for i in range(5):
                assert stream.readline().startswith(b"HTTP/1.1 200")
                length = None
                for line in iter(stream.readline, b"\r\n"):
                    if line.lower().startswith(b"content-length"):
                        length = int(line.split(b":")[1])
                body = json.loads(stream.read(length))
                same(body["data"]["data"], {"i": i})


# ---- TLS ----

def tls_on_both_sides():
    with steered(Server(BINARY, ADMIN, "-dev-tls")) as up:
        up.ask("POST", "secret/data/a", {"data": {"k": "v"}})
        url = up.server.url
        with proxied(url, "-ca=" + up.server.cafile, "-dev-tls") as c:
            same(c.server.url[:8], "https://")
            for _ in range(2):
                same(c.ask("GET", "secret/data/a").json()["data"]["data"],
                     {"k": "v"})
            # the proxy's own connection is used again
            seen = {e["conn"]["id"] for e in up.journal(
                match={"path": "secret/data/a", "op": "read"})}
            same(len(seen), 1)
        with proxied(url) as c:
            answer = c.ask("GET", "secret/data/a")
            same(answer.status, 502)
            assert "certificate is not trusted" in answer.json()[
                "errors"][0], answer.body
        with proxied(url, "-tls-skip-verify") as c:
            same(c.ask("GET", "secret/data/a").status, 200)
        with proxied(url, "-ca=" + up.server.cafile,
                     "-tls-server-name=other.example") as c:
            assert b"mismatch" in c.ask("GET", "secret/data/a").body


CONFIG = """
storage "inmem" {}
listener "tcp" {
  address = "127.0.0.1:0"
  tls_cert_file = "@HOME@/cert.pem"
  tls_key_file = "@HOME@/key.pem"
  tls_client_ca_file = "@HOME@/cert.pem"
  tls_require_and_verify_client_cert = true
}
"""


def a_client_certificate_is_shown():
    with started(BINARY, ADMIN, config=CONFIG) as up:
        key = up.ca.replace("cert.pem", "key.pem")
        with proxied(up.url, "-ca=" + up.ca) as c:
            same(c.ask("GET", "sys/seal-status").status, 502)
        with proxied(up.url, "-ca=" + up.ca, "-client-cert=" + up.ca,
                     "-client-key=" + key, "-tls-cert-file=" + up.ca,
                     "-tls-key-file=" + key) as c:
            c.context = ssl.create_default_context(cafile=up.ca)
            same(c.ask("GET", "sys/seal-status").json()["sealed"], True)


# ---- an upstream that fails ----

def an_upstream_that_is_not_there():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = "http://127.0.0.1:%d" % port
    with proxied(url) as c:
        answer = c.ask("GET", "secret/data/a")
        same((answer.status, answer.json()), (502, {"errors": [
            "mockvault proxy: %s: Connection refused" % url]}))
    with proxied("http://no-such-host.invalid") as c:
        same(c.ask("GET", "a").status, 502)


def an_upstream_that_ends_too_early():
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"
    for text, status in (
            (b"", 502), (b"garbage\r\n\r\n", 502), (cut, 502),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
             b"Content-Length: 2\r\n\r\n", 502),
            (b"HTTP/1.1 101 Switching\r\n\r\n", 502)):
        def fn(up, conn, _):
            up.head(conn)
            conn.sendall(text)
        with Upstream(fn) as up, proxied(up.url) as c:
            same((text, c.ask("GET", "x").status), (text, status))


def an_answer_that_is_cut_is_seen_as_cut():
    def fn(up, conn, _):
        up.head(conn)
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\nabc")
    with Upstream(fn) as up, proxied(up.url) as c:
        try:
            c.ask("GET", "x")
        except http.client.IncompleteRead as e:
            same(e.partial, b"abc")
        else:
            raise AssertionError("the end was not missed")
        entry, = c.journal(match={"path": "x"})
        same(entry["error"], "the answer ends too early")


def an_upstream_that_does_not_answer():
    hang = threading.Event()

    def fn(up, conn, _):
        up.head(conn)
        hang.wait(20)
    with Upstream(fn) as up, proxied(up.url, "-upstream-timeout=200ms") as c:
        same(c.ask("GET", "x").status, 504)
        hang.set()


def a_client_that_leaves_takes_its_request_along():
    gone = threading.Event()

    def fn(up, conn, _):
        up.head(conn)
        if conn.recv(1) == b"":
            gone.set()
    with Upstream(fn) as up, proxied(up.url) as c:
        with c.connect() as conn:
            conn.sendall(raw("GET", "/v1/x"))
            c.wait_open("x")
            # an RST: a FIN alone may be half of a conversation
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            b"\1\0\0\0\0\0\0\0")
        assert gone.wait(10)
        entry, = c.journal(match={"path": "x"})
        same(entry["status"], 0)


def options_that_will_not_do():
    for args, text in (
            ((), "-upstream=URL"),
            (("-upstream=ftp://x",), "http or https"),
            (("-upstream=x",), "is no URL"),
            (("-upstream=http://x/v1",), "host and port alone"),
            (("-upstream=https://x", "-ca=/none"), "-ca /none"),
            (("-upstream=https://x", "-client-cert=/none"), "together"),
            (("-upstream=http://x", "-upstream-timeout=x"), "duration"),
            (("-upstream=http://x", "-db=x"), "another server's")):
        ended = subprocess.run([BINARY, "proxy", *args], capture_output=True,
                               text=True, timeout=60)
        same(ended.returncode, 1)
        assert text in ended.stderr, (args, ended.stderr)
        assert "runtime error" not in ended.stderr, ended.stderr


# ---- rules, outages, journal ----

def mocked():
    """A mockvault with a secret, and a proxy before it."""
    up = Server(BINARY, ADMIN)
    up.insist(200, "POST", "secret/data/a", {"data": {"k": "v" * 3000}})
    return up


class faulty:
    """The proxy's control API; up is the server behind."""

    def __enter__(self):
        self.up = mocked()
        self.inner = proxied(self.up.url)
        c = self.inner.__enter__()
        c.up = self.up
        return c

    def __exit__(self, *error):
        self.inner.__exit__(*error)
        self.up.kill()


def add(c, **rule):
    answer = c.control("POST", "faults", rule)
    assert answer.status == 201, answer.body


def seen_by_upstream(c, path="secret/data/a"):
    entries = Control(c.up).journal(match={"path": path})
    return [e["method"] for e in entries]


def a_rule_answers_in_its_place():
    with faulty() as c:
        add(c, id="down", match={"path": "secret/**"}, when={"times": 1},
            then=[{"respond": {"status": 503, "errors": ["no"]}}])
        answer = c.ask("GET", "secret/data/a")
        same((answer.status, answer.json(), answer.header("X-Mockvault-Rule")
              or answer.header("x-mockvault-rule")),
             (503, {"errors": ["no"]}, "down"))
        same(seen_by_upstream(c), ["POST"])
        same(c.ask("GET", "secret/data/a").status, 200)
        same(seen_by_upstream(c), ["POST", "GET"])
        same([(e["status"], e["rule"]) for e in c.journal(
            match={"path": "secret/data/a"})], [(503, "down"), (200, None)])


def a_rule_answers_after_the_effect():
    with faulty() as c:
        add(c, match={"op": "write"}, commit="before-fault",
            then=[{"respond": {"status": 500, "errors": ["lost"]}}])
        same(c.ask("POST", "secret/data/b", {"data": {"k": "w"}}).status, 500)
        same(c.ask("GET", "secret/data/b").json()["data"]["data"],
             {"k": "w"})


def a_delay_comes_before_the_upstream():
    with faulty() as c:
        add(c, id="late", match={"path": "secret/data/a"},
            then=[{"hold": True}])
        answers = []
        thread = threading.Thread(
            target=lambda: answers.append(c.ask("GET", "secret/data/a")))
        thread.start()
        c.wait_open("secret/data/a")
        same(seen_by_upstream(c), ["POST"])
        c.control("POST", "faults/late/release")
        thread.join(20)
        same((answers[0].status, answers[0].header("x-mockvault-rule")),
             (200, "late"))


def an_answer_is_cut_by_a_rule():
    with faulty() as c:
        direct = c.up.insist(200, "GET", "secret/data/a")
        add(c, id="cut", match={"path": "secret/data/a"},
            then=[{"truncate": {"bytes": 100}}])
        got = exchange(c.server.port, raw("GET", "/v1/secret/data/a"))
        head, _, body = got.partition(b"\r\n\r\n")
        assert got.startswith(b"HTTP/1.1 200 OK\r\n"), got
        same((len(body), body[:14]), (100, b'{"request_id":'))
        c.control("DELETE", "faults")
        same(c.ask("GET", "secret/data/a").json()["data"], direct["data"])


def a_reset_and_a_slow_body():
    with faulty() as c:
        add(c, match={"path": "secret/data/a"}, when={"times": 1},
            then=[{"reset": {"at": "headers"}}])
        try:
            c.ask("GET", "secret/data/a")
        except OSError:
            pass
        else:
            raise AssertionError("no reset")
        add(c, match={"path": "secret/data/a"}, then=[
            {"dribble": {"pieces": 4, "every": "1ms"}}])
        got = c.ask("GET", "secret/data/a").json()
        same(got["data"]["data"], {"k": "v" * 3000})


def bodies_that_are_long_meet_rules_too():
    size = 3 << 20
    with faulty() as c:
        add(c, id="no", match={"path": "x"}, then=[
            {"respond": {"status": 503, "errors": ["no"]}}])
        with c.connect() as conn:
            conn.sendall(b"PUT /v1/x HTTP/1.1\r\nHost: v\r\n"
                         b"Content-Length: %d\r\n\r\n" % size)
            try:
                conn.sendall(b"y" * size)
            except OSError:
                pass
            answer = http.client.HTTPResponse(conn)
            answer.begin()
            same((answer.status, answer.getheader("Connection")),
                 (503, "close"))


def outages_of_a_state_are_refused():
    with faulty() as c:
        for outage, params in (
                ("sealed", {}), ("amnesia", {}), ("uninitialized", {}),
                ("token-revoked", {}), ("kv-deleted", {"path": "secret/a"}),
                ("no-leader", {}), ("dns-switch", {"as": "sealed"}),
                ("lease-gone", {"as": "revoked"})):
            answer = c.control("PUT", "outages/" + outage,
                               {"params": params})
            same((outage, answer.status), (outage, 400))
            text = answer.json()["errors"][0]
            assert "that of " + c.up.url in text, text
        for outage, params in (
                ("slow", {"delay": "1ms"}), ("rate-limit", {}),
                ("lease-gone", {"as": "expired"}), ("overloaded", {}),
                ("redirect", {"to": "loop"}), ("lb-html", {})):
            c.on(outage, params)
            c.off(outage)
        same(c.control("GET", "outages").json()["outages"][0].get("active"),
             False)
        same(c.ask("GET", "secret/data/a").status, 200)


def calls_about_a_state_are_refused():
    with faulty() as c:
        for method, path in (
                ("GET", "state"), ("PUT", "snapshots/a"), ("POST", "populate"),
                ("GET", "database/statements"), ("GET", "nodes")):
            answer = c.control(method, path, {})
            same((path, answer.status), (path, 409))
            assert c.up.url in answer.json()["errors"][0]
        for claim in ({"tokens": {"leaked": 0}}, {"secrets_in": "path"}):
            answer = c.control("POST", "requests/verify", claim)
            same(answer.status, 400)
        same(c.control("GET", "clock").status, 200)


def fixtures_tell_the_mounts():
    """A rule on a mount's type knows the mounts that it was told."""
    mounts = json.dumps({"mounts": {
        "team/": {"type": "kv", "options": {"version": "2"}}}})
    with started(BINARY, ADMIN, "-fixtures=" + mounts) as up:
        for args, status in ((("-fixtures=" + mounts,), 503), ((), 404)):
            with proxied(up.url, *args) as c:
                add(c, match={"mount": {"type": "kv", "version": "2"},
                              "path": "team/**"},
                    then=[{"respond": {"status": 503, "errors": ["no"]}}])
                same(c.ask("GET", "team/data/a").status, status)


def the_journal_verifies():
    with faulty() as c:
        c.control("DELETE", "requests")
        for _ in range(3):
            c.ask("GET", "secret/data/a")
        c.ask("GET", "secret/data/none")
        refused = c.ask("PUT", "auth/userpass/login/x", {"password": "p"})
        same(c.control("POST", "requests/verify", {
            "match": {"op": "read"}, "status": 200, "times": 3}).status, 200)
        same(c.control("POST", "requests/verify", {
            "match": {"op": "read"}, "status": 200, "times": 4}).status, 422)
        entry = c.journal(match={"op": "login"})[0]
        same((entry["status"], entry["error"]),
             (refused.status, refused.json()["errors"][0]))
        assert all(e["bytes"] > 0 for e in c.journal(
            match={"op": "read"}, status=200))


def a_scenario_runs_before_it():
    with faulty() as c:
        scenario = {"version": 1, "name": "blip", "timeline": [
            {"at": "0s", "do": {"outage": "lb-html"}}]}
        answer = c.control("PUT", "scenarios/blip", scenario)
        assert answer.status in (200, 201), answer.body
        answer = c.control("POST", "scenarios/blip/start")
        assert answer.status == 200, answer.body
        same(c.ask("GET", "secret/data/a").status, 502)


sys.exit(run([
    answers_are_byte_for_byte_the_same, the_request_passes_as_it_came,
    the_host_header_can_be_another, an_answer_passes_as_it_came,
    connections_are_used_again, a_connection_that_was_closed_is_replaced,
    bodies_pass_chunked, an_answer_to_the_end_of_the_connection,
    large_bodies_pass_without_being_held,
    an_answer_that_comes_slowly_comes_at_once,
    pipelined_requests_keep_their_order, tls_on_both_sides,
    a_client_certificate_is_shown, an_upstream_that_is_not_there,
    an_upstream_that_ends_too_early, an_answer_that_is_cut_is_seen_as_cut,
    an_upstream_that_does_not_answer,
    a_client_that_leaves_takes_its_request_along,
    options_that_will_not_do, a_rule_answers_in_its_place,
    a_rule_answers_after_the_effect, a_delay_comes_before_the_upstream,
    an_answer_is_cut_by_a_rule, a_reset_and_a_slow_body,
    bodies_that_are_long_meet_rules_too, outages_of_a_state_are_refused,
    calls_about_a_state_are_refused, fixtures_tell_the_mounts,
    the_journal_verifies,
    a_scenario_runs_before_it]))
