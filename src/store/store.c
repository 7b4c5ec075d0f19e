/*
 * SQLite behind store.h: opening, migrations, prepared statements, the
 * transaction of a loop pass and the savepoint of a request.
 */
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "store/capture.h"
#include "store/store_internal.h"
#include "store/table_rows.h"

/* A query is its statement; the type is opaque so that nobody else needs
 * SQLite's header. */
static struct query *
stmt_as_query(sqlite3_stmt *st)
{
	return (struct query *)st;
}

static sqlite3_stmt *
query_as_stmt(struct query *q)
{
	return (sqlite3_stmt *)q;
}

sqlite3 *
store_db(struct store *s)
{
	return s->db;
}

void
store_on_use(struct store *s, void (*fn)(void *arg), void *arg)
{
	s->on_use = fn;
	s->on_use_arg = arg;
}

void
store_on_next_write(struct store *s, void (*fn)(void *arg), void *arg)
{
	s->before_write = fn;
	s->before_write_arg = arg;
}

void
store_notify_write(struct store *s)
{
	void (*fn)(void *arg) = s->before_write;

	s->before_write = NULL;
	if (fn)
		fn(s->before_write_arg);
}

static void
store_log_error(struct store *s, const char *what)
{
	log_msg(s->log, LOG_ERROR, "storage.sqlite", "%s: %s", what,
	    sqlite3_errmsg(s->db));
}

/* A row that breaks a rule of its table is the statement's own affair. */
bool
store_check(struct store *s, int rc, const char *what)
{
	if (rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE)
		return true;
	if (s->changes) /* the rows before the bad one are undone */
		changes_cut(s->changes, s->statement_mark);
	if (!s->failure)
		store_log_error(s, what);
	if (!s->failure && (rc & 0xff) != SQLITE_CONSTRAINT) {
		s->failure = rc;
		if (s->on_use) /* before a transaction, too */
			s->on_use(s->on_use_arg);
	}
	return false;
}

/* SQLite calls it when it undoes a transaction; its argument is how a statement
 * finds its store. */
static void
store_on_rollback(void *arg)
{
	(void)arg;
}

/* The store of a statement that has failed. */
static struct store *
store_of_statement(sqlite3_stmt *st)
{
	sqlite3 *db = sqlite3_db_handle(st);
	struct store *s = sqlite3_rollback_hook(db, NULL, NULL);

	sqlite3_rollback_hook(db, store_on_rollback, s);
	return s;
}

bool
store_run(struct store *s, const char *sql)
{
	return store_check(s, sqlite3_exec(s->db, sql, NULL, NULL, NULL), sql);
}

bool
store_has_failed(const struct store *s)
{
	return s->failure != 0;
}

const char *
store_failure_text(const struct store *s)
{
	return (s->failure & 0xff) == SQLITE_FULL ? "no space left on device"
						  : "input/output error";
}

sqlite3_stmt *
store_prepare(struct store *s, const char *sql)
{
	sqlite3_stmt *st = NULL;

	store_check(s,
	    sqlite3_prepare_v3(
		s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL),
	    sql);
	return st;
}

/* How many migrations of the part have run; -1: that cannot be read. */
static int
store_migrations_done(struct store *s, const char *part)
{
	static const char sql[] =
	    "SELECT version FROM schema_part WHERE name = ?";
	sqlite3_stmt *st = store_prepare(s, sql);
	int n = 0, rc;

	if (!st ||
	    !store_check(
		s, sqlite3_bind_text(st, 1, part, -1, SQLITE_STATIC), sql)) {
		sqlite3_finalize(st);
		return -1;
	}
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		n = sqlite3_column_int(st, 0);
	else if (!store_check(s, rc, sql))
		n = -1;
	sqlite3_finalize(st);
	return n;
}

/* Keeps why the database cannot be used. */
static bool
store_refuse(struct store *s, const char *why)
{
	s->refusal = why;
	return false;
}

