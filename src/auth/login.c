/*
 * From "I believe you" to a token: the token_* fields of a role or a user, and
 * the answer to a login.
 */
#include "auth/login.h"

#include <stdlib.h>
#include <string.h>

#include "base/json/json_tree.h"
#include "base/text.h"
#include "core/token/identity.h"
#include "core/token/lease.h"
#include "core/mount/lockout.h"
#include "core/mount/mount.h"

/* ---- the token_* fields ---- */

static bool
read_cidrs(struct request *req, struct token_params *p, struct error *e)
{
	if (!par_given(req, "token_bound_cidrs"))
		return true;
	p->bound_cidrs = par_list(req, "token_bound_cidrs", NULL);
	for (char **c = p->bound_cidrs; *c; c++) {
		if (!cidr_address(*c))
			return error_set(e, 400,
			    "error parsing address \"%s\": Unable to convert "
			    "\"%s\" to an IPv4 or IPv6 address, or a UNIX Socket",
			    *c, *c);
		*c = cidr_text(req->arena, *c);
	}
	return true;
}

static bool
read_type(struct request *req, struct token_params *p, struct error *e)
{
	static const char *const types[] = { "default", "service", "batch",
		"default-service", "default-batch" };
	const char *type = par_str(req, "token_type");

	if (!par_given(req, "token_type"))
		return true;
	if (*type == '\0')
		type = "default";
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i]) == 0) {
			p->type = types[i];
			return true;
		}
	return error_set(e, 400, "invalid 'token_type' value \"%s\"", type);
}

