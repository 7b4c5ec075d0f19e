/*
 * Capture: what random statements change is made again in another database and
 * undone there, and the databases are the same after each step.
 */
#include "store/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock/random.h"
#include "server/engines.h"
#include "store/store.h"
#include "store/table_rows.h"
#include "tests/support/unit.h"

enum {
	PAIR_PUT,
	PAIR_REPLACE,
	PAIR_ADD,
	PAIR_SHIFT,
	PAIR_DELETE,
	ITEM_ADD,
	ITEM_CHANGE,
	ITEM_RENUMBER,
	ITEM_DELETE,
	ITEM_EMPTY,
	LOOSE_ADD,
	LOOSE_CHANGE,
	LOOSE_DELETE,
	LOOSE_ROWIDS,
	OLD_CHANGE,
	OLD_DELETE,
	OWN_PUT,
	NSTATEMENTS,
};

static const struct store_statement statements[] = {
	[PAIR_PUT] = { "INSERT INTO pair (a, b, text) VALUES (?, ?, ?) "
		       "ON CONFLICT (a, b) DO UPDATE SET text = excluded.text",
	    "iis", NULL },
	[PAIR_REPLACE] = { "INSERT OR REPLACE INTO pair (a, b, text) "
			   "VALUES (?, ?, ?)",
	    "iis", NULL },
	[PAIR_ADD] = { "INSERT INTO pair (a, b, text) VALUES (?, ?, ?)", "iis",
	    NULL },
	[PAIR_SHIFT] = { "UPDATE pair SET b = b + 1000 WHERE a = ?", "i",
	    NULL },
	[PAIR_DELETE] = { "DELETE FROM pair WHERE a = ?", "i", NULL },
	[ITEM_ADD] = { "INSERT INTO item (name, real, bytes) VALUES (?, ?, ?)",
	    "sdb", NULL },
	[ITEM_CHANGE] = { "UPDATE item SET real = real + ? WHERE id % 3 = ?",
	    "di", NULL },
	[ITEM_RENUMBER] = { "UPDATE item SET id = id + 100000 WHERE id = ?",
	    "i", NULL },
	[ITEM_DELETE] = { "DELETE FROM item WHERE id % 5 = ?", "i", NULL },
	[ITEM_EMPTY] = { "DELETE FROM item", "", NULL },
	[LOOSE_ADD] = { "INSERT INTO loose (name, any) VALUES (?, ?)", "si",
	    NULL },
	[LOOSE_CHANGE] = { "UPDATE loose SET any = NULL WHERE any % 4 = ?", "i",
	    NULL },
	[LOOSE_DELETE] = { "DELETE FROM loose WHERE any % 7 = ?", "i", NULL },
	[LOOSE_ROWIDS] = { "SELECT rowid FROM loose ORDER BY rowid", "", NULL },
	[OLD_CHANGE] = { "UPDATE old SET value = ? WHERE name = 'one'", "s",
	    NULL },
	[OLD_DELETE] = { "DELETE FROM old WHERE name = 'two'", "", NULL },
	[OWN_PUT] = { "INSERT INTO dev (name) VALUES (?)", "s", NULL },
};

static const char *const migrations[] = {
	"CREATE TABLE pair (a INTEGER, b INTEGER, text TEXT, "
	"PRIMARY KEY (a, b)) WITHOUT ROWID;"
	"CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE, "
	"real REAL, bytes BLOB);"
	"CREATE TABLE loose (name TEXT NOT NULL, any);"
	"CREATE TABLE dev (name TEXT);"
	"CREATE TABLE old (name TEXT PRIMARY KEY);"
	"INSERT INTO old VALUES ('one'), ('two');",
	"ALTER TABLE old ADD COLUMN value TEXT NOT NULL DEFAULT 'new'", NULL
};

static const struct store_part part = { "test", migrations, statements,
	NSTATEMENTS, NULL };
static const struct store_part *const parts[] = { &part, NULL };

/* A database whose changes are kept, and another that gets them. */
struct pair {
	struct store *from, *to;
	struct buf changes[400]; /* of each pass */
	struct buf dumps[401];	 /* before it */
	size_t n;
};

