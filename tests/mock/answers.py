#!/usr/bin/env python3
"""What the control API says to calls that are wrong, and to outages that cannot
be as they were asked for: nothing half applied, and the way out named.

  answers.py MOCKVAULT
"""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from tests.support import suite  # noqa: E402
from tests.support.server import Server  # noqa: E402
from tests.support.control_client import Control  # noqa: E402
from tests.support.suite import same  # noqa: E402


def refused(answer, status, field, part):
    """The error, whole: a text, the field (None: none), what is allowed."""
    body = answer.json()
    same((answer.status, body.get("field")), (status, field))
    assert part in body["errors"][0], body
    return body.get("allowed")


def an_unknown_path_names_the_nearest(c):
    allowed = refused(c.control("GET", "fautls"), 404, None,
                      'did you mean "faults"?')
    assert "clock/advance" in allowed and "faults/{id}" in allowed, allowed
    refused(c.control("POST", "clock/advnace"), 404, None, "clock/advance")


def a_wrong_method_names_the_right_ones(c):
    same(refused(c.control("PUT", "faults"), 405, None, "/_mock/faults"),
         ["GET", "HEAD", "POST", "DELETE"])


def an_unknown_outage_in_a_rule_names_the_nearest(c):
    allowed = refused(
        c.control("POST", "faults", {"then": [{"outage": "slwo"}]}), 400,
        "then[0].outage", 'did you mean "slow"?')
    assert "sealed" in allowed


def an_unknown_section_of_fixtures_names_the_known(c):
    allowed = refused(
        c.control("POST", "populate", {"fixtures": {"kvv": {}}}), 400,
        "fixtures.kvv", "unknown key")
    assert "kv" in allowed and "tokens" in allowed, allowed


def a_match_that_can_do_nothing_is_refused(c):
    for name, field, allowed in (("sealed", "path", ["node"]),
                                 ("no-leader", "op", ["node"]),
                                 ("token-revoked", "path",
                                  ["token", "node"])):
        got = c.control("PUT", "outages/" + name, {"match": {field: "any"}})
        same(refused(got, 400, "match." + field, name), allowed)
    same(c.ask("GET", "sys/health").status, 200)
    c.on("sealed", match={"node": "n1"})
    same(c.ask("GET", "sys/health").status, 503)
    c.off("sealed")


def a_replacement_that_fails_leaves_the_old_one(c):
    c.policy("app", 'path "secret/*" { capabilities = ["read"] }')
    c.on("policy-lost", {"policy": "app"}, **{"for": "1m"})
    got = c.control("PUT", "outages/policy-lost",
                    {"params": {"policy": "none-such"}})
    refused(got, 400, "params.policy", "none-such")
    same(c.control("GET", "outages/policy-lost").json()["active"], True)
    same(c.ask("GET", "sys/policies/acl/app").status, 404)
    c.off("policy-lost")
    same(c.ask("GET", "sys/policies/acl/app").status, 200)


def a_role_that_is_not_there_is_named(c):
    refused(c.control("PUT", "outages/secret-id-expired",
                      {"params": {"role": "web"}}), 400, "params.role",
            "auth/approle")


def turning_off_forgets_what_has_not_begun(c):
    c.on("sealed", after="1h")
    c.off("sealed")
    c.on("sealed", after="1ms")
    same(c.control("POST", "requests/wait",
                   {"n": 1, "timeout": "20ms"}).status, 408)
    same(c.ask("GET", "sys/health").status, 503)
    c.off("sealed")
    c.on("sealed", after="1ms")
    c.off("sealed")
    same(c.control("POST", "requests/wait",
                   {"match": {"path": "none"}, "timeout": "20ms"}).status,
         408)
    same(c.ask("GET", "sys/health").status, 200)


def limit_headers(c, **params):
    """Of the second request of a limit of one."""
    c.control("PUT", "clock", {"mode": "frozen"})
    c.on("rate-limit", dict(params, rate=1, headers=True))
    same(c.ask("GET", "secret/data/a").status, 404)
    answer = c.ask("GET", "secret/data/a")
    same(answer.status, 429)
    names = ("x-ratelimit-limit", "x-ratelimit-remaining",
             "x-ratelimit-reset", "retry-after")
    return [answer.header(name) for name in names]


def rate_limit_headers_count_seconds(c):
    same(limit_headers(c, per="10s"), ["1", "0", "10", "10"])
    c.control("POST", "clock/advance", {"by": "3500ms"})
    same(c.ask("GET", "secret/data/a").header("retry-after"), "6")


def a_block_tells_of_the_window_too(c):
    same(limit_headers(c, block="69s"), ["1", "0", "69", "69"])


def an_overload_says_where_a_login_failed(c):
    c.on("overloaded")
    login = c.ask("PUT", "auth/userpass/login/x", {"password": "y"})
    same((login.status, login.json()["errors"]),
         (503, ["failed to create token: failed to persist accessor index "
                "entry: overloaded, try again later: internal error"]))
    same(c.ask("GET", "secret/data/a").status, 404)


