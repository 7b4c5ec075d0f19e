/*
 * KV version 1: what came in is what goes out.
 */
#include "api/engine.h"
#include "api/mount_entries.h"
#include "api/reply.h"
#include "base/duration.h"
#include "base/go_text.h"
#include "core/mount/plain_kv.h"

/*
 * The lease duration of an entry in seconds. Vault 1.19: the entry's own "ttl",
 * or "lease" when it has no "ttl", in whatever way it names no time or a time
 * past; the mount's default when it has neither or it is no duration.
 */
static int64_t
kv1_lease_ttl_s(struct request *req, struct slice data)
{
	struct slice ttl = jsontext_get(data, "ttl");
	int64_t s, ns;

	if (!ttl.p)
		ttl = jsontext_get(data, "lease");
	if (!ttl.p)
		return mount_default_ttl(req->vault, req->mount);
	switch (jsontext_kind(ttl)) {
	case 'n':
		return 0;
	case '0':
		if (go_parse_int(arena_strndup(req->arena, ttl.p, ttl.n), 10,
			&s) == GO_INT_OK)
			return s;
		break;
	case '"':
		if (duration_parse(jsontext_string(req->arena, ttl, NULL), &ns))
			return ns / NSEC_PER_SEC;
		break;
	}
	return mount_default_ttl(req->vault, req->mount);
}

static enum handler_result
kv1_read(struct request *req)
{
	struct slice data = mount_entry_get(req);
	enum handler_result v;

	if (!data.p)
		return reply_none(req);
	v = reply_text(req, data);
	req->reply.lease_duration_s = vault_scale_ttl(
	    req->vault, kv1_lease_ttl_s(req, data));
	return v;
}

/* generic-leased: the same, but each read is a lease (Vault's passthrough
 * backend in its leased form). */
static enum handler_result
kv1_read_leased(struct request *req)
{
	struct slice data = mount_entry_get(req);
	struct lease l = { .token_id = req->token->id,
		.mount_id = req->mount->id,
		.path = req->path,
		.renewable = true };
	if (!data.p)
		return reply_none(req);
	l.ttl_s = kv1_lease_ttl_s(req, data);
	lease_register(req->vault, req->arena, &l);
	req->reply.lease_id = l.id;
	req->reply.lease_duration_s = l.ttl_s;
	req->reply.renewable = true;
	return reply_text(req, data);
}

static enum handler_result
kv1_write(struct request *req)
{
	if (req->json.p && req->json.n > 2 && req->nfields) {
		if (*param_capture(req, "path") == '\0')
			return fail(req, 400, "missing path");
		mount_entry_put(req, req->json);
		return reply_none(req);
	}
	return fail(req, 400, "missing data fields");
}

/* Since 1.20 fields of the query are taken like those of a body. */
#define KV1_ROUTE(op, handler, help)                                        \
	{ op, "{path:rest}", R_VERSION(VERSION_KV1_QUERY_WARNS), NULL,      \
		handler, NULL, help },                                      \
	{                                                                   \
		op, "{path:rest}",                                          \
		    R_NO_FIELD_WARNINGS | R_VERSION(VERSION_KV1_QUERY_ANY), \
		    NULL, handler, NULL, help                               \
	}

#define KV1_COMMON_ROUTES                                                \
	{ OP_WRITE, "{path:rest}", R_NO_FIELD_WARNINGS, NULL, kv1_write, \
		mount_entry_exists, "Write a secret" },                  \
	    KV1_ROUTE(OP_DELETE, mount_entry_delete, "Remove a secret"), \
	    KV1_ROUTE(OP_LIST, mount_entry_list, "Keys of a folder")

static const struct route kv1_routes[] = {
	KV1_ROUTE(OP_READ, kv1_read, "Read a secret"),
	KV1_COMMON_ROUTES,
	ROUTE_END,
};

static const struct route kv1_leased_routes[] = {
	KV1_ROUTE(OP_READ, kv1_read_leased, "Read a secret, on a lease"),
	KV1_COMMON_ROUTES,
	ROUTE_END,
};

const struct engine engine_kv1 = {
	.type = "kv",
	.table = MOUNT_SECRET,
	.flags = ENGINE_VERSIONED,
	.version = "v0.21.0+builtin",
	.option_version = "1",
	.tables = { kv1_routes },
	.part = &plain_kv_store,
	.help = "Pass-through secret storage: what is written is read back.",
	.on_unmount = plain_kv_on_unmount,
	.secret_count = plain_kv_count,
};

const struct engine engine_generic_leased = {
	.type = "generic-leased",
	.table = MOUNT_SECRET,
	.flags = ENGINE_IN_TREE,
	.tables = { kv1_leased_routes },
	.help = "Pass-through secret storage whose reads are leases.",
	.on_unmount = plain_kv_on_unmount,
};
