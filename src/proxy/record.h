/*
 * Exchanges with the upstream, written to a file without their secrets: a line
 * of JSON each, behind one that says what the file is.
 */
#ifndef MV_PROXY_RECORD_H
#define MV_PROXY_RECORD_H

#include "api/request.h"
#include "base/error.h"
#include "clock/clock.h"
#include "core/vault.h"

/* A body that is longer is not kept; its length is. */
#define RECORD_BODY_MAX ((size_t)1 << 20)

struct recorder;

/* Empties the file, or makes it, readable by its owner alone. NULL: why not is
 * in e. upstream is noted in it; v has the randomness and the log. */
struct recorder *recorder_new(const char *path, const char *upstream,
    struct vault *v, struct clock *real_clock, struct error *e);
/* NULL is none. */
void recorder_free(struct recorder *r);

/* The answer is in the reply's head; body is its body, or what is kept of it:
 * then length is more than body.n. */
void recorder_add(struct recorder *r, const struct request *req,
    struct slice body, int64_t length);

#endif
