/*
 * The database engine's parts: statements with their values, addresses of
 * connections, rotation schedules; and inside a Vault on a frozen clock what is
 * noted of statements, rotations that come by themselves, seeds.
 */
#include "secrets/database/call.h"

#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "core/token/lease.h"
#include "secrets/database/statement_log.h"
#include "secrets/database/schedule.h"
#include "server/instance.h"
#include "tests/support/unit.h"

#define HOUR (3600 * NSEC_PER_SEC)

/* ---- statements ---- */

static const struct db_values values = { "v-app", "pw", "2025-01-01", "KEY" };

static void
rendered(const char *plugin, enum db_use use, char *const *commands,
    const char *const *want)
{
	struct db_statements out;
	int i = 0;

	db_statements_render(
	    db_plugin_find(plugin), use, commands, &values, false, &out);
	for (; want[i]; i++) {
		ck_assert_int_lt(i, out.n);
		ck_assert_str_eq(out.strs[i], want[i]);
	}
	ck_assert_int_eq(out.n, i);
	db_statements_free(&out);
}

#define LIST(...)                 \
	(char *const[])           \
	{                         \
		__VA_ARGS__, NULL \
	}
#define WANT(...)                 \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}
#define PG "postgresql-database-plugin"

START_TEST(statements_are_taken_apart)
{
	rendered(PG, DB_USE_CREATE,
	    LIST("CREATE ROLE \"{{name}}\" '{{password}}' '{{expiration}}'; "
		 "GRANT x TO {{username}};;",
		"{{other}} {{ name }}"),
	    WANT("CREATE ROLE \"v-app\" 'pw' '2025-01-01'", "GRANT x TO v-app",
		"{{other}} {{ name }}"));
	rendered(PG, DB_USE_CREATE, LIST("DO $$ BEGIN x; END $$;"),
	    WANT("DO $$ BEGIN x; END $$;"));
	rendered(PG, DB_USE_CREATE, LIST("SELECT 'END'; APPEND;"),
	    WANT("SELECT 'END'", "APPEND"));
	rendered(PG, DB_USE_RENEW, LIST("[\"a;b\", \"{{name}}\"]"),
	    WANT("a;b", "v-app"));
	rendered(PG, DB_USE_REVOKE, LIST("QSB7e25hbWV9fTsgQg=="),
	    WANT("A v-app", "B"));
}
END_TEST

START_TEST(plugins_have_statements_of_their_own)
{
	rendered(PG, DB_USE_RENEW, NULL,
	    WANT("ALTER ROLE \"v-app\" VALID UNTIL '2025-01-01'"));
	rendered(PG, DB_USE_ROTATE, NULL,
	    WANT("ALTER ROLE \"v-app\" WITH PASSWORD 'pw'"));
	rendered("mysql-database-plugin", DB_USE_RENEW, NULL,
	    (const char *const[]){ NULL });
	rendered("mysql-database-plugin", DB_USE_REVOKE, NULL,
	    WANT("REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'v-app'@'%'",
		"DROP USER 'v-app'@'%'"));
	rendered("redis-database-plugin", DB_USE_CREATE, LIST("[\"+@admin\"]"),
	    WANT("ACL SETUSER v-app ON >pw [\"+@admin\"]"));
	rendered("mongodb-database-plugin", DB_USE_REVOKE, NULL,
	    WANT("{\"dropUser\":\"v-app\"}"));
}
END_TEST

START_TEST(secrets_can_be_hidden)
{
	struct db_statements out;

	db_statements_render(
	    db_plugin_find(PG), DB_USE_ROTATE, NULL, &values, true, &out);
	ck_assert_int_eq(out.n, 1);
	ck_assert_str_eq(
	    out.strs[0], "ALTER ROLE \"v-app\" WITH PASSWORD '****'");
	db_statements_free(&out);
}
END_TEST

/* ---- addresses ---- */

