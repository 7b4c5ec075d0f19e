/*
 * static-roles/, static-creds/, rotate-role/: one user that exists already,
 * whose password changes by period, by schedule or on demand.
 */
#include <stdlib.h>
#include <string.h>

#include "api/async_key.h"
#include "api/reply.h"
#include "base/duration.h"
#include "base/json/jsontree.h"
#include "core/expirer_key.h"
#include "secrets/database/database.h"
#include "secrets/database/database_common.h"
#include "secrets/database/schedule.h"

#define PERIOD_MIN_S 5
#define WINDOW_MIN_S 3600
/* Vault: what could not be rotated is tried again after this. */
#define ROTATION_RETRY_NS (10 * NSEC_PER_SEC)
/* A rotation that is pending when the process dies is tried again then. */
#define ROTATION_PENDING_MAX_NS (120 * NSEC_PER_SEC)

static const struct param params[] = {
	DB_CREDENTIAL_PARAMS,
	{ "name", P_STRING, NULL, "Name of the role" },
	{ "rotation_period", P_SECONDS, NULL, "Time between rotations" },
	{ "rotation_schedule", P_VERSION(P_STRING, VERSION_DATABASE_SCHEDULES),
	    NULL, "When to rotate, as cron" },
	{ "rotation_statements", P_STRINGS, NULL, "What changes it" },
	{ "rotation_window", P_VERSION(P_SECONDS, VERSION_DATABASE_SCHEDULES),
	    NULL, "How long after its time a rotation may come" },
	{ "self_managed_password", P_STRING, NULL, "Enterprise only" },
	{ "skip_import_rotation",
	    P_VERSION(P_BOOL, VERSION_DATABASE_SKIP_IMPORT), NULL,
	    "Enterprise only" },
	{ "username", P_STRING, NULL, "The user of the database" },
	PARAM_END,
};

static const struct param name_params[] = {
	{ "name", P_STRING, NULL, "Name of the static role" },
	PARAM_END,
};

static bool
db_static_read_stored(struct request *req, struct db_static_role *r)
{
	return db_static_get(req->vault, req->arena, req->mount->id,
	    param_capture(req, "name"), r);
}

static bool
db_static_exists(struct request *req)
{
	struct db_static_role r;

	return db_static_read_stored(req, &r);
}

/* The time of the rotation after `from`. */
static int64_t
db_static_next_rotation_ns(const struct db_static_role *r, int64_t from_ns)
{
	struct db_schedule s;

	if (r->period_s)
		return time_after_s(from_ns, r->period_s);
	return db_schedule_parse(r->schedule, &s)
	    ? db_schedule_next(&s, from_ns)
	    : 0;
}

static void
db_static_save(struct vault *v, int64_t mount, const struct db_static_role *r)
{
	db_static_put(v, mount, r);
	expirer_schedule(v, &database_expirer, r->due_ns);
}

/* ---- rotation ---- */

/* A call that rotates the role; NULL with Vault's refusal in e. What a failed
 * try may have set already is tried again. */
static struct db_call *
db_static_new_rotation_call(struct vault *v, struct arena *a,
    const struct mount *m, const struct request *req,
    const struct db_static_role *r, EVP_PKEY *pair, struct error *e)
{
	struct db_connection c;
	struct db_secret fresh = { 0 };
	struct db_call *call;

	if (!db_connection_require(v, a, m->id, r->db_name, &c, e) ||
	    !db_role_is_allowed(&c, r->name, e)) {
		EVP_PKEY_free(pair);
		return NULL;
	}
	if (!db_credential_type_supported(&c, r->credential_type)) {
		EVP_PKEY_free(pair);
		error_wrap(e, 500, "unsupported credential_type: \"%s\"",
		    r->credential_type);
		return NULL;
	}
	if (*r->pending_secret) {
		EVP_PKEY_free(pair);
		fresh.secret = xstrdup(r->pending_secret);
		fresh.public_key = xstrdup("");
	} else if (!db_secret_make(v, &c, r->credential_type,
		       r->credential_config, pair, &fresh, e)) {
		return NULL;
	}
	call = db_call_new(&(struct db_call_spec){
	    .vault = v,
	    .mount = m,
	    .req = req,
	    .connection = &c,
	    .operation = DB_ROTATE,
	    .commands = r->rotation,
	    .values = { r->username, fresh.secret, NULL, fresh.public_key },
	});
	db_secret_release(&fresh);
	return call;
}

/* The outcome, into the role. */
static void
db_static_finish_rotation(struct vault *v, int64_t mount,
    struct db_static_role *r, const struct db_call *call)
{
	int64_t now_ns = vault_now(v);

