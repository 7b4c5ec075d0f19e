#!/usr/bin/env python3
"""sockets.py BINARY: HTTP/1.1 over real sockets: slow senders, split bytes,
pipelines, chunks, oversize, garbage."""
import json
import os
import select
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server  # noqa: E402
from suite import run, same  # noqa: E402

HEALTH = b"GET /v1/sys/health HTTP/1.1\r\nHost: x\r\n\r\n"
BODY = b'{"data":{"k":"v"}}'
WRITE = (b"POST /v1/secret/data/s HTTP/1.1\r\nHost: x\r\nX-Vault-Token: root"
         b"\r\nContent-Length: %d\r\n\r\n" % len(BODY)) + BODY


def connect(server):
    s = socket.create_connection((server.host, server.port), timeout=30)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def read_answers(s, n):
    """n (status, body) pairs off the socket."""
    f = s.makefile("rb")
    answers = []
    for _ in range(n):
        status = int(f.readline().split()[1])
        length = 0
        while (line := f.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        answers.append((status, f.read(length)))
    return answers


def raw(server, data):
    """What comes until the server closes."""
    with connect(server) as s:
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        out = b""
        while chunk := s.recv(65536):
            out += chunk
    return out


def split_at_every_byte(server):
    with connect(server) as s:
        for cut in range(1, len(WRITE)):
            s.sendall(WRITE[:cut])
            s.sendall(WRITE[cut:])
            assert read_answers(s, 1)[0][0] == 200, cut


def pipelined(server):
    with connect(server) as s:
        s.sendall(HEALTH * 20 + WRITE + HEALTH)
        assert [a[0] for a in read_answers(s, 22)] == [200] * 22


def chunked(server):
    head = (b"POST /v1/secret/data/c HTTP/1.1\r\nHost: x\r\nX-Vault-Token: "
            b"root\r\nTransfer-Encoding: chunked\r\n\r\n")
    with connect(server) as s:
        s.sendall(head)
        for i in range(0, len(BODY), 5):
            part = BODY[i:i + 5]
            s.sendall(b"%x;x=y\r\n%s\r\n" % (len(part), part))
        s.sendall(b"0\r\nTrailer: t\r\n\r\n" + HEALTH)
        assert [a[0] for a in read_answers(s, 2)] == [200, 200]


def expects_continue(server):
    head, body = WRITE.split(b"\r\n\r\n")
    with connect(server) as s:
        s.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert s.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        s.sendall(body)
        assert read_answers(s, 1)[0][0] == 200


def head_and_old_versions(server):
    out = raw(server, b"HEAD /v1/sys/health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert out.startswith(b"HTTP/1.1 200 OK\r\n"), out
    assert out.endswith(b"\r\n\r\n") and b"Content-Length: " in out, out
    out = raw(server, b"GET /v1/sys/health HTTP/1.0\r\n\r\n")
    assert b"Connection: close\r\n" in out, out


def status_lines(server):
    for status, line in ((200, b"200 OK"), (418, b"418 I'm a teapot"),
                         (472, b"472 status code 472"), (201, b"201 Created")):
        out = raw(server, b"GET /v1/sys/health?activecode=%d HTTP/1.1\r\n"
                  b"Host: x\r\n\r\n" % status)
        assert out.startswith(b"HTTP/1.1 " + line + b"\r\n"), out


def refused(server):
    cases = [
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
        (b"GET /v1/x\r\n\r\n", 400),
        (b"GET /v1/x HTTP/2.0\r\n\r\n", 505),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 101 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nA: " + b"b" * 40000 + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
         b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\n"
         b"Content-Length: 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\n"
         b"Content-Length: 0\r\n\r\n", 417),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\n"
         b"Transfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST /v1/secret/data/x HTTP/1.1\r\nHost: x\r\nX-Vault-Token: root\r\n"
         b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST /v1/secret/data/x HTTP/1.1\r\nHost: x\r\nX-Vault-Token: root\r\n"
         b"Content-Length: 40000000\r\n\r\n", 413),
    ]
    for data, status in cases:
        out = raw(server, data)
        assert out.startswith(b"HTTP/1.1 %d " % status), (data[:60], out)


