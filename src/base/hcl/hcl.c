/*
 * A reader for HCL1 and its JSON form, told apart by the first character that
 * is not space. What it accepts and refuses follows HashiCorp's library, whose
 * ways with broken texts a client sees: an error within an object is forgotten
 * when it stands at a '}', and a fault of a token counts more than one of
 * structure. Depth is limited; texts go into the arena.
 */
#include "base/hcl/hcl.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/hcl/hcl_scan.h"
#include "base/strs.h"

#define DEPTH_MAX 100

/* What reading a part came to. */
enum hcl_outcome {
	HCL_READ,
	HCL_FAILED, /* the error is filled in */
	HCL_EOF,    /* the text ended where more could have come */
};

struct hcl_reader {
	struct arena *arena;
	struct hcl_scanner scanner;
	struct hcl_token token; /* the last one read */
	bool is_pending;	/* it was put back */
	bool json;
	bool too_deep;
	int depth;
	struct hcl_error *error;
};

static enum hcl_outcome hcl_read_value(
    struct hcl_reader *r, struct hcl_value *v);
static enum hcl_outcome hcl_read_object(
    struct hcl_reader *r, struct hcl_value *v);
static enum hcl_outcome hcl_read_list(
    struct hcl_reader *r, struct hcl_value *v);

static struct hcl_token
hcl_next_token(struct hcl_reader *r)
{
	if (r->is_pending) {
		r->is_pending = false;
		return r->token;
	}
	do
		r->token = hcl_scan(&r->scanner);
	while (r->token.type == HCL_TOKEN_COMMENT);
	return r->token;
}

/* Fills in the text as the library prints it. In JSON only faults of tokens
 * have a place. */
static void
hcl_error_finish(struct hcl_error *e, bool json, bool of_token)
{
	if (json && !of_token)
		snprintf(e->full, sizeof(e->full), "%s", e->text);
	else
		snprintf(e->full, sizeof(e->full), "%s%d:%d: %s",
		    json ? "" : "At ", e->line, e->column, e->text);
}

static enum hcl_outcome hcl_refuse(struct hcl_reader *r, struct hcl_place place,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static enum hcl_outcome
hcl_refuse(struct hcl_reader *r, struct hcl_place place, const char *fmt, ...)
{
	struct hcl_error e = { .line = place.line, .column = place.column };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e.text, sizeof(e.text), fmt, ap);
	va_end(ap);
	hcl_error_finish(&e, r->json, false);
	*r->error = e;
	return HCL_FAILED;
}

/* Room for one more in a list that doubles. */
static void *
hcl_grow_list(struct hcl_reader *r, void *list, int n, size_t size)
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
hcl_enter(struct hcl_reader *r)
{
	if (r->depth == DEPTH_MAX) {
		r->too_deep = true;
		(void)hcl_refuse(r, r->token.place, "nested too deeply");
		return false;
	}
	r->depth++;
	return true;
}

/* ---- values ---- */

static void
hcl_set_literal(struct hcl_reader *r, struct hcl_value *v, struct hcl_token t)
{
	v->kind = HCL_STRING;
	v->is_float = t.type == HCL_TOKEN_FLOAT;
	v->line = t.place.line;
	v->place = r->json ? (struct hcl_place){ 0, 0 } : t.place;
	if (t.type == HCL_TOKEN_STRING || t.type == HCL_TOKEN_HEREDOC) {
		v->text = hcl_token_string(r->arena, &t, r->json);
		return;
	}
	if (t.type == HCL_TOKEN_NULL) {
		v->text = "";
		return;
	}
	v->kind = t.type == HCL_TOKEN_BOOL ? HCL_BOOL : HCL_NUMBER;
	v->text = arena_strndup(r->arena, t.text, t.n);
}

static bool
is_hcl_literal(enum hcl_token_type type)
{
	return type == HCL_TOKEN_NUMBER || type == HCL_TOKEN_FLOAT ||
	    type == HCL_TOKEN_BOOL || type == HCL_TOKEN_STRING ||
	    type == HCL_TOKEN_HEREDOC || type == HCL_TOKEN_NULL;
}

