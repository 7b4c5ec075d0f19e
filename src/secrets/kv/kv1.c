/*
 * KV version 1: what came in is what goes out.
 */
#include "api/engine.h"
#include "api/mount_entries.h"
#include "api/reply.h"
#include "base/duration.h"
#include "core/mount/plain_kv.h"

/* Vault 1.19: the lease is the mount's default, or the data's own ttl. */
static int64_t
lease_of(struct request *req, struct slice data)
{
	static const char *const names[] = { "ttl", "lease" };
	int64_t ns;

	for (int i = 0; i < 2; i++) {
		struct slice v = jtext_get(data, names[i]);
		const char *text;

		if (!v.p)
			continue;
		text = jtext_kind(v) == '"'
		    ? jtext_string(req->arena, v, NULL)
		    : arena_strndup(req->arena, v.p, v.n);
		if (duration_parse(text, &ns) && ns > 0)
			return ns / NSEC;
		break;
	}
	return mount_default_ttl(req->vault, req->mount);
}

static verdict
read_entry(struct request *req)
{
	struct slice data = entry_get(req);
	verdict v;

	if (!data.p)
		return reply_none(req);
	v = reply_text(req, data);
	req->reply.lease_duration =
	    vault_grant(req->vault, lease_of(req, data));
	return v;
}

/* generic-leased: the same, but each read is a lease (Vault's passthrough
 * backend in its leased form). */
static verdict
read_leased(struct request *req)
{
	struct slice data = entry_get(req);
	struct lease l = { .token = req->token->id,
		.mount_id = req->mount->id,
		.path = req->path,
		.renewable = true };
	verdict v;

	if (!data.p)
		return reply_none(req);
	l.ttl = lease_of(req, data);
	lease_register(req->vault, &l);
	v = reply_leased(req, l.id, l.ttl, true, jtext_tree(data));
	free(l.id);
	return v;
}

static verdict
write_entry(struct request *req)
{
	if (req->json.p && req->json.n > 2 && req->nfields) {
		if (*capture(req, "path") == '\0')
			return fail(req, 400, "missing path");
		entry_put(req, req->json);
		return reply_none(req);
	}
	return fail(req, 400, "missing data fields");
}

#define REST                                                                \
	{ OP_WRITE, "{path:rest}", R_NO_FIELD_WARNINGS, NULL, write_entry,  \
	    entry_exists, "Write a secret" },                               \
	{ OP_DELETE, "{path:rest}", 0, NULL, entry_delete,                  \
	    NULL, "Remove a secret" },                                      \
	{ OP_LIST, "{path:rest}", 0, NULL, entry_list,                      \
	    NULL, "Keys of a folder" }

static const struct route routes[] = {
	{ OP_READ, "{path:rest}", 0, NULL, read_entry, NULL,
	    "Read a secret" },
	REST,
	ROUTE_END,
};

static const struct route leased_routes[] = {
	{ OP_READ, "{path:rest}", 0, NULL, read_leased, NULL,
	    "Read a secret, on a lease" },
	REST,
	ROUTE_END,
};

const struct engine engine_kv1 = {
	.type = "kv",
	.table = MOUNT_SECRET,
	.flags = ENGINE_VERSIONED,
	.version = "v0.21.0+builtin",
	.option_version = "1",
	.tables = { routes },
	.part = &passthrough_store,
	.help = "Pass-through secret storage: what is written is read back.",
	.unmounted = passthrough_unmounted,
	.count = passthrough_count,
};

const struct engine engine_generic_leased = {
	.type = "generic-leased",
	.table = MOUNT_SECRET,
	.flags = ENGINE_IN_TREE,
	.tables = { leased_routes },
	.help = "Pass-through secret storage whose reads are leases.",
	.unmounted = passthrough_unmounted,
};
