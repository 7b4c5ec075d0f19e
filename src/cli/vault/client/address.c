/*
 * Addresses and URLs.
 */
#include "cli/vault/client/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "cli/vault/output/gotext.h"

static const char *
address_refuse(struct arena *a, const char *text, const char *why)
{
	return arena_printf(a, "parse %s: %s", gotext_quote(a, text), why);
}

/* Takes "scheme:" off; *text moves behind it. NULL, or why not. */
static const char *
address_take_scheme(struct arena *a, const char **text, char **scheme)
{
	const char *s = *text;
	size_t i;

	*scheme = arena_strdup(a, "");
	for (i = 0; s[i]; i++) {
		unsigned char c = (unsigned char)s[i];

		if (isalpha(c))
			continue;
		if (isdigit(c) || c == '+' || c == '-' || c == '.') {
			if (i == 0)
				return NULL;
			continue;
		}
		if (c != ':')
			return NULL;
		if (i == 0)
			return "missing protocol scheme";
		*scheme = arena_strndup(a, s, i);
		lower_ascii(*scheme);
		*text = s + i + 1;
		return NULL;
	}
	return NULL;
}

static const char *
address_check_port(struct arena *a, const char *host)
{
	const char *colon = *host == '[' ? strchr(host, ']') : host;

	if (*host == '[' && !colon)
		return "missing ']' in host";
	colon = strchr(colon, ':');
	if (colon && strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return arena_printf(
		    a, "invalid port %s after host", gotext_quote(a, colon));
	return NULL;
}

/* [2001:DB8::0:1]:8200 becomes [2001:db8::1]:8200. */
static char *
address_short_host(struct arena *a, char *host)
{
	char *end = *host == '[' ? strchr(host, ']') : NULL, text[64];
	struct in6_addr in6;

	if (!end || strchr(host, '%'))
		return host;
	if (inet_pton(AF_INET6,
		arena_strndup(a, host + 1, (size_t)(end - host - 1)),
		&in6) != 1 ||
	    !inet_ntop(AF_INET6, &in6, text, sizeof(text)))
		return host;
	return arena_printf(a, "[%s]%s", text, end + 1);
}

static const char *
address_take_host(
    struct arena *a, const char *text, struct address *out, const char **rest)
{
	size_t n = strcspn(text, "/?#");
	char *authority = arena_strndup(a, text, n), *at;
	const char *why;

	*rest = text + n;
	at = strrchr(authority, '@');
	if (at) {
		*at = '\0';
		out->user = authority;
		authority = at + 1;
	}
	why = address_check_port(a, authority);
	if (why)
		return why;
	out->host = address_short_host(a, authority);
	return NULL;
}

const char *
address_parse(struct arena *a, const char *given, struct address *out)
{
	const char *text = gotext_trim(a, given), *rest = text, *why;
	const char *whole = text;
	size_t n;

	memset(out, 0, sizeof(*out));
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			return address_refuse(a, text,
			    "net/url: invalid control character in URL");
	out->host = arena_strdup(a, "");
	why = address_take_scheme(a, &rest, &out->scheme);
	if (why)
		return address_refuse(a, whole, why);
	if (strcmp(out->scheme, "unix") == 0 && starts_with(rest, "//")) {
		out->socket = arena_strdup(a, rest + 2);
		out->scheme = arena_strdup(a, "http");
		out->host = arena_strdup(a, "localhost");
		out->path = arena_strdup(a, "");
		return NULL;
	}
	if (!*out->scheme && *rest != '/') {
		n = strcspn(rest, "/");
		if (memchr(rest, ':', n))
			return address_refuse(a, whole,
			    "first path segment in URL cannot contain colon");
	}
	if (starts_with(rest, "//")) {
		why = address_take_host(a, rest + 2, out, &rest);
		if (why)
			return address_refuse(a, whole, why);
	} else if (*out->scheme && *rest != '/') {
		rest = ""; /* an opaque URL; Go keeps no path of it */
	}
	n = strcspn(rest, "?#");
	out->path = arena_strndup(a, rest, n);
	out->raw_path = arena_strndup(a, rest, n);
	n = strlen(out->path);
	if (!percent_decode(out->path, &n, false))
		return address_refuse(a, whole, "invalid URL escape");
	out->path[n] = '\0';
	rest += strcspn(rest, "?#");
	if (*rest == '?')
		out->query = arena_strndup(a, rest + 1, strcspn(rest + 1, "#"));
	return NULL;
}

const char *
address_resolve(struct arena *a, const struct address *base,
    const char *location, struct address *out)
{
	const char *why;
	char *dir, *slash;

	if (starts_with(location, "//"))
		location = arena_printf(a, "%s:%s", base->scheme, location);
	why = address_parse(a, location, out);
	if (why || *out->scheme)
		return why;
	out->scheme = base->scheme;
	out->host = base->host;
	out->user = base->user;
	out->socket = base->socket;
	if (*out->path == '/')
		return NULL;
	dir = arena_strdup(a, base->path);
	slash = strrchr(dir, '/');
	if (slash)
		slash[1] = '\0';
	out->path = arena_printf(a, "%s%s", dir, out->path);
	path_clean(out->path);
	out->raw_path = NULL;
	return NULL;
}

/* net/url's escape: what stays as it is depends on the place. */
static void
address_escape(struct buf *out, const char *s, const char *also, bool plus)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (isalnum(c) || strchr("-_.~", c) || strchr(also, c))
			buf_char(out, (char)c);
		else if (c == ' ' && plus)
			buf_char(out, '+');
		else
			buf_printf(out, "%%%02X", c);
	}
}

