/*
 * Certificates and keys of clients, checked before they are used.
 */
#include "core/crypto/client_tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

static X509 *
client_tls_certificate(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	return cert;
}

/* Vault asks for no pass phrase. */
static int
client_tls_no_password(char *to, int size, int writing, void *arg)
{
	(void)to;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static EVP_PKEY *
client_tls_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = bio
	    ? PEM_read_bio_PrivateKey(bio, NULL, client_tls_no_password, NULL)
	    : NULL;

	BIO_free(bio);
	return key;
}

bool
client_tls_has_certificate(const char *pem)
{
	X509 *cert = client_tls_certificate(pem);

	X509_free(cert);
	ERR_clear_error();
	return cert != NULL;
}

/* As Go's tls.X509KeyPair. */
static bool
client_tls_check_pair(
    const char *certificate, const char *key_pem, struct error *e)
{
	X509 *cert = client_tls_certificate(certificate);
	EVP_PKEY *key = client_tls_key(key_pem);
	bool ok = cert && key && X509_check_private_key(cert, key) == 1;

	if (!cert)
		error_set(e, 400,
		    "tls: failed to find any PEM data in certificate input");
	else if (!key)
		error_set(
		    e, 400, "tls: failed to find any PEM data in key input");
	else if (!ok)
		error_set(e, 400, "tls: private key does not match public key");
	X509_free(cert);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return ok;
}

bool
client_tls_check(
    const char *ca, const char *certificate, const char *key, struct error *e)
{
	bool has_pair = *certificate && *key;

	if (!*ca && !has_pair)
		return error_set(e, 400, "invalid certificate parameters");
	return !has_pair || client_tls_check_pair(certificate, key, e);
}
