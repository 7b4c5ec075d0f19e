/*
 * Matching globs: each loop remembers its last star and comes back to it.
 */
#include "base/glob.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

bool
glob_match(const char *p, const char *t)
{
	const char *star = NULL, *from = NULL;

	while (*t) {
		if (*p == '*') {
			star = ++p;
			from = t;
		} else if (*p == *t) {
			p++;
			t++;
		} else if (star) {
			p = star;
			t = ++from;
		} else {
			return false;
		}
	}
	while (*p == '*')
		p++;
	return *p == '\0';
}

/* A segment that is "+" alone is what policies call one segment. */
static bool
glob_is_plus_segment(const char *start, const char *p)
{
	return *p == '+' && (p == start || p[-1] == '/') &&
	    (p[1] == '/' || p[1] == '\0');
}

/* Where to go on after a mismatch: the last star takes one character more. */
struct glob_star {
	const char *pattern;
	const char *text;
};

static bool
glob_retry(
    struct glob_star *s, bool within_segment, const char **p, const char **t)
{
	if (!s->pattern || !*s->text || (within_segment && *s->text == '/'))
		return false;
	*p = s->pattern;
	*t = ++s->text;
	return true;
}

bool
glob_match_path(const char *pattern, const char *path)
{
	struct glob_star one = { NULL, NULL }, rest = { NULL, NULL };
	const char *p = pattern, *t = path;

	for (;;) {
		if (p[0] == '*' && p[1] == '*') {
			while (*p == '*')
				p++;
			rest = (struct glob_star){ p, t };
			one.pattern = NULL;
		} else if (*p == '*' || glob_is_plus_segment(pattern, p)) {
			one = (struct glob_star){ ++p, t };
		} else if (*p == *t && *p) {
			p++;
			t++;
		} else if (*p == *t) {
			return true;
		} else if (!glob_retry(&one, true, &p, &t)) {
			one.pattern = NULL;
			if (!glob_retry(&rest, false, &p, &t))
				return false;
		}
	}
}

bool
glob_match_path_loose(const char *pattern, const char *path)
{
	size_t n = strlen(pattern), m = strlen(path);
	char *a, *b;
	bool matches;

	if (glob_match_path(pattern, path))
		return true;
	if ((!n || pattern[n - 1] != '/') && (!m || path[m - 1] != '/'))
		return false;
	a = xstrndup(pattern, n - (n && pattern[n - 1] == '/'));
	b = xstrndup(path, m - (m && path[m - 1] == '/'));
	matches = glob_match_path(a, b);
	free(a);
	free(b);
	return matches;
}

bool
glob_match_policy_path(
    const char *pattern, bool is_prefix, const char *path, size_t n)
{
	const char *want = pattern, *end = path + n;

	for (;;) {
		size_t wn = strcspn(want, "/");
		const char *slash = memchr(path, '/', (size_t)(end - path));
		size_t pn = (size_t)((slash ? slash : end) - path);
		bool last = want[wn] == '\0';
		bool plus = wn == 1 && *want == '+';

		if (last && is_prefix)
			return (size_t)(end - path) >= wn &&
			    (plus || memcmp(path, want, wn) == 0);
		if (!plus && (pn != wn || memcmp(path, want, wn) != 0))
			return false;
		if (last || !slash)
			return last && !slash;
		want += wn + 1;
		path = slash + 1;
	}
}
