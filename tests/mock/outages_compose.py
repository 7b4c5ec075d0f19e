#!/usr/bin/env python3
"""Outages in any order: random sequences of turning them on and off, ending by
the clock, snapshots and resets, held against a model of what must be so.

  outages_compose.py MOCKVAULT [SEED]

After each step the list of active runs, the state of the node and the whole
state document are the model's; after the last all is as it was at first. It
prints its seed; the same seed draws the same sequences. Closes with 'N passed,
N failed'.
"""
import os
import random
import sys
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from tests.support.control_client import Control  # noqa: E402
from tests.support.server import Server  # noqa: E402

SEQUENCES = 25
STEPS = 24
# name: (params, what it claims)
CLAIMS = {
    "sealed": [({}, "sealed")],
    "dns-switch": [({"as": "sealed"}, "sealed"), ({"as": "refuse"}, "down"),
                   ({"as": "standby"}, "standby")],
    "no-leader": [({}, "standby"), ({"health": 474}, "standby")],
    "election": [({}, "standby")],
    "quorum-loss": [({"lease": 0}, "standby"), ({"lease": "1h"}, None)],
    "redirect": [({"to": "http://10.0.0.9:8200"}, "standby")],
    "forward-fail": [({"stall": "1ms"}, "standby")],
    "stale-read": [({"as": "index"}, "standby")],
    "health-code": [({"code": c}, None) for c in (429, 472, 473, 474, 530)],
    "refuse": [({}, "down")],
    "blackhole": [({}, "down")],
    "clock-skew": [({"by": "-90s"}, None), ({"by": "30s"}, None)],
    "policy-lost": [({"policy": "app"}, None), ({"policy": "other"}, None)],
    "kv-deleted": [({"path": "secret/a"}, None), ({"path": "secret/b"}, None)],
    "amnesia": [({}, "amnesia")],
    "uninitialized": [({}, "uninitialized")],
}
IDENTITY = ("amnesia", "uninitialized")
# The param that tells one run from another.
SUBJECT = {"policy-lost": "policy", "kv-deleted": "path"}
FINAL = {
    "token-expired": {}, "token-revoked": {}, "token-exhausted": {"uses": 3},
    "max-ttl": {"left": "5m"}, "lease-gone": {}, "kv-destroyed":
    {"path": "secret/c"}, "secret-id-expired": {}, "clock-jump": {"by": "1s"},
    "creds-revoked-with-parent": {},
}
PARAMS = {"redirect": {"to": "loop"}, "tls": {"plain": True}}
NO_MATCH = ("tls", "max-conns")


class Run:
    def __init__(self, answer, name, claim, key):
        self.id = answer["id"]
        self.name, self.claim, self.key = name, claim, key
        self.begins = self.ends = None
        self.under = None  # the state document that it keeps aside


