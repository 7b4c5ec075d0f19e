/*
 * identity/oidc: signed tokens that say who an entity is, the keys and roles
 * behind them, and what others need to check them.
 */
#include "secrets/identity/oidc_keys.h"

#include <string.h>
#include <strings.h>

#include "api/async_key.h"
#include "api/reply.h"
#include "base/duration.h"
#include "base/go_text.h"
#include "base/json/jsontext.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "core/setting.h"
#include "core/token/token.h"
#include "secrets/identity/identity.h"
#include "secrets/identity/identity_common.h"
#include "secrets/identity/oidc_template.h"

#define SETTING "identity/oidc"

/* ---- what is kept: {"issuer", "keys": {name: key}, "roles": {...}} ---- */

static json_t *
oidc_new_key_json(
    const char *algorithm, int64_t period_s, int64_t ttl_s, json_t *allowed)
{
	return json_pack("{s:s, s:I, s:I, s:o, s:[]}", "algorithm", algorithm,
	    "rotation_period", (json_int_t)period_s, "verification_ttl",
	    (json_int_t)ttl_s, "allowed_client_ids", allowed, "ring");
}

static json_t *
oidc_config_load(struct request *req)
{
	json_t *all = setting_get(req->vault, SETTING);

	return all
	    ? all
	    : json_pack("{s:s, s:{s:o}, s:{}}", "issuer", "", "keys", "default",
		  oidc_new_key_json(
		      "RS256", 86400, 86400, json_pack("[s]", "*")),
		  "roles");
}

/* Keys are wiped. */
static void
oidc_config_free(json_t *all)
{
	const char *name;
	json_t *key;

	json_object_foreach (json_object_get(all, "keys"), name, key)
		oidc_key_wipe(key);
	json_decref(all);
}

static void
oidc_config_save(struct request *req, json_t *all)
{
	setting_put(req->vault, SETTING, json_incref(all));
	oidc_config_free(all);
}

static json_t *
oidc_config_get_member(const json_t *all, const char *table, const char *name)
{
	return json_object_get(json_object_get(all, table), name);
}

static bool
oidc_member_exists(struct request *req, const char *table)
{
	json_t *all = oidc_config_load(req);
	bool known = oidc_config_get_member(
			 all, table, param_str(req, "name")) != NULL;

	oidc_config_free(all);
	return known;
}

static enum handler_result
oidc_reply_names(struct request *req, const char *table)
{
	json_t *all = oidc_config_load(req), *one;
	json_t *objects = json_object_get(all, table);
	const char *name;
	struct strs names = strs_in(req->arena);

	json_object_foreach (objects, name, one)
		strs_add(&names, name);
	strs_sort(&names);
	oidc_config_free(all);
	return reply_keys(req, &names);
}

/* ---- config ---- */

static enum handler_result
oidc_read_config(struct request *req)
{
	json_t *all = oidc_config_load(req);
	json_t *data = json_pack(
	    "{s:O}", "issuer", json_object_get(all, "issuer"));

	oidc_config_free(all);
	return reply_data(req, data);
}

static bool
oidc_issuer_is_valid(const char *issuer)
{
	const char *rest = strstr(issuer, "://");

	return rest && rest[3] && strpbrk(rest + 3, "/?#@") == NULL &&
	    (strncasecmp(issuer, "http://", 7) == 0 ||
		strncasecmp(issuer, "https://", 8) == 0);
}

static enum handler_result
oidc_write_config(struct request *req)
{
	const char *issuer = param_str(req, "issuer");
	json_t *all;

	if (*issuer && !oidc_issuer_is_valid(issuer))
		return fail(req, 400,
		    "invalid issuer, which must include only a scheme, host, "
		    "and optional port (e.g. https://example.com:8200)");
	all = oidc_config_load(req);
	if (param_is_given(req, "issuer"))
		json_object_set_new(all, "issuer", json_string(issuer));
	oidc_config_save(req, all);
	if (*issuer == '\0')
		return reply_none(req);
	reply_warn(req,
	    "If \"issuer\" is set explicitly, all tokens must be "
	    "validated against that address, including those issued by "
	    "secondary clusters. Setting issuer to \"\" will restore the "
	    "default behavior of using the cluster's api_addr as the "
	    "issuer.");
	return reply_data(req, json_null());
}

