/*
 * A recursive reader for HCL1 and its JSON form, told apart by the first
 * character that is not space. Depth is limited; texts go into the arena.
 */
#include "base/hcl/hcl.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define DEPTH_MAX 100

struct reader {
	struct arena *arena;
	const char *start, *p, *end;
	int line;
	const char *line_start;
	int depth;
	bool json;
	struct hcl_error *error;
};

static bool hcl_read_value(struct reader *r, struct hcl_value *v);
static bool hcl_read_items(struct reader *r, struct hcl_value *v, bool root);

static bool hcl_refuse(struct reader *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool
hcl_refuse(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	if (r->error->line)
		return false;
	r->error->line = r->line;
	r->error->column = (int)(r->p - r->line_start) + 1;
	va_start(ap, fmt);
	vsnprintf(r->error->text, sizeof(r->error->text), fmt, ap);
	va_end(ap);
	return false;
}

static int
hcl_current_char(const struct reader *r)
{
	return r->p < r->end ? (unsigned char)*r->p : -1;
}

static void
hcl_advance(struct reader *r)
{
	if (*r->p++ == '\n') {
		r->line++;
		r->line_start = r->p;
	}
}

static bool
hcl_skip_comment(struct reader *r)
{
	if (*r->p == '#' || r->p[1] == '/') {
		while (r->p < r->end && *r->p != '\n')
			r->p++;
		return true;
	}
	r->p += 2;
	while (r->p + 1 < r->end && !(r->p[0] == '*' && r->p[1] == '/'))
		hcl_advance(r);
	if (r->p + 1 >= r->end)
		return hcl_refuse(r, "comment not terminated");
	r->p += 2;
	return true;
}

static bool
hcl_skip_space(struct reader *r)
{
	while (r->p < r->end) {
		if (isspace((unsigned char)*r->p))
			hcl_advance(r);
		else if (!r->json &&
		    (*r->p == '#' ||
			(*r->p == '/' && r->p + 1 < r->end &&
			    (r->p[1] == '/' || r->p[1] == '*')))) {
			if (!hcl_skip_comment(r))
				return false;
		} else
			break;
	}
	return true;
}

static void
hcl_put_utf8(struct buf *out, unsigned cp)
{
	if (cp < 0x80) {
		buf_char(out, (char)cp);
	} else if (cp < 0x800) {
		buf_char(out, (char)(0xc0 | cp >> 6));
		buf_char(out, (char)(0x80 | (cp & 0x3f)));
	} else {
		buf_char(out, (char)(0xe0 | cp >> 12));
		buf_char(out, (char)(0x80 | (cp >> 6 & 0x3f)));
		buf_char(out, (char)(0x80 | (cp & 0x3f)));
	}
}

static bool
hcl_read_escape(struct reader *r, struct buf *out)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *at;
	unsigned cp = 0;

	r->p++;
	if (r->p >= r->end)
		return hcl_refuse(r, "literal not terminated");
	if (*r->p == 'u') {
		for (int i = 1; i <= 4; i++) {
			if (r->p + i >= r->end ||
			    !isxdigit((unsigned char)r->p[i]))
				return hcl_refuse(r, "illegal char escape");
			cp = cp << 4 |
			    (unsigned)(isdigit((unsigned char)r->p[i])
				    ? r->p[i] - '0'
				    : tolower((unsigned char)r->p[i]) - 'a' +
					10);
		}
		hcl_put_utf8(out, cp);
		r->p += 5;
		return true;
	}
	at = *r->p ? strchr(from, *r->p) : NULL;
	if (!at)
		return hcl_refuse(r, "illegal char escape");
	buf_char(out, to[at - from]);
	r->p++;
	return true;
}

/* ${...} is kept as it is, quotes and all. */
static void
hcl_read_interpolation(struct reader *r, struct buf *out)
{
	int braces = 0;

	do {
		if (*r->p == '{')
			braces++;
		if (*r->p == '}')
			braces--;
		buf_char(out, *r->p);
		hcl_advance(r);
	} while (r->p < r->end && (braces > 0 || r->p[-1] == '$'));
}

static bool
hcl_read_string(struct reader *r, const char **text)
{
	struct buf out;
	bool ok = true;

	buf_init(&out, 0);
	buf_str(&out, "");
	r->p++;
	while (ok && hcl_current_char(r) != '"') {
		if (r->p >= r->end || *r->p == '\n')
			ok = hcl_refuse(r, "literal not terminated");
		else if (*r->p == '\\')
			ok = hcl_read_escape(r, &out);
		else if (!r->json && *r->p == '$' && r->p + 1 < r->end &&
		    r->p[1] == '{')
			hcl_read_interpolation(r, &out);
		else
			buf_char(&out, *r->p++);
	}
	if (ok)
		r->p++;
	*text = arena_strndup(r->arena, out.p, out.n);
	buf_release(&out);
	return ok;
}

