#!/usr/bin/env python3
"""spaces.py BINARY [N]: what N spaces at once cost: CPU time of the server for
each made and dropped, memory for each, untouched and used. MOCKVAULT_BENCH_FROM: from what (start)."""
import http.client
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "support"))
from server import Server  # noqa: E402

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
FIXTURES = json.dumps({"kv": {"secret/app/%d" % i: {"password": "x" * 40}
                              for i in range(50)}})


class Bench:
    def __init__(self, binary):
        self.server = Server(binary, "-fixtures", FIXTURES)
        host, port = self.server.bound["admin_addr"].split("//")[1].split(":")
        self.admin = http.client.HTTPConnection(host, int(port))
        self.main = http.client.HTTPConnection(self.server.host,
                                               self.server.port)

    def cpu_ms(self):
        with open("/proc/%d/stat" % self.server.process.pid) as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * TICK_MS

    def rss_kb(self):
        with open("/proc/%d/status" % self.server.process.pid) as f:
            return next(int(line.split()[1]) for line in f
                        if line.startswith("VmRSS"))

    def call(self, conn, status, method, path, body=None):
        conn.request(method, path, body, {"X-Vault-Token": "root"})
        answer = conn.getresponse()
        text = answer.read()
        assert answer.status == status, (path, answer.status, text)

    def step(self, n, what, fn):
        """Does fn for each space; says CPU and memory of one."""
        cpu, rss = self.cpu_ms(), self.rss_kb()
        for i in range(n):
            fn("b%d" % i)
        print("%-28s %8.3f ms CPU  %+8.1f KB each" % (
            what, (self.cpu_ms() - cpu) / n, (self.rss_kb() - rss) / n))


def main(binary, n=1000):
    b, n = Bench(binary), int(n)
    body = json.dumps({"from": os.environ.get("MOCKVAULT_BENCH_FROM",
                                              "start")})
    b.call(b.admin, 201, "PUT", "/_mock/spaces/first", body)
    print("server: %d KB, %d spaces" % (b.rss_kb(), n))
    b.step(n, "make", lambda s: b.call(
        b.admin, 201, "PUT", "/_mock/spaces/" + s, body))
    for word in ("first", "second"):
        b.step(n, word + " write", lambda s: b.call(
            b.main, 200, "PUT", "/s/%s/v1/secret/data/app/1" % s,
            '{"data":{"k":"v"}}'))
        b.step(n, word + " read", lambda s: b.call(
            b.main, 200, "GET", "/s/%s/v1/secret/data/app/1" % s))
    b.step(n, "list all of them, 1/n", lambda s: None if s != "b0" else b.call(
        b.admin, 200, "GET", "/_mock/spaces"))
    b.step(n, "drop", lambda s: b.call(
        b.admin, 204, "DELETE", "/_mock/spaces/" + s))
    b.step(n, "make and drop again", lambda s: (
        b.call(b.admin, 201, "PUT", "/_mock/spaces/" + s, body),
        b.call(b.admin, 204, "DELETE", "/_mock/spaces/" + s)))
    b.admin.close()
    b.main.close()
    assert b.server.stop() == 0


if __name__ == "__main__":
    main(*sys.argv[1:])
