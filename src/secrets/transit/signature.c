/*
 * Transit's signatures over OpenSSL: ECDSA, Ed25519, RSA-PSS and PKCS #1 v1.5;
 * HMACs.
 */
#include "secrets/transit/signature.h"

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/crypto/crypto_error.h"
#include "secrets/transit/cipher.h"

static const struct transit_hash transit_hashes[] = {
	{ "none", NULL, 0 },
	{ "sha1", "SHA1", 20 },
	{ "sha2-224", "SHA224", 28 },
	{ "sha2-256", "SHA256", 32 },
	{ "sha2-384", "SHA384", 48 },
	{ "sha2-512", "SHA512", 64 },
	{ "sha3-224", "SHA3-224", 28 },
	{ "sha3-256", "SHA3-256", 32 },
	{ "sha3-384", "SHA3-384", 48 },
	{ "sha3-512", "SHA3-512", 64 },
};

const struct transit_hash *
transit_hash_by_name(const char *name)
{
	for (size_t i = 0;
	     i < sizeof(transit_hashes) / sizeof(transit_hashes[0]); i++)
		if (strcmp(transit_hashes[i].name, name) == 0)
			return &transit_hashes[i];
	return NULL;
}

static const EVP_MD *
transit_signature_digest_by_name(const struct transit_hash *hash)
{
	return hash->openssl ? EVP_get_digestbyname(hash->openssl) : NULL;
}

/* OpenSSL looks a digest up by name at every use, unless it is kept. */
static const EVP_MD *
transit_signature_cached_digest(struct transit_version *ver, const char *name)
{
	if (ver->digest_name != name) {
		EVP_MD_free(ver->digest);
		ver->digest = EVP_MD_fetch(NULL, name, NULL);
		ver->digest_name = name;
	}
	return ver->digest;
}

/* One operation: a version of a key, and what it signs or verifies. */
struct transit_sign_work {
	const struct transit_key *k;
	struct transit_version *ver;
	const struct transit_sign_options *how;
	struct slice in; /* the input, or its hash in sum */
	uint8_t sum[EVP_MAX_MD_SIZE];
};

/* The input becomes its hash, if the algorithm signs a hash. */
static bool
transit_signature_hash_input(struct transit_sign_work *w, struct error *e)
{
	const struct transit_hash *hash = w->how->hash;
	const EVP_MD *md;
	unsigned n = 0;

	if (w->k->type->kind == TRANSIT_ED25519 || w->how->prehashed ||
	    !hash->openssl)
		return true;
	md = transit_signature_cached_digest(w->ver, hash->openssl);
	if (!md || EVP_Digest(w->in.p, w->in.n, w->sum, &n, md, NULL) != 1)
		return error_wrap(e, 500, "could not hash the input");
	w->in = (struct slice){ (const char *)w->sum, n };
	return true;
}

/* ---- RSA ---- */

/* Vault 1.19: from the hash's length (-1) to what the key has room for. */
static bool
transit_signature_salt_is_valid(
    const struct transit_key *k, const struct transit_sign_options *how)
{
	int64_t most = k->type->bytes - 2 - how->hash->size;

	return how->salt >= -1 && how->salt <= most;
}

static int
transit_signature_openssl_salt(int64_t salt, bool sign)
{
	if (salt == 0)
		return sign ? RSA_PSS_SALTLEN_MAX : RSA_PSS_SALTLEN_AUTO;
	return salt == -1 ? RSA_PSS_SALTLEN_DIGEST : (int)salt;
}

static bool
transit_signature_rsa_params(
    EVP_PKEY_CTX *ctx, const struct transit_sign_options *how, bool sign)
{
	const EVP_MD *md = transit_signature_digest_by_name(how->hash);
	bool pss = strcmp(how->algorithm, "pkcs1v15") != 0;

	return EVP_PKEY_CTX_set_rsa_padding(
		   ctx, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1 &&
	    (!md || EVP_PKEY_CTX_set_signature_md(ctx, md) == 1) &&
	    (!pss ||
		(EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) == 1 &&
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx,
			transit_signature_openssl_salt(how->salt, sign)) == 1));
}

