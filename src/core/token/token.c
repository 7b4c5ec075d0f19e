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

typedef void (*token_revoke_fn)(struct vault *v, const struct token *t);

struct tokens {
	struct map *cache; /* text as sent -> a reference */
	token_revoke_fn on_revoke[HOOKS_MAX];
	int nhooks;
	uint8_t sign_key[TOKEN_KEY_LEN];
	uint8_t batch_key[TOKEN_KEY_LEN];
};

enum {
	KEY_GET,
	KEY_PUT,
	TOKEN_INSERT,
	TOKEN_GET,
	TOKEN_GET_BY_ACCESSOR,
	TOKEN_GET_BY_LEASE,
	TOKEN_CONSUME_USE,
	TOKEN_RENEW,
	TOKEN_LIMIT,
	TOKEN_DELETE,
	TOKEN_TREE,
	TOKEN_CHILDREN,
	TOKEN_ORPHAN,
	TOKEN_NEXT_EXPIRY,
	TOKEN_EXPIRED,
	TOKEN_ACCESSORS,
	TOKEN_LEASES,
	COUNT_BY_POLICY,
	COUNT_BY_MOUNT,
	COUNT_BY_TTL,
	COUNT_WITH_LEASE,
	NSTATEMENTS,
};

#define COLUMNS                                                              \
	"id, accessor, parent, policies, path, meta, display_name, role, "   \
	"entity_id, bound_cidrs, num_uses, created, ttl, explicit_max_ttl, " \
	"period, issued, expires, last_renewal, mount_id, internal, "        \
	"renewable, role_period, role_max_ttl, lease_id"

