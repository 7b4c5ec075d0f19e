/*
 * From what is asked for and what the role allows to the plan of a
 * certificate: names, SANs, times. The order of the checks is Vault's, since
 * the first refusal is what a client reads.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/duration.h"
#include "base/text.h"
#include "secrets/pki/pki_common.h"

struct planning {
	struct request *req;
	struct arena *a;
	const struct pki_ask *ask;
	const struct pki_role *role;
	struct x509_names csr; /* when there is one */
	struct x509_plan *plan;
	struct error *e;
};

static size_t
count(char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

static char **
with(struct arena *a, char *const *list, char *text)
{
	size_t n = count(list);
	char **all = arena_zalloc(a, (n + 2) * sizeof(char *));

	for (size_t i = 0; i < n; i++)
		all[i] = list[i];
	all[n] = text;
	return all;
}

/* Sorted and each once, as Vault's RemoveDuplicates leaves them. */
static char **
sorted(struct arena *a, char *const *list)
{
	size_t n = count(list), kept = 0;
	char **all = arena_zalloc(a, (n + 1) * sizeof(char *));

	for (size_t i = 0; i < n; i++) {
		char *copy = arena_strdup(a, list[i]), *text = trim(copy);

		if (*text)
			all[kept++] = text;
	}
	qsort(all, kept, sizeof(char *), compare_text);
	n = kept;
	kept = 0;
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || strcmp(all[kept - 1], all[i]) != 0)
			all[kept++] = all[i];
	all[kept] = NULL;
	return all;
}

static bool
csr_sans(const struct planning *p)
{
	return p->ask->csr && p->role->use_csr_sans;
}

/* ---- names ---- */

static bool
take_common_name(struct planning *p)
{
	const char *cn = "";

	if (p->ask->csr && p->role->use_csr_common_name)
		cn = p->csr.common_name;
	if (*cn == '\0')
		cn = par_str(p->req, "common_name");
	if (*cn == '\0' && p->role->require_cn)
		return error_set(p->e, 400,
		    "the common_name field is required, or must be provided "
		    "in a CSR with \"use_csr_common_name\" set to true, unless "
		    "\"require_cn\" is set to false");
	p->plan->subject.common_name = cn;
	return true;
}

static void
take_serial_number(struct planning *p)
{
	const char *serial = par_str(p->req, "serial_number");

	if (*serial == '\0' && p->ask->csr && p->role->serial_number_source &&
	    strcmp(p->role->serial_number_source, "json") != 0)
		serial = p->csr.serial_number;
	p->plan->subject.serial_number = serial;
}

static void
add_common_name(struct planning *p)
{
	char *cn = arena_strdup(p->a, p->plan->subject.common_name);

	if (*cn == '\0' || par_bool(p->req, "exclude_cn_from_sans"))
		return;
	if (strchr(cn, '@'))
		p->plan->emails = with(p->a, p->plan->emails, cn);
	else if (pki_hostname(cn))
		p->plan->dns = with(p->a, p->plan->dns, cn);
}

static bool
add_alt_names(struct planning *p)
{
	char *rest = arena_strdup(p->a, par_str(p->req, "alt_names"));
	char *next;

	for (; rest; rest = next) {
		char *name;

		next = strchr(rest, ',');
		if (next)
			*next++ = '\0';
		name = trim(rest);
		if (*name == '\0')
			continue;
		if (strchr(name, '@'))
			p->plan->emails = with(p->a, p->plan->emails, name);
		else if (pki_hostname(name))
			p->plan->dns = with(p->a, p->plan->dns, name);
		else
			return error_set(p->e, 400,
			    "subject alternate name %s is not a valid DNS "
			    "name and cannot be included as a SAN", name);
	}
	return true;
}

static bool
check_names(struct planning *p)
{
	const struct x509_subject *s = &p->plan->subject;
	struct vault *v = p->req->vault;
	const char *bad;

	if (*s->common_name && !pki_common_name_allowed(v, p->a, p->role,
				   arena_strdup(p->a, s->common_name)))
		return error_set(p->e, 400,
		    "common name %s not allowed by this role", s->common_name);
	if (*s->serial_number && !pki_text_allowed(
				     p->role->allowed_serial_numbers,
				     s->serial_number, false))
		return error_set(p->e, 400,
		    "serial_number %s not allowed by this role",
		    s->serial_number);
	bad = pki_bad_name(v, p->a, p->role, p->plan->dns);
	if (bad)
		return error_set(p->e, 400,
		    "subject alternate name %s not allowed by this role", bad);
	bad = pki_bad_name(v, p->a, p->role, p->plan->emails);
	if (bad)
		return error_set(p->e, 400,
		    "email address %s not allowed by this role", bad);
	return true;
}