	if (call->error.status) {
		r->pending_secret = strcmp(r->credential_type, "password") == 0
		    ? call->secret
		    : "";
		r->due_ns = now_ns + ROTATION_RETRY_NS;
	} else {
		r->secret = call->secret;
		r->pending_secret = "";
		r->rotated_ns = now_ns;
		r->due_ns = db_static_next_rotation_ns(r, now_ns);
	}
	db_static_save(v, mount, r);
}

/* ---- roles ---- */

#define EXCLUSIVE                                                          \
	"mutually exclusive fields rotation_period and rotation_schedule " \
	"were both specified; only one of them can be provided"

/* Sets when the role is rotated; false: the request is refused. */
static bool
db_static_read_timing(struct request *req, bool known, struct db_static_role *r)
{
	const char *schedule = param_str(req, "rotation_schedule");
	bool period = param_is_given(req, "rotation_period");
	int64_t window_s = param_duration(req, "rotation_window");
	const char *text = NULL;
	struct db_schedule s;

	if (*schedule && period)
		text = EXCLUSIVE;
	else if (!known && !*schedule && !period)
		text = version_has(req->vault, VERSION_DATABASE_SCHEDULES)
		    ? "one of rotation_schedule or rotation_period must be "
		      "provided to create a static account"
		    : "rotation_period is required to create static accounts";
	else if (period &&
	    param_duration(req, "rotation_period") < PERIOD_MIN_S)
		text = arena_printf(req->arena,
		    "rotation_period must be %d seconds or more", PERIOD_MIN_S);
	else if (period && param_is_given(req, "rotation_window"))
		text = "rotation_window is invalid with use of rotation_period";
	else if (*schedule && !db_schedule_parse(schedule, &s))
		text = "could not parse rotation_schedule";
	else if (*schedule && param_is_given(req, "rotation_window") &&
	    window_s < WINDOW_MIN_S)
		text = "rotation_window is invalid";
	if (text)
		return refuse(req, 400, "%s", text);
	if (period) {
		r->period_s = param_duration(req, "rotation_period");
		r->schedule = "";
		r->window_s = 0;
	} else if (*schedule) {
		r->period_s = 0;
		r->schedule = schedule;
		if (param_is_given(req, "rotation_window"))
			r->window_s = window_s;
	}
	return true;
}

/* The same for the rest of the fields, in Vault's order. */
static bool
db_static_read_fields(struct request *req, bool known, struct db_static_role *r)
{
	const char *username = param_str(req, "username");
	struct error e = { 0 };

	if (!known || param_is_given(req, "db_name"))
		r->db_name = param_str(req, "db_name");
	if (*r->db_name == '\0')
		return refuse(req, 400, "database name is a required field");
	if (!known && *username == '\0')
		return refuse(req, 400,
		    "username is a required field to create a "
		    "static account");
	if (known && strcmp(r->username, username) != 0)
		return refuse(
		    req, 400, "cannot update static account username");
	r->username = username;
	if (!db_static_read_timing(req, known, r))
		return false;
	if (!known || param_is_given(req, "rotation_statements"))
		r->rotation = param_strings(req, "rotation_statements", NULL);
	if (db_credential_params(
		req, &r->credential_type, &r->credential_config, &e))
		return true;
	return refuse_error(req, &e);
}

static bool
db_static_read_role_fields(struct request *req, struct db_static_role *r)
{
	struct db_role other;
	bool known;

	*r = (struct db_static_role){ .credential_type = "password",
		.credential_config = SLICE("{}"),
		.schedule = "",
		.secret = "",
		.pending_secret = "" };
	known = db_static_read_stored(req, r);
	r->name = param_capture(req, "name");
	if (db_role_get(
		req->vault, req->arena, req->mount->id, r->name, &other))
		return refuse(
		    req, 400, "Role and Static Role names must be unique");
	return db_static_read_fields(req, known, r);
}

/* Since 1.16 a write is answered with an envelope that is empty. */
static enum handler_result
db_static_reply_written(struct request *req)
{
	return version_has(req->vault, VERSION_DATABASE_STATIC_WARN)
	    ? reply_data(req, NULL)
	    : reply_none(req);
}

/* Vault 1.19: a new static role is rotated at once, and kept when that went
 * well. */
static enum handler_result
db_static_role_created(struct request *req, struct db_call *call)
{
	struct db_static_role r;

	if (call->error.status)
		return fail_wrapped(req, 500, "error setting credentials: %s",
		    call->error.text);
	if (!db_static_read_role_fields(req, &r))
		return HANDLED;
	db_static_finish_rotation(req->vault, req->mount->id, &r, call);
	return db_static_reply_written(req);
}

