/*
 * Keys of identity tokens: made, rotated, published as JWKs, signed with.
 */
#include <ctype.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/json/jsontext.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/crypto/keypair.h"
#include "core/vault.h"
#include "secrets/identity/oidc_keys.h"
#include "secrets/pki/x509.h"

#define OIDC_RSA_BITS 2048

struct algorithm {
	const char *name;
	const char *kind;  /* "RSA", "EC", "OKP" */
	const char *curve; /* OpenSSL's */
	const char *crv;   /* JOSE's */
	const char *digest;
	int size; /* bytes of a coordinate */
};

static const struct algorithm algorithms[] = {
	{ "RS256", "RSA", NULL, NULL, "SHA256", 0 },
	{ "RS384", "RSA", NULL, NULL, "SHA384", 0 },
	{ "RS512", "RSA", NULL, NULL, "SHA512", 0 },
	{ "ES256", "EC", "prime256v1", "P-256", "SHA256", 32 },
	{ "ES384", "EC", "secp384r1", "P-384", "SHA384", 48 },
	{ "ES512", "EC", "secp521r1", "P-521", "SHA512", 66 },
	{ "EdDSA", "OKP", NULL, "Ed25519", NULL, 32 },
};

static const struct algorithm *
oidc_key_algorithm_find(const char *name)
{
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(*algorithms); i++)
		if (name && strcmp(algorithms[i].name, name) == 0)
			return &algorithms[i];
	return NULL;
}

bool
oidc_key_algorithm_is_known(const char *name)
{
	return oidc_key_algorithm_find(name) != NULL;
}

static const char *
oidc_key_json_str(const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return s ? s : "";
}

static int64_t
oidc_key_json_int(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

void
oidc_key_wipe(json_t *key)
{
	json_t *pair, *pem;
	size_t i;

	json_array_foreach (json_object_get(key, "ring"), i, pair) {
		pem = json_object_get(pair, "pem");
		if (pem)
			OPENSSL_cleanse((char *)json_string_value(pem),
			    json_string_length(pem));
	}
}

int
oidc_key_rsa_bits(const json_t *key)
{
	const struct algorithm *a = oidc_key_algorithm_find(
	    oidc_key_json_str(key, "algorithm"));

	return strcmp(a->kind, "RSA") == 0 ? OIDC_RSA_BITS : 0;
}

static EVP_PKEY *
oidc_key_new_pair(struct vault *v, const json_t *key)
{
	const struct algorithm *a = oidc_key_algorithm_find(
	    oidc_key_json_str(key, "algorithm"));
	int bits = oidc_key_rsa_bits(key);

	if (bits)
		return keypair_rsa(v->random, bits);
	return a->curve ? keypair_ec(v->random, a->curve)
			: keypair_ed25519(v->random);
}

bool
oidc_key_rotate(struct vault *v, json_t *key, int64_t ttl_s, EVP_PKEY *pair)
{
	json_t *ring = json_object_get(key, "ring");
	json_t *last = json_array_get(ring, 0);
	int64_t now_s = vault_now(v) / NSEC_PER_SEC;
	char id[UUID_LEN + 1], *pem;

	if (!pair)
		pair = oidc_key_new_pair(v, key);
	pem = pair ? x509_private_pem(pair, true) : NULL;
	EVP_PKEY_free(pair);
	if (!pem)
		return false;
	if (last)
		json_object_set_new(
		    last, "until", json_integer(time_after_ns(now_s, ttl_s)));
	random_uuid(v->random, id);
	json_array_insert_new(ring, 0,
	    json_pack("{s:s, s:s, s:I, s:i}", "kid", id, "pem", pem, "made",
		(json_int_t)now_s, "until", 0));
	secret_free(pem, strlen(pem));
	return true;
}

bool
oidc_key_is_due(struct vault *v, const json_t *key)
{
	const json_t *last = json_array_get(json_object_get(key, "ring"), 0);

	return !last ||
	    oidc_key_json_int(last, "made") +
		oidc_key_json_int(key, "rotation_period") <=
	    vault_now(v) / NSEC_PER_SEC;
}

bool
oidc_key_refresh(struct vault *v, json_t *key, EVP_PKEY *pair)
{
	json_t *ring = json_object_get(key, "ring");
	int64_t now_s = vault_now(v) / NSEC_PER_SEC, until_s;

	for (size_t i = json_array_size(ring); i-- > 0;) {
		until_s = oidc_key_json_int(json_array_get(ring, i), "until");
		if (until_s > 0 && until_s <= now_s)
			json_array_remove(ring, i);
	}
	if (oidc_key_is_due(v, key))
		return oidc_key_rotate(
		    v, key, oidc_key_json_int(key, "verification_ttl"), pair);
	EVP_PKEY_free(pair);
	return true;
}

/* ---- publishing ---- */

static void
oidc_key_jwk_put_bytes(
    json_t *jwk, const char *name, const uint8_t *p, size_t n)
{
	struct buf b;

	buf_init(&b, 0);
	base64url_encode(&b, p, n);
	json_object_set_new(jwk, name, json_stringn(b.p, b.n));
	buf_release(&b);
}

/* A number of the key, `size` bytes long or as long as it is. */
static void
oidc_key_jwk_put_number(
    json_t *jwk, const char *name, EVP_PKEY *key, const char *param, int size)
{
	BIGNUM *n = NULL;
	uint8_t *bytes;

	if (!key || EVP_PKEY_get_bn_param(key, param, &n) != 1)
		return;
	if (size == 0)
		size = BN_num_bytes(n);
	bytes = xmalloc((size_t)size + 1);
	if (BN_bn2binpad(n, bytes, size) == size)
		oidc_key_jwk_put_bytes(jwk, name, bytes, (size_t)size);
	free(bytes);
	BN_free(n);
}

static json_t *
oidc_key_jwk_json(const struct algorithm *a, const json_t *pair)
{
	EVP_PKEY *key = x509_private_from_pem(oidc_key_json_str(pair, "pem"));
	json_t *out = json_pack("{s:s, s:s, s:s}", "use", "sig", "kty", a->kind,
	    "kid", oidc_key_json_str(pair, "kid"));
	uint8_t bytes[32];
	size_t n = sizeof(bytes);

	if (a->crv)
		json_object_set_new(out, "crv", json_string(a->crv));
	json_object_set_new(out, "alg", json_string(a->name));
	if (a->curve) {
		oidc_key_jwk_put_number(
		    out, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, a->size);
		oidc_key_jwk_put_number(
		    out, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, a->size);
	} else if (a->crv) {
		if (key && EVP_PKEY_get_raw_public_key(key, bytes, &n) == 1)
			oidc_key_jwk_put_bytes(out, "x", bytes, n);
	} else {
		oidc_key_jwk_put_number(
		    out, "n", key, OSSL_PKEY_PARAM_RSA_N, 0);
		oidc_key_jwk_put_number(
		    out, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
	}
	EVP_PKEY_free(key);
	return out;
}

void
oidc_key_publish_jwks(struct vault *v, const json_t *key, json_t *out)
{
	const struct algorithm *a = oidc_key_algorithm_find(
	    oidc_key_json_str(key, "algorithm"));
	json_t *pair;
	size_t i;

	json_array_foreach (json_object_get(key, "ring"), i, pair) {
		int64_t until_s = oidc_key_json_int(pair, "until");

		if (until_s == 0 || until_s > vault_now(v) / NSEC_PER_SEC)
			json_array_append_new(out, oidc_key_jwk_json(a, pair));
	}
}

/* ---- signing ---- */

static void
oidc_key_put_base64url_part(struct buf *out, const json_t *part)
{
	struct buf b;

	buf_init(&b, 0);
	jsontext_put(&b, part);
	base64url_encode(out, b.p, b.n);
	buf_release(&b);
}

/* Of the largest RSA key that OpenSSL signs with, 16,384 bits: an imported
 * state may hold one. */
#define SIGNATURE_MAX 2048

/* JOSE wants r and s side by side where OpenSSL makes a sequence. */
static size_t
oidc_key_signature_der_to_jose(uint8_t *signature, size_t n, int size)
{
	const uint8_t *p = signature;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &p, (long)n);
	bool ok = pair &&
	    BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, size) == size &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + size, size) ==
		size;

	ECDSA_SIG_free(pair);
	return ok ? (size_t)size * 2 : 0;
}

