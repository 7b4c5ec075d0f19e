/*
 * auth/token/create, create-orphan and create/ROLE. The checks stand in Vault
 * 1.19's order, since only the first refusal is seen.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/login.h"
#include "api/reply.h"
#include "auth/token/token_endpoints.h"
#include "base/duration.h"
#include "base/glob.h"
#include "base/go_text.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "core/policy/acl.h"
#include "core/token/identity.h"
#include "core/token/lease.h"
#include "core/mount/mount.h"
#include "core/token/token.h"

const struct param token_create_params[] = {
	{ "display_name", P_STRING, NULL, "Name to associate" },
	{ "entity_alias", P_STRING, NULL, "Alias of an entity" },
	{ "explicit_max_ttl", P_STRING, NULL, "Hard cap on its life" },
	{ "id", P_STRING, NULL, "The token itself" },
	{ "lease", P_STRING, NULL, "Old name of ttl" },
	{ "meta", P_PAIRS, NULL, "Texts that go with it" },
	{ "no_default_policy", P_BOOL, NULL, "Leave default out" },
	{ "no_parent", P_BOOL, NULL, "Make an orphan" },
	{ "num_uses", P_INT, NULL, "How often it may be used" },
	{ "period", P_STRING, NULL, "Period of a periodic token" },
	{ "policies", P_STRINGS, NULL, "Its policies" },
	{ "renewable", P_BOOL, "true", "May it be renewed?" },
	{ "role_name", P_STRING, NULL, "The role" },
	{ "ttl", P_STRING, NULL, "Its first life" },
	{ "type", P_STRING, NULL, "service or batch" },
	PARAM_END,
};

/* What a creation is about, and what it found out on the way. */
struct token_creation {
	struct request *req;
	json_t *role;	     /* an object of auth/token/roles.c, or NULL */
	struct token *draft; /* owned */
	bool has_sudo;
	int64_t period_s, explicit_max_ttl_s; /* of call and role together */
};

static bool
token_create_check_parent(struct token_creation *c)
{
	const struct token *parent = c->req->token;

	if (parent->type == TOKEN_BATCH)
		return refuse(
		    c->req, 400, "batch tokens cannot create more tokens");
	return !parent->num_uses ||
	    refuse(c->req, 400,
		"restricted use token cannot generate child tokens");
}

/* ---- what a role says ---- */

static const char *
token_create_role_str(const struct token_creation *c, const char *key)
{
	const char *text = json_string_value(json_object_get(c->role, key));

	return text ? text : "";
}

static int64_t
token_create_role_int(const struct token_creation *c, const char *key)
{
	return json_integer_value(json_object_get(c->role, key));
}

static bool
token_create_role_bool(const struct token_creation *c, const char *key)
{
	return json_is_true(json_object_get(c->role, key));
}

static char **
token_create_role_list(const struct token_creation *c, const char *key)
{
	return jsontree_to_strings(
	    c->req->arena, json_object_get(c->role, key));
}

/* Vault 1.19: "token-" and what was asked, every other character as '-'. */
static void
token_create_set_display_name(struct token_creation *c)
{
	const char *asked = param_str(c->req, "display_name");
	char *name;
	size_t n;

	if (*asked == '\0') {
		token_set_field(&c->draft->display_name, "token");
		return;
	}
	name = arena_printf(c->req->arena, "token-%s", asked);
	n = strlen("token-");
	for (size_t left = strlen(asked); left > 0;) {
		uint32_t cp;
		size_t step = utf8_next(asked, left, &cp);

		name[n++] = cp < 0x80 && isalnum((int)cp) ? (char)cp : '-';
		asked += step;
		left -= step;
	}
	name[n] = '\0';
	if (name[n - 1] == '-')
		name[n - 1] = '\0';
	token_set_field(&c->draft->display_name, name);
}

/* Is a limit given that is not zero? "0s" counts as not given: the command and
 * the Go client send it always. */
static bool
token_create_has_duration(struct token_creation *c, const char *name, bool *has)
{
	int64_t ns;

	if (!duration_parse(param_str(c->req, name), &ns))
		return refuse(
		    c->req, 400, "\"%s\" value could not be parsed", name);
	*has = ns != 0;
	return true;
}

