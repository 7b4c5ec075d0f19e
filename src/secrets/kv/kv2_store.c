/*
 * KV version 2's tables. Two lookups in clustered tables make a read. A
 * version is found by its slot, key and version number in one integer: the
 * inner pages of its tree hold integers alone, so the tree stays flat among
 * a million secrets (docs/performance.md).
 */
#include "secrets/kv/kv2_store.h"

#include <stdlib.h>
#include <string.h>

#include "core/mount/object_cache.h"
#include "core/mount/path_list.h"
#include "core/mount/unmount.h"
#include "secrets/kv/kv2_cache.h"

enum {
	CONFIG_GET,
	CONFIG_PUT,
	KEY_GET,
	KEY_INSERT,
	KEY_UPDATE,
	KEY_UPDATE_CURRENT,
	KEY_DELETE,
	READ,
	VERSION_GET,
	VERSION_ADD,
	VERSION_SET_DELETED,
	VERSION_DESTROY,
	VERSIONS,
	VERSIONS_DROP,
	LIST_FROM,
	DROP_VERSIONS,
	DROP_KEYS,
	DROP_CONFIG,
	NEXT_ID,
	KEY_COUNT,
	DUE_ADD,
	DUE_NEXT,
	DUE_LAST,
	DUE_ENDED,
	DUE_DELETE,
	ACTOR_CREATED,
	ACTOR_DELETED,
	ACTOR_GET,
	ACTORS_DROP,
	ACTORS_DROP_MOUNT,
	STATEMENTS,
};

static const char *const migrations[] = {
	"CREATE TABLE kv2_config (mount INTEGER PRIMARY KEY,"
	"cas_required INTEGER NOT NULL, max_versions INTEGER NOT NULL,"
	"delete_after INTEGER NOT NULL);"
	"CREATE TABLE kv2_key (mount INTEGER NOT NULL, path TEXT NOT NULL,"
	"id INTEGER NOT NULL UNIQUE, current INTEGER NOT NULL,"
	"oldest INTEGER NOT NULL, cas_required INTEGER NOT NULL,"
	"max_versions INTEGER NOT NULL, delete_after INTEGER NOT NULL,"
	"created INTEGER NOT NULL, updated INTEGER NOT NULL, custom TEXT,"
	"PRIMARY KEY (mount, path)) WITHOUT ROWID;"
	"CREATE TABLE kv2_version (slot INTEGER PRIMARY KEY,"
	"key INTEGER NOT NULL, version INTEGER NOT NULL, data TEXT,"
	"created INTEGER NOT NULL, deleted INTEGER NOT NULL,"
	"destroyed INTEGER NOT NULL);",
	/* deletion times to come; a version may have changed since */
	"CREATE TABLE kv2_due (at INTEGER NOT NULL, slot INTEGER NOT NULL,"
	"PRIMARY KEY (at, slot)) WITHOUT ROWID;",
	/* who wrote and deleted; version 0 stands for the key */
	"CREATE TABLE kv2_actor (slot INTEGER PRIMARY KEY, created_by TEXT,"
	"deleted_by TEXT);",
	NULL,
};

#define KEY_COLUMNS                                                   \
	"k.id, k.current, k.oldest, k.cas_required, k.max_versions, " \
	"k.delete_after, k.created, k.updated, k.custom"
#define VERSION_COLUMNS "version, data, created, deleted, destroyed"

#define FIRST_KEYS                                                                \
	"(SELECT id FROM kv2_key WHERE mount = ? ORDER BY path " UNMOUNT_STEP_SQL \
	")"

