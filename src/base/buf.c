/*
 * The capped byte buffer. Knows bytes, not what they mean.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->max = max ? max : BUF_MAX_DEFAULT;
}

void
buf_init_fallible(struct buf *b, size_t max)
{
	buf_init(b, max);
	b->fallible = true;
}

void
buf_release(struct buf *b)
{
	bool fallible = b->fallible;

	free(b->p);
	buf_init(b, b->max);
	b->fallible = fallible;
}

void
buf_clear(struct buf *b)
{
	b->n = 0;
	b->over = false;
	if (b->p)
		b->p[0] = '\0';
}

static size_t
buf_capacity_for(const struct buf *b, size_t more)
{
	size_t want = b->n + more + 1;
	size_t cap = b->cap ? b->cap : 256;

	while (cap < want)
		cap *= 2;
	return cap;
}

void
buf_reserve(struct buf *b, size_t more)
{
	size_t cap = buf_capacity_for(b, more);

	if (cap == b->cap)
		return;
	b->p = xrealloc(b->p, cap);
	b->cap = cap;
}

bool
buf_try_reserve(struct buf *b, size_t more)
{
	size_t cap;
	char *p;

	if (b->over || more > b->max - b->n)
		return false;
	cap = buf_capacity_for(b, more);
	if (cap == b->cap)
		return true;
	p = realloc(b->p, cap);
	if (!p)
		return false;
	b->p = p;
	b->cap = cap;
	return true;
}

bool
buf_grow(struct buf *b, size_t n)
{
	b->over = b->over || n > b->max - b->n ||
	    (b->fallible && !buf_try_reserve(b, n));
	if (!b->over && !b->fallible)
		buf_reserve(b, n);
	return !b->over;
}

void
buf_add_slowly(struct buf *b, const void *p, size_t n)
{
	if (!buf_grow(b, n))
		return;
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void
buf_slice(struct buf *b, struct slice s)
{
	buf_add(b, s.p, s.n);
}

void
buf_int(struct buf *b, long long v)
{
	char text[24];
	char *end = text + sizeof(text);
	char *p = end;
	unsigned long long u = v < 0 ? 0ULL - (unsigned long long)v
				     : (unsigned long long)v;

	do {
		*--p = (char)('0' + u % 10);
		u /= 10;
	} while (u);
	if (v < 0)
		*--p = '-';
	buf_add(b, p, (size_t)(end - p));
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	char text[256]; /* most are short and printed once */
	int n;

	va_copy(again, ap);
	n = vsnprintf(text, sizeof(text), fmt, again);
	va_end(again);
	if ((size_t)n < sizeof(text)) {
		buf_add(b, text, (size_t)n);
		return;
	}
	if (!buf_grow(b, (size_t)n))
		return;
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	b->n += (size_t)n;
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

struct slice
slice_of(const char *s)
{
	return (struct slice){ s, strlen(s) };
}

bool
slice_is(struct slice s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

char *
buf_take_to_arena(struct buf *b, struct arena *a)
{
	char *text = arena_strndup(a, b->p ? b->p : "", b->n);

	buf_release(b);
	return text;
}
