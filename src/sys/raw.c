/*
 * sys/raw: keys below the mounts, when the configuration opens them. The state
 * is relational here, so what is read is what was written through this path;
 * none of Vault's own keys are there.
 */
#include <stdlib.h>
#include <string.h>

#include "api/param.h"
#include "api/reply.h"
#include "base/go_text.h"
#include "base/text.h"
#include "core/mount/plain_kv.h"
#include "sys/route_tables.h"

#define SCOPE "raw"
/* How a key that is there was compressed, when it was. */
#define COMPRESSION_SCOPE "raw-compression"

static const struct param params[] = {
	{ "compressed", P_BOOL, NULL, "Ignored: nothing is compressed" },
	{ "compression_type", P_STRING, NULL, "gzip, snappy, or nothing" },
	{ "encoding", P_STRING, NULL, "base64, or nothing" },
	{ "path", P_STRING, NULL, "The key" },
	{ "value", P_STRING, NULL, "What to write" },
	PARAM_END,
};

/* May the path be worked on? Without the setting there is no such path. */
static bool
raw_check(struct request *req, const char *verb)
{
	static const char *const kept[] = { "core/keyring",
		"core/cluster/local/info" };
	const char *path = param_str(req, "path");
	const char *encoding = param_str(req, "encoding");

	if (!req->vault->config.raw_storage_endpoint) {
		(void)(req->vault->config.dev && req->op == OP_READ
			? reply_none(req)
			: fail_unsupported_path(req));
		return false;
	}
	if (*encoding && strcmp(encoding, "base64") != 0)
		return refuse(req, 400, "invalid encoding \"%s\"", encoding);
	for (size_t i = 0; i < 2; i++)
		if (starts_with(path, kept[i]))
			return refuse(req, 400, "cannot %s '%s'", verb, path);
	return true;
}

static enum handler_result
raw_read(struct request *req)
{
	struct slice value;
	struct buf *out = &req->reply.data;

	if (!raw_check(req, "read"))
		return HANDLED;
	value = plain_kv_get(
	    req->vault, req->arena, SCOPE, param_str(req, "path"));
	if (!value.p)
		return reply_none(req);
	buf_str(out, "{\"value\":");
	if (*param_str(req, "encoding") != '\0') {
		size_t n;
		char *text = jsontext_string(req->arena, value, &n);

		buf_char(out, '"');
		base64_encode(out, text, n);
		buf_char(out, '"');
	} else {
		buf_slice(out, value);
	}
	buf_char(out, '}');
	return reply_written(req);
}

static bool
raw_exists(struct request *req)
{
	return plain_kv_get(
		   req->vault, req->arena, SCOPE, param_str(req, "path"))
		   .p != NULL;
}

/* Vault 1.19: a key that is there stays compressed as it is, or becomes plain;
 * a new one may be compressed in two ways. Nothing is compressed here, but the
 * type is kept. */
static bool
raw_set_compression(struct request *req)
{
	const char *path = param_str(req, "path");
	const char *type = param_str(req, "compression_type");
	struct slice kept = plain_kv_get(
	    req->vault, req->arena, COMPRESSION_SCOPE, path);
	const char *former = kept.p ? jsontext_string(req->arena, kept, NULL)
				    : "";

	if (!req->creating && *type && strcmp(former, type) != 0)
		return refuse(req, 400,
		    "the entry uses a different compression scheme then "
		    "compression_type");
	if (!req->creating && !param_is_given(req, "compression_type"))
		return true;
	if (*type == '\0') {
		plain_kv_delete(req->vault, COMPRESSION_SCOPE, path);
		return true;
	}
	if (strcmp(type, "gzip") != 0 && strcmp(type, "snappy") != 0)
		return refuse(req, 400, "invalid compression type %s",
		    go_quoted(req->arena, type));
	plain_kv_put(req->vault, COMPRESSION_SCOPE, path,
	    slice_of(arena_printf(req->arena, "\"%s\"", type)));
	return true;
}

static enum handler_result
raw_write(struct request *req)
{
	const char *value = param_str(req, "value");
	struct buf bytes, text;
	size_t bad;

	if (!raw_check(req, "write"))
		return HANDLED;
	buf_init(&bytes, 0);
	if (*param_str(req, "encoding") == '\0') {
		buf_str(&bytes, value);
	} else if (!base64_decode(&bytes, value, strlen(value), &bad)) {
		buf_release(&bytes);
		return fail(
		    req, 400, "illegal base64 data at input byte %zu", bad);
	}
	if (!raw_set_compression(req)) {
		buf_release(&bytes);
		return HANDLED;
	}
	buf_init(&text, 0);
	jsontext_quote(&text, bytes.p ? bytes.p : "", bytes.n);
	plain_kv_put(req->vault, SCOPE, param_str(req, "path"),
	    (struct slice){ text.p, text.n });
	buf_release(&bytes);
	buf_release(&text);
	return reply_none(req);
}

static enum handler_result
raw_delete(struct request *req)
{
	if (!raw_check(req, "delete"))
		return HANDLED;
	plain_kv_delete(req->vault, SCOPE, param_str(req, "path"));
	plain_kv_delete(req->vault, COMPRESSION_SCOPE, param_str(req, "path"));
	return reply_none(req);
}

/* What was written here, and at the top the paths that every Vault has. */
static enum handler_result
raw_list(struct request *req)
{
	static const char *const top[] = { "core/", "logical/", "sys/" };
	const char *path = param_str(req, "path");
	struct strs keys = strs_in(req->arena);

	if (!raw_check(req, "list"))
		return HANDLED;
	if (*path && !ends_with(path, "/"))
		path = arena_printf(req->arena, "%s/", path);
	plain_kv_list(req->vault, SCOPE, path, &keys);
	for (size_t i = 0; !*path && i < 3; i++)
		strs_add(&keys, top[i]);
	strs_sort_unique(&keys);
	return reply_keys(req, &keys);
}

/* Vault 1.19: one path; without a key it is the empty one's. */
#define RAW_ROUTES(path)                                                 \
	{ OP_READ, path, R_SUDO, params, raw_read, NULL, "Read a key" }, \
	    { OP_WRITE, path, R_SUDO, params, raw_write, raw_exists,     \
		    "Write a key" },                                     \
	    { OP_DELETE, path, R_SUDO, params, raw_delete, NULL,         \
		    "Remove a key" },                                    \
	{                                                                \
		OP_LIST, path, R_SUDO, params, raw_list, NULL,           \
		    "Keys of the storage"                                \
	}

const struct route sys_raw_routes[] = {
	RAW_ROUTES("sys/raw{path:none}"),
	RAW_ROUTES("sys/raw/{path:rest}"),
	ROUTE_END,
};
