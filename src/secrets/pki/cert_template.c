/*
 * From what is asked for and what the role allows to the template of a
 * certificate: names, SANs, times. The order of the checks is Vault's, since
 * the first refusal is what a client reads.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/duration.h"
#include "base/idna.h"
#include "base/text.h"
#include "secrets/pki/pki_common.h"

struct cert_builder {
	struct request *req;
	struct arena *a;
	const struct pki_issuance *issuance;
	const struct pki_role *role;
	struct x509_csr_san_list csr; /* when there is one */
	struct x509_template *cert;
	struct error *e;
};

static size_t
cert_list_count(char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

static char **
cert_list_append(struct arena *a, char *const *list, char *text)
{
	size_t n = cert_list_count(list);
	char **all = arena_zalloc(a, (n + 2) * sizeof(char *));

	for (size_t i = 0; i < n; i++)
		all[i] = list[i];
	all[n] = text;
	return all;
}

/* Sorted and each once, as Vault's RemoveDuplicates leaves them. */
static char **
cert_list_sort_unique(struct arena *a, char *const *list)
{
	size_t n = cert_list_count(list), kept = 0;
	char **all = arena_zalloc(a, (n + 1) * sizeof(char *));

	for (size_t i = 0; i < n; i++) {
		char *copy = arena_strdup(a, list[i]), *text = trim_space(copy);

		if (*text)
			all[kept++] = text;
	}
	qsort(all, kept, sizeof(char *), compare_strings);
	n = kept;
	kept = 0;
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || strcmp(all[kept - 1], all[i]) != 0)
			all[kept++] = all[i];
	all[kept] = NULL;
	return all;
}

static bool
cert_uses_csr_sans(const struct cert_builder *p)
{
	return p->issuance->csr && p->role->use_csr_sans;
}

/* ---- names ---- */

static bool
cert_set_common_name(struct cert_builder *p)
{
	const char *cn = "";

	if (p->issuance->csr && p->role->use_csr_common_name)
		cn = p->csr.common_name;
	if (*cn == '\0')
		cn = param_str(p->req, "common_name");
	if (*cn == '\0' && p->role->require_cn)
		return error_set(p->e, 400,
		    "the common_name field is required, or must be provided "
		    "in a CSR with \"use_csr_common_name\" set to true, unless "
		    "\"require_cn\" is set to false");
	p->cert->subject.common_name = cn;
	return true;
}

/* Vault 1.19: what has an @ is an address; a host's name is taken in its ASCII
 * form, and left out when that is none. */
static bool
cert_add_san(struct cert_builder *p, char *name)
{
	const char *why, *converted;

	if (strchr(name, '@')) {
		p->cert->emails = cert_list_append(p->a, p->cert->emails, name);
		return true;
	}
	converted = idna_to_ascii(p->a, name, &why);
	if (!converted)
		return error_set(p->e, 400, "%s", why);
	if (pki_is_hostname(converted))
		p->cert->dns = cert_list_append(
		    p->a, p->cert->dns, arena_strdup(p->a, converted));
	return true;
}

static bool
cert_add_common_name_san(struct cert_builder *p)
{
	char *cn = arena_strdup(p->a, p->cert->subject.common_name);

	return *cn == '\0' || param_bool(p->req, "exclude_cn_from_sans") ||
	    cert_add_san(p, cn);
}

static bool
cert_add_alt_names(struct cert_builder *p)
{
	char *rest = arena_strdup(p->a, param_str(p->req, "alt_names"));
	char *next;

	for (; rest; rest = next) {
		char *name;

		next = strchr(rest, ',');
		if (next)
			*next++ = '\0';
		name = trim_space(rest);
		if (*name && !cert_add_san(p, name))
			return false;
	}
	return true;
}

