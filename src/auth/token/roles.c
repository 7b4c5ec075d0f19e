/*
 * Token roles: what auth/token/create/NAME may make. A role is kept as the
 * object that its read answers.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "api/reply.h"
#include "auth/token/token_endpoints.h"
#include "base/go_text.h"
#include "auth/token_params.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "core/mount/mount.h"
#include "core/token/token.h"

enum {
	ROLE_GET,
	ROLE_PUT,
	ROLE_DELETE,
	ROLE_LIST,
	NSTATEMENTS,
};

static const char *const migrations[] = {
	"CREATE TABLE token_role ("
	"name TEXT PRIMARY KEY, "
	"fields TEXT NOT NULL) WITHOUT ROWID;", /* JSON object */
	NULL,
};

static const struct store_statement statements[NSTATEMENTS] = {
	[ROLE_GET] = { "SELECT fields FROM token_role WHERE name = ?", "s",
	    NULL },
	[ROLE_PUT] = { "INSERT INTO token_role (name, fields) VALUES (?, ?) "
		       "ON CONFLICT (name) DO UPDATE SET fields = excluded.fields",
	    "ss", NULL },
	[ROLE_DELETE] = { "DELETE FROM token_role WHERE name = ?", "s", NULL },
	[ROLE_LIST] = { "SELECT name FROM token_role ORDER BY name", "", NULL },
};

const struct store_part token_role_store = { "token_role", migrations,
	statements, NSTATEMENTS, NULL };

const struct param token_role_params[] = {
	{ "allowed_entity_aliases", P_COMMA_STRINGS, NULL,
	    "Aliases that a token of this role may name" },
	{ "allowed_policies", P_COMMA_STRINGS, NULL,
	    "Policies that a token of this role may have" },
	{ "allowed_policies_glob", P_COMMA_STRINGS, NULL,
	    "The same, as globs" },
	{ "bound_cidrs", P_COMMA_STRINGS, NULL,
	    "Older name of token_bound_cidrs" },
	{ "disallowed_policies", P_COMMA_STRINGS, NULL,
	    "Policies that a token of this role must not have" },
	{ "disallowed_policies_glob", P_COMMA_STRINGS, NULL,
	    "The same, as globs" },
	{ "explicit_max_ttl", P_SECONDS, NULL,
	    "Older name of token_explicit_max_ttl" },
	{ "orphan", P_BOOL, NULL, "Tokens of this role have no parent" },
	{ "path_suffix", P_STRING, NULL,
	    "Goes at the end of the path of tokens of this role" },
	{ "period", P_SECONDS, NULL, "Older name of token_period" },
	{ "renewable", P_BOOL, "true", "Tokens of this role can be renewed" },
	{ "role_name", P_STRING, NULL, "Name of the role" },
	{ "token_bound_cidrs", P_COMMA_STRINGS, NULL,
	    "Source addresses the token may be used from" },
	{ "token_explicit_max_ttl", P_SECONDS, NULL,
	    "Hard cap on the token's life" },
	{ "token_no_default_policy", P_BOOL, NULL,
	    "Leave the default policy out" },
	{ "token_num_uses", P_INT, NULL, "How often the token may be used" },
	{ "token_period", P_SECONDS, NULL, "Period of a periodic token" },
	{ "token_type", P_STRING, "\"default-service\"",
	    "service, batch, default-service or default-batch" },
	PARAM_END,
};

json_t *
token_role_get(struct vault *v, const char *name)
{
	struct query *q = STORE_QUERY(
	    v->store, &token_role_store, ROLE_GET, name);
	json_t *role;

	if (!query_row(q))
		return NULL;
	role = json_loads(query_text(q, 0), 0, NULL);
	query_done(q);
	return role;
}

bool
token_role_exists(struct request *req)
{
	json_t *role = token_role_get(
	    req->vault, param_capture(req, "role_name"));

	json_decref(role);
	return role != NULL;
}

enum handler_result
token_role_read(struct request *req)
{
	json_t *role = token_role_get(
	    req->vault, param_capture(req, "role_name"));

	return role ? reply_data(req, role) : reply_none(req);
}

enum handler_result
token_role_delete(struct request *req)
{
	STORE_EXEC(req->vault->store, &token_role_store, ROLE_DELETE,
	    param_capture(req, "role_name"));
	return reply_none(req);
}

enum handler_result
token_role_list(struct request *req)
{
	struct strs names;

	strs_init(&names, req->arena);
	query_strs(STORE_QUERY(req->vault->store, &token_role_store, ROLE_LIST),
	    &names);
	return reply_keys(req, &names);
}

/* ---- writing ---- */

