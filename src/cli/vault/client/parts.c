/*
 * Parts of answers.
 */
#include "cli/vault/client/parts.h"

#include <stdlib.h>

struct slice
part_get(struct slice object, const char *key)
{
	return object.p ? jsontext_get(object, key) : object;
}

size_t
part_members(struct arena *a, struct slice object, struct jsontext_member **out)
{
	*out = NULL;
	return object.p ? jsontext_members(a, object, out) : 0;
}

size_t
part_elements(struct arena *a, struct slice array, struct slice **out)
{
	*out = NULL;
	return array.p ? jsontext_elements(a, array, out) : 0;
}

const char *
part_text(struct arena *a, struct slice object, const char *key)
{
	struct slice v = part_get(object, key);

	return jsontext_kind(v) == '"' ? jsontext_string(a, v, NULL) : "";
}

int64_t
part_int(struct arena *a, struct slice object, const char *key)
{
	struct slice v = part_get(object, key);

	return jsontext_kind(v) == '0'
	    ? strtoll(arena_strndup(a, v.p, v.n), NULL, 10)
	    : 0;
}

bool
part_bool(struct slice object, const char *key)
{
	return jsontext_kind(part_get(object, key)) == 't';
}

struct slice
part_whole(struct slice object, const char *key)
{
	struct slice v = part_get(object, key), none = { NULL, 0 };

	return jsontext_kind(v) == '{' || jsontext_kind(v) == '[' ? v : none;
}
