/*
 * Parameters of a scenario: declared, checked, put into its tree.
 */
#include "fault/scenario/scenario_params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json/schema.h"
#include "base/strs.h"

#define PARAMS_DEPTH_MAX 60
#define PARAM_NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789_-"

struct scenario_param_fill {
	const json_t *values;
	struct error *error;
};

/* ---- declared and given ---- */

static bool
scenario_param_unknown(const json_t *values, const char *where,
    const char *name, const char *what, struct error *c)
{
	struct strs names = { 0 };
	const char *const *words;
	const char *key, *near;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)values, key, value)
		strs_add(&names, key);
	words = (const char *const *)strs_array(&names);
	near = nearest_word(words, name);
	error_allowed(c, where, *where ? name : "", words, "%s \"%s\"%s%s%s",
	    what, name, near ? "; did you mean \"" : "", near ? near : "",
	    near ? "\"?" : "");
	strs_release(&names);
	return false;
}

struct param_input {
	json_t *value;
	const char *help;
};

static const struct schema scenario_param_schema[] = {
	{ "default", FIELD_ANY, offsetof(struct param_input, value), NULL },
	{ "help", FIELD_STRING, offsetof(struct param_input, help), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static bool
scenario_param_is_scalar(const json_t *value)
{
	return json_is_string(value) || json_is_number(value) ||
	    json_is_boolean(value);
}

/* {"policy": "app"}, or {"policy": {"default": "app", "help": "..."}} */
static bool
scenario_param_read_declared(
    const json_t *declared, json_t *values, struct error *c)
{
	const char *name;
	json_t *one;

	json_object_foreach ((json_t *)(uintptr_t)declared, name, one) {
		struct param_input in = { .value = one };
		char where[120];

		snprintf(where, sizeof(where), "params.%.100s", name);
		if (strncmp(name, "//", 2) == 0)
			continue;
		if (!*name || name[strspn(name, PARAM_NAME_CHARS)])
			return error_field(c, "params", name,
			    "a name has small letters, digits, _ and -");
		if (json_is_object(one)) {
			in.value = NULL;
			if (!schema_read(
				scenario_param_schema, one, where, &in, c))
				return false;
		}
		if (!scenario_param_is_scalar(in.value))
			return error_field(c, where, "",
			    "wants a default: a string, a number, true or "
			    "false");
		json_object_set(values, name, in.value);
	}
	return true;
}

/* Digits are a text too, where a text is wanted; a flag's text is a number
 * where one is wanted. */
static json_t *
scenario_param_convert(const json_t *value, const json_t *like)
{
	char *text;
	json_t *made;

	if (json_is_string(value) && !json_is_string(like)) {
		made = json_loads(
		    json_string_value(value), JSON_DECODE_ANY, NULL);
		if (made)
			return made;
	}
	if (json_is_string(like) && json_is_number(value)) {
		text = json_dumps(value, JSON_ENCODE_ANY);
		made = json_string(text);
		free(text);
		return made;
	}
	return json_incref((json_t *)(uintptr_t)value);
}

static bool
scenario_param_have_same_type(const json_t *a, const json_t *b)
{
	return (json_is_boolean(a) && json_is_boolean(b)) ||
	    (json_is_real(b) && json_is_number(a)) ||
	    json_typeof(a) == json_typeof(b);
}

static bool
scenario_param_read_given(const json_t *set, json_t *values, struct error *c)
{
	const char *name;
	json_t *given;

	json_object_foreach ((json_t *)(uintptr_t)set, name, given) {
		json_t *like = json_object_get(values, name), *value;
		bool fits;

		if (!like)
			return scenario_param_unknown(
			    values, "set", name, "unknown parameter", c);
		value = scenario_param_convert(given, like);
		fits = scenario_param_have_same_type(value, like);
		if (fits)
			json_object_set(values, name, value);
		json_decref(value);
		if (!fits)
			return error_field(c, "set", name, "must be %s",
			    json_is_string(like)	? "a string"
				: json_is_integer(like) ? "an integer"
				: json_is_real(like)	? "a number"
							: "true or false");
	}
	return true;
}

/* ---- put in ---- */

static const json_t *
scenario_param_value(struct scenario_param_fill *f, const char *name, size_t n)
{
	char text[60];
	const json_t *value;

	snprintf(text, sizeof(text), "%.*s", (int)n, name);
	value = json_object_get(f->values, text);
	if (!value)
		scenario_param_unknown(
		    f->values, "", text, "no parameter is named", f->error);
	return value;
}

static void
scenario_param_add_text(struct buf *out, const json_t *value)
{
	char *text = json_is_string(value) ? NULL
					   : json_dumps(value, JSON_ENCODE_ANY);

	buf_str(out, text ? text : json_string_value(value));
	free(text);
}

/* The text with each ${name} in it replaced; false and an error. */
static bool
scenario_param_fill_text(
    struct scenario_param_fill *f, const char *text, struct buf *out)
{
	const char *at, *end;

	while ((at = strstr(text, "${")) && (end = strchr(at, '}'))) {
		const json_t *value = scenario_param_value(
		    f, at + 2, (size_t)(end - at - 2));

		if (!value)
			return false;
		buf_add(out, text, (size_t)(at - text));
		scenario_param_add_text(out, value);
		text = end + 1;
	}
	buf_str(out, text);
	return true;
}

static json_t *
scenario_param_fill_string(struct scenario_param_fill *f, const json_t *string)
{
	const char *text = json_string_value(string), *end = strchr(text, '}');
	struct buf out;
	json_t *made = NULL;

	if (!strstr(text, "${"))
		return json_incref((json_t *)(uintptr_t)string);
	if (strncmp(text, "${", 2) == 0 && end && !end[1]) {
		const json_t *value = scenario_param_value(
		    f, text + 2, (size_t)(end - text - 2));

		return value ? json_deep_copy(value) : NULL;
	}
	buf_init(&out, 0);
	if (scenario_param_fill_text(f, text, &out))
		made = json_stringn(out.p, out.n);
	buf_release(&out);
	return made;
}

static json_t *scenario_param_fill_value(
    struct scenario_param_fill *f, const json_t *value, int depth);

static json_t *
scenario_param_fill_object(
    struct scenario_param_fill *f, const json_t *object, int depth)
{
	json_t *made = json_object(), *one, *filled;
	const char *key;
	bool ok = true;

	json_object_foreach ((json_t *)(uintptr_t)object, key, one) {
		struct buf name;

		buf_init(&name, 0);
		ok = scenario_param_fill_text(f, key, &name);
		filled = ok ? scenario_param_fill_value(f, one, depth) : NULL;
		if (filled)
			json_object_set_new(made, name.n ? name.p : "", filled);
		buf_release(&name);
		ok = filled != NULL;
		if (!ok)
			break;
	}
	if (ok)
		return made;
	json_decref(made);
	return NULL;
}

static json_t *
scenario_param_fill_list(
    struct scenario_param_fill *f, const json_t *list, int depth)
{
	json_t *made = json_array();

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *one = scenario_param_fill_value(
		    f, json_array_get(list, i), depth);

		if (!one) {
			json_decref(made);
			return NULL;
		}
		json_array_append_new(made, one);
	}
	return made;
}

/* A copy with the parameters put in; NULL and an error. */
static json_t *
scenario_param_fill_value(
    struct scenario_param_fill *f, const json_t *value, int depth)
{
	if (depth > PARAMS_DEPTH_MAX) {
		error_field(f->error, "", "", "is nested too deeply");
		return NULL;
	}
	if (json_is_object(value))
		return scenario_param_fill_object(f, value, depth + 1);
	if (json_is_array(value))
		return scenario_param_fill_list(f, value, depth + 1);
	if (json_is_string(value))
		return scenario_param_fill_string(f, value);
	return json_incref((json_t *)(uintptr_t)value);
}

json_t *
scenario_params_fill(
    const json_t *tree, const json_t *set, json_t **values, struct error *c)
{
	const json_t *declared = json_object_get(tree, "params");
	struct scenario_param_fill f = { .error = c };
	json_t *made = NULL, *rest;

	*values = json_object();
	f.values = *values;
	if (declared && !json_is_object(declared))
		error_field(c, "", "params", "must be an object");
	else if (scenario_param_read_declared(declared, *values, c) &&
	    scenario_param_read_given(set, *values, c)) {
		rest = json_copy((json_t *)(uintptr_t)tree);
		json_object_del(rest, "params");
		/* without parameters "${x}" is a text as any other */
		made = json_object_size(*values) > 0
		    ? scenario_param_fill_value(&f, rest, 0)
		    : json_deep_copy(rest);
		json_decref(rest);
	}
	if (made)
		return made;
	json_decref(*values);
	*values = NULL;
	return NULL;
}
