"""Several nodes in one process, for a test: its clock stands."""
import http.client
import json
import threading

from server import Server
from suite import same

VALUE = {"data": {"v": 1}}
NO_LEADER = "local node not active but active cluster node not found"
LEADER_LOST = ("1 error occurred:\n\t* failed to write: leadership lost while "
               "committing log\n\n")


class Asked:
    """What can be asked; ask() is its own."""

    def insist(self, status, *args, **more):
        got = self.ask(*args, **more)
        assert got[0] == status, (self.url, args, got)
        return got[2]

    def refuses(self):
        try:
            self.ask("GET", "sys/health")
            return False
        except ConnectionError:
            return True


class Node(Asked):
    def __init__(self, url):
        self.url = url
        self.address = url.split("//")[1]

    def ask(self, method, path, body=None, headers=None, token="root"):
        """(status, headers, tree or None)"""
        conn = http.client.HTTPConnection(self.address, timeout=60)
        conn.request(method, path if path[0] == "/" else "/v1/" + path,
                     json.dumps(body) if body is not None else None,
                     {"X-Vault-Token": token, **(headers or {})})
        answer = conn.getresponse()
        text = answer.read().decode()
        conn.close()
        return (answer.status, dict(answer.getheaders()),
                json.loads(text) if text else None)


class Cluster:
    """With a block; its clock stands."""

    def __init__(self, binary, *args):
        self.server = Server(binary, "-nodes=3", "-clock=frozen", *args)
        self.nodes = {n["id"]: Node(n["api_addr"])
                      for n in self.server.bound["nodes"]}
        self.admin = Node(self.server.bound["admin_addr"])

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if error[0]:
            print(self.server.stderr()[-3000:])
        if self.server.process.poll() is None:
            self.server.kill()

    def __getitem__(self, name):
        return self.nodes[name]

    def control(self, method, path, body=None, status=200):
        return self.admin.insist(status, method, "/_mock/" + path, body)

    def states(self):
        return {n["id"]: n["state"]
                for n in self.control("GET", "nodes")["nodes"]}

    def leader(self):
        return next((n for n, s in self.states().items() if s == "active"),
                    None)

    def advance(self, by):
        self.control("POST", "clock/advance", {"by": by})

    def elect(self):
        """The vault's seconds, ten of the cluster's each, until one leads."""
        for _ in range(12):
            self.advance("1s")
            if self.leader():
                return self.leader()
        raise AssertionError("nobody leads: %s" % self.states())

    def outage(self, name, params=None, status=200, **more):
        """Turned on; times are the vault's."""
        return self.control("PUT", "outages/" + name,
                            {"params": params or {}, "clock": "virtual",
                             **more}, status)

    def end(self, name):
        self.control("DELETE", "outages/" + name, status=204)

    def sees(self, name, status, errors=None, location=None, path="data/a",
             method="GET"):
        """What the node answers to a request of a secret."""
        got = self[name].ask(method, "secret/" + path,
                             VALUE if method == "PUT" else None)
        said = (got[2] or {}).get("errors") if got[0] >= 400 else None
        same((got[0], said, got[1].get("Location")),
             (status, errors, location and location + "/v1/secret/" + path))

    def health(self, name, status):
        """Of a node; and whom it names as active."""
        self[name].insist(status, "GET", "sys/health")
        return self[name].insist(200, "GET", "sys/leader")["leader_address"]

    def is_well(self):
        """All are up, one leads, and a write at each is kept."""
        self.elect()
        self.advance("2s")
        states = sorted(self.states().values())
        same(states, ["active"] + ["standby"] * (len(states) - 1))
        for name in self.nodes:
            self[name].insist(200, "PUT", "secret/data/at-" + name, VALUE)
        active = self[self.leader()].url
        for name in self.nodes:
            keys = self[name].insist(200, "LIST", "secret/metadata/")
            assert all("at-" + n in keys["data"]["keys"] for n in self.nodes)
            leads = name == self.leader()
            same(self.health(name, 200 if leads else 429), active)


class Writers:
    """A client for each node that writes one secret after the other; kept has
    what was acknowledged."""

    def __init__(self, cluster):
        self.cluster, self.kept = cluster, []
        self.over = threading.Event()
        self.workers = [threading.Thread(target=self.work, args=(name,))
                        for name in cluster.nodes]
        for worker in self.workers:
            worker.start()

    def work(self, name):
        n = 0
        while not self.over.is_set():
            key, n = "%s-%d" % (name, n), n + 1
            try:
                if self.cluster[name].ask("PUT", "secret/data/" + key,
                                          VALUE)[0] == 200:
                    self.kept.append(key)
            except (OSError, http.client.HTTPException):
                pass

    def reach(self, n):
        """Waits until so many are acknowledged in all."""
        while len(self.kept) < n:
            pass

    def stop(self):
        self.over.set()

    def join(self):
        for worker in self.workers:
            worker.join(60)
            assert not worker.is_alive()

    def are_kept(self):
        for node in self.cluster.nodes.values():
            there = set(node.insist(
                200, "LIST", "secret/metadata/")["data"]["keys"])
            same([key for key in self.kept if key not in there], [])
