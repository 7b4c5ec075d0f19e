#!/usr/bin/env python3
"""fixtures.py BINARY: what a vault holds before its first answer, from a file,
from the environment, through populate; and what is refused with which words.
Closes with 'N passed, N failed'."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.server import Server, started  # noqa: E402
from support.suite import run, same  # noqa: E402

BINARY = os.path.abspath(sys.argv[1])

ALL = {
    "mounts": {
        "secret": {"type": "kv", "tune": {"max_lease_ttl": "2h",
                                          "description": "ours"}},
        "kv1": {"type": "kv", "options": {"version": "1"},
                "config": {"default_lease_ttl": "10m"}},
    },
    "auth": {
        "people": {"type": "userpass", "description": "people",
                   "tune": {"listing_visibility": "unauth",
                            "user_lockout_config": {
                                "lockout_threshold": "3"}}},
    },
    "policies": {"app": 'path "secret/data/app" { capabilities = ["read"] }'},
    "kv": {"secret/app": {"k": "v"}, "kv1/app": {"k": 1}},
    "database": {
        "db/config/pg": {
            "plugin_name": "postgresql-database-plugin",
            "connection_url": "postgresql://{{username}}@db/x",
            "username": "u", "password": "p", "allowed_roles": ["r"]},
        "db/roles/r": {"db_name": "pg", "creation_statements": ["X"],
                       "default_ttl": "1h"}},
    "approle": {
        "app": {"role_id": "app-role-id", "token_policies": ["app"],
                "token_ttl": "1h", "secret_ids": [
                    "app-secret-id",
                    {"secret_id": "second", "metadata": {"who": "ci"},
                     "ttl": "24h"}]},
        "machines/other": {"role_id": "other-role", "bind_secret_id": False,
                           "secret_id_bound_cidrs": ["127.0.0.0/8"]},
    },
    "userpass": {"alice": {"password": "pw", "token_policies": "app"},
                 "people/bob": {"password": "pw2"}},
    "identity": {
        "entities": {
            "alice": {"policies": ["app"], "metadata": {"team": "a"},
                      "aliases": [{"name": "alice", "mount": "userpass"},
                                  {"name": "alice", "mount": "auth/people/"}]},
            "ci": {}},
        "groups": {
            "inner": {"member_entities": ["alice"]},
            "all": {"policies": ["app"], "member_entities": ["ci"],
                    "member_groups": ["inner"]},
            "outside": {"type": "external",
                        "alias": {"name": "ops", "mount": "people"}}}},
    "pki": {"pki": {"root": {"common_name": "Test Root", "ttl": "700h",
                             "key_type": "ec", "key_bits": 256},
                    "urls": {"issuing_certificates": "http://ca.test/ca"},
                    "roles": {"web": {"allowed_domains": "example.com",
                                      "allow_subdomains": True,
                                      "key_type": "ec", "key_bits": 256}}}},
    "transit": {"orders": {"type": "ed25519",
                           "config": {"deletion_allowed": True}},
                "crypto/k": {}},
    "tokens": [{"id": "app-token", "policies": ["app"], "ttl": "1h"}],
    "quotas": {"slow": {"path": "kv1/", "rate": 50, "interval": "1m"}},
}


def read(s, path, **more):
    return s.insist(200, "GET", path, **more)["data"]


def login(s, path, **body):
    auth = s.insist(200, "POST", "auth/%s" % path, body, token="")["auth"]
    assert auth["client_token"]
    return auth


def holds_all(s):
    tune = read(s, "sys/mounts/secret/tune")
    same((tune["max_lease_ttl"], tune["description"]), (7200, "ours"))
    same(read(s, "sys/mounts/kv1/tune")["default_lease_ttl"], 600)
    tune = read(s, "sys/auth/people/tune")
    same(tune["listing_visibility"], "unauth")
    same(tune["user_lockout_threshold"], 3)
    same(read(s, "kv1/app"), {"k": 1})
    assert read(s, "db/creds/r")["username"]
    auth = login(s, "approle/login", role_id="app-role-id",
                 secret_id="app-secret-id")
    same(auth["token_policies"], ["app", "default"])
    same(auth["lease_duration"], 3600)
    same(read(s, "secret/data/app", token=auth["client_token"])["data"],
         {"k": "v"})
    login(s, "approle/login", role_id="app-role-id", secret_id="second")
    same(s.insist(200, "POST", "auth/approle/role/app/secret-id/lookup",
                  {"secret_id": "second"})["data"]["metadata"], {"who": "ci"})
    login(s, "machines/login", role_id="other-role")
    alice = login(s, "userpass/login/alice", password="pw")
    same(alice["metadata"], {"username": "alice"})
    login(s, "people/login/bob", password="pw2")
    entity = read(s, "identity/entity/name/alice")
    same(alice["entity_id"], entity["id"])
    same(len(entity["aliases"]), 2)
    same(entity["metadata"], {"team": "a"})
    group = read(s, "identity/group/name/all")
    same(group["member_entity_ids"],
         [read(s, "identity/entity/name/ci")["id"]])
    same(group["member_group_ids"],
         [read(s, "identity/group/name/inner")["id"]])
    same(read(s, "identity/group/name/outside")["alias"]["name"], "ops")
    made = s.insist(200, "POST", "pki/issue/web",
                    {"common_name": "a.example.com", "ttl": "1h"})["data"]
    issuer = subprocess.run(
        ["openssl", "x509", "-noout", "-issuer"], capture_output=True,
        input=made["certificate"], text=True, check=True).stdout
    assert "Test Root" in issuer, issuer
    same(read(s, "pki/config/urls")["issuing_certificates"],
         ["http://ca.test/ca"])
    key = read(s, "transit/keys/orders")
    same((key["type"], key["deletion_allowed"]), ("ed25519", True))
    same(read(s, "crypto/keys/k")["type"], "aes256-gcm96")
    same(read(s, "auth/token/lookup-self", token="app-token")["policies"],
         ["app", "default"])
    quota = read(s, "sys/quotas/rate-limit/slow")
    same((quota["rate"], quota["interval"], quota["path"]),
         (50, 60, "kv1/"))


def everything_from_a_file():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "f.json")
        with open(path, "w") as f:
            json.dump(ALL, f, indent=1)
        with started(BINARY, "--fixtures", path) as s:
            holds_all(s)


def everything_from_the_environment():
    with started(BINARY, env={"MOCKVAULT_FIXTURES":
                              "\n " + json.dumps(ALL)}) as s:
        holds_all(s)


def a_file_by_its_at_sign():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "f.json")
        with open(path, "w") as f:
            json.dump(ALL, f)
        with started(BINARY, env={"MOCKVAULT_FIXTURES": "@" + path}) as s:
            holds_all(s)


def populate(s, fixtures, status=200):
    return s.insist(status, "POST", "/_mock/populate",
                    {"fixtures": fixtures})


def everything_while_it_runs_and_again():
    with started(BINARY) as s:
        for _ in range(2):
            populate(s, ALL)
            holds_all(s)
        roots = s.insist(200, "LIST", "pki/issuers")["data"]["keys"]
        same(len(roots), 1)


def a_root_that_is_given():
    with tempfile.TemporaryDirectory() as folder, started(BINARY) as s:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "9", "-subj",
             "/CN=Given", "-keyout", folder + "/k", "-out", folder + "/c"],
            check=True, stderr=subprocess.DEVNULL)
        certificate = pathlib.Path(folder, "c").read_text()
        bundle = certificate + pathlib.Path(folder, "k").read_text()
        populate(s, {"pki": {"ca/": {"root": {"pem_bundle": bundle}}}})
        same(s.insist(200, "GET", "ca/ca/pem").strip(), certificate.strip())


# text, line, place, nearest word
UNKNOWN = (
    ('{\n"mount": {}\n}', 2, "mount", "mounts"),
    ('{"mounts": {\n"a": {"type": "kv",\n "optoins": {}}}}', 3,
     "mounts.a.optoins", "options"),
    ('{"mounts": {"a": {"type": "kv", "config": {\n\n"max_lease_tl": 1}}}}', 3,
     "mounts.a.config.max_lease_tl", "max_lease_ttl"),
    ('{"auth": {"userpass": {"type": "userpass", "tune": {\n'
     '"user_lockout_config": {\n"lockout_treshold": 1}}}}}', 3,
     "auth.userpass.tune.user_lockout_config.lockout_treshold",
     "lockout_threshold"),
    ('{"approle": {\n"app": {"role_id": "x",\n"token_polices": []}}}', 3,
     "approle.app.token_polices", "token_policies"),
    ('{"approle": {"app": {"secret_ids": [\n"a",\n{"secret_id": "b",\n'
     '"metdata": {}}]}}}', 4, "approle.app.secret_ids[1].metdata",
     "metadata"),
    ('{"userpass": {"alice": {\n"pasword": "x"}}}', 2,
     "userpass.alice.pasword", "password"),
    ('{"identity": {\n"entites": {}}}', 2, "identity.entites", "entities"),
    ('{"identity": {"entities": {"a": {\n"policy": []}}}}', 2,
     "identity.entities.a.policy", "policies"),
    ('{"auth": {"userpass": {"type": "userpass"}}, "identity": {"entities": '
     '{"a": {"aliases": [\n{"name": "a", "mounts": "userpass"}]}}}}', 2,
     "identity.entities.a.aliases[0].mounts", "mount"),
    ('{"quotas": {"q": {\n"rates": 1}}}', 2, "quotas.q.rates", "rate"),
    ('{"pki": {"pki": {\n"role": {}}}}', 2, "pki.pki.role", "roles"),
    ('{"pki": {"pki": {"roles": {"web": {\n"allowed_domain": "x"}}}}}', 2,
     "pki.pki.roles.web.allowed_domain", "allowed_domains"),
    ('{"pki": {"pki": {"root": {\n"comon_name": "x"}}}}', 2,
     "pki.pki.root.comon_name", "common_name"),
    ('{"transit": {"k": {\n"typ": "x"}}}', 2, "transit.k.typ", "type"),
    ('{"transit": {"k": {"config": {\n"deletion_alowed": true}}}}', 2,
     "transit.k.config.deletion_alowed", "deletion_allowed"),
    ('{"tokens": [{"id": "a"},\n{"id": "b",\n"policy": []}]}', 3,
     "tokens[1].policy", "policies"),
    ('{"mounts": {"database": {"type": "database"}}, "database": {\n'
     '"database/config/a": {"plugin_name": "postgresql-database-plugin",\n'
     '"conection_url": ""}}}', 3, "database.database/config/a.conection_url",
     "connection_url"),
    ('{"mounts": {"database": {"type": "database"}}, "database": {\n'
     '"database/roles/a": {"db_name": "a", "creation_statement": "x"}}}', 2,
     "database.database/roles/a.creation_statement", "creation_statements"),
)


def refusal(*args, env=None):
    try:
        Server(BINARY, *args, env=env).kill()
    except RuntimeError as e:
        return str(e)
    raise AssertionError("it started")


def unknown_keys():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "f.json")
        for text, line, place, near in UNKNOWN:
            with open(path, "w") as f:
                f.write(text)
            wanted = '%s:%d: %s: unknown key; did you mean "%s"?' % (
                path, line, place, near)
            said = refusal("--fixtures", path)
            assert wanted in said, (wanted, said)


def unknown_keys_of_the_environment():
    text, line, place, near = UNKNOWN[4]
    said = refusal(env={"MOCKVAULT_FIXTURES": text})
    assert 'fixtures:%d: %s: unknown key; did you mean "%s"?' % (
        line, place, near) in said, said


def unknown_keys_while_it_runs():
    with started(BINARY) as s:
        for text, _, place, near in UNKNOWN[1:]:
            said = json.dumps(populate(s, json.loads(text), 400))
            assert "fixtures." + place in said and near in said, said
        same(s.ask("GET", "sys/auth/approle")[0], 400)


WRONG = (
    ('{"approle": {"app": {"secret_ids": {}}}}', "approle.app.secret_ids: "
     "expected a list"),
    ('{"approle": {"app": {"secret_ids": [{"ttl": "1h"}]}}}',
     'approle.app.secret_ids[0]: lacks "secret_id"'),
    ('{"approle": {"a/": {}}}', "approle.a/: expected a name, or MOUNT/NAME"),
    ('{"approle": {"secret/x": []}}', "approle.secret/x: expected an object"),
    ('{"transit": {"secret/x": {}}}', "secret/ is a mount of type kv"),
    ('{"identity": {"groups": {"g": {"member_entities": ["nobody"]}}}}',
     "identity.groups.g.member_entities[0]: there is no entity of that name"),
    ('{"identity": {"entities": {"a": {"aliases": [{"name": "x", "mount": '
     '"nowhere"}]}}}}',
     "identity.entities.a.aliases[0].mount: no auth method is there"),
    ('{"quotas": []}', "quotas: expected an object"),
    ('{"kv": {"nowhere/x": {}}}', "kv.nowhere/x: no kv mount serves"),
    ('{"kv": {"secrte/x": {}}}', 'kv.secrte/x: no kv mount serves this path; '
     'did you mean "secret/"?'),
    ('{"kv": {"elsewhere/x": {}}}', "kv.elsewhere/x: no kv mount serves this "
     "path; known are secret/"),
    ('{"kv": {"secret/data/app": {"data": {"k": "v"}}}}',
     'kv.secret/data/app: a secret is named without "data/": "secret/app"'),
    ('{"database": {"config/pg": {}}}', "database.config/pg: expected MOUNT/"
     "config/NAME, MOUNT/roles/NAME or MOUNT/static-roles/NAME"),
    ('{"database": {"secret/config/pg": {}}}', "database.secret/config/pg: "
     "expected MOUNT/config/NAME"),
    ('{"identity": {"entities": {"a": {"aliases": [{"name": "x"}]}}}}',
     'identity.entities.a.aliases[0]: lacks "mount", the path of an auth '
     'method'),
    ('{"tokens": [{"id": "a", "ttl": "1 h"}]}',
     'tokens[0].ttl: "1 h" is no duration, as 1h30m is'),
    ('[{"kv": {}}]', "fixtures:1: expected an object"),
    ('{"kv": {"zz": 1, "aa": 2}', "'}' expected"),
    ('{"transit": {"k": {"type": "rot13"}}}', "transit.k: unknown key type"),
)


def wrong_values():
    for text, wanted in WRONG:
        said = refusal("--fixtures", text)
        assert wanted in said, (wanted, said)


TESTS = [everything_from_a_file, everything_from_the_environment,
         a_file_by_its_at_sign, everything_while_it_runs_and_again,
         a_root_that_is_given, unknown_keys, unknown_keys_of_the_environment,
         unknown_keys_while_it_runs, wrong_values]


if __name__ == "__main__":
    sys.exit(run(TESTS))
