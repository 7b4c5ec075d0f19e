/*
 * Buffered random bytes, from the operating system or from a seed.
 */
#include "clock/random.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define RNG_BUFFER 4096

struct rng {
	EVP_CIPHER_CTX *stream; /* NULL: the system's randomness */
	size_t left;
	uint8_t bytes[RNG_BUFFER];
};

struct rng *
rng_new(void)
{
	return xcalloc(1, sizeof(struct rng));
}

struct rng *
rng_new_seeded(uint64_t seed)
{
	struct rng *r = rng_new();
	uint8_t key[32] = { 0 }, iv[16] = { 0 };

	for (int i = 0; i < 8; i++)
		key[i] = (uint8_t)(seed >> (8 * i));
	r->stream = EVP_CIPHER_CTX_new();
	if (!r->stream ||
	    !EVP_EncryptInit_ex(r->stream, EVP_chacha20(), NULL, key, iv))
		abort();
	return r;
}

void
rng_free(struct rng *r)
{
	if (!r)
		return;
	EVP_CIPHER_CTX_free(r->stream);
	OPENSSL_cleanse(r, sizeof(*r));
	free(r);
}

bool
rng_seeded(const struct rng *r)
{
	return r->stream != NULL;
}

static void
refill(struct rng *r)
{
	int n;

	if (r->stream) {
		memset(r->bytes, 0, sizeof(r->bytes));
		if (!EVP_EncryptUpdate(r->stream, r->bytes, &n, r->bytes,
			(int)sizeof(r->bytes)))
			abort();
	} else if (RAND_bytes(r->bytes, (int)sizeof(r->bytes)) != 1) {
		abort();
	}
	r->left = sizeof(r->bytes);
}

void
rng_bytes(struct rng *r, void *out, size_t n)
{
	uint8_t *to = out;

	while (n > 0) {
		size_t take;
		uint8_t *from;

		if (r->left == 0)
			refill(r);
		take = n < r->left ? n : r->left;
		from = r->bytes + sizeof(r->bytes) - r->left;
		memcpy(to, from, take);
		memset(from, 0, take);
		r->left -= take;
		to += take;
		n -= take;
	}
}

static uint64_t
rng_u64(struct rng *r)
{
	uint64_t v;

	rng_bytes(r, &v, sizeof(v));
	return v;
}

uint64_t
rng_below(struct rng *r, uint64_t n)
{
	uint64_t limit = UINT64_MAX - UINT64_MAX % n;
	uint64_t v;

	do {
		v = rng_u64(r);
	} while (v >= limit);
	return v % n;
}

void
rng_base62(struct rng *r, char *out, size_t n)
{
	static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz";
	size_t i = 0;

	while (i < n) {
		uint8_t drawn[64];
		size_t k = n - i < sizeof(drawn) ? n - i : sizeof(drawn);

		rng_bytes(r, drawn, k);
		for (size_t j = 0; j < k; j++)
			if (drawn[j] < 248)
				out[i++] = alphabet[drawn[j] % 62];
	}
	out[n] = '\0';
}

void
rng_uuid(struct rng *r, char out[37])
{
	uint8_t bytes[16];

	rng_bytes(r, bytes, sizeof(bytes));
	uuid_format(bytes, out);
}

void
rng_hex(struct rng *r, char *out, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		uint8_t b;

		rng_bytes(r, &b, 1);
		out[i] = digits[b & 15];
	}
	out[n] = '\0';
}
