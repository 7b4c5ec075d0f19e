/*
 * Shamir's secret sharing over GF(2^8) with AES's polynomial, as Vault shapes
 * its shares: one byte of y for each byte of the secret, then the byte x.
 */
#ifndef MV_CORE_CRYPTO_SHAMIR_H
#define MV_CORE_CRYPTO_SHAMIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock/random.h"

/* parts: n shares of size + 1 bytes each, one after the other. 2 <= threshold
 * <= n <= 255. */
void shamir_split(struct random *r, const uint8_t *secret, size_t size, int n,
    int threshold, uint8_t *parts);
/* The secret of size bytes from n shares of size + 1. false when two of them
 * have the same x. */
bool shamir_combine(
    const uint8_t *const *parts, int n, size_t size, uint8_t *secret);

#endif
