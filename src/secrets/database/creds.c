/*
 * creds/: a user made for whoever asks, and the lease it lives and ends with.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/async_key.h"
#include "api/reply.h"
#include "base/duration.h"
#include "base/text.h"
#include "secrets/database/username_template.h"
#include "secrets/database/database.h"
#include "secrets/database/database_common.h"

/* Vault: the user outlives its lease a little, never the other way round. */
#define EXPIRATION_GRACE_NS (5 * NSEC_PER_SEC)

static char *
db_creds_expiration_str(struct arena *a, int64_t at_ns)
{
	time_t seconds = (time_t)(time_after_ns(at_ns, EXPIRATION_GRACE_NS) /
	    NSEC_PER_SEC);
	char *out = arena_alloc(a, 40);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(out, 40, "%Y-%m-%d %H:%M:%S+0000", &tm);
	return out;
}

/* ---- making one ---- */

static int64_t
db_creds_role_ttl_s(struct request *req, const struct db_role *r, char *warning)
{
	return vault_scale_ttl(req->vault,
	    ttl_calculate(
		&(struct ttl_request){
		    .own_ttl_s = r->default_ttl_s,
		    .own_max_s = r->max_ttl_s,
		    .default_s = mount_default_ttl(req->vault, req->mount),
		    .max_s = mount_max_ttl(req->vault, req->mount),
		},
		warning));
}

/* What creds needs of a role. */
struct db_creds_context {
	const struct db_role *role;
	struct db_cached_connection *cached;
	const struct db_connection *connection; /* known's */
};

static bool
db_creds_check_role(
    struct request *req, const char *name, struct db_creds_context *m)
{
	struct error e = { 0 };

	m->role = db_role_cached(req->vault, req->mount->id, name);
	if (!m->role)
		return refuse(req, 400, "unknown role: %s", name);
	m->cached = db_connection_cached(
	    req->vault, req->mount->id, m->role->db_name);
	m->connection = m->cached ? &m->cached->connection : NULL;
	if (!m->cached)
		error_wrap(&e, 500, DB_NO_CONNECTION, m->role->db_name);
	if (!m->cached || !db_role_is_allowed(m->connection, name, &e))
		return refuse_error(req, &e);
	return db_credential_type_supported(
		   m->connection, m->role->credential_type) ||
	    refuse(req, 400, "unsupported credential_type: \"%s\"",
		m->role->credential_type);
}

/* Parsed once for each connection. */
static const struct username_template *
db_creds_username_template(struct db_cached_connection *k, struct error *e)
{
	const char *own;

	if (k->username_template)
		return k->username_template;
	own = db_connection_detail(
	    k->arena, &k->connection, "username_template");
	if (!*own)
		own =
		    db_plugin_of_kept(k->connection.plugin)->username_template;
	k->username_template = username_template_parse(k->arena, own, e);
	return k->username_template;
}

static const char *
db_creds_make_username(
    struct request *req, const struct db_creds_context *m, struct error *e)
{
	struct username_data data = { req->token ? req->token->display_name
						 : "",
		m->role->name, req->vault->random, vault_now(req->vault) };
	const struct username_template *t = db_creds_username_template(
	    m->cached, e);

	return t ? username_template_render(req->arena, t, &data, e) : NULL;
}

static void
db_creds_put_json_str(struct buf *out, const char *before, const char *text)
{
	buf_str(out, before);
	jsontext_quote_str(out, text);
}

static char *
db_creds_lease_internal(
    struct request *req, const struct db_role *r, const char *user)
{
	struct buf text;
	char *out;

	buf_init(&text, 0);
	db_creds_put_json_str(&text, "{\"db_name\":", r->db_name);
	buf_str(&text, ",\"revocation_statements\":[");
	for (char **s = r->revocation; *s; s++)
		db_creds_put_json_str(&text, s == r->revocation ? "" : ",", *s);
	db_creds_put_json_str(&text, "],\"role\":", r->name);
	db_creds_put_json_str(&text, ",\"username\":", user);
	buf_char(&text, '}');
	out = arena_strndup(req->arena, text.p, text.n);
	buf_release(&text);
	return out;
}

/* The members in order of their names. */
static enum handler_result
db_creds_reply_user(struct request *req, const struct lease *l,
    const char *type, const struct db_call *call)
{
	bool key = strcmp(type, "rsa_private_key") == 0;
	struct buf *out = &req->reply.data;

	buf_clear(out);
	db_creds_put_json_str(out,
	    key ? "{\"rsa_private_key\":" : "{\"password\":", call->secret);
	db_creds_put_json_str(out, ",\"username\":", call->user);
	buf_char(out, '}');
	req->reply.lease_id = arena_strdup(req->arena, l->id);
	req->reply.lease_duration_s = l->ttl_s;
	req->reply.renewable = true;
	return reply_written(req);
}

