/*
 * sys/wrapping: putting data away, looking at what is away, taking it out. The
 * pipeline has checked the wrapping token before a row here is reached.
 */
#include <string.h>

#include "api/reply.h"
#include "api/route.h"
#include "base/duration.h"
#include "core/token/wrap.h"
#include "sys/route_tables.h"

static const char *
wrapping_token(struct request *req)
{
	const char *text = par_str(req, "token");

	return *text ? text : req->token_text;
}

static verdict
gone(struct request *req)
{
	return fail(req, 400, "wrapping token is not valid or does not exist");
}

/* The body itself is wrapped; without the header there is nothing to do. */
static verdict
wrap_body(struct request *req)
{
	if (req->wrap_ttl == 0)
		return fail(req, 400,
		    "endpoint requires response wrapping to be used");
	return req->json.p ? reply_text(req, req->json)
			   : reply_text(req, SLICE("{}"));
}

/* Vault 1.19: the stored answer as it was, without a newline. */
static verdict
unwrap(struct request *req)
{
	struct wrapped w = { 0 };
	struct slice body;

	if (!wrap_find(req->vault, wrapping_token(req), &w))
		return gone(req);
	body.p = arena_strdup(req->arena, w.response);
	body.n = strlen(body.p);
	wrap_consume(req->vault, wrapping_token(req));
	wrapped_release(&w);
	return body.n ? reply_raw(req, 200, NULL, body) : reply_none(req);
}

/* The same answer, for the same time, under a new token. */
static verdict
rewrap(struct request *req)
{
	struct wrapped old = { 0 }, fresh = { 0 };
	verdict v;

	if (!wrap_find(req->vault, wrapping_token(req), &old))
		return gone(req);
	wrap_consume(req->vault, wrapping_token(req));
	wrap_store_response(req->vault, old.path, old.ttl,
	    old.wrapped_accessor, slice_of(old.response), &fresh);
	v = reply_wrapped(req, &fresh);
	wrapped_release(&old);
	wrapped_release(&fresh);
	return v;
}

static verdict
lookup(struct request *req)
{
	struct wrapped w = { 0 };
	char created[RFC3339_MAX];
	json_t *data;

	if (!wrap_find(req->vault, wrapping_token(req), &w))
		return gone(req);
	rfc3339_nano(vault_shown(req->vault, w.created), created);
	data = json_pack("{s:s, s:s, s:I}", "creation_path", w.path,
	    "creation_time", created, "creation_ttl", (json_int_t)w.ttl);
	wrapped_release(&w);
	return reply_data(req, data);
}

static const struct param params[] = {
	{ "token", P_STRING, NULL, "The wrapping token" },
	PARAM_END,
};

const struct route sys_wrapping_routes[] = {
	{ OP_WRITE, "sys/wrapping/wrap", R_INJECT | R_NO_FIELD_WARNINGS, NULL,
	    wrap_body, NULL, "Wrap the body" },
	{ OP_WRITE, "sys/wrapping/unwrap", 0, params, unwrap, NULL,
	    "Take a wrapped answer out" },
	{ OP_WRITE, "sys/wrapping/rewrap", 0, params, rewrap, NULL,
	    "Put a wrapped answer under a new token" },
	{ OP_READ | OP_WRITE, "sys/wrapping/lookup", R_UNAUTH, params, lookup,
	    NULL, "Look at a wrapping token" },
	ROUTE_END,
};
