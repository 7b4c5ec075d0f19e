/*
 * Changes: recorded by SQLite's preupdate hook, which sees each row with its
 * old and its new values, in order.
 */
#include "store/changes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/table_rows.h"

#define SAME_VALUE 0xff /* a new value that is the old one */

struct changes {
	sqlite3 *db;
	struct buf bytes;
	bool paused;
	const char *counted;	   /* a table's name; NULL: none */
	int64_t count;		   /* of its rows that were changed */
	struct table_rows *tables; /* those met so far */
	size_t ntables;
};

/* ---- recording ---- */

static void
changes_put(struct buf *out, uint64_t value, int width)
{
	while (width-- > 0)
		buf_char(out, (char)(value >> (8 * width) & 0xff));
}

static void
changes_put_value(struct buf *out, sqlite3_value *v)
{
	int type = sqlite3_value_type(v);
	double real;
	uint64_t bits;
	const void *p;

	changes_put(out, (uint64_t)type, 1);
	switch (type) {
	case SQLITE_INTEGER:
		changes_put(out, (uint64_t)sqlite3_value_int64(v), 8);
		break;
	case SQLITE_FLOAT:
		real = sqlite3_value_double(v);
		memcpy(&bits, &real, sizeof(bits));
		changes_put(out, bits, 8);
		break;
	case SQLITE_TEXT:
	case SQLITE_BLOB:
		p = type == SQLITE_TEXT ? (const void *)sqlite3_value_text(v)
					: sqlite3_value_blob(v);
		changes_put(out, (uint64_t)sqlite3_value_bytes(v), 4);
		buf_add(out, p, (size_t)sqlite3_value_bytes(v));
		break;
	}
}

/* The head of a change; its length is filled in by changes_end. */
static size_t
changes_begin(struct buf *out, int op, const char *table, int64_t old_rowid,
    int64_t new_rowid, int ncolumns)
{
	size_t start = out->n;

	changes_put(out, 0, 4);
	changes_put(out, (uint64_t)op, 1);
	changes_put(out, strlen(table), 1);
	buf_str(out, table);
	changes_put(out, (uint64_t)old_rowid, 8);
	changes_put(out, (uint64_t)new_rowid, 8);
	changes_put(out, (uint64_t)ncolumns, 1);
	return start;
}

static void
changes_end(struct buf *out, size_t start)
{
	size_t length = out->n - start - 4;

	changes_put(out, length, 4);
	for (int i = 0; i < 4; i++)
		out->p[start + (size_t)i] = (char)(length >> (24 - 8 * i));
}

#ifdef SQLITE_ENABLE_PREUPDATE_HOOK

static void
changes_put_old(struct changes *c, struct buf *out, int column)
{
	sqlite3_value *v;

	if (sqlite3_preupdate_old(c->db, column, &v) != SQLITE_OK)
		abort(); /* asked for what an event does not have */
	changes_put_value(out, v);
}

/* A value that has not changed is not written again. */
static void
changes_put_new(struct changes *c, int column, bool has_old)
{
	size_t start = c->bytes.n, n;
	sqlite3_value *v;
	struct buf old;

	if (sqlite3_preupdate_new(c->db, column, &v) != SQLITE_OK)
		abort();
	changes_put_value(&c->bytes, v);
	if (!has_old)
		return;
	buf_init(&old, SIZE_MAX / 2);
	changes_put_old(c, &old, column);
	n = c->bytes.n - start;
	if (n == old.n && memcmp(c->bytes.p + start, old.p, n) == 0) {
		c->bytes.n = start;
		changes_put(&c->bytes, SAME_VALUE, 1);
	}
	buf_release(&old);
}

