/*
 * What a claim of journal_verify asks of the vault: every secret in force, by
 * what it is, and how many tokens and leases are still alive.
 */
#include "server/vault_probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontext.h"
#include "base/map.h"
#include "base/text.h"
#include "core/token/lease.h"
#include "core/mount/mount.h"
#include "core/token/token.h"

/* Told of a secret and what it is. */
struct secret_visitor {
	struct vault *vault;
	void (*visit)(void *arg, const char *text, const char *what);
	void *arg;
	struct map
	    *kv2_paths; /* of a KV v2 key: its id in digits -> its path */
};

/* ---- columns by name ---- */

#define COLUMNS_MAX 4

struct probe_table {
	const char *name;
	const char *columns[COLUMNS_MAX + 1]; /* NULL-terminated */
	void (*visit_row)(
	    struct secret_visitor *l, const struct store_value *const v[]);
};

struct probe_row_reader {
	const struct probe_table *table;
	struct secret_visitor *visitor;
	size_t column_index[COLUMNS_MAX];
};

static void
vault_probe_read_row(void *arg, const struct store_value *row, size_t n)
{
	const struct probe_row_reader *r = arg;
	const struct store_value *v[COLUMNS_MAX] = { NULL };

	for (int i = 0; r->table->columns[i]; i++) {
		if (r->column_index[i] >= n)
			return;
		v[i] = &row[r->column_index[i]];
	}
	r->table->visit_row(r->visitor, v);
}

static void
vault_probe_read_table(
    struct secret_visitor *visitor, const struct probe_table *table)
{
	struct probe_row_reader reader = { .table = table, .visitor = visitor };
	struct arena *a = arena_new();
	struct store_column *columns;
	size_t n = store_columns(
	    visitor->vault->store, a, table->name, &columns);

	for (int i = 0; table->columns[i]; i++)
		for (reader.column_index[i] = 0; reader.column_index[i] < n;
		     reader.column_index[i]++)
			if (strcmp(columns[reader.column_index[i]].name,
				table->columns[i]) == 0)
				break;
	store_each_row(
	    visitor->vault->store, table->name, vault_probe_read_row, &reader);
	arena_free(a);
}

static char *
vault_probe_copy_text(const struct store_value *v)
{
	return xstrndup(v->s.p ? v->s.p : "", v->s.n);
}

/* ---- KV ---- */

/* Every text in a tree; where is the way to it. */
static void
vault_probe_visit_strings(
    struct secret_visitor *visitor, const json_t *tree, const char *where)
{
	const char *key;
	json_t *value;

	if (json_is_string(tree))
		visitor->visit(visitor->arg, json_string_value(tree), where);
	json_object_foreach ((json_t *)(uintptr_t)tree, key, value) {
		char *path = xasprintf("%s%s%s", where,
		    strstr(where, ", field ") ? "." : ", field ", key);

		vault_probe_visit_strings(visitor, value, path);
		free(path);
	}
	for (size_t i = 0; json_is_array(tree) && i < json_array_size(tree);
	     i++)
		vault_probe_visit_strings(
		    visitor, json_array_get(tree, i), where);
}

static void
vault_probe_visit_data(struct secret_visitor *visitor,
    const struct store_value *data, const char *where)
{
	json_t *tree = data->s.p ? jsontext_to_tree(data->s) : NULL;

	vault_probe_visit_strings(visitor, tree, where);
	json_decref(tree);
}

static const char *
vault_probe_mount_path(const struct secret_visitor *visitor, int64_t id)
{
	const struct mount *m = mount_by_id(visitor->vault, id);

	return m ? m->path : "";
}

static void
vault_probe_store_kv2_path(
    struct secret_visitor *visitor, const struct store_value *const v[])
{
	char id[24], *path = vault_probe_copy_text(v[2]);

	snprintf(id, sizeof(id), "%lld", (long long)v[0]->i);
	free(map_put(visitor->kv2_paths, id,
	    xasprintf("%s%s", vault_probe_mount_path(visitor, v[1]->i), path)));
	free(path);
}