static char *
oidc_issuer_url(struct request *req, const json_t *all)
{
	const char *base = jsontree_string(all, "issuer");

	return arena_printf(req->arena, "%s/v1/identity/oidc",
	    *base ? base : req->vault->config.api_addr);
}

/* ---- keys ---- */

static enum handler_result
oidc_read_key(struct request *req)
{
	json_t *all = oidc_config_load(req);
	json_t *key = json_incref(
	    oidc_config_get_member(all, "keys", param_str(req, "name")));

	oidc_config_free(all); /* the ring's texts too, that go with it */
	if (!key)
		return reply_none(req);
	json_object_del(key, "ring");
	return reply_data(req, key);
}

static bool
oidc_key_exists(struct request *req)
{
	return oidc_member_exists(req, "keys");
}

/* The longest ttl of the roles that sign with a key, in seconds. */
static int64_t
oidc_longest_role_ttl_s(const json_t *all, const char *key)
{
	const char *name;
	int64_t longest = 0;
	json_t *role;

	json_object_foreach (json_object_get(all, "roles"), name, role) {
		int64_t ttl_s = json_integer_value(
		    json_object_get(role, "ttl"));

		if (strcmp(jsontree_string(role, "key"), key) == 0 &&
		    ttl_s > longest)
			longest = ttl_s;
	}
	return longest;
}

/* False: refused. */
static bool
oidc_check_key(struct request *req, const json_t *all, const json_t *key)
{
	const char *name = param_str(req, "name");
	const char *algorithm = jsontree_string(key, "algorithm");
	int64_t period_s = json_integer_value(
	    json_object_get(key, "rotation_period"));
	int64_t ttl_s = json_integer_value(
	    json_object_get(key, "verification_ttl"));

	if (period_s < 60)
		(void)fail(
		    req, 400, "rotation_period must be at least one minute");
	else if (ttl_s > 10 * period_s)
		(void)fail(req, 400,
		    "verification_ttl cannot be longer than "
		    "10x rotation_period");
	else if (oidc_longest_role_ttl_s(all, name) > ttl_s)
		(void)fail(req, 400,
		    "unable to update key %s because it is currently "
		    "referenced by one or more roles with a token ttl greater "
		    "than %lld seconds",
		    go_quoted(req->arena, name), (long long)ttl_s);
	else if (!oidc_key_algorithm_is_known(algorithm))
		(void)fail(req, 400, "unknown signing algorithm %s",
		    go_quoted(req->arena, algorithm));
	else
		return true;
	return false;
}

static void
oidc_set_key_fields(struct request *req, json_t *key)
{
	bool other = strcmp(jsontree_string(key, "algorithm"),
			 param_str(req, "algorithm")) != 0;

	if (param_is_given(req, "rotation_period"))
		json_object_set_new(key, "rotation_period",
		    json_integer(param_duration(req, "rotation_period")));
	if (param_is_given(req, "verification_ttl"))
		json_object_set_new(key, "verification_ttl",
		    json_integer(param_duration(req, "verification_ttl")));
	if (param_is_given(req, "allowed_client_ids"))
		json_object_set_new(key, "allowed_client_ids",
		    jsontree_strings(
			param_strings(req, "allowed_client_ids", NULL)));
	if (!param_is_given(req, "algorithm") || !other)
		return;
	oidc_key_wipe(key);
	json_object_set_new(
	    key, "algorithm", json_string(param_str(req, "algorithm")));
	json_array_clear(json_object_get(key, "ring"));
}

