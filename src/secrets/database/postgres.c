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
#define CONNECT_NS (10 * NSEC)
#define CALL_NS (90 * NSEC)

/*
 * libpq is loaded when it is needed: with all that it brings along it would
 * cost every start more than the rest of the program.
 */
#define FUNCTIONS(X)                                                        \
	X(PQclear) X(PQconnectPoll) X(PQconnectStartParams)                 \
	X(PQconsumeInput) X(PQdb) X(PQerrorMessage) X(PQescapeIdentifier)   \
	X(PQfinish) X(PQflush) X(PQfreemem) X(PQgetResult) X(PQgetvalue)    \
	X(PQhost) X(PQisBusy) X(PQntuples) X(PQport) X(PQresultErrorField)  \
	X(PQresultStatus) X(PQsendQuery) X(PQsendQueryParams)               \
	X(PQsetnonblocking) X(PQsocket) X(PQstatus) X(PQuser)

#define MEMBER(name) __typeof__(name) *name;
#define LOOK_UP(name)                                                       \
	if (!(*(void **)&pq->name = dlsym(library, #name)))                 \
		return false;

struct libpq {
	FUNCTIONS(MEMBER)
};

/* The library stays loaded; doing this again costs next to nothing. */
static bool
load(struct libpq *pq)
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

	return load(&pq);
}

struct session {
	struct db_call *call;
	struct libpq pq;
	PGconn *conn;
	int stop_fd;
	int64_t deadline; /* real, monotonic */
};

/* ---- refusals ---- */

/* Vault hides what its configuration keeps secret. */
static void
hide(struct buf *out, const char *text, const char *secret)
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
tell(struct session *s, void (*how)(struct db_call *call, const char *why),
    const char *why)
{
	struct buf once, twice;

	buf_init(&once, 4096);
	buf_init(&twice, 4096);
	hide(&once, why, s->call->secret);
	hide(&twice, once.p ? once.p : "", s->call->password);
	how(s->call, twice.p ? twice.p : "");
	buf_release(&once);
	buf_release(&twice);
}

/* "ERROR: role "x" does not exist (SQLSTATE 42704)" */
static bool
failed(struct session *s, const PGresult *r)
{
	const char *severity = r ? s->pq.PQresultErrorField(r,
	    PG_DIAG_SEVERITY_NONLOCALIZED) : NULL;
	char why[600];

	if (severity)
		snprintf(why, sizeof(why), "%s: %s (SQLSTATE %s)", severity,
		    s->pq.PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY),
		    s->pq.PQresultErrorField(r, PG_DIAG_SQLSTATE));
	else
		snprintf(why, sizeof(why), "unexpected EOF");
	tell(s, db_call_refused, why);
	return false;
}

/* libpq's sentence for people, as pgx would have put it. */
static void
connect_reason(const struct session *s, char *out, size_t size)
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
			snprintf(out, size, "failed SASL auth (FATAL: %.*s "
			    "(SQLSTATE 28P01))", n, fatal);
		else
			snprintf(out, size, "server error (FATAL: %.*s)", n,
			    fatal);
	} else if (strstr(text, "Connection refused")) {
		snprintf(out, size, "dial error (dial tcp %s:%s: connect: "
		    "connection refused)", host, port);
	} else if (strstr(text, "could not translate host name")) {
		snprintf(out, size, "hostname resolving error (lookup %s: no "
		    "such host)", host);
	} else {
		snprintf(out, size, "dial error (%.*s)",
		    (int)strcspn(text, "\n"), text);
	}
}

static const char *
or_none(const char *text)
{
	return text ? text : "";
}

static bool
not_connected(struct session *s, const char *why)
{
	char reason[500], all[900];

	if (why)
		snprintf(reason, sizeof(reason), "dial error (%s)", why);
	else
		connect_reason(s, reason, sizeof(reason));
	snprintf(all, sizeof(all),
	    "failed to connect to `host=%s user=%s database=%s`: %s",
	    or_none(s->pq.PQhost(s->conn)), or_none(s->pq.PQuser(s->conn)),
	    or_none(s->pq.PQdb(s->conn)), reason);
	tell(s, db_call_no_connection, all);
	return false;
}

/* ---- waiting ---- */

/* false: time is up, or it shall stop. */
static bool
wait_for(struct session *s, short events)
{
	struct pollfd fds[] = { { s->pq.PQsocket(s->conn), events, 0 },
		{ s->stop_fd, POLLIN, 0 } };
	int64_t left = s->deadline - clock_real_mono();

	if (left <= 0)
		return false;
	return poll(fds, s->stop_fd < 0 ? 1 : 2,
		   (int)(left / 1000000) + 1) > 0 &&
	    !fds[1].revents;
}

static bool
establish(struct session *s)
{
	static const char *const keys[] = { "connect_timeout", "dbname",
		"application_name", NULL };
	const char *values[] = { "10", s->call->url, "vault", NULL };
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;

	s->conn = s->pq.PQconnectStartParams(keys, values, 1);
	if (!s->conn || s->pq.PQstatus(s->conn) == CONNECTION_BAD)
		return not_connected(s, NULL);
	s->deadline = clock_real_mono() + CONNECT_NS;
	while (status != PGRES_POLLING_OK) {
		if (!wait_for(s, status == PGRES_POLLING_READING ? POLLIN
								 : POLLOUT))
			return not_connected(s,
			    "timeout: context deadline exceeded");
		status = s->pq.PQconnectPoll(s->conn);
		if (status == PGRES_POLLING_FAILED)
			return not_connected(s, NULL);
	}
	s->deadline = clock_real_mono() + CALL_NS;
	return true;
}