/* The algorithm and its salt, before anything is computed. */
static bool
transit_signature_rsa_check(const struct transit_key *k,
    const struct transit_sign_options *how, struct error *e)
{
	if (*how->algorithm == '\0' || strcmp(how->algorithm, "pss") == 0)
		return transit_signature_salt_is_valid(k, how) ||
		    error_set(e, 400, "requested salt length %lld is invalid",
			(long long)how->salt);
	if (strcmp(how->algorithm, "pkcs1v15") == 0)
		return true;
	return error_wrap(
	    e, 500, "unsupported rsa signature algorithm %s", how->algorithm);
}

static EVP_PKEY_CTX *
transit_signature_rsa_context(
    EVP_PKEY *pair, const struct transit_sign_options *how, bool sign)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pair, NULL);

	if (ctx &&
	    (sign ? EVP_PKEY_sign_init(ctx) : EVP_PKEY_verify_init(ctx)) == 1 &&
	    transit_signature_rsa_params(ctx, how, sign))
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

static bool
transit_signature_rsa_sign(EVP_PKEY *pair,
    const struct transit_sign_options *how, struct slice in, struct buf *sig,
    struct error *e)
{
	EVP_PKEY_CTX *ctx;
	size_t n = (size_t)EVP_PKEY_get_size(pair);
	bool ok;

	if (how->hash->openssl && in.n != (size_t)how->hash->size)
		return error_wrap(e, 500,
		    "crypto/rsa: input must be hashed "
		    "message");
	buf_reserve(sig, n);
	ctx = transit_signature_rsa_context(pair, how, true);
	ok = ctx &&
	    EVP_PKEY_sign(
		ctx, (uint8_t *)sig->p, &n, (const uint8_t *)in.p, in.n) == 1;
	sig->n = ok ? n : 0;
	EVP_PKEY_CTX_free(ctx);
	crypto_clear_errors();
	return ok ||
	    error_wrap(e, 500,
		"crypto/rsa: message too long for RSA "
		"key size");
}

