/*
 * The keys of a folder in a table of paths: what lies directly below a prefix,
 * a deeper folder once, as "name/".
 */
#ifndef MV_CORE_MOUNT_PATH_LIST_H
#define MV_CORE_MOUNT_PATH_LIST_H

#include <stddef.h>

#include "base/mem.h"

/* The first path behind `after`, in the arena; NULL at the end. */
typedef char *path_list_next_fn(void *arg, struct arena *a, const char *after);

/* Steps from name to name, so that a folder is left behind in one seek, however
 * much lies in it. The keys, in the arena; returns how many. */
size_t path_list(struct arena *a, const char *prefix, path_list_next_fn *next,
    void *arg, char ***keys);

#endif
