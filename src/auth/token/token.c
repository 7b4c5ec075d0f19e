/*
 * auth/token/: looking up, renewing, revoking, listing. Making tokens is
 * token_create.c.
 */
#include <stdlib.h>
#include <string.h>

#include "api/engine.h"
#include "api/listing.h"
#include "api/reply.h"
#include "auth/token/token_endpoints.h"
#include "base/duration.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "core/policy/acl.h"
#include "core/token/identity.h"
#include "core/token/lease.h"
#include "core/token/token.h"

/* ---- lookup ---- */

/* What only some tokens have. */
static void
token_add_optional(struct request *req, const struct token *t, json_t *data)
{
	if (t->issued_ns) {
		json_object_set_new(
		    data, "issue_time", reply_time_json(req, t->issued_ns));
		json_object_set_new(
		    data, "renewable", json_boolean(t->renewable));
	}
	if (t->period_s)
		json_object_set_new(data, "period",
		    json_integer(vault_scale_ttl(req->vault, t->period_s)));
	if (*t->role)
		json_object_set_new(data, "role", json_string(t->role));
	if (t->last_renewal_ns) {
		json_object_set_new(data, "last_renewal",
		    reply_time_json(req, t->last_renewal_ns));
		json_object_set_new(data, "last_renewal_time",
		    json_integer(
			vault_client_time(req->vault, t->last_renewal_ns) /
			NSEC_PER_SEC));
	}
	if (t->bound_cidrs.n)
		json_object_set_new(data, "bound_cidrs",
		    jsontree_strings(t->bound_cidrs.items));
}

/* Vault 1.19: what the entity adds, when it adds something. */
static void
token_add_identity(struct request *req, const struct token *t, json_t *data)
{
	char **policies = identity_policies(req->vault, t->entity_id);

	if (policies[0]) {
		json_object_set_new(
		    data, "identity_policies", jsontree_strings(policies));
		json_object_set_new(
		    data, "external_namespace_policies", json_object());
	}
	for (char **p = policies; *p; p++)
		free(*p);
	free(policies);
}

static enum handler_result
token_describe(struct request *req, const struct token *t, const char *id)
{
	json_t *data = json_pack(
	    "{s:s, s:s, s:s, s:s, s:o, s:I, s:b, s:I, s:I, s:o, s:I, s:I, "
	    "s:s, s:s, s:o}",
	    "accessor", t->accessor, "path", t->path, "display_name",
	    t->display_name, "id", id, "policies",
	    jsontree_strings(t->policies.items), "num_uses",
	    (json_int_t)t->num_uses, "orphan", (int)t->is_orphan,
	    "creation_time",
	    (json_int_t)(vault_client_time(req->vault, t->created_ns) /
		NSEC_PER_SEC),
	    "creation_ttl", (json_int_t)t->ttl_s, "expire_time",
	    reply_time_json(req, t->expires_ns), "ttl",
	    (json_int_t)ttl_seconds_left(t->expires_ns, req->started_ns),
	    "explicit_max_ttl",
	    (json_int_t)vault_scale_ttl(req->vault, t->explicit_max_ttl_s),
	    "entity_id", t->entity_id, "type",
	    t->type == TOKEN_BATCH ? "batch" : "service", "meta",
	    t->meta ? jsontext_to_tree(slice_of(t->meta)) : json_null());

	token_add_optional(req, t, data);
	token_add_identity(req, t, data);
	return reply_data(req, data);
}

static enum handler_result
token_lookup_self(struct request *req)
{
	return token_describe(req, req->token, req->token_text);
}

static enum handler_result
token_lookup_request(struct request *req)
{
	const char *text = param_str(req, "token");
	struct error e = { 0 };
	struct token *t;
	enum handler_result v;

	if (!param_is_given(req, "token") && req->op == OP_READ)
		return token_lookup_self(req);
	if (jsontext_kind(param_raw(req, "token")) == 'n' &&
	    param_is_given(req, "token"))
		return fail(req, 403, "invalid token");
	if (*text == '\0')
		return token_lookup_self(req);
	t = token_lookup_or_error(req->vault, text, &e);
	if (e.status)
		return fail_error(req, &e);
	if (!t)
		return fail(req, 403, "bad token");
	v = token_describe(req, t, text);
	token_unref(t);
	return v;
}

/* The token behind the accessor parameter (a reference), or NULL when the
 * request is refused. */
