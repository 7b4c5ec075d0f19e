/*
 * AppRole: the login, the renewal, and the method's entry. Roles are in role.c,
 * secret ids in secret_id.c.
 */
#include "auth/approle/approle.h"

#include <string.h>

#include "api/engine.h"
#include "api/reply.h"
#include "auth/login.h"
#include "auth/approle/approle_store.h"
#include "base/json/jsontree.h"
#include "base/text.h"

#define WRONG "invalid role or secret ID"

static const struct param login_params[] = {
	{ "role_id", P_STRING, NULL, "The role id" },
	{ "secret_id", P_STRING, "\"\"", "The secret id" },
	PARAM_END,
};

static char *
approle_trimmed_param(struct request *req, const char *name)
{
	return trim_space(arena_strdup(req->arena, param_str(req, name)));
}

/* The role id, converted as the login will; NULL when there is none. */
static const char *
approle_login_alias(struct request *req)
{
	const char *role_id;

	if (params_convert(req))
		return NULL;
	role_id = approle_trimmed_param(req, "role_id");
	return *role_id ? role_id : NULL;
}

/* For quotas on roles: a role id that is not known takes none. */
static const char *
approle_login_role(
    struct request *req, const struct mount *m, struct slice body)
{
	struct slice id = jsontext_get(body, "role_id");
	const struct approle *r = NULL;

	if (id.p && jsontext_kind(id) == '"')
		r = approle_by_id(
		    req->vault, m, jsontext_string(req->arena, id, NULL));
	return r ? arena_strdup(req->arena, r->name) : "";
}

/* Counts a login. A use is spent even when the address is then refused. */
static void
approle_consume_use(
    struct request *req, const struct approle *r, struct approle_secret *s)
{
	if (s->num_uses == 1) {
		approle_secret_remove(
		    req->vault, req->mount, r->name, s->secret_id);
	} else {
		s->num_uses--;
		s->updated_ns = req->started_ns;
		approle_secret_save(req->vault, req->mount, r->name, s);
	}
	store_keep_request_writes(req->vault->store);
}

/* Counts a login by this secret id; false when the reply has a refusal. */
static bool
approle_check_secret(
    struct request *req, const struct approle *r, struct approle_secret *s)
{
	bool limited = s->num_uses != 0;

	if (limited)
		approle_consume_use(req, r, s);
	if (cidr_allows(s->cidr_list, req->peer))
		return true;
	/* Vault 1.19: two texts for one reason. */
	if (limited)
		return refuse(req, 400,
		    "source address \"%s\" unauthorized by CIDR "
		    "restrictions on the secret ID: %%!w(<nil>)",
		    req->peer);
	return refuse(req, 400,
	    "source address \"%s\" unauthorized through CIDR "
	    "restrictions on the secret ID",
	    req->peer);
}

/* The metadata that the secret id has, and the role's name. */
static char *
approle_metadata_json(struct request *req, const struct approle *r,
    const struct approle_secret *s)
{
	json_t *all = json_copy(s->metadata);
	struct buf text;
	char *out;

	json_object_set_new(all, "role_name", json_string(r->name));
	buf_init(&text, 0);
	jsontext_put(&text, all);
	out = arena_strndup(req->arena, text.p, text.n);
	buf_release(&text);
	json_decref(all);
	return out;
}

static enum handler_result
approle_issue_token(struct request *req, const struct approle *r,
    const struct approle_secret *s)
{
	struct login login = {
		.alias = r->role_id,
		.display_name = "",
		.metadata_to_alias = true,
		.token = r->token,
	};
	struct error e = { 0 };

	login.internal = arena_printf(
	    req->arena, "{\"role_name\":\"%s\"}", r->name);
	login.metadata = json_object_size(s->metadata) > 0
	    ? approle_metadata_json(req, r, s)
	    : login.internal;
	if (s->token_bound_cidrs && s->token_bound_cidrs[0]) {
		/* They were checked when the secret id was made. */
		login.token.bound_cidrs = s->token_bound_cidrs;
		if (!token_params_parse_cidrs(req, login.token.bound_cidrs, &e))
			return fail_error(req, &e);
	}
	return login_reply(req, &login);
}

static enum handler_result
approle_login_with_role(
    struct request *req, const struct approle *r, struct approle_secret *s)
{
	const char *secret_id = approle_trimmed_param(req, "secret_id");

	if (r->bind_secret_id) {
		if (*secret_id == '\0')
			return fail(req, 400, "missing secret_id");
		if (!approle_secret_load(req->vault, req->arena, req->mount,
			r->name, secret_id, s))
			return login_failed(req, WRONG);
		if (!approle_check_secret(req, r, s))
			return HANDLED;
	}
	if (!cidr_allows(r->secret_id_bound_cidrs, req->peer))
		return fail(req, 400,
		    "source address \"%s\" unauthorized by CIDR restrictions "
		    "on the role: %%!w(<nil>)",
		    req->peer);
	return approle_issue_token(req, r, s);
}

static enum handler_result
approle_login(struct request *req)
{
	const char *role_id = approle_trimmed_param(req, "role_id");
	struct approle_secret s = { 0 };
	const struct approle *r;
	enum handler_result v;

	if (*role_id == '\0')
		return fail(req, 400, "%s",
		    version_has(req->vault, VERSION_APPROLE_EMPTY_ROLE_ID)
			? "invalid credentials"
			: "missing role_id");
	r = approle_by_id(req->vault, req->mount, role_id);
	v = r ? approle_login_with_role(req, r, &s) : fail(req, 400, WRONG);
	approle_secret_release(&s);
	return v;
}

/* The role as it is now decides. */
static bool
approle_renew_token(struct vault *v, const struct mount *m,
    const struct token *t, struct token_terms *terms, struct error *e)
{
	struct arena *a = arena_new();
	json_t *own = jsontext_to_tree(
	    slice_of(t->auth_data ? t->auth_data : "{}"));
	const char *name = jsontree_string(own, "role_name");
	const struct approle *r = approle_load(v, a, m, name);

	if (r) {
		terms->ttl_s = r->token.ttl_s;
		terms->max_ttl_s = r->token.max_ttl_s;
		terms->period_s = r->token.period_s;
	} else {
		error_wrap(e, 500,
		    "failed to renew entry: role \"%s\" does "
		    "not exist during renewal",
		    name);
	}
	json_decref(own);
	arena_free(a);
	return r != NULL;
}

static const struct route login_routes[] = {
	{ OP_WRITE, "login", R_UNAUTH | R_LOGIN, login_params, approle_login,
	    NULL, "Log in with a role id and a secret id" },
	ROUTE_END,
};

static const struct expirer *const approle_expirers[] = {
	&approle_secret_expirer, NULL
};

const struct engine engine_approle = {
	.type = "approle",
	.table = MOUNT_AUTH,
	.flags = ENGINE_IN_TREE,
	.tables = { approle_role_routes, approle_secret_routes, login_routes },
	.part = &approle_store,
	.help = "Roles for machines: a role id and a secret id make a token.",
	.on_unmount = approle_on_unmount,
	.renew_token = approle_renew_token,
	.login_alias = approle_login_alias,
	.login_role = approle_login_role,
	.expirers = approle_expirers,
};
