#!/usr/bin/env python3
"""nodes.py BINARY: three nodes in one process, on a clock that the test moves.
"""
import http.client
import json
import os
import signal
import socket
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
sys.path.insert(0, HERE)
import crash_timeline  # noqa: E402
import node_outages  # noqa: E402
from several_nodes import (Cluster, LEADER_LOST, NO_LEADER,  # noqa: E402
                           VALUE, Writers)
from suite import run, same  # noqa: E402


def all_answer_the_same(binary):
    with Cluster(binary) as c:
        same(c.states(), {"n1": "active", "n2": "standby", "n3": "standby"})
        info = c.control("GET", "info")
        same(info["addresses"]["main"], [n.url for n in c.nodes.values()])
        for name, node in c.nodes.items():
            node.insist(200, "PUT", "secret/data/" + name, VALUE)
            leads = name == "n1"
            health = node.insist(200 if leads else 429, "GET", "sys/health")
            same(health["standby"], not leads)
            leader = node.insist(200, "GET", "sys/leader")
            same((leader["is_self"], leader["leader_address"]),
                 (leads, c["n1"].url))
        for node in c.nodes.values():
            keys = node.insist(200, "LIST", "secret/metadata/")
            same(keys["data"]["keys"], ["n1", "n2", "n3"])
            status = node.insist(200, "GET", "sys/ha-status")["data"]["nodes"]
            same([(n["api_address"], n["active_node"]) for n in status],
                 [(c["n1"].url, True), (c["n2"].url, False),
                  (c["n3"].url, False)])


def a_standby_forwards_or_names_the_leader(binary):
    with Cluster(binary) as c:
        c["n2"].insist(200, "PUT", "secret/data/a", VALUE)
        same(c["n3"].insist(404, "GET", "secret/data/none"), {"errors": []})
        same(c["n3"].insist(204, "DELETE", "secret/metadata/a"), None)
        same(c["n3"].insist(403, "GET", "secret/data/a", token="no")["errors"],
             ["2 errors occurred:\n\t* permission denied\n\t* invalid "
              "token\n\n"])
        status, headers, tree = c["n2"].ask(
            "GET", "secret/data/a?version=2",
            headers={"X-Vault-No-Request-Forwarding": "true"})
        same((status, tree), (307, None))
        same(headers["Location"], c["n1"].url +
             "/v1/secret/data/a?version=2")
        same(c["n2"].insist(500, "PUT", "sys/seal")["errors"],
             ["vault cannot seal when in standby mode; please restart "
              "instead"])


def entries_of_the_journal_name_their_node(binary):
    with Cluster(binary) as c:
        c["n2"].insist(404, "GET", "secret/data/here")
        found = c.control("POST", "requests/find",
                          {"match": {"path": "secret/data/here"}})
        same([r["node"] for r in found["requests"]], ["n2"])
        c.control("POST", "faults",
                  {"match": {"node": "n3"},
                   "then": [{"respond": {"status": 418}}]}, 201)
        c["n2"].insist(404, "GET", "secret/data/here")
        c["n3"].insist(418, "GET", "secret/data/here")


def the_leader_dies_and_nothing_is_lost(binary):
    with Cluster(binary) as c:
        for i in range(20):
            c["n1" if i % 2 else "n3"].insist(
                200, "PUT", "secret/data/k%d" % i, VALUE)
        c.control("POST", "nodes/n1/kill")
        assert c["n1"].refuses()
        for name in ("n2", "n3"):
            status, headers, _ = c[name].ask("PUT", "secret/data/x?a=b", VALUE)
            same((status, headers["Location"]),
                 (307, c["n1"].url + "/v1/secret/data/x?a=b"))
            same(c[name].insist(200, "GET", "sys/leader")["leader_address"],
                 c["n1"].url)
        new = c.elect()
        assert new != "n1", new
        c.advance("1s")
        for name in ("n2", "n3"):
            keys = c[name].insist(200, "LIST", "secret/metadata/")
            same(len(keys["data"]["keys"]), 20)
            same(c[name].insist(200, "GET", "sys/leader")["leader_address"],
                 c[new].url)
        c[new].insist(200, "PUT", "secret/data/after", VALUE)
        c.control("POST", "nodes/n1/restart")
        c.advance("2s")
        same(c.states()["n1"], "standby")
        c["n1"].insist(200, "GET", "secret/data/after")
        c["n1"].insist(429, "GET", "sys/health?haunhealthycode=474")


