/*
 * The store: migrations once and in order, savepoints of requests, commits that
 * survive a reopening, dump and restore.
 */
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/unit.h"

enum { PUT, GET, COUNT, ADD_BLOB, NSTATEMENTS };

static const char *const statements[] = {
	[PUT] = "INSERT INTO thing (name, value) VALUES (?, ?) "
		"ON CONFLICT (name) DO UPDATE SET value = excluded.value",
	[GET] = "SELECT value FROM thing WHERE name = ?",
	[COUNT] = "SELECT count(*) FROM thing",
	[ADD_BLOB] = "INSERT INTO piece VALUES (?, ?, ?)",
};

static const char *const first_form[] = {
	"CREATE TABLE thing (name TEXT PRIMARY KEY, value TEXT)", NULL
};
static const char *const second_form[] = {
	"CREATE TABLE thing (name TEXT PRIMARY KEY, value TEXT)",
	"CREATE TABLE piece (real REAL, bytes BLOB, text TEXT);"
	"INSERT INTO thing VALUES ('migrated', 'yes')",
	NULL
};

static const struct store_part part1 = { "test", first_form, statements,
	COUNT + 1 };
static const struct store_part part2 = { "test", second_form, statements,
	NSTATEMENTS };
static const struct store_part *const parts1[] = { &part1, NULL };
static const struct store_part *const parts2[] = { &part2, NULL };

static struct store *
open_store(const char *path, const struct store_part *const *parts)
{
	char why[200] = "";
	struct store *s = store_open(path, parts, NULL, why, sizeof(why));

	ck_assert_msg(s != NULL, "%s", why);
	return s;
}

static int
count(struct store *s, const struct store_part *part)
{
	struct query *q = store_query(s, part, COUNT, "");
	int n;

	ck_assert(query_row(q));
	n = (int)query_int(q, 0);
	query_done(q);
	return n;
}

static void
put(struct store *s, const struct store_part *part, const char *name,
    const char *value)
{
	ck_assert_int_eq(store_exec(s, part, PUT, "ss", name, value), 1);
}

START_TEST(binds_and_columns)
{
	struct store *s = open_store(NULL, parts2);
	struct query *q;

	put(s, &part2, "a", NULL);
	q = store_query(s, &part2, GET, "s", "a");
	ck_assert(query_row(q));
	ck_assert(query_is_null(q, 0));
	ck_assert_ptr_null(query_text(q, 0));
	ck_assert(!query_row(q));
	ck_assert_int_eq(store_exec(s, &part2, ADD_BLOB, "dbt", 1.5, "a\0b",
			     (size_t)3, "text!", (size_t)4),
	    1);
	ck_assert_int_eq(store_last_id(s), 1);
	q = store_query(s, &part2, GET, "s", "none");
	ck_assert(!query_row(q));
	query_done(NULL);
	store_close(s);
	store_close(NULL);
}
END_TEST

START_TEST(request_undone)
{
	struct store *s = open_store(NULL, parts1);

	store_request_begin(s);
	put(s, &part1, "kept", "1");
	store_request_end(s, true);
	store_request_begin(s);
	put(s, &part1, "kept", "2");
	put(s, &part1, "undone", "1");
	store_request_end(s, false);
	ck_assert_int_eq(count(s, &part1), 1);
	ck_assert(store_has_pending_writes(s));
	ck_assert(store_commit(s));
	ck_assert(!store_has_pending_writes(s));
	ck_assert_int_eq(count(s, &part1), 1);
	ck_assert(
	    !store_has_pending_writes(s)); /* a read alone waits for nothing */
	store_request_begin(s);
	put(s, &part1, "effect", "1");
	store_keep_request_writes(s);
	put(s, &part1, "rest", "1");
	store_request_end(s, false);
	ck_assert_int_eq(count(s, &part1), 2);
	store_request_begin(s);
	store_request_end(s, false); /* wrote nothing */
	ck_assert_int_eq(count(s, &part1), 2);
	store_close(s);
}
END_TEST

START_TEST(undone_while_a_query_is_open)
{
	struct store *s = open_store(NULL, parts1);
	struct query *q;

	put(s, &part1, "a", "1");
	put(s, &part1, "b", "1");
	store_request_begin(s);
	q = store_query(s, &part1, GET, "s", "a");
	ck_assert(query_row(q));
	put(s, &part1, "c", "1");
	query_done(q);
	store_request_end(s, false);
	ck_assert_int_eq(count(s, &part1), 2);
	store_close(s);
}
END_TEST