static size_t
oidc_key_sign_bytes(const struct algorithm *a, const char *pem,
    const struct buf *what, uint8_t out[SIGNATURE_MAX])
{
	EVP_PKEY *key = x509_private_from_pem(pem);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = SIGNATURE_MAX;
	bool ok = key && ctx &&
	    EVP_DigestSignInit_ex(
		ctx, NULL, a->digest, NULL, NULL, key, NULL) == 1 &&
	    EVP_DigestSign(ctx, out, &n, (const uint8_t *)what->p, what->n) ==
		1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	if (!ok)
		return 0;
	return a->curve ? oidc_key_signature_der_to_jose(out, n, a->size) : n;
}

char *
oidc_key_sign_token(
    struct arena *arena, const json_t *key, const json_t *claims)
{
	const struct algorithm *a = oidc_key_algorithm_find(
	    oidc_key_json_str(key, "algorithm"));
	const json_t *pair = json_array_get(json_object_get(key, "ring"), 0);
	json_t *header = json_pack("{s:s, s:s}", "alg", a->name, "kid",
	    oidc_key_json_str(pair, "kid"));
	uint8_t signature[SIGNATURE_MAX];
	struct buf b;
	char *out;
	size_t n;

	buf_init(&b, 0);
	oidc_key_put_base64url_part(&b, header);
	buf_char(&b, '.');
	oidc_key_put_base64url_part(&b, claims);
	n = oidc_key_sign_bytes(
	    a, oidc_key_json_str(pair, "pem"), &b, signature);
	buf_char(&b, '.');
	base64url_encode(&b, signature, n);
	out = arena_strndup(arena, b.p, b.n);
	buf_release(&b);
	json_decref(header);
	return out;
}

/* ---- verifying ---- */

