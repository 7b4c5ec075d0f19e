/*
 * A state document (core/state/export.h) in the place of the whole state. It is
 * read and checked into a store of its own, on whatever thread, while the vault
 * serves; then that store's content is the vault's. What was written meanwhile
 * is gone with all else.
 */
#ifndef MV_CORE_STATE_IMPORT_H
#define MV_CORE_STATE_IMPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "core/vault.h"

#define IMPORT_KEY_SIZE 32

struct worker;

/* A state that is read; zeroed, it is none. */
struct import_state {
	struct store *store;
	bool sealed;
	uint8_t key[IMPORT_KEY_SIZE]; /* the root key, unless sealed */
	int64_t put_changes; /* store_change_count just after it was put */
};

/* On whatever thread; parts are those of the vault's store, stop_fd (-1: none)
 * becomes readable when it shall end soon. false and an error: 503 for that, or
 * what is wrong with the document. A table or a nullable column that is missing
 * is empty. */
bool import_state_read(struct import_state *m,
    const struct store_part *const *parts, const json_t *document, int stop_fd,
    struct error *c);
/* Takes the place of everything. false and an error, nothing changed. */
bool import_state_put(struct vault *v, struct import_state *m, struct error *c);
void import_state_release(struct import_state *m);
/* All of it at once, for a start. */
bool vault_import(struct vault *v, const json_t *document, struct error *c);

/* ---- on a worker thread ---- */

struct import_order {
	/* On the loop, when its turn comes. From then on read may be called. */
	void (*start)(void *arg);
	/* On the thread: the document, the import's; NULL and an error. It
	 * touches arg alone. */
	json_t *(*read)(void *arg, struct error *e);
	/* On the thread, or NULL: m has been read. It touches arg alone. */
	void (*finish)(void *arg, const struct import_state *m);
	/* On the loop. m may be put, or moved; it is NULL when e says why there
	 * is none. */
	void (*done)(void *arg, struct import_state *m, struct error *e);
	void *arg;
	bool at_once; /* on no thread, done before this returns */
};

/* Of several, each is done before the next is read. The vault may go before
 * that. */
void vault_import_start(struct vault *v, const struct import_order *order);
/* Puts it once the requests of this pass are through: the mounts they stand on
 * go with it. Moves m; an error is logged. Of two in one pass the later
 * counts. */
void vault_import_put_soon(struct vault *v, struct import_state *m);
/* Logs why a state was not put. */
void vault_import_log_error(const struct vault *v, const struct error *e);

#endif
