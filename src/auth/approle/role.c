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
#include "base/json/json_tree.h"
#include "base/text.h"
#include "core/mount/mount.h"
#include "core/token/token.h"

#define NAME { "role_name", P_LOWER, NULL, "The role" }

const char *
approle_name(struct request *req)
{
	char *name = arena_strdup(req->arena, capture(req, "role_name"));

	lower_ascii(name);
	return name;
}

struct approle *
approle_of(struct request *req)
{
	return approle_load(req->vault, req->arena, req->mount,
	    approle_name(req));
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
new_role(struct request *req)
{
	struct approle *r = arena_zalloc(req->arena, sizeof(*r));
	char id[UUID_LEN + 1];

	rng_uuid(req->vault->rng, id);
	r->name = arena_strdup(req->arena, approle_name(req));
	r->role_id = arena_strdup(req->arena, id);
	r->bind_secret_id = true;
	r->token.type = "default";
	return r;
}

static bool
read_role_id(struct request *req, struct approle *r, struct error *e)
{
	if (!par_given(req, "role_id"))
		return true;
	r->role_id = arena_strdup(req->arena, par_str(req, "role_id"));
	if (*r->role_id == '\0')
		return error_set(e, 400, "invalid role_id supplied, or failed "
					 "to generate a role_id");
	return true;
}

static void
read_old_names(struct request *req, struct approle *r)
{
	if (par_given(req, "policies") && !par_given(req, "token_policies")) {
		r->token.policies =
		    policies_cleaned(req->arena,
			par_list(req, "policies", NULL), false, NULL);
		r->old_policies = true;
	} else if (par_given(req, "token_policies")) {
		r->old_policies = false;
	}
	if (par_given(req, "period") && !par_given(req, "token_period")) {
		r->token.period = par_secs(req, "period");
		r->old_period = true;
	} else if (par_given(req, "token_period")) {
		r->old_period = false;
	}
}

static void
read_cidrs(struct request *req, struct approle *r)
{
	static const char *const names[] = { "secret_id_bound_cidrs",
		"bound_cidr_list" };

	for (int i = 0; i < 2; i++) {
		int n;
		char **list;

		if (!par_given(req, names[i]))
			continue;
		list = par_list(req, names[i], &n);
		r->secret_id_bound_cidrs = n ? list : NULL;
		return;
	}
}

/* Vault 1.19: these three are bare errors, so 500. */
static bool
check_whole(struct request *req, const struct approle *r, struct error *e)
{
	struct approle *other;

	if (!r->bind_secret_id && !r->secret_id_bound_cidrs &&
	    !(r->token.bound_cidrs && r->token.bound_cidrs[0]))
		return error_wrap(e, 500,
		    "at least one constraint should be enabled on the role");
	for (char **c = r->secret_id_bound_cidrs; c && *c; c++)
		if (!cidr_valid(*c))
			return error_wrap(e, 500,
			    "failed to validate CIDR blocks: invalid CIDR "
			    "address: %s", *c);
	other = approle_by_id(req->vault, req->arena, req->mount, r->role_id);
	if (other && strcmp(other->name, r->name) != 0)
		return error_wrap(e, 500, "role_id already in use");
	return true;
}

static bool
check_period(struct request *req, const struct approle *r, struct error *e)
{
	int64_t most = mount_max_ttl(req->vault, req->mount);
	char period[DURATION_MAX], max[DURATION_MAX];

	if (r->token.period <= most)
		return true;
	duration_go(r->token.period * NSEC, period);
	duration_go(most * NSEC, max);
	return error_set(e, 400,
	    "period of \"%s\" is greater than the backend's maximum lease TTL "
	    "of \"%s\"", period, max);
}

static void
warn_useless_type(struct request *req, struct token_params *p)
{
	const char *useful = p->type + strlen("default-");

	if (!starts_with(p->type, "default-"))
		return;
	warn(req, "%s has no useful meaning; adjusting to %s", p->type,
	    useful);
	p->type = useful;
}

static bool
read_role(struct request *req, struct approle *r, bool creating,
    struct error *e)
{
	if (!token_params_parse(req, &r->token, e))
		return false;
	read_old_names(req, r);
	warn_useless_type(req, &r->token);
	if (par_given(req, "local_secret_ids")) {
		if (!creating)
			return error_set(e, 400,
			    "local_secret_ids can only be modified during "
			    "role creation");
		r->local_secret_ids = par_bool(req, "local_secret_ids");
	}
	if (!check_period(req, r, e) || !read_role_id(req, r, e))
		return false;
	if (par_given(req, "bind_secret_id"))
		r->bind_secret_id = par_bool(req, "bind_secret_id");
	read_cidrs(req, r);
	if (par_given(req, "secret_id_num_uses"))
		r->secret_id_num_uses = par_int(req, "secret_id_num_uses");
	if (r->secret_id_num_uses < 0)
		return error_set(e, 400,
		    "secret_id_num_uses cannot be negative");
	if (par_given(req, "secret_id_ttl"))
		r->secret_id_ttl = par_secs(req, "secret_id_ttl");
	return check_whole(req, r, e);
}

/* Nothing, or the warnings in an envelope. */
static verdict
done(struct request *req)
{
	return req->reply.nwarnings ? reply_data(req, NULL) : reply_none(req);
}

static bool
role_exists(struct request *req)
{
	return approle_of(req) != NULL;
}

static verdict
write_role(struct request *req)
{
	struct approle *r;
	struct error e = { 0 };
	bool creating;

	if (strlen(capture(req, "role_name")) > 4096)
		return fail(req, 400,
		    "role_name is longer than maximum of 4096 bytes");
	r = approle_of(req);
	creating = !r;
	if (!r)
		r = new_role(req);
	if (!read_role(req, r, creating, &e))
		return fail_error(req, &e);
	if (r->token.max_ttl > mount_max_ttl(req->vault, req->mount))
		warn(req, "token_max_ttl is greater than the backend mount's "
			  "maximum TTL value; issued tokens' max TTL value "
			  "will be truncated");
	approle_save(req->vault, req->mount, r);
	return done(req);
}

static json_t *
cidrs_or_null(char *const *list)
{
	return list ? json_texts(list) : json_null();
}

static void
show_old_names(json_t *data, const struct approle *r)
{
	if (r->old_policies)
		json_object_set_new(data, "policies",
		    json_texts(r->token.policies));
	if (r->old_period)
		json_object_set_new(data, "period",
		    json_integer(r->token.period));
}

static verdict
read_whole(struct request *req)
{
	struct approle *r = approle_of(req);
	json_t *data;

	if (!r)
		return reply_none(req);
	data = json_pack("{s:b, s:b, s:o, s:I, s:I}", "bind_secret_id",
	    (int)r->bind_secret_id, "local_secret_ids",
	    (int)r->local_secret_ids, "secret_id_bound_cidrs",
	    cidrs_or_null(r->secret_id_bound_cidrs), "secret_id_num_uses",
	    (json_int_t)r->secret_id_num_uses, "secret_id_ttl",
	    (json_int_t)r->secret_id_ttl);
	token_params_show(data, &r->token);
	show_old_names(data, r);
	return reply_data(req, data);
}

static verdict
delete_role(struct request *req)
{
	approle_remove(req->vault, req->mount, approle_name(req));
	return reply_none(req);
}

static verdict
list_roles(struct request *req)
{
	char **names;
	size_t n = approle_names(req->vault, req->arena, req->mount, &names);

	return reply_keys(req, names, n);
}

/* ---- numbers: one row each ---- */

#define FIELD(path, key, member) { path, key, offsetof(struct approle, member) }

static const struct number_field {
	const char *path; /* role/NAME/path */
	const char *key;
	size_t at; /* of an int64_t in struct approle */
} numbers[] = {
	FIELD("period", "token_period", token.period),
	FIELD("secret-id-num-uses", "secret_id_num_uses", secret_id_num_uses),
	FIELD("secret-id-ttl", "secret_id_ttl", secret_id_ttl),
	FIELD("token-max-ttl", "token_max_ttl", token.max_ttl),
	FIELD("token-num-uses", "token_num_uses", token.num_uses),
	FIELD("token-ttl", "token_ttl", token.ttl),
};

static const struct number_field *
field_of(const struct request *req)
{
	const char *last = strrchr(req->rel, '/') + 1;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(numbers[i].path, last) == 0)
			return &numbers[i];
	abort(); /* a row without its field */
}

