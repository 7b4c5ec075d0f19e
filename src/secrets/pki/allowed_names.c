/*
 * Which names a role allows. Vault's rules (issuing/issue_common.go), name by
 * name.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/glob.h"
#include "base/idna.h"
#include "base/text.h"
#include "core/token/identity.h"
#include "secrets/pki/pki_common.h"

/* ---- host names ---- */

static bool
pki_is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

/* Letters, digits and inner hyphens. */
static bool
pki_is_label(const char *s, size_t n)
{
	if (n == 0 || !pki_is_label_char(s[0]) || !pki_is_label_char(s[n - 1]))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!pki_is_label_char(s[i]) && s[i] != '-')
			return false;
	return true;
}

/* One '*' at either end of a label, between two halves that are labels, or
 * alone. */
static bool
pki_is_wildcard_label(const char *s, size_t n)
{
	const char *star = memchr(s, '*', n);
	size_t before = star ? (size_t)(star - s) : 0;
	size_t after = star ? n - before - 1 : 0;

	return star && (before == 0 || pki_is_label(s, before)) &&
	    (after == 0 || pki_is_label(star + 1, after));
}

/* Vault 1.19: labels, a "*." before them or not, a dot behind them or not. */
bool
pki_is_hostname(const char *name)
{
	if (starts_with(name, "*."))
		name += 2;
	for (;;) {
		size_t n = strcspn(name, ".");

		if (!pki_is_label(name, n))
			return false;
		if (name[n] == '\0' || name[n + 1] == '\0')
			return true;
		name += n + 1;
	}
}

/* ---- one name against a role ---- */

struct pki_name_parts {
	const char *full, *reduced, *email_domain;
	bool email, wildcard;
};