static bool
cert_check_names(struct cert_builder *p)
{
	const struct x509_subject *s = &p->cert->subject;
	struct vault *v = p->req->vault;
	const char *bad;

	if (*s->common_name &&
	    !pki_is_common_name_allowed(
		v, p->a, p->role, arena_strdup(p->a, s->common_name)))
		return error_set(p->e, 400,
		    "common name %s not allowed by this role", s->common_name);
	if (*s->serial_number &&
	    !pki_is_listed(
		p->role->allowed_serial_numbers, s->serial_number, false))
		return error_set(p->e, 400,
		    "serial_number %s not allowed by this role",
		    s->serial_number);
	bad = pki_find_refused_name(v, p->a, p->role, p->cert->dns);
	if (bad)
		return error_set(p->e, 400,
		    "subject alternate name %s not allowed by this role", bad);
	bad = pki_find_refused_name(v, p->a, p->role, p->cert->emails);
	if (bad)
		return error_set(p->e, 400,
		    "email address %s not allowed by this role", bad);
	return true;
}

static bool
cert_set_names(struct cert_builder *p)
{
	const char *serial = param_str(p->req, "serial_number");

	if (!cert_set_common_name(p))
		return false;
	if (*serial == '\0' && p->issuance->csr &&
	    p->role->serial_number_source &&
	    strcmp(p->role->serial_number_source, "json") != 0)
		serial = p->csr.serial_number;
	p->cert->subject.serial_number = serial;
	if (cert_uses_csr_sans(p)) {
		p->cert->dns = p->csr.dns;
		p->cert->emails = p->csr.emails;
	}
	if (!cert_add_common_name_san(p) ||
	    (!cert_uses_csr_sans(p) && !cert_add_alt_names(p)) ||
	    !cert_check_names(p))
		return false;
	p->cert->dns = cert_list_sort_unique(p->a, p->cert->dns);
	p->cert->emails = cert_list_sort_unique(p->a, p->cert->emails);
	return true;
}

/* ---- other SANs ---- */

static bool
cert_parse_other_san(
    struct cert_builder *p, const char *text, struct other_san *out)
{
	const char *semi = strchr(text, ';');
	const char *colon = semi ? strchr(semi, ':') : NULL;

	if (!semi)
		return error_set(p->e, 400,
		    "could not parse requested other SAN: expected a "
		    "semicolon in other SAN \"%s\"",
		    text);
	if (!colon)
		return error_set(p->e, 400,
		    "could not parse requested other SAN: expected a colon in "
		    "other SAN \"%s\"",
		    text);
	if (strncasecmp(semi + 1, "utf8:", 5) != 0 &&
	    strncasecmp(semi + 1, "utf-8:", 6) != 0)
		return error_set(p->e, 400,
		    "could not parse requested other SAN: only utf8 other "
		    "SANs are supported; found non-supported type in other SAN "
		    "\"%s\"",
		    text);
	out->oid = arena_strndup(p->a, text, (size_t)(semi - text));
	out->value = colon + 1;
	return true;
}

static bool
cert_is_other_san_allowed(struct cert_builder *p, const struct other_san *asked)
{
	bool known = false;

	for (char **o = p->role->allowed_other_sans; o && *o; o++) {
		struct other_san allowed;
		char *pattern[2] = { NULL, NULL };
		struct error none = { 0 };
		struct cert_builder quiet = *p;

		if (strcmp(*o, "*") == 0)
			return true;
		quiet.e = &none;
		if (!cert_parse_other_san(&quiet, *o, &allowed) ||
		    strcmp(allowed.oid, asked->oid) != 0)
			continue;
		known = true;
		pattern[0] = arena_strdup(p->a, allowed.value);
		if (pki_is_listed(pattern, asked->value, false))
			return true;
	}
	if (known)
		return error_set(p->e, 400,
		    "other SAN %s not allowed for OID %s by this role",
		    asked->value, asked->oid);
	return error_set(
	    p->e, 400, "other SAN OID %s not allowed by this role", asked->oid);
}

static bool
cert_set_other_sans(struct cert_builder *p)
{
	int n, more = cert_uses_csr_sans(p) ? p->csr.nothers : 0;
	char **strings = param_strings(p->req, "other_sans", &n);
	struct other_san *all = arena_zalloc(
	    p->a, (size_t)(n + more + 1) * sizeof(*all));

	for (int i = 0; i < n; i++)
		if (!cert_parse_other_san(p, strings[i], &all[i]))
			return false;
	for (int i = 0; i < more; i++)
		all[n + i] = p->csr.others[i];
	for (int i = 0; i < n + more; i++)
		if (!cert_is_other_san_allowed(p, &all[i]))
			return false;
	p->cert->others = all;
	p->cert->nothers = n + more;
	return true;
}