static void
changes_on_row(void *arg, sqlite3 *db, int op, const char *schema,
    const char *table, sqlite3_int64 old_rowid, sqlite3_int64 new_rowid)
{
	struct changes *c = arg;
	int n = sqlite3_preupdate_count(db);
	size_t start;

	if (c->counted && strcmp(table, c->counted) == 0)
		c->count++;
	if (c->paused || strcmp(schema, "main") != 0 || table_is_local(table))
		return;
	start = changes_begin(&c->bytes, op, table, old_rowid, new_rowid, n);
	for (int i = 0; op != SQLITE_INSERT && i < n; i++)
		changes_put_old(c, &c->bytes, i);
	for (int i = 0; op != SQLITE_DELETE && i < n; i++)
		changes_put_new(c, i, op == SQLITE_UPDATE);
	changes_end(&c->bytes, start);
}

#endif

struct changes *
changes_new(sqlite3 *db)
{
#ifdef SQLITE_ENABLE_PREUPDATE_HOOK
	struct changes *c = xcalloc(1, sizeof(*c));

	c->db = db;
	buf_init(&c->bytes, SIZE_MAX / 2);
	if (sqlite3_preupdate_hook(db, changes_on_row, c) != NULL)
		abort(); /* a connection has one */
	return c;
#else
	(void)db;
	return NULL;
#endif
}

void
changes_free(struct changes *c)
{
	if (!c)
		return;
#ifdef SQLITE_ENABLE_PREUPDATE_HOOK
	if (sqlite3_preupdate_hook(c->db, NULL, NULL) != c)
		abort();
#endif
	for (size_t i = 0; i < c->ntables; i++)
		table_rows_release(&c->tables[i]);
	free(c->tables);
	buf_release(&c->bytes);
	free(c);
}

int64_t
changes_count_of(struct changes *c, const char *table)
{
	c->counted = table;
	return c->count;
}

struct slice
changes_bytes(const struct changes *c)
{
	return (struct slice){ c->bytes.p, c->bytes.n };
}

void
changes_clear(struct changes *c)
{
	buf_clear(&c->bytes);
}

size_t
changes_mark(const struct changes *c)
{
	return c->bytes.n;
}

void
changes_cut(struct changes *c, size_t mark)
{
	if (mark < c->bytes.n)
		c->bytes.n = mark;
}

/* ---- forward and backward ---- */

/* One change, as it lies in the bytes. */
struct change {
	int op;
	struct slice table;
	int64_t old_rowid, new_rowid;
	int ncolumns;
	struct slice old, new; /* values; old is empty in an insert ... */
};

static bool
changes_get(struct slice *in, int width, uint64_t *value)
{
	*value = 0;
	if (in->n < (size_t)width)
		return false;
	for (int i = 0; i < width; i++)
		*value = *value << 8 | (unsigned char)in->p[i];
	in->p += width;
	in->n -= (size_t)width;
	return true;
}

static bool
changes_get_bytes(struct slice *in, size_t n, struct slice *out)
{
	*out = (struct slice){ in->p, n };
	if (in->n < n)
		return false;
	in->p += n;
	in->n -= n;
	return true;
}

/* The bytes of one value, taken off the front. */
static bool
changes_get_value(struct slice *in, struct slice *value)
{
	struct slice rest = *in, skipped;
	uint64_t type, n = 0;
	bool ok = changes_get(&rest, 1, &type);

	if (ok && (type == SQLITE_INTEGER || type == SQLITE_FLOAT))
		n = 8;
	else if (ok && (type == SQLITE_TEXT || type == SQLITE_BLOB))
		ok = changes_get(&rest, 4, &n);
	if (!ok || !changes_get_bytes(&rest, (size_t)n, &skipped))
		return false;
	*value = (struct slice){ in->p, in->n - rest.n };
	*in = rest;
	return true;
}

static bool
changes_get_row(struct slice *in, int ncolumns, struct slice *row)
{
	struct slice value;
	const char *start = in->p;

	for (int i = 0; i < ncolumns; i++)
		if (!changes_get_value(in, &value))
			return false;
	*row = (struct slice){ start, (size_t)(in->p - start) };
	return true;
}

