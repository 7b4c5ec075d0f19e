#!/usr/bin/env python3
"""limits.py BINARY [large-keys]: every field of the API at its edges. No value
may end the server, or make a sanitizer speak; a limit takes its last value and
refuses the next. large-keys makes the largest RSA keys instead, which takes a
minute."""
import base64
import http.client
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server, started  # noqa: E402
from suite import run, same  # noqa: E402

INTEGERS = [-2**63, -2**31 - 1, -1, 0, 1, 255, 256, 65536, 2**31 - 1, 2**31,
            2**32, 2**53 + 1, 2**63 - 1, 2**63, "9" * 400, 1e308]
DURATIONS = ["-1s", 0, "1ns", "2562047h47m16.854775807s", "2562047h47m17s",
             "106751d", "106752d", 2**63 - 1, -2**63, "9223372036s",
             "9223372037s", "9" * 300 + "h"]
STRINGS = ["", "x" * 200, "x" * 70000, "\u00e4" * 3000, "\0", "%s%n{{}}${x}",
           "../../x", "[" * 500]
LISTS = [[], [""], ["x" * 70000], ["x%d" % i for i in range(5000)], [[]],
         [None], {"a": 1}]
OBJECTS = [{}, {"k%d" % i: "v" for i in range(3000)}, {"": ""},
           {"x" * 70000: "x" * 70000}, [], "x=y"]
EDGES = {"integer": INTEGERS, "number": INTEGERS, "array": LISTS,
         "object": OBJECTS, "boolean": ["maybe", 2, None]}
# What would end the conversation: sealing, and what gives up leadership.
LEFT_OUT = ("/sys/seal", "/sys/step-down", "/sys/raw", "/sys/init",
            "/sys/storage/raft/snapshot-force", "/sys/storage/raft/snapshot",
            "/sys/pprof", "/auth/token/revoke-self", "/sys/rekey",
            "/sys/generate-root", "/sys/unseal", "/auth/token/revoke",
            "/sys/lease", "/sys/revoke", "/sys/remount", "/sys/config/cors",
            "/sys/config/auditing")
# Fields that come with the one under test, so that it is looked at.
BESIDES = {
    "/transit/keys/{name}": {"type": "aes256-gcm96"},
    "/transit/encrypt/{name}": {"plaintext": "AAAA"},
    "/transit/sign/{name}": {"input": "AAAA"},
    "/transit/hmac/{name}": {"input": "AAAA"},
    "/pki/root/generate/{exported}": {"common_name": "a", "key_type": "ec"},
    "/pki/issuers/generate/intermediate/{exported}": {
        "common_name": "a", "key_type": "ec"},
    "/pki/issuers/generate/root/{exported}": {"common_name": "a",
                                              "key_type": "ec"},
    "/pki/root/rotate/{exported}": {"common_name": "a", "key_type": "ec"},
    "/pki/keys/generate/{exported}": {"key_type": "ec"},
    "/pki/issue/{role}": {"common_name": "a.example.com"},
    "/pki/intermediate/generate/{exported}": {"common_name": "a",
                                              "key_type": "ec"},
    "/sys/tools/hash": {"input": "AAAA"},
    "/transit/hash": {"input": "AAAA"},
    "/auth/userpass/users/{username}": {"password": "p"},
    "/sys/quotas/rate-limit/{name}": {"rate": 1e6},
    "/sys/policies/password/{name}": {"policy": "length = 8"},
}


class Line:
    """One connection that stays open, to ask thousands of times."""

    def __init__(self, server):
        self.server = server
        self.conn = None

    def ask(self, method, path, body):
        """(status, text)"""
        if self.conn is None:
            self.conn = http.client.HTTPConnection(
                self.server.host, self.server.port, timeout=600)
        try:
            self.conn.request(method, "/v1" + path, json.dumps(body),
                              {"X-Vault-Token": self.server.token})
            answer = self.conn.getresponse()
            text = answer.read().decode()
        except (http.client.HTTPException, OSError):
            assert self.server.process.poll() is None, (
                method, path, body, self.server.stderr()[-4000:])
            raise
        if answer.will_close:
            self.conn.close()
            self.conn = None
        return answer.status, text


def is_sound(server):
    assert server.process.poll() is None
    text = server.stderr()
    assert "runtime error" not in text and "Sanitizer" not in text, text[-4000:]


def furnish(server):
    """Mounts, and what the documents' paths name."""
    for kind in ("transit", "pki", "database", "kv"):
        server.insist(204, "POST", "sys/mounts/" + kind, {"type": kind})
    for kind in ("approle", "userpass", "jwt", "ldap", "cert", "kubernetes"):
        server.insist(204, "POST", "sys/auth/" + kind, {"type": kind})
    server.insist(200, "POST", "transit/keys/edge", {})
    server.insist(200, "POST", "pki/root/generate/internal",
                  {"common_name": "a", "key_type": "ec", "ttl": "1h"})
    server.insist(200, "POST", "pki/roles/edge",
                  {"allow_any_name": True, "key_type": "ec"})
    server.insist(204, "POST", "auth/userpass/users/edge", {"password": "p"})
    server.insist(204, "POST", "auth/approle/role/edge", {})


