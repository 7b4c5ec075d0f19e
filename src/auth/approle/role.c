/*
 * auth/approle/role/: roles, whole and by single fields.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "api/reply.h"
#include "auth/approle/approle.h"
#include "auth/approle/approle_store.h"
#include "base/duration.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "core/mount/mount.h"
#include "core/token/token.h"

#define NAME                                           \
	{                                              \
		"role_name", P_LOWER, NULL, "The role" \
	}

const char *
approle_role_name(struct request *req)
{
	char *name = arena_strdup(req->arena, param_capture(req, "role_name"));

	lower_ascii(name);
	return name;
}

struct approle *
approle_from_path(struct request *req)
{
	return approle_load(
	    req->vault, req->arena, req->mount, approle_role_name(req));
}

/* ---- whole roles ---- */

static const struct param role_params[] = {
	{ "bind_secret_id", P_BOOL, "true", "Does a login need a secret id?" },
	{ "bound_cidr_list", P_COMMA_STRINGS, NULL,
	    "Old name of secret_id_bound_cidrs" },
	{ "local_secret_ids", P_BOOL, NULL,
	    "Secret ids stay in this cluster; only at creation" },
	{ "period", P_SECONDS, NULL, "Old name of token_period" },
	{ "policies", P_COMMA_STRINGS, NULL, "Old name of token_policies" },
	{ "role_id", P_STRING, NULL, "A role id of one's own" },
	NAME,
	{ "secret_id_bound_cidrs", P_COMMA_STRINGS, NULL,
	    "Source addresses a login may come from" },
	{ "secret_id_num_uses", P_INT, NULL, "Logins per secret id" },
	{ "secret_id_ttl", P_SECONDS, NULL, "Life of a secret id" },
	TOKEN_PARAMS,
	PARAM_END,
};

static struct approle *
approle_role_new(struct request *req)
{
	struct approle *r = arena_zalloc(req->arena, sizeof(*r));
	char id[UUID_LEN + 1];

	random_uuid(req->vault->random, id);
	r->name = arena_strdup(req->arena, approle_role_name(req));
	r->role_id = arena_strdup(req->arena, id);
	r->bind_secret_id = true;
	r->token.type = "default";
	return r;
}

static void
approle_role_read_cidrs(struct request *req, struct approle *r)
{
	static const char *const names[] = { "secret_id_bound_cidrs",
		"bound_cidr_list" };

	for (int i = 0; i < 2; i++) {
		int n;
		char **list;

		if (!param_is_given(req, names[i]))
			continue;
		list = param_strings(req, names[i], &n);
		r->secret_id_bound_cidrs = n ? list : NULL;
		return;
	}
}

/* Vault 1.19: these are bare errors, so 500. */
static bool
approle_role_check_cidrs(const struct approle *r, struct error *e)
{
	for (char **c = r->secret_id_bound_cidrs; c && *c; c++)
		if (!cidr_valid(*c))
			return error_wrap(e, 500,
			    "failed to validate CIDR blocks: invalid CIDR "
			    "address: %s",
			    *c);
	return true;
}

/* What is checked each time a role is written; bare errors too. */
static bool
approle_role_check(
    struct request *req, const struct approle *r, struct error *e)
{
	const struct approle *other;

	if (!r->bind_secret_id && !r->secret_id_bound_cidrs &&
	    !(r->token.bound_cidrs && r->token.bound_cidrs[0]))
		return error_wrap(e, 500,
		    "at least one constraint should be enabled on the role");
	other = approle_by_id(req->vault, req->mount, r->role_id);
	if (other && strcmp(other->name, r->name) != 0)
		return error_wrap(e, 500, "role_id already in use");
	return true;
}

/* Vault 1.19: the text names the period that was set by its deprecated name,
 * even where the other one is too long. */
static bool
approle_role_check_period(struct request *req, const struct approle *r,
    int64_t period_s, struct error *e)
{
	int64_t max_s = mount_max_ttl(req->vault, req->mount);
	char period[DURATION_MAX], max[DURATION_MAX];

	if (period_s <= max_s)
		return true;
	duration_format(duration_from_s(r->token.deprecated.period_s), period);
	duration_format(duration_from_s(max_s), max);
	return error_set(e, 400,
	    "period of \"%s\" is greater than the backend's maximum lease TTL "
	    "of \"%s\"",
	    period, max);
}

