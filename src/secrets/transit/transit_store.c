/*
 * Transit's tables and the keys parsed from them. Knows no cryptography:
 * material is bytes.
 */
#include "secrets/transit/transit_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "core/expirer_key.h"
#include "core/mount/object_cache.h"
#include "core/mount/unmount.h"
#include "core/seal/seal.h"

enum {
	KEY_GET,
	KEY_PUT,
	KEY_DELETE,
	NAMES,
	VERSIONS,
	VERSION_PUT,
	VERSIONS_DELETE,
	DROP_KEYS,
	DROP_VERSIONS,
	DROP_CONFIG,
	CONFIG_GET,
	CONFIG_PUT,
	DUE_FIRST,
	DUE,
	STATEMENTS,
};

static const char *const migrations[] = {
	"CREATE TABLE transit_key (mount INTEGER NOT NULL,"
	"name TEXT NOT NULL, type TEXT NOT NULL, derived INTEGER NOT NULL,"
	"convergent INTEGER NOT NULL, exportable INTEGER NOT NULL,"
	"deletion_allowed INTEGER NOT NULL,"
	"plaintext_backup INTEGER NOT NULL, imported INTEGER NOT NULL,"
	"import_rotation INTEGER NOT NULL, kdf INTEGER NOT NULL,"
	"convergent_version INTEGER NOT NULL, size INTEGER NOT NULL,"
	"latest INTEGER NOT NULL, min_decryption INTEGER NOT NULL,"
	"min_encryption INTEGER NOT NULL, min_available INTEGER NOT NULL,"
	"rotate_period INTEGER NOT NULL,"
	"rotate_at INTEGER," /* NULL: never by itself */
	"backed_up INTEGER NOT NULL, backup_version INTEGER NOT NULL,"
	"restored INTEGER NOT NULL, restored_version INTEGER NOT NULL,"
	"PRIMARY KEY (mount, name)) WITHOUT ROWID;"
	"CREATE INDEX transit_key_due ON transit_key (rotate_at) "
	"WHERE rotate_at IS NOT NULL;"
	"CREATE TABLE transit_version (mount INTEGER NOT NULL,"
	"name TEXT NOT NULL, version INTEGER NOT NULL,"
	"created INTEGER NOT NULL, convergent INTEGER NOT NULL,"
	"material BLOB, public BLOB, hmac BLOB,"
	"PRIMARY KEY (mount, name, version)) WITHOUT ROWID;"
	"CREATE TABLE transit_config (mount INTEGER PRIMARY KEY,"
	"cache_size INTEGER NOT NULL, disable_upsert INTEGER NOT NULL);",
	"ALTER TABLE transit_version ADD COLUMN chain BLOB;",
	NULL,
};

/* The same, for a new database. */
static const char schema[] =
    "CREATE TABLE transit_key (mount INTEGER NOT NULL,"
    "name TEXT NOT NULL, type TEXT NOT NULL, derived INTEGER NOT NULL,"
    "convergent INTEGER NOT NULL, exportable INTEGER NOT NULL,"
    "deletion_allowed INTEGER NOT NULL,"
    "plaintext_backup INTEGER NOT NULL, imported INTEGER NOT NULL,"
    "import_rotation INTEGER NOT NULL, kdf INTEGER NOT NULL,"
    "convergent_version INTEGER NOT NULL, size INTEGER NOT NULL,"
    "latest INTEGER NOT NULL, min_decryption INTEGER NOT NULL,"
    "min_encryption INTEGER NOT NULL, min_available INTEGER NOT NULL,"
    "rotate_period INTEGER NOT NULL,"
    "rotate_at INTEGER,"
    "backed_up INTEGER NOT NULL, backup_version INTEGER NOT NULL,"
    "restored INTEGER NOT NULL, restored_version INTEGER NOT NULL,"
    "PRIMARY KEY (mount, name)) WITHOUT ROWID;"
    "CREATE INDEX transit_key_due ON transit_key (rotate_at) "
    "WHERE rotate_at IS NOT NULL;"
    "CREATE TABLE transit_version (mount INTEGER NOT NULL,"
    "name TEXT NOT NULL, version INTEGER NOT NULL,"
    "created INTEGER NOT NULL, convergent INTEGER NOT NULL,"
    "material BLOB, public BLOB, hmac BLOB, chain BLOB,"
    "PRIMARY KEY (mount, name, version)) WITHOUT ROWID;"
    "CREATE TABLE transit_config (mount INTEGER PRIMARY KEY,"
    "cache_size INTEGER NOT NULL, disable_upsert INTEGER NOT NULL);";

