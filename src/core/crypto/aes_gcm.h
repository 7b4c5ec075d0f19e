/*
 * AES-256-GCM of a few bytes: root keys, batch tokens, the challenges of nodes.
 * Transit encrypts with OpenSSL's providers (secrets/transit).
 */
#ifndef MV_CORE_CRYPTO_AES_GCM_H
#define MV_CORE_CRYPTO_AES_GCM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define AES_GCM_KEY_SIZE 32
#define AES_GCM_NONCE_SIZE 12
#define AES_GCM_TAG_SIZE 16

/* extra is signed and not encrypted. out takes n bytes and may be in. */
void aes_gcm_encrypt(const uint8_t key[AES_GCM_KEY_SIZE],
    const uint8_t nonce[AES_GCM_NONCE_SIZE], struct slice extra,
    const uint8_t *in, size_t n, uint8_t *out, uint8_t tag[AES_GCM_TAG_SIZE]);
/* false when key, nonce, extra and tag do not belong to these bytes; then out
 * is wiped. */
bool aes_gcm_decrypt(const uint8_t key[AES_GCM_KEY_SIZE],
    const uint8_t nonce[AES_GCM_NONCE_SIZE], struct slice extra,
    const uint8_t *in, size_t n, uint8_t *out,
    const uint8_t tag[AES_GCM_TAG_SIZE]);

#endif
