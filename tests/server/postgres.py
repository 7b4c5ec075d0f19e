#!/usr/bin/env python3
"""postgres.py BINARY: database/ in live mode, beside a private PostgreSQL; psql
sees users come, be prolonged and go. Closes with 'N passed, N failed'."""
import concurrent.futures
import json
import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from postgres import ADMIN, PASSWORD, Postgres  # noqa: E402
from server import Server  # noqa: E402
from suite import run  # noqa: E402

CREATE = ("CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID "
          "UNTIL '{{expiration}}';")
URL = "postgresql://{{username}}:{{password}}@127.0.0.1:%d/postgres" \
    "?sslmode=disable"


class Live:
    """A server in live mode with a connection `pg` and a role `app`."""

    def __init__(self, postgres, role=None, **config):
        self.server = Server(os.path.abspath(sys.argv[1]), "--database-live")
        self.pg = postgres
        self.ask("POST", "sys/mounts/database", {"type": "database"}, 204)
        self.ask("POST", "database/config/pg",
                 dict(connection(postgres), **config), 204)
        self.ask("POST", "database/roles/app", dict({
            "db_name": "pg", "creation_statements": [CREATE],
            "default_ttl": "1h", "max_ttl": "4h"}, **(role or {})), 204)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.server.stop()

    def ask(self, method, path, body=None, status=200, token=None):
        got, _, text = self.server.ask(method, path, body, token)
        assert got == status, "%s %s: %d %s" % (method, path, got, text)
        return json.loads(text) if text else None

    def error(self, method, path, body=None, status=400):
        return self.ask(method, path, body, status)["errors"][0]

    def creds(self, role="app", token=None):
        made = self.ask("GET", "database/creds/" + role, token=token)
        return made["lease_id"], made["data"]["username"], \
            made["data"]["password"]


def connection(postgres, **more):
    return dict({"plugin_name": "postgresql-database-plugin",
                 "connection_url": URL % postgres.port, "username": ADMIN,
                 "password": PASSWORD, "allowed_roles": "*"}, **more)


def until(what, seconds=20):
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come"


def a_user_comes_is_prolonged_and_goes(pg):
    with Live(pg) as live:
        lease, user, password = live.creds()
        assert pg.can_log_in(user, password)
        assert not pg.can_log_in(user, "wrong")
        first = pg.valid_until(user)
        assert 3590 < first - time.time() < 3610, first
        live.ask("POST", "sys/leases/renew",
                 {"lease_id": lease, "increment": 7200})
        moved = pg.valid_until(user)
        assert 3590 < moved - first < 3620, moved - first
        live.ask("PUT", "sys/leases/revoke", {"lease_id": lease}, 204)
        assert not pg.has_user(user)
        assert live.error("POST", "sys/leases/lookup",
                          {"lease_id": lease}) == "invalid lease"


def grants_do_not_hold_a_user_back(pg):
    pg.sql("CREATE TABLE IF NOT EXISTS things (id int)")
    role = {"creation_statements": [
        CREATE, "GRANT ALL ON ALL TABLES IN SCHEMA public TO \"{{name}}\";"
        "GRANT CONNECT ON DATABASE postgres TO \"{{name}}\""]}
    with Live(pg, role) as live:
        lease, user, _ = live.creds()
        assert pg.has_user(user)
        live.ask("PUT", "sys/leases/revoke", {"lease_id": lease}, 204)
        assert not pg.has_user(user)


def statements_of_the_role(pg):
    role = {"renew_statements": "ALTER ROLE \"{{name}}\" CONNECTION LIMIT 7",
            "revocation_statements": "ALTER ROLE \"{{name}}\" NOLOGIN"}
    with Live(pg, role) as live:
        lease, user, password = live.creds()
        live.ask("POST", "sys/leases/renew", {"lease_id": lease})
        assert pg.sql("SELECT rolconnlimit FROM pg_roles WHERE rolname = '%s'"
                      % user) == "7"
        live.ask("PUT", "sys/leases/revoke", {"lease_id": lease}, 204)
        assert pg.has_user(user) and not pg.can_log_in(user, password)


