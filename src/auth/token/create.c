/*
 * auth/token/create and its kin: Vault 1.19's rules of who may ask for what, in
 * their order.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth/login.h"
#include "api/reply.h"
#include "auth/token/token_endpoints.h"
#include "base/duration.h"
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

struct token_creation {
	struct request *req;
	struct token *draft;
	bool sudo;
	bool orphan;
	int64_t ttl_s, explicit_max_ttl_s, period_s; /* seconds */
	bool custom_id;
	json_t *role; /* token_roles.c; NULL without one */
	enum handler_result refusal;
};

static bool token_create_refuse(struct token_creation *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool
token_create_refuse(struct token_creation *c, const char *fmt, ...)
{
	char text[900];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->refusal = fail(c->req, 400, "%s", text);
	return false;
}

static bool
token_create_check_parent(struct token_creation *c)
{
	struct token *parent = c->req->token;

	if (parent->num_uses)
		return token_create_refuse(
		    c, "restricted use token cannot generate child tokens");
	if (parent->type == TOKEN_BATCH)
		return token_create_refuse(
		    c, "batch tokens cannot create more tokens");
	return true;
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

/* login_display_name: "token-" and what was asked, odd characters as '-'. */
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
	for (char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '-')
			*p = '-';
	n = strlen(name);
	if (name[n - 1] == '-')
		name[n - 1] = '\0';
	token_set_field(&c->draft->display_name, name);
}

static bool
token_create_set_type(struct token_creation *c)
{
	const char *type = param_str(c->req, "type");

	const char *by_role = token_create_role_str(c, "token_type");

	if (*type && strcmp(type, "batch") != 0 && strcmp(type, "service") != 0)
		return token_create_refuse(c, "invalid 'token_type' value");
	if (strcmp(by_role, "service") == 0 || strcmp(by_role, "batch") == 0)
		type = by_role;
	else if (*type == '\0' && strcmp(by_role, "default-batch") == 0)
		type = "batch";
	if (strcmp(type, "batch") == 0)
		c->draft->type = TOKEN_BATCH;
	if (c->draft->type != TOKEN_BATCH)
		return true;
	if (*param_str(c->req, "explicit_max_ttl"))
		return token_create_refuse(
		    c, "batch tokens cannot have \"explicit_max_ttl\" set");
	if (param_int(c->req, "num_uses"))
		return token_create_refuse(
		    c, "batch tokens cannot have \"num_uses\" set");
	if (*param_str(c->req, "period"))
		return token_create_refuse(
		    c, "batch tokens cannot have \"period\" set");
	return true;
}

static bool
token_create_set_id(struct token_creation *c)
{
	const char *id = param_str(c->req, "id");
	struct token *other;

	if (*id == '\0')
		return true;
	if (!c->sudo)
		return token_create_refuse(
		    c, "root or sudo privileges required to specify token id");
	if (starts_with(id, "hvs.") || starts_with(id, "s."))
		return token_create_refuse(c,
		    "custom token ID cannot have the '%s' prefix",
		    starts_with(id, "hvs.") ? "hvs." : "s.");
	if (strchr(id, '.'))
		return token_create_refuse(
		    c, "custom token ID cannot have a '.' in the value");
	other = token_lookup(c->req->vault, id);
	token_unref(other);
	if (other)
		return token_create_refuse(
		    c, "cannot create a token with a duplicate ID");
	token_set_field(&c->draft->id, id);
	c->custom_id = true;
	reply_warn(c->req,
	    "Supplying a custom ID for the token uses the weaker SHA1 hashing "
	    "instead of the more secure SHA2-256 HMAC for token obfuscation. "
	    "SHA1 hashed tokens on the wire leads to less secure lookups.");
	return true;
}

static bool
token_create_has_policy(char *const *list, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcasecmp(list[i], name) == 0)
			return true;
	return false;
}

