/*
 * Numbers and texts as bytes, and back with every length looked at. Numbers are
 * big-endian.
 */
#ifndef MV_CLUSTER_BYTES_H
#define MV_CLUSTER_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"

/* Adds a number of so many bytes. */
void bytes_put(struct buf *out, uint64_t value, size_t width);
/* Adds u32 length, bytes. */
void bytes_put_slice(struct buf *out, struct slice bytes);

/* What is left to read; bad once more was asked for than there is. */
struct bytes_reader {
	struct slice left;
	bool bad;
};

/* 0 when it is bad. */
uint64_t bytes_get(struct bytes_reader *r, size_t width);
/* Borrowed; empty when it is bad. */
struct slice bytes_get_slice(struct bytes_reader *r);
/* The same as a text in the arena; one with a NUL in it is bad. */
const char *bytes_get_text(struct bytes_reader *r, struct arena *a);

#endif