START_TEST(addresses)
{
	static const struct {
		const char *details, *host, *port, *database;
	} cases[] = {
		{ "{\"connection_url\":\"postgresql://{{username}}:"
		  "{{password}}@db.example:5433/app?sslmode=disable\"}",
		    "db.example", "5433", "app" },
		{ "{\"connection_url\":\"{{username}}:{{password}}@"
		  "tcp(10.0.0.1:3306)/x\"}",
		    "10.0.0.1", "3306", "x" },
		{ "{\"connection_url\":\"host=h port=1 dbname=d\"}", "h", "1",
		    "d" },
		{ "{\"connection_url\":\"mongodb://[::1]:27017\"}", "[::1]",
		    "27017", "" },
		{ "{\"host\":\"redis\",\"port\":6379}", "redis", "6379", "" },
		{ "{\"connection_url\":\"x\"}", "x", "", "" },
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct db_connection c = { .details = slice_of(
					       cases[i].details) };
		struct db_address at;

		db_address_read(a, &c, &at);
		ck_assert_str_eq(at.host, cases[i].host);
		ck_assert_str_eq(at.port, cases[i].port);
		ck_assert_str_eq(at.database, cases[i].database);
	}
	arena_free(a);
}
END_TEST

START_TEST(credentials_are_escaped)
{
	struct db_connection c = {
		.details = SLICE(
		    "{\"connection_url\":\"postgresql://{{username}}:{{password}}@h/\""
		    ",\"password\":\"a/b%{{username}}\",\"username\":\"me@x\"}")
	};
	char *url = db_connection_url(&c);

	ck_assert_str_eq(
	    url, "postgresql://me@x:a%2Fb%25%7B%7Busername%7D%7D@h/");
	db_secret_wipe_free(url);
}
END_TEST

/* ---- schedules ---- */

static const char *
next(const char *schedule, const char *after, char out[RFC3339_MAX])
{
	struct db_schedule s;
	int64_t at;

	ck_assert(rfc3339_parse(after, &at));
	ck_assert_msg(db_schedule_parse(schedule, &s), "%s", schedule);
	rfc3339_s(db_schedule_next(&s, at), out);
	return out;
}

START_TEST(schedules)
{
	static const char *const now = "2025-03-05T10:11:12Z"; /* Wednesday */
	static const char *const cases[][2] = {
		{ "* * * * *", "2025-03-05T10:12:00Z" },
		{ "*/15 * * * *", "2025-03-05T10:15:00Z" },
		{ "0 0 * * SAT", "2025-03-08T00:00:00Z" },
		{ "30 9 * * 1-5", "2025-03-06T09:30:00Z" },
		{ "0 0 29 2 *", "2028-02-29T00:00:00Z" },
		{ "0 0 1 * SUN", "2025-03-09T00:00:00Z" },
		{ "5,10 22-23/1 ? dec *", "2025-12-01T22:05:00Z" },
		{ "0 0 31 2 *", "1970-01-01T00:00:00Z" },
	};
	static const char *const bad[] = { "", "* * * *", "* * * * * *",
		"60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *",
		"* * * * 7", "5-1 * * * *", "*/0 * * * *", "a * * * *",
		"@daily", "1, * * * *" };
	char out[RFC3339_MAX];
	struct db_schedule s;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(next(cases[i][0], now, out), cases[i][1]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!db_schedule_parse(bad[i], &s), "%s", bad[i]);
}
END_TEST

/* ---- inside a Vault ---- */

struct fixture {
	struct options options;
	struct host host;
	struct instance in;
	char answer[4096];
	bool answered;
};

static void
begin(struct fixture *f, const char *seed)
{
	struct error e = { 0 };

	options_defaults(&f->options);
	f->options.dev = true;
	f->options.dev_no_store_token = true;
	f->options.dev_root_token_id = "root";
	f->options.log_level = "error";
	f->options.seed = seed;
	ck_assert_msg(host_init(&f->host, &f->options, &e) &&
		instance_init(&f->in, &f->host, &f->options, &e),
	    "%s", e.text);
	clock_freeze(f->in.vault.clock, 1741169472 * NSEC_PER_SEC);
}

