/*
 * Certificates and keys of clients, checked before they are used.
 */
#include "core/crypto/client_tls.h"

#include <openssl/err.h>

#include "base/pem.h"

bool
client_tls_has_certificate(const char *pem)
{
	X509 *cert = pem_certificate(pem);

	X509_free(cert);
	ERR_clear_error();
	return cert != NULL;
}

/* As Go's tls.X509KeyPair. */
static bool
client_tls_check_pair(
    const char *certificate, const char *key_pem, struct error *e)
{
	X509 *cert = pem_certificate(certificate);
	EVP_PKEY *key = pem_private_key(key_pem);
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
