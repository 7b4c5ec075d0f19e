#!/usr/bin/env python3
"""nodes.py BINARY: a cluster of three nodes in one process: from exec to the
first 200, and what is resident once it has answered; processor time beside
the clock's, since machines are shared. `make bench` has both figures, too."""
import os
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..",
                                "support"))
from bench import idle_rss, ready  # noqa: E402
from server import Server  # noqa: E402

ROUNDS = 10


def cpu_to_start(binary, *args):
    """Processor milliseconds of a server up to its first answer, and after."""
    times = []
    for _ in range(ROUNDS):
        server = Server(binary, *args)
        with open("/proc/%d/schedstat" % server.process.pid) as f:
            times.append(int(f.read().split()[0]) / 1e6)
        server.stop()
    return statistics.median(times)


def main():
    binary = sys.argv[1]
    print("%-40s %8s %8s" % ("", "1 node", "3 nodes"))
    rss = []
    for args in ((), ("-nodes=3",)):
        server = Server(binary, *args)
        rss.append(idle_rss(server))
        server.stop()
    print("%-40s %8.2f %8.2f" % ("exec to the first 200, ms", ready(binary)[0],
                                 ready(binary, "-nodes=3")[0]))
    print("%-40s %8.2f %8.2f" % ("  processor time, ms", cpu_to_start(binary),
                                 cpu_to_start(binary, "-nodes=3")))
    print("%-40s %8.2f %8.2f" % ("idle RSS, MB", *rss))


if __name__ == "__main__":
    main()
