/*
 * The token_* fields of roles and users: read from a request, kept, shown.
 */
#include "auth/token_params.h"

#include <string.h>

#include "api/route.h"
#include "base/go_text.h"
#include "base/json/jsontree.h"
#include "core/token/token.h"

bool
token_params_parse_cidrs(struct request *req, char **cidrs, struct error *e)
{
	for (char **c = cidrs; c && *c; c++) {
		if (!cidr_is_sockaddr(*c))
			return error_set(e, 400,
			    "error parsing address %s: Unable to convert "
			    "%s to an IPv4 or IPv6 address, or a UNIX Socket",
			    go_quoted(req->arena, *c),
			    go_quoted(req->arena, *c));
		*c = cidr_format(req->arena, *c);
	}
	return true;
}

static bool
token_params_parse_type(
    struct request *req, struct token_params *p, struct error *e)
{
	const char *type = param_str(req, "token_type");

	if (!param_is_given(req, "token_type"))
		return true;
	if (*type == '\0' || strcmp(type, "default") == 0)
		p->type = "default";
	else if (strcmp(type, "service") == 0)
		p->type = "service";
	else if (strcmp(type, "batch") == 0)
		p->type = "batch";
	else
		return error_set(e, 400, "invalid 'token_type' value %s",
		    go_quoted(req->arena, type));
	return true;
}

static bool
token_params_check_batch(const struct token_params *p, struct error *e)
{
	if (strcmp(p->type, "batch") != 0)
		return true;
	if (p->period_s)
		return error_set(e, 400,
		    "'token_type' cannot be 'batch' or 'default_batch' when "
		    "set to generate periodic tokens");
	return !p->num_uses ||
	    error_set(e, 400,
		"'token_type' cannot be 'batch' or 'default_batch' when "
		"set to generate tokens with limited use count");
}

static void
token_params_read_seconds(
    struct request *req, const char *name, int64_t *seconds)
{
	if (param_is_given(req, name))
		*seconds = param_duration(req, name);
}

/* The order is Vault 1.19's (tokenutil): the first refusal is seen. */
bool
token_params_parse(struct request *req, struct token_params *p, struct error *e)
{
	if (!p->type)
		p->type = "default";
	if (param_is_given(req, "token_bound_cidrs")) {
		p->bound_cidrs = param_strings(req, "token_bound_cidrs", NULL);
		if (!token_params_parse_cidrs(req, p->bound_cidrs, e))
			return false;
	}
	token_params_read_seconds(
	    req, "token_explicit_max_ttl", &p->explicit_max_ttl_s);
	token_params_read_seconds(req, "token_max_ttl", &p->max_ttl_s);
	if (param_is_given(req, "token_no_default_policy"))
		p->no_default_policy = param_bool(
		    req, "token_no_default_policy");
	token_params_read_seconds(req, "token_period", &p->period_s);
	if (param_is_given(req, "token_policies"))
		p->policies = param_strings(req, "token_policies", NULL);
	if (!token_params_parse_type(req, p, e))
		return false;
	if (param_is_given(req, "token_num_uses"))
		p->num_uses = param_int(req, "token_num_uses");
	if (p->num_uses < 0)
		return error_set(e, 400, "'token_num_uses' cannot be negative");
	if (!token_params_check_batch(p, e))
		return false;
	token_params_read_seconds(req, "token_ttl", &p->ttl_s);
	if (p->ttl_s && p->max_ttl_s && p->ttl_s > p->max_ttl_s)
		return error_set(e, 400,
		    "'token_ttl' cannot be greater than 'token_max_ttl'");
	return true;
}

/* ---- deprecated names ---- */

enum token_param_source {
	TOKEN_PARAM_KEPT,    /* neither name is given */
	TOKEN_PARAM_BY_OLD,  /* the old name alone sets both */
	TOKEN_PARAM_BY_NEW,  /* the new name alone clears the old one */
	TOKEN_PARAM_BY_BOTH, /* the old one gets the value of the new one */
};

static bool
token_param_is_sent(struct request *req, const char *name)
{
	for (const struct param *p = req->route->params; p->name; p++)
		if (strcmp(p->name, name) == 0)
			return param_is_given(req, name);
	return false;
}

/* Vault 1.19 (tokenutil.UpgradeValue): which of the two names counts. */
static enum token_param_source
token_param_source_of(struct request *req, const char *old)
{
	char *now = arena_printf(req->arena, "token_%s", old);
	bool by_old = token_param_is_sent(req, old);

	if (token_param_is_sent(req, now))
		return by_old ? TOKEN_PARAM_BY_BOTH : TOKEN_PARAM_BY_NEW;
	return by_old ? TOKEN_PARAM_BY_OLD : TOKEN_PARAM_KEPT;
}

