/*
 * EC and RSA keys from seeded bytes, and X.509 over them. OpenSSL does the
 * arithmetic; the numbers come from world/rng.
 */
#include "core/keygen.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/mem.h"

static EVP_PKEY *
key_from(const char *type, OSSL_PARAM_BLD *build)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY *key = NULL;

	if (ctx && params && EVP_PKEY_fromdata_init(ctx) == 1)
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params);
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* 1..order-1, by refusing what is too large. */
static BIGNUM *
scalar(struct rng *r, const BIGNUM *order)
{
	uint8_t bytes[66];
	int bits = BN_num_bits(order), n = (bits + 7) / 8;
	BIGNUM *d = BN_new();

	do {
		rng_bytes(r, bytes, (size_t)n);
		bytes[0] &= (uint8_t)(0xff >> (n * 8 - bits));
		BN_bin2bn(bytes, n, d);
	} while (BN_is_zero(d) || BN_cmp(d, order) >= 0);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return d;
}

EVP_PKEY *
keygen_ec(struct rng *r, int nid)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(nid);
	EC_POINT *point = EC_POINT_new(group);
	BIGNUM *d = scalar(r, EC_GROUP_get0_order(group));
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	unsigned char pub[2 * 66 + 1];
	size_t n;
	EVP_PKEY *key;

	EC_POINT_mul(group, point, d, NULL, NULL, NULL);
	n = EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED,
	    pub, sizeof(pub), NULL);
	OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
	    OBJ_nid2sn(nid), 0);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, d);
	OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, pub,
	    n);
	key = key_from("EC", build);
	OSSL_PARAM_BLD_free(build);
	BN_clear_free(d);
	EC_POINT_free(point);
	EC_GROUP_free(group);
	return key;
}

EVP_PKEY *
keygen_ec_p256(struct rng *r)
{
	return keygen_ec(r, NID_X9_62_prime256v1);
}

EVP_PKEY *
keygen_ed25519(struct rng *r)
{
	uint8_t bytes[32];
	EVP_PKEY *key;

	rng_bytes(r, bytes, sizeof(bytes));
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes,
	    sizeof(bytes));
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return key;
}

/* A prime of n bytes with its two top bits set, and p-1 coprime to e. */
static BIGNUM *
prime(struct rng *r, int n, const BIGNUM *e, BN_CTX *ctx)
{
	uint8_t bytes[KEYGEN_RSA_MAX / 16];
	BIGNUM *p = BN_new(), *less = BN_new(), *gcd = BN_new();

	for (;;) {
		rng_bytes(r, bytes, (size_t)n);
		bytes[0] |= 0xc0;
		bytes[n - 1] |= 1;
		BN_bin2bn(bytes, n, p);
		BN_sub(less, p, BN_value_one());
		BN_gcd(gcd, less, e, ctx);
		if (BN_is_one(gcd) && BN_check_prime(p, ctx, NULL) == 1)
			break;
	}
	OPENSSL_cleanse(bytes, sizeof(bytes));
	BN_clear_free(less);
	BN_free(gcd);
	return p;
}

static EVP_PKEY *
rsa_of(BIGNUM *p, BIGNUM *q, BIGNUM *e, BN_CTX *ctx)
{
	BIGNUM *n = BN_new(), *d = BN_new(), *p1 = BN_new(), *q1 = BN_new();
	BIGNUM *phi = BN_new(), *dp = BN_new(), *dq = BN_new(), *qi = BN_new();
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY *key;

	BN_mul(n, p, q, ctx);
	BN_sub(p1, p, BN_value_one());
	BN_sub(q1, q, BN_value_one());
	BN_mul(phi, p1, q1, ctx);
	BN_mod_inverse(d, e, phi, ctx);
	BN_mod(dp, d, p1, ctx);
	BN_mod(dq, d, q1, ctx);
	BN_mod_inverse(qi, q, p, ctx);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_D, d);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_FACTOR1, p);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_FACTOR2, q);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_EXPONENT1, dp);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_EXPONENT2, dq);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, qi);
	key = key_from("RSA", build);
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

