/*
 * Parses heads of requests and answers, and chunked bodies.
 */
#include "base/http/parse.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

static bool
http_is_token_char(char c)
{
	static const bool chars[256] = {
		['0' ... '9'] = true,
		['A' ... 'Z'] = true,
		['^' ... 'z'] = true,  /* with _ and ` */
		['#' ... '\''] = true, /* # $ % & ' */
		['!'] = true,
		['*'] = true,
		['+'] = true,
		['-'] = true,
		['.'] = true,
		['|'] = true,
		['~'] = true,
	};

	return chars[(unsigned char)c];
}

static bool
http_slice_is_nocase(struct slice s, const char *text)
{
	return s.n == strlen(text) && strncasecmp(s.p, text, s.n) == 0;
}

static struct slice
http_trim_slice(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (
	    end > p && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		end--;
	return (struct slice){ p, (size_t)(end - p) };
}

/* "METHOD target HTTP/1.x" between p and end. */
static long
http_parse_request_line(const char *p, const char *end, struct http_head *h)
{
	const char *sp;

	if (end > p && end[-1] == '\r')
		end--;
	sp = memchr(p, ' ', (size_t)(end - p));
	if (!sp || sp == p)
		return -400;
	h->method = (struct slice){ p, (size_t)(sp - p) };
	for (const char *m = p; m < sp; m++)
		if (!http_is_token_char(*m))
			return -400;
	p = sp + 1;
	sp = memchr(p, ' ', (size_t)(end - p));
	if (!sp || sp == p)
		return -400;
	h->target = (struct slice){ p, (size_t)(sp - p) };
	for (const char *t = p + ascii_run(p, h->target.n); t < sp; t++)
		if ((unsigned char)*t <= 0x20 || *t == 0x7f)
			return -400;
	p = sp + 1;
	if (end - p != 8 || memcmp(p, "HTTP/", 5) != 0 || p[6] != '.' ||
	    !isdigit((unsigned char)p[5]) || !isdigit((unsigned char)p[7]))
		return -400;
	if (p[5] != '1')
		return -505;
	h->minor = p[7] - '0';
	return 1;
}

static long
http_parse_content_length(struct http_head *h, struct slice v)
{
	int64_t n = 0;

	if (v.n == 0 || v.n > 18)
		return -400;
	for (size_t i = 0; i < v.n; i++) {
		if (!isdigit((unsigned char)v.p[i]))
			return -400;
		n = n * 10 + (v.p[i] - '0');
	}
	if (h->content_length >= 0 && h->content_length != n)
		return -400;
	h->content_length = n;
	return 1;
}

/* Is word one of the comma-separated words of v? */
static bool
http_list_has_word(struct slice v, const char *word)
{
	const char *p = v.p, *end = v.p + v.n;

	while (p < end) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		const char *stop = comma ? comma : end;

		if (http_slice_is_nocase(http_trim_slice(p, stop), word))
			return true;
		p = stop + 1;
	}
	return false;
}

static long
http_note_header(struct http_head *h, struct slice name, struct slice value)
{
	if (http_slice_is_nocase(name, "host")) {
		h->nhosts++;
		h->host = value;
	}
	if (http_slice_is_nocase(name, "content-length"))
		return http_parse_content_length(h, value);
	if (http_slice_is_nocase(name, "transfer-encoding")) {
		/* Go's net/http: one coding, said once. */
		if (h->chunked || !http_slice_is_nocase(value, "chunked"))
			return -501;
		h->chunked = true;
	} else if (http_slice_is_nocase(name, "connection")) {
		if (http_list_has_word(value, "close"))
			h->keep_alive = false;
		else if (http_list_has_word(value, "keep-alive"))
			h->keep_alive = true;
	} else if (http_slice_is_nocase(name, "expect")) {
		h->expect_continue = http_slice_is_nocase(
		    value, "100-continue");
		if (!h->expect_continue && value.n)
			return -417;
	}
	return 1;
}

static long
http_parse_header_line(const char *p, const char *end, struct http_head *h)
{
	const char *colon = memchr(p, ':', (size_t)(end - p));
	struct slice name, value;

	if (!colon || colon == p)
		return -400;
	for (const char *c = p; c < colon; c++)
		if (!http_is_token_char(*c))
			return -400;
	if (h->nheaders == HTTP_HEADERS_MAX)
		return -431;
	name = (struct slice){ p, (size_t)(colon - p) };
	value = http_trim_slice(colon + 1, end);
	for (size_t i = ascii_run(value.p, value.n); i < value.n; i++)
		if ((unsigned char)value.p[i] < 0x20 && value.p[i] != '\t')
			return -400;
	h->headers[h->nheaders].name = name;
	h->headers[h->nheaders++].value = value;
	return http_note_header(h, name, value);
}

