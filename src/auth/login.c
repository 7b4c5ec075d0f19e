/*
 * Logins: from "I believe you" to a token and its answer.
 */
#include "auth/login.h"

#include <stdlib.h>
#include <string.h>

#include "api/engine.h"
#include "api/param.h"
#include "base/text.h"
#include "core/token/identity.h"
#include "core/token/lease.h"
#include "core/mount/lockout.h"
#include "core/mount/mount.h"

const char *
login_field(struct request *req, const char *name)
{
	for (size_t i = 0; i < req->nfields; i++)
		if (strcmp(req->fields[i].key, name) == 0 &&
		    jsontext_kind(req->fields[i].value) == '"')
			return jsontext_string(
			    req->arena, req->fields[i].value, NULL);
	return "";
}

/* "approle/" and "" make "approle"; "up/x/" and "bob" make "up-x-bob". */
static char *
login_display_name(struct request *req, const char *own)
{
	char *name = arena_printf(req->arena, "%s%s", req->mount->name, own);
	size_t n;

	for (char *p = name; *p && p < name + strlen(req->mount->name); p++)
		if (*p == '/')
			*p = '-';
	n = strlen(name);
	if (n && name[n - 1] == '-')
		name[n - 1] = '\0';
	return name;
}

/* The mount's token_type decides, but for its two defaults. */
static enum token_type
login_token_type(const struct mount *m, const char *asked)
{
	if (strcmp(m->token_type, "service") == 0)
		return TOKEN_SERVICE;
	if (strcmp(m->token_type, "batch") == 0)
		return TOKEN_BATCH;
	if (strcmp(m->token_type, "default-batch") == 0)
		return strcmp(asked, "service") == 0 ? TOKEN_SERVICE
						     : TOKEN_BATCH;
	return strcmp(asked, "batch") == 0 ? TOKEN_BATCH : TOKEN_SERVICE;
}

static void
login_set_ttls(
    struct request *req, struct token *t, const struct token_params *p)
{
	char warning[TTL_WARNING_MAX];

	t->explicit_max_ttl_s = p->explicit_max_ttl_s;
	t->period_s = p->period_s;
	t->ttl_s = ttl_calculate(
	    &(struct ttl_request){
		.own_ttl_s = p->ttl_s,
		.period_s = p->period_s,
		.own_max_s = p->max_ttl_s,
		.explicit_max_s = p->explicit_max_ttl_s,
		.default_s = mount_default_ttl(req->vault, req->mount),
		.max_s = mount_max_ttl(req->vault, req->mount),
	    },
	    warning);
	t->ttl_s = vault_scale_ttl(req->vault, t->ttl_s);
	if (*warning) {
		params_warn(req);
		reply_warn(req, "%s", warning);
	}
}

static void
login_fill_token(
    struct request *req, struct token *t, const struct login *login)
{
	const struct token_params *p = &login->token;
	char entity[UUID_LEN + 1] = "";

	if (login->alias)
		identity_find_or_create_entity(req->vault, req->mount,
		    login->alias,
		    login->metadata_to_alias ? login->metadata : NULL, entity);
	token_set_field(&t->entity_id, entity);
	token_set_field(&t->path, req->path);
	token_set_field(
	    &t->display_name, login_display_name(req, login->display_name));
	if (login->metadata && strcmp(login->metadata, "{}") != 0)
		token_set_field(&t->meta, login->metadata);
	if (login->internal)
		token_set_field(&t->auth_data, login->internal);
	t->mount_id = req->mount->id;
	t->type = login_token_type(req->mount, p->type ? p->type : "");
	t->renewable = t->type == TOKEN_SERVICE;
	t->num_uses = p->num_uses;
	t->is_orphan = true;
	token_set_policies(t,
	    policies_clean_copy(
		req->arena, p->policies, !p->no_default_policy, NULL));
	token_set_cidrs(t, p->bound_cidrs);
	login_set_ttls(req, t, p);
}

/* NULL-terminated copy in the arena; NULL for none. */
static const char *const *
login_identity_policies(struct request *req, const char *entity)
{
	char **list = identity_policies(req->vault, entity);
	const char **out;
	int n = 0;

	while (list[n])
		n++;
	out = arena_alloc(req->arena, (size_t)(n + 1) * sizeof(char *));
	for (int i = 0; i < n; i++) {
		out[i] = arena_strdup(req->arena, list[i]);
		free(list[i]);
	}
	out[n] = NULL;
	free(list);
	return n ? out : NULL;
}

/* What no login may get, by its role or by its entity; NULL: all is well. */
static const char *
login_forbidden_policy(const struct token *t, const char *const *identity)
{
	static const char *const forbidden[] = { "root", "response-wrapping",
		"control-group" };

	for (size_t i = 0; i < sizeof(forbidden) / sizeof(*forbidden); i++) {
		if (token_has_policy(t, forbidden[i]))
			return forbidden[i];
		for (const char *const *p = identity; p && *p; p++)
			if (strcmp(*p, forbidden[i]) == 0)
				return forbidden[i];
	}
	return NULL;
}

/* Stores the token and answers with it. */
static enum handler_result
login_create_token(
    struct request *req, const struct login *login, struct token *t)
{
	struct reply_auth auth = { .token = t, .metadata = login->metadata };
	const char *bad;
	struct error e = { 0 };

	if (!identity_is_enabled(req->vault, t->entity_id))
		return fail(req, 403, "permission denied");
	auth.identity_policies = login_identity_policies(req, t->entity_id);
	bad = login_forbidden_policy(t, auth.identity_policies);
	if (bad && strcmp(bad, "root") == 0)
		return fail(req, 400, "auth methods cannot create root tokens");
	if (bad)
		return fail(req, 400, "cannot assign policy \"%s\"", bad);
	if (!token_create(req->vault, t, true, &e))
		return fail_error(req, &e);
	lockout_reset(req->vault, req->mount, login->alias ? login->alias : "");
	auth.client_token = t->client_token;
	auth.lease_duration_s = t->ttl_s;
	req->reply.no_mount_type = true;
	return reply_auth(req, &auth);
}

enum handler_result
login_reply(struct request *req, const struct login *login)
{
	struct token *t = token_draft();
	enum handler_result v;

	login_fill_token(req, t, login);
	v = login_create_token(req, login, t);
	token_unref(t);
	return v;
}

enum handler_result
login_failed(struct request *req, const char *text)
{
	const char *alias = req->engine->login_alias
	    ? req->engine->login_alias(req)
	    : NULL;

	if (alias) {
		lockout_record_failure(req->vault, req->mount, alias);
		store_keep_request_writes(req->vault->store);
	}
	return fail(req, 400, "%s", text);
}

static bool
login_has_all_policies(char *const *outer, char *const *inner)
{
	for (; inner && *inner; inner++) {
		bool found = strcmp(*inner, "default") == 0;

		for (char *const *p = outer; p && *p && !found; p++)
			found = strcmp(*p, *inner) == 0;
		if (!found)
			return false;
	}
	return true;
}

bool
login_policies_are_equal(char *const *a, char *const *b)
{
	return login_has_all_policies(a, b) && login_has_all_policies(b, a);
}
