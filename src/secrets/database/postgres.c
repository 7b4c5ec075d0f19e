/*
 * PostgreSQL for real, through libpq, on a worker's thread: one connection a
 * call. Nothing here waits without end: every wait looks at the deadline and at
 * the word to stop. Refusals read as Vault's driver (pgx) tells them.
 */
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/duration.h"
#include "secrets/database/call.h"
#include "clock/clock.h"

#ifdef HAVE_LIBPQ
#include <dlfcn.h>
#include <libpq-fe.h>

/* Vault gives a request 90 s; a server that is not there is known sooner. */
#define CONNECT_NS (10 * NSEC_PER_SEC)
#define CALL_NS (90 * NSEC_PER_SEC)

/*
 * libpq is loaded when it is needed: with all that it brings along it would
 * cost every start more than the rest of the program.
 */
/* clang-format off */
#define FUNCTIONS(X) \
	X(PQclear) \
	X(PQconnectPoll) \
	X(PQconnectStartParams) \
	X(PQconsumeInput) \
	X(PQdb) \
	X(PQerrorMessage) \
	X(PQescapeIdentifier) \
	X(PQfinish) \
	X(PQflush) \
	X(PQfreemem) \
	X(PQgetResult) \
	X(PQgetvalue) \
	X(PQhost) \
	X(PQisBusy) \
	X(PQntuples) \
	X(PQport) \
	X(PQresultErrorField) \
	X(PQresultStatus) \
	X(PQsendQuery) \
	X(PQsendQueryParams) \
	X(PQsetnonblocking) \
	X(PQsocket) \
	X(PQstatus) \
	X(PQuser)
/* clang-format on */

