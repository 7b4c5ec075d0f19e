/*
 * A set of key shares.
 */
#include "core/seal/key_shares.h"

#include <openssl/crypto.h>
#include <string.h>

bool
share_set_add(struct share_set *s, const uint8_t *key, size_t n)
{
	for (int i = 0; i < s->n; i++)
		if (s->list[i].size == n &&
		    CRYPTO_memcmp(s->list[i].bytes, key, n) == 0)
			return false;
	memcpy(s->list[s->n].bytes, key, n);
	s->list[s->n++].size = n;
	return true;
}

void
share_set_clear(struct share_set *s)
{
	OPENSSL_cleanse(s, sizeof(*s));
	s->n = 0;
}