/* Signing again tells for RSA and Ed25519; curves need the sequence back. */
static size_t
oidc_key_signature_jose_to_der(
    uint8_t *signature, size_t n, int size, uint8_t out[512])
{
	ECDSA_SIG *pair = n == (size_t)size * 2 ? ECDSA_SIG_new() : NULL;
	BIGNUM *r = pair ? BN_bin2bn(signature, size, NULL) : NULL;
	BIGNUM *s = pair ? BN_bin2bn(signature + size, size, NULL) : NULL;
	uint8_t *p = out;
	int made = 0;

	if (r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
		made = i2d_ECDSA_SIG(pair, &p);
	} else {
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(pair);
	return made > 0 ? (size_t)made : 0;
}

static bool
oidc_key_pair_verify(const struct algorithm *a, const json_t *pair,
    const char *what, size_t n, struct buf *signature)
{
	EVP_PKEY *key = x509_private_from_pem(oidc_key_json_str(pair, "pem"));
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[512], *p = (uint8_t *)signature->p;
	size_t size = signature->n;
	bool ok;

	if (a->curve) {
		size = oidc_key_signature_jose_to_der(p, size, a->size, der);
		p = der;
	}
	ok = size > 0 && key && ctx &&
	    EVP_DigestVerifyInit_ex(
		ctx, NULL, a->digest, NULL, NULL, key, NULL) == 1 &&
	    EVP_DigestVerify(ctx, p, size, (const uint8_t *)what, n) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok;
}

/* Is it of one of this key's pairs? */
static bool
oidc_key_is_signer(struct vault *v, const json_t *key, const char *what,
    size_t n, struct buf *signature)
{
	const struct algorithm *a = oidc_key_algorithm_find(
	    oidc_key_json_str(key, "algorithm"));
	json_t *pair;
	size_t i;

	json_array_foreach (json_object_get(key, "ring"), i, pair) {
		int64_t until_s = oidc_key_json_int(pair, "until");

		if ((until_s == 0 || until_s > vault_now(v) / NSEC_PER_SEC) &&
		    oidc_key_pair_verify(a, pair, what, n, signature))
			return true;
	}
	return false;
}

static json_t *
oidc_key_decode_claims(struct arena *a, const char *from, size_t n)
{
	struct buf b;
	char *copy;

	buf_init(&b, 0);
	copy = base64url_decode(&b, from, n) ? arena_strndup(a, b.p, b.n)
					     : NULL;
	buf_release(&b);
	return copy ? json_loads(copy, 0, NULL) : NULL;
}

json_t *
oidc_key_verify_token(
    struct vault *v, struct arena *a, const json_t *keys, const char *token)
{
	const char *claims = strchr(token, '.');
	const char *last = claims ? strchr(claims + 1, '.') : NULL;
	const char *name;
	json_t *key, *out = NULL;
	struct buf signature;

	if (!last)
		return NULL;
	buf_init(&signature, 0);
	if (base64url_decode(&signature, last + 1, strlen(last + 1)))
		json_object_foreach ((json_t *)keys, name, key)
			if (!out &&
			    oidc_key_is_signer(v, key, token,
				(size_t)(last - token), &signature))
				out = oidc_key_decode_claims(
				    a, claims + 1, (size_t)(last - claims - 1));
	buf_release(&signature);
	return out;
}

/* Where Go's decoder of base64url without padding stops; -1: it does not. */
static long
base64url_bad_byte(const char *text, size_t n)
{
	size_t digits = 0, quantum = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\n' || text[i] == '\r')
			continue;
		if (!isalnum((unsigned char)text[i]) && text[i] != '-' &&
		    text[i] != '_')
			return (long)i;
		if (digits++ % 4 == 0)
			quantum = i;
	}
	return digits % 4 == 1 ? (long)quantum : -1;
}

const char *
oidc_token_syntax_problem(struct arena *a, const char *token)
{
	const char *first = strchr(token, '.');
	const char *second = first ? strchr(first + 1, '.') : NULL;
	const char *starts[3], *why = NULL;
	struct error inner = { 0 };
	struct buf header, clean;

	if (!second || strchr(second + 1, '.'))
		return "error parsing token: go-jose/go-jose: compact JWS "
		       "format must have three parts";
	starts[0] = token;
	starts[1] = first + 1;
	starts[2] = second + 1;
	for (int i = 0; i < 3; i++) {
		long bad = base64url_bad_byte(
		    starts[i], strcspn(starts[i], "."));

		if (bad >= 0)
			return arena_printf(a,
			    "error parsing token: illegal base64 data at input "
			    "byte %ld",
			    bad);
	}
	buf_init(&header, 0);
	buf_init(&clean, 0);
	if (base64url_decode(&header, token, (size_t)(first - token)) &&
	    header.n &&
	    jsontext_clean(
		&clean, header.p, header.n, JSONTEXT_DIGITS, &inner) < 0)
		why = arena_printf(a, "error parsing token: %s",
		    strstr(inner.text, "EOF") ? "unexpected end of JSON input"
					      : inner.text);
	buf_release(&header);
	buf_release(&clean);
	return why;
}