static enum hcl_outcome
hcl_read_value(struct hcl_reader *r, struct hcl_value *v)
{
	struct hcl_token t = hcl_next_token(r);

	if (is_hcl_literal(t.type)) {
		hcl_set_literal(r, v, t);
		return HCL_READ;
	}
	if (t.type == HCL_TOKEN_LBRACE)
		return hcl_read_object(r, v);
	if (t.type == HCL_TOKEN_LBRACK)
		return hcl_read_list(r, v);
	if (t.type == HCL_TOKEN_EOF)
		return HCL_EOF;
	return hcl_refuse(r, t.place, "%s: %d:%d %s %.*s",
	    r->json ? "Expected object value, got unknown token"
		    : "Unknown token",
	    t.place.line, t.place.column, hcl_token_name(t.type), (int)t.n,
	    t.text);
}

static struct hcl_value *
hcl_add_element(struct hcl_reader *r, struct hcl_value *list)
{
	struct hcl_value *v;

	list->elements = hcl_grow_list(
	    r, list->elements, list->n, sizeof(*list->elements));
	v = &list->elements[list->n];
	memset(v, 0, sizeof(*v));
	return v;
}

/* An object or a list in a list, whose errors are told with a second place. */
static enum hcl_outcome
hcl_read_nested(
    struct hcl_reader *r, struct hcl_value *list, struct hcl_token t)
{
	struct hcl_value *v = hcl_add_element(r, list);
	bool object = t.type == HCL_TOKEN_LBRACE;
	enum hcl_outcome o = object ? hcl_read_object(r, v)
				    : hcl_read_list(r, v);

	if (o == HCL_READ)
		list->n++;
	if (o != HCL_FAILED || r->json)
		return o;
	return hcl_refuse(r, t.place,
	    "error while trying to parse %s within list: %.120s",
	    object ? "object" : "list", arena_strdup(r->arena, r->error->full));
}

/* Behind the '['. In HCL elements stand apart by commas; in JSON commas do not
 * matter, and booleans and inner brackets are passed over, as in the library.
 */
static enum hcl_outcome
hcl_read_list_elements(struct hcl_reader *r, struct hcl_value *v)
{
	bool need_comma = false;

	for (;;) {
		struct hcl_token t = hcl_next_token(r);
		enum hcl_outcome o;

		if (t.type == HCL_TOKEN_RBRACK)
			return HCL_READ;
		if (t.type == HCL_TOKEN_COMMA) {
			need_comma = false;
			continue;
		}
		if (need_comma && !r->json)
			return hcl_refuse(r, t.place,
			    "error parsing list, expected comma or list end, "
			    "got: %s",
			    hcl_token_name(t.type));
		if (r->json &&
		    (t.type == HCL_TOKEN_BOOL || t.type == HCL_TOKEN_LBRACK))
			continue;
		if (t.type == HCL_TOKEN_LBRACE || t.type == HCL_TOKEN_LBRACK) {
			o = hcl_read_nested(r, v, t);
			if (o != HCL_READ)
				return o;
			need_comma = t.type == HCL_TOKEN_LBRACE;
			continue;
		}
		if (!is_hcl_literal(t.type) ||
		    (r->json && t.type == HCL_TOKEN_NULL))
			return hcl_refuse(r, t.place,
			    "unexpected token while parsing list: %s",
			    hcl_token_name(t.type));
		hcl_set_literal(r, hcl_add_element(r, v), t);
		v->n++;
		need_comma = true;
	}
}

static enum hcl_outcome
hcl_read_list(struct hcl_reader *r, struct hcl_value *v)
{
	enum hcl_outcome o;

	v->kind = HCL_LIST;
	v->line = r->token.place.line;
	if (!r->json)
		v->place = r->token.place;
	if (!hcl_enter(r))
		return HCL_FAILED;
	o = hcl_read_list_elements(r, v);
	r->depth--;
	return o;
}

/* ---- items ---- */

