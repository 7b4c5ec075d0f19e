#!/usr/bin/env python3
"""time.py BINARY: the vault's time and state, commanded over sockets."""
import datetime
import email.utils
import json
import os
import random
import ssl
import subprocess
import sys
import threading
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from server import Server, started  # noqa: E402
from suite import run, same  # noqa: E402


ask = Server.insist


def refused(binary, *args):
    """Standard error of a server that must not start."""
    p = subprocess.run([binary, "server", "-dev", "-dev-no-store-token",
                        "-dev-listen-address=127.0.0.1:0", *args],
                       capture_output=True, text=True, timeout=60)
    assert p.returncode == 1, (args, p.returncode)
    return p.stderr


def date_of(server):
    headers = server.ask("GET", "sys/health")[1]
    return email.utils.parsedate_to_datetime(headers["Date"]).isoformat()


def date_follows_the_clock(binary):
    with started(binary, "--clock=frozen@2031-05-06T07:08:09Z") as s:
        assert date_of(s) == "2031-05-06T07:08:09+00:00", date_of(s)
        ask(s, 200, "PUT", "/_mock/clock", {"skew": "-90s"})
        assert date_of(s) == "2031-05-06T07:06:39+00:00", date_of(s)
        ask(s, 200, "POST", "/_mock/clock/advance", {"by": "1h"})
        assert date_of(s) == "2031-05-06T08:06:39+00:00", date_of(s)
        health = ask(s, 200, "GET", "sys/health")
        shown = datetime.datetime.fromisoformat("2031-05-06T08:06:39+00:00")
        assert health["server_time_utc"] == shown.timestamp(), health


def flags_are_checked(binary):
    for flag, word in (("--clock=later", "flag -clock"),
                       ("--clock=frozen@noon", "flag -clock"),
                       ("--clock=rate=0", "flag -clock"),
                       ("--ttl-scale=0", "flag -ttl-scale"),
                       ("--ttl-scale=x", "flag -ttl-scale"),
                       ("--snapshot=/nowhere/at/all", "/nowhere/at/all")):
        assert word in refused(binary, flag), (flag, refused(binary, flag))


def the_log_carries_both_clocks(binary):
    with started(binary, "--log-level=trace", "--log-format=json",
                 "--clock=frozen@2031-05-06T07:08:09Z") as s:
        s.ask("POST", "sys/auth/approle", {"type": "approle"})
        ask(s, 204, "PUT", "sys/audit/f",
            {"type": "file", "options": {"file_path": "discard"}})
        # neither has what an audit entry tells
        ask(s, 200, "GET", "/_mock/clock")
        assert s.ask("BREW", "secret/data/a")[0] == 405
        lines = [json.loads(x) for x in s.stderr().splitlines()]
        for line in lines:
            assert line["@timestamp"] == "2031-05-06T07:08:09.000Z", line
            assert not line["real"].startswith("2031"), line


def frozen_and_far_under_load(binary):
    """Clients that work all the while; the clock stands, then leaps."""
    with started(binary, "--clock=frozen") as s:
        done, bad = threading.Event(), []

        def work(n):
            while not done.is_set():
                token = s.ask("POST", "auth/token/create", {"ttl": "1m"})
                read = s.ask("GET", "sys/health")
                if token[0] != 200 or read[0] != 200:
                    bad.append((token, read))

        threads = [threading.Thread(target=work, args=(n,))
                   for n in range(4)]
        for t in threads:
            t.start()
        seen = 0
        while seen < 100:
            gone = ask(s, 200, "POST", "/_mock/clock/advance",
                       {"by": "24h"})["expired"]
            seen += len(gone)
        done.set()
        for t in threads:
            t.join(60)
            assert not t.is_alive()
        assert not bad, bad[0]
        accessors = ask(s, 200, "LIST", "auth/token/accessors")
        assert len(accessors["data"]["keys"]) <= 1 + 8