def health_says_that_the_active_node_is_away(binary):
    with Cluster(binary) as c:
        c.control("POST", "nodes/n1/kill")
        c.control("POST", "nodes/n2/kill")
        before = c["n3"].insist(429, "GET", "sys/health")
        same(before["standby"], True)
        c.advance("3s")
        after = c["n3"].insist(474, "GET", "sys/health")
        same(after["ha_connection_healthy"], False)
        status, headers, _ = c["n3"].ask("GET", "secret/data/a")
        same((status, headers["Location"]),
             (307, c["n1"].url + "/v1/secret/data/a"))


def all_log_to_one_file_and_end(binary):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log")
        with Cluster(binary, "-log-file=" + path) as c:
            c.control("POST", "faults",
                      {"match": {"node": "n3"},
                       "then": [{"respond": {"status": 418}}]}, 201)
            c.control("POST", "nodes/n1/kill")
            new = c.elect()
            with open(path) as f:
                log = f.read()
            for name in ("n1", new):
                assert "enabling active operation: node=" + name in log, log
            same(c.server.stop(), 0)


def a_write_without_a_majority_is_no_success(binary):
    """It hangs, and ends with the lead; what it wrote is undone."""
    with Cluster(binary) as c:
        c.control("POST", "nodes/n2/kill")
        c.control("POST", "nodes/n3/kill")
        got = {}
        writer = threading.Thread(target=lambda: got.update(
            answer=c["n1"].ask("PUT", "secret/data/lost", VALUE)))
        writer.start()
        while not c.control("GET", "requests?limit=1")["requests"]:
            pass
        reader = threading.Thread(target=lambda: got.update(
            read=c["n1"].ask("GET", "secret/data/lost")))
        reader.start()
        while len(c.control("GET", "requests?limit=2")["requests"]) < 2:
            pass
        c.advance("200ms")
        c["n1"].insist(200, "GET", "sys/health")
        c.advance("100ms")
        writer.join(30)
        reader.join(30)
        assert not writer.is_alive() and not reader.is_alive()
        same((got["read"][0], got["read"][2]["errors"]), (500, [NO_LEADER]))
        same((got["answer"][0], got["answer"][2]["errors"]),
             (500, [LEADER_LOST]))
        same(c["n1"].insist(500, "GET", "secret/data/a")["errors"],
             [NO_LEADER])
        same(c["n1"].insist(200, "GET", "sys/leader")["leader_address"], "")
        c.control("POST", "nodes/n2/restart")
        c.control("POST", "nodes/n3/restart")
        c.elect()
        c.advance("2s")
        same(c.leader() is not None, True)
        c["n2"].insist(200, "PUT", "secret/data/b", VALUE)


def a_minority_writes_nothing(binary):
    with Cluster(binary) as c:
        c["n1"].insist(200, "PUT", "secret/data/a", VALUE)
        c.control("POST", "nodes/partition",
                  {"groups": [["n1"], ["n2", "n3"]]})
        c.advance("1s")
        new = c.elect()
        c.advance("2s")
        new = c.leader()
        assert new in ("n2", "n3"), new
        c[new].insist(200, "PUT", "secret/data/b", VALUE)
        c["n1"].insist(500, "PUT", "secret/data/c", VALUE)
        c.control("POST", "nodes/heal")
        c.advance("3s")
        keys = c["n1"].insist(200, "LIST", "secret/metadata/")
        same(keys["data"]["keys"], ["a", "b"])


def a_paused_leader_is_followed(binary):
    with Cluster(binary) as c:
        c.control("POST", "nodes/n1/pause")
        new = c.elect()
        assert new != "n1"
        c.advance("1s")
        c[new].insist(200, "PUT", "secret/data/a", VALUE)
        c.control("POST", "nodes/n1/resume")
        c.advance("2s")
        same(c.states()["n1"], "standby")
        c["n1"].insist(200, "GET", "secret/data/a")


