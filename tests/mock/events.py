#!/usr/bin/env python3
"""events.py BINARY: what happens in the server, told as it happens."""
import http.client
import json
import os
import signal
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from control_client import steered  # noqa: E402
from server import Server, started  # noqa: E402
from suite import run, same  # noqa: E402

RING = 2048
LISTENERS = 32


class Stream:
    """A listener; its events as (id, type, data)."""

    def __init__(self, c, query="", headers=None):
        self.conn = http.client.HTTPConnection(*c.admin, timeout=60)
        self.conn.request("GET", "/_mock/events" + query,
                          headers=headers or {})
        self.answer = self.conn.getresponse()
        self.comments = []
        if self.answer.status == 200:
            self.read_block()  # it has begun

    def read_block(self):
        """The lines up to an empty one; None behind the stream's end."""
        lines = []
        while True:
            line = self.answer.readline().decode()
            if not line:
                return None
            if line == "\n":
                return lines
            lines.append(line[:-1])

    def next(self):
        while True:
            lines = self.read_block()
            if lines is None:
                return None
            if lines[0].startswith(":"):
                self.comments.append(lines[0])
                continue
            fields = dict(x.split(": ", 1) for x in lines)
            return (int(fields["id"]), fields["event"],
                    json.loads(fields["data"]))

    def until(self, wanted):
        """Every event up to the first that wanted() takes."""
        seen = []
        while not seen or not wanted(seen[-1]):
            seen.append(self.next())
            assert seen[-1], seen
        return seen

    def close(self):
        self.answer.close()
        self.conn.close()


def at(binary, *args):
    return steered(Server(binary, *args))


def changes(events):
    return [(kind, data.get("change")) for _, kind, data in events]


def a_request_is_its_entry(binary):
    with at(binary) as c:
        s = Stream(c)
        c.ask("GET", "secret/data/app")
        number, kind, data = s.next()
        same((number, kind), (1, "request"))
        same(data, c.journal()[0])
        same(s.answer.getheader("Content-Type"), "text/event-stream")
        same(s.answer.getheader("Cache-Control"), "no-store")


def outages_rules_and_state(binary):
    with at(binary) as c:
        s = Stream(c)
        c.on("sealed")
        c.off("sealed")
        c.on("slow", params={"delay": "1ms"})
        c.off("slow")
        events = s.until(lambda e: e[2].get("change") == "ended" and
                         e[2].get("rule") == "slow")
        same([e[0] for e in events], list(range(1, len(events) + 1)))
        same(changes(events), [
            ("outage", "began"), ("state", "sealed"),
            ("state", "node:n1:sealed"), ("outage", "ended"),
            ("state", "unsealed"), ("state", "node:n1:active"),
            ("rule", "began"), ("outage", "began"), ("outage", "ended"),
            ("rule", "ended")])
        slow = events[7][2]
        same((slow["outage"], slow["run"], slow["params"]["delay"],
              slow["active"]), ("slow", "slow.1", "1ms", True))
        same(events[8][2]["active"], False)


def a_seal_by_vaults_own_call(binary):
    with at(binary) as c:
        s = Stream(c, "?types=state")
        c.ask("PUT", "sys/seal")
        same(s.next()[2]["change"], "sealed")


def a_rule_and_its_end(binary):
    with at(binary) as c:
        s = Stream(c, "?types=rule,request")
        c.control("POST", "faults", {
            "id": "once", "when": {"times": 1},
            "match": {"path": "secret/**"},
            "then": [{"respond": {"status": 503, "errors": ["later"]}}]})
        c.ask("GET", "secret/data/app")
        c.control("PATCH", "faults/once", {"enabled": False})
        c.control("DELETE", "faults/once")
        events = s.until(lambda e: e[2].get("change") == "ended")
        same([(k, d.get("change")) for _, k, d in events], [
            ("rule", "began"), ("rule", "exhausted"), ("request", None),
            ("rule", "disabled"), ("rule", "ended")])
        same([events[2][2][k] for k in ("rule", "status")], ["once", 503])


def the_clock_is_told_once_a_move(binary):
    with at(binary) as c:
        s = Stream(c, "?types=clock,alarm")
        token = c.token(ttl="1h")
        c.control("POST", "clock/advance", {"by": "2h"})
        _, kind, data = s.next()
        same((kind, data["kind"]), ("alarm", "token"))
        assert data["which"] not in token, data
        _, kind, data = s.next()
        same((kind, data["mode"], data["offset"]),
             ("clock", "offset", "2h0m0s"))
        c.control("PUT", "clock", {"mode": "rate", "rate": 60})
        c.control("PUT", "clock", {"ttl_scale": 10})
        same([s.next()[2][k] for k in ("rate", "ttl_scale")], [60, 10])


