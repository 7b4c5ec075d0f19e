/*
 * static-roles/, static-creds/, rotate-role/: one user that exists already, whose
 * password changes by period, by schedule or on demand.
 */
#include <stdlib.h>
#include <string.h>

#include "api/reply.h"
#include "base/duration.h"
#include "base/json/json_tree.h"
#include "secrets/database/database.h"
#include "secrets/database/schedule.h"

#define PERIOD_MIN 5
#define WINDOW_MIN 3600
/* Vault: what could not be rotated is tried again after this. */
#define RETRY (10 * NSEC)
/* A rotation that is underway when the process dies is tried again then. */
#define UNDERWAY_MAX (120 * NSEC)

static const struct param params[] = {
	DB_CREDENTIAL_PARAMS,
	{ "name", P_STRING, NULL, "Name of the role" },
	{ "rotation_period", P_SECONDS, NULL, "Time between rotations" },
	{ "rotation_schedule", P_STRING, NULL, "When to rotate, as cron" },
	{ "rotation_statements", P_STRINGS, NULL, "What changes it" },
	{ "rotation_window", P_SECONDS, NULL,
	    "How long after its time a rotation may come" },
	{ "self_managed_password", P_STRING, NULL, "Enterprise only" },
	{ "skip_import_rotation", P_BOOL, NULL, "Enterprise only" },
	{ "username", P_STRING, NULL, "The user of the database" },
	PARAM_END,
};

static const struct param name_params[] = {
	{ "name", P_STRING, NULL, "Name of the static role" },
	PARAM_END,
};

static bool
find(struct request *req, struct db_static_role *r)
{
	return db_static_get(req->vault, req->arena, req->mount->id,
	    capture(req, "name"), r);
}

static bool
role_exists(struct request *req)
{
	struct db_static_role r;

	return find(req, &r);
}

/* The instant of the rotation after `from`. */
static int64_t
next_rotation(const struct db_static_role *r, int64_t from)
{
	struct db_schedule s;

	if (r->period)
		return from + r->period * NSEC;
	return db_schedule_parse(r->schedule, &s)
	    ? db_schedule_next(&s, from) : 0;
}

static void
save(struct vault *v, int64_t mount, const struct db_static_role *r)
{
	db_static_put(v, mount, r);
	sweep_note(v, &database_sweep, r->due);
}

/* ---- rotation ---- */

/* A call that rotates the role; NULL with Vault's refusal in e. What a failed
 * try may have set already is tried again. */
static struct db_call *
rotation(struct vault *v, struct arena *a, const struct mount *m,
    const struct request *req, const struct db_static_role *r,
    struct error *e)
{
	struct db_connection c;
	struct db_secret fresh = { 0 };
	struct db_call *call;

	if (!db_connection_of(v, a, m->id, r->db_name, &c, e) ||
	    !db_role_allowed(&c, r->name, e))
		return NULL;
	if (!db_type_supported(&c, r->credential_type)) {
		error_wrap(e, 500, "unsupported credential_type: \"%s\"",
		    r->credential_type);
		return NULL;
	}
	if (*r->pending) {
		fresh.secret = xstrdup(r->pending);
		fresh.public_key = xstrdup("");
	} else if (!db_secret_make(v, &c, r->credential_type,
		       r->credential_config, &fresh, e)) {
		return NULL;
	}
	call = db_call_new(v, m, req, &c, DB_ROTATE, r->rotation,
	    &(struct db_values){ r->username, fresh.secret, NULL,
		fresh.public_key });
	db_secret_release(&fresh);
	return call;
}

/* The outcome, into the role. */
static void
settle(struct vault *v, int64_t mount, struct db_static_role *r,
    const struct db_call *call)
{
	int64_t now = vault_now(v);

	if (call->error.status) {
		r->pending = strcmp(r->credential_type, "password") == 0
		    ? call->secret : "";
		r->due = now + RETRY;
	} else {
		r->secret = call->secret;
		r->pending = "";
		r->rotated = now;
		r->due = next_rotation(r, now);
	}
	save(v, mount, r);
}

/* ---- roles ---- */

#define EXCLUSIVE                                                          \
	"mutually exclusive fields rotation_period and rotation_schedule " \
	"were both specified; only one of them can be provided"

