/*
 * Whole rows of tables.
 */
#include "store/table_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* A node's own tables. */
static const struct {
	const char *name;
	bool is_state; /* exported and restored, though not replicated */
} local_tables[] = {
	{ "schema_part", false },
	{ "sqlite_sequence", false }, /* what older databases had */
	{ "raft_log", false },
	{ "raft_meta", false },
	{ "raft_image", false },
	{ "dev", true },
};

bool
table_is_local(const char *name)
{
	for (size_t i = 0; i < sizeof(local_tables) / sizeof(*local_tables);
	     i++)
		if (strcmp(local_tables[i].name, name) == 0)
			return true;
	return false;
}

/* Vault 1.19: raft keeps its own configuration when a snapshot is restored. */
bool
table_stays(const char *name)
{
	return strcmp(name, "cluster_peer") == 0;
}

bool
table_is_state(const char *name)
{
	for (size_t i = 0; i < sizeof(local_tables) / sizeof(*local_tables);
	     i++)
		if (strcmp(local_tables[i].name, name) == 0)
			return local_tables[i].is_state;
	return true;
}

/* Has the table a rowid that is none of its columns? */
static bool
table_has_hidden_rowid(sqlite3 *db, const char *name, bool *hidden)
{
	sqlite3_stmt *st = NULL;
	bool ok;

	ok = sqlite3_prepare_v2(db,
		 "SELECT wr = 0 AND (SELECT count(*) <> 1 OR "
		 "max(upper(type)) <> 'INTEGER' FROM pragma_table_info(?1) "
		 "WHERE pk > 0) FROM pragma_table_list "
		 "WHERE schema = 'main' AND name = ?1",
		 -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW;
	*hidden = ok && sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	return ok;
}

/* The three texts of a table, from the names of its columns. */
static bool
table_write_sql(struct table_rows *t, sqlite3 *db, struct buf *names,
    struct buf *marks, struct buf *terms)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(
	    db, "SELECT name FROM pragma_table_info(?)", -1, &st, NULL);

	if (t->has_hidden_rowid) {
		buf_str(names, "rowid");
		buf_str(marks, "?");
		buf_str(terms, "rowid = ?");
	}
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(st, 1, t->name, -1, SQLITE_STATIC);
	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		rc = sqlite3_step(st);
		if (rc != SQLITE_ROW)
			break;
		if (names->n) {
			buf_str(names, ", ");
			buf_str(marks, ", ");
			buf_str(terms, " AND ");
		}
		buf_printf(names, "\"%s\"", sqlite3_column_text(st, 0));
		buf_str(marks, "?");
		buf_printf(terms, "\"%s\" IS ?", sqlite3_column_text(st, 0));
		t->ncolumns++;
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE && t->ncolumns > 0;
}

bool
table_rows_init(struct table_rows *t, sqlite3 *db, const char *name)
{
	struct buf names, marks, terms, sql;
	bool ok;

	memset(t, 0, sizeof(*t));
	t->name = xstrdup(name);
	buf_init(&names, 0);
	buf_init(&marks, 0);
	buf_init(&terms, 0);
	buf_init(&sql, 0);
	ok = table_has_hidden_rowid(db, name, &t->has_hidden_rowid) &&
	    table_write_sql(t, db, &names, &marks, &terms);
	if (ok) {
		buf_printf(&sql, "INSERT INTO \"%s\" (%s) VALUES (%s)", name,
		    names.p, marks.p);
		ok = sqlite3_prepare_v3(db, sql.p, -1,
			 SQLITE_PREPARE_PERSISTENT, &t->insert,
			 NULL) == SQLITE_OK;
	}
	if (ok) {
		buf_clear(&sql);
		buf_printf(&sql, "DELETE FROM \"%s\" WHERE %s", name, terms.p);
		ok = sqlite3_prepare_v3(db, sql.p, -1,
			 SQLITE_PREPARE_PERSISTENT, &t->remove,
			 NULL) == SQLITE_OK;
	}
	buf_release(&names);
	buf_release(&marks);
	buf_release(&terms);
	buf_release(&sql);
	return ok;
}