class Model:
    def __init__(self, c, chance, start_state):
        self.c, self.chance = c, chance
        self.now = 0
        self.runs = []  # in the order of their start
        self.snapshots = {}
        self.start_state = start_state
        self.first = self.top = self.document()
        self.rule_made = sorted(
            o["name"] for o in c.control("GET", "outages").json()["outages"]
            if "times" in o["params"] and o["name"] not in FINAL and
            o["name"] != "quorum-loss")
        self.log = []

    def document(self):
        return self.c.control("GET", "state").json()

    def active(self):
        return [r for r in self.runs if r.begins is None]

    # ---- what must be so ----

    def node_state(self):
        claims = {r.claim for r in self.active()}
        if "down" in claims:
            return "down"
        if "sealed" in claims or self.top["seal"]["sealed"]:
            return "sealed"
        return "standby" if "standby" in claims else "active"

    def check(self):
        shown = [r for o in self.c.control("GET", "outages").json()["outages"]
                 for r in o["runs"]]
        for word, on in (("active", True), ("pending", False)):
            got = sorted(r["id"] for r in shown if r["active"] is on)
            want = sorted(r.id for r in self.runs if (r.begins is None) is on)
            assert got == want, "%s: %s, wanted %s" % (word, got, want)
        rules = {f["id"] for f in self.c.control("GET", "faults").json()[
            "faults"]}
        owned = {i for r in shown for i in r["rules"]}
        assert rules == owned, "rules %s, of runs %s" % (rules, owned)
        node = self.c.control("GET", "nodes").json()["nodes"][0]["state"]
        assert node == self.node_state(), "the node is %s, wanted %s" % (
            node, self.node_state())
        skew = self.c.control("GET", "clock").json()["skew"]
        assert skew == "0s", skew
        now = self.document()
        assert now == self.top, "the state differs: " + difference(
            self.top, now)

    # ---- what a step means ----

    def end(self, run):
        if run not in self.runs:
            return
        at = self.runs.index(run)
        self.runs.remove(run)
        if run.under is None:
            return
        later = [r for r in self.runs[at:] if r.under is not None]
        if later:
            later[0].under = run.under
        else:
            self.top = run.under

    def replaced(self, document):
        """Another state is in force by somebody's call."""
        self.top = document
        self.runs = [r for r in self.runs if r.under is None]

    def start(self, name, params, claim, match=None, lasting=None,
              after=None):
        body = {"params": params, "clock": "virtual"}
        key = (name, repr(match), params.get(SUBJECT.get(name, ""), ""))
        if match:
            body["match"] = match
        if lasting:
            body["for"] = "%ds" % lasting
        if after:
            body["after"] = "%ds" % after
        answer = self.c.control("PUT", "outages/" + name, body)
        self.log.append((name, body, answer.status))
        assert answer.status in (200, 400, 409), answer.body
        if answer.status != 200:
            self.refused(name, claim, params, answer)
            return
        for r in [r for r in self.runs if r.key == key and
                  (r.begins is not None) == bool(after)]:
            self.end(r)
        run = Run(answer.json(), name, claim, key)
        if lasting:
            run.ends = self.now + (after or 0) + lasting
        if after:
            run.begins = self.now + after
        elif claim in IDENTITY:
            run.under = self.top
            self.top = self.document()
        self.runs.append(run)

    def refused(self, name, claim, params, answer):
        """Only what would change nothing is, and what is not there."""
        text = answer.json()["errors"][0]
        if claim in ("sealed", "uninitialized"):
            assert self.top["seal"]["sealed"], text
        elif name in SUBJECT:
            word = params[SUBJECT[name]].rpartition("/")[2]
            assert not any(
                word in (row.get("name"), row.get("path"))
                for table in self.top["tables"].values() for row in table) or \
                name in {r.name for r in self.active()}, text
        else:
            raise AssertionError(name + ": " + text)

    def pass_time(self, by):
        self.now += by
        while True:
            due = [(r.ends if r.begins is None else r.begins, n, r)
                   for n, r in enumerate(self.runs)]
            due = [d for d in due if d[0] is not None and d[0] <= self.now]
            if not due:
                return
            run = min(due, key=lambda d: d[:2])[2]
            if run.begins is None:
                self.end(run)
            else:
                self.begin(run)

    def begin(self, run):
        """What came later is on now, in the place of its like."""
        for r in [r for r in self.active() if r.key == run.key]:
            self.end(r)
        run.begins = None
        self.runs.remove(run)
        self.runs.append(run)
        known = {r.id for r in self.runs if r is not run}
        for r in self.c.control("GET", "outages/" + run.name).json()["runs"]:
            if r["id"] not in known:
                run.id = r["id"]

    # ---- steps ----

    def draw_start(self):
        name = self.chance.choice(list(CLAIMS))
        params, claim = self.chance.choice(CLAIMS[name])
        lasting = self.chance.choice([None, None, 5, 20])
        after = self.chance.choice([None] * 6 + [7])
        if claim in IDENTITY + ("sealed",) or name in SUBJECT:
            after = None
        self.start(name, params, claim, lasting=lasting, after=after)

    def draw_rule(self):
        name = self.chance.choice(self.rule_made)
        match = self.chance.choice([None, {"path": "secret/**"},
                                    {"op": "login"}])
        if name in CLAIMS:
            match = {"path": "secret/**"}
        if name in NO_MATCH:
            match = None
        self.start(name, PARAMS.get(name, {}), None, match=match,
                   lasting=self.chance.choice([None, 9]))

    def draw_final(self):
        name = self.chance.choice(list(FINAL))
        answer = self.c.control("PUT", "outages/" + name,
                                {"params": FINAL[name]})
        self.log.append((name, answer.status))
        assert answer.status in (200, 400, 409), answer.body
        if answer.status == 200:
            assert not answer.json()["active"]
        if name == "clock-jump":
            self.pass_time(1)
        self.top = self.document()

    def draw_stop(self):
        if not self.runs:
            return
        run = self.chance.choice(self.runs)
        if self.chance.random() < 0.7:
            self.stop(run.id, [run])
        else:
            self.stop(run.name, [r for r in reversed(self.runs)
                                 if r.name == run.name])

    def stop(self, name, runs):
        self.log.append(("off", name))
        assert self.c.control("DELETE", "outages/" + name).status == 204
        for r in runs:
            self.end(r)

    def draw_advance(self):
        by = self.chance.choice([1, 6, 15])
        self.log.append(("advance", by))
        assert self.c.control("POST", "clock/advance",
                              {"by": "%ds" % by}).status == 200
        self.pass_time(by)

    def draw_snapshot(self):
        name = self.chance.choice("xy")
        if name in self.snapshots and self.chance.random() < 0.5:
            self.log.append(("restore", name))
            assert self.c.control("POST", "snapshots/%s/restore" % name,
                                  {}).status == 200
            self.replaced(self.snapshots[name])
        else:
            self.log.append(("snapshot", name))
            assert self.c.control("PUT", "snapshots/" + name,
                                  {}).status == 201
            self.snapshots[name] = self.top

    def draw_reset(self):
        part = self.chance.choice(["faults", "state"])
        self.log.append(("reset", part))
        assert self.c.control("POST", "reset", {part: True}).status == 200
        if part == "state":
            self.replaced(self.start_state)
        for r in list(reversed(self.runs)) if part == "faults" else []:
            self.end(r)

    def draw(self):
        self.chance.choice(
            [self.draw_start] * 10 + [self.draw_rule] * 5 +
            [self.draw_stop] * 7 + [self.draw_advance] * 4 +
            [self.draw_snapshot] * 3 + [self.draw_final] * 2 +
            [self.draw_reset])()


