/*
 * Passwords against bcrypt hashes made elsewhere.
 */
#ifndef MV_CORE_CRYPTO_BCRYPT_H
#define MV_CORE_CRYPTO_BCRYPT_H

#include <stdbool.h>

/* Is it this password's hash? The work doubles with each step of the hash's
 * cost (10: a twentieth of a second); a cost above 13 matches nothing, since
 * the caller waits. */
bool bcrypt_matches(const char *hash, const char *password);

#endif