static const struct store_statement statements[] = {
	[KEY_COUNT] = { "SELECT count(*) FROM kv2_key WHERE mount = ?", "i",
	    NULL },
	[CONFIG_GET] = { "SELECT cas_required, max_versions, delete_after FROM "
			 "kv2_config WHERE mount = ?",
	    "i", NULL },
	[CONFIG_PUT] = { "INSERT OR REPLACE INTO kv2_config (mount, "
			 "cas_required, max_versions, delete_after) VALUES "
			 "(?,?,?,?)",
	    "iiii", NULL },
	[KEY_GET] = { "SELECT " KEY_COLUMNS
		      " FROM kv2_key k WHERE mount = ? AND path = ?",
	    "is", NULL },
	[KEY_INSERT] = { "INSERT INTO kv2_key (mount, path, id, current, "
			 "oldest, cas_required, max_versions, delete_after, "
			 "created, updated, custom) VALUES "
			 "(?,?,?,?,?,?,?,?,?,?,?)",
	    "isiiiiiiiis", NULL },
	[KEY_UPDATE] = { "UPDATE kv2_key SET current = ?, oldest = ?, "
			 "cas_required = ?, max_versions = ?, "
			 "delete_after = ?, created = ?, updated = ?, "
			 "custom = ? WHERE mount = ? AND path = ?",
	    "iiiiiiisis", NULL },
	[KEY_UPDATE_CURRENT] = { "UPDATE kv2_key SET current = ?, oldest = ?, "
				 "updated = ? WHERE mount = ? AND path = ?",
	    "iiiis", NULL },
	[KEY_DELETE] = { "DELETE FROM kv2_key WHERE mount = ? AND path = ?",
	    "is", NULL },
	[READ] = { "SELECT k.custom, v.version, v.data, v.created, v.deleted, "
		   "v.destroyed, k.id FROM kv2_key k JOIN kv2_version v "
		   "ON v.slot = (k.id << 32) + "
		   "CASE WHEN ?3 > 0 THEN ?3 ELSE k.current END "
		   "WHERE k.mount = ?1 AND k.path = ?2",
	    "isi", NULL },
	[VERSION_GET] = { "SELECT " VERSION_COLUMNS
			  " FROM kv2_version WHERE slot = ?",
	    "i", NULL },
	[VERSION_ADD] = { "INSERT INTO kv2_version (slot, key, version, data, "
			  "created, deleted, destroyed) VALUES (?,?,?,?,?,?,?)",
	    "iiitiii", NULL },
	[VERSION_SET_DELETED] = { "UPDATE kv2_version SET deleted = ? "
				  "WHERE slot = ?",
	    "ii", NULL },
	[VERSION_DESTROY] = { "UPDATE kv2_version SET destroyed = 1, "
			      "data = NULL WHERE slot = ?",
	    "i", NULL },
	[VERSIONS_DROP] = { "DELETE FROM kv2_version WHERE slot "
			    "BETWEEN ? AND ?",
	    "ii", NULL },
	[VERSIONS] = { "SELECT version, NULL, created, deleted, destroyed "
		       "FROM kv2_version WHERE slot BETWEEN ? AND ? "
		       "ORDER BY slot",
	    "ii", NULL },
	[LIST_FROM] = { "SELECT path FROM kv2_key WHERE mount = ? AND path > ? "
			"ORDER BY path",
	    "is", NULL },
	/* What the first keys have goes before they do. */
	[DROP_VERSIONS] = { "DELETE FROM kv2_version WHERE slot IN "
			    "(SELECT v.slot FROM " FIRST_KEYS
			    " k JOIN kv2_version v "
			    "ON v.slot BETWEEN k.id << 32 AND "
			    "(k.id << 32) + 4294967295 " UNMOUNT_STEP_SQL ")",
	    "i", NULL },
	[DROP_KEYS] = { "DELETE FROM kv2_key WHERE mount = ?1 AND path IN "
			"(SELECT path FROM kv2_key WHERE mount = ?1 "
			"ORDER BY path " UNMOUNT_STEP_SQL ")",
	    "i", NULL },
	[DROP_CONFIG] = { "DELETE FROM kv2_config WHERE mount = ?", "i", NULL },
	[DUE_ADD] = { "INSERT OR IGNORE INTO kv2_due (at, slot) VALUES (?, ?)",
	    "ii", NULL },
	[DUE_NEXT] = { "SELECT min(at) FROM kv2_due", "", NULL },
	/* The last of the next ones. */
	[DUE_LAST] = { "SELECT at, slot FROM (SELECT at, slot FROM kv2_due "
		       "WHERE at <= ? ORDER BY at, slot " EXPIRER_BATCH_SQL
		       ") ORDER BY at DESC, slot DESC LIMIT 1",
	    "i", NULL },
	[DUE_ENDED] = { "SELECT k.mount, k.path, v.version FROM kv2_due d "
			"JOIN kv2_version v ON v.slot = d.slot "
			"AND v.deleted = d.at AND NOT v.destroyed "
			"JOIN kv2_key k ON k.id = v.key "
			"WHERE (d.at, d.slot) <= (?, ?) ORDER BY d.at, d.slot",
	    "ii", NULL },
	[DUE_DELETE] = { "DELETE FROM kv2_due WHERE (at, slot) <= (?, ?)", "ii",
	    NULL },
	[ACTOR_CREATED] = { "INSERT INTO kv2_actor (slot, created_by) "
			    "VALUES (?, ?) ON CONFLICT (slot) DO UPDATE SET "
			    "created_by = excluded.created_by",
	    "is", NULL },
	[ACTOR_DELETED] = { "INSERT INTO kv2_actor (slot, deleted_by) "
			    "VALUES (?, ?) ON CONFLICT (slot) DO UPDATE SET "
			    "deleted_by = excluded.deleted_by",
	    "is", NULL },
	[ACTOR_GET] = { "SELECT created_by, deleted_by FROM kv2_actor "
			"WHERE slot = ?",
	    "i", NULL },
	[ACTORS_DROP] = { "DELETE FROM kv2_actor WHERE slot BETWEEN ? AND ?",
	    "ii", NULL },
	[ACTORS_DROP_MOUNT] = { "DELETE FROM kv2_actor WHERE slot IN "
				"(SELECT a.slot FROM " FIRST_KEYS
				" k JOIN kv2_actor a "
				"ON a.slot BETWEEN k.id << 32 AND "
				"(k.id << 32) + 4294967295 " UNMOUNT_STEP_SQL
				")",
	    "i", NULL },
	[NEXT_ID] = { "SELECT coalesce(max(id), 0) + 1 FROM kv2_key", "",
	    NULL },
};