/* Vault 1.19: two more token types, taken for what they default to. */
static void
approle_role_adjust_token_type(struct request *req)
{
	static const char *const useful[] = { "service", "batch" };
	struct param_value *type = param_value_of(req, "token_type");

	for (int i = 0; i < 2; i++) {
		char *odd = arena_printf(req->arena, "default-%s", useful[i]);

		if (!type->given || strcmp(type->u.text, odd) != 0)
			continue;
		reply_warn(req, "%s has no useful meaning; adjusting to %s",
		    odd, useful[i]);
		type->u.text = arena_strdup(req->arena, useful[i]);
	}
}

/* Reads the given fields in Vault 1.19's order, in which the first refusal is
 * seen. */
static bool
approle_role_read_params(
    struct request *req, struct approle *r, bool creating, struct error *e)
{
	approle_role_adjust_token_type(req);
	if (!token_params_parse(req, &r->token, e))
		return false;
	if (param_is_given(req, "local_secret_ids")) {
		if (!creating)
			return error_set(e, 400,
			    "local_secret_ids can only be modified during "
			    "role creation");
		r->local_secret_ids = param_bool(req, "local_secret_ids");
	}
	if (param_is_given(req, "role_id")) {
		r->role_id = arena_strdup(
		    req->arena, param_str(req, "role_id"));
		if (*r->role_id == '\0')
			return error_set(e, 400,
			    "invalid role_id supplied, or failed "
			    "to generate a role_id");
	}
	if (param_is_given(req, "bind_secret_id"))
		r->bind_secret_id = param_bool(req, "bind_secret_id");
	approle_role_read_cidrs(req, r);
	if (!approle_role_check_cidrs(r, e))
		return false;
	if (param_is_given(req, "secret_id_num_uses"))
		r->secret_id_num_uses = param_int(req, "secret_id_num_uses");
	if (r->secret_id_num_uses < 0)
		return error_set(
		    e, 400, "secret_id_num_uses cannot be negative");
	if (param_is_given(req, "secret_id_ttl"))
		r->secret_id_ttl_s = param_duration(req, "secret_id_ttl");
	return token_params_parse_deprecated(req, &r->token, e) &&
	    approle_role_check_period(
		req, r, r->token.deprecated.period_s, e) &&
	    approle_role_check(req, r, e);
}

/* Checks and stores a role of which one field was changed. */
static enum handler_result
approle_role_put(struct request *req, const struct approle *r)
{
	struct error e = { 0 };

	if (!approle_role_check(req, r, &e))
		return fail_error(req, &e);
	approle_save(req->vault, req->mount, r);
	return reply_none(req);
}

static bool
approle_role_exists(struct request *req)
{
	return approle_from_path(req) != NULL;
}

static enum handler_result
approle_role_write(struct request *req)
{
	struct approle *r;
	struct error e = { 0 };
	bool creating;

	if (strlen(param_capture(req, "role_name")) > 4096)
		return fail(
		    req, 400, "role_name is longer than maximum of 4096 bytes");
	r = approle_from_path(req);
	creating = !r;
	if (!r)
		r = approle_role_new(req);
	if (!approle_role_read_params(req, r, creating, &e))
		return fail_error(req, &e);
	if (r->token.max_ttl_s > mount_max_ttl(req->vault, req->mount))
		reply_warn(req,
		    "token_max_ttl is greater than the backend mount's "
		    "maximum TTL value; issued tokens' max TTL value "
		    "will be truncated");
	approle_save(req->vault, req->mount, r);
	return req->reply.nwarnings ? reply_data(req, NULL) : reply_none(req);
}

static json_t *
approle_cidrs_or_null(char *const *list)
{
	return list ? jsontree_strings(list) : json_null();
}

