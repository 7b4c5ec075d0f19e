/*
 * The head of an answer: status line and headers.
 */
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "base/duration.h"
#include "http/http_internal.h"
#include "http/status.h"

/* The Date line is made once a second. */
static const char *
response_date_line(const struct conn *c)
{
	struct http_server *s = c->server;
	const struct http_tenant *of = c->tenant;
	int64_t skew_ns = of->skew_ns ? *of->skew_ns : 0;
	int64_t now_s = time_after_ns(clock_now(of->clock), skew_ns) /
	    NSEC_PER_SEC;
	time_t t = (time_t)now_s;
	struct tm tm;

	if (now_s != s->date_s) {
		gmtime_r(&t, &tm);
		strftime(s->date_line, sizeof(s->date_line),
		    "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
		s->date_s = now_s;
	}
	return s->date_line;
}

bool
response_has_no_body(const struct reply *r)
{
	return r->status == 204 || r->status == 304;
}

/* Go's words for a status that has none, such as 472. */
static void
response_put_status_line(struct buf *out, int status)
{
	const char *phrase;

	if (status == 200) {
		buf_str(out, "HTTP/1.1 200 OK\r\n");
		return;
	}
	phrase = status_phrase(status);
	buf_str(out, "HTTP/1.1 ");
	buf_int(out, status);
	buf_char(out, ' ');
	buf_str(out, phrase ? phrase : "status code ");
	if (!phrase)
		buf_int(out, status);
	buf_str(out, "\r\n");
}

static void
response_put_framing(struct buf *out, int64_t length)
{
	if (length == RESPONSE_CHUNKED)
		buf_str(out, "Transfer-Encoding: chunked\r\n");
	if (length < 0)
		return;
	buf_str(out, "Content-Length: ");
	buf_int(out, (long long)length);
	buf_str(out, "\r\n");
}

#define CUSTOM_HEADERS_MAX 64

/* The configured headers that an answer gets, one of a name. */
struct response_custom {
	const struct http_response_header *headers[CUSTOM_HEADERS_MAX];
	int n;
};

/* 1 for "default", 2 for "4xx", 3 for "404"; 0 when it is not of the status. */
static int
response_custom_rank(const char *rule, int status)
{
	if (strcasecmp(rule, "default") == 0)
		return 1;
	if (rule[0] != '0' + status / 100)
		return 0;
	if (strcasecmp(rule + 1, "xx") == 0)
		return 2;
	return atoi(rule) == status ? 3 : 0;
}

static int
response_custom_find(const struct response_custom *c, const char *name)
{
	for (int i = 0; i < c->n; i++)
		if (strcasecmp(c->headers[i]->name, name) == 0)
			return i;
	return -1;
}

/* Vault 1.19: what is said of the status itself wins over its class, and that
 * over the default. */
static void
response_collect_custom(
    const struct http_settings *settings, int status, struct response_custom *c)
{
	c->n = 0;
	for (int rank = 1; rank <= 3; rank++) {
		for (size_t i = 0; i < settings->nresponse_headers; i++) {
			const struct http_response_header *h =
			    &settings->response_headers[i];
			int at = response_custom_find(c, h->name);

			if (response_custom_rank(h->status, status) != rank)
				continue;
			if (at < 0 && c->n < CUSTOM_HEADERS_MAX)
				at = c->n++;
			if (at >= 0)
				c->headers[at] = h;
		}
	}
}

static void
response_put_header(struct buf *out, const struct response_custom *custom,
    const char *name, const char *value)
{
	if (*value == '\0' || response_custom_find(custom, name) >= 0)
		return;
	buf_str(out, name);
	buf_str(out, ": ");
	buf_str(out, value);
	buf_str(out, "\r\n");
}

/* Has the handler set this header itself? */
static bool
response_has_header(const struct reply *r, const char *name)
{
	for (int i = 0; i < r->nheaders; i++)
		if (strcasecmp(r->headers[i].name, name) == 0)
			return true;
	return false;
}

static void
response_put_connection(const struct conn *c, struct buf *out)
{
	if (c->close_after)
		buf_str(out, "Connection: close\r\n");
	else if (c->minor == 0)
		buf_str(out, "Connection: keep-alive\r\n");
	buf_str(out, "\r\n");
}

/* As the other server wrote it. Its framing, and whether the connection goes
 * on, are ours to say. */
static void
response_put_upstream_head(
    struct conn *c, struct buf *out, const struct reply *r, int64_t length)
{
	const struct reply_upstream *u = r->upstream;
	const struct response_custom none = { .n = 0 };

	buf_printf(out, "HTTP/1.1 %d %s\r\n", r->status, u->reason);
	for (int i = 0; i < u->nheaders; i++)
		buf_printf(
		    out, "%s: %s\r\n", u->headers[i].name, u->headers[i].value);
	for (int i = 0; i < r->nheaders; i++)
		response_put_header(
		    out, &none, r->headers[i].name, r->headers[i].value);
	if (!response_has_no_body(r))
		response_put_framing(out, length);
	response_put_connection(c, out);
}

#define CACHE_CONTROL "no-store"
#define HSTS "max-age=31536000; includeSubDomains"

/* What nearly every answer has, in one piece. */
static const char response_usual_headers[] =
    "Cache-Control: " CACHE_CONTROL "\r\n"
    "Content-Type: application/json\r\n"
    "Strict-Transport-Security: " HSTS "\r\n";

static void
response_put_vault_headers(const struct conn *c, struct buf *out,
    const struct reply *r, const struct response_custom *custom)
{
	if (custom->n == 0 && r->nheaders == 0 && !r->content_type) {
		buf_add(out, response_usual_headers,
		    sizeof(response_usual_headers) - 1);
	} else {
		if (!response_has_header(r, "Cache-Control"))
			response_put_header(
			    out, custom, "Cache-Control", CACHE_CONTROL);
		response_put_header(out, custom, "Content-Type",
		    r->content_type ? r->content_type : "application/json");
		response_put_header(
		    out, custom, "Strict-Transport-Security", HSTS);
	}
	response_put_header(
	    out, custom, "X-Vault-Hostname", c->server->hostname);
	response_put_header(
	    out, custom, "X-Vault-Raft-Node-ID", c->server->raft_node_id);
}

/* The status line and all headers. Vault's own give way to the listener's
 * custom_response_headers of the same name. */
void
response_put_head(
    struct conn *c, struct buf *out, const struct reply *r, int64_t length)
{
	struct response_custom custom = { .n = 0 };
	bool vault = !r->no_vault_headers;

	if (r->upstream) {
		response_put_upstream_head(c, out, r, length);
		return;
	}
	if (vault)
		response_collect_custom(
		    &c->listener->settings, r->status, &custom);
	response_put_status_line(out, r->status);
	if (vault)
		response_put_vault_headers(c, out, r, &custom);
	else
		response_put_header(out, &custom, "Content-Type",
		    r->content_type ? r->content_type : "application/json");
	for (int i = 0; i < r->nheaders; i++)
		response_put_header(
		    out, &custom, r->headers[i].name, r->headers[i].value);
	for (int i = 0; i < custom.n; i++) {
		const struct http_response_header *h = custom.headers[i];

		buf_printf(out, "%s: %s\r\n", h->name, h->value);
	}
	buf_str(out, response_date_line(c));
	if (!response_has_no_body(r))
		response_put_framing(out, length);
	response_put_connection(c, out);
}

/* Room for a head before a large body: both are reserved together. */
#define NO_MEMORY_TEXT "there is no memory for an answer of this size"
#define HEAD_ROOM_BYTES ((size_t)64 << 10)

void
conn_put_response(struct conn *c, const struct reply *r, bool head_only)
{
	int64_t length = (int64_t)r->body.n;
	struct reply refusal;

	if (!head_only && r->body.n > HEAD_ROOM_BYTES &&
	    !buf_try_reserve(&c->out, r->body.n + HEAD_ROOM_BYTES)) {
		refusal = (struct reply){ .kind = REPLY_ERROR, .status = 503 };
		buf_init(&refusal.body, 0);
		buf_str(
		    &refusal.body, "{\"errors\":[\"" NO_MEMORY_TEXT "\"]}\n");
		conn_put_response(c, &refusal, false);
		buf_release(&refusal.body);
		return;
	}
	if (r->upstream && head_only)
		length = r->upstream->length < 0 ? RESPONSE_TO_END
						 : r->upstream->length;
	response_put_head(c, &c->out, r, length);
	if (!response_has_no_body(r) && !head_only)
		buf_add(&c->out, r->body.p ? r->body.p : "", r->body.n);
}