static enum handler_result
oidc_write_key(struct request *req)
{
	const char *name = param_str(req, "name");
	json_t *all = oidc_config_load(req),
	       *key = oidc_config_get_member(all, "keys", name);

	if (!key) {
		key = oidc_new_key_json(param_str(req, "algorithm"),
		    param_duration(req, "rotation_period"),
		    param_duration(req, "verification_ttl"), json_array());
		json_object_set_new(json_object_get(all, "keys"), name, key);
	}
	oidc_set_key_fields(req, key);
	if (!oidc_check_key(req, all, key)) {
		oidc_config_free(all);
		return HANDLED;
	}
	oidc_config_save(req, all);
	return reply_none(req);
}

/* The roles that sign with a key, "a, b"; "" for none. */
static const char *
oidc_roles_using_key(struct request *req, const json_t *all, const char *key)
{
	struct strs out = strs_in(req->arena);
	const char *name;
	json_t *role;

	json_object_foreach (json_object_get(all, "roles"), name, role)
		if (strcmp(jsontree_string(role, "key"), key) == 0)
			strs_add(&out, name);
	return strs_join(req->arena, strs_array(&out), ", ");
}

static enum handler_result
oidc_delete_key(struct request *req)
{
	const char *name = param_str(req, "name"), *users;
	json_t *all;

	if (strcmp(name, "default") == 0)
		return fail(
		    req, 400, "deletion of key \"default\" not allowed");
	all = oidc_config_load(req);
	users = oidc_roles_using_key(req, all, name);
	if (*users) {
		oidc_config_free(all);
		return fail(req, 400,
		    "unable to delete key \"%s\" because it is currently "
		    "referenced by these roles: %s",
		    name, users);
	}
	oidc_key_wipe(oidc_config_get_member(all, "keys", name));
	json_object_del(json_object_get(all, "keys"), name);
	oidc_config_save(req, all);
	return reply_none(req);
}

static enum handler_result
oidc_list_keys(struct request *req)
{
	return oidc_reply_names(req, "keys");
}

static enum handler_result
oidc_fail_no_pair(struct request *req)
{
	return fail_wrapped(req, 500, "failed to generate a signing key");
}

/* A thread makes the RSA pair that the key is about to get; false: PENDING. */
static bool
oidc_prepare_pair(struct request *req, const json_t *key)
{
	int bits = oidc_key_rsa_bits(key);

	return bits == 0 || async_key_prepare_rsa(req, bits);
}

static bool
oidc_refresh_key(struct request *req, json_t *key)
{
	return oidc_key_refresh(
	    req->vault, key, async_key_take_rsa(req, oidc_key_rsa_bits(key)));
}

static enum handler_result
oidc_rotate_key(struct request *req)
{
	json_t *all = oidc_config_load(req);
	json_t *key = oidc_config_get_member(
	    all, "keys", param_str(req, "name"));
	EVP_PKEY *pair;
	bool due;

	if (!key) {
		oidc_config_free(all);
		return fail(req, 400, "no named key found at \"%s\"",
		    param_str(req, "name"));
	}
	if (!oidc_prepare_pair(req, key)) {
		oidc_config_free(all);
		return PENDING;
	}
	if (param_is_given(req, "verification_ttl"))
		json_object_set_new(key, "verification_ttl",
		    json_integer(param_duration(req, "verification_ttl")));
	due = oidc_key_is_due(req->vault, key);
	pair = async_key_take_rsa(req, oidc_key_rsa_bits(key));
	if (!oidc_key_refresh(req->vault, key, due ? pair : NULL) ||
	    !oidc_key_rotate(req->vault, key,
		json_integer_value(json_object_get(key, "verification_ttl")),
		due ? NULL : pair)) {
		oidc_config_free(all);
		return oidc_fail_no_pair(req);
	}
	oidc_config_save(req, all);
	return reply_none(req);
}

/* ---- roles ---- */

static bool
oidc_role_exists(struct request *req)
{
	return oidc_member_exists(req, "roles");
}

