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
#define PARSED_MOST 4096

struct parsed;

struct parsed *parsed_new(void);
void parsed_free(struct parsed *p);

/* NULL when there is none. */
void *parsed_get(const struct vault *v, int64_t mount,
    const char *name);
/* Takes the object over; release ends it. A former one of that name goes. */
void parsed_put(struct vault *v, int64_t mount, const char *name,
    void *object, void (*release)(void *object));
/* The store changed under it. */
void parsed_drop(struct vault *v, int64_t mount, const char *name);
/* Everything of a mount. */
void parsed_drop_mount(struct vault *v, int64_t mount);
void parsed_forget(struct vault *v);
/* A request ends; kept: so do its writes stand. */
void parsed_settle(struct vault *v, bool kept);

#endif
