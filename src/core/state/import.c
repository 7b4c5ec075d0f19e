/*
 * State documents that are read. Generic over the store's tables; the few
 * columns whose content the program must be able to rely on are checked one by
 * one.
 */
#include "core/state/import.h"

#include <openssl/crypto.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/json/schema.h"
#include "base/text.h"
#include "core/seal/seal.h"
#include "core/state/cluster_restore.h"
#include "core/state/cluster_view.h"
#include "core/state/export.h"
#include "core/state/snapshot.h"

/* Instants, ids and counts; the least is -1 s in ns, "switched off". */
#define IMPORT_INT_MIN INT64_C(-1000000000)
#define IMPORT_INT_MAX INT64_C(9000000000000000000)
/* Rows between two looks whether the server ends. */
#define IMPORT_ROWS_AT_ONCE 256

/* ---- what must hold of a value ---- */

enum export_content {
	CONTENT_JSON,
	CONTENT_OBJECT,	    /* with members, see below */
	CONTENT_STRING_MAP, /* an object of strings */
	CONTENT_STRINGS,    /* a list of strings */
	CONTENT_BYTES,
};

/* What the readers of a column take for granted. Members: a kind and a name,
 * 's' a string, 'l' a list of strings or null, 'o' an object or null. */
static const struct export_content_rule {
	const char *table, *column;
	enum export_content content;
	size_t size; /* of bytes */
	const char *members;
} import_contents[] = {
	{ "approle", "role", CONTENT_OBJECT, 0,
	    "lsecret_id_bound_cidrs ltoken_bound_cidrs ltoken_policies "
	    "stoken_type" },
	{ "approle_secret", "rest", CONTENT_OBJECT, 0,
	    "lcidr_list ometadata ltoken_bound_cidrs" },
	{ "audit", "options", CONTENT_STRING_MAP, 0, NULL },
	{ "identity", "object", CONTENT_OBJECT, 0,
	    "sid sname screation_time slast_update_time" },
	{ "kv1", "data", CONTENT_OBJECT, 0, NULL },
	{ "kv2_key", "custom", CONTENT_STRING_MAP, 0, NULL },
	{ "kv2_version", "data", CONTENT_OBJECT, 0, NULL },
	{ "lease", "data", CONTENT_JSON, 0, NULL },
	{ "lease", "internal", CONTENT_JSON, 0, NULL },
	{ "mount", "extra", CONTENT_OBJECT, 0, NULL },
	{ "mount", "options", CONTENT_STRING_MAP, 0, NULL },
	{ "seal", "root_key", CONTENT_BYTES, SEAL_ENCRYPTED_KEY_SIZE, NULL },
	{ "setting", "value", CONTENT_JSON, 0, NULL },
	{ "token", "bound_cidrs", CONTENT_STRINGS, 0, NULL },
	{ "token", "internal", CONTENT_JSON, 0, NULL },
	{ "token", "meta", CONTENT_STRING_MAP, 0, NULL },
	{ "token", "policies", CONTENT_STRINGS, 0, NULL },
	{ "token_key", "value", CONTENT_BYTES, IMPORT_KEY_SIZE, NULL },
	{ "token_role", "fields", CONTENT_OBJECT, 0,
	    "lallowed_entity_aliases lallowed_policies "
	    "lallowed_policies_glob ldisallowed_policies "
	    "ldisallowed_policies_glob sname spath_suffix stoken_type" },
	{ "userpass", "params", CONTENT_OBJECT, 0,
	    "ltoken_bound_cidrs ltoken_policies stoken_type" },
};

static bool
import_is_string_list(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!json_is_string(json_array_get(list, i)))
			return false;
	return json_is_array(list);
}

static bool
import_is_string_map(json_t *map)
{
	const char *key;
	json_t *value;

	json_object_foreach (map, key, value)
		if (!json_is_string(value))
			return false;
	return json_is_object(map);
}

