/*
 * From "I believe you" to a token: the token_* fields of a role or a user, and
 * the answer to a login.
 */
#include "auth/login.h"

#include <stdlib.h>
#include <string.h>

#include "base/go_text.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "core/token/identity.h"
#include "core/token/lease.h"
#include "core/mount/lockout.h"
#include "core/mount/mount.h"

/* ---- the token_* fields ---- */

static bool
login_read_bound_cidrs(
    struct request *req, struct token_params *p, struct error *e)
{
	if (!param_is_given(req, "token_bound_cidrs"))
		return true;
	p->bound_cidrs = param_strings(req, "token_bound_cidrs", NULL);
	for (char **c = p->bound_cidrs; *c; c++) {
		if (!cidr_is_address(*c))
			return error_set(e, 400,
			    "error parsing address \"%s\": Unable to convert "
			    "\"%s\" to an IPv4 or IPv6 address, or a UNIX Socket",
			    *c, *c);
		*c = cidr_format(req->arena, *c);
	}
	return true;
}

static bool
login_read_token_type(
    struct request *req, struct token_params *p, struct error *e)
{
	static const char *const types[] = { "default", "service", "batch",
		"default-service", "default-batch" };
	const char *type = param_str(req, "token_type");

	if (!param_is_given(req, "token_type"))
		return true;
	if (*type == '\0')
		type = "default";
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i]) == 0) {
			p->type = types[i];
			return true;
		}
	return error_set(e, 400, "invalid 'token_type' value %s",
	    go_quoted(req->arena, type));
}

/* Vault 1.19 (tokenutil): these are judged before the ttl. */
static bool
login_check_batch(const struct token_params *p, struct error *e)
{
	if (!strstr(p->type, "batch"))
		return true;
	if (p->period_s)
		return error_set(e, 400,
		    "'token_type' cannot be 'batch' or 'default_batch' when "
		    "set to generate periodic tokens");
	if (p->num_uses)
		return error_set(e, 400,
		    "'token_type' cannot be 'batch' or 'default_batch' when "
		    "set to generate tokens with limited use count");
	return true;
}

static void
login_read_seconds(struct request *req, const char *name, int64_t *seconds)
{
	if (param_is_given(req, name))
		*seconds = param_duration(req, name);
}

bool
token_params_parse(struct request *req, struct token_params *p, struct error *e)
{
	if (!p->type)
		p->type = "default";
	if (!login_read_bound_cidrs(req, p, e))
		return false;
	login_read_seconds(
	    req, "token_explicit_max_ttl", &p->explicit_max_ttl_s);
	login_read_seconds(req, "token_max_ttl", &p->max_ttl_s);
	if (param_is_given(req, "token_no_default_policy"))
		p->no_default_policy = param_bool(
		    req, "token_no_default_policy");
	login_read_seconds(req, "token_period", &p->period_s);
	if (param_is_given(req, "token_policies"))
		p->policies = param_strings(req, "token_policies", NULL);
	if (param_is_given(req, "token_num_uses"))
		p->num_uses = param_int(req, "token_num_uses");
	if (!login_read_token_type(req, p, e) || !login_check_batch(p, e))
		return false;
	login_read_seconds(req, "token_ttl", &p->ttl_s);
	if (p->ttl_s && p->max_ttl_s && p->ttl_s > p->max_ttl_s)
		return error_set(e, 400,
		    "'token_ttl' cannot be greater than 'token_max_ttl'");
	if (p->num_uses < 0)
		return error_set(e, 400, "'token_num_uses' cannot be negative");
	return true;
}

void
token_params_show(json_t *data, const struct token_params *p)
{
	json_t *own = json_pack("{s:o, s:I, s:I, s:b, s:I, s:I, s:o, s:I, s:s}",
	    "token_bound_cidrs", jsontree_strings(p->bound_cidrs),
	    "token_explicit_max_ttl", (json_int_t)p->explicit_max_ttl_s,
	    "token_max_ttl", (json_int_t)p->max_ttl_s,
	    "token_no_default_policy", (int)p->no_default_policy,
	    "token_num_uses", (json_int_t)p->num_uses, "token_period",
	    (json_int_t)p->period_s, "token_policies",
	    jsontree_strings(p->policies), "token_ttl", (json_int_t)p->ttl_s,
	    "token_type", p->type ? p->type : "default");

	json_object_update(data, own);
	json_decref(own);
}