/* Version numbers stay below 2^32: each costs a write. */
#define LAST_VERSION 4294967295

static int64_t
kv2_store_slot(int64_t key, int64_t version)
{
	return key * 4294967296 + version;
}

/* Clients may ask for any number; a greater one would be another key's slot. */
static bool
kv2_store_has_slot(int64_t version)
{
	return version > 0 && version <= LAST_VERSION;
}

const struct store_part kv2_store = { "kv2", migrations, statements, STATEMENTS,
	NULL };

/* A mount's configuration is kept in the object cache: each write asks for it.
 */
#define CONFIG_CACHE_NAME "config"

void
kv2_config_get(struct vault *v, int64_t mount, struct kv2_config *c)
{
	struct kv2_config *kept = object_cache_get(v, mount, CONFIG_CACHE_NAME);
	struct query *q;

	if (!kept) {
		kept = xcalloc(1, sizeof(*kept));
		q = STORE_QUERY(v->store, &kv2_store, CONFIG_GET, mount);
		if (query_row(q)) {
			kept->cas_required = query_int(q, 0) != 0;
			kept->max_versions = query_int(q, 1);
			kept->delete_after_ns = query_int(q, 2);
		}
		query_done(q);
		object_cache_put(v, mount, CONFIG_CACHE_NAME, kept, free);
	}
	*c = *kept;
}

void
kv2_config_put(struct vault *v, int64_t mount, const struct kv2_config *c)
{
	STORE_EXEC(v->store, &kv2_store, CONFIG_PUT, mount, c->cas_required,
	    c->max_versions, c->delete_after_ns);
	object_cache_remove(v, mount, CONFIG_CACHE_NAME);
}