def restores_under_load(binary):
    """Reads see one state or the other, whole."""
    with started(binary) as s:
        ask(s, 200, "POST", "secret/data/a", {"data": {"k": "one"}})
        ask(s, 201, "PUT", "/_mock/snapshots/one")
        ask(s, 200, "POST", "secret/data/a", {"data": {"k": "two"}})
        ask(s, 201, "PUT", "/_mock/snapshots/two")
        done, bad = threading.Event(), []

        def read():
            while not done.is_set():
                status, _, text = s.ask("GET", "secret/data/a")
                data = json.loads(text).get("data") or {}
                seen = (status, (data.get("data") or {}).get("k"),
                        (data.get("metadata") or {}).get("version"))
                if seen not in ((200, "one", 1), (200, "two", 2)):
                    bad.append(seen)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for t in threads:
            t.start()
        for n in range(60):
            name = ("one", "two")[n % 2]
            ask(s, 200, "POST", "/_mock/snapshots/%s/restore" % name)
            data = ask(s, 200, "GET", "secret/data/a")["data"]
            assert data["data"]["k"] == name, data
        done.set()
        for t in threads:
            t.join(60)
        assert not bad, bad[0]


def a_reset_ends_outages_and_rules(binary):
    with started(binary) as s:
        ask(s, 200, "POST", "secret/data/a", {"data": {"k": 1}})
        for outage in ("sealed", "amnesia", "uninitialized"):
            ask(s, 200, "PUT", "/_mock/outages/" + outage, {})
            ask(s, 201, "POST", "/_mock/faults",
                {"then": [{"respond": {"status": 418}}]})
            assert s.ask("GET", "secret/data/a")[0] == 418
            ask(s, 200, "POST", "/_mock/reset", {})
            ask(s, 200, "GET", "sys/health")
            ask(s, 404, "GET", "secret/data/a")
            assert ask(s, 200, "GET", "/_mock/faults")["faults"] == []


def rules_wait_for_an_end(binary):
    with started(binary, "--clock=frozen") as s:
        auth = ask(s, 200, "POST", "auth/token/create",
                   {"ttl": "10m"})["auth"]
        ask(s, 201, "POST", "/_mock/faults", {
            "match": {"path": "sys/health"},
            "when": {"on": "expired:" + auth["accessor"]},
            "then": [{"respond": {"status": 418}}]})
        ask(s, 200, "GET", "sys/health")
        gone = ask(s, 200, "POST", "/_mock/clock/advance", {"by": "10m"})
        assert gone["expired"] == [
            {"kind": "token", "accessor": auth["accessor"]}], gone
        ask(s, 418, "GET", "sys/health")


def a_state_leaves_and_comes_in(binary):
    with started(binary) as s:
        path = os.path.join(s.home, "state.json")
    with started(binary, "--export-on-exit=" + path) as s:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        ask(s, 200, "POST", "secret/data/a", {"data": {"k": 1}})
        token = ask(s, 200, "POST", "auth/token/create",
                    {"ttl": "1h"})["auth"]["client_token"]
        before = ask(s, 200, "GET", "/_mock/state")
        ask(s, 200, "PUT", "/_mock/outages/amnesia", {})
        assert s.stop() == 0
    with open(path) as f:
        assert json.load(f) == before
    assert os.stat(path).st_mode & 0o077 == 0
    with started(binary, "--snapshot=" + path) as s:
        ask(s, 200, "GET", "auth/token/lookup-self", token=token)
        ask(s, 200, "POST", "secret/data/a", {"data": {"k": 2}})
        ask(s, 200, "POST", "/_mock/reset", {})
        assert ask(s, 200, "GET", "secret/data/a")["data"]["data"] == {"k": 1}
        assert ask(s, 200, "GET", "/_mock/state") == before
    with started(binary, "--snapshot=" + path, token="another") as s:
        ask(s, 200, "GET", "secret/data/a")
        ask(s, 200, "GET", "secret/data/a", token="root")
    with open(path, "w") as f:
        f.write('{"format": "mockvault-state/1", "tables": {"kv3": []}}')
    assert "tables.kv3" in refused(binary, "--snapshot=" + path)
    os.unlink(path)
    os.rmdir(os.path.dirname(path))