/* "HTTP/1.x 200 OK"; the words may be missing. */
static long
http_parse_status_line(const char *p, const char *end, struct http_head *h)
{
	if (end > p && end[-1] == '\r')
		end--;
	if (end - p < 12 || memcmp(p, "HTTP/1.", 7) != 0 ||
	    !isdigit((unsigned char)p[7]) || p[8] != ' ')
		return -400;
	h->minor = p[7] - '0';
	h->status = 0;
	for (int i = 9; i < 12; i++) {
		if (!isdigit((unsigned char)p[i]))
			return -400;
		h->status = h->status * 10 + (p[i] - '0');
	}
	p += 12;
	if (h->status < 100 || (p < end && *p != ' '))
		return -400;
	h->reason = http_trim_slice(p, end);
	for (size_t i = 0; i < h->reason.n; i++)
		if ((unsigned char)h->reason.p[i] < 0x20 &&
		    h->reason.p[i] != '\t')
			return -400;
	return 1;
}

typedef long (*http_first_line_fn)(
    const char *p, const char *end, struct http_head *h);

static long
http_parse_lines(const char *text, size_t n, struct http_head *h,
    http_first_line_fn first_line)
{
	const char *p = text, *end = text + n;
	bool first = true;

	h->nheaders = h->nhosts = 0;
	h->content_length = -1;
	h->chunked = false;
	h->expect_continue = false;
	while (p < end && (*p == '\r' || *p == '\n') && p - text < 4)
		p++;
	for (;;) {
		const char *line = p;
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		long rc;

		if (first && (nl ? nl : end) - line > HTTP_LINE_MAX)
			return -414;
		if ((nl ? nl : end) - text > HTTP_HEAD_MAX)
			return -431;
		if (!nl)
			return 0;
		p = nl + 1;
		if (nl == line || (nl == line + 1 && *line == '\r')) {
			if (first)
				return -400;
			break;
		}
		rc = first ? first_line(line, nl, h)
			   : http_parse_header_line(line, nl, h);
		if (rc < 0)
			return rc;
		if (first)
			h->keep_alive = h->minor >= 1;
		first = false;
	}
	if (h->chunked && h->content_length >= 0)
		return -400;
	return p - text;
}

long
http_parse_head(const char *text, size_t n, struct http_head *h)
{
	long used = http_parse_lines(text, n, h, http_parse_request_line);

	/* Go's net/http: of two hosts it says no more than that it is a 400. */
	return used > 0 && h->nhosts > 1 ? -400 : used;
}

/* Go's net/http is lenient: what may stand in a host, in whatever order. */
static bool
http_is_host_char(char c)
{
	static const bool chars[256] = {
		['0' ... ';'] = true, /* with : and ; */
		['A' ... '['] = true,
		['a' ... 'z'] = true,
		['&' ... '.'] = true, /* & ' ( ) * + , - . */
		['!'] = true,
		['$'] = true,
		['%'] = true,
		['='] = true,
		[']'] = true,
		['_'] = true,
		['~'] = true,
	};

	return chars[(unsigned char)c];
}

const char *
http_host_refusal(const struct http_head *h)
{
	if (h->nhosts == 0)
		return h->minor == 0 || slice_is(h->method, "CONNECT")
		    ? NULL
		    : "missing required Host header";
	for (size_t i = 0; i < h->host.n; i++)
		if (!http_is_host_char(h->host.p[i]))
			return "malformed Host header";
	return NULL;
}

long
http_parse_response_head(const char *text, size_t n, struct http_head *h)
{
	long used = http_parse_lines(text, n, h, http_parse_status_line);

	return used < 0 ? -502 : used;
}

enum {
	CHUNK_SIZE,
	CHUNK_DATA,
	CHUNK_DATA_END,
	CHUNK_TRAILER,
};

/* A size line without its newline: hex digits, perhaps an extension. */
static bool
http_parse_chunk_size(struct http_chunks *c, const char *p, const char *end)
{
	int digits = 0;

	c->data_left = 0;
	for (; p < end && isxdigit((unsigned char)*p); p++, digits++) {
		int v = isdigit((unsigned char)*p)
		    ? *p - '0'
		    : tolower((unsigned char)*p) - 'a' + 10;

		c->data_left = c->data_left << 4 | (uint64_t)v;
	}
	if (digits == 0 || digits > 12)
		return false;
	c->state = c->data_left ? CHUNK_DATA : CHUNK_TRAILER;
	return p == end || *p == ';' || *p == '\r' || *p == ' ';
}

long
http_parse_chunks(struct http_chunks *c, const char *text, size_t n,
    struct buf *out, bool *done)
{
	const char *p = text, *end = text + n;

	*done = false;
	while (p < end) {
		const char *nl;

		if (c->state == CHUNK_DATA) {
			size_t part = (size_t)(end - p);

			if (part > c->data_left)
				part = (size_t)c->data_left;
			buf_add(out, p, part);
			p += part;
			c->data_left -= part;
			if (c->data_left == 0)
				c->state = CHUNK_DATA_END;
			continue;
		}
		nl = memchr(p, '\n', (size_t)(end - p));
		if (!nl) {
			if (end - p > HTTP_LINE_MAX)
				return -1;
			break;
		}
		if (c->state == CHUNK_DATA_END) {
			if (nl - p > 1 || (nl - p == 1 && *p != '\r'))
				return -1;
			c->state = CHUNK_SIZE;
		} else if (c->state == CHUNK_SIZE) {
			if (!http_parse_chunk_size(c, p, nl))
				return -1;
		} else if (nl == p || (nl == p + 1 && *p == '\r')) {
			*done = true;
			return nl + 1 - text;
		}
		p = nl + 1;
	}
	return p - text;
}