def who_steps_down_or_is_sealed_is_followed(binary):
    with Cluster(binary) as c:
        c["n1"].insist(204, "PUT", "sys/step-down")
        c.advance("1s")
        second = c.leader()
        assert second, c.states()
        c[second].insist(204, "PUT", "sys/seal")
        third = c.elect()
        assert third != second
        same(c.states()[second], "sealed")
        same(c[second].insist(503, "GET", "secret/data/a")["errors"],
             ["Vault is sealed"])
        c.control("POST", "nodes/%s/unseal" % second)
        c.advance("2s")
        c[second].insist(200, "PUT", "secret/data/a", VALUE)


def tokens_end_at_the_leader_of_the_moment(binary):
    with Cluster(binary) as c:
        made = c["n2"].insist(200, "POST", "auth/token/create",
                              {"ttl": "1m", "policies": ["default"]})
        token = made["auth"]["client_token"]
        c.control("POST", "nodes/n1/kill")
        new = c.elect()
        c.advance("1s")
        c[new].insist(200, "GET", "auth/token/lookup-self", token=token)
        c.advance("2m")
        c[new].insist(403, "GET", "auth/token/lookup-self", token=token)


def a_node_that_comes_back_ends_nothing_by_itself(binary):
    """What ended meanwhile the leader has ended."""
    with Cluster(binary) as c:
        for how, back in (("seal", "unseal"), ("kill", "restart")):
            made = c["n1"].insist(200, "POST", "auth/token/create",
                                  {"ttl": "1m", "policies": ["default"]})
            token = made["auth"]["client_token"]
            c.control("POST", "nodes/n2/" + how)
            c["n1"].insist(200, "PUT", "secret/data/" + how, VALUE)
            c.advance("2m")
            c.control("POST", "nodes/n2/" + back)
            c.advance("1s")
            same(c.states()["n2"], "standby")
            c["n2"].insist(403, "GET", "auth/token/lookup-self", token=token)
            c["n2"].insist(200, "GET", "secret/data/" + how)
        for _ in range(40):
            if c.leader() == "n2":
                break
            c.control("POST", "nodes/%s/step-down" % c.leader())
            c.elect()
        same(c.leader(), "n2")
        keys = c["n2"].insist(200, "LIST", "secret/metadata/")
        same(keys["data"]["keys"], ["kill", "seal"])


def a_reset_is_everyones(binary):
    with Cluster(binary) as c:
        c["n1"].insist(200, "PUT", "secret/data/a", VALUE)
        c.control("POST", "nodes/n1/step-down")
        c.advance("1s")
        assert c.leader(), c.states()
        c.control("POST", "reset")
        for name in ("n1", "n2", "n3"):
            c[name].insist(404, "LIST", "secret/metadata/")
        c["n1"].insist(200, "PUT", "secret/data/b", VALUE)


RAFT = "sys/storage/raft/"


def autopilot(node):
    state = node.insist(200, "GET", RAFT + "autopilot/state")["data"]
    return (state["healthy"], state["failure_tolerance"], state["leader"],
            {name: (n["status"], n["healthy"])
             for name, n in state["servers"].items()})


def autopilot_sees_who_is_away(binary):
    with Cluster(binary) as c:
        well = {"n1": ("leader", True), "n2": ("voter", True),
                "n3": ("voter", True)}
        same(autopilot(c["n2"]), (True, 1, "n1", well))
        c.control("POST", "nodes/n3/kill")
        c.advance("2s")
        same(autopilot(c["n2"]),
             (False, 0, "n1", {**well, "n3": ("voter", False)}))
        c.control("POST", "nodes/n3/restart")
        c.advance("1s")
        same(autopilot(c["n1"]), (True, 1, "n1", well))


def a_node_is_removed(binary):
    with Cluster(binary) as c:
        for body, status in (({}, 400), ({"server_id": "n9"}, 204),
                             ({"server_id": "n3"}, 204),
                             ({"server_id": "n3"}, 204)):
            c["n2"].insist(status, "POST", RAFT + "remove-peer", body)
        servers = c["n1"].insist(200, "GET", RAFT + "configuration")["data"]
        same([(n["node_id"], n["leader"])
              for n in servers["config"]["servers"]],
             [("n1", True), ("n2", False)])
        c.advance("1s")
        health = c["n3"].insist(530, "GET", "sys/health")
        same((health["sealed"], health["removed_from_cluster"]), (True, True))
        same(c["n3"].insist(500, "PUT", "sys/unseal", {"key": "00"})["errors"],
             ["node was removed from a HA cluster"])
        same(c.states(), {"n1": "active", "n2": "standby", "n3": "removed"})
        c.control("POST", "nodes/n3/kill")
        c.control("POST", "nodes/n3/restart")
        c.advance("1s")
        c["n3"].insist(530, "GET", "sys/health")
        c["n2"].insist(200, "PUT", "secret/data/a", VALUE)


