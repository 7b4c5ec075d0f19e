/*
 * Three small tables, each slot for whatever comes to it by its hash. They are
 * one object of the object cache, under a mount that there is not.
 */
#include "secrets/kv/kv2_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/mount/object_cache.h"

#define KV2_CACHE_MOUNT (-2)
#define KV2_CACHE_NAME "kv2"
/* Few, since what they keep is beside the database in memory. */
#define KV2_CACHE_SLOTS 64
#define KV2_CACHE_LISTS 16
#define KV2_CACHE_TEXT_MAX ((size_t)4096)
#define KV2_CACHE_LIST_MAX ((size_t)16384)

/* path and the texts behind it are one piece with it. */
struct kv2_cached {
	int64_t mount;
	const char *path;
	const char *custom_metadata;
	union {
		struct kv2_key key;
		struct {
			int64_t of_key;
			struct kv2_version version;
		};
		struct slice list;
	};
	char texts[];
};

struct kv2_cache {
	struct kv2_cached *keys[KV2_CACHE_SLOTS];
	struct kv2_cached *current[KV2_CACHE_SLOTS];
	struct kv2_cached *lists[KV2_CACHE_LISTS];
};

static void
kv2_cache_drop(struct kv2_cached **slot)
{
	free(*slot);
	*slot = NULL;
}

static void
kv2_cache_release(void *object)
{
	struct kv2_cache *c = object;

	for (int i = 0; i < KV2_CACHE_SLOTS; i++) {
		kv2_cache_drop(&c->keys[i]);
		kv2_cache_drop(&c->current[i]);
	}
	for (int i = 0; i < KV2_CACHE_LISTS; i++)
		kv2_cache_drop(&c->lists[i]);
	free(c);
}

static struct kv2_cache *
kv2_cache_of(const struct vault *v)
{
	return object_cache_get(v, KV2_CACHE_MOUNT, KV2_CACHE_NAME);
}

static struct kv2_cache *
kv2_cache_make(struct vault *v)
{
	struct kv2_cache *c = kv2_cache_of(v);

	if (!c) {
		c = xcalloc(1, sizeof(*c));
		object_cache_put(
		    v, KV2_CACHE_MOUNT, KV2_CACHE_NAME, c, kv2_cache_release);
	}
	return c;
}

/* FNV-1a */
static size_t
kv2_cache_hash(int64_t mount, const char *path)
{
	uint32_t h = 2166136261U ^ (uint32_t)mount;

	for (; *path; path++)
		h = (h ^ (unsigned char)*path) * 16777619U;
	return h ^ h >> 16;
}

static const struct kv2_cached *
kv2_cache_find(const struct kv2_cached *e, int64_t mount, const char *path)
{
	return e && e->mount == mount && strcmp(e->path, path) == 0 ? e : NULL;
}

/* ---- finding ---- */

const struct kv2_key *
kv2_cache_key(const struct vault *v, int64_t mount, const char *path)
{
	const struct kv2_cache *c = kv2_cache_of(v);
	size_t at = kv2_cache_hash(mount, path) % KV2_CACHE_SLOTS;
	const struct kv2_cached *e = c
	    ? kv2_cache_find(c->keys[at], mount, path)
	    : NULL;

	return e ? &e->key : NULL;
}

const struct kv2_version *
kv2_cache_current(const struct vault *v, int64_t mount, const char *path,
    const char **custom_metadata)
{
	const struct kv2_cache *c = kv2_cache_of(v);
	size_t at = kv2_cache_hash(mount, path) % KV2_CACHE_SLOTS;
	const struct kv2_cached *e = c
	    ? kv2_cache_find(c->current[at], mount, path)
	    : NULL;

	if (!e)
		return NULL;
	*custom_metadata = e->custom_metadata;
	return &e->version;
}

const struct slice *
kv2_cache_list(const struct vault *v, int64_t mount, const char *prefix)
{
	const struct kv2_cache *c = kv2_cache_of(v);
	size_t at = kv2_cache_hash(mount, prefix) % KV2_CACHE_LISTS;
	const struct kv2_cached *e = c
	    ? kv2_cache_find(c->lists[at], mount, prefix)
	    : NULL;

	return e ? &e->list : NULL;
}

