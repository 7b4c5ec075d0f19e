/*
 * creds/: a user made for whoever asks, and the lease it lives and ends with.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/reply.h"
#include "base/duration.h"
#include "base/text.h"
#include "secrets/database/username_template.h"
#include "secrets/database/database.h"

/* Vault: the user outlives its lease a little, never the other way round. */
#define GRACE (5 * NSEC)

static char *
expiration_text(struct arena *a, int64_t at)
{
	time_t seconds = (time_t)((at + GRACE) / NSEC);
	char *out = arena_alloc(a, 40);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(out, 40, "%Y-%m-%d %H:%M:%S+0000", &tm);
	return out;
}

/* ---- making one ---- */

static int64_t
role_ttl(struct request *req, const struct db_role *r, char *warning)
{
	return vault_grant(req->vault,
	    lease_calculate_ttl(0, r->default_ttl, 0, r->max_ttl, 0,
		mount_default_ttl(req->vault, req->mount),
		mount_max_ttl(req->vault, req->mount), 0, warning,
		LEASE_WARNING_MAX));
}

/* What creds needs of a role. */
struct making {
	const struct db_role *role;
	struct db_known *known;
	const struct db_connection *connection; /* known's */
};

static bool
no_connection(struct error *e, const char *name)
{
	return error_wrap(e, 500, DB_NO_CONNECTION, name);
}

static bool
prepare(struct request *req, const char *name, struct making *m, verdict *v)
{
	struct error e = { 0 };

	m->role = db_role_known(req->vault, req->mount->id, name);
	if (!m->role) {
		*v = fail(req, 400, "unknown role: %s", name);
		return false;
	}
	m->known = db_connection_known(req->vault, req->mount->id,
	    m->role->db_name);
	m->connection = m->known ? &m->known->connection : NULL;
	if (!m->known ? !no_connection(&e, m->role->db_name)
		      : !db_role_allowed(m->connection, name, &e)) {
		*v = fail_error(req, &e);
	} else if (!db_type_supported(m->connection,
		       m->role->credential_type)) {
		*v = fail(req, 400, "unsupported credential_type: \"%s\"",
		    m->role->credential_type);
	} else {
		return true;
	}
	return false;
}

/* Parsed once for each connection. */
static const struct name_template *
names_of(struct db_known *k, struct error *e)
{
	const char *own;

	if (k->names)
		return k->names;
	own = db_connection_detail(k->arena, &k->connection,
	    "username_template");
	if (!*own)
		own = db_plugin_find(k->connection.plugin)->username_template;
	k->names = name_template_parse(k->arena, own, e);
	return k->names;
}

static const char *
user_name(struct request *req, const struct making *m, struct error *e)
{
	struct name_data data = { req->token ? req->token->display_name : "",
		m->role->name, req->vault->rng, vault_now(req->vault) };
	const struct name_template *t = names_of(m->known, e);

	return t ? name_template_run(req->arena, t, &data, e) : NULL;
}

static void
put(struct buf *out, const char *before, const char *text)
{
	buf_str(out, before);
	jtext_quote_str(out, text);
}

static char *
internal(struct request *req, const struct db_role *r, const char *user)
{
	struct buf text;
	char *out;

	buf_init(&text, 0);
	put(&text, "{\"db_name\":", r->db_name);
	buf_str(&text, ",\"revocation_statements\":[");
	for (char **s = r->revocation; *s; s++)
		put(&text, s == r->revocation ? "" : ",", *s);
	put(&text, "],\"role\":", r->name);
	put(&text, ",\"username\":", user);
	buf_char(&text, '}');
	out = arena_strndup(req->arena, text.p, text.n);
	buf_release(&text);
	return out;
}

/* The members in order of their names. */
static verdict
reply_user(struct request *req, const struct lease *l, const char *type,
    const struct db_call *call)
{
	bool key = strcmp(type, "rsa_private_key") == 0;
	struct buf *out = &req->reply.data;

	buf_clear(out);
	put(out, key ? "{\"rsa_private_key\":" : "{\"password\":",
	    call->secret);
	put(out, ",\"username\":", call->user);
	buf_char(out, '}');
	req->reply.lease_id = arena_strdup(req->arena, l->id);
	req->reply.lease_duration = l->ttl;
	req->reply.renewable = true;
	return reply_written(req);
}