/* A file of SQLite's that is not empty and has no table of ours. */
static bool
store_is_foreign(struct store *s)
{
	sqlite3_stmt *st = store_prepare(s,
	    "SELECT count(*) > 0 AND sum(name = 'schema_part') = 0 "
	    "FROM sqlite_master WHERE type = 'table'");
	bool foreign = st && sqlite3_step(st) == SQLITE_ROW &&
	    sqlite3_column_int(st, 0) != 0;

	sqlite3_finalize(st);
	return foreign;
}

static bool
store_migrate(struct store *s, const struct store_part *part, bool fresh)
{
	int done = fresh ? 0 : store_migrations_done(s, part->name);
	int n = 0, last = 0;
	char *sql;
	bool ok, whole = done == 0 && part->schema;

	if (done < 0)
		return false;
	while (part->migrations[last])
		last++;
	if (done > last)
		return store_refuse(s,
		    "this database was written by a newer mockvault, which "
		    "this one cannot read");
	if (whole && !store_run(s, part->schema))
		return false;
	for (; part->migrations[n]; n++)
		if (n >= done && !whole && !store_run(s, part->migrations[n]))
			return false;
	if (n == done)
		return true;
	sql = sqlite3_mprintf(
	    "INSERT INTO schema_part (name, version) VALUES (%Q, %d) "
	    "ON CONFLICT (name) DO UPDATE SET version = %d",
	    part->name, n, n);
	ok = sql && store_run(s, sql);
	sqlite3_free(sql);
	return ok;
}

bool
store_copy_pages(struct store *s, sqlite3 *from)
{
	sqlite3_backup *copy = sqlite3_backup_init(s->db, "main", from, "main");
	bool ok = copy && sqlite3_backup_step(copy, -1) == SQLITE_DONE;

	if (copy)
		ok = sqlite3_backup_finish(copy) == SQLITE_OK && ok;
	return ok;
}

bool
store_copy_rows(
    struct store *s, sqlite3 *from, bool (*is_wanted)(const char *name))
{
	bool ok;

	if (!store_enter_write(s))
		return false;
	s->statement_mark = changes_mark(s->changes);
	if (!store_run(s, "SAVEPOINT whole"))
		return false;
	ok = table_rows_replace_all(s->db, from, is_wanted);
	if (!ok) {
		changes_cut(s->changes, s->statement_mark);
		store_run(s, "ROLLBACK TO whole");
	}
	return store_run(s, "RELEASE whole") && ok;
}

static bool
store_is_replicated(const char *name)
{
	return !table_is_local(name);
}

/* Copies a snapshot, sqlite3_malloc'ed and taken, over the database. */
static bool
store_copy_from(struct store *s, unsigned char *snapshot, size_t n)
{
	sqlite3 *from = NULL;
	bool ok = false;

	if (!snapshot)
		return false;
	if (sqlite3_open(":memory:", &from) != SQLITE_OK)
		sqlite3_free(snapshot);
	else if (sqlite3_deserialize(from, "main", snapshot, (sqlite3_int64)n,
		     (sqlite3_int64)n,
		     SQLITE_DESERIALIZE_FREEONCLOSE) == SQLITE_OK)
		ok = s->changes ? store_copy_rows(s, from, store_is_replicated)
				: store_copy_pages(s, from);
	sqlite3_close(from);
	return ok;
}

bool
store_set_up(struct store *s, const char *path, const struct store_image *image)
{
	bool fresh = path == NULL;
	int first = 0;

	if (path && store_is_foreign(s))
		return store_refuse(
		    s, "this is the database of another program");
	if (path &&
	    !store_run(s, "PRAGMA journal_mode = WAL;" STORE_FILE_PRAGMAS))
		return false;
	if (!path && !store_run(s, "PRAGMA journal_mode = MEMORY;"))
		return false;
	if (!store_run(s, STORE_CACHE_PRAGMA))
		return false;
	if (fresh && image && image->n) {
		if (!store_copy_from(s, store_unpack_image(image), image->n))
			return false;
		if (image->nparts == s->nparts)
			return true;
		first = image->nparts;
	}
	if (!store_run(s,
		"BEGIN IMMEDIATE;"
		"CREATE TABLE IF NOT EXISTS schema_part "
		"(name TEXT PRIMARY KEY, version INTEGER NOT NULL) "
		"WITHOUT ROWID"))
		return false;
	for (int i = first; i < s->nparts; i++)
		if (!store_migrate(s, s->parts[i].part, fresh))
			return false;
	return store_run(s, "COMMIT");
}