static bool
change_read(struct slice in, struct change *ch)
{
	uint64_t op, length, old_rowid, new_rowid, n;

	memset(ch, 0, sizeof(*ch));
	if (!changes_get(&in, 1, &op) || !changes_get(&in, 1, &length) ||
	    !changes_get_bytes(&in, (size_t)length, &ch->table) ||
	    !changes_get(&in, 8, &old_rowid) ||
	    !changes_get(&in, 8, &new_rowid) || !changes_get(&in, 1, &n))
		return false;
	ch->op = (int)op;
	ch->old_rowid = (int64_t)old_rowid;
	ch->new_rowid = (int64_t)new_rowid;
	ch->ncolumns = (int)n;
	if (ch->op != SQLITE_INSERT &&
	    !changes_get_row(&in, ch->ncolumns, &ch->old))
		return false;
	if (ch->op != SQLITE_DELETE &&
	    !changes_get_row(&in, ch->ncolumns, &ch->new))
		return false;
	return in.n == 0 &&
	    (op == SQLITE_INSERT || op == SQLITE_DELETE || op == SQLITE_UPDATE);
}

static struct table_rows *
changes_table(struct changes *c, struct slice name)
{
	char text[256];

	for (size_t i = 0; i < c->ntables; i++)
		if (slice_is(name, c->tables[i].name))
			return &c->tables[i];
	if (name.n >= sizeof(text))
		return NULL;
	memcpy(text, name.p, name.n);
	text[name.n] = 0;
	c->tables = xrealloc(c->tables, (c->ntables + 1) * sizeof(*c->tables));
	if (!table_rows_init(&c->tables[c->ntables], c->db, text)) {
		table_rows_release(&c->tables[c->ntables]);
		return NULL;
	}
	return &c->tables[c->ntables++];
}

static int
changes_bind_value(sqlite3_stmt *st, int at, struct slice value)
{
	uint64_t type, number;
	double real;

	if (!changes_get(&value, 1, &type))
		return SQLITE_CORRUPT;
	switch (type) {
	case SQLITE_INTEGER:
		changes_get(&value, 8, &number);
		return sqlite3_bind_int64(st, at, (int64_t)number);
	case SQLITE_FLOAT:
		changes_get(&value, 8, &number);
		memcpy(&real, &number, sizeof(real));
		return sqlite3_bind_double(st, at, real);
	case SQLITE_TEXT:
		changes_get(&value, 4, &number);
		return sqlite3_bind_text64(
		    st, at, value.p, value.n, SQLITE_STATIC, SQLITE_UTF8);
	case SQLITE_BLOB:
		changes_get(&value, 4, &number);
		return sqlite3_bind_blob64(
		    st, at, value.p, value.n, SQLITE_STATIC);
	case SQLITE_NULL:
		return sqlite3_bind_null(st, at);
	}
	return SQLITE_CORRUPT;
}

/* Runs a statement of the table with a row; values that are the same are those
 * of the row it came from. */
static bool
change_run(const struct changes *c, const struct table_rows *t,
    sqlite3_stmt *st, int64_t rowid, struct slice row, struct slice from)
{
	int at = 1, rc = SQLITE_OK;

	if (t->has_hidden_rowid)
		rc = sqlite3_bind_int64(st, at++, rowid);
	for (int i = 0; rc == SQLITE_OK && i < t->ncolumns; i++) {
		struct slice value, other = { NULL, 0 };

		if (!changes_get_value(&row, &value) ||
		    (from.n && !changes_get_value(&from, &other)))
			return false;
		if ((unsigned char)value.p[0] == SAME_VALUE)
			value = other;
		rc = value.n ? changes_bind_value(st, at++, value)
			     : SQLITE_CORRUPT;
	}
	if (rc != SQLITE_OK) {
		sqlite3_reset(st);
		sqlite3_clear_bindings(st);
		return false;
	}
	return table_rows_run(c->db, st);
}

