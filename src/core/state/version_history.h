/*
 * Which versions of Vault this storage has seen.
 */
#ifndef MV_CORE_STATE_VERSION_HISTORY_H
#define MV_CORE_STATE_VERSION_HISTORY_H

#include <jansson.h>

#include "core/vault.h"

/* At every unseal, and when it becomes active: a version that was not there
 * before is written down, by a node that is active. */
void versions_record(struct vault *v);
/* [{"version":..., "installed": RFC 3339}], oldest first; the caller's. */
json_t *versions_list(struct vault *v);

#endif
