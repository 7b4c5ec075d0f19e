/*
 * Cleaning JSON: clean text must be a fixed point, and its readers must agree
 * with it; a tree of any text is jansson's, or there is none. What is clean can
 * be rewritten, to itself when nothing is changed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontext.h"
#include "proxy/json_rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
compare_tree(struct slice text)
{
	json_t *ours = jsontext_to_tree(text);
	json_t *theirs = json_loadb(
	    text.p, text.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

	if (!ours != !theirs || (ours && !json_equal(ours, theirs)))
		abort();
	json_decref(ours);
	json_decref(theirs);
}

static void
read_back(struct slice text)
{
	struct arena *a = arena_new();
	struct jsontext_member *members;
	struct slice *elements;
	size_t n = jsontext_members(a, text, &members);

	for (size_t i = 0; i < n; i++)
		(void)jsontext_get(text, members[i].key);
	jsontext_elements(a, text, &elements);
	jsontext_go_print(a, text);
	compare_tree(text);
	arena_free(a);
}

static void
keep_scalar(void *arg, const struct json_place *place, struct slice raw,
    struct buf *out)
{
	int *deepest = arg;

	if (place->depth > *deepest)
		*deepest = place->depth;
	(void)json_place_key(place);
	buf_slice(out, raw);
}

/* True: the same text comes out. */
static bool
rewrite(const char *text, size_t n)
{
	struct buf out;
	int deepest = 0;
	bool ok;

	buf_init(&out, 0);
	ok = json_rewrite(text, n, keep_scalar, &deepest, &out);
	if (ok && (out.n != n || (n && memcmp(out.p, text, n) != 0)))
		abort();
	buf_release(&out);
	return ok;
}

/* Does nesting go beyond what json_rewrite follows? */
static bool
is_deep(const char *text, size_t n)
{
	int depth = 0, deepest = 0;

	for (size_t i = 0; i < n; i++) {
		depth += (text[i] == '[' || text[i] == '{') -
		    (text[i] == ']' || text[i] == '}');
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest > JSON_REWRITE_DEPTH_MAX;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size ? size : 1);
	struct buf once, twice;
	struct error e = { 0 };

	memcpy(copy, data, size);
	compare_tree((struct slice){ copy, size });
	rewrite(copy, size);
	buf_init(&once, 1 << 20);
	buf_init(&twice, 1 << 20);
	if (jsontext_clean(&once, copy, size, JSONTEXT_DIGITS, &e) >= 0 &&
	    !once.over) {
		if (jsontext_clean(&twice, once.p, once.n, JSONTEXT_DIGITS,
			&e) != (long)once.n ||
		    once.n != twice.n || memcmp(once.p, twice.p, once.n) != 0)
			abort();
		if (!rewrite(once.p, once.n) && !is_deep(once.p, once.n))
			abort();
		read_back((struct slice){ once.p, once.n });
		buf_clear(&twice);
		jsontext_clean(&twice, once.p, once.n, JSONTEXT_FLOAT64, NULL);
	}
	buf_release(&once);
	buf_release(&twice);
	free(copy);
	return 0;
}
