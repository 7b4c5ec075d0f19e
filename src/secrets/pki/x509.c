/*
 * Certificates, requests and CRLs, from plan to signature. Extensions stand in
 * the order in which Go writes them, as Vault does.
 */
#include "secrets/pki/x509.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define SERIAL_BYTES 20

static bool
x509_fail(struct error *e, const char *what)
{
	unsigned long code = ERR_get_error();
	const char *why = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return error_wrap(e, 500, "%s: %s", what, why ? why : "refused");
}

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

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

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

static bool
x509_ext_has(const x509_extension_list *list, const ASN1_OBJECT *oid)
{
	return X509v3_get_ext_by_OBJ(list, oid, -1) >= 0;
}

/* What the request brought itself stands. */
static void
x509_ext_add(x509_extension_list **list, int nid, void *value, bool critical)
{
	if (!*list || !x509_ext_has(*list, OBJ_nid2obj(nid)))
		X509V3_add1_i2d(list, nid, value, critical, X509V3_ADD_DEFAULT);
}

static void
x509_ext_add_key_usage(x509_extension_list **list, unsigned bits)
{
	ASN1_BIT_STRING *s;

	if (!bits)
		return;
	s = ASN1_BIT_STRING_new();
	for (int i = 0; i < COUNT(x509_key_usages); i++)
		if (bits & 1u << i)
			ASN1_BIT_STRING_set_bit(s, i, 1);
	x509_ext_add(list, NID_key_usage, s, true);
	ASN1_BIT_STRING_free(s);
}

static void
x509_ext_add_ext_key_usage(
    x509_extension_list **list, const struct x509_template *tmpl)
{
	EXTENDED_KEY_USAGE *all = sk_ASN1_OBJECT_new_null();

	for (int i = 0; i < COUNT(x509_ext_usages); i++)
		if (tmpl->ext_usage & 1u << i)
			sk_ASN1_OBJECT_push(
			    all, OBJ_nid2obj(x509_ext_usages[i].nid));
	for (char **oid = tmpl->ext_usage_oids; oid && *oid; oid++) {
		ASN1_OBJECT *o = OBJ_txt2obj(*oid, 1);

		if (o)
			sk_ASN1_OBJECT_push(all, o);
	}
	if (sk_ASN1_OBJECT_num(all) > 0)
		x509_ext_add(list, NID_ext_key_usage, all, false);
	sk_ASN1_OBJECT_pop_free(all, ASN1_OBJECT_free);
}

static void
x509_ext_add_basic_constraints(
    x509_extension_list **list, const struct x509_template *tmpl)
{
	BASIC_CONSTRAINTS *b;

	if (!tmpl->is_ca && !tmpl->leaf_basic_constraints)
		return;
	b = BASIC_CONSTRAINTS_new();
	b->ca = tmpl->is_ca ? 0xff : 0;
	if (tmpl->is_ca && tmpl->max_path_length >= 0) {
		b->pathlen = ASN1_INTEGER_new();
		ASN1_INTEGER_set(b->pathlen, tmpl->max_path_length);
	}
	x509_ext_add(list, NID_basic_constraints, b, true);
	BASIC_CONSTRAINTS_free(b);
}

static void
x509_ext_add_authority_key_id(
    x509_extension_list **list, const ASN1_OCTET_STRING *id)
{
	AUTHORITY_KEYID *a;

	if (!id)
		return;
	a = AUTHORITY_KEYID_new();
	a->keyid = ASN1_OCTET_STRING_dup(id);
	x509_ext_add(list, NID_authority_key_identifier, a, false);
	AUTHORITY_KEYID_free(a);
}

/* A root names its own key as the authority's. */
static void
x509_ext_add_key_ids(x509_extension_list **list, X509 *cert, X509 *issuer)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n = sizeof(digest);
	ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();

	X509_pubkey_digest(cert, EVP_sha1(), digest, &n);
	ASN1_OCTET_STRING_set(id, digest, (int)n);
	x509_ext_add(list, NID_subject_key_identifier, id, false);
	x509_ext_add_authority_key_id(
	    list, issuer ? X509_get0_subject_key_id(issuer) : id);
	ASN1_OCTET_STRING_free(id);
}

static GENERAL_NAME *
x509_general_name(int type, const char *text)
{
	GENERAL_NAME *g = GENERAL_NAME_new();
	ASN1_IA5STRING *s = ASN1_IA5STRING_new();

	ASN1_STRING_set(s, text, (int)strlen(text));
	GENERAL_NAME_set0_value(g, type, s);
	return g;
}

