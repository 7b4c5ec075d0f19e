/*
 * The store: migrations once and in order, savepoints of requests, commits that
 * survive a reopening, dump and restore.
 */
#include "core/mount/mount.h"
#include "core/token/lease.h"
#include "server/engines.h"
#include "store/capture.h"
#include "store/store_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/unit.h"

enum { PUT, GET, COUNT, ADD_BLOB, NSTATEMENTS };

static const struct store_statement statements[] = {
	[PUT] = { "INSERT INTO thing (name, value) VALUES (?, ?) "
		  "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
	    "ss", NULL },
	[GET] = { "SELECT value FROM thing WHERE name = ?", "s", NULL },
	[COUNT] = { "SELECT count(*) FROM thing", "", NULL },
	[ADD_BLOB] = { "INSERT INTO piece VALUES (?, ?, ?)", "dbt", NULL },
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
	COUNT + 1, NULL };
static const struct store_part part2 = { "test", second_form, statements,
	NSTATEMENTS, NULL };
static const struct store_part *const parts1[] = { &part1, NULL };
static const struct store_part *const parts2[] = { &part2, NULL };

static struct store *
open_store(const char *path, const struct store_part *const *parts)
{
	struct error e = { 0 };
	struct store *s = store_open(path, parts, NULL, &e);

	ck_assert_msg(s != NULL, "%s", e.text);
	return s;
}

static int
count(struct store *s, const struct store_part *part)
{
	struct query *q = STORE_QUERY(s, part, COUNT);
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
	ck_assert_int_eq(STORE_EXEC(s, part, PUT, name, value), 1);
}

