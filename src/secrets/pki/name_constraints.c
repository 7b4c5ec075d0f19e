/*
 * Is a certificate's name one that its issuer may sign for? The rules and the
 * messages are those of Go's verifier, which Vault asks after it has signed.
 */
#include "secrets/pki/x509.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <strings.h>

#include "base/go_text.h"

/* One name of the certificate, and the constraint it is compared with. */
struct constraint_check {
	struct arena *arena;
	const GENERAL_NAME *name;
	const char *text;    /* the name, as Go shows it */
	const char *problem; /* why the two cannot be compared, or NULL */
};

static char *
constraint_str(struct arena *a, const ASN1_STRING *s)
{
	return arena_strndup(a, (const char *)ASN1_STRING_get0_data(s),
	    (size_t)ASN1_STRING_length(s));
}

/* Labels without a gap, of visible characters. */
static bool
constraint_is_domain(const char *name)
{
	const char *label = name;

	for (const char *p = name;; p++) {
		if (*p == '.' || *p == '\0') {
			if (p == label)
				return false;
			if (*p == '\0')
				return true;
			label = p + 1;
		} else if (*p < 33 || *p > 126) {
			return false;
		}
	}
}

/* A domain and those below it; with a dot in front only those below. "" is
 * every domain. */
static bool
constraint_matches_domain(
    struct constraint_check *c, const char *name, const char *limit)
{
	size_t n = strlen(name), m;
	bool below = *limit == '.';

	if (*limit == '\0')
		return true;
	limit += below;
	m = strlen(limit);
	if (!constraint_is_domain(name) || !constraint_is_domain(limit)) {
		c->problem = arena_printf(c->arena,
		    "x509: internal error: cannot parse domain %s",
		    go_quoted(
			c->arena, constraint_is_domain(name) ? limit : name));
		return false;
	}
	if (n < m || strcasecmp(name + n - m, limit) != 0)
		return false;
	return n == m ? !below : name[n - m - 1] == '.';
}

/* An address, or the domain of addresses. */
static bool
constraint_matches_email(
    struct constraint_check *c, const char *name, const char *limit)
{
	const char *at = strrchr(name, '@'), *limit_at = strrchr(limit, '@');

	if (!at)
		return false;
	if (!limit_at)
		return constraint_matches_domain(c, at + 1, limit);
	return at - name == limit_at - limit &&
	    memcmp(name, limit, (size_t)(at - name)) == 0 &&
	    strcasecmp(at, limit_at) == 0;
}

/* The host of a URI, without its port; "" when there is none. */
static char *
constraint_uri_host(struct arena *a, const char *uri)
{
	const char *start = strstr(uri, "://"), *at;
	char *host, *colon;

	if (!start)
		return arena_strdup(a, "");
	start += 3;
	host = arena_strndup(a, start, strcspn(start, "/?#"));
	at = strrchr(host, '@');
	if (at)
		host += at + 1 - host;
	colon = strrchr(host, ':');
	if (colon && host[strlen(host) - 1] != ']')
		*colon = '\0';
	return host;
}

static bool
constraint_matches_uri(
    struct constraint_check *c, const char *name, const char *limit)
{
	char *host = constraint_uri_host(c->arena, name);
	uint8_t address[16];

	if (*host == '\0')
		c->problem = arena_printf(c->arena,
		    "URI with empty host (%s) cannot be matched against "
		    "constraints",
		    go_quoted(c->arena, name));
	else if (*host == '[' || inet_pton(AF_INET, host, address) == 1 ||
	    inet_pton(AF_INET6, host, address) == 1)
		c->problem = arena_printf(c->arena,
		    "URI with IP (%s) cannot be matched against constraints",
		    go_quoted(c->arena, name));
	return !c->problem && constraint_matches_domain(c, host, limit);
}

/* A range is an address and a mask of the same length. */
static bool
constraint_matches_ip(const ASN1_STRING *name, const ASN1_STRING *limit)
{
	const uint8_t *address = ASN1_STRING_get0_data(name);
	const uint8_t *range = ASN1_STRING_get0_data(limit);
	int n = ASN1_STRING_length(name);

	if (ASN1_STRING_length(limit) != 2 * n)
		return false;
	for (int i = 0; i < n; i++)
		if ((address[i] & range[n + i]) != (range[i] & range[n + i]))
			return false;
	return true;
}

static bool
constraint_matches(struct constraint_check *c, const GENERAL_NAME *limit)
{
	const char *text;

	if (c->name->type == GEN_IPADD)
		return constraint_matches_ip(
		    c->name->d.iPAddress, limit->d.iPAddress);
	text = constraint_str(c->arena, limit->d.ia5);
	if (c->name->type == GEN_EMAIL)
		return constraint_matches_email(c, c->text, text);
	return c->name->type == GEN_URI
	    ? constraint_matches_uri(c, c->text, text)
	    : constraint_matches_domain(c, c->text, text);
}

static const char *
constraint_address_str(struct arena *a, const uint8_t *p, int n)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (n == 4 || n == 16)
		inet_ntop(n == 4 ? AF_INET : AF_INET6, p, text, sizeof(text));
	return arena_strdup(a, text);
}

