/*
 * Which names a role allows. Vault's rules (issuing/issue_common.go), name by
 * name; internationalised names are taken in their ASCII form only.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "core/token/identity.h"
#include "secrets/pki/pki_common.h"

/* ---- host names ---- */

static bool
label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

/* Letters, digits and inner hyphens; in the leftmost label one '*' may stand
 * at either end or between two halves that are labels. */
static bool
label_fits(const char *s, size_t n, bool wildcard)
{
	const char *star = memchr(s, '*', n);

	if (star && wildcard) {
		size_t before = (size_t)(star - s), after = n - before - 1;

		return (before == 0 || label_fits(s, before, false)) &&
		    (after == 0 || label_fits(star + 1, after, false));
	}
	if (n == 0 || !label_char(s[0]) || !label_char(s[n - 1]))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!label_char(s[i]) && s[i] != '-')
			return false;
	return true;
}

bool
pki_hostname(const char *name)
{
	bool first = true;
	size_t n = strlen(name);

	/* Vault 1.19: VerifyDNSLength refuses these, a final dot too. */
	if (n == 0 || n > 253 || name[n - 1] == '.')
		return false;
	for (;; first = false) {
		size_t label = strcspn(name, ".");

		if (label > 63 || !label_fits(name, label, first))
			return false;
		if (name[label] == '\0')
			break;
		name += label + 1;
	}
	/* A lone wildcard is a label of a longer name only. */
	return !first || !strchr(name, '*');
}

/* ---- one name against a role ---- */

struct name {
	const char *whole, *reduced, *email_domain;
	bool email, wildcard;
};

/* false: no role allows it. */
static bool
take_apart(const char *text, const struct pki_role *role, struct name *n)
{
	const char *at = strchr(text, '@');

	*n = (struct name){ .whole = text, .reduced = text,
		.email_domain = text };
	if (at) {
		if (strchr(at + 1, '@'))
			return false;
		n->email = true;
		n->reduced = n->email_domain = at + 1;
	}
	if (strchr(n->reduced, '*')) {
		const char *star = strchr(n->reduced, '*');
		const char *dot = strchr(n->reduced, '.');

		n->wildcard = true;
		if (!role->allow_wildcard_certificates || n->email ||
		    strchr(star + 1, '*') || (dot && star > dot))
			return false;
		n->reduced = dot ? dot + 1 : "";
	}
	return true;
}

static bool
written_well(const struct name *n)
{
	if (*n->reduced == '\0')
		return true;
	return pki_hostname(n->wildcard ? n->whole : n->reduced);
}

static bool
below(const char *name, const char *base)
{
	size_t n = strlen(name), b = strlen(base);

	return n > b && name[n - b - 1] == '.' &&
	    strcmp(name + n - b, base) == 0;
}

static bool
local(const struct pki_role *role, const struct name *n)
{
	static const char *const bases[] = { "localhost", "localdomain" };

	for (int i = 0; i < 2; i++) {
		bool base = strcmp(n->reduced, bases[i]) == 0;

		if (base || (role->allow_subdomains &&
				below(n->reduced, bases[i])))
			return true;
	}
	return false;
}

static bool
displayed(const struct pki_role *role, const struct name *n)
{
	const char *shown = role->display_name ? role->display_name : "";
	const char *at = strchr(shown, '@');

	if (strcmp(n->whole, shown) == 0)
		return true;
	if (!role->allow_subdomains || *shown == '\0')
		return false;
	if (n->email && at && !strchr(at + 1, '@') &&
	    below(n->reduced, at + 1))
		return true;
	return below(n->reduced, shown) ||
	    (n->wildcard && strcmp(n->reduced, shown) == 0);
}

