/*
 * Secret ids of a role: made, listed, looked up and destroyed, by themselves or
 * by their accessor.
 */
#include <string.h>

#include "api/reply.h"
#include "auth/approle/approle.h"
#include "auth/approle/approle_store.h"
#include "base/duration.h"
#include "base/go_text.h"
#include "base/json/jsontext.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "core/mount/mount.h"

static const struct param secret_params[] = {
	{ "cidr_list", P_COMMA_STRINGS, NULL,
	    "Source addresses a login may come from" },
	{ "metadata", P_STRING, NULL,
	    "Texts for the token's metadata: a JSON object in a text" },
	{ "num_uses", P_INT, NULL, "Logins it is good for" },
	{ "role_name", P_LOWER, NULL, "The role" },
	{ "secret_id", P_STRING, NULL, "The secret id (custom-secret-id)" },
	{ "token_bound_cidrs", P_COMMA_STRINGS, NULL,
	    "Source addresses the token may be used from" },
	{ "ttl", P_SECONDS, NULL, "Its life" },
	PARAM_END,
};

static const struct param plain_params[] = {
	{ "role_name", P_LOWER, NULL, "The role" },
	{ "secret_id", P_STRING, NULL, "The secret id" },
	PARAM_END,
};

static const struct param accessor_params[] = {
	{ "role_name", P_LOWER, NULL, "The role" },
	{ "secret_id_accessor", P_STRING, NULL, "Its accessor" },
	PARAM_END,
};

/* ---- making one ---- */

/* "k=v,x=y" as an object, or NULL. */
static json_t *
approle_secret_parse_pairs(struct arena *a, const char *text)
{
	json_t *out = json_object();
	char *copy = arena_strdup(a, text), *next;

	for (char *one = copy; one; one = next) {
		char *comma = strchr(one, ','), *equals = strchr(one, '=');

		next = comma ? comma + 1 : NULL;
		if (comma)
			*comma = '\0';
		if (!equals || (comma && equals > comma)) {
			json_decref(out);
			return NULL;
		}
		*equals = '\0';
		json_object_set_new(
		    out, trim_space(one), json_string(equals + 1));
	}
	return out;
}

/* A JSON object of texts, or NULL. */
static json_t *
approle_secret_parse_object(const char *text)
{
	struct error e = { 0 };
	struct buf clean;
	json_t *out = NULL, *value;
	const char *key;

	buf_init(&clean, 0);
	if (jsontext_clean(&clean, text, strlen(text), 0, &e) > 0)
		out = jsontext_to_tree((struct slice){ clean.p, clean.n });
	buf_release(&clean);
	if (!json_is_object(out)) {
		json_decref(out);
		return NULL;
	}
	json_object_foreach (out, key, value)
		if (!json_is_string(value)) {
			json_decref(out);
			return NULL;
		}
	return out;
}

/* Either form, as it is or in base64 (parseutil.ParseArbitraryKeyValues). */
static json_t *
approle_secret_metadata(struct arena *a, const char *text)
{
	struct buf plain;
	size_t bad;
	json_t *out;

	if (*text == '\0')
		return json_object();
	buf_init(&plain, 0);
	if (base64_decode(&plain, text, strlen(text), &bad))
		text = arena_strndup(a, plain.p, plain.n);
	buf_release(&plain);
	out = approle_secret_parse_object(text);
	return out ? out : approle_secret_parse_pairs(a, text);
}

static bool
approle_secret_read_limits(struct request *req, const struct approle *r,
    struct approle_secret *s, struct error *e)
{
	s->num_uses = param_is_given(req, "num_uses")
	    ? param_int(req, "num_uses")
	    : r->secret_id_num_uses;
	if (param_is_given(req, "num_uses") && s->num_uses < 0)
		return error_set(e, 400, "num_uses cannot be negative");
	if (r->secret_id_num_uses &&
	    (s->num_uses == 0 || s->num_uses > r->secret_id_num_uses))
		return error_set(e, 400,
		    "num_uses cannot be higher than the "
		    "role's secret_id_num_uses");
	s->ttl_s = param_is_given(req, "ttl") ? param_duration(req, "ttl")
					      : r->secret_id_ttl_s;
	if (r->secret_id_ttl_s &&
	    (s->ttl_s == 0 || s->ttl_s > r->secret_id_ttl_s))
		return error_set(e, 400,
		    "ttl cannot be longer than the "
		    "role's secret_id_ttl");
	return true;
}

static bool
approle_secret_check_cidrs(struct request *req, char **list, char *const *outer,
    const char *kind, struct error *e)
{
	for (char **c = list; c && *c; c++)
		if (!cidr_valid(*c))
			return error_wrap(e, 500,
			    "failed to validate %sCIDR blocks: invalid CIDR "
			    "address: %s",
			    kind, *c);
	if (outer && *outer && !cidr_subset(outer, list))
		return error_wrap(e, 500,
		    "failed to verify subset relationship between CIDR blocks "
		    "on the role %s and CIDR blocks on the secret ID %s: "
		    "%%!w(<nil>)",
		    go_quoted_list(req->arena, outer),
		    go_quoted_list(req->arena, list));
	return true;
}

