#!/usr/bin/env python3
"""scenarios.py BINARY: scenarios over sockets and from flags: loaded, started in
each mode, carried forward by time, event and count, stopped and judged.

Closes with 'N passed, N failed'."""
import json
import os
import select
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from tests.support.server import Server  # noqa: E402
from tests.support.control_client import raw, steered  # noqa: E402
from tests.support.suite import run, same  # noqa: E402

BINARY = sys.argv[1]
ADMIN = "--admin-addr=127.0.0.1:0"
PATH = "secret/data/a"
SHIPPED = ["audit-after-effect", "cert-rotation", "lb-meltdown",
           "leader-crash", "login-storm", "max-ttl-cliff", "policy-change",
           "renewal-blip", "rolling-restart", "seal-incident"]


def started(*args):
    return steered(Server(BINARY, ADMIN, *args))


def put(c, name, *timeline, **fields):
    answer = c.control("PUT", "scenarios/" + name,
                       dict(fields, timeline=list(timeline)))
    assert answer.status == 200, answer.body


def begin(c, name, *timeline, **fields):
    put(c, name, *timeline, **fields)
    answer = c.control("POST", "scenarios/%s/start" % name)
    assert answer.status == 200, answer.body


def stop(c, name):
    answer = c.control("POST", "scenarios/%s/stop" % name)
    assert answer.status == 200, answer.body
    return answer.json()


def show(c, name):
    return c.control("GET", "scenarios/" + name).json()


def state(c, name):
    return show(c, name)["state"]


def active(c):
    return [o["name"] for o in c.control("GET", "outages").json()["outages"]
            if o["active"]]


def until(what):
    """Asks again until it is so; what it waits for takes milliseconds."""
    for _ in range(3000):
        if what():
            return
        select.select([], [], [], 0.005)
    raise AssertionError("never came")


def sealed(c):
    return c.ask("GET", "sys/health").status == 503


# ---- the shipped ones ----

def each_shipped_one_starts():
    with started() as c:
        c.ask("PUT", "sys/policies/acl/app",
              {"policy": 'path "secret/*" {capabilities=["read"]}'})
        c.token(policies=["app"])
        listed = c.control("GET", "scenarios").json()["scenarios"]
        same(sorted(s["name"] for s in listed), SHIPPED)
        for name in SHIPPED:
            before = show(c, name)
            same(before["state"], "shipped")
            assert len(before["description"]) > 100 and before["steps"]
            answer = c.control("POST", "scenarios/%s/start" % name)
            same((name, answer.status, answer.json()["state"]),
                 (name, 200, "waiting"))
            same(c.ask("GET", "sys/health").status, 200)
            same((name, state(c, name)), (name, "waiting"))
            c.ask("GET", PATH)
            same((name, state(c, name)), (name, "running"))
            end = stop(c, name)
            assert end["state"] in ("done", "failed"), end
            assert "trouble" not in end, end
            same(len(end["expect"]), len(end["scenario"]["expect"]))
            for result in end["expect"]:
                assert result["ok"] or result["reason"], result
            same((name, active(c)), (name, []))
            same(c.control("GET", "faults").json()["faults"], [])


def each_shipped_one_steps_to_its_end():
    for name in SHIPPED:
        with started("-dev-tls", "--scenario", name, "--start",
                     "manual") as c:
            c.ask("PUT", "sys/policies/acl/app",
                  {"policy": 'path "secret/*" {capabilities=["read"]}'})
            c.token(policies=["app"])
            steps = show(c, name)["steps"]
            for n in range(steps):
                answer = c.control("POST", "scenarios/%s/step" % name)
                same((name, answer.status, answer.json()["step"]),
                     (name, 200, n + 1))
                assert "trouble" not in answer.json(), answer.json()
            end = c.control("POST", "scenarios/%s/step" % name).json()
            assert end["state"] in ("done", "failed"), end
            same((name, active(c)), (name, []))


# ---- when it begins ----

def start_modes():
    at_once = {"at": 0, "do": {"outage": "sealed"}}
    for start, want in (("boot", "running"), ("ready", "running"),
                        ("first-request", "waiting"), ("manual", "loaded"),
                        (None, "running")):
        text = json.dumps({"name": "s", "duration": "1h",
                           "timeline": [at_once]})
        with started("--scenario", text,
                     *(["--start", start] if start else [])) as c:
            same((start, state(c, "s")), (start, want))
            same((start, sealed(c)), (start, want == "running"))
            same((start, state(c, "s")), (start, want))  # a probe is none
            if start == "first-request":
                same(c.ask("GET", PATH).status, 503)
            elif start == "manual":
                same(c.control("POST", "scenarios/s/start").status, 200)
            same((sealed(c), state(c, "s")), (True, "running"))
            stop(c, "s")
            same(sealed(c), False)
            same(c.control("POST", "reset", {}).status, 200)
            same((start, state(c, "s")), (start, want))


def from_a_file_a_name_and_the_environment():
    tree = {"start": "manual", "timeline": []}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump(tree, f)
        f.flush()
        with started("--scenario", f.name) as c:
            same(state(c, "scenario"), "loaded")
    with started("--scenario=leader-crash") as c:
        same(state(c, "leader-crash"), "waiting")
    os.environ["MOCKVAULT_SCENARIO"] = json.dumps(dict(tree, name="e"))
    try:
        with started() as c:
            same(state(c, "e"), "loaded")
    finally:
        del os.environ["MOCKVAULT_SCENARIO"]