static void
x509_add_access_descriptions(
    AUTHORITY_INFO_ACCESS *all, int nid, char *const *urls)
{
	for (; urls && *urls; urls++) {
		ACCESS_DESCRIPTION *d = ACCESS_DESCRIPTION_new();

		ASN1_OBJECT_free(d->method);
		d->method = OBJ_nid2obj(nid);
		GENERAL_NAME_free(d->location);
		d->location = x509_general_name(GEN_URI, *urls);
		sk_ACCESS_DESCRIPTION_push(all, d);
	}
}

static void
x509_ext_add_info_access(
    x509_extension_list **list, const struct x509_urls *urls)
{
	AUTHORITY_INFO_ACCESS *all;

	if (!(urls->ocsp && *urls->ocsp) && !(urls->issuing && *urls->issuing))
		return;
	all = AUTHORITY_INFO_ACCESS_new();
	x509_add_access_descriptions(all, NID_ad_OCSP, urls->ocsp);
	x509_add_access_descriptions(all, NID_ad_ca_issuers, urls->issuing);
	x509_ext_add(list, NID_info_access, all, false);
	AUTHORITY_INFO_ACCESS_free(all);
}

static void
x509_ext_add_crl_points(x509_extension_list **list, char *const *urls)
{
	CRL_DIST_POINTS *all;

	if (!urls || !*urls)
		return;
	all = CRL_DIST_POINTS_new();
	for (; *urls; urls++) {
		DIST_POINT *p = DIST_POINT_new();

		p->distpoint = DIST_POINT_NAME_new();
		p->distpoint->type = 0;
		p->distpoint->name.fullname = GENERAL_NAMES_new();
		sk_GENERAL_NAME_push(p->distpoint->name.fullname,
		    x509_general_name(GEN_URI, *urls));
		sk_DIST_POINT_push(all, p);
	}
	x509_ext_add(list, NID_crl_distribution_points, all, false);
	CRL_DIST_POINTS_free(all);
}

static void
x509_sans_push_strings(GENERAL_NAMES *names, int type, char *const *strings)
{
	for (; strings && *strings; strings++)
		sk_GENERAL_NAME_push(names, x509_general_name(type, *strings));
}

static void
x509_sans_push_others(
    GENERAL_NAMES *names, const struct other_san *others, int n)
{
	for (int i = 0; i < n; i++) {
		ASN1_OBJECT *oid = OBJ_txt2obj(others[i].oid, 1);
		GENERAL_NAME *g;
		ASN1_TYPE *value;
		ASN1_UTF8STRING *s;

		if (!oid)
			continue;
		g = GENERAL_NAME_new();
		value = ASN1_TYPE_new();
		s = ASN1_UTF8STRING_new();
		ASN1_STRING_set(
		    s, others[i].value, (int)strlen(others[i].value));
		ASN1_TYPE_set(value, V_ASN1_UTF8STRING, s);
		GENERAL_NAME_set0_othername(g, oid, value);
		sk_GENERAL_NAME_push(names, g);
	}
}

bool
x509_is_ip_address(const char *text)
{
	ASN1_OCTET_STRING *ip = a2i_IPADDRESS(text);

	ASN1_OCTET_STRING_free(ip);
	ERR_clear_error();
	return ip != NULL;
}

static void
x509_sans_push_addresses(GENERAL_NAMES *names, char *const *ips)
{
	for (; ips && *ips; ips++) {
		ASN1_OCTET_STRING *ip = a2i_IPADDRESS(*ips);
		GENERAL_NAME *g;

		if (!ip)
			continue;
		g = GENERAL_NAME_new();
		GENERAL_NAME_set0_value(g, GEN_IPADD, ip);
		sk_GENERAL_NAME_push(names, g);
	}
}

static void
x509_ext_add_sans(x509_extension_list **list, const struct x509_template *tmpl,
    bool no_subject)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();

	x509_sans_push_others(names, tmpl->others, tmpl->nothers);
	x509_sans_push_strings(names, GEN_DNS, tmpl->dns);
	x509_sans_push_strings(names, GEN_EMAIL, tmpl->emails);
	x509_sans_push_addresses(names, tmpl->ips);
	x509_sans_push_strings(names, GEN_URI, tmpl->uris);
	if (sk_GENERAL_NAME_num(names) > 0)
		x509_ext_add(list, NID_subject_alt_name, names, no_subject);
	GENERAL_NAMES_free(names);
}

