/*
 * Tokens: rows in the store, a cache by the text that clients send, creation,
 * use, renewal and revocation. Who may make which token is not known here.
 */
#include "core/crypto/digest.h"
#include "core/token/token.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/map.h"
#include "base/text.h"
#include "core/token/batch_token.h"
#include "core/mount/metrics.h"
#include "core/mount/mount.h"
#include "core/expirer.h"
#include "core/token/token_format.h"

#define CACHE_MAX 16384
#define HOOKS_MAX 4
#define TOKEN_ISSUE_DELAY_NS 2501

typedef void (*token_revoke_fn)(struct vault *v, const struct token *t);

struct tokens {
	struct map *cache; /* text as sent -> a reference */
	token_revoke_fn on_revoke[HOOKS_MAX];
	int nhooks;
	struct digest_hmac *sign;
	uint8_t batch_key[TOKEN_KEY_LEN];
	bool has_ending; /* some tokens are ended step by step */
};

/* A token with more descendants ends in steps, in passes to come. */
#define TOKEN_TREE_MAX 64
#define TOKEN_TREE_SQL "LIMIT 65"

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
	TOKEN_SOME_ACCESSORS,
	TOKEN_SOME_OF_ALL_ACCESSORS,
	TOKEN_ALL_ACCESSORS,
	TOKEN_LEASES,
	TOKEN_LEASES_AFTER,
	TOKEN_LEASES_NEXT,
	TOKEN_FIRST_CHILDREN,
	TOKEN_CUT_OFF,
	TOKEN_NO_EXPIRY,
	ENDING_PUT,
	ENDING_HAS,
	ENDING_FIRST,
	ENDING_DELETE,
	COUNT_BY_POLICY,
	COUNT_BY_MOUNT,
	COUNT_BY_TTL,
	COUNT_WITH_LEASE,
	NSTATEMENTS,
};

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
	"created INTEGER NOT NULL, "  /* times: ns since 1970 */
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
	/* A role's limits are the role's alone. */
	"ALTER TABLE token DROP COLUMN role_period;"
	"ALTER TABLE token DROP COLUMN role_max_ttl;"
	"ALTER TABLE token ADD COLUMN granted_ttl INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE token ADD COLUMN forced_max_ttl "
	"INTEGER NOT NULL DEFAULT 0;"
	"UPDATE token SET granted_ttl = ttl;",
	/* Revoked, with all their descendants, though the rows are still
	 * there. */
	"CREATE TABLE token_ending (id TEXT PRIMARY KEY) WITHOUT ROWID;",
	NULL,
};

/* The same, for a new database. */
static const char schema[] =
    "CREATE TABLE token ("
    "id TEXT PRIMARY KEY, accessor TEXT NOT NULL UNIQUE, "
    "parent TEXT NOT NULL, policies TEXT NOT NULL, path TEXT NOT NULL, "
    "meta TEXT, display_name TEXT NOT NULL, role TEXT NOT NULL, "
    "entity_id TEXT NOT NULL, bound_cidrs TEXT, "
    "num_uses INTEGER NOT NULL, created INTEGER NOT NULL, "
    "ttl INTEGER NOT NULL, explicit_max_ttl INTEGER NOT NULL, "
    "period INTEGER NOT NULL, issued INTEGER NOT NULL, "
    "expires INTEGER NOT NULL, last_renewal INTEGER NOT NULL, "
    "mount_id INTEGER NOT NULL, internal TEXT, "
    "renewable INTEGER NOT NULL, lease_id TEXT NOT NULL, "
    "granted_ttl INTEGER NOT NULL DEFAULT 0, "
    "forced_max_ttl INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
    "CREATE INDEX token_parent ON token (parent) WHERE parent <> '';"
    "CREATE INDEX token_expires ON token (expires) WHERE expires > 0;"
    "CREATE INDEX token_lease ON token (lease_id) WHERE lease_id <> '';"
    "CREATE TABLE token_key ("
    "name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE token_ending (id TEXT PRIMARY KEY) WITHOUT ROWID;";