static const struct store_statement statements[STATEMENTS] = {
	[KEY_GET] = { "SELECT type, derived, convergent, exportable, "
		      "deletion_allowed, plaintext_backup, imported, "
		      "import_rotation, kdf, convergent_version, size, latest, "
		      "min_decryption, min_encryption, min_available, "
		      "rotate_period, backed_up, backup_version, restored, "
		      "restored_version FROM transit_key "
		      "WHERE mount = ? AND name = ?",
	    "is", NULL },
	[KEY_PUT] = { "INSERT OR REPLACE INTO transit_key (mount, name, type, "
		      "derived, convergent, exportable, deletion_allowed, "
		      "plaintext_backup, imported, import_rotation, kdf, "
		      "convergent_version, size, latest, min_decryption, "
		      "min_encryption, min_available, rotate_period, "
		      "rotate_at, backed_up, backup_version, restored, "
		      "restored_version) VALUES "
		      "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
		      "?13, "
		      "?14, ?15, ?16, ?17, ?18, nullif(?19, 0), ?20, ?21, ?22, "
		      "?23)",
	    "issiiiiiiiiiiiiiiiiiiii", NULL },
	[KEY_DELETE] = { "DELETE FROM transit_key WHERE mount = ? AND name = ?",
	    "is", NULL },
	/* Vault 1.19: the wrapping key shows as the folder it lies in. */
	[NAMES] = { "SELECT iif(name = '" TRANSIT_WRAPPING_KEY
		    "', 'import/', name) FROM transit_key WHERE mount = ? "
		    "ORDER BY 1",
	    "i", NULL },
	[VERSIONS] = { "SELECT version, created, convergent, material, public, "
		       "hmac, chain FROM transit_version WHERE mount = ? AND name = ? "
		       "ORDER BY version",
	    "is", NULL },
	[VERSION_PUT] = { "INSERT INTO transit_version (mount, name, version, "
			  "created, convergent, material, public, hmac, chain) "
			  "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    "isiiibbbb", NULL },
	[VERSIONS_DELETE] = { "DELETE FROM transit_version WHERE mount = ? "
			      "AND name = ?",
	    "is", NULL },
	[DROP_KEYS] = { "DELETE FROM transit_key WHERE mount = ?1 AND name IN "
			"(SELECT name FROM transit_key WHERE mount = ?1 "
			"ORDER BY name " UNMOUNT_STEP_SQL ")",
	    "i", NULL },
	[DROP_VERSIONS] = { "DELETE FROM transit_version WHERE (mount, name, "
			    "version) IN (SELECT mount, name, version FROM "
			    "transit_version WHERE mount = ? ORDER BY name, "
			    "version " UNMOUNT_STEP_SQL ")",
	    "i", NULL },
	[DROP_CONFIG] = { "DELETE FROM transit_config WHERE mount = ?", "i",
	    NULL },
	[CONFIG_GET] = { "SELECT cache_size, disable_upsert FROM "
			 "transit_config WHERE mount = ?",
	    "i", NULL },
	[CONFIG_PUT] = { "INSERT OR REPLACE INTO transit_config (mount, "
			 "cache_size, disable_upsert) VALUES (?, ?, ?)",
	    "iii", NULL },
	[DUE_FIRST] = { "SELECT min(rotate_at) FROM transit_key "
			"WHERE rotate_at IS NOT NULL",
	    "", NULL },
	[DUE] = { "SELECT mount, name FROM transit_key WHERE rotate_at <= ? "
		  "ORDER BY rotate_at LIMIT 1",
	    "i", NULL },
};

const struct store_part transit_store = { "transit", migrations, statements,
	STATEMENTS, schema };

/* ---- rows ---- */

static void
transit_store_column_secret(struct secret *s, struct query *q, int column)
{
	struct slice bytes = query_slice(q, column);

	if (!query_is_null(q, column))
		secret_set(s, bytes.p, bytes.n);
}

static void
transit_store_load_versions(struct vault *v, struct transit_key *k)
{
	struct query *q = STORE_QUERY(
	    v->store, &transit_store, VERSIONS, k->mount, k->name);

	while (query_row(q)) {
		struct transit_version *ver = transit_version_add(
		    k, query_int(q, 0), query_int(q, 1));

		ver->convergent = (int)query_int(q, 2);
		transit_store_column_secret(&ver->material, q, 3);
		transit_store_column_secret(&ver->public, q, 4);
		transit_store_column_secret(&ver->hmac, q, 5);
		transit_store_column_secret(&ver->chain, q, 6);
	}
}

static void
transit_store_key_from_row(struct transit_key *k, struct query *q)
{
	k->derived = query_int(q, 1);
	k->convergent = query_int(q, 2);
	k->exportable = query_int(q, 3);
	k->deletion_allowed = query_int(q, 4);
	k->plaintext_backup = query_int(q, 5);
	k->imported = query_int(q, 6);
	k->import_rotation = query_int(q, 7);
	k->kdf = query_int(q, 8) ? TRANSIT_KDF_HKDF : TRANSIT_KDF_COUNTER;
	k->convergent_version = (int)query_int(q, 9);
	k->size = query_int(q, 10);
	k->latest = query_int(q, 11);
	k->min_decryption = query_int(q, 12);
	k->min_encryption = query_int(q, 13);
	k->min_available = query_int(q, 14);
	k->rotate_period_ns = query_int(q, 15);
	k->backed_up_ns = query_int(q, 16);
	k->backup_version = query_int(q, 17);
	k->restored_ns = query_int(q, 18);
	k->restored_version = query_int(q, 19);
}

struct transit_key *
transit_key_load(struct vault *v, const struct mount *m, const char *name)
{
	struct query *q = STORE_QUERY(
	    v->store, &transit_store, KEY_GET, m->id, name);
	const struct transit_type *type;
	struct transit_key *k = NULL;

	if (query_row(q) && (type = transit_type_by_name(query_text(q, 0)))) {
		k = transit_key_new(name, type);
		k->mount = m->id;
		transit_store_key_from_row(k, q);
	}
	query_done(q);
	if (k)
		transit_store_load_versions(v, k);
	return k;
}

/* When it turns by itself: a period after its latest version was made. */
static int64_t
transit_store_rotate_at_ns(const struct transit_key *k)
{
	const struct transit_version *ver = transit_version_get_any(
	    k, k->latest);

	if (!k->rotate_period_ns || !ver ||
	    (k->imported && !k->import_rotation) ||
	    ver->created_ns > INT64_MAX - k->rotate_period_ns)
		return 0;
	return time_after_ns(ver->created_ns, k->rotate_period_ns);
}

static void
transit_store_save_versions(
    struct vault *v, const struct transit_key *k, int64_t mount)
{
	STORE_EXEC(v->store, &transit_store, VERSIONS_DELETE, mount, k->name);
	for (int i = 0; i < k->nversions; i++) {
		const struct transit_version *ver = k->versions[i];

		STORE_EXEC(v->store, &transit_store, VERSION_PUT, mount,
		    k->name, ver->number, ver->created_ns, ver->convergent,
		    store_bytes(ver->material.p, ver->material.n),
		    store_bytes(ver->public.p, ver->public.n),
		    store_bytes(ver->hmac.p, ver->hmac.n),
		    store_bytes(ver->chain.p, ver->chain.n));
	}
}

void
transit_key_save(
    struct vault *v, const struct mount *m, const struct transit_key *k)
{
	int64_t rotate_at_ns = transit_store_rotate_at_ns(k);

	STORE_EXEC(v->store, &transit_store, KEY_PUT, m->id, k->name,
	    k->type->name, k->derived, k->convergent, k->exportable,
	    k->deletion_allowed, k->plaintext_backup, k->imported,
	    k->import_rotation, k->kdf, k->convergent_version, k->size,
	    k->latest, k->min_decryption, k->min_encryption, k->min_available,
	    k->rotate_period_ns, rotate_at_ns, k->backed_up_ns,
	    k->backup_version, k->restored_ns, k->restored_version);
	transit_store_save_versions(v, k, m->id);
	object_cache_remove(v, m->id, k->name);
	expirer_schedule(v, &transit_expirer, rotate_at_ns);
}

void
transit_key_delete(struct vault *v, const struct mount *m, const char *name)
{
	STORE_EXEC(v->store, &transit_store, KEY_DELETE, m->id, name);
	STORE_EXEC(v->store, &transit_store, VERSIONS_DELETE, m->id, name);
	object_cache_remove(v, m->id, name);
}

void
transit_key_names(struct vault *v, const struct mount *m, struct strs *names)
{
	query_strs(STORE_QUERY(v->store, &transit_store, NAMES, m->id), names);
}

bool
transit_drop_some(struct vault *v, struct mount *m)
{
	int keys = STORE_EXEC(v->store, &transit_store, DROP_KEYS, m->id);

	object_cache_remove_mount(v, m->id);
	if (keys == UNMOUNT_STEP ||
	    STORE_EXEC(v->store, &transit_store, DROP_VERSIONS, m->id) ==
		UNMOUNT_STEP)
		return true;
	STORE_EXEC(v->store, &transit_store, DROP_CONFIG, m->id);
	return false;
}

/* ---- keys in memory ---- */

static void
transit_store_free_cached(void *key)
{
	transit_key_free(key);
}

struct transit_key *
transit_key_get(struct vault *v, const struct mount *m, const char *name)
{
	struct transit_key *k = object_cache_get(v, m->id, name);

	if (k || !(k = transit_key_load(v, m, name)))
		return k;
	object_cache_put(v, m->id, name, k, transit_store_free_cached);
	return k;
}

/* ---- a mount's configuration ---- */

void
transit_config_get(
    struct vault *v, const struct mount *m, struct transit_config *c)
{
	struct query *q = STORE_QUERY(
	    v->store, &transit_store, CONFIG_GET, m->id);

	memset(c, 0, sizeof(*c));
	if (query_row(q)) {
		c->cache_size = query_int(q, 0);
		c->disable_upsert = query_int(q, 1);
	}
	query_done(q);
}

void
transit_config_put(
    struct vault *v, const struct mount *m, const struct transit_config *c)
{
	STORE_EXEC(v->store, &transit_store, CONFIG_PUT, m->id, c->cache_size,
	    c->disable_upsert);
}

/* ---- rotation by the clock ---- */

static int64_t
transit_expirer_next_due_ns(struct vault *v)
{
	struct query *q;
	int64_t due_ns = 0;

	if (seal_is_sealed(v))
		return 0;
	q = STORE_QUERY(v->store, &transit_store, DUE_FIRST);
	if (query_row(q) && !query_is_null(q, 0))
		due_ns = query_int(q, 0);
	query_done(q);
	return due_ns;
}

/* The next key that is due, loaded; NULL when there is none. */
static struct transit_key *
transit_expirer_load_due(struct vault *v, int64_t now_ns, struct mount **m)
{
	struct query *q = STORE_QUERY(v->store, &transit_store, DUE, now_ns);
	struct transit_key *k = NULL;
	char *name = NULL;

	*m = NULL;
	if (query_row(q)) {
		*m = mount_by_id(v, query_int(q, 0));
		name = xstrdup(query_text(q, 1));
	}
	query_done(q);
	if (*m)
		k = transit_key_load(v, *m, name);
	free(name);
	return k;
}

static int
transit_expirer_run(struct vault *v, int64_t now_ns)
{
	struct transit_key *k;
	struct mount *m;
	int n = 0;

	while (!seal_is_sealed(v) && (n == 0 || expirer_has_time(v)) &&
	    (k = transit_expirer_load_due(v, now_ns, &m))) {
		struct error e = { 0 };
		int bits = k->type->kind == TRANSIT_RSA ? k->type->bytes * 8
							: 0;

		if (bits && !expirer_prepare_rsa(v, &transit_expirer, bits)) {
			transit_key_free(k);
			break;
		}
		if (bits)
			k->next_pair = expirer_take_rsa(
			    v, &transit_expirer, bits);
		if (!transit_key_rotate(k, v->random, now_ns, &e))
			k->rotate_period_ns = 0;
		transit_key_save(v, m, k);
		transit_key_free(k);
		n++;
	}
	return n;
}

const struct expirer transit_expirer = { "transit", transit_expirer_next_due_ns,
	transit_expirer_run, true };