static bool
import_is_member_valid(char kind, json_t *value)
{
	if (kind == 's')
		return json_is_string(value);
	if (kind == 'l')
		return json_is_null(value) || import_is_string_list(value);
	return json_is_null(value) || json_is_object(value);
}

static const char *
import_member_error(struct arena *a, json_t *tree, const char *members)
{
	char *list = members ? arena_strdup(a, members) : NULL, *one;

	while (list && (one = strsep(&list, " ")))
		if (!import_is_member_valid(
			*one, json_object_get(tree, one + 1)))
			return arena_printf(a,
			    "holds an object whose \"%s\" is no %s", one + 1,
			    *one == 's'	      ? "string"
				: *one == 'l' ? "list of strings"
					      : "object");
	return NULL;
}

static const char *
import_json_error(
    struct arena *a, const struct export_content_rule *rule, struct slice text)
{
	json_t *tree = json_loadb(text.p, text.n, JSON_DECODE_ANY, NULL);
	const char *why = NULL;

	if (!tree)
		why = "must be the text of a JSON value";
	else if (json_is_null(tree) && !rule->members)
		why = NULL; /* an empty one was once given so */
	else if (rule->content == CONTENT_OBJECT && !json_is_object(tree))
		why = "must be the text of a JSON object";
	else if (rule->content == CONTENT_OBJECT)
		why = import_member_error(a, tree, rule->members);
	else if (rule->content == CONTENT_STRING_MAP &&
	    !import_is_string_map(tree))
		why = "must be the text of a JSON object of strings";
	else if (rule->content == CONTENT_STRINGS &&
	    !import_is_string_list(tree))
		why = "must be the text of a JSON list of strings";
	json_decref(tree);
	return why;
}

/* NULL when all is well. */
static const char *
import_content_error(struct arena *a, const char *table, const char *column,
    const struct store_value *v)
{
	for (size_t i = 0;
	     i < sizeof(import_contents) / sizeof(import_contents[0]); i++) {
		const struct export_content_rule *rule = &import_contents[i];

		if (strcmp(rule->table, table) != 0 ||
		    strcmp(rule->column, column) != 0)
			continue;
		if (v->kind == STORE_NULL)
			return NULL;
		if (rule->content != CONTENT_BYTES)
			return import_json_error(a, rule, v->s);
		return v->s.n == rule->size ? NULL : "has not the right size";
	}
	return NULL;
}

/* Integers that stay below the general limit; of a column that any table may
 * have the table is NULL. */
#define SECONDS_MAX INT64_C(9223372036) /* what nanoseconds can say */
#define IDS_MAX INT32_MAX
static const struct import_range {
	const char *table, *column;
	int64_t min, max;
} import_ranges[] = {
	{ "kv2_key", "id", 1, IDS_MAX },
	{ "kv2_key", "current", 0, UINT32_MAX },
	{ "kv2_key", "oldest", 0, UINT32_MAX },
	{ "kv2_key", "max_versions", -IDS_MAX, UINT32_MAX },
	{ "kv2_config", "max_versions", -IDS_MAX, UINT32_MAX },
	{ "kv2_version", "key", 1, IDS_MAX },
	{ "kv2_version", "version", 1, UINT32_MAX },
	{ "kv2_version", "destroyed", 0, 1 },
	{ "database_static_role", "period", 0, SECONDS_MAX },
	{ "database_static_role", "rotation_window", 0, SECONDS_MAX },
	{ "database_connection", "verify", 0, 1 },
	{ "audit", "local", 0, 1 },
	{ "lease", "tries", 0, IDS_MAX },
	{ "mount", "id", 1, IDS_MAX },
	{ "mount_last", "id", 0, IDS_MAX },
	{ "pki_crl", "number", 0, IDS_MAX },
	{ "quota", "inheritable", 0, 1 },
	{ "seal", "shares", 0, 255 },
	{ "seal", "threshold", 0, 255 },
	{ "token", "num_uses", -1, INT64_C(9000000000000000000) },
	{ "transit_key", "latest", 1, IDS_MAX },
	{ "transit_key", "min_decryption", 0, IDS_MAX },
	{ "transit_key", "min_encryption", 0, IDS_MAX },
	{ "transit_key", "min_available", 0, IDS_MAX },
	{ "transit_key", "rotate_period", 0, INT64_C(9000000000000000000) },
	{ "transit_key", "size", 0, 1 << 20 },
	{ "transit_version", "version", 1, IDS_MAX },
	{ NULL, "renewable", 0, 1 },
	{ NULL, "ttl", -SECONDS_MAX, SECONDS_MAX },
	{ NULL, "max_ttl", -SECONDS_MAX, SECONDS_MAX },
	{ NULL, "explicit_max_ttl", -SECONDS_MAX, SECONDS_MAX },
	{ NULL, "granted_ttl", -SECONDS_MAX, SECONDS_MAX },
	{ NULL, "forced_max_ttl", -SECONDS_MAX, SECONDS_MAX },
	{ NULL, "default_ttl", -SECONDS_MAX, SECONDS_MAX },
	{ NULL, "mount", 0, IDS_MAX },
	{ NULL, "mount_id", 0, IDS_MAX },
};