PROBES = """GET sys/health
GET sys/mounts
GET sys/auth
LIST auth/token/accessors
GET sys/policies/acl/p
GET secret/data/a
GET secret/metadata/a
LIST secret/metadata
GET auth/approle/role/r
LIST auth/approle/role/r/secret-id
GET auth/userpass/users/u
GET auth/token/lookup-self
LIST identity/entity/id
LIST identity/group/id
LIST sys/leases/lookup/gl/a
GET kv1/a
LIST kv1
GET auth/token/roles/q
GET sys/locked-users
GET sys/internal/ui/mounts""".splitlines()

CONTENT = (
    ("sys/auth/approle", {"type": "approle"}),
    ("sys/auth/userpass", {"type": "userpass"}),
    ("auth/approle/role/r", {"token_policies": "p"}),
    ("auth/approle/role/r/secret-id", {}),
    ("auth/userpass/users/u", {"password": "p"}),
    ("auth/userpass/login/u", {"password": "p"}),
    ("sys/policies/acl/p", {"policy": 'path "x" {capabilities=["read"]}'}),
    ("secret/metadata/a", {"custom_metadata": {"a": "b"},
                           "delete_version_after": "1h"}),
    ("secret/data/a", {"data": {"k": 1}}),
    ("sys/mounts/gl", {"type": "generic-leased"}),
    ("gl/a", {"v": 1, "ttl": "1h"}),
    ("sys/mounts/kv1", {"type": "kv"}), ("kv1/a", {"v": 1}),
    ("auth/token/create", {"ttl": "1h", "meta": {"a": "b"}}),
    ("auth/token/roles/q", {}), ("identity/entity", {"name": "e"}),
    ("identity/group", {"name": "g"}))

ODD = (None, 0, -1, 1, 10 ** 12, -2 ** 63, "", "/", "auth/", "{}", "[]",
       "null", "[1]", '{"a":1}', "kv", "token", "x" * 3000, {"base64": ""},
       {"base64": "AA=="}, {"base64": "/w=="}, True, 1.5)


def broken_documents_do_no_harm(binary):
    """Whatever is taken can be asked about; the rest is refused."""
    randoms = random.Random(7)
    with started(binary) as s:
        for path, body in CONTENT:
            assert s.ask("POST", path, body)[0] in (200, 204), path
        ask(s, 200, "GET", "gl/a")
        good = json.dumps(ask(s, 200, "GET", "/_mock/state"))
        taken = 0
        for _ in range(60):
            document = json.loads(good)
            tables = document["tables"]
            rows = tables[randoms.choice([t for t in tables if tables[t]])]
            row = randoms.choice(rows)
            if randoms.random() < 0.9:
                row[randoms.choice(list(row))] = randoms.choice(ODD)
            else:
                rows.remove(row)
            status = s.ask("PUT", "/_mock/state", document)[0]
            assert status in (200, 400), status
            if status == 400:
                continue
            taken += 1
            for probe in PROBES:
                s.ask(*probe.split())
            s.ask("POST", "auth/userpass/login/u", {"password": "p"})
            s.ask("POST", "auth/token/create", {"ttl": "1h"})
            ask(s, 200, "POST", "/_mock/clock/advance", {"by": "2h"})
            ask(s, 200, "PUT", "/_mock/state", good)
        assert 0 < taken < 60, taken