/* <<EOF and <<-EOF, which drops the lines' common white space. */
static bool
hcl_read_heredoc(struct reader *r, const char **text)
{
	bool indented;
	const char *mark;
	size_t mark_len;
	struct buf out;

	r->p += 2;
	indented = hcl_current_char(r) == '-';
	if (indented)
		r->p++;
	mark = r->p;
	while (r->p < r->end && (isalnum((unsigned char)*r->p) || *r->p == '_'))
		r->p++;
	mark_len = (size_t)(r->p - mark);
	while (hcl_current_char(r) == '\r')
		r->p++;
	if (mark_len == 0 || hcl_current_char(r) != '\n')
		return hcl_refuse(r, "heredoc not terminated");
	hcl_advance(r);
	buf_init(&out, 0);
	buf_str(&out, "");
	while (r->p < r->end) {
		const char *line = r->p, *body = line;
		const char *nl = memchr(line, '\n', (size_t)(r->end - line));
		const char *stop = nl ? nl : r->end;

		while (body < stop && (*body == ' ' || *body == '\t'))
			body++;
		if ((size_t)(stop - body) >= mark_len &&
		    memcmp(body, mark, mark_len) == 0 &&
		    (body + mark_len == stop || body[mark_len] == '\r')) {
			r->p = stop;
			*text = arena_strndup(r->arena, out.p, out.n);
			buf_release(&out);
			return true;
		}
		buf_add(&out, indented ? body : line,
		    (size_t)(stop - (indented ? body : line)));
		buf_char(&out, '\n');
		r->p = stop;
		if (nl)
			hcl_advance(r);
	}
	buf_release(&out);
	return hcl_refuse(r, "heredoc not terminated");
}

static bool
hcl_is_ident_char(int c)
{
	return c >= 0 &&
	    (isalnum(c) || c == '_' || c == '-' || c == '.' || c >= 0x80);
}

static const char *
hcl_read_ident(struct reader *r)
{
	const char *start = r->p;

	while (hcl_is_ident_char(hcl_current_char(r)))
		r->p++;
	return arena_strndup(r->arena, start, (size_t)(r->p - start));
}

static void *
hcl_grow_list(struct reader *r, void *list, int n, size_t size)
{
	void *more;

	if (n & (n - 1) || n == 1)
		return list;
	more = arena_alloc(r->arena, (size_t)(n ? n * 2 : 2) * size);
	if (n)
		memcpy(more, list, (size_t)n * size);
	return more;
}

static bool
hcl_read_list(struct reader *r, struct hcl_value *v)
{
	v->kind = HCL_LIST;
	r->p++;
	for (;;) {
		if (!hcl_skip_space(r))
			return false;
		if (hcl_current_char(r) == ']')
			break;
		if (hcl_current_char(r) < 0)
			return hcl_refuse(r,
			    "error parsing list, expected comma "
			    "or list end, got: EOF");
		v->elements = hcl_grow_list(
		    r, v->elements, v->n, sizeof(*v->elements));
		memset(&v->elements[v->n], 0, sizeof(*v->elements));
		if (!hcl_read_value(r, &v->elements[v->n]))
			return false;
		v->n++;
		if (!hcl_skip_space(r))
			return false;
		if (hcl_current_char(r) == ',')
			r->p++;
		else if (hcl_current_char(r) != ']')
			return hcl_refuse(r,
			    "error parsing list, expected comma "
			    "or list end");
	}
	r->p++;
	return true;
}

static bool
hcl_read_object(struct reader *r, struct hcl_value *v)
{
	r->p++;
	if (!hcl_read_items(r, v, false))
		return false;
	if (hcl_current_char(r) != '}')
		return hcl_refuse(r, "object expected closing RBRACE got: EOF");
	r->p++;
	return true;
}

static bool
hcl_read_scalar(struct reader *r, struct hcl_value *v)
{
	int c = hcl_current_char(r);

	if (c == '-' || c == '+' || isdigit(c)) {
		const char *start = r->p++;

		while (hcl_is_ident_char(hcl_current_char(r)) ||
		    hcl_current_char(r) == '+' ||
		    (hcl_current_char(r) == '-' && tolower(r->p[-1]) == 'e'))
			r->p++;
		v->kind = HCL_NUMBER;
		v->text = arena_strndup(
		    r->arena, start, (size_t)(r->p - start));
		return true;
	}
	if (hcl_is_ident_char(c)) {
		v->text = hcl_read_ident(r);
		v->kind = HCL_BOOL;
		if (strcmp(v->text, "true") == 0 ||
		    strcmp(v->text, "false") == 0)
			return true;
		if (r->json && strcmp(v->text, "null") == 0) {
			v->kind = HCL_STRING;
			v->text = "";
			return true;
		}
		return hcl_refuse(r, "Unknown token: %d:%d IDENT %s", r->line,
		    (int)(r->p - r->line_start), v->text);
	}
	return hcl_refuse(r, c < 0 ? "unexpected EOF" : "illegal char");
}

