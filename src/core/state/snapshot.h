/*
 * The whole state at one instant: the store's bytes and what the seal holds in
 * memory. Taken, put back as often as wanted, given up.
 */
#ifndef MV_CORE_STATE_SNAPSHOT_H
#define MV_CORE_STATE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/vault.h"

struct image;

/* NULL when SQLite could not (the log says why). */
struct image *image_take(struct vault *v);
/* Puts it back: every cache is dropped, sealed is what was sealed then. On
 * failure the state is as before. */
bool image_restore(struct vault *v, const struct image *image);
void image_free(struct image *image);
size_t image_bytes(const struct image *image);
/* The same for a start that must be quick: what is larger than a few MiB is read
 * out only when it is about to change. One at a time. */
struct image *image_take_later(struct vault *v);

/* The store has another content: sealed, every cache dropped. */
void vault_renewed(struct vault *v);
/* Nothing left, not even initialised. */
bool vault_wipe(struct vault *v);

#endif
