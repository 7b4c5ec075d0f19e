"""Outages of the catalogue that are about several nodes: what each node answers
while they last and once they are over."""
import json
import os
import shlex
import subprocess
import tempfile
import threading

from several_nodes import (Cluster, LEADER_LOST, NO_LEADER, VALUE,
                           Writers)
from suite import same


def nobody_leads(binary):
    with Cluster(binary) as c:
        run = c.outage("no-leader", **{"for": "8s"})
        same((run["nodes"], run.get("approximated")),
             (["n1", "n2", "n3"], None))
        for name in c.nodes:
            c.sees(name, 500, [NO_LEADER])
            c.sees(name, 500, [NO_LEADER], method="PUT")
            same(c.health(name, 429), "")
        c.advance("7s")
        same(c.leader(), None)
        c.sees("n2", 500, [NO_LEADER])
        c.advance("1s")
        c.is_well()


def nobody_leads_and_says_503(binary):
    with Cluster(binary) as c:
        c.outage("no-leader", {"forwarding": "off", "health": 474})
        for name in c.nodes:
            c.sees(name, 503, ["no active Vault instance found"])
            same(c.health(name, 474), "")
        c.end("no-leader")
        c.is_well()


def one_node_knows_no_leader(binary):
    with Cluster(binary) as c:
        run = c.outage("no-leader", match={"node": "n2"})
        same(run["nodes"], ["n2"])
        c.sees("n2", 500, [NO_LEADER])
        same(c.health("n2", 429), "")
        c["n3"].insist(200, "PUT", "secret/data/a", VALUE)
        c.sees("n1", 200)
        same(c.health("n3", 429), c["n1"].url)
        c.end("no-leader")
        c.advance("1s")
        c.sees("n2", 200)
        c.is_well()


def an_election_takes_its_time(binary):
    with Cluster(binary) as c:
        old = c["n1"].url
        c.outage("election")
        c.sees("n1", 500, [NO_LEADER])
        same(c.health("n1", 429), "")
        for name in ("n2", "n3"):
            c.sees(name, 307, location=old)
            same(c.health(name, 429), old)
        c.elect()
        same(c.control("GET", "outages/election")["active"], False)
        c.is_well()


def an_election_lasts_as_long_as_it_is_told(binary):
    with Cluster(binary) as c:
        old = c["n1"].url
        c.outage("election", **{"for": "10s"})
        for _ in range(9):
            c.advance("1s")
            same(c.leader(), None)
            c.sees("n2", 307, location=old)
        same(c.health("n2", 474), old)
        c.advance("1s")
        c.is_well()


def the_leader_crashes(binary):
    with Cluster(binary) as c:
        old = c["n1"].url
        run = c.outage("crash", **{"for": "20s"})
        same(run["nodes"], ["n1"])
        assert c["n1"].refuses()
        for name in ("n2", "n3"):
            c.sees(name, 307, location=old, method="PUT")
            same(c.health(name, 429), old)
        new = c.elect()
        assert new != "n1"
        c.advance("1s")
        c.sees({"n2": "n3", "n3": "n2"}[new], 404, [])
        assert c["n1"].refuses()
        c.advance("20s")
        same(c.states()["n1"], "standby")
        c.is_well()
        same(c.leader(), new)


def a_standby_crashes(binary):
    with Cluster(binary) as c:
        c.outage("crash", match={"node": "n3"})
        assert c["n3"].refuses()
        same(c.states(), {"n1": "active", "n2": "standby", "n3": "killed"})
        c["n2"].insist(200, "PUT", "secret/data/a", VALUE)
        c.outage("crash", match={"node": "n3"}, id="again", status=409)
        c.end("crash")
        c.is_well()


def the_lead_flaps(binary):
    with Cluster(binary) as c:
        c.outage("flapping", {"every": "3s"})
        leaders = []
        for _ in range(12):
            c.advance("1s")
            leaders.append(c.leader())
            for name in c.nodes:
                status = c[name].ask("GET", "secret/data/a")[0]
                assert status in (404, 307, 500), status
        changes = sum(a != b for a, b in zip(leaders, leaders[1:]))
        assert changes >= 3, leaders
        c.end("flapping")
        c.is_well()
        before = c.leader()
        c.advance("30s")
        same(c.leader(), before)


