"""What clients of the two other nodes see when the leader is killed, tenth of a
second by tenth of a second, on a clock that the test moves at Vault's pace; as
the table of docs/cluster.md and against what a genuine cluster does."""
import os

from several_nodes import Cluster, NO_LEADER, VALUE
from suite import same

PAGE = os.path.join(os.path.dirname(__file__), "..", "..", "docs",
                    "cluster.md")
HEAD = ["| from the kill | next leader: health | leader | write | "
        "other standby: health | leader | write |",
        "|---|---|---|---|---|---|---|"]
STEP = 0.1
LIMIT = 40


class Look:
    """What is seen of a crash, told by the names of who was who."""

    def __init__(self, c, dead):
        self.c = c
        self.dead = dead

    def name(self, url):
        if not url:
            return '""'
        return next(n for n, node in self.c.nodes.items() if node.url == url)

    def of(self, name):
        """(health, named leader, answer to a write)"""
        node = self.c[name]
        health = node.ask("GET", "sys/health")[0]
        named = node.insist(200, "GET", "sys/leader")["leader_address"]
        status, headers, tree = node.ask("PUT", "secret/data/a?x=y", VALUE)
        answer = str(status)
        if status == 307:
            url = headers["Location"].split("/v1/")[0]
            same(headers["Location"], url + "/v1/secret/data/a?x=y")
            same(tree, None)
            answer = "307 to " + self.name(url)
        elif status == 500:
            same(tree["errors"], [NO_LEADER])
        return health, self.name(named), answer


def crash(binary, seed):
    """[(seconds, of the next leader, of the other)] of each change, and when
    the former led."""
    with Cluster(binary, "-cluster-speed=1", "-seed=%d" % seed) as c:
        c.outage("crash")
        look, seen, led = Look(c, "n1"), [], None
        for i in range(int(LIMIT / STEP)):
            now = {n: look.of(n) for n in ("n2", "n3")}
            if not seen or seen[-1][1] != now:
                seen.append((i * STEP, now))
            if c.leader() and led is None:
                led = i * STEP
            if all(w[2] == "200" for w in now.values()):
                break
            c.advance("100ms")
        new = c.leader()
        other = {"n2": "n3", "n3": "n2"}[new]
        words = {"n1": "dead", new: "new", other: "other", '""': '""'}

        def told(got):
            health, named, answer = got
            for name, word in words.items():
                answer = answer.replace("to " + name, "to " + word)
            return health, words[named], answer

        return [(at, told(now[new]), told(now[other]))
                for at, now in seen], led


def table(rows):
    return HEAD + ["| %.1f s | %d | %s | %s | %d | %s | %s |" % (at, *a, *b)
                   for at, a, b in rows]


def a_crash_goes_as_measured(binary):
    """The states of each node in their order, and the times within what was
    measured of genuine clusters."""
    for seed in range(1, 5):
        rows, led = crash(binary, seed)
        assert 9 <= led <= 28.3, (seed, led)
        same(rows[0], (0, (429, "dead", "307 to dead"),
                       (429, "dead", "307 to dead")))
        overdue = [at for at, a, b in rows if a[0] == 474]
        assert not overdue or 9.5 <= overdue[0] <= 10.5, (seed, overdue)
        for at, new, other in rows:
            if at < led - 1.5:
                same((new[1:], other[1:]), (("dead", "307 to dead"),) * 2)
        answers = [a[2] for _, a, _ in rows]
        order = [x for i, x in enumerate(answers) if x not in answers[:i]]
        assert order in (["307 to dead", "200"],
                         ["307 to dead", "500", "200"]), (seed, rows)
        answers = [b[2] for _, _, b in rows]
        order = [x for i, x in enumerate(answers) if x not in answers[:i]]
        assert order in (["307 to dead", "307 to new", "200"],
                         ["307 to dead", "500", "307 to new", "200"]), (
                             seed, rows)
        assert 1 <= rows[-1][0] - led <= 7, (seed, led, rows)
        same((rows[-1][1], rows[-1][2]),
             ((200, "new", "200"), (429, "new", "200")))


def the_page_shows_a_crash(binary):
    rows, _ = crash(binary, 1)
    with open(PAGE) as f:
        page = f.read()
    text = "\n".join(table(rows))
    assert text in page, "docs/cluster.md: the table is\n" + text


TESTS = [a_crash_goes_as_measured, the_page_shows_a_crash]
