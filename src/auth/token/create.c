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
#include "base/json/json_tree.h"
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

struct creation {
	struct request *req;
	struct token *draft;
	bool sudo;
	bool orphan;
	int64_t ttl, explicit_max, period; /* seconds */
	bool custom_id;
	json_t *role; /* token_roles.c; NULL without one */
	verdict refusal;
};

static bool
refuse(struct creation *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool
refuse(struct creation *c, const char *fmt, ...)
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
check_parent(struct creation *c)
{
	struct token *parent = c->req->token;

	if (parent->num_uses)
		return refuse(c,
		    "restricted use token cannot generate child tokens");
	if (parent->type == TOKEN_BATCH)
		return refuse(c, "batch tokens cannot create more tokens");
	return true;
}

/* ---- what a role says ---- */

static const char *
role_text(const struct creation *c, const char *key)
{
	const char *text = json_string_value(json_object_get(c->role, key));

	return text ? text : "";
}

static int64_t
role_number(const struct creation *c, const char *key)
{
	return json_integer_value(json_object_get(c->role, key));
}

static bool
role_flag(const struct creation *c, const char *key)
{
	return json_is_true(json_object_get(c->role, key));
}

static char **
role_list(const struct creation *c, const char *key)
{
	return json_texts_in(c->req->arena, json_object_get(c->role, key));
}

/* display_name: "token-" and what was asked, odd characters as '-'. */
static void
set_display_name(struct creation *c)
{
	const char *asked = par_str(c->req, "display_name");
	char *name;
	size_t n;

	if (*asked == '\0') {
		token_set(&c->draft->display_name, "token");
		return;
	}
	name = arena_printf(c->req->arena, "token-%s", asked);
	for (char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '-')
			*p = '-';
	n = strlen(name);
	if (name[n - 1] == '-')
		name[n - 1] = '\0';
	token_set(&c->draft->display_name, name);
}

static bool
set_type(struct creation *c)
{
	const char *type = par_str(c->req, "type");

	const char *by_role = role_text(c, "token_type");

	if (*type && strcmp(type, "batch") != 0 &&
	    strcmp(type, "service") != 0)
		return refuse(c, "invalid 'token_type' value");
	if (strcmp(by_role, "service") == 0 || strcmp(by_role, "batch") == 0)
		type = by_role;
	else if (*type == '\0' && strcmp(by_role, "default-batch") == 0)
		type = "batch";
	if (strcmp(type, "batch") == 0)
		c->draft->type = TOKEN_BATCH;
	if (c->draft->type != TOKEN_BATCH)
		return true;
	if (*par_str(c->req, "explicit_max_ttl"))
		return refuse(c,
		    "batch tokens cannot have \"explicit_max_ttl\" set");
	if (par_int(c->req, "num_uses"))
		return refuse(c, "batch tokens cannot have \"num_uses\" set");
	if (*par_str(c->req, "period"))
		return refuse(c, "batch tokens cannot have \"period\" set");
	return true;
}

static bool
set_id(struct creation *c)
{
	const char *id = par_str(c->req, "id");
	struct token *other;

	if (*id == '\0')
		return true;
	if (!c->sudo)
		return refuse(c,
		    "root or sudo privileges required to specify token id");
	if (starts_with(id, "hvs.") || starts_with(id, "s."))
		return refuse(c, "custom token ID cannot have the '%s' prefix",
		    starts_with(id, "hvs.") ? "hvs." : "s.");
	if (strchr(id, '.'))
		return refuse(c,
		    "custom token ID cannot have a '.' in the value");
	other = token_lookup(c->req->vault, id);
	token_put(other);
	if (other)
		return refuse(c, "cannot create a token with a duplicate ID");
	token_set(&c->draft->id, id);
	c->custom_id = true;
	warn(c->req,
	    "Supplying a custom ID for the token uses the weaker SHA1 hashing "
	    "instead of the more secure SHA2-256 HMAC for token obfuscation. "
	    "SHA1 hashed tokens on the wire leads to less secure lookups.");
	return true;
}

static bool
among(char *const *list, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcasecmp(list[i], name) == 0)
			return true;
	return false;
}

