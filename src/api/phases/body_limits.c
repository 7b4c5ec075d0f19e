/*
 * Limits on a JSON body: depth, lengths, counts, keys that come twice. A
 * scanner of its own, as in Vault, whose refusals come before the parser's.
 */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_internal.h"
#include "base/map.h"
#include "base/text.h"
#include "core/vault.h"

/* An object or an array that is open. */
struct body_container {
	bool is_object;
	bool expects_key;
	int64_t count;
	struct map *keys; /* of an object; NULL while it has none */
};

struct body_scan {
	struct request *req;
	const char *p, *end;
	struct body_container *open;
	size_t nopen, cap;
	int64_t max_depth, max_string, max_entries, max_elements, max_tokens;
	int64_t tokens;
	bool duplicates; /* are refused */
	bool after_comma;
	const char *error; /* NULL: none */
};

static bool __attribute__((format(printf, 2, 3)))
body_scan_refuse(struct body_scan *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	s->error = arena_vprintf(s->req->arena, fmt, ap);
	va_end(ap);
	return false;
}

/* Go's %c of a byte: a character of Latin-1. */
static const char *
body_scan_char(struct body_scan *s, unsigned char c)
{
	return c < 0x80 ? arena_printf(s->req->arena, "%c", c)
			: arena_printf(s->req->arena, "%c%c", 0xc0 | c >> 6,
			      0x80 | (c & 0x3f));
}

static void
body_scan_skip_space(struct body_scan *s)
{
	while (s->p < s->end && memchr(" \t\r\n", *s->p, 4))
		s->p++;
}

static bool
body_scan_is_over(int64_t n, int64_t limit)
{
	return limit > 0 && n > limit;
}

/* Counts a value that stands in the innermost container. */
static bool
body_scan_count_value(struct body_scan *s)
{
	struct body_container *c = s->nopen ? &s->open[s->nopen - 1] : NULL;

	if (!c)
		return true;
	if (c->is_object) {
		c->expects_key = true;
		return true;
	}
	if (body_scan_is_over(++c->count, s->max_elements))
		return body_scan_refuse(
		    s, "JSON array exceeds allowed element count");
	return true;
}

static bool
body_scan_key(struct body_scan *s, const char *key)
{
	struct body_container *c = &s->open[s->nopen - 1];

	if (!c->keys)
		c->keys = map_new();
	if (map_put(c->keys, key, s) && s->duplicates)
		return body_scan_refuse(s, "duplicate key '%s' in object", key);
	if (body_scan_is_over(++c->count, s->max_entries))
		return body_scan_refuse(
		    s, "JSON object exceeds allowed entry count");
	c->expects_key = false;
	return true;
}

/* \uXXXX; s->p stands behind the u. */
static bool
body_scan_unicode(struct body_scan *s, struct buf *out, uint32_t *code)
{
	char bytes[4];

	if (s->end - s->p < 4)
		return body_scan_refuse(
		    s, "malformed JSON, unterminated unicode escape in string");
	*code = 0;
	for (int i = 0; i < 4; i++) {
		const char *digits = "0123456789abcdef0123456789ABCDEF";
		const char *at = *s->p ? strchr(digits, *s->p) : NULL;

		if (!at)
			return body_scan_refuse(s,
			    "invalid character '%s' in string escape code",
			    body_scan_char(s, (unsigned char)*s->p));
		*code = *code << 4 | (uint32_t)((at - digits) % 16);
		s->p++;
	}
	buf_add(out, bytes,
	    utf8_put(
		*code >= 0xd800 && *code < 0xe000 ? 0xfffd : *code, bytes));
	return true;
}

static bool
body_scan_escape(struct body_scan *s, struct buf *out, uint32_t *code)
{
	static const char names[] = "\"\\/bfnrt";
	static const char bytes[] = "\"\\/\b\f\n\r\t";
	const char *at;
	char c;

	if (s->p == s->end)
		return body_scan_refuse(s,
		    "malformed JSON, unterminated escape sequence in "
		    "string");
	c = *s->p++;
	if (c == 'u')
		return body_scan_unicode(s, out, code);
	at = c ? strchr(names, c) : NULL;
	if (!at)
		return body_scan_refuse(s,
		    "invalid character '%s' in string escape code",
		    body_scan_char(s, (unsigned char)c));
	buf_char(out, bytes[at - names]);
	return true;
}

