/*
 * How the PKI engine writes things: PEM, DER, base64, serial numbers, keys.
 */
#include "core/crypto/crypto_error.h"
#include "secrets/pki/x509.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/crypto/keypair.h"

/* ---- keys ---- */

static const struct {
	int bits, nid;
} x509_curves[] = {
	{ 224, NID_secp224r1 },
	{ 256, NID_X9_62_prime256v1 },
	{ 384, NID_secp384r1 },
	{ 521, NID_secp521r1 },
};

const char *
x509_key_type(const EVP_PKEY *key)
{
	if (EVP_PKEY_is_a(key, "RSA"))
		return "rsa";
	if (EVP_PKEY_is_a(key, "EC"))
		return "ec";
	return EVP_PKEY_is_a(key, "ED25519") ? "ed25519" : "unknown";
}

int
x509_key_bits(const EVP_PKEY *key)
{
	return EVP_PKEY_get_bits(key);
}

EVP_PKEY *
x509_key_generate(struct random *r, const char *type, int bits)
{
	if (strcmp(type, "rsa") == 0)
		return keypair_rsa(r, bits);
	if (strcmp(type, "ed25519") == 0)
		return keypair_ed25519(r);
	for (size_t i = 0; i < sizeof(x509_curves) / sizeof(x509_curves[0]);
	     i++)
		if (strcmp(type, "ec") == 0 && x509_curves[i].bits == bits)
			return keypair_ec(r, OBJ_nid2sn(x509_curves[i].nid));
	return NULL;
}

void
secret_free(void *p, size_t n)
{
	if (p)
		OPENSSL_cleanse(p, n);
	free(p);
}

/* The bytes of a BIO that held a secret; it is wiped. */
static void *
x509_bio_copy_and_wipe(BIO *bio, size_t *n)
{
	char *data;
	long length = BIO_get_mem_data(bio, &data);
	char *copy = xmalloc((size_t)length + 1);

	memcpy(copy, data, (size_t)length);
	copy[length] = '\0';
	OPENSSL_cleanse(data, (size_t)length);
	BIO_free(bio);
	*n = (size_t)length;
	return copy;
}

char *
x509_private_pem(EVP_PKEY *key, bool pkcs8)
{
	BIO *bio = BIO_new(BIO_s_mem());
	size_t n;
	char *text;
	bool ok = bio && key &&
	    (pkcs8 || EVP_PKEY_is_a(key, "ED25519")
		    ? PEM_write_bio_PKCS8PrivateKey(
			  bio, key, NULL, NULL, 0, NULL, NULL)
		    : PEM_write_bio_PrivateKey_traditional(
			  bio, key, NULL, NULL, 0, NULL, NULL)) == 1;

	if (!ok) {
		BIO_free(bio);
		crypto_clear_errors();
		return NULL;
	}
	text = x509_bio_copy_and_wipe(bio, &n);
	while (n > 0 && text[n - 1] == '\n')
		text[--n] = '\0';
	return text;
}

uint8_t *
x509_private_der(EVP_PKEY *key, bool pkcs8, int *n)
{
	BIO *bio = BIO_new(BIO_s_mem());
	size_t length;
	uint8_t *der;
	bool ok = bio &&
	    (pkcs8 || EVP_PKEY_is_a(key, "ED25519")
		    ? i2d_PKCS8PrivateKey_bio(
			  bio, key, NULL, NULL, 0, NULL, NULL)
		    : i2d_PrivateKey_bio(bio, key)) == 1;

	*n = 0;
	if (!ok) {
		BIO_free(bio);
		crypto_clear_errors();
		return NULL;
	}
	der = x509_bio_copy_and_wipe(bio, &length);
	*n = (int)length;
	return der;
}

/* Go reads a curve's name, and none that is spelled out by its numbers. */
static bool
x509_is_known_curve(const EVP_PKEY *key)
{
	char group[64] = "", encoding[64] = "";
	int nid;

	if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1 ||
	    EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING,
		encoding, sizeof(encoding), NULL) != 1 ||
	    strcmp(encoding, OSSL_PKEY_EC_ENCODING_GROUP) != 0)
		return false;
	nid = OBJ_sn2nid(group);
	for (size_t i = 0; i < sizeof(x509_curves) / sizeof(x509_curves[0]);
	     i++)
		if (x509_curves[i].nid == nid)
			return true;
	return false;
}

#define ASN1_ERROR "asn1: structure error: tags don't match"

/* What Go says of a key that none of its three parsers takes. */
static bool
x509_key_refuse(
    struct error *e, const char *first, const char *second, const char *third)
{
	return error_set(e, 400,
	    "failed to parse PEM block: got errors attempting to parse DER "
	    "private key:\n1. %s\n2. %s\n3. %s",
	    first, second, third);
}

