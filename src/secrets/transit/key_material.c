/*
 * Imported key material over OpenSSL's decoders. Texts are those of Vault's
 * keysutil; what a decoder says in Go's words is said once for all.
 */
#include "secrets/transit/key_material.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "core/crypto/crypto_error.h"
#include "core/crypto/keypair.h"
#include "secrets/transit/cipher.h"

const char *
transit_oaep_hash_name(const char *name)
{
	static const char *const names[] = { "SHA1", "SHA224", "SHA256",
		"SHA384", "SHA512" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasecmp(names[i], name) == 0)
			return names[i];
	return NULL;
}

/* ---- the wrapping ---- */

/* AES key wrap with padding (RFC 5649), one way or the other. */
static bool
transit_material_aes_wrap(
    bool wrap, const uint8_t *key, struct slice in, struct buf *out)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-WRAP-PAD", NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0, last = 0;
	bool ok;

	buf_reserve(out, in.n + 24);
	if (ctx)
		EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	ok = cipher && ctx && in.n <= 64 * 1024 &&
	    EVP_CipherInit_ex2(ctx, cipher, key, NULL, wrap, NULL) == 1 &&
	    EVP_CipherUpdate(ctx, (uint8_t *)out->p + out->n, &n,
		(const uint8_t *)in.p, (int)in.n) == 1 &&
	    EVP_CipherFinal_ex(ctx, (uint8_t *)out->p + out->n + n, &last) == 1;
	if (ok)
		out->n += (size_t)(n + last);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	crypto_clear_errors();
	return ok;
}

/* The text is Tink's. */
static bool
transit_material_unwrap_aes(
    const uint8_t *key, struct slice wrapped, struct buf *out, struct error *e)
{
	return (wrapped.n >= 16 && wrapped.n % 8 == 0 &&
		   transit_material_aes_wrap(false, key, wrapped, out)) ||
	    error_wrap(e, 500, "kwp: unwrap failed");
}

bool
transit_unwrap_import(EVP_PKEY *wrapping, const char *hash,
    struct slice wrapped, struct buf *out, struct error *e)
{
	struct buf key;
	bool ok;

	buf_init(&key, 0);
	if (!transit_rsa_crypt(wrapping, false, hash,
		(struct slice){ wrapped.p, TRANSIT_WRAPPED_AES }, &key))
		ok = error_wrap(e, 500, "crypto/rsa: decryption error");
	else if (key.n != 32)
		ok = error_wrap(
		    e, 500, "expected ephemeral AES key to be 256-bit");
	else
		ok = transit_material_unwrap_aes((const uint8_t *)key.p,
		    (struct slice){ wrapped.p + TRANSIT_WRAPPED_AES,
			wrapped.n - TRANSIT_WRAPPED_AES },
		    out, e);
	buf_wipe(&key);
	return ok;
}

/* Vault 1.19: what OpenSSL refuses, a short RSA key for a long hash, is refused
 * in Go's words. */
bool
transit_wrap_export(EVP_PKEY *wrapping, const char *hash, struct slice plain,
    struct random *r, struct buf *out, struct error *e)
{
	uint8_t key[32];
	bool ok = true;

	random_bytes(r, key, sizeof(key));
	if (!transit_rsa_crypt(wrapping, true, hash,
		(struct slice){ (const char *)key, sizeof(key) }, out))
		ok = error_wrap(e, 500,
		    "failed to wrap target key for import: failed to encrypt "
		    "ephemeral wrapping key with public key: crypto/rsa: "
		    "message too long for RSA key size");
	else if (!transit_material_aes_wrap(true, key, plain, out))
		ok = error_wrap(e, 500,
		    "failed to wrap target key for import: failed to wrap "
		    "target key with KWP: kwp: key size to wrap too large");
	OPENSSL_cleanse(key, sizeof(key));
	return ok;
}

/* ---- key pairs ---- */

/* Go's limit on public exponents. */
#define EXPONENT_BITS 31

static BIGNUM *
transit_material_get_bignum(EVP_PKEY *pair, const char *name)
{
	BIGNUM *n = NULL;

	if (EVP_PKEY_get_bn_param(pair, name, &n) != 1)
		return NULL;
	return n;
}

/*
 * The same RSA key, computed anew from its primes, or from its modulus alone:
 * numbers that do not belong together end here, and a key that is marked for
 * PSS alone becomes like any other. NULL: it is no key.
 */
static EVP_PKEY *
transit_material_rebuild_rsa(EVP_PKEY *pair, bool private, int bytes)
{
	BIGNUM *n = transit_material_get_bignum(pair, OSSL_PKEY_PARAM_RSA_N);
	BIGNUM *e = transit_material_get_bignum(pair, OSSL_PKEY_PARAM_RSA_E);
	BIGNUM *p = NULL, *q = NULL;
	EVP_PKEY *made = NULL;

	if (private) {
		p = transit_material_get_bignum(
		    pair, OSSL_PKEY_PARAM_RSA_FACTOR1);
		q = transit_material_get_bignum(
		    pair, OSSL_PKEY_PARAM_RSA_FACTOR2);
	}
	if (n && e && BN_num_bytes(n) == bytes &&
	    BN_num_bits(e) <= EXPONENT_BITS &&
	    (!private ||
		(p && q && BN_num_bytes(p) < bytes && BN_num_bytes(q) < bytes)))
		made = keypair_rsa_from_numbers(n, e, p, q);
	BN_free(n);
	BN_free(e);
	BN_clear_free(p);
	BN_clear_free(q);
	return made;
}