def the_quorum_is_lost(binary):
    with Cluster(binary) as c:
        run = c.outage("quorum-loss", **{"for": "60s"})
        same(run["nodes"], ["n2", "n3"])
        assert c["n2"].refuses() and c["n3"].refuses()
        c.sees("n1", 404, [])
        c.advance("300ms")
        c.sees("n1", 500, [NO_LEADER])
        same(c.health("n1", 429), "")
        c.advance("30s")
        c.sees("n1", 500, [NO_LEADER])
        c.advance("30s")
        c.is_well()


def the_last_follower_names_the_dead_leader_for_ever(binary):
    with Cluster(binary) as c:
        old = c["n1"].url
        c.outage("quorum-loss", match={"node": ["active", "n2"]})
        for by in ("100ms", "5s", "40s"):
            c.advance(by)
            c.sees("n3", 307, location=old)
        same(c.health("n3", 474), old)
        c.outage("quorum-loss", match={"node": "n3"}, status=409)
        c.end("quorum-loss")
        c.is_well()


def the_network_is_split(binary):
    with Cluster(binary) as c:
        c["n1"].insist(200, "PUT", "secret/data/a", VALUE)
        run = c.outage("split", **{"for": "20s"})
        same(run["nodes"], ["n1"])
        same({n["id"]: n["cut_off_from"]
              for n in c.control("GET", "nodes")["nodes"]},
             {"n1": ["n2", "n3"], "n2": ["n1"], "n3": ["n1"]})
        c.sees("n1", 200)
        c.advance("300ms")
        c.sees("n1", 500, [NO_LEADER])
        new = c.elect()
        assert new in ("n2", "n3")
        c.advance("1s")
        for name in ("n2", "n3"):
            c.sees(name, 200, method="PUT")
        c.sees("n1", 500, [NO_LEADER], method="PUT")
        c.advance("20s")
        c.is_well()


def one_standby_is_cut_off(binary):
    with Cluster(binary) as c:
        c.outage("split", match={"node": "n3"})
        c["n2"].insist(200, "PUT", "secret/data/a", VALUE)
        c.advance("3s")
        same(c.health("n3", 474), c["n1"].url)
        c.end("split")
        c.advance("2s")
        c.is_well()
        c.sees("n3", 200)


def a_standby_forwards_nothing(binary):
    with Cluster(binary) as c:
        c.outage("forward-fail", {"as": "redirect"})
        for name in ("n2", "n3"):
            c.sees(name, 307, location=c["n1"].url)
            same(c.health(name, 429), c["n1"].url)
        c.sees("n1", 404, [])
        c.advance("2s")
        same(c.health("n2", 474), c["n1"].url)
        c.end("forward-fail")
        c.advance("1s")
        c.sees("n2", 404, [])
        c.is_well()


def forwarding_of_one_standby_ends_in_an_error(binary):
    with Cluster(binary) as c:
        c.outage("forward-fail", {"stall": "0s"}, match={"node": "n3"})
        c.sees("n3", 500, ["context deadline exceeded"])
        c.sees("n2", 404, [])
        c.sees("n1", 404, [])
        c.advance("2s")
        c.health("n3", 474)
        c.health("n2", 429)
        c.end("forward-fail")
        c.is_well()


def standbys_name_a_dead_address(binary):
    with Cluster(binary) as c:
        for to, url in (("dead", "http://127.0.0.1:8190"),
                        ("unreachable", "http://192.0.2.1:8200"),
                        ("https://vault.invalid:8200",
                         "https://vault.invalid:8200"),
                        ("http", c["n1"].url)):
            c.outage("redirect", {"to": to})
            for name in ("n2", "n3"):
                c.sees(name, 307, location=url)
                same(c.health(name, 429), url)
            c.sees("n1", 404, [])
        c.outage("redirect", {"to": "dead"}, match={"node": "n3"}, id="n3")
        c.end("redirect")
        c.is_well()


def redirects_go_in_a_circle(binary):
    with Cluster(binary) as c:
        c.outage("redirect", {"to": "loop"})
        c.sees("n2", 307, location=c["n3"].url)
        c.sees("n3", 307, location=c["n2"].url)
        c.end("redirect")
        c.is_well()


def some_requests_alone_are_redirected(binary):
    with Cluster(binary) as c:
        c.outage("redirect", {"to": "http://192.0.2.1:8200"},
                 match={"path": "secret/data/b"})
        c.sees("n2", 307, path="data/b", location="http://192.0.2.1:8200")
        c.sees("n2", 404, [])
        c.sees("n1", 404, [], path="data/b")


