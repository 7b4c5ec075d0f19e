/*
 * What the files of this room share.
 */
#ifndef MV_STORE_STORE_INTERNAL_H
#define MV_STORE_STORE_INTERNAL_H

#include <sqlite3.h>

#include "store/statement.h"
#include "store/store.h"

sqlite3 *store_db(struct store *s);
sqlite3_stmt *store_prepare(struct store *s, const char *sql);
bool store_run(struct store *s, const char *sql);
/* Somebody is about to write: whoever waits for that is told. */
void store_notify_write(struct store *s);

/* Binds a list as JSON text to the parameter at, which counts from 1. */
void store_bind_strs(sqlite3_stmt *st, int at, const struct strs *list);
/* Binds every column of the row, from parameter 1 on. */
void row_bind(sqlite3_stmt *st, const struct row *row, const void *value);

#endif
