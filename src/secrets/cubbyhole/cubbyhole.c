/*
 * cubbyhole/: a store of each token's own, gone with it.
 */
#include <stdlib.h>
#include <string.h>

#include "api/engine.h"
#include "api/reply.h"
#include "core/token/wrap.h"
#include "core/token/token.h"
#include "core/mount/plain_kv.h"

static const char *
scope(struct request *req)
{
	return arena_printf(req->arena, "token/%s", req->token->id);
}

static const char *
path(struct request *req)
{
	return capture(req, "path");
}

static bool
exists(struct request *req)
{
	return passthrough_get(req->vault, req->arena, scope(req), path(req))
		   .p != NULL;
}

/* NULL for a service token: batch tokens have no place of their own. */
static verdict
refuse_batch(struct request *req)
{
	if (req->token->type == TOKEN_SERVICE)
		return NULL;
	return fail(req, 400, "cubbyhole operations are only supported by "
			      "\"service\" type tokens");
}

/* What sys/wrapping/unwrap answers, the older way. */
static verdict
read_wrapped(struct request *req, struct wrapped *w)
{
	json_t *data = json_pack("{s:s}", "response", w->response);

	wrapped_release(w);
	warn(req, "Reading from 'cubbyhole/response' is deprecated. Please use "
		  "sys/wrapping/unwrap to unwrap responses, as it provides "
		  "additional security checks and other benefits.");
	return reply_data(req, data);
}

static verdict
read_entry(struct request *req)
{
	struct wrapped w = { 0 };
	verdict refusal = refuse_batch(req);
	struct slice data;

	if (refusal)
		return refusal;
	if (*path(req) == '\0')
		return fail_wrapped(req, 500, "missing path");
	if (strcmp(path(req), "response") == 0 &&
	    wrap_find(req->vault, req->token_text, &w))
		return read_wrapped(req, &w);
	data = passthrough_get(req->vault, req->arena, scope(req), path(req));
	return data.p ? reply_text(req, data) : reply_none(req);
}

static verdict
write_entry(struct request *req)
{
	verdict refusal = refuse_batch(req);

	if (refusal)
		return refusal;
	if (req->nfields == 0)
		return fail_wrapped(req, 500, "missing data fields");
	passthrough_put(req->vault, scope(req), path(req), req->json);
	return reply_none(req);
}

static verdict
delete_entry(struct request *req)
{
	verdict refusal = refuse_batch(req);

	if (refusal)
		return refusal;
	passthrough_delete(req->vault, scope(req), path(req));
	return reply_none(req);
}

static verdict
list_entries(struct request *req)
{
	verdict refusal = refuse_batch(req);
	char **keys;
	size_t n;

	if (refusal)
		return refusal;
	n = passthrough_list(req->vault, req->arena, scope(req), path(req),
	    &keys);
	return reply_keys(req, keys, n);
}

static const struct route routes[] = {
	{ OP_READ, "{path:rest}", 0, NULL, read_entry, NULL,
	    "Read an entry" },
	{ OP_WRITE, "{path:rest}", R_NO_FIELD_WARNINGS, NULL, write_entry,
	    exists, "Write an entry" },
	{ OP_DELETE, "{path:rest}", 0, NULL, delete_entry,
	    NULL, "Remove an entry" },
	{ OP_LIST, "{path:rest}", 0, NULL, list_entries,
	    NULL, "Keys of a folder" },
	ROUTE_END,
};

static void
token_revoked(struct vault *v, const struct token *t)
{
	char *text = xasprintf("token/%s", t->id);

	passthrough_drop(v, text);
	free(text);
}

const struct engine engine_cubbyhole = {
	.type = "cubbyhole",
	.table = MOUNT_SECRET,
	.flags = ENGINE_CORE | ENGINE_IN_TREE,
	.tables = { routes },
	.help = "The cubbyhole backend gives each token a store of its own, "
		"destroyed with the token.",
	.token_revoked = token_revoked,
};
