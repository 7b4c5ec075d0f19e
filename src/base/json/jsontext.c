/*
 * Reading, cleaning and quoting JSON text, byte-compatible with Go's encoder.
 * The reader is recursive with a depth limit; it builds no tree. Objects are
 * sorted on the way out through a small list of key and value positions.
 */
#include "base/json/jsontext.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define MAX_DEPTH 10000

struct reader {
	const char *start;
	const char *p;
	const char *end;
	struct buf *out;
	unsigned flags;
	int depth;
	struct error *error; /* may be NULL */
};

static bool read_json_value(struct reader *r);

static bool refuse_json(struct reader *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool
refuse_json(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	if (r->error && !r->error->status) {
		r->error->status = 400;
		va_start(ap, fmt);
		vsnprintf(r->error->text, sizeof(r->error->text), fmt, ap);
		va_end(ap);
	}
	return false;
}

/* Go quotes the offending character like a rune literal. */
static bool
refuse_json_char(struct reader *r, const char *where)
{
	unsigned char c;

	if (r->p >= r->end)
		return refuse_json(r, "unexpected EOF");
	c = (unsigned char)*r->p;
	if (c == '\'')
		return refuse_json(r, "invalid character '\\'' %s", where);
	if (c == '"')
		return refuse_json(r, "invalid character '\"' %s", where);
	if (c == '\n')
		return refuse_json(r, "invalid character '\\n' %s", where);
	if (c == '\r')
		return refuse_json(r, "invalid character '\\r' %s", where);
	if (c == '\t')
		return refuse_json(r, "invalid character '\\t' %s", where);
	if (c < 0x20 || c == 0x7f)
		return refuse_json(
		    r, "invalid character '\\x%02x' %s", c, where);
	if (c < 0x80)
		return refuse_json(r, "invalid character '%c' %s", c, where);
	if (c <= 0xa0 || c == 0xad)
		return refuse_json(
		    r, "invalid character '\\u%04x' %s", c, where);
	/* Go reads one byte and prints it as a Latin-1 rune. */
	return refuse_json(r, "invalid character '%c%c' %s", 0xc0 | c >> 6,
	    0x80 | (c & 0x3f), where);
}

static void
skip_json_space(struct reader *r)
{
	while (r->p < r->end &&
	    (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r'))
		r->p++;
}

static void
put_json_u_escape(struct buf *out, uint32_t c)
{
	buf_printf(out, "\\u%04x", c);
}

/* One character of a string, in Go's spelling. */
static void
put_json_char(struct buf *out, uint32_t cp, const char *raw, size_t n)
{
	switch (cp) {
	case '"':
		buf_str(out, "\\\"");
		return;
	case '\\':
		buf_str(out, "\\\\");
		return;
	case '\b':
		buf_str(out, "\\b");
		return;
	case '\f':
		buf_str(out, "\\f");
		return;
	case '\n':
		buf_str(out, "\\n");
		return;
	case '\r':
		buf_str(out, "\\r");
		return;
	case '\t':
		buf_str(out, "\\t");
		return;
	case '<':
	case '>':
	case '&':
	case 0x2028:
	case 0x2029:
		put_json_u_escape(out, cp);
		return;
	}
	if (cp < 0x20)
		put_json_u_escape(out, cp);
	else
		buf_add(out, raw, n);
}

/* Bytes that stand for themselves in clean text. */
static const bool plain_json_bytes[256] = {
	[' '] = true,
	['!'] = true,
	['#' ... '%'] = true,
	['\'' ... ';'] = true,
	['='] = true,
	['?' ... '['] = true,
	[']' ... 0x7f] = true,
};

/* Sixteen at once, since texts are long; with a sign, so that those beyond
 * ASCII are below the space. '<' is '>' without one bit. */
typedef int8_t json_bytes __attribute__((vector_size(16)));

static size_t
plain_json_run(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t i = 0;

	for (; n - i >= sizeof(json_bytes); i += sizeof(json_bytes)) {
		json_bytes v, special;
		uint64_t any[2];

		memcpy(&v, p + i, sizeof(v));
		special = (v < 0x20) | (v == '"') | (v == '\\') | (v == '&') |
		    ((v | 2) == '>');
		memcpy(any, &special, sizeof(any));
		if (any[0] | any[1])
			break;
	}
	while (i < n && plain_json_bytes[p[i]])
		i++;
	return i;
}

/* Text without escapes: runs of plain bytes at once, the rest one by one. */
static void
put_json_chars(struct buf *out, const char *s, size_t n)
{
	while (n > 0) {
		size_t run = plain_json_run(s, n);
		uint32_t cp;

		buf_add(out, s, run);
		s += run;
		n -= run;
		if (n == 0)
			return;
		run = utf8_next(s, n, &cp);
		if (cp == 0xfffd && run == 1)
			buf_str(out, "\xef\xbf\xbd");
		else
			put_json_char(out, cp, s, run);
		s += run;
		n -= run;
	}
}

void
jsontext_quote(struct buf *out, const char *s, size_t n)
{
	char *to;

	if (plain_json_run(s, n) < n) {
		buf_char(out, '"');
		put_json_chars(out, s, n);
		buf_char(out, '"');
	} else if ((to = buf_extend(out, n + 2))) {
		to[0] = '"';
		if (n)
			memcpy(to + 1, s, n);
		to[n + 1] = '"';
	}
}

void
jsontext_quote_str(struct buf *out, const char *s)
{
	jsontext_quote(out, s, strlen(s));
}

void
jsontext_put_strs(struct buf *out, const struct strs *list)
{
	buf_char(out, '[');
	for (size_t i = 0; i < list->n; i++) {
		if (i)
			buf_char(out, ',');
		jsontext_quote_str(out, list->items[i]);
	}
	buf_char(out, ']');
}

void
jsontext_put_key(struct buf *out, const char *key)
{
	bool first = out->n && out->p[out->n - 1] == '{';
	size_t n = strlen(key);
	char *to = buf_extend(out, n + (first ? 3 : 4));

	if (!to)
		return;
	if (!first)
		*to++ = ',';
	*to++ = '"';
	memcpy(to, key, n);
	to[n] = '"';
	to[n + 1] = ':';
}

void
jsontext_put_bool(struct buf *out, const char *key, bool value)
{
	jsontext_put_key(out, key);
	buf_str(out, value ? "true" : "false");
}

void
jsontext_put_int(struct buf *out, const char *key, int64_t value)
{
	jsontext_put_key(out, key);
	buf_int(out, value);
}

void
jsontext_put_str(struct buf *out, const char *key, const char *value)
{
	jsontext_put_key(out, key);
	jsontext_quote_str(out, value);
}

static long
read_json_hex4(const char *p, const char *end)
{
	uint8_t b[2];

	if (end - p < 4 || hex_decode(p, 4, b) < 0)
		return -1;
	return b[0] << 8 | b[1];
}

/* p is behind "\u"; returns the code point and moves p past the escape(s). */
static uint32_t
decode_json_u_escape(const char **p, const char *end)
{
	long c = read_json_hex4(*p, end);

	*p += 4;
	if (c < 0xd800 || c > 0xdfff)
		return (uint32_t)c;
	if (c < 0xdc00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
		long low = read_json_hex4(*p + 2, end);

		if (low >= 0xdc00 && low <= 0xdfff) {
			*p += 6;
			return 0x10000 + (uint32_t)((c - 0xd800) << 10) +
			    (uint32_t)(low - 0xdc00);
		}
	}
	return 0xfffd;
}

static char
decode_json_escape(char c)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *at = c ? strchr(from, c) : NULL;

	return at ? to[at - from] : '\0';
}

/* Reads the escape behind a backslash and adds the character that it means.
 * False with Go's text when it is broken. */
static bool
read_json_escape(struct reader *r)
{
	char raw[4];
	uint32_t cp;

	r->p++;
	if (r->p >= r->end)
		return refuse_json(r, "unexpected EOF");
	if (*r->p == 'u') {
		for (int i = 1; i <= 4; i++) {
			if (r->p + i >= r->end)
				return refuse_json(r, "unexpected EOF");
			if (!isxdigit((unsigned char)r->p[i])) {
				r->p += i;
				return refuse_json_char(
				    r, "in \\u hexadecimal character escape");
			}
		}
		r->p++;
		cp = decode_json_u_escape(&r->p, r->end);
	} else {
		cp = (unsigned char)decode_json_escape(*r->p);
		if (!cp)
			return refuse_json_char(r, "in string escape code");
		r->p++;
	}
	put_json_char(r->out, cp, raw, utf8_put(cp, raw));
	return true;
}

static bool
read_json_string(struct reader *r)
{
	buf_char(r->out, '"');
	r->p++;
	for (;;) {
		const char *run = r->p;

		r->p += plain_json_run(run, (size_t)(r->end - run));
		buf_add(r->out, run, (size_t)(r->p - run));
		run = r->p;
		while (r->p < r->end && *r->p != '"' && *r->p != '\\' &&
		    (unsigned char)*r->p >= 0x20)
			r->p++;
		if (r->p > run)
			put_json_chars(r->out, run, (size_t)(r->p - run));
		if (r->p >= r->end)
			return refuse_json(r, "unexpected EOF");
		if (*r->p == '"')
			break;
		if (*r->p != '\\')
			return refuse_json_char(r, "in string literal");
		if (!read_json_escape(r))
			return false;
	}
	r->p++;
	buf_char(r->out, '"');
	return true;
}

static bool
read_json_digits(struct reader *r, const char *where)
{
	if (r->p >= r->end || !isdigit((unsigned char)*r->p))
		return refuse_json_char(r, where);
	while (r->p < r->end && isdigit((unsigned char)*r->p))
		r->p++;
	return true;
}

static bool
scan_json_number(struct reader *r)
{
	if (*r->p == '-')
		r->p++;
	if (r->p < r->end && *r->p == '0')
		r->p++;
	else if (!read_json_digits(r, "in numeric literal"))
		return false;
	if (r->p < r->end && *r->p == '.') {
		r->p++;
		if (!read_json_digits(
			r, "after decimal point in numeric literal"))
			return false;
	}
	if (r->p < r->end && (*r->p == 'e' || *r->p == 'E')) {
		r->p++;
		if (r->p < r->end && (*r->p == '+' || *r->p == '-'))
			r->p++;
		if (!read_json_digits(r, "in exponent of numeric literal"))
			return false;
	}
	return true;
}

/* "-d.ddde+nn" without its exponent: digits, zeros, the point where it belongs.
 */
static void
put_json_fixed_point(struct buf *out, const char *text, const char *e)
{
	int exponent = atoi(e + 1);
	char digits[24];
	int n = 0;

	if (*text == '-')
		buf_char(out, *text++);
	for (; text < e; text++)
		if (*text != '.')
			digits[n++] = *text;
	if (exponent < 0) {
		buf_str(out, "0.");
		for (int i = exponent + 1; i < 0; i++)
			buf_char(out, '0');
		buf_add(out, digits, (size_t)n);
		return;
	}
	for (int i = 0; i < n || i <= exponent; i++) {
		if (i == exponent + 1)
			buf_char(out, '.');
		buf_char(out, i < n ? digits[i] : '0');
	}
}

/* Shortest digits that read back as v, by trying; then Go's choice of form. */
void
jsontext_float(struct buf *out, double v)
{
	char text[40];
	double size = fabs(v);
	char *e;

	if (v == 0) {
		buf_str(out, signbit(v) ? "-0" : "0");
		return;
	}
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*e", digits - 1, v);
		if (strtod(text, NULL) == v)
			break;
	}
	e = strchr(text, 'e');
	if (size < 1e-6 || size >= 1e21) {
		/* Go writes e-7 and e+21: at least one digit, no leading 0. */
		char *d = e + 2;

		while (d[0] == '0' && d[1])
			memmove(d, d + 1, strlen(d));
		buf_str(out, text);
		return;
	}
	put_json_fixed_point(out, text, e);
}

/* Through a float64; what does not fit one stays as it was written. */
static void
put_json_float64(struct buf *out, const char *start, size_t n)
{
	char *text = xstrndup(start, n);
	double v = strtod(text, NULL);

	if (isfinite(v))
		jsontext_float(out, v);
	else
		buf_add(out, start, n);
	free(text);
}

/* As jansson spells a double: 17 digits, where fewer may say the same. */
static bool
is_long_json_real(const char *start, size_t n)
{
	return n >= 17 && (memchr(start, '.', n) || memchr(start, 'e', n));
}

static bool
read_json_number(struct reader *r)
{
	const char *start = r->p;

	if (!scan_json_number(r))
		return false;
	if (r->flags & JSONTEXT_FLOAT64 ||
	    (r->flags & JSONTEXT_SHORT_FLOATS &&
		is_long_json_real(start, (size_t)(r->p - start))))
		put_json_float64(r->out, start, (size_t)(r->p - start));
	else
		buf_add(r->out, start, (size_t)(r->p - start));
	return true;
}

static bool
read_json_literal(struct reader *r, const char *word)
{
	for (const char *w = word; *w; w++, r->p++) {
		char where[64];

		if (r->p < r->end && *r->p == *w)
			continue;
		snprintf(where, sizeof(where), "in literal %s (expecting '%c')",
		    word, *w);
		return refuse_json_char(r, where);
	}
	buf_str(r->out, word);
	return true;
}

static bool
read_json_array(struct reader *r)
{
	r->p++;
	buf_char(r->out, '[');
	skip_json_space(r);
	if (r->p < r->end && *r->p == ']') {
		r->p++;
		buf_char(r->out, ']');
		return true;
	}
	for (;;) {
		if (!read_json_value(r))
			return false;
		skip_json_space(r);
		if (r->p < r->end && *r->p == ',') {
			r->p++;
			buf_char(r->out, ',');
			continue;
		}
		if (r->p < r->end && *r->p == ']')
			break;
		return refuse_json_char(r, "after array element");
	}
	r->p++;
	buf_char(r->out, ']');
	return true;
}

/* One member of the object being written: offsets from its '{' in `out`. */
struct member_range {
	size_t key, key_size; /* with the quotes */
	size_t value, value_size;
	size_t order;
};

struct member_list {
	struct member_range *list;
	size_t n, cap;
	size_t from; /* where the object's '{' stands in `out` */
};

static int
compare_json_keys(const char *a, size_t an, const char *b, size_t bn)
{
	int c = memcmp(a, b, an < bn ? an : bn);

	return c ? c : (an > bn) - (an < bn);
}

/* In clean text the order of quoted keys is the order of the raw ones, but for
 * escapes; those are rare, so they are decoded before they are compared. */
static int
compare_json_members(const void *x, const void *y, void *arg)
{
	const struct member_range *a = x, *b = y;
	const char *text = arg;
	struct slice ka = { text + a->key, a->key_size };
	struct slice kb = { text + b->key, b->key_size };
	int c;

	if (memchr(ka.p, '\\', ka.n) || memchr(kb.p, '\\', kb.n)) {
		struct arena *tmp = arena_new();
		size_t an, bn;
		char *at = jsontext_string(tmp, ka, &an);
		char *bt = jsontext_string(tmp, kb, &bn);

		c = compare_json_keys(at, an, bt, bn);
		arena_free(tmp);
	} else {
		c = compare_json_keys(ka.p + 1, ka.n - 2, kb.p + 1, kb.n - 2);
	}
	return c ? c : (a->order > b->order) - (a->order < b->order);
}

/* GNU qsort_r has the argument last; kept here so that nothing is static. */
static void
sort_json_members(struct member_list *m, const char *text)
{
	qsort_r(m->list, m->n, sizeof(*m->list), compare_json_members,
	    (void *)(uintptr_t)text);
}

static void
add_json_member(struct member_list *m, struct member_range one)
{
	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 8;
		m->list = xrealloc(m->list, m->cap * sizeof(*m->list));
	}
	one.order = m->n;
	m->list[m->n++] = one;
}

