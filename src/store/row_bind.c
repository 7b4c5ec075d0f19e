/*
 * Rows: members of a struct bound to the parameters of a statement.
 */
#include "base/json/jsontext.h"
#include "store/store_internal.h"

/* Binds a list as JSON text, which SQLite copies. */
int
store_bind_strs(sqlite3_stmt *st, int at, const struct strs *list)
{
	struct buf text;
	int rc;

	buf_init(&text, 0);
	jsontext_put_strs(&text, list);
	rc = sqlite3_bind_text64(
	    st, at, text.p, text.n, SQLITE_TRANSIENT, SQLITE_UTF8);
	buf_release(&text);
	return rc;
}

/* Binds one column; texts are borrowed until the statement has run. */
static int
row_bind_column(
    sqlite3_stmt *st, int at, const struct row_column *c, const void *value)
{
	const struct strs *list;

	switch (c->type) {
	case ROW_TEXT:
	case ROW_TEXT_OR_NULL:
		return sqlite3_bind_text(st, at,
		    ROW_CONST_FIELD(char *const, value, c), -1, SQLITE_STATIC);
	case ROW_INT:
		return sqlite3_bind_int64(
		    st, at, ROW_CONST_FIELD(int64_t, value, c));
	case ROW_BOOL:
		return sqlite3_bind_int(
		    st, at, ROW_CONST_FIELD(bool, value, c));
	case ROW_REAL:
		return sqlite3_bind_double(
		    st, at, ROW_CONST_FIELD(double, value, c));
	case ROW_STRS:
	case ROW_STRS_OR_NULL:
		list = &ROW_CONST_FIELD(struct strs, value, c);
		if (list->n == 0 && c->type == ROW_STRS_OR_NULL)
			return sqlite3_bind_null(st, at);
		return store_bind_strs(st, at, list);
	}
	return SQLITE_MISUSE;
}

int
row_bind(sqlite3_stmt *st, const struct row *row, const void *value)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < row->n; i++)
		rc = row_bind_column(st, (int)i + 1, &row->columns[i], value);
	return rc;
}
