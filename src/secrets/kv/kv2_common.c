/*
 * What the files of the KV version 2 engine share.
 */
#include "secrets/kv/kv2.h"

#include <string.h>

#include "api/reply.h"
#include "base/duration.h"
#include "base/text.h"

bool
kv2_version_is_deleted(const struct kv2_version *ver, int64_t now_ns)
{
	return ver->deleted_ns && ver->deleted_ns <= now_ns;
}

/* Vault 1.19: a mount's delete_version_after of -1s switches it off for all;
 * else the smaller of the two that are set. */
int64_t
kv2_deletion_time_ns(
    const struct kv2_config *c, const struct kv2_key *k, int64_t now_ns)
{
	int64_t after_ns = k->delete_after_ns;

	if (c->delete_after_ns < 0)
		return 0;
	if (!after_ns || (c->delete_after_ns && c->delete_after_ns < after_ns))
		after_ns = c->delete_after_ns;
	return after_ns ? time_after_ns(now_ns, after_ns) : 0;
}

void
kv2_put_metadata(const struct vault *v, struct buf *out,
    const char *custom_metadata, const struct kv2_version *ver)
{
	char created[RFC3339_MAX], deleted[RFC3339_MAX] = "";

	rfc3339_nano(vault_client_time(v, ver->created_ns), created);
	if (ver->deleted_ns)
		rfc3339_nano(vault_client_time(v, ver->deleted_ns), deleted);
	buf_str(out, "\"created_time\":\"");
	buf_str(out, created);
	buf_str(out, "\",\"custom_metadata\":");
	buf_str(out, custom_metadata ? custom_metadata : "null");
	buf_str(out, ",\"deletion_time\":\"");
	buf_str(out, deleted);
	buf_str(out,
	    ver->destroyed ? "\",\"destroyed\":true,\"version\":"
			   : "\",\"destroyed\":false,\"version\":");
	buf_int(out, ver->number);
}

bool
kv2_path_is_storable(struct request *req)
{
	const char *path = param_capture(req, "path");

	if (utf8_valid(path, strlen(path)))
		return true;
	return refuse_wrapped(req, 500, "string field contains invalid UTF-8");
}

const char *
kv2_metadata_key(struct request *req)
{
	const char *path = param_str(req, "path");
	size_t n = strlen(path);

	return n > 1 && path[n - 1] == '/'
	    ? arena_strndup(req->arena, path, n - 1)
	    : path;
}
