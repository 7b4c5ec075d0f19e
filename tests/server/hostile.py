#!/usr/bin/env python3
"""hostile.py BINARY [SECONDS] [SEED]: every documented call gets values of every
type and size, drawn with a seed that is fixed.

No connection is dropped, no sanitizer speaks, no answer tells of what is inside.
A request that is refused has written nothing, and in the end memory holds what
the store holds."""
import http.client
import json
import os
import random
import re
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import limits  # noqa: E402
from server import Server  # noqa: E402
from suite import run, same  # noqa: E402

BINARY = os.path.abspath(sys.argv[1])
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 20
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 20

# As they stand in a body: some are no number of Python's, or no text of JSON's.
VALUES = [json.dumps(v) for v in (
    "", "x", " ", "\0", "a\nb", "\u00e4\U0001f600", "0", "-1", "1.5", "true",
    "null", "1h", "-1h", "1ns", "2562047h", "2562048h", "106752d", "9" * 400,
    "9" * 400 + "h", "9223372036854775807", "9223372036854775808s", "1y",
    "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "../../x", "a/b/", "/", "*",
    "+", "%s%n%00", "{{identity.entity.id}}", "{{", "=", ",", ",,a,", "k=v",
    "{\"a\":1}", "[", "path \"a\" {", "127.0.0.1/33", "::/0", "http://[::1",
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n"
    "-----END PRIVATE KEY-----\n", "AAAA", "vault:v1:AAAA", "vault:v0:",
    "vault:v99999999999999999999:AAAA", "x" * 70000, "rsa-4096x", "internal",
    "edge", "default", "service", "batch", 0, 1, -1, 2, 255, 65536,
    2**31, 2**32, 2**53 + 1, 2**63 - 1, -2**63, 1.5, -0.0, True, False, None, [],
    [""], ["a", "b"], [None], [[]], [1, "a", {}], ["root"], ["x" * 70000],
    ["x%d" % i for i in range(3000)], {}, {"": ""}, {"a": "b"}, {"a": None},
    {"a": {"b": {"c": []}}}, {"k%d" % i: i for i in range(1000)},
    {"ttl": "9" * 300, "type": 1, "name": []})] + [
        "2" + "0" * 30, "1e308", "-1e308", "1e999", "1E-400", "9" * 400,
        '"\\ud800"', '"\\udc00\\ud800"', "[" * 300 + "]" * 300,
        '{"a":' * 300 + "1" + "}" * 300, '{"a":1,"a":"2","A":[]}',
        "[1e999]", "-9223372036854775809"]
# Whole bodies that hold no object, or are broken.
BODIES = ["", "null", "[]", '""', "1", "{", '{"a"', "\ufeff{}",
          '{"a":1}x', '{"a":1}{"a":1}', "{}\n\n", "\0", "a=b&c=d", "{'a':1}",
          '{"a":1,}', "[" * 100000, '{"":{"":{"":""}}}', "tru", "-",
          '{"a":"\x01"}', '{"\\ud800":1}', "NaN"]
# What a field is given beside the one under test, by its type.
PLAIN = {"integer": 1, "number": 1, "boolean": True, "array": ["a"],
         "object": {"a": "b"}, "string": "x"}
# What would end the conversation, or shows what runs for a while.
LEFT_OUT = ("/sys/seal", "/sys/pprof", "/auth/token/revoke-self",
            "/sys/monitor", "/sys/in-flight-req")
BESIDES = {**limits.BESIDES,
           "/sys/quotas/rate-limit/{name}": {"rate": 1e6, "path": "kv/"},
           "/sys/mounts/{path}": {"type": "kv"},
           "/sys/auth/{path}": {"type": "approle"},
           "/sys/audit/{path}": {"type": "file",
                                 "options": {"file_path": "discard"}}}
# What is made there is taken away again: it would change what others meet.
CLEANED = ("/sys/quotas/rate-limit/", "/sys/mounts/edge", "/sys/auth/edge",
           "/sys/audit/")


