/*
 * Tables of the database engine. Lists of statements are JSON arrays.
 */
#include "secrets/database/database_store.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontext.h"
#include "base/json/jsontree.h"
#include "core/mount/object_cache.h"

enum {
	CONNECTION_GET,
	CONNECTION_PUT,
	CONNECTION_NAMES,
	CONNECTION_DELETE,
	CONNECTION_DROP,
	ROLE_GET,
	ROLE_PUT,
	ROLE_NAMES,
	ROLE_DELETE,
	ROLE_DROP,
	STATIC_GET,
	STATIC_PUT,
	STATIC_NAMES,
	STATIC_DELETE,
	STATIC_DROP,
	STATIC_NEXT_DUE,
	STATIC_DUE,
	STATEMENTS,
};

static const char *const migrations[] = {
	"CREATE TABLE database_connection ("
	"mount INTEGER NOT NULL, name TEXT NOT NULL, "
	"plugin TEXT NOT NULL, plugin_version TEXT NOT NULL, "
	"details TEXT NOT NULL, "	/* JSON, with its password */
	"allowed_roles TEXT NOT NULL, " /* JSON arrays */
	"root_statements TEXT NOT NULL, "
	"password_policy TEXT NOT NULL, verify INTEGER NOT NULL, "
	"PRIMARY KEY (mount, name)) WITHOUT ROWID;"
	"CREATE TABLE database_role ("
	"mount INTEGER NOT NULL, name TEXT NOT NULL, "
	"db_name TEXT NOT NULL, "
	"creation TEXT NOT NULL, revocation TEXT NOT NULL, "
	"rollback TEXT NOT NULL, renewal TEXT NOT NULL, "
	"default_ttl INTEGER NOT NULL, max_ttl INTEGER NOT NULL, " /* s */
	"credential_type TEXT NOT NULL, credential_config TEXT NOT NULL, "
	"PRIMARY KEY (mount, name)) WITHOUT ROWID;"
	"CREATE TABLE database_static_role ("
	"mount INTEGER NOT NULL, name TEXT NOT NULL, "
	"db_name TEXT NOT NULL, username TEXT NOT NULL, "
	"rotation TEXT NOT NULL, "
	"credential_type TEXT NOT NULL, credential_config TEXT NOT NULL, "
	"period INTEGER NOT NULL, schedule TEXT NOT NULL, "
	"rotation_window INTEGER NOT NULL, " /* s */
	"secret TEXT NOT NULL, pending TEXT NOT NULL, "
	"rotated INTEGER NOT NULL, due INTEGER NOT NULL, " /* ns */
	"PRIMARY KEY (mount, name)) WITHOUT ROWID;"
	"CREATE INDEX database_static_due ON database_static_role (due);",
	NULL,
};

#define OF_MOUNT " WHERE mount = ?1"
#define ONE OF_MOUNT " AND name = ?2"
#define OF(table, get, put, names, delete, drop, columns, places, types)      \
	[get] = { "SELECT " columns " FROM " table ONE, "is", NULL },         \
	[put] = { "INSERT OR REPLACE INTO " table " (mount, name, " columns   \
		  ") VALUES (?, ?, " places ")",                              \
		types, NULL },                                                \
	[names] = { "SELECT name FROM " table OF_MOUNT " ORDER BY name", "i", \
		NULL },                                                       \
	[delete] = { "DELETE FROM " table ONE, "is", NULL },                  \
	[drop] = { "DELETE FROM " table OF_MOUNT, "i", NULL }

static const struct store_statement statements[STATEMENTS] = {
	OF("database_connection", CONNECTION_GET, CONNECTION_PUT,
	    CONNECTION_NAMES, CONNECTION_DELETE, CONNECTION_DROP,
	    "plugin, plugin_version, details, allowed_roles, "
	    "root_statements, password_policy, verify",
	    "?, ?, ?, ?, ?, ?, ?", "issstsssi"),
	OF("database_role", ROLE_GET, ROLE_PUT, ROLE_NAMES, ROLE_DELETE,
	    ROLE_DROP,
	    "db_name, creation, revocation, rollback, renewal, default_ttl, "
	    "max_ttl, credential_type, credential_config",
	    "?, ?, ?, ?, ?, ?, ?, ?, ?", "issssssiist"),
	OF("database_static_role", STATIC_GET, STATIC_PUT, STATIC_NAMES,
	    STATIC_DELETE, STATIC_DROP,
	    "db_name, username, rotation, credential_type, "
	    "credential_config, period, schedule, rotation_window, secret, "
	    "pending, rotated, due",
	    "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?", "issssstisissii"),
	[STATIC_NEXT_DUE] = { "SELECT min(due) FROM database_static_role WHERE "
			      "due > 0",
	    "", NULL },
	[STATIC_DUE] = { "SELECT mount, name FROM database_static_role WHERE "
			 "due > 0 AND due <= ? ORDER BY due, mount, name",
	    "i", NULL },
};

