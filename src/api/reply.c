/*
 * The makers of answers, and their encoding. Key order, spelling and newlines
 * are Vault's (http/logical.go, sdk/logical).
 */
#include "api/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_internal.h"
#include "api/engine.h"
#include "api/param.h"
#include "base/duration.h"
#include "base/text.h"

static enum handler_result
reply_set_result(struct request *req, enum reply_kind kind, int status)
{
	req->reply.kind = kind;
	req->reply.status = status;
	req->reply.upstream = NULL;
	return HANDLED;
}

enum handler_result
reply_none(struct request *req)
{
	return reply_set_result(req, REPLY_NONE, 0);
}

static void
reply_put_data(struct request *req, json_t *data)
{
	buf_clear(&req->reply.data);
	if (data)
		jsontext_put(&req->reply.data, data);
	json_decref(data);
}

enum handler_result
reply_data(struct request *req, json_t *data)
{
	reply_put_data(req, data);
	return reply_set_result(req, REPLY_ENVELOPE, 200);
}

enum handler_result
reply_text(struct request *req, struct slice data)
{
	buf_clear(&req->reply.data);
	buf_slice(&req->reply.data, data);
	return reply_set_result(req, REPLY_ENVELOPE, 200);
}

enum handler_result
reply_written(struct request *req)
{
	return reply_set_result(req, REPLY_ENVELOPE, 200);
}

enum handler_result
reply_forced(struct request *req, int status, json_t *data)
{
	reply_put_data(req, data);
	return reply_forced_written(req, status);
}

enum handler_result
reply_forced_written(struct request *req, int status)
{
	req->reply.forced_status = true;
	req->reply.no_mount_type = true;
	return reply_set_result(req, REPLY_ENVELOPE, status);
}

enum handler_result
reply_tidy(struct request *req)
{
	reply_warn(req,
	    "Tidy operation successfully started. Any information from "
	    "the operation will be printed to Vault's server logs.");
	return reply_forced(req, 202, NULL);
}

enum handler_result
reply_keys(struct request *req, const struct strs *keys)
{
	size_t n = keys->n;
	struct buf *out = &req->reply.data;

	if (n == 0 && req->wrap_ttl_s)
		return fail(req, 404, "unsupported path");
	/* Vault 1.19: a list of nothing is a 404, but not beside a warning. */
	if (n == 0 && req->reply.nwarnings == 0 && !params_have_warnings(req))
		return fail_empty(req, 404);
	buf_clear(out);
	buf_str(out, n ? "" : "{}");
	if (n) {
		buf_str(out, "{\"keys\":[");
		for (size_t i = 0; i < n; i++) {
			if (i)
				buf_char(out, ',');
			jsontext_quote_str(out, keys->items[i]);
		}
		buf_str(out, "]}");
	}
	return reply_set_result(req, REPLY_ENVELOPE, 200);
}

enum handler_result
reply_bare(struct request *req, int status, json_t *object)
{
	buf_clear(&req->reply.data);
	jsontext_put_ordered(&req->reply.data, object);
	json_decref(object);
	return reply_set_result(req, REPLY_BARE, status);
}

enum handler_result
reply_bare_written(struct request *req, int status)
{
	return reply_set_result(req, REPLY_BARE, status);
}

enum handler_result
reply_raw(struct request *req, int status, const char *content_type,
    struct slice body)
{
	buf_clear(&req->reply.data);
	buf_slice(&req->reply.data, body);
	req->reply.content_type = content_type;
	return reply_set_result(req, REPLY_RAW, status);
}

enum handler_result
reply_auth(struct request *req, const struct reply_auth *auth)
{
	struct reply_auth *copy = arena_alloc(req->arena, sizeof(*copy));

	*copy = *auth;
	token_unref(req->reply.auth_token);
	req->reply.auth_token = token_ref(auth->token);
	req->reply.auth = copy;
	buf_clear(&req->reply.data);
	return reply_set_result(req, REPLY_ENVELOPE, 200);
}

enum handler_result
reply_leased(struct request *req, const char *lease_id, int64_t ttl_s,
    bool renewable, json_t *data)
{
	reply_put_data(req, data);
	req->reply.lease_id = arena_strdup(req->arena, lease_id);
	req->reply.lease_duration_s = ttl_s;
	req->reply.renewable = renewable;
	return reply_set_result(req, REPLY_ENVELOPE, 200);
}

enum handler_result
reply_from_upstream(
    struct request *req, int status, const struct reply_upstream *upstream)
{
	reply_set_result(req, REPLY_UPSTREAM, status);
	req->reply.upstream = upstream;
	return HANDLED;
}

json_t *
reply_time_json(const struct request *req, int64_t ns)
{
	char text[RFC3339_MAX];

	if (!ns)
		return json_null();
	rfc3339_nano(vault_client_time(req->vault, ns), text);
	return json_string(text);
}

void
reply_header(struct request *req, const char *name, const char *value)
{
	struct reply *r = &req->reply;

	if (r->nheaders == (int)(sizeof(r->headers) / sizeof(r->headers[0])))
		return;
	r->headers[r->nheaders].name = arena_strdup(req->arena, name);
	r->headers[r->nheaders++].value = arena_strdup(req->arena, value);
}

