#!/usr/bin/env python3
"""replay.py BINARY: what a proxy records has no secret in it, and is answered
again from the recording.

Closes with 'N passed, N failed'."""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from tests.support.server import Server, started  # noqa: E402
from tests.support.control_client import steered  # noqa: E402
from tests.support.suite import run, same  # noqa: E402

BINARY = sys.argv[1]
ADMIN = "--admin-addr=127.0.0.1:0"


def recording(upstream, path, *args):
    return steered(Server(
        BINARY, "-upstream=" + upstream, "-listen=127.0.0.1:0", ADMIN,
        "-record=" + path, *args, plain=True, command="proxy"))


def replaying(path, *args):
    return steered(Server(BINARY, path, "-listen=127.0.0.1:0", ADMIN, *args,
                          plain=True, command="replay"))


def lines_of(path):
    with open(path) as f:
        return [json.loads(line) for line in f]


def app(c, secret_id, token="root"):
    """What an application does: logs in, reads, writes, renews, goes."""
    seen = []

    def ask(method, path, body=None, token=None, **headers):
        answer = c.ask(method, path, body, token or "", headers)
        seen.append((method, path, answer.status))
        return answer.json() if answer.body else None
    auth = ask("PUT", "auth/approle/login", {
        "role_id": "app-role", "secret_id": secret_id})["auth"]
    token = auth["client_token"]
    me = ask("GET", "auth/token/lookup-self", token=token)["data"]
    same((me["id"], me["accessor"]), (token, auth["accessor"]))
    first = ask("GET", "secret/data/app", token=token)["data"]["data"]
    ask("POST", "secret/data/app", {"data": {"k": "w0rd-two", "n": 9182736455}},
        token=token)
    second = ask("GET", "secret/data/app", token=token)["data"]["data"]
    ask("LIST", "secret/metadata", token=token)
    ask("GET", "secret/data/none", token=token)
    creds = ask("GET", "database/creds/app", token=token)
    ask("PUT", "sys/leases/renew", {"lease_id": creds["lease_id"]},
        token=token)
    ask("PUT", "sys/leases/renew/" + creds["lease_id"], token=token)
    ask("PUT", "auth/token/revoke-self", token=token)
    ask("GET", "auth/token/lookup-self", token=token)
    return seen, auth, first, second, creds


FIXTURES = json.dumps({
    "policies": {"app": "path \"*\" { capabilities = [\"create\", \"read\","
                        "\"update\", \"list\", \"delete\"] }"},
    "kv": {"secret/app": {"k": "w0rd-one", "n": 8172635440, "on": True,
                          "url": "https://u:p4ss@db.example:5432/x"}},
    "approle": {"app": {"role_id": "app-role", "token_policies": ["app"],
                        "secret_ids": ["real-secret-id-1"]}},
    "database": {
        "database/config/pg": {
            "plugin_name": "postgresql-database-plugin",
            "connection_url": "postgres://x", "allowed_roles": "app",
            "verify_connection": False},
        "database/roles/app": {
            "db_name": "pg", "creation_statements": "X", "default_ttl": "1h"}},
})


def an_application_is_recorded_and_replayed():
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "rec.jsonl")
        with started(BINARY, ADMIN, "-fixtures=" + FIXTURES) as up, \
                recording(up.url, path) as c:
            seen, auth, first, second, creds = app(c, "real-secret-id-1")
            up.insist(200, "GET", "secret/data/app")
        same(os.stat(path).st_mode & 0o777, 0o600)
        with open(path) as f:
            text = f.read()
        for secret in (auth["client_token"], auth["accessor"],
                       "real-secret-id-1", "w0rd-one", "w0rd-two", "p4ss",
                       "8172635440", "9182736455", creds["lease_id"],
                       creds["data"]["password"]):
            assert secret not in text, (secret, text)
        lines = lines_of(path)
        same(lines[0]["mockvault_recording"], 1)
        same([(x["method"], x["response"]["status"]) for x in lines[1:]],
             [(m, s) for m, _, s in seen])
        # the same secret has the same stand-in, wherever it stands
        login = json.loads(lines[1]["response"]["body"])["auth"]
        same({x["token"] for x in lines[2:]}, {login["client_token"]})
        found = json.loads(lines[2]["response"]["body"])["data"]
        same((found["id"], found["accessor"]),
             (login["client_token"], login["accessor"]))
        lease = json.loads(lines[8]["response"]["body"])["lease_id"]
        assert lease.startswith("database/creds/app/"), lease
        same(json.loads(lines[9]["body"]), {"lease_id": lease})
        same(lines[10]["path"], "/v1/sys/leases/renew/" + lease)
        # a secret keeps its shape
        kept = json.loads(lines[3]["response"]["body"])["data"]["data"]
        assert re.fullmatch(r"[a-z][0-9][a-z]{2}-[a-z]{3}", kept["k"]), kept
        assert 1111111111 <= kept["n"] <= 9999999999 and kept["on"] is True, kept
        assert re.fullmatch(
            r"[a-z]{5}://[a-z]:[a-z][0-9][a-z]{2}@[a-z]{2}\.[a-z]{7}:\d{4}/"
            r"[a-z]", kept["url"]), kept
        # any credentials will do at home
        with replaying(path) as c:
            again, auth2, first2, second2, creds2 = app(c, "another-one")
            same([(m, s) for m, _, s in again], [(m, s) for m, _, s in seen])
            same((first2, auth2["client_token"]),
                 (kept, login["client_token"]))
            assert first2 != second2
            same(creds2["lease_id"], lease)
            entry = c.journal(match={"op": "login"})[0]
            same((entry["status"], entry["path"]),
                 (200, "auth/approle/login"))