/* A token that ended while its user was made takes the user with it. */
static verdict
too_late(struct request *req, struct lease *l)
{
	store_keep(req->vault->store);
	lease_revoke_later(req->vault, l);
	store_keep(req->vault->store);
	return fail_wrapped(req, 500, "failed to register lease: token is "
				      "gone");
}

static bool
token_gone(struct request *req)
{
	struct token *t = token_lookup(req->vault, req->token->external);

	token_put(t);
	return !t && req->token->num_uses != -1;
}

static verdict
register_user(struct request *req, const struct db_role *r,
    const struct db_call *call)
{
	char warning[LEASE_WARNING_MAX] = "";
	struct lease l = {
		.token = req->token->id,
		.mount_id = req->mount->id,
		.path = req->path,
		.internal = internal(req, r, call->user),
		.ttl = role_ttl(req, r, warning),
		.max_ttl = r->max_ttl,
		.renewable = true,
	};
	verdict v;

	if (*warning)
		warn(req, "%s", warning);
	lease_register(req->vault, &l);
	if (token_gone(req))
		v = too_late(req, &l);
	else
		v = reply_user(req, &l, r->credential_type, call);
	free(l.id);
	return v;
}

/* The role as it was when its statements were taken; only names and times of
 * it are needed now. */
static verdict
made(struct request *req, struct db_call *call)
{
	struct making m;
	struct db_role gone;
	verdict v;

	if (call->error.status)
		return fail_error(req, &call->error);
	if (!prepare(req, capture(req, "name"), &m, &v)) {
		gone = (struct db_role){ .name = capture(req, "name"),
			.db_name = call->connection,
			.revocation = (char *[]){ NULL },
			.credential_type = "password" };
		m.role = &gone;
	}
	return register_user(req, m.role, call);
}

static verdict
read_creds(struct request *req)
{
	char warning[LEASE_WARNING_MAX];
	struct db_secret fresh;
	struct error e = { 0 };
	struct making m;
	const char *user;
	struct db_call *call;
	verdict v;

	if (!prepare(req, capture(req, "name"), &m, &v))
		return v;
	if (!m.role->creation[0] &&
	    !db_plugin_find(m.connection->plugin)->create)
		return fail_wrapped(req, 500, "empty creation statements");
	user = user_name(req, &m, &e);
	if (!user)
		return fail_wrapped(req, 500, "failed to generate username: "
		    "%s", e.text);
	if (!db_secret_make(req->vault, m.connection,
		m.role->credential_type, m.role->credential_config, &fresh, &e))
		return fail_error(req, &e);
	call = db_call_new(req->vault, req->mount, req, m.connection,
	    DB_CREATE, m.role->creation,
	    &(struct db_values){ user, fresh.secret,
		expiration_text(req->arena, vault_now(req->vault) +
		    role_ttl(req, m.role, warning) * NSEC),
		fresh.public_key });
	db_secret_release(&fresh);
	return db_perform(req, call, made);
}

/* ---- its lease ---- */

/* What the lease remembers of its user. */
struct user {
	struct arena *arena;
	const char *name, *role, *db_name;
	char **revocation;
	bool known; /* the role is still there */
	struct db_role now;
};

static void
user_of(struct vault *v, const struct mount *m, const struct lease *l,
    struct user *u)
{
	json_t *own = jtext_tree(slice_of(l->internal ? l->internal : "{}"));
	json_t *undo = json_object_get(own, "revocation_statements");
	const char *texts[3];
	static const char *const keys[] = { "username", "role", "db_name" };
	size_t n = json_array_size(undo);

	memset(u, 0, sizeof(*u));
	u->arena = arena_new();
	for (int i = 0; i < 3; i++) {
		const char *text =
		    json_string_value(json_object_get(own, keys[i]));

		texts[i] = arena_strdup(u->arena, text ? text : "");
	}
	u->name = texts[0];
	u->role = texts[1];
	u->db_name = texts[2];
	u->revocation = arena_alloc(u->arena, (n + 1) * sizeof(char *));
	for (size_t i = 0; i < n; i++)
		u->revocation[i] = arena_strdup(u->arena,
		    json_string_value(json_array_get(undo, i)));
	u->revocation[n] = NULL;
	json_decref(own);
	u->known = db_role_get(v, u->arena, m->id, u->role, &u->now);
}

