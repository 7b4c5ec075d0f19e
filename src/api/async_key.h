/*
 * RSA keys made by a thread before a handler needs them: one takes a tenth of a
 * second or more, and the loop must not wait for it.
 */
#ifndef MV_API_ASYNC_KEY_H
#define MV_API_ASYNC_KEY_H

#include <openssl/evp.h>

#include "api/reply.h"

/*
 * For a handler that needs a new RSA key and has changed nothing yet. true: it
 * goes on. false: it returns PENDING, and is called again, from its beginning,
 * when a thread has made the key. With a seed, or without threads, the answer
 * is true and async_key_take_rsa has no key.
 */
bool async_key_prepare_rsa(struct request *req, int bits);
/* The key that a thread made, the caller's now; or NULL. */
EVP_PKEY *async_key_take_rsa(struct request *req, int bits);

#endif