static bool
change_make(struct changes *c, const struct change *ch, bool forward)
{
	struct table_rows *t = changes_table(c, ch->table);
	bool has_old = ch->op != SQLITE_INSERT,
	     has_new = ch->op != SQLITE_DELETE;
	sqlite3_stmt *first, *second;

	if (!t || t->ncolumns != ch->ncolumns)
		return false;
	first = forward ? t->remove : t->insert;
	second = forward ? t->insert : t->remove;
	if (forward && has_old &&
	    !change_run(c, t, first, ch->old_rowid, ch->old, ch->old))
		return false;
	if (has_new &&
	    !change_run(c, t, second, ch->new_rowid, ch->new, ch->old))
		return false;
	return forward || !has_old ||
	    change_run(c, t, first, ch->old_rowid, ch->old, ch->old);
}

/* The change at the front, or at the end, taken off; its length stands on both
 * sides. */
static bool
changes_take(struct slice *bytes, bool front, struct slice *one)
{
	struct slice at = { front ? bytes->p : bytes->p + bytes->n - 4, 4 };
	uint64_t length, again;

	if (bytes->n < 8 || !changes_get(&at, 4, &length) ||
	    length > bytes->n - 8)
		return false;
	one->p = (front ? bytes->p : bytes->p + bytes->n - 8 - length) + 4;
	one->n = (size_t)length;
	at = (struct slice){ front ? one->p + length : one->p - 4, 4 };
	if (!changes_get(&at, 4, &again) || again != length)
		return false;
	if (front)
		bytes->p += length + 8;
	bytes->n -= (size_t)length + 8;
	return true;
}

static bool
changes_make(struct changes *c, struct slice bytes, bool forward)
{
	bool ok = true;

	c->paused = true;
	while (ok && bytes.n) {
		struct change ch;
		struct slice one;

		ok = changes_take(&bytes, forward, &one) &&
		    change_read(one, &ch) && change_make(c, &ch, forward);
	}
	c->paused = false;
	return ok;
}

bool
changes_apply(struct changes *c, struct slice bytes)
{
	return changes_make(c, bytes, true);
}

bool
changes_undo(struct changes *c, struct slice bytes)
{
	return changes_make(c, bytes, false);
}

/* ---- everything ---- */

/* The connection has no mutex, so a column's value is as good as any other. */
static bool
changes_write_table(
    struct changes *c, const struct table_rows *t, struct buf *out)
{
	sqlite3_stmt *st = table_rows_select(c->db, t);
	int hidden = t->has_hidden_rowid ? 1 : 0, rc = SQLITE_ERROR;

	while (st && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t rowid = hidden ? sqlite3_column_int64(st, 0) : 0;
		size_t start = changes_begin(
		    out, SQLITE_INSERT, t->name, rowid, rowid, t->ncolumns);

		for (int i = 0; i < t->ncolumns; i++)
			changes_put_value(
			    out, sqlite3_column_value(st, i + hidden));
		changes_end(out, start);
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE;
}

/* fn for each table that is not a node's own. */
static bool
changes_each_table(struct changes *c,
    bool (*fn)(struct changes *c, const struct table_rows *t, struct buf *out),
    struct buf *out)
{
	sqlite3_stmt *st = table_rows_list(c->db);
	int rc = SQLITE_ERROR;
	bool ok = st != NULL;

	while (ok && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(st, 0);
		const struct table_rows *t;

		if (table_is_local(name))
			continue;
		t = changes_table(c, slice_of(name));
		ok = t && fn(c, t, out);
	}
	sqlite3_finalize(st);
	return ok && rc == SQLITE_DONE;
}

bool
changes_write_image(struct changes *c, struct buf *out)
{
	return changes_each_table(c, changes_write_table, out);
}

static bool
changes_empty_table(
    struct changes *c, const struct table_rows *t, struct buf *unused)
{
	char *sql = sqlite3_mprintf("DELETE FROM \"%w\"", t->name);
	bool ok = sql &&
	    sqlite3_exec(c->db, sql, NULL, NULL, NULL) == SQLITE_OK;

	(void)unused;
	sqlite3_free(sql);
	return ok;
}

bool
changes_read_image(struct changes *c, struct slice image)
{
	bool ok;

	c->paused = true;
	ok = changes_each_table(c, changes_empty_table, NULL);
	c->paused = false;
	return ok && changes_apply(c, image);
}
