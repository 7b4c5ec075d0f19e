/*
 * Listing in a table of paths: the keys directly below a prefix, and what has
 * more below it once, as "name/".
 */
#ifndef MV_CORE_MOUNT_PATH_LIST_H
#define MV_CORE_MOUNT_PATH_LIST_H

#include "base/strs.h"

/* The first path behind `after`, in the arena; NULL at the end. */
typedef char *path_list_next_fn(void *arg, struct arena *a, const char *after);

/* Adds the keys to a list in an arena, in order. Steps from name to name, so
 * that a "name/" is left behind in one seek, however much lies below it. */
void path_list(
    const char *prefix, path_list_next_fn *next, void *arg, struct strs *keys);

#endif
