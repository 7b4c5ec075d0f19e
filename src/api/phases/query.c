/*
 * Names and values of a query, or of a body that is a form.
 */
#include <string.h>

#include "api/api_internal.h"
#include "base/text.h"

/* "a=1&b=2" cut up and decoded; broken escapes drop the pair, as Go does. */
size_t
request_split_pairs(struct request *req, const char *text, size_t len,
    struct request_pair **out)
{
	char *copy = arena_strndup(req->arena, text, len);
	size_t cap = 1, n = 0;
	char *piece, *next;

	for (char *p = copy; *p; p++)
		cap += *p == '&';
	*out = arena_alloc(req->arena, cap * sizeof(**out));
	for (piece = copy; piece; piece = next) {
		char *eq;
		size_t kn, vn;

		next = strchr(piece, '&');
		if (next)
			*next++ = '\0';
		if (*piece == '\0' || strchr(piece, ';'))
			continue;
		eq = strchr(piece, '=');
		if (eq)
			*eq++ = '\0';
		else
			eq = piece + strlen(piece);
		kn = strlen(piece);
		vn = strlen(eq);
		if (!percent_decode(piece, &kn, true) ||
		    !percent_decode(eq, &vn, true))
			continue;
		(*out)[n++] = (struct request_pair){ piece, eq };
	}
	return n;
}

const char *
request_first_value(const struct request_pair *pairs, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(pairs[i].key, key) == 0)
			return pairs[i].value;
	return "";
}

const char *
request_query_value(struct request *req, const char *key)
{
	struct request_pair *pairs;
	size_t n;

	if (*req->query == '\0')
		return "";
	n = request_split_pairs(req, req->query, strlen(req->query), &pairs);
	return request_first_value(pairs, n, key);
}