static bool
in_list(char *const *list, const char *name, bool glob)
{
	for (; *list; list++)
		if (glob ? glob_match(*list, name) : !strcmp(*list, name))
			return true;
	return false;
}

/* ["a" "b"], as Go's %q prints a list. */
static char *
quoted(struct creation *c, char *const *list)
{
	char *out = arena_strdup(c->req->arena, "[");

	for (; *list; list++)
		out = arena_printf(c->req->arena, "%s%s\"%s\"", out,
		    out[1] ? " " : "", *list);
	return arena_printf(c->req->arena, "%s]", out);
}

static bool
check_allowed(struct creation *c, char *const *want, char *const *allowed,
    char *const *globs)
{
	for (char *const *p = want; *p; p++)
		if (!in_list(allowed, *p, false) && !in_list(globs, *p, true))
			return refuse(c,
			    "token policies (%s) must be subset of the role's "
			    "allowed policies (%s) or glob policies (%s)",
			    quoted(c, want), quoted(c, allowed),
			    quoted(c, globs));
	return true;
}

/* Vault 1.19: a role that allows or disallows has rules of its own. */
static bool
set_role_policies(struct creation *c)
{
	char **allowed = role_list(c, "allowed_policies");
	char **globs = role_list(c, "allowed_policies_glob");
	char **bad = role_list(c, "disallowed_policies");
	char **bad_globs = role_list(c, "disallowed_policies_glob");
	int asked, n;
	char **want = par_list(c->req, "policies", &asked);
	bool add_default = !par_bool(c->req, "no_default_policy") &&
	    !role_flag(c, "token_no_default_policy") &&
	    !in_list(bad, "default", false) &&
	    !in_list(bad_globs, "default", true);
	bool limited = *allowed || *globs;

	want = policies_cleaned(c->req->arena,
	    asked ? want
		: limited ? allowed : c->req->token->policies,
	    add_default, &n);
	if (limited && asked &&
	    !check_allowed(c, want,
		policies_cleaned(c->req->arena, allowed, add_default, NULL),
		globs))
		return false;
	for (char **p = want; *p; p++)
		if (in_list(bad, *p, false) || in_list(bad_globs, *p, true))
			return refuse(c, "token policy \"%s\" is disallowed "
					 "by this role", *p);
	token_set_policies(c->draft, (const char *const *)want, n);
	return true;
}

static bool
role_limits_policies(const struct creation *c)
{
	return *role_list(c, "allowed_policies") ||
	    *role_list(c, "allowed_policies_glob") ||
	    *role_list(c, "disallowed_policies") ||
	    *role_list(c, "disallowed_policies_glob");
}

/* Those asked for, the parent's, with or without default. */
static bool
set_policies(struct creation *c)
{
	struct token *parent = c->req->token;
	int asked;
	char **want = par_list(c->req, "policies", &asked);
	const char **all = arena_alloc(c->req->arena,
	    (size_t)(asked + parent->npolicies + 2) * sizeof(char *));
	bool no_default = par_bool(c->req, "no_default_policy") ||
	    role_flag(c, "token_no_default_policy");
	int n = 0, kept = 0;

	for (int i = 0; i < (asked ? asked : parent->npolicies); i++)
		all[n++] = asked ? want[i] : parent->policies[i];
	for (int i = 0; asked && !c->sudo && i < asked; i++)
		if (!among(parent->policies, parent->npolicies, want[i]) &&
		    strcmp(want[i], "default") != 0)
			return refuse(c,
			    "child policies must be subset of parent");
	if (asked &&
	    (c->sudo || among(parent->policies, parent->npolicies, "default")))
		all[n++] = "default";
	for (int i = 0; i < n; i++)
		if (!no_default || strcasecmp(all[i], "default") != 0)
			all[kept++] = all[i];
	token_set_policies(c->draft, all, kept);
	return true;
}

