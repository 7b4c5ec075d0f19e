/*
 * Listing in a table of paths.
 */
#include "core/mount/path_list.h"

#include <string.h>

#include "base/text.h"

void
path_list(
    const char *prefix, path_list_from_fn *from, void *arg, struct strs *keys)
{
	size_t skip = strlen(prefix);
	struct query *q = from(arg, prefix);

	while (query_row(q)) {
		const char *path = query_text(q, 0), *name, *slash;
		char *last;

		if (!starts_with(path, prefix))
			break;
		name = path + skip;
		slash = strchr(name, '/');
		if (!slash) {
			strs_add(keys, name);
			continue;
		}
		strs_add_n(keys, name, (size_t)(slash - name) + 1);
		/* no path below this name sorts behind this */
		last = arena_printf(
		    keys->arena, "%.*s/\xff", (int)(slash - path), path);
		query_done(q);
		q = from(arg, last);
	}
	query_done(q);
}
