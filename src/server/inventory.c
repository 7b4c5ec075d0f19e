/*
 * What the vault holds, by names and times: mounts, secrets, leases, tokens.
 * No value and no token is read.
 */
#include "server/inventory.h"

#include "base/json/jsontree.h"
#include "core/mount/mount.h"
#include "store/store.h"

enum {
	SECRETS_COUNT,
	SECRETS_LIST,
	LEASES_COUNT,
	LEASES_LIST,
	TOKENS_COUNT,
	TOKENS_LIST,
	NSTATEMENTS,
};

/* The scope of a plain secret is "mount/7", or that of a token's cubbyhole. */
#define OF_MOUNTS "FROM kv1 WHERE scope GLOB 'mount/*'"

static const struct store_statement statements[] = {
	[SECRETS_COUNT] = { "SELECT (SELECT count(*) FROM kv2_key) + "
			    "(SELECT count(*) " OF_MOUNTS ")",
	    "", NULL },
	[SECRETS_LIST] = { "SELECT k.mount, k.path, k.current, k.updated, "
			   "v.deleted, v.destroyed FROM kv2_key k "
			   "LEFT JOIN kv2_version v "
			   "ON v.slot = (k.id << 32) + k.current UNION ALL "
			   "SELECT CAST(substr(scope, 7) AS INTEGER), path, "
			   "0, 0, 0, 0 " OF_MOUNTS " LIMIT ?",
	    "i", NULL },
	[LEASES_COUNT] = { "SELECT count(*) FROM lease", "", NULL },
	[LEASES_LIST] = { "SELECT id, issued, expires FROM lease LIMIT ?", "i",
	    NULL },
	[TOKENS_COUNT] = { "SELECT count(*) FROM token WHERE accessor <> ''",
	    "", NULL },
	[TOKENS_LIST] = { "SELECT accessor, display_name, policies, path, "
			  "created, expires FROM token WHERE accessor <> '' "
			  "LIMIT ?",
	    "i", NULL },
};

static const char *const migrations[] = { NULL };

const struct store_part inventory_store = {
	.name = "inventory",
	.migrations = migrations,
	.statements = statements,
	.nstatements = NSTATEMENTS,
};

static json_t *
inventory_time(int64_t ns)
{
	return ns ? jsontree_time(ns) : json_null();
}

/* ---- a row of each ---- */

/* deleted and destroyed are those of the newest version. */
static const char *
inventory_secret_state(struct vault *v, struct query *q)
{
	int64_t deleted_ns = query_int(q, 4);

	if (query_int(q, 5))
		return "destroyed";
	return deleted_ns && deleted_ns <= vault_now(v) ? "deleted" : "there";
}

static json_t *
inventory_secret(struct vault *v, struct query *q)
{
	const struct mount *m = mount_by_id(v, query_int(q, 0));
	int64_t version = query_int(q, 2);

	return json_pack("{s:o, s:o, s:s, s:o}", "path",
	    json_sprintf("%s%s", m ? m->path : "", query_text(q, 1)), "version",
	    version ? json_integer(version) : json_null(), "state",
	    inventory_secret_state(v, q), "updated",
	    inventory_time(query_int(q, 3)));
}

static json_t *
inventory_lease(struct vault *v, struct query *q)
{
	(void)v;
	return json_pack("{s:s, s:o, s:o}", "id", query_text(q, 0), "issued",
	    inventory_time(query_int(q, 1)), "expires",
	    inventory_time(query_int(q, 2)));
}

static json_t *
inventory_token(struct vault *v, struct query *q)
{
	const char *policies = query_text(q, 2);

	(void)v;
	return json_pack("{s:s, s:s, s:o?, s:s, s:o, s:o}", "accessor",
	    query_text(q, 0), "display_name", query_text(q, 1), "policies",
	    policies ? json_loads(policies, 0, NULL) : NULL, "path",
	    query_text(q, 3), "created", inventory_time(query_int(q, 4)),
	    "expires", inventory_time(query_int(q, 5)));
}

static const struct {
	const char *name;
	int count, list;
	json_t *(*row)(struct vault *v, struct query *q);
} inventory_groups[] = {
	{ "secrets", SECRETS_COUNT, SECRETS_LIST, inventory_secret },
	{ "leases", LEASES_COUNT, LEASES_LIST, inventory_lease },
	{ "tokens", TOKENS_COUNT, TOKENS_LIST, inventory_token },
};

static json_t *
inventory_mounts(const struct vault *v)
{
	static const enum mount_table tables[] = { MOUNT_SECRET, MOUNT_AUTH };
	json_t *items = json_array();

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (int i = 0; i < mount_count(v, tables[t]); i++) {
			const struct mount *m = mount_at(v, tables[t], i);

			json_array_append_new(items,
			    json_pack("{s:s, s:s, s:s, s:O?}", "path", m->path,
				"type", m->type, "description", m->description,
				"options", m->options));
		}
	return json_pack(
	    "{s:i, s:o}", "count", (int)json_array_size(items), "items", items);
}

json_t *
inventory_show(struct vault *v, int64_t limit)
{
	json_t *all = json_pack("{s:o}", "mounts", inventory_mounts(v));

	for (size_t i = 0;
	     i < sizeof(inventory_groups) / sizeof(inventory_groups[0]); i++) {
		struct query *q = STORE_QUERY(v->store, &inventory_store,
		    inventory_groups[i].list, limit);
		json_t *items = json_array();
		int64_t count;

		while (query_row(q))
			json_array_append_new(
			    items, inventory_groups[i].row(v, q));
		count = query_single_int(STORE_QUERY(
		    v->store, &inventory_store, inventory_groups[i].count));
		json_object_set_new(all, inventory_groups[i].name,
		    json_pack("{s:I, s:o}", "count", (json_int_t)count, "items",
			items));
	}
	return all;
}
