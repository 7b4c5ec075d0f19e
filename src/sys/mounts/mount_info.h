/*
 * The object that describes a mount, wherever it is shown.
 */
#ifndef MV_SYS_MOUNTS_MOUNT_INFO_H
#define MV_SYS_MOUNTS_MOUNT_INFO_H

#include <jansson.h>

#include "core/mount/mount.h"
#include "core/vault.h"

/* effective: the two lease times in force instead of the mount's own
 * (sys/internal/ui/mounts since 1.16). */
json_t *mount_info(
    const struct vault *v, const struct mount *m, bool effective);

#endif