/* false with a refusal in *v. */
static bool
take_timing(struct request *req, bool known, struct db_static_role *r,
    verdict *v)
{
	const char *schedule = par_str(req, "rotation_schedule");
	bool period = par_given(req, "rotation_period");
	int64_t window = par_secs(req, "rotation_window");
	struct db_schedule s;

	*v = NULL;
	if (*schedule && period)
		*v = fail(req, 400, EXCLUSIVE);
	else if (!known && !*schedule && !period)
		*v = fail(req, 400, "one of rotation_schedule or "
		    "rotation_period must be provided to create a static "
		    "account");
	else if (period && par_secs(req, "rotation_period") < PERIOD_MIN)
		*v = fail(req, 400, "rotation_period must be %d seconds or "
		    "more", PERIOD_MIN);
	else if (period && par_given(req, "rotation_window"))
		*v = fail(req, 400, "rotation_window is invalid with use of "
		    "rotation_period");
	else if (*schedule && !db_schedule_parse(schedule, &s))
		*v = fail(req, 400, "could not parse rotation_schedule");
	else if (*schedule && par_given(req, "rotation_window") &&
	    window < WINDOW_MIN)
		*v = fail(req, 400, "rotation_window is invalid");
	if (*v)
		return false;
	if (period) {
		r->period = par_secs(req, "rotation_period");
		r->schedule = "";
		r->window = 0;
	} else if (*schedule) {
		r->period = 0;
		r->schedule = schedule;
		if (par_given(req, "rotation_window"))
			r->window = window;
	}
	return true;
}

/* The same for the rest of the fields, in Vault's order. */
static bool
take_fields(struct request *req, bool known, struct db_static_role *r,
    verdict *v)
{
	const char *username = par_str(req, "username");
	struct error e = { 0 };

	if (!known || par_given(req, "db_name"))
		r->db_name = par_str(req, "db_name");
	if (*r->db_name == '\0') {
		*v = fail(req, 400, "database name is a required field");
		return false;
	}
	if (!known && *username == '\0') {
		*v = fail(req, 400, "username is a required field to create a "
				    "static account");
		return false;
	}
	if (known && strcmp(r->username, username) != 0) {
		*v = fail(req, 400, "cannot update static account username");
		return false;
	}
	r->username = username;
	if (!take_timing(req, known, r, v))
		return false;
	if (!known || par_given(req, "rotation_statements"))
		r->rotation = par_list(req, "rotation_statements", NULL);
	if (db_credential_params(req, &r->credential_type,
		&r->credential_config, &e))
		return true;
	*v = fail_error(req, &e);
	return false;
}

static bool
take_role(struct request *req, struct db_static_role *r, verdict *v)
{
	struct db_role other;
	bool known;

	*r = (struct db_static_role){ .credential_type = "password",
		.credential_config = SLICE("{}"),
		.schedule = "",
		.secret = "",
		.pending = "" };
	known = find(req, r);
	r->name = capture(req, "name");
	if (db_role_get(req->vault, req->arena, req->mount->id, r->name,
		&other)) {
		*v = fail(req, 400,
		    "Role and Static Role names must be unique");
		return false;
	}
	return take_fields(req, known, r, v);
}

/* Vault 1.19: a new static role is rotated at once, and kept when that went
 * well. */
static verdict
created(struct request *req, struct db_call *call)
{
	struct db_static_role r;
	verdict v;

	if (call->error.status)
		return fail_wrapped(req, 500, "error setting credentials: %s",
		    call->error.text);
	if (!take_role(req, &r, &v))
		return v;
	settle(req->vault, req->mount->id, &r, call);
	return reply_data(req, NULL);
}

static verdict
write_role(struct request *req)
{
	struct db_static_role r;
	struct db_call *call;
	struct error e = { 0 };
	verdict v;

	if (!take_role(req, &r, &v))
		return v;
	if (role_exists(req)) {
		if (par_given(req, "rotation_period") ||
		    par_given(req, "rotation_schedule"))
			r.due = next_rotation(&r, r.rotated);
		save(req->vault, req->mount->id, &r);
		return reply_data(req, NULL);
	}
	call = rotation(req->vault, req->arena, req->mount, req, &r, &e);
	return call ? db_perform(req, call, created) : fail_error(req, &e);
}

/* What reads of a role and of its credentials have in common. */
static void
add_timing(const struct request *req, json_t *data,
    const struct db_static_role *r)
{
	json_object_set_new(data, "last_vault_rotation",
	    json_instant(req, r->rotated));
	if (r->period) {
		json_object_set_new(data, "rotation_period",
		    json_integer(r->period));
		return;
	}
	json_object_set_new(data, "rotation_schedule",
	    json_string(r->schedule));
	if (r->window)
		json_object_set_new(data, "rotation_window",
		    json_integer(r->window));
}

static verdict
read_role(struct request *req)
{
	struct db_static_role r;
	json_t *data;

	if (!find(req, &r))
		return reply_none(req);
	data = json_pack("{s:s, s:s, s:s, s:o}", "credential_type",
	    r.credential_type, "db_name", r.db_name, "username", r.username,
	    "rotation_statements", json_texts(r.rotation));
	add_timing(req, data, &r);
	if (r.credential_config.n > 2)
		json_object_set_new(data, "credential_config",
		    jtext_tree(r.credential_config));
	return reply_data(req, data);
}

static verdict
delete_role(struct request *req)
{
	db_delete(req->vault, DB_STATIC_ROLES, req->mount->id,
	    capture(req, "name"));
	return reply_none(req);
}

static verdict
list_roles(struct request *req)
{
	return db_list(req, DB_STATIC_ROLES);
}