class Watch:
    """Has the database's file been written since it was last looked at?"""

    def __init__(self, path):
        self.db = sqlite3.connect("file:%s?mode=ro" % path, uri=True,
                                  isolation_level=None)
        self.db.text_factory = bytes
        self.seen = self.version()

    def version(self):
        return self.db.execute("PRAGMA data_version").fetchone()[0]

    def has_changed(self):
        before, self.seen = self.seen, self.version()
        return self.seen != before

    def rows(self):
        tables = [r[0].decode() for r in self.db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {t: set(self.db.execute('SELECT * FROM "%s"' % t))
                for t in tables}


def operations(server):
    """(method, path, {field: its type}) of every call of the document."""
    found = server.insist(200, "GET", "sys/internal/specs/openapi")
    kept = found["components"]["schemas"]
    for path, item in sorted(found["paths"].items()):
        if path.startswith(LEFT_OUT):
            continue
        for method in ("get", "delete"):
            if method in item:
                yield method.upper(), path, {}
        body = item.get("post", {}).get("requestBody")
        if "post" not in item:
            continue
        schema = {}
        if body:
            schema = next(iter(body["content"].values()))["schema"]
            if "$ref" in schema:
                schema = kept[schema["$ref"].rsplit("/", 1)[1]]
        yield "POST", path, {
            name: "duration" if field.get("format") == "duration"
            else field.get("type", "object")
            for name, field in schema.get("properties", {}).items()}


def body_of(chance, path, fields):
    if not fields or chance.random() < 0.03:
        return chance.choice(BODIES)
    members = {name: json.dumps(value)
               for name, value in BESIDES.get(path, {}).items()}
    if chance.random() < 0.5:
        for name in chance.sample(sorted(fields), min(3, len(fields))):
            members.setdefault(name, json.dumps(
                PLAIN.get(fields[name], "1h")))
    members[chance.choice(sorted(fields))] = chance.choice(VALUES)
    order = list(members)
    chance.shuffle(order)
    return "{%s}" % ",".join("%s:%s" % (json.dumps(n), members[n])
                             for n in order)




# What stands in the place of a name in a path.
ODD_NAMES = ["%00", "%2e%2e", "a%2Fb", "%ff%fe", "a%20b", "%C3%A4", "x" * 3000,
             "..", ".", "a%0Ab", "*", "+", "%25", "a//b", "-", "a.b", "A",
             "%7B%7B", "%"]
ODD_HEADERS = [("X-Vault-Wrap-TTL", ["60", "-1", "1e9", "x", "9" * 30, ""]),
               ("X-Vault-Namespace", ["root", "a/", "", "../"]),
               ("X-Vault-Policy-Override", ["true", "x"]),
               ("Content-Type", ["application/merge-patch+json", "text/plain",
                                 "application/x-www-form-urlencoded", "x/"]),
               ("X-Vault-MFA", ["a:b", "x"]), ("X-Forwarded-For", ["x", "::1"]),
               ("Origin", ["http://a"]), ("Accept", ["application/pkix-crl"])]
ODD_QUERIES = ["list=true", "help=1", "version=x", "version=-1", "list=x",
               "a=%ZZ", "version=9223372036854775808", "version=4294967297",
               "limit=-5", "after=x", "=", "&&&", "depth=99999999999",
               "%00=%00"]
ODD_METHODS = ["LIST", "PATCH", "PUT", "HEAD", "OPTIONS", "FOO", "DELETE"]
# What may be written though the request is refused: a wrong login is counted;
# Vault 1.19: an encryption makes its key first.
KEPT = re.compile("/auth/userpass/login/|/transit/(encrypt|import|wrapping)|"
                  "/transit/keys/[^/]*/import|/database/(static|rotate)")
# Words of the parts inside, which no refusal may have.
INSIDE = re.compile(r"sqlite|constraint failed|SQL logic|error:[0-9A-F]{8}|"
                    r"\(null\)|runtime error|assertion", re.I)
THERE = [
    ("secret/data/edge", {"data": {"a": 1}}), ("kv/edge", {"a": 1}),
    ("cubbyhole/edge", {"a": 1}), ("auth/token/roles/edge", {"orphan": True}),
    ("identity/entity", {"name": "edge"}), ("identity/group", {"name": "edge"}),
    ("identity/oidc/key/edge", {"allowed_client_ids": "*",
                                "algorithm": "ES256"}),
    ("identity/oidc/role/edge", {"key": "edge"}),
    ("sys/policies/acl/edge", {"policy": 'path "a" {capabilities=["read"]}'}),
    ("sys/policies/password/edge", {
        "policy": 'length = 20\nrule "charset" {charset="abc"}'}),
    ("database/config/edge", {
        "plugin_name": "mysql-database-plugin", "username": "u",
        "connection_url": "{{username}}:{{password}}@tcp(db:3306)/",
        "password": "secret", "allowed_roles": "*"}),
    ("database/roles/edge", {"db_name": "edge",
                             "creation_statements": "CREATE"}),
    ("pki/root/generate/internal", {"common_name": "e", "key_type": "ec",
                                    "issuer_name": "edge",
                                    "key_name": "edge"})]


class Line(limits.Line):
    def ask(self, method, target, body, headers=None):
        """(status, text); the body goes as it stands."""
        if self.conn is None:
            self.conn = http.client.HTTPConnection(
                self.server.host, self.server.port, timeout=300)
        self.conn.putrequest(method, "/v1" + target, skip_accept_encoding=True)
        for name, value in {"X-Vault-Token": self.server.token,
                            **(headers or {})}.items():
            self.conn.putheader(name, value)
        if body is not None:
            body = body.encode("utf-8", "surrogatepass")
            self.conn.putheader("Content-Length", str(len(body)))
        self.conn.endheaders(body)
        answer = self.conn.getresponse()
        text = answer.read().decode("utf-8", "replace")
        if answer.will_close:
            self.conn.close()
            self.conn = None
        return answer.status, text


def named(path):
    """limits.named, and of a mount to tune one that is there."""
    tuned = {"/sys/mounts/{path}/tune": "/sys/mounts/kv/tune",
             "/sys/auth/{path}/tune": "/sys/auth/userpass/tune"}
    return tuned.get(path) or limits.named(path)


def draw(chance, method, path, fields):
    """(method, target, body, headers) of one request."""
    target, headers = named(path), {}
    body = body_of(chance, path, fields) if method == "POST" else None
    if "{" in path and chance.random() < 0.05:
        target = re.sub(r"\{\w+\}", lambda _: chance.choice(ODD_NAMES), path)
    if chance.random() < 0.05:
        method = chance.choice(ODD_METHODS)
    if chance.random() < 0.05:
        name, values = chance.choice(ODD_HEADERS)
        headers[name] = chance.choice(values)
    if chance.random() < 0.05:
        target += "?" + chance.choice(ODD_QUERIES)
    return method, target, body, headers


def readings(line, calls):
    """What every path that can be read says."""
    seen = {}
    for method, path, _ in calls:
        if method != "GET" or re.search("metrics|counters|host-info|generate|"
                                        "creds|rotate|version-history", path):
            continue
        for verb, target in (("GET", named(path)),
                             ("LIST", named(path).rstrip("/"))):
            seen[verb, target] = re.sub(r'"request_id":"[^"]*"', "", str(
                line.ask(verb, target, None)))
    return seen


def every_call_takes_anything():
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "state.db")
        server = Server(BINARY, "-log-level=error", "-clock=frozen",
                        "-db=" + file, token="hostile-root")
        limits.furnish(server)
        for path, body in THERE:
            assert server.ask("POST", path, body)[0] < 300, path
        line, watch = Line(server), Watch(file)
        calls = list(operations(server))
        end, asked = time.monotonic() + SECONDS, 0
        rows = watch.rows()
        while time.monotonic() < end:
            chance.shuffle(calls)
            for method, path, fields in calls:
                if method == "DELETE" and chance.random() < 0.8:
                    continue
                one = draw(chance, method, path, fields)
                try:
                    status, text = line.ask(*one)
                except (http.client.HTTPException, OSError) as e:
                    raise AssertionError((one, server.stderr()[-4000:])) from e
                asked += 1
                assert status < 400 or not INSIDE.search(text), (one, text)
                if watch.has_changed():
                    now = watch.rows()
                    assert (status < 400 or now == rows or
                            KEPT.search(one[1])), (one, status, text, {
                                t: now[t] ^ rows[t] for t in now
                                if now[t] != rows[t]})
                    rows = now
                if status < 300 and one[1].startswith(CLEANED):
                    line.ask("DELETE", one[1].split("?")[0], None)
                    watch.has_changed()
                    rows = watch.rows()
        assert asked > 200, asked
        before = readings(line, calls)
        server.insist(201, "PUT", "/_mock/snapshots/s")
        assert server.ask("POST", "/_mock/snapshots/s/restore")[0] < 300
        after = readings(line, calls)
        for what, text in before.items():
            same((what, after[what]), (what, text))
        limits.is_sound(server)
        same(server.stop(), 0)