/* NULL when all is well. */
static const char *
import_range_error(struct arena *a, const char *table, const char *column,
    const struct store_value *v)
{
	for (size_t i = 0; v->kind == STORE_INT &&
	     i < sizeof(import_ranges) / sizeof(import_ranges[0]);
	     i++) {
		const struct import_range *r = &import_ranges[i];

		if ((r->table && strcmp(r->table, table) != 0) ||
		    strcmp(r->column, column) != 0)
			continue;
		return v->i >= r->min && v->i <= r->max
		    ? NULL
		    : arena_printf(a, "must be an integer from %lld to %lld",
			  (long long)r->min, (long long)r->max);
	}
	return NULL;
}

/* ---- in ---- */

struct import_reader {
	struct store *store;
	int stop_fd;
	struct arena *arena;
	struct error *c;
	const char *table;
	char where[120]; /* "tables.kv2_key[3]" */
};

static bool
import_bytes(
    struct import_reader *r, const json_t *value, struct store_value *out)
{
	const json_t *text = json_object_get(value, "base64");
	struct buf bytes;
	bool ok;

	if (!json_is_string(text) || json_object_size(value) != 1)
		return false;
	buf_init(&bytes, SIZE_MAX / 2);
	ok = base64_decode(
	    &bytes, json_string_value(text), json_string_length(text), NULL);
	if (ok)
		out->s = (struct slice){ arena_strndup(r->arena,
					     bytes.p ? bytes.p : "", bytes.n),
			bytes.n };
	buf_release(&bytes);
	return ok;
}

/* A column's value from JSON; false when it does not fit the column's type. out
 * borrows from value. */
static bool
import_typed_value(struct import_reader *r, const struct store_column *col,
    const json_t *value, struct store_value *out)
{
	memset(out, 0, sizeof(*out));
	if (!value || json_is_null(value))
		return col->nullable;
	out->kind = col->kind;
	switch (col->kind) {
	case STORE_INT:
		out->i = json_integer_value(value);
		return json_is_integer(value) && out->i >= IMPORT_INT_MIN &&
		    out->i <= IMPORT_INT_MAX;
	case STORE_REAL:
		out->d = json_number_value(value);
		return json_is_number(value);
	case STORE_TEXT:
		out->s = (struct slice){ json_string_value(value),
			json_string_length(value) };
		return (out->s.p || import_bytes(r, value, out)) &&
		    !memchr(out->s.p, 0, out->s.n);
	case STORE_BLOB:
		return import_bytes(r, value, out);
	case STORE_NULL: /* a column without a type */
		out->kind = json_is_string(value) ? STORE_TEXT : STORE_INT;
		out->i = json_integer_value(value);
		out->s = (struct slice){ json_string_value(value),
			json_string_length(value) };
		return json_is_string(value) || json_is_integer(value);
	}
	return false;
}

