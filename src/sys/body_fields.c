/*
 * Decoding for dedicated handlers, with Go's words for what does not fit.
 */
#include "sys/body_fields.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const go_types[] = { [BODY_STRING] = "string",
	[BODY_INT] = "int",
	[BODY_BOOL] = "bool",
	[BODY_STRINGS] = "[]string" };

static const char *
body_field_json_kind(struct slice v)
{
	switch (jsontext_kind(v)) {
	case '{':
		return "object";
	case '[':
		return "array";
	case '"':
		return "string";
	case '0':
		return "number";
	}
	return "bool";
}

/* Reads a value into the field; false when it is of another type. */
static bool
body_field_read(struct request *req, const struct body_field *f, struct slice v)
{
	char kind = jsontext_kind(v);
	char *text, *end;

	switch (f->type) {
	case BODY_STRING:
		if (kind != '"')
			return false;
		*(const char **)f->out = jsontext_string(req->arena, v, NULL);
		return true;
	case BODY_INT:
		if (kind != '0')
			return false;
		text = arena_strndup(req->arena, v.p, v.n);
		*(int64_t *)f->out = strtoll(text, &end, 10);
		return *end == '\0';
	case BODY_BOOL:
		if (kind != 't' && kind != 'f')
			return false;
		*(bool *)f->out = kind == 't';
		return true;
	case BODY_STRINGS:
		if (kind != '[')
			return false;
		*(struct slice *)f->out = v;
		return true;
	}
	return false;
}

bool
body_fields_decode(struct request *req, const char *type,
    const struct body_field *fields, size_t n, bool may_be_empty)
{
	struct jsontext_member *members;
	struct buf clean;
	struct slice object;
	struct error e = { 0 };
	size_t count;

	if (req->body.n == 0)
		return may_be_empty || refuse(req, 400, "EOF");
	buf_init(&clean, 0);
	if (jsontext_clean(
		&clean, req->body.p, req->body.n, JSONTEXT_DIGITS, &e) < 0) {
		buf_release(&clean);
		return refuse(req, 400, "%s%s",
		    strcmp(e.text, "EOF") == 0 ? ""
					       : "failed to parse JSON input: ",
		    e.text);
	}
	object.p = arena_strndup(req->arena, clean.p, clean.n);
	object.n = clean.n;
	buf_release(&clean);
	if (jsontext_kind(object) != '{' && jsontext_kind(object) != 'n')
		return refuse(req, 400,
		    "failed to parse JSON input: json: cannot unmarshal %s "
		    "into Go value of type http.%s",
		    body_field_json_kind(object), type);
	count = jsontext_members(req->arena, object, &members);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < n; k++)
			if (strcasecmp(members[i].key, fields[k].name) == 0 &&
			    jsontext_kind(members[i].value) != 'n' &&
			    !body_field_read(req, &fields[k], members[i].value))
				return refuse(req, 400,
				    "failed to parse JSON input: json: cannot "
				    "unmarshal %s into Go struct field %s.%s "
				    "of type %s",
				    body_field_json_kind(members[i].value),
				    type, fields[k].name,
				    go_types[fields[k].type]);
	return true;
}
