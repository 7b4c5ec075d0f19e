/*
 * Entries of a mount that are kept as they were written.
 */
#include "api/mount_entries.h"

#include "api/listing.h"
#include "api/route.h"
#include "core/mount/plain_kv.h"

static const char *
mount_entry_scope(struct request *req)
{
	return plain_kv_mount_scope(req->arena, req->mount);
}

struct slice
mount_entry_get(struct request *req)
{
	return plain_kv_get(req->vault, req->arena, mount_entry_scope(req),
	    param_capture(req, "path"));
}

bool
mount_entry_exists(struct request *req)
{
	return mount_entry_get(req).p != NULL;
}

void
mount_entry_put(struct request *req, struct slice data)
{
	plain_kv_put(req->vault, mount_entry_scope(req),
	    param_capture(req, "path"), data);
}

enum handler_result
mount_entry_delete(struct request *req)
{
	plain_kv_delete(
	    req->vault, mount_entry_scope(req), param_capture(req, "path"));
	return reply_none(req);
}

static bool
mount_entry_list_some(
    struct request *req, struct strs *keys, const char **after, size_t n)
{
	return plain_kv_list_some(req->vault, mount_entry_scope(req),
	    param_capture(req, "path"), after, n, keys);
}

enum handler_result
mount_entry_list(struct request *req)
{
	return listing_reply(req, mount_entry_list_some);
}
