/*
 * Tokens in paths, queries and texts, masked.
 */
#include "journal/mask.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

#define MASK "****"

/* Letters, digits, and what stands in tokens beside them; "%" as in a path that
 * is not decoded. */
static size_t
mask_word_length(const char *p)
{
	return strspn(p,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	    "-_.%");
}

/* Can a token begin at p? Behind a letter or a digit it cannot, but for those
 * of an escape, "%2F". */
static bool
mask_is_boundary(const char *text, const char *p)
{
	return p == text || !isalnum((unsigned char)p[-1]) ||
	    (p - text >= 3 && p[-3] == '%');
}

void
mask_text(struct buf *out, const char *text)
{
	const char *plain = text, *p = text;

	while (*p) {
		struct slice word = { p, 0 };

		if (!strchr("hsb", *p) || !mask_is_boundary(text, p)) {
			p++;
			continue;
		}
		word.n = mask_word_length(p);
		if (!text_looks_like_token(word)) {
			p++;
			continue;
		}
		buf_add(out, plain, (size_t)(p - plain));
		buf_str(out, MASK);
		plain = p += word.n;
	}
	buf_str(out, plain);
}

/* The length of what stands before a token, 0 when none does. */
static size_t
mask_before_token(const char *path)
{
	static const char *const addresses[] = { "auth/token/lookup/",
		"auth/token/renew/", "auth/token/revoke/",
		"auth/token/revoke-orphan/" };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		if (starts_with(path, addresses[i]))
			return strlen(addresses[i]);
	return 0;
}

void
mask_path(struct buf *out, const char *path)
{
	size_t n = mask_before_token(path);

	if (n == 0 || !path[n]) {
		mask_text(out, path);
		return;
	}
	buf_add(out, path, n);
	buf_str(out, MASK);
}

void
mask_query(struct buf *out, const char *query)
{
	while (*query) {
		size_t n = strcspn(query, "&");
		struct buf one;

		buf_init(&one, 0);
		buf_add(&one, query, n);
		if (starts_with(one.p ? one.p : "", "token="))
			buf_str(out, "token=" MASK);
		else
			mask_text(out, one.p ? one.p : "");
		buf_release(&one);
		query += n;
		if (*query)
			buf_char(out, *query++);
	}
}
