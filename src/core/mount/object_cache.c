/*
 * One map of objects for each mount that has some, by its id.
 */
#include "core/mount/object_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/text.h"

struct cached_object {
	void *object;
	void (*release)(void *object);
	struct cached_object *next;
};

struct object_cache {
	struct map *mounts;
	/* The maps that were asked for last, the newest first: requests ask for
	 * the same ones repeatedly. */
	struct object_cache_last {
		int64_t mount_id;
		struct map *objects; /* NULL: there is none */
	} last[2];
	size_t n;
	struct cached_object *removed; /* released when the request ends */
	bool has_removals; /* an object was removed in this request */
};

struct object_cache *
object_cache_new(void)
{
	struct object_cache *cache = xcalloc(1, sizeof(*cache));

	cache->mounts = map_new();
	return cache;
}

/* ---- releasing ---- */

static void
object_cache_release_later(struct object_cache *cache, struct cached_object *e)
{
	if (!e)
		return;
	e->next = cache->removed;
	cache->removed = e;
	cache->n--;
}

static void
object_cache_release_one(const char *name, void *entry, void *cache)
{
	(void)name;
	object_cache_release_later(cache, entry);
}

static void
object_cache_release_map(struct object_cache *cache, struct map *objects)
{
	map_each(objects, object_cache_release_one, cache);
	map_free(objects, NULL);
}

static void
object_cache_release_mount(const char *id, void *objects, void *cache)
{
	(void)id;
	object_cache_release_map(cache, objects);
}

static void
object_cache_remove_all(struct object_cache *cache)
{
	map_each(cache->mounts, object_cache_release_mount, cache);
	map_clear(cache->mounts, NULL);
	memset(cache->last, 0, sizeof(cache->last));
}

static void
object_cache_flush_removed(struct object_cache *cache)
{
	struct cached_object *e;

	while ((e = cache->removed)) {
		cache->removed = e->next;
		e->release(e->object);
		free(e);
	}
}

void
object_cache_free(struct object_cache *cache)
{
	object_cache_remove_all(cache);
	object_cache_flush_removed(cache);
	map_free(cache->mounts, NULL);
	free(cache);
}

/* ---- objects ---- */

static void
object_cache_mount_key(int64_t mount, char out[24])
{
	hex_encode(&mount, sizeof(mount), out);
}

static struct map *
object_cache_for_mount(const struct vault *v, int64_t mount)
{
	struct object_cache *cache = v->object_cache;
	char key[24];

	for (int i = 0; i < 2; i++)
		if (cache->last[i].objects && cache->last[i].mount_id == mount)
			return cache->last[i].objects;
	object_cache_mount_key(mount, key);
	cache->last[1] = cache->last[0];
	cache->last[0].objects = map_get(cache->mounts, key);
	cache->last[0].mount_id = mount;
	return cache->last[0].objects;
}

void *
object_cache_get(const struct vault *v, int64_t mount_id, const char *name)
{
	struct map *objects = object_cache_for_mount(v, mount_id);
	const struct cached_object *e = objects ? map_get(objects, name) : NULL;

	return e ? e->object : NULL;
}

void
object_cache_put(struct vault *v, int64_t mount_id, const char *name,
    void *object, void (*release)(void *object))
{
	struct map *objects = object_cache_for_mount(v, mount_id);
	struct cached_object *e = xmalloc(sizeof(*e));
	char key[24];

	if (!objects) {
		objects = map_new();
		object_cache_mount_key(mount_id, key);
		map_put(v->object_cache->mounts, key, objects);
	}
	*e = (struct cached_object){ object, release, NULL };
	v->object_cache->n++;
	object_cache_release_later(v->object_cache, map_put(objects, name, e));
}

void
object_cache_remove(struct vault *v, int64_t mount_id, const char *name)
{
	struct map *objects = object_cache_for_mount(v, mount_id);

	v->object_cache->has_removals = true;
	if (objects)
		object_cache_release_later(
		    v->object_cache, map_take(objects, name));
}

void
object_cache_note_change(struct vault *v)
{
	v->object_cache->has_removals = true;
}

void
object_cache_remove_mount(struct vault *v, int64_t mount_id)
{
	struct map *objects;
	char key[24];

	object_cache_mount_key(mount_id, key);
	v->object_cache->has_removals = true;
	memset(v->object_cache->last, 0, sizeof(v->object_cache->last));
	objects = map_take(v->object_cache->mounts, key);
	if (objects)
		object_cache_release_map(v->object_cache, objects);
}

void
object_cache_invalidate(struct vault *v)
{
	object_cache_remove_all(v->object_cache);
}

/* What was parsed after a removal may show writes that are undone now. */
void
object_cache_end_request(struct vault *v, bool committed)
{
	struct object_cache *cache = v->object_cache;

	if ((cache->has_removals && !committed) || cache->n > OBJECT_CACHE_MAX)
		object_cache_remove_all(cache);
	cache->has_removals = false;
	object_cache_flush_removed(cache);
}
