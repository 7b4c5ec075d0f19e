/*
 * Whole rows of a table, whatever they mean: one is put in, one is taken out.
 * SQLite's level, below the store.
 */
#ifndef MV_STORE_TABLE_ROWS_H
#define MV_STORE_TABLE_ROWS_H

#include <sqlite3.h>
#include <stdbool.h>

/* A table's two statements. Parameter 1 is the rowid where the table has one
 * that no column shows; a parameter for each column follows. */
struct table_rows {
	char *name;
	bool has_hidden_rowid;
	int ncolumns;
	sqlite3_stmt *insert;
	sqlite3_stmt *remove; /* the row with just these values */
};

/* False when SQLite refuses (sqlite3_errmsg says why), or there is no such
 * table; released all the same. */
bool table_rows_init(struct table_rows *t, sqlite3 *db, const char *name);
void table_rows_release(struct table_rows *t);
/* Runs a statement whose parameters are bound; true when it has changed one
 * row. */
bool table_rows_run(sqlite3 *db, sqlite3_stmt *st);

/* Is a table a node's own, so that other nodes of its cluster do not get what
 * is written to it? And is it part of the state that is exported and restored?
 * All such tables are named in table_rows.c. */
bool table_is_local(const char *name);
bool table_is_state(const char *name);
/* Does it say who belongs to the cluster, so that a state document that is
 * restored leaves it as it is? */
bool table_stays(const char *name);

/* Statements to finalize, NULL when SQLite refuses: the names of all tables;
 * all rows of one, with the rowid first where it is hidden. */
sqlite3_stmt *table_rows_list(sqlite3 *db);
sqlite3_stmt *table_rows_select(sqlite3 *db, const struct table_rows *t);

/* Gives every table of db that is wanted the rows that it has in from, a
 * database with the same tables; rows that are the same stay. Within a
 * transaction. */
bool table_rows_replace_all(
    sqlite3 *db, sqlite3 *from, bool (*is_wanted)(const char *name));

#endif