static void
dump_row(void *arg, const struct store_value *row, size_t n)
{
	struct buf *out = arg;

	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "%d %lld %.17g ", (int)row[i].kind,
		    (long long)row[i].i, row[i].d);
		buf_slice(out, row[i].s);
		buf_char(out, '|');
	}
	buf_char(out, '\n');
}

static void
dump(struct store *s, struct buf *out)
{
	struct strs tables = { 0 };
	struct query *q;

	buf_clear(out);
	strs_init(&tables, NULL);
	store_tables(s, &tables);
	for (size_t i = 0; i < tables.n; i++) {
		if (table_is_local(tables.items[i]))
			continue;
		buf_printf(out, "%s:\n", tables.items[i]);
		store_each_row(s, tables.items[i], dump_row, out);
	}
	strs_release(&tables);
	q = STORE_QUERY(s, &part, LOOSE_ROWIDS);
	while (query_row(q))
		buf_printf(out, "%lld ", (long long)query_int(q, 0));
}

static void
same(struct store *s, const struct buf *expected)
{
	struct buf now;

	buf_init(&now, 0);
	dump(s, &now);
	ck_assert_str_eq(now.p, expected->p);
	buf_release(&now);
}

/* A pass of the one is made again in the other. */
static bool
on_commit(void *arg)
{
	struct pair *p = arg;

	ck_assert_uint_lt(p->n, 400);
	buf_init(&p->changes[p->n], 0);
	store_take_changes(p->from, &p->changes[p->n]);
	ck_assert_uint_gt(p->changes[p->n].n, 0);
	buf_init(&p->dumps[p->n], 0);
	dump(p->to, &p->dumps[p->n]);
	ck_assert(store_apply(
	    p->to, (struct slice){ p->changes[p->n].p, p->changes[p->n].n }));
	ck_assert(store_commit(p->to));
	p->n++;
	return true;
}

static void
pair_open(struct pair *p)
{
	struct error e = { 0 };

	memset(p, 0, sizeof(*p));
	p->from = store_open(NULL, parts, NULL, &e);
	p->to = store_open(NULL, parts, NULL, &e);
	ck_assert(p->from && p->to);
	/* Prepared before: DELETE without WHERE would go by unseen. */
	STORE_EXEC(p->from, &part, ITEM_EMPTY);
	ck_assert(store_commit(p->from));
	ck_assert(store_capture(p->from, on_commit, p));
	ck_assert(store_capture(p->to, NULL, NULL));
}

static void
pair_same(struct pair *p)
{
	struct buf expected;

	ck_assert(store_commit(p->from));
	buf_init(&expected, 0);
	dump(p->from, &expected);
	same(p->to, &expected);
	buf_release(&expected);
	ck_assert(store_commit(p->from));
}

/* All passes undone, from the last to the first. */
static void
pair_undo_all(struct pair *p)
{
	while (p->n > 0) {
		p->n--;
		ck_assert(store_undo(p->to,
		    (struct slice){ p->changes[p->n].p, p->changes[p->n].n }));
		ck_assert(store_commit(p->to));
		same(p->to, &p->dumps[p->n]);
		buf_release(&p->changes[p->n]);
		buf_release(&p->dumps[p->n]);
	}
}

static void
pair_close(struct pair *p)
{
	store_close(p->from);
	store_close(p->to);
}

static int
below(struct random *r, int n)
{
	return (int)random_below(r, (uint64_t)n);
}

