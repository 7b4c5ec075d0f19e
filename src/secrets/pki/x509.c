/*
 * Certificates and requests, from a template to the signature.
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <strings.h>

#include "base/go_text.h"
#include "base/text.h"
#include "core/crypto/crypto_error.h"
#include "secrets/pki/x509_sign.h"

#define SERIAL_BYTES 20

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

bool
x509_fail(struct error *e, const char *what)
{
	unsigned long code = ERR_get_error();
	const char *why = code ? ERR_reason_error_string(code) : NULL;

	crypto_clear_errors();
	return error_wrap(e, 500, "%s: %s", what, why ? why : "refused");
}

/* ---- names ---- */

/* Go's encoder: a PrintableString when the text is one, a UTF8String else. An
 * asterisk and an ampersand are not taken for printable. */
static int
x509_string_type(const char *text)
{
	return strspn(text,
		   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		   "0123456789 '()+,-./:=?") == strlen(text)
	    ? V_ASN1_PRINTABLESTRING
	    : V_ASN1_UTF8STRING;
}

/* more: into the set of the entry before. */
static bool
x509_name_add(X509_NAME *name, int nid, const char *text, bool more)
{
	X509_NAME_ENTRY *entry;
	bool ok;

	if (!text || !*text)
		return true;
	entry = X509_NAME_ENTRY_create_by_NID(NULL, nid, x509_string_type(text),
	    (const unsigned char *)text, (int)strlen(text));
	ok = entry && X509_NAME_add_entry(name, entry, -1, more ? -1 : 0) == 1;
	X509_NAME_ENTRY_free(entry);
	return ok;
}

/* Go's encoder: all values of an attribute stand in one set. */
static bool
x509_name_add_set(X509_NAME *name, int nid, char *const *strings)
{
	for (int i = 0; strings && strings[i]; i++)
		if (!x509_name_add(name, nid, strings[i], i > 0))
			return false;
	return true;
}

static bool
x509_set_subject(X509_NAME *name, const struct x509_subject *s)
{
	if (!x509_name_add_set(name, NID_countryName, s->country) ||
	    !x509_name_add_set(name, NID_organizationName, s->organization) ||
	    !x509_name_add_set(name, NID_organizationalUnitName, s->ou) ||
	    !x509_name_add_set(name, NID_localityName, s->locality) ||
	    !x509_name_add_set(name, NID_stateOrProvinceName, s->province) ||
	    !x509_name_add_set(name, NID_streetAddress, s->street_address) ||
	    !x509_name_add_set(name, NID_postalCode, s->postal_code) ||
	    !x509_name_add(name, NID_commonName, s->common_name, false) ||
	    !x509_name_add(name, NID_serialNumber, s->serial_number, false))
		return false;
	for (char **id = s->user_ids; id && *id; id++)
		if (!x509_name_add(name, NID_userId, *id, false))
			return false;
	return true;
}

/* ---- signing ---- */

static const struct x509_algorithm x509_algorithms[] = {
	{ "SHA256WithRSA", "SHA256-RSA", "RSA", 256, false },
	{ "SHA384WithRSA", "SHA384-RSA", "RSA", 384, false },
	{ "SHA512WithRSA", "SHA512-RSA", "RSA", 512, false },
	{ "ECDSAWithSHA256", "ECDSA-SHA256", "EC", 256, false },
	{ "ECDSAWithSHA384", "ECDSA-SHA384", "EC", 384, false },
	{ "ECDSAWithSHA512", "ECDSA-SHA512", "EC", 512, false },
	{ "SHA256WithRSAPSS", "SHA256-RSAPSS", "RSA", 256, true },
	{ "SHA384WithRSAPSS", "SHA384-RSAPSS", "RSA", 384, true },
	{ "SHA512WithRSAPSS", "SHA512-RSAPSS", "RSA", 512, true },
	{ "Ed25519", "Ed25519", "ED25519", 0, false },
};