def schemas(server):
    """(path, {field: its edges}) of every POST that the document lists."""
    found = server.insist(200, "GET", "sys/internal/specs/openapi")
    kept = found["components"]["schemas"]
    for path, item in sorted(found["paths"].items()):
        body = item.get("post", {}).get("requestBody")
        if not body or path.startswith(LEFT_OUT):
            continue
        schema = next(iter(body["content"].values()))["schema"]
        if "$ref" in schema:
            schema = kept[schema["$ref"].rsplit("/", 1)[1]]
        fields = {}
        for name, field in schema.get("properties", {}).items():
            kind = field.get("type", "object")
            fields[name] = (DURATIONS if field.get("format") == "duration"
                            else EDGES.get(kind, STRINGS))
        yield path, fields


def named(path):
    for name in ("exported",):
        path = path.replace("{%s}" % name, "internal")
    while "{" in path:
        start, end = path.index("{"), path.index("}")
        path = path[:start] + "edge" + path[end + 1:]
    return path


def every_field_takes_any_value(binary):
    asked = 0
    with started(binary, "-log-level=error") as server:
        furnish(server)
        line = Line(server)
        for path, fields in schemas(server):
            for field, edges in fields.items():
                for value in edges:
                    line.ask("POST", named(path),
                             {**BESIDES.get(path, {}), field: value})
                    asked += 1
                    if path.startswith("/pki/"):  # else issuers only grow
                        line.ask("DELETE", "/pki/root", None)
        is_sound(server)
        server.insist(200, "GET", "auth/token/lookup-self")
    assert asked > 5000, asked


def names_may_be_long(binary):
    """A name in a path, of the lengths around every power of two."""
    paths = ["/transit/keys/%s", "/pki/roles/%s", "/auth/approle/role/%s",
             "/sys/policies/acl/%s", "/sys/policies/password/%s",
             "/sys/mounts/%s", "/sys/auth/%s", "/kv/%s", "/secret/data/%s",
             "/cubbyhole/%s", "/identity/entity/name/%s",
             "/sys/quotas/rate-limit/%s", "/auth/userpass/users/%s",
             "/database/config/%s", "/sys/audit/%s", "/identity/oidc/key/%s",
             "/auth/token/roles/%s"]
    body = {"type": "kv", "policy": "path \"a\" {}", "data": {}, "rate": 1e6,
            "password": "p", "options": {}, "k": "v"}
    with started(binary, "-log-level=error") as server:
        furnish(server)
        line = Line(server)
        for path in paths:
            for power in range(5, 13):
                for n in (2**power - 1, 2**power, 2**power + 1):
                    at = path % ("n" * n)
                    line.ask("POST", at, body)
                    line.ask("GET", at, None)
                    line.ask("DELETE", at, None)
        is_sound(server)


def processor_ticks(server):
    with open("/proc/%d/stat" % server.process.pid) as f:
        return sum(map(int, f.read().rsplit(")", 1)[1].split()[11:13]))