def a_replay_is_met_by_rules():
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "rec.jsonl")
        with started(BINARY, ADMIN) as up, recording(up.url, path) as c:
            c.ask("GET", "sys/mounts")
        with replaying(path, "-fault=lb-html,times=1") as c:
            same([c.ask("GET", "sys/mounts").status for _ in range(2)],
                 [502, 200])
            same(c.control("PUT", "outages/sealed", {}).status, 400)
            same(c.control("GET", "state").status, 409)


def what_was_not_recorded():
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "rec.jsonl")
        with started(BINARY, ADMIN) as up, recording(up.url, path) as c:
            up.insist(200, "POST", "secret/data/app", {"data": {"k": "v"}})
            c.ask("GET", "secret/data/app")
            c.ask("PUT", "sys/policies/acl/a", {"policy": "# one"})
            c.ask("GET", "secret/data/app?version=1")
        with replaying(path) as c:
            for method, target, body, text in (
                    ("GET", "secret/data/apq", None,
                     "another path: GET /v1/secret/data/app (line 2)"),
                    ("DELETE", "secret/data/app", None,
                     "another method: GET /v1/secret/data/app"),
                    ("PUT", "sys/policies/acl/a", {"policy": "# two"},
                     "another body: PUT /v1/sys/policies/acl/a (line 3)"),
                    ("GET", "secret/data/app?version=2", None,
                     "another query")):
                answer = c.ask(method, target, body)
                same((target, answer.status), (target, 501))
                assert text in answer.json()["errors"][0], answer.body
            same(c.ask("PUT", "sys/policies/acl/a",
                       {"policy": "# one"}).status, 204)


def several_answers_come_in_their_order():
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "rec.jsonl")
        with started(BINARY, ADMIN) as up, recording(up.url, path) as c:
            for i in (1, 2, 3):
                up.insist(200, "POST", "secret/data/a", {"data": {"k": i}})
                c.ask("GET", "secret/data/a")
        with replaying(path) as c:
            got = [c.ask("GET", "secret/data/a").json()["data"]["metadata"]
                   ["version"] for _ in range(5)]
            same(got, [1, 2, 3, 3, 3])


def answers_keep_their_bytes():
    """Spelling and order of the JSON, headers, and what is no text."""
    pages = {
        "/v1/a": b'{ "z" : 1.50,\n  "a":"\\u003c\xc3\xa9" }\n',
        "/v1/b": bytes(range(256)), "/v1/c": b"x" * (2 << 20), "/v1/d": b""}

    def serve(listener):
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                return
            with conn:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    head += conn.recv(1)
                body = pages[head.split()[1].decode()]
                conn.sendall(
                    b"HTTP/1.1 200 Fine\r\nX-A: 1\r\nx-a: 2\r\n"
                    b"Connection: close\r\nContent-Length: %d\r\n\r\n"
                    % len(body) + body)
    with tempfile.TemporaryDirectory() as d, \
            socket.create_server(("127.0.0.1", 0)) as listener:
        path = os.path.join(d, "rec.jsonl")
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        url = "http://127.0.0.1:%d" % listener.getsockname()[1]
        with recording(url, path) as c:
            for target in pages:
                same(c.ask("GET", target[4:]).body, pages[target])
        same([x["response"].get("body_omitted") for x in lines_of(path)[1:]],
             [None, None, 2 << 20, None])
        with replaying(path) as c:
            for target in ("/v1/a", "/v1/b", "/v1/d"):
                answer = c.ask("GET", target[4:])
                same(answer.body, pages[target])
                same(answer.header("x-a"), "2")
            answer = c.ask("GET", "c")
            same(answer.status, 501)
            assert b"too long" in answer.body


def recordings_that_are_none():
    for text, why in (
            ("", "no recording"), ("{}\n", "no recording"),
            ('{"mockvault_recording":1}\n', "no exchange is in it"),
            ('{"mockvault_recording":1}\n{"n":1}\n', ":2: this is no"),
            ('{"mockvault_recording":1}\nx\n', ":2: this is no")):
        with tempfile.NamedTemporaryFile("w") as f:
            f.write(text)
            f.flush()
            ended = subprocess.run([BINARY, "replay", f.name],
                                   capture_output=True, text=True, timeout=60)
            same(ended.returncode, 1)
            assert why in ended.stderr, ended.stderr
            assert "runtime error" not in ended.stderr, ended.stderr
    ended = subprocess.run([BINARY, "replay"], capture_output=True, text=True,
                           timeout=60)
    assert "first argument" in ended.stderr, ended.stderr


sys.exit(run([
    an_application_is_recorded_and_replayed, a_replay_is_met_by_rules,
    what_was_not_recorded, several_answers_come_in_their_order,
    answers_keep_their_bytes, recordings_that_are_none]))