def a_bad_flag_stops_the_start():
    for args, word in (
            (["--scenario=nowhere.json"], "no shipped scenario, no file"),
            (["--scenario", '{"timelin":[]}'], "timelin"),
            (["--scenario", '{"timeline":[{"at":"soon"}]}'],
             "timeline[0].at"),
            (["--scenario", '{"fixtures":{"kvv":{}}}'], "kvv"),
            (["--scenario=leader-crash", "--start=later"], "start")):
        done = subprocess.run(
            [BINARY, "server", "-dev", ADMIN,
             "-dev-listen-address=127.0.0.1:0", "-dev-no-store-token",
             *args], capture_output=True, text=True, timeout=60)
        assert done.returncode == 1, (args, done)
        assert word in done.stderr + done.stdout, (args, done)


def it_begins_with_the_first_request():
    with started() as c:
        begin(c, "b", {"at": 0, "do": {"outage": "sealed"}},
              begin="first-request", duration="1h",
              expect=[{"match": {"path": "secret/**"}, "times": 1}])
        same((state(c, "b"), sealed(c), state(c, "b")),
             ("waiting", False, "waiting"))
        same(c.ask("GET", PATH).status, 503)
        held = [{"name": "an expectation", "ok": True}]
        same(stop(c, "b")["expect"], held)
        same(sealed(c), False)
        begin(c, "b", {"at": 0, "do": {"emit": "x"}}, begin="first-request",
              expect=[{"match": {"path": "secret/**"}, "times": 1}])
        same(c.ask("GET", PATH).status, 404)
        same((state(c, "b"), show(c, "b")["expect"]), ("done", held))


def it_begins_with_the_first_that_matches():
    with started() as c:
        for name, path in (("b", PATH), ("c", "secret/data/c")):
            begin(c, name, {"at": 0, "do": {"emit": name}},
                  begin={"match": {"path": path}}, duration="1h")
        c.ask("GET", "secret/data/other")
        same((state(c, "b"), state(c, "c")), ("waiting", "waiting"))
        c.ask("GET", PATH)
        same((state(c, "b"), state(c, "c")), ("running", "waiting"))
        same(stop(c, "c")["state"], "loaded")
        answer = c.control("POST", "scenarios/c/start", {"begin": "now"})
        same((answer.status, answer.json()["state"]), (200, "running"))
        c.control("POST", "scenarios/b/start")
        same(state(c, "b"), "waiting")
        same(c.control("POST", "scenarios/b/step").json()["state"],
             "running")
        for wrong, field in (("soon", "begin"), (5, "begin"),
                             ({"match": {"pth": "x"}}, "begin.match.pth"),
                             ({"mtch": {}}, "begin.mtch"),
                             ({}, "begin.match")):
            answer = c.control("PUT", "scenarios/w", {"begin": wrong})
            same((wrong, answer.status, answer.json()["field"]),
                 (wrong, 400, field))


# ---- parameters ----

PARAMS = {"path": "secret/data/a",
          "code": {"default": 418, "help": "what it answers"},
          "on": True, "share": 1.5}


def put_params(c, **params):
    put(c, "p", {"at": 0, "do": {"fault": {
        "id": "f", "match": {"path": "${path}"},
        "then": [{"respond": {"status": "${code}", "data": {
            "k-${path}": "at ${path}: ${code}, ${on}", "on": "${on}"}}}]}}},
        params=dict(PARAMS, **params), duration="1h")


def parameters():
    with started() as c:
        put_params(c)
        same(show(c, "p")["params"],
             {"path": PATH, "code": 418, "on": True, "share": 1.5})
        for given, path, want in (
                ({}, PATH, (418, "at secret/data/a: 418, true", True)),
                ({"code": 420, "on": False}, PATH,
                 (420, "at secret/data/a: 420, false", False)),
                ({"path": "x/y", "share": 2, "code": "421"}, "x/y",
                 (421, "at x/y: 421, true", True))):
            answer = c.control("POST", "scenarios/p/start", {"set": given})
            same((given, answer.status), (given, 200))
            answer = c.ask("GET", path)
            data = answer.json()["data"]
            same((given, answer.status, data["k-" + path], data["on"]),
                 (given, *want))
            shown = show(c, "p")
            same(shown["scenario"]["params"], PARAMS)
            stop(c, "p")
        same(c.control("POST", "scenarios/p/start").json()["params"]["code"],
             418)