/* A token that ended while its user was made takes the user with it. */
static enum handler_result
db_creds_revoke_orphan_lease(struct request *req, struct lease *l)
{
	store_keep_request_writes(req->vault->store);
	lease_revoke_or_retry(req->vault, l);
	store_keep_request_writes(req->vault->store);
	return fail_wrapped(req, 500,
	    "failed to register lease: token is "
	    "gone");
}

static enum handler_result
db_creds_register_lease(
    struct request *req, const struct db_role *r, const struct db_call *call)
{
	char warning[TTL_WARNING_MAX] = "";
	struct lease l = {
		.token_id = req->token->id,
		.mount_id = req->mount->id,
		.path = req->path,
		.engine_data = db_creds_lease_internal(req, r, call->user),
		.ttl_s = db_creds_role_ttl_s(req, r, warning),
		.max_ttl_s = r->max_ttl_s,
		.renewable = true,
	};
	struct token *t;

	if (*warning)
		reply_warn(req, "%s", warning);
	lease_register(req->vault, req->arena, &l);
	t = token_lookup(req->vault, req->token->client_token);
	token_unref(t);
	return !t && req->token->num_uses != -1
	    ? db_creds_revoke_orphan_lease(req, &l)
	    : db_creds_reply_user(req, &l, r->credential_type, call);
}

/* The role as it was when its statements were taken; only names and times of
 * it are needed now. */
static enum handler_result
db_creds_user_created(struct request *req, struct db_call *call)
{
	struct db_creds_context m;
	struct db_role gone;

	if (call->error.status)
		return fail_error(req, &call->error);
	if (!db_creds_check_role(req, param_capture(req, "name"), &m)) {
		gone = (struct db_role){ .name = param_capture(req, "name"),
			.db_name = call->connection,
			.revocation = (char *[]){ NULL },
			.credential_type = "password" };
		m.role = &gone;
	}
	return db_creds_register_lease(req, m.role, call);
}

/* Makes a user in the database by the role's statements and hands it out with a
 * lease. */
static enum handler_result
db_creds_read(struct request *req)
{
	char warning[TTL_WARNING_MAX];
	struct db_secret fresh;
	struct error e = { 0 };
	struct db_creds_context m;
	const char *user;
	struct db_call *call;
	int bits;

	if (!db_creds_check_role(req, param_capture(req, "name"), &m))
		return HANDLED;
	if (!m.role->creation[0] &&
	    !db_plugin_of_kept(m.connection->plugin)->create)
		return fail_wrapped(req, 500, "empty creation statements");
	bits = db_secret_rsa_bits(
	    m.role->credential_type, m.role->credential_config);
	if (bits && !async_key_prepare_rsa(req, bits))
		return PENDING;
	user = db_creds_make_username(req, &m, &e);
	if (!user)
		return fail_wrapped(req, 500,
		    "failed to generate username: "
		    "%s",
		    e.text);
	if (!db_secret_make(req->vault, m.connection, m.role->credential_type,
		m.role->credential_config,
		bits ? async_key_take_rsa(req, bits) : NULL, &fresh, &e))
		return fail_error(req, &e);
	call = db_call_new_for_request(req, m.connection, DB_CREATE,
	    m.role->creation,
	    (struct db_values){ user, fresh.secret,
		db_creds_expiration_str(req->arena,
		    time_after_s(vault_now(req->vault),
			db_creds_role_ttl_s(req, m.role, warning))),
		fresh.public_key });
	db_secret_release(&fresh);
	return db_call_run_for_request(req, call, db_creds_user_created);
}

/* ---- its lease ---- */

/* What the lease remembers of its user. */
struct db_lease_user {
	struct arena *arena;
	const char *name, *role, *db_name;
	char **revocation;
	bool role_exists; /* the role is still there */
	struct db_role current_role;
};

/* Reads what a lease says of its user, and the role as it is now, into u. The
 * caller releases u->arena. */
static void
db_creds_read_lease_user(struct vault *v, const struct mount *m,
    const struct lease *l, struct db_lease_user *u)
{
	json_t *own = jsontext_to_tree(
	    slice_of(l->engine_data ? l->engine_data : "{}"));
	json_t *undo = json_object_get(own, "revocation_statements");
	const char *strs[3];
	static const char *const keys[] = { "username", "role", "db_name" };
	size_t n = json_array_size(undo);

	memset(u, 0, sizeof(*u));
	u->arena = arena_new();
	for (int i = 0; i < 3; i++) {
		const char *text = json_string_value(
		    json_object_get(own, keys[i]));

		strs[i] = arena_strdup(u->arena, text ? text : "");
	}
	u->name = strs[0];
	u->role = strs[1];
	u->db_name = strs[2];
	u->revocation = arena_alloc(u->arena, (n + 1) * sizeof(char *));
	for (size_t i = 0; i < n; i++)
		u->revocation[i] = arena_strdup(
		    u->arena, json_string_value(json_array_get(undo, i)));
	u->revocation[n] = NULL;
	json_decref(own);
	u->role_exists = db_role_get(
	    v, u->arena, m->id, u->role, &u->current_role);
}

