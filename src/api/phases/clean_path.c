/*
 * Paths that are not clean ("//", "/./", "/../") are redirected, as Go's
 * net/http does before Vault sees them.
 */
#include <stdio.h>
#include <string.h>

#include "api/api_internal.h"
#include "base/text.h"
#include "core/vault.h"

/* Bytes that Go's url package leaves as they are in a path. */
static bool
is_plain_path_byte(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c && strchr("-_.~$&+,/:;=@", c));
}

/* A path as Go prints it in a URL. */
static char *
redirect_escape_path(struct arena *a, const char *path)
{
	char *out = arena_alloc(a, 3 * strlen(path) + 1), *to = out;

	for (const char *p = path; *p; p++) {
		if (is_plain_path_byte((unsigned char)*p))
			*to++ = *p;
		else
			to += sprintf(to, "%%%02X", (unsigned char)*p);
	}
	*to = '\0';
	return out;
}

/* Is it a path's escaped form already, as a client may send it? */
static bool
is_escaped_path(const char *path)
{
	for (const char *p = path; *p; p++)
		if (!is_plain_path_byte((unsigned char)*p) &&
		    !strchr("!'()*[]%", *p))
			return false;
	return true;
}

/* Only ASCII may stand in a header: the rest is escaped. */
static char *
redirect_header_value(struct arena *a, const char *url)
{
	char *out = arena_alloc(a, 3 * strlen(url) + 1), *to = out;

	for (const char *p = url; *p; p++) {
		if ((unsigned char)*p < 0x80)
			*to++ = *p;
		else
			to += sprintf(to, "%%%02x", (unsigned char)*p);
	}
	*to = '\0';
	return out;
}

static void
redirect_put_html(struct buf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			buf_str(out, "&amp;");
			break;
		case '<':
			buf_str(out, "&lt;");
			break;
		case '>':
			buf_str(out, "&gt;");
			break;
		case '"':
			buf_str(out, "&#34;");
			break;
		case '\'':
			buf_str(out, "&#39;");
			break;
		default:
			buf_char(out, *text);
		}
	}
}

/* Go's http.Redirect: a GET and a HEAD get a type, a GET alone the page. */
enum handler_result
redirect_reply(
    struct request *req, int status, const char *phrase, const char *url)
{
	bool get = strcmp(req->method, "GET") == 0;
	bool typed = get || strcmp(req->method, "HEAD") == 0;
	struct buf page;
	enum handler_result v;

	reply_header(req, "Location", redirect_header_value(req->arena, url));
	buf_init(&page, 0);
	if (get) {
		buf_str(&page, "<a href=\"");
		redirect_put_html(&page, url);
		buf_printf(&page, "\">%s</a>.\n\n", phrase);
	}
	v = reply_raw(req, status, typed ? "text/html; charset=utf-8" : "",
	    (struct slice){ page.p ? page.p : "", page.n });
	buf_release(&page);
	return v;
}

static bool
redirect_is_help(struct request *req)
{
	return strcmp(req->method, "HELP") == 0 ||
	    *request_query_value(req, "help");
}

/*
 * Vault 1.19: Go's ServeMux cleans the escaped path and, when that changes it,
 * answers 301; the escapes in Location are escaped once more. Until 1.17.3 it
 * looked at what the escapes stand for. Help is asked for before the mux. The
 * first versions of 2.x refuse such a path, later ones send the client on with
 * 307.
 */
enum phase_result
phase_clean_path(struct request *req)
{
	const char *escaped = req->unclean_path;
	char *clean, *url;

	/* Vault 1.19: Go's mux knows the folder only. */
	if (!escaped && req->path && strcmp(req->path, "sys") == 0 &&
	    !redirect_is_help(req)) {
		url = arena_printf(req->arena, "/v1/sys/%s%s",
		    *req->query ? "?" : "", req->query);
		return phase_end(
		    redirect_reply(req, 301, "Moved Permanently", url));
	}
	if (!escaped || strcmp(req->method, "CONNECT") == 0 ||
	    redirect_is_help(req))
		return NEXT;
	if (version_has(req->vault, VERSION_PATH_AS_SENT) &&
	    !is_escaped_path(escaped))
		escaped = redirect_escape_path(req->arena, req->path - 4);
	clean = arena_strdup(req->arena, escaped);
	path_clean(clean);
	if (strcmp(clean, escaped) == 0)
		return NEXT;
	if (version_has(req->vault, VERSION_PATH_REFUSED))
		return phase_end(fail(req, 400,
		    "request path must be clean: no empty, \".\" or \"..\" "
		    "segments"));
	url = redirect_escape_path(req->arena, clean);
	if (*req->query)
		url = arena_printf(req->arena, "%s?%s", url, req->query);
	return phase_end(version_has(req->vault, VERSION_PATH_REDIRECT_KEPT)
		? redirect_reply(req, 307, "Temporary Redirect", url)
		: redirect_reply(req, 301, "Moved Permanently", url));
}