/* ---- addresses and URIs ---- */

static bool
cert_set_ip_sans(struct cert_builder *p)
{
	bool csr = cert_uses_csr_sans(p);
	char **ips = csr ? p->csr.ips : param_strings(p->req, "ip_sans", NULL);

	p->cert->ips = ips;
	if (!ips[0])
		return true;
	if (!p->role->allow_ip_sans && csr)
		return error_set(p->e, 400,
		    "IP Subject Alternative Names are not allowed in this "
		    "role, but was provided some via CSR");
	if (!p->role->allow_ip_sans)
		return error_set(p->e, 400,
		    "IP Subject Alternative Names are not allowed in this "
		    "role, but was provided %s",
		    pki_go_list(p->a, ips));
	for (; *ips; ips++)
		if (!x509_is_ip_address(*ips))
			return error_set(p->e, 400,
			    "the value \"%s\" is not a valid IP address", *ips);
	return true;
}

/* Go writes a host, a path and a fragment beyond ASCII with percent signs, a
 * query as it came. */
static char *
cert_uri_text(struct arena *a, const char *uri)
{
	bool query = false;
	struct buf text;
	char *out;

	buf_init(&text, 0);
	for (const char *c = uri; *c; c++) {
		query = *c == '?' || (query && *c != '#');
		if ((uint8_t)*c >= 0x80 && !query)
			buf_printf(&text, "%%%02X", (uint8_t)*c);
		else
			buf_char(&text, *c);
	}
	out = arena_strndup(a, text.p ? text.p : "", text.n);
	buf_release(&text);
	return out;
}

static char **
cert_uri_list(struct arena *a, char *const *uris)
{
	struct strs out = strs_in(a);

	for (; *uris; uris++)
		strs_add(&out, cert_uri_text(a, *uris));
	return out.items;
}

/* Takes the URIs of the request or of the CSR over into the template. false
 * with e when the role refuses one. */
static bool
cert_set_uri_sans(struct cert_builder *p)
{
	bool csr = cert_uses_csr_sans(p);
	const char *via = csr ? "CSR" : "the API";
	char **uris = csr ? p->csr.uris
			  : param_strings(p->req, "uri_sans", NULL);

	p->cert->uris = uris[0] ? cert_uri_list(p->a, uris) : uris;
	if (!uris[0])
		return true;
	if (!p->role->allowed_uri_sans || !p->role->allowed_uri_sans[0])
		return error_set(p->e, 400,
		    "URI Subject Alternative Names are not allowed in this "
		    "role, but were provided via %s",
		    via);
	for (; *uris; uris++) {
		if (!pki_is_uri_allowed(p->req->vault, p->a, p->role, *uris))
			return error_set(p->e, 400,
			    "URI Subject Alternative Names were provided via "
			    "%s which are not valid for this role",
			    via);
		if (!csr && (**uris == ':' || strpbrk(*uris, " \t\n\x7f")))
			return error_set(p->e, 400,
			    "the provided URI Subject Alternative Name \"%s\" "
			    "is not a valid URI",
			    *uris);
	}
	return true;
}

static bool
cert_set_user_ids(struct cert_builder *p)
{
	int n;
	char **ids;

	if (p->issuance->is_ca)
		return true;
	ids = param_strings(p->req, "user_ids", &n);
	if (n == 0 && p->issuance->csr)
		ids = p->csr.user_ids;
	for (char **id = ids; id && *id; id++)
		if (!pki_is_listed(p->role->allowed_user_ids, *id, true))
			return error_set(p->e, 400,
			    "user_id %s is not allowed by this role", *id);
	p->cert->subject.user_ids = ids;
	return true;
}

/* ---- times ---- */

/* Instants that may lie beyond what nanoseconds since 1970 hold: a device's
 * certificate ends in the year 9999. */
struct wide_time {
	int64_t s, ns;
};

/* The calendar repeats itself after so many seconds. */
#define CYCLE_YEARS 400
#define CYCLE ((int64_t)146097 * 86400)
#define NEAR_YEAR 2200

