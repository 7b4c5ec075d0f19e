/*
 * Shapes: reading JSON objects by table. Knows no request and no rule.
 */
#include "base/json/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"

#define MS 1000000
/* Two of them added to a time of today are still a time. */
#define DURATION_LIMIT_NS (INT64_C(876000) * 3600 * 1000 * MS)

/* ---- nearness ---- */

#define NEAREST_WORD_MAX 40

/* Levenshtein distance of short words. */
static int
word_distance(const char *a, const char *b)
{
	int row[NEAREST_WORD_MAX + 1], n = (int)strlen(b);

	if (n > NEAREST_WORD_MAX)
		return NEAREST_WORD_MAX;
	for (int j = 0; j <= n; j++)
		row[j] = j;
	for (int i = 1; a[i - 1]; i++) {
		int corner = row[0];

		row[0] = i;
		for (int j = 1; j <= n; j++) {
			int above = row[j];
			int best = corner + (a[i - 1] != b[j - 1]);

			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			corner = above;
		}
	}
	return row[n];
}

const char *
nearest_word(const char *const *words, const char *text)
{
	const char *best = NULL;
	int least = (int)strlen(text) / 2 + 1;

	for (int i = 0; words[i]; i++) {
		int d = word_distance(text, words[i]);

		if (d < least) {
			least = d;
			best = words[i];
		}
	}
	return best;
}

/* ---- values ---- */

static const char *
schema_kind_name(const json_t *value)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object",
		[JSON_ARRAY] = "a list",
		[JSON_STRING] = "a string",
		[JSON_INTEGER] = "an integer",
		[JSON_REAL] = "a number",
		[JSON_TRUE] = "true",
		[JSON_FALSE] = "false",
		[JSON_NULL] = "null",
	};

	return names[json_typeof(value)];
}

static bool
schema_wrong_type(struct error *c, const char *where, const char *name,
    const char *wanted, const json_t *value)
{
	return error_field(c, where, name, "must be %s, not %s", wanted,
	    schema_kind_name(value));
}

/* Reads a duration into ns: text with units, or whole milliseconds. Negative
 * ones only where `negative` is set; 100 years are the most. False and an
 * error of the field. */
static bool
schema_read_duration_field(const json_t *value, const char *where,
    const char *name, bool negative, int64_t *ns, struct error *c)
{
	const char *text = json_string_value(value);

	if (json_is_number(value) && !json_is_integer(value))
		return error_field(c, where, name,
		    "milliseconds are a whole number; write a finer time as "
		    "\"1.5ms\"");
	if (json_is_integer(value)) {
		json_int_t duration_ms = json_integer_value(value);

		if (duration_ms > INT64_MAX / MS ||
		    duration_ms < INT64_MIN / MS)
			return error_field(c, where, name, "is too long");
		*ns = duration_ms * MS;
	} else if (!text) {
		return schema_wrong_type(c, where, name,
		    "a duration like \"250ms\", or whole milliseconds", value);
	} else if (!*text || strspn(text, "-0123456789") == strlen(text) ||
	    !duration_parse(text, ns)) {
		return error_field(c, where, name,
		    "\"%s\" is no duration with a unit; allowed are ns, us, "
		    "ms, s, m, h, d, as in \"250ms\" or \"1h30m\"",
		    text);
	}
	if (*ns < 0 && !negative)
		return error_field(c, where, name, "must not be negative");
	if (*ns > DURATION_LIMIT_NS || *ns < -DURATION_LIMIT_NS)
		return error_field(c, where, name,
		    "is too long: 876000h (100 years) is the most");
	return true;
}

bool
schema_read_duration(
    const json_t *value, const char *where, int64_t *ns, struct error *c)
{
	return schema_read_duration_field(value, where, "", false, ns, c);
}

static bool
schema_read_enum(const struct schema *s, const json_t *value, const char *where,
    int *out, struct error *c)
{
	const char *text = json_string_value(value);

	for (int i = 0; text && s->allowed[i]; i++)
		if (strcmp(s->allowed[i], text) == 0) {
			*out = i;
			return true;
		}
	if (!text)
		return error_allowed(c, where, s->name, s->allowed,
		    "must be a string, not %s", schema_kind_name(value));
	return error_allowed(c, where, s->name, s->allowed,
	    "\"%s\" is not one of the allowed words", text);
}

static bool
schema_is_allowed(const struct schema *s, const json_t *value,
    const char *where, struct error *c)
{
	const char *text = json_string_value(value);

	if (!text)
		return schema_wrong_type(
		    c, where, s->name, "a string or a list of strings", value);
	if (!s->allowed)
		return true;
	for (int i = 0; s->allowed[i]; i++)
		if (strcmp(s->allowed[i], text) == 0)
			return true;
	return error_allowed(c, where, s->name, s->allowed,
	    "\"%s\" is not one of the allowed words", text);
}

