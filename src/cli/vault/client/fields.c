/*
 * Objects in the order of a struct.
 */
#include "cli/vault/client/fields.h"

#include "base/json/jsontext.h"

void
fields_raw(struct buf *b, const char *key, struct slice value)
{
	if (b->n && b->p[b->n - 1] != '{')
		buf_char(b, ',');
	buf_printf(b, "\"%s\":", key);
	if (value.p)
		buf_slice(b, value);
	else
		buf_str(b, "null");
}

void
fields_text(struct buf *b, const char *key, const char *value)
{
	fields_raw(b, key, SLICE(""));
	jsontext_quote_str(b, value);
}

void
fields_int(struct buf *b, const char *key, int64_t value)
{
	fields_raw(b, key, SLICE(""));
	buf_int(b, value);
}

void
fields_bool(struct buf *b, const char *key, bool value)
{
	fields_raw(b, key, value ? SLICE("true") : SLICE("false"));
}

void
fields_list(struct buf *b, const char *key, const struct goflag_value *v)
{
	if (v->n == 0) {
		fields_raw(b, key, SLICE("null"));
		return;
	}
	fields_raw(b, key, SLICE("["));
	for (int i = 0; i < v->n; i++) {
		buf_str(b, i ? "," : "");
		jsontext_quote_str(b, v->list[i]);
	}
	buf_char(b, ']');
}

void
fields_map(struct buf *b, const char *key, const struct goflag_value *v)
{
	if (v->n == 0) {
		fields_raw(b, key, SLICE("null"));
		return;
	}
	fields_raw(b, key, SLICE("{"));
	for (int i = 0; i < v->n; i++) {
		buf_str(b, i ? "," : "");
		jsontext_quote_str(b, v->pairs[i].key);
		buf_char(b, ':');
		jsontext_quote_str(b, v->pairs[i].value);
	}
	buf_char(b, '}');
}

struct slice
fields_take(struct arena *a, struct buf *b)
{
	struct slice s = { arena_strndup(a, b->p ? b->p : "", b->n), b->n };

	buf_release(b);
	return s;
}
