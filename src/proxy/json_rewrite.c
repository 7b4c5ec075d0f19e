/*
 * A scanner with a stack of its own, so that nesting costs no calls.
 */
#include "proxy/json_rewrite.h"

#include <string.h>

struct rewriter {
	const char *p, *end;
	struct buf *out;
	struct json_place place;
	bool is_object[JSON_REWRITE_DEPTH_MAX];
};

static void
rewrite_space(struct rewriter *r)
{
	const char *from = r->p;

	while (r->p < r->end && strchr(" \t\r\n", *r->p) && *r->p)
		r->p++;
	buf_add(r->out, from, (size_t)(r->p - from));
}

/* Takes one character, if it is this one. */
static bool
rewrite_take(struct rewriter *r, char c)
{
	if (r->p == r->end || *r->p != c)
		return false;
	buf_char(r->out, c);
	r->p++;
	return true;
}

/* A string with its quotes. */
static bool
rewrite_scan_string(struct rewriter *r, struct slice *raw)
{
	const char *from = r->p;

	if (r->p == r->end || *r->p != '"')
		return false;
	for (r->p++; r->p < r->end && *r->p != '"'; r->p++)
		if (*r->p == '\\' && ++r->p == r->end)
			return false;
	if (r->p == r->end)
		return false;
	r->p++;
	*raw = (struct slice){ from, (size_t)(r->p - from) };
	return true;
}

/* A string, a number, true, false or null. */
static bool
rewrite_scan_scalar(struct rewriter *r, struct slice *raw)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyzE0123456789+-.";
	const char *from = r->p;

	if (r->p < r->end && *r->p == '"')
		return rewrite_scan_string(r, raw);
	while (r->p < r->end && *r->p && strchr(chars, *r->p))
		r->p++;
	*raw = (struct slice){ from, (size_t)(r->p - from) };
	return raw->n > 0;
}

/* "key": before a member's value. */
static bool
rewrite_key(struct rewriter *r)
{
	struct slice raw;

	rewrite_space(r);
	if (!rewrite_scan_string(r, &raw))
		return false;
	buf_slice(r->out, raw);
	r->place.keys[r->place.depth - 1] = (struct slice){ raw.p + 1,
		raw.n - 2 };
	rewrite_space(r);
	return rewrite_take(r, ':');
}

/* An object or array begins; *empty: it ends at once. */
static bool
rewrite_open(struct rewriter *r, bool *empty)
{
	bool object = *r->p == '{';

	if (r->place.depth == JSON_REWRITE_DEPTH_MAX)
		return false;
	buf_char(r->out, *r->p++);
	r->place.keys[r->place.depth] = (struct slice){ NULL, 0 };
	r->is_object[r->place.depth++] = object;
	rewrite_space(r);
	*empty = rewrite_take(r, object ? '}' : ']');
	if (*empty)
		r->place.depth--;
	return *empty || !object || rewrite_key(r);
}

/* What follows a value, up to where the next is expected. *done: nothing. */
static bool
rewrite_after_value(struct rewriter *r, bool *done)
{
	for (;;) {
		bool object = r->place.depth > 0 &&
		    r->is_object[r->place.depth - 1];

		rewrite_space(r);
		*done = r->place.depth == 0;
		if (*done)
			return r->p == r->end;
		if (rewrite_take(r, ','))
			return !object || rewrite_key(r);
		if (!rewrite_take(r, object ? '}' : ']'))
			return false;
		r->place.depth--;
	}
}

bool
json_rewrite(
    const char *text, size_t n, json_rewrite_fn fn, void *arg, struct buf *out)
{
	struct rewriter r = { .p = text, .end = text + n, .out = out };
	bool done = false;

	while (!done) {
		struct slice raw;
		bool empty = true;

		rewrite_space(&r);
		if (r.p < r.end && (*r.p == '{' || *r.p == '[')) {
			if (!rewrite_open(&r, &empty))
				return false;
		} else {
			if (!rewrite_scan_scalar(&r, &raw))
				return false;
			fn(arg, &r.place, raw, out);
		}
		if (empty && !rewrite_after_value(&r, &done))
			return false;
	}
	return true;
}

struct slice
json_place_key(const struct json_place *place)
{
	for (int i = place->depth; i > 0; i--)
		if (place->keys[i - 1].p)
			return place->keys[i - 1];
	return (struct slice){ "", 0 };
}
