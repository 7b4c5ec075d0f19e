#!/usr/bin/env python3
"""memory.py BINARY: a server for which there is no large piece of memory: each
allocation above some size fails. Whatever a client sends and asks for is
answered, by an error or not at all refused, and the server goes on.

The sanitizer's allocator does the failing; a build without it is not tested.
Closes with 'N passed, N failed'."""
import base64
import json
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from tests.support.control_client import steered  # noqa: E402
from tests.support.server import Server  # noqa: E402
from tests.support.suite import run, same  # noqa: E402

BINARY = sys.argv[1]
ADMIN = "--admin-addr=127.0.0.1:0"
LIMIT_MB = 2
FAILING = {"ASAN_OPTIONS": "allocator_may_return_null=1:"
           "max_allocation_size_mb=%d" % LIMIT_MB}
LARGE = "x" * (3 << 20)
# Passes as a request, and is too much in another form or in an answer.
MIDDLE = "\\u0001" * (20 << 10)


def has_sanitizer():
    symbols = subprocess.run(["nm", "-D", BINARY], capture_output=True,
                             text=True, check=True).stdout
    return "__asan_init" in symbols


def started(*args):
    return steered(Server(BINARY, ADMIN, *args, env=FAILING))


def answered(c, method, path, body, statuses, admin=False):
    """It is, by one of these; and then the server still answers."""
    text = body if isinstance(body, str) else json.dumps(body)
    host, port = c.admin if admin else (c.server.host, c.server.port)
    target = path if path.startswith("/") else "/v1/" + path
    with socket.create_connection((host, port)) as conn:
        conn.settimeout(60)
        try:
            conn.sendall((
                "%s %s HTTP/1.1\r\nHost: localhost\r\nX-Vault-Token: root\r\n"
                "Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (
                    method, target, len(text), text)).encode())
        except ConnectionError:
            pass  # refused before its end
        got = b""
        try:
            while piece := conn.recv(65536):
                got += piece
        except ConnectionResetError:
            pass
    status = int(got.split()[1]) if got else None
    assert status in statuses, (method, path, status, got[-300:])
    head, _, rest = got.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            same(len(rest), int(line.split(b":")[1]))
    same(c.ask("GET", "sys/health").status, 200)
    return status, rest


def large_bodies_are_refused():
    with started() as c:
        for kind in "transit", "database", "pki":
            c.ask("POST", "sys/mounts/" + kind, {"type": kind})
        c.ask("POST", "sys/mounts/old", {"type": "kv"})
        c.ask("POST", "transit/keys/k", {})
        bodies = [
            ("POST", "secret/data/a", {"data": {"v": LARGE}}),
            ("POST", "old/a", {"v": LARGE}),
            ("POST", "cubbyhole/a", {"v": LARGE}),
            ("POST", "sys/policies/acl/p", {"policy": LARGE}),
            ("POST", "transit/encrypt/k", {"plaintext": LARGE}),
            ("POST", "transit/encrypt/k",
             {"batch_input": [{"plaintext": "eA=="}] * 200000}),
            ("POST", "transit/hash", {"input": LARGE}),
            ("POST", "sys/tools/hash", {"input": LARGE}),
            ("POST", "sys/wrapping/wrap", {"v": LARGE}),
            ("POST", "pki/config/ca", {"pem_bundle": LARGE}),
            ("POST", "auth/token/create", {"meta": {"v": LARGE}}),
            ("PUT", "sys/storage/raft/snapshot", LARGE),
            ("POST", "secret/data/a", '{"data":' + "[" * 3000000),
        ]
        for method, path, body in bodies:
            answered(c, method, path, body, (503,))
        for method, path in (("PUT", "/_mock/state"),
                             ("POST", "/_mock/faults"),
                             ("POST", "/_mock/populate")):
            answered(c, method, path, {"v": LARGE}, (503,), admin=True)
        same(c.ask("LIST", "secret/metadata").status, 404)


def chunked_bodies_too():
    with started() as c, c.connect() as conn:
        try:
            conn.sendall(b"POST /v1/secret/data/a HTTP/1.1\r\nHost: localhost"
                         b"\r\nX-Vault-Token: root\r\nTransfer-Encoding: "
                         b"chunked\r\n\r\n")
            for _ in range(64):
                conn.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            conn.sendall(b"0\r\n\r\n")
        except ConnectionError:
            pass
        assert b" 503 " in conn.recv(65536)
        same(c.ask("GET", "sys/health").status, 200)


def large_answers_are_refused():
    with started() as c:
        c.ask("POST", "sys/mounts/transit", {"type": "transit"})
        c.ask("POST", "transit/keys/k", {})
        either = (200, 204, 400, 413, 500, 503)
        for method, path, body in [
            ("POST", "secret/data/a", '{"data":{"v":"%s"}}' % MIDDLE),
            ("GET", "secret/data/a", ""),
            ("POST", "sys/wrapping/wrap", '{"v":"%s"}' % MIDDLE),
            ("POST", "transit/encrypt/k", {
                "plaintext": base64.b64encode(b"x" * 90000).decode()}),
            ("POST", "transit/encrypt/k", {
                "batch_input": [{"plaintext": "eA=="}] * 6000}),
            ("POST", "transit/random/2000000", "{}"),
            ("POST", "sys/tools/random/2000000", "{}"),
            ("PUT", "sys/policies/acl/p", '{"policy":"%s"}' % MIDDLE),
        ]:
            answered(c, method, path, body, either)
        for i in range(30):
            answered(c, "POST", "secret/data/k%d" % i,
                     {"data": {"v": "x" * 120000}}, (200,))
        for path in "state", "requests", "openapi.json":
            answered(c, "GET", "/_mock/" + path, "", either, admin=True)
        # the copy of the state, or its document
        answered(c, "GET", "/_mock/state", "", (500, 503), admin=True)
        answered(c, "PUT", "/_mock/snapshots/s", "", (500,), admin=True)
        for i in range(30):
            answered(c, "GET", "secret/data/k%d" % i, "", (200,))


def large_files_and_audits():
    with started() as c:
        log = os.path.join(c.server.home, "audit")
        c.ask("POST", "sys/audit/f", {
            "type": "file", "options": {"file_path": log}})
        for body in ({"data": {"v": "x" * 120000}},
                     {"data": {"k%d" % i: i for i in range(9000)}}):
            answered(c, "POST", "secret/data/a", body, (200, 400, 500, 503))
            answered(c, "GET", "secret/data/a", "", (200, 404, 500, 503))


if has_sanitizer():
    sys.exit(run([large_bodies_are_refused, chunked_bodies_too,
                  large_answers_are_refused, large_files_and_audits]))
print("0 passed, 0 failed")
