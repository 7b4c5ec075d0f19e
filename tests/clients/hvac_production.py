"""hvac_production.py BINARY: initialise, unseal, AppRole, policies, leases and
wrapping through hvac, behind TLS."""
import os
import sys

import hvac
import hvac.exceptions

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from serve import PRODUCTION  # noqa: E402
from server import Server  # noqa: E402
from suite import run  # noqa: E402


def start(client, kept):
    assert not client.sys.is_initialized() and client.sys.is_sealed()
    made = client.sys.initialize(secret_shares=3, secret_threshold=2)
    client.token = made["root_token"]
    assert client.sys.submit_unseal_keys(made["keys"][:2])["sealed"] is False
    assert client.sys.is_initialized() and client.is_authenticated()
    assert client.sys.read_leader_status()["is_self"]
    kept["keys"] = made["keys"]


def approle(client, kept):
    client.sys.create_or_update_policy(
        "app", 'path "secret/data/app/*" { capabilities = ["read"] }')
    client.sys.enable_secrets_engine("kv", "secret", options={"version": "2"})
    client.secrets.kv.v2.create_or_update_secret("app/db", {"pw": "x"})
    client.sys.enable_auth_method("approle")
    client.auth.approle.create_or_update_approle(
        "app", token_policies=["app"], token_ttl="1h", token_max_ttl="4h")
    role = client.auth.approle.read_role_id("app")["data"]["role_id"]
    secret = client.auth.approle.generate_secret_id("app")["data"]
    app = hvac.Client(url=client.url, verify=kept["ca"])
    auth = app.auth.approle.login(role, secret["secret_id"])["auth"]
    assert auth["lease_duration"] == 3600 and auth["renewable"]
    assert app.secrets.kv.v2.read_secret_version("app/db")["data"]["data"]
    try:
        app.secrets.kv.v2.create_or_update_secret("app/db", {"pw": "y"})
        raise AssertionError("a write that no policy allows")
    except hvac.exceptions.Forbidden:
        pass
    assert app.auth.token.renew_self(increment="2h")["auth"][
        "lease_duration"] == 7200
    kept["app"] = app


def leases(client, kept):
    client.sys.enable_secrets_engine("generic-leased", "gl")
    client.write("gl/a", v="1", ttl="1h")
    lease = client.read("gl/a")
    assert lease["lease_duration"] == 3600 and lease["renewable"]
    assert client.sys.renew_lease(lease["lease_id"], 60)[
        "lease_duration"] == 60
    assert client.sys.read_lease(lease["lease_id"])["data"]["renewable"]
    client.sys.revoke_lease(lease["lease_id"])
    try:
        client.sys.read_lease(lease["lease_id"])
        raise AssertionError("a revoked lease is still there")
    except hvac.exceptions.InvalidRequest as e:
        assert "invalid lease" in str(e)


def wrapping(client, kept):
    wrapped = client.auth.approle.generate_secret_id("app", wrap_ttl="60s")
    token = wrapped["wrap_info"]["token"]
    inner = client.sys.unwrap(token)
    assert inner["data"]["secret_id"]
    try:
        client.sys.unwrap(token)
        raise AssertionError("unwrapped twice")
    except hvac.exceptions.InvalidRequest:
        pass


def reseal(client, kept):
    client.sys.seal()
    assert client.sys.is_sealed()
    client.sys.submit_unseal_keys(kept["keys"][1:])
    assert kept["app"].secrets.kv.v2.read_secret_version("app/db")


TESTS = [start, approle, leases, wrapping, reseal]


def main():
    server = Server(sys.argv[1], config=PRODUCTION)
    client = hvac.Client(url=server.url, verify=server.ca)
    status = run(TESTS, client, {"ca": server.ca})
    return server.stop() or status


sys.exit(main())