#define REFUSED "failed to %s entry: resp: (*logical.Response)(nil) err: %s"

/* The lease's refusal from the engine's: 400, with the expiration manager's
 * words before. */
static void
db_creds_lease_error(struct error *e, const char *what, const struct error *why)
{
	memset(e, 0, sizeof(*e));
	error_set(e, 400, REFUSED, what, why->text);
}

struct db_lease_call {
	uint64_t ticket;
	const char *verb;
};

static void
db_creds_lease_call_done(struct db_call *call)
{
	struct db_lease_call *s = call->arg;
	struct error e = { 0 };

	if (call->error.status)
		db_creds_lease_error(&e, s->verb, &call->error);
	lease_operation_done(call->vault, s->ticket, &e);
	free(s);
}

static enum lease_result
db_creds_run_lease_call(struct db_call *call, const struct lease *l,
    const char *what, struct error *e)
{
	struct db_lease_call *s = xmalloc(sizeof(*s));
	enum lease_result step = LEASE_DONE;

	*s = (struct db_lease_call){ l->operation_id, what };
	if (db_call_is_async(call)) {
		db_call_run(call, db_creds_lease_call_done, s);
		return LEASE_PENDING;
	}
	db_call_run(call, NULL, NULL);
	if (call->error.status) {
		db_creds_lease_error(e, what, &call->error);
		step = LEASE_FAILED;
	}
	free(s);
	db_call_free(call);
	return step;
}

enum lease_result
db_lease_revoke(struct vault *v, const struct mount *m, const struct lease *l,
    struct error *e)
{
	enum lease_result step = LEASE_FAILED;
	struct error why = { 0 };
	struct db_connection c;
	struct db_lease_user u;

	db_creds_read_lease_user(v, m, l, &u);
	if (!db_connection_require(v, u.arena, m->id,
		u.role_exists ? u.current_role.db_name : u.db_name, &c, &why))
		db_creds_lease_error(e, "revoke", &why);
	else
		step = db_creds_run_lease_call(
		    db_call_new(&(struct db_call_spec){ .vault = v,
			.mount = m,
			.connection = &c,
			.operation = DB_REVOKE,
			.commands = u.role_exists ? u.current_role.revocation
						  : u.revocation,
			.values = { .name = u.name } }),
		    l, "revoke", e);
	arena_free(u.arena);
	return step;
}

/* The role as it is now decides how long it may go on. */
bool
db_lease_renew(struct vault *v, const struct mount *m, const struct lease *l,
    int64_t *ttl_s, int64_t *max_ttl_s, struct error *e)
{
	struct error why = { 0 };
	struct db_connection c;
	struct db_lease_user u;
	bool ok;

	db_creds_read_lease_user(v, m, l, &u);
	ok = u.role_exists ? db_connection_require(v, u.arena, m->id,
				 u.current_role.db_name, &c, &why)
			   : error_set(&why, 400,
				 "error during renew: could not find role "
				 "with name \"%s\"",
				 u.role);
	if (ok) {
		*ttl_s = u.current_role.default_ttl_s;
		*max_ttl_s = u.current_role.max_ttl_s;
	} else {
		db_creds_lease_error(e, "renew", &why);
	}
	arena_free(u.arena);
	return ok;
}

enum lease_result
db_lease_extend(struct vault *v, const struct mount *m, const struct lease *l,
    int64_t until_ns, struct error *e)
{
	enum lease_result step = LEASE_DONE;
	struct error why = { 0 };
	struct db_connection c;
	struct db_lease_user u;

	db_creds_read_lease_user(v, m, l, &u);
	if (u.role_exists &&
	    db_connection_require(
		v, u.arena, m->id, u.current_role.db_name, &c, &why))
		step = db_creds_run_lease_call(
		    db_call_new(&(struct db_call_spec){ .vault = v,
			.mount = m,
			.connection = &c,
			.operation = DB_RENEW,
			.commands = u.current_role.renewal,
			.values = { .name = u.name,
			    .expiration = db_creds_expiration_str(
				u.arena, until_ns) } }),
		    l, "renew", e);
	arena_free(u.arena);
	return step;
}

static const struct param params[] = {
	{ "name", P_STRING, NULL, "Name of the role" },
	PARAM_END,
};

const struct route database_creds_routes[] = {
	{ OP_READ, "creds/{name}", 0, params, db_creds_read, NULL,
	    "A new user of the database" },
	ROUTE_END,
};
