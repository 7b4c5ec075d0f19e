/*
 * Copies JSON text, its scalars through a function: spelling, order and blanks
 * of all else stay.
 */
#ifndef MV_PROXY_JSON_REWRITE_H
#define MV_PROXY_JSON_REWRITE_H

#include <stdbool.h>

#include "base/buf.h"

#define JSON_REWRITE_DEPTH_MAX 128

/* Where a scalar stands: the key of each object around it as written, without
 * quotes; an array has none (p NULL). */
struct json_place {
	struct slice keys[JSON_REWRITE_DEPTH_MAX];
	int depth;
};

/* raw is the scalar as written, a string with its quotes; what shall stand in
 * its place goes to out. */
typedef void (*json_rewrite_fn)(void *arg, const struct json_place *place,
    struct slice raw, struct buf *out);

/* False: the text is no JSON, or nested too deeply; out has some of it. */
bool json_rewrite(
    const char *text, size_t n, json_rewrite_fn fn, void *arg, struct buf *out);

/* The innermost key around a scalar; empty at the top. */
struct slice json_place_key(const struct json_place *place);

#endif
