#!/usr/bin/env python3
"""import.py BINARY: a Vault is read, and a server that starts from what was
written has its shape.

Closes with 'N passed, N failed'."""
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from tests.support.server import Server, started  # noqa: E402
from tests.support.control_client import steered  # noqa: E402
from tests.support.suite import run, same  # noqa: E402

BINARY = sys.argv[1]
ADMIN = "--admin-addr=127.0.0.1:0"


def imported(*args, env=None):
    return subprocess.run(
        [BINARY, "import", *args], capture_output=True, text=True, timeout=120,
        env={"PATH": os.environ["PATH"], "HOME": "/", **(env or {})})


FIXTURES = json.dumps({
    "mounts": {
        "team/kv/": {"type": "kv", "options": {"version": "2"},
                     "description": "the team's",
                     "tune": {"max_lease_ttl": "7200s",
                              "listing_visibility": "unauth"}},
        "old/": {"type": "kv", "options": {"version": "1"}},
        "secret/": {"type": "kv", "options": {"version": "2"}},
    },
    "auth": {"approle/": {"type": "approle",
                          "tune": {"default_lease_ttl": "600s"}},
             "people/": {"type": "userpass"}, "ldap/": {"type": "ldap"}},
    "policies": {"app": 'path "secret/*" { capabilities = ["read"] }'},
    "kv": {
        "secret/app": {"user": "Anna-12", "n": 4711, "on": True,
                       "deep": {"list": ["abc", 7, None]}},
        "secret/a/b/c": {"k": "v"}, "team/kv/x y": {"k": "w"},
        "old/one/two": {"k": "zz9"}},
    "approle": {"app": {"role_id": "app-role", "token_policies": ["app"],
                        "token_ttl": "5m", "secret_id_num_uses": 3,
                        "secret_ids": ["sid"]}},
    "userpass": {"people/anna": {"password": "pw", "token_policies": "app"}},
    "identity": {
        "entities": {"anna": {"policies": ["app"], "metadata": {"t": "x"},
                              "aliases": [{"name": "anna",
                                           "mount": "people/"}]}},
        "groups": {"team": {"policies": ["app"],
                            "member_entities": ["anna"]}}},
    "pki": {"pki/": {"root": {"common_name": "Root of Tests"},
                     "roles": {"web": {"allowed_domains": "example.com",
                                       "allow_subdomains": True,
                                       "max_ttl": "24h"}}}},
    "transit": {"app": {"type": "ed25519"},
                "old": {"config": {"deletion_allowed": True}}},
    "database": {
        "database/config/pg": {
            "plugin_name": "postgresql-database-plugin",
            "connection_url": "postgres://{{username}}:{{password}}@h/x",
            "username": "root", "password": "rootpw", "allowed_roles": "app",
            "verify_connection": False},
        "database/roles/app": {"db_name": "pg", "creation_statements": "X",
                               "default_ttl": "1h"}},
    "quotas": {"all": {"rate": 100}},
})

# Read from both, to be the same in both.
SAME = [
    "sys/policies/acl/app", "auth/approle/role/app",
    "auth/approle/role/app/role-id", "auth/people/users/anna", "pki/roles/web",
    "database/config/pg", "database/roles/app", "auth/token/roles/batch",
    "sys/quotas/rate-limit/all", "secret/config", "sys/policies/password/p"]


def settle(up):
    up.insist(204, "POST", "auth/token/roles/batch",
              {"allowed_policies": "app", "token_period": "1h"})
    up.insist(204, "PUT", "sys/policies/password/p", {
        "policy": 'length = 20\nrule "charset" { charset = "abcdefgh" }'})
    up.insist(204, "POST", "secret/config", {"max_versions": 4})
    up.insist(200, "POST", "secret/data/gone", {"data": {"k": "v"}})
    up.insist(204, "DELETE", "secret/data/gone")
    up.insist(204, "POST", "secret/metadata/app",
              {"custom_metadata": {"owner": "x"}})
    up.insist(200, "POST", "secret/data/tmpl", {"data": {"k": "{{name}}"}})


def shape(value):
    """What stays of a value: kinds, keys, and the kind of each character."""
    if isinstance(value, dict):
        return {k: shape(v) for k, v in value.items()}
    if isinstance(value, list):
        return [shape(v) for v in value]
    if isinstance(value, str):
        return re.sub("[1-9]", "1", re.sub("[a-z]", "a", re.sub(
            "[A-Z]", "A", value)))
    if isinstance(value, bool) or value is None:
        return value
    return len(str(value))


def secrets(server):
    return {p: server.insist(200, "GET", p)["data"] for p in (
        "secret/data/app", "secret/data/a/b/c", "team/kv/data/x%20y",
        "old/one/two", "secret/data/tmpl")}


def values(found):
    return {p: d["data"] if isinstance(d.get("data"), dict) else d
            for p, d in found.items()}


def mounts(server, path):
    """Without what each server makes anew."""
    found = server.insist(200, "GET", path)["data"]
    for mount in found.values():
        for key in ("accessor", "uuid"):
            mount.pop(key)
    return found