static const char *const migrations[] = {
	"CREATE TABLE token ("
	"id TEXT PRIMARY KEY, "
	"accessor TEXT NOT NULL UNIQUE, "
	"parent TEXT NOT NULL, "   /* '' for an orphan */
	"policies TEXT NOT NULL, " /* JSON list */
	"path TEXT NOT NULL, "
	"meta TEXT, " /* JSON object */
	"display_name TEXT NOT NULL, "
	"role TEXT NOT NULL, "
	"entity_id TEXT NOT NULL, "
	"bound_cidrs TEXT, "	      /* JSON list */
	"num_uses INTEGER NOT NULL, " /* -1: its last use runs */
	"created INTEGER NOT NULL, "  /* instants: ns since 1970 */
	"ttl INTEGER NOT NULL, "      /* durations: seconds */
	"explicit_max_ttl INTEGER NOT NULL, "
	"period INTEGER NOT NULL, "
	"issued INTEGER NOT NULL, "
	"expires INTEGER NOT NULL, " /* 0: never */
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

static const struct store_statement statements[NSTATEMENTS] = {
	[KEY_GET] = { "SELECT value FROM token_key WHERE name = ?", "s", NULL },
	[KEY_PUT] = { "INSERT INTO token_key (name, value) VALUES (?, ?)", "sb",
	    NULL },
	[TOKEN_INSERT] = { "INSERT INTO token (" COLUMNS
			   ") VALUES (?, ?, ?, ?, "
			   "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    "ssssssssssiiiiiiiiisiiis", NULL },
	[TOKEN_GET] = { "SELECT " COLUMNS " FROM token WHERE id = ?", "s",
	    NULL },
	[TOKEN_GET_BY_ACCESSOR] = { "SELECT " COLUMNS
				    " FROM token WHERE accessor = ?",
	    "s", NULL },
	[TOKEN_GET_BY_LEASE] = { "SELECT " COLUMNS
				 " FROM token WHERE lease_id = ? AND lease_id <> ''",
	    "s", NULL },
	[TOKEN_CONSUME_USE] = { "UPDATE token SET num_uses = "
				"CASE num_uses WHEN 1 THEN -1 ELSE num_uses - 1 END "
				"WHERE id = ? AND num_uses > 0",
	    "s", NULL },
	[TOKEN_RENEW] = { "UPDATE token SET expires = ?, last_renewal = ? WHERE id = ?",
	    "iis", NULL },
	[TOKEN_LIMIT] = { "UPDATE token SET num_uses = ?, explicit_max_ttl = ? "
			  "WHERE id = ?",
	    "iis", NULL },
	[TOKEN_DELETE] = { "DELETE FROM token WHERE id = ?", "s", NULL },
	/* Children before their parents. */
	[TOKEN_TREE] = { "WITH RECURSIVE tree (id, depth) AS (SELECT ?1, 0 "
			 "UNION ALL SELECT token.id, depth + 1 "
			 "FROM token JOIN tree ON token.parent = tree.id "
			 "WHERE token.parent <> '') "
			 "SELECT id FROM tree ORDER BY depth DESC, id",
	    "s", NULL },
	[TOKEN_CHILDREN] = { "SELECT id FROM token WHERE parent = ? AND parent <> ''",
	    "s", NULL },
	[TOKEN_ORPHAN] = { "UPDATE token SET parent = '' WHERE parent = ? AND parent <> ''",
	    "s", NULL },
	[TOKEN_NEXT_EXPIRY] = { "SELECT min(expires) FROM token WHERE expires > 0",
	    "", NULL },
	[TOKEN_EXPIRED] = { "SELECT id FROM token WHERE expires > 0 "
			    "AND expires <= ? ORDER BY expires, id",
	    "i", NULL },
	[TOKEN_ACCESSORS] = { "SELECT accessor FROM token "
			      "WHERE expires = 0 OR expires > ? ORDER BY accessor",
	    "i", NULL },
	[TOKEN_LEASES] = { "SELECT lease_id FROM token WHERE lease_id <> '' "
			   "AND lease_id >= ?1 AND lease_id < ?1 || char(1114111) "
			   "ORDER BY lease_id",
	    "s", NULL },
	[COUNT_BY_POLICY] = { "SELECT j.value, count(*) FROM token, "
			      "json_each(token.policies) AS j GROUP BY j.value ORDER BY 1",
	    "", NULL },
	[COUNT_BY_MOUNT] = { "SELECT mount_id, count(*) FROM token "
			     "GROUP BY mount_id ORDER BY 1",
	    "", NULL },
	[COUNT_BY_TTL] = { "SELECT ttl, count(*) FROM token GROUP BY ttl "
			   "ORDER BY ttl = 0, ttl",
	    "", NULL },
	[COUNT_WITH_LEASE] = { "SELECT '', count(*) FROM token "
			       "WHERE lease_id <> ''",
	    "", NULL },
};

const struct store_part token_store = { "token", migrations, statements,
	NSTATEMENTS };

/* ---- the struct ---- */

void
token_set_field(char **field, const char *value)
{
	char *copy = value ? xstrdup(value) : NULL;

	free(*field);
	*field = copy;
}

static void
token_list_free(char **list)
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
	t->client_token = xstrdup("");
	t->accessor = xstrdup("");
	t->parent_id = xstrdup("");
	t->policies = xcalloc(1, sizeof(*t->policies));
	t->path = xstrdup("");
	t->display_name = xstrdup("");
	t->role = xstrdup("");
	t->entity_id = xstrdup("");
	t->lease_id = xstrdup("");
	return t;
}

struct token *
token_ref(struct token *t)
{
	t->refs++;
	return t;
}

void
token_unref(struct token *t)
{
	if (!t || --t->refs > 0)
		return;
	free(t->id);
	free(t->client_token);
	free(t->accessor);
	free(t->parent_id);
	token_list_free(t->policies);
	free(t->path);
	free(t->meta);
	free(t->display_name);
	free(t->role);
	free(t->entity_id);
	token_list_free(t->bound_cidrs);
	free(t->auth_data);
	free(t->lease_id);
	free(t);
}

/* Sorts and leaves one of each. */
static int
token_list_sort_unique(char **list, int n)
{
	int n_unique = 0;

	qsort(list, (size_t)n, sizeof(*list), compare_strings);
	for (int i = 0; i < n; i++) {
		if (n_unique > 0 && strcmp(list[n_unique - 1], list[i]) == 0)
			free(list[i]);
		else
			list[n_unique++] = list[i];
	}
	list[n_unique] = NULL;
	return n_unique;
}

char **
token_clean_policies(
    const char *const *policies, int n, bool add_default, int *count)
{
	char **list = xcalloc((size_t)n + 2, sizeof(*list));
	bool root = false;
	int n_kept = 0;

	for (int i = 0; i < n; i++) {
		char *copy = xstrdup(policies[i]);
		char *name = trim_space(copy);

		lower_ascii(name);
		root |= strcmp(name, "root") == 0;
		if (*name)
			list[n_kept++] = xstrdup(name);
		free(copy);
	}
	if (add_default)
		list[n_kept++] = xstrdup("default");
	/* Vault: root swallows the rest. */
	for (int i = 0; root && i < n_kept; i++)
		token_set_field(&list[i], "root");
	*count = token_list_sort_unique(list, n_kept);
	return list;
}

void
token_set_policies(struct token *t, const char *const *policies, int n)
{
	char **list = token_clean_policies(policies, n, false, &n);

	token_list_free(t->policies);
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
token_list_to_json(char *const *list)
{
	json_t *out = json_array();

	for (int i = 0; list && list[i]; i++)
		json_array_append_new(out, json_string(list[i]));
	return out;
}

static char *
token_list_to_json_text(char *const *list)
{
	json_t *packed = token_list_to_json(list);
	char *text = json_dumps(packed, JSON_COMPACT);

	json_decref(packed);
	return text;
}

static char **
token_list_from_json(json_t *from, int *n)
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
token_list_parse(const char *text, int *n)
{
	json_t *from = json_loads(text, 0, NULL);
	char **list = token_list_from_json(from, n);

	json_decref(from);
	return list;
}

/* ---- birth ---- */

static void
token_load_key(struct vault *v, const char *name, uint8_t key[TOKEN_KEY_LEN])
{
	struct query *q = STORE_QUERY(v->store, &token_store, KEY_GET, name);
	bool found = query_row(q);

	if (found) {
		struct slice s = query_slice(q, 0);

		memcpy(key, s.p, s.n < TOKEN_KEY_LEN ? s.n : TOKEN_KEY_LEN);
		query_done(q);
		return;
	}
	random_bytes(v->random, key, TOKEN_KEY_LEN);
	STORE_EXEC(v->store, &token_store, KEY_PUT, name,
	    store_bytes(key, TOKEN_KEY_LEN));
}

static void
token_cache_unref(void *t)
{
	token_unref(t);
}

static void
token_load_keys(struct vault *v, struct tokens *t)
{
	token_load_key(v, "sign", t->sign_key);
	token_load_key(v, "seal", t->batch_key);
}

struct tokens *
tokens_new(struct vault *v)
{
	struct tokens *t = xcalloc(1, sizeof(*t));

	t->cache = map_new();
	token_load_keys(v, t);
	return t;
}

void
tokens_free(struct tokens *t)
{
	if (!t)
		return;
	map_free(t->cache, token_cache_unref);
	OPENSSL_cleanse(t->sign_key, sizeof(t->sign_key));
	OPENSSL_cleanse(t->batch_key, sizeof(t->batch_key));
	free(t);
}

void
tokens_invalidate(struct vault *v)
{
	map_clear(v->tokens->cache, token_cache_unref);
	token_load_keys(v, v->tokens);
}

void
token_on_revoke(struct vault *v, token_revoke_fn fn)
{
	struct tokens *t = v->tokens;

	if (t->nhooks == HOOKS_MAX)
		abort();
	t->on_revoke[t->nhooks++] = fn;
}

/* ---- cache ---- */

static void
token_cache_put(struct vault *v, const char *text, struct token *t)
{
	struct map *m = v->tokens->cache;

	if (map_count(m) >= CACHE_MAX)
		map_clear(m, token_cache_unref);
	token_unref(map_put(m, text, token_ref(t)));
}

static void
token_cache_remove(struct vault *v, const char *text)
{
	token_unref(map_take(v->tokens->cache, text));
}

static void
token_set_external(struct vault *v, struct token *t)
{
	free(t->client_token);
	if (token_format_is_generated_id(t->id) && !token_is_root(t))
		t->client_token = token_format_sign(v->tokens->sign_key, t->id);
	else
		t->client_token = xstrdup(t->id);
}

/* Takes both texts of a token out of the cache, by its id. */
static void
token_cache_remove_id(struct vault *v, const char *id)
{
	char *external = token_format_sign(v->tokens->sign_key, id);

	token_cache_remove(v, external);
	token_cache_remove(v, id);
	free(external);
}

/* ---- rows ---- */

static struct token *
token_read_row(struct vault *v, struct query *q)
{
	struct token *t = xcalloc(1, sizeof(*t));
	const char *cidrs;

	t->refs = 1;
	t->id = query_text_copy(q, 0);
	t->accessor = query_text_copy(q, 1);
	t->parent_id = query_text_copy(q, 2);
	t->policies = token_list_parse(query_text(q, 3), &t->npolicies);
	t->path = query_text_copy(q, 4);
	t->meta = query_text_copy(q, 5);
	t->display_name = query_text_copy(q, 6);
	t->role = query_text_copy(q, 7);
	t->entity_id = query_text_copy(q, 8);
	cidrs = query_text(q, 9);
	if (cidrs)
		t->bound_cidrs = token_list_parse(cidrs, NULL);
	t->num_uses = query_int(q, 10);
	t->created_ns = query_int(q, 11);
	t->ttl_s = query_int(q, 12);
	t->explicit_max_ttl_s = query_int(q, 13);
	t->period_s = query_int(q, 14);
	t->issued_ns = query_int(q, 15);
	t->expires_ns = query_int(q, 16);
	t->last_renewal_ns = query_int(q, 17);
	t->mount_id = query_int(q, 18);
	t->auth_data = query_text_copy(q, 19);
	t->renewable = query_int(q, 20);
	t->is_period_from_role = query_int(q, 21);
	t->is_max_ttl_from_role = query_int(q, 22);
	t->lease_id = query_text_copy(q, 23);
	t->is_orphan = *t->parent_id == '\0';
	t->type = TOKEN_SERVICE;
	token_set_external(v, t);
	return t;
}

static struct token *
token_load(struct vault *v, int statement, const char *key)
{
	struct query *q = STORE_QUERY(v->store, &token_store, statement, key);
	struct token *t;

	if (!query_row(q))
		return NULL;
	t = token_read_row(v, q);
	query_done(q);
	return t;
}

static void
token_insert_row(struct vault *v, const struct token *t)
{
	char *policies = token_list_to_json_text(t->policies);
	char *cidrs = t->bound_cidrs && *t->bound_cidrs
	    ? token_list_to_json_text(t->bound_cidrs)
	    : NULL;

	STORE_EXEC(v->store, &token_store, TOKEN_INSERT, t->id, t->accessor,
	    t->parent_id, policies, t->path, t->meta, t->display_name, t->role,
	    t->entity_id, cidrs, t->num_uses, t->created_ns, t->ttl_s,
	    t->explicit_max_ttl_s, t->period_s, t->issued_ns, t->expires_ns,
	    t->last_renewal_ns, t->mount_id, t->auth_data, t->renewable,
	    t->is_period_from_role, t->is_max_ttl_from_role, t->lease_id);
	free(policies);
	free(cidrs);
}

/* ---- batch tokens ---- */

static char *
token_encrypt_batch(struct vault *v, const struct token *t)
{
	json_t *o = json_pack("{s:o, s:s, s:s, s:s, s:I, s:I, s:I}", "p",
	    token_list_to_json(t->policies), "u", t->path, "d", t->display_name,
	    "P", t->parent_id, "c", (json_int_t)t->created_ns, "t",
	    (json_int_t)t->ttl_s, "m", (json_int_t)t->mount_id);
	char *text, *sealed;

	if (t->meta)
		json_object_set_new(o, "M", json_string(t->meta));
	if (*t->role)
		json_object_set_new(o, "r", json_string(t->role));
	if (*t->entity_id)
		json_object_set_new(o, "e", json_string(t->entity_id));
	if (t->bound_cidrs)
		json_object_set_new(o, "b", token_list_to_json(t->bound_cidrs));
	text = json_dumps(o, JSON_COMPACT);
	sealed = token_format_encrypt(
	    v->random, v->tokens->batch_key, text, strlen(text));
	free(text);
	json_decref(o);
	return sealed;
}

static struct token *
token_read_batch(const char *text, json_t *o)
{
	struct token *t = token_draft();
	json_t *cidrs = json_object_get(o, "b");

	token_set_field(&t->id, text);
	token_set_field(&t->client_token, text);
	token_list_free(t->policies);
	t->policies = token_list_from_json(
	    json_object_get(o, "p"), &t->npolicies);
	token_set_field(&t->path, json_string_value(json_object_get(o, "u")));
	token_set_field(
	    &t->display_name, json_string_value(json_object_get(o, "d")));
	token_set_field(
	    &t->parent_id, json_string_value(json_object_get(o, "P")));
	token_set_field(&t->meta, json_string_value(json_object_get(o, "M")));
	if (json_object_get(o, "r"))
		token_set_field(
		    &t->role, json_string_value(json_object_get(o, "r")));
	if (json_object_get(o, "e"))
		token_set_field(
		    &t->entity_id, json_string_value(json_object_get(o, "e")));
	if (cidrs)
		t->bound_cidrs = token_list_from_json(cidrs, NULL);
	t->created_ns = json_integer_value(json_object_get(o, "c"));
	t->ttl_s = json_integer_value(json_object_get(o, "t"));
	t->mount_id = json_integer_value(json_object_get(o, "m"));
	t->issued_ns = t->created_ns;
	t->expires_ns = t->created_ns + t->ttl_s * NSEC_PER_SEC;
	t->is_orphan = *t->parent_id == '\0';
	t->type = TOKEN_BATCH;
	return t;
}

static struct token *
token_open_batch(struct vault *v, const char *text)
{
	struct token *t = NULL;
	json_t *o = NULL;
	struct buf b;

	buf_init(&b, 0);
	if (token_format_decrypt(v->tokens->batch_key, text, &b))
		o = json_loadb(b.p, b.n, 0, NULL);
	if (o)
		t = token_read_batch(text, o);
	json_decref(o);
	buf_release(&b);
	return t;
}

/* ---- finding ---- */

static struct token *
token_open_signed(struct vault *v, const char *text)
{
	char *id = token_format_inner_id(text);
	struct token *t = id ? token_load(v, TOKEN_GET, id) : NULL;
	size_t n = strlen(text);

	free(id);
	if (!t ||
	    (strlen(t->client_token) == n &&
		CRYPTO_memcmp(t->client_token, text, n) == 0))
		return t;
	token_unref(t);
	return NULL;
}

static struct token *
token_find(struct vault *v, const char *text)
{
	switch (token_format_of(text)) {
	case TOKEN_FORMAT_SIGNED:
		return token_open_signed(v, text);
	case TOKEN_FORMAT_BATCH:
		return token_open_batch(v, text);
	case TOKEN_FORMAT_PLAIN:
		return token_load(v, TOKEN_GET, text);
	}
	return NULL;
}

/* Vault: a batch token does not outlive its parent, though nothing revokes
 * it. */
static bool
token_is_alive(struct vault *v, const struct token *t)
{
	struct token *parent;

	if (t->expires_ns && t->expires_ns <= vault_now(v))
		return false;
	if (t->type == TOKEN_SERVICE || t->is_orphan)
		return true;
	parent = token_lookup(v, t->parent_id);
	token_unref(parent);
	return parent != NULL;
}

struct token *
token_lookup(struct vault *v, const char *text)
{
	struct token *t = map_get(v->tokens->cache, text);

	if (t)
		return token_is_alive(v, t) ? token_ref(t) : NULL;
	if (*text == '\0')
		return NULL;
	t = token_find(v, text);
	if (t && !token_is_alive(v, t)) {
		token_unref(t);
		return NULL;
	}
	if (t)
		token_cache_put(v, text, t);
	return t;
}

static struct token *
token_load_alive(struct vault *v, int statement, const char *key)
{
	struct token *t = token_load(v, statement, key);

	if (!t || token_is_alive(v, t))
		return t;
	token_unref(t);
	return NULL;
}

struct token *
token_by_accessor(struct vault *v, const char *accessor)
{
	return token_load_alive(v, TOKEN_GET_BY_ACCESSOR, accessor);
}

struct token *
token_by_lease(struct vault *v, const char *lease_id)
{
	return token_load_alive(v, TOKEN_GET_BY_LEASE, lease_id);
}

/* ---- making ---- */

static void
token_set_lease(struct vault *v, struct token *t)
{
	char *salted = token_format_salted_id(v->tokens->sign_key, t->id);

	t->issued_ns = t->created_ns;
	t->expires_ns = t->ttl_s > 0 ? t->created_ns + t->ttl_s * NSEC_PER_SEC
				     : 0;
	free(t->lease_id);
	t->lease_id = xasprintf("%s/%s", t->path, salted);
	free(salted);
}

static void
token_create_batch(struct vault *v, struct token *t)
{
	free(t->id);
	t->id = token_encrypt_batch(v, t);
	token_set_field(&t->client_token, t->id);
	t->renewable = false;
	t->issued_ns = t->created_ns;
	t->expires_ns = t->created_ns + t->ttl_s * NSEC_PER_SEC;
}

static bool
token_check_custom_id(struct vault *v, const char *id, struct error *e)
{
	struct token *other;

	if (starts_with(id, "hvs."))
		return error_set(
		    e, 400, "custom token ID cannot have the 'hvs.' prefix");
	if (starts_with(id, "s."))
		return error_set(
		    e, 400, "custom token ID cannot have the 's.' prefix");
	if (strchr(id, '.'))
		return error_set(
		    e, 400, "custom token ID cannot have a '.' in the value");
	other = token_load(v, TOKEN_GET, id);
	token_unref(other);
	return !other ||
	    error_set(e, 400, "cannot create a token with a duplicate ID");
}

static void
token_make_id(struct vault *v, struct token *t)
{
	char random[TOKEN_RANDOM_LEN + 1];

	random_base62(v->random, random, TOKEN_RANDOM_LEN);
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
token_create(
    struct vault *v, struct token *draft, bool has_lease, struct error *e)
{
	char accessor[TOKEN_RANDOM_LEN + 1];

	draft->created_ns = vault_now(v);
	draft->is_orphan = *draft->parent_id == '\0';
	if (draft->type == TOKEN_BATCH) {
		token_create_batch(v, draft);
		metric_add_token(v, draft);
		return true;
	}
	if (*draft->id == '\0')
		token_make_id(v, draft);
	else if (!token_check_custom_id(v, draft->id, e))
		return false;
	token_set_external(v, draft);
	random_base62(v->random, accessor, TOKEN_RANDOM_LEN);
	token_set_field(&draft->accessor, accessor);
	if (has_lease)
		token_set_lease(v, draft);
	token_insert_row(v, draft);
	expirer_schedule(v, &token_expirer, draft->expires_ns);
	metric_add_token(v, draft);
	return true;
}

/* ---- using and renewing ---- */

bool
token_consume_use(struct vault *v, struct token *t)
{
	if (t->num_uses == 0)
		return true;
	if (t->num_uses < 0 ||
	    STORE_EXEC(v->store, &token_store, TOKEN_CONSUME_USE, t->id) == 0)
		return false;
	t->num_uses = t->num_uses == 1 ? -1 : t->num_uses - 1;
	return true;
}

void
token_revoke_if_used_up(struct vault *v, struct token *t)
{
	if (t->num_uses < 0)
		token_revoke(v, t);
}

void
token_renew(struct vault *v, struct token *t, int64_t expires_ns)
{
	t->expires_ns = expires_ns;
	t->last_renewal_ns = vault_now(v);
	STORE_EXEC(v->store, &token_store, TOKEN_RENEW, t->expires_ns,
	    t->last_renewal_ns, t->id);
	token_cache_remove_id(v, t->id);
	expirer_schedule(v, &token_expirer, expires_ns);
}

void
token_set_limits(
    struct vault *v, struct token *t, int64_t uses, int64_t max_ttl_s)
{
	t->num_uses = uses;
	t->explicit_max_ttl_s = max_ttl_s;
	STORE_EXEC(v->store, &token_store, TOKEN_LIMIT, uses, max_ttl_s, t->id);
	token_cache_remove_id(v, t->id);
}

/* ---- the end ---- */

/* The first column of all rows, read before anything else is asked. */
static size_t
token_read_strings(struct query *q, char ***list)
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
token_free_strings(char **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

static void
token_revoke_one(struct vault *v, const char *id)
{
	const struct tokens *all = v->tokens;
	struct token *t = token_load(v, TOKEN_GET, id);

	if (!t)
		return;
	for (int i = 0; i < all->nhooks; i++)
		all->on_revoke[i](v, t);
	wrap_delete(v, id);
	lease_revoke_by_token(v, id);
	STORE_EXEC(v->store, &token_store, TOKEN_DELETE, id);
	token_cache_remove_id(v, id);
	expirer_notify(v, "token", t->accessor, 0);
	token_unref(t);
}

static void
token_revoke_tree(struct vault *v, const char *id)
{
	char **ids;
	size_t n = token_read_strings(
	    STORE_QUERY(v->store, &token_store, TOKEN_TREE, id), &ids);

	for (size_t i = 0; i < n; i++)
		token_revoke_one(v, ids[i]);
	token_free_strings(ids, n);
}

void
token_revoke(struct vault *v, struct token *t)
{
	if (t->type == TOKEN_SERVICE)
		token_revoke_tree(v, t->id);
}

void
token_revoke_orphan(struct vault *v, struct token *t)
{
	char **ids;
	size_t n = token_read_strings(
	    STORE_QUERY(v->store, &token_store, TOKEN_CHILDREN, t->id), &ids);

	STORE_EXEC(v->store, &token_store, TOKEN_ORPHAN, t->id);
	for (size_t i = 0; i < n; i++)
		token_cache_remove_id(v, ids[i]);
	token_free_strings(ids, n);
	token_revoke_one(v, t->id);
}

size_t
token_list_accessors(struct vault *v, char ***list)
{
	return token_read_strings(
	    STORE_QUERY(v->store, &token_store, TOKEN_ACCESSORS, vault_now(v)),
	    list);
}

size_t
token_list_lease_ids(struct vault *v, const char *prefix, char ***list)
{
	return token_read_strings(
	    STORE_QUERY(v->store, &token_store, TOKEN_LEASES, prefix), list);
}

static int64_t
token_next_expiry(struct vault *v)
{
	return query_single_int(
	    STORE_QUERY(v->store, &token_store, TOKEN_NEXT_EXPIRY));
}

static int
token_expire_due(struct vault *v, int64_t now_ns)
{
	char **ids;
	size_t n = token_read_strings(
	    STORE_QUERY(v->store, &token_store, TOKEN_EXPIRED, now_ns), &ids);

	for (size_t i = 0; i < n; i++)
		token_revoke_tree(v, ids[i]);
	token_free_strings(ids, n);
	return (int)n;
}

const struct expirer token_expirer = { "token", token_next_expiry,
	token_expire_due };

void
token_count_by(struct vault *v, enum token_count_key by,
    void (*fn)(const char *key, int64_t n, void *arg), void *arg)
{
	static const int which[] = { [TOKENS_BY_POLICY] = COUNT_BY_POLICY,
		[TOKENS_BY_MOUNT] = COUNT_BY_MOUNT,
		[TOKENS_BY_TTL] = COUNT_BY_TTL,
		[TOKENS_WITH_LEASE] = COUNT_WITH_LEASE };
	struct query *q = STORE_QUERY(v->store, &token_store, which[by]);

	while (query_row(q))
		fn(query_text(q, 0), query_int(q, 1), arg);
}