void
store_link_db(struct store *s)
{
	sqlite3_rollback_hook(s->db, store_on_rollback, s);
}

bool
store_prepare_own(struct store *s)
{
	s->begin = store_prepare(s, "BEGIN");
	s->commit = store_prepare(s, "COMMIT");
	s->savepoint = store_prepare(s, "SAVEPOINT request");
	s->release = store_prepare(s, "RELEASE request");
	s->rollback_to = store_prepare(s, "ROLLBACK TO request");
	s->nothing = store_prepare(s, "SELECT 1 WHERE 0");
	store_link_db(s);
	return !s->failure;
}

struct store *
store_new(const struct store_part *const *parts, const struct log *log)
{
	struct store *s = xcalloc(1, sizeof(*s));

	s->log = log;
	while (parts[s->nparts])
		s->nparts++;
	s->parts = xcalloc((size_t)s->nparts, sizeof(*s->parts));
	for (int i = 0; i < s->nparts; i++) {
		s->parts[i].part = parts[i];
		s->parts[i].prepared = xcalloc(
		    (size_t)parts[i]->nstatements, sizeof(sqlite3_stmt *));
	}
	return s;
}

bool
store_open_db(struct store *s, const char *path)
{
	return sqlite3_open_v2(path ? path : ":memory:", &s->db,
		   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
		       SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
		   NULL) == SQLITE_OK;
}

struct store *
store_open(const char *path, const struct store_part *const *parts,
    const struct log *log, struct error *e)
{
	return store_open_image(path, parts, NULL, log, e);
}

struct store *
store_open_image(const char *path, const struct store_part *const *parts,
    const struct store_image *image, const struct log *log, struct error *e)
{
	struct store *s = store_new(parts, log);

	/* Nobody asks how much memory SQLite has, and counting takes a lock at
	 * every allocation. A program that uses SQLite already keeps its way.
	 */
	if (sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK)
		log_msg(log, LOG_TRACE, "core", "SQLite counts its memory");
	s->file = path ? store_file_claim(path, log, e) : NULL;
	if (path && !s->file) {
		store_close(s);
		return NULL;
	}
	if (!store_open_db(s, path) || !store_set_up(s, path, image) ||
	    !store_prepare_own(s)) {
		error_set(e, 400, "%s: %s", path ? path : "memory",
		    s->refusal ? s->refusal : sqlite3_errmsg(s->db));
		store_close(s);
		return NULL;
	}
	if (s->file)
		store_file_opened(s->file);
	return s;
}

void
store_finalize_parts(struct store *s)
{
	for (int i = 0; i < s->nparts; i++)
		for (int k = 0; k < s->parts[i].part->nstatements; k++) {
			sqlite3_finalize(s->parts[i].prepared[k]);
			s->parts[i].prepared[k] = NULL;
		}
}

void
store_finalize_own(struct store *s)
{
	sqlite3_stmt **const own[STORE_OWN_STATEMENTS] = STORE_OWN(s);

	for (size_t i = 0; i < STORE_OWN_STATEMENTS; i++) {
		sqlite3_finalize(*own[i]);
		*own[i] = NULL;
	}
}

void
store_keep_log(struct store *s)
{
	if (sqlite3_db_config(
		s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) != SQLITE_OK)
		log_msg(s->log, LOG_WARN, "store",
		    "the log goes into the database at its end");
}

