/*
 * Extensions of certificates and requests, in the order in which Go writes
 * them, as Vault does.
 */
#include <jansson.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/crypto/crypto_error.h"
#include "secrets/pki/x509_sign.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* ---- usages ---- */

static const char *const x509_key_usages[] = { "digitalsignature",
	"contentcommitment", "keyencipherment", "dataencipherment",
	"keyagreement", "certsign", "crlsign", "encipheronly", "decipheronly" };

static const struct {
	const char *name;
	int nid;
} x509_ext_usages[] = {
	{ "any", NID_anyExtendedKeyUsage },
	{ "serverauth", NID_server_auth },
	{ "clientauth", NID_client_auth },
	{ "codesigning", NID_code_sign },
	{ "emailprotection", NID_email_protect },
	{ "ipsecendsystem", NID_ipsecEndSystem },
	{ "ipsectunnel", NID_ipsecTunnel },
	{ "ipsecuser", NID_ipsecUser },
	{ "timestamping", NID_time_stamp },
	{ "ocspsigning", NID_OCSP_sign },
	{ "microsoftservergatedcrypto", NID_ms_sgc },
	{ "netscapeservergatedcrypto", NID_ns_sgc },
};

unsigned
x509_usage_bit(const char *name)
{
	for (int i = 0; i < COUNT(x509_key_usages); i++)
		if (strcasecmp(x509_key_usages[i], name) == 0)
			return 1u << i;
	return 0;
}

unsigned
x509_ext_usage_bit(const char *name)
{
	for (int i = 0; i < COUNT(x509_ext_usages); i++)
		if (strcasecmp(x509_ext_usages[i].name, name) == 0)
			return 1u << i;
	return 0;
}

/* ---- extensions ---- */

typedef STACK_OF(X509_EXTENSION) x509_extension_list;

/* Adds an extension unless the request brought it itself. false when value is
 * NULL or OpenSSL refuses. */
static bool
x509_ext_add(x509_extension_list **list, int nid, void *value, bool critical)
{
	if (!value)
		return false;
	if (*list && X509v3_get_ext_by_NID(*list, nid, -1) >= 0)
		return true;
	return X509V3_add1_i2d(
		   list, nid, value, critical, X509V3_ADD_DEFAULT) == 1;
}

static bool
x509_ext_add_key_usage(x509_extension_list **list, unsigned bits)
{
	ASN1_BIT_STRING *s;
	bool ok;

	if (!bits)
		return true;
	s = ASN1_BIT_STRING_new();
	ok = s != NULL;
	for (int i = 0; i < COUNT(x509_key_usages) && ok; i++)
		if (bits & 1u << i)
			ok = ASN1_BIT_STRING_set_bit(s, i, 1) == 1;
	ok = ok && x509_ext_add(list, NID_key_usage, s, true);
	ASN1_BIT_STRING_free(s);
	return ok;
}

/* Pushes an object; it is freed when that fails. */
static bool
x509_push_object(STACK_OF(ASN1_OBJECT) * all, ASN1_OBJECT *object)
{
	if (object && sk_ASN1_OBJECT_push(all, object) > 0)
		return true;
	ASN1_OBJECT_free(object);
	return false;
}

/* Vault 1.19: what is no OID is passed over. */
static bool
x509_ext_add_ext_key_usage(
    x509_extension_list **list, const struct x509_template *tmpl)
{
	EXTENDED_KEY_USAGE *all = sk_ASN1_OBJECT_new_null();
	bool ok = all != NULL;

	for (int i = 0; i < COUNT(x509_ext_usages) && ok; i++)
		if (tmpl->ext_usage & 1u << i)
			ok = x509_push_object(
			    all, OBJ_nid2obj(x509_ext_usages[i].nid));
	for (char **oid = tmpl->ext_usage_oids; oid && *oid && ok; oid++) {
		ASN1_OBJECT *o = OBJ_txt2obj(*oid, 1);

		if (o)
			ok = x509_push_object(all, o);
	}
	if (ok && sk_ASN1_OBJECT_num(all) > 0)
		ok = x509_ext_add(list, NID_ext_key_usage, all, false);
	sk_ASN1_OBJECT_pop_free(all, ASN1_OBJECT_free);
	return ok;
}

