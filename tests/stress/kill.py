#!/usr/bin/env python3
"""kill.py BINARY [ROUNDS]: kill -9 while four writers are at it, fifty times over
the same file; what was acknowledged must be there at the next start."""
import http.client
import json
import os
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server  # noqa: E402

ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 50
WRITERS, ENOUGH = 4, 12


def write(server, name, acknowledged, refused, enough):
    """Writes until the server is gone. Any answer but 200 is kept in refused:
    it ends the writer, and the round fails on it."""
    for n in range(1, 100000):
        try:
            status, _, text = server.ask(
                "POST", "secret/data/" + name, {"data": {"n": n}})
        except (OSError, http.client.HTTPException):
            return  # killed
        if status != 200:
            refused.append((name, n, status, text))
            enough.release()
            return
        acknowledged[name] = n
        if n == ENOUGH:
            enough.release()


def round_of(binary, db, number):
    server = Server(binary, "--db", db)
    acknowledged, refused = {}, []
    enough = threading.Semaphore(0)
    names = ["r%d-w%d" % (number, i) for i in range(WRITERS)]
    threads = [threading.Thread(target=write,
                                args=(server, n, acknowledged, refused,
                                      enough))
               for n in names]
    for t in threads:
        t.start()
    wrote = enough.acquire(timeout=60)
    server.kill()
    for t in threads:
        t.join()
    server = Server(binary, "--db", db)
    lost = []
    for name, n in acknowledged.items():
        status, _, text = server.ask("GET", "secret/data/" + name)
        if status != 200 or json.loads(text)["data"]["data"]["n"] < n:
            lost.append((name, n, text))
    server.kill()
    assert wrote, "no writer got to %d writes in a minute" % ENOUGH
    assert not refused, refused
    assert not lost, lost
    return sum(acknowledged.values())


def main():
    failed = total = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            try:
                total += round_of(sys.argv[1], os.path.join(folder, "db"), number)
            except Exception as e:
                failed += 1
                print("FAIL round %d: %r" % (number, e))
    print("%d writes were acknowledged" % total)
    print("%d passed, %d failed" % (ROUNDS - failed, failed))
    return 1 if failed else 0


sys.exit(main())
