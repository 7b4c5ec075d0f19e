/*
 * Buffered random bytes, from the operating system or from a seed.
 */
#include "clock/random.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/mem.h"
#include "base/text.h"

#define RANDOM_BUFFER_SIZE 4096

struct random {
	EVP_CIPHER_CTX *stream; /* NULL: the system's randomness */
	size_t left;
	uint8_t bytes[RANDOM_BUFFER_SIZE];
};

struct random *
random_new(void)
{
	return xcalloc(1, sizeof(struct random));
}

struct random *
random_new_seeded(uint64_t seed)
{
	struct random *r = random_new();

	random_seed(r, seed);
	return r;
}

void
random_seed(struct random *r, uint64_t seed)
{
	uint8_t key[32] = { 0 }, iv[16] = { 0 };

	for (int i = 0; i < 8; i++)
		key[i] = (uint8_t)(seed >> (8 * i));
	r->left = 0;
	if (!r->stream)
		r->stream = EVP_CIPHER_CTX_new();
	if (!r->stream ||
	    !EVP_EncryptInit_ex(r->stream, EVP_chacha20(), NULL, key, iv))
		process_end("OpenSSL cannot set up a cipher");
}

void
random_free(struct random *r)
{
	if (!r)
		return;
	EVP_CIPHER_CTX_free(r->stream);
	OPENSSL_cleanse(r, sizeof(*r));
	free(r);
}

bool
random_is_seeded(const struct random *r)
{
	return r->stream != NULL;
}

/* OpenSSL's generator would be made at every start for the first few bytes:
 * a quarter of all that a start takes. */
static void
random_read_system(uint8_t *out, size_t n)
{
	while (n > 0) {
		ssize_t got = getrandom(out, n, 0);

		if (got < 0 && errno != EINTR)
			process_end("the system has no random bytes");
		if (got > 0) {
			out += got;
			n -= (size_t)got;
		}
	}
}

static void
random_refill(struct random *r)
{
	int n;

	if (r->stream) {
		memset(r->bytes, 0, sizeof(r->bytes));
		if (!EVP_EncryptUpdate(r->stream, r->bytes, &n, r->bytes,
			(int)sizeof(r->bytes)))
			process_end("OpenSSL cannot encrypt");
	} else {
		random_read_system(r->bytes, sizeof(r->bytes));
	}
	r->left = sizeof(r->bytes);
}

void
random_bytes(struct random *r, void *out, size_t n)
{
	uint8_t *to = out;

	while (n > 0) {
		size_t part;
		uint8_t *from;

		if (r->left == 0)
			random_refill(r);
		part = n < r->left ? n : r->left;
		from = r->bytes + sizeof(r->bytes) - r->left;
		memcpy(to, from, part);
		memset(from, 0, part);
		r->left -= part;
		to += part;
		n -= part;
	}
}

uint64_t
random_below(struct random *r, uint64_t n)
{
	uint64_t limit = UINT64_MAX - UINT64_MAX % n;
	uint64_t v;

	do {
		random_bytes(r, &v, sizeof(v));
	} while (v >= limit);
	return v % n;
}

void
random_base62(struct random *r, char *out, size_t n)
{
	static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz";
	size_t i = 0;

	while (i < n) {
		uint8_t drawn[64];
		size_t k = n - i < sizeof(drawn) ? n - i : sizeof(drawn);

		random_bytes(r, drawn, k);
		for (size_t j = 0; j < k; j++)
			if (drawn[j] < 248)
				out[i++] = alphabet[drawn[j] % 62];
	}
	out[n] = '\0';
}

void
random_uuid(struct random *r, char out[37])
{
	uint8_t bytes[16];

	random_bytes(r, bytes, sizeof(bytes));
	uuid_format(bytes, out);
}

void
random_hex(struct random *r, char *out, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		uint8_t b;

		random_bytes(r, &b, 1);
		out[i] = digits[b & 15];
	}
	out[n] = '\0';
}