static bool
is_same_json_key(const char *text, const struct member_range *a,
    const struct member_range *b)
{
	return a->key_size == b->key_size &&
	    memcmp(text + a->key, text + b->key, a->key_size) == 0;
}

static bool
are_json_members_sorted(const struct member_list *m, const char *text)
{
	for (size_t i = 1; i < m->n; i++) {
		const struct member_range *a = &m->list[i - 1],
					  *b = &m->list[i];

		if (memchr(text + b->key, '\\', b->key_size) ||
		    memchr(text + a->key, '\\', a->key_size) ||
		    compare_json_keys(text + a->key + 1, a->key_size - 2,
			text + b->key + 1, b->key_size - 2) >= 0)
			return false;
	}
	return true;
}

/* Rewrites the object with its members sorted and doubles dropped. */
static void
write_json_sorted(struct buf *out, struct member_list *m)
{
	char *copy;

	if (are_json_members_sorted(m, out->p + m->from))
		return;
	copy = xstrndup(out->p + m->from, out->n - m->from);
	sort_json_members(m, copy);
	out->n = m->from;
	for (size_t i = 0; i < m->n; i++) {
		struct member_range *one = &m->list[i];

		if (i + 1 < m->n &&
		    is_same_json_key(copy, one, &m->list[i + 1]))
			continue;
		buf_char(out, out->n == m->from ? '{' : ',');
		buf_add(out, copy + one->key, one->key_size);
		buf_char(out, ':');
		buf_add(out, copy + one->value, one->value_size);
	}
	free(copy);
}