static void
token_param_upgrade_int(
    struct request *req, const char *old, int64_t *old_n, int64_t *new_n)
{
	switch (token_param_source_of(req, old)) {
	case TOKEN_PARAM_KEPT:
		break;
	case TOKEN_PARAM_BY_OLD:
		*old_n = *new_n = param_int(req, old);
		break;
	case TOKEN_PARAM_BY_NEW:
		*old_n = 0;
		break;
	case TOKEN_PARAM_BY_BOTH:
		*old_n = *new_n;
		break;
	}
}

static void
token_param_upgrade_list(
    struct request *req, const char *old, char ***old_list, char ***new_list)
{
	switch (token_param_source_of(req, old)) {
	case TOKEN_PARAM_KEPT:
		break;
	case TOKEN_PARAM_BY_OLD:
		*old_list = *new_list = param_strings(req, old, NULL);
		break;
	case TOKEN_PARAM_BY_NEW:
		*old_list = NULL;
		break;
	case TOKEN_PARAM_BY_BOTH:
		*old_list = *new_list;
		break;
	}
}

bool
token_params_parse_deprecated(
    struct request *req, struct token_params *p, struct error *e)
{
	struct token_params_deprecated *old = &p->deprecated;

	token_param_upgrade_list(req, "policies", &old->policies, &p->policies);
	if (token_param_source_of(req, "policies") == TOKEN_PARAM_BY_OLD)
		old->policies = p->policies = policies_clean_copy(
		    req->arena, p->policies, false, NULL);
	token_param_upgrade_int(req, "ttl", &old->ttl_s, &p->ttl_s);
	token_param_upgrade_int(req, "max_ttl", &old->max_ttl_s, &p->max_ttl_s);
	token_param_upgrade_int(req, "period", &old->period_s, &p->period_s);
	token_param_upgrade_int(req, "num_uses", &old->num_uses, &p->num_uses);
	token_param_upgrade_list(
	    req, "bound_cidrs", &old->bound_cidrs, &p->bound_cidrs);
	return token_param_source_of(req, "bound_cidrs") !=
	    TOKEN_PARAM_BY_OLD ||
	    token_params_parse_cidrs(req, p->bound_cidrs, e);
}

/* ---- kept and shown ---- */

static void
token_params_set_int(json_t *data, const char *name, int64_t n)
{
	if (n)
		json_object_set_new(data, name, json_integer(n));
}

static void
token_params_set_list(json_t *data, const char *name, char *const *list)
{
	if (list && *list)
		json_object_set_new(data, name, jsontree_strings(list));
}

void
token_params_show(json_t *data, const struct token_params *p)
{
	const struct token_params_deprecated *old = &p->deprecated;
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
	token_params_set_list(data, "policies", old->policies);
	token_params_set_int(data, "ttl", old->ttl_s);
	token_params_set_int(data, "max_ttl", old->max_ttl_s);
	token_params_set_int(data, "period", old->period_s);
	token_params_set_int(data, "num_uses", old->num_uses);
	token_params_set_list(data, "bound_cidrs", old->bound_cidrs);
}

json_t *
token_params_pack(const struct token_params *p)
{
	json_t *out = json_object();

	token_params_show(out, p);
	return out;
}

static int64_t
token_params_get_int(const json_t *from, const char *key)
{
	return json_integer_value(json_object_get(from, key));
}

static char **
token_params_get_list(struct arena *a, const json_t *from, const char *key)
{
	return jsontree_to_strings(a, json_object_get(from, key));
}

void
token_params_unpack(struct arena *a, json_t *from, struct token_params *p)
{
	struct token_params_deprecated *old = &p->deprecated;

	p->bound_cidrs = token_params_get_list(a, from, "token_bound_cidrs");
	p->explicit_max_ttl_s = token_params_get_int(
	    from, "token_explicit_max_ttl");
	p->max_ttl_s = token_params_get_int(from, "token_max_ttl");
	p->no_default_policy = json_is_true(
	    json_object_get(from, "token_no_default_policy"));
	p->num_uses = token_params_get_int(from, "token_num_uses");
	p->period_s = token_params_get_int(from, "token_period");
	p->policies = token_params_get_list(a, from, "token_policies");
	p->ttl_s = token_params_get_int(from, "token_ttl");
	p->type = arena_strdup(a, jsontree_string(from, "token_type"));
	old->policies = token_params_get_list(a, from, "policies");
	old->ttl_s = token_params_get_int(from, "ttl");
	old->max_ttl_s = token_params_get_int(from, "max_ttl");
	old->period_s = token_params_get_int(from, "period");
	old->num_uses = token_params_get_int(from, "num_uses");
	old->bound_cidrs = token_params_get_list(a, from, "bound_cidrs");
}