static struct token *
token_from_accessor_param(struct request *req)
{
	const char *accessor = param_str(req, "accessor");
	struct token *t = *accessor ? token_by_accessor(req->vault, accessor)
				    : NULL;

	if (!t)
		(void)fail_wrapped(
		    req, 400, "%s accessor", *accessor ? "invalid" : "missing");
	return t;
}

static enum handler_result
token_lookup_accessor(struct request *req)
{
	enum handler_result v;
	struct token *t = token_from_accessor_param(req);

	if (!t)
		return HANDLED;
	v = token_describe(req, t, "");
	token_unref(t);
	return v;
}

/* ---- renew ---- */

/* The terms of a renewal, as the token's auth method sees them now. */
static bool
token_read_terms(struct request *req, const struct token *t,
    struct token_terms *terms, struct error *e)
{
	struct mount *m = mount_by_id(req->vault, t->mount_id);
	const struct engine *engine = m ? m->engine : NULL;

	*terms = (struct token_terms){
		.ttl_s = vault_unscale_ttl(req->vault, t->granted_s),
		.period_s = t->period_s,
		.explicit_max_ttl_s = t->explicit_max_ttl_s,
	};
	if (engine && engine->renew_token &&
	    !engine->renew_token(req->vault, m, t, terms, e))
		return false;
	if (t->forced_max_ttl_s &&
	    (!terms->explicit_max_ttl_s ||
		t->forced_max_ttl_s < terms->explicit_max_ttl_s))
		terms->explicit_max_ttl_s = t->forced_max_ttl_s;
	return true;
}

/* Vault 1.19: what is refused before the auth method is asked. */
static const char *
token_renewal_refusal(const struct token *t)
{
	if (t->type == TOKEN_BATCH)
		return "batch tokens cannot be renewed";
	if (!t->issued_ns)
		return "invalid lease ID";
	return t->renewable ? NULL : "lease is not renewable";
}

/*
 * Renews t and answers with it; shown is how the answer names it. Ages count in
 * whole seconds of the clock, as Vault cuts both times.
 */
static enum handler_result
token_renew_reply(struct request *req, struct token *t, const char *shown)
{
	struct mount *m = mount_by_id(req->vault, t->mount_id);
	struct reply_auth auth = { .token = t, .client_token = shown };
	const char *refusal = token_renewal_refusal(t);
	struct error e = { 0 };
	struct token_terms terms;
	int64_t granted_s;
	char warning[TTL_WARNING_MAX];

	if (refusal)
		return fail(req, 400, "%s", refusal);
	if (!token_read_terms(req, t, &terms, &e))
		return e.status ? fail_error(req, &e) : reply_none(req);
	granted_s = ttl_calculate(
	    &(struct ttl_request){
		.increment_s = vault_unscale_increment(
		    req->vault, param_duration(req, "increment"), t->ttl_s),
		.own_ttl_s = terms.ttl_s,
		.period_s = terms.period_s,
		.own_max_s = terms.max_ttl_s,
		.explicit_max_s = terms.explicit_max_ttl_s,
		.default_s = mount_default_ttl(req->vault, m),
		.max_s = mount_max_ttl(req->vault, m),
		.age_s = vault_unscale_ttl(req->vault,
		    req->started_ns / NSEC_PER_SEC -
			t->issued_ns / NSEC_PER_SEC),
	    },
	    warning);
	if (granted_s < 0)
		return fail_wrapped(req, 500, "past the max TTL, cannot renew");
	if (*warning)
		reply_warn(req, "%s", warning);
	granted_s = vault_scale_ttl(req->vault, granted_s);
	token_renew(req->vault, t, granted_s);
	auth.lease_duration_s = granted_s;
	auth.metadata = t->meta;
	return reply_auth(req, &auth);
}

static enum handler_result
token_renew_self(struct request *req)
{
	return token_renew_reply(req, req->token, req->token_text);
}

static enum handler_result
token_renew_request(struct request *req)
{
	const char *text = param_str(req, "token");
	struct error e = { 0 };
	struct token *t;
	enum handler_result v;

	if (*text == '\0')
		return fail(req, 400, "missing token ID");
	t = token_lookup_or_error(req->vault, text, &e);
	if (e.status)
		return fail_wrapped(
		    req, 500, "error looking up token to renew: %s", e.text);
	if (!t)
		return fail(req, 400, "token not found");
	v = token_renew_reply(req, t, text);
	token_unref(t);
	return v;
}

