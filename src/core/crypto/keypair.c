/*
 * EC, RSA and Ed25519 keys from seeded bytes. OpenSSL does the arithmetic; the
 * numbers come from world/rng.
 */
#include "core/crypto/keypair.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

/* Of the largest curve, P-521. */
#define SCALAR_MAX 66
/* A prime of RSA-4096. */
#define PRIME_MAX 256

static EVP_PKEY *
keypair_from_params(const char *type, OSSL_PARAM_BLD *build, int selection)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY *key = NULL;

	if (ctx && params && EVP_PKEY_fromdata_init(ctx) == 1)
		EVP_PKEY_fromdata(ctx, &key, selection, params);
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* 1..order-1, by refusing what is too large. */
static BIGNUM *
keypair_random_scalar(struct random *r, const BIGNUM *order)
{
	uint8_t bytes[SCALAR_MAX];
	int n = BN_num_bytes(order), spare = 8 * n - BN_num_bits(order);
	BIGNUM *d = BN_secure_new();

	do {
		random_bytes(r, bytes, (size_t)n);
		bytes[0] &= (uint8_t)(0xff >> spare);
		BN_bin2bn(bytes, n, d);
	} while (BN_is_zero(d) || BN_cmp(d, order) >= 0);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return d;
}

/* The point of x and y, or of d; false when it is none of the curve. */
static bool
keypair_set_point(const EC_GROUP *group, EC_POINT *point, const BIGNUM *d,
    const BIGNUM *x, const BIGNUM *y)
{
	if (x && y)
		return EC_POINT_set_affine_coordinates(
			   group, point, x, y, NULL) == 1;
	return d && EC_POINT_mul(group, point, d, NULL, NULL, NULL) == 1 &&
	    !EC_POINT_is_at_infinity(group, point);
}

/* The group is given: it takes OpenSSL as long as a signature to make one. */
static EVP_PKEY *
keypair_ec_from_scalar(const EC_GROUP *group, const char *curve,
    const BIGNUM *d, const BIGNUM *x, const BIGNUM *y)
{
	EC_POINT *point = EC_POINT_new(group);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	unsigned char pub[1 + 2 * SCALAR_MAX];
	size_t n;
	EVP_PKEY *key = NULL;

	if (keypair_set_point(group, point, d, x, y)) {
		n = EC_POINT_point2oct(group, point,
		    POINT_CONVERSION_UNCOMPRESSED, pub, sizeof(pub), NULL);
		OSSL_PARAM_BLD_push_utf8_string(
		    build, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0);
		if (d)
			OSSL_PARAM_BLD_push_BN(
			    build, OSSL_PKEY_PARAM_PRIV_KEY, d);
		OSSL_PARAM_BLD_push_octet_string(
		    build, OSSL_PKEY_PARAM_PUB_KEY, pub, n);
		key = keypair_from_params(
		    "EC", build, d ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY);
	}
	OSSL_PARAM_BLD_free(build);
	EC_POINT_free(point);
	return key;
}

EVP_PKEY *
keypair_ec_from_numbers(
    const char *curve, const BIGNUM *d, const BIGNUM *x, const BIGNUM *y)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(OBJ_sn2nid(curve));
	EVP_PKEY *key = keypair_ec_from_scalar(group, curve, d, x, y);

	EC_GROUP_free(group);
	return key;
}

EVP_PKEY *
keypair_ec(struct random *r, const char *curve)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(OBJ_sn2nid(curve));
	BIGNUM *d = keypair_random_scalar(r, EC_GROUP_get0_order(group));
	EVP_PKEY *key = keypair_ec_from_scalar(group, curve, d, NULL, NULL);

	BN_clear_free(d);
	EC_GROUP_free(group);
	return key;
}

EVP_PKEY *
keypair_ed25519(struct random *r)
{
	uint8_t seed[32];
	EVP_PKEY *key;

	random_bytes(r, seed, sizeof(seed));
	key = EVP_PKEY_new_raw_private_key(
	    EVP_PKEY_ED25519, NULL, seed, sizeof(seed));
	OPENSSL_cleanse(seed, sizeof(seed));
	return key;
}

/* A prime of n bytes with its two top bits set, and p-1 coprime to e. */
static BIGNUM *
keypair_random_prime(struct random *r, size_t n, const BIGNUM *e, BN_CTX *ctx)
{
	uint8_t bytes[PRIME_MAX];
	BIGNUM *p = BN_new(), *p_minus_1 = BN_new(), *gcd = BN_new();

	for (;;) {
		random_bytes(r, bytes, n);
		bytes[0] |= 0xc0;
		bytes[n - 1] |= 1;
		BN_bin2bn(bytes, (int)n, p);
		BN_sub(p_minus_1, p, BN_value_one());
		BN_gcd(gcd, p_minus_1, e, ctx);
		if (BN_is_one(gcd) && BN_check_prime(p, ctx, NULL) == 1)
			break;
	}
	OPENSSL_cleanse(bytes, sizeof(bytes));
	BN_clear_free(p_minus_1);
	BN_free(gcd);
	return p;
}