def state_as_a_whole(binary):
    with at(binary) as c:
        s = Stream(c, "?types=state")
        c.control("PUT", "snapshots/a")
        c.control("POST", "snapshots/a/restore")
        document = c.control("GET", "state").json()
        same(c.control("PUT", "state", document).status, 200)
        c.control("POST", "reset", {"journal": True})
        c.control("DELETE", "requests")
        told = [s.next()[2] for _ in range(5)]
        same([(t["change"], t.get("snapshot"), t.get("parts"))
              for t in told],
             [("snapshot", "a", None), ("restored", "a", None),
              ("imported", None, None), ("reset", None, ["journal"]),
              ("journal-cleared", None, None)])


def a_scenario_step_by_step(binary):
    with at(binary) as c:
        s = Stream(c, "?types=scenario,event")
        same(c.control("PUT", "scenarios/two", {
            "timeline": [{"at": "0s", "do": {"emit": "lunch"}},
                         {"at": "1ms", "do": {"outage": "sealed",
                                              "for": "1ms"}}],
            "expect": [{"name": "somebody asks", "match": {},
                        "times": {"min": 1}}]}).status, 200)
        same(c.control("POST", "scenarios/two/start").status, 200)
        events = s.until(lambda e: e[2].get("change") in ("done", "failed"))
        same([(k, d.get("change") or d["name"], d.get("step"))
              for _, k, d in events], [
                 ("scenario", "loaded", None), ("scenario", "running", None), ("scenario", "step", 1),
                 ("event", "lunch", None), ("scenario", "step", 2),
                 ("scenario", "failed", None)])
        result = events[-1][2]["expect"][0]
        same((result["name"], result["ok"]), ("somebody asks", False))
        c.control("DELETE", "scenarios/two")
        same(s.next()[2]["change"], "removed")


def filters_of_requests(binary):
    with at(binary) as c:
        for query, wanted in (
                ("path=secret/**", ["secret/data/a", "secret/data/b"]),
                ("path=secret%2F**&method=GET", ["secret/data/a"]),
                ("path=secret/data/b,sys/health",
                 ["secret/data/b", "sys/health"]),
                ("status=200,404&op=read", ["secret/data/a", "sys/mounts"])):
            s = Stream(c, "?types=request,state&" + query)
            c.ask("GET", "secret/data/a")
            c.ask("POST", "secret/data/b", {"data": {"k": "v"}})
            c.ask("GET", "sys/health")
            c.ask("GET", "sys/mounts")
            c.control("POST", "reset", {"counters": True})
            events = s.until(lambda e: e[1] == "state")
            same([d["path"] for _, k, d in events if k == "request"], wanted)
            s.close()


def a_query_is_checked(binary):
    with at(binary) as c:
        for query, field in (("types=requests", "types"), ("type=x", "type"),
                             ("status=ok", "status"), ("path=/v1/x", "path"),
                             ("heartbeat=1ms", "heartbeat")):
            s = Stream(c, "?" + query)
            same(s.answer.status, 400)
            told = json.loads(s.answer.read())
            assert field in told["field"], (query, told)


def a_listener_goes_on_where_it_was(binary):
    with at(binary) as c:
        for n in range(4):
            c.control("POST", "reset", {"counters": True})
        s = Stream(c, headers={"Last-Event-ID": "2"})
        same([s.next()[0], s.next()[0]], [3, 4])
        s = Stream(c, "?last_event_id=0")
        same([s.next()[0] for _ in range(4)], [1, 2, 3, 4])
        # an id of a server that has ended
        s = Stream(c, headers={"Last-Event-ID": "77"})
        same(s.next(), (0, "gap", {"lost": None}))
        same(s.next()[0], 1)


def the_ring_says_what_it_lost(binary):
    with at(binary, "--journal-size=100") as c:
        conn = http.client.HTTPConnection(c.server.host, c.server.port)
        for n in range(RING + 10):
            conn.request("GET", "/v1/sys/health")
            conn.getresponse().read()
        s = Stream(c, "?last_event_id=0")
        same(s.next(), (10, "gap", {"lost": 10}))
        events = s.until(lambda e: e[0] == RING + 10)
        # the journal holds fewer than the ring
        gaps = [e for e in events if e[1] == "gap"]
        same(len(gaps), RING - 100)
        same([e[2]["seq"] for e in events if e[1] == "request"],
             list(range(RING + 10 - 99, RING + 11)))