static void
kv2_store_key_from_row(struct query *q, struct kv2_key *k)
{
	k->id = query_int(q, 0);
	k->current = query_int(q, 1);
	k->oldest = query_int(q, 2);
	k->cas_required = query_int(q, 3) != 0;
	k->max_versions = query_int(q, 4);
	k->delete_after_ns = query_int(q, 5);
	k->created_ns = query_int(q, 6);
	k->updated_ns = query_int(q, 7);
	k->custom_metadata = query_text(q, 8);
}

static void
kv2_store_version_from_row(struct query *q, int at, struct kv2_version *ver)
{
	ver->number = query_int(q, at);
	ver->data = query_slice(q, at + 1);
	ver->created_ns = query_int(q, at + 2);
	ver->deleted_ns = query_int(q, at + 3);
	ver->destroyed = query_int(q, at + 4) != 0;
}

bool
kv2_key_get(struct vault *v, struct arena *a, int64_t mount, const char *path,
    struct kv2_key *k)
{
	const struct kv2_key *kept = kv2_cache_key(v, mount, path);
	struct query *q = NULL;
	bool found = kept != NULL;

	memset(k, 0, sizeof(*k));
	if (kept) {
		*k = *kept;
	} else {
		q = STORE_QUERY(v->store, &kv2_store, KEY_GET, mount, path);
		found = query_row(q);
		if (found) {
			kv2_store_key_from_row(q, k);
			kv2_cache_keep_key(v, mount, path, k);
		}
	}
	if (k->custom_metadata)
		k->custom_metadata = arena_strdup(a, k->custom_metadata);
	query_done(q);
	return found;
}

void
kv2_key_put(struct vault *v, int64_t mount, const char *path, struct kv2_key *k)
{
	struct query *q;

	kv2_cache_forget_path(v, mount, path);
	if (k->id) {
		STORE_EXEC(v->store, &kv2_store, KEY_UPDATE, k->current,
		    k->oldest, k->cas_required, k->max_versions,
		    k->delete_after_ns, k->created_ns, k->updated_ns,
		    k->custom_metadata, mount, path);
		kv2_cache_keep_key(v, mount, path, k);
		return;
	}
	kv2_cache_forget_lists(v, mount);
	q = STORE_QUERY(v->store, &kv2_store, NEXT_ID);
	k->id = query_row(q) ? query_int(q, 0) : 1;
	query_done(q);
	STORE_EXEC(v->store, &kv2_store, KEY_INSERT, mount, path, k->id,
	    k->current, k->oldest, k->cas_required, k->max_versions,
	    k->delete_after_ns, k->created_ns, k->updated_ns,
	    k->custom_metadata);
}

void
kv2_key_put_current(
    struct vault *v, int64_t mount, const char *path, struct kv2_key *k)
{
	if (!k->id) {
		kv2_key_put(v, mount, path, k);
		return;
	}
	kv2_cache_forget_path(v, mount, path);
	STORE_EXEC(v->store, &kv2_store, KEY_UPDATE_CURRENT, k->current,
	    k->oldest, k->updated_ns, mount, path);
	kv2_cache_keep_key(v, mount, path, k);
}

void
kv2_key_delete(
    struct vault *v, const struct kv2_key *k, int64_t mount, const char *path)
{
	kv2_versions_prune(v, k->id, LAST_VERSION);
	kv2_cache_forget_path(v, mount, path);
	kv2_cache_forget_lists(v, mount);
	STORE_EXEC(v->store, &kv2_store, KEY_DELETE, mount, path);
}

