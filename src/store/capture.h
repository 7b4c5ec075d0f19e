/*
 * What a pass changes, row by row, as bytes that another database with the same
 * tables can be changed by, forward, or this one backward. It is off until
 * store_capture, and costs nothing then.
 *
 * SQLite's preupdate hook sees each row with its old and new values; what a
 * request undoes is not in the bytes, nor what is written to a node's own
 * tables (store/table_rows.c names them). Whatever replaces the whole state
 * (store_restore, store_import_begin, store_clear) changes row by row while
 * capture is on, and is part of the pass like everything else.
 */
#ifndef MV_STORE_CAPTURE_H
#define MV_STORE_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct store;

/*
 * Turns capture on, for as long as the store is open; between two passes.
 * Called again, it is before_commit that changes. before_commit is called by
 * store_commit when the pass has changed something; what it writes to a node's
 * own tables is committed along. NULL: nobody. False: this SQLite has no
 * preupdate hook, or the store fails.
 */
bool store_capture(
    struct store *s, bool (*before_commit)(void *arg), void *arg);
/* How many rows of this table were changed since it was first asked for, by
 * whatever way; one table of a store alone is counted, and its name outlives
 * the store. -1: nobody knows, capture is off. */
int64_t store_change_count_of(struct store *s, const char *table);
/* Adds what this pass has changed so far, or since this was last called. What
 * is taken out of a request that is still open can no longer be undone. */
void store_take_changes(struct store *s, struct buf *out);
/*
 * Makes changes again, or undoes them, within the pass; they are not captured.
 * Each must fit the row it is for. False: one does not, so the databases are
 * not the same; nothing of the pass must be kept then.
 */
bool store_apply(struct store *s, struct slice changes);
bool store_undo(struct store *s, struct slice changes);

/*
 * The whole state but for a node's own tables, as bytes: as it would be with
 * these changes undone, one after the other. And back, in place of all rows;
 * that is not captured.
 */
bool store_write_image(
    struct store *s, const struct slice *undone, size_t n, struct buf *out);
bool store_read_image(struct store *s, struct slice image);

#endif
