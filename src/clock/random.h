/*
 * Random bytes: the only source of ids, keys, nonces and jitter. Without a seed
 * they come from the system. With a seed they are a ChaCha20 stream of it, so
 * that a run can be repeated.
 */
#ifndef MV_CLOCK_RANDOM_H
#define MV_CLOCK_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct random;

/* A source without a seed, or with one; random_free ends it. */
struct random *random_new(void);
struct random *random_new_seeded(uint64_t seed);
/* From now on it is as a new one with that seed. */
void random_seed(struct random *r, uint64_t seed);
/* Wipes what is buffered. */
void random_free(struct random *r);
bool random_is_seeded(const struct random *r);

/* Writes n random bytes. A source that fails ends the process. */
void random_bytes(struct random *r, void *out, size_t n);
/* A number from 0 to n - 1, evenly distributed. */
uint64_t random_below(struct random *r, uint64_t n);
/* n characters of [0-9A-Za-z] and a NUL. */
void random_base62(struct random *r, char *out, size_t n);
/* 8-4-4-4-12, all bits random. */
void random_uuid(struct random *r, char out[37]);
/* n hex digits and a NUL. */
void random_hex(struct random *r, char *out, size_t n);

#endif