#define REFUSED "failed to %s entry: resp: (*logical.Response)(nil) err: %s"

/* The lease's refusal from the engine's: 400, with the expiration manager's
 * words before. */
static void
refuse(struct error *e, const char *what, const struct error *why)
{
	memset(e, 0, sizeof(*e));
	error_set(e, 400, REFUSED, what, why->text);
}

struct settling {
	uint64_t ticket;
	const char *what;
};

static void
settled(struct db_call *call)
{
	struct settling *s = call->arg;
	struct error e = { 0 };

	if (call->error.status)
		refuse(&e, s->what, &call->error);
	lease_settled(call->vault, s->ticket, &e);
	free(s);
}

static enum lease_step
carry_out(struct db_call *call, const struct lease *l, const char *what,
    struct error *e)
{
	struct settling *s = xmalloc(sizeof(*s));
	enum lease_step step = LEASE_DONE;

	*s = (struct settling){ l->ticket, what };
	if (db_call_waits(call)) {
		db_call_run(call, settled, s);
		return LEASE_UNDERWAY;
	}
	db_call_run(call, NULL, NULL);
	if (call->error.status) {
		refuse(e, what, &call->error);
		step = LEASE_FAILED;
	}
	free(s);
	db_call_free(call);
	return step;
}

enum lease_step
database_lease_end(struct vault *v, const struct mount *m,
    const struct lease *l, struct error *e)
{
	enum lease_step step = LEASE_FAILED;
	struct error why = { 0 };
	struct db_connection c;
	struct user u;

	user_of(v, m, l, &u);
	if (!db_connection_of(v, u.arena, m->id,
		u.known ? u.now.db_name : u.db_name, &c, &why))
		refuse(e, "revoke", &why);
	else
		step = carry_out(db_call_new(v, m, NULL, &c, DB_REVOKE,
		    u.known ? u.now.revocation : u.revocation,
		    &(struct db_values){ .name = u.name }), l, "revoke", e);
	arena_free(u.arena);
	return step;
}

/* The role as it is now decides how long it may go on. */
bool
database_lease_renew(struct vault *v, const struct mount *m,
    const struct lease *l, int64_t *ttl, int64_t *max_ttl, struct error *e)
{
	struct error why = { 0 };
	struct db_connection c;
	struct user u;
	bool ok;

	user_of(v, m, l, &u);
	ok = u.known
	    ? db_connection_of(v, u.arena, m->id, u.now.db_name, &c, &why)
	    : error_set(&why, 400, "error during renew: could not find role "
		  "with name \"%s\"", u.role);
	if (ok) {
		*ttl = u.now.default_ttl;
		*max_ttl = u.now.max_ttl;
	} else {
		refuse(e, "renew", &why);
	}
	arena_free(u.arena);
	return ok;
}

enum lease_step
database_lease_extend(struct vault *v, const struct mount *m,
    const struct lease *l, int64_t until, struct error *e)
{
	enum lease_step step = LEASE_DONE;
	struct error why = { 0 };
	struct db_connection c;
	struct user u;

	user_of(v, m, l, &u);
	if (u.known &&
	    db_connection_of(v, u.arena, m->id, u.now.db_name, &c, &why))
		step = carry_out(db_call_new(v, m, NULL, &c, DB_RENEW,
		    u.now.renewal,
		    &(struct db_values){ .name = u.name,
			.expiration = expiration_text(u.arena, until) }), l,
		    "renew", e);
	arena_free(u.arena);
	return step;
}

static const struct param params[] = {
	{ "name", P_STRING, NULL, "Name of the role" },
	PARAM_END,
};

const struct route database_creds_routes[] = {
	{ OP_READ, "creds/{name}", 0, params, read_creds, NULL,
	    "A new user of the database" },
	ROUTE_END,
};
