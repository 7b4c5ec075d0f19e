/*
 * Keys and certificates made from the instance's own randomness, so that a seed
 * repeats them. All texts are PEM, malloc'ed.
 */
#ifndef MV_CORE_KEYGEN_H
#define MV_CORE_KEYGEN_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "world/rng.h"

#define KEYGEN_RSA_MAX 8192

/* NULL when OpenSSL refuses (out of memory). A curve by its NID; bits a
 * multiple of 16. */
EVP_PKEY *keygen_ec(struct rng *r, int nid);
EVP_PKEY *keygen_rsa(struct rng *r, int bits);
EVP_PKEY *keygen_ed25519(struct rng *r);
EVP_PKEY *keygen_ec_p256(struct rng *r);
EVP_PKEY *keygen_rsa_2048(struct rng *r);
/* "EC PRIVATE KEY" or "PRIVATE KEY"; "PUBLIC KEY". */
char *keygen_private_pem(EVP_PKEY *key);
char *keygen_public_pem(EVP_PKEY *key);

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