static bool
x509_ext_add_basic_constraints(
    x509_extension_list **list, const struct x509_template *tmpl)
{
	BASIC_CONSTRAINTS *b;
	bool ok;

	if (!tmpl->is_ca && !tmpl->leaf_basic_constraints)
		return true;
	b = BASIC_CONSTRAINTS_new();
	ok = b != NULL;
	if (ok)
		b->ca = tmpl->is_ca ? 0xff : 0;
	if (ok && tmpl->is_ca && tmpl->max_path_length >= 0) {
		b->pathlen = ASN1_INTEGER_new();
		ok = b->pathlen &&
		    ASN1_INTEGER_set(b->pathlen, tmpl->max_path_length) == 1;
	}
	ok = ok && x509_ext_add(list, NID_basic_constraints, b, true);
	BASIC_CONSTRAINTS_free(b);
	return ok;
}

static bool
x509_ext_add_authority_key_id(
    x509_extension_list **list, const ASN1_OCTET_STRING *id)
{
	AUTHORITY_KEYID *a;
	bool ok;

	if (!id)
		return true;
	a = AUTHORITY_KEYID_new();
	ok = a && (a->keyid = ASN1_OCTET_STRING_dup(id)) != NULL &&
	    x509_ext_add(list, NID_authority_key_identifier, a, false);
	AUTHORITY_KEYID_free(a);
	return ok;
}

/* A root names its own key as the authority's. */
static bool
x509_ext_add_key_ids(x509_extension_list **list,
    const struct x509_template *tmpl, X509 *cert, X509 *issuer)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	const uint8_t *bytes = digest;
	unsigned int n = sizeof(digest);
	ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
	bool ok = id != NULL;

	if (tmpl->subject_key_id_size) {
		bytes = tmpl->subject_key_id;
		n = (unsigned)tmpl->subject_key_id_size;
	} else {
		ok = ok && X509_pubkey_digest(cert, EVP_sha1(), digest, &n);
	}
	ok = ok && ASN1_OCTET_STRING_set(id, bytes, (int)n) == 1 &&
	    x509_ext_add(list, NID_subject_key_identifier, id, false) &&
	    x509_ext_add_authority_key_id(
		list, issuer ? X509_get0_subject_key_id(issuer) : id);
	ASN1_OCTET_STRING_free(id);
	return ok;
}

/* NULL when memory is short. */
static GENERAL_NAME *
x509_general_name(int type, const char *text)
{
	GENERAL_NAME *g = GENERAL_NAME_new();
	ASN1_IA5STRING *s = ASN1_IA5STRING_new();

	if (!g || !s || ASN1_STRING_set(s, text, (int)strlen(text)) != 1) {
		GENERAL_NAME_free(g);
		ASN1_IA5STRING_free(s);
		return NULL;
	}
	GENERAL_NAME_set0_value(g, type, s);
	return g;
}

static bool
x509_push_general_name(GENERAL_NAMES *names, GENERAL_NAME *g)
{
	if (g && sk_GENERAL_NAME_push(names, g) > 0)
		return true;
	GENERAL_NAME_free(g);
	return false;
}

static bool
x509_add_access_descriptions(
    AUTHORITY_INFO_ACCESS *all, int nid, char *const *urls)
{
	for (; urls && *urls; urls++) {
		ACCESS_DESCRIPTION *d = ACCESS_DESCRIPTION_new();
		GENERAL_NAME *g = x509_general_name(GEN_URI, *urls);

		if (d && g) {
			ASN1_OBJECT_free(d->method);
			d->method = OBJ_nid2obj(nid);
			GENERAL_NAME_free(d->location);
			d->location = g;
			g = NULL;
			if (sk_ACCESS_DESCRIPTION_push(all, d) > 0)
				continue;
		}
		GENERAL_NAME_free(g);
		ACCESS_DESCRIPTION_free(d);
		return false;
	}
	return true;
}