static void
random_statement(struct store *s, struct random *r)
{
	char text[20];
	int n = below(r, 8), which = below(r, 16);

	random_base62(r, text, (size_t)n);
	switch (which) {
	case 0:
	case 1:
	case 2:
		STORE_EXEC(s, &part, PAIR_PUT, n, below(r, 6), text);
		return;
	case 3:
		STORE_EXEC(s, &part, PAIR_REPLACE, n, below(r, 6),
		    n % 2 ? text : NULL);
		return;
	case 4: /* the row may be there */
		STORE_EXEC(s, &part, PAIR_ADD, n, below(r, 6), text);
		return;
	case 5:
		STORE_EXEC(s, &part, PAIR_SHIFT, n);
		return;
	case 6:
		STORE_EXEC(s, &part, PAIR_DELETE, n);
		return;
	case 7:
	case 8: /* the name may be there */
		STORE_EXEC(s, &part, ITEM_ADD, text, n / 2.0,
		    store_bytes("a\0b", (size_t)(n % 4)));
		return;
	case 9:
		STORE_EXEC(s, &part, ITEM_CHANGE, n * 0.25, n % 3);
		return;
	case 10: /* may meet another row on its way */
		STORE_EXEC(s, &part, ITEM_RENUMBER, n);
		return;
	case 11:
		if (n)
			STORE_EXEC(s, &part, ITEM_DELETE, n % 5);
		else
			STORE_EXEC(s, &part, ITEM_EMPTY);
		return;
	case 12:
		STORE_EXEC(s, &part, LOOSE_ADD, text, below(r, 1000));
		return;
	case 13:
		STORE_EXEC(s, &part, LOOSE_CHANGE, n % 4);
		return;
	case 14:
		STORE_EXEC(s, &part, LOOSE_DELETE, n % 7);
		return;
	case 15:
		STORE_EXEC(s, &part, OWN_PUT, text);
		return;
	}
}

START_TEST(random_statements_forward_and_back)
{
	struct random *r = random_new_seeded(11);
	struct pair p;

	pair_open(&p);
	for (int pass = 0; pass < 300; pass++) {
		for (int requests = below(r, 4); requests >= 0; requests--) {
			bool keeps = below(r, 4) > 0;

			store_request_begin(p.from);
			for (int i = below(r, 6); i >= 0; i--)
				random_statement(p.from, r);
			if (below(r, 5) == 0)
				store_keep_request_writes(p.from);
			random_statement(p.from, r);
			store_request_end(p.from, keeps);
		}
		ck_assert(store_commit(p.from));
		if (pass % 10 == 0)
			pair_same(&p);
	}
	pair_same(&p);
	ck_assert_uint_gt(p.n, 200);
	pair_undo_all(&p);
	pair_close(&p);
	random_free(r);
}
END_TEST

START_TEST(rows_older_than_a_column)
{
	struct pair p;

	pair_open(&p);
	STORE_EXEC(p.from, &part, OLD_DELETE);
	STORE_EXEC(p.from, &part, OLD_CHANGE, "other");
	pair_same(&p);
	ck_assert_uint_eq(p.n, 1);
	pair_undo_all(&p);
	pair_close(&p);
}
END_TEST

START_TEST(a_whole_state_is_one_pass)
{
	struct pair p;
	void *bytes;
	size_t n;

	pair_open(&p);
	STORE_EXEC(p.from, &part, PAIR_PUT, 1, 1, "kept");
	STORE_EXEC(p.from, &part, LOOSE_ADD, "kept", 1);
	ck_assert(store_snapshot(p.from, &bytes, &n));
	STORE_EXEC(p.from, &part, PAIR_PUT, 1, 1, "later");
	STORE_EXEC(p.from, &part, LOOSE_ADD, "later", 2);
	STORE_EXEC(p.from, &part, ITEM_ADD, "later", 1.0, store_bytes("", 0));
	pair_same(&p);
	ck_assert(store_restore(p.from, bytes, n));
	pair_same(&p);
	ck_assert_uint_eq(p.n, 3);
	ck_assert(store_clear(p.from));
	pair_same(&p);
	ck_assert_uint_eq(p.n, 4);
	STORE_EXEC(p.from, &part, PAIR_PUT, 2, 2, "after");
	pair_same(&p);
	pair_undo_all(&p);
	pair_close(&p);
	store_free_bytes(bytes);
}
END_TEST

START_TEST(an_import_is_one_pass)
{
	struct store_value row[3] = { { .kind = STORE_INT, .i = 4 },
		{ .kind = STORE_INT, .i = 5 }, { .kind = STORE_NULL } };
	struct error e = { 0 };
	struct pair p;

	pair_open(&p);
	STORE_EXEC(p.from, &part, PAIR_PUT, 1, 1, "before");
	pair_same(&p);
	ck_assert(store_import_begin(p.from));
	ck_assert(store_import_row(p.from, "pair", row, 3, &e));
	ck_assert(!store_import_end(p.from, false));
	pair_same(&p);
	ck_assert_uint_eq(p.n, 1);
	ck_assert(store_import_begin(p.from));
	ck_assert(store_import_row(p.from, "pair", row, 3, &e));
	ck_assert(store_import_end(p.from, true));
	pair_same(&p);
	ck_assert_uint_eq(p.n, 2);
	pair_undo_all(&p);
	pair_close(&p);
}
END_TEST