static bool
send_all(struct session *s)
{
	int more;

	while ((more = s->pq.PQflush(s->conn)) > 0)
		if (!wait_for(s, POLLIN | POLLOUT) ||
		    !s->pq.PQconsumeInput(s->conn))
			return false;
	return more == 0;
}

/* The last result, or the first bad one; NULL when the connection is lost. */
static PGresult *
collect(struct session *s)
{
	PGresult *kept = NULL, *r;

	for (;;) {
		while (s->pq.PQisBusy(s->conn))
			if (!wait_for(s, POLLIN) || !s->pq.PQconsumeInput(s->conn)) {
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
ask(struct session *s, const char *sql, const char *parameter)
{
	int sent = parameter
	    ? s->pq.PQsendQueryParams(s->conn, sql, 1, NULL, &parameter, NULL, NULL,
		  0)
	    : s->pq.PQsendQuery(s->conn, sql);

	return sent && send_all(s) ? collect(s) : NULL;
}

static bool
good(const struct session *s, const PGresult *r)
{
	ExecStatusType status = s->pq.PQresultStatus(r);

	return r && (status == PGRES_COMMAND_OK ||
	    status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY);
}

static bool
execute(struct session *s, const char *sql)
{
	PGresult *r = ask(s, sql, NULL);
	bool ok = good(s, r) || failed(s, r);

	s->pq.PQclear(r);
	return ok;
}

/* All of them or none. */
static bool
execute_all(struct session *s)
{
	struct db_statements *run = &s->call->run;

	if (run->n == 0)
		return true;
	if (!execute(s, "BEGIN"))
		return false;
	for (int i = 0; i < run->n; i++)
		if (!execute(s, run->texts[i])) {
			s->pq.PQclear(ask(s, "ROLLBACK", NULL));
			return false;
		}
	return execute(s, "COMMIT");
}

/* ---- the end of a user without statements of the role's ---- */

/* An identifier in quotes, malloc'ed. */
static char *
quoted(struct session *s, const char *name)
{
	char *quote = s->pq.PQescapeIdentifier(s->conn, name, strlen(name));
	char *copy = xstrdup(quote ? quote : "\"\"");

	s->pq.PQfreemem(quote);
	return copy;
}

static bool
take_away(struct session *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool
take_away(struct session *s, const char *fmt, ...)
{
	char *sql = NULL;
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	if (vasprintf(&sql, fmt, ap) < 0)
		sql = NULL;
	va_end(ap);
	ok = sql ? execute(s, sql) : failed(s, NULL);
	free(sql);
	return ok;
}

static bool
exists(struct session *s, bool *found)
{
	PGresult *r = ask(s, "SELECT exists (SELECT rolname FROM pg_roles "
			     "WHERE rolname=$1);", s->call->user);
	bool ok = good(s, r) || failed(s, r);

	*found = ok && s->pq.PQntuples(r) == 1 &&
	    strcmp(s->pq.PQgetvalue(r, 0, 0), "t") == 0;
	s->pq.PQclear(r);
	return ok;
}

/* Every schema in which the user was granted something. */
static bool
leave_schemas(struct session *s, const char *user)
{
	PGresult *r = ask(s,
	    "SELECT DISTINCT table_schema FROM "
	    "information_schema.role_column_grants WHERE grantee=$1;",
	    s->call->user);
	bool ok = good(s, r) || failed(s, r);

	for (int i = 0; ok && i < s->pq.PQntuples(r); i++) {
		char *schema = quoted(s, s->pq.PQgetvalue(r, i, 0));

		ok = take_away(s, "REVOKE ALL PRIVILEGES ON ALL TABLES IN "
			 "SCHEMA %s FROM %s;", schema, user) &&
		    take_away(s, "REVOKE USAGE ON SCHEMA %s FROM %s;", schema,
			user);
		free(schema);
	}
	s->pq.PQclear(r);
	return ok;
}

static void
drop_user(struct session *s)
{
	char *user, *database;
	bool found;

	if (!exists(s, &found) || !found)
		return;
	user = quoted(s, s->call->user);
	database = quoted(s, or_none(s->pq.PQdb(s->conn)));
	if (leave_schemas(s, user) &&
	    take_away(s, "REVOKE ALL PRIVILEGES ON ALL TABLES IN SCHEMA "
		"public FROM %s;", user) &&
	    take_away(s, "REVOKE ALL PRIVILEGES ON ALL SEQUENCES IN SCHEMA "
		"public FROM %s;", user) &&
	    take_away(s, "REVOKE USAGE ON SCHEMA public FROM %s;", user) &&
	    take_away(s, "REVOKE CONNECT ON DATABASE %s FROM %s;", database,
		user))
		take_away(s, "DROP ROLE IF EXISTS %s;", user);
	free(user);
	free(database);
}

void
db_postgres_run(struct worker_job *job, int stop_fd)
{
	struct session session = { .call = (struct db_call *)job,
		.stop_fd = stop_fd }, *s = &session;

	if (!load(&s->pq)) {
		db_call_no_connection(s->call, "libpq could not be loaded");
		return;
	}
	if (establish(s) && s->call->operation != DB_VERIFY) {
		s->pq.PQsetnonblocking(s->conn, 1);
		if (s->call->default_revoke)
			drop_user(s);
		else
			execute_all(s);
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
	db_call_no_connection((struct db_call *)job,
	    "this build knows no libpq");
}

#endif
