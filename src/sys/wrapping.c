/*
 * sys/wrapping: putting data away, looking at what is away, taking it out. The
 * pipeline has checked the wrapping token before a row here is reached.
 */
#include <stdlib.h>
#include <string.h>

#include "api/reply.h"
#include "api/route.h"
#include "base/duration.h"
#include "base/text.h"
#include "core/token/token.h"
#include "core/token/wrap.h"
#include "core/vault.h"
#include "sys/route_tables.h"

static const char *
wrapping_token_param(struct request *req)
{
	const char *text = param_str(req, "token");

	return *text ? text : req->token_text;
}

static enum handler_result
wrapping_not_found(struct request *req)
{
	return fail(req, 400, "wrapping token is not valid or does not exist");
}

/* The body itself is wrapped; without the header there is nothing to do. */
static enum handler_result
wrapping_wrap(struct request *req)
{
	if (req->wrap_ttl_s == 0)
		return fail(
		    req, 400, "endpoint requires response wrapping to be used");
	return req->json.p ? reply_text(req, req->json)
			   : reply_text(req, SLICE("{}"));
}

/* What was no envelope is the answer that its data describes. */
static enum handler_result
wrapping_show(struct request *req, struct slice stored)
{
	struct slice data = jsontext_get(stored, "data");
	struct slice status = jsontext_get(data, "http_status_code");
	struct slice type = jsontext_get(data, "http_content_type");
	struct slice raw = jsontext_get(data, "http_raw_body");
	struct slice body = { "", 0 };
	struct buf bytes;
	enum handler_result v;

	if (!status.p || jsontext_kind(type) != '"' ||
	    jsontext_kind(raw) != '"')
		return reply_raw(req, 200, NULL, stored);
	body.p = jsontext_string(req->arena, raw, &body.n);
	buf_init(&bytes, 0);
	if (body.n && body.p[0] != '{') { /* base64 of bytes */
		base64_decode(&bytes, body.p, body.n, NULL);
		body = (struct slice){ bytes.p ? bytes.p : "", bytes.n };
	}
	v = reply_raw(
	    req, atoi(status.p), jsontext_string(req->arena, type, NULL), body);
	buf_release(&bytes);
	return v;
}

/* Vault 1.19: the stored answer as it was, without a newline. */
static enum handler_result
wrapping_unwrap(struct request *req)
{
	struct wrapped w = { 0 };
	struct slice body;

	if (!wrap_lookup(req->vault, wrapping_token_param(req), &w))
		return wrapping_not_found(req);
	/* Vault 1.19: a token in the body is used once more; when it is the
	 * client's own, this request has used it up already. */
	if (*param_str(req, "token") && req->token &&
	    strcmp(req->token->client_token, w.token) == 0) {
		wrapped_release(&w);
		return fail_wrapped(req, 500,
		    "error decrementing wrapping token's use-count: invalid "
		    "token entry provided for use count decrementing");
	}
	body.p = arena_strdup(req->arena, w.response);
	body.n = strlen(body.p);
	wrap_revoke(req->vault, wrapping_token_param(req));
	wrapped_release(&w);
	return body.n ? wrapping_show(req, body) : reply_none(req);
}

/* The same answer, for the same time, under a new token. */
static enum handler_result
wrapping_rewrap(struct request *req)
{
	struct wrapped old = { 0 }, fresh = { 0 };
	enum handler_result v;
	int64_t ttl_s = vault_scale_ttl(req->vault, req->wrap_ttl_s);

	if (!wrap_lookup(req->vault, wrapping_token_param(req), &old))
		return wrapping_not_found(req);
	wrap_revoke(req->vault, wrapping_token_param(req));
	/* Vault 1.19: the header may shorten its life. */
	if (ttl_s == 0 || ttl_s > old.ttl_s)
		ttl_s = old.ttl_s;
	wrap_store_response(req->vault, old.path, ttl_s, old.wrapped_accessor,
	    slice_of(old.response), &fresh);
	v = reply_wrapped(req, &fresh);
	wrapped_release(&old);
	wrapped_release(&fresh);
	return v;
}

static enum handler_result
wrapping_lookup(struct request *req)
{
	struct wrapped w = { 0 };
	char created[RFC3339_MAX];
	json_t *data;

	if (!wrap_lookup(req->vault, wrapping_token_param(req), &w))
		return wrapping_not_found(req);
	rfc3339_nano(vault_client_time(req->vault, w.created_ns), created);
	data = json_pack("{s:s, s:s, s:I}", "creation_path", w.path,
	    "creation_time", created, "creation_ttl", (json_int_t)w.ttl_s);
	wrapped_release(&w);
	return reply_data(req, data);
}

static const struct param params[] = {
	{ "token", P_STRING, NULL, "The wrapping token" },
	PARAM_END,
};

const struct route sys_wrapping_routes[] = {
	{ OP_WRITE, "sys/wrapping/wrap", R_INJECT | R_NO_FIELD_WARNINGS, NULL,
	    wrapping_wrap, NULL, "Wrap the body" },
	{ OP_WRITE, "sys/wrapping/unwrap", 0, params, wrapping_unwrap, NULL,
	    "Take a wrapped answer out" },
	{ OP_WRITE, "sys/wrapping/rewrap", 0, params, wrapping_rewrap, NULL,
	    "Put a wrapped answer under a new token" },
	{ OP_READ | OP_WRITE, "sys/wrapping/lookup", R_UNAUTH, params,
	    wrapping_lookup, NULL, "Look at a wrapping token" },
	ROUTE_END,
};
