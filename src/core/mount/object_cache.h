/*
 * Objects that engines keep parsed between requests (keys, certificates,
 * roles), by the id of a mount and a name. The store stays the source: who
 * changes it removes what was parsed from it. vault_reload, a seal and a
 * request whose writes are undone remove everything.
 *
 * A removed object is released only when the request ends. So what a handler
 * got may be used until its request ends, but not across a wait.
 */
#ifndef MV_CORE_MOUNT_OBJECT_CACHE_H
#define MV_CORE_MOUNT_OBJECT_CACHE_H

#include <stdint.h>

#include "core/vault.h"

/* With more objects than these, all are dropped when a request ends. */
#define OBJECT_CACHE_MAX 4096

struct object_cache;

/* An empty cache; object_cache_free releases it with its objects. */
struct object_cache *object_cache_new(void);
void object_cache_free(struct object_cache *cache);

/* NULL when there is none. */
void *object_cache_get(
    const struct vault *v, int64_t mount_id, const char *name);
/* Takes the object over; release ends it. One of that name is replaced. */
void object_cache_put(struct vault *v, int64_t mount_id, const char *name,
    void *object, void (*release)(void *object));
/* To be called when the store has changed under it. */
void object_cache_remove(struct vault *v, int64_t mount_id, const char *name);
/* An object was changed in place to follow the store. */
void object_cache_note_change(struct vault *v);
/* Removes every object of a mount, or of all mounts. */
void object_cache_remove_mount(struct vault *v, int64_t mount_id);
void object_cache_invalidate(struct vault *v);
/* A request ends; committed: its writes stand. */
void object_cache_end_request(struct vault *v, bool committed);

#endif