/* As it was before the last two passes, in a third database. */
START_TEST(an_image_of_what_was)
{
	struct error e = { 0 };
	struct store *third = store_open(NULL, parts, NULL, &e);
	struct slice undone[2];
	struct buf image, expected;
	struct pair p;

	pair_open(&p);
	ck_assert(store_capture(third, NULL, NULL));
	STORE_EXEC(third, &part, LOOSE_ADD, "goes", 1);
	STORE_EXEC(p.from, &part, PAIR_PUT, 1, 1, "one");
	STORE_EXEC(p.from, &part, LOOSE_ADD, "stays", 1);
	ck_assert(store_commit(p.from));
	buf_init(&expected, 0);
	dump(p.from, &expected);
	STORE_EXEC(p.from, &part, PAIR_PUT, 1, 1, "two");
	ck_assert(store_commit(p.from));
	STORE_EXEC(p.from, &part, ITEM_ADD, "three", 0.5, store_bytes("", 0));
	ck_assert(store_commit(p.from));
	for (int i = 0; i < 2; i++)
		undone[i] = (struct slice){ p.changes[2 - i].p,
			p.changes[2 - i].n };
	buf_init(&image, 0);
	ck_assert(store_write_image(p.from, undone, 2, &image));
	ck_assert(store_commit(p.from));
	ck_assert_uint_eq(p.n, 3);
	pair_same(&p);
	ck_assert(store_read_image(third, (struct slice){ image.p, image.n }));
	ck_assert(store_commit(third));
	same(third, &expected);
	pair_undo_all(&p);
	pair_close(&p);
	store_close(third);
	buf_release(&image);
	buf_release(&expected);
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
	struct pair p;
	struct slice changes;
	struct buf copy;

	pair_open(&p);
	STORE_EXEC(p.from, &part, PAIR_PUT, 1, 1, "one");
	pair_same(&p);
	STORE_EXEC(p.to, &part, PAIR_PUT, 1, 1, "another");
	ck_assert(store_commit(p.to));
	changes = (struct slice){ p.changes[0].p, p.changes[0].n };
	ck_assert(!store_undo(p.to, changes));
	ck_assert(!store_apply(p.to, changes));
	buf_init(&copy, 0);
	for (size_t n = 1; n < changes.n; n++) {
		buf_clear(&copy);
		buf_add(&copy, changes.p, n);
		ck_assert(!store_apply(p.to, (struct slice){ copy.p, copy.n }));
		ck_assert(!store_undo(p.to, (struct slice){ copy.p, copy.n }));
	}
	buf_release(&copy);
	buf_release(&p.changes[0]);
	buf_release(&p.dumps[0]);
	pair_close(&p);
}
END_TEST

static bool
refuse(void *arg)
{
	(void)arg;
	return false;
}

START_TEST(a_refused_pass_is_undone)
{
	struct error e = { 0 };
	struct store *s = store_open(NULL, parts, NULL, &e);
	struct buf before;

	ck_assert(store_capture(s, refuse, NULL));
	buf_init(&before, 0);
	dump(s, &before);
	STORE_EXEC(s, &part, PAIR_PUT, 1, 1, "one");
	ck_assert(!store_commit(s));
	ck_assert(store_has_failed(s));
	store_forget_failure(s);
	same(s, &before);
	ck_assert(store_commit(s));
	buf_release(&before);
	store_close(s);
}
END_TEST

START_TEST(every_table_has_its_statements)
{
	struct error e = { 0 };
	struct store *s = store_open(NULL, store_parts, NULL, &e);

	ck_assert(s != NULL);
	ck_assert(store_capture(s, NULL, NULL));
	ck_assert(store_clear(s));
	ck_assert(store_commit(s));
	store_close(s);
}
END_TEST

UNIT_MAIN("capture", random_statements_forward_and_back,
    rows_older_than_a_column, a_whole_state_is_one_pass, an_import_is_one_pass,
    an_image_of_what_was, what_does_not_fit_is_refused,
    a_refused_pass_is_undone, every_table_has_its_statements)
