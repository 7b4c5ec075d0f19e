/*
 * An answer instead of Vault's: status, Vault's error body or envelope, or any
 * body at all; and the redirect of a standby.
 */
#include "fault/rule/respond.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json/jsontext.h"

struct respond_input {
	int64_t status;
	const json_t *errors, *warnings, *data, *headers, *body;
	const char *body_file, *content_type;
	int sender;
};

static const char *const respond_senders[] = { "vault", "proxy", NULL };

#define AT(field) offsetof(struct respond_input, field)

static const struct schema respond_schema[] = {
	{ "status", FIELD_INT, AT(status), NULL },
	{ "errors", FIELD_STRINGS, AT(errors), NULL },
	{ "warnings", FIELD_STRINGS, AT(warnings), NULL },
	{ "data", FIELD_ANY, AT(data), NULL },
	{ "headers", FIELD_OBJECT, AT(headers), NULL },
	{ "body", FIELD_ANY, AT(body), NULL },
	{ "body_file", FIELD_STRING, AT(body_file), NULL },
	{ "content_type", FIELD_STRING, AT(content_type), NULL },
	{ "from", FIELD_ENUM, AT(sender), respond_senders },
	{ NULL, FIELD_ANY, 0, NULL },
};

#define FILE_MAX ((size_t)8 << 20)

/* A file alone: a pipe without writer or a device without end would hold up
 * everybody. */
static char *
respond_read_file(const char *path)
{
	struct error e = { 0 };
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode)
	    ? file_read(path, FILE_MAX, NULL, &e)
	    : NULL;
}

static json_t *
respond_list_of(const json_t *strings)
{
	if (json_is_array(strings))
		return json_incref((json_t *)(uintptr_t)strings);
	return json_pack("[O]", strings);
}

/* The tree, which is taken over, as text. */
static char *
respond_json_text(json_t *tree, bool newline)
{
	struct buf text;

	buf_init(&text, 0);
	jsontext_put_ordered(&text, tree);
	if (newline)
		buf_char(&text, '\n');
	json_decref(tree);
	return text.p;
}

/* Vault 1.19: {"errors":[...]}, with data beside them where there is some. */
static char *
respond_error_body(const struct respond_input *in)
{
	json_t *body = json_object();

	json_object_set_new(body, "errors", respond_list_of(in->errors));
	if (in->data)
		json_object_set(body, "data", (json_t *)(uintptr_t)in->data);
	return respond_json_text(body, true);
}

/* Vault 1.19: an envelope with another status than 200 ends without a newline.
 */
static char *
respond_envelope_body(const struct respond_input *in)
{
	json_t *body = json_pack(
	    "{s:s, s:s, s:b, s:i, s:O?, s:n, s:o?, s:n, s:s}", "request_id",
	    "{{uuid}}", "lease_id", "", "renewable", 0, "lease_duration", 0,
	    "data", in->data, "wrap_info", "warnings",
	    in->warnings ? respond_list_of(in->warnings) : json_null(), "auth",
	    "mount_type", "");

	return respond_json_text(body, in->status == 200);
}

static char *
respond_any_body(const json_t *body)
{
	struct buf text;

	if (json_is_string(body))
		return xstrdup(json_string_value(body));
	buf_init(&text, 0);
	jsontext_put_ordered(&text, body);
	return text.p;
}

static bool
respond_make_body(struct action *a, const struct respond_input *in,
    const char *where, struct error *c)
{
	if (in->body_file) {
		a->owned_text = respond_read_file(in->body_file);
		return a->owned_text ||
		    error_field(c, where, "body_file", "cannot be read: %s",
			in->body_file);
	}
	if (in->body)
		a->owned_text = respond_any_body(in->body);
	else if (in->errors)
		a->owned_text = respond_error_body(in);
	else if (in->data || in->warnings)
		a->owned_text = respond_envelope_body(in);
	else if (a->number >= 400)
		a->owned_text = xstrdup("{\"errors\":[]}\n");
	else
		a->owned_text = xstrdup("");
	return true;
}

static bool
respond_check_headers(const json_t *headers, const char *where, struct error *c)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)headers, name, value) {
		const char *text = json_string_value(value);

		if (!text)
			return error_field(
			    c, where, name, "a header's value is a string");
		if (strpbrk(name, ":\r\n ") || strpbrk(text, "\r\n"))
			return error_field(
			    c, where, name, "a header holds no line break");
	}
	return json_object_size(headers) <= 8 ||
	    error_field(c, where, "", "holds more than 8 headers");
}

