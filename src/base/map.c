/*
 * A chained hash map with text keys. Grows by doubling; never shrinks.
 */
#include "base/map.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct entry {
	struct entry *next;
	uint64_t hash;
	void *value;
	char key[];
};

struct map {
	struct entry **slots;
	size_t nslots; /* a power of two */
	size_t count;
};

static uint64_t
map_hash(const char *s)
{
	uint64_t h = 1469598103934665603ULL;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211ULL;
	return h ^ (h >> 29);
}

struct map *
map_new(void)
{
	struct map *m = xcalloc(1, sizeof(*m));

	m->nslots = 16;
	m->slots = xcalloc(m->nslots, sizeof(struct entry *));
	return m;
}

void
map_clear(struct map *m, void (*free_value)(void *))
{
	for (size_t i = 0; i < m->nslots; i++) {
		while (m->slots[i]) {
			struct entry *e = m->slots[i];

			m->slots[i] = e->next;
			if (free_value)
				free_value(e->value);
			free(e);
		}
	}
	m->count = 0;
}

void
map_free(struct map *m, void (*free_value)(void *))
{
	if (!m)
		return;
	map_clear(m, free_value);
	free(m->slots);
	free(m);
}

static struct entry **
map_find_slot(const struct map *m, const char *key, uint64_t hash)
{
	struct entry **e = &m->slots[hash & (m->nslots - 1)];

	while (*e && ((*e)->hash != hash || strcmp((*e)->key, key) != 0))
		e = &(*e)->next;
	return e;
}

void *
map_get(const struct map *m, const char *key)
{
	struct entry *e = *map_find_slot(m, key, map_hash(key));

	return e ? e->value : NULL;
}

static void
map_grow(struct map *m)
{
	size_t old = m->nslots;
	struct entry **slots = m->slots;

	m->nslots = old * 2;
	m->slots = xcalloc(m->nslots, sizeof(struct entry *));
	for (size_t i = 0; i < old; i++) {
		while (slots[i]) {
			struct entry *e = slots[i];
			size_t at = e->hash & (m->nslots - 1);

			slots[i] = e->next;
			e->next = m->slots[at];
			m->slots[at] = e;
		}
	}
	free(slots);
}

void *
map_put(struct map *m, const char *key, void *value)
{
	uint64_t hash = map_hash(key);
	struct entry **at = map_find_slot(m, key, hash);
	size_t n = strlen(key);
	struct entry *e = *at;

	if (e) {
		void *before = e->value;

		e->value = value;
		return before;
	}
	e = xmalloc(sizeof(*e) + n + 1);
	memcpy(e->key, key, n + 1);
	e->hash = hash;
	e->value = value;
	e->next = NULL;
	*at = e;
	if (++m->count > m->nslots)
		map_grow(m);
	return NULL;
}

void *
map_take(struct map *m, const char *key)
{
	struct entry **at = map_find_slot(m, key, map_hash(key));
	struct entry *e = *at;
	void *value;

	if (!e)
		return NULL;
	value = e->value;
	*at = e->next;
	free(e);
	m->count--;
	return value;
}

size_t
map_count(const struct map *m)
{
	return m->count;
}

void
map_each(const struct map *m,
    void (*fn)(const char *key, void *value, void *arg), void *arg)
{
	for (size_t i = 0; i < m->nslots; i++)
		for (struct entry *e = m->slots[i]; e; e = e->next)
			fn(e->key, e->value, arg);
}
