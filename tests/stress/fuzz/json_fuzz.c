/*
 * Cleaning JSON: clean text must be a fixed point, and its readers must agree
 * with it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json/json_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_back(struct slice text)
{
	struct arena *a = arena_new();
	struct json_text_member *members;
	struct slice *elements;
	size_t n = json_text_members(a, text, &members);

	for (size_t i = 0; i < n; i++)
		(void)json_text_get(text, members[i].key);
	json_text_elements(a, text, &elements);
	json_text_go_print(a, text);
	json_decref(json_text_to_tree(text));
	arena_free(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size ? size : 1);
	struct buf once, twice;
	char why[200];

	memcpy(copy, data, size);
	buf_init(&once, 1 << 20);
	buf_init(&twice, 1 << 20);
	if (json_text_clean(
		&once, copy, size, JSON_TEXT_DIGITS, why, sizeof(why)) >= 0 &&
	    !once.over) {
		if (json_text_clean(&twice, once.p, once.n, JSON_TEXT_DIGITS,
			why, sizeof(why)) != (long)once.n ||
		    once.n != twice.n || memcmp(once.p, twice.p, once.n) != 0)
			abort();
		read_back((struct slice){ once.p, once.n });
		buf_clear(&twice);
		json_text_clean(
		    &twice, once.p, once.n, JSON_TEXT_FLOAT64, NULL, 0);
	}
	buf_release(&once);
	buf_release(&twice);
	free(copy);
	return 0;
}