static enum handler_result
approle_role_read(struct request *req)
{
	struct approle *r = approle_from_path(req);
	json_t *data;

	if (!r)
		return reply_none(req);
	data = json_pack("{s:b, s:b, s:o, s:I, s:I}", "bind_secret_id",
	    (int)r->bind_secret_id, "local_secret_ids",
	    (int)r->local_secret_ids, "secret_id_bound_cidrs",
	    approle_cidrs_or_null(r->secret_id_bound_cidrs),
	    "secret_id_num_uses", (json_int_t)r->secret_id_num_uses,
	    "secret_id_ttl", (json_int_t)r->secret_id_ttl_s);
	token_params_show(data, &r->token);
	if (version_has(req->vault, VERSION_AUTH_ALIAS_METADATA))
		json_object_set_new(data, "alias_metadata", json_object());
	return reply_data(req, data);
}

static enum handler_result
approle_role_delete(struct request *req)
{
	approle_remove(req->vault, req->mount, approle_role_name(req));
	return reply_none(req);
}

static enum handler_result
approle_role_list(struct request *req)
{
	struct strs names = strs_in(req->arena);

	approle_role_names(req->vault, req->mount, &names);
	return reply_keys(req, &names);
}

/* ---- numbers: one row each ---- */

#define FIELD(path, key, member)                            \
	{                                                   \
		path, key, offsetof(struct approle, member) \
	}

static const struct approle_number_field {
	const char *path; /* role/NAME/path */
	const char *key;
	size_t at; /* of an int64_t in struct approle */
} numbers[] = {
	FIELD("period", "token_period", token.period_s),
	FIELD("secret-id-num-uses", "secret_id_num_uses", secret_id_num_uses),
	FIELD("secret-id-ttl", "secret_id_ttl", secret_id_ttl_s),
	FIELD("token-max-ttl", "token_max_ttl", token.max_ttl_s),
	FIELD("token-num-uses", "token_num_uses", token.num_uses),
	FIELD("token-ttl", "token_ttl", token.ttl_s),
};

static const struct approle_number_field *
approle_number_field(const struct request *req)
{
	const char *last = strrchr(req->rel_path, '/') + 1;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(numbers[i].path, last) == 0)
			return &numbers[i];
	abort(); /* a row without its field */
}

static int64_t *
approle_number_member(struct approle *r, const struct approle_number_field *f)
{
	return (int64_t *)((char *)r + f->at);
}

static enum handler_result
approle_number_read(struct request *req)
{
	const struct approle_number_field *f = approle_number_field(req);
	struct approle *r = approle_from_path(req);
	json_t *data;

	if (!r)
		return reply_none(req);
	data = json_pack(
	    "{s:I}", f->key, (json_int_t)*approle_number_member(r, f));
	if (r->token.deprecated.period_s && strcmp(f->path, "period") == 0)
		json_object_set_new(
		    data, "period", json_integer(r->token.deprecated.period_s));
	return reply_data(req, data);
}

static bool
approle_number_fits(const struct approle *r,
    const struct approle_number_field *f, struct error *e)
{
	bool backward = r->token.max_ttl_s &&
	    r->token.ttl_s > r->token.max_ttl_s;

	if (r->secret_id_num_uses < 0)
		return error_set(
		    e, 400, "secret_id_num_uses cannot be negative");
	if (backward && strcmp(f->path, "token-ttl") == 0)
		return error_set(e, 400,
		    "token_ttl should not be greater than "
		    "token_max_ttl");
	if (backward && strcmp(f->path, "token-max-ttl") == 0)
		return error_set(e, 400,
		    "token_max_ttl should be greater than "
		    "or equal to token_ttl");
	return true;
}

/* Vault 1.19 checks no sign of token_num_uses here. */
static enum handler_result
approle_number_write(struct request *req)
{
	const struct approle_number_field *f = approle_number_field(req);
	struct approle *r = approle_from_path(req);
	struct error e = { 0 };

	if (!r)
		return fail_unsupported_path(req);
	if (!param_is_given(req, f->key))
		return fail(req, 400, "missing %s", f->key);
	*approle_number_member(r, f) = param_int(req, f->key);
	if (!approle_number_fits(r, f, &e))
		return fail_error(req, &e);
	return approle_role_put(req, r);
}

static enum handler_result
approle_number_delete(struct request *req)
{
	struct approle *r = approle_from_path(req);

	if (!r)
		return reply_none(req);
	*approle_number_member(r, approle_number_field(req)) = 0;
	return approle_role_put(req, r);
}

