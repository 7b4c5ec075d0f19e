/*
 * The list of strings. It holds copies, in an arena or on the heap.
 */
#ifndef MV_BASE_STRS_H
#define MV_BASE_STRS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/*
 * A zeroed struct is an empty list on the heap. Read items and n directly;
 * items[n] is NULL when items is not NULL, so that a list can be given to a
 * function that wants a NULL-terminated array.
 */
struct strs {
	char **items;
	size_t n;
	size_t room;	     /* strings that fit before items grows */
	struct arena *arena; /* owner of everything; NULL: the heap */
};

/* An empty list whose strings live in the arena; NULL is the heap. */
void strs_init(struct strs *l, struct arena *a);
/* The same as a value. */
struct strs strs_in(struct arena *a);
/* Frees a list on the heap and leaves it empty; does nothing to an arena's. */
void strs_release(struct strs *l);
/* Removes every string and keeps the room. */
void strs_clear(struct strs *l);

/* Adds a copy of s, or of its first n bytes. */
void strs_add(struct strs *l, const char *s);
void strs_add_n(struct strs *l, const char *s, size_t n);
/* Adds copies of a NULL-terminated array; NULL adds nothing. */
void strs_add_all(struct strs *l, char *const *list);
/* Adds what stands between the separators in text; empty parts as well. Text
 * that is "" adds nothing. */
void strs_split(struct strs *l, const char *text, char separator);

/* Sorts by bytes. */
void strs_sort(struct strs *l);
/* Sorts and keeps one of each. */
void strs_sort_unique(struct strs *l);
bool strs_has(const struct strs *l, const char *s);
bool strs_equal(const struct strs *a, const struct strs *b);
/* A NULL-terminated array, never NULL; it belongs to the list. */
char **strs_array(struct strs *l);

/* The strings of a NULL-terminated list with the separator between, in the
 * arena. */
char *strs_join(struct arena *a, char *const *list, const char *separator);

#endif