static bool
x509_ext_add_info_access(
    x509_extension_list **list, const struct x509_urls *urls)
{
	AUTHORITY_INFO_ACCESS *all;
	bool ok;

	if (!(urls->lists[X509_URLS_OCSP] && *urls->lists[X509_URLS_OCSP]) &&
	    !(urls->lists[X509_URLS_ISSUING] &&
		*urls->lists[X509_URLS_ISSUING]))
		return true;
	all = AUTHORITY_INFO_ACCESS_new();
	ok = all &&
	    x509_add_access_descriptions(
		all, NID_ad_OCSP, urls->lists[X509_URLS_OCSP]) &&
	    x509_add_access_descriptions(
		all, NID_ad_ca_issuers, urls->lists[X509_URLS_ISSUING]) &&
	    x509_ext_add(list, NID_info_access, all, false);
	AUTHORITY_INFO_ACCESS_free(all);
	return ok;
}

/* A point with one URL; NULL when memory is short. */
static DIST_POINT *
x509_crl_point(const char *url)
{
	DIST_POINT *p = DIST_POINT_new();
	DIST_POINT_NAME *name = p ? DIST_POINT_NAME_new() : NULL;

	if (name) {
		p->distpoint = name;
		name->type = 0;
		name->name.fullname = GENERAL_NAMES_new();
		if (name->name.fullname &&
		    x509_push_general_name(
			name->name.fullname, x509_general_name(GEN_URI, url)))
			return p;
	}
	DIST_POINT_free(p);
	return NULL;
}

static bool
x509_ext_add_crl_points(x509_extension_list **list, int nid, char *const *urls)
{
	CRL_DIST_POINTS *all;
	bool ok;

	if (!urls || !*urls)
		return true;
	all = CRL_DIST_POINTS_new();
	ok = all != NULL;
	for (; *urls && ok; urls++) {
		DIST_POINT *p = x509_crl_point(*urls);

		ok = p && sk_DIST_POINT_push(all, p) > 0;
		if (!ok)
			DIST_POINT_free(p);
	}
	ok = ok && x509_ext_add(list, nid, all, false);
	CRL_DIST_POINTS_free(all);
	return ok;
}

/* Where the CRLs are, and the lists of their changes. */
static bool
x509_ext_add_crl_urls(x509_extension_list **list, const struct x509_urls *urls)
{
	return x509_ext_add_crl_points(list, NID_crl_distribution_points,
		   urls->lists[X509_URLS_CRL]) &&
	    x509_ext_add_crl_points(
		list, NID_freshest_crl, urls->lists[X509_URLS_DELTA_CRL]);
}

static bool
x509_push_strings(GENERAL_NAMES *names, int type, char *const *strings)
{
	for (; strings && *strings; strings++)
		if (!x509_push_general_name(
			names, x509_general_name(type, *strings)))
			return false;
	return true;
}

/* NULL for what is no OID or when memory is short. */
static GENERAL_NAME *
x509_other_name(const struct other_san *other)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(other->oid, 1);
	GENERAL_NAME *g = GENERAL_NAME_new();
	ASN1_TYPE *value = ASN1_TYPE_new();
	ASN1_UTF8STRING *s = ASN1_UTF8STRING_new();

	if (oid && g && value && s &&
	    ASN1_STRING_set(s, other->value, (int)strlen(other->value)) == 1) {
		ASN1_TYPE_set(value, V_ASN1_UTF8STRING, s);
		s = NULL;
		if (GENERAL_NAME_set0_othername(g, oid, value) == 1)
			return g;
	}
	ASN1_OBJECT_free(oid);
	GENERAL_NAME_free(g);
	ASN1_TYPE_free(value);
	ASN1_UTF8STRING_free(s);
	return NULL;
}

static bool
x509_push_others(GENERAL_NAMES *names, const struct other_san *others, int n)
{
	for (int i = 0; i < n; i++)
		if (!x509_push_general_name(names, x509_other_name(&others[i])))
			return false;
	return true;
}

bool
x509_is_ip_address(const char *text)
{
	ASN1_OCTET_STRING *ip = a2i_IPADDRESS(text);

	ASN1_OCTET_STRING_free(ip);
	crypto_clear_errors();
	return ip != NULL;
}

static GENERAL_NAME *
x509_ip_name(ASN1_OCTET_STRING *ip)
{
	GENERAL_NAME *g = ip ? GENERAL_NAME_new() : NULL;

	if (g)
		GENERAL_NAME_set0_value(g, GEN_IPADD, ip);
	else
		ASN1_OCTET_STRING_free(ip);
	return g;
}

