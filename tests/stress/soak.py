#!/usr/bin/env python3
"""soak.py BINARY SECONDS [DELAY_MS]: a server under a steady mix of requests,
whose resident memory and descriptors must stay where they are.

Forty clients wait DELAY_MS (20) between an answer and the next request, so a
second brings about 2,000 requests, however fast the machine is: reads and
writes of KV v2, logins by AppRole, child tokens, database credentials with
leases, certificates, transit, listings. Tokens, leases and secret ids end after
ten seconds, so the state stays as large as it was. Prints a line of memory each
twentieth of the time, then 'N passed, N failed'."""
import json
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from tests.support.server import Server  # noqa: E402

BINARY = sys.argv[1]
SECONDS = int(sys.argv[2])
DELAY_MS = int(sys.argv[3]) if len(sys.argv) > 3 else 20
# The first part is not judged: caches, the journal's ring and the state fill.
WARM_S = max(30, SECONDS / 10)
# What allocators and SQLite's pages may move by.
SLACK_MB = 2

POLICY = """
path "secret/data/platform/iam/*" { capabilities = ["read"] }
path "database/creds/platform-db-role" { capabilities = ["read"] }
path "auth/token/create" { capabilities = ["update"] }
"""

MIX = """
local root, app, login = "%s", "%s", '%s'
local json = "application/json"
local n = 0
local function ask(token, method, path, body)
  return wrk.format(method, "/v1/" .. path,
    {["X-Vault-Token"] = token, ["Content-Type"] = json}, body)
end
local mix = {
  function() return ask(app, "GET", "secret/data/platform/iam/jwt-keys") end,
  function() return ask(root, "PUT", "secret/data/platform/k" .. n %% 64,
    '{"data":{"value":"' .. string.rep("x", 1 + n %% 400) .. '"}}') end,
  function() return ask(root, "GET",
    "secret/data/platform/iam/jwt-keys?version=1") end,
  function() return ask("", "POST", "auth/approle/login", login) end,
  function() return ask(app, "POST", "auth/token/create",
    '{"ttl":"10s","policies":["platform-iam"]}') end,
  function() return ask(app, "GET", "database/creds/platform-db-role") end,
  function() return ask(root, "POST",
    "auth/approle/role/platform-iam/secret-id", '{"ttl":"10s"}') end,
  function() return ask(root, "POST", "pki/issue/web",
    '{"common_name":"a.example.com"}') end,
  function() return ask(root, "POST", "transit/encrypt/k",
    '{"plaintext":"aGVsbG8gd29ybGQ="}') end,
  function() return ask(root, "GET", "secret/metadata/platform?list=true") end,
  function() return ask(root, "GET", "sys/health") end,
  function() return ask(app, "GET", "auth/token/lookup-self") end,
}
request = function()
  n = n + 1
  return mix[1 + n %% #mix]()
end
delay = function() return %d end
"""


def prepare(server):
    """Mounts, roles and keys; (a token of the AppRole, its login's body)."""
    def ask(method, path, body=None):
        status, _, text = server.ask(method, path, body)
        assert status in (200, 204), (path, status, text)
        return json.loads(text) if text else {}

    for path, kind in (("mounts/database", "database"), ("mounts/pki", "pki"),
                       ("mounts/transit", "transit"),
                       ("auth/approle", "approle")):
        ask("POST", "sys/" + path, {"type": kind})
    for _ in range(2):
        ask("POST", "secret/data/platform/iam/jwt-keys",
            {"data": {"private_key": "p" * 300, "public_key": "q" * 200}})
    ask("PUT", "sys/policies/acl/platform-iam", {"policy": POLICY})
    ask("POST", "database/config/pg", {
        "plugin_name": "postgresql-database-plugin", "allowed_roles": "*",
        "connection_url": "postgresql://{{username}}:{{password}}@db/"})
    ask("POST", "database/roles/platform-db-role", {
        "db_name": "pg", "default_ttl": "10s", "max_ttl": "10s",
        "creation_statements": "CREATE ROLE \"{{name}}\";"})
    ask("POST", "transit/keys/k", {})
    ask("POST", "pki/root/generate/internal",
        {"common_name": "r", "key_type": "ec"})
    ask("POST", "pki/roles/web", {"allow_any_name": True, "key_type": "ec",
                                  "ttl": "10s", "no_store": True})
    role = "auth/approle/role/platform-iam"
    ask("POST", role, {"token_policies": "platform-iam", "token_ttl": "10s"})
    login = {"role_id": ask("GET", role + "/role-id")["data"]["role_id"],
             "secret_id": ask("POST", role + "/secret-id",
                              {"ttl": "24h"})["data"]["secret_id"]}
    token = ask("POST", "auth/token/create", {
        "policies": ["platform-iam"], "ttl": "720h"})
    return token["auth"]["client_token"], json.dumps(login)


def memory_mb(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1)) / 1024


def descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def watch(server, load):
    """[(second, MiB, descriptors)] until the load ends."""
    began, seen = time.monotonic(), []
    while True:
        try:
            load.wait(SECONDS / 20)
            return seen
        except subprocess.TimeoutExpired:
            pid = server.process.pid
            seen.append((time.monotonic() - began, memory_mb(pid),
                         descriptors(pid)))
            print("%6.0f s %8.2f MiB %4d descriptors" % seen[-1], flush=True)


def soak(server):
    token, login = prepare(server)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(MIX % (server.token, token, login, DELAY_MS))
        script.flush()
        load = subprocess.Popen(
            ["wrk", "-t1", "-c40", "-d%ds" % SECONDS, "--timeout", "10s",
             "-s", script.name, server.url], stdout=subprocess.PIPE,
            text=True)
        try:
            seen = watch(server, load)
        finally:
            load.kill()
        said = load.stdout.read()
    bad = re.search(r"Non-2xx or 3xx responses: \d+|Socket errors.*", said)
    assert not bad, bad.group(0)
    warm = [x for x in seen if x[0] >= WARM_S]
    start, middle, end = warm[0], warm[len(warm) // 2], warm[-1]
    print("%s requests; MiB at %.0f s %.2f, at %.0f s %.2f, at %.0f s %.2f" % (
        re.search(r"(\d+) requests in", said).group(1), *start[:2],
        *middle[:2], *end[:2]))
    assert end[1] <= start[1] + SLACK_MB, (start, end)
    assert end[2] == start[2], (start, end)


def main():
    server = Server(BINARY)
    failed = 0
    try:
        soak(server)
    except AssertionError as e:
        print("FAIL %s" % e)
        failed = 1
    print("%d passed, %d failed" % (1 - failed, failed))
    server.stop()
    return failed


if __name__ == "__main__":
    sys.exit(main())
