/*
 * AES-256-GCM by OpenSSL's plain functions: the first cipher that its providers
 * are asked for makes all of them, a third of a start (docs/performance.md).
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/crypto/aes_gcm.h"

#include <openssl/aes.h>
#include <openssl/crypto.h>
#include <openssl/modes.h>

#include "base/mem.h"

static void
aes_gcm_block(
    const unsigned char in[16], unsigned char out[16], const void *key)
{
	AES_encrypt(in, out, key);
}

/* The key's schedule is kept in *schedule as long as the context is used. */
static GCM128_CONTEXT *
aes_gcm_begin(AES_KEY *schedule, const uint8_t key[AES_GCM_KEY_SIZE],
    const uint8_t nonce[AES_GCM_NONCE_SIZE], struct slice extra)
{
	GCM128_CONTEXT *c = NULL;

	if (AES_set_encrypt_key(key, AES_GCM_KEY_SIZE * 8, schedule) == 0)
		c = CRYPTO_gcm128_new(schedule, aes_gcm_block);
	if (!c)
		process_end("OpenSSL cannot encrypt");
	CRYPTO_gcm128_setiv(c, nonce, AES_GCM_NONCE_SIZE);
	if (extra.n > 0 &&
	    CRYPTO_gcm128_aad(c, (const uint8_t *)extra.p, extra.n) != 0)
		process_end("OpenSSL cannot encrypt");
	return c;
}

void
aes_gcm_encrypt(const uint8_t key[AES_GCM_KEY_SIZE],
    const uint8_t nonce[AES_GCM_NONCE_SIZE], struct slice extra,
    const uint8_t *in, size_t n, uint8_t *out, uint8_t tag[AES_GCM_TAG_SIZE])
{
	AES_KEY schedule;
	GCM128_CONTEXT *c = aes_gcm_begin(&schedule, key, nonce, extra);

	if (CRYPTO_gcm128_encrypt(c, in, out, n) != 0)
		process_end("OpenSSL cannot encrypt");
	CRYPTO_gcm128_tag(c, tag, AES_GCM_TAG_SIZE);
	CRYPTO_gcm128_release(c);
	OPENSSL_cleanse(&schedule, sizeof(schedule));
}

bool
aes_gcm_decrypt(const uint8_t key[AES_GCM_KEY_SIZE],
    const uint8_t nonce[AES_GCM_NONCE_SIZE], struct slice extra,
    const uint8_t *in, size_t n, uint8_t *out,
    const uint8_t tag[AES_GCM_TAG_SIZE])
{
	AES_KEY schedule;
	GCM128_CONTEXT *c = aes_gcm_begin(&schedule, key, nonce, extra);
	bool ok = CRYPTO_gcm128_decrypt(c, in, out, n) == 0 &&
	    CRYPTO_gcm128_finish(c, tag, AES_GCM_TAG_SIZE) == 0;

	CRYPTO_gcm128_release(c);
	OPENSSL_cleanse(&schedule, sizeof(schedule));
	if (!ok)
		OPENSSL_cleanse(out, n);
	return ok;
}