static bool
read_json_member(struct reader *r, struct member_list *m)
{
	struct member_range one;

	skip_json_space(r);
	if (r->p >= r->end || *r->p != '"')
		return refuse_json_char(
		    r, "looking for beginning of object key string");
	one.key = r->out->n - m->from;
	if (!read_json_string(r))
		return false;
	one.key_size = r->out->n - m->from - one.key;
	skip_json_space(r);
	if (r->p >= r->end || *r->p != ':')
		return refuse_json_char(r, "after object key");
	r->p++;
	buf_char(r->out, ':');
	one.value = r->out->n - m->from;
	if (!read_json_value(r))
		return false;
	one.value_size = r->out->n - m->from - one.value;
	add_json_member(m, one);
	return true;
}

static bool
read_json_members(struct reader *r, struct member_list *m)
{
	for (;;) {
		if (!read_json_member(r, m))
			return false;
		skip_json_space(r);
		if (r->p < r->end && *r->p == ',') {
			r->p++;
			buf_char(r->out, ',');
			continue;
		}
		if (r->p < r->end && *r->p == '}')
			return true;
		return refuse_json_char(r, "after object key:value pair");
	}
}

static bool
read_json_object(struct reader *r)
{
	struct member_list m = { .from = r->out->n };
	bool ok;

	r->p++;
	buf_char(r->out, '{');
	skip_json_space(r);
	if (r->p < r->end && *r->p == '}') {
		r->p++;
		buf_char(r->out, '}');
		return true;
	}
	ok = read_json_members(r, &m);
	if (ok && !r->out->over) {
		if (!(r->flags & JSONTEXT_ORDERED))
			write_json_sorted(r->out, &m);
		r->p++;
		buf_char(r->out, '}');
	}
	free(m.list);
	return ok && !r->out->over;
}

