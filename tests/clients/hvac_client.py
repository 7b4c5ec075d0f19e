"""hvac_client.py BINARY: KV v2, tokens, policies, health and PKI through hvac."""
"""hvac_client.py BINARY: KV v2, tokens, policies, health and database
credentials through hvac."""
import os
import sys

import hvac
import hvac.exceptions

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server  # noqa: E402
from suite import run  # noqa: E402


def refused(kind, call, *args, **named):
    try:
        call(*args, **named)
    except kind:
        return
    raise AssertionError("no %s" % kind.__name__)


def health(client):
    assert client.sys.is_initialized() and not client.sys.is_sealed()
    assert client.sys.read_health_status(method="GET")["version"] == "1.19.5"
    assert client.is_authenticated()


def versions(client):
    kv = client.secrets.kv.v2
    for n in (1, 2):
        kv.create_or_update_secret("app/x", secret={"n": n})
    assert kv.read_secret_version("app/x")["data"]["data"] == {"n": 2}
    assert kv.read_secret_version("app/x", version=1)["data"]["data"] == {
        "n": 1}
    refused(hvac.exceptions.InvalidRequest, kv.create_or_update_secret,
            "app/x", secret={}, cas=1)
    kv.patch("app/x", secret={"m": "y"})
    assert kv.read_secret_version("app/x")["data"]["data"] == {
        "n": 2, "m": "y"}
    kv.delete_latest_version_of_secret("app/x")
    refused(hvac.exceptions.InvalidPath, kv.read_secret_version, "app/x")
    kv.undelete_secret_versions("app/x", versions=[3])
    assert kv.read_secret_metadata("app/x")["data"]["current_version"] == 3
    assert kv.list_secrets("app")["data"]["keys"] == ["x"]
    kv.destroy_secret_versions("app/x", versions=[1])
    kv.delete_metadata_and_all_versions("app/x")
    refused(hvac.exceptions.InvalidPath, kv.list_secrets, "app")


def mounts(client):
    client.sys.enable_secrets_engine("kv", path="old",
                                     options={"version": "1"})
    v1 = client.secrets.kv.v1
    v1.create_or_update_secret("a", secret={"k": "v"}, mount_point="old")
    assert v1.read_secret("a", mount_point="old")["data"] == {"k": "v"}
    assert "old/" in client.sys.list_mounted_secrets_engines()["data"]
    client.sys.disable_secrets_engine("old")


def tokens_and_policies(client):
    client.sys.create_or_update_policy(
        "reader", 'path "secret/data/app/*" { capabilities = ["read"] }')
    client.secrets.kv.v2.create_or_update_secret("app/y", secret={"k": 1})
    made = client.auth.token.create(policies=["reader"], ttl="1h")["auth"]
    reader = hvac.Client(url=client.url, token=made["client_token"])
    assert reader.secrets.kv.v2.read_secret_version("app/y")
    refused(hvac.exceptions.Forbidden,
            reader.secrets.kv.v2.create_or_update_secret, "app/y", secret={})
    assert reader.auth.token.renew_self()["auth"]["lease_duration"] == 3600
    client.auth.token.revoke(made["client_token"])
    refused(hvac.exceptions.Forbidden, reader.auth.token.lookup_self)


