/*
 * Splitting and combining. Multiplication is by shifting, without tables, so
 * that its time does not tell the operands.
 */
#include "core/crypto/shamir.h"

#include <openssl/crypto.h>
#include <string.h>

static uint8_t
shamir_gf_mul(uint8_t a, uint8_t b)
{
	uint8_t product = 0;

	for (int bit = 7; bit >= 0; bit--) {
		uint8_t carry = (uint8_t) - (product >> 7);

		product = (uint8_t)((product << 1) ^ (carry & 0x1b));
		product ^= (uint8_t)(-((b >> bit) & 1) & a);
	}
	return product;
}

/* a^254 is a's inverse; 0 stays 0. */
static uint8_t
shamir_gf_inverse(uint8_t a)
{
	uint8_t power = a;

	for (int i = 0; i < 6; i++)
		power = shamir_gf_mul(shamir_gf_mul(power, power), a);
	return shamir_gf_mul(power, power);
}

/* Distinct x from 1 to 255, in a random order. */
static void
shamir_shuffle_x(struct random *r, uint8_t x[255])
{
	for (int i = 0; i < 255; i++)
		x[i] = (uint8_t)(i + 1);
	for (int i = 254; i > 0; i--) {
		int k = (int)random_below(r, (uint64_t)i + 1);
		uint8_t swap = x[i];

		x[i] = x[k];
		x[k] = swap;
	}
}

void
shamir_split(struct random *r, const uint8_t *secret, size_t size, int n,
    int threshold, uint8_t *parts)
{
	uint8_t x[255], coefficients[255];

	shamir_shuffle_x(r, x);
	for (int i = 0; i < n; i++)
		parts[(size_t)i * (size + 1) + size] = x[i];
	for (size_t at = 0; at < size; at++) {
		coefficients[0] = secret[at];
		random_bytes(r, coefficients + 1, (size_t)threshold - 1);
		for (int i = 0; i < n; i++) {
			uint8_t y = 0;

			for (int c = threshold - 1; c >= 0; c--)
				y = shamir_gf_mul(y, x[i]) ^ coefficients[c];
			parts[(size_t)i * (size + 1) + at] = y;
		}
	}
	OPENSSL_cleanse(coefficients, sizeof(coefficients));
}

bool
shamir_combine(const uint8_t *const *parts, int n, size_t size, uint8_t *secret)
{
	memset(secret, 0, size);
	for (int i = 0; i < n; i++) {
		uint8_t basis = 1;

		for (int k = 0; k < n; k++) {
			uint8_t xi = parts[i][size], xk = parts[k][size];

			if (k == i)
				continue;
			if (xi == xk)
				return false;
			basis = shamir_gf_mul(basis,
			    shamir_gf_mul(xk, shamir_gf_inverse(xi ^ xk)));
		}
		for (size_t at = 0; at < size; at++)
			secret[at] ^= shamir_gf_mul(parts[i][at], basis);
	}
	return true;
}
