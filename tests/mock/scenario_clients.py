#!/usr/bin/env python3
"""scenario_clients.py BINARY [--write]: every shipped scenario with a client
that behaves and with six that do not, and whether each passes.

Prints the table and compares it with the one in docs/scenarios.md; --write puts
it there. Time is the vault's, which stands while no client waits.

Closes with 'N passed, N failed'."""
import json
import os
import pathlib
import socket
import ssl
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))
from tests.mock.clients import bad  # noqa: E402
from tests.mock.clients.client import Client  # noqa: E402
from tests.mock.clients.environment import Environment  # noqa: E402
from tests.support.control_client import steered  # noqa: E402
from tests.support.server import Server  # noqa: E402

BINARY = sys.argv[1]
PAGE = ROOT / "docs" / "scenarios.md"
BEGIN, END = "<!-- clients -->\n", "<!-- end of clients -->\n"

CLIENTS = [
    ("behaves", Client),
    ("dies", bad.DiesAtTheFirstError),
    ("never renews", bad.NeverRenews),
    ("logs in each time", bad.LogsInForEveryRequest),
    ("hammers", bad.Hammers),
    ("retries blindly", bad.RetriesBlindly),
    ("caches the leader", bad.CachesTheLeader),
]

CLOCK = "--clock=frozen@2031-05-06T07:08:09Z"

SCENARIOS = ["leader-crash", "rolling-restart", "seal-incident",
             "renewal-blip", "max-ttl-cliff", "login-storm", "policy-change",
             "lb-meltdown", "cert-rotation", "audit-after-effect"]

OVER = "it is over before the token is"
DEAD = "its token dies meanwhile whatever it does, and 403 tells it so"
KNOWN = "no answer is lost on the way to credentials"
ONE = "one failure is no storm, and the next try succeeds"
NONE = "nothing fails as long as it looks at what renewals grant"
HERE = "nobody names another address"
UNSEEN = "a handshake that fails leaves no request to count"

# Where a client passes though it does something wrong, and why that is right.
PASSES = {
    "never renews": {
        "leader-crash": OVER, "rolling-restart": OVER, "seal-incident": DEAD,
        "login-storm": DEAD, "lb-meltdown": OVER, "cert-rotation": OVER,
        "audit-after-effect": OVER},
    "hammers": {
        "renewal-blip": ONE, "max-ttl-cliff": NONE, "cert-rotation": UNSEEN,
        "audit-after-effect": ONE},
    "retries blindly": dict.fromkeys(
        ["leader-crash", "rolling-restart", "seal-incident", "renewal-blip",
         "max-ttl-cliff", "login-storm", "policy-change", "cert-rotation"],
        KNOWN),
    "caches the leader": dict.fromkeys(
        ["seal-incident", "renewal-blip", "max-ttl-cliff", "login-storm",
         "policy-change", "lb-meltdown", "cert-rotation",
         "audit-after-effect"], HERE),
}