def pki(client):
    for path in ("pki", "int"):
        client.sys.enable_secrets_engine("pki", path=path, config={
            "max_lease_ttl": "8760h"})
    api = client.secrets.pki
    api.set_urls({"issuing_certificates": "http://127.0.0.1/ca"})
    assert api.read_urls()["data"]["issuing_certificates"] == [
        "http://127.0.0.1/ca"]
    root = api.generate_root("internal", "lab root", extra_params={
        "key_type": "ec", "ttl": "8000h"})["data"]
    assert api.read_ca_certificate() == root["certificate"]
    csr = api.generate_intermediate("internal", "lab int", extra_params={
        "key_type": "ec"}, mount_point="int")["data"]["csr"]
    signed = api.sign_intermediate(csr, "lab int", extra_params={
        "ttl": "4000h"})["data"]
    api.set_signed_intermediate("\n".join(signed["ca_chain"]),
                                mount_point="int")
    assert len(api.list_issuers(mount_point="int")["data"]["keys"]) == 2
    assert api.read_ca_certificate_chain(mount_point="int") == "\n".join(
        signed["ca_chain"])
    api.create_or_update_role("web", {
        "allowed_domains": "example.com", "allow_subdomains": True,
        "key_type": "ec"}, mount_point="int")
    assert api.list_roles(mount_point="int")["data"]["keys"] == ["web"]
    assert api.read_role("web", mount_point="int")["data"]["key_bits"] == 256
    made = api.generate_certificate("web", "a.example.com", mount_point="int")
    serial = made["data"]["serial_number"]
    refused(hvac.exceptions.InvalidRequest, api.generate_certificate, "web",
            "a.evil.org", mount_point="int")
    assert serial in api.list_certificates(mount_point="int")["data"]["keys"]
    api.revoke_certificate(serial, mount_point="int")
    assert api.read_certificate(serial, mount_point="int")["data"][
        "revocation_time"] > 0
    assert api.read_crl(mount_point="int").startswith("-----BEGIN X509 CRL")
    api.rotate_crl(mount_point="int")
    api.tidy({"tidy_cert_store": True}, mount_point="int")
    api.delete_role("web", mount_point="int")
    api.delete_root(mount_point="int")


TESTS = [health, versions, mounts, tokens_and_policies, pki]
def databases(client):
    client.sys.enable_secrets_engine("database")
    db = client.secrets.database
    db.configure(name="pg", plugin_name="postgresql-database-plugin",
                 allowed_roles=["app"], username="admin", password="pw",
                 connection_url="postgresql://{{username}}:{{password}}@db/x")
    assert db.list_connections()["data"]["keys"] == ["pg"]
    shown = db.read_connection("pg")["data"]
    assert shown["connection_details"]["username"] == "admin"
    assert "password" not in shown["connection_details"]
    db.create_role(name="app", db_name="pg", default_ttl="1h", max_ttl="2h",
                   creation_statements=["CREATE ROLE \"{{name}}\""])
    assert db.list_roles()["data"]["keys"] == ["app"]
    made = db.generate_credentials("app")
    assert made["data"]["username"].startswith("v-token-app-")
    assert made["lease_duration"] == 3600
    renewed = client.sys.renew_lease(made["lease_id"], increment=7200)
    assert renewed["lease_duration"] in (7199, 7200)
    client.sys.revoke_lease(made["lease_id"])
    refused(hvac.exceptions.InvalidRequest, client.sys.read_lease,
            made["lease_id"])
    refused(hvac.exceptions.InvalidRequest, db.generate_credentials, "none")
    db.rotate_root_credentials("pg")
    db.reset_connection("pg")
    db.delete_role("app")
    db.delete_connection("pg")
    client.sys.disable_secrets_engine("database")


def static_databases(client):
    client.sys.enable_secrets_engine("database", path="db")
    db = client.secrets.database
    db.configure(name="pg", plugin_name="postgresql-database-plugin",
                 allowed_roles="*", connection_url="postgresql://db/x",
                 mount_point="db")
    db.create_static_role(name="s", db_name="pg", username="u",
                          rotation_statements="ALTER ROLE x PASSWORD "
                          "'{{password}}'", rotation_period="1h",
                          mount_point="db")
    one = db.get_static_credentials("s", mount_point="db")["data"]
    assert one["username"] == "u" and 3590 < one["ttl"] <= 3600
    db.rotate_static_role_credentials("s", mount_point="db")
    two = db.get_static_credentials("s", mount_point="db")["data"]
    assert one["password"] != two["password"]
    assert db.list_static_roles(mount_point="db")["data"]["keys"] == ["s"]
    db.delete_static_role("s", mount_point="db")
    client.sys.disable_secrets_engine("db")


TESTS = [health, versions, mounts, tokens_and_policies, databases,
         static_databases]


def main():
    server = Server(sys.argv[1])
    status = run(TESTS, hvac.Client(url=server.url, token="root"))
    return server.stop() or status


sys.exit(main())
