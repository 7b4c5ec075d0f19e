/*
 * The state: one SQLite database. This is the only room that knows SQLite; the
 * SQL itself belongs to the modules, each with a struct store_part: its tables
 * (append-only migrations) and its statements, prepared at their first use and
 * kept.
 *
 * Transactions: the first statement of a pass through the event loop opens one;
 * store_commit at the end of the pass closes it, and answers leave after that.
 * Within it each request has a savepoint, opened by its first write, that
 * store_request_end keeps or undoes: a request that fails leaves no trace.
 */
#ifndef MV_STORE_STORE_H
#define MV_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/statement.h"

struct store;
struct query;

/* What a module keeps in the database. */
struct store_part {
	const char *name;
	const char *const *migrations; /* NULL-terminated; only ever append */
	const struct store_statement
	    *statements; /* indexed by the module's enum */
	int nstatements;
	/* What all migrations together make, for a part that a database does
	 * not have yet: reading one CREATE TABLE costs less than altering it.
	 * NULL: the migrations are run. */
	const char *schema;
};

/*
 * path NULL: in memory. On failure returns NULL and writes the reason (file and
 * SQLite's text) to e. parts is a NULL-terminated list that outlives the
 * store; migrations that have not run yet are run.
 */
struct store *store_open(const char *path,
    const struct store_part *const *parts, const struct log *log,
    struct error *e);

/* A database with all its tables and no row of the state, as the runs of its
 * bytes that are not zero. It is made when the program is built: making the
 * tables is half of a start. */
struct store_image_run {
	uint32_t at, n;
};
struct store_image {
	const struct store_image_run *runs; /* the last has n 0 */
	const unsigned char *bytes;	    /* of all runs */
	size_t n;			    /* of the database */
	int nparts; /* whose tables it has: the first of the list */
};
/* The same; a store in memory begins as the image, and makes the tables of the
 * parts behind those that the image has. NULL: it makes all. */
struct store *store_open_image(const char *path,
    const struct store_part *const *parts, const struct store_image *image,
    const struct log *log, struct error *e);
/* In memory, with the content of a snapshot of a store with the same parts. */
struct store *store_open_copy(const void *bytes, size_t n,
    const struct store_part *const *parts, const struct log *log,
    struct error *e);
/* In memory, with the same tables and no row, on whatever thread; parts is
 * borrowed. */
struct store *store_open_empty(
    const struct store_part *const *parts, struct error *e);
/* The tables of a snapshot, to be read, on whatever thread; it borrows the
 * bytes. NULL: there is no memory. */
struct store *store_open_bytes(void *bytes, size_t n);
/* Commits and closes. NULL is allowed. */
void store_close(struct store *s);
/* Its end leaves the log of the database beside its file, as kill -9 does, and
 * takes no longer for what is in it; who opens the file next reads it. */
void store_keep_log(struct store *s);

/* The next row; false at the end, which also finishes the query. */
bool query_row(struct query *q);
/* Ends a query whose rows were not read to the end. Safe on NULL. */
void query_done(struct query *q);

/* Columns of the current row, from 0; text and blob live until the next
 * query_row. A text that is NULL reads as NULL, a number as 0. */
int64_t query_int(struct query *q, int column);
double query_double(struct query *q, int column);
const char *query_text(struct query *q, int column);
/* Text or blob; empty for NULL. */
struct slice query_slice(struct query *q, int column);
bool query_is_null(struct query *q, int column);

/* The first column of the first row, 0 without a row, and the query is done. */
int64_t query_single_int(struct query *q);

/* Rows that were written since the store was opened. */
int64_t store_change_count(const struct store *s);

/* A request begins (it writes nothing yet), and ends: kept or undone. true when
 * one was under way, which the end of an inner one would end as well. */
bool store_request_begin(struct store *s);
void store_request_end(struct store *s, bool keep);
/* What the request has written so far stays, whatever its answer. */
void store_keep_request_writes(struct store *s);
/* Writes out the pass. false when SQLite could not (disk full), or when a
 * statement of it has failed: nothing of the pass stands, why is logged. */
bool store_commit(struct store *s);
/* Has a statement or a commit failed? From then on every query is empty and
 * nothing is written until store_forget_failure, which whoever answers for the
 * pass calls after store_commit. */
bool store_has_failed(const struct store *s);
/* The failure in the words of the system. */
const char *store_failure_text(const struct store *s);
void store_forget_failure(struct store *s);
/* Is there an open transaction with writes that an answer must wait for? */
bool store_has_pending_writes(const struct store *s);

/* The whole database as bytes, for store_free_bytes, and back. */
bool store_snapshot(struct store *s, void **bytes, size_t *n);
void store_free_bytes(void *bytes);
bool store_restore(struct store *s, const void *bytes, size_t n);
/* The parts of a store, NULL-terminated; the caller's to free. */
const struct store_part **store_parts_list(const struct store *s);
/*
 * The content of another store, in memory and with the same parts, in place of
 * this one's; what an import leaves as it is stays. A store in memory gets the
 * database itself, which takes no time. false: all is as before. In any case
 * other is only to be closed afterwards.
 */
bool store_take_content(struct store *s, struct store *other);

/* Every table without a row, as in a new database. */
bool store_clear(struct store *s);
/* How many bytes a snapshot would have now. */
int64_t store_snapshot_size(struct store *s);
/* fn is called when a pass uses the store for the first time, so that whoever
 * owns it commits. NULL: nobody. */
void store_on_use(struct store *s, void (*fn)(void *arg), void *arg);
/* Has it been used, and not committed yet? */
bool store_is_used(const struct store *s);
/* Calls fn once, before the next write of any kind. NULL: nobody any more. */
void store_on_next_write(struct store *s, void (*fn)(void *arg), void *arg);

/* ---- tables as such, for who carries the state elsewhere ---- */

enum store_kind {
	STORE_NULL,
	STORE_INT,
	STORE_REAL,
	STORE_TEXT,
	STORE_BLOB,
};

struct store_value {
	enum store_kind kind;
	int64_t i;
	double d;
	struct slice s; /* text or blob */
};

struct store_column {
	const char *name;
	enum store_kind kind; /* as declared */
	bool nullable;
};

/* Adds the name of every table, sorted. */
void store_tables(struct store *s, struct strs *names);
size_t store_columns(struct store *s, struct arena *a, const char *table,
    struct store_column **columns);
/* fn gets each row, in a stable order; values live until it returns. */
void store_each_row(struct store *s, const char *table,
    void (*fn)(void *arg, const struct store_value *row, size_t n), void *arg);
/* Another content: begin empties every table, row adds one, end keeps all or
 * puts back what was there. false: e has SQLite's text. */
bool store_import_begin(struct store *s);
/* Who belongs to the cluster is no part of a content: rows of this table stay,
 * and are not added. */
bool store_table_stays(const char *table);
bool store_import_row(struct store *s, const char *table,
    const struct store_value *row, size_t n, struct error *e);
bool store_import_end(struct store *s, bool keep);

/* Prepares every statement of every part; false names the first that fails. */
bool store_check_statements(struct store *s, struct error *e);

#endif