static bool
read_json_nested(struct reader *r)
{
	bool ok;

	if (++r->depth > MAX_DEPTH)
		return refuse_json(r, "exceeded max depth");
	ok = *r->p == '{' ? read_json_object(r) : read_json_array(r);
	r->depth--;
	return ok;
}

static bool
read_json_value(struct reader *r)
{
	skip_json_space(r);
	if (r->p >= r->end)
		return refuse_json(r, "unexpected EOF");
	switch (*r->p) {
	case '{':
	case '[':
		return read_json_nested(r);
	case '"':
		return read_json_string(r);
	case 't':
		return read_json_literal(r, "true");
	case 'f':
		return read_json_literal(r, "false");
	case 'n':
		return read_json_literal(r, "null");
	}
	if (*r->p == '-' || isdigit((unsigned char)*r->p))
		return read_json_number(r);
	return refuse_json_char(r, "looking for beginning of value");
}

long
jsontext_clean(struct buf *out, const char *text, size_t n, unsigned flags,
    struct error *e)
{
	struct reader r = { .start = text,
		.p = text,
		.end = text + n,
		.out = out,
		.flags = flags,
		.error = e };

	skip_json_space(&r);
	if (r.p >= r.end) {
		refuse_json(&r, "EOF");
		return -1;
	}
	if (!read_json_value(&r))
		return -1;
	return (long)(r.p - text);
}

