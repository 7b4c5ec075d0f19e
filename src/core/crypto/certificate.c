/*
 * X.509 over keys from seeded bytes. OpenSSL encodes and signs; the serial
 * numbers come from an instance's own generator. Whatever OpenSSL refuses ends
 * as NULL.
 */
#include "core/crypto/certificate.h"

#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "core/crypto/keypair.h"

char *
certificate_pem(X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (bio && cert && PEM_write_bio_X509(bio, cert) == 1)
		return keypair_bio_text(bio);
	BIO_free(bio);
	return NULL;
}

static bool
certificate_add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	bool ok;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext && X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return ok;
}

/* list NULL: none. */
static bool
certificate_push_names(GENERAL_NAMES *names, int type, const char *const *list)
{
	for (; list && *list; list++) {
		GENERAL_NAME *g = a2i_GENERAL_NAME(
		    NULL, NULL, NULL, type, *list, 0);

		if (!g || sk_GENERAL_NAME_push(names, g) <= 0) {
			GENERAL_NAME_free(g);
			return false;
		}
	}
	return true;
}

static bool
certificate_add_alt_names(X509 *cert, const struct certificate_spec *spec)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	bool ok = names &&
	    certificate_push_names(names, GEN_DNS, spec->dns_names) &&
	    certificate_push_names(names, GEN_IPADD, spec->ip_addresses) &&
	    (sk_GENERAL_NAME_num(names) == 0 ||
		X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0,
		    X509V3_ADD_DEFAULT) == 1);

	GENERAL_NAMES_free(names);
	return ok;
}

static bool
certificate_set_serial(X509 *cert, struct random *r)
{
	uint8_t bytes[16];
	BIGNUM *n;
	bool ok;

	random_bytes(r, bytes, sizeof(bytes));
	bytes[0] &= 0x7f;
	n = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));
	BN_free(n);
	return ok;
}

static bool
certificate_fill(X509 *cert, struct random *r,
    const struct certificate_spec *spec, EVP_PKEY *key, X509 *issuer)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return X509_set_version(cert, X509_VERSION_3) == 1 &&
	    certificate_set_serial(cert, r) &&
	    ASN1_TIME_set(
		X509_getm_notBefore(cert), (time_t)spec->not_before_s) &&
	    ASN1_TIME_set(
		X509_getm_notAfter(cert), (time_t)spec->not_after_s) &&
	    X509_set_pubkey(cert, key) == 1 &&
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
		(const unsigned char *)spec->common_name, -1, -1, 0) == 1 &&
	    X509_set_issuer_name(
		cert, issuer ? X509_get_subject_name(issuer) : name) == 1;
}

static bool
certificate_add_extensions(
    X509 *cert, const struct certificate_spec *spec, X509 *issuer)
{
	X509 *from = issuer ? issuer : cert;

	return certificate_add_extension(cert, from, NID_basic_constraints,
		   spec->is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
	    certificate_add_extension(cert, from, NID_key_usage,
		spec->is_ca ? "critical,keyCertSign,cRLSign"
			    : "critical,digitalSignature,keyEncipherment") &&
	    (spec->is_ca ||
		certificate_add_extension(
		    cert, from, NID_ext_key_usage, "serverAuth,clientAuth")) &&
	    certificate_add_extension(
		cert, from, NID_subject_key_identifier, "hash") &&
	    (!issuer ||
		certificate_add_extension(
		    cert, issuer, NID_authority_key_identifier, "keyid")) &&
	    certificate_add_alt_names(cert, spec);
}

X509 *
certificate_new(struct random *r, const struct certificate_spec *spec,
    EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
	X509 *cert = X509_new();

	if (cert && key && certificate_fill(cert, r, spec, key, issuer) &&
	    certificate_add_extensions(cert, spec, issuer) &&
	    X509_sign(cert, issuer_key ? issuer_key : key, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}
