/*
 * Weak decoding of JSON values into Go's types (mapstructure).
 */
#include "base/json/weak_decode.h"

#include <stdlib.h>
#include <string.h>

#include "base/go_text.h"
#include "base/text.h"

static const char *
weak_unconvertible(
    struct arena *a, const char *name, const char *type, struct slice v)
{
	return arena_printf(a,
	    "'%s' expected type '%s', got unconvertible type '%s', value: '%s'",
	    name, type, jsontext_go_type(v), jsontext_go_print(a, v));
}

const char *
weak_decode_string(
    struct arena *a, const char *name, struct slice v, char **out)
{
	switch (jsontext_kind(v)) {
	case '"':
		*out = jsontext_string(a, v, NULL);
		return NULL;
	case '0':
		*out = arena_strndup(a, v.p, v.n);
		return NULL;
	case 't':
	case 'f':
		*out = arena_strdup(a, v.p[0] == 't' ? "1" : "0");
		return NULL;
	case 'n':
		*out = arena_strdup(a, "");
		return NULL;
	}
	return weak_unconvertible(a, name, "string", v);
}

/* The text of a string or a number; NULL for any other kind. A number is text
 * to Go's decoder too (json.Number). */
static const char *
weak_text(struct arena *a, struct slice v)
{
	char kind = jsontext_kind(v);

	if (kind == '"')
		return jsontext_string(a, v, NULL);
	return kind == '0' ? arena_strndup(a, v.p, v.n) : NULL;
}

const char *
weak_decode_int(struct arena *a, const char *name, struct slice v, int64_t *out)
{
	const char *text = weak_text(a, v), *error;
	char kind = jsontext_kind(v);

	if (text) {
		error = go_parse_int_why(a, *text ? text : "0", 0, out);
		return error ? arena_printf(a, "cannot parse '%s' as int: %s",
				   name, error)
			     : NULL;
	}
	*out = kind == 't';
	if (kind == 't' || kind == 'f' || kind == 'n')
		return NULL;
	return weak_unconvertible(a, name, "int", v);
}

const char *
weak_decode_float(
    struct arena *a, const char *name, struct slice v, double *out)
{
	const char *text = weak_text(a, v), *error;
	char kind = jsontext_kind(v);

	if (text) {
		error = go_parse_float_why(a, *text ? text : "0", out);
		return error ? arena_printf(a, "cannot parse '%s' as float: %s",
				   name, error)
			     : NULL;
	}
	*out = kind == 't';
	if (kind == 't' || kind == 'f' || kind == 'n')
		return NULL;
	return weak_unconvertible(a, name, "float64", v);
}

const char *
weak_decode_bool(struct arena *a, const char *name, struct slice v, bool *out)
{
	const char *text = weak_text(a, v), *error;
	char kind = jsontext_kind(v);

	if (text) {
		*out = false;
		error = *text ? go_parse_bool_why(a, text, out) : NULL;
		return error ? arena_printf(a, "cannot parse '%s' as bool: %s",
				   name, error)
			     : NULL;
	}
	*out = kind == 't';
	if (kind == 't' || kind == 'f' || kind == 'n')
		return NULL;
	return weak_unconvertible(a, name, "bool", v);
}

/* ---- lists ---- */

/* The elements that mapstructure would decode. */
static size_t
weak_elements(struct arena *a, struct slice v, struct slice **out)
{
	char kind = jsontext_kind(v);

	*out = NULL;
	if (kind == '[')
		return jsontext_elements(a, v, out);
	if (kind == 'n' || (kind == '{' && v.n == 2))
		return 0;
	*out = arena_alloc(a, sizeof(**out));
	**out = v;
	return 1;
}

/* The texts of a list's faults, sorted as mapstructure does. */
static const char *
weak_join_errors(struct arena *a, const char **errors, size_t n)
{
	struct buf out;
	char *text;

	if (n == 0)
		return NULL;
	qsort(errors, n, sizeof(*errors), compare_strings);
	buf_init(&out, 0);
	buf_printf(&out, "%zu error(s) decoding:\n\n", n);
	for (size_t i = 0; i < n; i++) {
		buf_str(&out, i ? "\n* " : "* ");
		buf_str(&out, errors[i]);
	}
	text = arena_strndup(a, out.p, out.n);
	buf_release(&out);
	return text;
}

const char *
weak_decode_strings(struct arena *a, struct slice v, char ***out, int *n)
{
	struct slice *elements;
	size_t count = weak_elements(a, v, &elements), bad = 0;
	const char **errors = arena_alloc(a, (count + 1) * sizeof(*errors));

	*out = arena_zalloc(a, (count + 1) * sizeof(**out));
	*n = (int)count;
	for (size_t i = 0; i < count; i++) {
		char name[32];

		snprintf(name, sizeof(name), "[%zu]", i);
		errors[bad] = weak_decode_string(
		    a, name, elements[i], &(*out)[i]);
		bad += errors[bad] != NULL;
	}
	return weak_join_errors(a, errors, bad);
}