static int64_t *
member(struct approle *r, const struct number_field *f)
{
	return (int64_t *)((char *)r + f->at);
}

static verdict
number_read(struct request *req)
{
	const struct number_field *f = field_of(req);
	struct approle *r = approle_of(req);
	json_t *data;

	if (!r)
		return reply_none(req);
	data = json_pack("{s:I}", f->key, (json_int_t)*member(r, f));
	if (r->old_period && strcmp(f->path, "period") == 0)
		json_object_set_new(data, "period",
		    json_integer(r->token.period));
	return reply_data(req, data);
}

static bool
number_fits(const struct approle *r, const struct number_field *f,
    struct error *e)
{
	bool backward = r->token.max_ttl && r->token.ttl > r->token.max_ttl;

	if (r->secret_id_num_uses < 0)
		return error_set(e, 400,
		    "secret_id_num_uses cannot be negative");
	if (r->token.num_uses < 0)
		return error_set(e, 400, "token_num_uses cannot be negative");
	if (backward && strcmp(f->path, "token-ttl") == 0)
		return error_set(e, 400, "token_ttl should not be greater than "
					 "token_max_ttl");
	if (backward && strcmp(f->path, "token-max-ttl") == 0)
		return error_set(e, 400, "token_max_ttl should be greater than "
					 "or equal to token_ttl");
	return true;
}