static void
x509_ext_add_policies(x509_extension_list **list, char *const *oids)
{
	CERTIFICATEPOLICIES *all;

	if (!oids || !*oids)
		return;
	all = CERTIFICATEPOLICIES_new();
	for (; *oids; oids++) {
		ASN1_OBJECT *oid = OBJ_txt2obj(*oids, 1);
		POLICYINFO *p;

		if (!oid)
			continue;
		p = POLICYINFO_new();
		ASN1_OBJECT_free(p->policyid);
		p->policyid = oid;
		sk_POLICYINFO_push(all, p);
	}
	if (sk_POLICYINFO_num(all) > 0)
		x509_ext_add(list, NID_certificate_policies, all, false);
	CERTIFICATEPOLICIES_free(all);
}

static void
x509_ext_add_name_constraints(x509_extension_list **list, char *const *domains)
{
	NAME_CONSTRAINTS *limits;

	if (!domains || !*domains)
		return;
	limits = NAME_CONSTRAINTS_new();
	limits->permittedSubtrees = sk_GENERAL_SUBTREE_new_null();
	for (; *domains; domains++) {
		GENERAL_SUBTREE *t = GENERAL_SUBTREE_new();

		GENERAL_NAME_free(t->base);
		t->base = x509_general_name(GEN_DNS, *domains);
		sk_GENERAL_SUBTREE_push(limits->permittedSubtrees, t);
	}
	x509_ext_add(list, NID_name_constraints, limits, true);
	NAME_CONSTRAINTS_free(limits);
}

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

static void
x509_set_extensions(X509 *cert, const struct x509_template *tmpl, X509 *issuer)
{
	x509_extension_list *list = x509_csr_extensions(tmpl->verbatim_csr);
	bool no_subject = X509_NAME_entry_count(X509_get_subject_name(cert)) ==
	    0;

	x509_ext_add_key_usage(&list, tmpl->usage);
	x509_ext_add_ext_key_usage(&list, tmpl);
	x509_ext_add_basic_constraints(&list, tmpl);
	x509_ext_add_key_ids(&list, cert, issuer);
	x509_ext_add_info_access(&list, &tmpl->urls);
	x509_ext_add_sans(&list, tmpl, no_subject);
	x509_ext_add_policies(&list, tmpl->policies);
	x509_ext_add_name_constraints(&list, tmpl->permitted_dns);
	x509_ext_add_crl_points(&list, tmpl->urls.crl);
	for (int i = 0; i < X509v3_get_ext_count(list); i++)
		X509_add_ext(cert, X509v3_get_ext(list, i), -1);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
}

/* ---- names ---- */

static void
x509_name_add(X509_NAME *name, int nid, const char *text)
{
	if (text && *text)
		X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8,
		    (const unsigned char *)text, -1, -1, 0);
}

static void
x509_name_add_all(X509_NAME *name, int nid, char *const *strings)
{
	for (; strings && *strings; strings++)
		x509_name_add(name, nid, *strings);
}

static void
x509_set_subject(X509_NAME *name, const struct x509_subject *s)
{
	x509_name_add_all(name, NID_countryName, s->country);
	x509_name_add_all(name, NID_organizationName, s->organization);
	x509_name_add_all(name, NID_organizationalUnitName, s->ou);
	x509_name_add_all(name, NID_localityName, s->locality);
	x509_name_add_all(name, NID_stateOrProvinceName, s->province);
	x509_name_add_all(name, NID_streetAddress, s->street_address);
	x509_name_add_all(name, NID_postalCode, s->postal_code);
	x509_name_add(name, NID_commonName, s->common_name);
	x509_name_add(name, NID_serialNumber, s->serial_number);
	x509_name_add_all(name, NID_userId, s->user_ids);
}

/* ---- signing ---- */

static const EVP_MD *
x509_signature_digest(const EVP_PKEY *key, int bits)
{
	if (EVP_PKEY_is_a(key, "ED25519"))
		return NULL;
	if (bits == 0 && EVP_PKEY_is_a(key, "EC"))
		bits = x509_key_bits(key);
	if (bits == 384)
		return EVP_sha384();
	return bits > 384 ? EVP_sha512() : EVP_sha256();
}

static EVP_MD_CTX *
x509_sign_context(EVP_PKEY *key, int bits, bool pss)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how;
	bool ok = EVP_DigestSignInit(ctx, &how,
		      x509_signature_digest(key, bits), NULL, key) == 1;

	if (ok && pss && EVP_PKEY_is_a(key, "RSA"))
		ok = EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) ==
			1 &&
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(
			how, RSA_PSS_SALTLEN_DIGEST) == 1;
	if (ok)
		return ctx;
	EVP_MD_CTX_free(ctx);
	return NULL;
}

