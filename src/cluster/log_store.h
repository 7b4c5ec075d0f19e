/*
 * A node's disk in SQLite: log, term, vote and snapshot are tables of the
 * database that the state is in, so one transaction has both. The state's
 * commands are the changesets of store/capture.h.
 */
#ifndef MV_CLUSTER_LOG_STORE_H
#define MV_CLUSTER_LOG_STORE_H

#include "cluster/disk.h"
#include "store/store.h"

struct log_store;

/* The tables; in the list of parts of every store that a node has. */
extern const struct store_part log_store_part;

/* The store has capture on, and outlives it. What is read once is kept, so
 * after a pass that was not committed it is made anew. NULL: the store fails.
 */
struct log_store *log_store_new(struct store *s);
/* NULL is allowed. */
void log_store_free(struct log_store *l);
/* No log, no term, no snapshot, as in a new store; the state stays. */
void log_store_clear(struct log_store *l);
/* Lives as long. Whether a write has failed says store_has_failed. */
const struct cluster_disk *log_store_disk(struct log_store *l);

#endif
