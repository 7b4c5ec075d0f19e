/*
 * Memory: allocators that never return NULL, and the arena.
 *
 * Running out of memory ends the process (there is no sane answer to give), so
 * callers never check. Sizes that a client chooses are capped elsewhere
 * (struct buf), before they come here.
 */
#ifndef MV_BASE_MEM_H
#define MV_BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

/* Says "mockvault: WHY" on stderr and ends the process at once, where there is
 * no sane answer to give. What was acknowledged is in the database. */
void process_end(const char *why) __attribute__((noreturn, cold));
/* The same for memory that a library could not get. */
void mem_exhausted(void) __attribute__((noreturn, cold));

/* glibc keeps small pieces that were freed apart, and joins all of them when
 * somebody asks for a large one: after a hundred thousand that takes 0.1 s.
 * From now on it joins each at once. For a program of our own; does nothing
 * with another libc. */
void mem_join_at_once(void);
/* Once a large piece was freed, glibc takes the next from its heap, where a
 * buffer that grows is copied. From now on each is mapped, and grows where it
 * is. For the same programs. */
void mem_map_large(void);

/* malloc and its kin, which end the process when memory is out. The caller
 * owns the result. */
void *xmalloc(size_t n);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Arena: many small pieces with one end. A request owns one; everything a
 * handler allocates from it lives until the answer is written.
 */
struct arena;

/* An empty arena, and its end: everything that was allocated in it goes. */
struct arena *arena_new(void);
void arena_free(struct arena *a);
/* Forget all pieces, keep the first block for the next user. */
void arena_clear(struct arena *a);
/* 16-byte aligned, not zeroed. */
void *arena_alloc(struct arena *a, size_t n);
/* How many bytes it holds. */
size_t arena_size(const struct arena *a);
void *arena_zalloc(struct arena *a, size_t n);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

#endif
