/*
 * EC, RSA and Ed25519 keys from seeded bytes. OpenSSL does the arithmetic; the
 * bytes come from an instance's own generator. Whatever OpenSSL refuses ends
 * as NULL.
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
#include "core/crypto/crypto_error.h"

/* The key that build describes; build ends here. */
static EVP_PKEY *
keypair_from_params(const char *type, OSSL_PARAM_BLD *build, int selection)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY *key = NULL;

	if (!ctx || !params || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, selection, params) != 1) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_BLD_free(build);
	return key;
}

/* A number of n random bytes: the first has only the bits of keep, and those
 * of set; odd if asked for. */
static bool
keypair_random_number(struct random *r, BIGNUM *out, size_t n, uint8_t keep,
    uint8_t set, bool odd)
{
	uint8_t *bytes = OPENSSL_malloc(n);
	bool ok;

	if (!bytes)
		return false;
	random_bytes(r, bytes, n);
	bytes[0] = (uint8_t)((bytes[0] & keep) | set);
	bytes[n - 1] |= odd;
	ok = BN_bin2bn(bytes, (int)n, out) != NULL;
	OPENSSL_clear_free(bytes, n);
	return ok;
}

/* 1..order-1, by refusing what is too large. */
static BIGNUM *
keypair_random_scalar(struct random *r, const BIGNUM *order)
{
	int n = BN_num_bytes(order), spare = 8 * n - BN_num_bits(order);
	BIGNUM *d = BN_secure_new();

	do {
		if (!d ||
		    !keypair_random_number(
			r, d, (size_t)n, (uint8_t)(0xff >> spare), 0, false)) {
			BN_clear_free(d);
			return NULL;
		}
	} while (BN_is_zero(d) || BN_cmp(d, order) >= 0);
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

static EVP_PKEY *
keypair_ec_from_point(const EC_GROUP *group, const char *curve, const BIGNUM *d,
    const EC_POINT *point)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	unsigned char *pub = NULL;
	size_t n = EC_POINT_point2buf(
	    group, point, POINT_CONVERSION_UNCOMPRESSED, &pub, NULL);
	EVP_PKEY *key = NULL;

	if (build && n > 0 &&
	    OSSL_PARAM_BLD_push_utf8_string(
		build, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) == 1 &&
	    (!d ||
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, d) ==
		    1) &&
	    OSSL_PARAM_BLD_push_octet_string(
		build, OSSL_PKEY_PARAM_PUB_KEY, pub, n) == 1)
		key = keypair_from_params(
		    "EC", build, d ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY);
	else
		OSSL_PARAM_BLD_free(build);
	OPENSSL_free(pub);
	return key;
}

/* The group is given: it takes OpenSSL as long as a signature to make one. */
static EVP_PKEY *
keypair_ec_from_scalar(const EC_GROUP *group, const char *curve,
    const BIGNUM *d, const BIGNUM *x, const BIGNUM *y)
{
	EC_POINT *point = EC_POINT_new(group);
	EVP_PKEY *key = NULL;

	if (point && keypair_set_point(group, point, d, x, y))
		key = keypair_ec_from_point(group, curve, d, point);
	EC_POINT_free(point);
	return key;
}

EVP_PKEY *
keypair_ec_from_numbers(
    const char *curve, const BIGNUM *d, const BIGNUM *x, const BIGNUM *y)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(OBJ_sn2nid(curve));
	EVP_PKEY *key = group ? keypair_ec_from_scalar(group, curve, d, x, y)
			      : NULL;

	EC_GROUP_free(group);
	return key;
}

EVP_PKEY *
keypair_ec(struct random *r, const char *curve)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(OBJ_sn2nid(curve));
	BIGNUM *d = group ? keypair_random_scalar(r, EC_GROUP_get0_order(group))
			  : NULL;
	EVP_PKEY *key = d ? keypair_ec_from_scalar(group, curve, d, NULL, NULL)
			  : NULL;

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

/* One candidate: is it a prime, and p-1 coprime to e? -1: OpenSSL failed. */
static int
keypair_is_rsa_prime(
    const BIGNUM *p, BIGNUM *p_minus_1, const BIGNUM *e, BN_CTX *ctx)
{
	BIGNUM *gcd;
	int found = -1;

	BN_CTX_start(ctx);
	gcd = BN_CTX_get(ctx);
	if (gcd && BN_sub(p_minus_1, p, BN_value_one()) == 1 &&
	    BN_gcd(gcd, p_minus_1, e, ctx) == 1)
		found = BN_is_one(gcd) ? BN_check_prime(p, ctx, NULL) : 0;
	BN_CTX_end(ctx);
	return found;
}