bool
respond_parse(
    struct action *a, const json_t *value, const char *where, struct error *c)
{
	struct respond_input in = { .status = 200 };
	char name[160];

	if (!schema_read(respond_schema, value, where, &in, c))
		return false;
	snprintf(name, sizeof(name), "%s.headers", where);
	if (in.headers && !respond_check_headers(in.headers, name, c))
		return false;
	if (in.status < 200 || in.status > 599)
		return error_field(
		    c, where, "status", "must be between 200 and 599");
	if (!!in.body + !!in.body_file + (in.errors || in.data || in.warnings) >
	    1)
		return error_field(c, where, "body",
		    "excludes errors, warnings, data and body_file");
	a->number = in.status;
	return respond_make_body(a, &in, where, c);
}

/* What the client sent must not end the header that it stands in: control
 * characters become %XX. */
static const char *
respond_escape_header(const char *text, struct arena *arena)
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

/* The value was checked by respond_parse, so reading it again cannot fail. */
void
respond_request(const struct action *a, const struct action_context *ctx,
    struct fault_decision *decision)
{
	struct respond_input in = { 0 };
	struct error c = { 0 };
	const char *name, *body;
	json_t *value;

	schema_read(respond_schema, a->value, "", &in, &c);
	body = template_fill(a->owned_text, ctx);
	decision->respond = true;
	decision->nheaders = 0;
	decision->status = (int)a->number;
	decision->body = slice_of(body);
	decision->from_proxy = in.sender == 1;
	decision->content_type = in.content_type
	    ? arena_strdup(ctx->arena, in.content_type)
	    : NULL;
	json_object_foreach ((json_t *)(uintptr_t)in.headers, name, value) {
		const char *asked = json_string_value(value);
		const char *text = template_fill(asked, ctx);

		if (*asked && !*text)
			continue; /* the template has no value now */
		decision->headers[decision->nheaders].name = arena_strdup(
		    ctx->arena, name);
		decision->headers[decision->nheaders++].value =
		    respond_escape_header(text, ctx->arena);
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
	{ "dead", "http://127.0.0.1:8190" }, /* nobody listens there */
};

struct redirect_input {
	const char *to;
	int64_t status;
};

static const struct schema redirect_schema[] = {
	{ "to", FIELD_STRING, offsetof(struct redirect_input, to), NULL },
	{ "status", FIELD_INT, offsetof(struct redirect_input, status), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

/* {"to": "http://10.0.0.2:8200"}; path and query are added. */
bool
redirect_parse(
    struct action *a, const json_t *value, const char *where, struct error *c)
{
	struct redirect_input in = { NULL, 307 };

	if (json_is_string(value))
		in.to = json_string_value(value);
	else if (!schema_read(redirect_schema, value, where, &in, c))
		return false;
	if (!in.to || !*in.to)
		return error_field(c, where, "to", "is required");
	if (in.status < 301 || in.status > 308)
		return error_field(
		    c, where, "status", "must be between 301 and 308");
	a->text = in.to;
	for (size_t i = 0;
	     i < sizeof(redirect_words) / sizeof(redirect_words[0]); i++)
		if (strcmp(redirect_words[i].name, in.to) == 0)
			a->text = redirect_words[i].to;
	if (!strstr(a->text, "://"))
		return error_field(c, where, "to",
		    "must be an address like \"https://10.0.0.2:8200\", or "
		    "loop, unreachable, http, dead");
	a->number = in.status;
	return true;
}

/* Vault 1.19: a standby's redirect has no body. */
void
redirect_request(const struct action *a, const struct action_context *ctx,
    struct fault_decision *decision)
{
	const char *base = template_fill(a->text, ctx);

	decision->respond = true;
	decision->nheaders = 0;
	decision->status = (int)a->number;
	decision->content_type = ""; /* measured: none */
	decision->body = (struct slice){ "", 0 };
	decision->headers[decision->nheaders].name = "Location";
	decision->headers[decision->nheaders++].value = respond_escape_header(
	    arena_printf(ctx->arena, "%s/v1/%s%s%s", base,
		ctx->request_info->path,
		ctx->request_info->query && *ctx->request_info->query ? "?"
								      : "",
		ctx->request_info->query ? ctx->request_info->query : ""),
	    ctx->arena);
}