/* ---- keeping ---- */

/* A copy of the texts in a new entry; NULL: they are longer than most. *data
 * moves to the copy. */
static struct kv2_cached *
kv2_cache_entry(size_t most, int64_t mount, const char *path,
    const char *custom_metadata, struct slice *data)
{
	size_t npath = strlen(path) + 1;
	size_t ncustom = custom_metadata ? strlen(custom_metadata) + 1 : 0;
	struct kv2_cached *e;

	if (npath + ncustom + data->n > most)
		return NULL;
	e = xmalloc(sizeof(*e) + npath + ncustom + data->n);
	e->mount = mount;
	e->path = memcpy(e->texts, path, npath);
	e->custom_metadata = custom_metadata
	    ? memcpy(e->texts + npath, custom_metadata, ncustom)
	    : NULL;
	if (data->p)
		data->p = memcpy(e->texts + npath + ncustom, data->p, data->n);
	return e;
}

void
kv2_cache_keep_key(
    struct vault *v, int64_t mount, const char *path, const struct kv2_key *k)
{
	size_t at = kv2_cache_hash(mount, path) % KV2_CACHE_SLOTS;
	struct slice none = { 0 };
	struct kv2_cached *e = kv2_cache_entry(
	    KV2_CACHE_TEXT_MAX, mount, path, k->custom_metadata, &none);
	struct kv2_cache *c;

	if (!e)
		return;
	c = kv2_cache_make(v);
	e->key = *k;
	e->key.custom_metadata = e->custom_metadata;
	kv2_cache_drop(&c->keys[at]);
	c->keys[at] = e;
}

void
kv2_cache_keep_current(struct vault *v, int64_t mount, const char *path,
    int64_t key, const char *custom_metadata, const struct kv2_version *ver)
{
	size_t at = kv2_cache_hash(mount, path) % KV2_CACHE_SLOTS;
	struct slice data = ver->data;
	struct kv2_cached *e = kv2_cache_entry(
	    KV2_CACHE_TEXT_MAX, mount, path, custom_metadata, &data);
	struct kv2_cache *c;

	if (!e)
		return;
	c = kv2_cache_make(v);
	e->of_key = key;
	e->version = *ver;
	e->version.data = data;
	kv2_cache_drop(&c->current[at]);
	c->current[at] = e;
}

void
kv2_cache_keep_list(
    struct vault *v, int64_t mount, const char *prefix, struct slice json)
{
	size_t at = kv2_cache_hash(mount, prefix) % KV2_CACHE_LISTS;
	struct kv2_cached *e = kv2_cache_entry(
	    KV2_CACHE_LIST_MAX, mount, prefix, NULL, &json);
	struct kv2_cache *c;

	if (!e)
		return;
	c = kv2_cache_make(v);
	e->list = json;
	kv2_cache_drop(&c->lists[at]);
	c->lists[at] = e;
}

/* ---- forgetting ---- */

void
kv2_cache_forget_path(struct vault *v, int64_t mount, const char *path)
{
	struct kv2_cache *c = kv2_cache_of(v);
	size_t at = kv2_cache_hash(mount, path) % KV2_CACHE_SLOTS;

	object_cache_note_change(v);
	if (!c)
		return;
	kv2_cache_drop(&c->keys[at]);
	kv2_cache_drop(&c->current[at]);
}

void
kv2_cache_forget_versions(struct vault *v, int64_t key)
{
	struct kv2_cache *c = kv2_cache_of(v);

	object_cache_note_change(v);
	for (int i = 0; c && i < KV2_CACHE_SLOTS; i++)
		if (c->current[i] && c->current[i]->of_key == key)
			kv2_cache_drop(&c->current[i]);
}

void
kv2_cache_forget_lists(struct vault *v, int64_t mount)
{
	struct kv2_cache *c = kv2_cache_of(v);

	object_cache_note_change(v);
	for (int i = 0; c && i < KV2_CACHE_LISTS; i++)
		if (c->lists[i] && c->lists[i]->mount == mount)
			kv2_cache_drop(&c->lists[i]);
}

void
kv2_cache_forget_all(struct vault *v)
{
	object_cache_remove(v, KV2_CACHE_MOUNT, KV2_CACHE_NAME);
}