static enum handler_result
approle_period_write(struct request *req)
{
	struct approle *r = approle_from_path(req);
	struct error e = { 0 };

	if (!r)
		return fail_unsupported_path(req);
	if (!param_is_given(req, "token_period") &&
	    !param_is_given(req, "period"))
		return fail(req, 400, "missing period");
	if (param_is_given(req, "token_period"))
		r->token.period_s = param_duration(req, "token_period");
	if (!token_params_parse_deprecated(req, &r->token, &e) ||
	    !approle_role_check_period(req, r, r->token.period_s, &e))
		return fail_error(req, &e);
	return approle_role_put(req, r);
}

static enum handler_result
approle_period_delete(struct request *req)
{
	struct approle *r = approle_from_path(req);

	if (!r)
		return reply_none(req);
	r->token.period_s = r->token.deprecated.period_s = 0;
	return approle_role_put(req, r);
}

/* ---- policies, bind-secret-id, ids ---- */

static enum handler_result
approle_policies_read(struct request *req)
{
	struct approle *r = approle_from_path(req);
	json_t *data;

	if (!r)
		return reply_none(req);
	data = json_pack(
	    "{s:o}", "token_policies", jsontree_strings(r->token.policies));
	if (r->token.deprecated.policies && *r->token.deprecated.policies)
		json_object_set_new(data, "policies",
		    jsontree_strings(r->token.deprecated.policies));
	return reply_data(req, data);
}

static enum handler_result
approle_policies_write(struct request *req)
{
	struct approle *r = approle_from_path(req);
	bool by_new = param_is_given(req, "token_policies");
	bool by_old = param_is_given(req, "policies");

	if (!r)
		return fail_unsupported_path(req);
	if (!by_new && !by_old)
		return fail(req, 400, "missing token_policies");
	r->token.policies = policies_clean_copy(req->arena,
	    param_strings(req, by_new ? "token_policies" : "policies", NULL),
	    false, NULL);
	r->token.deprecated.policies = by_old ? r->token.policies : NULL;
	return approle_role_put(req, r);
}

static enum handler_result
approle_policies_delete(struct request *req)
{
	struct approle *r = approle_from_path(req);

	if (!r)
		return reply_none(req);
	r->token.policies = r->token.deprecated.policies = NULL;
	return approle_role_put(req, r);
}

static enum handler_result
approle_bind_read(struct request *req)
{
	struct approle *r = approle_from_path(req);

	return r
	    ? reply_data(req,
		  json_pack("{s:b}", "bind_secret_id", (int)r->bind_secret_id))
	    : reply_none(req);
}

static enum handler_result
approle_bind_write(struct request *req)
{
	struct approle *r = approle_from_path(req);

	if (!r)
		return fail_unsupported_path(req);
	if (!param_is_given(req, "bind_secret_id"))
		return fail(req, 400, "missing bind_secret_id");
	r->bind_secret_id = param_bool(req, "bind_secret_id");
	return approle_role_put(req, r);
}

static enum handler_result
approle_bind_delete(struct request *req)
{
	struct approle *r = approle_from_path(req);

	if (!r)
		return reply_none(req);
	r->bind_secret_id = true;
	return approle_role_put(req, r);
}

static enum handler_result
approle_local_read(struct request *req)
{
	struct approle *r = approle_from_path(req);

	return r ? reply_data(req,
		       json_pack("{s:b}", "local_secret_ids",
			   (int)r->local_secret_ids))
		 : reply_none(req);
}

static enum handler_result
approle_role_id_read(struct request *req)
{
	struct approle *r = approle_from_path(req);

	return r ? reply_data(req, json_pack("{s:s}", "role_id", r->role_id))
		 : reply_none(req);
}

static enum handler_result
approle_role_id_write(struct request *req)
{
	struct approle *r = approle_from_path(req);

	if (!r)
		return fail_unsupported_path(req);
	r->role_id = arena_strdup(req->arena, param_str(req, "role_id"));
	if (*r->role_id == '\0')
		return fail(req, 400, "missing role_id");
	return approle_role_put(req, r);
}

/* ---- the three lists of addresses ---- */

enum cidr_field { CIDR_SECRET, CIDR_OLD, CIDR_TOKEN };