/* As Go prints it: a text, or "10.0.0.0/8". */
static const char *
constraint_limit_str(struct arena *a, const GENERAL_NAME *limit)
{
	const uint8_t *p;
	int n, bits = 0;

	if (limit->type != GEN_IPADD)
		return constraint_str(a, limit->d.ia5);
	p = ASN1_STRING_get0_data(limit->d.iPAddress);
	n = ASN1_STRING_length(limit->d.iPAddress) / 2;
	for (int i = n; i < 2 * n; i++)
		for (int mask = 0x80; mask && (p[i] & mask); mask >>= 1)
			bits++;
	return arena_printf(a, "%s/%d", constraint_address_str(a, p, n), bits);
}

/* What Go calls a kind of name; NULL: one that is not constrained. */
static const char *
constraint_kind(int type)
{
	switch (type) {
	case GEN_EMAIL:
		return "email address";
	case GEN_DNS:
		return "DNS name";
	case GEN_URI:
		return "URI";
	case GEN_IPADD:
		return "IP address";
	}
	return NULL;
}

/* The first of a list that the name matches, NULL: none. *any: the list has
 * some of the name's kind. */
static const GENERAL_NAME *
constraint_find(struct constraint_check *c,
    const STACK_OF(GENERAL_SUBTREE) * list, bool *any)
{
	*any = false;
	for (int i = 0; !c->problem && i < sk_GENERAL_SUBTREE_num(list); i++) {
		const GENERAL_NAME *limit =
		    sk_GENERAL_SUBTREE_value(list, i)->base;

		if (limit->type != c->name->type)
			continue;
		*any = true;
		if (constraint_matches(c, limit) && !c->problem)
			return limit;
	}
	return NULL;
}

#define NOT_AUTHORIZED                                     \
	"x509: a root or intermediate certificate is not " \
	"authorized to sign for this name: "

/* One name against both lists: it must match none of the excluded, and one of
 * the permitted if there are some of its kind. false with e. */
static bool
constraint_check_name(
    struct constraint_check *c, const NAME_CONSTRAINTS *limits, struct error *e)
{
	const char *kind = constraint_kind(c->name->type), *quoted;
	const GENERAL_NAME *limit;
	bool any;

	if (!kind)
		return true;
	c->text = c->name->type == GEN_IPADD
	    ? constraint_address_str(c->arena,
		  ASN1_STRING_get0_data(c->name->d.iPAddress),
		  ASN1_STRING_length(c->name->d.iPAddress))
	    : constraint_str(c->arena, c->name->d.ia5);
	quoted = go_quoted(c->arena, c->text);
	if (c->name->type == GEN_DNS && !constraint_is_domain(c->text))
		return error_wrap(
		    e, 500, "x509: cannot parse dnsName %s", quoted);
	limit = constraint_find(c, limits->excludedSubtrees, &any);
	if (limit)
		return error_wrap(e, 500,
		    NOT_AUTHORIZED "%s %s is excluded by constraint %s", kind,
		    quoted,
		    go_quoted(c->arena, constraint_limit_str(c->arena, limit)));
	if (!c->problem &&
	    !constraint_find(c, limits->permittedSubtrees, &any) && any &&
	    !c->problem)
		return error_wrap(e, 500,
		    NOT_AUTHORIZED "%s %s is not permitted by any constraint",
		    kind, quoted);
	return !c->problem ||
	    error_wrap(e, 500, NOT_AUTHORIZED "%s", c->problem);
}

/* Would a client of old take the common name for a host's? */
static bool
constraint_common_name_is_host(X509 *cert)
{
	const X509_NAME *subject = X509_get_subject_name(cert);
	char name[256];
	size_t n;

	if (X509_NAME_get_text_by_NID(
		subject, NID_commonName, name, sizeof(name)) <= 0)
		return false;
	n = strlen(name);
	if (n && name[n - 1] == '.')
		name[n - 1] = '\0';
	if (!constraint_is_domain(name) || *name == '-' || strstr(name, ".-"))
		return false;
	n = strncmp(name, "*.", 2) == 0 ? 2 : 0;
	return name[n +
		   strspn(name + n,
		       "abcdefghijklmnopqrstuvwxyz"
		       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:.")] == '\0';
}

static bool
constraint_check_names(struct arena *a, X509 *cert, const GENERAL_NAMES *names,
    const NAME_CONSTRAINTS *limits, struct error *e)
{
	if (!names)
		return !constraint_common_name_is_host(cert) ||
		    error_wrap(e, 500,
			"x509: issuer has name constraints but leaf doesn't "
			"have a SAN extension");
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		struct constraint_check c = { .arena = a,
			.name = sk_GENERAL_NAME_value(names, i) };

		if (!constraint_check_name(&c, limits, e))
			return false;
	}
	return true;
}

bool
x509_check_name_constraints(
    struct arena *a, X509 *cert, X509 *issuer, struct error *e)
{
	NAME_CONSTRAINTS *limits = X509_get_ext_d2i(
	    issuer, NID_name_constraints, NULL, NULL);
	GENERAL_NAMES *names;
	bool ok;

	if (!limits)
		return true;
	names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	ok = constraint_check_names(a, cert, names, limits, e);
	GENERAL_NAMES_free(names);
	NAME_CONSTRAINTS_free(limits);
	return ok;
}