static bool
token_create_is_listed(char *const *list, const char *name, bool glob)
{
	for (; *list; list++)
		if (glob ? glob_match(*list, name) : !strcmp(*list, name))
			return true;
	return false;
}

/* ["a" "b"], as Go's %q prints a list. */
static char *
token_create_quote_list(struct token_creation *c, char *const *list)
{
	char *out = arena_strdup(c->req->arena, "[");

	for (; *list; list++)
		out = arena_printf(
		    c->req->arena, "%s%s\"%s\"", out, out[1] ? " " : "", *list);
	return arena_printf(c->req->arena, "%s]", out);
}

static bool
token_create_check_allowed(struct token_creation *c, char *const *want,
    char *const *allowed, char *const *globs)
{
	for (char *const *p = want; *p; p++)
		if (!token_create_is_listed(allowed, *p, false) &&
		    !token_create_is_listed(globs, *p, true))
			return token_create_refuse(c,
			    "token policies (%s) must be subset of the role's "
			    "allowed policies (%s) or glob policies (%s)",
			    token_create_quote_list(c, want),
			    token_create_quote_list(c, allowed),
			    token_create_quote_list(c, globs));
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
			  : c->req->token->policies,
	    add_default, &n);
	if (limited && asked &&
	    !token_create_check_allowed(c, want,
		policies_clean_copy(c->req->arena, allowed, add_default, NULL),
		globs))
		return false;
	for (char **p = want; *p; p++)
		if (token_create_is_listed(bad, *p, false) ||
		    token_create_is_listed(bad_globs, *p, true))
			return token_create_refuse(c,
			    "token policy \"%s\" is disallowed "
			    "by this role",
			    *p);
	token_set_policies(c->draft, (const char *const *)want, n);
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

/* Those asked for, the parent's, with or without default. */
static bool
token_create_set_policies(struct token_creation *c)
{
	struct token *parent = c->req->token;
	int asked;
	char **want = param_strings(c->req, "policies", &asked);
	const char **all = arena_alloc(c->req->arena,
	    (size_t)(asked + parent->npolicies + 2) * sizeof(char *));
	bool no_default = param_bool(c->req, "no_default_policy") ||
	    token_create_role_bool(c, "token_no_default_policy");
	int n = 0, kept = 0;

	for (int i = 0; i < (asked ? asked : parent->npolicies); i++)
		all[n++] = asked ? want[i] : parent->policies[i];
	for (int i = 0; asked && !c->sudo && i < asked; i++)
		if (!token_create_has_policy(
			parent->policies, parent->npolicies, want[i]) &&
		    strcmp(want[i], "default") != 0)
			return token_create_refuse(
			    c, "child policies must be subset of parent");
	if (asked &&
	    (c->sudo ||
		token_create_has_policy(
		    parent->policies, parent->npolicies, "default")))
		all[n++] = "default";
	for (int i = 0; i < n; i++)
		if (!no_default || strcasecmp(all[i], "default") != 0)
			all[kept++] = all[i];
	token_set_policies(c->draft, all, kept);
	return true;
}

static bool
token_create_check_policies(struct token_creation *c)
{
	struct token *d = c->draft, *parent = c->req->token;

	for (int i = 0; i < d->npolicies; i++) {
		const char *name = d->policies[i];

		if (strcmp(name, "response-wrapping") == 0 ||
		    strcmp(name, "control-group") == 0)
			return token_create_refuse(
			    c, "cannot assign policy \"%s\"", name);
	}
	if (!token_is_root(d))
		return true;
	if (!token_is_root(parent))
		return token_create_refuse(c,
		    "root tokens may not be created without "
		    "parent token being root");
	if (d->type == TOKEN_BATCH)
		return token_create_refuse(
		    c, "batch tokens cannot be root tokens");
	if (parent->expires_ns && !*param_str(c->req, "ttl") && !c->ttl_s)
		return token_create_refuse(c,
		    "expiring root tokens cannot create "
		    "non-expiring root tokens");
	return true;
}