/* Vault 1.19: the first of the three that is given at all is looked at, even
 * when it is zero. */
static bool
token_create_check_batch(struct token_creation *c)
{
	const char *bad = NULL;
	bool has = false;

	if (*param_str(c->req, "explicit_max_ttl")) {
		bad = "explicit_max_ttl";
		if (!token_create_has_duration(c, bad, &has))
			return false;
	} else if (param_int(c->req, "num_uses")) {
		bad = "num_uses";
		has = true;
	} else if (*param_str(c->req, "period")) {
		bad = "period";
		if (!token_create_has_duration(c, bad, &has))
			return false;
	}
	return !has ||
	    refuse(c->req, 400, "batch tokens cannot have \"%s\" set", bad);
}

static bool
token_create_set_type(struct token_creation *c)
{
	const char *type = param_str(c->req, "type");
	const char *by_role = token_create_role_str(c, "token_type");

	if (strcmp(by_role, "service") == 0 || strcmp(by_role, "batch") == 0)
		type = by_role;
	else if (*type == '\0' && strcmp(by_role, "default-batch") == 0)
		type = "batch";
	if (*type == '\0' || strcmp(type, "service") == 0)
		return true;
	if (strcmp(type, "batch") != 0)
		return refuse(c->req, 400, "invalid 'token_type' value");
	c->draft->type = TOKEN_BATCH;
	return token_create_check_batch(c);
}

static bool
token_create_is_listed(char *const *list, const char *name, bool glob)
{
	for (; *list; list++)
		if (glob ? glob_match(*list, name) : !strcmp(*list, name))
			return true;
	return false;
}

static bool
token_create_check_allowed(struct token_creation *c, char *const *want,
    char *const *allowed, char *const *globs)
{
	for (char *const *p = want; *p; p++)
		if (!token_create_is_listed(allowed, *p, false) &&
		    !token_create_is_listed(globs, *p, true))
			return refuse(c->req, 400,
			    "token policies (%s) must be subset of the role's "
			    "allowed policies (%s) or glob policies (%s)",
			    go_quoted_list(c->req->arena, want),
			    go_quoted_list(c->req->arena, allowed),
			    go_quoted_list(c->req->arena, globs));
	return true;
}

/* Vault 1.19: a role that allows or disallows has rules of its own. */
static bool
token_create_set_role_policies(struct token_creation *c)
{
	char **allowed = token_create_role_list(c, "allowed_policies");
	char **globs = token_create_role_list(c, "allowed_policies_glob");
	char **bad = token_create_role_list(c, "disallowed_policies");
	char **bad_globs = token_create_role_list(
	    c, "disallowed_policies_glob");
	int asked, n;
	char **want = param_strings(c->req, "policies", &asked);
	bool add_default = !param_bool(c->req, "no_default_policy") &&
	    !token_create_role_bool(c, "token_no_default_policy") &&
	    !token_create_is_listed(bad, "default", false) &&
	    !token_create_is_listed(bad_globs, "default", true);
	bool limited = *allowed || *globs;

	want = policies_clean_copy(c->req->arena,
	    asked	  ? want
		: limited ? allowed
			  : c->req->token->policies.items,
	    add_default, &n);
	if (limited && asked &&
	    !token_create_check_allowed(c, want,
		policies_clean_copy(c->req->arena, allowed, add_default, NULL),
		globs))
		return false;
	for (char **p = want; *p; p++)
		if (token_create_is_listed(bad, *p, false) ||
		    token_create_is_listed(bad_globs, *p, true))
			return refuse(c->req, 400,
			    "token policy %s is disallowed by this role",
			    go_quoted(c->req->arena, *p));
	token_set_policies(c->draft, want);
	return true;
}

static bool
token_create_role_has_limits(const struct token_creation *c)
{
	return *token_create_role_list(c, "allowed_policies") ||
	    *token_create_role_list(c, "allowed_policies_glob") ||
	    *token_create_role_list(c, "disallowed_policies") ||
	    *token_create_role_list(c, "disallowed_policies_glob");
}

/* Those asked for, or the parent's. Vault 1.19: default is added when the
 * parent has it, or always for a caller with sudo. */