const struct store_part database_store = { "database", migrations, statements,
	STATEMENTS, NULL };

static const struct {
	int names, delete, drop;
} tables[] = {
	[DB_CONNECTIONS] = { CONNECTION_NAMES, CONNECTION_DELETE,
	    CONNECTION_DROP },
	[DB_ROLES] = { ROLE_NAMES, ROLE_DELETE, ROLE_DROP },
	[DB_STATIC_ROLES] = { STATIC_NAMES, STATIC_DELETE, STATIC_DROP },
};

/* ---- columns ---- */

static const char *
db_store_column_str(struct arena *a, struct query *q, int column)
{
	return arena_strdup(a, query_text(q, column));
}

static struct slice
db_store_column_json(struct arena *a, struct query *q, int column)
{
	struct slice s = query_slice(q, column);

	s.p = arena_strndup(a, s.p, s.n);
	return s;
}

static char **
db_store_column_list(struct arena *a, struct query *q, int column)
{
	json_t *list = jsontext_to_tree(query_slice(q, column));
	char **strs = jsontree_to_strings(a, list);

	json_decref(list);
	return strs;
}

/* A list as the text of a JSON array; the buffer is the caller's. */
static const char *
db_store_list_json(struct buf *b, char *const *list)
{
	json_t *array = jsontree_strings(list);

	buf_init(b, 0);
	jsontext_put(b, array);
	json_decref(array);
	return b->p;
}

/* ---- what is kept parsed ---- */

#define KEY_MAX 300

/* Under a letter for its table; a longer name is not kept. */
static bool
db_store_cache_key(char out[KEY_MAX], enum db_table table, const char *name)
{
	size_t n = strlen(name);

	if (n + 2 > KEY_MAX)
		return false;
	out[0] = (char)('0' + table);
	memcpy(out + 1, name, n + 1);
	return true;
}

static void
db_store_cache_drop(
    struct vault *v, enum db_table table, int64_t mount, const char *name)
{
	char key[KEY_MAX];

	if (db_store_cache_key(key, table, name))
		object_cache_remove(v, mount, key);
}

/* ---- connections ---- */

bool
db_connection_get(struct vault *v, struct arena *a, int64_t mount,
    const char *name, struct db_connection *c)
{
	struct query *q = STORE_QUERY(
	    v->store, &database_store, CONNECTION_GET, mount, name);

	if (!query_row(q))
		return false;
	*c = (struct db_connection){
		.name = arena_strdup(a, name),
		.plugin = db_store_column_str(a, q, 0),
		.plugin_version = db_store_column_str(a, q, 1),
		.details = db_store_column_json(a, q, 2),
		.allowed_roles = db_store_column_list(a, q, 3),
		.root_statements = db_store_column_list(a, q, 4),
		.password_policy = db_store_column_str(a, q, 5),
		.verify = query_int(q, 6),
	};
	query_done(q);
	return true;
}

static void
db_store_connection_release(void *object)
{
	struct db_cached_connection *k = object;

	OPENSSL_cleanse(
	    (char *)k->connection.details.p, k->connection.details.n);
	arena_free(k->arena);
	free(k);
}

struct db_cached_connection *
db_connection_cached(struct vault *v, int64_t mount, const char *name)
{
	char key[KEY_MAX];
	struct db_cached_connection *k;

	if (!db_store_cache_key(key, DB_CONNECTIONS, name))
		return NULL;
	k = object_cache_get(v, mount, key);
	if (k)
		return k;
	k = xcalloc(1, sizeof(*k));
	k->arena = arena_new();
	if (!db_connection_get(v, k->arena, mount, name, &k->connection)) {
		db_store_connection_release(k);
		return NULL;
	}
	object_cache_put(v, mount, key, k, db_store_connection_release);
	return k;
}

void
db_connection_put(struct vault *v, int64_t mount, const struct db_connection *c)
{
	struct buf roles, root;

	STORE_EXEC(v->store, &database_store, CONNECTION_PUT, mount, c->name,
	    c->plugin, c->plugin_version, c->details,
	    db_store_list_json(&roles, c->allowed_roles),
	    db_store_list_json(&root, c->root_statements), c->password_policy,
	    c->verify);
	buf_release(&roles);
	buf_release(&root);
	db_store_cache_drop(v, DB_CONNECTIONS, mount, c->name);
}

const char *
db_connection_detail(
    struct arena *a, const struct db_connection *c, const char *key)
{
	struct slice value = jsontext_get(c->details, key);

	return value.p && jsontext_kind(value) == '"'
	    ? jsontext_string(a, value, NULL)
	    : "";
}

/* ---- roles ---- */

bool
db_role_get(struct vault *v, struct arena *a, int64_t mount, const char *name,
    struct db_role *r)
{
	struct query *q = STORE_QUERY(
	    v->store, &database_store, ROLE_GET, mount, name);