static bool
check_policies(struct creation *c)
{
	struct token *d = c->draft, *parent = c->req->token;

	for (int i = 0; i < d->npolicies; i++) {
		const char *name = d->policies[i];

		if (strcmp(name, "response-wrapping") == 0 ||
		    strcmp(name, "control-group") == 0)
			return refuse(c, "cannot assign policy \"%s\"", name);
	}
	if (!token_is_root(d))
		return true;
	if (!token_is_root(parent))
		return refuse(c, "root tokens may not be created without "
				 "parent token being root");
	if (d->type == TOKEN_BATCH)
		return refuse(c, "batch tokens cannot be root tokens");
	if (parent->expires && !*par_str(c->req, "ttl") && !c->ttl)
		return refuse(c, "expiring root tokens cannot create "
				 "non-expiring root tokens");
	return true;
}

static bool
read_duration(struct creation *c, const char *name, int64_t *seconds)
{
	const char *text = par_str(c->req, name);
	int64_t ns;

	if (*text == '\0')
		return true;
	if (!duration_parse(text, &ns))
		return refuse(c, "time: invalid duration \"%s\"", text);
	if (ns < 0)
		return refuse(c, "%s must be positive", name);
	*seconds = ns / NSEC;
	return true;
}

static bool
read_times(struct creation *c)
{
	if (!read_duration(c, "explicit_max_ttl", &c->explicit_max))
		return false;
	if (*par_str(c->req, "period")) {
		if (!c->sudo)
			return refuse(c, "root or sudo privileges required "
					 "to create periodic token");
		if (!read_duration(c, "period", &c->period))
			return false;
	}
	if (!read_duration(c, "ttl", &c->ttl))
		return false;
	return c->ttl || *par_str(c->req, "ttl") ||
	    read_duration(c, "lease", &c->ttl);
}

/* A root token without ttl lives for ever; all others by Vault's arithmetic. */
static void
set_times(struct creation *c)
{
	struct vault *v = c->req->vault;
	const struct mount *m = c->req->mount;
	char warning[LEASE_WARNING_MAX];
	struct token *d = c->draft;

	d->explicit_max_ttl = c->explicit_max;
	d->period = c->period;
	d->renewable =
	    (c->role ? role_flag(c, "renewable")
		     : par_bool(c->req, "renewable")) &&
	    d->type == TOKEN_SERVICE;
	if (token_is_root(d) && !c->ttl && !c->period && !c->explicit_max) {
		d->ttl = 0;
		d->renewable = false;
		return;
	}
	d->ttl = lease_calculate_ttl(c->ttl, 0, c->period, 0, c->explicit_max,
	    mount_default_ttl(v, m), mount_max_ttl(v, m), 0, warning,
	    sizeof(warning));
	d->ttl = vault_grant(v, d->ttl);
	if (*warning)
		warn(c->req, "%s", warning);
}

static void
warn_unknown_policies(struct creation *c)
{
	for (int i = 0; i < c->draft->npolicies; i++)
		if (!policy_exists(c->req->vault, c->draft->policies[i]))
			warn(c->req, "Policy \"%s\" does not exist",
			    c->draft->policies[i]);
}

static void
inherit(struct creation *c)
{
	struct token *parent = c->req->token, *d = c->draft;
	struct slice meta = par_raw(c->req, "meta");
	json_t *tree;

	d->mount_id = c->req->mount->id;
	d->num_uses = par_int(c->req, "num_uses");
	d->orphan = c->orphan;
	if (!c->orphan) {
		token_set(&d->parent, parent->id);
		token_set(&d->entity_id, parent->entity_id);
	}
	tree = meta.p ? par_tree(c->req, "meta") : NULL;
	if (json_object_size(tree)) {
		struct buf text;

		buf_init(&text, 0);
		jtext_put(&text, tree);
		token_set(&d->meta, text.p);
		buf_release(&text);
	}
	json_decref(tree);
}

static int64_t
lesser_of(struct creation *c, int64_t asked, int64_t by_role, const char *what)
{
	int64_t least = asked < by_role ? asked : by_role;

	if (!asked || !by_role)
		return asked ? asked : by_role;
	warn(c->req, "%s specified both during creation call and in role; "
		     "using the lesser value of %lld seconds", what,
	    (long long)least);
	return least;
}

