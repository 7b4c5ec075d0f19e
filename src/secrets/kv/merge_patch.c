/*
 * JSON merge patches and subkeys, by walking clean JSON text. Stacks replace
 * recursion, since a client decides how deep a document is.
 */
#include "secrets/kv/merge_patch.h"

#include <string.h>

#include "base/json/jsontext.h"

/* A place within an object: the members that have not been read yet. */
struct member_cursor {
	struct jsontext_member *members;
	size_t n, at;
	const char *key; /* where the next member's key starts */
};

static struct member_cursor
member_cursor_new(struct arena *a, struct slice object)
{
	struct member_cursor c = { .key = object.p + 1 };

	c.n = jsontext_members(a, object, &c.members);
	return c;
}

/* The key of the next member as it stands in the text, with its quotes. */
static struct slice
member_cursor_key(const struct member_cursor *c)
{
	return (struct slice){ c->key,
		(size_t)(c->members[c->at].value.p - 1 - c->key) };
}

/* The next member's value; the cursor moves behind it. */
static struct slice
member_cursor_take(struct member_cursor *c)
{
	struct slice value = c->members[c->at++].value;

	c->key = value.p + value.n + 1;
	return value;
}

/* The order in which clean text sorts two keys. */
static int
compare_quoted_keys(struct arena *a, struct slice x, struct slice y)
{
	size_t xn, yn;
	const char *xt = jsontext_string(a, x, &xn);
	const char *yt = jsontext_string(a, y, &yn);
	int c = memcmp(xt, yt, xn < yn ? xn : yn);

	return c ? c : (xn > yn) - (xn < yn);
}

static bool
is_json_null(struct slice value)
{
	return jsontext_kind(value) == 'n';
}

static void
put_json_key(struct buf *out, struct slice key)
{
	if (out->n && out->p[out->n - 1] != '{')
		buf_char(out, ',');
	buf_slice(out, key);
	buf_char(out, ':');
}

/* ---- values without the nulls in their objects ---- */

struct prune_frame {
	struct member_cursor object; /* used when is_object */
	struct slice *elements;
	size_t nelements, at;
	bool is_object;
};

/* The next value of a frame that is to be written, with its key or comma; p
 * NULL at the end. */
static struct slice
prune_next(struct buf *out, struct prune_frame *f)
{
	if (!f->is_object) {
		if (f->at == f->nelements)
			return (struct slice){ NULL, 0 };
		if (f->at)
			buf_char(out, ',');
		return f->elements[f->at++];
	}
	while (f->object.at < f->object.n) {
		struct slice key = member_cursor_key(&f->object);
		struct slice value = member_cursor_take(&f->object);

		if (is_json_null(value))
			continue;
		put_json_key(out, key);
		return value;
	}
	return (struct slice){ NULL, 0 };
}

/*
 * Vault 1.19: a value that a patch brings in anew loses the nulls of its
 * objects, those within lists too; nulls that stand in a list stay.
 */
static void
put_pruned(struct arena *a, struct buf *out, struct slice value)
{
	struct prune_frame *stack = NULL;
	size_t depth = 0, room = 0;

	for (;;) {
		char kind = jsontext_kind(value);

		if (kind == '{' || kind == '[') {
			if (depth == room) {
				struct prune_frame *more = arena_alloc(
				    a, (room * 2 + 8) * sizeof(*more));

				if (depth)
					memcpy(
					    more, stack, depth * sizeof(*more));
				stack = more;
				room = room * 2 + 8;
			}
			memset(&stack[depth], 0, sizeof(*stack));
			stack[depth].is_object = kind == '{';
			if (kind == '{')
				stack[depth].object = member_cursor_new(
				    a, value);
			else
				stack[depth].nelements = jsontext_elements(
				    a, value, &stack[depth].elements);
			buf_char(out, kind);
			depth++;
		} else {
			buf_slice(out, value);
		}
		value.p = NULL;
		while (depth > 0 && !value.p) {
			value = prune_next(out, &stack[depth - 1]);
			if (value.p)
				break;
			buf_char(out, stack[--depth].is_object ? '}' : ']');
		}
		if (depth == 0)
			return;
	}
}

