/*
 * JSON merge patches on clean JSON text. Numbers keep their digits, so nothing
 * that stood in a document is lost because a number is too large.
 */
#ifndef MV_SECRETS_KV_MERGE_PATCH_H
#define MV_SECRETS_KV_MERGE_PATCH_H

#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"

/*
 * Adds to `out` what `patch` makes of `document` (RFC 7396, with the rules of
 * Vault's library where they differ). Both are clean JSON; so is the result.
 */
void merge_patch(struct arena *a, struct buf *out, struct slice document,
    struct slice patch);

/*
 * Adds `document` with null in the place of every value that is no object.
 * Objects are shown down to `depth` levels; 0: all. An empty object within the
 * document is null, the empty document itself is {}.
 */
void put_json_subkeys(
    struct arena *a, struct buf *out, struct slice document, int64_t depth);

#endif