def parameters_that_are_refused():
    with started() as c:
        put_params(c)
        for given, field, text in (
                ({"pth": "x"}, "set.pth",
                 'unknown parameter "pth"; did you mean "path"?'),
                ({"code": "many"}, "set.code", "must be an integer"),
                ({"on": "perhaps"}, "set.on", "must be true or false"),
                ({"path": True}, "set.path", "must be a string"),
                ({"share": "x"}, "set.share", "must be a number"),
                ({"path": []}, "set.path", "must be a string"),
                ({"code": 99}, "timeline[0].do.fault.then[0].respond.status",
                 "")):
            answer = c.control("POST", "scenarios/p/start", {"set": given})
            body = answer.json()
            same((given, answer.status, body["field"]), (given, 400, field))
            assert text in body["errors"][0], (given, body)
        same(state(c, "p"), "loaded")
        for tree, field, text in (
                ({"params": {"a": 1}, "description": "${b}"}, "",
                 'no parameter is named "b"'),
                ({"params": {"policy": "x"}, "description": "${polcy}"}, "",
                 'did you mean "policy"?'),
                ({"params": {"A b": 1}}, "params.A b", "small letters"),
                ({"parms": {}}, "parms", 'did you mean "params"?'),
                ({"params": {"a": []}}, "params.a", "wants a default"),
                ({"params": {"a": {"defalt": 1}}}, "params.a.defalt",
                 'did you mean "default"?'),
                ({"params": 5}, "params", "must be an object")):
            answer = c.control("PUT", "scenarios/w", tree)
            body = answer.json()
            same((tree, answer.status, body.get("field", "")),
                 (tree, 400, field))
            assert text in body["errors"][0], (tree, body)
        # without parameters it is a text as any other
        put(c, "t", {"at": 0, "do": {"emit": "${x}"}})
        answer = c.control("POST", "scenarios/p/start", {"sett": {}})
        assert 'did you mean "set"?' in answer.json()["errors"][0]


def parameters_of_the_flags():
    text = json.dumps({"params": {"code": 418}, "duration": "1h", "timeline": [
        {"at": 0, "do": {"fault": {"match": {"path": PATH}, "then": [
            {"respond": {"status": "${code}"}}]}}}]})
    with started("--scenario", text, "--scenario-set", "code=420",
                 "--scenario-speed=100") as c:
        same(c.ask("GET", PATH).status, 420)
        clock = c.control("GET", "clock").json()
        same((clock["mode"], clock["rate"]), ("rate", 100))
        same(show(c, "scenario")["clock"], "virtual")
    for args, word in ((["--scenario-set", "cod=1"], "code"),
                       (["--scenario-set", "code"], "NAME=VALUE"),
                       (["--scenario-speed=0"], "speed"),
                       (["--scenario-speed=fast"], "speed")):
        done = subprocess.run(
            [BINARY, "server", "-dev", ADMIN, "--scenario", text,
             "-dev-listen-address=127.0.0.1:0", "-dev-no-store-token",
             *args], capture_output=True, text=True, timeout=60)
        assert done.returncode == 1, (args, done)
        assert word in done.stderr + done.stdout, (args, done)


# ---- the vault's time, and how fast it goes ----

def all_of_it_by_the_vaults_time():
    with started("--clock=frozen@2031-05-06T07:08:09Z") as c:
        put(c, "v", {"at": "10m", "do": {"outage": "sealed", "for": "20m"}},
            {"at": "1h", "do": {"fault": {
                "match": {"path": PATH}, "when": {"for": "10m"},
                "then": [{"respond": {"status": 418}}]}}},
            {"at": "1h", "do": {"fault": {
                "match": {"path": "x/y"}, "expires_in": "10m",
                "then": [{"respond": {"status": 418}}]}}},
            expect=[{"name": "one in 20 minutes", "match": {
                "path": "**", "not": {"op": "health"}}, "every": "20m"}],
            duration="2h")
        same(c.control("POST", "scenarios/v/start",
                       {"clock": "virtual"}).status, 200)
        seen = []
        for _ in range(12):
            c.control("POST", "clock/advance", {"by": "10m"})
            seen.append((c.ask("GET", PATH).status, sealed(c),
                         c.ask("GET", "x/y").status))
        same(seen, [(503, True, 503)] * 2 + [(404, False, 404)] * 3 +
             [(418, False, 418)] + [(404, False, 404)] * 6)
        end = show(c, "v")
        same((end["state"], end["expect"][0].get("reason")), ("done", None))
        same(c.control("POST", "scenarios/v/start",
                       {"clock": "virtual"}).status, 200)
        c.control("POST", "clock/advance", {"by": "2h"})
        end = show(c, "v")
        same(end["state"], "failed")
        assert "2h passed" in end["expect"][0]["reason"].replace("0m0s", ""), \
            end


def without_a_duration_it_ends_with_its_outages():
    with started("--clock=frozen@2031-05-06T07:08:09Z") as c:
        put(c, "v", {"at": "1m", "do": {"outage": "sealed", "for": "20m"}})
        c.control("POST", "scenarios/v/start", {"clock": "virtual"})
        for by, want in (("20m59s", "running"), ("1s", "done")):
            c.control("POST", "clock/advance", {"by": by})
            same(state(c, "v"), want)


