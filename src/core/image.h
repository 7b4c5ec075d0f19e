/*
 * The whole state at one instant: the store's bytes and what the seal holds in
 * memory. Taken, put back as often as wanted, given up.
 */
#ifndef MV_CORE_IMAGE_H
#define MV_CORE_IMAGE_H

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
int64_t image_taken(const struct image *image); /* ns, on the vault's clock */

/* Nothing left, not even initialised. */
bool vault_wipe(struct vault *v);

#endif