static const struct store_statement statements[NSTATEMENTS] = {
	[KEY_GET] = { "SELECT value FROM token_key WHERE name = ?", "s", NULL },
	[KEY_PUT] = { "INSERT INTO token_key (name, value) VALUES (?, ?)", "sb",
	    NULL },
	[TOKEN_INSERT] = { "INSERT INTO token ($columns) VALUES ($values)",
	    NULL, &token_row },
	[TOKEN_GET] = { "SELECT $columns FROM token WHERE id = ?", "s",
	    &token_row },
	[TOKEN_GET_BY_ACCESSOR] = { "SELECT $columns FROM token WHERE accessor = ?",
	    "s", &token_row },
	[TOKEN_GET_BY_LEASE] = { "SELECT $columns FROM token "
				 "WHERE lease_id = ? AND lease_id <> ''",
	    "s", &token_row },
	[TOKEN_CONSUME_USE] = { "UPDATE token SET num_uses = "
				"CASE num_uses WHEN 1 THEN -1 ELSE num_uses - 1 END "
				"WHERE id = ? AND num_uses > 0",
	    "s", NULL },
	[TOKEN_RENEW] = { "UPDATE token SET expires = ?, last_renewal = ?, "
			  "granted_ttl = ? WHERE id = ?",
	    "iiis", NULL },
	[TOKEN_LIMIT] = { "UPDATE token SET num_uses = ?, forced_max_ttl = ? "
			  "WHERE id = ?",
	    "iis", NULL },
	[TOKEN_DELETE] = { "DELETE FROM token WHERE id = ?", "s", NULL },
	/* Children before their parents; not all of a large tree. */
	/* A level of a tree; with more than these it ends step by step. */
	[TOKEN_TREE] = { "SELECT id FROM token WHERE parent = ? "
			 "AND parent <> '' ORDER BY id " TOKEN_TREE_SQL,
	    "s", NULL },
	[TOKEN_CHILDREN] = { "SELECT id FROM token WHERE parent = ? AND parent <> ''",
	    "s", NULL },
	[TOKEN_ORPHAN] = { "UPDATE token SET parent = '' WHERE parent = ? AND parent <> ''",
	    "s", NULL },
	[TOKEN_NEXT_EXPIRY] = { "SELECT min(expires) FROM token WHERE expires > 0",
	    "", NULL },
	[TOKEN_EXPIRED] = { "SELECT id FROM token WHERE expires > 0 "
			    "AND expires <= ? ORDER BY expires, id " EXPIRER_BATCH_SQL,
	    "i", NULL },
	[TOKEN_ACCESSORS] = { "SELECT accessor FROM token "
			      "WHERE (expires = 0 OR expires > ?) AND id NOT IN "
			      "(SELECT id FROM token_ending) ORDER BY accessor",
	    "i", NULL },
	[TOKEN_SOME_ACCESSORS] = { "SELECT accessor FROM token "
				   "WHERE accessor > ?1 AND "
				   "(expires = 0 OR expires > ?2) AND id NOT "
				   "IN (SELECT id FROM token_ending) "
				   "ORDER BY accessor LIMIT ?3",
	    "sii", NULL },
	[TOKEN_SOME_OF_ALL_ACCESSORS] = { "SELECT accessor FROM token "
					  "WHERE accessor > ? "
					  "ORDER BY accessor LIMIT ?",
	    "si", NULL },
	/* The same when none has ended: the index alone. */
	[TOKEN_ALL_ACCESSORS] = { "SELECT accessor FROM token ORDER BY accessor",
	    "", NULL },
	[TOKEN_LEASES] = { "SELECT lease_id FROM token WHERE lease_id <> '' "
			   "AND lease_id >= ?1 AND lease_id < ?1 || char(1114111) "
			   "ORDER BY lease_id",
	    "s", NULL },
	[TOKEN_LEASES_AFTER] = { "SELECT lease_id FROM token "
				 "WHERE lease_id <> '' AND lease_id > ? "
				 "ORDER BY lease_id",
	    "s", NULL },
	[TOKEN_LEASES_NEXT] = { "SELECT lease_id FROM token "
				"WHERE lease_id <> '' AND lease_id >= ?2 "
				"AND lease_id < ?1 || char(1114111) "
				"ORDER BY lease_id LIMIT ?3",
	    "ssi", NULL },
	[TOKEN_FIRST_CHILDREN] = { "SELECT id FROM token WHERE parent = ? "
				   "AND parent <> '' " EXPIRER_BATCH_SQL,
	    "s", NULL },
	[TOKEN_CUT_OFF] = { "UPDATE token SET parent = '' WHERE id = ?", "s",
	    NULL },
	[TOKEN_NO_EXPIRY] = { "UPDATE token SET expires = 0 WHERE id = ?", "s",
	    NULL },
	[ENDING_PUT] = { "INSERT OR IGNORE INTO token_ending (id) VALUES (?)",
	    "s", NULL },
	[ENDING_HAS] = { "SELECT 1 FROM token_ending WHERE id = ?", "s", NULL },
	[ENDING_FIRST] = { "SELECT id FROM token_ending LIMIT 1", "", NULL },
	[ENDING_DELETE] = { "DELETE FROM token_ending WHERE id = ?", "s",
	    NULL },
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
	NSTATEMENTS, schema };