def a_speed():
    for args, mode in ((["--clock=frozen@2031-05-06T07:08:09Z"], "frozen"),
                       ([], "real"), (["--clock=rate=3"], "rate"),
                       (["--clock=offset=-1h"], "offset")):
        with started(*args) as c:
            before = c.control("GET", "clock").json()
            same(before["mode"], mode)
            put(c, "s", {"at": "1h", "do": {"outage": "sealed"}},
                duration="2h")
            answer = c.control("POST", "scenarios/s/start", {"speed": 100000})
            same((answer.status, answer.json()["clock"]), (200, "virtual"))
            until(lambda: state(c, "s") == "done")
            same(show(c, "s")["step"], 1)
            after = c.control("GET", "clock").json()
            for field in "mode", "rate", "skew", "ttl_scale":
                same((field, after[field]), (field, before[field]))
            if mode == "frozen":
                same(after["now"], before["now"])
            elif mode == "offset":
                same(after["offset"], before["offset"])
            assert after["now"] < "2031-05-06T08", after
            assert mode == "frozen" or after["now"] > before["now"], after
            for wrong in 0, -1, 1e9:
                answer = c.control("POST", "scenarios/s/start",
                                   {"speed": wrong})
                same((answer.status, answer.json()["field"]), (400, "speed"))


# ---- what it leaves ----

def what_it_changed_is_put_back():
    mine = {"id": "mine", "match": {"path": PATH},
            "then": [{"respond": {"status": 418}}]}
    gone = dict(mine, id="gone", match={"path": "secret/data/gone"})
    with started("--clock=frozen@2031-05-06T07:08:09Z") as c:
        for rule in mine, gone:
            same(c.control("POST", "faults", rule).status, 201)
        seed = c.control("GET", "info").json()["seed"]
        put(c, "u", {"at": 0, "do": [
            {"fault": dict(mine, then=[{"respond": {"status": 420}}])},
            {"fault": dict(mine, then=[{"respond": {"status": 421}}])},
            {"remove": "gone"}, {"remove": "mine"},
            {"clock": {"skew": "10s", "ttl_scale": 7}}, {"advance": "3h"},
            {"clock": {"mode": "real"}}]}, seed=99, duration="1h",
            clock={"mode": "rate", "rate": 2})
        before = c.control("GET", "clock").json()
        for end in (lambda: stop(c, "u"),
                    lambda: c.control("DELETE", "scenarios/u")):
            same(c.control("POST", "scenarios/u/start").json()["state"],
                 "running")
            same((c.ask("GET", PATH).status,
                  c.ask("GET", "secret/data/gone").status), (404, 404))
            same(c.control("GET", "clock").json()["mode"], "real")
            end()
            same((c.ask("GET", PATH).status,
                  c.ask("GET", "secret/data/gone").status), (418, 418))
            after = c.control("GET", "clock").json()
            for field in "mode", "now", "rate", "skew", "ttl_scale":
                same((field, after[field]), (field, before[field]))
            same(c.control("GET", "info").json()["seed"], seed)
        put(c, "w", begin="first-request", clock={"offset": "1h"})
        same(c.control("POST", "scenarios/w/start").json()["state"],
             "waiting")
        same(c.control("GET", "clock").json()["mode"], "offset")
        stop(c, "w")
        same(c.control("GET", "clock").json()["now"], before["now"])
        c.control("POST", "scenarios/w/start")
        same(c.control("POST", "reset", {}).status, 200)
        same(c.control("GET", "faults").json()["faults"], [])


def kv(name, value="v"):
    return {"kv": {"secret/" + name: {"k": value}}}


def held(c, *names):
    """Which of them the vault holds."""
    return [n for n in names
            if c.ask("GET", "secret/data/" + n).status == 200]


def what_the_vault_held_is_put_back():
    with started() as c:
        c.ask("PUT", "secret/data/old", {"data": {"k": "v"}})
        write = {"request": {"method": "PUT", "path": "secret/data/asked",
                             "body": {"data": {"k": "v"}}}}
        for fields in ({"fixtures": kv("made")}, {}):
            for keep in False, True:
                begin(c, "h", {"at": 0, "do": [
                    {"request": {"method": "GET", "path": "sys/mounts"}},
                    {"outage": "policy-lost", "params": {
                        "policy": "default"}}]},
                    {"on": "go", "do": [write, {"fixtures": kv("more")}]},
                    duration="1h", keep_state=keep, **fields)
                begin(c, "go", {"at": 0, "do": {"emit": "go"}})
                c.ask("PUT", "secret/data/mine", {"data": {"k": "v"}})
                stop(c, "h")
                names = "old", "made", "asked", "more", "mine"
                same((fields, keep, held(c, *names)), (fields, keep, [
                    n for n in names if n == "old" or keep and (
                        n != "made" or fields)]))
                same(c.ask("GET", "sys/policies/acl/default").status, 200)
                for name in names[1:]:
                    c.ask("DELETE", "secret/metadata/" + name)


def two_that_change_the_state():
    with started() as c:
        for first, second in ("ab", "ba"):
            begin(c, "a", fixtures=kv("a"), duration="1h")
            begin(c, "b", fixtures=kv("b"), duration="1h")
            same(held(c, "a", "b"), ["a", "b"])
            stop(c, first)
            same((first, held(c, "a", "b")),
                 (first, ["a", "b"] if first == "a" else ["a"]))
            stop(c, second)
            same((first, held(c, "a", "b")), (first, []))