def who_reads_nothing_holds_nobody_up(binary):
    with at(binary) as c:
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.settimeout(60)
        slow.connect(c.admin)
        slow.sendall(b"GET /_mock/events HTTP/1.0\r\n\r\n")
        assert slow.recv(4).startswith(b"HTTP")
        quick = Stream(c)
        conn = http.client.HTTPConnection(c.server.host, c.server.port)
        asked = 0
        for n in range(2 * RING):
            conn.request("GET", "/v1/secret/data/" + "x" * 1900)
            conn.getresponse().read()
            asked += 1
            if n % 100 == 99:
                quick.until(lambda e: e[0] == asked)
        text = b""
        while b"event: gap" not in text:
            piece = slow.recv(1 << 16)
            assert piece, text[-500:]
            text = text[-20:] + piece
        slow.close()


def listeners_are_counted(binary):
    with at(binary) as c:
        all_of_them = [Stream(c) for _ in range(LISTENERS)]
        same([s.answer.status for s in all_of_them], [200] * LISTENERS)
        late = Stream(c)
        same(late.answer.status, 429)
        all_of_them.pop().close()
        while Stream(c).answer.status == 429:
            pass
        c.control("POST", "reset", {"counters": True})
        for s in all_of_them:
            same(s.next()[1], "state")


def silence_is_told_from_death(binary):
    with at(binary) as c:
        s = Stream(c, "?heartbeat=100ms")
        same(s.read_block(), [": alive"])
        same(s.read_block(), [": alive"])


def old_clients_and_heads(binary):
    with at(binary) as c:
        with socket.create_connection(c.admin, timeout=60) as old:
            old.sendall(b"GET /_mock/events HTTP/1.0\r\n\r\n")
            text = b""
            while b": mockvault\n\n" not in text:
                text += old.recv(4096)
            head, body = text.split(b"\r\n\r\n", 1)
            assert b"chunked" not in head and b"Length" not in head, head
            same(body, b": mockvault\n\n")
        conn = http.client.HTTPConnection(*c.admin, timeout=60)
        conn.request("HEAD", "/_mock/events")
        answer = conn.getresponse()
        same((answer.status, answer.read()), (200, b""))


def the_end_of_the_server_ends_the_stream(binary):
    with started(binary) as server:
        with steered(server) as c:
            s = Stream(c)
            server.process.send_signal(signal.SIGTERM)
            same(s.next(), None)
            same(s.answer.isclosed(), True)
            same(server.process.wait(timeout=60), 0)


def the_admin_token_is_asked_for(binary):
    with at(binary, "--admin-token=open") as c:
        same(Stream(c).answer.status, 401)
        s = Stream(c, headers={"Authorization": "Bearer open"})
        same(s.answer.status, 200)


def ctl_prints_a_line_each(binary):
    with at(binary) as c:
        url = "http://%s:%d" % c.admin
        for n in range(3):
            c.control("POST", "reset", {"counters": True})
        c.ask("GET", "secret/data/app")
        out = subprocess.run(
            [binary, "ctl", "events", "--url", url, "--since=0", "-n=2",
             "--types", "request,state"], capture_output=True, text=True)
        lines = [json.loads(x) for x in out.stdout.splitlines()]
        same([(x["id"], x["type"], x["change"]) for x in lines],
             [(1, "state", "reset"), (2, "state", "reset")])
        same(out.returncode, 0)
        out = subprocess.run(
            [binary, "ctl", "events", "--url", url, "--since=0", "-n=1",
             "--path", "secret/**", "--types=request"],
            capture_output=True, text=True)
        same(json.loads(out.stdout)["path"], "secret/data/app")
        out = subprocess.run(
            [binary, "ctl", "events", "--url", url, "--types=requests"],
            capture_output=True, text=True)
        same(out.returncode, 2)
        assert "types" in out.stderr and "request" in out.stderr, out.stderr


TESTS = [a_request_is_its_entry, outages_rules_and_state,
         a_seal_by_vaults_own_call, a_rule_and_its_end,
         the_clock_is_told_once_a_move, state_as_a_whole,
         a_scenario_step_by_step, filters_of_requests, a_query_is_checked,
         a_listener_goes_on_where_it_was, the_ring_says_what_it_lost,
         who_reads_nothing_holds_nobody_up, listeners_are_counted,
         silence_is_told_from_death, old_clients_and_heads,
         the_end_of_the_server_ends_the_stream, the_admin_token_is_asked_for,
         ctl_prints_a_line_each]

if __name__ == "__main__":
    sys.exit(run(TESTS, os.path.abspath(sys.argv[1])))