static bool
x509_push_addresses(GENERAL_NAMES *names, char *const *ips)
{
	for (; ips && *ips; ips++)
		if (!x509_push_general_name(
			names, x509_ip_name(a2i_IPADDRESS(*ips))))
			return false;
	return true;
}

static bool
x509_ext_add_sans(x509_extension_list **list, const struct x509_template *tmpl,
    bool no_subject)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	bool ok = names &&
	    x509_push_others(names, tmpl->others, tmpl->nothers) &&
	    x509_push_strings(names, GEN_DNS, tmpl->dns) &&
	    x509_push_strings(names, GEN_EMAIL, tmpl->emails) &&
	    x509_push_addresses(names, tmpl->ips) &&
	    x509_push_strings(names, GEN_URI, tmpl->uris);

	if (ok && sk_GENERAL_NAME_num(names) > 0)
		ok = x509_ext_add(
		    list, NID_subject_alt_name, names, no_subject);
	GENERAL_NAMES_free(names);
	return ok;
}

/* ---- policies ---- */

struct x509_policy {
	const char *oid, *cps, *notice; /* "" without one */
};

/* "1.2.3" */
static bool
x509_is_oid(const char *text)
{
	ASN1_OBJECT *o = OBJ_txt2obj(text, 1);

	ASN1_OBJECT_free(o);
	crypto_clear_errors();
	return o != NULL;
}

static bool
x509_policy_parse(struct arena *a, const char *text, struct x509_policy *out)
{
	json_t *object;
	const char *members[3] = { "oid", "cps", "notice" };
	const char **values[3] = { &out->oid, &out->cps, &out->notice };

	*out = (struct x509_policy){ text, "", "" };
	if (*text != '{')
		return x509_is_oid(text);
	object = json_loads(text, 0, NULL);
	for (int i = 0; i < 3; i++) {
		const char *value = json_string_value(
		    json_object_get(object, members[i]));

		*values[i] = arena_strdup(a, value ? value : "");
	}
	json_decref(object);
	return x509_is_oid(out->oid);
}

const char *
x509_policy_problem(struct arena *a, const char *text)
{
	struct x509_policy p;

	return x509_policy_parse(a, text, &p) ? NULL : p.oid;
}

/* Takes value over. */
static bool
x509_policy_add_qualifier(POLICYINFO *p, int nid, void *value)
{
	POLICYQUALINFO *q = POLICYQUALINFO_new();

	if (q && !p->qualifiers)
		p->qualifiers = sk_POLICYQUALINFO_new_null();
	if (!q || !p->qualifiers ||
	    sk_POLICYQUALINFO_push(p->qualifiers, q) <= 0) {
		POLICYQUALINFO_free(q);
		return false;
	}
	q->pqualid = OBJ_nid2obj(nid);
	if (nid == NID_id_qt_cps)
		q->d.cpsuri = value;
	else
		q->d.usernotice = value;
	return true;
}

static bool
x509_policy_add_cps(POLICYINFO *p, const char *text)
{
	ASN1_IA5STRING *s = ASN1_IA5STRING_new();

	if (s && ASN1_STRING_set(s, text, (int)strlen(text)) == 1 &&
	    x509_policy_add_qualifier(p, NID_id_qt_cps, s))
		return true;
	ASN1_IA5STRING_free(s);
	return false;
}

static bool
x509_policy_add_notice(POLICYINFO *p, const char *text)
{
	USERNOTICE *notice = USERNOTICE_new();

	if (notice) {
		notice->exptext = ASN1_UTF8STRING_new();
		if (notice->exptext &&
		    ASN1_STRING_set(notice->exptext, text, (int)strlen(text)) ==
			1 &&
		    x509_policy_add_qualifier(p, NID_id_qt_unotice, notice))
			return true;
	}
	USERNOTICE_free(notice);
	return false;
}

static POLICYINFO *
x509_policy_make(const struct x509_policy *from)
{
	POLICYINFO *p = POLICYINFO_new();

	if (!p)
		return NULL;
	ASN1_OBJECT_free(p->policyid);
	p->policyid = OBJ_txt2obj(from->oid, 1);
	if (p->policyid && (!*from->cps || x509_policy_add_cps(p, from->cps)) &&
	    (!*from->notice || x509_policy_add_notice(p, from->notice)))
		return p;
	POLICYINFO_free(p);
	return NULL;
}

