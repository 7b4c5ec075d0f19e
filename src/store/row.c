/*
 * Rows: members of a struct bound to a statement and read from a query.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontext.h"
#include "base/json/jsontree.h"
#include "store/store_internal.h"

#define ROW_FIELD(type, value, column) \
	(*(type *)((char *)(value) + (column)->offset))
#define ROW_CONST_FIELD(type, value, column) \
	(*(const type *)((const char *)(value) + (column)->offset))

/* Binds a list as JSON text, which SQLite copies. */
void
store_bind_strs(sqlite3_stmt *st, int at, const struct strs *list)
{
	struct buf text;

	buf_init(&text, 0);
	jsontext_put_strs(&text, list);
	sqlite3_bind_text64(
	    st, at, text.p, text.n, SQLITE_TRANSIENT, SQLITE_UTF8);
	buf_release(&text);
}

static void
row_bind_column(
    sqlite3_stmt *st, int at, const struct row_column *c, const void *value)
{
	const struct strs *list;

	switch (c->type) {
	case ROW_TEXT:
	case ROW_TEXT_OR_NULL:
		sqlite3_bind_text(st, at,
		    ROW_CONST_FIELD(char *const, value, c), -1, SQLITE_STATIC);
		break;
	case ROW_INT:
		sqlite3_bind_int64(st, at, ROW_CONST_FIELD(int64_t, value, c));
		break;
	case ROW_BOOL:
		sqlite3_bind_int(st, at, ROW_CONST_FIELD(bool, value, c));
		break;
	case ROW_REAL:
		sqlite3_bind_double(st, at, ROW_CONST_FIELD(double, value, c));
		break;
	case ROW_STRS:
	case ROW_STRS_OR_NULL:
		list = &ROW_CONST_FIELD(struct strs, value, c);
		if (list->n == 0 && c->type == ROW_STRS_OR_NULL)
			sqlite3_bind_null(st, at);
		else
			store_bind_strs(st, at, list);
		break;
	}
}

void
row_bind(sqlite3_stmt *st, const struct row *row, const void *value)
{
	for (size_t i = 0; i < row->n; i++)
		row_bind_column(st, (int)i + 1, &row->columns[i], value);
}

static char *
row_copy_text(struct arena *a, const char *text)
{
	if (!text)
		return NULL;
	return a ? arena_strdup(a, text) : xstrdup(text);
}

/* A list that SQLite holds as JSON; what is no list reads as an empty one. */
static void
row_read_strs(struct query *q, int at, struct strs *out)
{
	struct slice text = query_slice(q, at);
	json_t *list = text.n ? json_loadb(text.p, text.n, 0, NULL) : NULL;

	jsontree_to_strs(list, out);
	json_decref(list);
}

void
query_read_row(
    struct query *q, const struct row *row, struct arena *a, void *out)
{
	for (size_t i = 0; i < row->n; i++) {
		const struct row_column *c = &row->columns[i];
		struct strs *list;

		switch (c->type) {
		case ROW_TEXT:
		case ROW_TEXT_OR_NULL:
			ROW_FIELD(const char *, out, c) = row_copy_text(
			    a, query_text(q, (int)i));
			break;
		case ROW_INT:
			ROW_FIELD(int64_t, out, c) = query_int(q, (int)i);
			break;
		case ROW_BOOL:
			ROW_FIELD(bool, out, c) = query_int(q, (int)i) != 0;
			break;
		case ROW_REAL:
			ROW_FIELD(double, out, c) = query_double(q, (int)i);
			break;
		case ROW_STRS:
		case ROW_STRS_OR_NULL:
			list = &ROW_FIELD(struct strs, out, c);
			strs_init(list, a);
			row_read_strs(q, (int)i, list);
			break;
		}
	}
}

void
row_release(const struct row *row, void *value)
{
	for (size_t i = 0; i < row->n; i++) {
		const struct row_column *c = &row->columns[i];

		switch (c->type) {
		case ROW_TEXT:
		case ROW_TEXT_OR_NULL:
			free(ROW_FIELD(char *, value, c));
			ROW_FIELD(char *, value, c) = NULL;
			break;
		case ROW_STRS:
		case ROW_STRS_OR_NULL:
			strs_release(&ROW_FIELD(struct strs, value, c));
			break;
		case ROW_INT:
			ROW_FIELD(int64_t, value, c) = 0;
			break;
		case ROW_BOOL:
			ROW_FIELD(bool, value, c) = false;
			break;
		case ROW_REAL:
			ROW_FIELD(double, value, c) = 0;
			break;
		}
	}
}

void
row_copy(const struct row *row, void *to, const void *from)
{
	for (size_t i = 0; i < row->n; i++) {
		const struct row_column *c = &row->columns[i];
		struct strs *list;

		switch (c->type) {
		case ROW_TEXT:
		case ROW_TEXT_OR_NULL:
			ROW_FIELD(char *, to, c) = row_copy_text(
			    NULL, ROW_CONST_FIELD(char *const, from, c));
			break;
		case ROW_STRS:
		case ROW_STRS_OR_NULL:
			list = &ROW_FIELD(struct strs, to, c);
			strs_init(list, NULL);
			strs_add_all(
			    list, ROW_CONST_FIELD(struct strs, from, c).items);
			break;
		case ROW_INT:
			ROW_FIELD(int64_t, to, c) = ROW_CONST_FIELD(
			    int64_t, from, c);
			break;
		case ROW_BOOL:
			ROW_FIELD(bool, to, c) = ROW_CONST_FIELD(bool, from, c);
			break;
		case ROW_REAL:
			ROW_FIELD(double, to, c) = ROW_CONST_FIELD(
			    double, from, c);
			break;
		}
	}
}