def a_standby_lags_behind(binary):
    with Cluster(binary) as c:
        run = c.outage("stale-read", {"as": "not-found"})
        same(run["outage"], "stale-read")

        def applied():
            return {n["id"]: n["applied_index"]
                    for n in c.control("GET", "nodes")["nodes"]}

        before = applied()
        for i in range(5):
            c["n2"].insist(200, "PUT", "secret/data/a", VALUE)
        c.advance("1s")
        behind = applied()
        same(behind["n3"], before["n3"])
        assert behind["n1"] >= before["n1"] + 5, (before, behind)
        c["n3"].insist(473, "GET", "sys/health")
        c.sees("n3", 404, [])
        c.end("stale-read")
        c.advance("2s")
        same(len(set(applied().values())), 1)
        c.sees("n3", 200)
        c.is_well()


def nodes_restart_in_turn(binary):
    with Cluster(binary) as c:
        c.outage("rolling-restart", {"down": "5s", "every": "10s"})
        down, led = [], set()
        for _ in range(45):
            states = c.states()
            away = [n for n, s in states.items() if s == "killed"]
            assert len(away) <= 1, states
            for name in away:
                assert c[name].refuses()
            down += [n for n in away if n not in down]
            led.add(c.leader())
            c.advance("1s")
        same(down, ["n3", "n2", "n1"])
        same(c.control("GET", "outages/rolling-restart")["active"], False)
        c.is_well()
        assert c.leader() != "n1"


def a_node_alone_restarts_too(binary):
    with Cluster(binary, "-nodes=1") as c:
        c.outage("rolling-restart", {"down": "5s"})
        assert c["n1"].refuses()
        c.advance("5s")
        same(c.elect(), "n1")
        same(c.control("GET", "outages/rolling-restart")["active"], False)
        c.is_well()


def nodes_are_upgraded_in_turn(binary):
    with Cluster(binary) as c:
        def versions():
            return {n: c[n].insist(200, "GET", "sys/health?standbyok=true"
                                   )["version"]
                    for n, s in c.states().items() if s != "killed"}

        old = versions()["n1"]
        c.outage("rolling-upgrade", {"to": "1.20.4", "down": "2s",
                                     "every": "6s"})
        c.advance("3s")
        same(versions(), {"n1": old, "n2": old, "n3": "1.20.4"})
        c["n3"].insist(200, "PUT", "secret/data/a", VALUE)
        c.advance("6s")
        same(versions(), {"n1": old, "n2": "1.20.4", "n3": "1.20.4"})
        c.advance("12s")
        same(set(versions().values()), {"1.20.4"})
        c.is_well()
        c.end("rolling-upgrade")
        same(set(versions().values()), {old})
        c.is_well()
        c.outage("rolling-upgrade", {"to": "soon"}, status=400)


def one_node_is_sealed(binary):
    with Cluster(binary) as c:
        c.outage("sealed", match={"node": "n2"})
        same(c.states(), {"n1": "active", "n2": "sealed", "n3": "standby"})
        c.sees("n2", 503, ["Vault is sealed"])
        c["n2"].insist(503, "GET", "sys/health")
        c["n3"].insist(200, "PUT", "secret/data/a", VALUE)
        c.end("sealed")
        c.advance("1s")
        c.sees("n2", 200)
        c.is_well()


def all_nodes_are_sealed(binary):
    with Cluster(binary) as c:
        c.outage("sealed")
        for name in c.nodes:
            c.sees(name, 503, ["Vault is sealed"])
        c.advance("1s")
        same(set(c.states().values()), {"sealed"})
        c.control("PUT", "outages/policy-lost", {"params": {"policy": "x"}},
                  409)
        c.end("sealed")
        c.is_well()


def one_listener_alone_is_closed(binary):
    with Cluster(binary) as c:
        c.outage("refuse", match={"node": "n3"})
        assert c["n3"].refuses()
        same(c.states()["n3"], "standby")
        c["n2"].insist(200, "PUT", "secret/data/a", VALUE)
        c.end("refuse")
        c.sees("n3", 200)
        c.control("POST", "faults",
                  {"match": {"node": "n2"},
                   "then": [{"reset": {"at": "accept"}}]}, 201)
        assert c["n2"].refuses()
        c.sees("n3", 200)
        c.control("POST", "reset")
        c.outage("blackhole", match={"node": "n2"})
        c.health("n3", 429)
        c.end("blackhole")
        c.is_well()