	if (!query_row(q))
		return false;
	*r = (struct db_role){
		.name = arena_strdup(a, name),
		.db_name = db_store_column_str(a, q, 0),
		.creation = db_store_column_list(a, q, 1),
		.revocation = db_store_column_list(a, q, 2),
		.rollback = db_store_column_list(a, q, 3),
		.renewal = db_store_column_list(a, q, 4),
		.default_ttl_s = query_int(q, 5),
		.max_ttl_s = query_int(q, 6),
		.credential_type = db_store_column_str(a, q, 7),
		.credential_config = db_store_column_json(a, q, 8),
	};
	query_done(q);
	return true;
}

struct db_cached_role {
	struct arena *arena;
	struct db_role role;
};

static void
db_store_role_release(void *object)
{
	struct db_cached_role *k = object;

	arena_free(k->arena);
	free(k);
}

const struct db_role *
db_role_cached(struct vault *v, int64_t mount, const char *name)
{
	char key[KEY_MAX];
	struct db_cached_role *k;

	if (!db_store_cache_key(key, DB_ROLES, name))
		return NULL;
	k = object_cache_get(v, mount, key);
	if (k)
		return &k->role;
	k = xcalloc(1, sizeof(*k));
	k->arena = arena_new();
	if (!db_role_get(v, k->arena, mount, name, &k->role)) {
		db_store_role_release(k);
		return NULL;
	}
	object_cache_put(v, mount, key, k, db_store_role_release);
	return &k->role;
}

void
db_role_put(struct vault *v, int64_t mount, const struct db_role *r)
{
	struct buf lists[4];

	STORE_EXEC(v->store, &database_store, ROLE_PUT, mount, r->name,
	    r->db_name, db_store_list_json(&lists[0], r->creation),
	    db_store_list_json(&lists[1], r->revocation),
	    db_store_list_json(&lists[2], r->rollback),
	    db_store_list_json(&lists[3], r->renewal), r->default_ttl_s,
	    r->max_ttl_s, r->credential_type, r->credential_config);
	for (int i = 0; i < 4; i++)
		buf_release(&lists[i]);
	db_store_cache_drop(v, DB_ROLES, mount, r->name);
}

/* ---- static roles ---- */

bool
db_static_get(struct vault *v, struct arena *a, int64_t mount, const char *name,
    struct db_static_role *r)
{
	struct query *q = STORE_QUERY(
	    v->store, &database_store, STATIC_GET, mount, name);

	if (!query_row(q))
		return false;
	*r = (struct db_static_role){
		.name = arena_strdup(a, name),
		.db_name = db_store_column_str(a, q, 0),
		.username = db_store_column_str(a, q, 1),
		.rotation = db_store_column_list(a, q, 2),
		.credential_type = db_store_column_str(a, q, 3),
		.credential_config = db_store_column_json(a, q, 4),
		.period_s = query_int(q, 5),
		.schedule = db_store_column_str(a, q, 6),
		.window_s = query_int(q, 7),
		.secret = db_store_column_str(a, q, 8),
		.pending_secret = db_store_column_str(a, q, 9),
		.rotated_ns = query_int(q, 10),
		.due_ns = query_int(q, 11),
	};
	query_done(q);
	return true;
}

void
db_static_put(struct vault *v, int64_t mount, const struct db_static_role *r)
{
	struct buf rotation;

	STORE_EXEC(v->store, &database_store, STATIC_PUT, mount, r->name,
	    r->db_name, r->username, db_store_list_json(&rotation, r->rotation),
	    r->credential_type, r->credential_config, r->period_s, r->schedule,
	    r->window_s, r->secret, r->pending_secret, r->rotated_ns,
	    r->due_ns);
	buf_release(&rotation);
}

int64_t
db_static_next_due_ns(struct vault *v)
{
	return query_single_int(
	    STORE_QUERY(v->store, &database_store, STATIC_NEXT_DUE));
}

bool
db_static_find_due(struct vault *v, struct arena *a, int64_t now_ns,
    int64_t *mount, const char **name)
{
	struct query *q = STORE_QUERY(
	    v->store, &database_store, STATIC_DUE, now_ns);
	bool found = query_row(q);

	if (found) {
		*mount = query_int(q, 0);
		*name = db_store_column_str(a, q, 1);
		query_done(q);
	}
	return found;
}

/* ---- all of them ---- */

void
db_names(
    struct vault *v, enum db_table table, int64_t mount, struct strs *names)
{
	query_strs(
	    STORE_QUERY(v->store, &database_store, tables[table].names, mount),
	    names);
}

void
db_delete(struct vault *v, enum db_table table, int64_t mount, const char *name)
{
	STORE_EXEC(
	    v->store, &database_store, tables[table].delete, mount, name);
	db_store_cache_drop(v, table, mount, name);
}

void
db_drop_mount(struct vault *v, int64_t mount)
{
	for (int i = 0; i < 3; i++)
		STORE_EXEC(v->store, &database_store, tables[i].drop, mount);
	object_cache_remove_mount(v, mount);
}