/* A string; its length is that of its bytes as sent. */
static bool
body_scan_string(struct body_scan *s, struct buf *out)
{
	const char *start = ++s->p;
	uint32_t code = 0;

	while (s->p < s->end) {
		char c = *s->p++;

		if (c == '"' && code >= 0xd800 && code <= 0xdbff)
			return body_scan_refuse(s,
			    "malformed JSON, unterminated surrogate pair in "
			    "string");
		if (c == '"')
			return true;
		code = 0;
		if (c != '\\')
			buf_char(out, c);
		else if (!body_scan_escape(s, out, &code))
			return false;
		if (body_scan_is_over(s->p - start, s->max_string))
			return body_scan_refuse(
			    s, "JSON string value exceeds allowed length");
	}
	return body_scan_refuse(s, "malformed JSON, unclosed string");
}

static bool
body_scan_string_value(struct body_scan *s)
{
	struct body_container *c = s->nopen ? &s->open[s->nopen - 1] : NULL;
	struct buf text;
	bool ok;

	buf_init(&text, 0);
	ok = body_scan_string(s, &text);
	if (ok && c && c->is_object && c->expects_key)
		ok = body_scan_key(s, text.p ? text.p : "");
	else
		ok = ok && body_scan_count_value(s);
	buf_release(&text);
	return ok;
}

static bool
body_scan_number(struct body_scan *s)
{
	const char *start = s->p;
	char *text, *rest;

	if (s->end - s->p > 1 && s->p[0] == '0' && s->p[1] >= '0' &&
	    s->p[1] <= '9')
		return body_scan_refuse(s,
		    "invalid character '%s' after top-level value",
		    body_scan_char(s, (unsigned char)s->p[1]));
	while (s->p < s->end && *s->p && strchr("0123456789.eE+-", *s->p))
		s->p++;
	if (body_scan_is_over(s->p - start, s->max_string))
		return body_scan_refuse(
		    s, "JSON number value exceeds allowed length");
	text = arena_strndup(s->req->arena, start, (size_t)(s->p - start));
	if (isinf(strtod(text, &rest)) || *rest)
		return body_scan_refuse(
		    s, "malformed JSON, invalid number syntax for '%s'", text);
	return body_scan_count_value(s);
}

/* true, false and null, whatever the letters are. */
static bool
body_scan_literal(struct body_scan *s)
{
	while (s->p < s->end && !memchr(" \t\r\n,}]", *s->p, 7))
		s->p++;
	return body_scan_count_value(s);
}

static bool
body_scan_open(struct body_scan *s)
{
	bool in_object = s->nopen && s->open[s->nopen - 1].is_object;

	if (!in_object && !body_scan_count_value(s))
		return false;
	if (in_object)
		s->open[s->nopen - 1].expects_key = true;
	if (body_scan_is_over((int64_t)s->nopen + 1, s->max_depth))
		return body_scan_refuse(
		    s, "JSON input exceeds allowed nesting depth");
	if (s->nopen == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 16;
		s->open = xrealloc(s->open, s->cap * sizeof(*s->open));
	}
	s->open[s->nopen++] = (struct body_container){
		.is_object = *s->p == '{',
		.expects_key = *s->p == '{',
	};
	s->p++;
	return true;
}