static EVP_PKEY *
keypair_rsa_from_primes(
    const BIGNUM *p, const BIGNUM *q, const BIGNUM *e, BN_CTX *ctx)
{
	BIGNUM *n = BN_new(), *d = BN_new(), *p1 = BN_new(), *q1 = BN_new();
	BIGNUM *phi = BN_new(), *dp = BN_new(), *dq = BN_new(), *qi = BN_new();
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY *key = NULL;

	BN_mul(n, p, q, ctx);
	BN_sub(p1, p, BN_value_one());
	BN_sub(q1, q, BN_value_one());
	BN_mul(phi, p1, q1, ctx);
	if (BN_mod_inverse(d, e, phi, ctx) && BN_mod(dp, d, p1, ctx) &&
	    BN_mod(dq, d, q1, ctx) && BN_mod_inverse(qi, q, p, ctx)) {
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_D, d);
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_FACTOR1, p);
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_FACTOR2, q);
		OSSL_PARAM_BLD_push_BN(
		    build, OSSL_PKEY_PARAM_RSA_EXPONENT1, dp);
		OSSL_PARAM_BLD_push_BN(
		    build, OSSL_PKEY_PARAM_RSA_EXPONENT2, dq);
		OSSL_PARAM_BLD_push_BN(
		    build, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, qi);
		key = keypair_from_params("RSA", build, EVP_PKEY_KEYPAIR);
	}
	OSSL_PARAM_BLD_free(build);
	BN_free(n);
	BN_clear_free(d);
	BN_clear_free(p1);
	BN_clear_free(q1);
	BN_clear_free(phi);
	BN_clear_free(dp);
	BN_clear_free(dq);
	BN_clear_free(qi);
	return key;
}

static EVP_PKEY *
keypair_rsa_public(const BIGNUM *n, const BIGNUM *e)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY *key;

	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
	key = keypair_from_params("RSA", build, EVP_PKEY_PUBLIC_KEY);
	OSSL_PARAM_BLD_free(build);
	return key;
}

/* Odd, more than one, and factors of n. */
static bool
keypair_are_factors(
    const BIGNUM *n, const BIGNUM *p, const BIGNUM *q, BN_CTX *ctx)
{
	BIGNUM *product = BN_new();
	bool ok = BN_is_odd(p) && BN_is_odd(q) && !BN_is_one(p) &&
	    !BN_is_one(q) && !BN_is_negative(p) && !BN_is_negative(q) &&
	    BN_mul(product, p, q, ctx) == 1 && BN_cmp(product, n) == 0;

	BN_clear_free(product);
	return ok;
}

EVP_PKEY *
keypair_rsa_from_numbers(
    const BIGNUM *n, const BIGNUM *e, const BIGNUM *p, const BIGNUM *q)
{
	BN_CTX *ctx;
	EVP_PKEY *key = NULL;

	if (!BN_is_odd(n) || BN_is_negative(n) || !BN_is_odd(e) ||
	    BN_is_one(e) || BN_is_negative(e))
		return NULL;
	if (!p || !q)
		return keypair_rsa_public(n, e);
	ctx = BN_CTX_secure_new();
	if (keypair_are_factors(n, p, q, ctx))
		key = keypair_rsa_from_primes(p, q, e, ctx);
	BN_CTX_free(ctx);
	return key;
}

EVP_PKEY *
keypair_rsa(struct random *r, int bits)
{
	size_t half = (size_t)bits / 16;
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *e = BN_new(), *p, *q, *swap;
	EVP_PKEY *key;

	BN_set_word(e, RSA_F4);
	p = keypair_random_prime(r, half, e, ctx);
	do {
		q = keypair_random_prime(r, half, e, ctx);
	} while (BN_cmp(p, q) == 0 && (BN_free(q), true));
	if (BN_cmp(p, q) < 0) {
		swap = p;
		p = q;
		q = swap;
	}
	key = keypair_rsa_from_primes(p, q, e, ctx);
	BN_clear_free(p);
	BN_clear_free(q);
	BN_free(e);
	BN_CTX_free(ctx);
	return key;
}

char *
keypair_bio_text(BIO *bio)
{
	char *data;
	long n = BIO_get_mem_data(bio, &data);
	char *text = xstrndup(data, (size_t)n);

	BIO_free(bio);
	return text;
}

char *
keypair_private_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_PrivateKey_traditional(
	    bio, key, NULL, NULL, 0, NULL, NULL);
	return keypair_bio_text(bio);
}

char *
keypair_public_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_PUBKEY(bio, key);
	return keypair_bio_text(bio);
}