void
table_rows_release(struct table_rows *t)
{
	sqlite3_finalize(t->insert);
	sqlite3_finalize(t->remove);
	free(t->name);
	memset(t, 0, sizeof(*t));
}

bool
table_rows_run(sqlite3 *db, sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);
	bool ok = rc == SQLITE_DONE && sqlite3_changes(db) == 1;

	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return ok;
}

/* ---- one database's rows for another's ---- */

sqlite3_stmt *
table_rows_select(sqlite3 *db, const struct table_rows *t)
{
	char *sql = sqlite3_mprintf("SELECT %s* FROM \"%w\"",
	    t->has_hidden_rowid ? "rowid, " : "", t->name);
	sqlite3_stmt *st = NULL;

	if (sql && sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		st = NULL;
	sqlite3_free(sql);
	return st;
}

/* The DELETE of a table as a SELECT: is there such a row? */
static sqlite3_stmt *
table_find(sqlite3 *db, const struct table_rows *t)
{
	static const char verb[] = "DELETE FROM";
	char *sql = sqlite3_mprintf(
	    "SELECT 1 FROM%s", sqlite3_sql(t->remove) + sizeof(verb) - 1);
	sqlite3_stmt *st = NULL;

	if (sql && sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		st = NULL;
	sqlite3_free(sql);
	return st;
}

static bool
table_bind_row(sqlite3_stmt *to, sqlite3_stmt *row)
{
	for (int i = 0; i < sqlite3_column_count(row); i++)
		if (sqlite3_bind_value(
			to, i + 1, sqlite3_column_value(row, i)) != SQLITE_OK)
			return false;
	return true;
}

/* Runs a statement of db for each row of one database that the other does not
 * have. */
static bool
table_for_missing(
    sqlite3 *db, sqlite3_stmt *rows, sqlite3_stmt *find, sqlite3_stmt *change)
{
	int rc = SQLITE_ERROR;
	bool ok = rows && find;

	while (ok && (rc = sqlite3_step(rows)) == SQLITE_ROW) {
		int found;

		ok = table_bind_row(find, rows);
		found = ok ? sqlite3_step(find) : SQLITE_ERROR;
		sqlite3_reset(find);
		if (found == SQLITE_ROW)
			continue;
		ok = found == SQLITE_DONE && table_bind_row(change, rows) &&
		    table_rows_run(db, change);
	}
	sqlite3_finalize(rows);
	sqlite3_finalize(find);
	return ok && rc == SQLITE_DONE;
}

static bool
table_replace(sqlite3 *db, sqlite3 *from, const char *name)
{
	struct table_rows t;
	bool ok = table_rows_init(&t, db, name) &&
	    table_for_missing(db, table_rows_select(db, &t),
		table_find(from, &t), t.remove) &&
	    table_for_missing(
		db, table_rows_select(from, &t), table_find(db, &t), t.insert);

	table_rows_release(&t);
	return ok;
}

sqlite3_stmt *
table_rows_list(sqlite3 *db)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(db,
		"SELECT name FROM sqlite_schema WHERE type = 'table' "
		"ORDER BY name",
		-1, &st, NULL) != SQLITE_OK)
		return NULL;
	return st;
}

bool
table_rows_replace_all(
    sqlite3 *db, sqlite3 *from, bool (*is_wanted)(const char *name))
{
	sqlite3_stmt *st = table_rows_list(db);
	int rc = SQLITE_ERROR;
	bool ok = st != NULL;

	while (ok && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(st, 0);

		ok = !is_wanted(name) || table_replace(db, from, name);
	}
	sqlite3_finalize(st);
	return ok && rc == SQLITE_DONE;
}