static bool
token_create_read_duration(
    struct token_creation *c, const char *name, int64_t *seconds)
{
	const char *text = param_str(c->req, name);
	int64_t ns;

	if (*text == '\0')
		return true;
	if (!duration_parse(text, &ns))
		return token_create_refuse(
		    c, "time: invalid duration \"%s\"", text);
	if (ns < 0)
		return token_create_refuse(c, "%s must be positive", name);
	*seconds = ns / NSEC_PER_SEC;
	return true;
}

static bool
token_create_read_ttls(struct token_creation *c)
{
	if (!token_create_read_duration(
		c, "explicit_max_ttl", &c->explicit_max_ttl_s))
		return false;
	if (*param_str(c->req, "period")) {
		if (!c->sudo)
			return token_create_refuse(c,
			    "root or sudo privileges required "
			    "to create periodic token");
		if (!token_create_read_duration(c, "period", &c->period_s))
			return false;
	}
	if (!token_create_read_duration(c, "ttl", &c->ttl_s))
		return false;
	return c->ttl_s || *param_str(c->req, "ttl") ||
	    token_create_read_duration(c, "lease", &c->ttl_s);
}

/* A root token without ttl lives for ever; all others by Vault's arithmetic. */
static void
token_create_set_ttls(struct token_creation *c)
{
	struct vault *v = c->req->vault;
	const struct mount *m = c->req->mount;
	char warning[LEASE_WARNING_MAX];
	struct token *d = c->draft;

	d->explicit_max_ttl_s = c->explicit_max_ttl_s;
	d->period_s = c->period_s;
	d->renewable = (c->role ? token_create_role_bool(c, "renewable")
				: param_bool(c->req, "renewable")) &&
	    d->type == TOKEN_SERVICE;
	if (token_is_root(d) && !c->ttl_s && !c->period_s &&
	    !c->explicit_max_ttl_s) {
		d->ttl_s = 0;
		d->renewable = false;
		return;
	}
	d->ttl_s = lease_calculate_ttl(c->ttl_s, 0, c->period_s, 0,
	    c->explicit_max_ttl_s, mount_default_ttl(v, m), mount_max_ttl(v, m),
	    0, warning, sizeof(warning));
	d->ttl_s = vault_scale_ttl(v, d->ttl_s);
	if (*warning)
		reply_warn(c->req, "%s", warning);
}

static void
token_create_warn_policies(struct token_creation *c)
{
	for (int i = 0; i < c->draft->npolicies; i++)
		if (!policy_exists(c->req->vault, c->draft->policies[i]))
			reply_warn(c->req, "Policy \"%s\" does not exist",
			    c->draft->policies[i]);
}

static void
token_create_inherit(struct token_creation *c)
{
	struct token *parent = c->req->token, *d = c->draft;
	struct slice meta = param_raw(c->req, "meta");
	json_t *tree;

	d->mount_id = c->req->mount->id;
	d->num_uses = param_int(c->req, "num_uses");
	d->is_orphan = c->orphan;
	if (!c->orphan) {
		token_set_field(&d->parent_id, parent->id);
		token_set_field(&d->entity_id, parent->entity_id);
	}
	tree = meta.p ? param_json_tree(c->req, "meta") : NULL;
	if (json_object_size(tree)) {
		struct buf text;

		buf_init(&text, 0);
		jsontext_put(&text, tree);
		token_set_field(&d->meta, text.p);
		buf_release(&text);
	}
	json_decref(tree);
}

static int64_t
token_create_lesser_s(struct token_creation *c, int64_t asked_s,
    int64_t by_role_s, const char *what)
{
	int64_t least_s = asked_s < by_role_s ? asked_s : by_role_s;

	if (!asked_s || !by_role_s)
		return asked_s ? asked_s : by_role_s;
	reply_warn(c->req,
	    "%s specified both during creation call and in role; "
	    "using the lesser value of %lld seconds",
	    what, (long long)least_s);
	return least_s;
}