static bool
approle_secret_read_params(struct request *req, const struct approle *r,
    struct approle_secret *s, struct error *e)
{
	s->cidr_list = param_strings(req, "cidr_list", NULL);
	s->token_bound_cidrs = param_strings(req, "token_bound_cidrs", NULL);
	if (!approle_secret_check_cidrs(
		req, s->cidr_list, r->secret_id_bound_cidrs, "", e) ||
	    !approle_secret_check_cidrs(
		req, s->token_bound_cidrs, r->token.bound_cidrs, "token ", e) ||
	    !approle_secret_read_limits(req, r, s, e))
		return false;
	s->metadata = approle_secret_metadata(
	    req->arena, param_str(req, "metadata"));
	return s->metadata ||
	    error_set(e, 400,
		"failed to parse metadata: failed to parse the "
		"input: invalid <key,value> format");
}

/* Vault 1.19: what was asked for is stored and shown later; the secret id ends
 * at the mount's maximum, and the answer to its making says so. Returns the
 * time it lives, in seconds, 0 for ever. */
static int64_t
approle_secret_set_times(struct request *req, struct approle_secret *s)
{
	int64_t max_s = mount_max_ttl(req->vault, req->mount);
	int64_t ttl_s = vault_scale_ttl(
	    req->vault, s->ttl_s > max_s ? max_s : s->ttl_s);

	s->ttl_s = vault_scale_ttl(req->vault, s->ttl_s);
	s->created_ns = s->updated_ns = req->started_ns;
	s->expires_ns = ttl_s ? time_after_s(s->created_ns, ttl_s) : 0;
	return ttl_s;
}

static enum handler_result
approle_secret_store(
    struct request *req, const struct approle *r, struct approle_secret *s)
{
	char accessor[UUID_LEN + 1];
	struct approle_secret other;
	int64_t ttl_s;

	if (approle_secret_load(req->vault, req->arena, req->mount, r->name,
		s->secret_id, &other)) {
		approle_secret_release(&other);
		return fail_wrapped(req, 500,
		    "failed to store secret_id: "
		    "SecretID is already registered");
	}
	random_uuid(req->vault->random, accessor);
	s->accessor = arena_strdup(req->arena, accessor);
	ttl_s = approle_secret_set_times(req, s);
	approle_secret_save(req->vault, req->mount, r->name, s);
	req->reply.wrapped_accessor = s->accessor;
	return reply_data(req,
	    json_pack("{s:s, s:s, s:I, s:I}", "secret_id", s->secret_id,
		"secret_id_accessor", s->accessor, "secret_id_num_uses",
		(json_int_t)s->num_uses, "secret_id_ttl", (json_int_t)ttl_s));
}

static enum handler_result
approle_secret_create(struct request *req, const char *secret_id)
{
	struct approle *r = approle_from_path(req);
	struct approle_secret s = { 0 };
	struct error e = { 0 };
	enum handler_result v;

	if (!r)
		return fail(req, 404, "role \"%s\" does not exist",
		    param_capture(req, "role_name"));
	if (!r->bind_secret_id)
		return fail(req, 400, "bind_secret_id is not set on the role");
	s.secret_id = arena_strdup(req->arena, secret_id);
	v = approle_secret_read_params(req, r, &s, &e)
	    ? approle_secret_store(req, r, &s)
	    : fail_error(req, &e);
	approle_secret_release(&s);
	return v;
}

static enum handler_result
approle_secret_generate(struct request *req)
{
	char id[UUID_LEN + 1];

	random_uuid(req->vault->random, id);
	return approle_secret_create(req, id);
}

static enum handler_result
approle_secret_custom(struct request *req)
{
	const char *id = param_str(req, "secret_id");

	return *id ? approle_secret_create(req, id)
		   : fail(req, 400, "missing secret_id");
}

/* ---- reading and ending ---- */

static enum handler_result
approle_secret_list(struct request *req)
{
	struct approle *r = approle_from_path(req);
	struct strs accessors = strs_in(req->arena);

	if (!r)
		return fail(req, 400, "role \"%s\" does not exist",
		    param_capture(req, "role_name"));
	approle_secret_accessors(req->vault, req->mount, r->name, &accessors);
	return reply_keys(req, &accessors);
}

/* Go prints a time that was never set as its year 1. */
static json_t *
approle_secret_time_json(struct request *req, int64_t ns)
{
	return ns ? reply_time_json(req, ns)
		  : json_string("0001-01-01T00:00:00Z");
}

