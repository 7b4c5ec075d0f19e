#!/usr/bin/env python3
"""ctl.py BINARY: mockvault ctl, scenario, healthcheck and completion, against
a control API that answers from a script and against the real one. Closes with
'N passed, N failed'."""
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from fake_control_api import CLOCK, ENTRY, ERROR, OUTAGES, Control  # noqa: E402
from control_client import Control as ControlClient  # noqa: E402
from server import Server  # noqa: E402
from suite import run  # noqa: E402

BINARY = os.path.abspath(sys.argv[1])


def cli(url, *args, status=0, text=None, env=None):
    """Standard output; standard error where the status is no 0."""
    done = subprocess.run([BINARY, *args], capture_output=True, text=True,
                          timeout=60, input=text,
                          env={"PATH": os.environ["PATH"],
                               "MOCKVAULT_URL": url, **(env or {})})
    assert done.returncode == status, (args, done)
    return done.stderr if status == 2 or (status and not done.stdout) \
        else done.stdout


def asks(args, method, path, body, answer=(200, {}), status=0):
    """One command asks exactly this; its output."""
    with Control({"%s %s" % (method, path): answer}) as control:
        out = cli(control.url, *args.split("|"), status=status)
        assert len(control.asked) == 1, control.asked
        assert control.asked[0][:3] == (method, path, body), control.asked
        return out


def the_real_one_takes(real, method, path, body, answer):
    """The real control API understands what a command asks, and answers with
    the members that the scripted answer has."""
    got = real.control(method, path, body)
    text = got.body.decode()
    assert got.status != 405, (path, text)
    assert "no control path" not in text or "%2F" in path, (path, text)
    if got.status in (400, 404):  # what it names is not there, no worse
        assert any(word in text for word in (
            "no control path", "there is no", "no outage", "no fault",
            "no snapshot", "no scenario", "no node")), (method, path, body,
                                                        text)
    elif got.status == 200 and answer[0] == 200 and \
            isinstance(answer[1], dict):
        missing = set(answer[1]) - set(got.json())
        assert not missing, (path, missing, text)


ON = (200, {"outage": "sealed", "active": True, "until": None,
            "rules": ["a", "b"]})
FOUND = (200, {"requests": [ENTRY], "dropped": 0})
NODES = (200, {"nodes": [{"id": "n1", "state": "active",
                          "api_addr": "http://a:1", "version": "1.19.5"}]})