static enum handler_result
token_renew_accessor(struct request *req)
{
	enum handler_result v;
	struct token *t = token_from_accessor_param(req);

	if (!t)
		return HANDLED;
	v = token_renew_reply(req, t, "");
	token_unref(t);
	return v;
}

/* ---- revoke ---- */

#define TOKEN_BATCH_REVOKED "batch tokens cannot be revoked"

static enum handler_result
token_revoke_self(struct request *req)
{
	if (req->token->type == TOKEN_BATCH)
		return fail(req, 400, TOKEN_BATCH_REVOKED);
	token_revoke(req->vault, req->token);
	return reply_none(req);
}

/* Is text, of the long form, what this vault has signed at some time? */
static bool
token_is_signed_here(struct request *req, const char *text)
{
	return !starts_with(text, "hvs.") || strlen(text) <= 34 ||
	    token_is_signature_valid(req->vault, text);
}

/* Vault 1.19: a token that is unknown is gone already, so revoking it twice is
 * no error; a long one that this vault has not signed is a bad one. */
static enum handler_result
token_revoke_request(struct request *req)
{
	const char *text = param_str(req, "token");
	struct error e = { 0 };
	struct token *t;
	bool batch;

	if (*text == '\0')
		return fail(req, 400, "missing token ID");
	t = token_lookup_or_error(req->vault, text, &e);
	if (e.status)
		return fail_wrapped(req, 500, "%s", e.text);
	if (!t)
		return token_is_signed_here(req, text)
		    ? reply_none(req)
		    : fail(req, 403, "bad token");
	batch = t->type == TOKEN_BATCH;
	if (!batch)
		token_revoke(req->vault, t);
	token_unref(t);
	return batch ? fail(req, 400, TOKEN_BATCH_REVOKED) : reply_none(req);
}

static enum handler_result
token_revoke_accessor(struct request *req)
{
	const char *accessor = param_str(req, "accessor");
	struct token *t;

	if (*accessor == '\0')
		return fail_wrapped(req, 400, "missing accessor");
	t = token_by_accessor(req->vault, accessor);
	if (!t) {
		reply_warn(req, "No token found with this accessor");
		return reply_data(req, NULL);
	}
	token_revoke(req->vault, t);
	token_unref(t);
	return reply_none(req);
}

/* Sudo is the route's: Vault 1.19 asks for it before the handler. */
static enum handler_result
token_revoke_orphan_request(struct request *req)
{
	const char *text = param_str(req, "token");
	struct error e = { 0 };
	struct token *t;
	bool batch;

	if (*text == '\0')
		return fail(req, 400, "missing token ID");
	t = token_lookup_or_error(req->vault, text, &e);
	if (e.status)
		return fail_wrapped(req, 500,
		    "error when looking up token to revoke: %s", e.text);
	if (!t)
		return fail(req, 400, "token to revoke not found");
	batch = t->type == TOKEN_BATCH;
	if (!batch)
		token_revoke_orphan(req->vault, t);
	token_unref(t);
	return batch ? fail(req, 400, TOKEN_BATCH_REVOKED) : reply_none(req);
}

/* Vault 1.14: sudo is asked for here, after the token itself. */
static enum handler_result
token_revoke_orphan_with_sudo(struct request *req)
{
	if (*param_str(req, "token") &&
	    !acl_has_sudo(req->vault, req->token, req->path))
		return fail(req, 400,
		    "root or sudo privileges required to revoke and orphan");
	return token_revoke_orphan_request(req);
}

/* ---- accessors, tidy ---- */

static bool
token_accessor_list_some(
    struct request *req, struct strs *keys, const char **after, size_t n)
{
	size_t before = keys->n;

	token_list_some_accessors(
	    req->vault, *after ? *after : "", (int64_t)n, keys);
	if (keys->n == before)
		return false;
	*after = keys->items[keys->n - 1];
	return keys->n == before + n;
}

static enum handler_result
token_accessor_list(struct request *req)
{
	return listing_reply(req, token_accessor_list_some);
}

static const struct param token_param[] = {
	{ "increment", P_SECONDS, NULL, "Wished-for life" },
	{ "token", P_STRING, NULL, "The token" },
	PARAM_END,
};