/* ---- the instance ---- */

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
	uint8_t sign_key[TOKEN_KEY_LEN] = { 0 };

	token_load_key(v, "sign", sign_key);
	digest_hmac_free(t->sign);
	t->sign = digest_hmac_new(sign_key, sizeof(sign_key));
	OPENSSL_cleanse(sign_key, sizeof(sign_key));
	token_load_key(v, "seal", t->batch_key);
}

struct tokens *
tokens_new(struct vault *v)
{
	struct tokens *t = xcalloc(1, sizeof(*t));

	t->cache = map_new();
	t->has_ending = true; /* until somebody looks */
	token_load_keys(v, t);
	return t;
}

void
tokens_free(struct tokens *t)
{
	if (!t)
		return;
	map_free(t->cache, token_cache_unref);
	digest_hmac_free(t->sign);
	OPENSSL_cleanse(t->batch_key, sizeof(t->batch_key));
	free(t);
}

void
tokens_invalidate(struct vault *v)
{
	map_clear(v->tokens->cache, token_cache_unref);
	v->tokens->has_ending = true;
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
token_cache_remove(struct vault *v, const char *text)
{
	token_unref(map_take(v->tokens->cache, text));
}

static void
token_set_external(struct vault *v, struct token *t)
{
	bool is_signed = token_format_is_generated_id(t->id) &&
	    !token_is_root(t);

	token_take_field(&t->client_token,
	    is_signed ? token_format_sign(v->tokens->sign, t->id)
		      : xstrdup(t->id));
}

/* Takes both texts of a token out of the cache, by its id. */
static void
token_cache_remove_id(struct vault *v, const char *id)
{
	char *external = token_format_sign(v->tokens->sign, id);

	token_cache_remove(v, external);
	token_cache_remove(v, id);
	free(external);
}

/* ---- rows ---- */

static struct token *
token_read_row(struct vault *v, struct query *q)
{
	struct token *t = xcalloc(1, sizeof(*t));

	t->refs = 1;
	query_read_row(q, &token_row, NULL, t);
	strs_array(&t->policies);
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

/* A batch token does not say which mount made it; its path does. */
static struct token *
token_open_batch(struct vault *v, const char *text, struct error *e)
{
	struct token *t = batch_token_decode(v->tokens->batch_key, text, e);
	const struct mount *m = t ? mount_for_path(v, t->path) : NULL;

	if (m)
		t->mount_id = m->id;
	return t;
}

static struct token *
token_find(struct vault *v, const char *text, struct error *e)
{
	switch (token_format_of(text)) {
	case TOKEN_FORMAT_SIGNED:
		return token_open_signed(v, text);
	case TOKEN_FORMAT_BATCH:
		return token_open_batch(v, text, e);
	case TOKEN_FORMAT_PLAIN:
		return token_load(v, TOKEN_GET, text);
	}
	return NULL;
}

static bool
token_is_ending(struct vault *v, const char *id)
{
	return query_single_int(
		   STORE_QUERY(v->store, &token_store, ENDING_HAS, id)) != 0;
}

static bool
token_has_expired(struct vault *v, const struct token *t)
{
	return t->expires_ns && t->expires_ns <= vault_now(v);
}

/* Has it ended already, or one above it, whose revocation only has not come to
 * it yet? */
static bool
token_is_revoked_with_tree(struct vault *v, const struct token *t)
{
	bool revoked = token_is_ending(v, t->id);
	char *id = xstrdup(t->parent_id);

	while (!revoked && *id) {
		struct token *above = token_load(v, TOKEN_GET, id);

		revoked = !above || token_has_expired(v, above) ||
		    token_is_ending(v, id);
		free(id);
		id = xstrdup(above ? above->parent_id : "");
		token_unref(above);
	}
	free(id);
	return revoked;
}

/* Vault: a batch token does not outlive its parent, though nothing revokes
 * it. */
static bool
token_is_alive(struct vault *v, const struct token *t)
{
	struct token *parent;

	if (token_has_expired(v, t))
		return false;
	if (t->type == TOKEN_SERVICE)
		return (!v->tokens->has_ending &&
			   (t->is_orphan || !clock_is_behind(v->clock))) ||
		    !token_is_revoked_with_tree(v, t);
	if (t->is_orphan)
		return true;
	parent = token_lookup(v, t->parent_id);
	token_unref(parent);
	return parent != NULL;
}

struct token *
token_lookup(struct vault *v, const char *text)
{
	struct error unread = { 0 };

	return token_lookup_or_error(v, text, &unread);
}

struct token *
token_lookup_or_error(struct vault *v, const char *text, struct error *e)
{
	struct token *t = map_get(v->tokens->cache, text);

	if (t)
		return token_is_alive(v, t) ? token_ref(t) : NULL;
	if (*text == '\0')
		return NULL;
	t = token_find(v, text, e);
	if (t && !token_is_alive(v, t)) {
		token_unref(t);
		return NULL;
	}
	if (t) {
		struct map *m = v->tokens->cache;

		if (map_count(m) >= CACHE_MAX)
			map_clear(m, token_cache_unref);
		token_unref(map_put(m, text, token_ref(t)));
	}
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

bool
token_is_signature_valid(struct vault *v, const char *text)
{
	char *id = token_format_inner_id(text);
	char *again = id ? token_format_sign(v->tokens->sign, id) : NULL;
	size_t n = strlen(text);
	bool valid = again && strlen(again) == n &&
	    CRYPTO_memcmp(again, text, n) == 0;

	free(id);
	free(again);
	return valid;
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
	char *salted = token_format_salted_id(v->tokens->sign, t->id);

	/* Vault 1.19: the end is computed a moment before the issue time is
	 * taken, so a lease of a minute lasts a little less. */
	t->issued_ns = t->created_ns + TOKEN_ISSUE_DELAY_NS;
	t->expires_ns = t->ttl_s > 0 ? time_after_s(t->created_ns, t->ttl_s)
				     : 0;
	token_take_field(&t->lease_id, xasprintf("%s/%s", t->path, salted));
	free(salted);
}

static void
token_create_batch(struct vault *v, struct token *t)
{
	t->created_ns -= t->created_ns % NSEC_PER_SEC;
	token_take_field(
	    &t->id, batch_token_encode(v->random, v->tokens->batch_key, t));
	token_set_field(&t->client_token, t->id);
	t->renewable = false;
	t->issued_ns = t->created_ns;
	t->expires_ns = time_after_s(t->created_ns, t->ttl_s);
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

bool
token_create(
    struct vault *v, struct token *draft, bool has_lease, struct error *e)
{
	char accessor[TOKEN_RANDOM_LEN + 1];

	draft->created_ns = vault_now(v);
	draft->granted_s = draft->ttl_s;
	draft->is_orphan = *draft->parent_id == '\0';
	if (draft->type == TOKEN_BATCH) {
		token_create_batch(v, draft);
		metric_add_token(v, draft);
		return true;
	}
	if (*draft->id == '\0') {
		char id[4 + TOKEN_RANDOM_LEN + 1] = "hvs.";

		random_base62(v->random, id + 4, TOKEN_RANDOM_LEN);
		token_set_field(&draft->id, id);
	} else if (!token_check_custom_id(v, draft->id, e))
		return false;
	token_set_external(v, draft);
	random_base62(v->random, accessor, TOKEN_RANDOM_LEN);
	token_set_field(&draft->accessor, accessor);
	if (has_lease)
		token_set_lease(v, draft);
	store_put_row(v->store, &token_store, TOKEN_INSERT, draft);
	expirer_schedule(v, &token_expirer, draft->expires_ns);
	metric_add_token(v, draft);
	return true;
}

/* Vault 1.19: a root token is short, hangs on auth/token/root and has no
 * lease. */
bool
token_create_root(struct vault *v, char root_token[64], struct error *e)
{
	struct token *t = token_draft();
	bool ok;

	token_set_field(&t->path, "auth/token/root");
	token_set_field(&t->display_name, "root");
	token_set_one_policy(t, "root");
	t->is_orphan = true;
	ok = token_create(v, t, false, e);
	if (ok)
		snprintf(root_token, 64, "%s", t->id);
	token_unref(t);
	return ok;
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
token_renew(struct vault *v, struct token *t, int64_t granted_s)
{
	t->last_renewal_ns = vault_now(v);
	t->granted_s = granted_s;
	t->expires_ns = time_after_s(t->last_renewal_ns, granted_s);
	STORE_EXEC(v->store, &token_store, TOKEN_RENEW, t->expires_ns,
	    t->last_renewal_ns, t->granted_s, t->id);
	token_cache_remove_id(v, t->id);
	expirer_schedule(v, &token_expirer, t->expires_ns);
}

void
token_set_limits(
    struct vault *v, struct token *t, int64_t uses, int64_t max_ttl_s)
{
	t->num_uses = uses;
	t->forced_max_ttl_s = max_ttl_s;
	STORE_EXEC(v->store, &token_store, TOKEN_LIMIT, uses, max_ttl_s, t->id);
	token_cache_remove_id(v, t->id);
}

/* ---- the end ---- */

static void
token_revoke_one(struct vault *v, const char *id)
{
	const struct tokens *all = v->tokens;
	struct token *t = token_load(v, TOKEN_GET, id);

	if (!t)
		return;
	for (int i = 0; i < all->nhooks; i++)
		all->on_revoke[i](v, t);
	STORE_EXEC(v->store, &token_store, TOKEN_DELETE, id);
	token_cache_remove_id(v, id);
	expirer_notify(v, "token", t->accessor, 0);
	token_unref(t);
}

/* From now on it counts as revoked, with all below it. */
static void
token_put_ending(struct vault *v, const char *id)
{
	STORE_EXEC(v->store, &token_store, ENDING_PUT, id);
	STORE_EXEC(v->store, &token_store, TOKEN_NO_EXPIRY, id);
	v->tokens->has_ending = true;
	expirer_schedule(v, &token_expirer, vault_now(v));
}

/* Adds the level below the tokens from i on, sorted; where it begins. */
static size_t
token_add_level(struct vault *v, struct strs *ids, size_t i)
{
	size_t end = ids->n;
	struct strs below = { 0 };

	for (; i < end && end + below.n <= TOKEN_TREE_MAX; i++)
		query_strs(STORE_QUERY(v->store, &token_store, TOKEN_TREE,
			       ids->items[i]),
		    &below);
	strs_sort(&below);
	for (i = 0; i < below.n; i++)
		strs_add(ids, below.items[i]);
	strs_release(&below);
	return end;
}

/* The lowest level first, each by its ids, which are all read before anything
 * is done about them. */
static void
token_revoke_tree(struct vault *v, const char *id)
{
	size_t starts[TOKEN_TREE_MAX + 2] = { 0 }, levels = 0;
	struct strs ids = { 0 };

	strs_add(&ids, id);
	do {
		levels++;
		starts[levels] = token_add_level(v, &ids, starts[levels - 1]);
	} while (starts[levels] < ids.n && ids.n <= TOKEN_TREE_MAX);
	if (ids.n > TOKEN_TREE_MAX)
		token_put_ending(v, id);
	else
		for (; levels > 0; levels--)
			for (size_t i = starts[levels - 1]; i < starts[levels];
			     i++)
				token_revoke_one(v, ids.items[i]);
	strs_release(&ids);
}

/* One step: its next children are cut off and end by themselves, then it has
 * none. */
static void
token_end_step(struct vault *v, const char *id)
{
	struct strs ids = { 0 };

	query_strs(
	    STORE_QUERY(v->store, &token_store, TOKEN_FIRST_CHILDREN, id),
	    &ids);
	for (size_t i = 0; i < ids.n; i++) {
		token_put_ending(v, ids.items[i]);
		STORE_EXEC(v->store, &token_store, TOKEN_CUT_OFF, ids.items[i]);
	}
	if (ids.n == 0) {
		token_revoke_one(v, id);
		STORE_EXEC(v->store, &token_store, ENDING_DELETE, id);
	}
	strs_release(&ids);
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
	struct strs ids = { 0 };

	query_strs(
	    STORE_QUERY(v->store, &token_store, TOKEN_CHILDREN, t->id), &ids);
	STORE_EXEC(v->store, &token_store, TOKEN_ORPHAN, t->id);
	for (size_t i = 0; i < ids.n; i++)
		token_cache_remove_id(v, ids.items[i]);
	strs_release(&ids);
	token_revoke_one(v, t->id);
}

void
token_list_accessors(struct vault *v, struct strs *out)
{
	int64_t due_ns = token_expirer.next_due(v);

	query_strs(due_ns && due_ns <= vault_now(v)
		? STORE_QUERY(
		      v->store, &token_store, TOKEN_ACCESSORS, vault_now(v))
		: STORE_QUERY(v->store, &token_store, TOKEN_ALL_ACCESSORS),
	    out);
}

void
token_list_some_accessors(
    struct vault *v, const char *after, int64_t n, struct strs *out)
{
	int64_t due_ns = token_expirer.next_due(v);

	query_strs(due_ns && due_ns <= vault_now(v)
		? STORE_QUERY(v->store, &token_store, TOKEN_SOME_ACCESSORS,
		      after, vault_now(v), n)
		: STORE_QUERY(v->store, &token_store,
		      TOKEN_SOME_OF_ALL_ACCESSORS, after, n),
	    out);
}

void
token_list_lease_ids(struct vault *v, const char *prefix, struct strs *out)
{
	query_strs(
	    STORE_QUERY(v->store, &token_store, TOKEN_LEASES, prefix), out);
}

struct query *
token_query_lease_ids(struct vault *v, const char *after)
{
	return STORE_QUERY(v->store, &token_store, TOKEN_LEASES_AFTER, after);
}

void
token_list_some_lease_ids(struct vault *v, const char *prefix, const char *from,
    int n, struct strs *out)
{
	query_strs(STORE_QUERY(v->store, &token_store, TOKEN_LEASES_NEXT,
		       prefix, from, (int64_t)n),
	    out);
}

/* The next one that ends step by step; "" when there is none. */
static char *
token_next_ending(struct vault *v)
{
	struct query *q = STORE_QUERY(v->store, &token_store, ENDING_FIRST);
	char *id = xstrdup(query_row(q) ? query_text(q, 0) : "");

	query_done(q);
	if (!*id && !store_has_failed(v->store))
		v->tokens->has_ending = false;
	return id;
}

static int64_t
token_next_expiry(struct vault *v)
{
	char *ending = v->tokens->has_ending ? token_next_ending(v) : NULL;
	bool has_ending = ending && *ending;

	free(ending);
	if (has_ending)
		return vault_now(v);
	return query_single_int(
	    STORE_QUERY(v->store, &token_store, TOKEN_NEXT_EXPIRY));
}

/* Some of those that have expired; returns how many it found. */
static int
token_expire_batch(struct vault *v, int64_t now_ns)
{
	struct strs ids = { 0 };
	size_t i = 0;

	query_strs(
	    STORE_QUERY(v->store, &token_store, TOKEN_EXPIRED, now_ns), &ids);
	while (i < ids.n && (i == 0 || expirer_has_time(v)))
		token_revoke_tree(v, ids.items[i++]);
	strs_release(&ids);
	return (int)i;
}

/* Those that end step by step first: an expired one may be among them. */
static int
token_expire_due(struct vault *v, int64_t now_ns)
{
	int n = 0, ended = 1;

	while (v->tokens->has_ending && (n == 0 || expirer_has_time(v))) {
		char *id = token_next_ending(v);

		if (*id)
			token_end_step(v, id);
		free(id);
		n++;
	}
	while (ended > 0 && (n == 0 || expirer_has_time(v))) {
		ended = token_expire_batch(v, now_ns);
		n += ended;
	}
	return n;
}

const struct expirer token_expirer = { "token", token_next_expiry,
	token_expire_due, false };

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