void
store_close(struct store *s)
{
	if (!s)
		return;
	if (s->in_transaction)
		store_commit(s);
	changes_free(s->changes);
	store_finalize_parts(s);
	for (int i = 0; i < s->nparts; i++)
		free(s->parts[i].prepared);
	free(s->parts);
	store_finalize_own(s);
	sqlite3_close(s->db);
	store_file_release(s->file);
	free(s);
}

static bool
store_step_done(struct store *s, sqlite3_stmt *st)
{
	bool ok = store_check(s, sqlite3_step(st), sqlite3_sql(st));

	sqlite3_reset(st);
	return ok;
}

/* Writes a row's names, or a ? for each, with commas between. */
static void
store_write_columns(struct buf *out, const struct row *row, bool names)
{
	for (size_t i = 0; i < row->n; i++)
		buf_printf(out, "%s%s", i ? ", " : "",
		    names ? row->columns[i].name : "?");
}

/* The SQL of a typed statement: $columns and $values are replaced. */
static void
store_write_sql(struct buf *out, const struct store_statement *t)
{
	const char *p = t->sql, *mark;

	for (; t->row && (mark = strchr(p, '$')) != NULL;) {
		bool names = starts_with(mark, "$columns");

		buf_add(out, p, (size_t)(mark - p));
		if (!names && !starts_with(mark, "$values"))
			abort(); /* a mark that is not known: our bug */
		store_write_columns(out, t->row, names);
		p = mark + strlen(names ? "$columns" : "$values");
	}
	buf_str(out, p);
}

static sqlite3_stmt *
store_prepare_of(struct store *s, const struct store_part *part, int at)
{
	struct buf sql;
	sqlite3_stmt *st;
	size_t nargs;

	buf_init(&sql, 0);
	store_write_sql(&sql, &part->statements[at]);
	st = store_prepare(s, sql.p);
	buf_release(&sql);
	nargs = part->statements[at].args ? strlen(part->statements[at].args)
					  : part->statements[at].row->n;
	if (st && (size_t)sqlite3_bind_parameter_count(st) != nargs) {
		store_log_error(s, "parameters do not fit their types");
		sqlite3_finalize(st);
		return NULL;
	}
	return st;
}

static sqlite3_stmt *
store_statement(struct store *s, const struct store_part *part, int at)
{
	for (int i = 0; i < s->nparts; i++) {
		sqlite3_stmt **st;

		if (s->parts[i].part != part)
			continue;
		st = &s->parts[i].prepared[at];
		if (!*st)
			*st = store_prepare_of(s, part, at);
		if (!*st && s->failure)
			return s->nothing;
		if (!*st)
			abort(); /* a statement that never worked: our bug */
		return *st;
	}
	abort(); /* a part that nobody listed */
}

static void
store_enter_transaction(struct store *s)
{
	if (s->in_transaction)
		return;
	if (s->on_use)
		s->on_use(s->on_use_arg);
	s->in_transaction = store_step_done(s, s->begin);
}

bool
store_enter_write(struct store *s)
{
	if (s->before_write)
		store_notify_write(s);
	store_enter_transaction(s);
	if (s->failure)
		return false;
	s->has_writes = true;
	if (s->changes)
		s->statement_mark = changes_mark(s->changes);
	if (s->in_request && !s->savepoint_open) {
		s->savepoint_mark = s->statement_mark;
		s->savepoint_open = store_step_done(s, s->savepoint);
	}
	return !s->failure;
}

/* A transaction around everything; a savepoint before a request's first write.
 */
static void
store_enter(struct store *s, sqlite3_stmt *st)
{
	if (sqlite3_stmt_readonly(st) != 0)
		store_enter_transaction(s);
	else
		store_enter_write(s);
}

/* The statement to run: after a failure, one without rows, so that nothing is
 * written beside the transaction that SQLite may have given up. */