static const struct param accessor_param[] = {
	{ "accessor", P_STRING, NULL, "The token's accessor" },
	{ "increment", P_SECONDS, NULL, "Wished-for life" },
	PARAM_END,
};

static const struct route routes[] = {
	{ OP_LIST, "accessors/?", R_SUDO, NULL, token_accessor_list, NULL,
	    "Accessors of all tokens" },
	{ OP_WRITE, "create-orphan", 0, token_create_params,
	    token_create_orphan, NULL, "Create a token without parent" },
	{ OP_WRITE, "create/{role_name}", 0, token_create_params,
	    token_create_role, NULL, "Create a token by a role" },
	{ OP_WRITE, "create", 0, token_create_params, token_create_child, NULL,
	    "Create a token" },
	{ OP_READ | OP_WRITE, "lookup", 0, token_param, token_lookup_request,
	    NULL, "Describe a token" },
	{ OP_READ, "roles/{role_name}", 0, token_role_params, token_role_read,
	    NULL, "Read a token role" },
	{ OP_WRITE, "roles/{role_name}", 0, token_role_params, token_role_write,
	    token_role_exists, "Make or change a token role" },
	{ OP_DELETE, "roles/{role_name}", 0, token_role_params,
	    token_role_delete, NULL, "Remove a token role" },
	{ OP_LIST, "roles/?", 0, NULL, token_role_list, NULL,
	    "Names of the token roles" },
	{ OP_WRITE, "lookup-accessor", 0, accessor_param, token_lookup_accessor,
	    NULL, "Describe a token by its accessor" },
	{ OP_READ | OP_WRITE, "lookup-self", 0, token_param, token_lookup_self,
	    NULL, "Describe the own token" },
	{ OP_WRITE, "revoke-accessor", 0, accessor_param, token_revoke_accessor,
	    NULL, "Revoke a token by its accessor" },
	{ OP_WRITE, "revoke-self", 0, token_param, token_revoke_self, NULL,
	    "Revoke the own token" },
	{ OP_WRITE, "revoke", 0, token_param, token_revoke_request, NULL,
	    "Revoke a token and its children" },
	{ OP_WRITE, "revoke-orphan",
	    R_SUDO | R_VERSION(VERSION_TOKEN_ORPHAN_SUDO), token_param,
	    token_revoke_orphan_request, NULL,
	    "Revoke a token, not its children" },
	{ OP_WRITE, "revoke-orphan", R_VERSION(VERSION_TOKEN_ORPHAN_OWN_SUDO),
	    token_param, token_revoke_orphan_with_sudo, NULL,
	    "Revoke a token, not its children" },
	{ OP_WRITE, "renew-accessor", 0, accessor_param, token_renew_accessor,
	    NULL, "Renew a token by its accessor" },
	{ OP_WRITE, "renew-self", 0, token_param, token_renew_self, NULL,
	    "Renew the own token" },
	{ OP_WRITE, "renew", 0, token_param, token_renew_request, NULL,
	    "Renew a token" },
	{ OP_WRITE, "tidy", 0, NULL, reply_tidy, NULL,
	    "Clean the token store up" },
	ROUTE_END,
};

static const struct expirer *const token_expirers[] = { &token_expirer,
	&lease_expirer, NULL };

/* Vault 1.19: the limits are the role's as it is now, not what the creation
 * asked for. */
static bool
token_role_renew(struct vault *v, const struct mount *m, const struct token *t,
    struct token_terms *terms, struct error *e)
{
	json_t *role;

	(void)m;
	if (*t->role == '\0')
		return true;
	role = token_role_get(v, t->role);
	if (!role)
		return error_wrap(e, 500,
		    "failed to renew entry: original token role \"%s\" could "
		    "not be found, not renewing",
		    t->role);
	terms->period_s = json_integer_value(
	    json_object_get(role, "token_period"));
	terms->explicit_max_ttl_s = json_integer_value(
	    json_object_get(role, "token_explicit_max_ttl"));
	json_decref(role);
	return true;
}

const struct engine engine_token = {
	.type = "token",
	.table = MOUNT_AUTH,
	.flags = ENGINE_CORE | ENGINE_IN_TREE,
	.tables = { routes },
	.help = "The token credential backend is always enabled and builtin to "
		"Vault. Client tokens are used to identify a client.",
	.renew_token = token_role_renew,
	.expirers = token_expirers,
};