const struct x509_algorithm *
x509_algorithm_by_name(const char *name)
{
	if (strcasecmp(name, "PureEd25519") == 0)
		name = "Ed25519";
	for (int i = 0; i < COUNT(x509_algorithms); i++)
		if (strcasecmp(x509_algorithms[i].name, name) == 0)
			return &x509_algorithms[i];
	return NULL;
}

const struct x509_algorithm *
x509_cert_algorithm(const X509 *cert)
{
	int digest = 0, key = 0, bits = 0;

	if (X509_get_signature_info((X509 *)cert, &digest, &key, NULL, NULL) !=
	    1) {
		crypto_clear_errors();
		return NULL;
	}
	bits = digest == NID_sha256 ? 256
	    : digest == NID_sha384  ? 384
	    : digest == NID_sha512  ? 512
				    : 0;
	for (int i = 0; i < COUNT(x509_algorithms); i++) {
		const struct x509_algorithm *a = &x509_algorithms[i];

		if (a->bits == bits && a->pss == (key == EVP_PKEY_RSA_PSS) &&
		    strcmp(a->key,
			key == EVP_PKEY_EC	      ? "EC"
			    : key == EVP_PKEY_ED25519 ? "ED25519"
						      : "RSA") == 0)
			return a;
	}
	return NULL;
}

char *
x509_algorithm_names(struct arena *a)
{
	char *out = arena_strdup(a, "");

	for (int i = 0; i < COUNT(x509_algorithms); i++)
		out = arena_printf(a, "%s%s, ", out, x509_algorithms[i].name);
	lower_ascii(out);
	return arena_printf(a, "%spureed25519", out);
}

const char *
x509_go_key_type(const EVP_PKEY *key)
{
	if (key && EVP_PKEY_is_a(key, "RSA"))
		return "RSA";
	if (key && EVP_PKEY_is_a(key, "EC"))
		return "ECDSA";
	return key && EVP_PKEY_is_a(key, "ED25519") ? "Ed25519" : "0";
}

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

EVP_MD_CTX *
x509_sign_context(EVP_PKEY *key, int bits, bool pss)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how;
	bool ok = ctx &&
	    EVP_DigestSignInit(
		ctx, &how, x509_signature_digest(key, bits), NULL, key) == 1;

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

static bool
x509_set_random_serial(X509 *cert, struct random *r)
{
	uint8_t bytes[SERIAL_BYTES];
	BIGNUM *n;
	bool ok;

	random_bytes(r, bytes, sizeof(bytes));
	bytes[0] &= 0x7f;
	bytes[0] |= 0x40;
	n = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;
	BN_free(n);
	return ok;
}

/* ---- certificates and requests ---- */

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
	if (copy &&
	    X509_PUBKEY_set0_param(to, OBJ_nid2obj(NID_X9_62_id_ecPublicKey),
		V_ASN1_OBJECT, OBJ_nid2obj(nid), copy, (int)n) == 1)
		return true;
	OPENSSL_free(copy);
	return false;
}

static bool
x509_set_public_key(X509 *cert, EVP_PKEY *key, bool leaf)
{
	return (leaf && x509_set_ec_point(X509_get_X509_PUBKEY(cert), key)) ||
	    X509_set_pubkey(cert, key) == 1;
}

/* Everything but the signature. */
static bool
x509_cert_fill(X509 *cert, struct random *r, const struct x509_template *tmpl,
    EVP_PKEY *public, X509 *issuer)
{
	return X509_set_version(cert, 2) == 1 &&
	    x509_set_random_serial(cert, r) &&
	    ASN1_TIME_set(X509_getm_notBefore(cert),
		(time_t)tmpl->not_before_s) != NULL &&
	    ASN1_TIME_set(
		X509_getm_notAfter(cert), (time_t)tmpl->not_after_s) != NULL &&
	    x509_set_public_key(cert, public, issuer && !tmpl->is_ca) &&
	    (tmpl->verbatim_csr
		    ? X509_set_subject_name(cert,
			  X509_REQ_get_subject_name(tmpl->verbatim_csr)) == 1
		    : x509_set_subject(
			  X509_get_subject_name(cert), &tmpl->subject)) &&
	    X509_set_issuer_name(
		cert, X509_get_subject_name(issuer ? issuer : cert)) == 1 &&
	    x509_set_extensions(cert, tmpl, issuer);
}