static enum handler_result
db_static_write(struct request *req)
{
	struct db_static_role r;
	struct db_connection c;
	struct db_call *call;
	struct error e = { 0 };
	int bits;

	if (!db_static_read_role_fields(req, &r))
		return HANDLED;
	if (db_static_exists(req)) {
		if (!db_connection_require(req->vault, req->arena,
			req->mount->id, r.db_name, &c, &e))
			return fail_error(req, &e);
		if (param_is_given(req, "rotation_period") ||
		    param_is_given(req, "rotation_schedule"))
			r.due_ns = db_static_next_rotation_ns(&r, r.rotated_ns);
		db_static_save(req->vault, req->mount->id, &r);
		return db_static_reply_written(req);
	}
	bits = db_secret_rsa_bits(r.credential_type, r.credential_config);
	if (bits && !async_key_prepare_rsa(req, bits))
		return PENDING;
	call = db_static_new_rotation_call(req->vault, req->arena, req->mount,
	    req, &r, bits ? async_key_take_rsa(req, bits) : NULL, &e);
	return call ? db_call_run_for_request(req, call, db_static_role_created)
		    : fail_error(req, &e);
}

/* What reads of a role and of its credentials have in common. */
static void
db_static_add_timing(
    const struct request *req, json_t *data, const struct db_static_role *r)
{
	json_object_set_new(
	    data, "last_vault_rotation", reply_time_json(req, r->rotated_ns));
	if (r->period_s) {
		json_object_set_new(
		    data, "rotation_period", json_integer(r->period_s));
		return;
	}
	json_object_set_new(
	    data, "rotation_schedule", json_string(r->schedule));
	if (r->window_s)
		json_object_set_new(
		    data, "rotation_window", json_integer(r->window_s));
}

static enum handler_result
db_static_read(struct request *req)
{
	struct db_static_role r;
	json_t *data;

	if (!db_static_read_stored(req, &r))
		return reply_none(req);
	data = json_pack("{s:s, s:s, s:s, s:o}", "credential_type",
	    r.credential_type, "db_name", r.db_name, "username", r.username,
	    "rotation_statements", jsontree_strings(r.rotation));
	db_static_add_timing(req, data, &r);
	json_object_set_new(data, "skip_import_rotation", json_false());
	params_trim(req->vault, params, data);
	if (r.credential_config.n > 2)
		json_object_set_new(data, "credential_config",
		    jsontext_to_tree(r.credential_config));
	return reply_data(req, data);
}

static enum handler_result
db_static_delete(struct request *req)
{
	db_delete(req->vault, DB_STATIC_ROLES, req->mount->id,
	    param_capture(req, "name"));
	return reply_none(req);
}

static enum handler_result
db_static_list(struct request *req)
{
	return db_reply_names(req, DB_STATIC_ROLES);
}

/* ---- credentials ---- */

/* Replies with the current password of a static role and the seconds until its
 * next rotation. */
static enum handler_result
db_static_read_creds(struct request *req)
{
	struct db_static_role r;
	struct db_connection c;
	struct error e = { 0 };
	int64_t left_s;
	json_t *data;

	if (!db_static_read_stored(req, &r))
		return fail(
		    req, 400, "unknown role: %s", param_capture(req, "name"));
	if (!db_connection_require(
		req->vault, req->arena, req->mount->id, r.db_name, &c, &e) ||
	    !db_role_is_allowed(&c, r.name, &e))
		return fail_error(req, &e);
	left_s = (r.period_s
			 ? time_after_s(r.rotated_ns, r.period_s)
			 : db_static_next_rotation_ns(&r, req->started_ns)) -
	    req->started_ns;
	left_s = left_s > 0
	    ? time_after_ns(left_s, NSEC_PER_SEC / 2) / NSEC_PER_SEC
	    : 0;
	data = json_pack("{s:s, s:I, s:s}", "username", r.username, "ttl",
	    (json_int_t)left_s,
	    strcmp(r.credential_type, "rsa_private_key") == 0
		? "rsa_private_key"
		: "password",
	    r.secret);
	db_static_add_timing(req, data, &r);
	return reply_data(req, data);
}

static enum handler_result
db_static_rotate_done(struct request *req, struct db_call *call)
{
	struct db_static_role r;

	if (db_static_read_stored(req, &r))
		db_static_finish_rotation(req->vault, req->mount->id, &r, call);
	if (!call->error.status)
		return reply_none(req);
	store_keep_request_writes(req->vault->store);
	return fail_wrapped(req, 500,
	    "unable to finish rotating credentials; "
	    "retries will continue in the background but it is also safe to "
	    "retry manually: error setting credentials: %s",
	    call->error.text);
}

