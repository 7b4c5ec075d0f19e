#!/usr/bin/env python3
"""documents.py BINARY: the OpenAPI document and the help pages of every
engine hold together, and their table names routes that there are."""
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server  # noqa: E402
from suite import run, same  # noqa: E402

BINARY = os.path.abspath(sys.argv[1])
ROOT = pathlib.Path(__file__).resolve().parents[2]
SECRETS = ["pki", "transit", "database"]
AUTH = ["approle", "userpass", "aws", "cert", "github", "ldap", "okta",
        "radius"]


class serving:
    def __enter__(self):
        self.server = Server(BINARY)
        for name in SECRETS:
            self.server.insist(204, "POST", "sys/mounts/" + name,
                               {"type": name})
        for name in AUTH:
            self.server.insist(204, "POST", "sys/auth/" + name,
                               {"type": name})
        return self.server

    def __exit__(self, *error):
        self.server.kill()


def operations(document):
    for path, item in document["paths"].items():
        for method in ("get", "post", "delete", "patch"):
            if method in item:
                yield path, method, item, item[method]


def references_lead_somewhere():
    with serving() as s:
        document = s.insist(200, "GET", "sys/internal/specs/openapi")
    wanted = set(re.findall(r'"#/components/schemas/(\w+)"',
                            json.dumps(document)))
    same(wanted - set(document["components"]["schemas"]), set())
    same(list(document["paths"]), sorted(document["paths"]))
    ids = [op["operationId"] for _, _, _, op in operations(document)]
    same(sorted(ids), sorted(set(ids)))
    for path, method, item, operation in operations(document):
        names = re.findall(r"\{(\w+)\}", path)
        same([p["name"] for p in item.get("parameters", [])], sorted(names))
        assert operation["operationId"] and operation["responses"], path
        assert method != "patch", path
        assert not path.endswith("/") or method == "get", path


def answers_are_described():
    with serving() as s:
        document = s.insist(200, "GET", "sys/internal/specs/openapi")
    of = {op["operationId"]: op["responses"]
          for _, _, _, op in operations(document)}
    same(of["read-health-status"], {
        "200": {"description": "initialized, unsealed, and active"},
        "429": {"description": "unsealed and standby"},
        "472": {"description":
                "data recovery mode replication secondary and active"},
        "501": {"description": "not initialized"},
        "503": {"description": "sealed"}})
    same(of["mounts-disable-secrets-engine"], {"200": {"description": "OK"}})
    same(of["auth-disable-method"], {"204": {"description": "OK"}})
    same(of["kv-v2-delete"], {"204": {"description": "No Content"}})
    same(of["transit-delete-key"], {"204": {"description": "empty body"}})
    same(of["kv-v2-write"]["200"], {
        "description": "OK", "content": {"application/json": {"schema": {
            "$ref": "#/components/schemas/KvV2WriteResponse"}}}})
    same({path: [item.get("x-vault-sudo"), item.get("x-vault-unauthenticated")]
          for path, item in document["paths"].items() if path in (
              "/sys/rotate", "/sys/rotate/config", "/sys/seal",
              "/sys/health")},
         {"/sys/health": [None, True], "/sys/rotate": [True, None],
          "/sys/rotate/config": [None, None], "/sys/seal": [True, None]})
    same([method for path, method, _, op in operations(document)
          if op["operationId"] == "pki-read-issuer"], ["get"])
    same(document["components"]["schemas"]["KvV2WriteResponse"], {
        "type": "object", "properties": {
            "created_time": {"type": "string", "format": "date-time"},
            "custom_metadata": {"type": "object", "format": "map"},
            "deletion_time": {"type": "string"},
            "destroyed": {"type": "boolean"},
            "version": {"type": "integer", "format": "int64"}}})


def every_pattern_fits_its_page():
    """A mount's page lists the patterns in order, and a path's page has the
    pattern that the path fits."""
    with serving() as s:
        for mount in ["sys", "secret", "identity", "cubbyhole", "auth/token",
                      *SECRETS, *("auth/" + name for name in AUTH)]:
            page = s.insist(200, "GET", mount + "?help=1")["help"]
            patterns = re.findall(r"^    (\^.*\$)$", page, re.M)
            same(patterns, sorted(set(patterns)))
            for pattern in patterns:
                re.compile(pattern.replace(r"[\w-.]", r"[\w.-]"))
        for path, pattern in (
                ("sys/leases/renew/a/b",
                 r"^(leases/)?renew(/(?P<url_lease_id>.+))?$"),
                ("auth/token/roles/x",
                 r"^roles/(?P<role_name>\w(([\w-.]+)?\w)?)$"),
                ("transit/sign/k/sha2-256",
                 r"^sign/(?P<name>\w(([\w-.]+)?\w)?)"
                 r"(/(?P<urlalgorithm>.+))?$"),
                ("secret/data/a", r"^data/(?P<path>.*[^/])$"),
                ("cubbyhole/a", "^(?P<path>.*)$"),
                ("sys/policies/acl/p", "^policies/acl/(?P<name>.+)$")):
            page = s.insist(200, "GET", path + "?help=1")["help"]
            same(page.split("\n")[1], "Matching Route: " + pattern)


def the_table_names_routes():
    routes = {line.split("\t")[1] for line in subprocess.run(
        [BINARY, "routes"], check=True, text=True,
        stdout=subprocess.PIPE).stdout.splitlines() if "\t" in line}
    routes = {r[4:] if r.startswith("sys/") else
              re.sub(r"^(auth/)?<[^>]*>/", "", r) for r in routes}
    def template(path):
        path = path[:-2] if path.endswith("/?") else path
        return re.sub(r":\w+\}", "}", re.sub(r"\{\w+:none\}", "", path))

    routes = {template(r) for r in routes}
    for page in (ROOT / "src/api/docs").glob("docs_*.c"):
        rows = re.findall(r'^\t\{ "((?:[^"\\]|\\.)*)",', page.read_text(),
                          re.M)
        same([r for r in rows if template(r) not in routes], [])


def a_version_hides_what_it_lacks():
    old = Server(BINARY, "--vault-version", "1.14.8")
    page = old.insist(200, "GET", "secret/metadata/a?help=1")["help"]
    document = old.insist(200, "GET", "sys/internal/specs/openapi")
    old.kill()
    assert "exclude_deleted" not in page
    assert "/sys/activation-flags" not in document["paths"]
    new = Server(BINARY, "--vault-version", "1.21.0")
    page = new.insist(200, "GET", "secret/metadata/a?help=1")["help"]
    document = new.insist(200, "GET", "sys/internal/specs/openapi")
    new.kill()
    assert "    exclude_deleted (bool)\n" in page
    assert "/sys/activation-flags" in document["paths"]


TESTS = [references_lead_somewhere, answers_are_described,
         every_pattern_fits_its_page,
         the_table_names_routes, a_version_hides_what_it_lacks]

sys.exit(run(TESTS))