static void
end(struct fixture *f)
{
	instance_release(&f->in);
	host_release(&f->host);
}

static void
answered(struct request *req, void *arg)
{
	struct fixture *f = arg;

	f->answered = true;
	snprintf(f->answer, sizeof(f->answer), "%.*s", (int)req->reply.body.n,
	    req->reply.body.p ? req->reply.body.p : "");
}

static const char *
ask(struct fixture *f, int status, const char *method, const char *path,
    const char *body)
{
	struct header token = { "X-Vault-Token", "root" };
	struct request *req = request_new(f->in.api);

	req->method = method;
	req->target = arena_printf(req->arena, "/v1/%s", path);
	req->headers = &token;
	req->nheaders = 1;
	req->body = slice_of(body);
	req->peer = "127.0.0.1";
	f->answered = false;
	api_handle(f->in.api, req, answered, f);
	while (!f->answered && clock_wait_ns(f->in.vault.clock) == 0)
		clock_run_alarms(f->in.vault.clock);
	ck_assert(f->answered);
	ck_assert_msg(req->reply.status == status, "%s %s: %d %s", method, path,
	    req->reply.status, f->answer);
	request_free(req);
	return f->answer;
}

static void
set_up(struct fixture *f)
{
	ask(f, 204, "POST", "sys/mounts/database", "{\"type\":\"database\"}");
	ask(f, 204, "POST", "database/config/pg",
	    "{\"plugin_name\":\"postgresql-database-plugin\",\"username\":"
	    "\"u\",\"password\":\"root-secret\",\"allowed_roles\":\"*\","
	    "\"connection_url\":\"postgresql://{{username}}:{{password}}@db/"
	    "\"}");
	ask(f, 204, "POST", "database/roles/r",
	    "{\"db_name\":\"pg\",\"creation_statements\":\"CREATE ROLE "
	    "\\\"{{name}}\\\" PASSWORD '{{password}}' VALID UNTIL "
	    "'{{expiration}}'\",\"default_ttl\":\"1h\"}");
}

static const struct statement *
last(struct fixture *f)
{
	int n = statement_log_count(&f->in.vault);

	ck_assert_int_gt(n, 0);
	return statement_log_at(&f->in.vault, n - 1);
}

START_TEST(statements_are_noted)
{
	struct fixture f = { 0 };
	const struct statement *s;

	begin(&f, "7");
	set_up(&f);
	ask(&f, 200, "GET", "database/creds/r", "");
	s = last(&f);
	ck_assert_str_eq(s->operation, "create");
	ck_assert_str_eq(s->connection, "pg");
	ck_assert_str_eq(s->mount, "database/");
	ck_assert_uint_eq(strlen(s->request_id), 36);
	ck_assert(!s->was_executed && !s->error);
	ck_assert_ptr_nonnull(strstr(s->sql, "PASSWORD '****'"));
	ck_assert_ptr_nonnull(
	    strstr(s->sql, "VALID UNTIL '2025-03-05 11:11:17+0000'"));
	clock_advance(f.in.vault.clock, 2 * HOUR);
	s = last(&f);
	ck_assert_str_eq(s->operation, "revoke");
	ck_assert_str_eq(s->request_id, "");
	ck_assert_ptr_nonnull(strstr(s->sql, "DROP ROLE IF EXISTS \"v-"));
	for (int i = 0; i < STATEMENT_LOG_MAX; i++)
		ask(&f, 200, "GET", "database/creds/r", "");
	ck_assert_int_eq(statement_log_count(&f.in.vault), STATEMENT_LOG_MAX);
	ck_assert_int_gt(statement_log_total(&f.in.vault), STATEMENT_LOG_MAX);
	end(&f);
}
END_TEST

