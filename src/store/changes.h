/*
 * What statements change, row by row, as bytes; and such bytes forward and
 * backward. SQLite's level, below the store; see capture.h.
 *
 * A change: u32 length of the rest without the last four bytes, u8 kind, u8
 * length of the table's name, name, i64 old rowid, i64 new rowid, u8 number of
 * columns, old values (not of an insert), new values (not of a delete), u32 the
 * length again. A value: u8 type, then i64 or the bits of a double, or u32
 * length and bytes. Numbers are big-endian.
 */
#ifndef MV_STORE_CHANGES_H
#define MV_STORE_CHANGES_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct changes;

/* Records from now on what is written to every table but a node's own. The
 * connection outlives it, statements that were prepared before do not matter
 * to it but for DELETE without WHERE. NULL: this SQLite cannot tell. */
struct changes *changes_new(sqlite3 *db);
/* NULL is allowed. */
void changes_free(struct changes *c);

/* How many rows of this table were changed, made again or undone since it was
 * first asked for; one table alone is counted. */
int64_t changes_count_of(struct changes *c, const char *table);

/* What was recorded, since the start or the last changes_clear. */
struct slice changes_bytes(const struct changes *c);
void changes_clear(struct changes *c);
/* How much that is; and what came after that point was undone. */
size_t changes_mark(const struct changes *c);
void changes_cut(struct changes *c, size_t mark);

/* Makes recorded changes again, or undoes them from the last to the first;
 * nothing of that is recorded. False: one does not fit what is there, or
 * SQLite refuses; how far it went is not said. */
bool changes_apply(struct changes *c, struct slice bytes);
bool changes_undo(struct changes *c, struct slice bytes);

/* Every row of every table but a node's own, as changes that insert it; and
 * the tables with these rows alone. */
bool changes_write_image(struct changes *c, struct buf *out);
bool changes_read_image(struct changes *c, struct slice image);

#endif
