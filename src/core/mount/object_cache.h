/*
 * What engines keep parsed between requests (keys, certificates, roles), by the
 * id of a mount and a text of their own. The truth lies in the store: whoever
 * changes it drops what was parsed from it; vault_reload, a seal and a request
 * whose writes are undone drop everything.
 *
 * What is dropped lives on until the request ends, so what was got in a request
 * may be used to its end, but not across its waits.
 */
#ifndef MV_CORE_MOUNT_OBJECT_CACHE_H
#define MV_CORE_MOUNT_OBJECT_CACHE_H

#include <stdint.h>

#include "core/vault.h"

/* More than these, and all begin anew when a request ends. */
#define OBJECT_CACHE_MAX 4096

struct object_cache;

struct object_cache *object_cache_new(void);
void object_cache_free(struct object_cache *cache);

/* NULL when there is none. */
void *object_cache_get(
    const struct vault *v, int64_t mount_id, const char *name);
/* Takes the object over; release ends it. A former one of that name goes. */
void object_cache_put(struct vault *v, int64_t mount_id, const char *name,
    void *object, void (*release)(void *object));
/* The store changed under it. */
void object_cache_remove(struct vault *v, int64_t mount_id, const char *name);
/* Everything of a mount. */
void object_cache_remove_mount(struct vault *v, int64_t mount_id);
void object_cache_invalidate(struct vault *v);
/* A request ends; kept: so do its writes stand. */
void object_cache_end_request(struct vault *v, bool committed);

#endif