static bool
wide_time_parse(const char *text, struct wide_time *out)
{
	char near[RFC3339_MAX];
	int year, cycles = 0;
	int64_t ns;

	if (strlen(text) >= sizeof(near) || strspn(text, "0123456789") != 4)
		return false;
	year = (int)strtol(text, NULL, 10);
	for (; year - cycles * CYCLE_YEARS > NEAR_YEAR; cycles++)
		;
	snprintf(near, sizeof(near), "%04u%s",
	    (unsigned)(year - cycles * CYCLE_YEARS) % 10000, text + 4);
	if (!rfc3339_parse(near, &ns))
		return false;
	out->s = ns / NSEC_PER_SEC + cycles * CYCLE;
	out->ns = ns % NSEC_PER_SEC;
	return true;
}

static void
wide_time_format(struct wide_time m, char out[RFC3339_MAX])
{
	int year, cycles = 0;

	for (; m.s > CYCLE / 2; m.s -= CYCLE)
		cycles++;
	rfc3339_nano(m.s * NSEC_PER_SEC + m.ns, out);
	if (cycles) {
		char rest[RFC3339_MAX];

		year = (int)strtol(out, NULL, 10);
		snprintf(rest, sizeof(rest), "%s", out + 4);
		snprintf(out, RFC3339_MAX, "%04u%.30s",
		    (unsigned)(year + cycles * CYCLE_YEARS) % 10000, rest);
	}
}

static bool
cert_limit_to_issuer(struct cert_builder *p, struct wide_time *end)
{
	const struct pki_issuer *i = p->issuance->issuer;
	const char *leaf = p->issuance->leaf_behavior
	    ? p->issuance->leaf_behavior
	    : i->leaf_behavior;
	struct wide_time last = { x509_not_after_s(i->cert), 0 };
	char asked[RFC3339_MAX], ca[RFC3339_MAX];

	if (end->s < last.s || (end->s == last.s && end->ns == 0) ||
	    strcmp(leaf, "permit") == 0)
		return true;
	if (strcmp(leaf, "truncate") == 0) {
		*end = last;
		return true;
	}
	wide_time_format(*end, asked);
	wide_time_format(last, ca);
	return error_set(p->e, 400,
	    "cannot satisfy request, as TTL would result in notAfter of %s "
	    "that is beyond the expiration of the CA certificate at %s",
	    asked, ca);
}

static int64_t
cert_grant_ttl(struct cert_builder *p, int64_t ttl_s)
{
	const struct pki_role *r = p->role;
	int64_t max = r->max_ttl > 0
	    ? r->max_ttl
	    : mount_max_ttl(p->req->vault, p->req->mount);
	char asked[DURATION_MAX], most[DURATION_MAX];

	if (ttl_s == 0)
		ttl_s = r->ttl;
	if (ttl_s == 0)
		ttl_s = mount_default_ttl(p->req->vault, p->req->mount);
	if (ttl_s <= max)
		return ttl_s;
	duration_format(duration_from_s(ttl_s), asked);
	duration_format(duration_from_s(max), most);
	reply_warn(p->req,
	    "TTL \"%s\" is longer than permitted maxTTL \"%s\", so "
	    "maxTTL is being used",
	    asked, most);
	return max;
}

static bool
cert_read_not_after(
    struct cert_builder *p, int64_t now_ns, struct wide_time *end)
{
	int64_t ttl_s = param_duration(p->req, "ttl");
	const char *fixed = p->role->not_after ? p->role->not_after : "";

	if (*fixed == '\0')
		fixed = param_str(p->req, "not_after");
	if (ttl_s > 0 && *fixed)
		return error_set(p->e, 400,
		    "Either ttl or not_after should be provided. Both should "
		    "not be provided in the same request.");
	end->s = time_after_ns(now_ns / NSEC_PER_SEC, cert_grant_ttl(p, ttl_s));
	end->ns = now_ns % NSEC_PER_SEC;
	if (*fixed && !wide_time_parse(fixed, end))
		return error_set(p->e, 400,
		    "parsing time \"%s\" as \"2006-01-02T15:04:05Z07:00\": "
		    "cannot parse \"%s\" as \"2006\"",
		    fixed, fixed);
	return true;
}