static bool
x509_check_ia5_list(char *const *texts, struct error *e)
{
	for (; texts && *texts; texts++)
		for (const char *c = *texts; *c; c++)
			if ((uint8_t)*c >= 0x80) {
				struct arena *a = arena_new();

				error_wrap(e, 500,
				    "unable to create certificate: x509: %s "
				    "cannot be encoded as an IA5String",
				    go_quoted(a, *texts));
				arena_free(a);
				return false;
			}
	return true;
}

static bool
x509_check_ia5_names(const struct x509_names *n, struct error *e)
{
	return x509_check_ia5_list(n->dns, e) &&
	    x509_check_ia5_list(n->emails, e) &&
	    x509_check_ia5_list(n->uris, e);
}

/* Go's words for names beyond ASCII, in Go's order. */
static bool
x509_check_ia5(const struct x509_template *tmpl, struct error *e)
{
	return x509_check_ia5_list(tmpl->dns, e) &&
	    x509_check_ia5_list(tmpl->emails, e) &&
	    x509_check_ia5_list(tmpl->uris, e) &&
	    x509_check_ia5_names(&tmpl->permitted, e) &&
	    x509_check_ia5_names(&tmpl->excluded, e);
}

X509 *
x509_cert_make(struct random *r, const struct x509_template *tmpl,
    EVP_PKEY *public, X509 *issuer, EVP_PKEY *key, struct error *e)
{
	X509 *cert;
	EVP_MD_CTX *ctx;
	bool ok;

	if (!x509_check_ia5(tmpl, e))
		return NULL;
	cert = X509_new();
	ctx = x509_sign_context(
	    key ? key : public, tmpl->signature_bits, tmpl->pss);
	ok = cert && ctx && x509_cert_fill(cert, r, tmpl, public, issuer) &&
	    X509_sign_ctx(cert, ctx) > 0;

	EVP_MD_CTX_free(ctx);
	if (ok)
		return cert;
	X509_free(cert);
	x509_fail(e, "unable to create certificate");
	return NULL;
}

X509 *
x509_cross_sign(X509 *cert, const struct x509_urls *urls, X509 *issuer,
    EVP_PKEY *key, struct error *e)
{
	X509 *made = X509_dup(cert);
	EVP_MD_CTX *ctx = x509_sign_context(key, 0, false);
	bool ok = made && ctx && x509_replace_issuer(made, urls, issuer) &&
	    X509_sign_ctx(made, ctx) > 0;

	EVP_MD_CTX_free(ctx);
	if (ok)
		return made;
	X509_free(made);
	x509_fail(e, "error signing self-issued certificate");
	return NULL;
}

X509_REQ *
x509_csr_make(const struct x509_template *tmpl, EVP_PKEY *key,
    bool basic_constraints, struct error *e)
{
	X509_REQ *csr;
	EVP_MD_CTX *ctx;
	bool ok;

	if (!x509_check_ia5(tmpl, e))
		return NULL;
	csr = X509_REQ_new();
	ctx = x509_sign_context(key, tmpl->signature_bits, false);
	ok = csr && ctx && X509_REQ_set_version(csr, 0) == 1 &&
	    x509_set_subject(X509_REQ_get_subject_name(csr), &tmpl->subject) &&
	    X509_REQ_set_pubkey(csr, key) == 1 &&
	    x509_csr_set_extensions(csr, tmpl, basic_constraints) &&
	    X509_REQ_sign_ctx(csr, ctx) > 0;

	EVP_MD_CTX_free(ctx);
	if (ok)
		return csr;
	X509_REQ_free(csr);
	x509_fail(e, "unable to create CSR");
	return NULL;
}