/* Is the private half within bounds, and the public one's? */
static bool
transit_material_ec_is_valid(EVP_PKEY *pair)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pair, NULL);
	bool ok = ctx && EVP_PKEY_private_check(ctx) == 1 &&
	    EVP_PKEY_pairwise_check(ctx) == 1;

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static EVP_PKEY *
transit_material_parse_private(struct slice der, struct error *e)
{
	const unsigned char *p = (const unsigned char *)der.p;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(
	    NULL, &p, (long)der.n);
	EVP_PKEY *pair = info ? EVP_PKCS82PKEY(info) : NULL;

	PKCS8_PRIV_KEY_INFO_free(info);
	crypto_clear_errors();
	if (!pair)
		error_wrap(e, 500,
		    "error parsing asymmetric key: asn1: "
		    "structure error");
	return pair;
}

/* What Go says of the key, NULL when it takes it. */
static const char *
transit_material_public_problem(X509_PUBKEY *public)
{
	ASN1_OBJECT *kind = NULL;
	const char *why = keypair_go_refusal(public);

	if (why || X509_PUBKEY_get0_param(&kind, NULL, NULL, NULL, public) != 1)
		return why ? why : "x509: malformed spki";
	switch (OBJ_obj2nid(kind)) {
	case NID_rsaEncryption:
	case NID_X9_62_id_ecPublicKey:
	case NID_ED25519:
	case NID_X25519:
	case NID_dsa:
		return X509_PUBKEY_get0(public) ? NULL : "x509: malformed spki";
	}
	return "x509: unknown public key algorithm";
}

/* The key of a PEM block of any label. */
static EVP_PKEY *
transit_material_parse_public(struct slice pem, struct error *e)
{
	BIO *bio = pem.n < INT_MAX ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
	char *label = NULL, *header = NULL;
	unsigned char *der = NULL;
	const unsigned char *at;
	X509_PUBKEY *public;
	EVP_PKEY *pair = NULL;
	const char *why = "not in PEM format";
	long n = 0;

	if (bio && PEM_read_bio(bio, &label, &header, &der, &n) == 1) {
		at = der;
		public = d2i_X509_PUBKEY(NULL, &at, n);
		why = public ? transit_material_public_problem(public)
			     : "asn1: structure error: tags don't match";
		pair = why ? NULL : X509_PUBKEY_get(public);
		X509_PUBKEY_free(public);
	}
	OPENSSL_free(label);
	OPENSSL_free(header);
	OPENSSL_free(der);
	BIO_free(bio);
	crypto_clear_errors();
	if (!pair)
		error_wrap(e, 500, "error parsing public key: %s",
		    why ? why : "x509: malformed spki");
	return pair;
}

static const char *
transit_material_go_type(int id, bool private)
{
	switch (id) {
	case EVP_PKEY_RSA:
		return private ? "*rsa.PrivateKey" : "*rsa.PublicKey";
	case EVP_PKEY_EC:
		return private ? "*ecdsa.PrivateKey" : "*ecdsa.PublicKey";
	case EVP_PKEY_ED25519:
		return private ? "ed25519.PrivateKey" : "ed25519.PublicKey";
	}
	return "<nil>";
}

static int
transit_material_pkey_id(const struct transit_type *type)
{
	if (type->kind == TRANSIT_RSA)
		return EVP_PKEY_RSA;
	return type->kind == TRANSIT_EC ? EVP_PKEY_EC : EVP_PKEY_ED25519;
}

static bool
transit_material_check_curve(
    EVP_PKEY *pair, const struct transit_type *type, struct error *e)
{
	static const char *const curves[][2] = { { "prime256v1", "P-256" },
		{ "secp384r1", "P-384" }, { "secp521r1", "P-521" },
		{ "secp224r1", "P-224" } };
	char name[64] = "";
	const char *shown = name;

	if (EVP_PKEY_get_group_name(pair, name, sizeof(name), NULL) == 1 &&
	    strcmp(name, type->openssl) == 0)
		return true;
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (strcmp(curves[i][0], name) == 0)
			shown = curves[i][1];
	return error_wrap(
	    e, 500, "invalid curve: expected %s, got %s", type->label, shown);
}

