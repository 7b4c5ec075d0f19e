/*
 * Listing in a table of paths: the keys directly below a prefix, and what has
 * more below it once, as "name/".
 */
#ifndef MV_CORE_MOUNT_PATH_LIST_H
#define MV_CORE_MOUNT_PATH_LIST_H

#include "base/strs.h"
#include "store/store.h"

/* The paths behind `after` in their order, as the first column. */
typedef struct query *path_list_from_fn(void *arg, const char *after);

/* Adds the keys to a list in an arena, in order. A "name/" is left behind in
 * one seek, however much lies below it. */
void path_list(
    const char *prefix, path_list_from_fn *from, void *arg, struct strs *keys);
/* The same for at most n of them; *after is where it goes on, NULL at first, in
 * the list's arena. false: there are no more. */
bool path_list_some(const char *prefix, const char **after, size_t n,
    path_list_from_fn *from, void *arg, struct strs *keys);

#endif
