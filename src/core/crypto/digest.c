/*
 * SHA-1, SHA-256 and HMAC-SHA256 by OpenSSL's plain functions. Those of its
 * providers look an algorithm up by name at every use, and the first of them
 * makes all algorithms of its kind: a part of each start, and twice the work of
 * a short text. OpenSSL calls the plain ones deprecated and keeps them.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define HMAC_BLOCK 64

static void
digest_check(int ok)
{
	if (ok != 1)
		process_end("OpenSSL cannot hash");
}

void
digest_sha1(const void *p, size_t n, uint8_t out[DIGEST_SHA1_SIZE])
{
	SHA_CTX c;

	digest_check(SHA1_Init(&c));
	digest_check(SHA1_Update(&c, p, n));
	digest_check(SHA1_Final(out, &c));
}

void
digest_sha256(const void *p, size_t n, uint8_t out[DIGEST_SHA256_SIZE])
{
	SHA256_CTX c;

	digest_check(SHA256_Init(&c));
	digest_check(SHA256_Update(&c, p, n));
	digest_check(SHA256_Final(out, &c));
}

/* ---- HMAC, RFC 2104 ---- */

/* The two hashes, each with the key's block behind it. */
struct digest_hmac {
	SHA256_CTX inner, outer;
};

static void
digest_hmac_begin_hash(
    SHA256_CTX *c, const uint8_t key[HMAC_BLOCK], uint8_t pad)
{
	uint8_t block[HMAC_BLOCK];

	for (int i = 0; i < HMAC_BLOCK; i++)
		block[i] = key[i] ^ pad;
	digest_check(SHA256_Init(c));
	digest_check(SHA256_Update(c, block, sizeof(block)));
	OPENSSL_cleanse(block, sizeof(block));
}

static void
digest_hmac_init(struct digest_hmac *h, const void *key, size_t nkey)
{
	uint8_t block[HMAC_BLOCK] = { 0 };

	if (nkey > sizeof(block))
		digest_sha256(key, nkey, block);
	else if (nkey > 0)
		memcpy(block, key, nkey);
	digest_hmac_begin_hash(&h->inner, block, 0x36);
	digest_hmac_begin_hash(&h->outer, block, 0x5c);
	OPENSSL_cleanse(block, sizeof(block));
}

struct digest_hmac *
digest_hmac_new(const void *key, size_t nkey)
{
	struct digest_hmac *h = xmalloc(sizeof(*h));

	digest_hmac_init(h, key, nkey);
	return h;
}

void
digest_hmac_free(struct digest_hmac *h)
{
	if (!h)
		return;
	OPENSSL_cleanse(h, sizeof(*h));
	free(h);
}

void
digest_hmac_of(const struct digest_hmac *h, const void *p, size_t n,
    uint8_t out[DIGEST_SHA256_SIZE])
{
	SHA256_CTX c = h->inner;

	digest_check(SHA256_Update(&c, p, n));
	digest_check(SHA256_Final(out, &c));
	c = h->outer;
	digest_check(SHA256_Update(&c, out, DIGEST_SHA256_SIZE));
	digest_check(SHA256_Final(out, &c));
	OPENSSL_cleanse(&c, sizeof(c));
}

void
digest_hmac_sha256(const void *key, size_t nkey, const void *p, size_t n,
    uint8_t out[DIGEST_SHA256_SIZE])
{
	struct digest_hmac h;

	digest_hmac_init(&h, key, nkey);
	digest_hmac_of(&h, p, n, out);
	OPENSSL_cleanse(&h, sizeof(h));
}