static void
temp_name(char path[64])
{
	int fd;

	strcpy(path, "/tmp/mockvault-store-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	unlink(path);
}

static void
remove_db(const char *path)
{
	char side[80];

	unlink(path);
	snprintf(side, sizeof(side), "%s-wal", path);
	unlink(side);
	snprintf(side, sizeof(side), "%s-shm", path);
	unlink(side);
}

START_TEST(file_and_migrations)
{
	char path[64];
	struct store *s;

	temp_name(path);
	s = open_store(path, parts1);
	put(s, &part1, "a", "1");
	store_close(s); /* closing commits */
	s = open_store(path, parts2);
	ck_assert_int_eq(count(s, &part2), 2);
	store_close(s);
	s = open_store(path, parts2); /* nothing runs twice */
	ck_assert_int_eq(count(s, &part2), 2);
	store_close(s);
	remove_db(path);
}
END_TEST

START_TEST(refuses_what_is_no_database)
{
	char path[64], why[200] = "";
	FILE *f;

	temp_name(path);
	f = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is no database\n", f);
	fclose(f);
	ck_assert_ptr_null(store_open(path, parts1, NULL, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, path));
	ck_assert_ptr_null(
	    store_open("/nowhere/at/all", parts1, NULL, why, sizeof(why)));
	remove_db(path);
}
END_TEST

START_TEST(dump_and_restore)
{
	struct store *s = open_store(NULL, parts1);
	void *bytes;
	size_t n;

	put(s, &part1, "a", "1");
	ck_assert(store_snapshot(s, &bytes, &n));
	put(s, &part1, "b", "1");
	ck_assert_int_eq(count(s, &part1), 2);
	ck_assert(store_restore(s, bytes, n));
	ck_assert_int_eq(count(s, &part1), 1);
	put(s, &part1, "c", "1");
	ck_assert(store_commit(s));
	ck_assert(!store_restore(s, "garbage", 7));
	ck_assert_int_eq(count(s, &part1), 2);
	free(bytes);
	store_close(s);
}
END_TEST

START_TEST(dump_and_restore_a_file)
{
	char path[64];
	struct store *s;
	void *bytes;
	size_t n;

	temp_name(path);
	s = open_store(path, parts1);
	put(s, &part1, "a", "1");
	ck_assert(store_snapshot(s, &bytes, &n));
	put(s, &part1, "b", "1");
	ck_assert(store_restore(s, bytes, n));
	store_close(s);
	s = open_store(path, parts1);
	ck_assert_int_eq(count(s, &part1), 1);
	store_close(s);
	free(bytes);
	remove_db(path);
}
END_TEST

START_TEST(check_names_the_broken)
{
	static const char *const broken[] = { "SELECT 1",
		"SELECT x FROM nowhere" };
	static const struct store_part bad = { "bad", first_form, broken, 2 };
	static const struct store_part *const list[] = { &bad, NULL };
	char why[200] = "";
	struct store *s = open_store(NULL, parts1);

	ck_assert(store_check_statements(s, why, sizeof(why)));
	store_close(s);
	s = open_store(NULL, list);
	ck_assert(!store_check_statements(s, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, "bad statement 1"));
	store_close(s);
}
END_TEST

static void
first_text(void *arg, const struct store_value *row, size_t n)
{
	char *out = arg;

	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(row[0].kind, STORE_TEXT);
	if (!*out)
		snprintf(out, 20, "%.*s", (int)row[0].s.n, row[0].s.p);
}

START_TEST(tables_are_read_and_filled)
{
	struct store *s = open_store(NULL, parts1);
	struct arena *a = arena_new();
	struct store_column *columns;
	struct store_value row[2] = { { .kind = STORE_TEXT, .s = SLICE("new") },
		{ .kind = STORE_NULL } };
	char **names, text[20] = "", why[200];

	put(s, &part1, "old", "1");
	ck_assert_uint_eq(store_tables(s, a, &names), 1);
	ck_assert_str_eq(names[0], "thing");
	ck_assert_uint_eq(store_columns(s, a, "thing", &columns), 2);
	ck_assert_str_eq(columns[1].name, "value");
	ck_assert(columns[1].nullable && !columns[0].nullable);
	ck_assert_int_gt(store_snapshot_size(s), 0);
	ck_assert(store_import_begin(s));
	ck_assert(store_import_row(s, "thing", row, 2, why, sizeof(why)));
	ck_assert(!store_import_row(s, "thing", row, 2, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, "UNIQUE"));
	ck_assert(!store_import_end(s, false));
	store_each_row(s, "thing", first_text, text);
	ck_assert_str_eq(text, "old");
	*text = '\0';
	ck_assert(store_import_begin(s));
	ck_assert(store_import_row(s, "thing", row, 2, why, sizeof(why)));
	ck_assert(store_import_end(s, true));
	store_each_row(s, "thing", first_text, text);
	ck_assert_str_eq(text, "new");
	ck_assert(store_clear(s));
	ck_assert_int_eq(count(s, &part1), 0);
	arena_free(a);
	store_close(s);
}
END_TEST

static void
called(void *arg)
{
	++*(int *)arg;
}

START_TEST(the_first_write_is_told)
{
	struct store *s = open_store(NULL, parts1);
	int calls = 0;

	store_on_next_write(s, called, &calls);
	ck_assert_int_eq(count(s, &part1), 0);
	ck_assert_int_eq(calls, 0);
	put(s, &part1, "a", "1");
	put(s, &part1, "b", "1");
	ck_assert_int_eq(calls, 1);
	store_on_next_write(s, called, &calls);
	ck_assert(store_clear(s));
	ck_assert_int_eq(calls, 2);
	store_close(s);
}
END_TEST

UNIT_MAIN("store", tables_are_read_and_filled, the_first_write_is_told,
    binds_and_columns, request_undone, undone_while_a_query_is_open,
    file_and_migrations, refuses_what_is_no_database, dump_and_restore,
    dump_and_restore_a_file, check_names_the_broken)