static sqlite3_stmt *
store_enter_statement(struct store *s, const struct store_part *part, int at)
{
	sqlite3_stmt *st = store_statement(s, part, at);

	if (!s->failure)
		store_enter(s, st);
	if (s->failure)
		st = s->nothing;
	sqlite3_reset(st);
	return st;
}

/* Binds one argument to a parameter of a letter's type; SQLITE_MISMATCH: they
 * do not fit. */
static int
store_bind_arg(sqlite3_stmt *st, int at, char type, const struct store_arg *arg)
{
	if (arg->type != (type == 't' ? 'b' : type))
		return SQLITE_MISMATCH;
	switch (type) {
	case 's':
		return sqlite3_bind_text(st, at, arg->s, -1, SQLITE_STATIC);
	case 'i':
		return sqlite3_bind_int64(st, at, arg->i);
	case 'd':
		return sqlite3_bind_double(st, at, arg->d);
	case 'b':
		return sqlite3_bind_blob64(
		    st, at, arg->b.p, arg->b.n, SQLITE_STATIC);
	case 't':
		return sqlite3_bind_text64(
		    st, at, arg->b.p, arg->b.n, SQLITE_STATIC, SQLITE_UTF8);
	case 'j':
		return store_bind_strs(st, at, arg->j);
	}
	return SQLITE_MISMATCH;
}

/* Starts a typed statement. Arguments that it does not take end the process:
 * that is a mistake in our code, found at its first use. */
struct query *
store_query_args(struct store *s, const struct store_part *part,
    const struct store_arg *args, size_t n)
{
	int at = (int)args[0].i, rc = SQLITE_OK;
	const char *types = part->statements[at].args;
	sqlite3_stmt *st = store_enter_statement(s, part, at);

	if (!types || strlen(types) != n - 1)
		rc = SQLITE_MISMATCH;
	for (size_t i = 1; rc == SQLITE_OK && st != s->nothing && i < n; i++)
		rc = store_bind_arg(st, (int)i, types[i - 1], &args[i]);
	if (rc == SQLITE_MISMATCH) {
		fprintf(stderr, "%s statement %d: wrong arguments\n",
		    part->name, at);
		abort();
	}
	if (!store_check(s, rc, part->statements[at].sql))
		st = s->nothing;
	return stmt_as_query(st);
}

bool
query_row(struct query *q)
{
	sqlite3_stmt *st = query_as_stmt(q);
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE)
		store_check(store_of_statement(st), rc, sqlite3_sql(st));
	query_done(q);
	return false;
}

/* What was bound stays, and is never looked at: every use binds all anew. */
void
query_done(struct query *q)
{
	if (q)
		sqlite3_reset(query_as_stmt(q));
}

int64_t
query_int(struct query *q, int column)
{
	return sqlite3_column_int64(query_as_stmt(q), column);
}

double
query_double(struct query *q, int column)
{
	return sqlite3_column_double(query_as_stmt(q), column);
}

const char *
query_text(struct query *q, int column)
{
	const char *text = (const char *)sqlite3_column_text(
	    query_as_stmt(q), column);

	/* A text that memory was short for reads as NULL from then on. */
	if (!text &&
	    (!query_is_null(q, column) ||
		sqlite3_errcode(sqlite3_db_handle(query_as_stmt(q))) ==
		    SQLITE_NOMEM))
		mem_exhausted();
	return text;
}

struct slice
query_slice(struct query *q, int column)
{
	const char *p = sqlite3_column_blob(query_as_stmt(q), column);

	return (struct slice){ p,
		(size_t)sqlite3_column_bytes(query_as_stmt(q), column) };
}

int64_t
query_single_int(struct query *q)
{
	int64_t n = query_row(q) ? query_int(q, 0) : 0;

	query_done(q);
	return n;
}

void
query_strs(struct query *q, struct strs *out)
{
	while (query_row(q))
		strs_add(out, query_text(q, 0));
}

bool
query_is_null(struct query *q, int column)
{
	return sqlite3_column_type(query_as_stmt(q), column) == SQLITE_NULL;
}