static bool
transit_signature_rsa_verify(EVP_PKEY *pair,
    const struct transit_sign_options *how, struct slice in, struct slice sig)
{
	EVP_PKEY_CTX *ctx;
	bool ok;

	if (how->hash->openssl && in.n != (size_t)how->hash->size)
		return false;
	ctx = transit_signature_rsa_context(pair, how, false);
	ok = ctx &&
	    EVP_PKEY_verify(ctx, (const uint8_t *)sig.p, sig.n,
		(const uint8_t *)in.p, in.n) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

/* ---- ECDSA ---- */

/* NULL when OpenSSL refuses. */
static EVP_PKEY_CTX *
transit_signature_ec_context(EVP_PKEY *pair, int (*init)(EVP_PKEY_CTX *))
{
	EVP_PKEY_CTX *ctx = pair ? EVP_PKEY_CTX_new(pair, NULL) : NULL;

	if (ctx && init(ctx) == 1)
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

static bool
transit_signature_ec_sign(const struct transit_key *k,
    struct transit_version *ver, struct slice in, struct buf *sig)
{
	EVP_PKEY *pair = transit_version_pair(k->type, ver);
	size_t n = pair ? (size_t)EVP_PKEY_get_size(pair) : 0;

	if (!ver->sign_ctx)
		ver->sign_ctx = transit_signature_ec_context(
		    pair, EVP_PKEY_sign_init);
	if (!ver->sign_ctx)
		return false;
	buf_reserve(sig, n);
	if (EVP_PKEY_sign(ver->sign_ctx, (uint8_t *)sig->p, &n,
		(const uint8_t *)in.p, in.n) != 1)
		return false;
	sig->n = n;
	return true;
}

/* R and S in one coordinate's length each (RFC 7518). */
static bool
transit_signature_der_to_jws(struct buf *sig, int bytes)
{
	const uint8_t *p = (const uint8_t *)sig->p;
	ECDSA_SIG *parts = d2i_ECDSA_SIG(NULL, &p, (long)sig->n);
	uint8_t both[2 * 66];
	bool ok = parts &&
	    BN_bn2binpad(ECDSA_SIG_get0_r(parts), both, bytes) == bytes &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(parts), both + bytes, bytes) == bytes;

	ECDSA_SIG_free(parts);
	buf_clear(sig);
	if (ok)
		buf_add(sig, both, 2 * (size_t)bytes);
	return ok;
}

static ECDSA_SIG *
transit_signature_jws_parse(struct slice sig, struct error *e)
{
	const uint8_t *p = (const uint8_t *)sig.p;
	int half = (int)(sig.n / 2);
	BIGNUM *r = BN_bin2bn(p, half, NULL);
	BIGNUM *s = BN_bin2bn(p + half, (int)sig.n - half, NULL);
	ECDSA_SIG *parts = ECDSA_SIG_new();

	if (parts && ECDSA_SIG_set0(parts, r, s) == 1)
		return parts;
	ECDSA_SIG_free(parts);
	BN_free(r);
	BN_free(s);
	error_set(e, 400, "supplied signature is invalid");
	return NULL;
}

static ECDSA_SIG *
transit_signature_der_parse(struct slice sig, struct error *e)
{
	const uint8_t *p = (const uint8_t *)sig.p;
	ECDSA_SIG *parts = d2i_ECDSA_SIG(NULL, &p, (long)sig.n);

	crypto_clear_errors();
	if (!parts) {
		error_set(e, 400, "supplied signature is invalid");
	} else if (p != (const uint8_t *)sig.p + sig.n) {
		error_set(e, 400, "supplied signature contains extra data");
		ECDSA_SIG_free(parts);
		parts = NULL;
	}
	return parts;
}

/* Larger than any coordinate: no signature, and not worth encoding. */
static bool
transit_signature_is_plausible(const ECDSA_SIG *parts)
{
	const BIGNUM *r = ECDSA_SIG_get0_r(parts);
	const BIGNUM *s = ECDSA_SIG_get0_s(parts);

	return BN_num_bytes(r) <= 66 && BN_num_bytes(s) <= 66 &&
	    !BN_is_negative(r) && !BN_is_negative(s);
}

static bool
transit_signature_ec_verify(
    struct transit_sign_work *w, struct slice sig, bool *valid, struct error *e)
{
	struct transit_version *ver = w->ver;
	ECDSA_SIG *parts = w->how->jws ? transit_signature_jws_parse(sig, e)
				       : transit_signature_der_parse(sig, e);
	unsigned char *der = NULL;
	int n = 0;

	if (!parts)
		return false;
	if (transit_signature_is_plausible(parts))
		n = i2d_ECDSA_SIG(parts, &der);
	ECDSA_SIG_free(parts);
	if (!ver->verify_ctx)
		ver->verify_ctx = transit_signature_ec_context(
		    transit_version_pair(w->k->type, ver),
		    EVP_PKEY_verify_init);
	*valid = n > 0 && ver->verify_ctx &&
	    EVP_PKEY_verify(ver->verify_ctx, der, (size_t)n,
		(const uint8_t *)w->in.p, w->in.n) == 1;
	OPENSSL_free(der);
	return true;
}

/* ---- Ed25519 ---- */

/* The key pair to sign with, the caller's. */
static EVP_PKEY *
transit_signature_ed25519_pair(const struct transit_key *k,
    struct transit_version *ver, struct slice context, struct error *e)
{
	struct error why = { 0 };
	EVP_PKEY *pair;

	if (!k->derived) {
		pair = transit_version_pair(k->type, ver);
		return pair && EVP_PKEY_up_ref(pair) == 1 ? pair : NULL;
	}
	pair = transit_derive_ed25519(k, ver, context, &why);
	if (!pair)
		error_wrap(e, 500, "error deriving key: %s", why.text);
	return pair;
}

static bool
transit_signature_ed25519_sign(EVP_PKEY *pair, struct slice in, struct buf *sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = 64;
	bool ok;

	buf_reserve(sig, n);
	ok = ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, pair) == 1 &&
	    EVP_DigestSign(
		ctx, (uint8_t *)sig->p, &n, (const uint8_t *)in.p, in.n) == 1;
	sig->n = ok ? n : 0;
	EVP_MD_CTX_free(ctx);
	return ok;
}