static verdict
number_write(struct request *req)
{
	const struct number_field *f = field_of(req);
	struct approle *r = approle_of(req);
	bool period = strcmp(f->path, "period") == 0, uses;
	const char *key = f->key;
	struct error e = { 0 };

	if (!r)
		return fail_unsupported_path(req);
	if (period && !par_given(req, key))
		key = "period";
	if (!par_given(req, key))
		return fail(req, 400, "missing %s", key);
	uses = ends_with(key, "num_uses");
	*member(r, f) = uses ? par_int(req, key) : par_secs(req, key);
	if (!number_fits(r, f, &e))
		return fail_error(req, &e);
	if (period)
		r->old_period = strcmp(key, "period") == 0;
	approle_save(req->vault, req->mount, r);
	return reply_none(req);
}

static verdict
number_delete(struct request *req)
{
	struct approle *r = approle_of(req);

	if (!r)
		return reply_none(req);
	*member(r, field_of(req)) = 0;
	approle_save(req->vault, req->mount, r);
	return reply_none(req);
}

/* ---- policies, bind-secret-id, ids ---- */

static verdict
policies_read(struct request *req)
{
	struct approle *r = approle_of(req);
	json_t *data;

	if (!r)
		return reply_none(req);
	data = json_pack("{s:o}", "token_policies",
	    json_texts(r->token.policies));
	if (r->old_policies)
		json_object_set_new(data, "policies",
		    json_texts(r->token.policies));
	return reply_data(req, data);
}

static verdict
policies_write(struct request *req)
{
	struct approle *r = approle_of(req);
	bool old = !par_given(req, "token_policies");

	if (!r)
		return fail_unsupported_path(req);
	if (old && !par_given(req, "policies"))
		return fail(req, 400, "missing token_policies");
	r->token.policies = policies_cleaned(req->arena,
	    par_list(req, old ? "policies" : "token_policies", NULL), false,
	    NULL);
	r->old_policies = old;
	approle_save(req->vault, req->mount, r);
	return reply_none(req);
}

static verdict
policies_delete(struct request *req)
{
	struct approle *r = approle_of(req);

	if (r) {
		r->token.policies = NULL;
		r->old_policies = false;
		approle_save(req->vault, req->mount, r);
	}
	return reply_none(req);
}

static verdict
bind_read(struct request *req)
{
	struct approle *r = approle_of(req);

	return r ? reply_data(req, json_pack("{s:b}", "bind_secret_id",
				       (int)r->bind_secret_id))
		 : reply_none(req);
}

static verdict
bind_set(struct request *req, struct approle *r, bool bind)
{
	struct error e = { 0 };

	r->bind_secret_id = bind;
	if (!check_whole(req, r, &e))
		return fail_error(req, &e);
	approle_save(req->vault, req->mount, r);
	return reply_none(req);
}

