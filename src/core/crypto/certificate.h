/*
 * Certificates made from the instance's own randomness, so that a seed repeats
 * them. Their text is PEM, malloc'ed. Keys: core/crypto/keypair.h.
 */
#ifndef MV_CORE_CRYPTO_CERTIFICATE_H
#define MV_CORE_CRYPTO_CERTIFICATE_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "clock/random.h"

struct cert_request {
	const char *common_name;
	const char *const *dns; /* NULL-terminated */
	const char *const *ip;  /* NULL-terminated */
	bool ca;
	int64_t not_before; /* s since 1970 */
	int64_t not_after;
};

/* issuer and issuer_key NULL: self-signed. */
X509 *keygen_cert(struct rng *r, const struct cert_request *what,
    EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key);
char *keygen_cert_pem(X509 *cert);

#endif