DONE = (204, None)
ASKED = [  # what is typed, and what the server is asked then
    ("ctl|outage|sealed", "PUT", "outages/sealed", {}, ON),
    ("ctl|outage|rate-limit|--for|30s|rate=5|after=1s|--match|auth/*/login",
     "PUT", "outages/rate-limit",
     {"for": "30s", "after": "1s", "params": {"rate": "5"},
      "match": {"path": "auth/*/login"}}, ON),
    ("ctl|outage|overloaded|--match={\"op\":\"login\"}", "PUT",
     "outages/overloaded", {"match": {"op": "login"}}, ON),
    ("ctl|outage|sealed|--for|10m|--virtual|--id|night", "PUT",
     "outages/sealed", {"for": "10m", "clock": "virtual", "id": "night"}, ON),
    ("ctl|fault|release|r1", "POST", "faults/r1/release", None,
     (200, {})),
    ("ctl|outage|off|sealed", "DELETE", "outages/sealed", None, DONE),
    ("ctl|outage|off|all", "DELETE", "outages", None, DONE),
    ("ctl|outage|a/b", "PUT", "outages/a%2Fb", {}, ON),
    ("ctl|fault|add|{\"id\":\"r1\",\"then\":[{\"delay\":\"1s\"}]}", "POST",
     "faults", {"id": "r1", "then": [{"delay": "1s"}]}, (201, {"id": "r1"})),
    ("ctl|fault|rm|r1", "DELETE", "faults/r1", None, DONE),
    ("ctl|fault|rm|all", "DELETE", "faults", None, DONE),
    ("ctl|fault|explain|GET|secret/data/a|--token|t|--header|A=b=c",
     "POST", "explain", {"request": {
         "method": "GET", "path": "secret/data/a", "token": "t",
         "headers": {"A": "b=c"}}}, (200, {"would": "x", "rules": []})),
    ("ctl|fault|explain|--seq|17", "POST", "explain", {"seq": 17},
     (200, {"would": "x", "rules": []})),
    ("ctl|clock", "GET", "clock", None, (200, CLOCK)),
    ("ctl|clock|+90d", "POST", "clock/advance", {"by": "2160h0m0s"},
     (200, {"now": "n", "expired": []})),
    ("ctl|clock|+1d2h", "POST", "clock/advance", {"by": "26h0m0s"},
     (200, {"now": "n", "expired": []})),
    ("ctl|clock|freeze", "PUT", "clock", {"mode": "frozen"}, (200, CLOCK)),
    ("ctl|clock|unfreeze", "PUT", "clock", {"mode": "offset"}, (200, CLOCK)),
    ("ctl|clock|real", "PUT", "clock", {"mode": "real"}, (200, CLOCK)),
    ("ctl|clock|set|2030-01-01T00:00:00Z", "PUT", "clock",
     {"now": "2030-01-01T00:00:00Z"}, (200, CLOCK)),
    ("ctl|clock|rate|60", "PUT", "clock", {"rate": 60}, (200, CLOCK)),
    ("ctl|clock|offset|-90s", "PUT", "clock", {"offset": "-1m30s"},
     (200, CLOCK)),
    ("ctl|clock|ttl-scale|100", "PUT", "clock", {"ttl_scale": 100},
     (200, CLOCK)),
    ("ctl|clock|skew|+30s", "PUT", "clock", {"skew": "30s"}, (200, CLOCK)),
    ("ctl|requests|--status|500,503|--limit|3|--match|PUT auth/**|--since|4",
     "POST", "requests/find", {
         "status": [500, 503], "limit": 3, "since": 4,
         "match": {"method": "PUT", "path": "auth/**"}}, FOUND),
    ("ctl|requests|count|--since|2026-01-01T00:00:00Z|--rule|r1", "POST",
     "requests/count", {"since": "2026-01-01T00:00:00Z", "rule": "r1"},
     (200, {"count": 3})),
    ("ctl|requests|wait|--n|2|--timeout|5s", "POST", "requests/wait",
     {"n": 2, "timeout": "5s"}, FOUND),
    ("ctl|requests|clear", "DELETE", "requests", None, DONE),
    ("ctl|snapshot|take|a", "PUT", "snapshots/a", None, (201, {})),
    ("ctl|snapshot|restore|a", "POST", "snapshots/a/restore", None,
     (200, {})),
    ("ctl|snapshot|rm|a", "DELETE", "snapshots/a", None, DONE),
    ("ctl|reset", "POST", "reset", {}, (200, {"reset": ["faults"]})),
    ("ctl|reset|faults|clock", "POST", "reset",
     {"faults": True, "clock": True}, (200, {"reset": ["faults"]})),
    ("ctl|populate|{\"faults\":[]}", "POST", "populate", {"faults": []},
     (200, {"faults": []})),
    ("ctl|outage|show|sealed", "GET", "outages/sealed", None,
     (200, OUTAGES["outages"][0])),
    ("ctl|nodes|list", "GET", "nodes", None, NODES),
    ("ctl|nodes|set|n1|standby", "PUT", "nodes/n1", {"state": "standby"},
     (200, NODES[1]["nodes"][0])),
    ("ctl|nodes|step-down|n1", "POST", "nodes/n1/step-down", None, ON),
    ("ctl|outage|sealed|--after|5s", "PUT", "outages/sealed",
     {"after": "5s"}, ON),
    ("ctl|state|export", "GET", "state", None,
     (200, {"format": "mockvault-state/1"})),
    ("ctl|scenario|start|a", "POST", "scenarios/a/start", None, (200, {})),
    ("ctl|scenario|start|a|--set|b=c=d|--set=n=5|--speed|2.5|--virtual|--now",
     "POST", "scenarios/a/start",
     {"set": {"b": "c=d", "n": "5"}, "speed": 2.5, "clock": "virtual",
      "begin": "now"}, (200, {})),
    ("ctl|scenario|stop|a", "POST", "scenarios/a/stop", None, (200, {})),
    ("ctl|scenario|step|a", "POST", "scenarios/a/step", None, (200, {})),
    ("ctl|shutdown", "POST", "shutdown", None, (200, {"stopping": True})),
]

CLAIMS = [  # the flags of verify, and the body they make
    (["--times", "exact=1,min=,max=3"], {"times": {"exact": 1, "max": 3}}),
    (["--spacing", "min=200ms,growing=1.5,jitter"],
     {"spacing": {"min": "200ms", "growing": 1.5, "jitter": True}}),
    (["--rate", "max=10,per=1s"], {"rate": {"max": 10, "per": "1s"}}),
    (["--status", "503", "--since", "7", "--rule", "r", "--times", "max=1"],
     {"status": 503, "since": 7, "rule": "r", "times": {"max": 1}}),
    (["--concurrency", "max=4"], {"concurrency": {"max": 4}}),
    (["--none-after", "sealed"], {"none_after": {"event": "sealed"}}),
    (["--after", "unsealed", "--within", "30s", "--times", "some"],
     {"after": {"event": "unsealed"}, "within": "30s", "times": "some"}),
    (["--after", '{"event":"sealed","which":"each"}', "--before", "unsealed",
      "--times", "none"],
     {"after": {"event": "sealed", "which": "each"},
      "before": {"event": "unsealed"}, "times": "none"}),
    (["--times", "3", "--clock", "virtual"],
     {"times": 3, "clock": "virtual"}),
    (["--every", "10s"], {"every": "10s"}),
    (["--ends-with", "success"], {"ends_with": "success"}),
    (["--ends-with", "200,204"], {"ends_with": [200, 204]}),
    (["--distinct", "by=tokens,max=2"],
     {"distinct": {"by": "tokens", "max": 2}}),
    (["--tokens", "leaked=0"], {"tokens": {"leaked": 0}}),
    (["--secrets-in", "path,query"], {"secrets_in": ["path", "query"]}),
    (["--order", '{"method":["PUT","POST"]},a/*,GET b', "--strict"],
     {"order": [{"method": ["PUT", "POST"]}, {"path": "a/*"},
                {"method": "GET", "path": "b"}], "strict": True}),
    (["--match", "/v1/a/*", "--times", '{"max":2}'],
     {"match": {"path": "a/*"}, "times": {"max": 2}}),
    (['{"times":{"max":1},"name":"n"}'], {"times": {"max": 1}}),
]