def difference(was, now):
    out = []
    if was["seal"] != now["seal"]:
        out.append("seal %r -> %r" % (was["seal"], now["seal"]))
    for table in was["tables"]:
        a, b = was["tables"][table], now["tables"].get(table)
        if a != b:
            out.append("%s: %r -> %r" % (
                table, [r for r in a if r not in b],
                [r for r in b if r not in a]))
    return "; ".join(out)[:1500]


def furnish(c):
    """A state in which every outage finds something."""
    c.control("PUT", "clock", {"mode": "frozen"})
    for name in ("a", "b", "c"):
        c.ask("PUT", "secret/data/" + name, {"data": {"k": "v"}})
    for name in ("app", "other"):
        c.policy(name, 'path "secret/*" { capabilities = ["read"] }')
    c.ask("POST", "sys/auth/approle", {"type": "approle"})
    c.ask("POST", "auth/approle/role/web", {"token_policies": "app"})
    c.ask("PUT", "auth/approle/role/web/secret-id", {})
    c.ask("POST", "sys/mounts/leased", {"type": "generic-leased"})
    c.ask("PUT", "leased/x", {"k": "v", "ttl": "9000h"})
    c.policy("l", 'path "leased/x" { capabilities = ["read"] }')
    for _ in range(2):
        c.ask("GET", "leased/x", token=c.token(policies=["l"], ttl="9000h"))


def play(c, seed, number):
    chance = random.Random("%s/%d" % (seed, number))
    c.control("POST", "reset", {})
    start_state = c.control("GET", "state").json()
    furnish(c)
    model = Model(c, chance, start_state)
    try:
        for _ in range(STEPS):
            model.draw()
            model.check()
        runs = list(model.runs)
        chance.shuffle(runs)
        for run in runs:
            if run in model.runs:
                model.stop(run.id, [run])
                model.check()
        same_as_ever(c, model)
    except Exception:
        print("FAIL sequence %d of seed %s:" % (number, seed))
        for step in model.log:
            print("  %r" % (step,))
        raise


def same_as_ever(c, model):
    health = c.ask("GET", "sys/health")
    if model.top["seal"]["sealed"]:  # a snapshot of an uninitialized node
        assert health.status == 501, health.body
        return
    assert health.status == 200, health.body
    assert c.ask("GET", "auth/token/lookup-self").status == 200
    if model.top == model.first:
        assert c.ask("GET", "secret/data/a").status == 200


def main():
    seed = sys.argv[2] if len(sys.argv) > 2 else os.environ.get(
        "MV_SEED", os.urandom(4).hex())
    print("seed %s" % seed)
    c = Control(Server(sys.argv[1], "--admin-addr=127.0.0.1:0"))
    passed = failed = 0
    for number in range(SEQUENCES):
        try:
            play(c, seed, number)
            passed += 1
        except Exception:  # each sequence is told by itself
            failed += 1
            traceback.print_exc(file=sys.stdout)
            if c.server.process.poll() is not None:
                print(c.server.stderr()[-3000:])
                break
    if c.server.process.poll() is None and c.server.stop() != 0:
        failed += 1
        print("FAIL the server's end")
    print("%d passed, %d failed" % (passed, failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
