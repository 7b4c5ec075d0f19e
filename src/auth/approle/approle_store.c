/*
 * The two tables of AppRole.
 */
#include "auth/approle/approle_store.h"

#include <string.h>

#include "base/json/jsontext.h"
#include "base/json/jsontree.h"
#include "core/mount/object_cache.h"
#include "core/mount/unmount.h"

enum {
	ROLE_GET,
	ROLE_BY_ID,
	ROLE_PUT,
	ROLE_DELETE,
	ROLE_NAMES,
	ROLE_DROP,
	SECRET_GET,
	SECRET_BY_ACCESSOR,
	SECRET_PUT,
	SECRET_DELETE,
	SECRET_DELETE_ROLE,
	SECRET_ACCESSORS,
	SECRET_DROP,
	SECRET_DUE,
	SECRET_ENDED,
	STATEMENTS,
};

static const char *const migrations[] = {
	"CREATE TABLE approle ("
	"mount INTEGER NOT NULL, "
	"name TEXT NOT NULL, "
	"role_id TEXT NOT NULL, "
	"role TEXT NOT NULL, " /* JSON */
	"PRIMARY KEY (mount, name)) WITHOUT ROWID;"
	"CREATE INDEX approle_id ON approle (mount, role_id);"
	"CREATE TABLE approle_secret ("
	"mount INTEGER NOT NULL, "
	"role TEXT NOT NULL, "
	"secret_id TEXT NOT NULL, "
	"accessor TEXT NOT NULL, "
	"num_uses INTEGER NOT NULL, " /* left; 0: no limit */
	"ttl INTEGER NOT NULL, "      /* seconds */
	"created INTEGER NOT NULL, "  /* ns since 1970, as the next two */
	"updated INTEGER NOT NULL, "
	"expires INTEGER NOT NULL, " /* 0: never */
	"rest TEXT NOT NULL, "	     /* JSON: metadata and CIDRs */
	"PRIMARY KEY (mount, role, secret_id)) WITHOUT ROWID;"
	"CREATE INDEX approle_secret_accessor ON approle_secret "
	"(mount, role, accessor);"
	"CREATE INDEX approle_secret_expires ON approle_secret (expires) "
	"WHERE expires > 0;",
	/* Vault 1.19: accessors are the mount's, not the role's. */
	"DROP INDEX approle_secret_accessor;"
	"CREATE INDEX approle_secret_accessor ON approle_secret "
	"(mount, accessor);",
	NULL,
};

#define SECRET_COLUMNS                                                    \
	"secret_id, accessor, num_uses, ttl, created, updated, expires, " \
	"rest, role"