static enum cidr_field
approle_cidr_field(const struct request *req)
{
	if (ends_with(req->rel_path, "/token-bound-cidrs"))
		return CIDR_TOKEN;
	return ends_with(req->rel_path, "/bound-cidr-list") ? CIDR_OLD
							    : CIDR_SECRET;
}

static const char *const cidr_keys[] = { "secret_id_bound_cidrs",
	"bound_cidr_list", "token_bound_cidrs" };

static void
approle_set_cidrs(struct approle *r, enum cidr_field f, char **list)
{
	if (f == CIDR_TOKEN)
		r->token.bound_cidrs = list;
	else
		r->secret_id_bound_cidrs = list;
}

static enum handler_result
approle_cidrs_read(struct request *req)
{
	enum cidr_field f = approle_cidr_field(req);
	struct approle *r = approle_from_path(req);
	char **list;

	if (!r)
		return reply_none(req);
	if (f == CIDR_OLD)
		reply_warn(req,
		    "The \"bound_cidr_list\" field is deprecated and "
		    "will be removed. Please use "
		    "\"secret_id_bound_cidrs\" instead.");
	/* Vault 1.19: the old list is another one, which nothing sets. */
	list = f == CIDR_OLD  ? NULL
	    : f == CIDR_TOKEN ? r->token.bound_cidrs
			      : r->secret_id_bound_cidrs;
	if (list && !*list)
		list = NULL;
	return reply_data(
	    req, json_pack("{s:o}", cidr_keys[f], approle_cidrs_or_null(list)));
}

static bool
approle_cidrs_fit(
    struct request *req, char **list, enum cidr_field f, struct error *e)
{
	struct error bad = { 0 };

	if (f == CIDR_TOKEN)
		return token_params_parse_cidrs(req, list, &bad) ||
		    error_set(e, 400, "failed to parse token_bound_cidrs: %s",
			bad.text);
	if (*list == NULL)
		return error_set(e, 400, "missing bound_cidr_list");
	for (; *list; list++)
		if (!cidr_valid(*list))
			return error_set(e, 400,
			    "failed to validate CIDR blocks: invalid CIDR "
			    "address: %s",
			    *list);
	return true;
}

static enum handler_result
approle_cidrs_write(struct request *req)
{
	enum cidr_field f = approle_cidr_field(req);
	struct approle *r = approle_from_path(req);
	struct error e = { 0 };
	char **list;

	if (!r)
		return fail_unsupported_path(req);
	if (!param_is_given(req, cidr_keys[f]))
		return approle_role_put(req, r);
	list = param_strings(req, cidr_keys[f], NULL);
	if (!approle_cidrs_fit(req, list, f, &e))
		return fail_error(req, &e);
	approle_set_cidrs(r, f, list);
	return approle_role_put(req, r);
}

static enum handler_result
approle_cidrs_delete(struct request *req)
{
	enum cidr_field f = approle_cidr_field(req);
	struct approle *r = approle_from_path(req);

	if (!r)
		return reply_none(req);
	if (f != CIDR_OLD)
		approle_set_cidrs(r, f, NULL);
	return approle_role_put(req, r);
}

/* ---- rows ---- */

static const struct param name_only[] = { NAME, PARAM_END };

#define ONE_FIELD(table, ...) \
	static const struct param table[] = { NAME, __VA_ARGS__, PARAM_END }

ONE_FIELD(period_params,
    { "period", P_SECONDS, NULL, "Old name of token_period" },
    { "token_period", P_SECONDS, NULL, "Period of the tokens" });
ONE_FIELD(policies_params,
    { "policies", P_COMMA_STRINGS, NULL, "Old name of token_policies" },
    { "token_policies", P_COMMA_STRINGS, NULL, "Policies of the tokens" });
ONE_FIELD(
    uses_params, { "secret_id_num_uses", P_INT, NULL, "Logins per secret id" });
ONE_FIELD(secret_ttl_params,
    { "secret_id_ttl", P_SECONDS, NULL, "Life of a secret id" });
ONE_FIELD(max_ttl_params,
    { "token_max_ttl", P_SECONDS, NULL, "Cap on the tokens' life" });
ONE_FIELD(
    token_uses_params, { "token_num_uses", P_INT, NULL, "Uses of a token" });
