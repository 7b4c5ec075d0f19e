/*
 * The mount tables over SQLite, with a sorted cache per table that is the one
 * place where a request finds its mount.
 */
#include "core/mount/mount.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontext.h"
#include "base/text.h"
#include "core/mount/metrics.h"
#include "core/mount/quota.h"

enum {
	MOUNT_LIST,
	MOUNT_INSERT,
	MOUNT_UPDATE,
	MOUNT_DELETE,
	MOUNT_COUNT,
	MOUNT_LAST_ID,
	MOUNT_STATEMENTS,
};

static const char *const migrations[] = {
	"CREATE TABLE mount ("
	"id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"kind TEXT NOT NULL CHECK (kind IN ('secret', 'auth')),"
	"path TEXT NOT NULL, type TEXT NOT NULL, accessor TEXT NOT NULL,"
	"uuid TEXT NOT NULL, description TEXT NOT NULL, options TEXT,"
	"default_ttl INTEGER NOT NULL, max_ttl INTEGER NOT NULL,"
	"force_no_cache INTEGER NOT NULL, local INTEGER NOT NULL,"
	"seal_wrap INTEGER NOT NULL, external_entropy INTEGER NOT NULL,"
	"token_type TEXT NOT NULL, plugin_version TEXT NOT NULL,"
	"extra TEXT NOT NULL, UNIQUE (kind, path))",
	/* The last id that was given stands in a row like any other, so that
	 * whoever has the rows gives no id twice. */
	"CREATE TABLE mount_last ("
	"one INTEGER PRIMARY KEY CHECK (one = 1), id INTEGER NOT NULL);"
	"INSERT INTO mount_last SELECT 1, seq FROM sqlite_sequence "
	"WHERE name = 'mount';"
	"ALTER TABLE mount RENAME TO mount_counted;"
	"CREATE TABLE mount ("
	"id INTEGER PRIMARY KEY,"
	"kind TEXT NOT NULL CHECK (kind IN ('secret', 'auth')),"
	"path TEXT NOT NULL, type TEXT NOT NULL, accessor TEXT NOT NULL,"
	"uuid TEXT NOT NULL, description TEXT NOT NULL, options TEXT,"
	"default_ttl INTEGER NOT NULL, max_ttl INTEGER NOT NULL,"
	"force_no_cache INTEGER NOT NULL, local INTEGER NOT NULL,"
	"seal_wrap INTEGER NOT NULL, external_entropy INTEGER NOT NULL,"
	"token_type TEXT NOT NULL, plugin_version TEXT NOT NULL,"
	"extra TEXT NOT NULL, UNIQUE (kind, path));"
	"INSERT INTO mount SELECT * FROM mount_counted;"
	"DROP TABLE mount_counted;",
	NULL,
};

/* The same, for a new database. */
static const char schema[] =
    "CREATE TABLE mount ("
    "id INTEGER PRIMARY KEY,"
    "kind TEXT NOT NULL CHECK (kind IN ('secret', 'auth')),"
    "path TEXT NOT NULL, type TEXT NOT NULL, accessor TEXT NOT NULL,"
    "uuid TEXT NOT NULL, description TEXT NOT NULL, options TEXT,"
    "default_ttl INTEGER NOT NULL, max_ttl INTEGER NOT NULL,"
    "force_no_cache INTEGER NOT NULL, local INTEGER NOT NULL,"
    "seal_wrap INTEGER NOT NULL, external_entropy INTEGER NOT NULL,"
    "token_type TEXT NOT NULL, plugin_version TEXT NOT NULL,"
    "extra TEXT NOT NULL, UNIQUE (kind, path));"
    "CREATE TABLE mount_last ("
    "one INTEGER PRIMARY KEY CHECK (one = 1), id INTEGER NOT NULL);";

#define COLUMNS                                                    \
	"kind, path, type, accessor, uuid, description, options, " \
	"default_ttl, max_ttl, force_no_cache, local, seal_wrap, " \
	"external_entropy, token_type, plugin_version, extra"

