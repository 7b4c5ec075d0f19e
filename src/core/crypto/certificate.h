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

struct certificate_spec {
	const char *common_name;
	const char *const *dns_names;	 /* NULL-terminated */
	const char *const *ip_addresses; /* NULL-terminated */
	bool is_ca;
	int64_t not_before_s; /* s since 1970 */
	int64_t not_after_s;
};

/* issuer and issuer_key NULL: self-signed. NULL: OpenSSL refuses, as it does
 * names that are none. */
X509 *certificate_new(struct random *r, const struct certificate_spec *spec,
    EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key);
/* NULL when OpenSSL refuses. */
char *certificate_pem(X509 *cert);

#endif
