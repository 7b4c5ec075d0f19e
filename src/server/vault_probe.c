/*
 * What a proof asks of the vault: every secret in force, by what it is, and how
 * many tokens and leases are still alive.
 */
#include "server/vault_probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json/json_text.h"
#include "base/map.h"
#include "base/text.h"
#include "core/token/lease.h"
#include "core/mount/mount.h"
#include "core/token/token.h"

/* Told of a secret and what it is. */
struct listener {
	struct vault *vault;
	void (*fn)(void *arg, const char *text, const char *what);
	void *arg;
	struct map *paths; /* of a KV v2 key: its id in digits -> its path */
};

/* ---- columns by name ---- */

#define COLUMNS_MAX 4

struct table {
	const char *name;
	const char *columns[COLUMNS_MAX + 1]; /* NULL-terminated */
	void (*row)(struct listener *l, const struct store_value *const v[]);
};

struct reading {
	const struct table *table;
	struct listener *listener;
	size_t at[COLUMNS_MAX];
};

static void
pick(void *arg, const struct store_value *row, size_t n)
{
	const struct reading *r = arg;
	const struct store_value *v[COLUMNS_MAX] = { NULL };

	for (int i = 0; r->table->columns[i]; i++) {
		if (r->at[i] >= n)
			return;
		v[i] = &row[r->at[i]];
	}
	r->table->row(r->listener, v);
}

static void
read_table(struct listener *l, const struct table *t)
{
	struct reading r = { .table = t, .listener = l };
	struct arena *a = arena_new();
	struct store_column *columns;
	size_t n = store_columns(l->vault->store, a, t->name, &columns);

	for (int i = 0; t->columns[i]; i++)
		for (r.at[i] = 0; r.at[i] < n; r.at[i]++)
			if (strcmp(columns[r.at[i]].name, t->columns[i]) == 0)
				break;
	store_rows(l->vault->store, t->name, pick, &r);
	arena_free(a);
}

static char *
copied(const struct store_value *v)
{
	return xstrndup(v->s.p ? v->s.p : "", v->s.n);
}

/* ---- KV ---- */

/* Every text in a tree; where is the way to it. */
static void
tell_texts(struct listener *l, const json_t *tree, const char *where)
{
	const char *key;
	json_t *value;

	if (json_is_string(tree))
		l->fn(l->arg, json_string_value(tree), where);
	json_object_foreach((json_t *)(uintptr_t)tree, key, value) {
		char *deeper = xasprintf("%s%s%s", where,
		    strstr(where, ", field ") ? "." : ", field ", key);

		tell_texts(l, value, deeper);
		free(deeper);
	}
	for (size_t i = 0; json_is_array(tree) && i < json_array_size(tree);
	     i++)
		tell_texts(l, json_array_get(tree, i), where);
}

static void
tell_data(struct listener *l, const struct store_value *data,
    const char *where)
{
	json_t *tree = data->s.p ? jtext_tree(data->s) : NULL;

	tell_texts(l, tree, where);
	json_decref(tree);
}

static const char *
mount_path(const struct listener *l, int64_t id)
{
	const struct mount *m = mount_by_id(l->vault, id);

	return m ? m->path : "";
}

static void
keep_path(struct listener *l, const struct store_value *const v[])
{
	char id[24], *path = copied(v[2]);

	snprintf(id, sizeof(id), "%lld", (long long)v[0]->i);
	free(map_put(l->paths, id,
	    xasprintf("%s%s", mount_path(l, v[1]->i), path)));
	free(path);
}

static void
tell_version(struct listener *l, const struct store_value *const v[])
{
	char id[24];
	const char *path;

	snprintf(id, sizeof(id), "%lld", (long long)v[0]->i);
	path = map_get(l->paths, id);
	if (path)
		tell_data(l, v[1], path);
}

/* Scopes are "mount/7"; a token's own is its cubbyhole. */
static void
tell_entry(struct listener *l, const struct store_value *const v[])
{
	char *scope = copied(v[0]), *path = copied(v[1]), *where;

	where = xasprintf("%s%s",
	    starts_with(scope, "mount/")
		? mount_path(l, strtoll(scope + 6, NULL, 10))
		: "cubbyhole/",
	    path);
	tell_data(l, v[2], where);
	free(where);
	free(path);
	free(scope);
}

static void
tell_secret_id(struct listener *l, const struct store_value *const v[])
{
	char *id = copied(v[0]), *accessor = copied(v[1]);
	char *what = xasprintf("the secret id with accessor %s", accessor);

	l->fn(l->arg, id, what);
	free(what);
	free(accessor);
	free(id);
}

static const struct table tables[] = {
	{ "kv2_key", { "id", "mount", "path", NULL }, keep_path },
	{ "kv2_version", { "key", "data", NULL }, tell_version },
	{ "kv1", { "scope", "path", "data", NULL }, tell_entry },
	{ "approle_secret", { "secret_id", "accessor", NULL },
	    tell_secret_id },
};

/* ---- tokens ---- */

static void
tell_token(struct listener *l, const struct token *t)
{
	char *what = xasprintf("the token with accessor %s", t->accessor);

	if (t->external)
		l->fn(l->arg, t->external, what);
	l->fn(l->arg, t->id, what);
	free(what);
}

/* What a login made was made at the method's path. */
static bool
of_login(const struct token *t)
{
	return starts_with(t->path, "auth/") &&
	    !starts_with(t->path, "auth/token/");
}

static int64_t
each_token(struct vault *v, struct listener *l)
{
	char **accessors;
	size_t n = token_accessors(v, &accessors);
	int64_t logins = 0;

	for (size_t i = 0; i < n; i++) {
		struct token *t = token_by_accessor(v, accessors[i]);

		if (t && l)
			tell_token(l, t);
		logins += t && of_login(t);
		token_put(t);
		free(accessors[i]);
	}
	free(accessors);
	return logins;
}

/* ---- the three questions ---- */

static void
secrets(void *arg,
    void (*fn)(void *fn_arg, const char *text, const char *what),
    void *fn_arg)
{
	struct listener l = { .vault = arg, .fn = fn, .arg = fn_arg,
		.paths = map_new() };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		read_table(&l, &tables[i]);
	each_token(arg, &l);
	map_free(l.paths, free);
}

static int64_t
tokens(void *arg)
{
	return each_token(arg, NULL);
}

static int64_t
leases(void *arg)
{
	return lease_count(arg);
}

struct journal_witness
witness_of(struct vault *v)
{
	return (struct journal_witness){ .arg = v, .secrets = secrets,
		.tokens = tokens, .leases = leases };
}
