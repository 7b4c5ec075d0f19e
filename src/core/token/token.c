/*
 * Tokens: rows in the store, a cache by the text that clients send, and the
 * rules of their life. Who may make which token is not known here.
 */
#include "core/token/token.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/map.h"
#include "base/text.h"
#include "core/token/lease.h"
#include "core/mount/metrics.h"
#include "core/expirer.h"
#include "core/token/token_format.h"
#include "core/token/wrap.h"

#define CACHE_MAX 16384
#define HOOKS_MAX 4

typedef void (*revoke_fn)(struct vault *v, const struct token *t);

struct tokens {
	struct map *cache; /* text as sent -> a reference */
	revoke_fn on_revoke[HOOKS_MAX];
	int nhooks;
	uint8_t sign_key[TOKEN_KEY_LEN];
	uint8_t seal_key[TOKEN_KEY_LEN];
};

enum {
	KEY_GET,
	KEY_PUT,
	TOKEN_INSERT,
	TOKEN_GET,
	TOKEN_GET_BY_ACCESSOR,
	TOKEN_GET_BY_LEASE,
	TOKEN_USE,
	TOKEN_RENEW,
	TOKEN_LIMIT,
	TOKEN_DELETE,
	TOKEN_TREE,
	TOKEN_CHILDREN,
	TOKEN_ORPHAN,
	TOKEN_NEXT_END,
	TOKEN_ENDED,
	TOKEN_ACCESSORS,
	TOKEN_LEASES,
	COUNT_BY_POLICY,
	COUNT_BY_MOUNT,
	COUNT_BY_TTL,
	COUNT_LEASED,
	NSTATEMENTS,
};

#define COLUMNS                                                             \
	"id, accessor, parent, policies, path, meta, display_name, role, "  \
	"entity_id, bound_cidrs, num_uses, created, ttl, explicit_max_ttl, " \
	"period, issued, expires, last_renewal, mount_id, internal, "       \
	"renewable, role_period, role_max_ttl, lease_id"

static const char *const migrations[] = {
	"CREATE TABLE token ("
	"id TEXT PRIMARY KEY, "
	"accessor TEXT NOT NULL UNIQUE, "
	"parent TEXT NOT NULL, "       /* '' for an orphan */
	"policies TEXT NOT NULL, "     /* JSON list */
	"path TEXT NOT NULL, "
	"meta TEXT, "                  /* JSON object */
	"display_name TEXT NOT NULL, "
	"role TEXT NOT NULL, "
	"entity_id TEXT NOT NULL, "
	"bound_cidrs TEXT, "           /* JSON list */
	"num_uses INTEGER NOT NULL, "  /* -1: its last use runs */
	"created INTEGER NOT NULL, "   /* instants: ns since 1970 */
	"ttl INTEGER NOT NULL, "       /* durations: seconds */
	"explicit_max_ttl INTEGER NOT NULL, "
	"period INTEGER NOT NULL, "
	"issued INTEGER NOT NULL, "
	"expires INTEGER NOT NULL, "   /* 0: never */
	"last_renewal INTEGER NOT NULL, "
	"mount_id INTEGER NOT NULL, "
	"internal TEXT, "
	"renewable INTEGER NOT NULL, "
	"role_period INTEGER NOT NULL, "
	"role_max_ttl INTEGER NOT NULL, "
	"lease_id TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX token_parent ON token (parent) WHERE parent <> '';"
	"CREATE INDEX token_expires ON token (expires) WHERE expires > 0;"
	"CREATE INDEX token_lease ON token (lease_id) WHERE lease_id <> '';"
	"CREATE TABLE token_key ("
	"name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;",
	NULL,
};