def sudo_is_wanted():
    """Of every path that is said to want it, whatever the operation: who may do
    all but has no sudo is refused."""
    with limits.started(BINARY, "-log-level=error") as server:
        limits.furnish(server)
        server.insist(204, "PUT", "sys/policies/acl/all", {"policy": (
            'path "*" { capabilities = ["create", "read", "update", "delete", '
            '"list", "patch"] }')})
        token = server.insist(200, "POST", "auth/token/create", {
            "policies": ["all"]})["auth"]["client_token"]
        paths = server.insist(200, "GET", "sys/internal/specs/openapi")["paths"]
        found = 0
        for path, item in paths.items():
            # Vault 1.19: without high availability step-down asks nobody.
            if not item.get("x-vault-sudo") or path == "/sys/step-down":
                continue
            for method in ("GET", "POST", "DELETE"):
                asked = method.lower() in item
                if path.endswith("/"):
                    if method != "GET":
                        continue  # a write to such a path is no operation
                    method, asked = "LIST", True
                if path in ("/sys/seal",) and not asked:
                    continue  # no path of the framework's
                found += asked
                status, _, text = server.ask(
                    method, "/v1" + limits.named(path), {}, token=token)
                same((method, path, status), (method, path, 403))
        assert found > 40, found


if __name__ == "__main__":
    sys.exit(run([every_call_takes_anything, sudo_is_wanted]))
