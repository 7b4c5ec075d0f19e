"""hvac_watch.py BINARY: quotas through hvac, the OpenAPI document under a
validator, the metrics under Prometheus' own parser."""
import os
import sys

import hvac
import hvac.exceptions
from openapi_spec_validator import validate
from prometheus_client.parser import text_string_to_metric_families

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server  # noqa: E402
from suite import run  # noqa: E402


def quotas(client):
    client.sys.create_or_update_quota("q", 2, path="secret/", interval="1h",
                                      block_interval="1h")
    assert client.sys.list_quotas()["data"]["keys"] == ["q"]
    rule = client.sys.read_quota("q")["data"]
    assert (rule["rate"], rule["interval"], rule["path"]) == (
        2, 3600, "secret/"), rule
    kv = client.secrets.kv.v2
    kv.create_or_update_secret("a", secret={})

    def read():
        kv.read_secret_version("a", raise_on_deleted_version=True)

    read()
    try:
        read()
        raise AssertionError("not limited")
    except hvac.exceptions.RateLimitExceeded as e:
        assert "rate limit quota exceeded" in str(e), e
    client.sys.delete_quota("q")
    read()


def operations(spec):
    return {op["operationId"]: op for item in spec["paths"].values()
            for op in item.values()
            if isinstance(op, dict) and "operationId" in op}


def openapi(client):
    for method in ("approle", "userpass", "jwt"):
        client.sys.enable_auth_method(method)
    client.sys.enable_secrets_engine("kv", path="deep/old")
    spec = client.adapter.get("/v1/sys/internal/specs/openapi")
    validate(spec)
    count = sum(isinstance(op, dict) and "operationId" in op
                for item in spec["paths"].values() for op in item.values())
    assert len(operations(spec)) == count > 300
    mounts = spec["paths"]["/sys/mounts/{path}"]
    assert set(mounts) >= {"get", "post", "delete", "parameters"}, mounts
    name = mounts["post"]["requestBody"]["content"]["application/json"][
        "schema"]["$ref"].rsplit("/", 1)[1]
    fields = spec["components"]["schemas"][name]["properties"]
    assert fields["type"]["type"] == "string"
    assert fields["local"]["type"] == "boolean"
    assert "path" not in fields
    rule = spec["paths"]["/sys/quotas/rate-limit/"]["get"]
    assert rule["parameters"][0] == {
        "name": "list", "in": "query", "required": True,
        "description": "Must be set to `true`",
        "schema": {"type": "string", "enum": ["true"]}}, rule
    assert spec["paths"]["/sys/health"]["x-vault-unauthenticated"]
    assert spec["paths"]["/sys/audit"][
        "x-vault-sudo"]
    assert "/deep/old/{path}" in spec["paths"]
    assert "/auth/approle/login" in spec["paths"]


def openapi_for_any_mount(client):
    spec = client.adapter.get("/v1/sys/internal/specs/openapi",
                              params={"generic_mount_paths": True})
    validate(spec)
    data = spec["paths"]["/{secret_mount_path}/data/{path}"]
    path, mount = data["parameters"]
    assert path["name"] == "path"
    assert mount["name"] == "secret_mount_path" and mount["required"]
    assert mount["schema"]["default"] == "secret"
    assert "/auth/{approle_mount_path}/login" in spec["paths"]
    assert "/{deep_old_mount_path}/{path}" in spec["paths"]
    assert "/auth/token/create" in spec["paths"]


def openapi_of_what_is_seen(client):
    client.sys.create_or_update_policy(
        "look", 'path "secret/*" { capabilities = ["read"] }')
    token = client.auth.token.create(policies=["look"], no_default_policy=True)
    for text, want in ((token["auth"]["client_token"],
                        {"/secret/data/{path}": True, "/sys/mounts": False}),
                       ("", {"/secret/data/{path}": False})):
        spec = hvac.Client(url=client.url, token=text).adapter.get(
            "/v1/sys/internal/specs/openapi")
        validate(spec)
        for path, there in want.items():
            assert (path in spec["paths"]) == there, (text, path)


def metrics(client):
    client.secrets.kv.v2.create_or_update_secret('m"\\', secret={})
    text = client.adapter.get(
        "/v1/sys/metrics", params={"format": "prometheus"}).text
    families = list(text_string_to_metric_families(text))
    names = [f.name for f in families]
    assert len(names) == len(set(names)), names
    by_name = dict(zip(names, families))
    assert by_name["vault_core_unsealed"].samples[0].value == 1
    assert by_name["vault_core_handle_request"].type == "summary"
    assert by_name["vault_route_create_secret_"].type == "summary"
    shaped = client.adapter.get("/v1/sys/metrics")
    assert set(shaped) == {"Timestamp", "Gauges", "Points", "Counters",
                           "Samples"}, shaped
    for sample in shaped["Samples"] + shaped["Counters"]:
        assert set(sample) == {"Name", "Count", "Rate", "Sum", "Min", "Max",
                               "Mean", "Stddev", "Labels"}, sample
        assert sample["Min"] <= sample["Max"] and sample["Count"] > 0, sample


TESTS = [quotas, openapi, openapi_for_any_mount, openapi_of_what_is_seen,
         metrics]


def main():
    server = Server(sys.argv[1])
    status = run(TESTS, hvac.Client(url=server.url, token="root"))
    return server.stop() or status


sys.exit(main())
