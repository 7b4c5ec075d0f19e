/*
 * The texts of the PKI engine: PEM, DER, base64, serial numbers, keys.
 */
#include "secrets/pki/x509.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
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

	if (pkcs8 || EVP_PKEY_is_a(key, "ED25519"))
		PEM_write_bio_PKCS8PrivateKey(
		    bio, key, NULL, NULL, 0, NULL, NULL);
	else
		PEM_write_bio_PrivateKey_traditional(
		    bio, key, NULL, NULL, 0, NULL, NULL);
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

	if (pkcs8 || EVP_PKEY_is_a(key, "ED25519"))
		i2d_PKCS8PrivateKey_bio(bio, key, NULL, NULL, 0, NULL, NULL);
	else
		i2d_PrivateKey_bio(bio, key);
	der = x509_bio_copy_and_wipe(bio, &length);
	*n = (int)length;
	return der;
}

/* An encrypted key has no password here: it is refused, nobody is asked. */
static int
x509_refuse_password(char *out, int size, int writing, void *arg)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

EVP_PKEY *
x509_private_from_pem(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(
	    bio, NULL, x509_refuse_password, NULL);

	BIO_free(bio);
	ERR_clear_error();
	return key;
}

/* ---- texts ---- */

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
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	size_t length = n ? (size_t)BN_num_bytes(n) : 0;
	uint8_t *bytes = arena_alloc(a, length + 1);

	if (n)
		BN_bn2bin(n, bytes);
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

	*n = i2d_X509(cert, NULL);
	at = der = arena_alloc(a, (size_t)*n);
	i2d_X509(cert, &at);
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

	ERR_clear_error();
	if (cert && at != der + n) {
		X509_free(cert);
		cert = NULL;
	}
	return cert;
}

/* ---- what a certificate says ---- */

static int64_t
x509_time_seconds(const ASN1_TIME *at)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, rest = 0;

	ASN1_TIME_diff(&days, &rest, epoch, at);
	ASN1_TIME_free(epoch);
	return (int64_t)days * 86400 + rest;
}

int64_t
x509_not_after_s(const X509 *cert)
{
	return x509_time_seconds(X509_get0_notAfter(cert));
}

bool
x509_is_issued_by(X509 *cert, X509 *issuer)
{
	bool yes = X509_NAME_cmp(X509_get_issuer_name(cert),
		       X509_get_subject_name(issuer)) == 0 &&
	    X509_verify(cert, X509_get0_pubkey(issuer)) == 1;

	ERR_clear_error();
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
	ERR_clear_error();
	*rest = !found && (*text)[strspn(*text, " \t\r\n")] != '\0';
	return found;
}

void
pem_block_free(struct pem_block *b)
{
	secret_free(b->der, (size_t)b->n);
	b->der = NULL;
}