/* Vault 1.21.1: the issuer's validity holds the certificate's. */
static bool
cert_check_not_before(struct cert_builder *p, int64_t start_s)
{
	const struct pki_issuer *i = p->issuance->issuer;

	return !i ||
	    !version_has(p->req->vault, VERSION_PKI_AUTHORITY_KEY_ID) ||
	    start_s >= x509_not_before_s(i->cert) ||
	    error_set(p->e, 400,
		"cannot satisfy request, as notBefore would be before that "
		"of the CA certificate");
}

static bool
cert_set_validity(struct cert_builder *p)
{
	int64_t now_ns = vault_now(p->req->vault), start_s;
	struct wide_time end;

	if (!cert_read_not_after(p, now_ns, &end) ||
	    (p->issuance->issuer && !cert_limit_to_issuer(p, &end)))
		return false;
	start_s = now_ns / NSEC_PER_SEC - p->role->not_before_duration;
	if (end.s < start_s)
		return error_set(p->e, 400, "notAfter before notBefore");
	if (!cert_check_not_before(p, start_s))
		return false;
	p->cert->not_before_s = start_s;
	p->cert->not_after_s = end.s;
	return true;
}

/* ---- the rest ---- */

/* Fills key usages and extended key usages: a CA's own, or those of the role
 * and its flags. */
static void
cert_set_usages(struct cert_builder *p)
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

	if (p->issuance->is_ca) {
		p->cert->usage = X509_USE_CERT_SIGN | X509_USE_CRL_SIGN;
		for (char **u = r->key_usage; u && *u; u++)
			p->cert->usage |= x509_usage_bit(*u) &
			    X509_USE_SIGNATURE;
		return;
	}
	for (char **u = r->key_usage; u && *u; u++)
		p->cert->usage |= x509_usage_bit(*u);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (flags[i].flag)
			p->cert->ext_usage |= flags[i].bit;
	for (char **u = r->ext_key_usage; u && *u; u++)
		p->cert->ext_usage |= x509_ext_usage_bit(*u);
	p->cert->ext_usage_oids = r->ext_key_usage_oids;
}

/* ---- URLs ---- */

/* Vault 1.19: a root has no issuer's id yet, and goes without these fields
 * rather than not at all. */
static bool
cert_set_root_urls(struct cert_builder *p, const struct pki_urls *u)
{
	struct error why = { 0 }, other = { 0 };

	if (pki_urls_fill(p->req, u, "", &p->cert->urls, &why))
		return true;
	if (!pki_urls_fill(
		p->req, u, "empty-issuer-id", &p->cert->urls, &other))
		return error_wrap(p->e, 500,
		    "unable to parse AIA URL information: %.400s\nUsing "
		    "templated AIA URL's {{issuer_id}} field when generating "
		    "root certificates is not supported.",
		    why.text);
	memset(&p->cert->urls, 0, sizeof(p->cert->urls));
	reply_warn(p->req,
	    "When generating root CA, found global AIA configuration with "
	    "issuer_id template unsuitable for root generation. This AIA "
	    "configuration has been ignored. To include AIA on this root CA, "
	    "set the global AIA configuration to not include issuer_id and "
	    "instead to refer to a static issuer name.");
	return true;
}

bool
pki_issuer_urls(struct request *req, const struct pki_issuer *i,
    struct x509_urls *to, struct error *e)
{
	const struct pki_state *s = pki_state_get(req->vault, req->mount);
	struct error why = { 0 };

	return pki_urls_fill(req,
		   x509_urls_are_empty(&i->urls.list) ? &s->urls : &i->urls,
		   i->id, to, &why) ||
	    error_wrap(e, 500,
		"error fetching CA certificate: unable to fetch AIA URL "
		"information: %.400s",
		why.text);
}

/* ---- all together ---- */