static bool
take_names(struct planning *p)
{
	if (!take_common_name(p))
		return false;
	take_serial_number(p);
	if (csr_sans(p)) {
		p->plan->dns = p->csr.dns;
		p->plan->emails = p->csr.emails;
	}
	add_common_name(p);
	if (!csr_sans(p) && !add_alt_names(p))
		return false;
	if (!check_names(p))
		return false;
	p->plan->dns = sorted(p->a, p->plan->dns);
	p->plan->emails = sorted(p->a, p->plan->emails);
	return true;
}

/* ---- other SANs ---- */

static bool
parse_other(struct planning *p, const char *text, struct other_san *out)
{
	const char *semi = strchr(text, ';');
	const char *colon = semi ? strchr(semi, ':') : NULL;

	if (!semi)
		return error_set(p->e, 400,
		    "could not parse requested other SAN: expected a "
		    "semicolon in other SAN \"%s\"", text);
	if (!colon)
		return error_set(p->e, 400,
		    "could not parse requested other SAN: expected a colon in "
		    "other SAN \"%s\"", text);
	if (strncasecmp(semi + 1, "utf8:", 5) != 0 &&
	    strncasecmp(semi + 1, "utf-8:", 6) != 0)
		return error_set(p->e, 400,
		    "could not parse requested other SAN: only utf8 other "
		    "SANs are supported; found non-supported type in other SAN "
		    "\"%s\"", text);
	out->oid = arena_strndup(p->a, text, (size_t)(semi - text));
	out->value = colon + 1;
	return true;
}

static bool
other_allowed(struct planning *p, const struct other_san *asked)
{
	bool known = false;

	for (char **o = p->role->allowed_other_sans; o && *o; o++) {
		struct other_san allowed;
		char *pattern[2] = { NULL, NULL };
		struct error none = { 0 };
		struct planning quiet = *p;

		if (strcmp(*o, "*") == 0)
			return true;
		quiet.e = &none;
		if (!parse_other(&quiet, *o, &allowed) ||
		    strcmp(allowed.oid, asked->oid) != 0)
			continue;
		known = true;
		pattern[0] = arena_strdup(p->a, allowed.value);
		if (pki_text_allowed(pattern, asked->value, false))
			return true;
	}
	if (known)
		return error_set(p->e, 400,
		    "other SAN %s not allowed for OID %s by this role",
		    asked->value, asked->oid);
	return error_set(p->e, 400, "other SAN OID %s not allowed by this role",
	    asked->oid);
}

static bool
take_others(struct planning *p)
{
	int n, more = csr_sans(p) ? p->csr.nothers : 0;
	char **texts = par_list(p->req, "other_sans", &n);
	struct other_san *all =
	    arena_zalloc(p->a, (size_t)(n + more + 1) * sizeof(*all));

	for (int i = 0; i < n; i++)
		if (!parse_other(p, texts[i], &all[i]))
			return false;
	for (int i = 0; i < more; i++)
		all[n + i] = p->csr.others[i];
	for (int i = 0; i < n + more; i++)
		if (!other_allowed(p, &all[i]))
			return false;
	p->plan->others = all;
	p->plan->nothers = n + more;
	return true;
}

/* ---- addresses and URIs ---- */

static const char *
go_list(struct arena *a, char *const *texts)
{
	char *out = arena_strdup(a, "[");

	for (size_t i = 0; texts[i]; i++)
		out = arena_printf(a, "%s%s%s", out, i ? " " : "", texts[i]);
	return arena_printf(a, "%s]", out);
}

static bool
take_addresses(struct planning *p)
{
	bool csr = csr_sans(p);
	char **ips = csr ? p->csr.ips : par_list(p->req, "ip_sans", NULL);

	p->plan->ips = ips;
	if (!ips[0])
		return true;
	if (!p->role->allow_ip_sans && csr)
		return error_set(p->e, 400,
		    "IP Subject Alternative Names are not allowed in this "
		    "role, but was provided some via CSR");
	if (!p->role->allow_ip_sans)
		return error_set(p->e, 400,
		    "IP Subject Alternative Names are not allowed in this "
		    "role, but was provided %s", go_list(p->a, ips));
	for (; *ips; ips++)
		if (!x509_address(*ips))
			return error_set(p->e, 400,
			    "the value \"%s\" is not a valid IP address",
			    *ips);
	return true;
}