static enum handler_result
db_static_rotate(struct request *req)
{
	struct db_static_role r;
	struct db_call *call;
	struct error e = { 0 };
	int bits;

	if (!db_static_read_stored(req, &r))
		return fail(req, 400, "no static role found for role name");
	bits = db_secret_rsa_bits(r.credential_type, r.credential_config);
	if (bits && !async_key_prepare_rsa(req, bits))
		return PENDING;
	call = db_static_new_rotation_call(req->vault, req->arena, req->mount,
	    req, &r, bits ? async_key_take_rsa(req, bits) : NULL, &e);
	if (call)
		return db_call_run_for_request(
		    req, call, db_static_rotate_done);
	return fail_wrapped(req, 500,
	    "unable to finish rotating credentials; "
	    "retries will continue in the background but it is also safe to "
	    "retry manually: %s",
	    e.text);
}

/* ---- by the clock ---- */

static void
db_static_auto_rotate_done(struct db_call *call)
{
	struct vault *v = call->vault;
	struct arena *a = arena_new();
	struct db_static_role r;
	char *name = call->arg;

	if (call->error.status)
		log_msg(v->log, LOG_ERROR, "secrets.database",
		    "unable to rotate credentials in periodic function: "
		    "error=\"%s\"",
		    call->error.text);
	if (db_static_get(v, a, call->mount, name, &r))
		db_static_finish_rotation(v, call->mount, &r, call);
	free(name);
	arena_free(a);
}

/* Vault: outside its window a rotation waits for the next time. */
static bool
db_static_is_outside_window(const struct db_static_role *r, int64_t now_ns)
{
	return r->window_s && now_ns >= time_after_s(r->due_ns, r->window_s);
}

/* false: it waits for its key. */
static bool
db_static_auto_rotate(struct vault *v, struct arena *a, struct mount *m,
    struct db_static_role *r, int64_t now_ns)
{
	struct error e = { 0 };
	struct db_call *call = NULL;
	bool outside = db_static_is_outside_window(r, now_ns);
	int bits = outside || *r->pending_secret
	    ? 0
	    : db_secret_rsa_bits(r->credential_type, r->credential_config);

	if (bits && !expirer_prepare_rsa(v, &database_expirer, bits))
		return false;
	if (outside)
		r->due_ns = db_static_next_rotation_ns(r, now_ns);
	else if ((call = db_static_new_rotation_call(v, a, m, NULL, r,
		      bits ? expirer_take_rsa(v, &database_expirer, bits)
			   : NULL,
		      &e)))
		r->due_ns = now_ns + ROTATION_PENDING_MAX_NS;
	else
		r->due_ns = now_ns + ROTATION_RETRY_NS;
	db_static_save(v, m->id, r);
	if (!call)
		return true;
	if (db_call_is_async(call)) {
		db_call_run(call, db_static_auto_rotate_done, xstrdup(r->name));
		return true;
	}
	db_call_run(call, NULL, xstrdup(r->name));
	db_static_auto_rotate_done(call);
	db_call_free(call);
	return true;
}

static int
db_static_auto_rotate_all_due(struct vault *v, int64_t now_ns)
{
	struct arena *a = arena_new();
	struct db_static_role r;
	const char *name;
	int64_t mount;
	int n = 0;

	while ((n == 0 || expirer_has_time(v)) &&
	    db_static_find_due(v, a, now_ns, &mount, &name)) {
		struct mount *m = mount_by_id(v, mount);

		if (!m || !db_static_get(v, a, mount, name, &r))
			db_delete(v, DB_STATIC_ROLES, mount, name);
		else if (!db_static_auto_rotate(v, a, m, &r, now_ns))
			break;
		n++;
	}
	arena_free(a);
	return n;
}

const struct expirer database_expirer = { "database", db_static_next_due_ns,
	db_static_auto_rotate_all_due, true };

const struct route database_static_routes[] = {
	{ OP_LIST, "static-roles/?", 0, NULL, db_static_list, NULL,
	    "Names of the static roles" },
	{ OP_READ, "static-roles/{name}", 0, params, db_static_read, NULL,
	    "Read a static role" },
	{ OP_WRITE, "static-roles/{name}", 0, params, db_static_write,
	    db_static_exists, "Make or change a static role" },
	{ OP_DELETE, "static-roles/{name}", 0, params, db_static_delete, NULL,
	    "Remove a static role" },
	{ OP_READ, "static-creds/{name}", 0, name_params, db_static_read_creds,
	    NULL, "The password of a static role" },
	{ OP_WRITE, "rotate-role/{name}", 0, name_params, db_static_rotate,
	    NULL, "Change the password of a static role" },
	ROUTE_END,
};
