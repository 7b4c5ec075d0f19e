/*
 * The whole state as one readable JSON document, out and in:
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

#include <jansson.h>

#include "base/buf.h"
#include "base/json/schema.h"
#include "core/vault.h"

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
/* Takes the place of everything. false and an error, nothing changed. A
 * table or a nullable column that is missing is empty. */
bool vault_import(struct vault *v, const json_t *document, struct error *c);
/* The same once the requests of this pass are through: the mounts they stand on
 * go with it. Takes the document; what is wrong with it is logged. Of two in
 * one pass the later counts. */
void vault_import_soon(struct vault *v, json_t *document);

#endif