/* ---- credentials ---- */

static verdict
read_creds(struct request *req)
{
	struct db_static_role r;
	struct db_connection c;
	struct error e = { 0 };
	int64_t left;
	json_t *data;

	if (!find(req, &r))
		return fail(req, 400, "unknown role: %s",
		    capture(req, "name"));
	if (!db_connection_of(req->vault, req->arena, req->mount->id,
		r.db_name, &c, &e) ||
	    !db_role_allowed(&c, r.name, &e))
		return fail_error(req, &e);
	left = (r.period ? r.rotated + r.period * NSEC
			 : next_rotation(&r, req->started)) - req->started;
	left = left > 0 ? (left + NSEC / 2) / NSEC : 0;
	data = json_pack("{s:s, s:I, s:s}", "username", r.username, "ttl",
	    (json_int_t)left,
	    strcmp(r.credential_type, "rsa_private_key") == 0
		? "rsa_private_key" : "password", r.secret);
	add_timing(req, data, &r);
	return reply_data(req, data);
}

static verdict
rotated(struct request *req, struct db_call *call)
{
	struct db_static_role r;

	if (find(req, &r))
		settle(req->vault, req->mount->id, &r, call);
	if (!call->error.status)
		return reply_none(req);
	store_keep(req->vault->store);
	return fail_wrapped(req, 500, "unable to finish rotating credentials; "
	    "retries will continue in the background but it is also safe to "
	    "retry manually: error setting credentials: %s",
	    call->error.text);
}

static verdict
rotate_role(struct request *req)
{
	struct db_static_role r;
	struct db_call *call;
	struct error e = { 0 };

	if (!find(req, &r))
		return fail(req, 400, "no static role found for role name");
	call = rotation(req->vault, req->arena, req->mount, req, &r, &e);
	if (call)
		return db_perform(req, call, rotated);
	return fail_wrapped(req, 500, "unable to finish rotating credentials; "
	    "retries will continue in the background but it is also safe to "
	    "retry manually: %s", e.text);
}

/* ---- by the clock ---- */

static void
clock_rotated(struct db_call *call)
{
	struct vault *v = call->vault;
	struct arena *a = arena_new();
	struct db_static_role r;
	char *name = call->arg;

	if (call->error.status)
		log_msg(v->log, LOG_ERROR, "secrets.database",
		    "unable to rotate credentials in periodic function: "
		    "error=\"%s\"", call->error.text);
	if (db_static_get(v, a, call->mount, name, &r))
		settle(v, call->mount, &r, call);
	free(name);
	arena_free(a);
}

/* Vault: outside its window a rotation waits for the next time. */
static bool
too_late(const struct db_static_role *r, int64_t now)
{
	return r->window && now >= r->due + r->window * NSEC;
}

static void
rotate_due(struct vault *v, struct arena *a, struct mount *m,
    struct db_static_role *r, int64_t now)
{
	struct error e = { 0 };
	struct db_call *call = NULL;

	if (too_late(r, now))
		r->due = next_rotation(r, now);
	else if ((call = rotation(v, a, m, NULL, r, &e)))
		r->due = now + UNDERWAY_MAX;
	else
		r->due = now + RETRY;
	save(v, m->id, r);
	if (!call)
		return;
	if (db_call_waits(call)) {
		db_call_run(call, clock_rotated, xstrdup(r->name));
		return;
	}
	db_call_run(call, NULL, xstrdup(r->name));
	clock_rotated(call);
	db_call_free(call);
}

static int
rotate_all_due(struct vault *v, int64_t now)
{
	struct arena *a = arena_new();
	struct db_static_role r;
	const char *name;
	int64_t mount;
	int n = 0;

	while (db_static_due(v, a, now, &mount, &name)) {
		struct mount *m = mount_by_id(v, mount);

		if (m && db_static_get(v, a, mount, name, &r))
			rotate_due(v, a, m, &r, now);
		else
			db_delete(v, DB_STATIC_ROLES, mount, name);
		n++;
	}
	arena_free(a);
	return n;
}

const struct sweep database_sweep = { "database", db_static_next_due,
	rotate_all_due };

const struct route database_static_routes[] = {
	{ OP_LIST, "static-roles/?", 0, NULL, list_roles, NULL,
	    "Names of the static roles" },
	{ OP_READ, "static-roles/{name}", 0, name_params, read_role, NULL,
	    "Read a static role" },
	{ OP_WRITE, "static-roles/{name}", 0, params, write_role,
	    role_exists, "Make or change a static role" },
	{ OP_DELETE, "static-roles/{name}", 0, name_params, delete_role,
	    NULL, "Remove a static role" },
	{ OP_READ, "static-creds/{name}", 0, name_params, read_creds, NULL,
	    "The password of a static role" },
	{ OP_WRITE, "rotate-role/{name}", 0, name_params, rotate_role, NULL,
	    "Change the password of a static role" },
	ROUTE_END,
};
