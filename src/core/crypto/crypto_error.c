/*
 * The end of a thread's list of OpenSSL's errors, and OpenSSL's memory.
 */
#include "core/crypto/crypto_error.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "base/mem.h"

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

/* The same by another name, by which it is known that it is only shared. */
static void *
crypto_shared_malloc(size_t n, const char *file, int line)
{
	return crypto_malloc(n, file, line);
}

bool
crypto_share_memory(void)
{
	return CRYPTO_set_mem_functions(
		   crypto_shared_malloc, crypto_realloc, crypto_free) == 1;
}

bool
crypto_take_memory_over(void)
{
	return CRYPTO_set_mem_functions(
		   crypto_malloc, crypto_realloc, crypto_free) == 1;
}

static bool
crypto_is_taken_over(void)
{
	CRYPTO_malloc_fn allocate = NULL;

	CRYPTO_get_mem_functions(&allocate, NULL, NULL);
	return allocate == crypto_malloc;
}

void
crypto_clear_errors(void)
{
	bool believes = !crypto_is_taken_over();
	unsigned long code;

	while (believes && (code = ERR_get_error()))
		if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
			mem_exhausted();
	ERR_clear_error();
}
