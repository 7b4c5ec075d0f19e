/*
 * Rows: members of a struct read from a query, copied and freed. How they are
 * bound to a statement stands in row_bind.c.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontree.h"
#include "store/store_internal.h"

#define ROW_FIELD(type, value, column) \
	(*(type *)((char *)(value) + (column)->offset))

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
