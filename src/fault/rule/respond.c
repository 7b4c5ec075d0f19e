/*
 * An answer instead of Vault's: status, Vault's error body or envelope, or any
 * body at all; and the redirect of a standby.
 */
#include "fault/rule/respond.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json/json_text.h"

struct respond_input {
	int64_t status;
	const json_t *errors, *warnings, *data, *headers, *body;
	const char *body_file, *content_type;
	int from;
};

static const char *const senders[] = { "vault", "proxy", NULL };

#define AT(field) offsetof(struct respond_input, field)

static const struct shape respond_shape[] = {
	{ "status", SHAPE_INT, AT(status), NULL },
	{ "errors", SHAPE_TEXTS, AT(errors), NULL },
	{ "warnings", SHAPE_TEXTS, AT(warnings), NULL },
	{ "data", SHAPE_ANY, AT(data), NULL },
	{ "headers", SHAPE_OBJECT, AT(headers), NULL },
	{ "body", SHAPE_ANY, AT(body), NULL },
	{ "body_file", SHAPE_TEXT, AT(body_file), NULL },
	{ "content_type", SHAPE_TEXT, AT(content_type), NULL },
	{ "from", SHAPE_WORD, AT(from), senders },
	{ NULL, SHAPE_ANY, 0, NULL },
};

#define FILE_MAX ((size_t)8 << 20)

static char *
read_file(const char *path)
{
	FILE *in = fopen(path, "rb");
	struct buf text;
	char piece[4096];
	size_t n;

	if (!in)
		return NULL;
	buf_init(&text, FILE_MAX);
	while ((n = fread(piece, 1, sizeof(piece), in)) > 0)
		buf_add(&text, piece, n);
	fclose(in);
	if (text.over || !text.p) {
		buf_release(&text);
		return NULL;
	}
	return text.p;
}

static json_t *
as_list(const json_t *texts)
{
	if (json_is_array(texts))
		return json_incref((json_t *)(uintptr_t)texts);
	return json_pack("[O]", texts);
}

/* The tree, which is taken over, and an end of line. */
static char *
line_of(json_t *tree)
{
	struct buf text;

	buf_init(&text, 0);
	jtext_put_ordered(&text, tree);
	buf_char(&text, '\n');
	json_decref(tree);
	return text.p;
}

/* Vault 1.19: {"errors":[...]}, with data beside them where there is some. */
static char *
error_body(const struct respond_input *in)
{
	json_t *body = json_object();

	json_object_set_new(body, "errors", as_list(in->errors));
	if (in->data)
		json_object_set(body, "data", (json_t *)(uintptr_t)in->data);
	return line_of(body);
}

static char *
envelope_body(const struct respond_input *in)
{
	json_t *body = json_pack(
	    "{s:s, s:s, s:b, s:i, s:O?, s:n, s:o?, s:n, s:s}", "request_id",
	    "{{uuid}}", "lease_id", "", "renewable", 0, "lease_duration", 0,
	    "data", in->data, "wrap_info", "warnings",
	    in->warnings ? as_list(in->warnings) : json_null(), "auth",
	    "mount_type", "");

	return line_of(body);
}

static char *
any_body(const json_t *body)
{
	struct buf text;

	if (json_is_string(body))
		return xstrdup(json_string_value(body));
	buf_init(&text, 0);
	jtext_put_ordered(&text, body);
	return text.p;
}

static bool
make_body(struct action *a, const struct respond_input *in, const char *where,
    struct complaint *c)
{
	if (in->body_file) {
		a->text_owned = read_file(in->body_file);
		return a->text_owned ||
		    complain(c, where, "body_file", "cannot be read: %s",
			in->body_file);
	}
	if (in->body)
		a->text_owned = any_body(in->body);
	else if (in->errors)
		a->text_owned = error_body(in);
	else if (in->data || in->warnings)
		a->text_owned = envelope_body(in);
	else if (a->number >= 400)
		a->text_owned = xstrdup("{\"errors\":[]}\n");
	else
		a->text_owned = xstrdup("");
	return true;
}

static bool
headers_ok(const json_t *headers, const char *where, struct complaint *c)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)headers, name, value) {
		const char *text = json_string_value(value);

		if (!text)
			return complain(c, where, name,
			    "a header's value is a string");
		if (strpbrk(name, ":\r\n ") || strpbrk(text, "\r\n"))
			return complain(c, where, name,
			    "a header holds no line break");
	}
	return json_object_size(headers) <= 8 ||
	    complain(c, where, "", "holds more than 8 headers");
}

