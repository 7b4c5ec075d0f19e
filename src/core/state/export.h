/*
 * The whole state as one readable JSON document; core/state/import.h is the way
 * back:
 *
 *   {"format":"mockvault-state/1",
 *    "seal":{"sealed":false,"root_key":"<base64>"},
 *    "tables":{"kv2_key":[{"mount":3,"path":"app",...},...],...}}
 *
 * A row is an object of its columns; bytes are {"base64":"..."}. The same state
 * makes the same document.
 */
#ifndef MV_CORE_STATE_EXPORT_H
#define MV_CORE_STATE_EXPORT_H

#include "base/buf.h"
#include "core/vault.h"

#define EXPORT_FORMAT "mockvault-state/1"

/* The document of a store, on whatever thread; key is the root key, NULL:
 * sealed. */
void export_write(struct store *store, const uint8_t *key, struct buf *out);
/* out is unlimited (buf_init with SIZE_MAX / 2). */
void vault_export(struct vault *v, struct buf *out);
/*
 * The same on a worker thread, of the state as it is now; false when that
 * cannot be read out. finish (or NULL) is called there, and may put something
 * else in the document's place: it touches nothing but that and arg. done is
 * called on the loop and may move the document, which is over when there was no
 * memory for it.
 */
struct export_order {
	void (*finish)(void *arg, struct buf *document);
	void (*done)(void *arg, struct buf *document);
	void *arg;
};
bool vault_export_start(struct vault *v, const struct export_order *order);

#endif