def a_state_that_an_outage_keeps_aside():
    with started() as c:
        c.ask("PUT", "secret/data/old", {"data": {"k": "v"}})
        begin(c, "a", {"on": "go", "do": {"fixtures": kv("made")}},
              duration="1h")
        c.on("amnesia")
        begin(c, "go", {"at": 0, "do": {"emit": "go"}})
        same(held(c, "old", "made"), ["made"])
        stop(c, "a")
        c.off("amnesia")
        same(held(c, "old", "made"), ["old"])
        begin(c, "a", fixtures=kv("made"), duration="1h")
        c.on("amnesia")
        stop(c, "a")
        c.off("amnesia")
        same(held(c, "old"), ["old"])


# ---- its course ----

def by_time():
    with started() as c:
        begin(c, "t", {"at": "10ms", "do": {"outage": "sealed"}},
              {"at": "60ms", "do": {"outage": "sealed", "off": True}},
              {"at": "70ms", "do": {"emit": "over"}})
        until(lambda: sealed(c) or state(c, "t") == "done")
        until(lambda: state(c, "t") == "done")
        same((sealed(c), show(c, "t")["step"]), (False, 3))


def by_the_vaults_time():
    with started("--clock=frozen@2031-05-06T07:08:09Z") as c:
        begin(c, "v", {"at": "1h", "clock": "virtual",
                       "do": {"outage": "sealed"}}, duration="1h")
        same(sealed(c), False)
        c.control("POST", "clock/advance", {"by": "59m"})
        same(sealed(c), False)
        c.control("POST", "clock/advance", {"by": "1m"})
        same(sealed(c), True)
        stop(c, "v")
        same(sealed(c), False)


def by_event():
    with started() as c:
        begin(c, "e", {"on": "login", "do": {"emit": "again"}},
              {"on": {"event": "again"}, "after": "5ms",
               "do": {"outage": "sealed"}}, duration="1h")
        c.ask("POST", "auth/token/create", {})
        same(show(c, "e")["step"], 0)
        c.ask("POST", "sys/auth/userpass", {"type": "userpass"})
        c.ask("PUT", "auth/userpass/users/me", {"password": "pw"})
        same(c.ask("PUT", "auth/userpass/login/me", {"password": "pw"})
             .status, 200)
        until(lambda: sealed(c))
        same(show(c, "e")["step"], 2)
        stop(c, "e")


def a_chain_of_events():
    """Each step says what the next one waits for."""
    steps = 8000
    with started() as c:
        put(c, "chain", {"at": 0, "do": {"emit": "n0"}},
            *[{"on": "n%d" % n, "do": {"emit": "n%d" % (n + 1)}}
              for n in range(steps)])
        c.control("POST", "scenarios/chain/start")
        same(show(c, "chain")["step"], steps + 1)
        same(state(c, "chain"), "done")


def by_count():
    with started() as c:
        begin(c, "n", {"on": {"count": {"match": {"path": "secret/**"},
                                        "n": 3}},
                       "do": {"outage": "sealed"}}, duration="1h")
        for want in 404, 404, 404, 503:
            c.ask("GET", "sys/mounts")
            same(c.ask("GET", PATH).status, want)
        stop(c, "n")
        same(c.ask("GET", PATH).status, 404)


def everything_that_can_be_done():
    with started() as c:
        begin(c, "do", {"on": "go", "do": [
            {"fault": {"id": "f", "match": {"path": "x/**"},
                       "then": [{"respond": {"status": 418}}]}},
            {"clock": {"mode": "frozen"}},
            {"advance": "2h"},
            {"fixtures": {"kv": {"secret/made": {"k": "v"}}}},
            {"request": {"method": "PUT", "path": "secret/data/asked",
                         "body": {"data": {"k": "w"}}}},
            {"outage": "slow", "params": {"delay": "1ms"},
             "match": {"path": "y/**"}, "for": "1h"},
            {"emit": "next"}]},
            {"on": "next", "do": {"node": "n1", "set": {"state": "standby"}}},
            {"on": "down", "do": {"node": "n1", "set": {"state": "down"}}},
            {"on": "up", "do": [{"node": "n1", "set": {"state": "active"}},
                                {"remove": "f"}]},
            duration="1h")
        now = c.control("GET", "clock").json()["now"]
        old = c.connect()
        put(c, "push", {"at": 0, "do": [{"reset": "connections"},
                                        {"emit": "go"}]})
        same(c.control("POST", "scenarios/push/start").json()["state"],
             "done")
        try:
            same(old.recv(1), "a reset")
        except ConnectionResetError:
            pass
        clock = c.control("GET", "clock").json()
        assert clock["mode"] == "frozen" and clock["now"] > now, clock
        same(active(c), ["no-leader", "slow"])
        same(c.ask("GET", "x/y").status, 418)
        same(c.ask("GET", PATH).status, 500)
        for event, want in (("down", ["slow", "refuse"]), ("up", ["slow"])):
            begin(c, "push", {"at": 0, "do": {"emit": event}})
            same(active(c), want)
        same(c.control("GET", "faults/f").status, 404)
        for name, value in (("made", "v"), ("asked", "w")):
            same(c.ask("GET", "secret/data/" + name)
                 .json()["data"]["data"], {"k": value})
        stop(c, "do")
        same(active(c), [])
        for name in "made", "asked":
            same(c.ask("GET", "secret/data/" + name).status, 404)