/* Runs a started statement to its end; returns the rows changed. */
static int
store_finish(struct store *s, struct query *q)
{
	int rc;

	do {
		rc = sqlite3_step(query_as_stmt(q));
	} while (rc == SQLITE_ROW);
	store_check(s, rc, sqlite3_sql(query_as_stmt(q)));
	query_done(q);
	return rc == SQLITE_DONE && !s->failure ? sqlite3_changes(s->db) : 0;
}

int
store_exec_args(struct store *s, const struct store_part *part,
    const struct store_arg *args, size_t n)
{
	return store_finish(s, store_query_args(s, part, args, n));
}

int
store_put_row(
    struct store *s, const struct store_part *part, int at, const void *row)
{
	sqlite3_stmt *st = store_enter_statement(s, part, at);

	if (part->statements[at].args || !part->statements[at].row)
		abort(); /* a statement that takes no row: our bug */
	if (st != s->nothing &&
	    !store_check(s, row_bind(st, part->statements[at].row, row),
		part->statements[at].sql))
		st = s->nothing;
	return store_finish(s, stmt_as_query(st));
}

int64_t
store_change_count(const struct store *s)
{
	return s->changed_before + sqlite3_total_changes64(s->db);
}

bool
store_request_begin(struct store *s)
{
	bool before = s->in_request;

	s->in_request = true;
	return before;
}

void
store_keep_request_writes(struct store *s)
{
	if (s->savepoint_open && !s->failure)
		store_step_done(s, s->release);
	s->savepoint_open = false;
}

void
store_request_end(struct store *s, bool keep)
{
	if (s->savepoint_open && !keep && s->changes)
		changes_cut(s->changes, s->savepoint_mark);
	if (s->savepoint_open && !keep && !s->failure)
		store_step_done(s, s->rollback_to);
	store_keep_request_writes(s);
	s->in_request = false;
}

bool
store_commit(struct store *s)
{
	if (s->savepoint_open)
		store_keep_request_writes(s);
	if (s->before_commit && !s->failure && changes_mark(s->changes) > 0 &&
	    !s->before_commit(s->before_commit_arg))
		store_check(s, SQLITE_ABORT, "COMMIT");
	if (s->savepoint_open) /* of what before_commit wrote, in a request */
		store_keep_request_writes(s);
	if (s->in_transaction && !s->failure)
		store_step_done(s, s->commit);
	if (s->failure && !sqlite3_get_autocommit(s->db))
		store_run(s, "ROLLBACK");
	if (s->changes)
		changes_clear(s->changes);
	if (s->file && s->in_transaction && s->has_writes)
		store_file_check(s->file, s->log);
	s->in_transaction = false;
	s->has_writes = false;
	return !s->failure;
}

bool
store_is_used(const struct store *s)
{
	return s->in_transaction;
}

bool
store_has_pending_writes(const struct store *s)
{
	return s->in_transaction && s->has_writes;
}

bool
store_snapshot(struct store *s, void **bytes, size_t *n)
{
	sqlite3_int64 size = 0;
	unsigned char *snapshot;

	if (!store_commit(s))
		return false;
	snapshot = sqlite3_serialize(s->db, "main", &size, 0);
	if (!snapshot)
		return false;
	*bytes = snapshot;
	*n = (size_t)size;
	return true;
}

void
store_free_bytes(void *bytes)
{
	sqlite3_free(bytes);
}

/* Copies a snapshot over the database with SQLite's backup, so that prepared
 * statements and a file stay what they are. */
bool
store_restore(struct store *s, const void *bytes, size_t n)
{
	unsigned char *snapshot;

	store_notify_write(s);
	if (!store_commit(s))
		return false;
	snapshot = sqlite3_malloc64(n);
	if (!snapshot)
		return false;
	memcpy(snapshot, bytes, n);
	store_clear_wal_mark(snapshot, n);
	return store_copy_from(s, snapshot, n);
}