def the_token_and_the_clock_end_users(pg):
    with Live(pg, {"default_ttl": "2s"}) as live:
        live.ask("PUT", "sys/policies/acl/app", {
            "policy": 'path "database/creds/*" { capabilities = ["read"] }'},
            204)
        token = live.ask("POST", "auth/token/create", {
            "policies": ["app"]})["auth"]["client_token"]
        _, by_clock, _ = live.creds()
        live.ask("POST", "database/roles/long", {
            "db_name": "pg", "creation_statements": [CREATE]}, 204)
        _, by_token, _ = live.creds("long", token)
        live.ask("POST", "auth/token/revoke-self", {}, 204, token)
        until(lambda: not pg.has_user(by_token))
        until(lambda: not pg.has_user(by_clock))


def half_a_user_is_none(pg):
    role = {"creation_statements": [CREATE, "GRANT nonsense TO \"{{name}}\""]}
    with Live(pg, role) as live:
        before = pg.sql("SELECT count(*) FROM pg_roles")
        error = live.error("GET", "database/creds/app", status=500)
        assert error == ("1 error occurred:\n\t* failed to execute query: "
                         "ERROR: role \"nonsense\" does not exist (SQLSTATE "
                         "42704)\n\n"), error
        assert pg.sql("SELECT count(*) FROM pg_roles") == before
        assert live.ask("LIST", "sys/leases/lookup/database/creds/app",
                        status=404) == {"errors": []}


def a_connection_is_tried(pg):
    with Live(pg) as live:
        wrong = connection(pg, password="not-the-password")
        error = live.error("POST", "database/config/other", wrong)
        assert error == (
            "error creating database object: error verifying connection: "
            "failed to connect to `host=127.0.0.1 user=%s database=postgres`:"
            " failed SASL auth (FATAL: password authentication failed for "
            "user \"%s\" (SQLSTATE 28P01))" % (ADMIN, ADMIN)), error
        live.ask("GET", "database/config/other", status=404)
        live.ask("POST", "database/config/other",
                 dict(wrong, verify_connection=False), 204)


def a_static_role_keeps_one_password(pg):
    pg.sql("DROP ROLE IF EXISTS fixed")
    pg.sql("CREATE ROLE fixed LOGIN PASSWORD 'first'")
    with Live(pg) as live:
        live.ask("POST", "database/static-roles/fixed", {
            "db_name": "pg", "username": "fixed", "rotation_period": "1h"})
        first = live.ask("GET", "database/static-creds/fixed")["data"]
        assert pg.can_log_in("fixed", first["password"])
        assert not pg.can_log_in("fixed", "first")
        live.ask("POST", "database/rotate-role/fixed", {}, 204)
        second = live.ask("GET", "database/static-creds/fixed")["data"]
        assert pg.can_log_in("fixed", second["password"])
        assert not pg.can_log_in("fixed", first["password"])
        error = live.error("POST", "database/static-roles/nobody", {
            "db_name": "pg", "username": "no-such-user",
            "rotation_period": "1h"}, 500)
        assert "error setting credentials" in error and \
            "does not exist" in error, error
        live.ask("GET", "database/static-roles/nobody", status=404)


def the_root_password_changes(pg):
    pg.sql("DROP ROLE IF EXISTS boss")
    pg.sql("CREATE ROLE boss SUPERUSER LOGIN PASSWORD 'known'")
    with Live(pg, username="boss", password="known") as live:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(live.creds) for _ in range(4)]
            asked.append(pool.submit(live.ask, "POST",
                                     "database/rotate-root/pg", {}, 204))
            asked += [pool.submit(live.creds) for _ in range(4)]
            for one in asked:
                one.result()
        assert not pg.can_log_in("boss", "known")
        live.ask("POST", "database/rotate-root/pg", {}, 204)
        _, user, password = live.creds()
        assert pg.can_log_in(user, password)
        shown = json.dumps(live.ask("GET", "database/config/pg"))
        assert "known" not in shown


def many_at_once(pg):
    with Live(pg) as live:
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            made = list(pool.map(lambda _: live.creds(), range(40)))
        users = [user for _, user, _ in made]
        assert len(set(users)) == 40 and all(map(pg.has_user, users))
        live.ask("PUT", "sys/leases/revoke-prefix/database/creds/app", {},
                 204)
        assert not any(map(pg.has_user, users))


def a_mount_goes_with_its_users(pg):
    with Live(pg) as live:
        users = [live.creds()[1] for _ in range(3)]
        live.ask("DELETE", "sys/mounts/database", status=204)
        assert not any(map(pg.has_user, users))
        live.ask("GET", "database/config/pg", status=404)