static void
x509_set_random_serial(X509 *cert, struct random *r)
{
	uint8_t bytes[SERIAL_BYTES];
	BIGNUM *n;

	random_bytes(r, bytes, sizeof(bytes));
	bytes[0] &= 0x7f;
	bytes[0] |= 0x40;
	n = BN_bin2bn(bytes, sizeof(bytes), NULL);
	BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));
	BN_free(n);
}

/* X509_set_pubkey encodes an EC key, decodes it again and so takes longer than
 * a signature; the point alone says it all. X509_get0_pubkey of such a
 * certificate gives nothing until it is read anew. */
static bool
x509_set_ec_point(X509_PUBKEY *to, EVP_PKEY *key)
{
	char group[64];
	unsigned char point[2 * 66 + 1], *copy;
	size_t n, name;
	int nid;

	if (!EVP_PKEY_is_a(key, "EC") ||
	    !EVP_PKEY_get_group_name(key, group, sizeof(group), &name) ||
	    !EVP_PKEY_get_octet_string_param(
		key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &n))
		return false;
	nid = OBJ_sn2nid(group);
	if (nid == NID_undef || point[0] != POINT_CONVERSION_UNCOMPRESSED)
		return false;
	copy = OPENSSL_memdup(point, n);
	return X509_PUBKEY_set0_param(to, OBJ_nid2obj(NID_X9_62_id_ecPublicKey),
		   V_ASN1_OBJECT, OBJ_nid2obj(nid), copy, (int)n) == 1;
}

static void
x509_set_public_key(X509 *cert, EVP_PKEY *key, bool leaf)
{
	if (!leaf || !x509_set_ec_point(X509_get_X509_PUBKEY(cert), key))
		X509_set_pubkey(cert, key);
}

X509 *
x509_cert_make(struct random *r, const struct x509_template *tmpl,
    EVP_PKEY *public, X509 *issuer, EVP_PKEY *key, struct error *e)
{
	X509 *cert = X509_new();
	EVP_MD_CTX *ctx;
	bool ok;

	X509_set_version(cert, 2);
	x509_set_random_serial(cert, r);
	ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)tmpl->not_before_s);
	ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)tmpl->not_after_s);
	x509_set_public_key(cert, public, issuer && !tmpl->is_ca);
	if (tmpl->verbatim_csr)
		X509_set_subject_name(
		    cert, X509_REQ_get_subject_name(tmpl->verbatim_csr));
	else
		x509_set_subject(X509_get_subject_name(cert), &tmpl->subject);
	X509_set_issuer_name(
	    cert, X509_get_subject_name(issuer ? issuer : cert));
	x509_set_extensions(cert, tmpl, issuer);
	ctx = x509_sign_context(
	    key ? key : public, tmpl->signature_bits, tmpl->pss);
	ok = ctx && X509_sign_ctx(cert, ctx) > 0;
	EVP_MD_CTX_free(ctx);
	if (ok)
		return cert;
	X509_free(cert);
	x509_fail(e, "unable to create certificate");
	return NULL;
}

static void
x509_delete_extension(X509 *cert, int nid)
{
	int at;

	while ((at = X509_get_ext_by_NID(cert, nid, -1)) >= 0)
		X509_EXTENSION_free(X509_delete_ext(cert, at));
}

static void
x509_set_issuer(X509 *cert, const struct x509_urls *urls, X509 *issuer)
{
	x509_extension_list *list = NULL;

	X509_set_issuer_name(cert, X509_get_subject_name(issuer));
	x509_delete_extension(cert, NID_authority_key_identifier);
	x509_delete_extension(cert, NID_info_access);
	x509_delete_extension(cert, NID_crl_distribution_points);
	x509_ext_add_authority_key_id(&list, X509_get0_subject_key_id(issuer));
	x509_ext_add_info_access(&list, urls);
	x509_ext_add_crl_points(&list, urls->crl);
	for (int i = 0; i < X509v3_get_ext_count(list); i++)
		X509_add_ext(cert, X509v3_get_ext(list, i), -1);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
}

X509 *
x509_cross_sign(X509 *cert, const struct x509_urls *urls, X509 *issuer,
    EVP_PKEY *key, struct error *e)
{
	X509 *made = X509_dup(cert);
	EVP_MD_CTX *ctx = x509_sign_context(key, 0, false);

	x509_set_issuer(made, urls, issuer);
	if (ctx && X509_sign_ctx(made, ctx) > 0) {
		EVP_MD_CTX_free(ctx);
		return made;
	}
	EVP_MD_CTX_free(ctx);
	X509_free(made);
	x509_fail(e, "error signing self-issued certificate");
	return NULL;
}

