/*
 * Byte buffer that grows up to a cap. A write past the cap sets `over` and is
 * dropped; the owner looks once, at the end, and answers an error.
 */
#ifndef MV_BASE_BUF_H
#define MV_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct arena;

struct buf {
	char *p; /* NUL-terminated once something was added */
	size_t n;
	size_t cap;
	size_t max;
	bool over;
	bool fallible; /* over as well when memory is short */
};

/* A piece of text that somebody else owns; not NUL-terminated. */
struct slice {
	const char *p;
	size_t n;
};

#define SLICE(lit) ((struct slice){ (lit), sizeof(lit) - 1 })
#define BUF_MAX_DEFAULT ((size_t)64 << 20)

/* max 0: BUF_MAX_DEFAULT. */
void buf_init(struct buf *b, size_t max);
/* For a content whose size a client chose: memory that is short is no end of
 * the process but sets `over`. */
void buf_init_fallible(struct buf *b, size_t max);
void buf_release(struct buf *b);
void buf_clear(struct buf *b);
/* The same for a size that a client chose; false when memory is short, or the
 * buffer would grow over its limit. */
bool buf_try_reserve(struct buf *b, size_t more)
    __attribute__((warn_unused_result));
void buf_reserve(struct buf *b, size_t more);
/* Makes room; over, and false, when n bytes more are too many. */
bool buf_grow(struct buf *b, size_t n);
/* What buf_add does when there may be no room. */
void buf_add_slowly(struct buf *b, const void *p, size_t n);
void buf_slice(struct buf *b, struct slice s);
void buf_int(struct buf *b, long long v);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* Answers are made of a hundred short pieces, so these are short ways. */
static inline void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0 || b->over || b->n + n >= b->cap || n > b->max - b->n) {
		buf_add_slowly(b, p, n);
		return;
	}
	memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

/* Room for n more bytes, for the caller to fill; NULL when they are over. */
static inline char *
buf_extend(struct buf *b, size_t n)
{
	char *to;

	if (b->over || b->n + n >= b->cap || n > b->max - b->n) {
		if (!buf_grow(b, n))
			return NULL;
	}
	to = b->p + b->n;
	b->n += n;
	to[n] = '\0';
	return to;
}

static inline void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

static inline void
buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

/* A text as a slice, without its NUL; and whether a slice is that text. */
struct slice slice_of(const char *s);
bool slice_is(struct slice s, const char *text);

/* The text, in the arena; the buffer is released. */
char *buf_take_to_arena(struct buf *b, struct arena *a);

#endif