const char *
weak_decode_ints(struct arena *a, struct slice v, int64_t **out, int *n)
{
	struct slice *elements;
	size_t count = weak_elements(a, v, &elements), bad = 0;
	const char **errors = arena_alloc(a, (count + 1) * sizeof(*errors));

	*out = arena_zalloc(a, (count + 1) * sizeof(**out));
	*n = (int)count;
	for (size_t i = 0; i < count; i++) {
		char name[32];

		snprintf(name, sizeof(name), "[%zu]", i);
		errors[bad] = weak_decode_int(a, name, elements[i], &(*out)[i]);
		bad += errors[bad] != NULL;
	}
	return weak_join_errors(a, errors, bad);
}

struct slice
weak_split_commas(struct arena *a, const char *text)
{
	struct buf out;
	struct slice list;

	buf_init(&out, 0);
	buf_char(&out, '[');
	while (*text) {
		size_t n = strcspn(text, ",");

		jsontext_quote(&out, text, n);
		text += n;
		if (*text == '\0')
			break;
		buf_char(&out, ',');
		if (*++text == '\0') /* what stands behind the last comma */
			jsontext_quote(&out, "", 0);
	}
	buf_char(&out, ']');
	list = (struct slice){ arena_strndup(a, out.p, out.n), out.n };
	buf_release(&out);
	return list;
}

/* ---- objects ---- */

/* A list of objects while it is walked: its element i comes next. */
struct weak_level {
	struct weak_level *outer;
	struct slice *elements;
	size_t n, i;
};

struct weak_merge {
	struct arena *arena;
	struct weak_level *level; /* the innermost list; NULL: none */
	struct buf members;	  /* `"a":1,"b":2`, doubles and all */
	bool values_are_strings;
	bool found; /* an object, empty or not */
};

static void
weak_enter(struct weak_merge *m, struct slice list)
{
	struct weak_level *level = arena_zalloc(m->arena, sizeof(*level));

	level->n = jsontext_elements(m->arena, list, &level->elements);
	level->outer = m->level;
	m->level = level;
	m->found |= level->n == 0;
}

/* "[0][3]": the way to the element that was taken last. */
static char *
weak_place(const struct weak_merge *m)
{
	struct buf out;
	char *text;
	size_t depth = 0;
	const struct weak_level **levels;

	for (const struct weak_level *l = m->level; l; l = l->outer)
		depth++;
	levels = arena_alloc(m->arena, (depth + 1) * sizeof(*levels));
	for (const struct weak_level *l = m->level; l; l = l->outer)
		levels[--depth] = l;
	buf_init(&out, 0);
	for (const struct weak_level *l = m->level; l; l = l->outer)
		buf_printf(&out, "[%zu]", levels[depth++]->i - 1);
	text = arena_strndup(m->arena, out.p ? out.p : "", out.n);
	buf_release(&out);
	return text;
}

static bool
weak_add_members(struct weak_merge *m, struct slice object)
{
	struct jsontext_member *members;
	size_t n = jsontext_members(m->arena, object, &members);

	m->found = true;
	for (size_t i = 0; i < n; i++) {
		char *text;

		if (m->members.n)
			buf_char(&m->members, ',');
		jsontext_quote_str(&m->members, members[i].key);
		buf_char(&m->members, ':');
		if (!m->values_are_strings) {
			buf_slice(&m->members, members[i].value);
			continue;
		}
		if (weak_decode_string(m->arena, "", members[i].value, &text))
			return false;
		jsontext_quote_str(&m->members, text);
	}
	return true;
}

/* One value. Returns NULL or the error's text. */
static const char *
weak_merge_value(struct weak_merge *m, struct slice v)
{
	const char *kind = "string";

	switch (jsontext_kind(v)) {
	case '{':
		return weak_add_members(m, v) ? NULL : "not all are strings";
	case '[':
		weak_enter(m, v);
		return NULL;
	case 'n':
		return NULL;
	case 't':
	case 'f':
		kind = "bool";
	}
	return arena_printf(
	    m->arena, "'%s' expected a map, got '%s'", weak_place(m), kind);
}

static const char *
weak_merge_all(struct weak_merge *m, struct slice v)
{
	const char *error = weak_merge_value(m, v);

	while (!error && m->level) {
		struct weak_level *l = m->level;

		if (l->i == l->n)
			m->level = l->outer;
		else
			error = weak_merge_value(m, l->elements[l->i++]);
	}
	return error;
}

static const char *
weak_merge_run(struct arena *a, struct slice v, bool strings, struct slice *out)
{
	struct weak_merge m = { .arena = a, .values_are_strings = strings };
	struct buf object, clean;
	const char *error;

	buf_init(&m.members, 0);
	error = weak_merge_all(&m, v);
	buf_init(&object, 0);
	buf_char(&object, '{');
	buf_add(&object, m.members.p, m.members.n);
	buf_char(&object, '}');
	buf_release(&m.members);
	buf_init(&clean, 0);
	jsontext_clean(&clean, object.p, object.n, JSONTEXT_DIGITS, NULL);
	buf_release(&object);
	*out = m.found
	    ? (struct slice){ arena_strndup(a, clean.p, clean.n), clean.n }
	    : SLICE("null");
	buf_release(&clean);
	return error;
}

const char *
weak_decode_map(struct arena *a, struct slice v, struct slice *out)
{
	/* Most are objects, and clean already. */
	if (jsontext_kind(v) == '{') {
		*out = v;
		return NULL;
	}
	return weak_merge_run(a, v, false, out);
}

bool
weak_decode_string_map(struct arena *a, struct slice v, struct slice *out)
{
	return weak_merge_run(a, v, true, out) == NULL;
}
