/*
 * Decoding for dedicated handlers, with Go's words for what does not fit.
 */
#include "sys/body_fields.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const go_types[] = { [FIELD_STRING] = "string",
	[FIELD_INT] = "int",
	[FIELD_BOOL] = "bool",
	[FIELD_STRINGS] = "[]string" };

static const char *
kind_word(struct slice v)
{
	switch (jtext_kind(v)) {
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

static verdict
mismatch(struct request *req, const char *type, const struct field *f,
    struct slice v)
{
	return fail(req, 400,
	    "failed to parse JSON input: json: cannot unmarshal %s into Go "
	    "struct field %s.%s of type %s",
	    kind_word(v), type, f->name, go_types[f->type]);
}

static bool
take(struct request *req, const struct field *f, struct slice v)
{
	char kind = jtext_kind(v);
	char *text, *end;

	switch (f->type) {
	case FIELD_STRING:
		if (kind != '"')
			return false;
		*(const char **)f->out = jtext_string(req->arena, v, NULL);
		return true;
	case FIELD_INT:
		if (kind != '0')
			return false;
		text = arena_strndup(req->arena, v.p, v.n);
		*(int64_t *)f->out = strtoll(text, &end, 10);
		return *end == '\0';
	case FIELD_BOOL:
		if (kind != 't' && kind != 'f')
			return false;
		*(bool *)f->out = kind == 't';
		return true;
	case FIELD_STRINGS:
		if (kind != '[')
			return false;
		*(struct slice *)f->out = v;
		return true;
	}
	return false;
}

verdict
dedicated_fields(struct request *req, const char *type,
    const struct field *fields, size_t n, bool may_be_empty)
{
	struct jtext_member *members;
	struct buf clean;
	struct slice object;
	char why[200] = "";
	size_t count;

	if (req->body.n == 0)
		return may_be_empty ? NULL : fail(req, 400, "EOF");
	buf_init(&clean, 0);
	if (jtext_clean(&clean, req->body.p, req->body.n, JTEXT_DIGITS, why,
		sizeof(why)) < 0) {
		buf_release(&clean);
		return strcmp(why, "EOF") == 0
		    ? fail(req, 400, "EOF")
		    : fail(req, 400, "failed to parse JSON input: %s", why);
	}
	object.p = arena_strndup(req->arena, clean.p, clean.n);
	object.n = clean.n;
	buf_release(&clean);
	if (jtext_kind(object) != '{' && jtext_kind(object) != 'n')
		return fail(req, 400,
		    "failed to parse JSON input: json: cannot unmarshal %s "
		    "into Go value of type http.%s",
		    kind_word(object), type);
	count = jtext_members(req->arena, object, &members);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < n; k++)
			if (strcasecmp(members[i].key, fields[k].name) == 0 &&
			    jtext_kind(members[i].value) != 'n' &&
			    !take(req, &fields[k], members[i].value))
				return mismatch(req, type, &fields[k],
				    members[i].value);
	return NULL;
}
