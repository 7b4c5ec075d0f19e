/*
 * Calls on databases: noted, refused when the connection is down, or handed to a
 * thread.
 */
#include "secrets/database/call.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/reply.h"
#include "base/text.h"
#include "core/statement_log.h"

static const struct {
	const char *name;
	enum db_use use;
	/* Vault's words before a refusal: no connection, a bad statement. */
	const char *connect, *statement, *end;
} operations[] = {
	[DB_VERIFY] = { "verify", DB_USE_CREATE,
	    "error verifying connection: ", "", "" },
	[DB_CREATE] = { "create", DB_USE_CREATE,
	    "unable to start transaction: ", "failed to execute query: ",
	    "" },
	[DB_RENEW] = { "renew", DB_USE_RENEW, "1 error occurred:\n\t* ",
	    "1 error occurred:\n\t* ", "\n\n" },
	[DB_REVOKE] = { "revoke", DB_USE_REVOKE, "", "", "" },
	[DB_ROTATE] = { "rotate", DB_USE_ROTATE,
	    "1 error occurred:\n\t* user does not appear to exist: ",
	    "1 error occurred:\n\t* failed to execute query: ", "\n\n" },
	[DB_ROTATE_ROOT] = { "rotate-root", DB_USE_ROTATE,
	    "1 error occurred:\n\t* user does not appear to exist: ",
	    "1 error occurred:\n\t* failed to execute query: ", "\n\n" },
};

static void look_whether_down(struct db_call *call,
    const struct db_connection *c);