static bool
transit_signature_ed25519_verify(
    EVP_PKEY *pair, struct slice in, struct slice sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pair) == 1 &&
	    EVP_DigestVerify(ctx, (const uint8_t *)sig.p, sig.n,
		(const uint8_t *)in.p, in.n) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

/* ---- all ---- */

static struct transit_version *
transit_signature_get_version(
    const struct transit_key *k, int64_t wanted, struct error *e)
{
	struct transit_version *ver;
	const char *why = NULL;

	if (wanted < 0)
		why = "requested version for signing is negative";
	else if (wanted > k->latest)
		why = "requested version for signing is higher than the "
		      "latest key version";
	else if (wanted && wanted < k->min_encryption)
		why = "requested version for signing is less than the minimum "
		      "encryption key version";
	ver = why ? NULL : transit_version_get(k, wanted ? wanted : k->latest);
	if (!why && !ver)
		why = "no such key version";
	if (!why && ver->material.n == 0)
		why = "requested version for signing does not contain a "
		      "private part";
	if (!why)
		return ver;
	error_wrap(e, 500, "%s", why);
	return NULL;
}

/* The bytes of the signature into sig; public is set for Ed25519 alone. */
static bool
transit_signature_sign_raw(struct transit_sign_work *w, struct buf *sig,
    uint8_t public[32], struct error *e)
{
	const struct transit_type *type = w->k->type;
	EVP_PKEY *pair;
	size_t n = 32;
	bool ok;

	switch (type->kind) {
	case TRANSIT_EC:
		ok = transit_signature_ec_sign(w->k, w->ver, w->in, sig) &&
		    (!w->how->jws ||
			transit_signature_der_to_jws(sig, type->bytes));
		return ok || error_wrap(e, 500, "signing failed");
	case TRANSIT_RSA:
		/* Vault 1.19: a client's error too comes as a bare one. */
		if (!transit_signature_rsa_check(w->k, w->how, e)) {
			e->status = 500;
			e->wrapped = true;
			return false;
		}
		pair = transit_version_pair(type, w->ver);
		return pair
		    ? transit_signature_rsa_sign(pair, w->how, w->in, sig, e)
		    : error_wrap(e, 500, "signing failed");
	case TRANSIT_ED25519:
		pair = transit_signature_ed25519_pair(
		    w->k, w->ver, w->how->context, e);
		ok = pair && transit_signature_ed25519_sign(pair, w->in, sig) &&
		    EVP_PKEY_get_raw_public_key(pair, public, &n) == 1;
		EVP_PKEY_free(pair);
		return ok || error_wrap(e, 500, "signing failed");
	case TRANSIT_AEAD:
	case TRANSIT_HMAC:
		break;
	}
	return error_wrap(e, 500, "unsupported key type %s", type->name);
}

bool
transit_sign(struct transit_key *k, const struct transit_sign_options *how,
    struct slice input, struct transit_signature *out, struct error *e)
{
	struct transit_sign_work w = { .k = k, .how = how, .in = input };
	struct buf sig;
	bool ok;