static enum handler_result
reply_error_text(
    struct request *req, int status, bool wrapped, const char *fmt, va_list ap)
{
	req->reply.error_empty = false;
	req->reply.error_no_body = false;
	req->reply.error_wrapped = wrapped;
	req->reply.error = arena_vprintf(req->arena, fmt, ap);
	return reply_set_result(req, REPLY_ERROR, status);
}

enum handler_result
fail(struct request *req, int status, const char *fmt, ...)
{
	va_list ap;
	enum handler_result v;

	va_start(ap, fmt);
	v = reply_error_text(req, status, false, fmt, ap);
	va_end(ap);
	return v;
}

bool
refuse(struct request *req, int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	reply_error_text(req, status, false, fmt, ap);
	va_end(ap);
	return false;
}

enum handler_result
fail_wrapped(struct request *req, int status, const char *fmt, ...)
{
	va_list ap;
	enum handler_result v;

	va_start(ap, fmt);
	v = reply_error_text(req, status, true, fmt, ap);
	va_end(ap);
	return v;
}

bool
refuse_wrapped(struct request *req, int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	reply_error_text(req, status, true, fmt, ap);
	va_end(ap);
	return false;
}

enum handler_result
fail_empty(struct request *req, int status)
{
	req->reply.error_empty = true;
	return reply_set_result(req, REPLY_ERROR, status);
}

enum handler_result
fail_no_body(struct request *req, int status)
{
	req->reply.error_no_body = true;
	return reply_set_result(req, REPLY_ERROR, status);
}

enum handler_result
fail_error(struct request *req, const struct error *e)
{
	int status = e->status ? e->status : 500;

	return e->wrapped ? fail_wrapped(req, status, "%s", e->text)
			  : fail(req, status, "%s", e->text);
}

bool
refuse_error(struct request *req, const struct error *e)
{
	(void)fail_error(req, e);
	return false;
}

enum handler_result
fail_unsupported_path(struct request *req)
{
	return fail_wrapped(req, 404, "unsupported path");
}

enum handler_result
fail_unsupported_operation(struct request *req)
{
	return fail_wrapped(req, 405, "unsupported operation");
}

enum handler_result
fail_denied(struct request *req)
{
	return fail_wrapped(req, 403, "permission denied");
}

enum handler_result
fail_invalid_token(struct request *req)
{
	return fail(req, 403, "%s",
	    version_has(req->vault, VERSION_TOKEN_INVALID_TEXT)
		? "2 errors occurred:\n\t* permission denied\n\t* invalid "
		  "token\n\n"
		: "permission denied");
}

enum handler_result
fail_sealed(struct request *req)
{
	return fail(req, 503, "Vault is sealed");
}

/* ---- encoding ---- */

static void
reply_put_strings(struct buf *out, const char *key, const char *const *list)
{
	jsontext_put_key(out, key);
	buf_char(out, '[');
	for (int i = 0; list && list[i]; i++) {
		if (i)
			buf_char(out, ',');
		jsontext_quote_str(out, list[i]);
	}
	buf_char(out, ']');
}

/* All policies: the token's and the identity's, sorted, without doubles. */
static void
reply_put_policies(struct request *req, struct buf *out, const char *const *own,
    const char *const *identity)
{
	size_t n = 0, kept = 0;
	const char **all;

	for (int i = 0; own && own[i]; i++)
		n++;
	for (int i = 0; identity && identity[i]; i++)
		n++;
	all = arena_alloc(req->arena, (n + 1) * sizeof(char *));
	n = 0;
	for (int i = 0; own && own[i]; i++)
		all[n++] = own[i];
	for (int i = 0; identity && identity[i]; i++)
		all[n++] = identity[i];
	qsort(all, n, sizeof(char *), compare_strings);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || strcmp(all[kept - 1], all[i]) != 0)
			all[kept++] = all[i];
	all[kept] = NULL;
	reply_put_strings(out, "policies", all);
}

static void
reply_put_auth(struct request *req, struct buf *out, const struct reply_auth *a)
{
	const struct token *t = a->token;
	const char *const *own = a->token_policies
	    ? a->token_policies
	    : (const char *const *)t->policies.items;

	buf_char(out, '{');
	jsontext_put_str(out, "client_token", a->client_token);
	jsontext_put_str(out, "accessor", t->accessor);
	reply_put_policies(req, out, own, a->identity_policies);
	if (own && own[0])
		reply_put_strings(out, "token_policies", own);
	if (a->identity_policies && a->identity_policies[0])
		reply_put_strings(
		    out, "identity_policies", a->identity_policies);
	jsontext_put_key(out, "metadata");
	buf_str(out, a->metadata ? a->metadata : "null");
	jsontext_put_int(out, "lease_duration", a->lease_duration_s);
	jsontext_put_bool(out, "renewable", t->renewable);
	jsontext_put_str(out, "entity_id", t->entity_id);
	jsontext_put_str(
	    out, "token_type", t->type == TOKEN_BATCH ? "batch" : "service");
	jsontext_put_bool(out, "orphan", t->is_orphan);
	buf_str(out, ",\"mfa_requirement\":null");
	jsontext_put_int(out, "num_uses", t->num_uses);
	buf_char(out, '}');
}