def a_flag_that_is_wrong_says_what_would_do(c):
    for fault, parts in (
            ("slow@", ["match", "@auth/*/login"]),
            ("slow,mode=zork", ["params.mode", "constant", "lognormal"]),
            ("slow,after=2s,for=zork", ["for: ", "250ms"]),
            ("sealed,after=1s@x", ["match.path"]),
            ("seald", ['did you mean "sealed"?'])):
        run = subprocess.run(
            [c.binary, "server", "-dev", "-dev-no-store-token",
             "-dev-listen-address=127.0.0.1:0", "--fault", fault],
            capture_output=True, text=True, timeout=60)
        same(run.returncode, 1)
        for part in parts:
            assert part in run.stderr, (part, run.stderr)


def begin(c, *timeline):
    """A scenario without a duration; how it stands after its start."""
    same(c.control("PUT", "scenarios/x", {"timeline": timeline}).status, 200)
    return c.control("POST", "scenarios/x/start").json()["state"]


def a_scenario_lasts_as_long_as_its_outages(c):
    same(begin(c, {"at": 0, "do": {"outage": "sealed", "for": "1h"}}),
         "running")
    same(c.ask("GET", "sys/health").status, 503)
    same(c.control("POST", "scenarios/x/stop").json()["state"], "done")
    same(c.ask("GET", "sys/health").status, 200)
    begin(c, {"at": 0, "do": {"outage": "sealed", "for": "20ms"}})
    while c.control("GET", "scenarios/x").json()["state"] == "running":
        pass
    same(c.ask("GET", "sys/health").status, 200)


def a_scenario_does_not_undo_at_once_what_has_no_end(c):
    same(begin(c, {"at": 0, "do": {"outage": "lb-html"}}), "running")
    same(c.ask("GET", "secret/data/a").status, 502)
    c.control("POST", "scenarios/x/stop")
    same(c.ask("GET", "secret/data/a").status, 404)
    same(begin(c, {"at": 0, "do": {"outage": "lb-html"}},
               {"at": 0, "do": {"outage": "lb-html", "off": True}}), "done")


def references(tree):
    """Each $ref below."""
    if isinstance(tree, list):
        tree = dict(enumerate(tree))
    if not isinstance(tree, dict):
        return
    if "$ref" in tree:
        yield tree["$ref"]
    for value in tree.values():
        yield from references(value)


def openapi_says_what_bodies_hold(c):
    api = c.control("GET", "openapi.json").json()
    schemas = api["components"]["schemas"]
    for ref in references(api):
        assert ref.split("/")[-1] in schemas, ref
    times = schemas["Verify"]["properties"]["times"]["oneOf"]
    assert {"type": "string", "enum": ["some", "none"]} in times, times
    ids = [op["operationId"] for item in api["paths"].values()
           for op in item.values()]
    same(len(ids), len(set(ids)))
    c.control("PUT", "faults/n1", {"then": [{"delay": 1}]})
    seen = 0
    for path, item in api["paths"].items():
        for method, op in item.items():
            if "requestBody" not in op or path == "/_mock/state":
                continue
            body = op["requestBody"]["content"]["application/json"]
            name = body["schema"]["$ref"].split("/")[-1]
            where = path[len("/_mock/"):]
            where = where.replace("{id}", "n1").replace("{name}", "n1")
            where = {"outages/n1": "outages/sealed",
                     "scenarios/n1/start": "scenarios/leader-crash/start",
                     }.get(where, where)
            got = c.control(method.upper(), where, {"zork": 1}).json()
            same((path, got["field"], sorted(got["allowed"])),
                 (path, "zork", sorted(schemas[name]["properties"])))
            seen += 1
    assert seen > 13, seen


def a_rule_waits_for_the_nth_request_of_another(c):
    c.control("PUT", "faults/seen", {"match": {"path": "cubbyhole/**"},
                                     "then": [{"emit": "x"}]})
    c.control("PUT", "faults/then", {
        "match": {"path": "secret/**"}, "when": {"on": "request:seen:2"},
        "then": [{"respond": {"status": 503}}]})
    for status in (404, 503):
        c.ask("GET", "cubbyhole/a")
        same(c.ask("GET", "secret/data/a").status, status)


def a_rule_waits_for_a_state_of_the_node(c):
    c.control("PUT", "faults/back", {
        "match": {"path": "secret/**"}, "when": {"on": "node:n1:active"},
        "then": [{"respond": {"status": 502}}]})
    same(c.ask("GET", "secret/data/a").status, 404)
    c.on("sealed")
    c.off("sealed")
    same(c.ask("GET", "secret/data/a").status, 502)


def each_rule_of_the_page_is_taken(c):
    page = os.path.join(os.path.dirname(__file__), "..", "..", "docs",
                        "rules.md")
    with open(page) as f:
        rules = [json.loads(x) for x in f if x.startswith('    {"id"')]
    assert len(rules) > 4, rules
    for rule in rules:
        same(c.control("POST", "faults", rule).status, 201)