static json_t *
token_role_defaults(const char *name)
{
	return json_pack("{s:n, s:[], s:[], s:[], s:[], s:i, s:s, s:b, s:s, "
			 "s:i, s:b, s:i, s:b, s:i, s:s}",
	    "allowed_entity_aliases", "allowed_policies",
	    "allowed_policies_glob", "disallowed_policies",
	    "disallowed_policies_glob", "explicit_max_ttl", 0, "name", name,
	    "orphan", 0, "path_suffix", "", "period", 0, "renewable", 1,
	    "token_explicit_max_ttl", 0, "token_no_default_policy", 0,
	    "token_period", 0, "token_type", "default-service");
}

/* Vault: \w[\w-.]+\w somewhere in the text is enough. */
static bool
token_role_is_suffix_valid(const char *s)
{
	for (; *s; s++) {
		const char *end = s;

		if (!isalnum((unsigned char)*s) && *s != '_')
			continue;
		while (isalnum((unsigned char)*end) || *end == '_' ||
		    *end == '-' || *end == '.')
			end++;
		while (end[-1] == '-' || end[-1] == '.')
			end--;
		if (end - s >= 3)
			return true;
	}
	return false;
}

static json_t *
token_role_list_json(char *const *items, int n)
{
	json_t *out = json_array();

	for (int i = 0; i < n; i++)
		json_array_append_new(out, json_string(items[i]));
	return out;
}

static void
token_role_set_policies(struct request *req, json_t *role, const char *name)
{
	if (param_is_given(req, name))
		json_object_set_new(role, name,
		    jsontree_strings(policies_clean_copy(req->arena,
			param_strings(req, name, NULL), false, NULL)));
}

/* A list in lower case, sorted, without doubles and empty texts. */
static void
token_role_set_lower(struct request *req, json_t *role, const char *name)
{
	char **given;
	int n, kept = 0;

	if (!param_is_given(req, name))
		return;
	given = param_strings(req, name, &n);
	for (int i = 0; i < n; i++)
		lower_ascii(given[i]);
	qsort(given, (size_t)n, sizeof(*given), compare_strings);
	for (int i = 0; i < n; i++)
		if (*given[i] &&
		    (kept == 0 || strcmp(given[kept - 1], given[i]) != 0))
			given[kept++] = given[i];
	json_object_set_new(role, name, token_role_list_json(given, kept));
}

/* A field and its older name: the newer wins, and the older is shown again only
 * while it is the one that was given. */
static void
token_role_set_seconds(
    struct request *req, json_t *role, const char *newer, const char *older)
{
	if (param_is_given(req, newer)) {
		if (param_is_given(req, older))
			reply_warn(req,
			    "Both '%s' and deprecated '%s' value "
			    "supplied, ignoring the deprecated value",
			    newer, older);
		json_object_set_new(
		    role, newer, json_integer(param_duration(req, newer)));
		json_object_set_new(role, older, json_integer(0));
	} else if (param_is_given(req, older)) {
		json_object_set_new(
		    role, older, json_integer(param_duration(req, older)));
		json_object_set_new(
		    role, newer, json_integer(param_duration(req, older)));
	}
}

static void
token_role_set_list(json_t *role, const char *name, char *const *items, int n)
{
	if (n)
		json_object_set_new(role, name, token_role_list_json(items, n));
	else
		json_object_del(role, name);
}

static bool
token_role_set_cidrs(struct request *req, json_t *role, struct error *e)
{
	bool newer = param_is_given(req, "token_bound_cidrs");
	struct error bad = { 0 };
	char **items;
	int n;

	if (!newer && !param_is_given(req, "bound_cidrs"))
		return true;
	if (newer && param_is_given(req, "bound_cidrs"))
		reply_warn(req,
		    "Both 'token_bound_cidrs' and deprecated "
		    "'bound_cidrs' value supplied, ignoring the deprecated "
		    "value");
	items = param_strings(
	    req, newer ? "token_bound_cidrs" : "bound_cidrs", &n);
	if (!token_params_parse_cidrs(req, items, &bad))
		return error_set(e, 400, "error parsing %s: %s",
		    newer ? "role fields" : "bound_cidrs", bad.text);
	token_role_set_list(role, "token_bound_cidrs", items, n);
	token_role_set_list(role, "bound_cidrs", items, newer ? 0 : n);
	return true;
}

static bool
token_role_set_type(struct request *req, json_t *role, struct error *e)
{
	static const char *const types[] = { "service", "batch",
		"default-service", "default-batch" };
	const char *type = param_str(req, "token_type");

	if (!param_is_given(req, "token_type"))
		return true;
	if (slice_is(param_raw(req, "token_type"), "null"))
		return error_set(e, 400, "Invalid 'token_type' value: null");
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(type, types[i]) != 0)
			continue;
		json_object_set_new(role, "token_type", json_string(type));
		return true;
	}
	return error_set(e, 400, "invalid 'token_type' value %s",
	    go_quoted(req->arena, type));
}