json_t *
token_params_pack(const struct token_params *p)
{
	json_t *out = json_object();

	token_params_show(out, p);
	return out;
}

static int64_t
login_json_int(const json_t *from, const char *key)
{
	return json_integer_value(json_object_get(from, key));
}

void
token_params_unpack(struct arena *a, json_t *from, struct token_params *p)
{
	p->bound_cidrs = jsontree_to_strings(
	    a, json_object_get(from, "token_bound_cidrs"));
	p->explicit_max_ttl_s = login_json_int(from, "token_explicit_max_ttl");
	p->max_ttl_s = login_json_int(from, "token_max_ttl");
	p->no_default_policy = json_is_true(
	    json_object_get(from, "token_no_default_policy"));
	p->num_uses = login_json_int(from, "token_num_uses");
	p->period_s = login_json_int(from, "token_period");
	p->policies = jsontree_to_strings(
	    a, json_object_get(from, "token_policies"));
	p->ttl_s = login_json_int(from, "token_ttl");
	p->type = arena_strdup(
	    a, json_string_value(json_object_get(from, "token_type")));
}

char **
policies_clean_copy(
    struct arena *a, char *const *list, bool add_default, int *count)
{
	int n = 0;
	char **clean, **out;

	while (list && list[n])
		n++;
	clean = token_clean_policies(
	    (const char *const *)list, n, add_default, &n);
	out = arena_alloc(a, ((size_t)n + 1) * sizeof(char *));
	for (int i = 0; i < n; i++) {
		out[i] = arena_strdup(a, clean[i]);
		free(clean[i]);
	}
	out[n] = NULL;
	free(clean);
	if (count)
		*count = n;
	return out;
}

/* ---- the login ---- */

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
login_set_policies(
    struct request *req, struct token *t, const struct token_params *p)
{
	int n;
	char **clean = policies_clean_copy(
	    req->arena, p->policies, !p->no_default_policy, &n);

	token_set_policies(t, (const char *const *)clean, n);
}

static void
login_set_ttls(
    struct request *req, struct token *t, const struct token_params *p)
{
	char warning[LEASE_WARNING_MAX];

	t->explicit_max_ttl_s = p->explicit_max_ttl_s;
	t->period_s = p->period_s;
	t->ttl_s = lease_calculate_ttl(0, p->ttl_s, p->period_s, p->max_ttl_s,
	    p->explicit_max_ttl_s, mount_default_ttl(req->vault, req->mount),
	    mount_max_ttl(req->vault, req->mount), 0, warning, sizeof(warning));
	t->ttl_s = vault_scale_ttl(req->vault, t->ttl_s);
	if (*warning)
		reply_warn(req, "%s", warning);
}

static void
login_fill_token(
    struct request *req, struct token *t, const struct login *login)
{
	const struct token_params *p = &login->token;
	char entity[UUID_LEN + 1] = "";

	if (login->alias)
		identity_find_or_create_entity(
		    req->vault, req->mount, login->alias, entity);
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
	login_set_policies(req, t, p);
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

enum handler_result
login_reply(struct request *req, const struct login *login)
{
	struct token *t = token_draft();
	struct reply_auth auth = { .token = t, .metadata = login->metadata };
	struct error e = { 0 };
	enum handler_result v;

	login_fill_token(req, t, login);
	if (!identity_is_enabled(req->vault, t->entity_id)) {
		v = fail(req, 403, "permission denied");
	} else if (token_is_root(t)) {
		v = fail(req, 400, "auth methods cannot create root tokens");
	} else if (!token_create(req->vault, t, true, &e)) {
		v = fail_error(req, &e);
	} else {
		lockout_reset(
		    req->vault, req->mount, login->alias ? login->alias : "");
		auth.client_token = t->client_token;
		auth.lease_duration_s = t->ttl_s;
		auth.identity_policies = login_identity_policies(
		    req, t->entity_id);
		v = reply_auth(req, &auth);
		req->reply.no_mount_type = true;
	}
	token_unref(t);
	return v;
}