static verdict
bind_write(struct request *req)
{
	struct approle *r = approle_of(req);

	if (!r)
		return fail_unsupported_path(req);
	if (!par_given(req, "bind_secret_id"))
		return fail(req, 400, "missing bind_secret_id");
	return bind_set(req, r, par_bool(req, "bind_secret_id"));
}

static verdict
bind_delete(struct request *req)
{
	struct approle *r = approle_of(req);

	return r ? bind_set(req, r, true) : reply_none(req);
}

static verdict
local_read(struct request *req)
{
	struct approle *r = approle_of(req);

	return r ? reply_data(req, json_pack("{s:b}", "local_secret_ids",
				       (int)r->local_secret_ids))
		 : reply_none(req);
}

static verdict
role_id_read(struct request *req)
{
	struct approle *r = approle_of(req);

	return r ? reply_data(req, json_pack("{s:s}", "role_id", r->role_id))
		 : reply_none(req);
}

static verdict
role_id_write(struct request *req)
{
	struct approle *r = approle_of(req);
	struct error e = { 0 };

	if (!r)
		return fail_unsupported_path(req);
	r->role_id = arena_strdup(req->arena, par_str(req, "role_id"));
	if (*r->role_id == '\0')
		return fail(req, 400, "missing role_id");
	if (!check_whole(req, r, &e))
		return fail_error(req, &e);
	approle_save(req->vault, req->mount, r);
	return reply_none(req);
}

/* ---- the three lists of addresses ---- */

enum cidr_field { CIDR_SECRET, CIDR_OLD, CIDR_TOKEN };

static enum cidr_field
cidr_field_of(const struct request *req)
{
	if (ends_with(req->rel, "/token-bound-cidrs"))
		return CIDR_TOKEN;
	return ends_with(req->rel, "/bound-cidr-list") ? CIDR_OLD : CIDR_SECRET;
}

static const char *const cidr_keys[] = { "secret_id_bound_cidrs",
	"bound_cidr_list", "token_bound_cidrs" };

static char ***
cidr_list_of(struct approle *r, enum cidr_field f)
{
	return f == CIDR_TOKEN ? &r->token.bound_cidrs
			       : &r->secret_id_bound_cidrs;
}

static verdict
cidrs_read(struct request *req)
{
	enum cidr_field f = cidr_field_of(req);
	struct approle *r = approle_of(req);
	char **list;

	if (!r)
		return reply_none(req);
	if (f == CIDR_OLD)
		warn(req, "The \"bound_cidr_list\" field is deprecated and "
			  "will be removed. Please use "
			  "\"secret_id_bound_cidrs\" instead.");
	list = *cidr_list_of(r, f);
	if (list && !*list)
		list = NULL;
	return reply_data(req,
	    json_pack("{s:o}", cidr_keys[f], cidrs_or_null(list)));
}

static bool
cidrs_fit(char **list, enum cidr_field f, struct error *e)
{
	for (; *list; list++) {
		if (f == CIDR_TOKEN && !cidr_address(*list))
			return error_set(e, 400,
			    "failed to parse token_bound_cidrs: error parsing "
			    "address \"%s\": Unable to convert \"%s\" to an "
			    "IPv4 or IPv6 address, or a UNIX Socket", *list,
			    *list);
		if (f != CIDR_TOKEN && !cidr_valid(*list))
			return error_set(e, 400,
			    "failed to validate CIDR blocks: invalid CIDR "
			    "address: %s", *list);
	}
	return true;
}

static verdict
cidrs_write(struct request *req)
{
	enum cidr_field f = cidr_field_of(req);
	struct approle *r = approle_of(req);
	struct error e = { 0 };
	char **list;
	int n;

	if (!r)
		return fail_unsupported_path(req);
	list = par_list(req, cidr_keys[f], &n);
	if (n == 0)
		return fail(req, 400, "missing bound_cidr_list");
	if (!cidrs_fit(list, f, &e))
		return fail_error(req, &e);
	*cidr_list_of(r, f) = list;
	approle_save(req->vault, req->mount, r);
	return reply_none(req);
}