static const char *const statements[NSTATEMENTS] = {
	[KEY_GET] = "SELECT value FROM token_key WHERE name = ?",
	[KEY_PUT] = "INSERT INTO token_key (name, value) VALUES (?, ?)",
	[TOKEN_INSERT] = "INSERT INTO token (" COLUMNS ") VALUES (?, ?, ?, ?, "
	    "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[TOKEN_GET] = "SELECT " COLUMNS " FROM token WHERE id = ?",
	[TOKEN_GET_BY_ACCESSOR] =
	    "SELECT " COLUMNS " FROM token WHERE accessor = ?",
	[TOKEN_GET_BY_LEASE] = "SELECT " COLUMNS
	    " FROM token WHERE lease_id = ? AND lease_id <> ''",
	[TOKEN_USE] = "UPDATE token SET num_uses = "
	    "CASE num_uses WHEN 1 THEN -1 ELSE num_uses - 1 END "
	    "WHERE id = ? AND num_uses > 0",
	[TOKEN_RENEW] =
	    "UPDATE token SET expires = ?, last_renewal = ? WHERE id = ?",
	[TOKEN_LIMIT] = "UPDATE token SET num_uses = ?, explicit_max_ttl = ? "
	    "WHERE id = ?",
	[TOKEN_DELETE] = "DELETE FROM token WHERE id = ?",
	/* Children before their parents. */
	[TOKEN_TREE] =
	    "WITH RECURSIVE tree (id, depth) AS (SELECT ?1, 0 "
	    "UNION ALL SELECT token.id, depth + 1 "
	    "FROM token JOIN tree ON token.parent = tree.id "
	    "WHERE token.parent <> '') "
	    "SELECT id FROM tree ORDER BY depth DESC, id",
	[TOKEN_CHILDREN] =
	    "SELECT id FROM token WHERE parent = ? AND parent <> ''",
	[TOKEN_ORPHAN] =
	    "UPDATE token SET parent = '' WHERE parent = ? AND parent <> ''",
	[TOKEN_NEXT_END] = "SELECT min(expires) FROM token WHERE expires > 0",
	[TOKEN_ENDED] = "SELECT id FROM token WHERE expires > 0 "
	    "AND expires <= ? ORDER BY expires, id",
	[TOKEN_ACCESSORS] = "SELECT accessor FROM token "
	    "WHERE expires = 0 OR expires > ? ORDER BY accessor",
	[TOKEN_LEASES] = "SELECT lease_id FROM token WHERE lease_id <> '' "
	    "AND lease_id >= ?1 AND lease_id < ?1 || char(1114111) "
	    "ORDER BY lease_id",
	[COUNT_BY_POLICY] = "SELECT j.value, count(*) FROM token, "
	    "json_each(token.policies) AS j GROUP BY j.value ORDER BY 1",
	[COUNT_BY_MOUNT] = "SELECT mount_id, count(*) FROM token "
	    "GROUP BY mount_id ORDER BY 1",
	[COUNT_BY_TTL] = "SELECT ttl, count(*) FROM token GROUP BY ttl "
	    "ORDER BY ttl = 0, ttl",
	[COUNT_LEASED] = "SELECT '', count(*) FROM token "
	    "WHERE lease_id <> ''",
};

const struct store_part token_store = {
	"token", migrations, statements, NSTATEMENTS
};

/* ---- the struct ---- */

void
token_set(char **field, const char *value)
{
	char *copy = value ? xstrdup(value) : NULL;

	free(*field);
	*field = copy;
}