/* ---- trees ---- */

/* An object or an array of the tree that is being written. */
struct tree_level {
	const json_t *container;
	const char **keys; /* of an object, in the order to write; malloc'ed */
	size_t n, i;	   /* members, and how many are written */
};

struct tree_writer {
	struct buf *out;
	bool sorted;
	struct tree_level *levels; /* malloc'ed: a tree may be deep */
	size_t depth, cap;
};

static int
tree_compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
tree_enter(struct tree_writer *w, const json_t *container)
{
	struct tree_level *level;
	json_t *object = (json_t *)(uintptr_t)container;
	size_t n = 0;

	if (w->depth == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 8;
		w->levels = xrealloc(w->levels, w->cap * sizeof(*w->levels));
	}
	level = &w->levels[w->depth++];
	*level = (struct tree_level){ .container = container };
	buf_char(w->out, json_is_object(container) ? '{' : '[');
	if (!json_is_object(container)) {
		level->n = json_array_size(container);
		return;
	}
	level->n = json_object_size(container);
	level->keys = xmalloc((level->n + 1) * sizeof(*level->keys));
	for (void *it = json_object_iter(object); it;
	     it = json_object_iter_next(object, it))
		level->keys[n++] = json_object_iter_key(it);
	if (w->sorted)
		qsort(level->keys, n, sizeof(*level->keys), tree_compare_keys);
}

