/*
 * The end of a mount. What it kept goes step by step, in later passes when it
 * is much; until then the mount is tainted, as in Vault, and a start goes on
 * with it.
 */
#ifndef MV_CORE_MOUNT_UNMOUNT_H
#define MV_CORE_MOUNT_UNMOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/expirer.h"
#include "core/mount/mount.h"

/* How many rows a step deletes at most. */
#define UNMOUNT_STEP 64
#define UNMOUNT_STEP_SQL "LIMIT 64"

extern const struct store_part unmount_store;
extern const struct expirer unmount_expirer;

/* None is under way; the caller frees it. */
struct unmounts *unmounts_new(void);
/* Who waits is forgotten. NULL is allowed. */
void unmounts_free(struct unmounts *u);
/* Deletes some of what a mount kept; true while there is more. */
void unmounts_on_step(
    struct vault *v, bool (*step)(struct vault *v, struct mount *m));
/* The store has other content: taints what was going. After mounts_load. */
void unmounts_load(struct vault *v);

/* Begins; true when it has ended and m is freed, as it does when in_one. */
bool unmount_begin(struct vault *v, struct mount *m, bool in_one);
bool unmount_is_under_way(struct vault *v, int64_t mount_id);
/* fn is called in a later pass, once that is over in one way or another. */
void unmount_wait(
    struct vault *v, int64_t mount_id, void (*fn)(void *arg), void *arg);

#endif