WRONG = [  # usage that never reaches a server
    ("ctl outag", 'no verb "outag"'), ("ctl", "Usage: mockvault ctl"),
    ("ctl fault", "mockvault ctl fault add"),
    ("ctl outage", "something is missing"),
    ("ctl outage sealed x", "name=value"),
    ("ctl outage sealed --nope", "flag provided but not defined: -nope"),
    ("ctl outage sealed --for", "flag needs an argument: -for"),
    ("ctl outage list --names=x", "invalid boolean value \"x\" for -names"),
    ("ctl clock +soon", "wanted +90d"), ("ctl clock -90s", "unknown word"),
    ("ctl clock offset 90", "wanted a duration"),
    ("ctl clock rate x", "wanted a number"),
    ("ctl fault add {", "is no JSON"),
    ("ctl fault add @/nonexistent", "No such file"),
    ("ctl requests --status x", '--status: "x" is no whole number'),
    ("ctl verify", "nothing is claimed"),
    ("ctl verify --times =3", "wanted name=value"),
    ("ctl verify --times max=3 --format x", "human json junit github"),
    ("ctl snapshot take a b", "too many words"),
    ("scenario run", "something is missing"),
    ("ctl scenario start a --set b", "--set wants NAME=VALUE"),
    ("ctl scenario start a --speed fast", '"fast" is no number'),
    ("scenario run a --timeout x", "wanted a duration"),
]

BAD = (422, {"verified": False, "reason": 'came 3 times, "max" <2>,\n100%',
             "nearest": [ENTRY], "curl": "curl -s x"})
GOOD = (200, {"verified": True, "count": 1})


def commands_ask_what_they_should():
    """The script's answers are what the real one gives: both are asked. (The
    last row ends the real one, so its server is not asked to stop.)"""
    real = ControlClient(Server(BINARY, "--admin-addr=127.0.0.1:0"))
    try:
        for args, method, path, body, answer in ASKED:
            asks(args, method, path, body, answer)
            the_real_one_takes(real, method, path, body, answer)
        assert real.server.process.wait(timeout=60) == 0
    finally:
        if real.server.process.poll() is None:
            real.server.kill()


def claims_become_bodies():
    for flags, body in CLAIMS:
        asks("|".join(["ctl", "verify", *flags]), "POST", "requests/verify",
             body, GOOD)


def common_flags_before_the_verb():
    with Control({"PUT outages/sealed": ON}) as control:
        for front in (["--url", control.url], ["-url=" + control.url],
                      ["--json", "--url", control.url]):
            cli("http://127.0.0.1:1", "ctl", *front, "outage", "sealed",
                "--for", "30s")
        assert [x[2] for x in control.asked] == [{"for": "30s"}] * 3
    err = cli("http://127.0.0.1:1", "ctl", "--url", status=2)
    assert 'no verb "--url"' in err, err


def wrong_usage_is_2():
    for args, says in WRONG:
        err = cli("http://127.0.0.1:1", *args.split(" "), status=2)
        assert says in err, (args, err)


def people_read_columns():
    out = asks("ctl|outage|list", "GET", "outages", None, (200, OUTAGES))
    assert out.splitlines() == [
        "OUTAGE      ON  PARAMETERS  WHAT IT IS",
        "sealed      on  -           Sealed.",
        "rate-limit      rate        Quota."], out
    out = asks("ctl|outage|list|--names", "GET", "outages", None,
               (200, OUTAGES))
    assert out == "sealed\nrate-limit\n"
    out = asks("ctl|outage|list|--active|--names", "GET", "outages", None,
               (200, OUTAGES))
    assert out == "sealed.1\n"
    out = asks("ctl|outage|list|--active", "GET", "outages", None,
               (200, OUTAGES))
    assert out.splitlines()[1].split()[:3] == ["sealed", "sealed.1", "on"], out
    assert asks("ctl|outage|token-revoked", "PUT", "outages/token-revoked",
                {}, (200, {"outage": "token-revoked", "active": False,
                           "final": True})) == "token-revoked is done\n"
    asks("ctl|outage|tls", "PUT", "outages/tls", {}, (409, {
        "errors": ["it would have no effect now: no TLS"]}), status=1)
    assert asks("ctl|outage|sealed", "PUT", "outages/sealed", {}, ON) == \
        "sealed is on; rules: a, b\n"
    out = asks("ctl|nodes|list", "GET", "nodes", None, NODES)
    assert out.splitlines() == [
        "NODE  STATE   ADDRESS     VERSION",
        "n1    active  http://a:1  1.19.5"], out
    assert asks("ctl|nodes|list|--names", "GET", "nodes", None,
                NODES) == "n1\n"
    out = asks("ctl|requests", "POST", "requests/find", {}, FOUND)
    assert out.splitlines()[1].split() == [
        "7", "2026-01-02T03:04:05.000Z", "PUT", "auth/approle/login", "503",
        "1.5", "r1", "respond", "Vault", "is", "sealed"], out
    out = asks("ctl|clock|+1h", "POST", "clock/advance", {"by": "1h0m0s"},
               (200, {"now": "N", "expired": [
                   {"kind": "token", "accessor": "acc"},
                   {"kind": "version", "path": "secret/a", "version": 2}]}))
    assert out.splitlines() == [
        "now N; 2 ended", "ENDED    WHICH", "token    acc",
        "version  secret/a version 2"], out
    # What a server says does not command the terminal.
    out = asks("ctl|clock", "GET", "clock", None, (200, {"now": "\x1b[2J"}))
    assert out == "now  ?[2J\n", out