/* Numbers that are no integers are written as jansson does, then shortened. */
static void
tree_put_real(struct buf *out, const json_t *value)
{
	char text[64];
	size_t n = json_dumpb(
	    value, text, sizeof(text), JSON_COMPACT | JSON_ENCODE_ANY);

	if (n == 0 || n > sizeof(text) ||
	    jsontext_clean(out, text, n, JSONTEXT_SHORT_FLOATS, NULL) < 0)
		buf_str(out, "null");
}

/* Adds a value as clean text. An object or array is entered: its members are
 * written by tree_put_next, without recursion. */
static void
tree_put_value(struct tree_writer *w, const json_t *value)
{
	if (!value) {
		buf_str(w->out, "null");
		return;
	}
	switch (json_typeof(value)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		tree_enter(w, value);
		return;
	case JSON_STRING:
		jsontext_quote(w->out, json_string_value(value),
		    json_string_length(value));
		return;
	case JSON_INTEGER:
		buf_int(w->out, json_integer_value(value));
		return;
	case JSON_REAL:
		tree_put_real(w->out, value);
		return;
	case JSON_TRUE:
		buf_str(w->out, "true");
		return;
	case JSON_FALSE:
		buf_str(w->out, "false");
		return;
	case JSON_NULL:
		buf_str(w->out, "null");
	}
}

/* The next member of the innermost container, or its end. */
static void
tree_put_next(struct tree_writer *w)
{
	struct tree_level *level = &w->levels[w->depth - 1];
	bool object = json_is_object(level->container);
	const json_t *value;

	if (level->i == level->n) {
		buf_char(w->out, object ? '}' : ']');
		free(level->keys);
		w->depth--;
		return;
	}
	if (level->i > 0)
		buf_char(w->out, ',');
	if (object) {
		const char *key = level->keys[level->i];

		jsontext_quote_str(w->out, key);
		buf_char(w->out, ':');
		value = json_object_get(level->container, key);
	} else {
		value = json_array_get(level->container, level->i);
	}
	level->i++;
	tree_put_value(w, value); /* may move the levels */
}

/* Straight from the tree into the buffer. */
static void
put_json_tree(struct buf *out, const json_t *tree, bool sorted)
{
	struct tree_writer w = { .out = out, .sorted = sorted };

	tree_put_value(&w, tree);
	while (w.depth > 0)
		tree_put_next(&w);
	free(w.levels);
}

void
jsontext_put(struct buf *out, const json_t *tree)
{
	put_json_tree(out, tree, true);
}

void
jsontext_put_ordered(struct buf *out, const json_t *tree)
{
	put_json_tree(out, tree, false);
}

char *
jsontext_string(struct arena *a, struct slice value, size_t *n)
{
	char *out = arena_alloc(a, value.n + 1);
	char *to = out;
	const char *p = value.p + 1, *end = value.p + value.n - 1;

	while (p < end) {
		const char *escape = memchr(p, '\\', (size_t)(end - p));
		size_t plain = (size_t)((escape ? escape : end) - p);

		memcpy(to, p, plain);
		to += plain;
		p += plain;
		if (!escape)
			break;
		if (p[1] == 'u') {
			p += 2;
			to += utf8_put(decode_json_u_escape(&p, end), to);
		} else {
			*to++ = decode_json_escape(p[1]);
			p += 2;
		}
	}
	*to = '\0';
	if (n)
		*n = (size_t)(to - out);
	return out;
}