static bool
token_role_set_uses(struct request *req, json_t *role, struct error *e)
{
	int64_t n = param_int(req, "token_num_uses");

	if (!param_is_given(req, "token_num_uses"))
		return true;
	if (n < 0)
		return error_set(e, 400,
		    "error parsing role fields: "
		    "'token_num_uses' cannot be negative");
	if (n)
		json_object_set_new(role, "token_num_uses", json_integer(n));
	else
		json_object_del(role, "token_num_uses");
	return true;
}

static bool
token_role_set_suffix(struct request *req, json_t *role, struct error *e)
{
	const char *suffix = param_str(req, "path_suffix");

	if (!param_is_given(req, "path_suffix"))
		return true;
	if (*suffix && !token_role_is_suffix_valid(suffix))
		return error_set(e, 400,
		    "given role path suffix contains "
		    "invalid characters; must match \\w[\\w-.]+\\w");
	if (strstr(suffix, ".."))
		return error_set(e, 400,
		    "error registering path suffix: path cannot contain "
		    "parent references");
	json_object_set_new(role, "path_suffix", json_string(suffix));
	return true;
}

static bool
token_role_has_value(json_t *role, const char *name)
{
	json_t *value = json_object_get(role, name);

	return json_is_true(value) || json_integer_value(value) > 0;
}

static bool
token_role_check_batch(json_t *role, struct error *e)
{
	const char *what = NULL;
	const char *type = json_string_value(
	    json_object_get(role, "token_type"));

	if (strcmp(type, "batch") != 0)
		return true;
	if (!token_role_has_value(role, "orphan"))
		what = "non-orphan tokens";
	else if (token_role_has_value(role, "token_period"))
		what = "periodic tokens";
	else if (token_role_has_value(role, "renewable"))
		what = "renewable tokens";
	else if (token_role_has_value(role, "token_explicit_max_ttl"))
		what = "tokens with an explicit max TTL";
	return !what ||
	    error_set(e, 400,
		"'token_type' cannot be 'batch' when "
		"role is set to generate %s",
		what);
}

static void
token_role_set_bool(struct request *req, json_t *role, const char *name)
{
	if (param_is_given(req, name))
		json_object_set_new(
		    role, name, json_boolean(param_bool(req, name)));
}

/* Vault 1.19: a cap above the mount's is stored, with a warning. */
static void
token_role_warn_max_ttl(struct request *req, const json_t *role)
{
	int64_t cap_s = json_integer_value(json_object_get(role,
	    param_is_given(req, "token_explicit_max_ttl")
		? "token_explicit_max_ttl"
		: "explicit_max_ttl"));
	int64_t max_s = mount_max_ttl(req->vault, req->mount);

	if (cap_s > max_s)
		reply_warn(req,
		    "Given explicit max TTL of %lld is greater than "
		    "system/mount allowed value of %lld seconds; until this "
		    "is fixed attempting to create tokens against this role "
		    "will result in an error",
		    (long long)cap_s, (long long)max_s);
}

/* Sets the given fields; refusals and warnings in Vault 1.19's order. */
static bool
token_role_set_all(struct request *req, json_t *role, struct error *e)
{
	token_role_set_bool(req, role, "orphan");
	token_role_set_bool(req, role, "renewable");
	if (!token_role_set_suffix(req, role, e))
		return false;
	token_role_set_policies(req, role, "allowed_policies");
	token_role_set_lower(req, role, "disallowed_policies");
	token_role_set_policies(req, role, "allowed_policies_glob");
	token_role_set_lower(req, role, "disallowed_policies_glob");
	token_role_set_bool(req, role, "token_no_default_policy");
	token_role_set_seconds(req, role, "token_period", "period");
	if (!token_role_set_cidrs(req, role, e) ||
	    !token_role_set_uses(req, role, e) ||
	    !token_role_set_type(req, role, e))
		return false;
	token_role_set_seconds(
	    req, role, "token_explicit_max_ttl", "explicit_max_ttl");
	token_role_warn_max_ttl(req, role);
	token_role_set_lower(req, role, "allowed_entity_aliases");
	return token_role_check_batch(role, e);
}

enum handler_result
token_role_write(struct request *req)
{
	const char *name = param_capture(req, "role_name");
	json_t *role = token_role_get(req->vault, name);
	struct error e = { 0 };
	char *text;

	if (!role)
		role = token_role_defaults(name);
	if (!token_role_set_all(req, role, &e)) {
		json_decref(role);
		return fail_error(req, &e);
	}
	text = json_dumps(role, JSON_COMPACT);
	STORE_EXEC(req->vault->store, &token_role_store, ROLE_PUT, name, text);
	free(text);
	json_decref(role);
	return req->reply.nwarnings ? reply_data(req, NULL) : reply_none(req);
}