def json_is_the_servers_own():
    out = asks("ctl|clock|--json", "GET", "clock", None, (200, CLOCK))
    assert out == json.dumps(CLOCK) + "\n"
    out = asks("ctl|outage|list|--json", "GET", "outages", None,
               (200, OUTAGES))
    assert json.loads(out) == OUTAGES


def complaints_are_shown():
    err = asks("ctl|fault|add|{}", "POST", "faults", {}, (400, ERROR), 2)
    assert err == ("mockvault ctl: match.pathh: there is no such field\n"
                   "  allowed: method, path\n"), err
    err = asks("ctl|clock", "GET", "clock", None,
               (401, {"errors": ["this call wants the admin token"]}), 2)
    assert "MOCKVAULT_ADMIN_TOKEN" in err, err
    err = asks("ctl|clock", "GET", "clock", None, (404, {"errors": []}), 2)
    assert "is this the address of the control API?" in err, err


def the_admin_token_goes_along():
    with Control({"GET clock": (200, CLOCK)}) as control:
        cli(control.url, "ctl", "clock", env={"MOCKVAULT_ADMIN_TOKEN": "e"})
        cli("http://127.0.0.1:1", "ctl", "clock", "--admin-token=f", "--url",
            control.url + "/_mock/")
        assert [a[3] for a in control.asked] == ["Bearer e", "Bearer f"]


def nobody_there():
    err = cli("http://127.0.0.1:1", "ctl", "info", status=2)
    assert "no answer from http://127.0.0.1:1: Connection refused" in err
    assert "MOCKVAULT_URL" in err, err
    err = cli("https://127.0.0.1:1", "ctl", "info", status=2)
    assert "over http, not https" in err, err
    assert "is no URL" in cli("http://[", "ctl", "info", status=2)


def a_list_of_rules_from_a_file():
    rules = [{"id": "a", "then": {"reset": {}}}, {"id": "b"}]
    with Control({"POST faults": (201, {"id": "x"})}) as control:
        cli(control.url, "ctl", "fault", "add", "-", text=json.dumps(rules))
        with tempfile.NamedTemporaryFile("w") as f:
            json.dump(rules, f)
            f.flush()
            cli(control.url, "ctl", "fault", "add", "@" + f.name)
        assert [a[2] for a in control.asked] == rules * 2


def waiting_in_vain_is_1():
    with Control({"POST requests/wait": (408, FOUND[1])}) as control:
        out = cli(control.url, "ctl", "requests", "wait", status=1)
        assert "auth/approle/login" in out


def verdicts():
    args = ["ctl", "verify", "--match", "a/*", "--times", "max=2"]
    with Control({"POST requests/verify": BAD}) as control:
        out = cli(control.url, *args, status=1)
        assert out.startswith("FAIL a/* times max=2: came 3 times"), out
        assert "auth/approle/login" in out and "curl -s x" in out, out
        out = cli(control.url, *args, "--format", "github", status=1)
        assert out == ('::error title=a/* times max=2::came 3 times, "max" '
                       '<2>,%0A100%25\n'), out
        out = cli(control.url, *args, "--format", "json", status=1)
        assert json.loads(out) == BAD[1]
        case = xml.etree.ElementTree.fromstring(cli(
            control.url, *args, "--format", "junit", status=1)).find(
                "testsuite/testcase")
        assert case.get("name") == "a/* times max=2"
        assert case.find("failure").text == BAD[1]["reason"]
    with Control({"POST requests/verify": GOOD}) as control:
        assert cli(control.url, *args) == "ok   a/* times max=2\n"
        assert cli(control.url, *args, "--format", "github") == ""
    with Control({"POST requests/verify": (400, ERROR)}) as control:
        assert "allowed: method, path" in cli(control.url, *args, status=2)


def several_claims_are_one_suite():
    claims = [{"name": "logins", "times": {"max": 1}},
              {"rate": {"max": 1, "per": "1s"}}]
    with Control({"POST requests/verify": [GOOD, BAD]}) as control:
        suite = xml.etree.ElementTree.fromstring(cli(
            control.url, "ctl", "verify", "-", "--format=junit", status=1,
            text=json.dumps(claims))).find("testsuite")
        assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
        assert [c.get("name") for c in suite] == ["logins", "verify 2"]
        assert [c.find("failure") is None for c in suite] == [True, False]


