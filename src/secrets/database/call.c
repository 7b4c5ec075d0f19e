/*
 * Calls on databases: noted, refused when the connection is down, or handed to
 * a thread.
 */
#include "secrets/database/call.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/reply.h"
#include "base/text.h"
#include "secrets/database/statement_log.h"

static void db_call_check_simulated_down(
    struct db_call *call, const struct db_connection *c);

static char *
db_call_dup_or_null(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

static void
db_call_read_credentials(struct db_call *call, const struct db_connection *c)
{
	struct arena *a = arena_new();
	char *text;

	call->url = db_connection_url(c);
	text = (char *)db_connection_detail(a, c, "password");
	call->password = xstrdup(text);
	OPENSSL_cleanse(text, strlen(text));
	arena_free(a);
}

struct db_call *
db_call_new(const struct db_call_spec *spec)
{
	struct db_call *call = xcalloc(1, sizeof(*call));
	const struct db_connection *c = spec->connection;
	const struct db_values *values = &spec->values;
	char *const *commands = spec->commands;
	enum db_operation operation = spec->operation;
	enum db_use use = db_operations[operation].use;

	call->vault = spec->vault;
	call->mount = spec->mount->id;
	call->mount_path = xstrdup(spec->mount->path);
	call->mount_uuid = xstrdup(spec->mount->uuid);
	call->connection = xstrdup(c->name);
	call->request_id = xstrdup(spec->req ? spec->req->id : "");
	call->plugin = db_plugin_of_kept(c->plugin);
	call->operation = operation;
	call->user = xstrdup(values->name ? values->name : "");
	call->secret = db_call_dup_or_null(values->password);
	call->live = spec->vault->config.database_execute &&
	    call->plugin->has_live_mode;
	call->default_revoke = operation == DB_REVOKE && call->live &&
	    !(commands && commands[0]);
	if (operation == DB_VERIFY) {
		/* Not stored yet, so this is the time to look at it. */
		if (call->live)
			db_call_read_credentials(call, c);
		else
			db_call_check_simulated_down(call, c);
		return call;
	}
	db_statements_render(
	    call->plugin, use, commands, values, true, &call->redacted);
	if (call->live)
		db_statements_render(call->plugin, use, commands, values, false,
		    &call->statements);
	return call;
}

struct db_call *
db_call_new_for_request(const struct request *req,
    const struct db_connection *c, enum db_operation operation,
    char *const *commands, struct db_values values)
{
	return db_call_new(&(struct db_call_spec){
	    req->vault, req->mount, req, c, operation, commands, values });
}

void
db_call_free(struct db_call *call)
{
	if (!call)
		return;
	db_statements_free(&call->redacted);
	db_statements_free(&call->statements);
	db_secret_wipe_free(call->url);
	db_secret_wipe_free(call->password);
	db_secret_wipe_free(call->secret);
	free((char *)call->job.queue);
	free(call->mount_path);
	free(call->mount_uuid);
	free(call->connection);
	free(call->request_id);
	free(call->user);
	free(call);
}

bool
db_call_is_async(const struct db_call *call)
{
	return call->live && call->vault->worker;
}

/* ---- refusals ---- */

/* The text with "[password]" for every place where the secret stands. */
static const char *
db_call_hide_password(struct arena *a, const char *text, const char *secret)
{
	size_t n = strlen(secret);
	const char *at;
	struct buf out;

	if (n == 0)
		return text;
	buf_init(&out, 0);
	while ((at = strstr(text, secret))) {
		buf_add(&out, text, (size_t)(at - text));
		buf_str(&out, "[password]");
		text = at + n;
	}
	buf_str(&out, text);
	return buf_take_to_arena(&out, a);
}

/* Can the driver of PostgreSQL read the text? It is a URL, or key=value. */
static bool
db_call_url_is_readable(const struct db_call *call, const char *url)
{
	return !call->plugin->has_live_mode ||
	    starts_with(url, "postgres://") ||
	    starts_with(url, "postgresql://") || strchr(url, '=');
}

/* Without a database to ask, port 1 and hosts below .invalid are down. Vault
 * 1.19: the connection's password does not stand in the error, wherever it
 * would. */
static void
db_call_check_simulated_down(
    struct db_call *call, const struct db_connection *c)
{
	struct arena *a = arena_new();
	const char *url = db_connection_detail(a, c, "connection_url");
	struct db_address to;
	const char *why = NULL;

	db_address_read(a, c, &to);
	if (!db_call_url_is_readable(call, url))
		why = arena_printf(a,
		    "cannot parse `%s`: failed to parse as DSN (invalid dsn)",
		    url);
	else if (ends_with(to.host, ".invalid"))
		why = arena_printf(a,
		    "hostname resolving error (lookup %s: no such host)",
		    to.host);
	else if (strcmp(to.port, "1") == 0)
		why = arena_printf(a,
		    "dial error (dial tcp %s:1: connect: connection refused)",
		    to.host);
	if (why && db_call_url_is_readable(call, url))
		why = arena_printf(a,
		    "failed to connect to `host=%s user=%s database=%s`: %s",
		    to.host, to.user, to.database, why);
	if (why)
		db_call_connect_failed(call,
		    db_call_hide_password(
			a, why, db_connection_detail(a, c, "password")));
	arena_free(a);
}

/* ---- the run ---- */

static void
db_call_log_statements(struct db_call *call)
{
	struct statement s = {
		.at_ns = vault_now(call->vault),
		.request_id = call->request_id,
		.mount = call->mount_path,
		.connection = call->connection,
		.plugin = call->plugin->name,
		.operation = db_operations[call->operation].name,
		.user = call->user,
		.was_executed = call->live,
		.error = call->error.status ? call->error.text : NULL,
	};

	for (int i = 0; i < call->redacted.n; i++) {
		s.sql = call->redacted.strs[i];
		statement_log_add(call->vault, &s);
	}
}

/* The credentials of the connection as they are when its turn comes: those
 * before it may have changed them. */
static void
db_call_job_start(struct worker_job *job)
{
	struct db_call *call = (struct db_call *)job;
	struct arena *a = arena_new();
	struct db_connection c;

	if (!call->url &&
	    db_connection_get(
		call->vault, a, call->mount, call->connection, &c)) {
		db_call_read_credentials(call, &c);
		OPENSSL_cleanse((char *)c.details.p, c.details.n);
	}
	arena_free(a);
}

static void
db_call_job_run(struct worker_job *job, int stop_fd)
{
	struct db_call *call = (struct db_call *)job;

	if (call->url)
		db_postgres_run(job, stop_fd);
	else
		db_call_connect_failed(call, "the connection is gone");
}

static void
db_call_job_done(struct worker_job *job)
{
	struct db_call *call = (struct db_call *)job;

	db_call_log_statements(call);
	call->done(call);
	db_call_free(call);
}

static void
db_call_run_sync(struct db_call *call)
{
	const struct db_cached_connection *known;

	if (call->live) {
		db_call_job_start(&call->job);
		db_call_job_run(&call->job, -1);
		db_call_log_statements(call);
		return;
	}
	known = call->operation == DB_VERIFY
	    ? NULL
	    : db_connection_cached(call->vault, call->mount, call->connection);
	if (known)
		db_call_check_simulated_down(call, &known->connection);
	db_call_log_statements(call);
}

void
db_call_run(struct db_call *call, void (*fn)(struct db_call *call), void *arg)
{
	call->done = fn;
	call->arg = arg;
	if (!db_call_is_async(call)) {
		db_call_run_sync(call);
		return;
	}
	call->job.queue = xasprintf(
	    "database/%lld/%s", (long long)call->mount, call->connection);
	/* Vault: a plugin does one thing at a time; PostgreSQL would refuse
	 * some that meet ("tuple concurrently updated"). */
	call->job.exclusive = call->operation != DB_VERIFY;
	call->job.start = db_call_job_start;
	call->job.run = db_call_job_run;
	call->job.done = db_call_job_done;
	worker_submit(call->vault, &call->job);
}

/* ---- for handlers ---- */

static void
db_call_undo_done(struct db_call *call)
{
	if (call->error.status)
		log_msg(call->vault->log, LOG_ERROR, "secrets.database",
		    "failed to remove a user: user=%s error=\"%s\"", call->user,
		    call->error.text);
}

/* Removes a user that was made for a mount that is gone meanwhile. */
static void
db_call_undo_create(const struct db_call *made)
{
	struct db_call *call = xcalloc(1, sizeof(*call));

	call->vault = made->vault;
	call->mount = made->mount;
	call->mount_path = xstrdup(made->mount_path);
	call->connection = xstrdup(made->connection);
	call->request_id = xstrdup(made->request_id);
	call->plugin = made->plugin;
	call->operation = DB_REVOKE;
	call->user = xstrdup(made->user);
	call->live = call->default_revoke = true;
	call->url = db_call_dup_or_null(made->url);
	call->password = db_call_dup_or_null(made->password);
	if (db_call_is_async(call))
		db_call_run(call, db_call_undo_done, NULL);
	else
		db_call_free(call);
}

/* The mount may have gone while the database was asked. */
static void
db_call_request_done(struct db_call *call)
{
	struct request *req = call->req;
	enum handler_result v;

	store_request_begin(req->vault->store);
	req->mount = mount_by_id(req->vault, call->mount);
	if (req->mount && strcmp(req->mount->uuid, call->mount_uuid) != 0)
		req->mount = NULL; /* another state came over it */
	if (!req->mount && call->operation == DB_CREATE && !call->error.status)
		db_call_undo_create(call);
	v = req->mount ? call->reply(req, call)
		       : fail(req, 404,
			     "no handler for route \"%s\". route "
			     "entry not found.",
			     req->path);
	pipeline_resume(req, v);
}

enum handler_result
db_call_run_for_request(
    struct request *req, struct db_call *call, db_call_reply_fn next)
{
	bool is_async = db_call_is_async(call);
	enum handler_result v;

	call->req = req;
	call->reply = next;
	db_call_run(call, db_call_request_done, NULL);
	if (is_async)
		return PENDING;
	v = next(req, call);
	db_call_free(call);
	return v;
}