static bool
hcl_read_value(struct reader *r, struct hcl_value *v)
{
	bool ok;
	int c;

	if (!hcl_skip_space(r))
		return false;
	if (++r->depth > DEPTH_MAX)
		return hcl_refuse(r, "nested too deeply");
	v->line = r->line;
	c = hcl_current_char(r);
	if (c == '{') {
		ok = hcl_read_object(r, v);
	} else if (c == '[') {
		ok = hcl_read_list(r, v);
	} else if (c == '"') {
		v->kind = HCL_STRING;
		ok = hcl_read_string(r, &v->text);
	} else if (c == '<' && !r->json && r->p + 1 < r->end &&
	    r->p[1] == '<') {
		v->kind = HCL_STRING;
		ok = hcl_read_heredoc(r, &v->text);
	} else {
		ok = hcl_read_scalar(r, v);
	}
	r->depth--;
	return ok;
}

/* Above ASCII: a letter, unless the bytes are no UTF-8. */
static bool
hcl_is_broken_utf8(const struct reader *r)
{
	uint32_t code;

	return r->p < r->end && (unsigned char)*r->p >= 0x80 &&
	    utf8_next(r->p, (size_t)(r->end - r->p), &code) == 1;
}

static bool
hcl_read_key(struct reader *r, const char **key)
{
	int c = hcl_current_char(r);

	if (c == '"')
		return hcl_read_string(r, key);
	if (hcl_is_ident_char(c) && !r->json && !hcl_is_broken_utf8(r)) {
		*key = hcl_read_ident(r);
		return true;
	}
	return hcl_refuse(r, c < 0 ? "unexpected EOF" : "illegal char");
}

/* Behind the key: "= value", ": value", or labels and a block. */
static bool
hcl_read_item_value(struct reader *r, struct hcl_item *item)
{
	const char *label;

	item->value = arena_zalloc(r->arena, sizeof(*item->value));
	for (;;) {
		if (!hcl_skip_space(r))
			return false;
		switch (hcl_current_char(r)) {
		case '=':
		case ':':
			item->assign_line = r->line;
			r->p++;
			return hcl_read_value(r, item->value);
		case '{':
			return hcl_read_value(r, item->value);
		case '"':
			if (!hcl_read_string(r, &label))
				return false;
			if (!item->label)
				item->label = label;
			continue;
		default:
			if (hcl_is_ident_char(hcl_current_char(r)) &&
			    !r->json) {
				label = hcl_read_ident(r);
				if (!item->label)
					item->label = label;
				continue;
			}
			if (hcl_current_char(r) < 0)
				r->p++; /* HCL counts the end as a place */
			return hcl_refuse(r,
			    "key '%s' expected start of object ('{') or "
			    "assignment ('=')",
			    item->key);
		}
	}
}

/* JSON: {"path": {"x": {...}}} means path "x" {...}; an array of objects is
 * several of them. Labels are taken apart by the reader of the tree. */
static bool
hcl_read_items(struct reader *r, struct hcl_value *v, bool root)
{
	v->kind = HCL_OBJECT;
	v->line = r->line;
	for (;;) {
		struct hcl_item *item;

		if (!hcl_skip_space(r))
			return false;
		if (hcl_current_char(r) == ',' && v->n > 0) {
			r->p++;
			continue;
		}
		if (hcl_current_char(r) == '}' ||
		    (root && hcl_current_char(r) < 0))
			return true;
		if (hcl_current_char(r) < 0)
			return hcl_refuse(
			    r, "object expected closing RBRACE got: EOF");
		v->items = hcl_grow_list(r, v->items, v->n, sizeof(*v->items));
		item = &v->items[v->n];
		memset(item, 0, sizeof(*item));
		item->line = r->line;
		if (!hcl_read_key(r, &item->key) ||
		    !hcl_read_item_value(r, item))
			return false;
		v->n++;
	}
}

struct hcl_value *
hcl_parse(struct arena *a, const char *text, size_t n, struct hcl_error *e)
{
	struct reader r = { .arena = a,
		.start = text,
		.p = text,
		.end = text + n,
		.line = 1,
		.line_start = text,
		.error = e };
	struct hcl_value *root = arena_zalloc(a, sizeof(*root));
	bool ok;

	memset(e, 0, sizeof(*e));
	ok = hcl_skip_space(&r);
	if (ok && hcl_current_char(&r) == '{') {
		r.json = true;
		ok = hcl_read_value(&r, root) && hcl_skip_space(&r);
	} else if (ok) {
		ok = hcl_read_items(&r, root, true);
	}
	if (ok && r.p < r.end)
		ok = hcl_refuse(&r, "illegal char");
	return ok ? root : NULL;
}

const struct hcl_item *
hcl_find(const struct hcl_value *object, const char *key)
{
	for (int i = 0; i < object->n; i++)
		if (strcmp(object->items[i].key, key) == 0)
			return &object->items[i];
	return NULL;
}