static void
list_free(char **list)
{
	for (int i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

struct token *
token_draft(void)
{
	struct token *t = xcalloc(1, sizeof(*t));

	t->refs = 1;
	t->id = xstrdup("");
	t->external = xstrdup("");
	t->accessor = xstrdup("");
	t->parent = xstrdup("");
	t->policies = xcalloc(1, sizeof(*t->policies));
	t->path = xstrdup("");
	t->display_name = xstrdup("");
	t->role = xstrdup("");
	t->entity_id = xstrdup("");
	t->lease_id = xstrdup("");
	return t;
}

struct token *
token_get(struct token *t)
{
	t->refs++;
	return t;
}

void
token_put(struct token *t)
{
	if (!t || --t->refs > 0)
		return;
	free(t->id);
	free(t->external);
	free(t->accessor);
	free(t->parent);
	list_free(t->policies);
	free(t->path);
	free(t->meta);
	free(t->display_name);
	free(t->role);
	free(t->entity_id);
	list_free(t->bound_cidrs);
	free(t->internal);
	free(t->lease_id);
	free(t);
}

/* Sorts and leaves one of each. */
static int
unique(char **list, int n)
{
	int kept = 0;

	qsort(list, (size_t)n, sizeof(*list), compare_text);
	for (int i = 0; i < n; i++) {
		if (kept > 0 && strcmp(list[kept - 1], list[i]) == 0)
			free(list[i]);
		else
			list[kept++] = list[i];
	}
	list[kept] = NULL;
	return kept;
}

char **
policies_clean(const char *const *policies, int n, bool add_default,
    int *count)
{
	char **list = xcalloc((size_t)n + 2, sizeof(*list));
	bool root = false;
	int kept = 0;

	for (int i = 0; i < n; i++) {
		char *copy = xstrdup(policies[i]);
		char *name = trim(copy);

		lower_ascii(name);
		root |= strcmp(name, "root") == 0;
		if (*name)
			list[kept++] = xstrdup(name);
		free(copy);
	}
	if (add_default)
		list[kept++] = xstrdup("default");
	/* Vault: root swallows the rest. */
	for (int i = 0; root && i < kept; i++)
		token_set(&list[i], "root");
	*count = unique(list, kept);
	return list;
}

void
token_set_policies(struct token *t, const char *const *policies, int n)
{
	char **list = policies_clean(policies, n, false, &n);

	list_free(t->policies);
	t->policies = list;
	t->npolicies = n;
}

bool
token_has_policy(const struct token *t, const char *name)
{
	for (int i = 0; i < t->npolicies; i++)
		if (strcmp(t->policies[i], name) == 0)
			return true;
	return false;
}

bool
token_is_root(const struct token *t)
{
	return token_has_policy(t, "root");
}

/* ---- lists as JSON ---- */

static json_t *
list_pack(char *const *list)
{
	json_t *out = json_array();

	for (int i = 0; list && list[i]; i++)
		json_array_append_new(out, json_string(list[i]));
	return out;
}

static char *
list_text(char *const *list)
{
	json_t *packed = list_pack(list);
	char *text = json_dumps(packed, JSON_COMPACT);

	json_decref(packed);
	return text;
}

static char **
list_unpack(json_t *from, int *n)
{
	size_t count = json_array_size(from);
	char **list = xcalloc(count + 1, sizeof(*list));

	for (size_t i = 0; i < count; i++)
		list[i] = xstrdup(json_string_value(json_array_get(from, i)));
	if (n)
		*n = (int)count;
	return list;
}

static char **
list_parse(const char *text, int *n)
{
	json_t *from = json_loads(text, 0, NULL);
	char **list = list_unpack(from, n);

	json_decref(from);
	return list;
}

/* ---- birth ---- */

static void
load_key(struct vault *v, const char *name, uint8_t key[TOKEN_KEY_LEN])
{
	struct query *q = store_query(v->store, &token_store, KEY_GET, "s",
	    name);
	bool found = query_row(q);

	if (found) {
		struct slice s = query_slice(q, 0);

		memcpy(key, s.p, s.n < TOKEN_KEY_LEN ? s.n : TOKEN_KEY_LEN);
		query_done(q);
		return;
	}
	rng_bytes(v->rng, key, TOKEN_KEY_LEN);
	store_exec(v->store, &token_store, KEY_PUT, "sb", name,
	    (const void *)key, (size_t)TOKEN_KEY_LEN);
}

static void
put_cached(void *t)
{
	token_put(t);
}

static void
load_keys(struct vault *v, struct tokens *t)
{
	load_key(v, "sign", t->sign_key);
	load_key(v, "seal", t->seal_key);
}

struct tokens *
tokens_new(struct vault *v)
{
	struct tokens *t = xcalloc(1, sizeof(*t));

	t->cache = map_new();
	load_keys(v, t);
	return t;
}

void
tokens_free(struct tokens *t)
{
	if (!t)
		return;
	map_free(t->cache, put_cached);
	OPENSSL_cleanse(t->sign_key, sizeof(t->sign_key));
	OPENSSL_cleanse(t->seal_key, sizeof(t->seal_key));
	free(t);
}

void
tokens_forget(struct vault *v)
{
	map_clear(v->tokens->cache, put_cached);
	load_keys(v, v->tokens);
}

void
token_on_revoke(struct vault *v, revoke_fn fn)
{
	struct tokens *t = v->tokens;

	if (t->nhooks == HOOKS_MAX)
		abort();
	t->on_revoke[t->nhooks++] = fn;
}

/* ---- cache ---- */

static void
cache(struct vault *v, const char *text, struct token *t)
{
	struct map *m = v->tokens->cache;

	if (map_count(m) >= CACHE_MAX)
		map_clear(m, put_cached);
	token_put(map_put(m, text, token_get(t)));
}

static void
uncache(struct vault *v, const char *text)
{
	token_put(map_take(v->tokens->cache, text));
}

static void
set_external(struct vault *v, struct token *t)
{
	free(t->external);
	if (token_form_generated(t->id) && !token_is_root(t))
		t->external = token_form_sign(v->tokens->sign_key, t->id);
	else
		t->external = xstrdup(t->id);
}

/* Takes both texts of a token out of the cache, by its id. */
static void
forget(struct vault *v, const char *id)
{
	char *external = token_form_sign(v->tokens->sign_key, id);

	uncache(v, external);
	uncache(v, id);
	free(external);
}

/* ---- rows ---- */

static struct token *
read_row(struct vault *v, struct query *q)
{
	struct token *t = xcalloc(1, sizeof(*t));
	const char *cidrs;

	t->refs = 1;
	t->id = query_copy(q, 0);
	t->accessor = query_copy(q, 1);
	t->parent = query_copy(q, 2);
	t->policies = list_parse(query_text(q, 3), &t->npolicies);
	t->path = query_copy(q, 4);
	t->meta = query_copy(q, 5);
	t->display_name = query_copy(q, 6);
	t->role = query_copy(q, 7);
	t->entity_id = query_copy(q, 8);
	cidrs = query_text(q, 9);
	if (cidrs)
		t->bound_cidrs = list_parse(cidrs, NULL);
	t->num_uses = query_int(q, 10);
	t->created = query_int(q, 11);
	t->ttl = query_int(q, 12);
	t->explicit_max_ttl = query_int(q, 13);
	t->period = query_int(q, 14);
	t->issued = query_int(q, 15);
	t->expires = query_int(q, 16);
	t->last_renewal = query_int(q, 17);
	t->mount_id = query_int(q, 18);
	t->internal = query_copy(q, 19);
	t->renewable = query_int(q, 20);
	t->role_period = query_int(q, 21);
	t->role_max_ttl = query_int(q, 22);
	t->lease_id = query_copy(q, 23);
	t->orphan = *t->parent == '\0';
	t->type = TOKEN_SERVICE;
	set_external(v, t);
	return t;
}

static struct token *
load(struct vault *v, int statement, const char *key)
{
	struct query *q = store_query(v->store, &token_store, statement, "s",
	    key);
	struct token *t;

	if (!query_row(q))
		return NULL;
	t = read_row(v, q);
	query_done(q);
	return t;
}

static void
insert(struct vault *v, const struct token *t)
{
	char *policies = list_text(t->policies);
	char *cidrs = t->bound_cidrs && *t->bound_cidrs
	    ? list_text(t->bound_cidrs) : NULL;

	store_exec(v->store, &token_store, TOKEN_INSERT,
	    "ssssssssssiiiiiiiiisiiis", t->id, t->accessor, t->parent, policies,
	    t->path, t->meta, t->display_name, t->role, t->entity_id, cidrs,
	    t->num_uses, t->created, t->ttl, t->explicit_max_ttl, t->period,
	    t->issued, t->expires, t->last_renewal, t->mount_id, t->internal,
	    (int64_t)t->renewable, (int64_t)t->role_period,
	    (int64_t)t->role_max_ttl, t->lease_id);
	free(policies);
	free(cidrs);
}

/* ---- batch tokens ---- */

static char *
seal_batch(struct vault *v, const struct token *t)
{
	json_t *o = json_pack("{s:o, s:s, s:s, s:s, s:I, s:I, s:I}",
	    "p", list_pack(t->policies), "u", t->path, "d", t->display_name,
	    "P", t->parent, "c", (json_int_t)t->created, "t",
	    (json_int_t)t->ttl, "m", (json_int_t)t->mount_id);
	char *text, *sealed;

	if (t->meta)
		json_object_set_new(o, "M", json_string(t->meta));
	if (*t->role)
		json_object_set_new(o, "r", json_string(t->role));
	if (*t->entity_id)
		json_object_set_new(o, "e", json_string(t->entity_id));
	if (t->bound_cidrs)
		json_object_set_new(o, "b", list_pack(t->bound_cidrs));
	text = json_dumps(o, JSON_COMPACT);
	sealed = token_form_seal(v->rng, v->tokens->seal_key, text,
	    strlen(text));
	free(text);
	json_decref(o);
	return sealed;
}

static struct token *
read_batch(const char *text, json_t *o)
{
	struct token *t = token_draft();
	json_t *cidrs = json_object_get(o, "b");

	token_set(&t->id, text);
	token_set(&t->external, text);
	list_free(t->policies);
	t->policies = list_unpack(json_object_get(o, "p"), &t->npolicies);
	token_set(&t->path, json_string_value(json_object_get(o, "u")));
	token_set(&t->display_name,
	    json_string_value(json_object_get(o, "d")));
	token_set(&t->parent, json_string_value(json_object_get(o, "P")));
	token_set(&t->meta, json_string_value(json_object_get(o, "M")));
	if (json_object_get(o, "r"))
		token_set(&t->role,
		    json_string_value(json_object_get(o, "r")));
	if (json_object_get(o, "e"))
		token_set(&t->entity_id,
		    json_string_value(json_object_get(o, "e")));
	if (cidrs)
		t->bound_cidrs = list_unpack(cidrs, NULL);
	t->created = json_integer_value(json_object_get(o, "c"));
	t->ttl = json_integer_value(json_object_get(o, "t"));
	t->mount_id = json_integer_value(json_object_get(o, "m"));
	t->issued = t->created;
	t->expires = t->created + t->ttl * NSEC;
	t->orphan = *t->parent == '\0';
	t->type = TOKEN_BATCH;
	return t;
}

static struct token *
open_batch(struct vault *v, const char *text)
{
	struct token *t = NULL;
	json_t *o = NULL;
	struct buf b;

	buf_init(&b, 0);
	if (token_form_open(v->tokens->seal_key, text, &b))
		o = json_loadb(b.p, b.n, 0, NULL);
	if (o)
		t = read_batch(text, o);
	json_decref(o);
	buf_release(&b);
	return t;
}

/* ---- finding ---- */

static struct token *
open_signed(struct vault *v, const char *text)
{
	char *id = token_form_inner(text);
	struct token *t = id ? load(v, TOKEN_GET, id) : NULL;
	size_t n = strlen(text);

	free(id);
	if (!t || (strlen(t->external) == n &&
		CRYPTO_memcmp(t->external, text, n) == 0))
		return t;
	token_put(t);
	return NULL;
}

static struct token *
find(struct vault *v, const char *text)
{
	switch (token_form_of(text)) {
	case FORM_SIGNED:
		return open_signed(v, text);
	case FORM_SEALED:
		return open_batch(v, text);
	case FORM_PLAIN:
		return load(v, TOKEN_GET, text);
	}
	return NULL;
}

/* Vault: a batch token does not outlive its parent, though nothing revokes
 * it. */
static bool
alive(struct vault *v, const struct token *t)
{
	struct token *parent;

	if (t->expires && t->expires <= vault_now(v))
		return false;
	if (t->type == TOKEN_SERVICE || t->orphan)
		return true;
	parent = token_lookup(v, t->parent);
	token_put(parent);
	return parent != NULL;
}

struct token *
token_lookup(struct vault *v, const char *text)
{
	struct token *t = map_get(v->tokens->cache, text);

	if (t)
		return alive(v, t) ? token_get(t) : NULL;
	if (*text == '\0')
		return NULL;
	t = find(v, text);
	if (t && !alive(v, t)) {
		token_put(t);
		return NULL;
	}
	if (t)
		cache(v, text, t);
	return t;
}

static struct token *
load_alive(struct vault *v, int statement, const char *key)
{
	struct token *t = load(v, statement, key);

	if (!t || alive(v, t))
		return t;
	token_put(t);
	return NULL;
}

struct token *
token_by_accessor(struct vault *v, const char *accessor)
{
	return load_alive(v, TOKEN_GET_BY_ACCESSOR, accessor);
}

struct token *
token_by_lease(struct vault *v, const char *lease_id)
{
	return load_alive(v, TOKEN_GET_BY_LEASE, lease_id);
}

/* ---- making ---- */

static void
set_lease(struct vault *v, struct token *t)
{
	char *salted = token_form_salted(v->tokens->sign_key, t->id);

	t->issued = t->created;
	t->expires = t->ttl > 0 ? t->created + t->ttl * NSEC : 0;
	free(t->lease_id);
	t->lease_id = xasprintf("%s/%s", t->path, salted);
	free(salted);
}

static void
create_batch(struct vault *v, struct token *t)
{
	free(t->id);
	t->id = seal_batch(v, t);
	token_set(&t->external, t->id);
	t->renewable = false;
	t->issued = t->created;
	t->expires = t->created + t->ttl * NSEC;
}

static bool
check_id(struct vault *v, const char *id, struct error *e)
{
	struct token *other;

	if (starts_with(id, "hvs."))
		return error_set(e, 400,
		    "custom token ID cannot have the 'hvs.' prefix");
	if (starts_with(id, "s."))
		return error_set(e, 400,
		    "custom token ID cannot have the 's.' prefix");
	if (strchr(id, '.'))
		return error_set(e, 400,
		    "custom token ID cannot have a '.' in the value");
	other = load(v, TOKEN_GET, id);
	token_put(other);
	return !other ||
	    error_set(e, 400, "cannot create a token with a duplicate ID");
}

static void
make_id(struct vault *v, struct token *t)
{
	char random[TOKEN_RANDOM_LEN + 1];

	rng_base62(v->rng, random, TOKEN_RANDOM_LEN);
	free(t->id);
	t->id = xasprintf("hvs.%s", random);
}

void
token_set_cidrs(struct token *t, char *const *cidrs)
{
	int n = 0;

	while (cidrs && cidrs[n])
		n++;
	if (!n)
		return;
	t->bound_cidrs = xcalloc((size_t)n + 1, sizeof(char *));
	for (int i = 0; i < n; i++)
		t->bound_cidrs[i] = xstrdup(cidrs[i]);
}

bool
token_create(struct vault *v, struct token *draft, bool has_lease,
    struct error *e)
{
	char accessor[TOKEN_RANDOM_LEN + 1];

	draft->created = vault_now(v);
	draft->orphan = *draft->parent == '\0';
	if (draft->type == TOKEN_BATCH) {
		create_batch(v, draft);
		metric_token_made(v, draft);
		return true;
	}
	if (*draft->id == '\0')
		make_id(v, draft);
	else if (!check_id(v, draft->id, e))
		return false;
	set_external(v, draft);
	rng_base62(v->rng, accessor, TOKEN_RANDOM_LEN);
	token_set(&draft->accessor, accessor);
	if (has_lease)
		set_lease(v, draft);
	insert(v, draft);
	sweep_note(v, &token_sweep, draft->expires);
	metric_token_made(v, draft);
	return true;
}

/* ---- using and renewing ---- */

bool
token_use(struct vault *v, struct token *t)
{
	if (t->num_uses == 0)
		return true;
	if (t->num_uses < 0 || store_exec(v->store, &token_store, TOKEN_USE,
		"s", t->id) == 0)
		return false;
	t->num_uses = t->num_uses == 1 ? -1 : t->num_uses - 1;
	return true;
}

void
token_used(struct vault *v, struct token *t)
{
	if (t->num_uses < 0)
		token_revoke(v, t);
}

void
token_renew(struct vault *v, struct token *t, int64_t expires)
{
	t->expires = expires;
	t->last_renewal = vault_now(v);
	store_exec(v->store, &token_store, TOKEN_RENEW, "iis", t->expires,
	    t->last_renewal, t->id);
	forget(v, t->id);
	sweep_note(v, &token_sweep, expires);
}

void
token_limit(struct vault *v, struct token *t, int64_t uses, int64_t max_ttl)
{
	t->num_uses = uses;
	t->explicit_max_ttl = max_ttl;
	store_exec(v->store, &token_store, TOKEN_LIMIT, "iis", uses, max_ttl,
	    t->id);
	forget(v, t->id);
}

/* ---- the end ---- */

/* The first column of all rows, read before anything else is asked. */
static size_t
collect(struct query *q, char ***list)
{
	size_t n = 0, room = 0;
	char **out = NULL;

	while (query_row(q)) {
		if (n == room) {
			room = room ? 2 * room : 16;
			out = xrealloc(out, room * sizeof(*out));
		}
		out[n++] = xstrdup(query_text(q, 0));
	}
	*list = out;
	return n;
}

static void
collected_free(char **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

static void
end_one(struct vault *v, const char *id)
{
	const struct tokens *all = v->tokens;
	struct token *t = load(v, TOKEN_GET, id);

	if (!t)
		return;
	for (int i = 0; i < all->nhooks; i++)
		all->on_revoke[i](v, t);
	wrap_forget(v, id);
	lease_revoke_of_token(v, id);
	store_exec(v->store, &token_store, TOKEN_DELETE, "s", id);
	forget(v, id);
	vault_expired(v, "token", t->accessor, 0);
	token_put(t);
}

static void
end_tree(struct vault *v, const char *id)
{
	char **ids;
	size_t n = collect(
	    store_query(v->store, &token_store, TOKEN_TREE, "s", id), &ids);

	for (size_t i = 0; i < n; i++)
		end_one(v, ids[i]);
	collected_free(ids, n);
}

void
token_revoke(struct vault *v, struct token *t)
{
	if (t->type == TOKEN_SERVICE)
		end_tree(v, t->id);
}

void
token_revoke_orphan(struct vault *v, struct token *t)
{
	char **ids;
	size_t n = collect(store_query(v->store, &token_store, TOKEN_CHILDREN,
	    "s", t->id), &ids);

	store_exec(v->store, &token_store, TOKEN_ORPHAN, "s", t->id);
	for (size_t i = 0; i < n; i++)
		forget(v, ids[i]);
	collected_free(ids, n);
	end_one(v, t->id);
}

size_t
token_accessors(struct vault *v, char ***list)
{
	return collect(store_query(v->store, &token_store, TOKEN_ACCESSORS, "i",
	    vault_now(v)), list);
}

size_t
token_leases(struct vault *v, const char *prefix, char ***list)
{
	return collect(store_query(v->store, &token_store, TOKEN_LEASES, "s",
	    prefix), list);
}

static int64_t
next_end(struct vault *v)
{
	return query_number(store_query(v->store, &token_store, TOKEN_NEXT_END,
	    ""));
}

static int
sweep_ended(struct vault *v, int64_t now)
{
	char **ids;
	size_t n = collect(store_query(v->store, &token_store, TOKEN_ENDED, "i",
	    now), &ids);

	for (size_t i = 0; i < n; i++)
		end_tree(v, ids[i]);
	collected_free(ids, n);
	return (int)n;
}

const struct sweep token_sweep = { "token", next_end, sweep_ended };

void
token_counts(struct vault *v, enum token_count by,
    void (*fn)(const char *key, int64_t n, void *arg), void *arg)
{
	static const int which[] = { [TOKENS_BY_POLICY] = COUNT_BY_POLICY,
		[TOKENS_BY_MOUNT] = COUNT_BY_MOUNT,
		[TOKENS_BY_TTL] = COUNT_BY_TTL,
		[TOKENS_LEASED] = COUNT_LEASED };
	struct query *q = store_query(v->store, &token_store, which[by], "");

	while (query_row(q))
		fn(query_text(q, 0), query_int(q, 1), arg);
}