/* ---- merging ---- */

struct merge_frame {
	struct member_cursor document, patch;
};

/*
 * Writes members of the frame until two objects must be merged: then they are
 * in *document and *patch, behind their key, and the result is true. False at
 * the end of both.
 */
static bool
merge_members(struct arena *a, struct buf *out, struct merge_frame *f,
    struct slice *document, struct slice *patch)
{
	struct slice old_key = { NULL, 0 }, new_key = { NULL, 0 };

	while (f->document.at < f->document.n || f->patch.at < f->patch.n) {
		bool has_old = f->document.at < f->document.n;
		bool has_new = f->patch.at < f->patch.n;
		int order;

		if (has_old)
			old_key = member_cursor_key(&f->document);
		if (has_new)
			new_key = member_cursor_key(&f->patch);
		order = !has_old ? 1
		    : !has_new	 ? -1
				 : compare_quoted_keys(a, old_key, new_key);
		if (order <= 0)
			*document = member_cursor_take(&f->document);
		if (order < 0) {
			put_json_key(out, old_key);
			buf_slice(out, *document);
			continue;
		}
		*patch = member_cursor_take(&f->patch);
		if (is_json_null(*patch))
			continue;
		put_json_key(out, new_key);
		if (order > 0 || jsontext_kind(*document) != '{')
			put_pruned(a, out, *patch);
		else if (jsontext_kind(*patch) != '{')
			buf_slice(out, *patch);
		else
			return true;
	}
	return false;
}

void
merge_patch(
    struct arena *a, struct buf *out, struct slice document, struct slice patch)
{
	struct merge_frame *stack = NULL;
	size_t depth = 0, room = 0;

	if (jsontext_kind(document) != '{' || jsontext_kind(patch) != '{') {
		put_pruned(a, out, patch);
		return;
	}
	for (;;) {
		if (depth == room) {
			struct merge_frame *more = arena_alloc(
			    a, (room * 2 + 8) * sizeof(*more));

			if (depth)
				memcpy(more, stack, depth * sizeof(*more));
			stack = more;
			room = room * 2 + 8;
		}
		stack[depth].document = member_cursor_new(a, document);
		stack[depth].patch = member_cursor_new(a, patch);
		buf_char(out, '{');
		depth++;
		while (!merge_members(
		    a, out, &stack[depth - 1], &document, &patch)) {
			buf_char(out, '}');
			if (--depth == 0)
				return;
		}
	}
}

/* ---- subkeys ---- */

void
put_json_subkeys(
    struct arena *a, struct buf *out, struct slice document, int64_t depth_max)
{
	struct member_cursor *stack = NULL;
	size_t depth = 0, room = 0;

	if (jsontext_kind(document) != '{') {
		buf_str(out, "null");
		return;
	}
	for (;;) {
		if (depth == room) {
			struct member_cursor *more = arena_alloc(
			    a, (room * 2 + 8) * sizeof(*more));

			if (depth)
				memcpy(more, stack, depth * sizeof(*more));
			stack = more;
			room = room * 2 + 8;
		}
		stack[depth++] = member_cursor_new(a, document);
		buf_char(out, '{');
		for (;;) {
			struct member_cursor *top = &stack[depth - 1];

			if (top->at == top->n) {
				buf_char(out, '}');
				if (--depth == 0)
					return;
				continue;
			}
			put_json_key(out, member_cursor_key(top));
			document = member_cursor_take(top);
			if (jsontext_kind(document) == '{' && document.n > 2 &&
			    (depth_max == 0 || (int64_t)depth < depth_max))
				break;
			buf_str(out, "null");
		}
	}
}
