#!/usr/bin/env python3
"""database.py BINARY: what database/ would have run, read over /_mock/."""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from server import Server  # noqa: E402
from suite import run  # noqa: E402

PATH = "/_mock/database/statements"


def ask(server, method, path, body=None, status=200):
    return server.insist(status, method, path, body)


def set_up(server):
    ask(server, "POST", "sys/mounts/database", {"type": "database"}, 204)
    ask(server, "POST", "database/config/pg", {
        "plugin_name": "postgresql-database-plugin", "allowed_roles": "*",
        "connection_url": "postgresql://{{username}}:{{password}}@db/",
        "username": "root", "password": "root-secret"}, 204)
    ask(server, "POST", "database/roles/app", {
        "db_name": "pg", "default_ttl": "1h", "creation_statements":
        "CREATE ROLE \"{{name}}\" PASSWORD '{{password}}'; "
        "GRANT reader TO \"{{name}}\""}, 204)


def statements_are_shown_without_secrets(server):
    made = ask(server, "GET", "database/creds/app")
    user = made["data"]["username"]
    shown = ask(server, "GET", PATH)
    assert shown["total"] == 2, shown
    first, second = shown["statements"]
    assert first["statement"] == "CREATE ROLE \"%s\" PASSWORD '****'" % user
    assert second["statement"] == "GRANT reader TO \"%s\"" % user
    for one in shown["statements"]:
        assert one["operation"] == "create" and one["connection"] == "pg"
        assert one["request_id"] == made["request_id"]
        assert one["live"] is False and one["error"] is None
    assert made["data"]["password"] not in json.dumps(shown)


def the_clock_ends_users_on_record(server):
    ask(server, "DELETE", PATH, status=204)
    ask(server, "GET", "database/creds/app")
    ask(server, "POST", "/_mock/clock/advance", {"by": "2h"})
    shown = ask(server, "GET", PATH)["statements"]
    assert [s["operation"] for s in shown[:2]] == ["create", "create"]
    assert shown[-1]["operation"] == "revoke"
    assert shown[-1]["statement"].startswith("DROP ROLE IF EXISTS \"v-")
    assert shown[-1]["request_id"] == ""


def since_goes_on_where_one_was(server):
    ask(server, "GET", "database/creds/app")
    total = ask(server, "GET", PATH)["total"]
    made = ask(server, "GET", "database/creds/app")
    new = ask(server, "GET", "%s?since=%d" % (PATH, total))["statements"]
    assert [s["seq"] for s in new] == [total + 1, total + 2], new
    assert {s["user"] for s in new} == {made["data"]["username"]}
    ask(server, "DELETE", PATH, status=204)
    ask(server, "GET", "database/creds/app")
    after = ask(server, "GET", "%s?since=%d" % (PATH, total + 2))
    assert after["total"] == total + 4 and len(after["statements"]) == 2
    for wrong in "since=soon", "sinse=1", "since=-1":
        error = ask(server, "GET", "%s?%s" % (PATH, wrong), status=400)
        assert error["field"] in ("since", "sinse"), error


def a_journal_entry_has_its_statements(server):
    made = ask(server, "GET", "database/creds/app")
    ask(server, "GET", "database/roles/app")
    found = ask(server, "POST", "/_mock/requests/find",
                {"match": {"path": "database/**"}})["requests"]
    creds, role = found[-2:]
    assert [s["statement"] for s in creds["statements"]] == [
        "CREATE ROLE \"%s\" PASSWORD '****'" % made["data"]["username"],
        "GRANT reader TO \"%s\"" % made["data"]["username"]]
    assert "statements" not in role
    assert made["data"]["password"] not in json.dumps(found)


def a_reset_forgets_them(server):
    ask(server, "GET", "database/creds/app")
    ask(server, "POST", "/_mock/reset", {"journal": True})
    assert ask(server, "GET", PATH)["statements"] == []


TESTS = [statements_are_shown_without_secrets, the_clock_ends_users_on_record,
         since_goes_on_where_one_was, a_journal_entry_has_its_statements,
         a_reset_forgets_them]


def main():
    server = Server(os.path.abspath(sys.argv[1]))
    set_up(server)
    status = run(TESTS, server)
    return server.stop() or status


if __name__ == "__main__":
    sys.exit(main())
