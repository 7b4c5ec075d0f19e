/* What OpenSSL has noted about calls that failed. */
#ifndef MV_CORE_CRYPTO_CRYPTO_ERROR_H
#define MV_CORE_CRYPTO_CRYPTO_ERROR_H

#include <stdbool.h>

/* Forgets it. Ends the process when memory was out: the caller would take that
 * for a malformed key or certificate, and might remember it. */
void crypto_clear_errors(void);
/* The same after something was read; when it was not, and OpenSSL gives no
 * reason, memory was out as well. */
void crypto_clear_read_errors(bool was_read);

#endif
