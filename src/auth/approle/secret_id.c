/*
 * Secret ids of a role: made, listed, looked up and destroyed, by themselves or
 * by their accessor.
 */
#include <string.h>

#include "api/reply.h"
#include "auth/approle/approle.h"
#include "auth/approle/approle_store.h"
#include "base/duration.h"
#include "base/json/json_text.h"
#include "base/json/json_tree.h"
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
pairs_of(struct arena *a, const char *text)
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
		json_object_set_new(out, trim(one), json_string(equals + 1));
	}
	return out;
}

/* A JSON object of texts, or NULL. */
static json_t *
object_of(const char *text)
{
	char why[128];
	struct buf clean;
	json_t *out = NULL, *value;
	const char *key;

	buf_init(&clean, 0);
	if (jtext_clean(&clean, text, strlen(text), 0, why, sizeof(why)) > 0)
		out = jtext_tree((struct slice){ clean.p, clean.n });
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
metadata_of(struct arena *a, const char *text)
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
	out = object_of(text);
	return out ? out : pairs_of(a, text);
}

static bool
read_limits(struct request *req, const struct approle *r,
    struct approle_secret *s, struct error *e)
{
	s->num_uses = par_given(req, "num_uses") ? par_int(req, "num_uses")
						 : r->secret_id_num_uses;
	if (s->num_uses < 0)
		return error_set(e, 400, "num_uses cannot be negative");
	if (r->secret_id_num_uses &&
	    (s->num_uses == 0 || s->num_uses > r->secret_id_num_uses))
		return error_set(e, 400, "num_uses cannot be higher than the "
					 "role's secret_id_num_uses");
	s->ttl = par_given(req, "ttl") ? par_secs(req, "ttl")
				       : r->secret_id_ttl;
	if (r->secret_id_ttl &&
	    (s->ttl == 0 || s->ttl > r->secret_id_ttl))
		return error_set(e, 400, "ttl cannot be longer than the "
					 "role's secret_id_ttl");
	return true;
}

static char *
spaced(struct request *req, char *const *list)
{
	char *out = arena_strdup(req->arena, "");

	for (; list && *list; list++)
		out = arena_printf(req->arena, "%s%s%s", out,
		    *out ? " " : "", *list);
	return out;
}

static bool
check_cidrs(struct request *req, char **list, char *const *outer,
    const char *kind, struct error *e)
{
	for (char **c = list; c && *c; c++)
		if (!cidr_valid(*c))
			return error_wrap(e, 500,
			    "failed to validate %sCIDR blocks: invalid CIDR "
			    "address: %s", kind, *c);
	if (outer && *outer && !cidr_subset(outer, list))
		return error_wrap(e, 500,
		    "failed to verify subset relationship between CIDR blocks "
		    "on the role [%s] and CIDR blocks on the secret ID [%s]: "
		    "%%!w(<nil>)", spaced(req, outer), spaced(req, list));
	return true;
}

static bool
read_secret(struct request *req, const struct approle *r,
    struct approle_secret *s, struct error *e)
{
	if (!read_limits(req, r, s, e))
		return false;
	s->cidr_list = par_list(req, "cidr_list", NULL);
	s->token_bound_cidrs = par_list(req, "token_bound_cidrs", NULL);
	if (!check_cidrs(req, s->cidr_list, r->secret_id_bound_cidrs, "", e) ||
	    !check_cidrs(req, s->token_bound_cidrs, r->token.bound_cidrs,
		"token ", e))
		return false;
	s->metadata = metadata_of(req->arena, par_str(req, "metadata"));
	return s->metadata ||
	    error_set(e, 400, "failed to parse metadata: failed to parse the "
			      "input: invalid <key,value> format");
}

/* Vault 1.19: the mount's maximum caps what is stored, in silence. */
static void
set_times(struct request *req, struct approle_secret *s)
{
	int64_t most = mount_max_ttl(req->vault, req->mount);

	if (s->ttl > most)
		s->ttl = most;
	s->ttl = vault_grant(req->vault, s->ttl);
	s->created = s->updated = req->started;
	s->expires = s->ttl ? s->created + s->ttl * NSEC : 0;
}

static verdict
store_secret(struct request *req, const struct approle *r,
    struct approle_secret *s)
{
	char accessor[UUID_LEN + 1];
	struct approle_secret other;

	if (approle_secret_load(req->vault, req->arena, req->mount, r->name,
		s->secret_id, &other)) {
		approle_secret_release(&other);
		return fail_wrapped(req, 500, "failed to store secret_id: "
					      "SecretID is already registered");
	}
	rng_uuid(req->vault->rng, accessor);
	s->accessor = arena_strdup(req->arena, accessor);
	set_times(req, s);
	approle_secret_save(req->vault, req->mount, r->name, s);
	req->reply.wrapped_accessor = s->accessor;
	return reply_data(req,
	    json_pack("{s:s, s:s, s:I, s:I}", "secret_id", s->secret_id,
		"secret_id_accessor", s->accessor, "secret_id_num_uses",
		(json_int_t)s->num_uses, "secret_id_ttl", (json_int_t)s->ttl));
}

static verdict
make_secret(struct request *req, const char *secret_id)
{
	struct approle *r = approle_of(req);
	struct approle_secret s = { 0 };
	struct error e = { 0 };
	verdict v;

	if (!r)
		return fail(req, 404, "role \"%s\" does not exist",
		    approle_name(req));
	if (!r->bind_secret_id)
		return fail(req, 400, "bind_secret_id is not set on the role");
	s.secret_id = arena_strdup(req->arena, secret_id);
	v = read_secret(req, r, &s, &e) ? store_secret(req, r, &s)
					: fail_error(req, &e);
	approle_secret_release(&s);
	return v;
}