X509_REQ *
x509_csr_make(const struct x509_template *tmpl, EVP_PKEY *key,
    bool basic_constraints, struct error *e)
{
	X509_REQ *csr = X509_REQ_new();
	x509_extension_list *list = NULL;
	EVP_MD_CTX *ctx;
	struct x509_template limits = { .is_ca = true, .max_path_length = -1 };
	bool ok;

	X509_REQ_set_version(csr, 0);
	x509_set_subject(X509_REQ_get_subject_name(csr), &tmpl->subject);
	X509_REQ_set_pubkey(csr, key);
	x509_ext_add_sans(&list, tmpl, false);
	if (basic_constraints)
		x509_ext_add_basic_constraints(&list, &limits);
	if (list)
		X509_REQ_add_extensions(csr, list);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	ctx = x509_sign_context(key, tmpl->signature_bits, false);
	ok = ctx && X509_REQ_sign_ctx(csr, ctx) > 0;
	EVP_MD_CTX_free(ctx);
	if (ok)
		return csr;
	X509_REQ_free(csr);
	x509_fail(e, "unable to create CSR");
	return NULL;
}

/* ---- CRL ---- */

static void
x509_crl_add_revoked(X509_CRL *crl, const struct crl_entry *entry)
{
	uint8_t bytes[64];
	size_t n = 0;
	X509_REVOKED *revoked;
	BIGNUM *number;
	ASN1_INTEGER *serial;
	ASN1_TIME *at;

	for (const char *p = entry->serial; *p && n < sizeof(bytes); p++)
		if (*p != ':' && hex_decode(p, 2, &bytes[n]) == 1) {
			n++;
			p++;
		}
	number = BN_bin2bn(bytes, (int)n, NULL);
	serial = BN_to_ASN1_INTEGER(number, NULL);
	at = ASN1_TIME_set(NULL, (time_t)entry->revoked_s);
	revoked = X509_REVOKED_new();
	X509_REVOKED_set_serialNumber(revoked, serial);
	X509_REVOKED_set_revocationDate(revoked, at);
	X509_CRL_add0_revoked(crl, revoked);
	ASN1_TIME_free(at);
	ASN1_INTEGER_free(serial);
	BN_free(number);
}

static void
x509_crl_set_extensions(X509_CRL *crl, X509 *issuer, int64_t number)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(issuer);
	ASN1_INTEGER *n = ASN1_INTEGER_new();

	if (id) {
		AUTHORITY_KEYID *a = AUTHORITY_KEYID_new();

		a->keyid = ASN1_OCTET_STRING_dup(id);
		X509_CRL_add1_ext_i2d(crl, NID_authority_key_identifier, a, 0,
		    X509V3_ADD_DEFAULT);
		AUTHORITY_KEYID_free(a);
	}
	ASN1_INTEGER_set_int64(n, number);
	X509_CRL_add1_ext_i2d(crl, NID_crl_number, n, 0, X509V3_ADD_DEFAULT);
	ASN1_INTEGER_free(n);
}

uint8_t *
x509_crl_make(X509 *issuer, EVP_PKEY *key, int64_t number,
    int64_t this_update_s, int64_t next_update_s,
    const struct crl_entry *entries, size_t n, int *length)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *start = ASN1_TIME_set(NULL, (time_t)this_update_s);
	ASN1_TIME *end = ASN1_TIME_set(NULL, (time_t)next_update_s);
	EVP_MD_CTX *ctx = x509_sign_context(key, 0, false);
	uint8_t *der = NULL;

	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer));
	X509_CRL_set1_lastUpdate(crl, start);
	X509_CRL_set1_nextUpdate(crl, end);
	for (size_t i = 0; i < n; i++)
		x509_crl_add_revoked(crl, &entries[i]);
	X509_CRL_sort(crl);
	x509_crl_set_extensions(crl, issuer, number);
	*length = 0;
	if (ctx && X509_CRL_sign_ctx(crl, ctx) > 0) {
		uint8_t *out;

		*length = i2d_X509_CRL(crl, NULL);
		out = der = xmalloc((size_t)*length);
		i2d_X509_CRL(crl, &out);
	}
	ERR_clear_error();
	EVP_MD_CTX_free(ctx);
	ASN1_TIME_free(start);
	ASN1_TIME_free(end);
	X509_CRL_free(crl);
	return der;
}
