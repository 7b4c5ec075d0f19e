/*
 * bcrypt is the C library's: crypt_r.
 */
#include "core/crypto/bcrypt.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BCRYPT_COST_MAX 13

bool
bcrypt_matches(const char *hash, const char *password)
{
	struct crypt_data *work;
	const char *made;
	size_t n = strlen(hash);
	bool same;

	if (n < 7 || strtol(hash + 4, NULL, 10) > BCRYPT_COST_MAX)
		return false;
	work = xcalloc(1, sizeof(*work));
	made = crypt_r(password, hash, work);
	same = made && strlen(made) == n && CRYPTO_memcmp(made, hash, n) == 0;
	free(work);
	return same;
}