/* The alias must be one that the role allows. */
static bool
token_create_set_alias(struct token_creation *c)
{
	const char *alias = param_str(c->req, "entity_alias");
	char lower[UUID_LEN + 1];
	char **allowed = token_create_role_list(c, "allowed_entity_aliases");
	char *wanted = arena_strdup(c->req->arena, alias);

	if (*alias == '\0')
		return true;
	lower_ascii(wanted);
	if (!token_create_is_listed(allowed, wanted, false) &&
	    !token_create_is_listed(allowed, wanted, true))
		return token_create_refuse(c, "invalid 'entity_alias' value");
	identity_find_or_create_entity(
	    c->req->vault, c->req->mount, alias, lower);
	token_set_field(&c->draft->entity_id, lower);
	return true;
}

static bool
token_create_apply_role(struct token_creation *c)
{
	struct token *d = c->draft;
	const char *suffix = token_create_role_str(c, "path_suffix");
	int64_t uses = token_create_role_int(c, "token_num_uses");

	token_set_field(&d->role, token_create_role_str(c, "name"));
	if (*suffix)
		token_set_field(&d->path,
		    arena_printf(c->req->arena, "%s/%s", c->req->path, suffix));
	d->is_period_from_role = token_create_role_int(c, "token_period") &&
	    !c->period_s;
	d->is_max_ttl_from_role = token_create_role_int(
				      c, "token_explicit_max_ttl") &&
	    !c->explicit_max_ttl_s;
	c->period_s = token_create_lesser_s(
	    c, c->period_s, token_create_role_int(c, "token_period"), "Period");
	c->explicit_max_ttl_s = token_create_lesser_s(c, c->explicit_max_ttl_s,
	    token_create_role_int(c, "token_explicit_max_ttl"),
	    "Explicit max TTL");
	if (uses && (!d->num_uses || d->num_uses > uses))
		d->num_uses = uses;
	token_set_cidrs(d, token_create_role_list(c, "token_bound_cidrs"));
	return token_create_set_alias(c);
}

static bool
token_create_fill(struct token_creation *c)
{
	if (!token_create_check_parent(c))
		return false;
	token_create_set_display_name(c);
	if (param_int(c->req, "num_uses") < 0)
		return token_create_refuse(
		    c, "number of uses cannot be negative");
	if (!token_create_set_type(c) || !token_create_set_id(c))
		return false;
	if (*param_str(c->req, "entity_alias") && !c->role)
		return token_create_refuse(c,
		    "'entity_alias' is only allowed in "
		    "combination with token role");
	if (token_create_role_bool(c, "orphan"))
		c->orphan = true;
	if (param_bool(c->req, "no_parent") && !c->orphan && !c->role) {
		if (!c->sudo)
			return token_create_refuse(c,
			    "root or sudo privileges required "
			    "to create orphan token");
		c->orphan = true;
	}
	if (!(token_create_role_has_limits(c)
		    ? token_create_set_role_policies(c)
		    : token_create_set_policies(c)) ||
	    !token_create_read_ttls(c) || !token_create_check_policies(c))
		return false;
	token_create_inherit(c);
	if (c->role && !token_create_apply_role(c))
		return false;
	token_create_set_ttls(c);
	return true;
}

static enum handler_result
token_create_reply(struct request *req, bool orphan, json_t *role)
{
	struct token_creation c = { .req = req,
		.role = role,
		.draft = token_draft(),
		.orphan = orphan,
		.sudo = acl_has_sudo(req->vault, req->token, req->path) };
	struct reply_auth auth = { .token = c.draft };
	struct error e = { 0 };
	enum handler_result v;

	token_set_field(&c.draft->path, req->path);
	if (!token_create_fill(&c)) {
		v = c.refusal;
	} else if (!token_create(req->vault, c.draft, true, &e)) {
		v = fail_error(req, &e);
	} else {
		token_create_warn_policies(&c);
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