static const struct store_statement statements[STATEMENTS] = {
	[ROLE_GET] = { "SELECT name, role_id, role FROM approle WHERE mount = "
		       "? "
		       "AND name = ?",
	    "is", NULL },
	[ROLE_BY_ID] = { "SELECT name, role_id, role FROM approle WHERE "
			 "mount = ? AND role_id = ?",
	    "is", NULL },
	[ROLE_PUT] = { "INSERT OR REPLACE INTO approle (mount, name, role_id, "
		       "role) VALUES (?, ?, ?, ?)",
	    "isst", NULL },
	[ROLE_DELETE] = { "DELETE FROM approle WHERE mount = ? AND name = ?",
	    "is", NULL },
	[ROLE_NAMES] = { "SELECT name FROM approle WHERE mount = ? "
			 "ORDER BY name",
	    "i", NULL },
	[ROLE_DROP] = { "DELETE FROM approle WHERE mount = ?1 AND name IN "
			"(SELECT name FROM approle WHERE mount = ?1 "
			"ORDER BY name " UNMOUNT_STEP_SQL ")",
	    "i", NULL },
	[SECRET_GET] = { "SELECT " SECRET_COLUMNS " FROM approle_secret WHERE "
			 "mount = ? AND role = ? AND secret_id = ?",
	    "iss", NULL },
	[SECRET_BY_ACCESSOR] = { "SELECT " SECRET_COLUMNS
				 " FROM approle_secret "
				 "WHERE mount = ? AND accessor = ?",
	    "is", NULL },
	[SECRET_PUT] = { "INSERT OR REPLACE INTO approle_secret (mount, role, "
			 "secret_id, accessor, num_uses, ttl, created, "
			 "updated, expires, rest) VALUES "
			 "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    "isssiiiiit", NULL },
	[SECRET_DELETE] = { "DELETE FROM approle_secret WHERE mount = ? AND "
			    "role = ? AND secret_id = ?",
	    "iss", NULL },
	[SECRET_DELETE_ROLE] = { "DELETE FROM approle_secret WHERE mount = ? "
				 "AND role = ?",
	    "is", NULL },
	[SECRET_ACCESSORS] = { "SELECT accessor FROM approle_secret WHERE "
			       "mount = ? AND role = ? AND "
			       "(expires = 0 OR expires > ?) ORDER BY accessor",
	    "isi", NULL },
	[SECRET_DROP] = { "DELETE FROM approle_secret WHERE (mount, role, "
			  "secret_id) IN (SELECT mount, role, secret_id FROM "
			  "approle_secret WHERE mount = ? ORDER BY role, "
			  "secret_id " UNMOUNT_STEP_SQL ")",
	    "i", NULL },
	[SECRET_DUE] = { "SELECT expires FROM approle_secret WHERE expires > 0 "
			 "ORDER BY expires LIMIT 1",
	    "", NULL },
	[SECRET_ENDED] = { "SELECT accessor, mount, role, secret_id "
			   "FROM approle_secret WHERE expires > 0 AND "
			   "expires <= ? ORDER BY expires, mount, role, "
			   "secret_id LIMIT 1",
	    "i", NULL },
};

const struct store_part approle_store = { "approle", migrations, statements,
	STATEMENTS, NULL };

static int64_t
approle_json_int(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static bool
approle_json_bool(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

/* NULL for JSON null. */
static char **
approle_json_strings(struct arena *a, const json_t *object, const char *key)
{
	const json_t *array = json_object_get(object, key);

	return json_is_array(array) ? jsontree_to_strings(a, array) : NULL;
}

static json_t *
approle_json_list(char *const *strings)
{
	return strings ? jsontree_strings(strings) : json_null();
}

/* ---- roles ---- */

static struct approle *
approle_role_from_row(struct query *q, struct arena *a)
{
	struct approle *r;
	json_t *doc;

	if (!query_row(q))
		return NULL;
	r = arena_zalloc(a, sizeof(*r));
	doc = jsontext_to_tree(query_slice(q, 2));
	r->name = arena_strdup(a, query_text(q, 0));
	r->role_id = arena_strdup(a, query_text(q, 1));
	r->bind_secret_id = approle_json_bool(doc, "bind_secret_id");
	r->local_secret_ids = approle_json_bool(doc, "local_secret_ids");
	r->secret_id_bound_cidrs = approle_json_strings(
	    a, doc, "secret_id_bound_cidrs");
	r->secret_id_num_uses = approle_json_int(doc, "secret_id_num_uses");
	r->secret_id_ttl_s = approle_json_int(doc, "secret_id_ttl");
	token_params_unpack(a, doc, &r->token);
	json_decref(doc);
	query_done(q);
	return r;
}

struct approle *
approle_load(
    struct vault *v, struct arena *a, const struct mount *m, const char *name)
{
	return approle_role_from_row(
	    STORE_QUERY(v->store, &approle_store, ROLE_GET, m->id, name), a);
}

/* A role that logins ask for, in the object cache by its role id. */
struct approle_cached {
	struct arena *arena;
	const struct approle *role;
};

static void
approle_cached_free(void *cached)
{
	arena_free(((struct approle_cached *)cached)->arena);
}

const struct approle *
approle_by_id(struct vault *v, const struct mount *m, const char *role_id)
{
	struct approle_cached *known = object_cache_get(v, m->id, role_id);
	struct arena *a;
	const struct approle *role;

	if (known)
		return known->role;
	a = arena_new();
	role = approle_role_from_row(
	    STORE_QUERY(v->store, &approle_store, ROLE_BY_ID, m->id, role_id),
	    a);
	if (!role) {
		arena_free(a);
		return NULL;
	}
	known = arena_alloc(a, sizeof(*known));
	*known = (struct approle_cached){ a, role };
	object_cache_put(v, m->id, role_id, known, approle_cached_free);
	return role;
}

void
approle_save(struct vault *v, const struct mount *m, const struct approle *r)
{
	json_t *doc = json_pack("{s:b, s:b, s:o, s:I, s:I}", "bind_secret_id",
	    (int)r->bind_secret_id, "local_secret_ids",
	    (int)r->local_secret_ids, "secret_id_bound_cidrs",
	    approle_json_list(r->secret_id_bound_cidrs), "secret_id_num_uses",
	    (json_int_t)r->secret_id_num_uses, "secret_id_ttl",
	    (json_int_t)r->secret_id_ttl_s);
	struct buf text;

	token_params_show(doc, &r->token);
	buf_init(&text, 0);
	jsontext_put(&text, doc);
	STORE_EXEC(v->store, &approle_store, ROLE_PUT, m->id, r->name,
	    r->role_id, text);
	object_cache_remove_mount(v, m->id);
	buf_release(&text);
	json_decref(doc);
}

void
approle_remove(struct vault *v, const struct mount *m, const char *name)
{
	STORE_EXEC(v->store, &approle_store, SECRET_DELETE_ROLE, m->id, name);
	STORE_EXEC(v->store, &approle_store, ROLE_DELETE, m->id, name);
	object_cache_remove_mount(v, m->id);
}

void
approle_role_names(struct vault *v, const struct mount *m, struct strs *names)
{
	query_strs(
	    STORE_QUERY(v->store, &approle_store, ROLE_NAMES, m->id), names);
}

bool
approle_on_unmount(struct vault *v, struct mount *m)
{
	int roles = STORE_EXEC(v->store, &approle_store, ROLE_DROP, m->id);
	int ids = STORE_EXEC(v->store, &approle_store, SECRET_DROP, m->id);

	object_cache_remove_mount(v, m->id);
	return roles == UNMOUNT_STEP || ids == UNMOUNT_STEP;
}

/* ---- secret ids ---- */

/* The rest of most secret ids, which have neither metadata nor CIDRs. */
#define SECRET_NO_REST \
	"{\"cidr_list\":null,\"metadata\":{},\"token_bound_cidrs\":null}"

static void
approle_secret_read_rest(
    struct slice text, struct arena *a, struct approle_secret *s)
{
	json_t *rest;

	if (slice_is(text, SECRET_NO_REST)) {
		s->metadata = json_object();
		s->cidr_list = s->token_bound_cidrs = NULL;
		return;
	}
	rest = jsontext_to_tree(text);
	s->metadata = json_incref(json_object_get(rest, "metadata"));
	s->cidr_list = approle_json_strings(a, rest, "cidr_list");
	s->token_bound_cidrs = approle_json_strings(
	    a, rest, "token_bound_cidrs");
	json_decref(rest);
}

static bool
approle_secret_from_row(
    struct query *q, struct arena *a, struct approle_secret *s)
{

	if (!query_row(q))
		return false;
	s->secret_id = arena_strdup(a, query_text(q, 0));
	s->accessor = arena_strdup(a, query_text(q, 1));
	s->num_uses = query_int(q, 2);
	s->ttl_s = query_int(q, 3);
	s->created_ns = query_int(q, 4);
	s->updated_ns = query_int(q, 5);
	s->expires_ns = query_int(q, 6);
	s->role = arena_strdup(a, query_text(q, 8));
	approle_secret_read_rest(query_slice(q, 7), a, s);
	query_done(q);
	return true;
}

bool
approle_secret_load(struct vault *v, struct arena *a, const struct mount *m,
    const char *role, const char *secret_id, struct approle_secret *out)
{
	return approle_secret_from_row(STORE_QUERY(v->store, &approle_store,
					   SECRET_GET, m->id, role, secret_id),
	    a, out);
}

bool
approle_secret_by_accessor(struct vault *v, struct arena *a,
    const struct mount *m, const char *accessor, struct approle_secret *out)
{
	return approle_secret_from_row(STORE_QUERY(v->store, &approle_store,
					   SECRET_BY_ACCESSOR, m->id, accessor),
	    a, out);
}

void
approle_secret_release(struct approle_secret *s)
{
	json_decref(s->metadata);
	s->metadata = NULL;
}

void
approle_secret_save(struct vault *v, const struct mount *m, const char *role,
    const struct approle_secret *s)
{
	json_t *rest = json_pack("{s:O, s:o, s:o}", "metadata", s->metadata,
	    "cidr_list", approle_json_list(s->cidr_list), "token_bound_cidrs",
	    approle_json_list(s->token_bound_cidrs));
	struct buf text;

	buf_init(&text, 0);
	jsontext_put(&text, rest);
	STORE_EXEC(v->store, &approle_store, SECRET_PUT, m->id, role,
	    s->secret_id, s->accessor, s->num_uses, s->ttl_s, s->created_ns,
	    s->updated_ns, s->expires_ns, text);
	buf_release(&text);
	json_decref(rest);
	if (s->expires_ns)
		expirer_schedule(v, &approle_secret_expirer, s->expires_ns);
}

void
approle_secret_remove(struct vault *v, const struct mount *m, const char *role,
    const char *secret_id)
{
	STORE_EXEC(
	    v->store, &approle_store, SECRET_DELETE, m->id, role, secret_id);
}

void
approle_secret_accessors(struct vault *v, const struct mount *m,
    const char *role, struct strs *accessors)
{
	query_strs(STORE_QUERY(v->store, &approle_store, SECRET_ACCESSORS,
		       m->id, role, vault_now(v)),
	    accessors);
}

/* Vault's tidy runs each minute and removes what has ended; here it is removed
 * when it ends. */
static int64_t
approle_secret_next_expiry(struct vault *v)
{
	return query_single_int(
	    STORE_QUERY(v->store, &approle_store, SECRET_DUE));
}

/* Ends the one that is due first. */
static bool
approle_secret_expire_one(struct vault *v, int64_t now_ns)
{
	struct query *q = STORE_QUERY(
	    v->store, &approle_store, SECRET_ENDED, now_ns);
	char *role, *secret_id;
	int64_t mount;

	if (!query_row(q))
		return false;
	expirer_notify(v, "secret-id", query_text(q, 0), 0);
	mount = query_int(q, 1);
	role = xstrdup(query_text(q, 2));
	secret_id = xstrdup(query_text(q, 3));
	query_done(q);
	STORE_EXEC(
	    v->store, &approle_store, SECRET_DELETE, mount, role, secret_id);
	free(role);
	free(secret_id);
	return true;
}

static int
approle_secret_expire(struct vault *v, int64_t now_ns)
{
	int n = 0;

	while ((n == 0 || expirer_has_time(v)) &&
	    approle_secret_expire_one(v, now_ns))
		n++;
	return n;
}

const struct expirer approle_secret_expirer = { "secret-id",
	approle_secret_next_expiry, approle_secret_expire, false };
