/*
 * What the routes of transit share: keys by name, base64, batches.
 */
#include "secrets/transit/transit_common.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/async_key.h"
#include "base/text.h"

bool
transit_rsa_key_async(struct request *req, const struct transit_type *type)
{
	return type->kind != TRANSIT_RSA ||
	    async_key_prepare_rsa(req, type->bytes * 8);
}

void
transit_take_async_key(struct request *req, struct transit_key *k)
{
	if (k->type->kind == TRANSIT_RSA)
		k->next_pair = async_key_take_rsa(req, k->type->bytes * 8);
}

struct transit_key *
transit_request_key(struct request *req)
{
	return transit_key_get(
	    req->vault, req->mount, param_capture(req, "name"));
}

struct transit_key *
transit_request_key_own(struct request *req)
{
	return transit_key_load(
	    req->vault, req->mount, param_capture(req, "name"));
}

bool
transit_decode_base64(
    struct arena *a, const char *text, struct slice *out, size_t *bad)
{
	struct buf plain;
	bool ok;

	buf_init(&plain, 0);
	ok = base64_decode(&plain, text, strlen(text), bad);
	out->n = plain.n;
	out->p = arena_strndup(a, plain.n ? plain.p : "", plain.n);
	buf_wipe(&plain);
	return ok;
}

/* ---- batches ---- */

/* Vault 1.19: verify says what is wrong plainly, the others as a Go error. */
static bool
transit_batch_refuse(
    struct request *req, const struct transit_batch *batch, const char *text)
{
	if (batch->style == TRANSIT_BATCH_ANYTHING)
		return refuse(
		    req, 400, "failed to parse batch input: %s", text);
	return refuse_wrapped(
	    req, 500, "failed to parse batch input: %s", text);
}

/* Go's name of a value's kind, as mapstructure prints it. */
static const char *
transit_batch_go_kind(struct slice v)
{
	switch (jsontext_kind(v)) {
	case '{':
		return "map";
	case '[':
		return "slice";
	case 't':
	case 'f':
		return "bool";
	}
	return "string"; /* numbers too: they are json.Number */
}

static const char *
transit_batch_go_type(struct slice v)
{
	return jsontext_kind(v) == 'n' ? "<nil>" : jsontext_go_type(v);
}

static bool
transit_batch_check_item(
    struct request *req, struct transit_batch *batch, size_t i)
{
	struct slice *item = &batch->items[i];

	if (jsontext_kind(*item) == '{')
		return true;
	if (batch->style == TRANSIT_BATCH_OWN)
		return transit_batch_refuse(req, batch,
		    arena_printf(req->arena, "[%zu] expected a map, got '%s'",
			i, transit_batch_go_type(*item)));
	if (jsontext_kind(*item) != 'n')
		transit_batch_add_problem(req, batch,
		    "'[%zu]' expected a map, got '%s'", i,
		    transit_batch_go_kind(*item));
	*item = slice_of("{}");
	return true;
}

bool
transit_batch_read(struct request *req, enum transit_batch_style style,
    struct transit_batch *batch)
{
	struct slice raw = param_raw(req, "batch_input");

	memset(batch, 0, sizeof(*batch));
	batch->style = style;
	if (!raw.p || jsontext_kind(raw) == 'n')
		return true;
	batch->given = true;
	if (jsontext_kind(raw) != '[')
		return transit_batch_refuse(req, batch,
		    style == TRANSIT_BATCH_OWN
			? arena_printf(req->arena,
			      "source data must be an array or slice, got %s",
			      jsontext_go_type(raw))
			: arena_printf(req->arena,
			      "'': source data must be an array or slice, got "
			      "%s",
			      transit_batch_go_kind(raw)));
	batch->n = jsontext_elements(req->arena, raw, &batch->items);
	if (batch->n == 0)
		return refuse(req, 400, "missing batch input to process");
	buf_init(&batch->problems, 0);
	for (size_t i = 0; i < batch->n; i++)
		if (!transit_batch_check_item(req, batch, i)) {
			buf_release(&batch->problems);
			return false;
		}
	return true;
}

#define PROBLEMS_MAX (64 * 1024)

void
transit_batch_add_problem(
    struct request *req, struct transit_batch *batch, const char *fmt, ...)
{
	char *text;
	va_list ap;

	if (batch->problems.n > PROBLEMS_MAX)
		return;
	va_start(ap, fmt);
	text = arena_vprintf(req->arena, fmt, ap);
	va_end(ap);
	buf_add(&batch->problems, text, strlen(text) + 1);
}

/* A member's text; NULL: absent, or a problem was added. */
static const char *
transit_item_str(struct request *req, struct transit_batch *batch,
    const char *where, struct slice v)
{
	bool own = batch->style == TRANSIT_BATCH_OWN;

	switch (jsontext_kind(v)) {
	case '"':
		return jsontext_string(req->arena, v, NULL);
	case 'n':
		return own ? NULL : "";
	case '0':
		if (!own)
			return arena_strndup(req->arena, v.p, v.n);
		break;
	case 't':
	case 'f':
		if (batch->style == TRANSIT_BATCH_ANYTHING)
			return *v.p == 't' ? "1" : "0";
		break;
	}
	if (own)
		transit_batch_add_problem(req, batch,
		    "'%s' expected type 'string', got unconvertible type '%s'",
		    where, transit_batch_go_type(v));
	else
		transit_batch_add_problem(req, batch,
		    "'%s' expected type 'string', got unconvertible type '%s', "
		    "value: '%s'",
		    where, jsontext_go_type(v),
		    jsontext_go_print(req->arena, v));
	return NULL;
}

void
transit_item_strs(struct request *req, struct transit_batch *batch, size_t i,
    const char *const *names, const char **values)
{
	bool map = batch->style != TRANSIT_BATCH_OWN &&
	    batch->style != TRANSIT_BATCH_STRUCT;

	for (int n = 0; names[n]; n++) {
		struct slice v = jsontext_get(batch->items[i], names[n]);
		char where[64];

		values[n] = NULL;
		if (!v.p || *names[n] == '\0')
			continue;
		snprintf(where, sizeof(where), map ? "[%zu][%s]" : "[%zu].%s",
		    i, names[n]);
		values[n] = transit_item_str(req, batch, where, v);
	}
}

/* mapstructure sorts what it found. */
bool
transit_batch_check(struct request *req, struct transit_batch *batch)
{
	struct buf *b = &batch->problems, text;
	struct strs lines = strs_in(req->arena);
	bool ok = b->n == 0;

	if (!ok) {
		for (size_t i = 0; i < b->n; i += strlen(b->p + i) + 1)
			strs_add(&lines, b->p + i);
		strs_sort(&lines);
		buf_init(&text, 0);
		buf_printf(&text, "%zu error(s) decoding:\n", lines.n);
		for (size_t i = 0; i < lines.n; i++)
			buf_printf(&text, "\n* %s", lines.items[i]);
		ok = transit_batch_refuse(req, batch, text.p);
		buf_release(&text);
	}
	buf_release(b);
	return ok;
}

void
transit_put_member(struct buf *out, const char *name, const char *text)
{
	if (!text)
		return;
	buf_char(out, '"');
	buf_str(out, name);
	buf_str(out, "\":");
	jsontext_quote_str(out, text);
	buf_char(out, ',');
}