int64_t
store_snapshot_size(struct store *s)
{
	sqlite3_int64 n = 0;
	/* Of a database that lies in one piece; the others give their size
	 * alone. */
	const void *bytes = sqlite3_serialize(
	    s->db, "main", &n, SQLITE_SERIALIZE_NOCOPY);

	return bytes || n > 0 ? n : 0;
}

bool
store_check_statements(struct store *s, struct error *e)
{
	for (int i = 0; i < s->nparts; i++) {
		const struct store_part *part = s->parts[i].part;

		for (int k = 0; k < part->nstatements; k++) {
			sqlite3_stmt *st = store_prepare_of(s, part, k);

			if (!st)
				return error_set(e, 400, "%s statement %d: %s",
				    part->name, k, sqlite3_errmsg(s->db));
			sqlite3_finalize(st);
		}
	}
	return true;
}

/* ---- capture ---- */

/* SQLite's hook does not see the default of a column that was added after a
 * row: such rows are written once more, whole. */
static bool
store_write_rows_whole(struct store *s)
{
	sqlite3_stmt *st = store_prepare(s,
	    "SELECT DISTINCT t.name, c.name FROM sqlite_schema t, "
	    "pragma_table_info(t.name) c WHERE t.type = 'table' "
	    "AND c.cid = (SELECT min(cid) FROM pragma_table_info(t.name)) "
	    "AND EXISTS (SELECT 1 FROM pragma_table_info(t.name) "
	    "WHERE dflt_value IS NOT NULL)");
	bool ok = st && store_enter_write(s);

	while (ok && sqlite3_step(st) == SQLITE_ROW) {
		char *sql = sqlite3_mprintf("UPDATE \"%w\" SET \"%w\" = \"%w\"",
		    sqlite3_column_text(st, 0), sqlite3_column_text(st, 1),
		    sqlite3_column_text(st, 1));

		ok = sql && store_run(s, sql);
		sqlite3_free(sql);
	}
	sqlite3_finalize(st);
	return ok && store_commit(s);
}

bool
store_capture(struct store *s, bool (*before_commit)(void *arg), void *arg)
{
	if (!s->changes) {
		if (!store_commit(s) || !store_write_rows_whole(s))
			return false;
		s->changes = changes_new(s->db);
		if (!s->changes)
			return false;
		/* DELETE without WHERE, prepared without the hook, goes by
		 * unseen. */
		store_finalize_parts(s);
	}
	s->before_commit = before_commit;
	s->before_commit_arg = arg;
	return true;
}

void
store_take_changes(struct store *s, struct buf *out)
{
	buf_slice(out, changes_bytes(s->changes));
	changes_clear(s->changes);
}

int64_t
store_change_count_of(struct store *s, const char *table)
{
	return s->changes ? changes_count_of(s->changes, table) : -1;
}

bool
store_apply(struct store *s, struct slice changes)
{
	return store_enter_write(s) && changes_apply(s->changes, changes);
}

bool
store_undo(struct store *s, struct slice changes)
{
	return store_enter_write(s) && changes_undo(s->changes, changes);
}

bool
store_write_image(
    struct store *s, const struct slice *undone, size_t n, struct buf *out)
{
	bool ok = store_enter_write(s) && store_run(s, "SAVEPOINT image");

	for (size_t i = 0; ok && i < n; i++)
		ok = changes_undo(s->changes, undone[i]);
	ok = ok && changes_write_image(s->changes, out);
	return store_run(s, "ROLLBACK TO image") &&
	    store_run(s, "RELEASE image") && ok;
}

bool
store_read_image(struct store *s, struct slice image)
{
	return store_enter_write(s) && changes_read_image(s->changes, image);
}

bool
store_join_pass(struct store *s, bool keep)
{
	if (!s->changes)
		return false;
	if (!keep)
		changes_clear(s->changes);
	s->in_transaction = s->has_writes = keep;
	if (keep && s->on_use)
		s->on_use(s->on_use_arg);
	return keep;
}
