/*
 * SHA-1, SHA-256 and HMAC-SHA256 that cannot fail unseen.
 */
#include "core/crypto/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

void
digest_sha1(const void *p, size_t n, uint8_t out[DIGEST_SHA1_SIZE])
{
	if (EVP_Digest(p, n, out, NULL, EVP_sha1(), NULL) != 1)
		abort();
}

void
digest_sha256(const void *p, size_t n, uint8_t out[DIGEST_SHA256_SIZE])
{
	if (EVP_Digest(p, n, out, NULL, EVP_sha256(), NULL) != 1)
		abort();
}

void
digest_hmac_sha256(const void *key, size_t nkey, const void *p, size_t n,
    uint8_t out[DIGEST_SHA256_SIZE])
{
	unsigned length = DIGEST_SHA256_SIZE;

	if (!HMAC(EVP_sha256(), key, (int)nkey, p, n, out, &length))
		abort();
}
