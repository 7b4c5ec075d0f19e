/*
 * The database as tables and rows, whatever they mean: emptied, read out,
 * filled anew. What is no part of the state stands in table_rows.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/store_internal.h"
#include "store/table_rows.h"

void
store_tables(struct store *s, struct strs *names)
{
	sqlite3_stmt *st = store_prepare(s,
	    "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");

	while (st && query_row((struct query *)st))
		if (table_is_state(query_text((struct query *)st, 0)))
			strs_add(names, query_text((struct query *)st, 0));
	sqlite3_finalize(st);
}

static enum store_kind
store_kind_of_type(const char *type)
{
	static const struct {
		const char *name;
		enum store_kind kind;
	} types[] = {
		{ "INTEGER", STORE_INT },
		{ "REAL", STORE_REAL },
		{ "TEXT", STORE_TEXT },
		{ "BLOB", STORE_BLOB },
	};

	for (size_t i = 0; type && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].name, type) == 0)
			return types[i].kind;
	return STORE_NULL;
}

size_t
store_columns(struct store *s, struct arena *a, const char *table,
    struct store_column **columns)
{
	sqlite3_stmt *st = store_prepare(s,
	    "SELECT name, type, \"notnull\" OR pk > 0 "
	    "FROM pragma_table_info(?)");
	size_t n = 0;

	*columns = arena_alloc(a, 64 * sizeof(**columns));
	if (st)
		store_check(s,
		    sqlite3_bind_text(st, 1, table, -1, SQLITE_STATIC), table);
	while (st && n < 64 && query_row((struct query *)st)) {
		struct store_column *c = &(*columns)[n++];

		c->name = arena_strdup(
		    a, (const char *)sqlite3_column_text(st, 0));
		c->kind = store_kind_of_type(
		    (const char *)sqlite3_column_text(st, 1));
		c->nullable = sqlite3_column_int(st, 2) == 0;
	}
	sqlite3_finalize(st);
	return n;
}

static struct store_value
store_column_value(sqlite3_stmt *st, int column)
{
	struct store_value v = { 0 };

	switch (sqlite3_column_type(st, column)) {
	case SQLITE_INTEGER:
		v.kind = STORE_INT;
		v.i = sqlite3_column_int64(st, column);
		break;
	case SQLITE_FLOAT:
		v.kind = STORE_REAL;
		v.d = sqlite3_column_double(st, column);
		break;
	case SQLITE_TEXT:
		v.kind = STORE_TEXT;
		v.s.p = (const char *)sqlite3_column_text(st, column);
		break;
	case SQLITE_BLOB:
		v.kind = STORE_BLOB;
		v.s.p = sqlite3_column_blob(st, column);
		break;
	}
	if (v.s.p)
		v.s.n = (size_t)sqlite3_column_bytes(st, column);
	return v;
}

void
store_each_row(struct store *s, const char *table,
    void (*fn)(void *arg, const struct store_value *row, size_t n), void *arg)
{
	char *sql = sqlite3_mprintf("SELECT * FROM \"%w\"", table);
	sqlite3_stmt *st = sql ? store_prepare(s, sql) : NULL;
	struct store_value row[64];

	while (st && query_row((struct query *)st)) {
		size_t n = (size_t)sqlite3_column_count(st);

		for (size_t i = 0; i < n && i < 64; i++)
			row[i] = store_column_value(st, (int)i);
		fn(arg, row, n);
	}
	sqlite3_finalize(st);
	sqlite3_free(sql);
}

static bool
store_empty_tables(struct store *s, bool all)
{
	struct arena *a;
	struct strs names;
	bool ok = true;

	store_notify_write(s);
	if (!store_commit(s) || !store_run(s, "BEGIN"))
		return false;
	a = arena_new();
	names = strs_in(a);
	store_tables(s, &names);
	for (size_t i = 0; ok && i < names.n; i++)
		ok = (!all && table_stays(names.items[i])) ||
		    store_run(s,
			arena_printf(a, "DELETE FROM \"%s\"", names.items[i]));
	arena_free(a);
	if (!ok && !sqlite3_get_autocommit(store_db(s)))
		store_run(s, "ROLLBACK");
	return ok;
}

bool
store_table_stays(const char *table)
{
	return table_stays(table);
}

bool
store_import_begin(struct store *s)
{
	return store_empty_tables(s, false);
}

static int
store_bind_value(sqlite3_stmt *st, int at, const struct store_value *v)
{
	switch (v->kind) {
	case STORE_NULL:
		return sqlite3_bind_null(st, at);
	case STORE_INT:
		return sqlite3_bind_int64(st, at, v->i);
	case STORE_REAL:
		return sqlite3_bind_double(st, at, v->d);
	case STORE_TEXT:
		return sqlite3_bind_text64(
		    st, at, v->s.p, v->s.n, SQLITE_STATIC, SQLITE_UTF8);
	case STORE_BLOB:
		if (v->s.n)
			return sqlite3_bind_blob64(
			    st, at, v->s.p, v->s.n, SQLITE_STATIC);
		return sqlite3_bind_zeroblob(st, at, 0);
	}
	return SQLITE_MISUSE;
}

static void
store_import_forget(struct store_import *import)
{
	sqlite3_finalize(import->into);
	free(import->table);
	*import = (struct store_import){ NULL, NULL };
}

/* The statement for rows of n values; NULL when SQLite refuses. */
static sqlite3_stmt *
store_import_into(struct store *s, const char *table, size_t n)
{
	struct store_import *import = &s->import;
	sqlite3_str *sql;
	char *text;

	if (import->into && strcmp(import->table, table) == 0 &&
	    (size_t)sqlite3_bind_parameter_count(import->into) == n)
		return import->into;
	store_import_forget(import);
	sql = sqlite3_str_new(NULL);
	sqlite3_str_appendf(sql, "INSERT INTO \"%w\" VALUES (?", table);
	for (size_t i = 1; i < n; i++)
		sqlite3_str_appendall(sql, ",?");
	sqlite3_str_appendall(sql, ")");
	text = sqlite3_str_finish(sql);
	if (!text ||
	    sqlite3_prepare_v2(store_db(s), text, -1, &import->into, NULL) !=
		SQLITE_OK)
		import->into = NULL;
	sqlite3_free(text);
	import->table = xstrdup(table);
	return import->into;
}

bool
store_import_row(struct store *s, const char *table,
    const struct store_value *row, size_t n, struct error *e)
{
	sqlite3_stmt *st = store_import_into(s, table, n);
	bool ok = st != NULL;

	for (size_t i = 0; ok && i < n; i++)
		ok = store_bind_value(st, (int)i + 1, &row[i]) == SQLITE_OK;
	ok = ok && sqlite3_step(st) == SQLITE_DONE;
	if (!ok)
		error_set(e, 400, "%s", sqlite3_errmsg(store_db(s)));
	(void)sqlite3_reset(st); /* it says again what the step said */
	return ok;
}

bool
store_import_end(struct store *s, bool keep)
{
	store_import_forget(&s->import);
	if (store_join_pass(s, keep) || (keep && store_run(s, "COMMIT")))
		return true;
	if (!sqlite3_get_autocommit(store_db(s)))
		store_run(s, "ROLLBACK");
	return false;
}

bool
store_clear(struct store *s)
{
	return store_empty_tables(s, true) && store_import_end(s, true);
}
