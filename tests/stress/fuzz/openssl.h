/*
 * For targets that use OpenSSL: it takes its memory as in the program.
 */
#ifndef MV_TESTS_STRESS_FUZZ_OPENSSL_H
#define MV_TESTS_STRESS_FUZZ_OPENSSL_H

#include <stdlib.h>

#include "core/crypto/crypto_error.h"

__attribute__((constructor)) static void
fuzz_take_memory_over(void)
{
	if (!crypto_take_memory_over())
		abort();
}

#endif
