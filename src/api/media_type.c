/*
 * The value of a Content-Type header, read as Go's mime.ParseMediaType does.
 */
#include "api/media_type.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

#define TOKEN_SPECIALS "()<>@,;:\\\"/[]?="

/* Length of the token (RFC 2045) at s. */
static size_t
media_token_length(const char *s)
{
	size_t n = 0;

	while ((unsigned char)s[n] > ' ' && (unsigned char)s[n] < 0x7f &&
	    !strchr(TOKEN_SPECIALS, s[n]))
		n++;
	return n;
}

/* "type" or "type/subtype" and nothing else. NULL, or the error. */
static const char *
media_check_type(const char *s)
{
	size_t n = media_token_length(s);

	if (n == 0)
		return "mime: no media type";
	s += n;
	if (*s == '\0')
		return NULL;
	if (*s != '/')
		return "mime: expected slash after first token";
	n = media_token_length(++s);
	if (n == 0)
		return "mime: expected token after slash";
	return s[n] ? "mime: unexpected content after media subtype" : NULL;
}

static const char *
media_skip_space(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

/* The end of a parameter's value at s, a token or a quoted text; s itself when
 * there is none. */
static const char *
media_skip_value(const char *s)
{
	const char *p = s + 1;

	if (*s != '"')
		return s + media_token_length(s);
	for (; *p && *p != '"'; p++) {
		if (*p == '\\' && p[1] && strchr(TOKEN_SPECIALS, p[1]))
			p++;
	}
	return *p == '"' ? p + 1 : s;
}

/* One "; name=value" at *s. */
static bool
media_skip_parameter(const char **s)
{
	const char *p = media_skip_space(*s), *value;
	size_t n;

	if (*p != ';')
		return false;
	p = media_skip_space(p + 1);
	n = media_token_length(p);
	if (n == 0)
		return false;
	p = media_skip_space(p + n);
	if (*p != '=')
		return false;
	value = media_skip_space(p + 1);
	p = media_skip_value(value);
	if (p == value)
		return false;
	*s = p;
	return true;
}

const char *
media_type_parse(struct arena *a, const char *text, char **media)
{
	size_t n = strcspn(text, ";");
	const char *rest = text + n, *error;

	*media = trim_space(arena_strndup(a, text, n));
	lower_ascii(*media);
	error = media_check_type(*media);
	if (error)
		return error;
	while (*(rest = media_skip_space(rest))) {
		if (media_skip_parameter(&rest))
			continue;
		/* Semicolons at the end are ignored. */
		rest = media_skip_space(rest);
		return *rest == ';' && *media_skip_space(rest + 1) == '\0'
		    ? NULL
		    : "mime: invalid media parameter";
	}
	return NULL;
}
