/*
 * Stores in memory beside the one that serves: with the content of a snapshot,
 * or with one that is to take its place.
 */
#include <string.h>

#include "base/mem.h"
#include "store/store_internal.h"
#include "store/table_rows.h"

/* It has room to grow, which costs no memory until it is used. */
static bool
store_deserialize_copy(struct store *s, const void *bytes, size_t n)
{
	size_t room = 4 * n;
	unsigned char *snapshot = sqlite3_malloc64(room);

	if (!snapshot)
		return false;
	memcpy(snapshot, bytes, n);
	store_clear_wal_mark(snapshot, n);
	return sqlite3_deserialize(store_db(s), "main", snapshot,
		   (sqlite3_int64)n, (sqlite3_int64)room,
		   SQLITE_DESERIALIZE_FREEONCLOSE |
		       SQLITE_DESERIALIZE_RESIZEABLE) == SQLITE_OK;
}

struct store *
store_open_copy(const void *bytes, size_t n,
    const struct store_part *const *parts, const struct log *log,
    struct error *e)
{
	struct store *s = store_new(parts, log);

	if (store_open_db(s, NULL) && store_deserialize_copy(s, bytes, n) &&
	    store_run(s,
		"PRAGMA journal_mode = MEMORY; PRAGMA cache_size = -16384;") &&
	    store_prepare_own(s))
		return s;
	error_set(e, 500, "memory: %s", sqlite3_errmsg(store_db(s)));
	store_close(s);
	return NULL;
}

struct store *
store_open_bytes(void *bytes, size_t n)
{
	static const struct store_part *const no_parts[] = { NULL };
	struct store *s = store_new(no_parts, NULL);

	store_clear_wal_mark(bytes, n);
	if (store_open_db(s, NULL) &&
	    sqlite3_deserialize(store_db(s), "main", bytes, (sqlite3_int64)n,
		(sqlite3_int64)n, SQLITE_DESERIALIZE_READONLY) == SQLITE_OK &&
	    store_prepare_own(s))
		return s;
	store_close(s);
	return NULL;
}

struct store *
store_open_empty(const struct store_part *const *parts, struct error *e)
{
	struct store *s = store_new(parts, NULL);

	if (store_open_db(s, NULL) && store_set_up(s, NULL, NULL) &&
	    store_prepare_own(s))
		return s;
	error_set(e, 500, "memory: %s", sqlite3_errmsg(store_db(s)));
	store_close(s);
	return NULL;
}

/* ---- another content ---- */

const struct store_part **
store_parts_list(const struct store *s)
{
	const struct store_part **list = xcalloc(
	    (size_t)s->nparts + 1, sizeof(*list));

	for (int i = 0; i < s->nparts; i++)
		list[i] = s->parts[i].part;
	return list;
}

static bool
store_has_parts_of(const struct store *s, const struct store *other)
{
	for (int i = 0; i < s->nparts && i < other->nparts; i++)
		if (s->parts[i].part != other->parts[i].part)
			return false;
	return s->nparts == other->nparts;
}

static bool
store_table_is_replaced(const char *name)
{
	return table_is_state(name) && !table_stays(name);
}

/* SQLite's own tables are none of ours. */
static bool
store_table_is_kept(const char *name)
{
	return !store_table_is_replaced(name) &&
	    strncmp(name, "sqlite_", 7) != 0;
}

static bool
store_keep_rows(struct store *other, struct store *s)
{
	bool ok = store_run(other, "BEGIN") &&
	    table_rows_replace_all(other->db, s->db, store_table_is_kept);

	return store_run(other, ok ? "COMMIT" : "ROLLBACK") && ok;
}

/* Statements belong to a database; those of the parts are prepared again at
 * their next use. Nothing here can fail. */
static void
store_swap_db(struct store *s, struct store *other)
{
	sqlite3_stmt **const mine[STORE_OWN_STATEMENTS] = STORE_OWN(s);
	sqlite3_stmt **const theirs[STORE_OWN_STATEMENTS] = STORE_OWN(other);
	sqlite3 *db = s->db;

	s->changed_before = store_change_count(s);
	store_finalize_parts(s);
	store_finalize_parts(other);
	for (size_t i = 0; i < STORE_OWN_STATEMENTS; i++) {
		sqlite3_stmt *statement = *mine[i];

		*mine[i] = *theirs[i];
		*theirs[i] = statement;
	}
	s->db = other->db;
	other->db = db;
	store_link_db(s);
	store_link_db(other);
}

bool
store_take_content(struct store *s, struct store *other)
{
	store_notify_write(s);
	if (!store_commit(s) || !store_has_parts_of(s, other))
		return false;
	if (s->changes)
		return store_copy_rows(s, other->db, store_table_is_replaced);
	if (!store_keep_rows(other, s))
		return false;
	if (s->file)
		return store_copy_pages(s, other->db);
	store_swap_db(s, other);
	return true;
}