def tail_follows():
    """An entry that was open when a later one closed is not lost."""
    slow = dict(ENTRY, seq=8, path="secret/data/slow")
    later = dict(ENTRY, seq=9, path="secret/data/new")
    with Control({"POST requests/find": FOUND,
                  "POST requests/wait": [
                      (408, {"requests": [], "dropped": 0}),
                      (200, {"requests": [dict(slow, open=True), later]}),
                      (200, {"requests": [slow, later]}),
                      (500, {"errors": ["enough"]})]}) as control:
        done = subprocess.run(
            [BINARY, "ctl", "tail", "-n", "3", "--url", control.url],
            capture_output=True, text=True, timeout=60)
        assert done.returncode == 2 and "enough" in done.stderr
        lines = done.stdout.splitlines()
        assert [line.split()[0] for line in lines] == [
            "SEQ", "7", "9", "8"], lines
        assert "secret/data/new" in lines[2], lines
        # Lines that come one by one stand in columns all the same.
        assert len({line.find("503") for line in lines[1:]}) == 1, lines
        bodies = [a[2] for a in control.asked]
        assert bodies[0] == {"limit": 3}
        assert [(b["since"], b["n"]) for b in bodies[1:]] == [
            (7, 1), (7, 1), (7, 2), (9, 1)], bodies
    with Control({"POST requests/find": FOUND}) as control:
        assert cli(control.url, "ctl", "tail", "-n=0",
                   "--once").startswith("SEQ ")


def state_files():
    state = {"version": 1, "kv": {"a": "b"}}
    with Control({"GET state": (200, state),
                  "PUT state": (200, {})}) as control, \
            tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "s.json")
        cli(control.url, "ctl", "state", "export", path)
        with open(path) as f:
            assert json.load(f) == state
        cli(control.url, "ctl", "state", "import", path)
        assert control.asked[1][2] == state


EXPECT = [{"name": "no storm", "ok": True, "reason": ""},
          {"name": "back-off", "ok": False, "reason": "too fast"}]


def scenario_from_a_file():
    with Control({"PUT scenarios/crash": (200, {}),
                  "POST scenarios/crash/start": (200, {}),
                  "GET scenarios/crash": [
                      (200, {"name": "crash", "state": "waiting"}),
                      (200, {"name": "crash", "state": "running"}),
                      (200, {"name": "crash", "state": "done",
                             "expect": EXPECT})]}) as control, \
            tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "crash.json")
        with open(path, "w") as f:
            json.dump({"version": 1, "timeline": []}, f)
        out = cli(control.url, "scenario", "run", path, status=1)
        assert out == ("ok   no storm\nFAIL back-off: too fast\n"
                       "crash: failed\n"), out
        assert control.asked[0][2] == {"version": 1, "timeline": []}
        out = cli(control.url, "ctl", "scenario", "show", "crash")
        assert out.startswith("crash: done\nok   no storm\n"), out


def scenario_by_name():
    with Control({"POST scenarios/crash/start": (200, {}),
                  "GET scenarios/crash": (200, {
                      "name": "crash", "state": "done",
                      "expect": EXPECT[:1]})}) as control:
        assert cli(control.url, "scenario", "run", "crash").endswith(
            "crash: all expectations held\n")
        suite = xml.etree.ElementTree.fromstring(cli(
            control.url, "scenario", "run", "crash", "--format", "junit"))
        assert suite.find("testsuite").get("name") == "crash"
    with Control({"POST scenarios/crash/start": (200, {}),
                  "GET scenarios/crash": (200, {
                      "name": "crash", "state": "waiting"})}) as control:
        out = cli(control.url, "scenario", "run", "crash", "--timeout",
                  "150ms", status=1)
        assert "did not end in time: it is waiting" in out, out
    with Control({"POST scenarios/crash/start": (200, {}),
                  "GET scenarios/crash": (200, {
                      "name": "crash", "state": "failed",
                      "trouble": "broke"})}) as control:
        assert "FAIL crash: broke" in cli(control.url, "scenario", "run",
                                          "crash", status=1)


def health():
    with Control({"GET ready": [
            (200, {"ready": True, "hooks": []}),
            (503, {"ready": False, "hooks": [
                {"name": "init.sh", "state": "running"}]})]}) as control:
        assert cli(control.url, "healthcheck") == "ready\n"
        assert "init.sh  running" in cli(control.url, "healthcheck",
                                         status=1)
        assert cli(control.url, "ctl", "ready", status=1)
    cli("http://127.0.0.1:1", "healthcheck", status=1)
    cli("http://127.0.0.1:1", "healthcheck", "--nope", status=1)


def help_comes_from_the_tables():
    out = cli("", "ctl", "--help")
    for words in ("ctl outage NAME", "ctl verify", "--spacing", "--url URL"):
        assert words in out, words
    out = cli("", "ctl", "outage", "off", "-h")
    assert "mockvault ctl outage off NAME|ID|all" in out and \
        "verify" not in out
    out = cli("", "man")
    assert ".B outage off NAME|ID|all" in out and \
        ".SH MOCKVAULT healthcheck" in out


# ---- completion ----

