/*
 * Digests and AES-256-GCM say what OpenSSL's providers say.
 */
#include "core/crypto/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "core/crypto/aes_gcm.h"
#include "tests/support/unit.h"

enum { MOST = 200 };

static void
fill(uint8_t *p, size_t n, uint8_t first)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(first + i * 7);
}

START_TEST(hashes)
{
	uint8_t text[MOST], ours[DIGEST_SHA256_SIZE], theirs[EVP_MAX_MD_SIZE];

	fill(text, sizeof(text), 3);
	for (size_t n = 0; n <= MOST; n++) {
		digest_sha1(text, n, ours);
		ck_assert(
		    EVP_Digest(text, n, theirs, NULL, EVP_sha1(), NULL) == 1);
		ck_assert_mem_eq(ours, theirs, DIGEST_SHA1_SIZE);
		digest_sha256(text, n, ours);
		ck_assert(
		    EVP_Digest(text, n, theirs, NULL, EVP_sha256(), NULL) == 1);
		ck_assert_mem_eq(ours, theirs, DIGEST_SHA256_SIZE);
	}
}
END_TEST

START_TEST(signatures_under_keys_of_any_length)
{
	uint8_t key[MOST], text[MOST], ours[DIGEST_SHA256_SIZE];
	uint8_t theirs[EVP_MAX_MD_SIZE];

	fill(key, sizeof(key), 11);
	fill(text, sizeof(text), 5);
	for (size_t n = 0; n <= MOST; n++) {
		struct digest_hmac *h = digest_hmac_new(key, n);

		ck_assert(HMAC(
		    EVP_sha256(), key, (int)n, text, MOST - n, theirs, NULL));
		digest_hmac_sha256(key, n, text, MOST - n, ours);
		ck_assert_mem_eq(ours, theirs, DIGEST_SHA256_SIZE);
		for (int again = 0; again < 2; again++) {
			digest_hmac_of(h, text, MOST - n, ours);
			ck_assert_mem_eq(ours, theirs, DIGEST_SHA256_SIZE);
		}
		digest_hmac_free(h);
	}
}
END_TEST

static void
provider_encrypt(const uint8_t *key, const uint8_t *nonce, struct slice extra,
    const uint8_t *in, size_t n, uint8_t *out, uint8_t *tag)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int made;

	ck_assert(EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce));
	if (extra.n)
		ck_assert(EVP_EncryptUpdate(
		    c, NULL, &made, (const uint8_t *)extra.p, (int)extra.n));
	ck_assert(EVP_EncryptUpdate(c, out, &made, in, (int)n));
	ck_assert(EVP_EncryptFinal_ex(c, out + made, &made));
	ck_assert(EVP_CIPHER_CTX_ctrl(
	    c, EVP_CTRL_GCM_GET_TAG, AES_GCM_TAG_SIZE, tag));
	EVP_CIPHER_CTX_free(c);
}

START_TEST(aes_gcm_of_any_length)
{
	uint8_t key[AES_GCM_KEY_SIZE], nonce[AES_GCM_NONCE_SIZE];
	uint8_t plain[MOST], ours[MOST], theirs[MOST], back[MOST];
	uint8_t tag[AES_GCM_TAG_SIZE], their_tag[AES_GCM_TAG_SIZE];
	static const struct slice extras[] = { { NULL, 0 }, { "\0\0\0\1\2", 5 },
		{ "seventeen letters", 17 } };

	fill(key, sizeof(key), 1);
	fill(nonce, sizeof(nonce), 2);
	fill(plain, sizeof(plain), 9);
	for (size_t n = 1; n <= MOST; n++) {
		struct slice extra = extras[n % 3];

		aes_gcm_encrypt(key, nonce, extra, plain, n, ours, tag);
		provider_encrypt(
		    key, nonce, extra, plain, n, theirs, their_tag);
		ck_assert_mem_eq(ours, theirs, n);
		ck_assert_mem_eq(tag, their_tag, sizeof(tag));
		ck_assert(
		    aes_gcm_decrypt(key, nonce, extra, ours, n, back, tag));
		ck_assert_mem_eq(back, plain, n);
		tag[n % sizeof(tag)] ^= 1;
		ck_assert(
		    !aes_gcm_decrypt(key, nonce, extra, ours, n, back, tag));
		for (size_t i = 0; i < n; i++)
			ck_assert_uint_eq(back[i], 0);
	}
}
END_TEST

UNIT_MAIN("digest", hashes, signatures_under_keys_of_any_length,
    aes_gcm_of_any_length)
