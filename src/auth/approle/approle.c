/*
 * AppRole: the login, the renewal, and the method's entry. Roles are
 * approle_role.c, secret ids approle_secret.c.
 */
#include "auth/approle/approle.h"

#include <string.h>

#include "api/engine.h"
#include "api/reply.h"
#include "auth/approle/approle_store.h"
#include "base/text.h"

#define WRONG "invalid role or secret ID"

static const struct param login_params[] = {
	{ "role_id", P_STRING, NULL, "The role id" },
	{ "secret_id", P_STRING, "\"\"", "The secret id" },
	PARAM_END,
};

static const char *
login_alias(struct request *req)
{
	const char *role_id = login_field(req, "role_id");

	role_id = trim(arena_strdup(req->arena, role_id));
	return *role_id ? role_id : NULL;
}

/* For quotas on roles: a role id that is not known takes none. */
static const char *
login_role(struct request *req, const struct mount *m, struct slice body)
{
	struct slice id = jtext_get(body, "role_id");
	struct approle *r = NULL;

	if (id.p && jtext_kind(id) == '"')
		r = approle_by_id(req->vault, req->arena, m,
		    jtext_string(req->arena, id, NULL));
	return r ? r->name : "";
}

static char *
trimmed(struct request *req, const char *name)
{
	return trim(arena_strdup(req->arena, par_str(req, name)));
}

/* A use is spent even when the address is then refused. */
static void
spend(struct request *req, const struct approle *r, struct approle_secret *s)
{
	if (s->num_uses == 1) {
		approle_secret_remove(req->vault, req->mount, r->name,
		    s->secret_id);
	} else {
		s->num_uses--;
		s->updated = req->started;
		approle_secret_save(req->vault, req->mount, r->name, s);
	}
	store_keep(req->vault->store);
}

static verdict
check_secret(struct request *req, const struct approle *r,
    struct approle_secret *s)
{
	if (s->num_uses == 0) {
		if (cidr_allows(s->cidr_list, req->peer))
			return NULL;
		return fail(req, 400,
		    "source address \"%s\" unauthorized through CIDR "
		    "restrictions on the secret ID", req->peer);
	}
	spend(req, r, s);
	if (cidr_allows(s->cidr_list, req->peer))
		return NULL;
	return fail(req, 400,
	    "source address \"%s\" unauthorized by CIDR restrictions on the "
	    "secret ID: %%!w(<nil>)", req->peer);
}

/* The metadata of the secret id, and the role's name. */
static char *
metadata_text(struct request *req, const struct approle *r,
    const struct approle_secret *s)
{
	json_t *all = s->metadata ? json_copy(s->metadata) : json_object();
	struct buf text;
	char *out;

	json_object_set_new(all, "role_name", json_string(r->name));
	buf_init(&text, 0);
	jtext_put(&text, all);
	out = arena_strndup(req->arena, text.p, text.n);
	buf_release(&text);
	json_decref(all);
	return out;
}

static verdict
let_in(struct request *req, const struct approle *r,
    const struct approle_secret *s)
{
	struct login login = {
		.alias = r->role_id,
		.display_name = "",
		.metadata = metadata_text(req, r, s),
		.token = r->token,
	};

	login.internal = arena_printf(req->arena, "{\"role_name\":\"%s\"}",
	    r->name);
	if (s->token_bound_cidrs && s->token_bound_cidrs[0])
		login.token.bound_cidrs = s->token_bound_cidrs;
	return login_reply(req, &login);
}

static verdict
login_as(struct request *req, const struct approle *r,
    struct approle_secret *s)
{
	const char *secret_id = trimmed(req, "secret_id");
	verdict v = NULL;

	if (r->bind_secret_id) {
		if (*secret_id == '\0')
			return fail(req, 400, "missing secret_id");
		if (!approle_secret_load(req->vault, req->arena, req->mount,
			r->name, secret_id, s))
			return login_wrong(req, WRONG);
		v = check_secret(req, r, s);
	}
	if (v)
		return v;
	if (!cidr_allows(r->secret_id_bound_cidrs, req->peer))
		return fail(req, 400,
		    "source address \"%s\" unauthorized by CIDR restrictions "
		    "on the role: %%!w(<nil>)", req->peer);
	return let_in(req, r, s);
}

static verdict
login(struct request *req)
{
	const char *role_id = trimmed(req, "role_id");
	struct approle_secret s = { 0 };
	struct approle *r;
	verdict v;

	if (*role_id == '\0')
		return fail(req, 400, "missing role_id");
	r = approle_by_id(req->vault, req->arena, req->mount, role_id);
	v = r ? login_as(req, r, &s) : fail(req, 400, WRONG);
	approle_secret_release(&s);
	return v;
}

/* The role as it is now decides. */
static bool
renew_token(struct vault *v, const struct mount *m, const struct token *t,
    int64_t *ttl, int64_t *max_ttl, int64_t *period, struct error *e)
{
	struct arena *a = arena_new();
	json_t *own = jtext_tree(slice_of(t->internal ? t->internal : "{}"));
	const char *name =
	    json_string_value(json_object_get(own, "role_name"));
	const struct approle *r = name ? approle_load(v, a, m, name) : NULL;

	if (r) {
		*ttl = r->token.ttl;
		*max_ttl = r->token.max_ttl;
		*period = r->token.period;
	} else {
		error_wrap(e, 500, "failed to renew entry: role \"%s\" does "
				   "not exist during renewal", name);
	}
	json_decref(own);
	arena_free(a);
	return r != NULL;
}

static const struct route login_routes[] = {
	{ OP_WRITE, "login", R_UNAUTH | R_LOGIN, login_params, login, NULL,
	    "Log in with a role id and a secret id" },
	ROUTE_END,
};

static const struct sweep *const sweeps[] = { &approle_sweep, NULL };

const struct engine engine_approle = {
	.type = "approle",
	.table = MOUNT_AUTH,
	.flags = ENGINE_IN_TREE,
	.tables = { approle_role_routes, approle_secret_routes, login_routes },
	.part = &approle_store,
	.help = "Roles for machines: a role id and a secret id make a token.",
	.unmounted = approle_unmounted,
	.renew_token = renew_token,
	.login_alias = login_alias,
	.login_role = login_role,
	.sweeps = sweeps,
};
