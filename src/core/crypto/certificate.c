/*
 * X.509 over keys from seeded bytes. OpenSSL encodes and signs; the numbers
 * come from world/rng.
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

	PEM_write_bio_X509(bio, cert);
	return keypair_bio_text(bio);
}

static void
certificate_add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
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
certificate_add_alt_names(X509 *cert, const struct certificate_spec *spec)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();

	for (int i = 0; spec->dns_names && spec->dns_names[i]; i++) {
		GENERAL_NAME *g = a2i_GENERAL_NAME(
		    NULL, NULL, NULL, GEN_DNS, spec->dns_names[i], 0);

		if (g)
			sk_GENERAL_NAME_push(names, g);
	}
	for (int i = 0; spec->ip_addresses && spec->ip_addresses[i]; i++) {
		GENERAL_NAME *g = a2i_GENERAL_NAME(
		    NULL, NULL, NULL, GEN_IPADD, spec->ip_addresses[i], 0);

		if (g)
			sk_GENERAL_NAME_push(names, g);
	}
	if (sk_GENERAL_NAME_num(names) > 0)
		X509_add1_ext_i2d(
		    cert, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT);
	GENERAL_NAMES_free(names);
}

static void
certificate_set_serial(X509 *cert, struct random *r)
{
	uint8_t bytes[16];
	BIGNUM *n;

	random_bytes(r, bytes, sizeof(bytes));
	bytes[0] &= 0x7f;
	n = BN_bin2bn(bytes, sizeof(bytes), NULL);
	BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));
	BN_free(n);
}

X509 *
certificate_new(struct random *r, const struct certificate_spec *spec,
    EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);

	X509_set_version(cert, 2);
	certificate_set_serial(cert, r);
	ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)spec->not_before_s);
	ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)spec->not_after_s);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
	    (const unsigned char *)spec->common_name, -1, -1, 0);
	X509_set_issuer_name(
	    cert, issuer ? X509_get_subject_name(issuer) : name);
	certificate_add_extension(cert, issuer ? issuer : cert,
	    NID_basic_constraints,
	    spec->is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	certificate_add_extension(cert, issuer ? issuer : cert, NID_key_usage,
	    spec->is_ca ? "critical,keyCertSign,cRLSign"
			: "critical,digitalSignature,keyEncipherment");
	if (!spec->is_ca)
		certificate_add_extension(cert, issuer ? issuer : cert,
		    NID_ext_key_usage, "serverAuth,clientAuth");
	certificate_add_extension(
	    cert, issuer ? issuer : cert, NID_subject_key_identifier, "hash");
	if (issuer)
		certificate_add_extension(
		    cert, issuer, NID_authority_key_identifier, "keyid");
	certificate_add_alt_names(cert, spec);
	X509_sign(cert, issuer_key ? issuer_key : key, EVP_sha256());
	return cert;
}