ONE_FIELD(
    ttl_params, { "token_ttl", P_SECONDS, NULL, "First life of the tokens" });
ONE_FIELD(bind_params,
    { "bind_secret_id", P_BOOL, "true", "Does a login need a secret id?" });
ONE_FIELD(role_id_params, { "role_id", P_STRING, NULL, "The role id" });
ONE_FIELD(secret_cidrs_params,
    { "secret_id_bound_cidrs", P_COMMA_STRINGS, NULL,
	"Source addresses a login may come from" });
ONE_FIELD(old_cidrs_params,
    { "bound_cidr_list", P_COMMA_STRINGS, NULL,
	"Old name of secret_id_bound_cidrs" });
ONE_FIELD(token_cidrs_params,
    { "token_bound_cidrs", P_COMMA_STRINGS, NULL,
	"Source addresses a token may be used from" });

#define ROLE "role/{role_name}"
#define APPROLE_FIELD_ROUTES(path, params, read, write, delete, help)   \
	{ OP_READ, ROLE "/" path, 0, params, read, NULL, help },        \
	    { OP_WRITE, ROLE "/" path, 0, params, write, NULL, help },  \
	{                                                               \
		OP_DELETE, ROLE "/" path, 0, params, delete, NULL, help \
	}
#define APPROLE_NUMBER_ROUTES(path, params, help)               \
	APPROLE_FIELD_ROUTES(path, params, approle_number_read, \
	    approle_number_write, approle_number_delete, help)
#define APPROLE_CIDR_ROUTES(path, params, help)                \
	APPROLE_FIELD_ROUTES(path, params, approle_cidrs_read, \
	    approle_cidrs_write, approle_cidrs_delete, help)

const struct route approle_role_routes[] = {
	{ OP_LIST, "role/?", 0, NULL, approle_role_list, NULL,
	    "Names of the roles" },
	{ OP_READ, ROLE, 0, role_params, approle_role_read, NULL,
	    "Read a role" },
	{ OP_WRITE, ROLE, 0, role_params, approle_role_write,
	    approle_role_exists, "Make or change a role" },
	{ OP_DELETE, ROLE, 0, role_params, approle_role_delete, NULL,
	    "Remove a role and its secret ids" },
	{ OP_READ, ROLE "/local-secret-ids", 0, name_only, approle_local_read,
	    NULL, "Do the secret ids stay in this cluster?" },
	APPROLE_FIELD_ROUTES("policies", policies_params, approle_policies_read,
	    approle_policies_write, approle_policies_delete,
	    "Policies of the tokens"),
	APPROLE_CIDR_ROUTES("bound-cidr-list", old_cidrs_params,
	    "Old name of secret-id-bound-cidrs"),
	APPROLE_CIDR_ROUTES("secret-id-bound-cidrs", secret_cidrs_params,
	    "Source addresses a login may come from"),
	APPROLE_CIDR_ROUTES("token-bound-cidrs", token_cidrs_params,
	    "Source addresses a token may be used from"),
	APPROLE_FIELD_ROUTES("bind-secret-id", bind_params, approle_bind_read,
	    approle_bind_write, approle_bind_delete,
	    "Does a login need a secret id?"),
	APPROLE_NUMBER_ROUTES(
	    "secret-id-num-uses", uses_params, "Logins per secret id"),
	APPROLE_NUMBER_ROUTES(
	    "secret-id-ttl", secret_ttl_params, "Life of a secret id"),
	APPROLE_FIELD_ROUTES("period", period_params, approle_number_read,
	    approle_period_write, approle_period_delete,
	    "Period of the tokens"),
	APPROLE_NUMBER_ROUTES(
	    "token-num-uses", token_uses_params, "Uses of a token"),
	APPROLE_NUMBER_ROUTES(
	    "token-ttl", ttl_params, "First life of the tokens"),
	APPROLE_NUMBER_ROUTES(
	    "token-max-ttl", max_ttl_params, "Cap on the tokens' life"),
	{ OP_READ, ROLE "/role-id", 0, role_id_params, approle_role_id_read,
	    NULL, "The role id" },
	{ OP_WRITE, ROLE "/role-id", 0, role_id_params, approle_role_id_write,
	    NULL, "The role id" },
	ROUTE_END,
};
