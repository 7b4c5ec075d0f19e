/*
 * The parts of clean JSON text, found without a tree: kinds, members, elements,
 * and what Go would print of them.
 */
#include <ctype.h>
#include <string.h>

#include "base/json/jsontext.h"

char
jsontext_kind(struct slice value)
{
	if (!value.p || value.n == 0)
		return 'n';
	if (value.p[0] == '-' || isdigit((unsigned char)value.p[0]))
		return '0';
	return value.p[0];
}

/* Behind the clean string that starts at p. A quote within it has a backslash
 * before it. */
static const char *
skip_json_string(const char *p, const char *end)
{
	const char *quote = memchr(p + 1, '"', (size_t)(end - p - 1));

	if (quote && quote[-1] != '\\')
		return quote + 1;
	for (p++;; p += 2) {
		p += strcspn(p, "\"\\");
		if (*p == '"')
			return p + 1;
	}
}

/* The end of the clean value that starts at p. */
static const char *
skip_json_value(const char *p, const char *end)
{
	int depth = 0;

	do {
		if (*p == '"') {
			p = skip_json_string(p, end);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		if (*p == '}' || *p == ']')
			depth--;
		p++;
		if (depth == 0 && (p[-1] == '}' || p[-1] == ']'))
			return p;
	} while (
	    p < end && (depth > 0 || (*p != ',' && *p != '}' && *p != ']')));
	return p;
}

bool
jsontext_has_numbers(struct slice clean)
{
	const char *p = clean.p, *end = clean.p + clean.n;

	while (p < end) {
		if (*p == '-' || isdigit((unsigned char)*p))
			return true;
		p = *p == '"' ? skip_json_string(p, end) : p + 1;
	}
	return false;
}

static size_t
count_json_parts(struct slice s)
{
	const char *p = s.p + 1, *end = s.p + s.n - 1;
	size_t n = 0;

	while (p < end) {
		p = skip_json_value(p, end);
		if (p < end && *p == ':')
			p = skip_json_value(p + 1, end);
		n++;
		if (p < end)
			p++;
	}
	return n;
}

size_t
jsontext_members(
    struct arena *a, struct slice object, struct jsontext_member **out)
{
	const char *p = object.p + 1, *end = object.p + object.n - 1;
	size_t n = 0;

	*out = NULL;
	if (jsontext_kind(object) != '{' || object.n <= 2)
		return 0;
	*out = arena_alloc(a, count_json_parts(object) * sizeof(**out));
	while (p < end) {
		struct slice key = { p, 0 };
		const char *value;

		p = skip_json_string(p, end);
		key.n = (size_t)(p - key.p);
		value = ++p;
		p = skip_json_value(p, end);
		(*out)[n].key = jsontext_string(a, key, NULL);
		(*out)[n].value = (struct slice){ value, (size_t)(p - value) };
		n++;
		p++;
	}
	return n;
}

size_t
jsontext_elements(struct arena *a, struct slice array, struct slice **out)
{
	const char *p = array.p + 1, *end = array.p + array.n - 1;
	size_t n = 0;

	*out = NULL;
	if (jsontext_kind(array) != '[' || array.n <= 2)
		return 0;
	*out = arena_alloc(a, count_json_parts(array) * sizeof(**out));
	while (p < end) {
		const char *start = p;

		p = skip_json_value(p, end);
		(*out)[n++] = (struct slice){ start, (size_t)(p - start) };
		p++;
	}
	return n;
}

struct slice
jsontext_get(struct slice object, const char *key)
{
	const char *p = object.p + 1, *end = object.p + object.n - 1;
	size_t want = strlen(key);

	if (jsontext_kind(object) != '{')
		return (struct slice){ NULL, 0 };
	while (p < end) {
		const char *k = p, *value;

		p = skip_json_string(p, end);
		value = p + 1;
		if ((size_t)(p - k) == want + 2 &&
		    memcmp(k + 1, key, want) == 0)
			return (struct slice){ value,
				(size_t)(skip_json_value(value, end) - value) };
		p = skip_json_value(value, end) + 1;
	}
	return (struct slice){ NULL, 0 };
}

/* Token by token: a value may be nested as deep as the client likes. */
char *
jsontext_go_print(struct arena *a, struct slice value)
{
	const char *p, *end, *from;
	struct buf out;
	char *text;

	if (jsontext_kind(value) == 'n')
		value = SLICE("null");
	p = value.p;
	end = value.p + value.n;
	buf_init(&out, 0);
	while (p < end) {
		switch (*p) {
		case '{':
			buf_str(&out, "map[");
			p++;
			break;
		case '}':
			buf_char(&out, ']');
			p++;
			break;
		case ',':
			buf_char(&out, ' ');
			p++;
			break;
		case '"':
			from = p;
			p = skip_json_string(p, end);
			buf_str(&out,
			    jsontext_string(a,
				(struct slice){ from, (size_t)(p - from) },
				NULL));
			break;
		case 'n':
			buf_str(&out, "<nil>");
			p += strlen("null");
			break;
		default:
			buf_char(&out, *p++);
			if (p[-1] == '[' || p[-1] == ']' || p[-1] == ':')
				break;
			for (from = p; p < end && !strchr(",]}", *p);)
				p++;
			buf_add(&out, from, (size_t)(p - from));
		}
	}
	text = arena_strndup(a, out.p ? out.p : "", out.n);
	buf_release(&out);
	return text;
}

const char *
jsontext_go_type(struct slice value)
{
	switch (jsontext_kind(value)) {
	case '{':
		return "map[string]interface {}";
	case '[':
		return "[]interface {}";
	case '"':
		return "string";
	case 't':
	case 'f':
		return "bool";
	case 'n':
		return "nil";
	}
	return "json.Number";
}
