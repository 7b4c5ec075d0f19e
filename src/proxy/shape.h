/*
 * Texts that look like others and say nothing of them: a letter for a letter, a
 * digit for a digit, all else as it is.
 */
#ifndef MV_PROXY_SHAPE_H
#define MV_PROXY_SHAPE_H

#include "base/buf.h"
#include "clock/random.h"

/* Adds n characters of the same shape as text. */
void shape_text(
    struct buf *out, struct random *random, const char *text, size_t n);

#endif