static void
vault_probe_visit_version(
    struct secret_visitor *visitor, const struct store_value *const v[])
{
	char id[24];
	const char *path;

	snprintf(id, sizeof(id), "%lld", (long long)v[0]->i);
	path = map_get(visitor->kv2_paths, id);
	if (path)
		vault_probe_visit_data(visitor, v[1], path);
}

/* Scopes are "mount/7"; a token's own is its cubbyhole. */
static void
vault_probe_visit_kv1(
    struct secret_visitor *visitor, const struct store_value *const v[])
{
	char *scope = vault_probe_copy_text(v[0]),
	     *path = vault_probe_copy_text(v[1]), *where;

	where = xasprintf("%s%s",
	    starts_with(scope, "mount/")
		? vault_probe_mount_path(visitor, strtoll(scope + 6, NULL, 10))
		: "cubbyhole/",
	    path);
	vault_probe_visit_data(visitor, v[2], where);
	free(where);
	free(path);
	free(scope);
}

static void
vault_probe_visit_secret_id(
    struct secret_visitor *visitor, const struct store_value *const v[])
{
	char *id = vault_probe_copy_text(v[0]),
	     *accessor = vault_probe_copy_text(v[1]);
	char *what = xasprintf("the secret id with accessor %s", accessor);

	visitor->visit(visitor->arg, id, what);
	free(what);
	free(accessor);
	free(id);
}

static const struct probe_table probe_tables[] = {
	{ "kv2_key", { "id", "mount", "path", NULL },
	    vault_probe_store_kv2_path },
	{ "kv2_version", { "key", "data", NULL }, vault_probe_visit_version },
	{ "kv1", { "scope", "path", "data", NULL }, vault_probe_visit_kv1 },
	{ "approle_secret", { "secret_id", "accessor", NULL },
	    vault_probe_visit_secret_id },
};

/* ---- tokens ---- */

static void
vault_probe_visit_token(struct secret_visitor *visitor, const struct token *t)
{
	char *what = xasprintf("the token with accessor %s", t->accessor);

	if (t->client_token)
		visitor->visit(visitor->arg, t->client_token, what);
	visitor->visit(visitor->arg, t->id, what);
	free(what);
}

/* What a login made was made at the method's path. */
static bool
vault_probe_is_login_token(const struct token *t)
{
	return starts_with(t->path, "auth/") &&
	    !starts_with(t->path, "auth/token/");
}

static int64_t
vault_probe_each_token(struct vault *v, struct secret_visitor *visitor)
{
	struct strs accessors = { 0 };
	int64_t logins = 0;

	token_list_accessors(v, &accessors);
	for (size_t i = 0; i < accessors.n; i++) {
		struct token *t = token_by_accessor(v, accessors.items[i]);

		if (t && visitor)
			vault_probe_visit_token(visitor, t);
		logins += t && vault_probe_is_login_token(t);
		token_unref(t);
	}
	strs_release(&accessors);
	return logins;
}

/* ---- the three questions ---- */

static void
vault_probe_each_secret(void *arg,
    void (*fn)(void *fn_arg, const char *text, const char *what), void *fn_arg)
{
	struct secret_visitor visitor = {
		.vault = arg, .visit = fn, .arg = fn_arg, .kv2_paths = map_new()
	};

	for (size_t i = 0; i < sizeof(probe_tables) / sizeof(probe_tables[0]);
	     i++)
		vault_probe_read_table(&visitor, &probe_tables[i]);
	vault_probe_each_token(arg, &visitor);
	map_free(visitor.kv2_paths, free);
}

static int64_t
vault_probe_count_logins(void *arg)
{
	return vault_probe_each_token(arg, NULL);
}

static int64_t
vault_probe_count_leases(void *arg)
{
	return lease_count(arg);
}

struct journal_vault_probe
vault_probe_make(struct vault *v)
{
	return (struct journal_vault_probe){ .arg = v,
		.secrets = vault_probe_each_secret,
		.tokens = vault_probe_count_logins,
		.leases = vault_probe_count_leases };
}