def numbers_out_of_range_are_named(binary):
    with started(binary, "--clock=frozen") as s:
        ask(s, 200, "POST", "secret/data/a", {"data": {"k": "v"}})
        before = ask(s, 200, "GET", "/_mock/state")
        for table, column, value, words in (
                ("kv2_key", "id", 2**31, "from 1 to 2147483647"),
                ("kv2_key", "current", 2**32, "from 0 to 4294967295"),
                ("kv2_version", "destroyed", 2, "from 0 to 1"),
                ("token", "num_uses", -2, "from -1 to"),
                ("token", "ttl", 9223372037, "to 9223372036"),
                ("mount", "id", 0, "from 1 to"),
                ("seal", "threshold", 256, "from 0 to 255"),
                ("seal", "shares", 1.5, "must be an integer"),
                ("token", "created", "now", "must be an integer"),
                ("token", "id", 7, "must be a string"),
                ("token", "policies", None, "must be a string")):
            document = json.loads(json.dumps(before))
            document["tables"][table][0][column] = value
            why = ask(s, 400, "PUT", "/_mock/state", document)
            same(why["field"], "tables.%s[0].%s" % (table, column))
            assert words in why["errors"][0], why
        same(ask(s, 200, "GET", "/_mock/state"), before)


def populating_twice_is_populating_once(binary):
    body = {
        "faults": [{"id": "slow", "match": {"path": "x"},
                    "then": [{"delay": "5ms"}]}],
        "nodes": {},
        "fixtures": {
            "mounts": {"more/": {"type": "kv"}},
            "auth": {"approle/": {"type": "approle"}},
            "policies": {"p": 'path "secret/*" {capabilities=["read"]}'},
            "kv": {"secret/app": [{"a": 1}, {"a": 2}],
                   "more/b": {"b": 1}},
            "tokens": [{"id": "t", "policies": ["p"], "ttl": "1h"}]}}
    with started(binary, "--clock=frozen") as s:
        first = ask(s, 200, "POST", "/_mock/populate", body)
        state = ask(s, 200, "GET", "/_mock/state")
        assert ask(s, 200, "POST", "/_mock/populate", body) == first
        assert ask(s, 200, "GET", "/_mock/state") == state
        app = ask(s, 200, "GET", "secret/data/app", token="t")["data"]
        assert (app["data"], app["metadata"]["version"]) == ({"a": 2}, 2)
        body["fixtures"]["kv"]["secret/app"] = {"a": 3}
        body["fixtures"]["tokens"].append({"id": "u", "polices": []})
        wrong = ask(s, 400, "POST", "/_mock/populate", body)
        assert wrong["field"].startswith("fixtures.tokens"), wrong
        assert ask(s, 200, "GET", "/_mock/state") == state
        # the root token may be gone meanwhile
        ask(s, 204, "POST", "auth/token/revoke-self")
        body["fixtures"]["tokens"].pop()
        ask(s, 200, "POST", "/_mock/populate", body)
        app = ask(s, 200, "GET", "secret/data/app", token="t")["data"]
        assert app["data"] == {"a": 3}


def numbers_about_itself(binary):
    with started(binary) as s:
        ask(s, 404, "GET", "secret/data/nothing")
        ask(s, 200, "GET", "sys/health")
        ask(s, 201, "POST", "/_mock/faults",
            {"id": "a-b", "match": {"path": "gone"},
             "then": [{"respond": {"status": 503}}]})
        ask(s, 503, "GET", "gone")
        ask(s, 200, "POST", "/_mock/clock/advance", {"by": "90s"})
        text = ask(s, 200, "GET", "/_mock/metrics")
        lines = dict(x.rsplit(" ", 1) for x in text.splitlines()
                     if not x.startswith("#"))
        assert lines['mockvault_requests_total{status="2xx"}'] == "1"
        assert lines['mockvault_requests_total{status="4xx"}'] == "1"
        assert lines['mockvault_requests_total{status="5xx"}'] == "1"
        assert lines['mockvault_faults_acted_total{rule="a-b"}'] == "1"
        assert lines["mockvault_journal_entries"] == "3", lines
        assert lines["mockvault_clock_offset_seconds"] == "90", lines