START_TEST(rotations_come_by_themselves)
{
	struct fixture f = { 0 };
	char first[4096];

	begin(&f, "7");
	set_up(&f);
	ask(&f, 200, "POST", "database/static-roles/s",
	    "{\"db_name\":\"pg\",\"username\":\"u\",\"rotation_period\":"
	    "3600}");
	strcpy(first, ask(&f, 200, "GET", "database/static-creds/s", ""));
	ck_assert_ptr_nonnull(strstr(first, "\"ttl\":3600"));
	clock_advance(f.in.vault.clock, HOUR - NSEC_PER_SEC);
	ck_assert_ptr_nonnull(strstr(
	    ask(&f, 200, "GET", "database/static-creds/s", ""), "\"ttl\":1,"));
	clock_advance(f.in.vault.clock, 2 * NSEC_PER_SEC);
	ck_assert_str_eq(last(&f)->operation, "rotate");
	ck_assert_ptr_nonnull(
	    strstr(ask(&f, 200, "GET", "database/static-creds/s", ""),
		"\"ttl\":3600"));
	ask(&f, 204, "POST", "database/config/pg",
	    "{\"verify_connection\":false,\"connection_url\":"
	    "\"postgresql://db:1/\"}");
	clock_advance(f.in.vault.clock, HOUR);
	ck_assert_ptr_nonnull(last(&f)->error);
	ask(&f, 204, "POST", "database/config/pg",
	    "{\"connection_url\":\"postgresql://db/\"}");
	clock_advance(f.in.vault.clock, 10 * NSEC_PER_SEC);
	ck_assert_ptr_null(last(&f)->error);
	end(&f);
}
END_TEST

/* What was missed on a long way happens once, at its end. */
START_TEST(a_year_is_one_rotation)
{
	struct fixture f = { 0 };
	int64_t before;

	begin(&f, "7");
	set_up(&f);
	ask(&f, 200, "POST", "database/static-roles/s",
	    "{\"db_name\":\"pg\",\"username\":\"u\",\"rotation_period\":"
	    "60}");
	before = statement_log_total(&f.in.vault);
	clock_advance(f.in.vault.clock, 8760 * HOUR);
	ck_assert_int_eq(statement_log_total(&f.in.vault), before + 1);
	ck_assert_ptr_nonnull(strstr(
	    ask(&f, 200, "GET", "database/static-creds/s", ""), "\"ttl\":60"));
	end(&f);
}
END_TEST

/* A token with many leases: none is there from the moment it is revoked, though
 * they end one after the other. */
START_TEST(many_leases_end_with_their_token)
{
	struct fixture f = { 0 };
	struct vault *v = &f.in.vault;
	struct strs left = { 0 };
	struct token *root;
	char first[400];

	begin(&f, "7");
	set_up(&f);
	root = token_lookup(v, "root");
	for (int i = 0; i < 150; i++)
		ask(&f, 200, "GET", "database/creds/r", "");
	ask(&f, 200, "LIST", "sys/leases/lookup/database/creds/r", "");
	ck_assert_int_eq(sscanf(f.answer, "%*[^[][\"%399[^\"]", first), 1);
	leases_on_token_revoked(v, root);
	ck_assert_int_eq(lease_count(v), 150 - 32);
	lease_list(v, "database/creds/r/", &left);
	ck_assert_uint_eq(left.n, 0);
	ck_assert_ptr_null(lease_find(v, first));
	while (clock_wait_ns(v->clock) == 0)
		clock_run_alarms(v->clock);
	ck_assert_int_eq(lease_count(v), 0);
	ask(&f, 200, "GET", "database/creds/r", "");
	lease_list(v, "database/creds/r/", &left);
	ck_assert_uint_eq(left.n, 1);
	strs_release(&left);
	token_unref(root);
	end(&f);
}
END_TEST

/* A prefix with many leases: the answer comes when none is left, and what was
 * made meanwhile stays. */