WANTED = [  # words, the one that is being written, some of what comes
    ([], "", ["server", "ctl", "healthcheck"]),
    (["ctl"], "o", ["outage"]), (["ctl", "outage"], "", [
        "list", "off", "sealed", "rate-limit"]),
    (["ctl", "outage", "off"], "", ["sealed", "rate-limit", "all"]),
    (["ctl", "outage", "sealed"], "--", ["--for", "--match", "--url"]),
    (["ctl", "verify", "--format"], "", ["human", "junit"]),
    (["ctl", "fault", "rm"], "", ["r1", "all"]),
    (["ctl", "nodes"], "s", ["set", "step-down"]),
    (["ctl", "reset"], "f", ["faults"]),
    (["server"], "-dev-r", ["-dev-root-token-id"]),
    (["proxy"], "-upstream-h", ["-upstream-host"]),
    (["import"], "--with", ["--with-values"]),
    (["completion"], "", ["bash", "zsh", "fish"]),
    (["vault"], "k", ["kv"]), (["vault", "kv"], "g", ["get"]),
    (["vault", "kv", "metadata"], "", ["get", "put", "patch", "delete"]),
    (["vault", "kv", "get"], "-m", ["-mount"]),
    (["vault", "kv", "get", "-format"], "", ["table", "json", "yaml"]),
    (["operator", "raft"], "l", ["list-peers"]),
]


def bash_completes(script, words, current, url):
    line = ["mockvault", *words, current]
    text = ('COMP_WORDS=(%s); COMP_CWORD=%d\n'
            '_mockvault "%s" "%s" "%s"\nprintf "%%s\\n" "${COMPREPLY[@]}"\n'
            % (" ".join("'%s'" % w for w in line), len(line) - 1, BINARY,
               current, line[-2]))
    done = subprocess.run(["bash", "-c", script + text], capture_output=True,
                          text=True, timeout=60, env={
                              "PATH": os.environ["PATH"],
                              "MOCKVAULT_URL": url})
    assert done.stderr == "", done.stderr
    return done.stdout.split()


def zsh_completes(script, words, current, url):
    line = ["mockvault", *words, current]
    text = ('compadd() { shift; print -l -- $@ }; _files() { : }\n'
            'words=(%s); CURRENT=%d; words[1]="%s"; _mockvault\n'
            % (" ".join("'%s'" % w for w in line), len(line), BINARY))
    done = subprocess.run(["zsh", "-fc", script + text], capture_output=True,
                          text=True, timeout=60, env={
                              "PATH": os.environ["PATH"],
                              "MOCKVAULT_URL": url})
    assert done.stderr == "", done.stderr
    return done.stdout.split()


def fish_completes(script, words, current, url):
    text = "\ncomplete -C '%s'\n" % " ".join(["mockvault", *words, current])
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(BINARY, os.path.join(folder, "mockvault"))
        done = subprocess.run(
            ["fish", "--no-config", "-c", script + text],
            capture_output=True, text=True, timeout=60, env={
                "PATH": folder + ":" + os.environ["PATH"],
                "HOME": folder, "MOCKVAULT_URL": url})
    assert done.stderr == "", done.stderr
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


def completion(shell, completes):
    if not shutil.which(shell):
        print("%s is not here: its completion was not tried" % shell)
        return
    script = cli("", "completion", shell)
    with Control({"GET outages": (200, OUTAGES),
                  "GET faults": (200, {"faults": [{"id": "r1"}]})}) as control:
        for words, current, some in WANTED:
            if shell == "fish" and words == ["ctl", "reset"]:
                some = [w for w in some if w.startswith(current)]
            got = completes(script, words, current, control.url)
            assert set(some) <= set(got), (shell, words, current, got)
            if words == ["ctl"] and shell != "zsh":
                assert got == ["outage"], got


def bash_completion():
    completion("bash", bash_completes)


def zsh_completion():
    completion("zsh", zsh_completes)


def fish_completion():
    completion("fish", fish_completes)


# ---- the real one ----

def outages_on_the_real_one(server, url):
    assert cli(url, "ctl", "outage", "sealed", "--for", "30s").startswith(
        "sealed is on until ")
    assert server.ask("GET", "secret/data/a")[0] == 503
    assert cli(url, "healthcheck") == "ready\n"
    assert cli(url, "ctl", "outage", "list", "--active",
               "--names") == "sealed.1\n"
    cli(url, "ctl", "outage", "off", "sealed")
    assert server.ask("GET", "secret/data/a")[0] == 404
    cli(url, "ctl", "outage", "login-denied", "times=1", "status=403",
        "--match", "auth/*/login/bob")
    assert "auth/*/login/bob" in cli(url, "ctl", "fault", "list")
    assert cli(url, "ctl", "fault", "explain", "PUT",
               "auth/userpass/login/bob").startswith("would get: 403")
    assert cli(url, "ctl", "outage", "slow", "--after", "1h") == \
        "slow comes later\n"
    cli(url, "ctl", "outage", "off", "all")
    err = cli(url, "ctl", "outage", "seald", status=2)
    assert 'did you mean "sealed"?' in err and "allowed: " in err, err
    assert "allowed: " in cli(url, "ctl", "outage", "rate-limit", "rat=1",
                              status=2)
    cli(url, "ctl", "fault", "add", json.dumps(
        {"id": "f", "match": {"path": "secret/data/b"},
         "then": [{"respond": {"status": 418, "errors": []}}]}))
    assert server.ask("GET", "secret/data/b")[0] == 418
    assert cli(url, "ctl", "fault", "list", "--names") == "f\n"
    cli(url, "ctl", "fault", "rm", "f")
    assert cli(url, "ctl", "fault", "list") == "none\n"


