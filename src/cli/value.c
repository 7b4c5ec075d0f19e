/*
 * From words to JSON. What the server can judge (names, ranges) is left to it.
 */
#include "cli/value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/duration.h"
#include "base/mem.h"

#define DAY_NS (24 * 3600 * NSEC_PER_SEC)

char *
value_file(const char *path, size_t *n, struct error *e)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	struct buf text;
	char piece[4096];
	size_t got;

	if (!in) {
		error_set(e, 400, "%s: %s", path, strerror(errno));
		return NULL;
	}
	buf_init(&text, 0);
	while ((got = fread(piece, 1, sizeof(piece), in)) > 0)
		buf_add(&text, piece, got);
	if (ferror(in) || text.over) {
		error_set(e, 400, "%s: %s", path,
		    text.over ? "too large" : strerror(errno));
		buf_release(&text);
	} else {
		*n = text.n;
		buf_char(&text, '\0');
	}
	if (in != stdin)
		fclose(in);
	return text.p;
}

static json_t *
value_parse_json(const char *from, const char *text, size_t n, struct error *e)
{
	json_error_t bad;
	json_t *tree = json_loadb(
	    text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &bad);

	if (!tree)
		error_set(e, 400,
		    "%s is no JSON: %s at line %d, "
		    "column %d",
		    from, bad.text, bad.line, bad.column);
	return tree;
}

json_t *
value_json(const char *text, struct error *e)
{
	bool input = strcmp(text, "-") == 0;
	json_t *tree;
	size_t n;
	char *whole;

	if (*text != '@' && !input)
		return value_parse_json("the argument", text, strlen(text), e);
	whole = value_file(input ? text : text + 1, &n, e);
	if (!whole)
		return NULL;
	tree = value_parse_json(
	    input ? "standard input" : text + 1, whole, n, e);
	free(whole);
	return tree;
}

json_t *
value_match(const char *text, struct error *e)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	const char *path = text;
	json_t *match;

	if (*text == '{' || *text == '@')
		return value_json(text, e);
	match = json_object();
	if (n > 0 && text[n] == ' ') {
		json_object_set_new(match, "method", json_stringn(text, n));
		path = text + n + 1;
	}
	if (strncmp(path, "/v1/", 4) == 0)
		path += 4;
	json_object_set_new(match, "path", json_string(path));
	return match;
}

json_t *
value_string(const char *text, struct error *e)
{
	(void)e;
	return json_string(text);
}

/* By its looks: a number, true, false, or the text. */
static json_t *
value_guess_type(const char *text)
{
	json_t *tree = json_loads(text, JSON_DECODE_ANY, NULL);

	if (json_is_number(tree) || json_is_boolean(tree))
		return tree;
	json_decref(tree);
	return json_string(text);
}

static bool
value_add_pair(json_t *object, char *pair)
{
	char *eq = strchr(pair, '=');

	if (!*pair || eq == pair)
		return false;
	if (eq)
		*eq++ = '\0';
	if (!eq)
		json_object_set_new(object, pair, json_true());
	else if (*eq)
		json_object_set_new(object, pair, value_guess_type(eq));
	return true;
}

json_t *
value_pairs(const char *text, struct error *e)
{
	json_t *object;
	char *copy, *rest, *pair;

	if (*text == '{')
		return value_json(text, e);
	object = json_object();
	copy = rest = xstrdup(text);
	while ((pair = strsep(&rest, ",")))
		if (!value_add_pair(object, pair)) {
			error_set(e, 400,
			    "\"%s\": wanted name=value, "
			    "name=value",
			    text);
			json_decref(object);
			object = NULL;
			break;
		}
	free(copy);
	return object;
}

/* Up to the next comma outside of brackets and strings. */
static size_t
value_item_length(const char *text)
{
	int depth = 0;
	bool quoted = false;
	size_t n;

	for (n = 0; text[n]; n++) {
		char c = text[n];

		if (quoted && c == '\\' && text[n + 1])
			n++;
		else if (c == '"' && depth > 0)
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']'))
			depth--;
		else if (!quoted && depth <= 0 && c == ',')
			break;
	}
	return n;
}

json_t *
value_list(const char *text,
    json_t *(*parse)(const char *text, struct error *e), struct error *e)
{
	json_t *list = json_array();

	while (list) {
		size_t n = value_item_length(text);
		char *item = xstrndup(text, n);
		json_t *one = parse(item, e);

		free(item);
		if (!one) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, one);
		if (!text[n])
			break;
		text += n + 1;
	}
	return list;
}

json_t *
value_number(const char *text, struct error *e)
{
	json_t *number = value_guess_type(text);

	if (json_is_integer(number))
		return number;
	json_decref(number);
	error_set(e, 400, "\"%s\" is no whole number", text);
	return NULL;
}

json_t *
value_since(const char *text, struct error *e)
{
	json_t *seq = value_number(text, e);

	return seq ? seq : json_string(text);
}

json_t *
value_status(const char *text, struct error *e)
{
	json_t *list = value_list(text, value_number, e);
	json_t *one;

	if (json_array_size(list) != 1)
		return list;
	one = json_incref(json_array_get(list, 0));
	json_decref(list);
	return one;
}

char *
value_duration(const char *text)
{
	char *end, out[DURATION_MAX];
	long days = strtol(text, &end, 10);
	int64_t ns = 0, rest_ns = 0;

	if (end == text || *end != 'd')
		days = 0;
	else
		text = end + 1;
	if (days > 100000 || days < -100000)
		return NULL;
	ns = days * DAY_NS;
	if (*text &&
	    (strspn(text, "-+0123456789.") == strlen(text) ||
		!duration_parse_go(text, &rest_ns)))
		return NULL;
	if (!*text && days == 0 && *end != 'd')
		return NULL;
	ns += days < 0 ? -rest_ns : rest_ns;
	duration_format(ns, out);
	return xstrdup(out);
}