static bool
body_scan_close(struct body_scan *s)
{
	struct body_container *c = s->nopen ? &s->open[s->nopen - 1] : NULL;
	const char *delimiter = *s->p == '}' ? "}" : "]";

	if (c && c->is_object && !c->expects_key)
		return body_scan_refuse(
		    s, "invalid character '%s' after object key", "}");
	s->p++;
	if (!c)
		return body_scan_refuse(s,
		    "malformed JSON: unmatched closing delimiter '%s'",
		    delimiter);
	if (c->is_object != (*delimiter == '}'))
		return body_scan_refuse(s,
		    "malformed JSON: mismatched closing delimiter '%s'",
		    delimiter);
	if (c->keys)
		map_free(c->keys, NULL);
	s->nopen--;
	if (s->nopen && s->open[s->nopen - 1].is_object)
		s->open[s->nopen - 1].expects_key = true;
	return true;
}

static bool
body_scan_comma(struct body_scan *s)
{
	s->p++;
	s->after_comma = true;
	if (s->nopen && s->open[s->nopen - 1].is_object)
		s->open[s->nopen - 1].expects_key = true;
	return true;
}

/* One token; s->p stands at its first byte. */
static bool
body_scan_token(struct body_scan *s)
{
	bool after_comma = s->after_comma;
	char c = *s->p;

	if (after_comma && c == '}')
		return body_scan_refuse(
		    s, "invalid character '}' after object key-value pair");
	if (after_comma && c == ']')
		return body_scan_refuse(
		    s, "invalid character ']' after array element");
	if (s->nopen == 0 && s->tokens > 0)
		return body_scan_refuse(s,
		    "invalid character '%s' after top-level value",
		    body_scan_char(s, (unsigned char)c));
	if (body_scan_is_over(++s->tokens, s->max_tokens))
		return body_scan_refuse(
		    s, "JSON payload exceeds allowed token count");
	s->after_comma = false;
	if (c == '{' || c == '[')
		return body_scan_open(s);
	if (c == '}' || c == ']')
		return body_scan_close(s);
	if (c == '"')
		return body_scan_string_value(s);
	if (c == 't' || c == 'f' || c == 'n')
		return body_scan_literal(s);
	if (c == '-' || (c >= '0' && c <= '9'))
		return body_scan_number(s);
	if (c == ',')
		return body_scan_comma(s);
	if (c == ':') {
		s->p++;
		return true;
	}
	return body_scan_refuse(s,
	    "invalid character '%s' looking for beginning of value",
	    body_scan_char(s, (unsigned char)c));
}

static int64_t
body_limit(int64_t configured, int64_t usual)
{
	return configured ? configured : usual;
}

static void
body_scan_run(struct body_scan *s)
{
	bool ok = true;

	for (body_scan_skip_space(s); ok && s->p < s->end;
	     body_scan_skip_space(s))
		ok = body_scan_token(s);
	if (ok && s->nopen)
		(void)body_scan_refuse(
		    s, "malformed JSON, unclosed containers");
	for (size_t i = 0; i < s->nopen; i++)
		if (s->open[i].keys)
			map_free(s->open[i].keys, NULL);
	free(s->open);
}

/* Vault 1.20.3: the check stands between the rate limits and everything else,
 * whatever the method, and its error is one of the server's. */
enum phase_result
phase_body_limits(struct request *req)
{
	const struct request_limits *l = &req->limits;
	struct body_scan s = {
		.req = req,
		.max_depth = body_limit(l->json_depth, 300),
		.max_string = body_limit(l->json_string, 1 << 20),
		.max_entries = body_limit(l->json_entries, 10000),
		.max_elements = body_limit(l->json_elements, 10000),
		.max_tokens = body_limit(l->json_tokens, 500000),
	};

	if (req->internal || req->body.n == 0 ||
	    !version_has(req->vault, VERSION_BODY_LIMITS))
		return NEXT;
	s.p = req->body.p;
	s.end = s.p + req->body.n;
	s.duplicates = version_has(req->vault, VERSION_BODY_DUPLICATE_KEYS);
	if (req->body.n >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0)
		s.p += 3;
	body_scan_skip_space(&s);
	if (s.p == s.end || (*s.p != '{' && *s.p != '['))
		return NEXT;
	body_scan_run(&s);
	return s.error ? phase_end(fail(req, 500, "%s", s.error)) : NEXT;
}
