/*
 * Matches paths with the patterns of routes. Knows nothing of what a route
 * does.
 */
#include "api/route.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "core/vault.h"

enum capture_kind {
	CAPTURE_NAME,
	CAPTURE_SEGMENT,
	CAPTURE_REST,
	CAPTURE_MORE,
	CAPTURE_LEAF,
	CAPTURE_NONE,
};

static bool
is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Vault 1.19: GenericNameRegex is \w(([\w-.]+)?\w)? How far its characters go.
 */
static size_t
generic_name_extent(const char *s)
{
	size_t n = 0;

	if (!is_word_char(s[0]))
		return 0;
	while (is_word_char(s[n]) || s[n] == '-' || s[n] == '.')
		n++;
	return n;
}

static enum capture_kind
route_capture_kind(const char *suffix, size_t n)
{
	if (n == 4 && memcmp(suffix, ":seg", 4) == 0)
		return CAPTURE_SEGMENT;
	if (n == 5 && memcmp(suffix, ":rest", 5) == 0)
		return CAPTURE_REST;
	if (n == 5 && memcmp(suffix, ":more", 5) == 0)
		return CAPTURE_MORE;
	if (n == 5 && memcmp(suffix, ":leaf", 5) == 0)
		return CAPTURE_LEAF;
	if (n == 5 && memcmp(suffix, ":none", 5) == 0)
		return CAPTURE_NONE;
	return CAPTURE_NAME;
}

/* Does the capture take s[0..n)? A name's characters are known to be good. */
static bool
route_can_capture(enum capture_kind kind, const char *s, size_t n)
{
	switch (kind) {
	case CAPTURE_NAME:
		return n > 0 && is_word_char(s[n - 1]);
	case CAPTURE_SEGMENT:
		return n > 0;
	case CAPTURE_REST:
		return true;
	case CAPTURE_MORE:
		return n > 0;
	case CAPTURE_LEAF:
		return n > 0 && s[n - 1] != '/';
	case CAPTURE_NONE:
		return n == 0;
	}
	return false;
}

static bool route_match_pattern(
    struct request *req, const char *pattern, const char *path);

/* pattern stands at '{'. Greedy: the longest value the rest agrees with. */
static bool
route_match_capture(struct request *req, const char *pattern, const char *path)
{
	const char *close = strchr(pattern, '}');
	const char *colon = memchr(pattern, ':', (size_t)(close - pattern));
	const char *name_end = colon ? colon : close;
	enum capture_kind kind = colon
	    ? route_capture_kind(colon, (size_t)(close - colon))
	    : CAPTURE_NAME;
	bool spans = kind == CAPTURE_REST || kind == CAPTURE_MORE ||
	    kind == CAPTURE_LEAF;
	size_t n = kind == CAPTURE_NONE ? 0
	    : kind == CAPTURE_NAME	? generic_name_extent(path)
	    : spans			? strlen(path)
					: strcspn(path, "/");
	int at = req->ncaptures;

	if (at == (int)(sizeof(req->captures) / sizeof(req->captures[0])))
		return false;
	for (;; n--) {
		req->ncaptures = at + 1;
		if (route_can_capture(kind, path, n) &&
		    route_match_pattern(req, close + 1, path + n)) {
			req->captures[at].name = arena_strndup(req->arena,
			    pattern + 1, (size_t)(name_end - pattern - 1));
			req->captures[at].value = arena_strndup(
			    req->arena, path, n);
			return true;
		}
		if (n == 0 || (!spans && kind != CAPTURE_NAME) ||
		    close[1] == '\0')
			break;
	}
	req->ncaptures = at;
	return false;
}

static bool
route_match_pattern(struct request *req, const char *pattern, const char *path)
{
	while (*pattern) {
		if (*pattern == '{')
			return route_match_capture(req, pattern, path);
		if (pattern[0] == '/' && pattern[1] == '?' &&
		    pattern[2] == '\0')
			return *path == '\0' ||
			    (path[0] == '/' && path[1] == '\0');
		if (*pattern != *path)
			return false;
		pattern++;
		path++;
	}
	return *path == '\0';
}

bool
route_match(struct request *req, const char *pattern, const char *path)
{
	req->ncaptures = 0;
	return route_match_pattern(req, pattern, path);
}

const struct route *
route_find(struct request *req, const struct route *table, const char *path,
    const struct route **known)
{
	for (; table->path; table++) {
		/* Rows that start with other letters are most of them. */
		if (table->path[0] != '{' && table->path[0] != *path &&
		    table->path[0] != '/' && table->path[0] != '\0')
			continue;
		if (!route_match(req, table->path, path))
			continue;
		if (ROUTE_VERSION(table->flags) != VERSION_ALWAYS &&
		    !version_has(req->vault, ROUTE_VERSION(table->flags)))
			continue;
		/* Vault's framework stops at the first pattern that fits. */
		if (!*known)
			*known = table;
		else if (strcmp((*known)->path, table->path) != 0)
			return NULL;
		if (table->ops & req->op)
			return table;
	}
	return NULL;
}

const struct route *
route_find_in(struct request *req, const struct route *const *tables,
    unsigned with, unsigned without, const char *path,
    const struct route **known)
{
	*known = NULL;
	for (int i = 0; tables[i]; i++) {
		const struct route *route;

		if ((tables[i]->flags & with) != with ||
		    tables[i]->flags & without)
			continue;
		route = route_find(req, tables[i], path, known);
		if (route || *known)
			return route;
	}
	return NULL;
}