def a_step_that_fails_is_told():
    with started() as c:
        begin(c, "f", {"at": 0, "do": {"remove": "nobody"}},
              {"at": "1ms", "do": {"request": {
                  "method": "GET", "path": "nowhere/x"}}})
        until(lambda: state(c, "f") == "failed")
        same(show(c, "f")["trouble"],
             "step 2: request: GET nowhere/x: 404")
        begin(c, "f", {"at": 0, "do": {"outage": "sealed"}},
              {"at": 0, "do": {"outage": "sealed"}})
        same((state(c, "f"), sealed(c)), ("running", True))


def its_own_end_moves_it_no_more():
    """Undoing an outage is an event; so is the end."""
    with started() as c:
        begin(c, "x", {"at": 0, "do": {"outage": "sealed"}},
              {"on": "outage:sealed:over", "after": "1ms",
               "do": {"outage": "no-leader"}},
              {"on": "scenario:x:*ed", "do": {"outage": "no-leader"}})
        end = stop(c, "x")
        same((end["state"], end["step"], active(c)), ("done", 1, []))
        same(c.control("DELETE", "scenarios/x").status, 204)
        begin(c, "y", {"at": "2ms", "do": {"emit": "z"}})
        until(lambda: state(c, "y") == "done")
        same(active(c), [])


def state_swapped_by_a_waiting_request():
    """A request that waits outlives the mounts that it was asked about."""
    with started() as c:
        begin(c, "s", {"at": 0, "do": {"fault": {
            "match": {"path": PATH}, "then": [{"stall": True}]}}},
            {"on": "turn", "do": [
                {"outage": "sealed"}, {"outage": "sealed", "off": True},
                {"outage": "amnesia"}, {"outage": "amnesia", "off": True}]},
            {"on": "login", "do": {"outage": "amnesia"}}, duration="1h")
        with c.connect() as conn:
            conn.sendall(raw("GET", PATH, token="root"))
            c.wait_open(PATH)
            begin(c, "turn", {"at": 0, "do": {"emit": "turn"}})
            same(show(c, "s")["step"], 2)
            c.control("DELETE", "faults")
            assert conn.recv(65536).startswith(b"HTTP/1.1 404")
        same(c.journal(match={"path": PATH})[-1]["mount"], "secret/")
        c.ask("POST", "sys/auth/userpass", {"type": "userpass"})
        c.ask("PUT", "auth/userpass/users/me", {"password": "pw"})
        same(c.ask("PUT", "auth/userpass/login/me", {"password": "pw"})
             .status, 200)
        same(active(c), ["amnesia"])
        stop(c, "s")


def an_end_that_turns_the_state_over():
    """What runs out while the clock is advanced is an event in the middle."""
    for act in ({"outage": "amnesia"}, {"outage": "sealed"},
                 {"outage": "uninitialized"}, {"advance": "1h"},
                 {"request": {"method": "PUT", "path": "sys/seal"}},
                 {"request": {"method": "POST",
                              "path": "auth/token/create", "body": {}}},
                 [{"clock": {"mode": "real"}}, {"reset": "connections"}]):
        with started("--clock=frozen@2031-05-06T07:08:09Z") as c:
            tokens = [c.token(ttl="%ds" % (60 + n)) for n in range(5)]
            begin(c, "x", {"on": "expired:*", "do": act}, duration="1h")
            answer = c.control("POST", "clock/advance", {"by": "2h"})
            same((act, answer.status, show(c, "x")["step"]),
                 (act, 200, 1))
            same((act, show(c, "x").get("trouble")), (act, None))
            stop(c, "x")
            for token in tokens:
                status = c.ask("GET", "auth/token/lookup-self",
                               token=token).status
                assert status in (403, 503), (act, status)
            same(c.control("POST", "reset", {}).status, 200)
            same(c.ask("GET", "sys/health").status, 200)


def a_request_that_turns_the_state_over():
    """A rule's event comes before the operation, which then meets what is."""
    for act, status in (({"outage": "amnesia"}, 200),
                         ({"outage": "sealed"}, 503),
                         ({"outage": "uninitialized"}, 503),
                         ({"request": {
                             "method": "DELETE",
                             "path": "sys/mounts/secret"}}, 404),
                         ({"request": {
                             "method": "PUT", "path": "secret/data/y",
                             "body": {"data": {"k": "v"}}}}, 200)):
        with started() as c:
            begin(c, "x", {"at": 0, "do": {"fault": {
                "match": {"path": PATH}, "then": [{"emit": "said"}]}}},
                {"on": "said", "do": act}, duration="1h")
            answer = c.ask("PUT", PATH, {"data": {"k": "v"}})
            same((act, answer.status), (act, status))
            stop(c, "x")
            same(c.control("POST", "reset", {}).status, 200)
            same(c.ask("PUT", PATH, {"data": {"k": "v"}}).status, 200)


