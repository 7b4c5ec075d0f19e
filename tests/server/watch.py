#!/usr/bin/env python3
"""watch.py BINARY: what configuration and restarts make of quotas, metrics, raw
storage and the history of versions. Closes with 'N passed, N failed'."""
import http.client
import json
import os
import socket
import struct
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server  # noqa: E402
from suite import run  # noqa: E402

BINARY = os.path.abspath(sys.argv[1])
LIMIT = {"rate": 1, "interval": "1h", "path": "kv/"}


def start(folder, top="", listener="", *args):
    return Server(BINARY, *args, config="""
storage "file" { path = "%s/data" }
listener "tcp" { address = "127.0.0.1:0" tls_disable = true %s }
%s
""" % (folder, listener, top))


def ask(server, status, method, path, body=None, token=None):
    got, headers, text = server.ask(method, path, body, token)
    assert got == status, "%s %s: %d %s" % (method, path, got, text)
    return text


begin = Server.initialize


def again(made, *args):
    server = start(*args)
    server.unseal(made)
    return server


def quotas_survive_a_restart():
    with tempfile.TemporaryDirectory() as folder:
        server = start(folder)
        made = begin(server)
        ask(server, 204, "POST", "sys/mounts/kv", {"type": "kv"})
        ask(server, 204, "POST", "sys/quotas/config",
            {"enable_rate_limit_response_headers": True})
        ask(server, 204, "POST", "sys/quotas/rate-limit/q", LIMIT)
        ask(server, 404, "GET", "kv/a")
        ask(server, 429, "GET", "kv/a")
        ask(server, 204, "PUT", "sys/seal")
        ask(server, 503, "GET", "kv/a")
        assert server.stop() == 0
        server = again(made, folder)
        _, headers, _ = server.ask("GET", "kv/a")
        assert headers["X-Ratelimit-Limit"] == "1", headers
        assert "Retry-After" not in headers
        status, headers, _ = server.ask("GET", "kv/a")
        assert status == 429 and headers["X-Ratelimit-Remaining"] == "0"
        assert 0 < int(headers["Retry-After"]) <= 3600, headers
        assert server.stop() == 0


def a_refusal_is_audited_on_wish():
    with tempfile.TemporaryDirectory() as folder:
        server = start(folder)
        begin(server)
        log = os.path.join(folder, "audit")
        ask(server, 204, "POST", "sys/audit/file",
            {"type": "file", "options": {"file_path": log}})
        ask(server, 204, "POST", "sys/quotas/rate-limit/q",
            {"rate": 1, "interval": "1h", "path": "cubbyhole/"})
        ask(server, 404, "GET", "cubbyhole/a")
        ask(server, 429, "GET", "cubbyhole/quiet")
        ask(server, 204, "POST", "sys/quotas/config",
            {"enable_rate_limit_audit_logging": True})
        ask(server, 429, "GET", "cubbyhole/told")
        with open(log) as f:
            entries = [json.loads(line) for line in f]
        paths = [e["request"]["path"] for e in entries]
        assert "cubbyhole/quiet" not in paths, paths
        told = [e for e in entries
                if e["request"]["path"] == "cubbyhole/told"]
        assert [e["type"] for e in told] == ["request"], told
        assert told[0]["error"] == ('request path "cubbyhole/told": rate '
                                    "limit quota exceeded"), told
        assert server.stop() == 0


def metrics_ask_for_a_token():
    with tempfile.TemporaryDirectory() as folder:
        server = start(folder)
        ask(server, 503, "GET", "sys/metrics", token="")
        begin(server)
        ask(server, 403, "GET", "sys/metrics", token="")
        assert "Gauges" in json.loads(ask(server, 200, "GET", "sys/metrics"))
        assert "unsupported operation" in ask(server, 405, "POST",
                                              "sys/metrics", {})
        assert server.stop() == 0


def metrics_are_opened():
    with tempfile.TemporaryDirectory() as folder:
        server = start(
            folder, 'telemetry { disable_hostname = true }',
            "telemetry { unauthenticated_metrics_access = true }")
        text = ask(server, 200, "GET", "sys/metrics?format=prometheus",
                   token="")
        assert "\nvault_core_unsealed{" in "\n" + text, text
        begin(server)
        ask(server, 200, "GET", "sys/metrics", token="")
        assert server.stop() == 0


