/*
 * What several rooms make of jansson's trees: texts out, lists and times in.
 */
#ifndef MV_BASE_JSON_JSONTREE_H
#define MV_BASE_JSON_JSONTREE_H

#include <jansson.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/strs.h"

/* From now on jansson ends the process when memory is out, instead of handing
 * out NULL in the middle of a tree, which would be told as null. A program that
 * has allocators of its own for jansson keeps those. */
void jsontree_check_memory(void);
/* A text of an object, borrowed; "" when it is absent or no text. */
const char *jsontree_string(const json_t *object, const char *key);
/* A time in ns as RFC 3339. */
json_t *jsontree_time(int64_t ns);
/* A NULL-terminated list of texts (NULL is empty) as an array, and back. */
json_t *jsontree_strings(char *const *list);
char **jsontree_to_strings(struct arena *a, const json_t *array);
/* A list as an array, and the strings of an array added to a list; elements
 * that are no string are left out, NULL adds nothing. */
json_t *jsontree_of_strs(const struct strs *list);
void jsontree_to_strs(const json_t *array, struct strs *out);
/* The array, which moves in and out; null in the place of an empty one. */
json_t *jsontree_or_null(json_t *array);

#endif