static bool
token_create_set_own_policies(struct token_creation *c)
{
	const struct token *parent = c->req->token;
	bool no_default = param_bool(c->req, "no_default_policy");
	bool add_default = c->has_sudo || token_has_policy(parent, "default");
	int asked, n;
	char **want = param_strings(c->req, "policies", &asked);

	want = asked ? policies_clean_copy(c->req->arena, want, false, &n)
		     : parent->policies.items;
	for (char **p = want; asked && !c->has_sudo && *p; p++)
		if (!token_has_policy(parent, *p))
			return refuse(c->req, 400,
			    "child policies must be subset of parent");
	want = policies_clean_copy(
	    c->req->arena, want, asked && add_default && !no_default, &n);
	token_set_policies(c->draft, want);
	return true;
}

static bool
token_create_set_policies(struct token_creation *c)
{
	struct strs kept = strs_in(c->req->arena);

	if (!(token_create_role_has_limits(c)
		    ? token_create_set_role_policies(c)
		    : token_create_set_own_policies(c)))
		return false;
	if (!param_bool(c->req, "no_default_policy"))
		return true;
	for (size_t i = 0; i < c->draft->policies.n; i++)
		if (strcmp(c->draft->policies.items[i], "default") != 0)
			strs_add(&kept, c->draft->policies.items[i]);
	token_set_policies(c->draft, strs_array(&kept));
	return true;
}

static bool
token_create_check_policies(struct token_creation *c)
{
	const struct token *d = c->draft;

	for (size_t i = 0; i < d->policies.n; i++) {
		const char *name = d->policies.items[i];

		if (strcmp(name, "response-wrapping") == 0 ||
		    strcmp(name, "control-group") == 0)
			return refuse(c->req, 400, "cannot assign policy %s",
			    go_quoted(c->req->arena, name));
	}
	if (!token_is_root(d))
		return true;
	if (!token_is_root(c->req->token))
		return refuse(c->req, 400,
		    "root tokens may not be created without "
		    "parent token being root");
	return d->type != TOKEN_BATCH ||
	    refuse(c->req, 400, "batch tokens cannot be root tokens");
}

/* ---- parent, limits ---- */

/* Vault 1.19: a role alone decides; without one no_parent needs sudo, and
 * create-orphan is a right of its own. An alias's entity stays in any case. */
static bool
token_create_set_parent(struct token_creation *c, bool is_orphan)
{
	const struct token *parent = c->req->token;
	struct token *d = c->draft;

	if (c->role) {
		is_orphan = token_create_role_bool(c, "orphan");
		token_set_cidrs(
		    d, token_create_role_list(c, "token_bound_cidrs"));
	} else if (param_bool(c->req, "no_parent")) {
		if (!c->has_sudo)
			return refuse(c->req, 400,
			    "root or sudo privileges required "
			    "to create orphan token");
		is_orphan = true;
	}
	d->is_orphan = is_orphan;
	if (is_orphan)
		return true;
	token_set_field(&d->parent_id, parent->id);
	if (*d->entity_id)
		return true;
	token_set_field(&d->entity_id, parent->entity_id);
	if (!c->role)
		token_set_cidrs(d, parent->bound_cidrs.items);
	return true;
}

/* Reads a duration in seconds; what is not given leaves it as it is. */
static bool
token_create_read_duration(
    struct token_creation *c, const char *name, int64_t *seconds)
{
	const char *text = param_str(c->req, name), *why;
	int64_t ns;

	if (*text == '\0')
		return true;
	why = duration_parse_why(c->req->arena, text, &ns);
	if (why)
		return refuse(c->req, 400, "%s", why);
	if (ns < 0)
		return refuse(c->req, 400, "%s must be positive", name);
	/* Less than a second counts as one: what is 0 is not given. */
	*seconds = ns > 0 && ns < NSEC_PER_SEC ? 1 : ns / NSEC_PER_SEC;
	return true;
}