static bool
schema_read_strings(const struct schema *s, const json_t *value,
    const char *where, const json_t **out, struct error *c)
{
	*out = value;
	if (!json_is_array(value))
		return schema_is_allowed(s, value, where, c);
	for (size_t i = 0; i < json_array_size(value); i++)
		if (!schema_is_allowed(s, json_array_get(value, i), where, c))
			return false;
	return true;
}

static bool
schema_read_ints(const struct schema *s, const json_t *value, const char *where,
    const json_t **out, struct error *c)
{
	size_t n = json_is_array(value) ? json_array_size(value) : 1;

	*out = value;
	for (size_t i = 0; i < n; i++) {
		const json_t *one = json_is_array(value)
		    ? json_array_get(value, i)
		    : value;

		if (!json_is_integer(one) || json_integer_value(one) < 0)
			return schema_wrong_type(c, where, s->name,
			    "a whole number or a list of them", one);
	}
	return true;
}

static bool
schema_read_int(const struct schema *s, const json_t *value, const char *where,
    int64_t *out, struct error *c)
{
	if (!json_is_integer(value))
		return schema_wrong_type(
		    c, where, s->name, "a whole number", value);
	*out = json_integer_value(value);
	return *out >= 0 ||
	    error_field(c, where, s->name, "must not be negative");
}

static bool
schema_read_time(const struct schema *s, const json_t *value, const char *where,
    int64_t *out, struct error *c)
{
	const char *text = json_string_value(value);

	if (text && rfc3339_parse(text, out))
		return true;
	return error_field(
	    c, where, s->name, "must be a time like \"2026-01-02T15:04:05Z\"");
}

/* Reads a value by the type of its field into out, whose C type the field's
 * type fixes. Texts are borrowed from the tree. False and an error of the
 * field. */
static bool
schema_read_value(const struct schema *s, const json_t *value,
    const char *where, void *out, struct error *c)
{
	switch (s->type) {
	case FIELD_STRING:
		*(const char **)out = json_string_value(value);
		return json_is_string(value) ||
		    schema_wrong_type(c, where, s->name, "a string", value);
	case FIELD_INT:
		return schema_read_int(s, value, where, out, c);
	case FIELD_REAL:
		*(double *)out = json_number_value(value);
		return json_is_number(value) ||
		    schema_wrong_type(c, where, s->name, "a number", value);
	case FIELD_BOOL:
		*(bool *)out = json_is_true(value);
		return json_is_boolean(value) ||
		    schema_wrong_type(
			c, where, s->name, "true or false", value);
	case FIELD_DURATION:
		return schema_read_duration_field(
		    value, where, s->name, false, out, c);
	case FIELD_OFFSET:
		return schema_read_duration_field(
		    value, where, s->name, true, out, c);
	case FIELD_TIME:
		return schema_read_time(s, value, where, out, c);
	case FIELD_ENUM:
		return schema_read_enum(s, value, where, out, c);
	case FIELD_STRINGS:
		return schema_read_strings(s, value, where, out, c);
	case FIELD_INTS:
		return schema_read_ints(s, value, where, out, c);
	case FIELD_OBJECT:
		*(const json_t **)out = value;
		return json_is_object(value) ||
		    schema_wrong_type(c, where, s->name, "an object", value);
	case FIELD_LIST:
		*(const json_t **)out = value;
		return json_is_array(value) ||
		    schema_wrong_type(c, where, s->name, "a list", value);
	case FIELD_ANY:
		*(const json_t **)out = value;
		return true;
	}
	return false;
}

static bool
schema_unknown_field(const struct schema *table, const char *key,
    const char *where, struct error *c)
{
	const char *names[64];
	const char *near;
	int n = 0;

	for (; table[n].name && n < 63; n++)
		names[n] = table[n].name;
	names[n] = NULL;
	near = nearest_word(names, key);
	return error_allowed(c, where, key, names, "unknown field \"%s\"%s%s%s",
	    key, near ? "; did you mean \"" : "", near ? near : "",
	    near ? "\"?" : "");
}

bool
schema_read(const struct schema *table, const json_t *object, const char *where,
    void *out, struct error *c)
{
	const char *key;
	json_t *value;

	if (!object || json_is_null(object))
		return true;
	if (!json_is_object(object))
		return schema_wrong_type(c, where, "", "an object", object);
	json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
		const struct schema *s = table;

		if (strncmp(key, "//", 2) == 0) /* a comment */
			continue;
		while (s->name && strcmp(s->name, key) != 0)
			s++;
		if (!s->name)
			return schema_unknown_field(table, key, where, c);
		if (!json_is_null(value) &&
		    !schema_read_value(
			s, value, where, (char *)out + s->offset, c))
			return false;
	}
	return true;
}
