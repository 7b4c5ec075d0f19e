/*
 * The head of an answer. Knows nothing of when it leaves.
 */
#include <strings.h>
#include <time.h>

#include "http/http_internal.h"
#include "http/status.h"

/* The Date line is made once a second. */
static const char *
response_date_line(struct http_server *s)
{
	int64_t skew_ns = s->skew_ns ? *s->skew_ns : 0;
	int64_t now_s = (clock_now(s->clock) + skew_ns) / 1000000000;
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
	const char *phrase = status_phrase(status);

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
	if (length == RESPONSE_CHUNKED) {
		buf_str(out, "Transfer-Encoding: chunked\r\n");
		return;
	}
	buf_str(out, "Content-Length: ");
	buf_int(out, (long long)length);
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

void
response_put_head(
    struct conn *c, struct buf *out, const struct reply *r, int64_t length)
{
	const char *type = r->content_type ? r->content_type
					   : "application/json";

	response_put_status_line(out, r->status);
	if (!r->no_vault_headers && !response_has_header(r, "Cache-Control"))
		buf_str(out, "Cache-Control: no-store\r\n");
	if (*type) {
		buf_str(out, "Content-Type: ");
		buf_str(out, type);
		buf_str(out, "\r\n");
	}
	if (!r->no_vault_headers)
		buf_str(out,
		    "Strict-Transport-Security: "
		    "max-age=31536000; includeSubDomains\r\n");
	for (int i = 0; i < r->nheaders; i++) {
		buf_str(out, r->headers[i].name);
		buf_str(out, ": ");
		buf_str(out, r->headers[i].value);
		buf_str(out, "\r\n");
	}
	buf_str(out, response_date_line(c->server));
	if (!response_has_no_body(r))
		response_put_framing(out, length);
	if (c->close_after)
		buf_str(out, "Connection: close\r\n");
	else if (c->minor == 0)
		buf_str(out, "Connection: keep-alive\r\n");
	buf_str(out, "\r\n");
}