EVP_PKEY *
keygen_rsa(struct rng *r, int bits)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *e = BN_new(), *p, *q, *swap;
	EVP_PKEY *key;

	BN_set_word(e, RSA_F4);
	p = prime(r, bits / 16, e, ctx);
	do {
		q = prime(r, bits / 16, e, ctx);
	} while (BN_cmp(p, q) == 0 && (BN_free(q), true));
	if (BN_cmp(p, q) < 0) {
		swap = p;
		p = q;
		q = swap;
	}
	key = rsa_of(p, q, e, ctx);
	BN_clear_free(p);
	BN_clear_free(q);
	BN_free(e);
	BN_CTX_free(ctx);
	return key;
}

EVP_PKEY *
keygen_rsa_2048(struct rng *r)
{
	return keygen_rsa(r, 2048);
}

static char *
text_of(BIO *bio)
{
	char *data;
	long n = BIO_get_mem_data(bio, &data);
	char *text = xstrndup(data, (size_t)n);

	BIO_free(bio);
	return text;
}

char *
keygen_private_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL,
	    NULL);
	return text_of(bio);
}

char *
keygen_public_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_PUBKEY(bio, key);
	return text_of(bio);
}

char *
keygen_cert_pem(X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_X509(bio, cert);
	return text_of(bio);
}

static void
add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (ext)
		X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
}

static void
add_names(X509 *cert, const struct cert_request *what)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();

	for (int i = 0; what->dns && what->dns[i]; i++) {
		GENERAL_NAME *g = a2i_GENERAL_NAME(NULL, NULL, NULL, GEN_DNS,
		    what->dns[i], 0);

		if (g)
			sk_GENERAL_NAME_push(names, g);
	}
	for (int i = 0; what->ip && what->ip[i]; i++) {
		GENERAL_NAME *g = a2i_GENERAL_NAME(NULL, NULL, NULL,
		    GEN_IPADD, what->ip[i], 0);

		if (g)
			sk_GENERAL_NAME_push(names, g);
	}
	if (sk_GENERAL_NAME_num(names) > 0)
		X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0,
		    X509V3_ADD_DEFAULT);
	GENERAL_NAMES_free(names);
}

static void
set_serial(X509 *cert, struct rng *r)
{
	uint8_t bytes[16];
	BIGNUM *n;

	rng_bytes(r, bytes, sizeof(bytes));
	bytes[0] &= 0x7f;
	n = BN_bin2bn(bytes, sizeof(bytes), NULL);
	BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));
	BN_free(n);
}

X509 *
keygen_cert(struct rng *r, const struct cert_request *what, EVP_PKEY *key,
    X509 *issuer, EVP_PKEY *issuer_key)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);

	X509_set_version(cert, 2);
	set_serial(cert, r);
	ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)what->not_before);
	ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)what->not_after);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
	    (const unsigned char *)what->common_name, -1, -1, 0);
	X509_set_issuer_name(cert,
	    issuer ? X509_get_subject_name(issuer) : name);
	add_extension(cert, issuer ? issuer : cert, NID_basic_constraints,
	    what->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	add_extension(cert, issuer ? issuer : cert, NID_key_usage,
	    what->ca ? "critical,keyCertSign,cRLSign"
		     : "critical,digitalSignature,keyEncipherment");
	if (!what->ca)
		add_extension(cert, issuer ? issuer : cert, NID_ext_key_usage,
		    "serverAuth,clientAuth");
	add_extension(cert, issuer ? issuer : cert, NID_subject_key_identifier,
	    "hash");
	if (issuer)
		add_extension(cert, issuer, NID_authority_key_identifier,
		    "keyid");
	add_names(cert, what);
	X509_sign(cert, issuer_key ? issuer_key : key, EVP_sha256());
	return cert;
}