static bool
token_create_read_durations(struct token_creation *c)
{
	struct token *d = c->draft;

	if (!token_create_read_duration(
		c, "explicit_max_ttl", &d->explicit_max_ttl_s) ||
	    !token_create_read_duration(c, "period", &d->period_s))
		return false;
	if (d->period_s && !c->has_sudo)
		return refuse(c->req, 400,
		    "root or sudo privileges required "
		    "to create periodic token");
	return token_create_read_duration(
	    c, *param_str(c->req, "ttl") ? "ttl" : "lease", &d->ttl_s);
}

static int64_t
token_create_lesser_s(struct token_creation *c, int64_t asked_s,
    const char *field, const char *what)
{
	int64_t by_role_s = token_create_role_int(c, field);
	int64_t least_s = asked_s < by_role_s ? asked_s : by_role_s;

	if (!asked_s || !by_role_s)
		return asked_s ? asked_s : by_role_s;
	reply_warn(c->req,
	    "%s specified both during creation call and in role; "
	    "using the lesser value of %lld seconds",
	    what, (long long)least_s);
	return least_s;
}

/* Vault 1.19: a role's limits do not bind its batch tokens. */
static void
token_create_apply_role_limits(struct token_creation *c)
{
	c->explicit_max_ttl_s = c->draft->explicit_max_ttl_s;
	c->period_s = c->draft->period_s;
	if (!c->role || c->draft->type == TOKEN_BATCH)
		return;
	c->explicit_max_ttl_s = token_create_lesser_s(c, c->explicit_max_ttl_s,
	    "token_explicit_max_ttl", "Explicit max TTL");
	c->period_s = token_create_lesser_s(
	    c, c->period_s, "token_period", "Period");
}

/* Vault 1.19: only a root token without ttl and period escapes the arithmetic;
 * an explicit maximum is then its ttl, without a cap. */
static bool
token_create_set_ttl(struct token_creation *c)
{
	struct vault *v = c->req->vault;
	const struct mount *m = c->req->mount;
	char warning[TTL_WARNING_MAX] = "";
	struct token *d = c->draft;

	if (c->period_s || d->ttl_s || !token_is_root(d))
		d->ttl_s = ttl_calculate(
		    &(struct ttl_request){
			.increment_s = d->ttl_s,
			.period_s = c->period_s,
			.explicit_max_s = c->explicit_max_ttl_s,
			.default_s = mount_default_ttl(v, m),
			.max_s = version_has(v, VERSION_TOKEN_MOUNT_TTL)
			    ? mount_max_ttl(v, m)
			    : v->config.max_lease_ttl_s,
		    },
		    warning);
	else
		d->ttl_s = c->explicit_max_ttl_s;
	if (*warning)
		reply_warn(c->req, "%s", warning);
	if (d->ttl_s == 0) {
		if (c->req->token->ttl_s)
			return refuse(c->req, 400,
			    "expiring root tokens cannot create "
			    "non-expiring root tokens");
		d->renewable = false;
		token_set_cidrs(d, NULL);
	}
	d->ttl_s = vault_scale_ttl(v, d->ttl_s);
	return true;
}

/* Vault 1.19: an empty object is shown as one, a missing one as null. */
static void
token_create_set_meta(struct token_creation *c)
{
	struct slice meta = param_raw(c->req, "meta");
	json_t *tree;
	struct buf text;

	if (!meta.p || jsontext_kind(meta) == 'n')
		return;
	tree = param_json_tree(c->req, "meta");
	buf_init(&text, 0);
	jsontext_put(&text, tree);
	token_set_field(&c->draft->meta, text.p);
	buf_release(&text);
	json_decref(tree);
}

/* The entity of an alias that the role allows, made when there is none. */
static bool
token_create_set_alias(struct token_creation *c)
{
	struct request *req = c->req;
	const char *alias = param_str(req, "entity_alias");
	char **allowed = token_create_role_list(c, "allowed_entity_aliases");
	char *lower = arena_strdup(req->arena, alias);
	char entity[UUID_LEN + 1];

	if (*alias == '\0')
		return true;
	if (!c->role)
		return refuse(c->req, 400,
		    "'entity_alias' is only allowed in "
		    "combination with token role");
	lower_ascii(lower);
	if (!token_create_is_listed(allowed, lower, false) &&
	    !token_create_is_listed(allowed, lower, true))
		return refuse(c->req, 400, "invalid 'entity_alias' value");
	identity_find_or_create_entity(
	    req->vault, req->mount, alias, NULL, entity);
	if (!identity_is_enabled(req->vault, entity))
		return refuse(
		    req, 403, "entity from given entity alias is disabled");
	token_set_field(&c->draft->entity_id, entity);
	return true;
}