bool
respond_parse(struct action *a, const json_t *value, const char *where,
    struct complaint *c)
{
	struct respond_input in = { .status = 200 };
	char name[160];

	if (!shape_read(respond_shape, value, where, &in, c))
		return false;
	snprintf(name, sizeof(name), "%s.headers", where);
	if (in.headers && !headers_ok(in.headers, name, c))
		return false;
	if (in.status < 200 || in.status > 599)
		return complain(c, where, "status",
		    "must be between 200 and 599");
	if (!!in.body + !!in.body_file + (in.errors || in.data ||
		in.warnings) > 1)
		return complain(c, where, "body",
		    "excludes errors, warnings, data and body_file");
	a->number = in.status;
	return make_body(a, &in, where, c);
}

/* What the client sent stands in a header without ending it: a byte that may not
 * is %XX. */
static const char *
header_safe(const char *text, struct arena *arena)
{
	struct buf out;
	char *safe;

	buf_init(&out, 0);
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			buf_printf(&out, "%%%02X", (unsigned)*p);
		else
			buf_char(&out, *p);
	safe = arena_strndup(arena, out.p ? out.p : "", out.n);
	buf_release(&out);
	return safe;
}

void
respond_request(const struct action *a, const struct acting *by,
    struct fault_plan *plan)
{
	struct respond_input in = { 0 };
	struct complaint c = { 0 };
	const char *name, *body;
	json_t *value;

	shape_read(respond_shape, a->value, "", &in, &c);
	body = template_fill(a->text_owned, by);
	plan->respond = true;
	plan->nheaders = 0;
	plan->status = (int)a->number;
	plan->body = slice_of(body);
	plan->foreign = in.from == 1;
	plan->content_type = in.content_type
	    ? arena_strdup(by->arena, in.content_type)
	    : NULL;
	json_object_foreach((json_t *)(uintptr_t)in.headers, name, value) {
		const char *asked = json_string_value(value);
		const char *text = template_fill(asked, by);

		if (*asked && !*text)
			continue; /* a name that says nothing now */
		plan->headers[plan->nheaders].name =
		    arena_strdup(by->arena, name);
		plan->headers[plan->nheaders++].value =
		    header_safe(text, by->arena);
	}
}

/* ---- redirect ---- */

static const struct {
	const char *name;
	const char *to;
} redirect_words[] = {
	{ "loop", "http://{{host}}" },
	{ "unreachable", "http://192.0.2.1:8200" },
	{ "http", "http://{{host}}" },
};

struct redirect_input {
	const char *to;
	int64_t status;
};

static const struct shape redirect_shape[] = {
	{ "to", SHAPE_TEXT, offsetof(struct redirect_input, to), NULL },
	{ "status", SHAPE_INT, offsetof(struct redirect_input, status), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

/* {"to": "http://10.0.0.2:8200"}; path and query are added. */
bool
redirect_parse(struct action *a, const json_t *value, const char *where,
    struct complaint *c)
{
	struct redirect_input in = { NULL, 307 };

	if (json_is_string(value))
		in.to = json_string_value(value);
	else if (!shape_read(redirect_shape, value, where, &in, c))
		return false;
	if (!in.to || !*in.to)
		return complain(c, where, "to", "is required");
	if (in.status < 301 || in.status > 308)
		return complain(c, where, "status",
		    "must be between 301 and 308");
	a->text = in.to;
	for (size_t i = 0;
	     i < sizeof(redirect_words) / sizeof(redirect_words[0]); i++)
		if (strcmp(redirect_words[i].name, in.to) == 0)
			a->text = redirect_words[i].to;
	if (!strstr(a->text, "://"))
		return complain(c, where, "to",
		    "must be an address like \"https://10.0.0.2:8200\", or "
		    "loop, unreachable, http");
	a->number = in.status;
	return true;
}

/* Vault 1.19: a standby's redirect has no body. */
void
redirect_request(const struct action *a, const struct acting *by,
    struct fault_plan *plan)
{
	const char *base = template_fill(a->text, by);

	plan->respond = true;
	plan->nheaders = 0;
	plan->status = (int)a->number;
	plan->body = (struct slice){ "", 0 };
	plan->headers[plan->nheaders].name = "Location";
	plan->headers[plan->nheaders++].value = header_safe(
	    arena_printf(by->arena, "%s/v1/%s%s%s", base, by->facts->path,
		by->facts->query && *by->facts->query ? "?" : "",
		by->facts->query ? by->facts->query : ""),
	    by->arena);
}