static bool
take_uris(struct planning *p)
{
	bool csr = csr_sans(p);
	const char *via = csr ? "CSR" : "the API";
	char **uris = csr ? p->csr.uris : par_list(p->req, "uri_sans", NULL);

	p->plan->uris = uris;
	if (!uris[0])
		return true;
	if (!p->role->allowed_uri_sans || !p->role->allowed_uri_sans[0])
		return error_set(p->e, 400,
		    "URI Subject Alternative Names are not allowed in this "
		    "role, but were provided via %s", via);
	for (; *uris; uris++) {
		if (!pki_uri_allowed(p->req->vault, p->a, p->role, *uris))
			return error_set(p->e, 400,
			    "URI Subject Alternative Names were provided via "
			    "%s which are not valid for this role", via);
		if (!csr && (**uris == ':' || strpbrk(*uris, " \t\n\x7f")))
			return error_set(p->e, 400,
			    "the provided URI Subject Alternative Name \"%s\" "
			    "is not a valid URI", *uris);
	}
	return true;
}

static bool
take_user_ids(struct planning *p)
{
	int n;
	char **ids;

	if (p->ask->ca)
		return true;
	ids = par_list(p->req, "user_ids", &n);
	if (n == 0 && p->ask->csr)
		ids = p->csr.user_ids;
	for (char **id = ids; id && *id; id++)
		if (!pki_text_allowed(p->role->allowed_user_ids, *id, true))
			return error_set(p->e, 400,
			    "user_id %s is not allowed by this role", *id);
	p->plan->subject.user_ids = ids;
	return true;
}

/* ---- times ---- */

/* Instants that may lie beyond what nanoseconds since 1970 hold: a device's
 * certificate ends in the year 9999. */
struct moment {
	int64_t s, ns;
};

/* The calendar repeats itself after so many seconds. */
#define CYCLE_YEARS 400
#define CYCLE ((int64_t)146097 * 86400)
#define NEAR_YEAR 2200

static bool
moment_parse(const char *text, struct moment *out)
{
	char near[RFC3339_MAX];
	int year = 0, cycles = 0;
	int64_t ns;

	if (strlen(text) >= sizeof(near) || sscanf(text, "%4d-", &year) != 1)
		return false;
	for (; year - cycles * CYCLE_YEARS > NEAR_YEAR; cycles++)
		;
	snprintf(near, sizeof(near), "%04u%s",
	    (unsigned)(year - cycles * CYCLE_YEARS) % 10000, text + 4);
	if (!rfc3339_parse(near, &ns))
		return false;
	out->s = ns / NSEC + cycles * CYCLE;
	out->ns = ns % NSEC;
	return true;
}

static void
moment_text(struct moment m, char out[RFC3339_MAX])
{
	int year, cycles = 0;

	for (; m.s > CYCLE / 2; m.s -= CYCLE)
		cycles++;
	rfc3339_nano(m.s * NSEC + m.ns, out);
	if (cycles && sscanf(out, "%4d", &year) == 1) {
		char rest[RFC3339_MAX];

		snprintf(rest, sizeof(rest), "%s", out + 4);
		snprintf(out, RFC3339_MAX, "%04u%.30s",
		    (unsigned)(year + cycles * CYCLE_YEARS) % 10000, rest);
	}
}

static bool
beyond_issuer(struct planning *p, struct moment *end)
{
	const struct pki_issuer *i = p->ask->issuer;
	const char *leaf = p->ask->leaf ? p->ask->leaf : i->leaf;
	struct moment last = { x509_not_after(i->cert), 0 };
	char asked[RFC3339_MAX], ca[RFC3339_MAX];

	if (end->s < last.s || (end->s == last.s && end->ns == 0) ||
	    strcmp(leaf, "permit") == 0)
		return true;
	if (strcmp(leaf, "truncate") == 0) {
		*end = last;
		return true;
	}
	moment_text(*end, asked);
	moment_text(last, ca);
	return error_set(p->e, 400,
	    "cannot satisfy request, as TTL would result in notAfter of %s "
	    "that is beyond the expiration of the CA certificate at %s", asked,
	    ca);
}

