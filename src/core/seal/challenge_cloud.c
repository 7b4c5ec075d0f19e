/*
 * What a challenge has for nodes with auto-unseal. No cloud is called: servers
 * with the same kind of seal have the same key, which is its name.
 */
#include <openssl/crypto.h>
#include <string.h>

#include "core/crypto/digest.h"
#include "core/seal/challenge.h"

#define NONCE_SIZE 16
#define ROOT_KEY_SIZE 32
_Static_assert(NONCE_SIZE + ROOT_KEY_SIZE == CHALLENGE_WRAPPED_SIZE,
    "a nonce and the root key");

/* The root key and this are the other one of both. */
static void
challenge_mask(
    const struct vault *v, const uint8_t *nonce, uint8_t mask[ROOT_KEY_SIZE])
{
	struct buf text;

	buf_init(&text, 0);
	buf_str(&text, seal_type(v));
	buf_add(&text, nonce, NONCE_SIZE);
	digest_sha256(text.p, text.n, mask);
	buf_release(&text);
}

void
challenge_wrap_root_key(struct vault *v, struct buf *out)
{
	const uint8_t *root_key = seal_root_key(v);
	uint8_t nonce[NONCE_SIZE], wrapped[ROOT_KEY_SIZE];

	random_bytes(v->random, nonce, sizeof(nonce));
	challenge_mask(v, nonce, wrapped);
	for (int i = 0; root_key && i < ROOT_KEY_SIZE; i++)
		wrapped[i] ^= root_key[i];
	buf_add(out, nonce, sizeof(nonce));
	buf_add(out, wrapped, sizeof(wrapped));
}

void
challenge_unwrap_root_key(
    struct vault *v, const uint8_t wrapped[CHALLENGE_WRAPPED_SIZE])
{
	uint8_t root_key[ROOT_KEY_SIZE];

	challenge_mask(v, wrapped, root_key);
	for (int i = 0; i < ROOT_KEY_SIZE; i++)
		root_key[i] ^= wrapped[NONCE_SIZE + i];
	seal_unseal_with_root_key(v, root_key);
	OPENSSL_cleanse(root_key, sizeof(root_key));
}