def formats_on_the_real_one(server, url):
    """One claim that holds, one that does not, in each form; the sentence is
    the journal's in all of them."""
    cli(url, "ctl", "requests", "clear")
    for _ in range(3):
        server.ask("GET", "secret/data/a")
    match = {"path": "secret/**"}
    claims = json.dumps([
        {"name": "some", "match": match, "times": {"min": 1}},
        {"name": "a, b: c", "match": match, "times": {"max": 2}}])
    reason = json.loads(cli(
        url, "ctl", "verify", "--match", "secret/**", "--times", "max=2",
        "--format=json", status=1))
    assert reason["verified"] is False
    assert len(reason["nearest"]) == 3, reason
    again = subprocess.run(reason["curl"], shell=True, check=True,
                           capture_output=True, text=True, timeout=60)
    assert len(json.loads(again.stdout)["requests"]) == 3, reason["curl"]
    why = reason["reason"]
    assert "at most 2" in why and "found 3" in why, why

    def said(form):
        return cli(url, "ctl", "verify", "-", "--format", form, status=1,
                   text=claims)

    human = said("human").splitlines()
    assert human[:3] == ["ok   some", "FAIL a, b: c: " + why, "nearest:"]
    assert sum("secret/" in line for line in human[3:-1]) == 3, human
    assert human[-1].startswith("to see them: curl "), human
    out = cli(url, "ctl", "verify", "--match", "secret/**", "--times",
              "max=2", status=1)
    assert out.count("secret/data/a") == 3 and reason["curl"] in out, out
    assert said("github") == "::error title=a%2C b%3A c::" + why + "\n"
    suite = xml.etree.ElementTree.fromstring(said("junit")).find("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [c.get("name") for c in suite] == ["some", "a, b: c"]
    assert suite[0].find("failure") is None
    assert suite[1].find("failure").get("message") == why
    good = ["ctl", "verify", "--match", "secret/**", "--times", "exact=3"]
    assert json.loads(cli(url, *good, "--format=json")) == {
        "verified": True, "count": 3}
    assert cli(url, *good, "--format=github") == ""
    assert "failures=\"0\"" in cli(url, *good, "--format=junit")


def nodes_on_the_real_one(server, url):
    assert cli(url, "ctl", "nodes", "list", "--names") == "n1\n"
    for state, status in (("standby", 429), ("sealed", 503),
                          ("active", 200)):
        assert cli(url, "ctl", "nodes", "set", "n1", state) == \
            "n1 is %s\n" % state
        assert server.ask("GET", "sys/health")[0] == status
        assert state in cli(url, "ctl", "nodes", "list")
    assert cli(url, "ctl", "nodes", "step-down", "n1").startswith(
        "n1 steps down; no leader until 20")
    assert server.ask("GET", "sys/health")[0] == 429
    cli(url, "ctl", "nodes", "set", "n1", "active")
    cli(url, "ctl", "outage", "off", "all")
    assert server.ask("GET", "sys/health")[0] == 200
    err = cli(url, "ctl", "nodes", "set", "n1", "asleep", status=2)
    assert "allowed: active, standby, sealed, down" in err, err
    err = cli(url, "ctl", "nodes", "step-down", "n2", status=2)
    assert 'no node "n2"' in err, err


def examples_on_the_real_one():
    """What each outage gives as its example can be typed so."""
    server = Server(BINARY, "--admin-addr", "127.0.0.1:0")
    url = server.bound["admin_addr"]
    cli(url, "ctl", "populate", json.dumps({"fixtures": {"kv": {
        "secret/app": {"k": "v"}}, "policies": {
            "app": "path \"secret/*\" { capabilities = [\"read\"] }"}}}))
    server.ask("POST", "sys/auth/approle", {"type": "approle"})
    server.ask("POST", "auth/approle/role/web", {})
    nothing = {"tls": "speaks TLS", "lease-gone": "has a lease",
               "creds-revoked-with-parent": "has a lease"}
    listed = json.loads(cli(url, "ctl", "outage", "list", "--json"))
    for outage in listed["outages"]:
        server.ask("POST", "auth/token/create", {"policies": ["app"]})
        server.ask("POST", "auth/approle/role/web/secret-id", {})
        out = cli(url, "ctl", "outage", *shlex.split(outage["example"]),
                  status=2 if outage["needs_cluster"] else
                  1 if outage["name"] in nothing else 0)
        assert nothing.get(outage["name"], outage["name"]) in out, out
        shown = cli(url, "ctl", "outage", "show", outage["name"])
        assert shown.startswith(outage["name"] + ": "), shown
        cli(url, "ctl", "outage", "off", "all")
    server.stop()


def time_on_the_real_one(server, url):
    made = json.loads(server.ask("POST", "auth/token/create",
                                 {"ttl": "1h"})[2])["auth"]
    out = cli(url, "ctl", "clock", "+1d")
    assert "1 ended" in out and made["accessor"] in out, out
    assert "mode       frozen" in cli(url, "ctl", "clock", "freeze")
    out = cli(url, "ctl", "clock", "set", "2040-01-01T00:00:00Z")
    assert "now        2040-01-01T00:00:00.000Z" in out, out
    assert "rate       60\n" in cli(url, "ctl", "clock", "rate", "60")
    for words in (["unfreeze"], ["offset", "90s"], ["skew", "+30s"],
                  ["ttl-scale", "100"], ["real"]):
        cli(url, "ctl", "clock", *words)
    assert "ttl_scale  100" in cli(url, "ctl", "clock")


def requests_on_the_real_one(server, url):
    cli(url, "ctl", "requests", "clear")
    for _ in range(3):
        server.ask("GET", "secret/data/a")
    assert cli(url, "ctl", "requests", "count", "--match", "secret/**",
               "--status", "404") == "3\n"
    out = cli(url, "ctl", "requests", "--limit", "2")
    assert out.count("secret/data/a") == 2, out
    assert cli(url, "ctl", "requests", "wait", "--n", "3").count("404") == 3
    cli(url, "ctl", "requests", "wait", "--n", "4", "--timeout", "1ms",
        status=1)
    follower = subprocess.Popen(
        [BINARY, "ctl", "tail", "-n", "1", "--url", url], text=True,
        stdout=subprocess.PIPE)
    assert follower.stdout.readline().startswith("SEQ ")
    assert "secret/data/a" in follower.stdout.readline()
    server.ask("GET", "secret/data/late")
    assert "secret/data/late" in follower.stdout.readline()
    follower.terminate()
    follower.wait()
    follower.stdout.close()


def verdicts_on_the_real_one(server, url):
    cli(url, "ctl", "requests", "clear")
    for _ in range(3):
        server.ask("GET", "secret/data/a")
    on = ["ctl", "verify", "--match", "secret/**"]
    cli(url, *on, "--none-after", "sealed", status=1)  # it never was
    cli(url, "ctl", "outage", "sealed")
    cli(url, "ctl", "outage", "off", "sealed")
    for claim in (["--times", "exact=3"], ["--concurrency", "max=1"],
                  ["--rate", "max=3,per=1h"], ["--secrets-in", "path,query"],
                  ["--order", "GET secret/**,secret/data/a"],
                  ["--none-after", "sealed"], ["--spacing", "min=0s"]):
        words = on if claim[0] != "--order" else on[:2]
        assert cli(url, *words, *claim).startswith("ok "), claim
    for claim in (["--times", "max=2"], ["--rate", "max=1,per=1h"],
                  ["--spacing", "min=1h"]):
        assert cli(url, *on, *claim, status=1).startswith("FAIL "), claim
    assert "allowed: exact, min, max" in cli(url, *on, "--times", "mx=1",
                                             status=2)


def state_on_the_real_one(server, url):
    server.ask("POST", "secret/data/s", {"data": {"k": "1"}})
    cli(url, "ctl", "snapshot", "take", "one")
    server.ask("DELETE", "secret/metadata/s")
    assert cli(url, "ctl", "snapshot", "list", "--names") == "one\n"
    cli(url, "ctl", "snapshot", "restore", "one")
    assert server.ask("GET", "secret/data/s")[0] == 200
    cli(url, "ctl", "snapshot", "rm", "one")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "s.json")
        cli(url, "ctl", "state", "export", path)
        assert cli(url, "ctl", "reset", "clock", "state") == \
            "reset: clock, state\n"
        assert server.ask("GET", "secret/data/s")[0] == 404
        cli(url, "ctl", "state", "import", path)
        assert server.ask("GET", "secret/data/s")[0] == 200