static int64_t
granted(struct planning *p, int64_t ttl)
{
	const struct pki_role *r = p->role;
	int64_t max = r->max_ttl > 0
	    ? r->max_ttl
	    : mount_max_ttl(p->req->vault, p->req->mount);
	char asked[DURATION_MAX], most[DURATION_MAX];

	if (ttl == 0)
		ttl = r->ttl;
	if (ttl == 0)
		ttl = mount_default_ttl(p->req->vault, p->req->mount);
	if (ttl <= max)
		return ttl;
	duration_go(ttl * NSEC, asked);
	duration_go(max * NSEC, most);
	warn(p->req, "TTL \"%s\" is longer than permitted maxTTL \"%s\", so "
		     "maxTTL is being used", asked, most);
	return max;
}

static bool
take_end(struct planning *p, int64_t now, struct moment *end)
{
	int64_t ttl = par_secs(p->req, "ttl");
	const char *fixed = p->role->not_after ? p->role->not_after : "";

	if (*fixed == '\0')
		fixed = par_str(p->req, "not_after");
	if (ttl > 0 && *fixed)
		return error_set(p->e, 400,
		    "Either ttl or not_after should be provided. Both should "
		    "not be provided in the same request.");
	end->s = now / NSEC + granted(p, ttl);
	end->ns = now % NSEC;
	if (*fixed && !moment_parse(fixed, end))
		return error_set(p->e, 400,
		    "parsing time \"%s\" as \"2006-01-02T15:04:05Z07:00\": "
		    "cannot parse \"%s\" as \"2006\"", fixed, fixed);
	return true;
}

static bool
take_times(struct planning *p)
{
	int64_t now = vault_now(p->req->vault), start;
	struct moment end;

	if (!take_end(p, now, &end) ||
	    (p->ask->issuer && !beyond_issuer(p, &end)))
		return false;
	start = now / NSEC - p->role->not_before_duration;
	if (end.s < start)
		return error_set(p->e, 400, "notAfter before notBefore");
	p->plan->not_before = start;
	p->plan->not_after = end.s;
	return true;
}

/* ---- the rest ---- */

static void
take_usages(struct planning *p)
{
	const struct pki_role *r = p->role;
	const struct {
		bool flag;
		unsigned bit;
	} flags[] = {
		{ r->server_flag, X509_EXT_SERVER },
		{ r->client_flag, X509_EXT_CLIENT },
		{ r->code_signing_flag, X509_EXT_CODE },
		{ r->email_protection_flag, X509_EXT_EMAIL },
	};

	if (p->ask->ca) {
		p->plan->usage = X509_USE_CERT_SIGN | X509_USE_CRL_SIGN;
		for (char **u = r->key_usage; u && *u; u++)
			p->plan->usage |=
			    x509_usage_bit(*u) & X509_USE_SIGNATURE;
		return;
	}
	for (char **u = r->key_usage; u && *u; u++)
		p->plan->usage |= x509_usage_bit(*u);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (flags[i].flag)
			p->plan->extended |= flags[i].bit;
	for (char **u = r->ext_key_usage; u && *u; u++)
		p->plan->extended |= x509_extended_bit(*u);
	p->plan->extended_oids = r->ext_key_usage_oids;
}

/* ---- URLs ---- */

struct template {
	const char *name;
	const char *value; /* "" when there is none */
	const char *lack;
};

#define NTEMPLATES 3

static char *
replaced(struct arena *a, char *text, const struct template *t)
{
	char *at = strstr(text, t->name);

	if (!at)
		return text;
	return arena_printf(a, "%.*s%s%s", (int)(at - text), text, t->value,
	    replaced(a, at + strlen(t->name), t));
}

/* Copies, since the plan outlives what the mount keeps parsed. */
static bool
resolve(struct arena *a, char *const *urls, const struct template *t,
    char ***out, struct error *e)
{
	size_t n = count(urls);

	*out = arena_zalloc(a, (n + 1) * sizeof(char *));
	for (size_t i = 0; i < n; i++) {
		char *url = arena_strdup(a, urls[i]);

		for (int k = 0; t && k < NTEMPLATES; k++) {
			if (*t[k].value == '\0' && strstr(url, t[k].name))
				return error_wrap(e, 500,
				    "unable to template AIA URLs as we lack "
				    "%s", t[k].lack);
			url = replaced(a, url, &t[k]);
		}
		(*out)[i] = url;
	}
	return true;
}