/* Vault mirrors data on some old sys paths: `"key": value, ` before the
 * envelope, with the spaces. */
static void
reply_put_injected(struct request *req, struct buf *out)
{
	struct slice data = { req->reply.data.p, req->reply.data.n };
	struct jsontext_member *members;
	size_t n = jsontext_members(req->arena, data, &members);

	for (size_t i = 0; i < n; i++) {
		jsontext_quote_str(out, members[i].key);
		buf_str(out, ": ");
		buf_slice(out, members[i].value);
		buf_str(out, ", ");
	}
}

static void
reply_put_warnings(struct request *req, struct buf *out)
{
	struct reply *r = &req->reply;

	if (!r->nwarnings) {
		buf_str(out,
		    r->warnings ? ",\"warnings\":[]" : ",\"warnings\":null");
		return;
	}
	buf_str(out, ",\"warnings\":[");
	for (int i = 0; i < r->nwarnings; i++) {
		if (i)
			buf_char(out, ',');
		jsontext_quote_str(out, r->warnings[i]);
	}
	buf_char(out, ']');
}

/* Writes the body of a reply in Vault's envelope: its members in Vault's
 * order, whose absent ones are null or empty, and a newline. */
static void
reply_encode_envelope(struct request *req)
{
	struct reply *r = &req->reply;
	struct buf *out = &r->body;

	buf_clear(out);
	if (!buf_grow(out, r->data.n + 300))
		return;
	buf_char(out, '{');
	if (r->inject && r->data.n)
		reply_put_injected(req, out);
	buf_str(out, "\"request_id\":\"");
	buf_str(out, r->request_id ? r->request_id : req->id);
	buf_str(out, "\",\"lease_id\":");
	jsontext_quote_str(out, r->lease_id ? r->lease_id : "");
	buf_str(
	    out, r->renewable ? ",\"renewable\":true" : ",\"renewable\":false");
	buf_str(out, ",\"lease_duration\":");
	buf_int(out, r->lease_duration_s);
	buf_str(out, ",\"data\":");
	if (r->data.n)
		buf_add(out, r->data.p, r->data.n);
	else
		buf_str(out, "null");
	buf_str(out, ",\"wrap_info\":");
	buf_str(out, r->wrap_info ? r->wrap_info : "null");
	reply_put_warnings(req, out);
	buf_str(out, ",\"auth\":");
	if (r->auth)
		reply_put_auth(req, out, r->auth);
	else
		buf_str(out, "null");
	if (version_has(req->vault, VERSION_ENVELOPE_MOUNT_TYPE)) {
		buf_str(out, ",\"mount_type\":\"");
		if (!r->no_mount_type && req->mount && req->route &&
		    !(req->route->flags & R_UNAUTH))
			buf_str(out, req->mount->type);
		buf_char(out, '"');
	}
	buf_str(out, r->forced_status ? "}" : "}\n");
}

static void
reply_encode_error(struct request *req)
{
	struct reply *r = &req->reply;
	struct buf *out = &r->body;

	buf_clear(out);
	if (r->error_no_body)
		return;
	buf_str(out, "{\"errors\":[");
	if (!r->error_empty) {
		const char *text = r->error ? r->error : "";

		if (r->error_wrapped &&
		    !(req->route && req->route->flags & R_UNAUTH))
			text = arena_printf(
			    req->arena, "1 error occurred:\n\t* %s\n\n", text);
		jsontext_quote_str(out, text);
	}
	buf_str(out, "]}\n");
}

/* The data as they are; a large copy takes milliseconds. */
static void
reply_take_data(struct reply *r)
{
	struct buf body = r->data;

	r->data = r->body;
	r->body = body;
	buf_clear(&r->data);
}

static void
reply_encode_kind(struct request *req)
{
	struct reply *r = &req->reply;

	switch (r->kind) {
	case REPLY_NONE:
		/* Vault 1.19: a nil response is a 204, but a read or a list of
		 * nothing 404. */
		if (req->op & (OP_READ | OP_LIST | OP_HEAD)) {
			fail_empty(req, 404);
			reply_encode_error(req);
			return;
		}
		buf_clear(&r->body);
		r->status = 204;
		return;
	case REPLY_ENVELOPE:
		reply_encode_envelope(req);
		return;
	case REPLY_BARE:
		buf_char(&r->data, '\n');
		reply_take_data(r);
		return;
	case REPLY_RAW:
	case REPLY_UPSTREAM:
		reply_take_data(r);
		return;
	case REPLY_ERROR:
		reply_encode_error(req);
		return;
	}
}

/* An answer in part is none. */
void
reply_encode(struct request *req)
{
	struct reply *r = &req->reply;

	if (!r->data.over)
		reply_encode_kind(req);
	if (!r->data.over && !r->body.over)
		return;
	buf_clear(&r->data);
	(void)fail(req, 503, REPLY_NO_MEMORY);
	reply_encode_error(req);
}