def an_openapi_document(binary):
    with started(binary) as s:
        doc = ask(s, 200, "GET", "/_mock/openapi.json")
        try:
            import openapi_spec_validator
            openapi_spec_validator.validate(doc)
        except ImportError:
            pass
        assert doc["openapi"].startswith("3.")
        ids = []
        for path, item in doc["paths"].items():
            assert path.startswith("/_mock/") and ":" not in path, path
            names = [x.split("}")[0] for x in path.split("{")[1:]]
            for method, operation in item.items():
                ids.append(operation["operationId"])
                assert names == [p["name"] for p in operation["parameters"]
                                 if p["in"] == "path"]
                assert operation["summary"] and operation["responses"]
        asked = {p["name"]: p["schema"] for p in
                 doc["paths"]["/_mock/events"]["get"]["parameters"]}
        assert "outage" in str(asked["types"]) and "heartbeat" in asked, asked
        assert len(ids) == len(set(ids)) and "putClock" in ids, ids
        for path in doc["paths"]:
            if "{" not in path and "get" in doc["paths"][path] and \
                    path not in ("/_mock/tls/ca.pem", "/_mock/events"):
                assert s.ask("GET", path)[0] == 200, path


def the_inventory_has_names_alone(binary):
    with started(binary) as s:
        ask(s, 204, "POST", "sys/mounts/plain", {"type": "kv"})
        ask(s, 204, "POST", "plain/old", {"k": "hidden-value"})
        for name in ("a", "gone"):
            ask(s, 200, "POST", "secret/data/" + name,
                {"data": {"k": "hidden-value"}})
        ask(s, 204, "DELETE", "secret/data/gone")
        ask(s, 200, "POST", "secret/data/worn", {"data": {"k": "v"}})
        ask(s, 204, "PUT", "secret/destroy/worn", {"versions": [1]})
        made = ask(s, 200, "POST", "auth/token/create",
                   {"ttl": "1h", "display_name": "worker"})["auth"]
        text = s.ask("GET", "/_mock/inventory")[2]
        assert "hidden" not in text and made["client_token"] not in text
        held = json.loads(text)
        assert [(x["path"], x["version"], x["state"])
                for x in held["secrets"]["items"]] == [
                    ("secret/a", 1, "there"), ("secret/gone", 1, "deleted"),
                    ("secret/worn", 1, "destroyed"),
                    ("plain/old", None, "there")], held
        token = [x for x in held["tokens"]["items"]
                 if x["accessor"] == made["accessor"]][0]
        assert token["display_name"] == "token-worker" and \
            token["policies"] == ["root"] and token["expires"], token
        assert "auth/token/" in [m["path"] for m in held["mounts"]["items"]]
        few = ask(s, 200, "GET", "/_mock/inventory?limit=1")["secrets"]
        assert few["count"] == 4 and len(few["items"]) == 1, few
        assert "limit" in s.ask("GET", "/_mock/inventory?limit=9999")[2]


def the_ca_is_handed_out(binary):
    with started(binary) as s:
        ask(s, 404, "GET", "/_mock/tls/ca.pem")
    with started(binary, "-dev-tls") as s:
        with urllib.request.urlopen(
                s.bound["admin_addr"] + "/_mock/tls/ca.pem") as answer:
            pem = answer.read().decode()
        context = ssl.create_default_context(cadata=pem)
        with urllib.request.urlopen(s.url + "/v1/sys/health",
                                    context=context) as answer:
            assert answer.status == 200


if __name__ == "__main__":
    sys.exit(run([
        date_follows_the_clock, flags_are_checked,
        the_log_carries_both_clocks, frozen_and_far_under_load,
        restores_under_load, a_reset_ends_outages_and_rules,
        rules_wait_for_an_end, a_state_leaves_and_comes_in,
        broken_documents_do_no_harm, numbers_out_of_range_are_named,
        populating_twice_is_populating_once, numbers_about_itself,
        an_openapi_document, the_inventory_has_names_alone,
        the_ca_is_handed_out], sys.argv[1]))