def a_leader_removes_itself(binary):
    with Cluster(binary) as c:
        c["n1"].insist(200, "PUT", "secret/data/a", VALUE)
        c["n1"].insist(204, "POST", RAFT + "remove-peer", {"server_id": "n1"})
        new = c.elect()
        c.advance("1s")
        c["n1"].insist(530, "GET", "sys/health")
        c[new].insist(200, "GET", "secret/data/a")
        c[new].insist(200, "PUT", "secret/data/b", VALUE)
        same(len(c[new].insist(200, "GET", RAFT + "configuration")["data"]
                 ["config"]["servers"]), 2)


def what_comes_behind_an_answer_waits_for_nothing(binary):
    """Writes in one piece, on a clock that stands."""
    body = json.dumps(VALUE)
    with Cluster(binary) as c:
        host, port = c["n1"].address.split(":")
        with socket.create_connection((host, int(port)), timeout=60) as s:
            s.sendall("".join(
                "PUT /v1/secret/data/a%d HTTP/1.1\r\nHost: x\r\n"
                "X-Vault-Token: root\r\nContent-Length: %d\r\n%s\r\n%s" %
                (i, len(body), "Connection: close\r\n" if i == 49 else "",
                 body) for i in range(50)).encode())
            text = b"".join(iter(lambda: s.recv(65536), b""))
        same(text.count(b"HTTP/1.1 200 OK"), 50)


def raw(node, method, path, body=None):
    """(status, bytes)"""
    conn = http.client.HTTPConnection(node.address, timeout=60)
    conn.request(method, "/v1/" + path, body, {"X-Vault-Token": "root"})
    answer = conn.getresponse()
    got = answer.status, answer.read()
    conn.close()
    return got


def a_snapshot_of_another_cluster_seals_all(binary):
    with Cluster(binary) as other, Cluster(binary) as c:
        other["n1"].insist(200, "PUT", "secret/data/a", VALUE)
        archive = raw(other["n1"], "GET", RAFT + "snapshot")[1]
        key = next(line.split()[-1] for line in other.server.lines
                   if line.startswith("Unseal Key:"))
        same(raw(c["n1"], "PUT", RAFT + "snapshot", archive)[0], 400)
        same(raw(c["n1"], "PUT", RAFT + "snapshot-force", archive)[0], 204)
        for _ in range(10):
            c.advance("1s")
        same(c.states(), {"n1": "sealed", "n2": "sealed", "n3": "sealed"})
        for name in ("n1", "n2", "n3"):
            c[name].insist(200, "PUT", "sys/unseal", {"key": key})
        c.is_well()
        c["n3"].insist(200, "GET", "secret/data/a")
        servers = c[c.leader()].insist(200, "GET", RAFT + "configuration")
        same([s["node_id"] for s in servers["data"]["config"]["servers"]],
             ["n1", "n2", "n3"])


def a_snapshot_comes_back_at_any_leader(binary):
    with Cluster(binary) as c:
        c["n1"].insist(204, "PUT", "sys/step-down")
        new = c.elect()
        assert new != "n1", new
        c.advance("1s")
        c[new].insist(200, "PUT", "secret/data/a", VALUE)
        archive = raw(c[new], "GET", RAFT + "snapshot")[1]
        c[new].insist(200, "PUT", "secret/data/b", VALUE)
        same(raw(c[new], "PUT", RAFT + "snapshot", archive), (204, b""))
        for name in ("n1", "n2", "n3"):
            c[name].insist(200, "GET", "secret/data/a")
            c[name].insist(404, "GET", "secret/data/b")


def what_was_acknowledged_outlives_every_leader(binary):
    """Clients write while one leader after the other dies."""
    with Cluster(binary) as c:
        writers = Writers(c)
        for _ in range(6):
            before = len(writers.kept)
            dead = c.leader()
            c.control("POST", "nodes/%s/kill" % dead)
            c.elect()
            c.advance("1s")
            writers.reach(before + 20)
            c.control("POST", "nodes/%s/restart" % dead)
            c.advance("1s")
        writers.stop()
        writers.join()
        writers.are_kept()


