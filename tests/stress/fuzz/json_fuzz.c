/*
 * Cleaning JSON: clean text must be a fixed point, and its readers must agree
 * with it; a tree of any text is jansson's, or there is none.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontext.h"

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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size ? size : 1);
	struct buf once, twice;
	struct error e = { 0 };

	memcpy(copy, data, size);
	compare_tree((struct slice){ copy, size });
	buf_init(&once, 1 << 20);
	buf_init(&twice, 1 << 20);
	if (jsontext_clean(&once, copy, size, JSONTEXT_DIGITS, &e) >= 0 &&
	    !once.over) {
		if (jsontext_clean(&twice, once.p, once.n, JSONTEXT_DIGITS,
			&e) != (long)once.n ||
		    once.n != twice.n || memcmp(once.p, twice.p, once.n) != 0)
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