bool
kv2_read(struct vault *v, int64_t mount, const char *path, int64_t version,
    void (*fn)(
	const char *custom_metadata, const struct kv2_version *ver, void *arg),
    void *arg)
{
	const char *custom_metadata;
	const struct kv2_version *kept = version > 0
	    ? NULL
	    : kv2_cache_current(v, mount, path, &custom_metadata);
	struct kv2_version ver;
	struct query *q;

	if (kept) {
		fn(custom_metadata, kept, arg);
		return true;
	}
	if (version > 0 && !kv2_store_has_slot(version))
		return false;
	q = STORE_QUERY(v->store, &kv2_store, READ, mount, path, version);
	if (!query_row(q))
		return false;
	kv2_store_version_from_row(q, 1, &ver);
	custom_metadata = query_text(q, 0);
	if (version <= 0)
		kv2_cache_keep_current(
		    v, mount, path, query_int(q, 6), custom_metadata, &ver);
	fn(custom_metadata, &ver, arg);
	query_done(q);
	return true;
}

bool
kv2_version_get(struct vault *v, struct arena *a, int64_t key, int64_t version,
    struct kv2_version *ver)
{
	struct query *q;
	bool found;

	if (!kv2_store_has_slot(version))
		return false;
	q = STORE_QUERY(
	    v->store, &kv2_store, VERSION_GET, kv2_store_slot(key, version));
	found = query_row(q);
	if (found) {
		kv2_store_version_from_row(q, 0, ver);
		if (ver->data.p)
			ver->data.p = arena_strndup(
			    a, ver->data.p, ver->data.n);
	}
	query_done(q);
	return found;
}

static void
kv2_store_schedule_deletion(struct vault *v, int64_t at_ns, int64_t slot)
{
	if (at_ns <= vault_now(v))
		return;
	STORE_EXEC(v->store, &kv2_store, DUE_ADD, at_ns, slot);
	expirer_schedule(v, &kv2_expirer, at_ns);
}

void
kv2_version_add(struct vault *v, int64_t key, const struct kv2_version *ver)
{
	STORE_EXEC(v->store, &kv2_store, VERSION_ADD,
	    kv2_store_slot(key, ver->number), key, ver->number, ver->data,
	    ver->created_ns, ver->deleted_ns, ver->destroyed);
	if (ver->deleted_ns)
		kv2_store_schedule_deletion(
		    v, ver->deleted_ns, kv2_store_slot(key, ver->number));
}

void
kv2_version_set_deleted(
    struct vault *v, int64_t key, int64_t version, int64_t deleted_ns)
{
	kv2_cache_forget_versions(v, key);
	STORE_EXEC(v->store, &kv2_store, VERSION_SET_DELETED, deleted_ns,
	    kv2_store_slot(key, version));
	if (deleted_ns)
		kv2_store_schedule_deletion(
		    v, deleted_ns, kv2_store_slot(key, version));
}

void
kv2_version_destroy(struct vault *v, int64_t key, int64_t version)
{
	kv2_cache_forget_versions(v, key);
	STORE_EXEC(v->store, &kv2_store, VERSION_DESTROY,
	    kv2_store_slot(key, version));
}

void
kv2_versions_prune(struct vault *v, int64_t key, int64_t last)
{
	STORE_EXEC(v->store, &kv2_store, VERSIONS_DROP, kv2_store_slot(key, 0),
	    kv2_store_slot(key, last));
	if (version_has(v, VERSION_KV2_CREATED_BY))
		STORE_EXEC(v->store, &kv2_store, ACTORS_DROP,
		    kv2_store_slot(key, last == LAST_VERSION ? 0 : 1),
		    kv2_store_slot(key, last));
}

void
kv2_actor_set_created(
    struct vault *v, int64_t key, int64_t version, const char *json)
{
	STORE_EXEC(v->store, &kv2_store, ACTOR_CREATED,
	    kv2_store_slot(key, version), json);
}

void
kv2_actor_set_deleted(
    struct vault *v, int64_t key, int64_t version, const char *json)
{
	STORE_EXEC(v->store, &kv2_store, ACTOR_DELETED,
	    kv2_store_slot(key, version), json);
}

void
kv2_actor_get(struct vault *v, struct arena *a, int64_t key, int64_t version,
    const char **created, const char **deleted)
{
	struct query *q = STORE_QUERY(
	    v->store, &kv2_store, ACTOR_GET, kv2_store_slot(key, version));
	bool found = query_row(q);

	*created = found ? query_text(q, 0) : NULL;
	*deleted = found ? query_text(q, 1) : NULL;
	*created = *created ? arena_strdup(a, *created) : NULL;
	*deleted = *deleted ? arena_strdup(a, *deleted) : NULL;
	query_done(q);
}

