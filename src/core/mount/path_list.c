/*
 * The keys of a folder in a table of paths.
 */
#include "core/mount/path_list.h"

#include <string.h>

#include "base/text.h"

struct path_keys {
	struct arena *arena;
	char **list;
	size_t n, room;
};

static void
path_list_append(struct path_keys *k, char *name)
{
	if (k->n == k->room) {
		char **more = arena_alloc(
		    k->arena, k->room * 2 * sizeof(char *));

		memcpy(more, k->list, k->room * sizeof(char *));
		k->list = more;
		k->room *= 2;
	}
	k->list[k->n++] = name;
}

size_t
path_list(struct arena *a, const char *prefix, path_list_next_fn *next,
    void *arg, char ***keys)
{
	struct path_keys found = { a, arena_alloc(a, 16 * sizeof(char *)), 0,
		16 };
	size_t skip = strlen(prefix);
	const char *after = prefix;
	char *path;

	while ((path = next(arg, a, after)) && starts_with(path, prefix)) {
		char *name = path + skip, *slash = strchr(name, '/');

		after = path;
		if (slash) {
			name = arena_strndup(
			    a, name, (size_t)(slash - name) + 1);
			/* no path of the folder sorts behind this */
			after = arena_printf(
			    a, "%.*s/\xff", (int)(slash - path), path);
		}
		path_list_append(&found, name);
	}
	*keys = found.list;
	return found.n;
}