/* The alias must be one that the role allows. */
static bool
take_alias(struct creation *c)
{
	const char *alias = par_str(c->req, "entity_alias");
	char lower[UUID_LEN + 1];
	char **allowed = role_list(c, "allowed_entity_aliases");
	char *wanted = arena_strdup(c->req->arena, alias);

	if (*alias == '\0')
		return true;
	lower_ascii(wanted);
	if (!in_list(allowed, wanted, false) && !in_list(allowed, wanted, true))
		return refuse(c, "invalid 'entity_alias' value");
	identity_login(c->req->vault, c->req->mount, alias, lower);
	token_set(&c->draft->entity_id, lower);
	return true;
}

static bool
apply_role(struct creation *c)
{
	struct token *d = c->draft;
	const char *suffix = role_text(c, "path_suffix");
	int64_t uses = role_number(c, "token_num_uses");

	token_set(&d->role, role_text(c, "name"));
	if (*suffix)
		token_set(&d->path, arena_printf(c->req->arena, "%s/%s",
			c->req->path, suffix));
	d->role_period = role_number(c, "token_period") && !c->period;
	d->role_max_ttl =
	    role_number(c, "token_explicit_max_ttl") && !c->explicit_max;
	c->period = lesser_of(c, c->period, role_number(c, "token_period"),
	    "Period");
	c->explicit_max = lesser_of(c, c->explicit_max,
	    role_number(c, "token_explicit_max_ttl"), "Explicit max TTL");
	if (uses && (!d->num_uses || d->num_uses > uses))
		d->num_uses = uses;
	token_set_cidrs(d, role_list(c, "token_bound_cidrs"));
	return take_alias(c);
}

static bool
fill(struct creation *c)
{
	if (!check_parent(c))
		return false;
	set_display_name(c);
	if (par_int(c->req, "num_uses") < 0)
		return refuse(c, "number of uses cannot be negative");
	if (!set_type(c) || !set_id(c))
		return false;
	if (*par_str(c->req, "entity_alias") && !c->role)
		return refuse(c, "'entity_alias' is only allowed in "
				 "combination with token role");
	if (role_flag(c, "orphan"))
		c->orphan = true;
	if (par_bool(c->req, "no_parent") && !c->orphan && !c->role) {
		if (!c->sudo)
			return refuse(c, "root or sudo privileges required "
					 "to create orphan token");
		c->orphan = true;
	}
	if (!(role_limits_policies(c) ? set_role_policies(c)
				      : set_policies(c)) ||
	    !read_times(c) || !check_policies(c))
		return false;
	inherit(c);
	if (c->role && !apply_role(c))
		return false;
	set_times(c);
	return true;
}

static verdict
create(struct request *req, bool orphan, json_t *role)
{
	struct creation c = { .req = req,
		.role = role,
		.draft = token_draft(),
		.orphan = orphan,
		.sudo = acl_sudo(req->vault, req->token, req->path) };
	struct reply_auth auth = { .token = c.draft };
	struct error e = { 0 };
	verdict v;

	token_set(&c.draft->path, req->path);
	if (!fill(&c)) {
		v = c.refusal;
	} else if (!token_create(req->vault, c.draft, true, &e)) {
		v = fail_error(req, &e);
	} else {
		warn_unknown_policies(&c);
		auth.client_token = c.draft->external;
		auth.lease_duration = c.draft->ttl;
		auth.metadata = c.draft->meta;
		v = reply_auth(req, &auth);
	}
	token_put(c.draft);
	return v;
}

verdict
token_create_child(struct request *req)
{
	return create(req, false, NULL);
}

verdict
token_create_orphan(struct request *req)
{
	return create(req, true, NULL);
}

verdict
token_create_role(struct request *req)
{
	const char *name = par_str(req, "role_name");
	json_t *role = token_role_get(req->vault, name);
	verdict v = role ? create(req, false, role)
			 : fail(req, 400, "unknown role %s", name);

	json_decref(role);
	return v;
}
