/*
 * Listing in a table of paths.
 */
#include "core/mount/path_list.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"

bool
path_list_some(const char *prefix, const char **after, size_t n,
    path_list_from_fn *from, void *arg, struct strs *keys)
{
	size_t skip = strlen(prefix), end = keys->n + n;
	struct query *q = from(arg, *after ? *after : prefix);

	while (query_row(q)) {
		const char *path = query_text(q, 0), *name, *slash;
		char *last;

		if (!starts_with(path, prefix))
			break;
		name = path + skip;
		slash = strchr(name, '/');
		if (!slash) {
			strs_add(keys, name);
			if (keys->n < end)
				continue;
			*after = arena_strdup(keys->arena, path);
			query_done(q);
			return true;
		}
		strs_add_n(keys, name, (size_t)(slash - name) + 1);
		/* no path below this name sorts behind this */
		last = arena_printf(
		    keys->arena, "%.*s/\xff", (int)(slash - path), path);
		query_done(q);
		if (keys->n == end) {
			*after = last;
			return true;
		}
		q = from(arg, last);
	}
	query_done(q);
	return false;
}

void
path_list(
    const char *prefix, path_list_from_fn *from, void *arg, struct strs *keys)
{
	const char *after = NULL;

	(void)path_list_some(
	    prefix, &after, SIZE_MAX - keys->n, from, arg, keys);
}
