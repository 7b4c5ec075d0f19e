/*
 * Digests whose result is looked at. OpenSSL refuses these for want of memory
 * alone, which ends the process, so callers never check.
 */
#ifndef MV_CORE_CRYPTO_DIGEST_H
#define MV_CORE_CRYPTO_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SHA1_SIZE 20
#define DIGEST_SHA256_SIZE 32

/* out is n bytes' SHA-1 or SHA-256. */
void digest_sha1(const void *p, size_t n, uint8_t out[DIGEST_SHA1_SIZE]);
void digest_sha256(const void *p, size_t n, uint8_t out[DIGEST_SHA256_SIZE]);
/* out is the HMAC-SHA256 of n bytes under a key of nkey bytes. */
void digest_hmac_sha256(const void *key, size_t nkey, const void *p, size_t n,
    uint8_t out[DIGEST_SHA256_SIZE]);

/* HMAC-SHA256 again and again under one key, which is taken in once;
 * digest_hmac_free wipes it. */
struct digest_hmac;
struct digest_hmac *digest_hmac_new(const void *key, size_t nkey);
void digest_hmac_free(struct digest_hmac *h);
void digest_hmac_of(const struct digest_hmac *h, const void *p, size_t n,
    uint8_t out[DIGEST_SHA256_SIZE]);

#endif