def one_end_ends_others():
    """A rule goes, its stalled request closes, and that takes another."""
    with started() as c:
        begin(c, "x", *[{"at": 0, "do": {"fault": {
            "id": "s%d" % n, "match": {"path": "secret/data/s%d" % n},
            "then": [{"stall": True}]}}} for n in range(4)],
            *[{"on": {"count": {"match": {"path": "secret/data/s%d" % n}}},
               "do": {"remove": "s%d" % (n + 1)}} for n in range(3)],
            duration="1h")
        conns = []
        for n in 3, 1, 0, 2, 0, 1, 3, 2:
            conns.append(c.connect())
            conns[-1].sendall(raw("GET", "secret/data/s%d" % n, "root"))
            until(lambda: len([e for e in c.journal() if e["open"]]) ==
                  len(conns))
        same(c.control("DELETE", "faults/s0").status, 204)
        for conn in conns:
            assert conn.recv(65536).startswith(b"HTTP/1.1 404")
            conn.close()
        stop(c, "x")


def stepping():
    with started() as c:
        put(c, "p", {"at": "1h", "do": {"outage": "sealed"}},
            {"on": "never", "do": {"outage": "sealed", "off": True}},
            start="manual")
        for want in (True, "running"), (False, "done"):
            answer = c.control("POST", "scenarios/p/step").json()
            same((sealed(c), answer["state"]), want)
        again = c.control("POST", "scenarios/p/step").json()
        same((again["state"], again["step"]), ("running", 1))
        stop(c, "p")
        for name in "p", "nobody":
            answer = c.control("POST", "scenarios/%s/stop" % name)
            same(answer.status, 400 if name == "p" else 404)
        same(c.control("GET", "scenarios/leadr-crash").json()["errors"],
             ['no scenario "leadr-crash"; did you mean "leader-crash"?'])


# ---- expectations ----

def expectations():
    with started() as c:
        c.ask("GET", PATH)  # before the start: not its matter
        begin(c, "x", duration="1h", expect=[
            {"name": "few", "match": {"path": "secret/**"},
             "times": {"max": 1}},
            {"name": "some", "match": {"path": "secret/**"},
             "status": 404, "times": {"min": 1}},
            {"match": {"op": "login"}, "times": {"min": 1}}])
        c.ask("GET", PATH)
        end = stop(c, "x")
        same(end["state"], "failed")
        same([(v["name"], v["ok"]) for v in end["expect"]],
             [("few", True), ("some", True), ("an expectation", False)])
        asked = c.control("POST", "requests/verify", {
            "match": {"op": "login"}, "times": {"min": 1}})
        same((asked.status, end["expect"][2]["reason"]),
             (422, asked.json()["reason"]))
        begin(c, "x", duration="1h", expect=[
            {"name": "few", "match": {"path": "secret/**"},
             "times": {"max": 1}}])
        c.ask("GET", PATH)
        same(stop(c, "x")["state"], "done")


# ---- what is refused ----

BAD = [
    ({"timelines": []}, "timelines", "did you mean"),
    ({"version": 2}, "version", "must be 1"),
    ({"start": "later"}, "start", "allowed"),
    ({"nodes": [{"id": "n1"}, {"id": "n2"}]}, "nodes", "one node"),
    ({"duration": "soon"}, "duration", "duration"),
    ({"expect": [5]}, "expect[0]", "must be an object"),
    ({"timeline": [{"do": {"emit": "x"}}]}, "timeline[0].at", "at or on"),
    ({"timeline": [{"at": 0, "do": {"emit": "x"}}, {"at": 1}]},
     "timeline[1].do", "required"),
    ({"timeline": [{"at": 0, "do": {"emit": "x"}},
                   {"at": 0, "do": {"emitt": "x"}}]}, "timeline[1].do",
     'must name something to do; did you mean "emit"?'),
    ({"timeline": [{"at": 0, "do": {"outage": "slow", "mach": {}}}]},
     "timeline[0].do.mach", 'did you mean "match"?'),
    ({"expect": [{"time": 1}]}, "expect[0].time", 'did you mean "times"?'),
    ({"timeline": [{"at": 0, "do": {"fault": {"then": [], "wen": {}}}}]},
     "timeline[0].do.fault.wen", 'did you mean "when"?'),
    ({"timeline": [{"att": 0, "do": {"emit": "x"}}]}, "timeline[0].att",
     'did you mean "at"?'),
    ({"timeline": [{"at": 0, "do": {"emit": 5}}]}, "timeline[0].do.emit",
     "must be a string"),
    ({"timeline": [{"at": 0, "do": {"emit": "x", "for": 1}}]},
     "timeline[0].do.for", "does not go with emit"),
    ({"timeline": [{"at": 0, "do": [{"emit": "x"}, {"outage": "x"}]}]},
     "timeline[0].do[1].outage", 'no outage "x"'),
    ({"timeline": [{"at": 0, "do": [{"emit": "x"},
     {"outage": "slow", "params": {"x": 1}}]}]},
     "timeline[0].do[1].params.x", "no such parameter"),
    ({"timeline": [{"at": 0, "do": {"fault": {"then": [{"rst": 1}]}}}]},
     "timeline[0].do.fault.then[0].rst", "unknown action"),
    ({"timeline": [{"at": 0, "do": {"node": "n1"}}]},
     "timeline[0].do.set.state", "required"),
    ({"timeline": [{"at": 0, "do": {"node": "n1",
                                    "set": {"state": "asleep"}}}]},
     "timeline[0].do.set.state", "allowed"),
    ({"timeline": [{"on": {"count": {"match": {"pth": 1}}},
                    "do": {"emit": "x"}}]},
     "timeline[0].on.count.match.pth", "unknown field"),
    ({"clock": {"mode": "rate", "rate": -1}}, "clock.rate", "between"),
    ({"timeline": [{"on": {}, "do": {"emit": "x"}}]}, "timeline[0].on",
     "event or count"),
]