/* A glob of any number of '*', as ryanuber/go-glob takes them. */
static bool
glob(const char *pattern, const char *text)
{
	const char *star = NULL, *back = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			back = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++back;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static bool
glob_fold(struct arena *a, const char *pattern, const char *text)
{
	char *p = arena_strdup(a, pattern), *t = arena_strdup(a, text);

	lower_ascii(p);
	lower_ascii(t);
	return glob(p, t);
}

static bool
domain_allows(struct arena *a, const struct pki_role *role,
    const struct name *n, const char *domain)
{
	if (*domain == '\0')
		return false;
	if (role->allow_bare_domains &&
	    (strcasecmp(n->whole, domain) == 0 ||
		(n->email && strcasecmp(n->email_domain, domain) == 0)))
		return true;
	if (role->allow_subdomains &&
	    (below(n->reduced, domain) ||
		(n->wildcard && strcasecmp(n->reduced, domain) == 0)))
		return true;
	return role->allow_glob_domains && strchr(domain, '*') &&
	    glob_fold(a, domain, n->whole);
}

/* {{identity.entity.x}} within a text, filled in for the entity; a text whose
 * template cannot be filled allows nothing: NULL. What was filled in is not
 * looked at again. */
static const char *
filled(struct vault *v, struct arena *a, const struct pki_role *role,
    const char *text)
{
	const char *open = strstr(text, "{{");
	const char *close = open ? strstr(open, "}}") : NULL, *rest;
	char *value, *out;

	if (!close || !role->entity_id || !*role->entity_id)
		return text;
	out = arena_strndup(a, open + 2, (size_t)(close - open - 2));
	value = identity_template(v, role->entity_id, trim(out));
	rest = filled(v, a, role, close + 2);
	if (!value || !rest) {
		free(value);
		return NULL;
	}
	out = arena_printf(a, "%.*s%s%s", (int)(open - text), text, value,
	    rest);
	free(value);
	return out;
}

static bool
name_allowed(struct vault *v, struct arena *a, const struct pki_role *role,
    const char *text)
{
	struct name n;

	if (!take_apart(text, role, &n))
		return false;
	if (role->enforce_hostnames && !written_well(&n))
		return false;
	if (role->allow_any_name ||
	    (role->allow_localhost && local(role, &n)) ||
	    (role->allow_token_displayname && displayed(role, &n)))
		return true;
	for (char **d = role->allowed_domains; d && *d; d++) {
		const char *domain = role->allowed_domains_template
		    ? filled(v, a, role, *d)
		    : *d;

		if (domain && domain_allows(a, role, &n, domain))
			return true;
	}
	return false;
}

const char *
pki_bad_name(struct vault *v, struct arena *a, const struct pki_role *role,
    char *const *names)
{
	for (; names && *names; names++)
		if (!name_allowed(v, a, role, *names))
			return *names;
	return NULL;
}

bool
pki_common_name_allowed(struct vault *v, struct arena *a,
    const struct pki_role *role, char *name)
{
	char *const one[] = { name, NULL };
	char **kinds = role->cn_validations;
	const char *kind = strchr(name, '@') ? "email" : "hostname";

	if (kinds && kinds[0] && !kinds[1] && strcmp(kinds[0], "disabled") == 0)
		return true;
	if (pki_bad_name(v, a, role, one))
		return false;
	if (!kinds || !kinds[0])
		return true;
	for (; *kinds; kinds++)
		if (strcmp(*kinds, kind) == 0)
			return true;
	return false;
}

bool
pki_uri_allowed(struct vault *v, struct arena *a, const struct pki_role *role,
    const char *uri)
{
	bool yes = false;

	for (char **p = role->allowed_uri_sans; p && *p && !yes; p++) {
		const char *pattern = role->allowed_uri_sans_template
		    ? filled(v, a, role, *p)
		    : *p;

		yes = pattern && glob(pattern, uri);
	}
	return yes;
}

bool
pki_text_allowed(char *const *patterns, const char *text, bool fold)
{
	for (; patterns && *patterns; patterns++) {
		if (strcmp(*patterns, text) == 0 ||
		    (fold && strcasecmp(*patterns, text) == 0))
			return true;
		if (strchr(*patterns, '*') && glob(*patterns, text))
			return true;
	}
	return false;
}