int
kv2_versions(
    struct vault *v, struct arena *a, int64_t key, struct kv2_version **list)
{
	struct query *q = STORE_QUERY(v->store, &kv2_store, VERSIONS,
	    kv2_store_slot(key, 0), kv2_store_slot(key, LAST_VERSION));
	int n = 0, cap = 16;

	*list = arena_alloc(a, (size_t)cap * sizeof(**list));
	while (query_row(q)) {
		if (n == cap) {
			struct kv2_version *more = arena_alloc(
			    a, (size_t)cap * 2 * sizeof(**list));

			memcpy(more, *list, (size_t)cap * sizeof(**list));
			*list = more;
			cap *= 2;
		}
		kv2_store_version_from_row(q, 0, &(*list)[n++]);
	}
	return n;
}

struct kv2_path_walk {
	struct vault *vault;
	int64_t mount;
};

static struct query *
kv2_store_paths_from(void *arg, const char *after)
{
	const struct kv2_path_walk *w = arg;

	return STORE_QUERY(
	    w->vault->store, &kv2_store, LIST_FROM, w->mount, after);
}

bool
kv2_list_some(struct vault *v, int64_t mount, const char *prefix,
    const char **after, size_t n, struct strs *keys)
{
	struct kv2_path_walk w = { v, mount };

	return path_list_some(prefix, after, n, kv2_store_paths_from, &w, keys);
}

int64_t
kv2_count(struct vault *v, int64_t mount)
{
	return query_single_int(
	    STORE_QUERY(v->store, &kv2_store, KEY_COUNT, mount));
}

bool
kv2_drop_some(struct vault *v, int64_t mount)
{
	static const int steps[] = { DROP_VERSIONS, ACTORS_DROP_MOUNT,
		DROP_KEYS };

	kv2_cache_forget_all(v);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (STORE_EXEC(v->store, &kv2_store, steps[i], mount) ==
		    UNMOUNT_STEP)
			return true;
	STORE_EXEC(v->store, &kv2_store, DROP_CONFIG, mount);
	object_cache_remove_mount(v, mount);
	return false;
}

/* ---- deletion times ---- */

static int64_t
kv2_expirer_next_due_ns(struct vault *v)
{
	return query_single_int(STORE_QUERY(v->store, &kv2_store, DUE_NEXT));
}

/* A version is deleted by its deletion_time alone: this only tells. Returns
 * how many of the next ones are told. */
static int
kv2_expirer_run_batch(struct vault *v, int64_t now_ns)
{
	struct query *q = STORE_QUERY(v->store, &kv2_store, DUE_LAST, now_ns);
	int64_t at_ns, slot;

	if (!query_row(q))
		return 0;
	at_ns = query_int(q, 0);
	slot = query_int(q, 1);
	query_done(q);
	q = expirer_has_listeners(v)
	    ? STORE_QUERY(v->store, &kv2_store, DUE_ENDED, at_ns, slot)
	    : NULL;

	while (q && query_row(q)) {
		const struct mount *m = mount_by_id(v, query_int(q, 0));
		char *path = m ? xasprintf("%s%s", m->path, query_text(q, 1))
			       : NULL;

		if (path)
			expirer_notify(v, "version", path, query_int(q, 2));
		free(path);
	}
	return STORE_EXEC(v->store, &kv2_store, DUE_DELETE, at_ns, slot);
}

static int
kv2_expirer_run(struct vault *v, int64_t now_ns)
{
	int n = 0, ended;

	do {
		ended = kv2_expirer_run_batch(v, now_ns);
		n += ended;
	} while (ended > 0 && expirer_has_time(v));
	return n;
}

const struct expirer kv2_expirer = { "version", kv2_expirer_next_due_ns,
	kv2_expirer_run, false };
