/*
 * What the vault holds, by names and times alone.
 */
#ifndef MV_SERVER_INVENTORY_H
#define MV_SERVER_INVENTORY_H

#include <jansson.h>
#include <stdint.h>

#include "core/vault.h"

/* Its statements; it has no table of its own. */
extern const struct store_part inventory_store;

/* {"mounts":{"count","items":[...]},"secrets","leases","tokens"}, of each at
 * most limit items but for the mounts; the caller's. */
json_t *inventory_show(struct vault *v, int64_t limit);

#endif
