/*
 * Texts, lists and times in jansson's trees.
 */
#include "base/json/jsontree.h"

#include <stdlib.h>

#include "base/duration.h"

void
jsontree_check_memory(void)
{
	json_malloc_t get;
	json_free_t give_back;

	json_get_alloc_funcs(&get, &give_back);
	if (get == malloc)
		json_set_alloc_funcs(xmalloc, give_back);
}

const char *
jsontree_string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

json_t *
jsontree_time(int64_t ns)
{
	char text[RFC3339_MAX];

	rfc3339_nano(ns, text);
	return json_string(text);
}

json_t *
jsontree_strings(char *const *list)
{
	json_t *out = json_array();

	for (; list && *list; list++)
		json_array_append_new(out, json_string(*list));
	return out;
}

char **
jsontree_to_strings(struct arena *a, const json_t *array)
{
	size_t n = json_array_size(array);
	char **out = arena_alloc(a, (n + 1) * sizeof(char *));

	for (size_t i = 0; i < n; i++)
		out[i] = arena_strdup(
		    a, json_string_value(json_array_get(array, i)));
	out[n] = NULL;
	return out;
}

json_t *
jsontree_of_strs(const struct strs *list)
{
	return jsontree_strings(list->items);
}

void
jsontree_to_strs(const json_t *array, struct strs *out)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *s = json_string_value(json_array_get(array, i));

		if (s)
			strs_add(out, s);
	}
}

json_t *
jsontree_or_null(json_t *array)
{
	if (json_array_size(array) > 0)
		return array;
	json_decref(array);
	return json_null();
}