/* Kinds of keys that Go does not know are refused by their number. */
static bool
x509_pkcs8_check(
    const PKCS8_PRIV_KEY_INFO *info, const EVP_PKEY *key, struct error *e)
{
	static const char other[] = "x509: failed to parse private key (use "
				    "ParsePKCS8PrivateKey instead for this key "
				    "type)";
	const ASN1_OBJECT *oid = NULL;
	char number[128] = "", why[256];

	if (PKCS8_pkey_get0(&oid, NULL, NULL, NULL, info) != 1)
		oid = NULL;
	switch (oid ? OBJ_obj2nid(oid) : NID_undef) {
	case NID_rsaEncryption:
	case NID_ED25519:
		if (key)
			return true;
		return x509_key_refuse(e, other, other, ASN1_ERROR);
	case NID_X9_62_id_ecPublicKey:
		if (key && x509_is_known_curve(key))
			return true;
		return x509_key_refuse(e, other, other,
		    "x509: failed to parse EC private key embedded in PKCS#8: "
		    "x509: unknown elliptic curve");
	case NID_X25519:
		return error_set(e, 400,
		    "failed to parse PEM block: unknown type for parsed PKCS8 "
		    "Private Key");
	}
	if (oid && OBJ_obj2txt(number, sizeof(number), oid, 1) < 0)
		*number = '\0';
	snprintf(why, sizeof(why),
	    "x509: PKCS#8 wrapping contained private key with unknown "
	    "algorithm: %s",
	    number);
	return x509_key_refuse(e, other, other, why);
}

static EVP_PKEY *
x509_private_from_pkcs8(PKCS8_PRIV_KEY_INFO *info, struct error *e)
{
	EVP_PKEY *key = EVP_PKCS82PKEY(info);

	if (x509_pkcs8_check(info, key, e))
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

EVP_PKEY *
x509_private_from_der(const uint8_t *der, size_t n, struct error *e)
{
	static const char ec[] = "x509: failed to parse private key (use "
				 "ParseECPrivateKey instead for this key type)";
	const unsigned char *at = der;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)n);
	EVP_PKEY *key = NULL;

	if (info) {
		key = x509_private_from_pkcs8(info, e);
	} else if ((at = der,
		       key = d2i_PrivateKey(EVP_PKEY_EC, NULL, &at, (long)n)) !=
	    NULL) {
		if (!x509_is_known_curve(key)) {
			x509_key_refuse(
			    e, "x509: unknown elliptic curve", ec, ec);
			EVP_PKEY_free(key);
			key = NULL;
		}
	} else if ((at = der,
		       key = d2i_PrivateKey(
			   EVP_PKEY_RSA, NULL, &at, (long)n)) == NULL) {
		x509_key_refuse(e, ASN1_ERROR, ASN1_ERROR, ASN1_ERROR);
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	crypto_clear_errors();
	return key;
}

EVP_PKEY *
x509_private_from_pem(const char *pem)
{
	struct arena *a = arena_new();
	struct error none = { 0 };
	struct pem_block block;
	EVP_PKEY *key = NULL;
	bool rest;

	if (pem_next(a, &pem, &block, &rest)) {
		key = x509_private_from_der(block.der, (size_t)block.n, &none);
		pem_block_free(&block);
	}
	arena_free(a);
	return key;
}

/* ---- PEM, DER and serial numbers ---- */

static char *
x509_hex_colons(struct arena *a, const uint8_t *bytes, size_t n)
{
	char *text = arena_alloc(a, n * 3 + 1), *at = text;

	*at = '\0';
	for (size_t i = 0; i < n; i++) {
		if (i)
			*at++ = ':';
		hex_encode(&bytes[i], 1, at);
		at += 2;
	}
	return text;
}

char *
x509_serial_str(struct arena *a, const X509 *cert)
{
	return x509_integer_str(a, X509_get0_serialNumber(cert));
}

char *
x509_authority_key_id_str(struct arena *a, X509 *cert)
{
	const ASN1_OCTET_STRING *id = X509_get0_authority_key_id(cert);

	return id ? x509_hex_colons(a, ASN1_STRING_get0_data(id),
			(size_t)ASN1_STRING_length(id))
		  : arena_strdup(a, "");
}

char *
x509_integer_str(struct arena *a, const ASN1_INTEGER *number)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(number, NULL);
	uint8_t *bytes;
	size_t length;

	if (!n)
		mem_exhausted();
	bytes = arena_alloc(a, (size_t)BN_num_bytes(n) + 1);
	length = (size_t)BN_bn2bin(n, bytes);
	BN_free(n);
	return x509_hex_colons(a, bytes, length);
}

