/*
 * Keys of identity tokens: made, rotated, published as JWKs, signed with.
 */
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/duration.h"
#include "base/json/json_text.h"
#include "base/text.h"
#include "core/crypto/keypair.h"
#include "core/vault.h"
#include "secrets/identity/oidc_keys.h"
#include "secrets/pki/x509.h"

struct algorithm {
	const char *name;
	const char *kind; /* "RSA", "EC", "OKP" */
	const char *curve; /* OpenSSL's */
	const char *crv; /* JOSE's */
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
algorithm(const char *name)
{
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(*algorithms); i++)
		if (name && strcmp(algorithms[i].name, name) == 0)
			return &algorithms[i];
	return NULL;
}

bool
oidc_algorithm_known(const char *name)
{
	return algorithm(name) != NULL;
}

static const char *
text(const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return s ? s : "";
}

static int64_t
number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

void
oidc_wipe(json_t *key)
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

static EVP_PKEY *
generate(struct vault *v, const struct algorithm *a)
{
	if (strcmp(a->kind, "RSA") == 0)
		return keypair_rsa(v->rng, 2048);
	return a->curve ? keypair_ec(v->rng, a->curve)
			: keypair_ed25519(v->rng);
}

void
oidc_rotate(struct vault *v, json_t *key, int64_t ttl)
{
	json_t *ring = json_object_get(key, "ring");
	json_t *last = json_array_get(ring, 0);
	int64_t now = vault_now(v) / NSEC;
	char id[UUID_LEN + 1], *pem;
	EVP_PKEY *pair = generate(v, algorithm(text(key, "algorithm")));

	if (last)
		json_object_set_new(last, "until", json_integer(now + ttl));
	pem = x509_private_pem(pair, true);
	rng_uuid(v->rng, id);
	json_array_insert_new(ring, 0,
	    json_pack("{s:s, s:s, s:I, s:i}", "kid", id, "pem", pem, "made",
		(json_int_t)now, "until", 0));
	secret_free(pem, strlen(pem));
	EVP_PKEY_free(pair);
}

bool
oidc_refresh(struct vault *v, json_t *key)
{
	json_t *ring = json_object_get(key, "ring");
	int64_t now = vault_now(v) / NSEC, until;
	bool changed = false;

	for (size_t i = json_array_size(ring); i-- > 0;) {
		until = number(json_array_get(ring, i), "until");
		if (until > 0 && until <= now) {
			json_array_remove(ring, i);
			changed = true;
		}
	}
	if (json_array_size(ring) > 0 &&
	    number(json_array_get(ring, 0), "made") +
		    number(key, "rotation_period") > now)
		return changed;
	oidc_rotate(v, key, number(key, "verification_ttl"));
	return true;
}

/* ---- publishing ---- */

static void
put_bytes(json_t *jwk, const char *name, const uint8_t *p, size_t n)
{
	struct buf b;

	buf_init(&b, 0);
	base64url_encode(&b, p, n);
	json_object_set_new(jwk, name, json_stringn(b.p, b.n));
	buf_release(&b);
}

/* A number of the key, `size` bytes long or as long as it is. */
static void
put_number(json_t *jwk, const char *name, EVP_PKEY *key, const char *param,
    int size)
{
	BIGNUM *n = NULL;
	uint8_t bytes[512];

	if (!EVP_PKEY_get_bn_param(key, param, &n))
		return;
	if (size == 0)
		size = BN_num_bytes(n);
	BN_bn2binpad(n, bytes, size);
	put_bytes(jwk, name, bytes, (size_t)size);
	BN_free(n);
}

