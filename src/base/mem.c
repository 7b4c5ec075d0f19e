/*
 * Allocators that end the process when memory ends, and the request arena.
 * Knows nothing of who allocates.
 */
#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#define ARENA_BLOCK ((size_t)2048)
/* Shorter texts are printed once, longer ones measured first. */
#define PRINTED_MAX 256

struct block {
	struct block *next;
	size_t cap;
	size_t used;
	_Alignas(16) char data[];
};

struct arena {
	struct block *head; /* newest; the last in the chain is the first */
};

void
process_end(const char *why)
{
	fprintf(stderr, "mockvault: %s\n", why);
	abort();
}

void
mem_exhausted(void)
{
	process_end("out of memory");
}

void
mem_join_at_once(void)
{
#ifdef __GLIBC__
	/* Another malloc in its place, as a sanitizer's, refuses. */
	(void)mallopt(M_MXFAST, 0);
#endif
}

#define MEM_LARGE_BYTES (1 << 20)

void
mem_map_large(void)
{
#ifdef __GLIBC__
	(void)mallopt(M_MMAP_THRESHOLD, MEM_LARGE_BYTES);
#endif
}

void *
xmalloc(size_t n)
{
	void *p = malloc(n ? n : 1);

	if (!p)
		mem_exhausted();
	return p;
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		mem_exhausted();
	return p;
}

void *
xrealloc(void *p, size_t n)
{
	p = realloc(p, n ? n : 1);
	if (!p)
		mem_exhausted();
	return p;
}

char *
xstrndup(const char *s, size_t n)
{
	char *copy = xmalloc(n + 1);

	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *
xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap;
	char text[PRINTED_MAX];
	int n;
	char *s;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if ((size_t)n < sizeof(text))
		return xstrndup(text, (size_t)n);
	s = xmalloc((size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

static struct block *
arena_block_new(size_t cap, struct block *next)
{
	struct block *b = xmalloc(sizeof(*b) + cap);

	b->next = next;
	b->cap = cap;
	b->used = 0;
	return b;
}

struct arena *
arena_new(void)
{
	struct arena *a = xmalloc(sizeof(*a));

	a->head = arena_block_new(ARENA_BLOCK, NULL);
	return a;
}

void
arena_clear(struct arena *a)
{
	while (a->head->next) {
		struct block *b = a->head;

		a->head = b->next;
		free(b);
	}
	a->head->used = 0;
}

void
arena_free(struct arena *a)
{
	if (!a)
		return;
	arena_clear(a);
	free(a->head);
	free(a);
}

void *
arena_alloc(struct arena *a, size_t n)
{
	size_t want = (n + 15) & ~(size_t)15;
	void *p;

	if (want < n)
		mem_exhausted();
	if (a->head->cap - a->head->used < want)
		a->head = arena_block_new(
		    want > ARENA_BLOCK ? want : ARENA_BLOCK, a->head);
	p = a->head->data + a->head->used;
	a->head->used += want;
	return p;
}

size_t
arena_size(const struct arena *a)
{
	size_t n = sizeof(*a);

	for (const struct block *b = a->head; b; b = b->next)
		n += sizeof(*b) + b->cap;
	return n;
}

void *
arena_zalloc(struct arena *a, size_t n)
{
	void *p = arena_alloc(a, n);

	memset(p, 0, n);
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_alloc(a, n + 1);

	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char text[PRINTED_MAX];
	int n;
	char *s;

	va_copy(again, ap);
	n = vsnprintf(text, sizeof(text), fmt, again);
	va_end(again);
	if ((size_t)n < sizeof(text))
		return arena_strndup(a, text, (size_t)n);
	s = arena_alloc(a, (size_t)n + 1);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	return s;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}
