/*
 * The table of settings.
 */
#include "core/setting.h"

#include "base/json/jsontext.h"
#include "store/capture.h"

enum { GET, PUT, DELETE, STATEMENTS };

static const char *const migrations[] = {
	"CREATE TABLE setting (name TEXT PRIMARY KEY, "
	"value TEXT NOT NULL) WITHOUT ROWID;", /* JSON */
	NULL,
};

static const struct store_statement statements[STATEMENTS] = {
	[GET] = { "SELECT value FROM setting WHERE name = ?", "s", NULL },
	[PUT] = { "INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)",
	    "st", NULL },
	[DELETE] = { "DELETE FROM setting WHERE name = ?", "s", NULL },
};

const struct store_part setting_store = { "setting", migrations, statements,
	STATEMENTS, NULL };

json_t *
setting_get(struct vault *v, const char *name)
{
	struct query *q = STORE_QUERY(v->store, &setting_store, GET, name);
	json_t *value = query_row(q) ? jsontext_to_tree(query_slice(q, 0))
				     : NULL;

	query_done(q);
	return value;
}

void
setting_put(struct vault *v, const char *name, json_t *value)
{
	struct buf text;

	if (!value) {
		STORE_EXEC(v->store, &setting_store, DELETE, name);
		return;
	}
	buf_init(&text, 0);
	jsontext_put(&text, value);
	STORE_EXEC(v->store, &setting_store, PUT, name, text);
	buf_release(&text);
	json_decref(value);
}

int64_t
setting_change_count(struct vault *v)
{
	return store_change_count_of(v->store, setting_store.name);
}