static bool
transit_material_check_pair(EVP_PKEY *pair, const struct transit_type *type,
    bool private, struct error *e)
{
	int id = EVP_PKEY_get_base_id(pair);

	if (id == EVP_PKEY_RSA_PSS)
		id = EVP_PKEY_RSA;
	if (id != transit_material_pkey_id(type))
		return error_wrap(e, 500,
		    "invalid key type: expected %s, got "
		    "%s",
		    type->name, transit_material_go_type(id, private));
	if (type->kind == TRANSIT_EC)
		return transit_material_check_curve(pair, type, e);
	if (type->kind == TRANSIT_RSA && EVP_PKEY_get_size(pair) != type->bytes)
		return error_wrap(e, 500,
		    "invalid key size: expected %d bytes,"
		    " got %d bytes",
		    type->bytes, EVP_PKEY_get_size(pair));
	return true;
}

static EVP_PKEY *
transit_material_read_pair(const struct transit_type *type, struct slice bytes,
    bool private, struct error *e)
{
	EVP_PKEY *pair = private ? transit_material_parse_private(bytes, e)
				 : transit_material_parse_public(bytes, e);
	EVP_PKEY *good = NULL;

	if (!pair || !transit_material_check_pair(pair, type, private, e)) {
		EVP_PKEY_free(pair);
		return NULL;
	}
	if (type->kind == TRANSIT_RSA)
		good = transit_material_rebuild_rsa(pair, private, type->bytes);
	else if (type->kind != TRANSIT_EC || !private ||
	    transit_material_ec_is_valid(pair))
		good = pair;
	if (good != pair)
		EVP_PKEY_free(pair);
	crypto_clear_errors();
	if (!good)
		error_wrap(e, 500,
		    private ? "error parsing asymmetric key: invalid key"
			    : "error parsing public key: invalid key");
	return good;
}

/* ---- versions ---- */

static bool
transit_material_check_size(
    const struct transit_type *type, size_t n, struct error *e)
{
	bool ok = type->kind == TRANSIT_HMAC
	    ? n >= TRANSIT_HMAC_MIN && n <= TRANSIT_HMAC_MAX
	    : n == (size_t)type->bytes;

	return ok ||
	    error_wrap(e, 500, "invalid key size %zu bytes for key type %s", n,
		type->name);
}

static bool
transit_material_add_version(struct transit_key *k, EVP_PKEY *pair,
    struct slice bytes, bool private, struct random *r, int64_t now_ns)
{
	struct transit_version *ver = transit_version_add(
	    k, k->latest + 1, now_ns);
	uint8_t hmac[32];

	if (!pair) {
		secret_set(&ver->material, bytes.p, bytes.n);
	} else if (!transit_version_set_pair(k->type, ver, pair, private)) {
		transit_version_drop_last(k);
		return false;
	}
	if (k->type->kind == TRANSIT_HMAC) {
		k->size = (int64_t)bytes.n;
		secret_set(&ver->hmac, bytes.p, bytes.n);
	} else {
		random_bytes(r, hmac, sizeof(hmac));
		secret_set(&ver->hmac, hmac, sizeof(hmac));
		OPENSSL_cleanse(hmac, sizeof(hmac));
	}
	k->latest = ver->number;
	if (k->min_decryption == 0)
		k->min_decryption = 1;
	return true;
}

bool
transit_import_material(struct transit_key *k, struct slice bytes, bool private,
    struct random *r, int64_t now_ns, struct error *e)
{
	EVP_PKEY *pair = NULL;

	if (k->derived && k->type->kind == TRANSIT_ED25519 && !private)
		return error_wrap(e, 500,
		    "unable to import only public key for derived Ed25519 key: "
		    "imported key should not be an Ed25519 key pair but is "
		    "instead an HKDF key");
	if (!transit_type_is_asymmetric(k->type)) {
		if (!transit_material_check_size(k->type, bytes.n, e))
			return false;
	} else {
		pair = transit_material_read_pair(k->type, bytes, private, e);
		if (!pair)
			return false;
	}
	return transit_material_add_version(
		   k, pair, bytes, private, r, now_ns) ||
	    error_wrap(e, 500, "error importing key: invalid key");
}

bool
transit_can_import_private(
    const struct transit_key *k, int64_t version, bool private, struct error *e)
{
	const struct transit_version *ver = transit_version_get(k, version);
	const char *why = NULL;

	if (!ver)
		why = "no such key version";
	else if (!transit_type_is_asymmetric(k->type))
		why = "provided type does not support importing key versions";
	else if (ver->material.n)
		why = "private key imported, key version cannot be updated";
	else if (!private)
		why = "cannot add a public key to a key version that already "
		      "has a public key set";
	return !why || error_wrap(e, 500, "%s", why);
}

bool
transit_import_private_half(
    struct transit_key *k, int64_t version, struct slice bytes, struct error *e)
{
	struct transit_version *ver = transit_version_get(k, version);
	EVP_PKEY *pair = transit_material_read_pair(k->type, bytes, true, e);
	EVP_PKEY *public = transit_version_pair(k->type, ver);

	if (!pair)
		return false;
	if (!public || EVP_PKEY_eq(public, pair) != 1) {
		EVP_PKEY_free(pair);
		return error_wrap(
		    e, 500, "cannot import key, key pair does not match");
	}
	return transit_version_set_pair(k->type, ver, pair, true) ||
	    error_wrap(e, 500, "cannot import key, invalid key");
}
