/*
 * A store in memory with the content of a snapshot.
 */
#include <string.h>

#include "store/store_internal.h"

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