def work_grows_with_what_is_sent(binary):
    """Four times as much takes four times the processor's time, not sixteen:
    fields of a form, keys of an object, rules of a policy, policies, a path
    that fits no pattern."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with started(binary, "-log-level=error") as server:
        def fields(n):
            server.ask("POST", "cubbyhole/f",
                       "&".join("k%d=v" % i for i in range(n)), headers=form)

        def keys(n):
            server.insist(200, "POST", "secret/data/a", {"data": {"a": {
                "k%d" % (i * 7919 % n): i for i in range(n)}}})

        def rules(n):
            server.insist(204, "PUT", "sys/policies/acl/p", {
                "policy": "".join('path "secret/data/a%d" { capabilities = '
                                  '["read"] }\n' % i for i in range(n))})
            token = server.insist(200, "POST", "auth/token/create", {
                "policies": ["p"]})["auth"]["client_token"]
            server.insist(404, "GET", "secret/data/a%d" % (n - 1), token=token)

        def name(n):
            server.insist(200, "POST", "auth/token/create", {
                "display_name": "x" * n})

        def path(n):
            for _ in range(10):
                server.insist(404, "GET", "auth/approle/role/%s%%20" % ("x" * n))

        server.insist(204, "POST", "sys/auth/approle", {"type": "approle"})
        for ask, n in ((fields, 10000), (keys, 10000), (rules, 5000),
                       (name, 20000), (path, 1500)):
            spent = []
            for size in (n, 4 * n):
                before = processor_ticks(server)
                ask(size)
                spent.append(processor_ticks(server) - before)
            assert spent[1] <= 8 * spent[0] + 20, (ask.__name__, spent)


def random_bytes_at_their_limit(binary):
    with started(binary) as server:
        for how, count in (("base64", 131072), ("hex", 131072)):
            data = server.insist(200, "POST", "sys/tools/random",
                                 {"bytes": count, "format": how})["data"]
            text = data["random_bytes"]
            same(len(base64.b64decode(text) if how == "base64"
                     else bytes.fromhex(text)), count)
        server.insist(400, "POST", "sys/tools/random", {"bytes": 131073})
        server.insist(400, "POST", "sys/tools/random", {"bytes": 0})


def two_hundred_and_fifty_five_shares(binary):
    server = Server(binary, config='storage "inmem" {}\nlistener "tcp" {\n'
                    'address = "127.0.0.1:0"\ntls_disable = true\n}\n'
                    "disable_mlock = true\n")
    try:
        server.insist(400, "PUT", "sys/init", {"secret_shares": 256,
                                               "secret_threshold": 256})
        made = server.insist(200, "PUT", "sys/init", {
            "secret_shares": 255, "secret_threshold": 255})
        same(len(set(made["keys"])), 255)
        for key in made["keys"][:-1]:
            assert server.insist(200, "PUT", "sys/unseal",
                                 {"key": key})["sealed"]
        assert not server.insist(200, "PUT", "sys/unseal",
                                 {"key": made["keys"][-1]})["sealed"]
        server.token = made["root_token"]
        begun = server.insist(200, "PUT", "sys/rekey/init", {
            "secret_shares": 255, "secret_threshold": 254})
        for key in made["keys"]:
            last = server.insist(200, "PUT", "sys/rekey/update",
                                 {"key": key, "nonce": begun["nonce"]})
        same((last["complete"], len(last["keys"])), (True, 255))
        is_sound(server)
    finally:
        server.kill()


def passwords_at_their_limits(binary):
    """A policy's length, its rules and its characters."""
    with started(binary) as server:
        charset = "".join(chr(c) for c in range(33, 127)
                          if chr(c) not in '"\\%$')
        rules = "".join('rule "charset" { charset = "%s" min-chars = 1 }\n'
                        % charset for _ in range(50))
        for length, status in ((3, 400), (4, 204), (100, 204), (2**31, 400)):
            server.insist(status, "PUT", "sys/policies/password/p%d" % length, {
                "policy": 'length = %d\nrule "charset" { charset = "%s" }\n'
                % (length, charset)})
        same(len(server.insist(
            200, "GET", "sys/policies/password/p100/generate")
            ["data"]["password"]), 100)
        server.insist(204, "PUT", "sys/policies/password/many",
                      {"policy": "length = 100\n" + rules})
        same(len(server.insist(
            200, "GET", "sys/policies/password/many/generate")
            ["data"]["password"]), 100)
        is_sound(server)


def wrapping_lives_as_long_as_asked(binary):
    with started(binary) as server:
        for ttl in ("1s", "2764800", "9223372036s"):
            got = server.insist(200, "GET", "auth/token/lookup-self",
                                headers={"X-Vault-Wrap-TTL": ttl})
            assert got["wrap_info"]["ttl"] > 0, ttl
        for ttl in ("-1s", "9" * 30, "1y", "9223372037s"):
            got, _, text = server.ask("GET", "auth/token/lookup-self",
                                      headers={"X-Vault-Wrap-TTL": ttl})
            same((got, ttl), (400, ttl))
        is_sound(server)


