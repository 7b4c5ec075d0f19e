/*
 * The plain key-value table. Values keep the digits of their numbers.
 */
#include "core/mount/plain_kv.h"

#include <stdlib.h>

#include "core/mount/path_list.h"
#include "core/mount/mount.h"
#include "core/mount/unmount.h"

enum {
	GET,
	PUT,
	DELETE,
	LIST_FROM,
	ALL,
	DROP,
	DROP_SOME,
	COUNT,
	STATEMENTS,
};

static const char *const migrations[] = {
	"CREATE TABLE kv1 (scope TEXT NOT NULL, path TEXT NOT NULL,"
	"data TEXT NOT NULL, PRIMARY KEY (scope, path)) WITHOUT ROWID",
	NULL,
};

static const struct store_statement statements[] = {
	[GET] = { "SELECT data FROM kv1 WHERE scope = ? AND path = ?", "ss",
	    NULL },
	[PUT] = { "INSERT OR REPLACE INTO kv1 (scope, path, data) VALUES (?, "
		  "?, ?)",
	    "sst", NULL },
	[DELETE] = { "DELETE FROM kv1 WHERE scope = ? AND path = ?", "ss",
	    NULL },
	[LIST_FROM] = { "SELECT path FROM kv1 WHERE scope = ? AND path > ? ORDER BY "
			"path",
	    "ss", NULL },
	[ALL] = { "SELECT path, data FROM kv1 WHERE scope = ?", "s", NULL },
	[DROP] = { "DELETE FROM kv1 WHERE scope = ?", "s", NULL },
	[DROP_SOME] = { "DELETE FROM kv1 WHERE scope = ?1 AND path IN "
			"(SELECT path FROM kv1 WHERE scope = ?1 "
			"ORDER BY path " UNMOUNT_STEP_SQL ")",
	    "s", NULL },
	[COUNT] = { "SELECT count(*) FROM kv1 WHERE scope = ?", "s", NULL },
};

const struct store_part plain_kv_store = { "kv1", migrations, statements,
	STATEMENTS, NULL };

struct slice
plain_kv_get(
    struct vault *v, struct arena *a, const char *scope, const char *path)
{
	struct query *q = STORE_QUERY(
	    v->store, &plain_kv_store, GET, scope, path);
	struct slice data = { NULL, 0 };

	if (query_row(q)) {
		data = query_slice(q, 0);
		data.p = arena_strndup(a, data.p, data.n);
	}
	query_done(q);
	return data;
}

void
plain_kv_put(
    struct vault *v, const char *scope, const char *path, struct slice data)
{
	STORE_EXEC(v->store, &plain_kv_store, PUT, scope, path, data);
}

void
plain_kv_delete(struct vault *v, const char *scope, const char *path)
{
	STORE_EXEC(v->store, &plain_kv_store, DELETE, scope, path);
}

struct plain_kv_walk {
	struct vault *vault;
	const char *scope;
};

static struct query *
plain_kv_paths_from(void *arg, const char *after)
{
	const struct plain_kv_walk *w = arg;

	return STORE_QUERY(
	    w->vault->store, &plain_kv_store, LIST_FROM, w->scope, after);
}

void
plain_kv_list(
    struct vault *v, const char *scope, const char *prefix, struct strs *keys)
{
	struct plain_kv_walk w = { v, scope };

	path_list(prefix, plain_kv_paths_from, &w, keys);
}

bool
plain_kv_list_some(struct vault *v, const char *scope, const char *prefix,
    const char **after, size_t n, struct strs *keys)
{
	struct plain_kv_walk w = { v, scope };

	return path_list_some(prefix, after, n, plain_kv_paths_from, &w, keys);
}

void
plain_kv_each(struct vault *v, const char *scope,
    void (*fn)(const char *path, struct slice data, void *arg), void *arg)
{
	struct query *q = STORE_QUERY(v->store, &plain_kv_store, ALL, scope);

	while (query_row(q))
		fn(query_text(q, 0), query_slice(q, 1), arg);
}

void
plain_kv_delete_scope(struct vault *v, const char *scope)
{
	STORE_EXEC(v->store, &plain_kv_store, DROP, scope);
}

#define MOUNT_SCOPE "mount/%lld"

char *
plain_kv_mount_scope(struct arena *a, const struct mount *m)
{
	return arena_printf(a, MOUNT_SCOPE, (long long)m->id);
}

bool
plain_kv_on_unmount(struct vault *v, struct mount *m)
{
	char *scope = xasprintf(MOUNT_SCOPE, (long long)m->id);
	int n = STORE_EXEC(v->store, &plain_kv_store, DROP_SOME, scope);

	free(scope);
	return n == UNMOUNT_STEP;
}

int64_t
plain_kv_count(struct vault *v, const struct mount *m)
{
	char *scope = xasprintf(MOUNT_SCOPE, (long long)m->id);
	struct query *q = STORE_QUERY(v->store, &plain_kv_store, COUNT, scope);
	int64_t n = query_row(q) ? query_int(q, 0) : 0;

	query_done(q);
	free(scope);
	return n;
}