static enum handler_result
oidc_read_role(struct request *req)
{
	json_t *all = oidc_config_load(req);
	json_t *role = json_incref(
	    oidc_config_get_member(all, "roles", param_str(req, "name")));

	oidc_config_free(all);
	return role ? reply_data(req, role) : reply_none(req);
}

static void
oidc_set_role_fields(struct request *req, json_t *role)
{
	static const char *const string_fields[] = { "client_id", "key",
		"template" };
	const char *template;
	struct buf decoded;

	for (size_t i = 0; i < 3; i++)
		if (param_is_given(req, string_fields[i]))
			json_object_set_new(role, string_fields[i],
			    json_string(param_str(req, string_fields[i])));
	if (param_is_given(req, "ttl"))
		json_object_set_new(
		    role, "ttl", json_integer(param_duration(req, "ttl")));
	/* Vault 1.19: what can be read as base64 is. */
	template = jsontree_string(role, "template");
	buf_init(&decoded, 0);
	if (*template &&
	    base64_decode(&decoded, template, strlen(template), NULL))
		json_object_set_new(role, "template",
		    json_stringn_nocheck(decoded.p, decoded.n));
	buf_release(&decoded);
}

/* Judges what a role would be, in Vault's order; false: refused. */
static bool
oidc_check_role(struct request *req, const json_t *all, const json_t *role)
{
	const char *name = jsontree_string(role, "key");
	const char *template = jsontree_string(role, "template");
	const json_t *key = oidc_config_get_member(all, "keys", name);
	struct error e = { 0 };

	if (*name == '\0')
		(void)fail(req, 400, "the key parameter is required");
	else if (*template &&
	    !oidc_template_check(req->vault, req->arena, template, &e))
		(void)fail_error(req, &e);
	else if (!key)
		(void)fail(req, 400, "cannot find key %s",
		    go_quoted(req->arena, name));
	else if (json_integer_value(json_object_get(role, "ttl")) >
	    json_integer_value(json_object_get(key, "verification_ttl")))
		(void)fail(req, 400,
		    "a role's token ttl cannot be longer than the "
		    "verification_ttl of the key it references");
	else
		return true;
	return false;
}

static enum handler_result
oidc_write_role(struct request *req)
{
	const char *name = param_str(req, "name");
	json_t *all = oidc_config_load(req),
	       *role = oidc_config_get_member(all, "roles", name);

	if (!role) {
		role = json_pack("{s:s, s:s, s:s, s:I}", "client_id", "", "key",
		    "", "template", "", "ttl",
		    (json_int_t)param_duration(req, "ttl"));
		json_object_set_new(json_object_get(all, "roles"), name, role);
	}
	oidc_set_role_fields(req, role);
	if (!oidc_check_role(req, all, role)) {
		oidc_config_free(all);
		return HANDLED;
	}
	if (*jsontree_string(role, "client_id") == '\0') {
		char id[27] = "";

		random_base62(req->vault->random, id, 26);
		json_object_set_new(role, "client_id", json_string(id));
	}
	oidc_config_save(req, all);
	return reply_none(req);
}

static enum handler_result
oidc_delete_role(struct request *req)
{
	json_t *all = oidc_config_load(req);

	json_object_del(json_object_get(all, "roles"), param_str(req, "name"));
	oidc_config_save(req, all);
	return reply_none(req);
}

static enum handler_result
oidc_list_roles(struct request *req)
{
	return oidc_reply_names(req, "roles");
}

/* ---- tokens ---- */

static bool
oidc_client_is_allowed(const json_t *key, const char *client)
{
	json_t *one;
	size_t i;

	json_array_foreach (json_object_get(key, "allowed_client_ids"), i, one)
		if (strcmp(json_string_value(one), "*") == 0 ||
		    strcmp(json_string_value(one), client) == 0)
			return true;
	return false;
}

/* The role's own claims. Vault 1.19: a template that cannot be filled in does
 * not stop a token, it has only the claims that all have. */