def a_forwarded_request_hangs_with_its_leader(binary):
    """Until another leads: then it is sent there."""
    with Cluster(binary) as c:
        c.control("POST", "nodes/n1/pause")
        got = {}
        reader = threading.Thread(target=lambda: got.update(
            answer=c["n2"].ask("GET", "secret/data/a")))
        reader.start()
        while not c.control("GET", "requests?limit=1")["requests"]:
            pass
        new = c.elect()
        c.advance("1s")
        reader.join(30)
        assert not reader.is_alive()
        status, headers, _ = got["answer"]
        if new == "n2":
            same(status, 404)
        else:
            same((status, headers["Location"]),
                 (307, c[new].url + "/v1/secret/data/a"))


def a_quota_counts_what_is_forwarded(binary):
    with Cluster(binary) as c:
        c["n1"].insist(204, "POST", "sys/quotas/rate-limit/few",
                       {"rate": 2, "interval": "1h"})
        codes = [c["n2"].ask("GET", "secret/data/a")[0] for _ in range(4)]
        same(codes, [404, 404, 429, 429])


def it_ends_as_it_is_told(binary):
    """The export is the state of the node that leads."""
    with tempfile.TemporaryDirectory() as folder:
        state = os.path.join(folder, "state.json")
        with Cluster(binary, "-export-on-exit=" + state) as c:
            c.control("POST", "nodes/n1/kill")
            c[c.elect()].insist(200, "PUT", "secret/data/late", VALUE)
            c.control("POST", "nodes/n1/restart")
            c.control("POST", "nodes/n1/pause")
            same(c.server.stop(), 0)
        with open(state) as f:
            assert '"late"' in f.read()


def fixtures_are_read_again(binary):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "f.json")

        def write(name):
            with open(path, "w") as f:
                json.dump({"kv": {"secret/" + name: {"a": "b"}}}, f)

        write("first")
        with Cluster(binary, "-fixtures=" + path) as c:
            c["n3"].insist(200, "GET", "secret/data/first")
            c.control("POST", "nodes/n1/step-down")
            c.elect()
            c.advance("1s")
            write("second")
            c.server.process.send_signal(signal.SIGHUP)
            while c["n1"].ask("GET", "secret/data/second")[0] != 200:
                pass
            c[c.leader()].insist(200, "PUT", "secret/data/third", VALUE)


def calls_are_checked(binary):
    with Cluster(binary) as c:
        c.control("GET", "nodes/n9", status=404)
        c.control("POST", "nodes/n9/kill", status=404)
        c.control("POST", "nodes/n2/step-down", status=400)
        c.control("POST", "nodes/partition", {"groups": [["n9"]]}, 400)
        c.control("PUT", "nodes/network", {"loss": 2}, 400)
        c.control("PUT", "nodes/network", {"latency": "5ms"})
        c.control("PUT", "nodes/n2", {"skew": "-90s"})
        same(c.control("GET", "nodes/n2")["skew_ms"], -90000)


if __name__ == "__main__":
    sys.exit(run([
        all_answer_the_same, a_standby_forwards_or_names_the_leader,
        entries_of_the_journal_name_their_node,
        the_leader_dies_and_nothing_is_lost,
        health_says_that_the_active_node_is_away,
        a_write_without_a_majority_is_no_success, a_minority_writes_nothing,
        a_paused_leader_is_followed, who_steps_down_or_is_sealed_is_followed,
        tokens_end_at_the_leader_of_the_moment,
        a_node_that_comes_back_ends_nothing_by_itself, a_reset_is_everyones,
        what_was_acknowledged_outlives_every_leader,
        autopilot_sees_who_is_away, a_node_is_removed, a_leader_removes_itself,
        a_snapshot_comes_back_at_any_leader,
        a_snapshot_of_another_cluster_seals_all,
        what_comes_behind_an_answer_waits_for_nothing,
        a_forwarded_request_hangs_with_its_leader,
        a_quota_counts_what_is_forwarded, fixtures_are_read_again,
        it_ends_as_it_is_told, all_log_to_one_file_and_end,
        calls_are_checked, *node_outages.TESTS, *crash_timeline.TESTS], sys.argv[1]))
