/*
 * Entries of a mount that are kept as they were written.
 */
#include "api/mount_entries.h"

#include "api/route.h"
#include "core/mount/plain_kv.h"

static const char *
scope(struct request *req)
{
	return passthrough_scope(req->arena, req->mount);
}

struct slice
entry_get(struct request *req)
{
	return passthrough_get(req->vault, req->arena, scope(req),
	    capture(req, "path"));
}

bool
entry_exists(struct request *req)
{
	return entry_get(req).p != NULL;
}

void
entry_put(struct request *req, struct slice data)
{
	passthrough_put(req->vault, scope(req), capture(req, "path"), data);
}

verdict
entry_delete(struct request *req)
{
	passthrough_delete(req->vault, scope(req), capture(req, "path"));
	return reply_none(req);
}

verdict
entry_list(struct request *req)
{
	char **keys;
	size_t n = passthrough_list(req->vault, req->arena, scope(req),
	    capture(req, "path"), &keys);

	return reply_keys(req, keys, n);
}
