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
cubbyhole_token_scope(struct request *req)
{
	return arena_printf(req->arena, "token/%s", req->token->id);
}

static const char *
cubbyhole_entry_path(struct request *req)
{
	return param_capture(req, "path");
}

/* Vault 1.19: what is wrapped stands at "response", so writing there is an
 * update, which a wrapping token may not do. */
static bool
cubbyhole_entry_exists(struct request *req)
{
	struct wrapped w = { 0 };

	if (strcmp(cubbyhole_entry_path(req), "response") == 0 &&
	    wrap_lookup(req->vault, req->token_text, &w)) {
		wrapped_release(&w);
		return true;
	}
	return plain_kv_get(req->vault, req->arena, cubbyhole_token_scope(req),
		   cubbyhole_entry_path(req))
		   .p != NULL;
}

/* Batch tokens have no cubbyhole; false: refused. */
static bool
cubbyhole_has_place(struct request *req)
{
	if (req->token->type == TOKEN_SERVICE)
		return true;
	return refuse(req, 400,
	    "cubbyhole operations are only supported by "
	    "\"service\" type tokens");
}

/* What sys/wrapping/unwrap answers, the older way. */
static enum handler_result
cubbyhole_read_response(struct request *req, struct wrapped *w)
{
	json_t *data = json_pack("{s:s}", "response", w->response);

	wrapped_release(w);
	reply_warn(req,
	    "Reading from 'cubbyhole/response' is deprecated. Please use "
	    "sys/wrapping/unwrap to unwrap responses, as it provides "
	    "additional security checks and other benefits.");
	return reply_data(req, data);
}

static enum handler_result
cubbyhole_read(struct request *req)
{
	struct wrapped w = { 0 };
	struct slice data;

	if (!cubbyhole_has_place(req))
		return HANDLED;
	if (*cubbyhole_entry_path(req) == '\0')
		return fail_wrapped(req, 500, "missing path");
	if (strcmp(cubbyhole_entry_path(req), "response") == 0 &&
	    wrap_lookup(req->vault, req->token_text, &w))
		return cubbyhole_read_response(req, &w);
	data = plain_kv_get(req->vault, req->arena, cubbyhole_token_scope(req),
	    cubbyhole_entry_path(req));
	return data.p ? reply_text(req, data) : reply_none(req);
}

static enum handler_result
cubbyhole_write(struct request *req)
{
	if (!cubbyhole_has_place(req))
		return HANDLED;
	if (req->nfields == 0)
		return fail_wrapped(req, 500, "missing data fields");
	if (*cubbyhole_entry_path(req) == '\0')
		return fail_wrapped(req, 500, "missing path");
	plain_kv_put(req->vault, cubbyhole_token_scope(req),
	    cubbyhole_entry_path(req), req->json);
	return reply_none(req);
}

static enum handler_result
cubbyhole_delete(struct request *req)
{
	if (!cubbyhole_has_place(req))
		return HANDLED;
	plain_kv_delete(
	    req->vault, cubbyhole_token_scope(req), cubbyhole_entry_path(req));
	return reply_none(req);
}

static enum handler_result
cubbyhole_list(struct request *req)
{
	struct strs keys = strs_in(req->arena);

	if (!cubbyhole_has_place(req))
		return HANDLED;
	plain_kv_list(req->vault, cubbyhole_token_scope(req),
	    cubbyhole_entry_path(req), &keys);
	return reply_keys(req, &keys);
}

static const struct route cubbyhole_routes[] = {
	{ OP_READ, "{path:rest}", 0, NULL, cubbyhole_read, NULL,
	    "Read an entry" },
	{ OP_WRITE, "{path:rest}", R_NO_FIELD_WARNINGS, NULL, cubbyhole_write,
	    cubbyhole_entry_exists, "Write an entry" },
	{ OP_DELETE, "{path:rest}", 0, NULL, cubbyhole_delete, NULL,
	    "Remove an entry" },
	{ OP_LIST, "{path:rest}", 0, NULL, cubbyhole_list, NULL,
	    "Keys of a folder" },
	ROUTE_END,
};

static void
cubbyhole_token_revoked(struct vault *v, const struct token *t)
{
	char *text = xasprintf("token/%s", t->id);

	plain_kv_delete_scope(v, text);
	free(text);
}

const struct engine engine_cubbyhole = {
	.type = "cubbyhole",
	.table = MOUNT_SECRET,
	.flags = ENGINE_CORE | ENGINE_IN_TREE,
	.tables = { cubbyhole_routes },
	.help = "The cubbyhole backend gives each token a store of its own, "
		"destroyed with the token.",
	.on_token_revoke = cubbyhole_token_revoked,
};