static json_t *
oidc_template_claims(struct request *req, const char *template)
{
	struct error e = { 0 };
	json_t *claims = NULL;
	struct buf out;

	buf_init(&out, 0);
	if (oidc_template_render(req->vault, req->arena, &out, template,
		req->token->entity_id, &e) &&
	    out.n)
		claims = json_loads(out.p, 0, NULL);
	buf_release(&out);
	return json_is_object(claims) ? claims : json_object();
}

/* Signs a token for the caller's entity with the claims of the role. */
static enum handler_result
oidc_issue_token(
    struct request *req, json_t *all, const json_t *role, json_t *key)
{
	const char *client = jsontree_string(role, "client_id");
	json_int_t ttl_s = json_integer_value(json_object_get(role, "ttl"));
	json_int_t key_ttl_s = json_integer_value(
	    json_object_get(key, "verification_ttl"));
	json_int_t now_s = vault_now(req->vault) / NSEC_PER_SEC;
	json_int_t life_s = ttl_s < key_ttl_s ? ttl_s : key_ttl_s;
	json_t *claims = oidc_template_claims(
	    req, jsontree_string(role, "template"));
	char *token;

	if (oidc_key_is_due(req->vault, key) && !oidc_prepare_pair(req, key)) {
		json_decref(claims);
		return PENDING;
	}
	if (life_s < ttl_s)
		reply_warn(req,
		    "a role's token ttl cannot be longer than the "
		    "verification_ttl of the key it references, setting token "
		    "ttl to %lld",
		    (long long)duration_from_s(life_s));
	json_object_update_new(claims,
	    json_pack("{s:s, s:I, s:I, s:s, s:s, s:s}", "aud", client, "exp",
		time_after_ns(now_s, life_s), "iat", now_s, "iss",
		oidc_issuer_url(req, all), "namespace", "root", "sub",
		req->token->entity_id));
	token = oidc_refresh_key(req, key)
	    ? oidc_key_sign_token(req->arena, key, claims)
	    : NULL;
	json_decref(claims);
	if (!token)
		return oidc_fail_no_pair(req);
	return reply_data(req,
	    json_pack("{s:s, s:I, s:s}", "client_id", client, "ttl", ttl_s,
		"token", token));
}

static enum handler_result
oidc_issue_token_for_role(struct request *req, json_t *all)
{
	const char *name = param_str(req, "role_name"), *key_name;
	const json_t *role = oidc_config_get_member(all, "roles", name);
	json_t *key;

	if (!role)
		return fail(
		    req, 400, "role %s not found", go_quoted(req->arena, name));
	key_name = jsontree_string(role, "key");
	key = oidc_config_get_member(all, "keys", key_name);
	if (!key)
		return fail(req, 400, "key %s not found",
		    go_quoted(req->arena, key_name));
	if (!oidc_client_is_allowed(key, jsontree_string(role, "client_id")))
		return fail(req, 400,
		    "the key \"%s\" does not list the client ID of the role "
		    "\"%s\" as an allowed client ID",
		    key_name, name);
	if (!req->token || *req->token->entity_id == '\0')
		return fail(
		    req, 400, "no entity associated with the request's token");
	return oidc_issue_token(req, all, role, key);
}

static enum handler_result
oidc_read_token(struct request *req)
{
	json_t *all = oidc_config_load(req);
	enum handler_result v = oidc_issue_token_for_role(req, all);

	if (v == PENDING)
		oidc_config_free(all);
	else
		oidc_config_save(req, all);
	return v;
}

#define CLAIMS "error validating claims: go-jose/go-jose/jwt: "

/* Vault's library forgives clocks that differ by so much. */
#define LEEWAY_S 60

/* Why the claims of a token are not good; NULL when they are. */
static const char *
oidc_claims_problem(
    struct request *req, const json_t *claims, const char *issuer)
{
	const char *client = param_str(req, "client_id");
	const char *sub = jsontree_string(claims, "sub");
	int64_t now_s = vault_now(req->vault) / NSEC_PER_SEC;
	json_t *entity;
	bool known;