static verdict
cidrs_delete(struct request *req)
{
	struct approle *r = approle_of(req);

	if (r) {
		*cidr_list_of(r, cidr_field_of(req)) = NULL;
		approle_save(req->vault, req->mount, r);
	}
	return reply_none(req);
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
ONE_FIELD(uses_params,
    { "secret_id_num_uses", P_INT, NULL, "Logins per secret id" });
ONE_FIELD(secret_ttl_params,
    { "secret_id_ttl", P_SECONDS, NULL, "Life of a secret id" });
ONE_FIELD(max_ttl_params,
    { "token_max_ttl", P_SECONDS, NULL, "Cap on the tokens' life" });
ONE_FIELD(token_uses_params,
    { "token_num_uses", P_INT, NULL, "Uses of a token" });
ONE_FIELD(ttl_params,
    { "token_ttl", P_SECONDS, NULL, "First life of the tokens" });
ONE_FIELD(bind_params,
    { "bind_secret_id", P_BOOL, "true", "Does a login need a secret id?" });
ONE_FIELD(role_id_params, { "role_id", P_STRING, NULL, "The role id" });
ONE_FIELD(secret_cidrs_params, { "secret_id_bound_cidrs", P_COMMA_STRINGS,
    NULL, "Source addresses a login may come from" });
ONE_FIELD(old_cidrs_params, { "bound_cidr_list", P_COMMA_STRINGS, NULL,
    "Old name of secret_id_bound_cidrs" });
ONE_FIELD(token_cidrs_params, { "token_bound_cidrs", P_COMMA_STRINGS, NULL,
    "Source addresses a token may be used from" });

#define ROLE "role/{role_name}"
#define FIELD_ROWS(path, params, read, write, delete, help)             \
	{ OP_READ, ROLE "/" path, 0, params, read, NULL, help },        \
	{ OP_WRITE, ROLE "/" path, 0, params, write, NULL, help },      \
	{ OP_DELETE, ROLE "/" path, 0, params, delete, NULL, help }
#define NUMBER_ROWS(path, params, help) \
	FIELD_ROWS(path, params, number_read, number_write, number_delete, help)
#define CIDR_ROWS(path, params, help) \
	FIELD_ROWS(path, params, cidrs_read, cidrs_write, cidrs_delete, help)

const struct route approle_role_routes[] = {
	{ OP_LIST, "role/?", 0, NULL, list_roles, NULL, "Names of the roles" },
	{ OP_READ, ROLE, 0, role_params, read_whole, NULL, "Read a role" },
	{ OP_WRITE, ROLE, 0, role_params, write_role, role_exists,
	    "Make or change a role" },
	{ OP_DELETE, ROLE, 0, role_params, delete_role, NULL,
	    "Remove a role and its secret ids" },
	{ OP_READ, ROLE "/local-secret-ids", 0, name_only, local_read, NULL,
	    "Do the secret ids stay in this cluster?" },
	FIELD_ROWS("policies", policies_params, policies_read, policies_write,
	    policies_delete, "Policies of the tokens"),
	CIDR_ROWS("bound-cidr-list", old_cidrs_params,
	    "Old name of secret-id-bound-cidrs"),
	CIDR_ROWS("secret-id-bound-cidrs", secret_cidrs_params,
	    "Source addresses a login may come from"),
	CIDR_ROWS("token-bound-cidrs", token_cidrs_params,
	    "Source addresses a token may be used from"),
	FIELD_ROWS("bind-secret-id", bind_params, bind_read, bind_write,
	    bind_delete, "Does a login need a secret id?"),
	NUMBER_ROWS("secret-id-num-uses", uses_params, "Logins per secret id"),
	NUMBER_ROWS("secret-id-ttl", secret_ttl_params, "Life of a secret id"),
	NUMBER_ROWS("period", period_params, "Period of the tokens"),
	NUMBER_ROWS("token-num-uses", token_uses_params, "Uses of a token"),
	NUMBER_ROWS("token-ttl", ttl_params, "First life of the tokens"),
	NUMBER_ROWS("token-max-ttl", max_ttl_params,
	    "Cap on the tokens' life"),
	{ OP_READ, ROLE "/role-id", 0, role_id_params, role_id_read, NULL,
	    "The role id" },
	{ OP_WRITE, ROLE "/role-id", 0, role_id_params, role_id_write, NULL,
	    "The role id" },
	ROUTE_END,
};
