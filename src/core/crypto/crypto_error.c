/*
 * The end of a thread's list of OpenSSL's errors.
 */
#include "core/crypto/crypto_error.h"

#include <openssl/err.h>

#include "base/mem.h"

void
crypto_clear_errors(void)
{
	unsigned long code;

	while ((code = ERR_get_error()))
		if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
			mem_exhausted();
	ERR_clear_error();
}

void
crypto_clear_read_errors(bool was_read)
{
	if (!was_read && !ERR_peek_error())
		mem_exhausted();
	crypto_clear_errors();
}