static verdict
generate(struct request *req)
{
	char id[UUID_LEN + 1];

	rng_uuid(req->vault->rng, id);
	return make_secret(req, id);
}

static verdict
custom(struct request *req)
{
	const char *id = par_str(req, "secret_id");

	return *id ? make_secret(req, id)
		   : fail(req, 400, "missing secret_id");
}

/* ---- reading and ending ---- */

static verdict
list_secrets(struct request *req)
{
	struct approle *r = approle_of(req);
	char **accessors;
	size_t n;

	if (!r)
		return fail(req, 400, "role \"%s\" does not exist",
		    approle_name(req));
	n = approle_accessors(req->vault, req->arena, req->mount, r->name,
	    &accessors);
	return reply_keys(req, accessors, n);
}

/* Go prints a time that was never set as its year 1. */
static json_t *
instant(struct request *req, int64_t ns)
{
	return ns ? json_instant(req, ns)
		  : json_string("0001-01-01T00:00:00Z");
}

static verdict
describe(struct request *req, struct approle_secret *s)
{
	json_t *data = json_pack(
	    "{s:o, s:o, s:o, s:o, s:O, s:s, s:I, s:I, s:o}", "cidr_list",
	    json_texts(s->cidr_list), "creation_time", instant(req, s->created),
	    "expiration_time", instant(req, s->expires), "last_updated_time",
	    instant(req, s->updated), "metadata", s->metadata, "secret_id_accessor",
	    s->accessor, "secret_id_num_uses", (json_int_t)s->num_uses,
	    "secret_id_ttl", (json_int_t)s->ttl, "token_bound_cidrs",
	    json_texts(s->token_bound_cidrs));

	approle_secret_release(s);
	return reply_data(req, data);
}

/* The role and the field that names the secret id, or a refusal in *v. */
static struct approle *
role_and(struct request *req, const char *field, const char **text,
    verdict *v)
{
	struct approle *r;

	*text = par_str(req, field);
	if (**text == '\0') {
		*v = fail(req, 400, "missing %s", field);
		return NULL;
	}
	r = approle_of(req);
	if (!r)
		*v = fail_wrapped(req, 500, "role \"%s\" does not exist",
		    approle_name(req));
	return r;
}

static verdict
lookup(struct request *req)
{
	const char *id;
	verdict v;
	struct approle *r = role_and(req, "secret_id", &id, &v);
	struct approle_secret s;

	if (!r)
		return v;
	if (!approle_secret_load(req->vault, req->arena, req->mount, r->name,
		id, &s))
		return reply_none(req);
	return describe(req, &s);
}

static verdict
destroy(struct request *req)
{
	const char *id;
	verdict v;
	struct approle *r = role_and(req, "secret_id", &id, &v);

	if (!r)
		return v;
	approle_secret_remove(req->vault, req->mount, r->name, id);
	return reply_none(req);
}

#define NO_ACCESSOR \
	"failed to find accessor entry for secret_id_accessor: \"%s\""

static verdict
lookup_accessor(struct request *req)
{
	const char *accessor;
	verdict v;
	struct approle *r = role_and(req, "secret_id_accessor", &accessor, &v);
	struct approle_secret s;

	if (!r)
		return v;
	if (!approle_secret_by_accessor(req->vault, req->arena, req->mount,
		r->name, accessor, &s))
		return reply_forced(req, 404,
		    json_pack("{s:s}", "error",
			arena_printf(req->arena, NO_ACCESSOR, accessor)));
	return describe(req, &s);
}

static verdict
destroy_accessor(struct request *req)
{
	const char *accessor;
	verdict v;
	struct approle *r = role_and(req, "secret_id_accessor", &accessor, &v);
	struct approle_secret s;

	if (!r)
		return v;
	if (!approle_secret_by_accessor(req->vault, req->arena, req->mount,
		r->name, accessor, &s))
		return fail_wrapped(req, 500, NO_ACCESSOR, accessor);
	approle_secret_remove(req->vault, req->mount, r->name, s.secret_id);
	approle_secret_release(&s);
	return reply_none(req);
}

#define ROLE "role/{role_name}"

const struct route approle_secret_routes[] = {
	{ OP_LIST, ROLE "/secret-id/?", 0, secret_params, list_secrets, NULL,
	    "Accessors of the secret ids" },
	{ OP_WRITE, ROLE "/secret-id/?", 0, secret_params, generate, NULL,
	    "Make a secret id" },
	{ OP_WRITE, ROLE "/secret-id/lookup/?", 0, plain_params, lookup, NULL,
	    "Describe a secret id" },
	{ OP_WRITE | OP_DELETE, ROLE "/secret-id/destroy/?", 0, plain_params,
	    destroy, NULL, "End a secret id" },
	{ OP_WRITE, ROLE "/secret-id-accessor/lookup/?", 0, accessor_params,
	    lookup_accessor, NULL, "Describe a secret id by its accessor" },
	{ OP_WRITE | OP_DELETE, ROLE "/secret-id-accessor/destroy/?", 0,
	    accessor_params, destroy_accessor, NULL,
	    "End a secret id by its accessor" },
	{ OP_WRITE, ROLE "/custom-secret-id", 0, secret_params, custom, NULL,
	    "Give a secret id of one's own" },
	{ OP_WRITE, "tidy/secret-id", 0, NULL, reply_tidy, NULL,
	    "Clean up what has ended" },
	ROUTE_END,
};