/* A prime of n bytes with its two top bits set, and p-1 coprime to e. */
static BIGNUM *
keypair_random_prime(struct random *r, size_t n, const BIGNUM *e, BN_CTX *ctx)
{
	BIGNUM *p = BN_secure_new(), *p_minus_1 = BN_secure_new();
	int found = 0;

	while (found == 0)
		found = p && p_minus_1 &&
			keypair_random_number(r, p, n, 0xff, 0xc0, true)
		    ? keypair_is_rsa_prime(p, p_minus_1, e, ctx)
		    : -1;
	BN_clear_free(p_minus_1);
	if (found == 1)
		return p;
	BN_clear_free(p);
	return NULL;
}

/* The numbers of a private RSA key, in the order of their names. */
enum rsa_number {
	RSA_NUM_N,
	RSA_NUM_E,
	RSA_NUM_D,
	RSA_NUM_P,
	RSA_NUM_Q,
	RSA_NUM_DP,
	RSA_NUM_DQ,
	RSA_NUM_QI,
	RSA_NUMBERS
};

static const char *const keypair_rsa_names[RSA_NUMBERS] = {
	OSSL_PKEY_PARAM_RSA_N,
	OSSL_PKEY_PARAM_RSA_E,
	OSSL_PKEY_PARAM_RSA_D,
	OSSL_PKEY_PARAM_RSA_FACTOR1,
	OSSL_PKEY_PARAM_RSA_FACTOR2,
	OSSL_PKEY_PARAM_RSA_EXPONENT1,
	OSSL_PKEY_PARAM_RSA_EXPONENT2,
	OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

/* The first count of the numbers, as a key. */
static EVP_PKEY *
keypair_rsa_build(const BIGNUM *const num[], int count, int selection)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	bool ok = build != NULL;

	for (int i = 0; ok && i < count; i++)
		ok = OSSL_PARAM_BLD_push_BN(
			 build, keypair_rsa_names[i], num[i]) == 1;
	if (ok)
		return keypair_from_params("RSA", build, selection);
	OSSL_PARAM_BLD_free(build);
	return NULL;
}

/* All numbers from the primes and e; those of num are the context's. */
static bool
keypair_rsa_compute(const BIGNUM *p, const BIGNUM *q, const BIGNUM *e,
    BIGNUM *num[RSA_NUMBERS], BN_CTX *ctx)
{
	BIGNUM *p1 = BN_CTX_get(ctx), *q1 = BN_CTX_get(ctx);
	BIGNUM *phi = BN_CTX_get(ctx);

	for (int i = 0; i < RSA_NUMBERS; i++)
		num[i] = BN_CTX_get(ctx);
	/* Once one was refused, all later ones are. */
	return num[RSA_NUMBERS - 1] && BN_copy(num[RSA_NUM_E], e) &&
	    BN_copy(num[RSA_NUM_P], p) && BN_copy(num[RSA_NUM_Q], q) &&
	    BN_mul(num[RSA_NUM_N], p, q, ctx) == 1 &&
	    BN_sub(p1, p, BN_value_one()) == 1 &&
	    BN_sub(q1, q, BN_value_one()) == 1 &&
	    BN_mul(phi, p1, q1, ctx) == 1 &&
	    BN_mod_inverse(num[RSA_NUM_D], e, phi, ctx) &&
	    BN_mod(num[RSA_NUM_DP], num[RSA_NUM_D], p1, ctx) == 1 &&
	    BN_mod(num[RSA_NUM_DQ], num[RSA_NUM_D], q1, ctx) == 1 &&
	    BN_mod_inverse(num[RSA_NUM_QI], q, p, ctx);
}

/* The context is a secure one: its numbers are wiped. */
static EVP_PKEY *
keypair_rsa_from_primes(
    const BIGNUM *p, const BIGNUM *q, const BIGNUM *e, BN_CTX *ctx)
{
	BIGNUM *num[RSA_NUMBERS];
	EVP_PKEY *key = NULL;

	BN_CTX_start(ctx);
	if (keypair_rsa_compute(p, q, e, num, ctx))
		key = keypair_rsa_build(
		    (const BIGNUM *const *)num, RSA_NUMBERS, EVP_PKEY_KEYPAIR);
	BN_CTX_end(ctx);
	return key;
}

/* Odd, more than one, and factors of n. */
static bool
keypair_are_factors(
    const BIGNUM *n, const BIGNUM *p, const BIGNUM *q, BN_CTX *ctx)
{
	BIGNUM *product = BN_new();
	bool ok = product && BN_is_odd(p) && BN_is_odd(q) && !BN_is_one(p) &&
	    !BN_is_one(q) && !BN_is_negative(p) && !BN_is_negative(q) &&
	    BN_mul(product, p, q, ctx) == 1 && BN_cmp(product, n) == 0;

	BN_clear_free(product);
	return ok;
}

