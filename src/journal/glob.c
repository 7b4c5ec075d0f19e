/*
 * The two kinds of globs of rules and queries: paths and everything else.
 */
#include "journal/match.h"

/* stop: a character that "*" does not cross; 0 for none. */
static bool
fits(const char *p, const char *t, char stop)
{
	while (*p) {
		if (*p == '*') {
			bool deep = stop && p[1] == '*';
			char wall = deep ? '\0' : stop;

			p += deep ? 2 : 1;
			for (;; t++) {
				if (fits(p, t, stop))
					return true;
				if (!*t || (wall && *t == wall))
					return false;
			}
		}
		if (*p != *t)
			return false;
		p++;
		t++;
	}
	return *t == '\0';
}

bool
match_path_glob(const char *pattern, const char *path)
{
	return fits(pattern, path, '/');
}

bool
match_glob(const char *pattern, const char *text)
{
	return fits(pattern, text, '\0');
}