def a_mount_that_goes_too_soon(pg):
    role = {"creation_statements": [
        "SELECT pg_advisory_xact_lock(7)", CREATE]}
    with Live(pg, role) as live:
        before = pg.sql("SELECT count(*) FROM pg_roles")
        holder = pg.hold_lock(7)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            asked = pool.submit(live.server.ask, "GET", "database/creds/app")
            until(lambda: pg.sql(
                "SELECT count(*) FROM pg_locks WHERE NOT granted") == "1")
            live.ask("DELETE", "sys/mounts/database", status=204)
            holder.kill()
            holder.wait()
            assert asked.result()[0] == 404
        until(lambda: pg.sql("SELECT count(*) FROM pg_roles") == before)


def an_outage_keeps_the_leases(pg):
    with Live(pg) as live:
        lease, user, _ = live.creds()
        forced, left_over, _ = live.creds()
        pg.stop()
        try:
            down = ("failed to connect to `host=127.0.0.1 user=%s database="
                    "postgres`: dial error (dial tcp 127.0.0.1:%d: connect: "
                    "connection refused)" % (ADMIN, pg.port))
            error = live.error("GET", "database/creds/app", status=500)
            assert error == ("1 error occurred:\n\t* unable to start "
                             "transaction: %s\n\n" % down), error
            error = live.error("PUT", "sys/leases/revoke",
                               {"lease_id": lease})
            assert error == ("failed to revoke entry: resp: (*logical."
                             "Response)(nil) err: " + down), error
            error = live.error("PUT", "sys/leases/renew",
                               {"lease_id": lease})
            assert error.startswith("failed to renew entry: resp: "), error
            error = live.error(
                "PUT", "sys/leases/revoke-prefix/database/creds", {})
            assert error.startswith('failed to revoke "database/creds/app/')
            live.ask("POST", "sys/leases/lookup", {"lease_id": lease})
            live.ask("PUT", "sys/leases/revoke-force/" + forced, {}, 204)
            error = live.error("DELETE", "sys/mounts/database")
            assert "failed to revoke" in error, error
        finally:
            pg.start()
        assert pg.has_user(user) and pg.has_user(left_over)
        live.ask("POST", "sys/leases/renew", {"lease_id": lease})
        live.ask("PUT", "sys/leases/revoke", {"lease_id": lease}, 204)
        assert not pg.has_user(user)


def what_could_not_be_ended_is_tried_again(pg):
    with Live(pg, {"default_ttl": "1s"}) as live:
        lease, user, _ = live.creds()
        pg.stop()
        try:
            until(lambda: "failed to revoke lease" in live.server.stderr())
            live.ask("POST", "sys/leases/lookup", {"lease_id": lease})
        finally:
            pg.start()
        until(lambda: not pg.has_user(user), 60)


def a_silent_database_holds_nobody_up(pg):
    with Live(pg) as live, socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        hanging = connection(pg, connection_url=URL % silent.getsockname()[1])
        live.ask("POST", "database/config/hangs",
                 dict(hanging, verify_connection=False), 204)
        live.ask("POST", "database/roles/hangs", {
            "db_name": "hangs", "creation_statements": [CREATE]}, 204)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            asked = [pool.submit(live.server.ask, "GET",
                                 "database/creds/hangs") for _ in range(2)]
            started = time.monotonic()
            for _ in range(20):
                live.ask("GET", "sys/health")
            _, user, password = live.creds()
            assert pg.can_log_in(user, password)
            assert time.monotonic() - started < 8
            live.server.process.terminate()
            assert live.server.process.wait(8) == 0
            for one in asked:
                status, _, text = one.result()
                assert status == 500 and "unable to start" in text, text


TESTS = [a_user_comes_is_prolonged_and_goes, grants_do_not_hold_a_user_back,
         statements_of_the_role, the_token_and_the_clock_end_users,
         half_a_user_is_none, a_connection_is_tried,
         a_static_role_keeps_one_password, the_root_password_changes,
         many_at_once, a_mount_goes_with_its_users,
         a_mount_that_goes_too_soon,
         an_outage_keeps_the_leases, what_could_not_be_ended_is_tried_again,
         a_silent_database_holds_nobody_up]


def main():
    postgres = Postgres()
    try:
        return run(TESTS, postgres)
    finally:
        postgres.clean()


if __name__ == "__main__":
    sys.exit(main())
