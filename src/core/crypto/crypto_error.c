/*
 * The end of a thread's list of OpenSSL's errors, and OpenSSL's memory.
 */
#include "core/crypto/crypto_error.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "base/mem.h"

/* OpenSSL has the program's memory. */
static bool taken_over;

static void *
crypto_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return xmalloc(n);
}

static void *
crypto_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return xrealloc(p, n);
}

static void
crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

bool
crypto_share_memory(void)
{
	return CRYPTO_set_mem_functions(
		   crypto_malloc, crypto_realloc, crypto_free) == 1;
}

bool
crypto_take_memory_over(void)
{
	taken_over = crypto_share_memory();
	return taken_over;
}

void
crypto_clear_errors(void)
{
	unsigned long code;

	while (!taken_over && (code = ERR_get_error()))
		if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
			mem_exhausted();
	ERR_clear_error();
}