WRONG_STEPS = [
    ({"outage": "sealed", "for": "x"}, "do.for"),
    ({"outage": "slow", "match": {"pathh": "x"}}, "do.match.pathh"),
    ({"outage": "sealed", "match": {"path": "x"}}, "do.match.path"),
    ({"outage": "slow", "params": {"delay": "z"}}, "do.params.delay"),
    ({"outage": "rolling-upgrade"}, "do.outage"),
    ({"outage": "seald"}, "do.outage"),
    ({"outage": "seald", "off": True}, "do.outage"),
    ({"clock": {"mod": "x"}}, "do.clock.mod"),
    ({"advance": "soon"}, "do.advance"),
    ({"reset": "everything"}, "do.reset"),
    ({"request": {"methd": "GET"}}, "do.request.methd"),
    ({"request": {"method": "GET"}}, "do.request.path"),
]


def a_scenario_is_looked_at_when_it_is_loaded(c):
    for step, field in WRONG_STEPS:
        got = c.control("PUT", "scenarios/x",
                        {"timeline": [{"at": "1h", "do": step}]})
        same((got.status, got.json().get("field")),
             (400, "timeline[0]." + field))
    for body, field in (
            ({"clock": {"mode": "zork"}}, "clock.mode"),
            ({"expect": [{"tims": {"max": 1}}]}, "expect[0].tims"),
            ({"expect": [{"name": "x", "match": {"op": "z"},
                          "times": {"max": 1}}]}, "expect[0].match.op")):
        got = c.control("PUT", "scenarios/x", body)
        same((got.status, got.json()["field"]), (400, field))
    same(c.control("GET", "scenarios/x").status, 404)
    same(c.control("PUT", "scenarios/x", {"timeline": [
        {"at": "1h", "do": {"outage": "redirect", "off": True}}]}).status,
         200)


def a_stall_that_ends_lets_vault_answer(c):
    c.control("PUT", "faults/s", {"match": {"path": "secret/**"},
                                  "then": [{"stall": {"for": "20ms"}}]})
    same(c.ask("POST", "secret/data/a", {"data": {"k": "v"}}).status, 200)
    same(c.ask("GET", "secret/data/a").json()["data"]["data"], {"k": "v"})
    for entry in c.journal(match={"path": "secret/**"}):
        assert entry["duration_ms"] >= 20, entry
        same((entry["rule"], entry["committed"]), ("s", True))
    c.control("PUT", "faults/s", {
        "match": {"path": "secret/**"}, "then": [
            {"stall": {"for": "20ms"}}, {"respond": {"status": 504}}]})
    same(c.ask("POST", "secret/data/b", {"data": {}}).status, 504)
    c.control("DELETE", "faults")
    same(c.ask("GET", "secret/data/b").status, 404)


def a_lease_quota_counts_tokens_as_well(c):
    c.on("lease-quota")
    for path in ("auth/token/create", "auth/token/create/role",
                 "auth/token/create-orphan"):
        answer = c.ask("POST", path, {})
        same((answer.status, answer.json()["errors"]),
             (429, ['1 error occurred:\n\t* request path "%s": lease count '
                    'quota exceeded\n\n' % path]))
    same(c.ask("GET", "auth/token/lookup-self").status, 200)


TESTS = [
    a_lease_quota_counts_tokens_as_well,
    a_stall_that_ends_lets_vault_answer,
    a_scenario_is_looked_at_when_it_is_loaded,
    a_rule_waits_for_the_nth_request_of_another,
    a_rule_waits_for_a_state_of_the_node,
    each_rule_of_the_page_is_taken,
    openapi_says_what_bodies_hold,
    a_scenario_lasts_as_long_as_its_outages,
    a_scenario_does_not_undo_at_once_what_has_no_end,
    an_unknown_path_names_the_nearest,
    a_wrong_method_names_the_right_ones,
    an_unknown_outage_in_a_rule_names_the_nearest,
    an_unknown_section_of_fixtures_names_the_known,
    a_match_that_can_do_nothing_is_refused,
    a_replacement_that_fails_leaves_the_old_one,
    a_role_that_is_not_there_is_named,
    turning_off_forgets_what_has_not_begun,
    rate_limit_headers_count_seconds,
    a_block_tells_of_the_window_too,
    an_overload_says_where_a_login_failed,
    a_flag_that_is_wrong_says_what_would_do,
]


def fresh(test):
    def run(c):
        same(c.control("POST", "reset", {}).status, 200)
        test(c)
    run.__name__ = test.__name__
    return run


def main():
    c = Control(Server(sys.argv[1], "--admin-addr=127.0.0.1:0"))
    c.binary = sys.argv[1]
    failed = suite.run([fresh(test) for test in TESTS], c)
    return failed or c.server.stop()


if __name__ == "__main__":
    sys.exit(main())