	if (!claims)
		return "unable to validate the token signature";
	if (strcmp(jsontree_string(claims, "iss"), issuer) != 0)
		return CLAIMS "validation failed, invalid issuer claim (iss)";
	if (*client && strcmp(jsontree_string(claims, "aud"), client) != 0)
		return CLAIMS "validation failed, invalid audience claim (aud)";
	if (json_integer_value(json_object_get(claims, "exp")) <
	    now_s - LEEWAY_S)
		return CLAIMS "validation failed, token is expired (exp)";
	entity = identity_get(req->vault, IDENTITY_ENTITY, sub);
	known = entity != NULL;
	json_decref(entity);
	if (!known)
		return "entity was not found";
	if (!identity_is_enabled(req->vault, sub))
		return "entity is disabled";
	return NULL;
}

/*
 * A document without Vault's envelope, keys in the order given. Takes it over.
 * Vault 1.19: when it is to be wrapped, what goes under the wrapping is the raw
 * answer as fields.
 */
static enum handler_result
oidc_reply_json(struct request *req, json_t *object)
{
	struct buf text, encoded;
	enum handler_result v;

	buf_init(&text, 0);
	buf_init(&encoded, 0);
	jsontext_put_ordered(&text, object);
	json_decref(object);
	if (req->wrap_ttl_s) {
		base64_encode(&encoded, text.p, text.n);
		v = reply_data(req,
		    json_pack("{s:s, s:s, s:i}", "http_content_type",
			"application/json", "http_raw_body", encoded.p,
			"http_status_code", 200));
	} else {
		v = reply_raw(req, 200, "application/json",
		    slice_of(arena_strndup(req->arena, text.p, text.n)));
	}
	buf_release(&text);
	buf_release(&encoded);
	return v;
}

static enum handler_result
oidc_introspect(struct request *req)
{
	json_t *all = oidc_config_load(req);
	const char *token = param_str(req, "token");
	const char *problem = oidc_token_syntax_problem(req->arena, token);
	json_t *claims = NULL;

	if (!problem) {
		claims = oidc_key_verify_token(req->vault, req->arena,
		    json_object_get(all, "keys"), token);
		problem = oidc_claims_problem(
		    req, claims, oidc_issuer_url(req, all));
	}
	oidc_config_free(all);
	json_decref(claims);
	return oidc_reply_json(req,
	    problem ? json_pack("{s:b, s:s}", "active", false, "error", problem)
		    : json_pack("{s:b}", "active", true));
}

static enum handler_result
oidc_well_known_config(struct request *req)
{
	json_t *all = oidc_config_load(req);
	char *issuer = oidc_issuer_url(req, all);

	oidc_config_free(all);
	if (!req->wrap_ttl_s)
		reply_header(req, "Cache-Control", "max-age=3600");
	return oidc_reply_json(req,
	    json_pack("{s:s, s:s, s:[s], s:[s], s:[sssssss]}", "issuer", issuer,
		"jwks_uri",
		arena_printf(req->arena, "%s/.well-known/keys", issuer),
		"response_types_supported", "id_token",
		"subject_types_supported", "public",
		"id_token_signing_alg_values_supported", "RS256", "RS384",
		"RS512", "ES256", "ES384", "ES512", "EdDSA"));
}

/* Keys that no role uses are not published, as no token is of them. */
static enum handler_result
oidc_well_known_keys(struct request *req)
{
	json_t *all = oidc_config_load(req), *keys = json_array(), *key;
	const char *name;

	json_object_foreach (json_object_get(all, "keys"), name, key) {
		if (!*oidc_roles_using_key(req, all, name))
			continue;
		if (oidc_key_is_due(req->vault, key) &&
		    !oidc_prepare_pair(req, key)) {
			json_decref(keys);
			oidc_config_free(all);
			return PENDING;
		}
		if (!oidc_refresh_key(req, key)) {
			json_decref(keys);
			oidc_config_free(all);
			return oidc_fail_no_pair(req);
		}
		oidc_key_publish_jwks(req->vault, key, keys);
	}
	oidc_config_save(req, all);
	return oidc_reply_json(req, json_pack("{s:o}", "keys", keys));
}

