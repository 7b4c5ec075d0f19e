/*
 * Which space a request names, by its path, a header or its token's prefix, and
 * what that means for its answer.
 */
#include <string.h>
#include <strings.h>

#include "base/json/jsontext.h"
#include "base/text.h"
#include "http/http_internal.h"

#define SPACE_HEADER "X-Mockvault-Space"
#define SPACE_PREFIX "/s/"
/* "mvs.ID:TOKEN". No token of Vault's begins so: it has no such type, and an id
 * that somebody chooses may have no dot. */
#define SPACE_TOKEN_MARK "mvs."
#define BEARER "Bearer "

/* "/s/ID/v1/x?y" to "/v1/x?y"; what has no such prefix stays. */
static void
space_cut_prefix(struct request *req)
{
	char *path = req->target, *scheme_end;
	size_t n;

	if (*path != '/' && (scheme_end = strstr(path, "://")))
		path = strchr(scheme_end + 3, '/');
	if (!path || !starts_with(path, SPACE_PREFIX))
		return;
	n = strlen(SPACE_PREFIX);
	n += strcspn(path + n, "/?");
	req->space_prefix = arena_strndup(req->arena, path, n);
	req->space = req->space_prefix + strlen(SPACE_PREFIX);
	req->target = path[n] == '/'
	    ? path + n
	    : arena_printf(req->arena, "/%s", path + n);
}

/* "mvs.ID:TOKEN" to "TOKEN", also behind "Bearer ". ID, or NULL: the value
 * stays as it is. */
static const char *
space_cut_token(struct arena *a, struct header *h)
{
	const char *token = h->value, *id, *colon;
	bool is_bearer = starts_with(token, BEARER);

	if (is_bearer)
		token += strlen(BEARER);
	if (!starts_with(token, SPACE_TOKEN_MARK))
		return NULL;
	id = token + strlen(SPACE_TOKEN_MARK);
	colon = strchr(id, ':');
	if (!colon)
		return NULL;
	h->value = is_bearer ? arena_printf(a, BEARER "%s", colon + 1)
			     : colon + 1;
	return arena_strndup(a, id, (size_t)(colon - id));
}

void
space_read_name(struct request *req, struct header *headers, int n)
{
	const char *by_token = NULL, *by_bearer = NULL;
	bool has_token = false;

	for (int i = 0; i < n; i++) {
		struct header *h = &headers[i];
		char first = (char)(h->name[0] | 0x20);

		if (first != 'x' && first != 'a') /* most of them */
			continue;
		if (strcasecmp(h->name, SPACE_HEADER) == 0)
			req->space = h->value;
		else if (strcasecmp(h->name, "Authorization") == 0 &&
		    !by_bearer)
			by_bearer = space_cut_token(req->arena, h);
		else if (strcasecmp(h->name, "X-Vault-Token") == 0 &&
		    !has_token) {
			has_token = *h->value != '\0';
			by_token = space_cut_token(req->arena, h);
		}
	}
	if (!req->space)
		req->space = has_token ? by_token : by_bearer;
	if (req->target[0] != '/' || starts_with(req->target, SPACE_PREFIX))
		space_cut_prefix(req);
}

void
space_write_unknown(struct request *req)
{
	struct buf text, *body = &req->reply.body;

	buf_init(&text, 0);
	buf_printf(&text,
	    "there is no space \"%.100s\": PUT /_mock/spaces/ID makes one",
	    req->space);
	buf_str(body, "{\"errors\":[");
	jsontext_quote_str(body, text.p);
	buf_str(body, "],\"space\":");
	jsontext_quote_str(body, req->space);
	buf_str(body, "}\n");
	buf_release(&text);
	req->reply.status = 404;
	req->reply.no_vault_headers = true;
}

/* "/v1/x" to "/s/ID/v1/x", also behind a scheme and a host. */
static const char *
space_prefixed(struct request *req, const char *location)
{
	const char *path = location, *scheme_end;

	if (*path != '/') {
		scheme_end = strstr(path, "://");
		if (!scheme_end)
			return location;
		path = scheme_end + 3;
		path += strcspn(path, "/");
	}
	if (starts_with(path, req->space_prefix))
		return location;
	return arena_printf(req->arena, "%.*s%s%s", (int)(path - location),
	    location, req->space_prefix, path);
}

void
space_fix_location(struct request *req)
{
	for (int i = 0; i < req->reply.nheaders; i++) {
		struct header *h = &req->reply.headers[i];

		if (strcasecmp(h->name, "Location") == 0)
			h->value = space_prefixed(req, h->value);
	}
}