static void
hcl_add_key(struct hcl_reader *r, struct hcl_item *item, struct hcl_token t)
{
	struct hcl_key *key;

	item->keys = hcl_grow_list(
	    r, item->keys, item->nkeys, sizeof(*item->keys));
	key = &item->keys[item->nkeys++];
	key->place = r->json ? (struct hcl_place){ 0, 0 } : t.place;
	key->written = arena_strndup(r->arena, t.text, t.n);
	key->text = t.type == HCL_TOKEN_STRING
	    ? hcl_token_string(r->arena, &t, r->json)
	    : arena_strndup(r->arena, t.text, t.n);
	if (item->nkeys == 1)
		item->line = t.place.line;
	item->key = item->keys[0].text;
	item->label = item->nkeys > 1 ? item->keys[1].text : NULL;
}

/* Up to and with the '=', the '{' or the ':'; r->token is that. */
static enum hcl_outcome
hcl_read_keys(struct hcl_reader *r, struct hcl_item *item)
{
	for (;;) {
		struct hcl_token t = hcl_next_token(r);
		const char *name = hcl_token_name(t.type);

		if (t.type == HCL_TOKEN_EOF)
			return HCL_EOF;
		if (t.type == HCL_TOKEN_STRING ||
		    (t.type == HCL_TOKEN_IDENT && !r->json)) {
			hcl_add_key(r, item, t);
			continue;
		}
		if (r->json) {
			if (t.type == HCL_TOKEN_COLON && item->nkeys)
				return HCL_READ;
			if (t.type == HCL_TOKEN_ILLEGAL)
				return hcl_refuse(r, t.place, "illegal");
			return hcl_refuse(
			    r, t.place, "expected: STRING got: %s", name);
		}
		if (t.type == HCL_TOKEN_ASSIGN && item->nkeys > 1) {
			item->nkeys = 0;
			return hcl_refuse(r, t.place,
			    "nested object expected: LBRACE got: %s", name);
		}
		if (t.type == HCL_TOKEN_ASSIGN && !item->nkeys)
			return hcl_refuse(r, t.place, "no object keys found!");
		if (t.type == HCL_TOKEN_LBRACE && !item->nkeys)
			return hcl_refuse(r, t.place,
			    "expected: IDENT | STRING got: %s", name);
		if (t.type == HCL_TOKEN_ASSIGN || t.type == HCL_TOKEN_LBRACE)
			return HCL_READ;
		if (t.type == HCL_TOKEN_ILLEGAL)
			return hcl_refuse(r, t.place, "illegal character");
		return hcl_refuse(r, t.place,
		    "expected: IDENT | STRING | ASSIGN | LBRACE got: %s", name);
	}
}

/* Reads keys and value of one item. The token behind it is read and put back,
 * as in the library, where faults of that token count at once. */
/* An item's keys as they stand in the text, for a message. */
static const char *
hcl_written_keys(struct hcl_reader *r, const struct hcl_item *item)
{
	struct strs words = strs_in(r->arena);

	for (int i = 0; i < item->nkeys; i++)
		strs_add(&words, item->keys[i].written);
	return strs_join(r->arena, strs_array(&words), " ");
}

static enum hcl_outcome
hcl_read_item(struct hcl_reader *r, struct hcl_item *item)
{
	enum hcl_outcome o = hcl_read_keys(r, item);

	if (!r->json && item->nkeys && o == HCL_EOF)
		o = HCL_READ;
	if (!r->json && item->nkeys && o == HCL_FAILED &&
	    r->token.type == HCL_TOKEN_RBRACE) {
		/* keys without a value: told below, and no end of an object */
		o = HCL_READ;
		r->token.type = HCL_TOKEN_EOF;
	}
	if (o != HCL_READ)
		return o;
	item->value = arena_zalloc(r->arena, sizeof(*item->value));
	if (r->token.type == HCL_TOKEN_ASSIGN ||
	    r->token.type == HCL_TOKEN_COLON) {
		item->assign_line = r->token.place.line;
		o = hcl_read_value(r, item->value);
	} else if (r->token.type == HCL_TOKEN_LBRACE) {
		o = hcl_read_object(r, item->value);
	} else {
		return hcl_refuse(r, r->token.place,
		    "key '%.100s' expected start of object ('{') or "
		    "assignment ('=')",
		    hcl_written_keys(r, item));
	}
	if (o == HCL_READ && !r->json) {
		hcl_next_token(r);
		r->is_pending = true;
	}
	return o;
}