static char *
copy(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

static void
prepare(struct db_call *call, const struct db_connection *c)
{
	struct arena *a = arena_new();
	char *text;

	call->url = db_url(c);
	text = (char *)db_connection_detail(a, c, "password");
	call->password = xstrdup(text);
	OPENSSL_cleanse(text, strlen(text));
	arena_free(a);
}

struct db_call *
db_call_new(struct vault *v, const struct mount *m,
    const struct request *req, const struct db_connection *c,
    enum db_operation operation, char *const *commands,
    const struct db_values *values)
{
	struct db_call *call = xcalloc(1, sizeof(*call));
	enum db_use use = operations[operation].use;

	call->vault = v;
	call->mount = m->id;
	call->mount_path = xstrdup(m->path);
	call->mount_uuid = xstrdup(m->uuid);
	call->connection = xstrdup(c->name);
	call->request = xstrdup(req ? req->id : "");
	call->plugin = db_plugin_find(c->plugin);
	call->operation = operation;
	call->user = xstrdup(values->name ? values->name : "");
	call->secret = copy(values->password);
	call->live = v->config.database_live && call->plugin->live;
	call->default_revoke = operation == DB_REVOKE && call->live &&
	    !(commands && commands[0]);
	if (operation == DB_VERIFY) {
		/* Not stored yet, so this is the time to look at it. */
		if (call->live)
			prepare(call, c);
		else
			look_whether_down(call, c);
		return call;
	}
	db_render(call->plugin, use, commands, values, true, &call->shown);
	if (call->live)
		db_render(call->plugin, use, commands, values, false,
		    &call->run);
	return call;
}

void
db_call_free(struct db_call *call)
{
	if (!call)
		return;
	db_statements_free(&call->shown);
	db_statements_free(&call->run);
	db_wipe(call->url);
	db_wipe(call->password);
	db_wipe(call->secret);
	free((char *)call->job.lane);
	free(call->mount_path);
	free(call->mount_uuid);
	free(call->connection);
	free(call->request);
	free(call->user);
	free(call);
}

bool
db_call_waits(const struct db_call *call)
{
	return call->live && call->vault->worker;
}

/* ---- refusals ---- */

static void
refuse(struct db_call *call, const char *before, const char *why)
{
	if (!call->error.status)
		error_wrap(&call->error, 500, "%s%s%s", before, why,
		    operations[call->operation].end);
}

void
db_call_no_connection(struct db_call *call, const char *why)
{
	refuse(call, operations[call->operation].connect, why);
}

void
db_call_refused(struct db_call *call, const char *why)
{
	refuse(call, operations[call->operation].statement, why);
}

/* By default nobody is asked, and this is who is not at home. */
static void
look_whether_down(struct db_call *call, const struct db_connection *c)
{
	struct arena *a = arena_new();
	struct db_address to;
	const char *why = NULL;

	db_address_of(a, c, &to);
	if (ends_with(to.host, ".invalid"))
		why = arena_printf(a, "hostname resolving error (lookup %s: "
		    "no such host)", to.host);
	else if (strcmp(to.port, "1") == 0)
		why = arena_printf(a, "dial error (dial tcp %s:1: connect: "
		    "connection refused)", to.host);
	if (why)
		db_call_no_connection(call, arena_printf(a,
		    "failed to connect to `host=%s user=%s database=%s`: %s",
		    to.host, to.user, to.database, why));
	arena_free(a);
}

/* ---- the run ---- */

static void
note(struct db_call *call)
{
	struct statement s = {
		.at = vault_now(call->vault),
		.request = call->request,
		.mount = call->mount_path,
		.connection = call->connection,
		.plugin = call->plugin->name,
		.operation = operations[call->operation].name,
		.user = call->user,
		.live = call->live,
		.error = call->error.status ? call->error.text : NULL,
	};

	for (int i = 0; i < call->shown.n; i++) {
		s.text = call->shown.texts[i];
		statement_log_add(call->vault, &s);
	}
}

/* The credentials of the connection as they are when its turn comes: those
 * before it may have changed them. */
static void
start(struct worker_job *job)
{
	struct db_call *call = (struct db_call *)job;
	struct arena *a = arena_new();
	struct db_connection c;

	if (!call->url &&
	    db_connection_get(call->vault, a, call->mount, call->connection,
		&c)) {
		prepare(call, &c);
		OPENSSL_cleanse((char *)c.details.p, c.details.n);
	}
	arena_free(a);
}

static void
run(struct worker_job *job, int stop_fd)
{
	struct db_call *call = (struct db_call *)job;

	if (call->url)
		db_postgres_run(job, stop_fd);
	else
		db_call_no_connection(call, "the connection is gone");
}

static void
done(struct worker_job *job)
{
	struct db_call *call = (struct db_call *)job;

	note(call);
	call->done(call);
	db_call_free(call);
}

static void
run_here(struct db_call *call)
{
	const struct db_known *known;

	if (call->live) {
		start(&call->job);
		run(&call->job, -1);
		note(call);
		return;
	}
	known = call->operation == DB_VERIFY ? NULL
	    : db_connection_known(call->vault, call->mount, call->connection);
	if (known)
		look_whether_down(call, &known->connection);
	note(call);
}

void
db_call_run(struct db_call *call, void (*fn)(struct db_call *call), void *arg)
{
	call->done = fn;
	call->arg = arg;
	if (!db_call_waits(call)) {
		run_here(call);
		return;
	}
	call->job.lane = xasprintf("database/%lld/%s", (long long)call->mount,
	    call->connection);
	/* Vault: a plugin does one thing at a time; PostgreSQL would refuse
	 * some that meet ("tuple concurrently updated"). */
	call->job.alone = call->operation != DB_VERIFY;
	call->job.start = start;
	call->job.run = run;
	call->job.done = done;
	worker_submit(call->vault, &call->job);
}

/* ---- for handlers ---- */

static void
undone(struct db_call *call)
{
	if (call->error.status)
		log_msg(call->vault->log, LOG_ERROR, "secrets.database",
		    "failed to remove a user: user=%s error=\"%s\"",
		    call->user, call->error.text);
}

/* Nobody will ever know of the user that was made: off with it. */
static void
undo(const struct db_call *made)
{
	struct db_call *call = xcalloc(1, sizeof(*call));

	call->vault = made->vault;
	call->mount = made->mount;
	call->mount_path = xstrdup(made->mount_path);
	call->connection = xstrdup(made->connection);
	call->request = xstrdup(made->request);
	call->plugin = made->plugin;
	call->operation = DB_REVOKE;
	call->user = xstrdup(made->user);
	call->live = call->default_revoke = true;
	call->url = copy(made->url);
	call->password = copy(made->password);
	if (db_call_waits(call))
		db_call_run(call, undone, NULL);
	else
		db_call_free(call);
}

/* The mount may have gone while the database was asked. */
static void
performed(struct db_call *call)
{
	struct request *req = call->req;
	verdict v;

	store_request_begin(req->vault->store);
	req->mount = mount_by_id(req->vault, call->mount);
	if (req->mount && strcmp(req->mount->uuid, call->mount_uuid) != 0)
		req->mount = NULL; /* another state came over it */
	if (!req->mount && call->operation == DB_CREATE &&
	    !call->error.status)
		undo(call);
	v = req->mount ? call->next(req, call)
		       : fail(req, 404, "no handler for route \"%s\". route "
					"entry not found.", req->path);
	pipeline_resume(req, v);
}

verdict
db_perform(struct request *req, struct db_call *call, db_next next)
{
	bool waits = db_call_waits(call);
	verdict v;

	call->req = req;
	call->next = next;
	db_call_run(call, performed, NULL);
	if (waits)
		return reply_later(req);
	v = next(req, call);
	db_call_free(call);
	return v;
}
