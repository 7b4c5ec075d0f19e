/*
 * Chance: the only source of ids, keys, nonces and jitter. Without a seed the
 * bytes are OpenSSL's; with one they are a ChaCha20 stream of it, so that a run
 * can be repeated.
 */
#ifndef MV_CLOCK_RANDOM_H
#define MV_CLOCK_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rng;

struct rng *rng_new(void);
struct rng *rng_new_seeded(uint64_t seed);
void rng_free(struct rng *r);
bool rng_seeded(const struct rng *r);

void rng_bytes(struct rng *r, void *out, size_t n);
/* Even over 0..n-1. */
uint64_t rng_below(struct rng *r, uint64_t n);
/* n characters of [0-9A-Za-z] and a NUL. */
void rng_base62(struct rng *r, char *out, size_t n);
/* 8-4-4-4-12, all bits random. */
void rng_uuid(struct rng *r, char out[37]);
/* n hex digits and a NUL. */
void rng_hex(struct rng *r, char *out, size_t n);

#endif
