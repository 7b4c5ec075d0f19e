/* Changes of another node's database: whatever they are, they fit or are
 * refused. */
#include <stdint.h>
#include <stdlib.h>

#include "store/capture.h"
#include "store/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct store_statement statements[] = {
	{ "INSERT INTO item (id, name, value) VALUES (1, 'a', NULL)", "",
	    NULL },
};
static const char *const migrations[] = {
	"CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE, value);"
	"CREATE TABLE loose (name TEXT NOT NULL, value REAL);"
	"CREATE TABLE pair (a INTEGER, b BLOB, PRIMARY KEY (a, b)) "
	"WITHOUT ROWID;",
	NULL
};
static const struct store_part part = { "fuzz", migrations, statements, 1,
	NULL };
static const struct store_part *const parts[] = { &part, NULL };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = { (const char *)data, size };
	struct error e = { 0 };
	struct store *s = store_open(NULL, parts, NULL, &e);

	if (!s || !store_capture(s, NULL, NULL))
		abort();
	STORE_EXEC(s, &part, 0);
	if (!store_commit(s))
		abort();
	store_request_begin(s);
	if (store_apply(s, bytes))
		(void)store_undo(s, bytes);
	store_request_end(s, false);
	store_request_begin(s);
	(void)store_undo(s, bytes);
	store_request_end(s, false);
	if (!store_commit(s))
		abort();
	store_close(s);
	return 0;
}