/* The items of an object, or of the whole text. The end of the text ends them
 * without an error. */
static enum hcl_outcome
hcl_read_items(struct hcl_reader *r, struct hcl_value *v, bool within)
{
	v->kind = HCL_OBJECT;
	for (;;) {
		struct hcl_item item = { .line = 0 };
		enum hcl_outcome o;

		if (within && !r->json) {
			hcl_next_token(r);
			r->is_pending = true;
			if (r->token.type == HCL_TOKEN_RBRACE)
				return HCL_READ;
		}
		o = hcl_read_item(r, &item);
		if (o == HCL_EOF)
			return HCL_READ;
		if (o == HCL_FAILED)
			return o;
		v->items = hcl_grow_list(r, v->items, v->n, sizeof(*v->items));
		v->items[v->n++] = item;
		hcl_next_token(r);
		if (r->token.type == HCL_TOKEN_COMMA)
			continue;
		if (r->json)
			return HCL_READ;
		r->is_pending = true;
	}
}

/* r->token is its '{'. */
static enum hcl_outcome
hcl_read_object(struct hcl_reader *r, struct hcl_value *v)
{
	enum hcl_outcome o;

	v->kind = HCL_OBJECT;
	v->line = r->token.place.line;
	if (!r->json)
		v->place = r->token.place;
	if (!hcl_enter(r))
		return HCL_FAILED;
	o = hcl_read_items(r, v, true);
	r->depth--;
	if (r->too_deep)
		return HCL_FAILED;
	if (o == HCL_FAILED && r->token.type != HCL_TOKEN_RBRACE)
		return o;
	if (r->json)
		return HCL_READ;
	hcl_next_token(r);
	if (r->token.type == HCL_TOKEN_RBRACE)
		return HCL_READ;
	return hcl_refuse(r, r->token.place,
	    "object expected closing RBRACE got: %s",
	    hcl_token_name(r->token.type));
}

/* ---- the whole text ---- */

/* Windows' line ends as newlines, in the arena. */
static const char *
hcl_normalize_newlines(struct arena *a, const char *text, size_t *n)
{
	char *copy = arena_alloc(a, *n + 1);
	size_t to = 0;

	for (size_t i = 0; i < *n; i++)
		if (text[i] != '\r' || i + 1 == *n || text[i + 1] != '\n')
			copy[to++] = text[i];
	copy[to] = '\0';
	*n = to;
	return copy;
}

struct hcl_value *
hcl_parse(struct arena *a, const char *text, size_t n, struct hcl_error *e)
{
	struct hcl_reader r = { .arena = a, .error = e };
	struct hcl_value *root = arena_zalloc(a, sizeof(*root));
	size_t skip = 0;
	enum hcl_outcome o;

	memset(e, 0, sizeof(*e));
	while (skip < n && isspace((unsigned char)text[skip]))
		skip++;
	r.json = skip < n && text[skip] == '{';
	if (!r.json)
		text = hcl_normalize_newlines(a, text, &n);
	root->is_json = r.json;
	hcl_scanner_init(&r.scanner, text, n, r.json);
	o = r.json ? hcl_read_value(&r, root) : hcl_read_items(&r, root, false);
	if (r.scanner.fault[0] && !r.too_deep) {
		e->line = r.scanner.fault_place.line;
		e->column = r.scanner.fault_place.column;
		snprintf(e->text, sizeof(e->text), "%s", r.scanner.fault);
		hcl_error_finish(e, r.json, true);
		return NULL;
	}
	if (o == HCL_EOF)
		(void)hcl_refuse(&r, r.token.place, "EOF token found");
	return o == HCL_READ ? root : NULL;
}

const struct hcl_item *
hcl_find(const struct hcl_value *object, const char *key)
{
	for (int i = 0; i < object->n; i++)
		if (strcmp(object->items[i].key, key) == 0)
			return &object->items[i];
	return NULL;
}
