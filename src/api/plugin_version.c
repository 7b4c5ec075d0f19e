/*
 * Versions of plugins, as Vault's library for semantic versions reads them.
 */
#include "api/plugin_version.h"

#include <stdlib.h>
#include <string.h>

#include "api/reply.h"
#include "base/go_text.h"

/* Up to three numbers, and what follows them, of a version without its "v". */
static bool
plugin_version_parse(
    const char *text, unsigned long long numbers[3], const char **rest)
{
	static const char more[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ-~.+";
	char *end;
	int n = 0;

	text += *text == 'v';
	numbers[0] = numbers[1] = numbers[2] = 0;
	do {
		unsigned long long number;

		text += n > 0;
		if (*text < '0' || *text > '9')
			return false;
		number = strtoull(text, &end, 10);
		if (n < 3)
			numbers[n] = number;
		n++;
		text = end;
	} while (*text == '.');
	*rest = text;
	return text[strspn(text, more)] == '\0' &&
	    (*text == '\0' || *text == '+' || *text == '-' || *text == '~' ||
		(*text | 32) >= 'a');
}

const char *
plugin_version_read(struct request *req, const char *text)
{
	unsigned long long n[3];
	const char *rest;

	if (plugin_version_parse(text, n, &rest))
		return arena_printf(
		    req->arena, "v%llu.%llu.%llu%s", n[0], n[1], n[2], rest);
	(void)fail(req, 400,
	    "version %s is not a valid semantic version: Malformed version: %s",
	    go_quoted(req->arena, text), text);
	return NULL;
}