char *
x509_base64(struct arena *a, const uint8_t *der, size_t n)
{
	struct buf out;
	char *text;

	buf_init(&out, 0);
	base64_encode(&out, der, n);
	text = arena_strndup(a, out.p ? out.p : "", out.n);
	OPENSSL_cleanse(out.p, out.n);
	buf_release(&out);
	return text;
}

char *
x509_pem(struct arena *a, const char *label, const uint8_t *der, size_t n)
{
	char *body = x509_base64(a, der, n), *text, *at;
	size_t length = strlen(body);

	at = text = arena_alloc(
	    a, length + length / 64 + 2 * strlen(label) + 64);
	at += sprintf(at, "-----BEGIN %s-----\n", label);
	for (size_t i = 0; i < length; i += 64) {
		size_t line = length - i < 64 ? length - i : 64;

		memcpy(at, body + i, line);
		at[line] = '\n';
		at += line + 1;
	}
	sprintf(at, "-----END %s-----", label);
	return text;
}

uint8_t *
x509_der(struct arena *a, X509 *cert, int *n)
{
	uint8_t *der, *at;

	/* A certificate that is whole can be written unless memory is out. */
	*n = i2d_X509(cert, NULL);
	if (*n <= 0)
		mem_exhausted();
	at = der = arena_alloc(a, (size_t)*n);
	if (i2d_X509(cert, &at) != *n)
		mem_exhausted();
	return der;
}

char *
x509_cert_pem(struct arena *a, X509 *cert)
{
	int n;
	uint8_t *der = x509_der(a, cert, &n);

	return x509_pem(a, "CERTIFICATE", der, (size_t)n);
}

/* All bytes, or it is none. */
X509 *
x509_from_der(const uint8_t *der, size_t n)
{
	const uint8_t *at = der;
	X509 *cert = d2i_X509(NULL, &at, (long)n);

	crypto_clear_errors();
	if (cert && at != der + n) {
		X509_free(cert);
		cert = NULL;
	}
	return cert;
}

X509 *
x509_parse(const uint8_t *der, size_t n, const char **why)
{
	X509 *cert = x509_from_der(der, n);

	*why = cert ? keypair_go_refusal(X509_get_X509_PUBKEY(cert))
		    : "x509: malformed certificate";
	if (!*why)
		return cert;
	X509_free(cert);
	return NULL;
}

/* ---- what a certificate says ---- */

static int64_t
x509_time_seconds(const ASN1_TIME *at)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, rest = 0;

	if (!epoch || ASN1_TIME_diff(&days, &rest, epoch, at) != 1)
		days = rest = 0;
	ASN1_TIME_free(epoch);
	return (int64_t)days * 86400 + rest;
}

int64_t
x509_not_after_s(const X509 *cert)
{
	return x509_time_seconds(X509_get0_notAfter(cert));
}

int64_t
x509_not_before_s(const X509 *cert)
{
	return x509_time_seconds(X509_get0_notBefore(cert));
}

bool
x509_is_issued_by(X509 *cert, X509 *issuer)
{
	bool yes = X509_NAME_cmp(X509_get_issuer_name(cert),
		       X509_get_subject_name(issuer)) == 0 &&
	    X509_verify(cert, X509_get0_pubkey(issuer)) == 1;

	crypto_clear_errors();
	return yes;
}

int
x509_max_path_length(X509 *cert)
{
	return (int)X509_get_pathlen(cert);
}

/* ---- PEM ---- */

bool
pem_next(struct arena *a, const char **text, struct pem_block *out, bool *rest)
{
	BIO *bio = BIO_new_mem_buf(*text, -1);
	char *label = NULL, *header = NULL;
	uint8_t *der = NULL;
	long n = 0;
	bool found = PEM_read_bio(bio, &label, &header, &der, &n) == 1;

	if (found) {
		*text += strlen(*text) - (size_t)BIO_pending(bio);
		out->label = arena_strdup(a, label);
		out->der = xmalloc((size_t)n + 1);
		memcpy(out->der, der, (size_t)n);
		out->n = n;
		OPENSSL_cleanse(der, (size_t)n);
	}
	OPENSSL_free(label);
	OPENSSL_free(header);
	OPENSSL_free(der);
	BIO_free(bio);
	crypto_clear_errors();
	*rest = !found && (*text)[strspn(*text, " \t\r\n")] != '\0';
	return found;
}

void
pem_block_free(struct pem_block *b)
{
	secret_free(b->der, (size_t)b->n);
	b->der = NULL;
}