static const struct store_statement statements[] = {
	[MOUNT_LIST] = { "SELECT id, " COLUMNS " FROM mount ORDER BY path", "",
	    NULL },
	[MOUNT_INSERT] = { "INSERT INTO mount (" COLUMNS ", id) VALUES "
			   "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	    "sssssssiiiiiisssi", NULL },
	[MOUNT_UPDATE] = { "UPDATE mount SET (" COLUMNS ") = "
			   "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) WHERE id = ?",
	    "sssssssiiiiiisssi", NULL },
	[MOUNT_DELETE] = { "DELETE FROM mount WHERE id = ?", "i", NULL },
	[MOUNT_COUNT] = { "INSERT INTO mount_last (one, id) SELECT 1, "
			  "1 + max(ifnull((SELECT max(id) FROM mount), 0), "
			  "ifnull((SELECT id FROM mount_last), 0)) WHERE true "
			  "ON CONFLICT (one) DO UPDATE SET id = excluded.id",
	    "", NULL },
	[MOUNT_LAST_ID] = { "SELECT id FROM mount_last", "", NULL },
};

const struct store_part mount_store = { "mount", migrations, statements,
	MOUNT_STATEMENTS, schema };

#define MOUNT_TABLES 2

struct mounts {
	struct mount **list[MOUNT_TABLES]; /* sorted by path */
	int n[MOUNT_TABLES];
	void (*attach)(struct vault *v, struct mount *m);
};

static const char *const mount_table_names[] = {
	[MOUNT_SECRET] = "secret", [MOUNT_AUTH] = "auth"
};

struct mounts *
mounts_new(struct vault *v)
{
	(void)v;
	return xcalloc(1, sizeof(struct mounts));
}

static struct mount *
mount_new_blank(void)
{
	struct mount *m = xcalloc(1, sizeof(*m));

	m->metrics = xcalloc(1, sizeof(*m->metrics));
	return m;
}

void
mount_free(struct mount *m)
{
	if (!m)
		return;
	free(m->path);
	free(m->name);
	free(m->type);
	free(m->accessor);
	free(m->uuid);
	free(m->description);
	free(m->token_type);
	free(m->plugin_version);
	json_decref(m->options);
	json_decref(m->extra_config);
	for (int i = 0; i < METRIC_OPS; i++)
		free(m->metrics->ops[i]);
	free(m->metrics);
	free(m);
}

static void
mounts_clear(struct mounts *ms)
{
	for (int t = 0; t < MOUNT_TABLES; t++) {
		for (int i = 0; i < ms->n[t]; i++)
			mount_free(ms->list[t][i]);
		free(ms->list[t]);
		ms->list[t] = NULL;
		ms->n[t] = 0;
	}
}

void
mounts_free(struct mounts *ms)
{
	if (!ms)
		return;
	mounts_clear(ms);
	free(ms);
}

void
mounts_on_attach(
    struct vault *v, void (*attach)(struct vault *v, struct mount *m))
{
	v->mounts->attach = attach;
}

static void
mount_set_name(struct mount *m, const char *name)
{
	free(m->name);
	free(m->path);
	m->name = xstrdup(name);
	m->path = xasprintf(
	    "%s%s", m->table == MOUNT_AUTH ? "auth/" : "", name);
}

static void
mounts_insert_sorted(struct mounts *ms, struct mount *m)
{
	int n = ms->n[m->table]++;
	struct mount **list;

	list = xrealloc(
	    ms->list[m->table], (size_t)(n + 1) * sizeof(struct mount *));
	ms->list[m->table] = list;
	while (n > 0 && strcmp(list[n - 1]->name, m->name) > 0) {
		list[n] = list[n - 1];
		n--;
	}
	list[n] = m;
}

static void
mounts_take(struct mounts *ms, struct mount *m)
{
	struct mount **list = ms->list[m->table];
	int n = ms->n[m->table], i = 0;

	while (i < n && list[i] != m)
		i++;
	if (i == n)
		return;
	memmove(&list[i], &list[i + 1],
	    (size_t)(n - i - 1) * sizeof(struct mount *));
	ms->n[m->table]--;
}

static json_t *
mount_parse_json(const char *text)
{
	return text ? jsontext_to_tree(slice_of(text)) : NULL;
}

static struct mount *
mount_read_row(struct query *q)
{
	struct mount *m = mount_new_blank();

	m->id = query_int(q, 0);
	m->table = strcmp(query_text(q, 1), "auth") == 0 ? MOUNT_AUTH
							 : MOUNT_SECRET;
	mount_set_name(m, query_text(q, 2));
	m->type = xstrdup(query_text(q, 3));
	m->accessor = xstrdup(query_text(q, 4));
	m->uuid = xstrdup(query_text(q, 5));
	m->description = xstrdup(query_text(q, 6));
	m->options = mount_parse_json(query_text(q, 7));
	m->default_ttl_s = query_int(q, 8);
	m->max_ttl_s = query_int(q, 9);
	m->force_no_cache = query_int(q, 10) != 0;
	m->local = query_int(q, 11) != 0;
	m->seal_wrap = query_int(q, 12) != 0;
	m->external_entropy = query_int(q, 13) != 0;
	m->token_type = xstrdup(query_text(q, 14));
	m->plugin_version = xstrdup(query_text(q, 15));
	m->extra_config = mount_parse_json(query_text(q, 16));
	return m;
}

void
mounts_load(struct vault *v)
{
	struct mounts *ms = v->mounts;
	struct query *q;

	mounts_clear(ms);
	q = STORE_QUERY(v->store, &mount_store, MOUNT_LIST);
	while (query_row(q)) {
		struct mount *m = mount_read_row(q);

		mounts_insert_sorted(ms, m);
		if (ms->attach)
			ms->attach(v, m);
	}
}

struct mount *
mount_draft(
    struct vault *v, enum mount_table table, const char *name, const char *type)
{
	struct mount *m = mount_new_blank();
	char hex[9], uuid[37];

	m->table = table;
	mount_set_name(m, name);
	m->type = xstrdup(type);
	random_hex(v->random, hex, 8);
	random_uuid(v->random, uuid);
	m->accessor = xasprintf(
	    "%s%s_%s", table == MOUNT_AUTH ? "auth_" : "", type, hex);
	m->uuid = xstrdup(uuid);
	m->description = xstrdup("");
	m->token_type = xstrdup("");
	m->plugin_version = xstrdup("");
	m->extra_config = json_object();
	return m;
}

struct mount *
mount_copy(const struct mount *m)
{
	struct mount *copy = mount_new_blank();
	struct mount_metrics *metrics = copy->metrics;

	*copy = *m;
	copy->metrics = metrics;
	copy->path = xstrdup(m->path);
	copy->name = xstrdup(m->name);
	copy->type = xstrdup(m->type);
	copy->accessor = xstrdup(m->accessor);
	copy->uuid = xstrdup(m->uuid);
	copy->description = xstrdup(m->description);
	copy->token_type = xstrdup(m->token_type);
	copy->plugin_version = xstrdup(m->plugin_version);
	copy->options = json_deep_copy(m->options);
	copy->extra_config = json_deep_copy(m->extra_config);
	return copy;
}

void
mount_swap_settings(struct mount *m, struct mount *copy)
{
	struct mount was = *m;

	m->description = copy->description;
	m->options = copy->options;
	m->default_ttl_s = copy->default_ttl_s;
	m->max_ttl_s = copy->max_ttl_s;
	m->token_type = copy->token_type;
	m->plugin_version = copy->plugin_version;
	m->extra_config = copy->extra_config;
	copy->description = was.description;
	copy->options = was.options;
	copy->default_ttl_s = was.default_ttl_s;
	copy->max_ttl_s = was.max_ttl_s;
	copy->token_type = was.token_type;
	copy->plugin_version = was.plugin_version;
	copy->extra_config = was.extra_config;
}

static char *
mount_json_string(const json_t *tree)
{
	struct buf out;

	if (!tree)
		return NULL;
	buf_init(&out, 0);
	jsontext_put(&out, tree);
	return out.p;
}

static void
mount_write_row(struct vault *v, struct mount *m, int statement)
{
	char *options = mount_json_string(m->options),
	     *extra = mount_json_string(m->extra_config);

	STORE_EXEC(v->store, &mount_store, statement,
	    mount_table_names[m->table], m->name, m->type, m->accessor, m->uuid,
	    m->description, options, m->default_ttl_s, m->max_ttl_s,
	    m->force_no_cache, m->local, m->seal_wrap, m->external_entropy,
	    m->token_type, m->plugin_version, extra, m->id);
	free(options);
	free(extra);
}

static void
mount_insert(struct vault *v, struct mount *m)
{
	if (m->id == 0) {
		STORE_EXEC(v->store, &mount_store, MOUNT_COUNT);
		m->id = query_single_int(
		    STORE_QUERY(v->store, &mount_store, MOUNT_LAST_ID));
	}
	mount_write_row(v, m, MOUNT_INSERT);
	mounts_insert_sorted(v->mounts, m);
	if (v->mounts->attach)
		v->mounts->attach(v, m);
}

/* Vault 1.19: neither path may be a prefix of the other. */
static struct mount *
mount_find_conflict(const struct vault *v, const struct mount *draft)
{
	for (int i = 0; i < v->mounts->n[draft->table]; i++) {
		struct mount *m = v->mounts->list[draft->table][i];

		if (starts_with(m->name, draft->name) ||
		    starts_with(draft->name, m->name))
			return m;
	}
	return NULL;
}

static bool
mount_is_one_of(const char *text, const char *const *list, bool as_prefix)
{
	for (; *list; list++)
		if (as_prefix ? starts_with(text, *list)
			      : strcmp(text, *list) == 0)
			return true;
	return false;
}

bool
mount_check_path(const struct vault *v, const struct mount *m, struct error *e)
{
	static const char *const protected[] = { "audit/", "auth/", "sys/",
		"cubbyhole/", "identity/", NULL };
	static const char *const singletons[] = { "cubbyhole", "system",
		"token", "identity", NULL };
	const struct mount *other;

	if (m->table == MOUNT_SECRET &&
	    mount_is_one_of(m->name, protected, true))
		return error_set(e, 400, "cannot mount \"%s\"", m->name);
	if (m->table == MOUNT_SECRET &&
	    mount_is_one_of(m->type, singletons, false))
		return error_set(
		    e, 400, "mount type of \"%s\" is not mountable", m->type);
	other = mount_find_conflict(v, m);
	if (other)
		return error_set(
		    e, 400, "path is already in use at %s", other->name);
	if (m->table == MOUNT_AUTH && strcmp(m->type, "token") == 0)
		return error_set(
		    e, 400, "token credential backend cannot be instantiated");
	return true;
}

void
mount_add(struct vault *v, struct mount *draft)
{
	mount_insert(v, draft);
}

void
mount_save(struct vault *v, struct mount *m)
{
	mount_write_row(v, m, MOUNT_UPDATE);
}

void
mount_remove(struct vault *v, struct mount *m)
{
	STORE_EXEC(v->store, &mount_store, MOUNT_DELETE, m->id);
	quotas_on_unmount(v, m->id);
	mounts_take(v->mounts, m);
	mount_free(m);
}

void
mount_move(struct vault *v, struct mount *m, const char *name)
{
	mounts_take(v->mounts, m);
	mount_set_name(m, name);
	mounts_insert_sorted(v->mounts, m);
	mount_save(v, m);
}

static struct mount *
mounts_find_longest(
    const struct mounts *ms, enum mount_table table, const char *name)
{
	struct mount *best = NULL;

	for (int i = 0; i < ms->n[table]; i++) {
		struct mount *m = ms->list[table][i];

		if (m->name[0] == name[0] && starts_with(name, m->name) &&
		    (!best || strlen(m->name) > strlen(best->name)))
			best = m;
	}
	return best;
}

struct mount *
mount_for_path(const struct vault *v, const char *path)
{
	if (starts_with(path, "auth/"))
		return mounts_find_longest(v->mounts, MOUNT_AUTH, path + 5);
	return mounts_find_longest(v->mounts, MOUNT_SECRET, path);
}

struct mount *
mount_find(const struct vault *v, enum mount_table table, const char *name)
{
	for (int i = 0; i < v->mounts->n[table]; i++)
		if (strcmp(v->mounts->list[table][i]->name, name) == 0)
			return v->mounts->list[table][i];
	return NULL;
}

struct mount *
mount_by_accessor(const struct vault *v, const char *accessor)
{
	for (int t = 0; t < MOUNT_TABLES; t++)
		for (int i = 0; i < v->mounts->n[t]; i++)
			if (strcmp(v->mounts->list[t][i]->accessor, accessor) ==
			    0)
				return v->mounts->list[t][i];
	return NULL;
}

struct mount *
mount_by_id(const struct vault *v, int64_t id)
{
	for (int t = 0; t < MOUNT_TABLES; t++)
		for (int i = 0; i < v->mounts->n[t]; i++)
			if (v->mounts->list[t][i]->id == id)
				return v->mounts->list[t][i];
	return NULL;
}

int
mount_count(const struct vault *v, enum mount_table table)
{
	return v->mounts->n[table];
}

struct mount *
mount_at(const struct vault *v, enum mount_table table, int i)
{
	return v->mounts->list[table][i];
}

int64_t
mount_default_ttl(const struct vault *v, const struct mount *m)
{
	return m && m->default_ttl_s ? m->default_ttl_s
				     : v->config.default_lease_ttl_s;
}

int64_t
mount_max_ttl(const struct vault *v, const struct mount *m)
{
	return m && m->max_ttl_s ? m->max_ttl_s : v->config.max_lease_ttl_s;
}

const char *
mount_option(const struct mount *m, const char *key)
{
	return json_string_value(json_object_get(m->options, key));
}

static struct mount *
mount_new_default(struct vault *v, enum mount_table table, const char *name,
    const char *type, const char *description)
{
	struct mount *m = mount_draft(v, table, name, type);

	free(m->description);
	m->description = xstrdup(description);
	return m;
}

static void
mount_allow_header(struct mount *m, const char *name)
{
	json_object_set_new(m->extra_config, "passthrough_request_headers",
	    json_pack("[s]", name));
}

void
mounts_create_defaults(struct vault *v)
{
	struct mount *m = mount_new_default(v, MOUNT_SECRET, "cubbyhole/",
	    "cubbyhole", "per-token private secret storage");

	m->local = true;
	mount_insert(v, m);
	m = mount_new_default(
	    v, MOUNT_SECRET, "identity/", "identity", "identity store");
	mount_allow_header(m, "Authorization");
	mount_insert(v, m);
	m = mount_new_default(v, MOUNT_SECRET, "sys/", "system",
	    "system endpoints used for control, policy and debugging");
	m->seal_wrap = true;
	mount_allow_header(m, "Accept");
	mount_insert(v, m);
	m = mount_new_default(
	    v, MOUNT_AUTH, "token/", "token", "token based credentials");
	free(m->token_type);
	m->token_type = xstrdup("default-service");
	mount_insert(v, m);
	if (!v->config.dev || v->config.dev_no_kv)
		return;
	m = mount_new_default(
	    v, MOUNT_SECRET, "secret/", "kv", "key/value secret storage");
	m->options = json_pack(
	    "{s:s}", "version", v->config.dev_kv_v1 ? "1" : "2");
	mount_insert(v, m);
}
