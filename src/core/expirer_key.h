/*
 * RSA keys for what repeats by the clock: a thread makes them, as it does for
 * requests (api/async_key.h).
 */
#ifndef MV_CORE_EXPIRER_KEY_H
#define MV_CORE_EXPIRER_KEY_H

#include <openssl/types.h>

#include "core/expirer.h"

/*
 * Within expire_due, before anything is changed. true: it goes on, and
 * expirer_take_rsa may have a key. false: it leaves this one due and ends; it
 * is called again when the key is there, and the clock goes no way forward
 * until then. With a seed, or without threads or slices, the answer is true.
 */
bool expirer_prepare_rsa(
    struct vault *v, const struct expirer *expirer, int bits);
/* The key that a thread made, the caller's now; or NULL. */
EVP_PKEY *expirer_take_rsa(
    struct vault *v, const struct expirer *expirer, int bits);

#endif