static void
token_create_apply_role(struct token_creation *c)
{
	struct token *d = c->draft;
	const char *suffix = token_create_role_str(c, "path_suffix");
	int64_t uses = token_create_role_int(c, "token_num_uses");

	token_set_field(&d->role, token_create_role_str(c, "name"));
	d->renewable &= token_create_role_bool(c, "renewable");
	if (*suffix)
		token_set_field(&d->path,
		    arena_printf(c->req->arena, "%s/%s", c->req->path, suffix));
	if (uses && (!d->num_uses || d->num_uses > uses))
		d->num_uses = uses;
}

/* Fills the draft; false when the reply has a refusal. */
static bool
token_create_fill(struct token_creation *c, bool is_orphan)
{
	struct token *d = c->draft;
	const char *id = param_str(c->req, "id");

	token_set_field(&d->path, c->req->path);
	d->mount_id = c->req->mount->id;
	d->num_uses = param_int(c->req, "num_uses");
	if (!token_create_check_parent(c) || !token_create_set_type(c))
		return false;
	d->renewable = param_bool(c->req, "renewable") &&
	    d->type == TOKEN_SERVICE;
	if (d->num_uses < 0)
		return refuse(c->req, 400, "number of uses cannot be negative");
	if (!token_create_set_alias(c))
		return false;
	token_create_set_meta(c);
	if (c->role)
		token_create_apply_role(c);
	token_create_set_display_name(c);
	if (*id && !c->has_sudo)
		return refuse(c->req, 400,
		    "root or sudo privileges required to specify token id");
	token_set_field(&d->id, id);
	if (!token_create_set_policies(c) || !token_create_check_policies(c) ||
	    !token_create_set_parent(c, is_orphan) ||
	    !token_create_read_durations(c))
		return false;
	token_create_apply_role_limits(c);
	if (!token_create_set_ttl(c))
		return false;
	if (*id)
		reply_warn(c->req,
		    "Supplying a custom ID for the token uses the weaker SHA1 "
		    "hashing instead of the more secure SHA2-256 HMAC for "
		    "token obfuscation. SHA1 hashed tokens on the wire leads "
		    "to less secure lookups.");
	return true;
}

/* Makes the token and answers with it; role may be NULL. */
static enum handler_result
token_create_reply(struct request *req, bool is_orphan, json_t *role)
{
	struct token_creation c = { .req = req,
		.role = role,
		.draft = token_draft(),
		.has_sudo = acl_has_sudo(req->vault, req->token, req->path) };
	struct reply_auth auth = { .token = c.draft };
	struct error e = { 0 };
	enum handler_result v = HANDLED;

	if (!token_create_fill(&c, is_orphan)) {
		/* the reply has the refusal */
	} else if (!token_create(req->vault, c.draft, true, &e)) {
		v = fail_error(req, &e);
	} else {
		for (size_t i = 0; i < c.draft->policies.n; i++)
			if (!policy_exists(
				c.req->vault, c.draft->policies.items[i]))
				reply_warn(c.req, "Policy %s does not exist",
				    go_quoted(c.req->arena,
					c.draft->policies.items[i]));
		auth.client_token = c.draft->client_token;
		auth.lease_duration_s = c.draft->ttl_s;
		auth.metadata = c.draft->meta;
		v = reply_auth(req, &auth);
	}
	token_unref(c.draft);
	return v;
}

enum handler_result
token_create_child(struct request *req)
{
	return token_create_reply(req, false, NULL);
}

enum handler_result
token_create_orphan(struct request *req)
{
	return token_create_reply(req, true, NULL);
}

enum handler_result
token_create_role(struct request *req)
{
	const char *name = param_str(req, "role_name");
	json_t *role = token_role_get(req->vault, name);
	enum handler_result v = role ? token_create_reply(req, false, role)
				     : fail(req, 400, "unknown role %s", name);

	json_decref(role);
	return v;
}