def a_server_of_the_same_shape():
    with tempfile.TemporaryDirectory() as d, \
            started(BINARY, ADMIN, "-dev-no-kv", "-fixtures=" + FIXTURES) \
            as up:
        settle(up)
        path = os.path.join(d, "shape.json")
        ended = imported("-upstream=" + up.url, "-token=root", path)
        same((ended.returncode, ended.stderr), (0, ""))
        for line in ("secret/data/gone: its newest version is deleted",
                     "auth/approle/: secret ids",
                     "auth/ldap/: configuration and roles",
                     "pki/: issuers and their keys", "tokens, leases"):
            assert line in ended.stdout, ended.stdout
        same(os.stat(path).st_mode & 0o777, 0o600)
        with open(path) as f:
            text = f.read()
        for secret in ("Anna-12", "4711", "zz9", "rootpw"):
            assert secret not in text, secret
        with started(BINARY, ADMIN, "-dev-no-kv", "-fixtures=" + path) as at:
            for kind in ("sys/mounts", "sys/auth"):
                same(mounts(at, kind), mounts(up, kind))
            for p in SAME:
                ours, theirs = (s.insist(200, "GET", p)["data"]
                                for s in (at, up))
                same((p, ours), (p, theirs))
            here, there = values(secrets(at)), values(secrets(up))
            same(shape(here), shape(there))
            assert here["secret/data/app"]["user"] != "Anna-12"
            same(at.insist(200, "GET", "secret/metadata/app")["data"]
                 ["custom_metadata"], {"owner": "x"})
            same(at.insist(200, "LIST", "transit/keys")["data"]["keys"],
                 ["app", "old"])
            for key in ("app", "old"):
                ours, theirs = (s.insist(200, "GET", "transit/keys/" + key)
                                ["data"] for s in (at, up))
                same((ours["type"], ours["deletion_allowed"]),
                     (theirs["type"], theirs["deletion_allowed"]))
            entity = at.insist(200, "GET", "identity/entity/name/anna")["data"]
            same((entity["policies"], entity["metadata"],
                  [(a["name"], a["mount_path"]) for a in entity["aliases"]]),
                 (["app"], {"t": "x"}, [("anna", "auth/people/")]))
            group = at.insist(200, "GET", "identity/group/name/team")["data"]
            same((group["policies"], group["member_entity_ids"]),
                 (["app"], [entity["id"]]))
            made = at.insist(200, "PUT", "pki/issue/web",
                             {"common_name": "a.example.com"})
            assert made["data"]["certificate"]


def values_are_copied_when_asked():
    with tempfile.TemporaryDirectory() as d, \
            started(BINARY, ADMIN, "-dev-no-kv", "-fixtures=" + FIXTURES) \
            as up:
        settle(up)
        path = os.path.join(d, "shape.json")
        ended = imported("-with-values", path, env={
            "VAULT_ADDR": up.url, "VAULT_TOKEN": "root"})
        same(ended.returncode, 0)
        with started(BINARY, ADMIN, "-dev-no-kv", "-fixtures=" + path) as at:
            same(values(secrets(at)), values(secrets(up)))


def what_the_token_may_not_read():
    with tempfile.TemporaryDirectory() as d, steered(Server(
            BINARY, ADMIN, "-dev-tls")) as up:
        up.ask("POST", "secret/data/a", {"data": {"k": "v"}})
        up.ask("POST", "secret/data/b", {"data": {"k": "v"}})
        up.policy("some", 'path "secret/*" { capabilities = ["read","list"] }'
                  'path "secret/data/b" { capabilities = ["deny"] }'
                  'path "sys/mounts" { capabilities = ["read"] }')
        path = os.path.join(d, "shape.json")
        args = ("-upstream=" + up.server.url,
                "-token=" + up.token(policies=["some"]), path)
        ended = imported(*args)
        same(ended.returncode, 1)
        assert "certificate" in ended.stderr, ended.stderr
        ended = imported("-ca=" + up.server.cafile, *args)
        same((ended.returncode, ended.stderr), (0, ""))
        for line in ("secret/data/b: the token may not read it",
                     "sys/auth: the token may not read it"):
            assert line in ended.stdout, ended.stdout
        with open(path) as f:
            same(list(json.load(f)["kv"]), ["secret/a"])


def what_will_not_do():
    with started(BINARY, ADMIN) as up:
        for args, text in (
                (("f",), "-upstream=URL"),
                (("-upstream=" + up.url, "f"), "-token"),
                (("-upstream=" + up.url, "-token=x", "f"), "this token"),
                (("-upstream=http://127.0.0.1:1", "-token=x", "f"),
                 "connection refused"),
                (("-upstream=" + up.url, "-token=root"), "one FILE"),
                (("-upstream=" + up.url, "-token=root", "/none/f"), "/none/f"),
                (("-nothing",), "nothing")):
            ended = imported(*args)
            same((args, ended.returncode), (args, 1))
            assert text in ended.stderr, ended.stderr
    same(imported("-help").returncode, 0)


sys.exit(run([a_server_of_the_same_shape, values_are_copied_when_asked,
              what_the_token_may_not_read, what_will_not_do]))