class DeadPort:
    """A port where nobody listens, for as long as it is held."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.socket.getsockname()[1]


def set_up(c):
    """An application's role, its secret and its database; role id and secret
    id."""
    def ask(status, method, path, body=None):
        answer = c.ask(method, path, body)
        assert answer.status == status, (path, answer.body)
        return answer.json() if answer.body else None

    ask(200, "POST", "secret/data/app", {"data": {"k": "v"}})
    ask(204, "POST", "sys/mounts/database", {"type": "database"})
    ask(204, "POST", "database/config/pg", {
        "plugin_name": "postgresql-database-plugin", "allowed_roles": "*",
        "connection_url": "postgresql://{{username}}:{{password}}@db/",
        "username": "root", "password": "root-secret"})
    ask(204, "POST", "database/roles/app", {
        "db_name": "pg", "default_ttl": "1h",
        "creation_statements": "CREATE ROLE \"{{name}}\""})
    ask(204, "PUT", "sys/policies/acl/app", {
        "policy": 'path "secret/data/app" { capabilities = ["read"] }\n'
                  'path "database/creds/app" { capabilities = ["read"] }'})
    ask(204, "POST", "sys/auth/approle", {"type": "approle"})
    ask(204, "POST", "auth/approle/role/web", {
        "token_policies": "app", "token_ttl": "50s", "token_max_ttl": "10m"})
    role = ask(200, "GET", "auth/approle/role/web/role-id")
    made = ask(200, "POST", "auth/approle/role/web/secret-id", {})
    return role["data"]["role_id"], made["data"]["secret_id"]


def control(c, status, method, path, body=None):
    answer = c.control(method, path, body)
    assert answer.status == status, (path, answer.body)
    return answer.json()


def play(c, name, kind, dead):
    """How the scenario ended: its answer."""
    control(c, 200, "POST", "reset", {})
    ids = set_up(c)
    shown = control(c, 200, "GET", "scenarios/" + name)
    assert shown["state"] == "shipped", shown
    values = {"leader": dead, "late": "1ms"}
    values = {k: v for k, v in values.items() if k in shown["params"]}
    shown = control(c, 200, "POST", "scenarios/%s/start" % name,
                    {"set": values, "clock": "virtual"})
    assert shown["state"] == "waiting", shown
    duration = shown["scenario"]["duration"]
    assert duration.endswith("s")
    env = Environment(c.server.url, c.admin, c.context, int(duration[:-1]))
    try:
        kind(env, *ids).run()
    finally:
        env.close()
    shown = control(c, 200, "GET", "scenarios/" + name)
    assert shown["state"] in ("done", "failed"), shown
    assert "trouble" not in shown, shown["trouble"]
    return shown


def is_expected(name, client):
    """To pass: the client that behaves, and who has a reason."""
    return client == CLIENTS[0][0] or name in PASSES.get(client, {})


def table(cells):
    """As the page has it: which client passes, and why the bad ones may."""
    names = [client for client, _ in CLIENTS]
    reasons = list(dict.fromkeys(
        why for client in names[1:]
        for why in PASSES.get(client, {}).values()))
    lines = ["| | %s |" % " | ".join(names),
             "|---|%s" % ("---|" * len(names))]
    for name in SCENARIOS:
        row = []
        for client in names:
            why = PASSES.get(client, {}).get(name)
            passed = not cells[name, client]
            row.append("**fails**" if not passed else "passes" if not why
                       else "passes (%s)" % "abcdefgh"[reasons.index(why)])
        lines.append("| %s | %s |" % (name, " | ".join(row)))
    lines.append("")
    lines += ["- (%s) %s" % ("abcdefgh"[n], why)
              for n, why in enumerate(reasons)]
    return "\n".join(lines) + "\n"


def play_all():
    """{(scenario, client): what did not hold}"""
    only = os.environ.get("MV_TEST_ONLY", "")
    dead = DeadPort()
    cells = {}
    for tls in False, True:
        with steered(Server(BINARY, "--admin-addr=127.0.0.1:0", CLOCK,
                            *(["-dev-tls"] if tls else []))) as c:
            for name in SCENARIOS:
                for client, kind in CLIENTS:
                    if (name == "cert-rotation") != tls or \
                            only not in name + " " + client:
                        continue
                    shown = play(c, name, kind, dead.url)
                    cells[name, client] = [e for e in shown["expect"]
                                           if not e["ok"]]
    return cells


def check(cells):
    """The cells that are not as they should be, said; how many."""
    wrong = 0
    for (name, client), failed in cells.items():
        if is_expected(name, client) == (not failed):
            continue
        wrong += 1
        print("FAIL %s, a client that %s: %s" % (
            name, client, "passes" if not failed else "; ".join(
                "%s: %s" % (e["name"], e["reason"]) for e in failed)))
    return wrong


def compare_page(text):
    """Is that the table of the page? --write makes it so."""
    page = PAGE.read_text()
    start = page.index(BEGIN) + len(BEGIN)
    end = page.index(END)
    if "--write" in sys.argv:
        PAGE.write_text(page[:start] + text + page[end:])
    elif page[start:end] != text:
        print("FAIL docs/scenarios.md has another table; "
              "scenario_clients.py BINARY --write puts this one there")
        return False
    return True


def main():
    cells = play_all()
    wrong = check(cells)
    whole = len(cells) == len(SCENARIOS) * len(CLIENTS)
    if whole:
        text = table(cells)
        print(text)
        wrong += not compare_page(text)
    print("%d passed, %d failed" % (len(cells) + whole - wrong, wrong))
    return 1 if wrong else 0


sys.exit(main())