static bool
import_value(struct import_reader *r, const struct store_column *col,
    const json_t *value, struct store_value *out)
{
	static const char *const names[] = { "a string or an integer",
		"an integer from -1000000000 to 9000000000000000000",
		"a number", "a string without NUL",
		"bytes, {\"base64\":\"...\"}" };
	const char *why;

	if (!import_typed_value(r, col, value, out))
		return error_field(r->c, r->where, col->name, "%s%s%s",
		    value ? "must be " : "is missing; it is ", names[col->kind],
		    col->nullable ? " or null" : "");
	why = import_content_error(r->arena, r->table, col->name, out);
	if (!why)
		why = import_range_error(r->arena, r->table, col->name, out);
	return !why || error_field(r->c, r->where, col->name, "%s", why);
}

static bool
import_check_columns(struct import_reader *r, json_t *row,
    const struct store_column *columns, size_t n)
{
	const char *key;
	json_t *value;

	json_object_foreach (row, key, value) {
		const char *names[65] = { NULL };
		size_t i = 0;

		for (; i < n && strcmp(columns[i].name, key) != 0; i++)
			names[i] = columns[i].name;
		if (i == n)
			return error_allowed(r->c, r->where, key, names,
			    "this table has no such column");
	}
	return true;
}

static bool
import_row(struct import_reader *r, json_t *row,
    const struct store_column *columns, size_t n)
{
	struct store_value values[64];
	struct error e = { 0 };

	if (!json_is_object(row))
		return error_field(r->c, r->where, "", "a row is an object");
	if (!import_check_columns(r, row, columns, n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!import_value(r, &columns[i],
			json_object_get(row, columns[i].name), &values[i]))
			return false;
	return store_import_row(r->store, r->table, values, n, &e) ||
	    error_field(r->c, r->where, "", "%s", e.text);
}

static bool
import_may_go_on(struct import_reader *r)
{
	struct pollfd stop = { .fd = r->stop_fd, .events = POLLIN };

	return r->stop_fd < 0 || poll(&stop, 1, 0) <= 0 ||
	    error_set(r->c, 503, "the server ends");
}

static bool
import_table(struct import_reader *r, const char *table, json_t *rows)
{
	struct store_column *columns;
	size_t n = store_columns(r->store, r->arena, table, &columns);
	json_t *row;
	size_t i;

	r->table = table;
	if (!json_is_array(rows))
		return error_field(
		    r->c, "tables", table, "must be a list of rows");
	json_array_foreach (rows, i, row) {
		snprintf(
		    r->where, sizeof(r->where), "tables.%s[%zu]", table, i);
		if (i % IMPORT_ROWS_AT_ONCE == 0 && !import_may_go_on(r))
			return false;
		if (!import_row(r, row, columns, n))
			return false;
	}
	return true;
}

static bool
import_each_table(struct import_reader *r, json_t *tables)
{
	struct strs known = strs_in(r->arena);
	const char *table;
	json_t *rows;

	store_tables(r->store, &known);
	json_object_foreach (tables, table, rows) {
		if (strcmp(table, "sqlite_sequence") == 0)
			continue; /* an older export's; mount_last since */
		if (!strs_has(&known, table))
			return error_allowed(r->c, "tables", table,
			    (const char *const *)strs_array(&known),
			    "there is no such table");
		if (!store_table_stays(table) && !import_table(r, table, rows))
			return false;
	}
	return true;
}

struct export_document {
	const char *format;
	json_t *seal;
	json_t *tables;
};

struct export_seal {
	bool sealed;
	const char *root_key;
};

static const struct schema export_document_schema[] = {
	{ "format", FIELD_STRING, offsetof(struct export_document, format),
	    NULL },
	{ "seal", FIELD_OBJECT, offsetof(struct export_document, seal), NULL },
	{ "tables", FIELD_OBJECT, offsetof(struct export_document, tables),
	    NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static const struct schema export_seal_schema[] = {
	{ "sealed", FIELD_BOOL, offsetof(struct export_seal, sealed), NULL },
	{ "root_key", FIELD_STRING, offsetof(struct export_seal, root_key),
	    NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

/* *sealed, and the key when it is not. */
static bool
import_read_seal(const struct export_document *d, bool *sealed,
    uint8_t key[IMPORT_KEY_SIZE], struct error *c)
{
	struct export_seal seal = { .sealed = true };
	struct buf bytes;
	bool ok;

	if (!schema_read(export_seal_schema, d->seal, "seal", &seal, c))
		return false;
	*sealed = seal.sealed;
	if (seal.sealed)
		return true;
	if (json_array_size(json_object_get(d->tables, "seal")) != 1)
		return error_field(c, "seal", "sealed",
		    "what is not initialised "
		    "is sealed: \"tables.seal\" has no row");
	buf_init(&bytes, 0);
	ok = seal.root_key &&
	    base64_decode(&bytes, seal.root_key, strlen(seal.root_key), NULL) &&
	    bytes.n == IMPORT_KEY_SIZE;
	if (ok)
		memcpy(key, bytes.p, IMPORT_KEY_SIZE);
	else
		error_field(c, "seal", "root_key",
		    "must be 32 bytes in base64 when \"sealed\" is false");
	if (bytes.n)
		OPENSSL_cleanse(bytes.p, bytes.n);
	buf_release(&bytes);
	return ok;
}

static bool
import_tables(struct store *store, json_t *tables, int stop_fd, struct error *c)
{
	struct import_reader r = { store, stop_fd, arena_new(), .c = c };
	bool ok = store_import_begin(store);

	if (ok) {
		ok = import_each_table(&r, tables);
		ok = store_import_end(store, ok) && ok;
	}
	if (!ok)
		error_field(c, "", "", "the database cannot keep it");
	arena_free(r.arena);
	return ok;
}

bool
import_state_read(struct import_state *m, const struct store_part *const *parts,
    const json_t *document, int stop_fd, struct error *c)
{
	struct export_document d = { 0 };

	if (!schema_read(export_document_schema, document, "", &d, c))
		return false;
	if (!d.format || strcmp(d.format, EXPORT_FORMAT) != 0)
		return error_field(
		    c, "", "format", "must be \"" EXPORT_FORMAT "\"");
	if (!d.tables)
		return error_field(c, "", "tables", "is missing");
	if (!import_read_seal(&d, &m->sealed, m->key, c))
		return false;
	m->store = store_open_empty(parts, c);
	return m->store && import_tables(m->store, d.tables, stop_fd, c);
}

bool
import_state_put(struct vault *v, struct import_state *m, struct error *c)
{
	json_t *own;

	if (v->cluster && !v->cluster->serves(v->cluster->arg))
		return error_set(c, 503, "this node does not lead its cluster");
	own = cluster_restore_take(v);
	if (!store_take_content(v->store, m->store)) {
		json_decref(own);
		return error_field(c, "", "", "the database cannot keep it");
	}
	m->put_changes = store_change_count(v->store);
	cluster_restore_put(v, own, m->sealed);
	vault_on_store_replaced(v);
	if (!m->sealed)
		seal_unseal_with_root_key(v, m->key);
	return true;
}

void
import_state_release(struct import_state *m)
{
	OPENSSL_cleanse(m->key, sizeof(m->key));
	store_close(m->store);
	m->store = NULL;
}

bool
vault_import(struct vault *v, const json_t *document, struct error *c)
{
	const struct store_part **parts = store_parts_list(v->store);
	struct import_state m = { 0 };
	bool ok = import_state_read(&m, parts, document, -1, c) &&
	    import_state_put(v, &m, c);

	import_state_release(&m);
	free(parts);
	return ok;
}
