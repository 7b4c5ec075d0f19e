/* What OpenSSL has noted about calls that failed, and what it does without
 * memory. */
#ifndef MV_CORE_CRYPTO_CRYPTO_ERROR_H
#define MV_CORE_CRYPTO_CRYPTO_ERROR_H

#include <stdbool.h>

/* From now on OpenSSL takes its memory where the program does: when there is
 * none, the process ends with a word. Else what could not be read for lack of
 * memory would look malformed, and might be remembered as that. For a program
 * of our own, before any other call of OpenSSL; false: it is too late. */
bool crypto_take_memory_over(void);

/* The same memory, but errors that say it is out are believed: for tests, which
 * fail calls of OpenSSL so. */
bool crypto_share_memory(void);

/* Forgets the errors. Ends the process when memory was out, for programs that
 * have an OpenSSL of their own. Where it is taken over it is never out, and
 * OpenSSL says so of keys that are none, too. */
void crypto_clear_errors(void);

#endif