/* Vault 1.19 (tokenutil): these are judged before the ttl. */
static bool
check_batch(const struct token_params *p, struct error *e)
{
	if (!strstr(p->type, "batch"))
		return true;
	if (p->period)
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
read_seconds(struct request *req, const char *name, int64_t *seconds)
{
	if (par_given(req, name))
		*seconds = par_secs(req, name);
}

bool
token_params_parse(struct request *req, struct token_params *p,
    struct error *e)
{
	if (!p->type)
		p->type = "default";
	if (!read_cidrs(req, p, e))
		return false;
	read_seconds(req, "token_explicit_max_ttl", &p->explicit_max_ttl);
	read_seconds(req, "token_max_ttl", &p->max_ttl);
	if (par_given(req, "token_no_default_policy"))
		p->no_default_policy = par_bool(req, "token_no_default_policy");
	read_seconds(req, "token_period", &p->period);
	if (par_given(req, "token_policies"))
		p->policies = par_list(req, "token_policies", NULL);
	if (par_given(req, "token_num_uses"))
		p->num_uses = par_int(req, "token_num_uses");
	if (!read_type(req, p, e) || !check_batch(p, e))
		return false;
	read_seconds(req, "token_ttl", &p->ttl);
	if (p->ttl && p->max_ttl && p->ttl > p->max_ttl)
		return error_set(e, 400,
		    "'token_ttl' cannot be greater than 'token_max_ttl'");
	if (p->num_uses < 0)
		return error_set(e, 400, "'token_num_uses' cannot be negative");
	return true;
}

void
token_params_show(json_t *data, const struct token_params *p)
{
	json_t *own = json_pack(
	    "{s:o, s:I, s:I, s:b, s:I, s:I, s:o, s:I, s:s}",
	    "token_bound_cidrs", json_texts(p->bound_cidrs),
	    "token_explicit_max_ttl", (json_int_t)p->explicit_max_ttl,
	    "token_max_ttl", (json_int_t)p->max_ttl,
	    "token_no_default_policy", (int)p->no_default_policy,
	    "token_num_uses", (json_int_t)p->num_uses, "token_period",
	    (json_int_t)p->period, "token_policies", json_texts(p->policies),
	    "token_ttl", (json_int_t)p->ttl, "token_type",
	    p->type ? p->type : "default");

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
number(const json_t *from, const char *key)
{
	return json_integer_value(json_object_get(from, key));
}

void
token_params_unpack(struct arena *a, json_t *from, struct token_params *p)
{
	p->bound_cidrs =
	    json_texts_in(a, json_object_get(from, "token_bound_cidrs"));
	p->explicit_max_ttl = number(from, "token_explicit_max_ttl");
	p->max_ttl = number(from, "token_max_ttl");
	p->no_default_policy =
	    json_is_true(json_object_get(from, "token_no_default_policy"));
	p->num_uses = number(from, "token_num_uses");
	p->period = number(from, "token_period");
	p->policies =
	    json_texts_in(a, json_object_get(from, "token_policies"));
	p->ttl = number(from, "token_ttl");
	p->type = arena_strdup(a,
	    json_string_value(json_object_get(from, "token_type")));
}

char **
policies_cleaned(struct arena *a, char *const *list, bool add_default,
    int *count)
{
	int n = 0;
	char **clean, **out;

	while (list && list[n])
		n++;
	clean = policies_clean((const char *const *)list, n, add_default,
	    &n);
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
		    jtext_kind(req->fields[i].value) == '"')
			return jtext_string(req->arena, req->fields[i].value,
			    NULL);
	return "";
}

/* "approle/" and "" make "approle"; "up/x/" and "bob" make "up-x-bob". */
static char *
display_name(struct request *req, const char *own)
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
type_of(const struct mount *m, const char *asked)
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
set_policies(struct request *req, struct token *t,
    const struct token_params *p)
{
	int n;
	char **clean = policies_cleaned(req->arena, p->policies,
	    !p->no_default_policy, &n);

	token_set_policies(t, (const char *const *)clean, n);
}

static void
set_times(struct request *req, struct token *t, const struct token_params *p)
{
	char warning[LEASE_WARNING_MAX];

	t->explicit_max_ttl = p->explicit_max_ttl;
	t->period = p->period;
	t->ttl = lease_calculate_ttl(0, p->ttl, p->period, p->max_ttl,
	    p->explicit_max_ttl, mount_default_ttl(req->vault, req->mount),
	    mount_max_ttl(req->vault, req->mount), 0, warning,
	    sizeof(warning));
	t->ttl = vault_grant(req->vault, t->ttl);
	if (*warning)
		warn(req, "%s", warning);
}

static void
fill(struct request *req, struct token *t, const struct login *login)
{
	const struct token_params *p = &login->token;
	char entity[UUID_LEN + 1] = "";

	if (login->alias)
		identity_login(req->vault, req->mount, login->alias,
		    entity);
	token_set(&t->entity_id, entity);
	token_set(&t->path, req->path);
	token_set(&t->display_name, display_name(req, login->display_name));
	if (login->metadata && strcmp(login->metadata, "{}") != 0)
		token_set(&t->meta, login->metadata);
	if (login->internal)
		token_set(&t->internal, login->internal);
	t->mount_id = req->mount->id;
	t->type = type_of(req->mount, p->type ? p->type : "");
	t->renewable = t->type == TOKEN_SERVICE;
	t->num_uses = p->num_uses;
	t->orphan = true;
	set_policies(req, t, p);
	token_set_cidrs(t, p->bound_cidrs);
	set_times(req, t, p);
}

/* NULL-terminated copy in the arena; NULL for none. */
static const char *const *
identity_policies_in(struct request *req, const char *entity)
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

verdict
login_reply(struct request *req, const struct login *login)
{
	struct token *t = token_draft();
	struct reply_auth auth = { .token = t, .metadata = login->metadata };
	struct error e = { 0 };
	verdict v;

	fill(req, t, login);
	if (!identity_enabled(req->vault, t->entity_id)) {
		v = fail(req, 403, "permission denied");
	} else if (token_is_root(t)) {
		v = fail(req, 400, "auth methods cannot create root tokens");
	} else if (!token_create(req->vault, t, true, &e)) {
		v = fail_error(req, &e);
	} else {
		lockout_clear(req->vault, req->mount,
		    login->alias ? login->alias : "");
		auth.client_token = t->external;
		auth.lease_duration = t->ttl;
		auth.identity_policies =
		    identity_policies_in(req, t->entity_id);
		v = reply_auth(req, &auth);
		req->reply.no_mount_type = true;
	}
	token_put(t);
	return v;
}
