/*
 * RSA keys made ahead of a handler: one takes a tenth of a second or more, and
 * the loop must not wait for it.
 */
#ifndef MV_API_ASYNC_KEY_H
#define MV_API_ASYNC_KEY_H

#include <openssl/evp.h>

#include "api/reply.h"

/*
 * For a handler that needs a new RSA key and has changed nothing yet. NULL: it
 * goes on. Else it returns this, and is called anew, from its beginning, when a
 * thread has made the key. With a seed, or without threads, nothing is made
 * ahead.
 */
enum handler_result async_key_prepare_rsa(struct request *req, int bits);
/* The key that was made ahead, the caller's now; or NULL. */
EVP_PKEY *async_key_take_rsa(struct request *req, int bits);

#endif