static bool
x509_ext_add_policies(x509_extension_list **list, char *const *policies)
{
	CERTIFICATEPOLICIES *all;
	struct arena *a;
	bool ok;

	if (!policies || !*policies)
		return true;
	a = arena_new();
	all = CERTIFICATEPOLICIES_new();
	ok = all != NULL;
	for (; *policies && ok; policies++) {
		struct x509_policy from;
		POLICYINFO *p;

		if (!x509_policy_parse(a, *policies, &from))
			continue;
		p = x509_policy_make(&from);
		ok = p && sk_POLICYINFO_push(all, p) > 0;
		if (!ok)
			POLICYINFO_free(p);
	}
	if (ok && sk_POLICYINFO_num(all) > 0)
		ok = x509_ext_add(list, NID_certificate_policies, all, false);
	CERTIFICATEPOLICIES_free(all);
	arena_free(a);
	return ok;
}

/* ---- name constraints ---- */

/* The address and the mask, as name constraints have them; NULL when it is no
 * range. As Go does, the bits beyond the mask are cleared. */
static ASN1_OCTET_STRING *
x509_ip_range(const char *text)
{
	const char *slash = strchr(text, '/');
	char address[64];
	uint8_t bytes[32];
	ASN1_OCTET_STRING *ip = NULL, *range = NULL;
	int n, bits;

	if (!slash || (size_t)(slash - text) >= sizeof(address) || !slash[1] ||
	    strlen(slash + 1) > 3 ||
	    strspn(slash + 1, "0123456789") != strlen(slash + 1))
		return NULL;
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	ip = a2i_IPADDRESS(address);
	n = ip ? ASN1_STRING_length(ip) : 0;
	bits = atoi(slash + 1);
	if (n > 0 && n <= 16 && bits <= 8 * n &&
	    (range = ASN1_OCTET_STRING_new()) != NULL) {
		for (int i = 0; i < n; i++) {
			int left = bits - 8 * i;
			uint8_t mask = left >= 8 ? 0xff
			    : left <= 0		 ? 0
					: (uint8_t)(0xff << (8 - left));

			bytes[i] = ASN1_STRING_get0_data(ip)[i] & mask;
			bytes[n + i] = mask;
		}
		if (ASN1_OCTET_STRING_set(range, bytes, 2 * n) != 1) {
			ASN1_OCTET_STRING_free(range);
			range = NULL;
		}
	}
	ASN1_OCTET_STRING_free(ip);
	crypto_clear_errors();
	return range;
}

bool
x509_is_ip_range(const char *text)
{
	ASN1_OCTET_STRING *range = x509_ip_range(text);

	ASN1_OCTET_STRING_free(range);
	return range != NULL;
}

/* Takes the name over, also when it fails. */
static bool
x509_push_subtree(STACK_OF(GENERAL_SUBTREE) * all, GENERAL_NAME *name)
{
	GENERAL_SUBTREE *t = name ? GENERAL_SUBTREE_new() : NULL;

	if (!t) {
		GENERAL_NAME_free(name);
		return false;
	}
	GENERAL_NAME_free(t->base);
	t->base = name;
	if (sk_GENERAL_SUBTREE_push(all, t) > 0)
		return true;
	GENERAL_SUBTREE_free(t);
	return false;
}

static bool
x509_push_subtrees(
    STACK_OF(GENERAL_SUBTREE) * all, int type, char *const *strings)
{
	for (; strings && *strings; strings++)
		if (!x509_push_subtree(all,
			type == GEN_IPADD
			    ? x509_ip_name(x509_ip_range(*strings))
			    : x509_general_name(type, *strings)))
			return false;
	return true;
}

static bool
x509_names_are_empty(const struct x509_names *n)
{
	return !(n->dns && *n->dns) && !(n->ips && *n->ips) &&
	    !(n->emails && *n->emails) && !(n->uris && *n->uris);
}

/* In Go's order; NULL stays NULL without names. */
static bool
x509_subtrees(const struct x509_names *n, STACK_OF(GENERAL_SUBTREE) * *out)
{
	if (x509_names_are_empty(n))
		return true;
	*out = sk_GENERAL_SUBTREE_new_null();
	return *out && x509_push_subtrees(*out, GEN_DNS, n->dns) &&
	    x509_push_subtrees(*out, GEN_IPADD, n->ips) &&
	    x509_push_subtrees(*out, GEN_EMAIL, n->emails) &&
	    x509_push_subtrees(*out, GEN_URI, n->uris);
}