def prometheus_is_switched_off():
    with tempfile.TemporaryDirectory() as folder:
        server = start(
            folder, 'telemetry { prometheus_retention_time = "0s" }')
        begin(server)
        assert ask(server, 400, "GET", "sys/metrics?format=prometheus") == (
            "prometheus is not enabled")
        ask(server, 200, "GET", "sys/metrics")
        assert server.stop() == 0


def raw_is_opened():
    with tempfile.TemporaryDirectory() as folder:
        server = start(folder)
        made = begin(server)
        assert "unsupported path" in ask(server, 404, "GET", "sys/raw/a/b")
        assert server.stop() == 0
        server = again(made, folder, "raw_storage_endpoint = true")
        ask(server, 204, "PUT", "sys/raw/a/b", {"value": '{"x":1}'})
        ask(server, 204, "PUT", "sys/raw/a/c",
            {"value": "eMOk", "encoding": "base64"})

        def value(path):
            return json.loads(ask(server, 200, "GET", path))["data"]["value"]

        assert value("sys/raw/a/b") == '{"x":1}'
        assert value("sys/raw/a/c") == "x\u00e4"
        assert value("sys/raw/a/c?encoding=base64") == "eMOk"
        keys = json.loads(ask(server, 200, "LIST", "sys/raw/a"))
        assert keys["data"]["keys"] == ["b", "c"]
        top = json.loads(ask(server, 200, "LIST", "sys/raw"))
        assert "a/" in top["data"]["keys"], top
        ask(server, 400, "PUT", "sys/raw/a/d",
            {"value": "?", "encoding": "base64"})
        ask(server, 400, "PUT", "sys/raw/a/d",
            {"value": "x", "encoding": "rot13"})
        ask(server, 400, "PUT", "sys/raw/core/keyring", {"value": "x"})
        ask(server, 204, "DELETE", "sys/raw/a/b")
        ask(server, 404, "GET", "sys/raw/a/b")
        spec = json.loads(ask(server, 200, "GET",
                              "sys/internal/specs/openapi"))
        assert "/sys/raw/{path}" in spec["paths"]
        assert server.stop() == 0


def in_flight(server, want):
    """Asks until there are as many as wanted; their paths."""
    for _ in range(1000):
        every = json.loads(ask(server, 200, "GET", "sys/in-flight-req"))
        if len(every) == want:
            return sorted(one["request_path"] for one in every.values())
    raise AssertionError(every)


def who_is_held_up_is_in_flight():
    server = Server(BINARY)
    ask(server, 201, "POST", "/_mock/faults", {
        "match": {"path": "secret/data/*"},
        "then": [{"delay": {"fixed": "1h", "at": "request"}}]})
    held = http.client.HTTPConnection(server.host, server.port)
    held.request("GET", "/v1/secret/data/a?version=1")
    assert in_flight(server, 2) == ["/v1/secret/data/a",
                                    "/v1/sys/in-flight-req"]
    # Gone for good: after a plain close the server still waits for a while,
    # since a client may close only its sending half.
    held.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                         struct.pack("ii", 1, 0))
    held.close()
    assert in_flight(server, 1) == ["/v1/sys/in-flight-req"]
    assert server.stop() == 0


def versions_have_a_history():
    with tempfile.TemporaryDirectory() as folder:
        server = start(folder, "", "", "--vault-version=1.18.3")
        made = begin(server)
        assert server.stop() == 0
        for _ in range(2):
            server = again(made, folder)
            data = json.loads(ask(server, 200, "LIST",
                                  "sys/version-history"))["data"]
            assert data["keys"] == ["1.18.3", "1.19.5"], data
            info = data["key_info"]
            assert info["1.18.3"]["previous_version"] is None
            assert info["1.19.5"]["previous_version"] == "1.18.3"
            assert server.stop() == 0


TESTS = [quotas_survive_a_restart, a_refusal_is_audited_on_wish,
         metrics_ask_for_a_token, metrics_are_opened, prometheus_is_switched_off,
         raw_is_opened,
         who_is_held_up_is_in_flight, versions_have_a_history]


sys.exit(run(TESTS))