static json_t *
jwk(const struct algorithm *a, const json_t *pair)
{
	EVP_PKEY *key = x509_private_read(text(pair, "pem"));
	json_t *out = json_pack("{s:s, s:s, s:s, s:s}", "use", "sig", "kty",
	    a->kind, "kid", text(pair, "kid"), "alg", a->name);
	uint8_t bytes[32];
	size_t n = sizeof(bytes);

	if (a->crv)
		json_object_set_new(out, "crv", json_string(a->crv));
	if (a->curve) {
		put_number(out, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, a->size);
		put_number(out, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, a->size);
	} else if (a->crv) {
		EVP_PKEY_get_raw_public_key(key, bytes, &n);
		put_bytes(out, "x", bytes, n);
	} else {
		put_number(out, "n", key, OSSL_PKEY_PARAM_RSA_N, 0);
		put_number(out, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
	}
	EVP_PKEY_free(key);
	return out;
}

void
oidc_publish(struct vault *v, const json_t *key, json_t *out)
{
	const struct algorithm *a = algorithm(text(key, "algorithm"));
	json_t *pair;
	size_t i;

	json_array_foreach (json_object_get(key, "ring"), i, pair) {
		int64_t until = number(pair, "until");

		if (until == 0 || until > vault_now(v) / NSEC)
			json_array_append_new(out, jwk(a, pair));
	}
}

/* ---- signing ---- */

static void
put_part(struct buf *out, const json_t *part)
{
	struct buf b;

	buf_init(&b, 0);
	jtext_put(&b, part);
	base64url_encode(out, b.p, b.n);
	buf_release(&b);
}

/* JOSE wants r and s side by side where OpenSSL makes a sequence. */
static size_t
joined(uint8_t *signature, size_t n, int size)
{
	const uint8_t *p = signature;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &p, (long)n);

	BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, size);
	BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + size, size);
	ECDSA_SIG_free(pair);
	return (size_t)size * 2;
}

static size_t
sign(const struct algorithm *a, const char *pem, const struct buf *what,
    uint8_t out[512])
{
	EVP_PKEY *key = x509_private_read(pem);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = 512;
	bool ok = EVP_DigestSignInit_ex(ctx, NULL, a->digest, NULL, NULL, key,
		      NULL) == 1 &&
	    EVP_DigestSign(ctx, out, &n, (const uint8_t *)what->p, what->n) ==
		1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	if (!ok)
		return 0;
	return a->curve ? joined(out, n, a->size) : n;
}

char *
oidc_sign(struct arena *arena, const json_t *key, const json_t *claims)
{
	const struct algorithm *a = algorithm(text(key, "algorithm"));
	const json_t *pair = json_array_get(json_object_get(key, "ring"), 0);
	json_t *header = json_pack("{s:s, s:s}", "alg", a->name, "kid",
	    text(pair, "kid"));
	uint8_t signature[512];
	struct buf b;
	char *out;
	size_t n;

	buf_init(&b, 0);
	put_part(&b, header);
	buf_char(&b, '.');
	put_part(&b, claims);
	n = sign(a, text(pair, "pem"), &b, signature);
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
sequence(uint8_t *signature, size_t n, int size, uint8_t out[512])
{
	ECDSA_SIG *pair = ECDSA_SIG_new();
	uint8_t *p = out;
	int made;

	if (n != (size_t)size * 2) {
		ECDSA_SIG_free(pair);
		return 0;
	}
	ECDSA_SIG_set0(pair, BN_bin2bn(signature, size, NULL),
	    BN_bin2bn(signature + size, size, NULL));
	made = i2d_ECDSA_SIG(pair, &p);
	ECDSA_SIG_free(pair);
	return made > 0 ? (size_t)made : 0;
}

static bool
signed_by(const struct algorithm *a, const json_t *pair, const char *what,
    size_t n, struct buf *signature)
{
	EVP_PKEY *key = x509_private_read(text(pair, "pem"));
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[512], *p = (uint8_t *)signature->p;
	size_t size = signature->n;
	bool ok;

	if (a->curve) {
		size = sequence(p, size, a->size, der);
		p = der;
	}
	ok = size > 0 &&
	    EVP_DigestVerifyInit_ex(ctx, NULL, a->digest, NULL, NULL, key,
		NULL) == 1 &&
	    EVP_DigestVerify(ctx, p, size, (const uint8_t *)what, n) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok;
}

/* Is it of one of this key's pairs? */
static bool
of_key(struct vault *v, const json_t *key, const char *what, size_t n,
    struct buf *signature)
{
	const struct algorithm *a = algorithm(text(key, "algorithm"));
	json_t *pair;
	size_t i;

	json_array_foreach (json_object_get(key, "ring"), i, pair) {
		int64_t until = number(pair, "until");

		if ((until == 0 || until > vault_now(v) / NSEC) &&
		    signed_by(a, pair, what, n, signature))
			return true;
	}
	return false;
}

static json_t *
claims_of(struct arena *a, const char *from, size_t n)
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
oidc_verify(struct vault *v, struct arena *a, const json_t *keys,
    const char *token)
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
			    of_key(v, key, token, (size_t)(last - token),
				&signature))
				out = claims_of(a, claims + 1,
				    (size_t)(last - claims - 1));
	buf_release(&signature);
	return out;
}
