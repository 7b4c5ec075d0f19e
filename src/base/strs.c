/*
 * The list of strings: grown by doubling, NULL-terminated.
 */
#include "base/strs.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define STRS_FIRST_ROOM 8

void
strs_init(struct strs *l, struct arena *a)
{
	memset(l, 0, sizeof(*l));
	l->arena = a;
}

static void
strs_free_item(struct strs *l, char *item)
{
	if (!l->arena)
		free(item);
}

void
strs_clear(struct strs *l)
{
	for (size_t i = 0; i < l->n; i++)
		strs_free_item(l, l->items[i]);
	l->n = 0;
	if (l->items)
		l->items[0] = NULL;
}

struct strs
strs_in(struct arena *a)
{
	return (struct strs){ .arena = a };
}

void
strs_release(struct strs *l)
{
	if (l->arena)
		return;
	strs_clear(l);
	free(l->items);
	memset(l, 0, sizeof(*l));
}

/* Makes room for one more string and the NULL behind it. */
static void
strs_reserve(struct strs *l)
{
	size_t room = l->room ? 2 * l->room : STRS_FIRST_ROOM;
	char **more;

	if (l->n < l->room)
		return;
	if (l->arena) {
		more = arena_alloc(l->arena, (room + 1) * sizeof(char *));
		if (l->n)
			memcpy(more, l->items, l->n * sizeof(char *));
	} else {
		more = xrealloc(l->items, (room + 1) * sizeof(char *));
	}
	l->items = more;
	l->room = room;
}

void
strs_add_n(struct strs *l, const char *s, size_t n)
{
	strs_reserve(l);
	l->items[l->n++] = l->arena ? arena_strndup(l->arena, s, n)
				    : xstrndup(s, n);
	l->items[l->n] = NULL;
}

void
strs_add(struct strs *l, const char *s)
{
	strs_add_n(l, s, strlen(s));
}

void
strs_add_all(struct strs *l, char *const *list)
{
	for (; list && *list; list++)
		strs_add(l, *list);
}

void
strs_split(struct strs *l, const char *text, char separator)
{
	const char *end;

	if (*text == '\0')
		return;
	for (; (end = strchr(text, separator)) != NULL; text = end + 1)
		strs_add_n(l, text, (size_t)(end - text));
	strs_add(l, text);
}

/* Most lists come in their order from the store. */
static bool
strs_are_sorted(const struct strs *l)
{
	for (size_t i = 1; i < l->n; i++)
		if (strcmp(l->items[i - 1], l->items[i]) > 0)
			return false;
	return true;
}

void
strs_sort(struct strs *l)
{
	if (!strs_are_sorted(l))
		qsort(l->items, l->n, sizeof(char *), compare_strings);
}

void
strs_sort_unique(struct strs *l)
{
	size_t kept = 0;

	strs_sort(l);
	for (size_t i = 0; i < l->n; i++) {
		if (kept && strcmp(l->items[kept - 1], l->items[i]) == 0)
			strs_free_item(l, l->items[i]);
		else
			l->items[kept++] = l->items[i];
	}
	l->n = kept;
	if (l->items)
		l->items[kept] = NULL;
}

bool
strs_has(const struct strs *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i], s) == 0)
			return true;
	return false;
}

bool
strs_equal(const struct strs *a, const struct strs *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

char **
strs_array(struct strs *l)
{
	if (!l->items) {
		strs_reserve(l);
		l->items[0] = NULL;
	}
	return l->items;
}

char *
strs_join(struct arena *a, char *const *list, const char *separator)
{
	struct buf out;

	buf_init(&out, SIZE_MAX);
	for (size_t i = 0; list && list[i]; i++) {
		if (i)
			buf_str(&out, separator);
		buf_str(&out, list[i]);
	}
	return buf_take_to_arena(&out, a);
}