def refused_for_its_host(server):
    """Go's net/http: HTTP/1.1 has one Host, of what may stand in one."""
    def answer(why):
        line = b"400 Bad Request" + why
        return (b"HTTP/1.1 " + line + b"\r\nContent-Type: text/plain; "
                b"charset=utf-8\r\nConnection: close\r\n\r\n" + line)

    missing = answer(b": missing required Host header")
    malformed = answer(b": malformed Host header")
    head = b"GET /v1/sys/health HTTP/1.1\r\n"
    for data, wanted in (
            (head + b"\r\n", missing),
            (b"GET http://x/v1/sys/health HTTP/1.1\r\n\r\n", missing),
            (b"POST /_mock/reset HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
             missing),
            (head + b"Host: a b\r\n\r\n", malformed),
            (head + b"Host: a/b\r\n\r\n", malformed),
            (head + b"Host: a@b\r\n\r\n", malformed),
            (head + b"Host: \xc3\xa4\r\n\r\n", malformed),
            (head + b"Host: x\r\nhost: x\r\n\r\n", answer(b""))):
        out = raw(server, data)
        assert out == wanted, (data, out)
        out = raw(server, HEALTH + data)  # the answers before it go out
        assert out.startswith(b"HTTP/1.1 200 OK\r\n"), out
        assert out.endswith(wanted), out
    for data in (b"GET /v1/sys/health HTTP/1.0\r\n\r\n",
                 head + b"Host:\r\n\r\n",
                 head + b"HOST: [::1%25lo]:8200\r\n\r\n",
                 head + b"Host: a_b-c.d~e!$&'()*+,;=%20:1\r\n\r\n"):
        out = raw(server, data)
        assert out.startswith(b"HTTP/1.1 200 OK\r\n"), (data, out)
    out = raw(server, b"GET /v1/sys/health HTTP/1.0\r\nHost: a b\r\n\r\n")
    assert out == malformed, out


def goes_away(server):
    for cut in (1, 30, len(WRITE) - 1):
        s = connect(server)
        s.sendall(WRITE[:cut])
        s.close()
    assert raw(server, HEALTH).startswith(b"HTTP/1.1 200")


def post(path, body):
    return (b"POST /v1/%s HTTP/1.1\r\nHost: x\r\nX-Vault-Token: root\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (path, len(body), body))


def seen_in_flight(server, asking, path):
    """Is path seen in flight before the socket that asks has its answer?"""
    while not select.select([asking], [], [], 0)[0]:
        if path in server.ask("GET", "sys/in-flight-req")[2]:
            return True
    return False


def rsa_keys_do_not_hold_up_others(server):
    server.ask("POST", "sys/mounts/transit", {"type": "transit"})
    server.ask("POST", "sys/mounts/pki", {"type": "pki"})
    server.ask("POST", "pki/root/generate/internal", {"common_name": "r"})
    server.ask("POST", "pki/roles/r", {"allow_any_name": True,
                                       "key_bits": 4096, "ttl": "1h"})
    for path, body in (
            (b"transit/keys/k", b'{"type":"rsa-4096"}'),
            (b"transit/keys/k/rotate", b"{}"),
            (b"pki/issue/r", b'{"common_name":"a.b"}'),
            (b"pki/root/generate/internal",
             b'{"common_name":"r","key_bits":4096}'),
            (b"pki/keys/generate/internal",
             b'{"key_type":"rsa","key_bits":4096}')):
        with connect(server) as s:
            s.sendall(post(path, body))
            assert seen_in_flight(server, s, path.decode()), path
            status, answer = read_answers(s, 1)[0]
            assert status == 200, answer
            said = json.loads(answer)["warnings"] or []
            assert len(said) == len(set(said)), said
    key = json.loads(server.ask("GET", "transit/keys/k")[2])["data"]
    assert key["latest_version"] == 2
    assert key["keys"]["1"]["public_key"] != key["keys"]["2"]["public_key"]


def rsa_keys_of_identity_do_not_hold_up_others(server):
    """They are small: some may be made before anybody looks."""
    rotate = "identity/oidc/key/k/rotate"
    status, _, text = server.ask("POST", "identity/oidc/key/k",
                                 {"allowed_client_ids": "*"})
    assert status == 200 or status == 204, text
    seen = 0
    for _ in range(20):
        with connect(server) as s:
            s.sendall(post(rotate.encode(), b"{}"))
            seen += seen_in_flight(server, s, rotate)
            same(read_answers(s, 1)[0][0], 204)
    assert seen, "none was seen in flight"
    server.ask("POST", "identity/oidc/role/r", {"key": "k"})
    keys = json.loads(server.ask(
        "GET", "identity/oidc/.well-known/keys")[2])["keys"]
    same(len({k["kid"] for k in keys}), 21)


def what_goes_while_a_key_is_made(server):
    server.ask("POST", "sys/mounts/gone", {"type": "transit"})
    with connect(server) as s:
        s.sendall(post(b"gone/keys/k", b'{"type":"rsa-4096"}'))
        assert seen_in_flight(server, s, "gone/keys/k")
        server.ask("DELETE", "sys/mounts/gone")
        status, answer = read_answers(s, 1)[0]
        assert status == 404 and b"no handler for route" in answer, answer


TESTS = [split_at_every_byte, pipelined, chunked, expects_continue,
         head_and_old_versions, status_lines, refused,
         refused_for_its_host, goes_away, rsa_keys_do_not_hold_up_others,
         rsa_keys_of_identity_do_not_hold_up_others,
         what_goes_while_a_key_is_made]


def with_server(test, server):
    def on_server():
        test(server)
    on_server.__name__ = test.__name__
    return on_server


def main():
    server = Server(sys.argv[1])

    def ends_cleanly():
        said = server.stderr
        assert server.stop() == 0, said()

    return run([with_server(test, server) for test in TESTS] + [ends_cleanly])


sys.exit(main())