def a_node_has_its_own_health_and_clock(binary):
    with Cluster(binary) as c:
        c.outage("health-code", {"code": 472}, match={"node": "n2"})
        c["n2"].insist(472, "GET", "sys/health")
        c["n3"].insist(429, "GET", "sys/health")
        c.end("health-code")
        c["n2"].insist(429, "GET", "sys/health")
        c.outage("clock-skew", {"by": "1h"}, match={"node": "n3"})
        same([n["skew_ms"] for n in c.control("GET", "nodes")["nodes"]],
             [0, 0, 3600000])
        c.end("clock-skew")
        c.outage("dns-switch", {"as": "standby"})
        c.sees("n1", 500, [NO_LEADER])
        new = c.elect()
        assert new != "n1"
        c.advance("1s")
        c.sees(new, 404, [])
        c.sees("n1", 500, [NO_LEADER])
        c.end("dns-switch")
        c.is_well()


def outages_stand_together(binary):
    """A node is down until the last outage that ends it is over."""
    with Cluster(binary) as c:
        c.outage("crash", match={"node": "n3"}, id="one")
        c.outage("quorum-loss", id="two", match={"node": ["n2", "n3"]})
        c.end("one")
        assert c["n3"].refuses() and c["n2"].refuses()
        c.end("two")
        c.is_well()
        c.outage("crash", match={"node": "n2"})
        c.control("POST", "nodes/n2/restart")
        c.advance("1s")
        c.sees("n2", 200, path="data/at-n1")
        c.end("crash")
        c.is_well()
        c.outage("crash", match={"node": "n9"}, status=400)


def a_reset_ends_everything(binary):
    """It is answered once the first node leads, whatever the clock does."""
    with Cluster(binary) as c:
        c["n2"].insist(200, "PUT", "secret/data/a", VALUE)
        c.outage("no-leader")
        c.outage("rolling-upgrade", {"to": "1.20.4", "down": "5m"})
        c.control("POST", "nodes/n2/kill")
        c.control("POST", "nodes/n1/pause")
        c.control("PUT", "nodes/network", {"latency": "1s", "loss": 1})
        c.control("POST", "nodes/partition", {"groups": [["n1", "n3"]]})
        c.advance("10s")
        before = c.control("GET", "clock")["now"]
        c.control("POST", "reset")
        same(c.control("GET", "clock")["mode"], "frozen")
        same(c.states(), {"n1": "active", "n2": "standby", "n3": "standby"})
        for name in c.nodes:
            c.sees(name, 404, [])
            same(c.health(name, 200 if name == "n1" else 429), c["n1"].url)
        assert before > c.control("GET", "clock")["now"]
        c.is_well()


def what_was_acknowledged_outlives_every_outage(binary):
    """Clients write at all nodes while outages come and go."""
    with Cluster(binary, "-seed=3") as c:
        writers = Writers(c)
        for name, params in (("no-leader", {}), ("election", {}),
                             ("crash", {}), ("split", {}), ("sealed", {}),
                             ("quorum-loss", {}), ("flapping", {}),
                             ("rolling-restart", {"down": "1s",
                                                  "every": "2s"}),
                             ("stale-read", {"as": "index"})):
            c.outage(name, params)
            c.advance("3s")
            c.end(name)
            c.elect()
            c.advance("1s")
            writers.reach(len(writers.kept) + 5)
        writers.stop()
        c.advance("10s")
        writers.join()
        c.is_well()
        writers.are_kept()
        c.advance("1s")
        same(len({n["applied_index"]
                  for n in c.control("GET", "nodes")["nodes"]}), 1)


def course(binary, seed, step):
    """The states of a crash, by the vault's time."""
    with Cluster(binary, "-seed=%d" % seed) as c:
        c.outage("crash", **{"for": "20s"})
        c.outage("flapping", {"every": "7s"}, after="24s")
        seen = []
        for _ in range(int(40 / step)):
            c.advance("%dms" % (step * 1000))
            states = c.states()
            seen.append(states)
        return seen


