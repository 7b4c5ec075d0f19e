/* What OpenSSL has noted about calls that failed. */
#ifndef MV_CORE_CRYPTO_CRYPTO_ERROR_H
#define MV_CORE_CRYPTO_CRYPTO_ERROR_H

/* Forgets it. Ends the process when memory was out: the caller would take that for
 * a malformed key or certificate, and might remember it. */
void crypto_clear_errors(void);

#endif
