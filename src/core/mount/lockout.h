/*
 * User lockout: wrong logins counted by alias and auth mount. Vault 1.19: five
 * within 15 minutes lock the alias for 15 minutes, on approle, ldap and
 * userpass.
 */
#ifndef MV_CORE_MOUNT_LOCKOUT_H
#define MV_CORE_MOUNT_LOCKOUT_H

#include <jansson.h>
#include <stdbool.h>

#include "core/mount/mount.h"
#include "core/vault.h"

extern const struct store_part lockout_store;

/* Can logins of this method lock an alias out? */
bool lockout_is_supported_type(const char *type);
/* Does this mount count at all? */
bool lockout_is_enabled(const struct vault *v, const struct mount *m);
bool lockout_is_locked(
    struct vault *v, const struct mount *m, const char *alias);
void lockout_record_failure(
    struct vault *v, const struct mount *m, const char *alias);
void lockout_reset(struct vault *v, const struct mount *m, const char *alias);
/* Every locked alias: [{"mount_accessor":..., "alias":...}], in order. */
json_t *lockout_list(struct vault *v);
/* Unlocks by accessor; no such alias is no error. */
void lockout_unlock(
    struct vault *v, const char *mount_accessor, const char *alias);

#endif