static bool
x509_ext_add_name_constraints(
    x509_extension_list **list, const struct x509_template *tmpl)
{
	NAME_CONSTRAINTS *limits;
	bool ok;

	if (x509_names_are_empty(&tmpl->permitted) &&
	    x509_names_are_empty(&tmpl->excluded))
		return true;
	limits = NAME_CONSTRAINTS_new();
	ok = limits &&
	    x509_subtrees(&tmpl->permitted, &limits->permittedSubtrees) &&
	    x509_subtrees(&tmpl->excluded, &limits->excludedSubtrees) &&
	    x509_ext_add(list, NID_name_constraints, limits, true);
	NAME_CONSTRAINTS_free(limits);
	return ok;
}

/* ---- all extensions ---- */

/* Vault 1.19: a request's basicConstraints never pass. */
static x509_extension_list *
x509_csr_extensions(X509_REQ *csr)
{
	x509_extension_list *all = csr ? X509_REQ_get_extensions(csr) : NULL;
	int at;

	while (all &&
	    (at = X509v3_get_ext_by_NID(all, NID_basic_constraints, -1)) >= 0)
		X509_EXTENSION_free(X509v3_delete_ext(all, at));
	return all;
}

bool
x509_set_extensions(X509 *cert, const struct x509_template *tmpl, X509 *issuer)
{
	x509_extension_list *list = x509_csr_extensions(tmpl->verbatim_csr);
	bool no_subject = X509_NAME_entry_count(X509_get_subject_name(cert)) ==
	    0;
	bool ok = x509_ext_add_key_usage(&list, tmpl->usage) &&
	    x509_ext_add_ext_key_usage(&list, tmpl) &&
	    x509_ext_add_basic_constraints(&list, tmpl) &&
	    x509_ext_add_key_ids(&list, tmpl, cert, issuer) &&
	    x509_ext_add_info_access(&list, &tmpl->urls) &&
	    x509_ext_add_sans(&list, tmpl, no_subject) &&
	    x509_ext_add_policies(&list, tmpl->policies) &&
	    x509_ext_add_name_constraints(&list, tmpl) &&
	    x509_ext_add_crl_urls(&list, &tmpl->urls);

	for (int i = 0; ok && i < X509v3_get_ext_count(list); i++)
		ok = X509_add_ext(cert, X509v3_get_ext(list, i), -1) == 1;
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	return ok;
}

bool
x509_csr_set_extensions(
    X509_REQ *csr, const struct x509_template *tmpl, bool basic_constraints)
{
	struct x509_template limits = { .is_ca = true, .max_path_length = -1 };
	x509_extension_list *list = NULL;
	bool ok = x509_ext_add_sans(&list, tmpl, false) &&
	    (!basic_constraints ||
		x509_ext_add_basic_constraints(&list, &limits)) &&
	    x509_ext_add_key_usage(&list, tmpl->usage) &&
	    (!list || X509_REQ_add_extensions(csr, list) == 1);

	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	return ok;
}

static void
x509_delete_extension(X509 *cert, int nid)
{
	int at;

	while ((at = X509_get_ext_by_NID(cert, nid, -1)) >= 0)
		X509_EXTENSION_free(X509_delete_ext(cert, at));
}

bool
x509_replace_issuer(X509 *cert, const struct x509_urls *urls, X509 *issuer)
{
	x509_extension_list *list = NULL;
	bool ok;

	x509_delete_extension(cert, NID_authority_key_identifier);
	x509_delete_extension(cert, NID_info_access);
	x509_delete_extension(cert, NID_crl_distribution_points);
	x509_delete_extension(cert, NID_freshest_crl);
	ok = X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1 &&
	    x509_ext_add_authority_key_id(
		&list, X509_get0_subject_key_id(issuer)) &&
	    x509_ext_add_info_access(&list, urls) &&
	    x509_ext_add_crl_urls(&list, urls);
	for (int i = 0; ok && i < X509v3_get_ext_count(list); i++)
		ok = X509_add_ext(cert, X509v3_get_ext(list, i), -1) == 1;
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	return ok;
}