	out->derived = k->derived && k->type->kind == TRANSIT_ED25519;
	w.ver = transit_signature_get_version(k, how->version, e);
	if (!w.ver)
		return false;
	buf_init(&sig, 0);
	ok = transit_signature_hash_input(&w, e) &&
	    transit_signature_sign_raw(&w, &sig, out->public, e);
	if (ok) {
		buf_init(&out->text, 0);
		buf_printf(
		    &out->text, "vault:v%lld:", (long long)w.ver->number);
		if (how->jws)
			base64url_encode(&out->text, sig.p, sig.n);
		else
			base64_encode(&out->text, sig.p, sig.n);
	}
	buf_release(&sig);
	crypto_clear_errors();
	return ok;
}

static bool
transit_signature_verify_raw(
    struct transit_sign_work *w, struct slice sig, bool *valid, struct error *e)
{
	const struct transit_type *type = w->k->type;
	EVP_PKEY *pair;

	switch (type->kind) {
	case TRANSIT_EC:
		return transit_signature_ec_verify(w, sig, valid, e);
	case TRANSIT_RSA:
		if (!transit_signature_rsa_check(w->k, w->how, e))
			return false;
		*valid = transit_signature_rsa_verify(
		    transit_version_pair(type, w->ver), w->how, w->in, sig);
		return true;
	case TRANSIT_ED25519:
		pair = transit_signature_ed25519_pair(
		    w->k, w->ver, w->how->context, e);
		*valid = pair &&
		    transit_signature_ed25519_verify(pair, w->in, sig);
		EVP_PKEY_free(pair);
		return pair != NULL;
	case TRANSIT_AEAD:
	case TRANSIT_HMAC:
		break;
	}
	return error_wrap(e, 500, "unsupported key type %s", type->name);
}

bool
transit_verify(struct transit_key *k, const struct transit_sign_options *how,
    struct slice input, struct slice signature, bool *valid, struct error *e)
{
	struct transit_sign_work w = { .k = k, .how = how, .in = input };
	struct slice rest;
	struct buf sig;
	int64_t number;
	bool ok;

	*valid = false;
	if (!transit_split_versioned(
		k, "signature", signature, &number, &rest, e))
		return false;
	buf_init(&sig, 0);
	ok = how->jws ? base64url_decode(&sig, rest.p, rest.n)
		      : base64_decode(&sig, rest.p, rest.n, NULL);
	w.ver = transit_version_get(k, number);
	if (!ok)
		error_set(e, 400, "invalid base64 signature value");
	else if (!w.ver || !transit_version_pair(k->type, w.ver))
		ok = error_set(e, 400, "no such key version");
	else
		ok = transit_signature_hash_input(&w, e) &&
		    transit_signature_verify_raw(&w,
			(struct slice){ sig.n ? sig.p : "", sig.n }, valid, e);
	buf_release(&sig);
	crypto_clear_errors();
	return ok;
}

const struct secret *
transit_hmac_key(const struct transit_key *k, int64_t version, struct error *e)
{
	const struct transit_version *ver;

	if (version < 0)
		error_set(
		    e, 400, "key version does not exist (cannot be negative)");
	else if (version > k->latest)
		error_set(e, 400,
		    "key version does not exist; latest key "
		    "version is %lld",
		    (long long)k->latest);
	else if (!(ver = transit_version_get(k, version)))
		error_set(e, 400, "no such key version");
	else if (k->type->kind == TRANSIT_HMAC)
		return &ver->material;
	else if (ver->hmac.n == 0)
		error_set(e, 400, "no HMAC key exists for that key version");
	else
		return &ver->hmac;
	return NULL;
}

size_t
transit_hmac(const struct secret *key, const struct transit_hash *hash,
    struct slice input, uint8_t *out)
{
	unsigned n = 0;

	return HMAC(transit_signature_digest_by_name(hash), key->p, (int)key->n,
		   (const uint8_t *)input.p, input.n, out, &n)
	    ? n
	    : 0;
}
