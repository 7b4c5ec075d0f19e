/*
 * Listing in a table of paths.
 */
#include "core/mount/path_list.h"

#include <string.h>

#include "base/text.h"

void
path_list(
    const char *prefix, path_list_next_fn *next, void *arg, struct strs *keys)
{
	struct arena *a = keys->arena;
	size_t skip = strlen(prefix);
	const char *after = prefix;
	char *path;

	while ((path = next(arg, a, after)) && starts_with(path, prefix)) {
		char *name = path + skip, *slash = strchr(name, '/');

		after = path;
		if (!slash) {
			strs_add(keys, name);
			continue;
		}
		strs_add_n(keys, name, (size_t)(slash - name) + 1);
		/* no path below this name sorts behind this */
		after = arena_printf(a, "%.*s/\xff", (int)(slash - path), path);
	}
}