EVP_PKEY *
keypair_rsa_from_numbers(
    const BIGNUM *n, const BIGNUM *e, const BIGNUM *p, const BIGNUM *q)
{
	const BIGNUM *const public[] = { n, e };
	BN_CTX *ctx;
	EVP_PKEY *key = NULL;

	if (!BN_is_odd(n) || BN_is_negative(n) || !BN_is_odd(e) ||
	    BN_is_one(e) || BN_is_negative(e))
		return NULL;
	if (!p || !q)
		return keypair_rsa_build(public, 2, EVP_PKEY_PUBLIC_KEY);
	ctx = BN_CTX_secure_new();
	if (ctx && keypair_are_factors(n, p, q, ctx))
		key = keypair_rsa_from_primes(p, q, e, ctx);
	BN_CTX_free(ctx);
	return key;
}

/* Two primes of half the bits each, the larger first. */
static bool
keypair_random_primes(struct random *r, size_t half, const BIGNUM *e,
    BIGNUM **p, BIGNUM **q, BN_CTX *ctx)
{
	BIGNUM *swap;

	*p = keypair_random_prime(r, half, e, ctx);
	*q = NULL;
	do {
		BN_clear_free(*q);
		*q = keypair_random_prime(r, half, e, ctx);
	} while (*p && *q && BN_cmp(*p, *q) == 0);
	if (!*p || !*q)
		return false;
	if (BN_cmp(*p, *q) < 0) {
		swap = *p;
		*p = *q;
		*q = swap;
	}
	return true;
}

EVP_PKEY *
keypair_rsa(struct random *r, int bits)
{
	BN_CTX *ctx = BN_CTX_secure_new();
	BIGNUM *e = BN_new(), *p = NULL, *q = NULL;
	EVP_PKEY *key = NULL;

	if (ctx && e && bits >= 16 && BN_set_word(e, RSA_F4) == 1 &&
	    keypair_random_primes(r, (size_t)bits / 16, e, &p, &q, ctx))
		key = keypair_rsa_from_primes(p, q, e, ctx);
	BN_clear_free(p);
	BN_clear_free(q);
	BN_free(e);
	BN_CTX_free(ctx);
	return key;
}

/* Go knows four curves, by name, and points that are not compressed. */
static const char *
keypair_go_refuse_ec(const X509_ALGOR *algorithm, const uint8_t *point, int n,
    const EVP_PKEY *key)
{
	const void *curve = NULL;
	int type = V_ASN1_UNDEF;

	X509_ALGOR_get0(NULL, &type, &curve, algorithm);
	if (type != V_ASN1_OBJECT)
		return "x509: invalid ECDSA parameters";
	switch (OBJ_obj2nid(curve)) {
	case NID_secp224r1:
	case NID_X9_62_prime256v1:
	case NID_secp384r1:
	case NID_secp521r1:
		break;
	default:
		return "x509: unsupported elliptic curve";
	}
	return key && n > 0 && point[0] == POINT_CONVERSION_UNCOMPRESSED
	    ? NULL
	    : "x509: failed to unmarshal elliptic curve point";
}

const char *
keypair_go_refusal(X509_PUBKEY *public)
{
	ASN1_OBJECT *kind = NULL;
	const unsigned char *bytes = NULL;
	X509_ALGOR *algorithm = NULL;
	const EVP_PKEY *key = X509_PUBKEY_get0(public);
	const char *why = NULL;
	int n = 0, type = V_ASN1_UNDEF;

	if (X509_PUBKEY_get0_param(&kind, &bytes, &n, &algorithm, public) != 1)
		return "x509: malformed spki";
	X509_ALGOR_get0(NULL, &type, NULL, algorithm);
	switch (OBJ_obj2nid(kind)) {
	case NID_X9_62_id_ecPublicKey:
		why = keypair_go_refuse_ec(algorithm, bytes, n, key);
		break;
	case NID_rsaEncryption:
		if (type != V_ASN1_NULL)
			why = "x509: RSA key missing NULL parameters";
		else if (!key)
			why = "x509: invalid RSA public key";
		break;
	case NID_ED25519:
		if (type != V_ASN1_UNDEF)
			why = "x509: Ed25519 key encoded with illegal "
			      "parameters";
		else if (n != 32)
			why = "x509: wrong Ed25519 public key size";
		break;
	}
	crypto_clear_errors();
	return why;
}

char *
keypair_bio_text(BIO *bio)
{
	char *data = NULL;
	long n = bio ? BIO_get_mem_data(bio, &data) : 0;
	char *text = n > 0 && data ? xstrndup(data, (size_t)n) : NULL;

	BIO_free(bio);
	return text;
}

char *
keypair_private_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_secmem());

	if (bio && key &&
	    PEM_write_bio_PrivateKey_traditional(
		bio, key, NULL, NULL, 0, NULL, NULL) == 1)
		return keypair_bio_text(bio);
	BIO_free(bio);
	return NULL;
}

char *
keypair_public_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (bio && key && PEM_write_bio_PUBKEY(bio, key) == 1)
		return keypair_bio_text(bio);
	BIO_free(bio);
	return NULL;
}
