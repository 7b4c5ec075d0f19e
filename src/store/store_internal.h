/*
 * What the files of src/store share; SQLite is seen here alone.
 */
#ifndef MV_STORE_STORE_INTERNAL_H
#define MV_STORE_STORE_INTERNAL_H

#include <sqlite3.h>

#include "store/changes.h"
#include "store/statement.h"
#include "store/store.h"
#include "store/store_file.h"

struct store_part_state {
	const struct store_part *part;
	sqlite3_stmt **prepared;
};

/* How rows of an import are added: prepared once a table. */
struct store_import {
	sqlite3_stmt *into; /* NULL: none yet */
	char *table;
};

struct store {
	sqlite3 *db;
	const struct log *log;
	struct store_part_state *parts;
	int nparts;
	sqlite3_stmt *begin, *commit, *savepoint, *release, *rollback_to;
	sqlite3_stmt *nothing; /* gives no rows: stands in after a failure */
	int failure;	       /* SQLite's code of the first; 0: none */
	bool in_transaction;
	bool in_request;
	bool savepoint_open; /* the request's savepoint is open */
	bool has_writes;     /* the transaction has writes */
	const char *refusal; /* why the database cannot be used; NULL: SQLite's
				own words */
	struct store_file *file; /* NULL: in memory */
	void (*before_write)(void *arg);
	void *before_write_arg;
	void (*on_use)(void *arg);
	void *on_use_arg;
	struct changes *changes;	       /* NULL: capture is off */
	size_t statement_mark, savepoint_mark; /* of the changes */
	bool (*before_commit)(void *arg);
	void *before_commit_arg;
	struct store_import import;
	int64_t changed_before; /* rows that other connections have written */
};

/* Where a store has its own statements. */
#define STORE_OWN_STATEMENTS 6
#define STORE_OWN(s)                                                       \
	{                                                                  \
		&(s)->begin, &(s)->commit, &(s)->savepoint, &(s)->release, \
		    &(s)->rollback_to, &(s)->nothing                       \
	}

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
bool store_set_up(
    struct store *s, const char *path, const struct store_image *image);
bool store_prepare_own(struct store *s);
/* From now on this store answers for its connection's failures. */
void store_link_db(struct store *s);
#define STORE_CACHE_PRAGMA "PRAGMA cache_size = -16384;"
/* Of each connection to a file. */
#define STORE_FILE_PRAGMAS          \
	"PRAGMA synchronous = OFF;" \
	"PRAGMA wal_autocheckpoint = 4000;" STORE_CACHE_PRAGMA
/* Those of the parts are prepared again at their next use. */
void store_finalize_parts(struct store *s);
void store_finalize_own(struct store *s);
/* A snapshot's bytes, for a database in memory. */
void store_clear_wal_mark(unsigned char *snapshot, size_t n);

/* The content of another database in place of the own: page by page, or row by
 * row of the tables that are wanted, which capture sees. All or nothing. */
bool store_copy_pages(struct store *s, sqlite3 *from);
bool store_copy_rows(
    struct store *s, sqlite3 *from, bool (*is_wanted)(const char *name));

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