def scenario_on_the_real_one(url):
    assert "leader-crash" in cli(url, "ctl", "scenario", "list", "--names")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "blip.json")
        with open(path, "w") as f:
            json.dump({"version": 1, "start": "manual", "timeline": [
                {"at": "1ms", "do": {"outage": "sealed", "for": "1ms"}}]}, f)
        assert cli(url, "scenario", "run", path, "--timeout", "20s") == \
            "blip: all expectations held\n"
    assert cli(url, "ctl", "scenario", "show", "blip") == "blip: done\n"


def the_real_server():
    server = Server(BINARY, "--admin-addr", "127.0.0.1:0")
    url = server.bound["admin_addr"]
    assert cli(url, "healthcheck") == "ready\n"
    out = cli(url, "ctl", "info")
    assert "vault_version" in out and server.url in out, out
    assert cli(server.url, "ctl", "ready") == "ready\n"
    outages_on_the_real_one(server, url)
    nodes_on_the_real_one(server, url)
    time_on_the_real_one(server, url)
    requests_on_the_real_one(server, url)
    verdicts_on_the_real_one(server, url)
    formats_on_the_real_one(server, url)
    state_on_the_real_one(server, url)
    scenario_on_the_real_one(url)
    err = cli(url, "ctl", "snapshot", "take", "", status=2)
    assert err.startswith("mockvault ctl: "), err
    assert cli(url, "ctl", "shutdown") == "stopping\n"
    assert server.process.wait() == 0
    server.clean()


TESTS = [commands_ask_what_they_should, claims_become_bodies,
         common_flags_before_the_verb, wrong_usage_is_2, people_read_columns,
         json_is_the_servers_own,
         complaints_are_shown, the_admin_token_goes_along, nobody_there,
         a_list_of_rules_from_a_file, waiting_in_vain_is_1, verdicts,
         several_claims_are_one_suite, tail_follows, state_files,
         scenario_from_a_file, scenario_by_name, health,
         help_comes_from_the_tables, bash_completion, zsh_completion,
         fish_completion, the_real_server, examples_on_the_real_one]

sys.exit(run(TESTS))