# Lifetimes, periods and ages by their fields: (path, body without them, fields).
FAR_FIELDS = [
    ("database/roles/far", {"db_name": "far", "creation_statements":
                            "CREATE USER '{{name}}' {{expiration}}"},
     ("default_ttl", "max_ttl")),
    ("database/static-roles/s", {"db_name": "far", "username": "u"},
     ("rotation_period",)),
    ("auth/token/create", {}, ("ttl", "explicit_max_ttl")),
    ("auth/token/create", {}, ("period",)),
    ("auth/token/roles/far", {}, ("token_period", "token_explicit_max_ttl")),
    ("auth/approle/role/edge", {}, ("token_ttl", "token_max_ttl",
                                    "token_period", "secret_id_ttl")),
    ("auth/approle/role/edge/secret-id", {}, ("ttl",)),
    ("auth/userpass/users/edge", {"password": "p"},
     ("token_ttl", "token_max_ttl", "token_period")),
    ("auth/userpass/login/edge", {"password": "p"}, ()),
    ("secret/config", {}, ("delete_version_after",)),
    ("secret/metadata/far", {}, ("delete_version_after",)),
    ("secret/data/far", {"data": {"a": 1}}, ()),
    ("transit/keys/edge/config", {}, ("auto_rotate_period",)),
    ("identity/oidc/key/far", {"allowed_client_ids": "*",
                               "algorithm": "ES256"},
     ("rotation_period", "verification_ttl")),
    ("identity/oidc/role/far", {"key": "far"}, ("ttl",)),
    ("pki/roles/far", {"allow_any_name": True, "key_type": "ec"},
     ("ttl", "max_ttl", "not_before_duration")),
    ("pki/issue/far", {"common_name": "a"}, ("ttl",)),
    ("pki/issue/far", {"common_name": "a"}, ("not_after",)),
    ("pki/config/crl", {"auto_rebuild": True},
     ("expiry", "ocsp_expiry", "delta_rebuild_interval",
      "auto_rebuild_grace_period")),
    ("pki/config/auto-tidy", {"enabled": True, "tidy_cert_store": True},
     ("interval_duration", "safety_buffer")),
    ("sys/quotas/rate-limit/far", {"rate": 1e6}, ("interval",
                                                 "block_interval")),
    ("sys/rotate/config", {"max_operations": 2**32}, ("interval",)),
]
FAR_READS = ["database/creds/far", "database/static-creds/s", "transit/keys/edge",
             "secret/metadata/far", "identity/oidc/.well-known/keys",
             "pki/cert/crl", "sys/quotas/rate-limit/far", "sys/locked-users",
             "sys/metrics", "sys/rotate/config", "/_mock/inventory"]


def far_times_do_not_overflow(binary):
    """At both ends of the clock, and with what clients see shifted further."""
    far = ["9223372036s", "2562047h47m16s", "-2562047h", 2**63 - 1, "106751d",
           "9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z"]
    with started(binary, "-log-level=error") as server:
        furnish(server)
        for path in ("mounts/database", "mounts/pki", "mounts/secret",
                     "auth/userpass", "auth/approle", "auth/token"):
            server.insist(204, "POST", "sys/%s/tune" % path, {
                "max_lease_ttl": "9223372036s",
                "default_lease_ttl": "9223372036s"})
        server.insist(204, "POST", "database/config/far", {
            "plugin_name": "mysql-database-plugin", "username": "u",
            "connection_url": "{{username}}:{{password}}@tcp(db:3306)/",
            "password": "secret", "allowed_roles": "*"})
        for clock in ({"mode": "real"},
                      {"now": "2199-12-31T00:00:00Z", "skew": "876000h"},
                      {"now": "1970-01-01T00:00:00Z", "skew": "-876000h"}):
            server.insist(200, "PUT", "/_mock/clock", clock)
            for value in far:
                for path, body, fields in FAR_FIELDS:
                    status, _, text = server.ask("POST", path, {
                        **body, **{f: value for f in fields}})
                    if path == "auth/token/create" and status == 200:
                        token = json.loads(text)["auth"]["client_token"]
                        for at in ("renew", "lookup"):
                            server.ask("POST", "auth/token/" + at, {
                                "token": token, "increment": value})
                for path in FAR_READS:
                    status, _, text = server.ask("GET", path)
                    if path == "database/creds/far" and status == 200:
                        lease = json.loads(text)["lease_id"]
                        for at in ("renew", "lookup"):
                            server.ask("POST", "sys/leases/" + at, {
                                "lease_id": lease, "increment": value})
            is_sound(server)


def the_largest_keys(binary):
    """RSA keys of every size that a document names, and what they sign."""
    with started(binary) as server:
        furnish(server)
        line = Line(server)
        for bits in (2048, 3072, 4096, 8192):
            status, text = line.ask("POST", "/pki/root/generate/exported", {
                "common_name": "a", "key_bits": bits, "ttl": "2h"})
            same(status, 200)
            made = json.loads(text)["data"]
            server.insist(200, "POST", "pki/issuer/%s/issue/edge"
                          % made["issuer_id"], {"common_name": "b",
                                                 "ttl": "1h"})
            if bits <= 4096:
                name = "transit/keys/rsa%d" % bits
                server.insist(200, "POST", name, {"type": "rsa-%d" % bits})
                server.insist(200, "POST", name.replace("keys", "sign"),
                              {"input": "AAAA"})
        is_sound(server)


def main():
    binary = sys.argv[1]
    if sys.argv[2:] == ["large-keys"]:
        return run([the_largest_keys], binary)
    return run([every_field_takes_any_value, names_may_be_long,
                work_grows_with_what_is_sent,
                random_bytes_at_their_limit,
                two_hundred_and_fifty_five_shares, passwords_at_their_limits,
                wrapping_lives_as_long_as_asked,
                far_times_do_not_overflow], binary)


if __name__ == "__main__":
    sys.exit(main())
