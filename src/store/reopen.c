/*
 * The way back from a failure.
 */
#include "base/log.h"
#include "store/store_internal.h"

/* A lock of the file could not be given back: SQLite believes that it still has
 * it and finds its own way blocked, each time for ten seconds. Or the last try
 * to open it anew has failed. */
static bool
store_is_stuck(const struct store *s)
{
	int code = s->failure & 0xff;

	return s->file && !s->changes && store_file_is_there(s->file) &&
	    (code == SQLITE_PROTOCOL || code == SQLITE_BUSY ||
		code == SQLITE_CANTOPEN);
}

/* The old connection's locks are given back first: those of a process are one
 * another's. */
static void
store_reopen(struct store *s)
{
	store_finalize_parts(s);
	store_finalize_own(s);
	if (sqlite3_close(s->db) == SQLITE_OK) {
		log_msg(s->log, LOG_WARN, "storage.sqlite",
		    "the database is opened anew");
		if (!store_open_db(s, store_file_path(s->file)))
			(void)store_check(s, sqlite3_errcode(s->db), "open");
	}
	(void)store_run(s, STORE_FILE_PRAGMAS);
	(void)store_prepare_own(s); /* its failure is the store's */
}

void
store_forget_failure(struct store *s)
{
	bool is_stuck = store_is_stuck(s);

	s->failure = 0;
	if (is_stuck)
		store_reopen(s);
}