def what_is_wrong_is_named():
    with started() as c:
        for tree, field, text in BAD:
            answer = c.control("PUT", "scenarios/bad", tree)
            body = answer.json()
            same((tree, answer.status, body.get("field", "")),
                 (tree, 400, field))
            assert text in body["errors"][0], (tree, body)
        same(c.control("GET", "scenarios/bad").status, 404)


def a_start_that_is_refused():
    with started() as c:
        for fields, text in (
                ({"fixtures": {"kv": {"nomount/a": {"k": "v"}}}},
                 "nomount"),
                ({"clock": {"mode": "frozen", "offset": "1h"}}, "offset")):
            put(c, "r", {"at": 0, "do": {"outage": "sealed"}}, **fields)
            answer = c.control("POST", "scenarios/r/start")
            same((fields, answer.status), (fields, 400))
            assert text in answer.json()["errors"][0], answer.body
            same((state(c, "r"), sealed(c)), ("loaded", False))
        before = c.control("GET", "scenarios").json()
        answer = c.control("POST", "scenarios/leader-crash/start",
                           {"set": {"strom": 1}})
        same(answer.status, 400)
        same(c.control("GET", "scenarios").json(), before)
        answer = c.control("DELETE", "scenarios/leader-crash")
        same((answer.status, answer.json()["errors"]),
             (404, ['no scenario "leader-crash"']))


# ---- the command ----

def cli(c, *words, status=0):
    done = subprocess.run(
        [BINARY, *words], capture_output=True, text=True, timeout=60,
        env=dict(os.environ, MOCKVAULT_URL=c.server.bound["admin_addr"]))
    assert done.returncode == status, done
    return done.stdout


def the_command_says_how_it_ended():
    timeline = [{"at": "1ms", "do": {"outage": "sealed"}},
                {"at": "2ms", "do": {"outage": "sealed", "off": True}}]
    with started() as c, tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "good.json")
        with open(path, "w") as f:
            json.dump({"timeline": timeline, "expect": [
                {"name": "quiet", "match": {"path": "**"},
                 "times": {"max": 0}}]}, f)
        same(cli(c, "scenario", "run", path),
             "ok   quiet\ngood: all expectations held\n")
        with open(path, "w") as f:
            json.dump({"timeline": timeline, "expect": [
                {"name": "busy", "match": {"path": "**"},
                 "times": {"min": 1}}]}, f)
        out = cli(c, "scenario", "run", path, status=1)
        assert out.startswith("FAIL busy") and "good: failed" in out, out
        out = cli(c, "scenario", "run", path, "--format=junit", status=1)
        assert "<failure" in out and 'name="busy"' in out, out
        out = cli(c, "scenario", "run", "leader-crash", "--timeout=1ms",
                  status=1)
        assert "did not end in time: it is waiting" in out, out
        cli(c, "ctl", "scenario", "stop", "leader-crash")
        said = cli(c, "ctl", "scenario", "start", "leader-crash",
                   "--set", "election=3s", "--set=storm=7", "--speed", "20")
        same(said, "leader-crash waits for the first request\n")
        shown = show(c, "leader-crash")
        same((shown["params"]["election"], shown["params"]["storm"],
              shown["clock"]), ("3s", 7, "virtual"))
        said = cli(c, "ctl", "scenario", "start", "leader-crash", "--now",
                   "--virtual")
        same(said, "leader-crash started\n")
        cli(c, "ctl", "scenario", "stop", "leader-crash")
        for wrong in (["--set", "storm"], ["--set", "strom=1"],
                      ["--speed", "fast"], ["--speed", "0"]):
            cli(c, "ctl", "scenario", "start", "leader-crash", *wrong,
                status=2)
        cli(c, "scenario", "run", "nobody", status=2)


sys.exit(run([each_shipped_one_starts, each_shipped_one_steps_to_its_end,
              start_modes, it_begins_with_the_first_request,
              it_begins_with_the_first_that_matches, parameters,
              parameters_that_are_refused, parameters_of_the_flags,
              all_of_it_by_the_vaults_time,
              without_a_duration_it_ends_with_its_outages, a_speed,
              what_it_changed_is_put_back,
              what_the_vault_held_is_put_back, two_that_change_the_state,
              a_state_that_an_outage_keeps_aside, from_a_file_a_name_and_the_environment,
              a_bad_flag_stops_the_start, by_time, by_the_vaults_time,
              by_event, a_chain_of_events, by_count,
              everything_that_can_be_done,
              a_step_that_fails_is_told, its_own_end_moves_it_no_more,
              state_swapped_by_a_waiting_request,
              an_end_that_turns_the_state_over,
              a_request_that_turns_the_state_over, one_end_ends_others,
              stepping, expectations,
              what_is_wrong_is_named, a_start_that_is_refused,
              the_command_says_how_it_ended]))
