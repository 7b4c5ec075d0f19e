/*
 * The path and the object that describe a mount, wherever it is shown.
 */
#ifndef MV_SYS_MOUNTS_MOUNT_INFO_H
#define MV_SYS_MOUNTS_MOUNT_INFO_H

#include <jansson.h>

#include "api/request.h"
#include "core/mount/mount.h"
#include "core/vault.h"

/* The path with a slash at its end and none at its start, in the request's
 * arena. */
const char *mount_path_with_slash(struct request *req, const char *path);
/* The object, the caller's. effective: the two lease times in force instead of
 * the mount's own (sys/internal/ui/mounts since 1.16). */
json_t *mount_info(
    const struct vault *v, const struct mount *m, bool effective);

#endif
