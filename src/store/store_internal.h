/*
 * What the files of src/store share; SQLite is seen here alone.
 */
#ifndef MV_STORE_STORE_INTERNAL_H
#define MV_STORE_STORE_INTERNAL_H

#include <sqlite3.h>

#include "store/statement.h"
#include "store/store.h"

/* The connection, the store's. */
sqlite3 *store_db(struct store *s);
/* A statement for sqlite3_finalize; NULL and a line in the log when SQLite
 * refuses. */
sqlite3_stmt *store_prepare(struct store *s, const char *sql);
/* Runs statements that give no rows; false and a line in the log when SQLite
 * refuses. */
bool store_run(struct store *s, const char *sql);
/* Steps of opening. A store without a database yet; a path of NULL is memory;
 * false: store_db's error says why. */
struct store *store_new(
    const struct store_part *const *parts, const struct log *log);
bool store_open_db(struct store *s, const char *path);
bool store_prepare_own(struct store *s);
/* A snapshot's bytes, for a database in memory. */
void store_clear_wal_mark(unsigned char *snapshot, size_t n);

/* Is this result of SQLite a good one? If not, it is logged and the store has
 * failed. */
bool store_check(struct store *s, int rc, const char *what);
/* Calls what store_on_next_write was given, before the first write. */
void store_notify_write(struct store *s);

/* The database of an image for sqlite3_free; NULL: no memory. */
unsigned char *store_unpack_image(const struct store_image *image);

/* A write beside the typed statements begins: within the pass, or not at all
 * (false) after a failure. */
bool store_enter_write(struct store *s);
/* An import's own transaction is at its end. True: while capture is on, what is
 * kept is the pass's, whose end commits it. */
bool store_join_pass(struct store *s, bool keep);

/* The member of *value that a column stands for, to be read. */
#define ROW_CONST_FIELD(type, value, column) \
	(*(const type *)((const char *)(value) + (column)->offset))

/* Binds a list as JSON text to the parameter at, which counts from 1; SQLite's
 * result. */
int store_bind_strs(sqlite3_stmt *st, int at, const struct strs *list);
/* Binds every column of the row, from parameter 1 on; SQLite's result. */
int row_bind(sqlite3_stmt *st, const struct row *row, const void *value);

#endif