static enum handler_result
approle_secret_describe(struct request *req, struct approle_secret *s)
{
	json_t *data = json_pack(
	    "{s:o, s:o, s:o, s:o, s:O, s:s, s:I, s:I, s:o}", "cidr_list",
	    jsontree_strings(s->cidr_list), "creation_time",
	    approle_secret_time_json(req, s->created_ns), "expiration_time",
	    approle_secret_time_json(req, s->expires_ns), "last_updated_time",
	    approle_secret_time_json(req, s->updated_ns), "metadata",
	    s->metadata, "secret_id_accessor", s->accessor,
	    "secret_id_num_uses", (json_int_t)s->num_uses, "secret_id_ttl",
	    (json_int_t)s->ttl_s, "token_bound_cidrs",
	    jsontree_strings(s->token_bound_cidrs));

	approle_secret_release(s);
	return reply_data(req, data);
}

/* The role, and the field that names the secret id; false when the reply has a
 * refusal. */
static bool
approle_secret_role_and_param(struct request *req, const char *field,
    const char **text, struct approle **role)
{
	*text = param_str(req, field);
	if (**text == '\0')
		return refuse(req, 400, "missing %s", field);
	*role = approle_from_path(req);
	return *role ||
	    refuse_wrapped(req, 500, "role \"%s\" does not exist",
		param_capture(req, "role_name"));
}

static enum handler_result
approle_secret_lookup(struct request *req)
{
	const char *id;
	struct approle *r;
	struct approle_secret s;

	if (!approle_secret_role_and_param(req, "secret_id", &id, &r))
		return HANDLED;
	if (!approle_secret_load(
		req->vault, req->arena, req->mount, r->name, id, &s))
		return reply_none(req);
	return approle_secret_describe(req, &s);
}

static enum handler_result
approle_secret_destroy(struct request *req)
{
	const char *id;
	struct approle *r;

	if (!approle_secret_role_and_param(req, "secret_id", &id, &r))
		return HANDLED;
	approle_secret_remove(req->vault, req->mount, r->name, id);
	return reply_none(req);
}

#define NO_ACCESSOR "failed to find accessor entry for secret_id_accessor: %s"

static enum handler_result
approle_secret_lookup_accessor(struct request *req)
{
	const char *accessor;
	struct approle *r;
	struct approle_secret s;

	if (!approle_secret_role_and_param(
		req, "secret_id_accessor", &accessor, &r))
		return HANDLED;
	if (!approle_secret_by_accessor(
		req->vault, req->arena, req->mount, accessor, &s))
		return reply_forced(req, 404,
		    json_pack("{s:s}", "error",
			arena_printf(req->arena, NO_ACCESSOR,
			    go_quoted(req->arena, accessor))));
	if (strcmp(s.role, r->name) == 0)
		return approle_secret_describe(req, &s);
	approle_secret_release(&s);
	return reply_none(req);
}

/* Vault 1.19: an accessor of another role is refused, not unknown. */
static enum handler_result
approle_secret_destroy_accessor(struct request *req)
{
	const char *accessor;
	struct approle *r;
	struct approle_secret s;

	if (!approle_secret_role_and_param(
		req, "secret_id_accessor", &accessor, &r))
		return HANDLED;
	if (!approle_secret_by_accessor(
		req->vault, req->arena, req->mount, accessor, &s))
		return fail_wrapped(
		    req, 500, NO_ACCESSOR, go_quoted(req->arena, accessor));
	approle_secret_release(&s);
	if (strcmp(s.role, r->name) != 0)
		return fail(req, 403, "invalid secret id accessor");
	approle_secret_remove(req->vault, req->mount, r->name, s.secret_id);
	return reply_none(req);
}

#define ROLE "role/{role_name}"

const struct route approle_secret_routes[] = {
	{ OP_LIST, ROLE "/secret-id/?", 0, secret_params, approle_secret_list,
	    NULL, "Accessors of the secret ids" },
	{ OP_WRITE, ROLE "/secret-id/?", 0, secret_params,
	    approle_secret_generate, NULL, "Make a secret id" },
	{ OP_WRITE, ROLE "/secret-id/lookup/?", 0, plain_params,
	    approle_secret_lookup, NULL, "Describe a secret id" },
	{ OP_WRITE | OP_DELETE, ROLE "/secret-id/destroy/?", 0, plain_params,
	    approle_secret_destroy, NULL, "End a secret id" },
	{ OP_WRITE, ROLE "/secret-id-accessor/lookup/?", 0, accessor_params,
	    approle_secret_lookup_accessor, NULL,
	    "Describe a secret id by its accessor" },
	{ OP_WRITE | OP_DELETE, ROLE "/secret-id-accessor/destroy/?", 0,
	    accessor_params, approle_secret_destroy_accessor, NULL,
	    "End a secret id by its accessor" },
	{ OP_WRITE, ROLE "/custom-secret-id", 0, secret_params,
	    approle_secret_custom, NULL, "Give a secret id of one's own" },
	{ OP_WRITE, "tidy/secret-id", 0, NULL, reply_tidy, NULL,
	    "Clean up what has ended" },
	ROUTE_END,
};
