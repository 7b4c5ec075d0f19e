/*
 * Where a connection leads: its URL (or a plugin's separate details) taken
 * apart, and with its credentials filled in.
 */
#include <ctype.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "secrets/database/call.h"

/* ---- taking apart ---- */

/* "tcp(host:port)", "host:port", "[::1]:port" */
static void
db_address_split_host(
    struct arena *a, const char *at, size_t n, struct db_address *out)
{
	const char *open = memchr(at, '(', n), *close, *colon;

	if (open) {
		close = memchr(open, ')', n - (size_t)(open - at));
		n = close ? (size_t)(close - open) - 1 : 0;
		at = open + 1;
	}
	colon = memrchr(at, ':', n);
	if (colon && memchr(colon, ']', n - (size_t)(colon - at)))
		colon = NULL;
	out->host = arena_strndup(a, at, colon ? (size_t)(colon - at) : n);
	if (colon)
		out->port = arena_strndup(
		    a, colon + 1, n - (size_t)(colon - at) - 1);
}

static void
db_address_split_url(struct arena *a, const char *url, struct db_address *out)
{
	const char *start = strstr(url, "://"), *at, *end;
	size_t n;

	start = start ? start + 3 : url;
	end = start + strcspn(start, "/?#");
	at = memrchr(start, '@', (size_t)(end - start));
	if (at)
		start = at + 1;
	db_address_split_host(a, start, (size_t)(end - start), out);
	if (*end == '/') {
		n = strcspn(end + 1, "?#/");
		out->database = arena_strndup(a, end + 1, n);
	}
}

/* "host=a port=5432 dbname=x" */
static const char *
db_address_get_keyword(struct arena *a, const char *url, const char *key)
{
	size_t n = strlen(key);

	for (const char *p = url; (p = strstr(p, key)); p += n)
		if ((p == url || isspace((unsigned char)p[-1])) && p[n] == '=')
			return arena_strndup(
			    a, p + n + 1, strcspn(p + n + 1, " \t\r\n"));
	return NULL;
}

static const char *
db_address_first_nonempty(const char *one, const char *other)
{
	return one && *one ? one : other;
}

void
db_address_read(
    struct arena *a, const struct db_connection *c, struct db_address *out)
{
	const char *url = db_connection_detail(a, c, "connection_url");
	struct slice port = jsontext_get(c->details, "port");

	*out = (struct db_address){ "", "", "", "" };
	if (!*url)
		url = db_connection_detail(a, c, "url");
	if (db_address_get_keyword(a, url, "host")) {
		out->host = db_address_get_keyword(a, url, "host");
		out->port = db_address_first_nonempty(
		    db_address_get_keyword(a, url, "port"), "");
		out->database = db_address_first_nonempty(
		    db_address_get_keyword(a, url, "dbname"), "");
	} else if (*url) {
		db_address_split_url(a, url, out);
	}
	out->host = db_address_first_nonempty(out->host,
	    db_address_first_nonempty(db_connection_detail(a, c, "host"),
		db_connection_detail(a, c, "hosts")));
	if (!*out->port && port.p)
		out->port = jsontext_kind(port) == '"'
		    ? jsontext_string(a, port, NULL)
		    : arena_strndup(a, port.p, port.n);
	out->user = db_connection_detail(a, c, "username");
	out->database = db_address_first_nonempty(out->database, out->user);
}

/* ---- filling in ---- */

/* Go's url.PathEscape. */
static char *
db_address_escape(const char *text)
{
	char *out = xmalloc(strlen(text) * 3 + 1), *to = out;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (isalnum(c) || strchr("-_.~$&+=:@", c))
			*to++ = (char)c;
		else
			to += sprintf(to, "%%%02X", c);
	}
	*to = '\0';
	return out;
}

char *
db_connection_url(const struct db_connection *c)
{
	struct arena *a = arena_new();
	const char *url = db_connection_detail(a, c, "connection_url");
	struct slice plain = jsontext_get(c->details, "disable_escaping");
	bool raw = plain.p &&
	    (slice_is(plain, "true") || slice_is(plain, "\"true\""));
	const char *user = db_connection_detail(a, c, "username");
	const char *password = db_connection_detail(a, c, "password");
	char *user_text = raw ? xstrdup(user) : db_address_escape(user);
	char *password_text = raw ? xstrdup(password)
				  : db_address_escape(password);
	struct db_values values = { user_text, password_text, NULL, NULL };
	static const struct db_plugin verbatim = { .split = DB_SPLIT_NONE };
	char *commands[] = { (char *)url, NULL }, *made = NULL;
	struct db_statements one;

	db_statements_render(
	    &verbatim, DB_USE_CREATE, commands, &values, false, &one);
	if (one.n)
		made = xstrdup(one.strs[0]);
	db_statements_free(&one);
	db_secret_wipe_free(user_text);
	db_secret_wipe_free(password_text);
	OPENSSL_cleanse((char *)password, strlen(password));
	arena_free(a);
	return made ? made : xstrdup("");
}