static void
address_add_target(struct buf *out, const struct address *u)
{
	if (u->raw_path)
		buf_str(out, u->raw_path);
	else
		address_escape(out, u->path, "$&+,/:;=@", false);
	if (u->query && *u->query)
		buf_printf(out, "?%s", u->query);
}

char *
address_url(struct arena *a, const struct address *u)
{
	struct buf out;
	char *text;

	buf_init(&out, 0);
	if (*u->scheme)
		buf_printf(&out, "%s:", u->scheme);
	if (*u->scheme || *u->host || u->user) {
		buf_str(&out, "//");
		if (u->user)
			buf_printf(&out, "%.*s%s@", (int)strcspn(u->user, ":"),
			    u->user, strchr(u->user, ':') ? ":***" : "");
		buf_str(&out, u->host);
		if (*u->path && *u->path != '/' && *u->host)
			buf_char(&out, '/');
	}
	address_add_target(&out, u);
	text = arena_strndup(a, out.p ? out.p : "", out.n);
	buf_release(&out);
	return text;
}

char *
address_target(struct arena *a, const struct address *u)
{
	struct buf out;
	char *text;

	buf_init(&out, 0);
	if (*u->path != '/')
		buf_char(&out, '/');
	address_add_target(&out, u);
	text = arena_strndup(a, out.p, out.n);
	buf_release(&out);
	return text;
}

char *
address_hostname(struct arena *a, const struct address *u)
{
	if (*u->host == '[')
		return arena_strndup(a, u->host + 1, strcspn(u->host + 1, "]"));
	return arena_strndup(a, u->host, strcspn(u->host, ":"));
}

char *
address_port(struct arena *a, const struct address *u)
{
	const char *from = *u->host == '[' ? strchr(u->host, ']') : u->host;
	const char *colon = strchr(from, ':');

	if (colon && colon[1])
		return arena_strdup(a, colon + 1);
	return arena_strdup(a, strcmp(u->scheme, "https") == 0 ? "443" : "80");
}

void
address_query_add(struct buf *query, const char *key, const char *value)
{
	buf_str(query, query->n ? "&" : "");
	address_escape(query, key, "", true);
	buf_char(query, '=');
	address_escape(query, value, "", true);
}
