/*
 * Map from text to pointer: open hashing, keys copied, values borrowed.
 */
#ifndef MV_BASE_MAP_H
#define MV_BASE_MAP_H

#include <stddef.h>

struct map;

/* An empty map on the heap; map_free ends it. */
struct map *map_new(void);
/* free_value may be NULL. */
void map_free(struct map *m, void (*free_value)(void *));
void map_clear(struct map *m, void (*free_value)(void *));
void *map_get(const struct map *m, const char *key);
/* Returns the value that was there before, or NULL. */
void *map_put(struct map *m, const char *key, void *value);
void *map_take(struct map *m, const char *key);
size_t map_count(const struct map *m);
/* Calls fn for each pair, in no order; fn must not change the map. */
void map_each(const struct map *m,
    void (*fn)(const char *key, void *value, void *arg), void *arg);

#endif
