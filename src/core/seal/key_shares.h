/*
 * Key shares as they come in, one by one.
 */
#ifndef MV_CORE_SEAL_KEY_SHARES_H
#define MV_CORE_SEAL_KEY_SHARES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHARES_MAX 255
#define SHARE_MIN 16 /* bytes */
#define SHARE_MAX 33

/* One key share as bytes. */
struct share {
	uint8_t bytes[SHARE_MAX];
	size_t size;
};

struct share_set {
	struct share list[SHARES_MAX];
	int n;
};

/* false: it is there already. n is at most SHARE_MAX. */
bool share_set_add(struct share_set *s, const uint8_t *key, size_t n);
/* Wipes them. */
void share_set_clear(struct share_set *s);

#endif