def the_same_seed_runs_the_same(binary):
    one, other = (course(binary, 7, 0.5) for _ in range(2))
    same(one, other)
    coarse = course(binary, 7, 4)
    same(coarse, one[7::8])
    assert len({str(s) for s in one}) >= 4, one
    assert course(binary, 8, 0.5) != one


def a_reset_brings_the_same_again(binary):
    with Cluster(binary, "-seed=5") as c:
        courses = []
        for disturb in ("crash", "flapping", "no-leader"):
            c.control("POST", "reset")
            c.outage("crash")
            seen = []
            for _ in range(30):
                c.advance("100ms")
                seen.append(c.states())
            courses.append(seen)
            c.control("DELETE", "outages", status=204)
            c.outage(disturb)
            c.advance("3700ms")
        same(courses[1], courses[0])
        same(courses[2], courses[0])
        assert "active" in courses[0][-1].values(), courses[0][-1]


def two_resets_are_both_answered(binary):
    with Cluster(binary) as c:
        c.outage("no-leader")
        c.advance("1s")
        done = []
        threads = [threading.Thread(
            target=lambda: done.append(c.control("POST", "reset")))
            for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        same(len(done), 2)
        c.is_well()


def the_journal_and_rules_know_their_node(binary):
    with Cluster(binary) as c:
        for name in c.nodes:
            c.sees(name, 404, [])
        found = c.control("POST", "requests/count", {"match": {"node": "n2"}})
        same(found["count"], 1)
        found = c.control("POST", "requests/find",
                          {"match": {"node": "standby", "op": "read"}})
        same([r["node"] for r in found["requests"]], ["n2", "n3"])
        info = c.control("GET", "info")
        same([(n["id"], n["state"], n["api_addr"]) for n in info["nodes"]],
             [(n, "active" if n == "n1" else "standby", c[n].url)
              for n in c.nodes])


def play(c, name, options, seconds, ask):
    """A shipped or loaded scenario to its end: how it ended."""
    c.control("POST", "scenarios/%s/start" % name,
              {"clock": "virtual", "begin": "now", **options})
    for _ in range(seconds):
        ask()
        c.advance("1s")
    got = c.control("GET", "scenarios/" + name)
    return got["state"], {e["name"]: e["ok"] for e in got["expect"]}


def asks_until_it_is_answered(c):
    """A client that goes from node to node."""
    def ask():
        for name in ("n2", "n3", "n1"):
            try:
                if c[name].ask("GET", "secret/data/a")[0] == 200:
                    return
            except ConnectionError:
                pass
    return ask


def shipped_scenarios_run_on_nodes(binary):
    with Cluster(binary) as c:
        for name, seconds in (("leader-crash", 41), ("rolling-restart", 46),
                              ("seal-incident", 181)):
            c["n1"].insist(200, "PUT", "secret/data/a", VALUE)
            seen = []

            def ask(client=asks_until_it_is_answered(c)):
                client()
                seen.append(c.states())

            state, expects = play(c, name, {}, seconds, ask)
            same((name, state), (name, "done"))
            assert all(expects.values()) and len(expects) >= 4, expects
            if name == "seal-incident":
                assert {"sealed"} in [set(s.values()) for s in seen]
            elif name == "leader-crash":
                assert any(s["n1"] == "killed" for s in seen)
            else:
                same({n for s in seen for n in s if s[n] == "killed"},
                     {"n1", "n2", "n3"})
            c.is_well()
            c.control("POST", "reset")


def a_client_that_keeps_to_a_dead_leader_fails(binary):
    with Cluster(binary) as c:
        c["n1"].insist(200, "PUT", "secret/data/a", VALUE)

        def ask():
            try:
                c["n1"].ask("GET", "secret/data/a")
            except ConnectionError:
                pass

        state, expects = play(c, "leader-crash", {"set": {"election": "30s"}},
                              41, ask)
        same((state, expects["the new leader is found"]), ("failed", False))


STORY = {
    "nodes": [{"id": "n1"}, {"id": "n2"}, {"id": "n3"}],
    "timeline": [
        {"at": "1s", "do": {"node": "n3", "set": {"state": "down"}}},
        {"at": "2s", "do": {"node": "n2", "set": {"state": "sealed"}}},
        {"on": "no-leader", "after": "2s",
         "do": {"node": "n3", "set": {"state": "active"}}},
        {"on": "leader", "do": [{"emit": "back"}, {"reset": "connections"},
                                {"node": "n2", "set": {"state": "active"}}]},
    ], "duration": "20s",
    "expect": [{"name": "heard", "match": {"node": "n3"}, "after": "back",
                "times": "some"}]}


def a_scenario_moves_nodes(binary):
    with Cluster(binary) as c:
        c.control("PUT", "scenarios/story", STORY)
        seen = []

        def ask():
            seen.append(c.states())
            if seen[-1]["n3"] != "killed":
                c["n3"].ask("GET", "secret/data/a")

        state, expects = play(c, "story", {}, 21, ask)
        same((state, expects), ("done", {"heard": True}))
        same(seen[1]["n3"], "killed")
        same(seen[2]["n2"], "sealed")
        same(set(seen[3].values()) - {"killed", "sealed"}, {"standby"})
        c.is_well()
        wrong = dict(STORY, nodes=[{}] * 4)
        c.control("PUT", "scenarios/wrong", wrong, 400)
        c.control("PUT", "scenarios/wrong", {"with_nodes": {"x": 1}}, 400)
        c.control("PUT", "scenarios/unknown", {"timeline": [
            {"at": 0, "do": {"node": "n7", "set": {"state": "down"}}}]})
        c.control("POST", "scenarios/unknown/start")
        got = c.control("GET", "scenarios/unknown")
        assert 'no node "n7"' in got["trouble"], got


def a_stopped_scenario_gives_the_nodes_back(binary):
    with Cluster(binary) as c:
        c.control("PUT", "scenarios/story", STORY)
        c.control("POST", "scenarios/story/start", {"clock": "virtual"})
        c.advance("2500ms")
        same((c.states()["n3"], c.states()["n2"]), ("killed", "sealed"))
        c.control("POST", "scenarios/story/stop")
        c.is_well()


def files_outlive_the_process(binary):
    """A folder, or a name for each; who was left behind is no loss."""
    with tempfile.TemporaryDirectory() as home:
        folder, file = home + "/nodes/", home + "/state.db"
        for db in (folder, file):
            for turn in range(3):
                with Cluster(binary, "-db=" + db) as c:
                    same(c.states(), {"n1": "active", "n2": "standby",
                                      "n3": "standby"})
                    keys = c["n3"].ask("LIST", "secret/metadata/")[2]
                    same(keys.get("data", {}).get("keys", []),
                         ["turn%d" % i for i in range(turn)])
                    # the one that does not hear of it is the first
                    c.outage("crash")
                    new = c.elect()
                    assert new != "n1"
                    c[new].insist(200, "PUT", "secret/data/turn%d" % turn,
                                  VALUE)
                    if turn == 0:
                        same(c.server.stop(), 0)
        same(sorted(f for f in os.listdir(folder) if f.endswith(".db")),
             ["n1.db", "n2.db", "n3.db"])
        assert {"state.db.n1", "state.db.n2", "state.db.n3"} <= set(
            os.listdir(home))
        with Cluster(binary, "-db=" + folder, "-nodes=5") as c:
            c["n5"].insist(200, "GET", "secret/data/turn2")
        open(home + "/one.db", "w").close()
        done = subprocess.run(
            [binary, "server", "-dev", "-dev-listen-address=127.0.0.1:0",
             "-nodes=3", "-db=" + home + "/one.db"], capture_output=True,
            text=True, timeout=60)
        same(done.returncode, 1)
        assert "is the database of one node" in done.stderr, done.stderr


def ctl(c, *words, status=0):
    done = subprocess.run(
        [c.server.process.args[0], "ctl", *words], text=True, timeout=60,
        env={**os.environ, "MOCKVAULT_URL": c.admin.url}, capture_output=True)
    same((words, done.returncode), (words, status))
    return done.stdout + done.stderr


def ctl_names_nodes(binary):
    with Cluster(binary) as c:
        ctl(c, "outage", "crash", "--node", "n2,n3")
        same(c.states(), {"n1": "active", "n2": "killed", "n3": "killed"})
        ctl(c, "outage", "off", "all")
        c.is_well()
        before = c.control("POST", "requests/count",
                           {"match": {"node": "n3"}})["count"]
        c["n3"].ask("GET", "secret/data/here")
        out = json.loads(ctl(c, "requests", "count", "--node", "n3",
                             "--json"))
        same(out["count"], before + 1)
        assert "secret/data/here" in ctl(c, "tail", "--once", "--node", "n3")
        assert "secret/data/here" not in ctl(c, "tail", "--once", "--node",
                                             "n1")


FIXTURES = {"kv": {"secret/app": {"k": "v"}}, "policies": {
    "app": "path \"secret/*\" { capabilities = [\"read\"] }"},
    "auth": {"approle": {"type": "approle"}}}
ONE_ALONE = ("amnesia", "uninitialized")
NOTHING = ("tls", "lease-gone", "creds-revoked-with-parent")


def every_outage_can_be_had_and_is_over_after_a_reset(binary):
    with Cluster(binary, "-fixtures=" + json.dumps(FIXTURES)) as c:
        for o in c.control("GET", "outages")["outages"]:
            name = o["name"]
            c["n1"].ask("POST", "auth/approle/role/web", {})
            c["n1"].ask("POST", "auth/approle/role/web/secret-id", {})
            c["n1"].ask("POST", "auth/token/create", {"policies": ["app"]})
            said = ctl(c, "outage", *shlex.split(o["example"]), "--virtual",
                       status=2 if name in ONE_ALONE else
                       1 if name in NOTHING else 0)
            assert name in said or name in NOTHING, said
            c.advance("500ms")
            c.control("POST", "reset")
            same((name, c.states()), (name, {
                "n1": "active", "n2": "standby", "n3": "standby"}))
            c["n3"].insist(200, "GET", "secret/data/app")
        c.is_well()


def what_is_owed_comes_once_somebody_leads(binary):
    """A policy that an outage took is back, though nobody could write it when
    that ended."""
    with Cluster(binary, "-fixtures=" + json.dumps(FIXTURES)) as c:
        c.outage("policy-lost", {"policy": "app"})
        c["n2"].insist(404, "GET", "sys/policies/acl/app")
        c.outage("no-leader")
        c.end("policy-lost")
        c.end("no-leader")
        c.elect()
        c.advance("1s")
        c["n2"].insist(200, "GET", "sys/policies/acl/app")
        c.is_well()


def flags_that_do_not_fit_are_refused(binary):
    for args, why in (
            (["-nodes=3"], "it wants a -config file for each node"),
            (["-dev", "-nodes=3", "-config=/dev/null"],
             "with -dev and -nodes there is none"),
            (["-dev", "-nodes=8"], "up to 7"),
            (["-dev", "-nodes=3", "-db=/none/at/all/"], "/none/at/all/")):
        if "-dev" not in args:
            args = args + ["-config=/dev/null"]
        done = subprocess.run([binary, "server", *args], text=True,
                              capture_output=True, timeout=60)
        assert done.returncode == 1 and why in done.stderr, (args, done)


TESTS = [ctl_names_nodes, every_outage_can_be_had_and_is_over_after_a_reset,
         what_is_owed_comes_once_somebody_leads,
         flags_that_do_not_fit_are_refused,
         files_outlive_the_process, shipped_scenarios_run_on_nodes,
         a_client_that_keeps_to_a_dead_leader_fails, a_scenario_moves_nodes,
         a_stopped_scenario_gives_the_nodes_back,
         nobody_leads, nobody_leads_and_says_503, one_node_knows_no_leader,
         an_election_takes_its_time, an_election_lasts_as_long_as_it_is_told,
         the_leader_crashes, a_standby_crashes, the_lead_flaps,
         the_quorum_is_lost,
         the_last_follower_names_the_dead_leader_for_ever,
         the_network_is_split, one_standby_is_cut_off,
         a_standby_forwards_nothing,
         forwarding_of_one_standby_ends_in_an_error,
         standbys_name_a_dead_address, redirects_go_in_a_circle,
         some_requests_alone_are_redirected, a_standby_lags_behind,
         nodes_restart_in_turn, a_node_alone_restarts_too,
         nodes_are_upgraded_in_turn,
         one_node_is_sealed, all_nodes_are_sealed,
         one_listener_alone_is_closed, a_node_has_its_own_health_and_clock,
         outages_stand_together, a_reset_ends_everything,
         what_was_acknowledged_outlives_every_outage,
         a_reset_brings_the_same_again, two_resets_are_both_answered,
         the_same_seed_runs_the_same, the_journal_and_rules_know_their_node]