static bool
resolve_all(struct planning *p, const struct pki_urls *u, const char *id,
    struct error *e)
{
	const struct pki_state *s = pki_state(p->req->vault, p->req->mount);
	const struct template all[NTEMPLATES] = {
		{ "{{cluster_path}}", s->cluster_path,
		    "local cluster address information (path)" },
		{ "{{cluster_aia_path}}", s->cluster_aia_path,
		    "local cluster address information (aia_path)" },
		{ "{{issuer_id}}", id, "an issuer_id for this operation" },
	};
	const struct template *t = u->templating ? all : NULL;
	struct x509_urls *to = &p->plan->urls;

	return resolve(p->a, u->list.issuing, t, &to->issuing, e) &&
	    resolve(p->a, u->list.crl, t, &to->crl, e) &&
	    resolve(p->a, u->list.ocsp, t, &to->ocsp, e);
}

/* Vault 1.19: a root has no issuer's id yet, and goes without these fields
 * rather than not at all. */
static bool
root_urls(struct planning *p, const struct pki_urls *u)
{
	struct error why = { 0 }, other = { 0 };

	if (resolve_all(p, u, "", &why))
		return true;
	if (!resolve_all(p, u, "empty-issuer-id", &other))
		return error_wrap(p->e, 500,
		    "unable to parse AIA URL information: %.400s\nUsing "
		    "templated AIA URL's {{issuer_id}} field when generating "
		    "root certificates is not supported.", why.text);
	memset(&p->plan->urls, 0, sizeof(p->plan->urls));
	warn(p->req,
	    "When generating root CA, found global AIA configuration with "
	    "issuer_id template unsuitable for root generation. This AIA "
	    "configuration has been ignored. To include AIA on this root CA, "
	    "set the global AIA configuration to not include issuer_id and "
	    "instead to refer to a static issuer name.");
	return true;
}

/* The issuer's own URLs, or the mount's. */
static bool
take_urls(struct planning *p)
{
	const struct pki_state *s = pki_state(p->req->vault, p->req->mount);
	const struct pki_urls *u = &s->urls;
	const struct pki_issuer *i = p->ask->issuer;
	struct error why = { 0 };

	if (!i)
		return root_urls(p, u);
	if (count(i->urls.list.issuing) || count(i->urls.list.crl) ||
	    count(i->urls.list.ocsp))
		u = &i->urls;
	return resolve_all(p, u, i->id, &why) ||
	    error_wrap(p->e, 500,
		"error fetching CA certificate: unable to fetch AIA URL "
		"information: %.400s", why.text);
}

bool
pki_issuer_urls(struct request *req, struct pki_issuer *i,
    struct x509_urls *to, struct error *e)
{
	struct pki_ask ask = { .issuer = i };
	struct x509_plan plan = { 0 };
	struct planning p = { .req = req,
		.a = req->arena,
		.ask = &ask,
		.plan = &plan,
		.e = e };

	if (!take_urls(&p))
		return false;
	*to = plan.urls;
	return true;
}

/* ---- all together ---- */

static void
take_subject(struct planning *p)
{
	const struct pki_role *r = p->role;
	struct x509_subject *s = &p->plan->subject;

	s->country = r->country;
	s->organization = r->organization;
	s->ou = r->ou;
	s->locality = r->locality;
	s->province = r->province;
	s->street_address = r->street_address;
	s->postal_code = r->postal_code;
}

bool
pki_plan(struct request *req, const struct pki_ask *ask,
    struct x509_plan *plan, struct error *e)
{
	struct planning p = { .req = req,
		.a = req->arena,
		.ask = ask,
		.role = ask->role,
		.plan = plan,
		.e = e };

	memset(plan, 0, sizeof(*plan));
	if (ask->csr)
		x509_request_names(req->arena, ask->csr, &p.csr);
	if (!take_names(&p) || !take_others(&p) || !take_addresses(&p) ||
	    !take_uris(&p) || !take_times(&p) || !take_user_ids(&p))
		return false;
	if (!take_urls(&p))
		return false;
	take_subject(&p);
	take_usages(&p);
	if (ask->csr && !ask->ca && p.csr.basic_constraints)
		warn(req, "specified CSR contained a Basic Constraints "
			  "extension that was ignored during issuance");
	plan->policies = ask->role->policy_identifiers;
	plan->basic_for_leaf = ask->role->basic_constraints_valid_for_non_ca;
	plan->ca = ask->ca;
	plan->max_path = -1;
	plan->pss = ask->role->use_pss;
	plan->signature_bits = (int)ask->role->signature_bits;
	plan->verbatim = ask->verbatim ? ask->csr : NULL;
	return true;
}