START_TEST(binds_and_columns)
{
	struct store *s = open_store(NULL, parts2);
	struct query *q;

	put(s, &part2, "a", NULL);
	q = STORE_QUERY(s, &part2, GET, "a");
	ck_assert(query_row(q));
	ck_assert(query_is_null(q, 0));
	ck_assert_ptr_null(query_text(q, 0));
	ck_assert(!query_row(q));
	ck_assert_int_eq(STORE_EXEC(s, &part2, ADD_BLOB, 1.5,
			     store_bytes("a\0b", 3), store_bytes("text!", 4)),
	    1);
	q = STORE_QUERY(s, &part2, GET, "none");
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
	q = STORE_QUERY(s, &part1, GET, "a");
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

static int
stop(void *arg)
{
	(void)arg;
	return 1;
}

/* SQLite says so when it finds its own locks in its way. */
START_TEST(a_stuck_file_is_opened_anew)
{
	char path[64];
	struct store *s;
	sqlite3 *stuck;

	temp_name(path);
	s = open_store(path, parts1);
	put(s, &part1, "a", "1");
	ck_assert(store_commit(s));
	put(s, &part1, "b", "1");
	sqlite3_progress_handler(store_db(s), 1, stop, NULL);
	ck_assert(!store_check(s, SQLITE_PROTOCOL, "test"));
	ck_assert(!store_commit(s));
	store_forget_failure(s);
	ck_assert(!store_has_failed(s));
	ck_assert_int_eq(count(s, &part1), 1);
	put(s, &part1, "c", "1");
	ck_assert(store_commit(s));
	/* Another failure needs no new connection, nor does memory. */
	stuck = store_db(s);
	ck_assert(!store_check(s, SQLITE_FULL, "test"));
	ck_assert(!store_commit(s));
	store_forget_failure(s);
	ck_assert_ptr_eq(store_db(s), stuck);
	ck_assert_int_eq(count(s, &part1), 2);
	/* What was deleted is not made anew. */
	remove_db(path);
	ck_assert(!store_check(s, SQLITE_PROTOCOL, "test"));
	ck_assert(!store_commit(s));
	store_forget_failure(s);
	ck_assert_ptr_eq(store_db(s), stuck);
	ck_assert_int_eq(count(s, &part1), 2);
	store_close(s);
	remove_db(path);
}
END_TEST

START_TEST(refuses_what_is_no_database)
{
	char path[64];
	struct error e = { 0 };
	FILE *f;

	temp_name(path);
	f = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is no database\n", f);
	fclose(f);
	ck_assert_ptr_null(store_open(path, parts1, NULL, &e));
	ck_assert_ptr_nonnull(strstr(e.text, path));
	ck_assert_ptr_null(store_open("/nowhere/at/all", parts1, NULL, &e));
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
	store_free_bytes(bytes);
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
	store_free_bytes(bytes);
	remove_db(path);
}
END_TEST

START_TEST(check_names_the_broken)
{
	static const struct store_statement broken[] = {
		{ "SELECT 1", "", NULL },
		{ "SELECT x FROM nowhere", "", NULL },
	};
	static const struct store_statement uneven[] = {
		{ "SELECT value FROM thing WHERE name = ?", "ss", NULL },
	};
	static const struct store_part bad2 = { "bad", first_form, uneven, 1,
		NULL };
	static const struct store_part *const list2[] = { &bad2, NULL };
	static const struct store_part bad = { "bad", first_form, broken, 2,
		NULL };
	static const struct store_part *const list[] = { &bad, NULL };
	struct error e = { 0 };
	struct store *s = open_store(NULL, parts1);

	ck_assert(store_check_statements(s, &e));
	store_close(s);
	s = open_store(NULL, list);
	ck_assert(!store_check_statements(s, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "bad statement 1"));
	store_close(s);
	s = open_store(NULL, list2); /* two letters for one parameter */
	error_release(&e);
	ck_assert(!store_check_statements(s, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "bad statement 0"));
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
	struct strs names = strs_in(a);
	char text[20] = "";
	struct error e = { 0 };

	put(s, &part1, "old", "1");
	store_tables(s, &names);
	ck_assert_uint_eq(names.n, 1);
	ck_assert_str_eq(names.items[0], "thing");
	ck_assert_uint_eq(store_columns(s, a, "thing", &columns), 2);
	ck_assert_str_eq(columns[1].name, "value");
	ck_assert(columns[1].nullable && !columns[0].nullable);
	ck_assert_int_gt(store_snapshot_size(s), 0);
	ck_assert(store_import_begin(s));
	ck_assert(store_import_row(s, "thing", row, 2, &e));
	ck_assert(!store_import_row(s, "thing", row, 2, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "UNIQUE"));
	ck_assert(!store_import_end(s, false));
	store_each_row(s, "thing", first_text, text);
	ck_assert_str_eq(text, "old");
	*text = '\0';
	ck_assert(store_import_begin(s));
	ck_assert(store_import_row(s, "thing", row, 2, &e));
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

/* ---- rows ---- */

#define ITEM_ROW(COLUMN, S)                   \
	COLUMN(S, TEXT, name, "name")         \
	COLUMN(S, INT, size_b, "size")        \
	COLUMN(S, TEXT_OR_NULL, note, "note") \
	COLUMN(S, BOOL, open, "open")         \
	COLUMN(S, REAL, rate, "rate")         \
	COLUMN(S, STRS, tags, "tags")         \
	COLUMN(S, STRS_OR_NULL, hosts, "hosts")

struct item {
	int before;
	ROW_MEMBERS(ITEM_ROW)
};

static const struct row_column item_columns[] = { ROW_COLUMNS(
    ITEM_ROW, struct item) };
static const struct row item_row = ROW(item_columns);

enum { ITEM_PUT, ITEM_GET, ITEM_TAGS, ITEM_NAMES, ITEM_STATEMENTS };

static const struct store_statement item_statements[] = {
	[ITEM_PUT] = { "INSERT INTO item ($columns) VALUES ($values)", NULL,
	    &item_row },
	[ITEM_GET] = { "SELECT $columns FROM item WHERE name = ?", "s",
	    &item_row },
	[ITEM_TAGS] = { "UPDATE item SET tags = ? WHERE name = ?", "js", NULL },
	[ITEM_NAMES] = { "SELECT name FROM item ORDER BY 1", "", NULL },
};

static const char *const item_form[] = {
	"CREATE TABLE item (other TEXT, tags TEXT NOT NULL, hosts TEXT, "
	"rate REAL, open INTEGER, note TEXT, size INTEGER, name TEXT)",
	NULL
};
static const struct store_part item_part = { "item", item_form, item_statements,
	ITEM_STATEMENTS, NULL };

static bool
item_get(struct store *s, struct arena *a, const char *name, struct item *out)
{
	struct query *q = STORE_QUERY(s, &item_part, ITEM_GET, name);

	if (!query_row(q))
		return false;
	query_read_row(q, &item_row, a, out);
	query_done(q);
	return true;
}

START_TEST(a_row_comes_back)
{
	static const struct store_part *const parts[] = { &item_part, NULL };
	struct store *s = open_store(NULL, parts);
	struct arena *a = arena_new();
	struct item in = { .name = "n\xc3\xbc",
		.size_b = INT64_MIN,
		.open = true,
		.rate = 1.5 },
		    out = { .before = 7 }, copy;
	struct strs names;
	struct error e = { 0 };

	ck_assert_msg(store_check_statements(s, &e), "%s", e.text);
	strs_add(&in.tags, "a \"b\"");
	strs_add(&in.tags, "");
	ck_assert_int_eq(store_put_row(s, &item_part, ITEM_PUT, &in), 1);
	ck_assert(!item_get(s, a, "other", &out));
	ck_assert(item_get(s, a, in.name, &out));
	ck_assert_int_eq(out.before, 7);
	ck_assert_str_eq(out.name, in.name);
	ck_assert(out.size_b == INT64_MIN && out.open && out.rate == 1.5);
	ck_assert_ptr_null(out.note);
	ck_assert(strs_equal(&out.tags, &in.tags));
	ck_assert_uint_eq(out.hosts.n, 0);
	row_copy(&item_row, &copy, &out);
	ck_assert(strs_equal(&copy.tags, &in.tags));
	row_release(&item_row, &copy);
	ck_assert_ptr_null(copy.name);
	strs_add(&in.tags, "third");
	ck_assert_int_eq(STORE_EXEC(s, &item_part, ITEM_TAGS,
			     (const struct strs *)&in.tags, in.name),
	    1);
	ck_assert(item_get(s, NULL, in.name, &out));
	ck_assert_str_eq(out.tags.items[2], "third");
	row_release(&item_row, &out);
	strs_init(&names, a);
	query_strs(STORE_QUERY(s, &item_part, ITEM_NAMES), &names);
	ck_assert_uint_eq(names.n, 1);
	strs_release(&in.tags);
	arena_free(a);
	store_close(s);
}
END_TEST

/* The columns of every table, one a line. */
static void
put_tables(struct store *s, struct buf *out)
{
	struct arena *a = arena_new();
	struct strs tables = strs_in(a);

	store_tables(s, &tables);
	for (size_t i = 0; i < tables.n; i++) {
		struct store_column *columns;
		size_t count = store_columns(s, a, tables.items[i], &columns);

		for (size_t k = 0; k < count; k++)
			buf_printf(out, "%s.%s %d %d\n", tables.items[i],
			    columns[k].name, (int)columns[k].kind,
			    columns[k].nullable);
	}
	arena_free(a);
}

/* The image that the program carries, and the tables that a file is given. */
START_TEST(an_image_is_what_the_parts_make)
{
	struct error e = { 0 };
	struct store *made = open_store(NULL, store_parts);
	struct store *carried = store_open_image(
	    NULL, store_parts, &schema_image, NULL, &e);
	void *a, *b;
	size_t na, nb;

	ck_assert_msg(carried != NULL, "%s", e.text);
	ck_assert(store_snapshot(made, &a, &na));
	ck_assert(store_snapshot(carried, &b, &nb));
	ck_assert_uint_eq(na, nb);
	ck_assert_uint_gt(na, 4096);
	/* SQLite counts the changes of a schema in bytes 40 to 43. */
	memset((char *)a + 40, 0, 4);
	memset((char *)b + 40, 0, 4);
	ck_assert_mem_eq(a, b, na);
	ck_assert(store_check_statements(carried, &e));
	store_free_bytes(a);
	store_free_bytes(b);
	store_close(made);
	store_close(carried);
}
END_TEST

/* A node of a cluster has more parts. */
START_TEST(tables_behind_the_image_are_made)
{
	struct error e = { 0 };
	struct store *made = open_store(NULL, node_store_parts);
	struct store *carried = store_open_image(
	    NULL, node_store_parts, &schema_image, NULL, &e);
	struct buf one, other;

	ck_assert_msg(carried != NULL, "%s", e.text);
	buf_init(&one, 0);
	buf_init(&other, 0);
	put_tables(made, &one);
	put_tables(carried, &other);
	ck_assert_ptr_nonnull(strstr(one.p, "cluster_peer.number"));
	ck_assert_str_eq(one.p, other.p);
	ck_assert(store_check_statements(carried, &e));
	buf_release(&one);
	buf_release(&other);
	store_close(made);
	store_close(carried);
}
END_TEST

START_TEST(a_schema_is_what_its_migrations_make)
{
	int compared = 0;

	for (int i = 0; store_parts[i]; i++) {
		struct store_part slow = *store_parts[i];
		const struct store_part *const by_schema[] = { store_parts[i],
			NULL };
		const struct store_part *const by_migrations[] = { &slow,
			NULL };
		struct buf one, other;
		struct store *s;

		if (!slow.schema)
			continue;
		slow.schema = NULL;
		buf_init(&one, 0);
		buf_init(&other, 0);
		s = open_store(NULL, by_schema);
		put_tables(s, &one);
		store_close(s);
		s = open_store(NULL, by_migrations);
		put_tables(s, &other);
		store_close(s);
		ck_assert_uint_gt(one.n, 0);
		ck_assert_str_eq(one.p, other.p);
		buf_release(&one);
		buf_release(&other);
		compared++;
	}
	ck_assert_int_ge(compared, 5);
}
END_TEST

/* A database of before: the first migrations of a part alone, and rows. */
static void
make_old(const char *path, const struct store_part *now, int migrated,
    const char *sql)
{
	const char *migrations[8] = { NULL };
	struct store_statement add = { sql, "", NULL };
	struct store_part old = { now->name, migrations, &add, 1, NULL };
	const struct store_part *const parts[] = { &old, NULL };
	struct store *s;

	for (int i = 0; i < migrated; i++)
		migrations[i] = now->migrations[i];
	s = open_store(path, parts);
	STORE_EXEC(s, &old, 0);
	ck_assert(store_commit(s));
	store_close(s);
}

static void
first_column(void *arg, const struct store_value *row, size_t n)
{
	struct buf *out = arg;

	if (row[0].kind == STORE_TEXT)
		buf_slice(out, row[0].s);
	else
		buf_int(out, row[n > 2 ? 0 : n - 1].i);
	buf_char(out, ' ');
}

static void
has_first_column(struct store *s, const char *table, const char *expected)
{
	struct buf out;

	buf_init(&out, 0);
	store_each_row(s, table, first_column, &out);
	ck_assert_str_eq(out.p, expected);
	buf_release(&out);
}

START_TEST(older_mounts_and_leases)
{
	char path[64];
	struct store *s;

	temp_name(path);
	make_old(path, &mount_store, 1,
	    "INSERT INTO mount SELECT value, 'auth', value || '/', 't', 'a', "
	    "'u', 'd', NULL, 0, 0, 0, 0, 0, 0, '', '', '{}' "
	    "FROM json_each('[3, 7]')");
	make_old(path, &mount_store, 1, "DELETE FROM mount WHERE id = 7");
	make_old(path, &lease_store, 2,
	    "INSERT INTO lease SELECT value, '', 1, 'p', NULL, NULL, 1, 2, 3, "
	    "4, 5, 1, 7, 0, NULL FROM json_each('[\"b\", \"a\"]')");
	s = open_store(path, store_parts);
	has_first_column(s, "mount", "3 ");
	has_first_column(s, "mount_last", "7 "); /* never given again */
	has_first_column(s, "lease", "b a ");
	store_close(s);
	remove_db(path);
}
END_TEST

/* ---- another content ---- */

enum { PEER_ADD, META_ADD, PEERS, METAS, NKEPT };

static const struct store_statement kept_statements[] = {
	[PEER_ADD] = { "INSERT INTO cluster_peer VALUES (?)", "s", NULL },
	[META_ADD] = { "INSERT INTO raft_meta VALUES (?)", "s", NULL },
	[PEERS] = { "SELECT count(*) FROM cluster_peer", "", NULL },
	[METAS] = { "SELECT count(*) FROM raft_meta", "", NULL },
};
static const char *const kept_form[] = {
	"CREATE TABLE cluster_peer (name TEXT);"
	"CREATE TABLE raft_meta (name TEXT)",
	NULL
};
static const struct store_part kept_part = { "kept", kept_form, kept_statements,
	NKEPT, NULL };
static const struct store_part *const kept_parts[] = { &part1, &kept_part,
	NULL };

static int
kept_count(struct store *s, int statement)
{
	return (int)query_single_int(STORE_QUERY(s, &kept_part, statement));
}

/* A store in memory as an import makes it. */
static struct store *
make_content(struct store *like, const char *name)
{
	const struct store_part **list = store_parts_list(like);
	struct store_value row[2] = { { .kind = STORE_TEXT,
					  .s = { name, strlen(name) } },
		{ .kind = STORE_NULL } };
	struct error e = { 0 };
	struct store *s = store_open_empty(list, &e);

	ck_assert_ptr_nonnull(s);
	free(list);
	ck_assert(store_import_begin(s));
	ck_assert(store_import_row(s, "thing", row, 2, &e));
	ck_assert(store_import_end(s, true));
	return s;
}

static void
takes_a_content(struct store *s)
{
	struct store *other;
	int64_t written;
	char text[20] = "";

	put(s, &part1, "a", "1");
	put(s, &part1, "b", "1");
	STORE_EXEC(s, &kept_part, PEER_ADD, "n1");
	STORE_EXEC(s, &kept_part, META_ADD, "term");
	written = store_change_count(s);
	other = make_content(s, "new");
	ck_assert(store_take_content(s, other));
	store_close(other);
	ck_assert_int_eq(count(s, &part1), 1);
	store_each_row(s, "thing", first_text, text);
	ck_assert_str_eq(text, "new");
	ck_assert_int_eq(kept_count(s, PEERS), 1);
	ck_assert_int_eq(kept_count(s, METAS), 1);
	ck_assert_int_ge(store_change_count(s), written);
	put(s, &part1, "c", "1");
	ck_assert(store_commit(s));
	ck_assert_int_eq(count(s, &part1), 2);
}

START_TEST(a_content_is_taken)
{
	struct store *s = open_store(NULL, kept_parts);
	char path[64];

	takes_a_content(s);
	store_close(s);
	s = open_store(NULL, kept_parts);
	ck_assert(store_capture(s, NULL, NULL));
	takes_a_content(s);
	store_close(s);
	temp_name(path);
	s = open_store(path, kept_parts);
	takes_a_content(s);
	store_close(s);
	s = open_store(path, kept_parts);
	ck_assert_int_eq(count(s, &part1), 2);
	ck_assert_int_eq(kept_count(s, PEERS), 1);
	store_close(s);
	remove_db(path);
}
END_TEST

START_TEST(a_content_of_other_parts_is_not)
{
	struct store *s = open_store(NULL, kept_parts), *fewer, *other;

	put(s, &part1, "a", "1");
	fewer = open_store(NULL, parts1);
	other = make_content(fewer, "new");
	ck_assert(!store_take_content(s, other));
	store_close(other);
	store_close(fewer);
	fewer = open_store(NULL, parts2);
	ck_assert(!store_take_content(s, fewer));
	store_close(fewer);
	ck_assert_int_eq(count(s, &part1), 1);
	store_close(s);
}
END_TEST

UNIT_MAIN("store", an_image_is_what_the_parts_make,
    tables_behind_the_image_are_made, a_schema_is_what_its_migrations_make,
    a_row_comes_back, tables_are_read_and_filled, the_first_write_is_told,
    binds_and_columns, request_undone, undone_while_a_query_is_open,
    file_and_migrations, a_stuck_file_is_opened_anew,
    refuses_what_is_no_database, dump_and_restore, dump_and_restore_a_file,
    check_names_the_broken, a_content_is_taken, a_content_of_other_parts_is_not,
    older_mounts_and_leases)