/* ---- rows ---- */

static const struct param config_params[] = {
	{ "issuer", P_STRING, NULL, "Where tokens say they come from" },
	PARAM_END,
};

static const struct param key_params[] = {
	{ "algorithm", P_STRING, "\"RS256\"", "Signing algorithm" },
	{ "allowed_client_ids", P_COMMA_STRINGS, NULL,
	    "Roles that may sign with it, * for all" },
	{ "name", P_STRING, NULL, "The key" },
	{ "rotation_period", P_SECONDS, "86400", "How often it changes" },
	{ "verification_ttl", P_SECONDS, "86400",
	    "How long a former key stays published" },
	PARAM_END,
};

static const struct param rotate_params[] = {
	{ "name", P_STRING, NULL, "The key" },
	{ "verification_ttl", P_SECONDS, NULL,
	    "How long the former key stays published" },
	PARAM_END,
};

static const struct param role_params[] = {
	{ "client_id", P_STRING, NULL, "Audience, made when not given" },
	{ "key", P_STRING, NULL, "The key to sign with" },
	{ "name", P_STRING, NULL, "The role" },
	{ "template", P_STRING, NULL, "Claims of its own" },
	{ "ttl", P_SECONDS, "86400", "Life of its tokens" },
	PARAM_END,
};

static const struct param token_params[] = {
	{ "role_name", P_STRING, NULL, "The role" },
	PARAM_END,
};

static const struct param introspect_params[] = {
	{ "client_id", P_STRING, NULL, "Audience to ask for" },
	{ "token", P_STRING, NULL, "The token" },
	PARAM_END,
};

const struct route identity_oidc_routes[] = {
	{ OP_READ, "oidc/config/?", 0, NULL, oidc_read_config, NULL,
	    "Configuration of identity tokens" },
	{ OP_WRITE, "oidc/config/?", 0, config_params, oidc_write_config, NULL,
	    "Configure identity tokens" },
	{ OP_LIST, "oidc/key/?", 0, NULL, oidc_list_keys, NULL, "Named keys" },
	{ OP_READ, "oidc/key/{name}", 0, key_params, oidc_read_key, NULL,
	    "Read a key" },
	{ OP_WRITE, "oidc/key/{name}", 0, key_params, oidc_write_key,
	    oidc_key_exists, "Make or change a key" },
	{ OP_DELETE, "oidc/key/{name}", 0, key_params, oidc_delete_key, NULL,
	    "Remove a key" },
	{ OP_WRITE, "oidc/key/{name}/rotate/?", 0, rotate_params,
	    oidc_rotate_key, NULL, "Change a key" },
	{ OP_LIST, "oidc/role/?", 0, NULL, oidc_list_roles, NULL, "Roles" },
	{ OP_READ, "oidc/role/{name}", 0, role_params, oidc_read_role, NULL,
	    "Read a role" },
	{ OP_WRITE, "oidc/role/{name}", 0, role_params, oidc_write_role,
	    oidc_role_exists, "Make or change a role" },
	{ OP_DELETE, "oidc/role/{name}", 0, role_params, oidc_delete_role, NULL,
	    "Remove a role" },
	{ OP_READ, "oidc/token/{role_name}", 0, token_params, oidc_read_token,
	    NULL, "A token of a role" },
	{ OP_WRITE, "oidc/introspect/?", 0, introspect_params, oidc_introspect,
	    NULL, "Is a token good?" },
	{ OP_READ, "oidc/.well-known/openid-configuration/?", R_UNAUTH, NULL,
	    oidc_well_known_config, NULL, "Where its keys are" },
	{ OP_READ, "oidc/.well-known/keys/?", R_UNAUTH, NULL,
	    oidc_well_known_keys, NULL, "Public keys" },
	ROUTE_END,
};
