/*
 * Trees from clean text. jansson's own reader, made for text that came from
 * anywhere, costs a hundred instructions a byte; state is read often, and was
 * written by us. What this reader does not expect (space, a number that is no
 * short integer, deep nesting) it leaves to jansson's.
 */
#include <ctype.h>
#include <string.h>

#include "base/json/jsontext.h"

/* As deep as jansson reads. */
#define TREE_DEPTH_MAX 2048
/* As many digits as every int64_t has. */
#define TREE_DIGITS_MAX 18

struct tree_reader {
	const char *p, *end;
	struct arena *scratch; /* decoded strings; made at the first */
	int depth;
	json_t *open[TREE_DEPTH_MAX]; /* borrowed: the containers around p */
	char *keys[TREE_DEPTH_MAX];   /* of an object: the member being read */
};

/* Bytes of the escape at p; 0 when it is none that stands alone. */
static size_t
tree_escape_length(const struct tree_reader *r, const char *p)
{
	if (r->end - p < 2)
		return 0;
	if (p[1] != 'u')
		return strchr("\"\\/bfnrt", p[1]) && p[1] ? 2 : 0;
	if (r->end - p < 6)
		return 0;
	for (int i = 2; i < 6; i++)
		if (!isxdigit((unsigned char)p[i]))
			return 0;
	/* a surrogate is clean text's no more */
	return (p[2] == 'd' || p[2] == 'D') && p[3] >= '8' ? 0 : 6;
}

/* The text of the string at p, decoded, and p behind it. NULL: not expected. */
static const char *
tree_read_text(struct tree_reader *r, size_t *n)
{
	const char *start = r->p, *p = start + 1;
	bool escaped = false;

	while (p < r->end && *p != '"') {
		size_t step = *p == '\\' ? tree_escape_length(r, p) : 1;

		if (step == 0 || (unsigned char)*p < 0x20)
			return NULL;
		escaped |= step > 1;
		p += step;
	}
	if (p >= r->end)
		return NULL;
	r->p = p + 1;
	if (!escaped) {
		*n = (size_t)(p - start) - 1;
		return start + 1;
	}
	if (!r->scratch)
		r->scratch = arena_new();
	return jsontext_string(
	    r->scratch, (struct slice){ start, (size_t)(r->p - start) }, n);
}

static json_t *
tree_read_string(struct tree_reader *r)
{
	size_t n;
	const char *text = tree_read_text(r, &n);

	return text ? json_stringn(text, n) : NULL;
}

static json_t *
tree_read_integer(struct tree_reader *r)
{
	bool negative = *r->p == '-';
	const char *first = r->p + negative, *p = first;
	json_int_t v = 0;

	while (
	    p < r->end && *p >= '0' && *p <= '9' && p - first < TREE_DIGITS_MAX)
		v = v * 10 + (*p++ - '0');
	if (p == first || (*first == '0' && p - first > 1) ||
	    (p < r->end && *p != ',' && *p != ']' && *p != '}'))
		return NULL;
	r->p = p;
	return json_integer(negative ? -v : v);
}

static json_t *
tree_read_word(struct tree_reader *r, const char *word, json_t *value)
{
	size_t n = strlen(word);

	if ((size_t)(r->end - r->p) < n || memcmp(r->p, word, n) != 0)
		return NULL;
	r->p += n;
	return value;
}

/* A value without members, or an empty container; NULL: not expected. */
static json_t *
tree_read_value(struct tree_reader *r)
{
	if (r->p >= r->end)
		return NULL;
	switch (*r->p) {
	case '{':
		r->p++;
		return json_object();
	case '[':
		r->p++;
		return json_array();
	case '"':
		return tree_read_string(r);
	case 't':
		return tree_read_word(r, "true", json_true());
	case 'f':
		return tree_read_word(r, "false", json_false());
	case 'n':
		return tree_read_word(r, "null", json_null());
	default:
		return tree_read_integer(r);
	}
}

/* `"key":` of the innermost object. */
static bool
tree_read_key(struct tree_reader *r)
{
	size_t n;
	const char *text;

	if (r->p >= r->end || *r->p != '"')
		return false;
	text = tree_read_text(r, &n);
	if (!text || r->p >= r->end || *r->p != ':' || memchr(text, '\0', n))
		return false;
	r->p++;
	if (!r->scratch)
		r->scratch = arena_new();
	r->keys[r->depth - 1] = arena_strndup(r->scratch, text, n);
	return true;
}

/* Gives a value to the innermost container, which it becomes if it is one. */
static bool
tree_attach(struct tree_reader *r, json_t *value)
{
	json_t *around = r->depth ? r->open[r->depth - 1] : NULL;

	if (around && json_is_object(around) &&
	    json_object_set_new(around, r->keys[r->depth - 1], value))
		return false;
	if (around && json_is_array(around) &&
	    json_array_append_new(around, value))
		return false;
	if (!json_is_object(value) && !json_is_array(value))
		return true;
	if (r->depth == TREE_DEPTH_MAX)
		return false;
	r->open[r->depth++] = value;
	return true;
}

/* Behind a value: ends containers, up to where the next value begins. */
static bool
tree_read_next(struct tree_reader *r, bool just_opened)
{
	while (r->depth) {
		bool object = json_is_object(r->open[r->depth - 1]);

		if (r->p >= r->end)
			return false;
		if (*r->p == (object ? '}' : ']')) {
			r->p++;
			r->depth--;
			just_opened = false;
			continue;
		}
		if (!just_opened && *r->p++ != ',')
			return false;
		return object ? tree_read_key(r) : true;
	}
	return true;
}

/* The tree of all of the text; NULL when something was not expected. */
static json_t *
tree_read(struct tree_reader *r)
{
	json_t *root = NULL;

	do {
		json_t *value = tree_read_value(r);

		if (!value)
			break;
		if (!root)
			root = value;
		if (!tree_attach(r, value) ||
		    !tree_read_next(
			r, json_is_object(value) || json_is_array(value)))
			break;
		if (r->depth == 0 && r->p == r->end)
			return root;
	} while (r->depth);
	json_decref(root);
	return NULL;
}

json_t *
jsontext_to_tree(struct slice text)
{
	struct tree_reader r;
	json_t *tree;

	r.p = text.p;
	r.end = text.p + text.n;
	r.scratch = NULL;
	r.depth = 0;
	tree = tree_read(&r);
	arena_free(r.scratch);
	return tree ? tree
		    : json_loadb(text.p, text.n,
			  JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}