#define MEMBER(name) __typeof__(name) *name;
#define LOOK_UP(name)                                       \
	if (!(*(void **)&pq->name = dlsym(library, #name))) \
		return false;

struct libpq {
	FUNCTIONS(MEMBER)
};

/* The library stays loaded; doing this again costs next to nothing. */
static bool
db_postgres_load_libpq(struct libpq *pq)
{
	void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return false;
	FUNCTIONS(LOOK_UP)
	return true;
}

bool
db_postgres_available(void)
{
	struct libpq pq;

	return db_postgres_load_libpq(&pq);
}

struct session {
	struct db_call *call;
	struct libpq pq;
	PGconn *conn;
	int stop_fd;
	int64_t deadline_ns; /* real, monotonic */
};

/* ---- refusals ---- */

/* Vault hides what its configuration keeps secret. */
static void
db_postgres_redact(struct buf *out, const char *text, const char *secret)
{
	size_t n = secret ? strlen(secret) : 0;

	for (const char *p = text; *p;) {
		if (n && strncmp(p, secret, n) == 0) {
			buf_str(out, "[password]");
			p += n;
		} else {
			buf_char(out, *p++);
		}
	}
}

static void
db_postgres_report_error(struct session *s,
    void (*how)(struct db_call *call, const char *why), const char *why)
{
	struct buf once, twice;

	buf_init(&once, 4096);
	buf_init(&twice, 4096);
	db_postgres_redact(&once, why, s->call->secret);
	db_postgres_redact(&twice, once.p ? once.p : "", s->call->password);
	how(s->call, twice.p ? twice.p : "");
	buf_release(&once);
	buf_release(&twice);
}

/* "ERROR: role "x" does not exist (SQLSTATE 42704)" */
static bool
db_postgres_statement_failed(struct session *s, const PGresult *r)
{
	const char *severity = r
	    ? s->pq.PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED)
	    : NULL;
	char text[600];

	if (severity)
		snprintf(text, sizeof(text), "%s: %s (SQLSTATE %s)", severity,
		    s->pq.PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY),
		    s->pq.PQresultErrorField(r, PG_DIAG_SQLSTATE));
	else
		snprintf(text, sizeof(text), "unexpected EOF");
	db_postgres_report_error(s, db_call_statement_failed, text);
	return false;
}

/* libpq's sentence for people, as pgx would have put it. */
static void
db_postgres_connect_reason(const struct session *s, char *out, size_t size)
{
	const PGconn *conn = s->conn;
	const char *text = s->pq.PQerrorMessage(conn);
	const char *fatal = strstr(text, "FATAL:");
	const char *host = s->pq.PQhost(conn), *port = s->pq.PQport(conn);
	int n;

	if (fatal) {
		fatal += strspn(fatal + 6, " ") + 6;
		n = (int)strcspn(fatal, "\n");
		if (strstr(fatal, "password authentication failed"))
			snprintf(out, size,
			    "failed SASL auth (FATAL: %.*s "
			    "(SQLSTATE 28P01))",
			    n, fatal);
		else
			snprintf(
			    out, size, "server error (FATAL: %.*s)", n, fatal);
	} else if (strstr(text, "Connection refused")) {
		snprintf(out, size,
		    "dial error (dial tcp %s:%s: connect: "
		    "connection refused)",
		    host, port);
	} else if (strstr(text, "could not translate host name")) {
		snprintf(out, size,
		    "hostname resolving error (lookup %s: no "
		    "such host)",
		    host);
	} else {
		snprintf(out, size, "dial error (%.*s)",
		    (int)strcspn(text, "\n"), text);
	}
}

static const char *
db_postgres_str_or_empty(const char *text)
{
	return text ? text : "";
}

static bool
db_postgres_connect_failed(struct session *s, const char *why)
{
	char reason[500], all[900];

	if (why)
		snprintf(reason, sizeof(reason), "dial error (%s)", why);
	else
		db_postgres_connect_reason(s, reason, sizeof(reason));
	snprintf(all, sizeof(all),
	    "failed to connect to `host=%s user=%s database=%s`: %s",
	    db_postgres_str_or_empty(s->pq.PQhost(s->conn)),
	    db_postgres_str_or_empty(s->pq.PQuser(s->conn)),
	    db_postgres_str_or_empty(s->pq.PQdb(s->conn)), reason);
	db_postgres_report_error(s, db_call_connect_failed, all);
	return false;
}

/* ---- waiting ---- */

/* false: time is up, or it shall stop. */
static bool
db_postgres_wait_socket(struct session *s, short events)
{
	struct pollfd fds[] = { { s->pq.PQsocket(s->conn), events, 0 },
		{ s->stop_fd, POLLIN, 0 } };
	int64_t left = s->deadline_ns - clock_real_mono();

	if (left <= 0)
		return false;
	return poll(fds, s->stop_fd < 0 ? 1 : 2, (int)(left / 1000000) + 1) >
	    0 &&
	    !fds[1].revents;
}

static bool
db_postgres_connect(struct session *s)
{
	static const char *const keys[] = { "connect_timeout", "dbname",
		"application_name", NULL };
	const char *values[] = { "10", s->call->url, "vault", NULL };
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;

	s->conn = s->pq.PQconnectStartParams(keys, values, 1);
	if (!s->conn || s->pq.PQstatus(s->conn) == CONNECTION_BAD)
		return db_postgres_connect_failed(s, NULL);
	s->deadline_ns = clock_real_mono() + CONNECT_NS;
	while (status != PGRES_POLLING_OK) {
		if (!db_postgres_wait_socket(
			s, status == PGRES_POLLING_READING ? POLLIN : POLLOUT))
			return db_postgres_connect_failed(
			    s, "timeout: context deadline exceeded");
		status = s->pq.PQconnectPoll(s->conn);
		if (status == PGRES_POLLING_FAILED)
			return db_postgres_connect_failed(s, NULL);
	}
	s->deadline_ns = clock_real_mono() + CALL_NS;
	return true;
}

static bool
db_postgres_flush(struct session *s)
{
	int more;

	while ((more = s->pq.PQflush(s->conn)) > 0)
		if (!db_postgres_wait_socket(s, POLLIN | POLLOUT) ||
		    !s->pq.PQconsumeInput(s->conn))
			return false;
	return more == 0;
}

/* The last result, or the first bad one; NULL when the connection is lost. */
static PGresult *
db_postgres_read_results(struct session *s)
{
	PGresult *kept = NULL, *r;

	for (;;) {
		while (s->pq.PQisBusy(s->conn))
			if (!db_postgres_wait_socket(s, POLLIN) ||
			    !s->pq.PQconsumeInput(s->conn)) {
				s->pq.PQclear(kept);
				return NULL;
			}
		r = s->pq.PQgetResult(s->conn);
		if (!r)
			return kept;
		if (kept && s->pq.PQresultStatus(kept) == PGRES_FATAL_ERROR) {
			s->pq.PQclear(r);
			continue;
		}
		s->pq.PQclear(kept);
		kept = r;
	}
}

/* ---- statements ---- */

static PGresult *
db_postgres_query(struct session *s, const char *sql, const char *parameter)
{
	int sent = parameter ? s->pq.PQsendQueryParams(s->conn, sql, 1, NULL,
				   &parameter, NULL, NULL, 0)
			     : s->pq.PQsendQuery(s->conn, sql);

	return sent && db_postgres_flush(s) ? db_postgres_read_results(s)
					    : NULL;
}

static bool
db_postgres_result_is_ok(const struct session *s, const PGresult *r)
{
	ExecStatusType status = s->pq.PQresultStatus(r);

	return r &&
	    (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
		status == PGRES_EMPTY_QUERY);
}

static bool
db_postgres_execute(struct session *s, const char *sql)
{
	PGresult *r = db_postgres_query(s, sql, NULL);
	bool ok = db_postgres_result_is_ok(s, r) ||
	    db_postgres_statement_failed(s, r);

	s->pq.PQclear(r);
	return ok;
}

/* All of them or none. */
static bool
db_postgres_execute_all(struct session *s)
{
	struct db_statements *run = &s->call->statements;

	if (run->n == 0)
		return true;
	if (!db_postgres_execute(s, "BEGIN"))
		return false;
	for (int i = 0; i < run->n; i++)
		if (!db_postgres_execute(s, run->strs[i])) {
			s->pq.PQclear(db_postgres_query(s, "ROLLBACK", NULL));
			return false;
		}
	return db_postgres_execute(s, "COMMIT");
}

/* ---- the end of a user without statements of the role's ---- */

/* An identifier in quotes, malloc'ed. */
static char *
db_postgres_quote_identifier(struct session *s, const char *name)
{
	char *quote = s->pq.PQescapeIdentifier(s->conn, name, strlen(name));
	char *copy = xstrdup(quote ? quote : "\"\"");

	s->pq.PQfreemem(quote);
	return copy;
}

static bool db_postgres_revoke_privileges(struct session *s, const char *fmt,
    ...) __attribute__((format(printf, 2, 3)));

static bool
db_postgres_revoke_privileges(struct session *s, const char *fmt, ...)
{
	char *sql = NULL;
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	if (vasprintf(&sql, fmt, ap) < 0)
		sql = NULL;
	va_end(ap);
	ok = sql ? db_postgres_execute(s, sql)
		 : db_postgres_statement_failed(s, NULL);
	free(sql);
	return ok;
}

static bool
db_postgres_user_exists(struct session *s, bool *found)
{
	PGresult *r = db_postgres_query(s,
	    "SELECT exists (SELECT rolname FROM pg_roles "
	    "WHERE rolname=$1);",
	    s->call->user);
	bool ok = db_postgres_result_is_ok(s, r) ||
	    db_postgres_statement_failed(s, r);

	*found = ok && s->pq.PQntuples(r) == 1 &&
	    strcmp(s->pq.PQgetvalue(r, 0, 0), "t") == 0;
	s->pq.PQclear(r);
	return ok;
}

/* Every schema in which the user was granted something. */
static bool
db_postgres_revoke_schemas(struct session *s, const char *user)
{
	PGresult *r = db_postgres_query(s,
	    "SELECT DISTINCT table_schema FROM "
	    "information_schema.role_column_grants WHERE grantee=$1;",
	    s->call->user);
	bool ok = db_postgres_result_is_ok(s, r) ||
	    db_postgres_statement_failed(s, r);

	for (int i = 0; ok && i < s->pq.PQntuples(r); i++) {
		char *schema = db_postgres_quote_identifier(
		    s, s->pq.PQgetvalue(r, i, 0));

		ok = db_postgres_revoke_privileges(s,
			 "REVOKE ALL PRIVILEGES ON ALL TABLES IN "
			 "SCHEMA %s FROM %s;",
			 schema, user) &&
		    db_postgres_revoke_privileges(
			s, "REVOKE USAGE ON SCHEMA %s FROM %s;", schema, user);
		free(schema);
	}
	s->pq.PQclear(r);
	return ok;
}

static void
db_postgres_drop_user(struct session *s)
{
	char *user, *database;
	bool found;

	if (!db_postgres_user_exists(s, &found) || !found)
		return;
	user = db_postgres_quote_identifier(s, s->call->user);
	database = db_postgres_quote_identifier(
	    s, db_postgres_str_or_empty(s->pq.PQdb(s->conn)));
	if (db_postgres_revoke_schemas(s, user) &&
	    db_postgres_revoke_privileges(s,
		"REVOKE ALL PRIVILEGES ON ALL TABLES IN SCHEMA "
		"public FROM %s;",
		user) &&
	    db_postgres_revoke_privileges(s,
		"REVOKE ALL PRIVILEGES ON ALL SEQUENCES IN SCHEMA "
		"public FROM %s;",
		user) &&
	    db_postgres_revoke_privileges(
		s, "REVOKE USAGE ON SCHEMA public FROM %s;", user) &&
	    db_postgres_revoke_privileges(
		s, "REVOKE CONNECT ON DATABASE %s FROM %s;", database, user))
		db_postgres_revoke_privileges(
		    s, "DROP ROLE IF EXISTS %s;", user);
	free(user);
	free(database);
}

void
db_postgres_run(struct worker_job *job, int stop_fd)
{
	struct session session = { .call = (struct db_call *)job,
		.stop_fd = stop_fd },
		       *s = &session;

	if (!db_postgres_load_libpq(&s->pq)) {
		db_call_connect_failed(s->call, "libpq could not be loaded");
		return;
	}
	if (db_postgres_connect(s) && s->call->operation != DB_VERIFY) {
		s->pq.PQsetnonblocking(s->conn, 1);
		if (s->call->default_revoke)
			db_postgres_drop_user(s);
		else
			db_postgres_execute_all(s);
	}
	s->pq.PQfinish(s->conn);
}

#else

bool
db_postgres_available(void)
{
	return false;
}

void
db_postgres_run(struct worker_job *job, int stop_fd)
{
	(void)stop_fd;
	db_call_connect_failed(
	    (struct db_call *)job, "this build knows no libpq");
}

#endif