/* Trimmed, without empty strings, each once, in the order given. */
static char **
cert_list_unique(struct arena *a, char *const *list)
{
	size_t n = cert_list_count(list), kept = 0;
	char **all = arena_zalloc(a, (n + 1) * sizeof(char *));

	for (size_t i = 0; i < n; i++) {
		char *text = trim_space(arena_strdup(a, list[i]));
		size_t k = 0;

		while (k < kept && strcmp(all[k], text) != 0)
			k++;
		if (*text && k == kept)
			all[kept++] = text;
	}
	return all;
}

static void
cert_set_subject(struct cert_builder *p)
{
	const struct pki_role *r = p->role;
	struct x509_subject *s = &p->cert->subject;

	s->country = cert_list_unique(p->a, r->country);
	s->organization = cert_list_unique(p->a, r->organization);
	s->ou = cert_list_unique(p->a, r->ou);
	s->locality = cert_list_unique(p->a, r->locality);
	s->province = cert_list_unique(p->a, r->province);
	s->street_address = cert_list_unique(p->a, r->street_address);
	s->postal_code = cert_list_unique(p->a, r->postal_code);
}

/* Vault 1.19: a certificate with a key made here is signed with the hash that
 * fits the issuer's EC key, whatever is asked for; one for a request is not. A
 * role for any key takes SHA-256 for an RSA one. */
static int
cert_signature_bits(const struct pki_issuance *i)
{
	const EVP_PKEY *key = i->issuer ? i->issuer->key->key : NULL;
	int bits = (int)i->role->signature_bits;

	if (!i->csr &&
	    !(key ? EVP_PKEY_is_a(key, "RSA")
		  : strcmp(i->role->key_type, "rsa") == 0))
		return 0;
	if (i->csr && bits == 0 && strcmp(i->role->key_type, "any") == 0 &&
	    EVP_PKEY_is_a(X509_REQ_get0_pubkey(i->csr), "RSA"))
		return 256;
	return bits;
}

/* The request's basicConstraints are ignored. Vault 1.21.1: signed verbatim,
 * they are taken over, and those of an authority are refused. */
static bool
cert_take_basic_constraints(struct cert_builder *p)
{
	if (!p->issuance->verbatim ||
	    !version_has(p->req->vault, VERSION_PKI_AUTHORITY_KEY_ID)) {
		reply_warn(p->req,
		    "specified CSR contained a Basic Constraints "
		    "extension that was ignored during issuance");
		return true;
	}
	p->cert->leaf_basic_constraints = true;
	return !p->csr.asks_for_ca ||
	    error_set(p->e, 400,
		"specified CSR contained a Basic Constraints extension with "
		"isCA set to true");
}

bool
pki_cert_template(struct request *req, const struct pki_issuance *issuance,
    struct x509_template *tmpl, struct error *e)
{
	struct cert_builder p = { .req = req,
		.a = req->arena,
		.issuance = issuance,
		.role = issuance->role,
		.cert = tmpl,
		.e = e };

	memset(tmpl, 0, sizeof(*tmpl));
	if (issuance->csr)
		x509_csr_names(req->arena, issuance->csr, &p.csr);
	if (!cert_set_names(&p) || !cert_set_other_sans(&p) ||
	    !cert_set_ip_sans(&p) || !cert_set_uri_sans(&p) ||
	    !cert_set_validity(&p) || !cert_set_user_ids(&p))
		return false;
	if (!issuance->is_request &&
	    !(issuance->issuer
		    ? pki_issuer_urls(req, issuance->issuer, &tmpl->urls, e)
		    : cert_set_root_urls(
			  &p, &pki_state_get(req->vault, req->mount)->urls)))
		return false;
	cert_set_subject(&p);
	cert_set_usages(&p);
	tmpl->leaf_basic_constraints =
	    issuance->role->basic_constraints_valid_for_non_ca;
	if (issuance->csr && !issuance->is_ca && p.csr.basic_constraints &&
	    !cert_take_basic_constraints(&p))
		return false;
	tmpl->policies = issuance->role->policy_identifiers;
	tmpl->is_ca = issuance->is_ca;
	tmpl->max_path_length = -1;
	tmpl->pss = issuance->role->use_pss;
	tmpl->signature_bits = cert_signature_bits(issuance);
	tmpl->verbatim_csr = issuance->verbatim ? issuance->csr : NULL;
	return true;
}