START_TEST(many_leases_end_with_their_prefix)
{
	struct fixture f = { 0 };
	struct vault *v = &f.in.vault;
	struct strs left = { 0 };
	struct error e = { 0 };

	begin(&f, "7");
	set_up(&f);
	for (int i = 0; i < 400; i++)
		ask(&f, 200, "GET", "database/creds/r", "");
	lease_list(v, "database/", &left);
	ck_assert_uint_eq(left.n, 1);
	ck_assert_str_eq(left.items[0], "creds/");
	strs_release(&left);
	lease_list(v, "database/creds/r/", &left);
	ck_assert_uint_eq(left.n, 400);
	strs_release(&left);
	ck_assert(!lease_revoke_prefix(v, "database/", false, &e));
	ck_assert_int_eq(e.status, 0);
	ck_assert_int_eq(lease_count(v), 400 - 128);
	ck_assert_int_eq(lease_pending_count(v, "database/"), 1);
	ask(&f, 200, "GET", "database/creds/r", "");
	while (clock_wait_ns(v->clock) == 0)
		clock_run_alarms(v->clock);
	ck_assert_int_eq(lease_pending_count(v, "database/"), 0);
	lease_list(v, "database/creds/r/", &left);
	ck_assert_uint_eq(left.n, 1);
	strs_release(&left);
	ck_assert(lease_revoke_prefix(v, "database/creds/", true, &e));
	ck_assert_int_eq(lease_count(v), 0);
	end(&f);
}
END_TEST

START_TEST(many_leases_end_before_the_answer)
{
	struct fixture f = { 0 };

	begin(&f, "7");
	set_up(&f);
	for (int i = 0; i < 300; i++)
		ask(&f, 200, "GET", "database/creds/r", "");
	ask(&f, 204, "PUT", "sys/leases/revoke-prefix/database/creds", "");
	ck_assert_int_eq(lease_count(&f.in.vault), 0);
	for (int i = 0; i < 300; i++)
		ask(&f, 200, "GET", "database/creds/r", "");
	ask(&f, 202, "PUT", "sys/leases/revoke-prefix/database/creds",
	    "{\"sync\":false}");
	ck_assert_int_eq(lease_count(&f.in.vault), 0);
	for (int i = 0; i < 300; i++)
		ask(&f, 200, "GET", "database/creds/r", "");
	ask(&f, 204, "DELETE", "sys/mounts/database", "");
	ck_assert_int_eq(lease_count(&f.in.vault), 0);
	end(&f);
}
END_TEST

START_TEST(a_seed_repeats_credentials)
{
	char one[4096];

	for (int i = 0; i < 2; i++) {
		struct fixture f = { 0 };

		begin(&f, "11");
		set_up(&f);
		ask(&f, 200, "GET", "database/creds/r", "");
		if (i == 0)
			strcpy(one, f.answer);
		ck_assert_str_eq(one, f.answer);
		ck_assert_ptr_nonnull(strstr(one, "\"username\":\"v-token-r-"));
		end(&f);
	}
}
END_TEST

START_TEST(secrets_are_noted_nowhere)
{
	struct fixture f = { 0 };
	char password[32];
	const char *at;

	begin(&f, NULL);
	set_up(&f);
	ask(&f, 204, "POST", "database/rotate-root/pg", "{}");
	at = strstr(
	    ask(&f, 200, "GET", "database/creds/r", ""), "\"password\":\"");
	snprintf(password, sizeof(password), "%.20s", at + 12);
	for (int i = 0; i < statement_log_count(&f.in.vault); i++) {
		const char *text = statement_log_at(&f.in.vault, i)->sql;

		ck_assert_ptr_null(strstr(text, password));
		ck_assert_ptr_null(strstr(text, "root-secret"));
	}
	end(&f);
}
END_TEST

UNIT_MAIN("database", statements_are_taken_apart,
    plugins_have_statements_of_their_own, secrets_can_be_hidden, addresses,
    credentials_are_escaped, schedules, statements_are_noted,
    rotations_come_by_themselves, a_year_is_one_rotation,
    many_leases_end_with_their_token, many_leases_end_with_their_prefix,
    many_leases_end_before_the_answer, a_seed_repeats_credentials,
    secrets_are_noted_nowhere)
