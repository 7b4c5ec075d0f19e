/*
 * Answers under a wrapping token: the header X-Vault-Wrap-TTL on any path, and
 * rewrap.
 */
#include "api/api_internal.h"
#include "api/reply.h"
#include "base/duration.h"
#include "base/text.h"
#include "core/token/wrap.h"

/* Vault 1.19: dedicated handlers do not read it. */
enum phase_result
phase_wrap_header(struct request *req)
{
	const char *text = request_header(req, "X-Vault-Wrap-TTL"), *error;
	int64_t ns;

	if (!text || !*text || req->route)
		return NEXT;
	error = duration_parse_why(req->arena, text, &ns);
	if (!error && ns < 0)
		error = "requested wrap ttl cannot be negative";
	if (error)
		return phase_end(fail(req, 400,
		    "error parsing X-Vault-Wrap-TTL header: %s", error));
	req->wrap_ttl_s = ns / NSEC_PER_SEC;
	return NEXT;
}

static char *
wrap_info_json(struct request *req, const struct wrapped *w)
{
	char created[RFC3339_MAX];
	struct buf out;
	char *text;

	rfc3339_nano(vault_client_time(req->vault, w->created_ns), created);
	buf_init(&out, 0);
	buf_printf(&out, "{\"token\":\"%s\",\"accessor\":\"%s\",\"ttl\":%lld,",
	    w->token, w->accessor, (long long)w->ttl_s);
	buf_printf(
	    &out, "\"creation_time\":\"%s\",\"creation_path\":", created);
	jsontext_quote_str(&out, w->path);
	if (w->wrapped_accessor && *w->wrapped_accessor)
		buf_printf(
		    &out, ",\"wrapped_accessor\":\"%s\"", w->wrapped_accessor);
	buf_char(&out, '}');
	text = arena_strndup(req->arena, out.p, out.n);
	buf_release(&out);
	return text;
}

enum handler_result
reply_wrapped(struct request *req, const struct wrapped *w)
{
	struct reply *r = &req->reply;

	buf_clear(&r->data);
	r->kind = REPLY_ENVELOPE;
	r->status = 200;
	r->forced_status = false;
	r->auth = NULL;
	r->lease_id = NULL;
	r->lease_duration_s = 0;
	r->renewable = false;
	r->no_mount_type = true;
	r->inject = false;
	r->request_id = "";
	r->warnings = NULL;
	r->nwarnings = 0;
	r->wrap_info = wrap_info_json(req, w);
	return HANDLED;
}

/*
 * An answer with a status or a type of its own is kept as Vault keeps it: an
 * envelope whose data tells status, type and body. sys/wrapping/unwrap makes
 * the answer of it again.
 */
static void
wrapped_raw_response(struct request *req)
{
	struct reply *r = &req->reply;
	bool json = r->kind == REPLY_ENVELOPE;
	struct buf data;

	reply_encode(req);
	buf_init(&data, 0);
	buf_str(&data, "{\"http_content_type\":");
	jsontext_quote_str(
	    &data, r->content_type ? r->content_type : "application/json");
	buf_str(&data, ",\"http_raw_body\":");
	if (json) {
		jsontext_quote(&data, r->body.p ? r->body.p : "", r->body.n);
	} else {
		buf_char(&data, '"');
		base64_encode(&data, r->body.p ? r->body.p : "", r->body.n);
		buf_char(&data, '"');
	}
	buf_printf(&data, ",\"http_status_code\":%d}", r->status);
	buf_clear(&r->data);
	buf_add(&r->data, data.p, data.n);
	buf_release(&data);
	r->kind = REPLY_ENVELOPE;
	r->content_type = NULL;
	r->warnings = NULL;
	r->nwarnings = 0;
}

/* The envelope goes under a wrapping token; its place is taken by
 * wrap_info_json. */
void
wrap_response(struct request *req)
{
	struct reply *r = &req->reply;
	const char *accessor = r->auth ? r->auth->token->accessor
				       : r->wrapped_accessor;
	struct wrapped w = { 0 };

	if (r->forced_status || r->kind == REPLY_RAW)
		wrapped_raw_response(req);
	r->forced_status = true; /* kept without its newline */
	r->inject = false;
	reply_encode(req);
	wrap_store_response(req->vault, req->path,
	    vault_scale_ttl(req->vault, req->wrap_ttl_s),
	    accessor ? accessor : "", (struct slice){ r->body.p, r->body.n },
	    &w);
	reply_wrapped(req, &w);
	wrapped_release(&w);
}