/* false: no role allows it. */
static bool
pki_name_parse(
    const char *text, const struct pki_role *role, struct pki_name_parts *n)
{
	const char *at = strchr(text, '@');

	*n = (struct pki_name_parts){
		.full = text, .reduced = text, .email_domain = text
	};
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
pki_name_is_hostname(struct arena *a, const struct pki_name_parts *n)
{
	const char *why, *converted;

	if (*n->reduced) {
		converted = idna_to_ascii(a, n->reduced, &why);
		if (!converted || !pki_is_hostname(converted))
			return false;
	}
	return !n->wildcard ||
	    pki_is_wildcard_label(n->full, strcspn(n->full, "."));
}

static bool
pki_name_is_below(const char *name, const char *base)
{
	size_t n = strlen(name), b = strlen(base);

	return n > b && name[n - b - 1] == '.' &&
	    strcmp(name + n - b, base) == 0;
}

static bool
pki_name_is_localhost(
    const struct pki_role *role, const struct pki_name_parts *n)
{
	static const char *const bases[] = { "localhost", "localdomain" };

	for (int i = 0; i < 2; i++) {
		bool base = strcmp(n->reduced, bases[i]) == 0;

		if (base ||
		    (role->allow_subdomains &&
			pki_name_is_below(n->reduced, bases[i])))
			return true;
	}
	return false;
}

static bool
pki_name_is_display_name(
    const struct pki_role *role, const struct pki_name_parts *n)
{
	const char *shown = role->display_name ? role->display_name : "";
	const char *at = strchr(shown, '@');

	if (strcmp(n->full, shown) == 0)
		return true;
	if (!role->allow_subdomains || *shown == '\0')
		return false;
	if (n->email && at && !strchr(at + 1, '@') &&
	    pki_name_is_below(n->reduced, at + 1))
		return true;
	return pki_name_is_below(n->reduced, shown) ||
	    (n->wildcard && strcmp(n->reduced, shown) == 0);
}

static bool
pki_glob_match_fold(struct arena *a, const char *pattern, const char *text)
{
	char *p = arena_strdup(a, pattern), *t = arena_strdup(a, text);

	lower_ascii(p);
	lower_ascii(t);
	return glob_match(p, t);
}

static bool
pki_domain_allows(struct arena *a, const struct pki_role *role,
    const struct pki_name_parts *n, const char *domain)
{
	if (*domain == '\0')
		return false;
	if (role->allow_bare_domains &&
	    (strcasecmp(n->full, domain) == 0 ||
		(n->email && strcasecmp(n->email_domain, domain) == 0)))
		return true;
	if (role->allow_subdomains &&
	    (pki_name_is_below(n->reduced, domain) ||
		(n->wildcard && strcasecmp(n->reduced, domain) == 0)))
		return true;
	return role->allow_glob_domains && strchr(domain, '*') &&
	    pki_glob_match_fold(a, domain, n->full);
}

/* {{identity.entity.x}} within a text, filled in for the entity; a text whose
 * template cannot be filled allows nothing: NULL. What was filled in is not
 * looked at again. */
static const char *
pki_name_fill_template(struct vault *v, struct arena *a,
    const struct pki_role *role, const char *text)
{
	const char *open = strstr(text, "{{");
	const char *close = open ? strstr(open, "}}") : NULL, *rest;
	char *value, *out;

	if (!close || !role->entity_id || !*role->entity_id)
		return text;
	out = arena_strndup(a, open + 2, (size_t)(close - open - 2));
	value = identity_template(v, role->entity_id, trim_space(out));
	rest = pki_name_fill_template(v, a, role, close + 2);
	if (!value || !rest) {
		free(value);
		return NULL;
	}
	out = arena_printf(
	    a, "%.*s%s%s", (int)(open - text), text, value, rest);
	free(value);
	return out;
}

static bool
pki_is_name_allowed(struct vault *v, struct arena *a,
    const struct pki_role *role, const char *text)
{
	struct pki_name_parts n;

	if (!pki_name_parse(text, role, &n))
		return false;
	if (role->enforce_hostnames && !pki_name_is_hostname(a, &n))
		return false;
	if (role->allow_any_name ||
	    (role->allow_localhost && pki_name_is_localhost(role, &n)) ||
	    (role->allow_token_displayname &&
		pki_name_is_display_name(role, &n)))
		return true;
	for (char **d = role->allowed_domains; d && *d; d++) {
		const char *domain = role->allowed_domains_template
		    ? pki_name_fill_template(v, a, role, *d)
		    : *d;

		if (domain && pki_domain_allows(a, role, &n, domain))
			return true;
	}
	return false;
}

const char *
pki_find_refused_name(struct vault *v, struct arena *a,
    const struct pki_role *role, char *const *names)
{
	for (; names && *names; names++)
		if (!pki_is_name_allowed(v, a, role, *names))
			return *names;
	return NULL;
}

bool
pki_is_common_name_allowed(
    struct vault *v, struct arena *a, const struct pki_role *role, char *name)
{
	char *const one[] = { name, NULL };
	char **kinds = role->cn_validations;
	const char *kind = strchr(name, '@') ? "email" : "hostname";

	if (kinds && kinds[0] && !kinds[1] && strcmp(kinds[0], "disabled") == 0)
		return true;
	if (pki_find_refused_name(v, a, role, one))
		return false;
	if (!kinds || !kinds[0])
		return true;
	for (; *kinds; kinds++)
		if (strcmp(*kinds, kind) == 0)
			return true;
	return false;
}

bool
pki_is_uri_allowed(struct vault *v, struct arena *a,
    const struct pki_role *role, const char *uri)
{
	bool yes = false;

	for (char **p = role->allowed_uri_sans; p && *p && !yes; p++) {
		const char *pattern = role->allowed_uri_sans_template
		    ? pki_name_fill_template(v, a, role, *p)
		    : *p;

		yes = pattern && glob_match(pattern, uri);
	}
	return yes;
}

bool
pki_is_listed(char *const *patterns, const char *text, bool fold)
{
	for (; patterns && *patterns; patterns++) {
		if (strcmp(*patterns, text) == 0 ||
		    (fold && strcasecmp(*patterns, text) == 0))
			return true;
		if (strchr(*patterns, '*') && glob_match(*patterns, text))
			return true;
	}
	return false;
}
