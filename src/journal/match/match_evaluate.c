/*
 * A match put to facts. Knows no rule and no request; what it cannot see it does
 * not fit.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cidr.h"
#include "base/text.h"
#include "journal/match/match_internal.h"

/* Why it does not fit. */
struct why {
	char *text;
	size_t size;
};

static bool no(const struct why *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool
no(const struct why *w, const char *fmt, ...)
{
	va_list ap;

	if (!w->text || !w->size)
		return false;
	va_start(ap, fmt);
	vsnprintf(w->text, w->size, fmt, ap);
	va_end(ap);
	return false;
}

static bool
no_text(const struct why *w, const char *name, const char *held,
    const json_t *wanted)
{
	char *text;

	if (!w->text || !w->size)
		return false;
	text = json_dumps(wanted, JSON_COMPACT | JSON_ENCODE_ANY);
	no(w, "%s is %s%s%s, not %s", name, held ? "\"" : "",
	    held ? held : "not known", held ? "\"" : "",
	    text ? text : "that");
	free(text);
	return false;
}

typedef bool (*like_fn)(const char *pattern, const char *text);

static bool
any_like(const json_t *globs, const char *text, like_fn like)
{
	const char *glob;

	for (size_t i = 0; text && (glob = match_text(globs, i)); i++)
		if (like(glob, text))
			return true;
	return false;
}

static bool
fits_texts(const json_t *globs, const char *name, const char *text,
    like_fn like, const struct why *w)
{
	return !globs || any_like(globs, text, like) ||
	    no_text(w, name, text, globs);
}

static bool
same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* Mounts by path, with or without the slash at the end and auth/. */
static bool
mount_like(const char *pattern, const char *mount)
{
	return match_path_like(pattern, mount) ||
	    (starts_with(mount, "auth/") && match_path_like(pattern, mount + 5));
}

static bool
same_mount(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	n -= n && a[n - 1] == '/';
	m -= m && b[m - 1] == '/';
	return n == m && memcmp(a, b, n) == 0;
}

static bool
is_list(const struct facts *f)
{
	return f->op && strcmp(f->op, "list") == 0;
}

/* Go's client lists with GET and ?list=true: that is a LIST as well. */
static bool
fits_method(const struct match *m, const struct facts *f, const struct why *w)
{
	return !m->method || (is_list(f) && any_like(m->method, "LIST", same)) ||
	    fits_texts(m->method, "method", f->method, same, w);
}

static bool
fits_path(const struct match *m, const struct facts *f, const struct why *w)
{
	if (!m->has_regex)
		return fits_texts(m->path, "path", f->path, match_path_like, w);
	return (f->path && regexec(&m->regex, f->path, 0, NULL, 0) == 0) ||
	    no_text(w, "path", f->path, m->path);
}

static bool
fits_op(const struct match *m, const struct facts *f, const struct why *w)
{
	return !m->op || any_like(m->op, "any", same) ||
	    fits_texts(m->op, "op", f->op, same, w);
}

static bool
fits_mount(const struct match *m, const struct facts *f, const struct why *w)
{
	if (json_is_object(m->mount))
		return fits_texts(json_object_get(m->mount, "type"),
		    "mount's type", f->mount_type, same, w);
	return fits_texts(m->mount, "mount", f->mount, same_mount, w);
}

static bool
fits_id(const json_t *ids, const struct facts *f, const struct why *w)
{
	const char *id;
	char digest[17];

	if (!ids || (f->token_id && any_like(ids, f->token_id, match_glob)))
		return true;
	for (size_t i = 0; f->token_digest && (id = match_text(ids, i)); i++) {
		match_digest(id, digest);
		if (strcmp(digest, f->token_digest) == 0)
			return true;
	}
	return no(w, "token.id is another");
}

static bool
fits_policy(const json_t *globs, const struct facts *f, const struct why *w)
{
	char held[200] = "";

	for (int i = 0; globs && f->policies && f->policies[i]; i++) {
		size_t n = strlen(held);

		if (any_like(globs, f->policies[i], match_glob))
			return true;
		snprintf(held + n, sizeof(held) - n, "%s%s", n ? ", " : "",
		    f->policies[i]);
	}
	return !globs ||
	    no_text(w, "token.policy", *held ? held : NULL, globs);
}

static bool
fits_token(const struct match *m, const struct facts *f, const struct why *w)
{
	const struct match_token *t = &m->tokens;

	if (!m->token)
		return true;
	if (json_is_true(t->none))
		return !f->has_token || no(w, "a token was sent");
	if (!f->has_token)
		return no(w, "no token was sent");
	return fits_id(t->id, f, w) &&
	    fits_texts(t->accessor, "token.accessor", f->accessor, match_glob,
		w) &&
	    fits_policy(t->policy, f, w) &&
	    fits_texts(t->role, "token.role", f->role, match_glob, w) &&
	    fits_texts(t->auth_mount, "token.auth_mount", f->auth_mount,
		mount_like, w);
}

static bool
in_block(const char *block, const char *address)
{
	char *one[] = { (char *)(uintptr_t)block, NULL };

	return cidr_allows(one, address);
}

static bool
fits_node(const struct match *m, const struct facts *f, const struct why *w)
{
	return !m->node ||
	    any_like(m->node, f->node_active ? "active" : "standby", same) ||
	    fits_texts(m->node, "node", f->node ? f->node : "", match_glob, w);
}

static bool
fits_headers(const struct match *m, const struct facts *f,
    const struct why *w)
{
	const char *key;
	json_t *glob;
	char name[200];

	json_object_foreach((json_t *)(uintptr_t)m->header, key, glob) {
		const char *held =
		    f->header ? f->header(f->header_arg, key) : NULL;

		snprintf(name, sizeof(name), "header.%s", key);
		if (!fits_texts(glob, name, held, match_glob, w))
			return false;
	}
	return true;
}

/* The next "name=value" of a query, decoded; NULL behind the last. */
static char *
next_pair(const char **at, char **value)
{
	size_t n = strcspn(*at, "&"), len;
	char *pair;

	if (!**at)
		return NULL;
	pair = xstrndup(*at, n);
	*at += n + ((*at)[n] == '&');
	*value = strchr(pair, '=');
	if (*value)
		*(*value)++ = '\0';
	else
		*value = pair + n;
	len = strlen(*value);
	percent_decode(*value, &len, true);
	len = strlen(pair);
	percent_decode(pair, &len, true);
	return pair;
}

static bool
query_has(const char *query, const char *key, const char *glob)
{
	bool found = false;
	char *name, *value;

	while (!found && (name = next_pair(&query, &value))) {
		found = strcmp(name, key) == 0 && match_glob(glob, value);
		free(name);
	}
	return found;
}

static bool
fits_query(const struct match *m, const struct facts *f, const struct why *w)
{
	const char *key;
	json_t *glob;

	json_object_foreach((json_t *)(uintptr_t)m->query, key, glob)
		if (!f->query ||
		    !query_has(f->query, key, json_string_value(glob)))
			return no(w, "query has no %s=%s", key,
			    json_string_value(glob));
	return true;
}

/* RFC 6901: "~1" is a slash in a name, "~0" a tilde. */
static void
plain_name(char *name)
{
	char *out = name;

	for (char *p = name; *p; p++) {
		if (p[0] == '~' && (p[1] == '0' || p[1] == '1'))
			*out++ = *++p == '1' ? '/' : '~';
		else
			*out++ = *p;
	}
	*out = '\0';
}

static const json_t *
element(const json_t *list, const char *index)
{
	if (!*index || strspn(index, "0123456789") != strlen(index))
		return NULL;
	return json_array_get(list, strtoul(index, NULL, 10));
}

static const json_t *
pointed(const json_t *tree, const char *pointer)
{
	while (tree && *pointer == '/') {
		size_t n = strcspn(++pointer, "/");
		char *name = xstrndup(pointer, n);

		plain_name(name);
		tree = json_is_array(tree) ? element(tree, name)
					   : json_object_get(tree, name);
		free(name);
		pointer += n;
	}
	return tree;
}

/* A text is a glob, also of a number; anything else must be equal. */
static bool
value_like(const json_t *wanted, const json_t *held)
{
	char *text;
	bool fits;

	if (!json_is_string(wanted))
		return held && json_equal(wanted, held);
	if (!held || json_is_object(held) || json_is_array(held))
		return false;
	if (json_is_string(held))
		return match_glob(json_string_value(wanted),
		    json_string_value(held));
	text = json_dumps(held, JSON_COMPACT | JSON_ENCODE_ANY);
	fits = text && match_glob(json_string_value(wanted), text);
	free(text);
	return fits;
}

static bool
fits_body(const struct match *m, const struct facts *f, const struct why *w)
{
	bool fits = true;
	json_t *tree, *wanted;
	const char *key;

	if (!m->body || !json_object_size(m->body))
		return true;
	tree = f->body.p
	    ? json_loadb(f->body.p, f->body.n, JSON_DECODE_ANY, NULL)
	    : NULL;
	json_object_foreach((json_t *)(uintptr_t)m->body, key, wanted)
		if (!tree || !value_like(wanted, pointed(tree, key))) {
			no(w, tree ? "body has another value at \"%s\""
				   : "there is no JSON body to have \"%s\"",
			    key);
			fits = false;
			break;
		}
	json_decref(tree);
	return fits;
}

static bool
fits_conn(const struct match *m, const struct facts *f, const struct why *w)
{
	const struct match_conn *k = &m->conns;

	if (k->tls && json_is_true(k->tls) != f->tls)
		return no(w, "conn.tls is %s", f->tls ? "true" : "false");
	if (k->reused && json_is_true(k->reused) != f->reused)
		return no(w, "conn.reused is %s",
		    f->reused ? "true" : "false");
	for (size_t i = 0; json_is_array(k->nth) && i < json_array_size(k->nth);
	     i++)
		if (json_integer_value(json_array_get(k->nth, i)) == f->nth)
			return true;
	return !k->nth ||
	    (json_is_integer(k->nth) &&
		json_integer_value(k->nth) == f->nth) ||
	    no(w, "conn.nth is %lld", (long long)f->nth);
}

/* Container probes come by themselves: who means them says so. */
static bool
fits_probe(const struct match *m, const struct facts *f, const struct why *w)
{
	return m->path || m->op || !f->op ||
	    strcmp(f->op, "health") != 0 ||
	    no(w, "health probes fit only a match with op or path");
}

static bool
fits_other(const struct match *m, const struct facts *f, const struct why *w)
{
	return !m->other || !match_fits_any(m->other, f) ||
	    no(w, "not: it fits the exception");
}

static bool
fits_all(const struct match *m, const struct facts *f, const struct why *w)
{
	static bool (*const checks[])(const struct match *m,
	    const struct facts *f, const struct why *w) = { fits_method,
		fits_op, fits_path, fits_mount, fits_token, fits_node,
		fits_conn, fits_headers, fits_query, fits_body, fits_other };

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (!checks[i](m, f, w))
			return false;
	return fits_texts(m->namespace, "namespace", f->namespace, match_glob,
		   w) &&
	    fits_texts(m->space, "space", f->space, match_glob, w) &&
	    fits_texts(m->client_ip, "client_ip", f->client_ip, in_block, w);
}

bool
match_fits(const struct match *m, const struct facts *f, char *why,
    size_t why_size)
{
	const struct why w = { why, why_size };

	return fits_all(m, f, &w) && fits_probe(m, f, &w);
}

bool
match_fits_any(const struct match *m, const struct facts *f)
{
	const struct why w = { NULL, 0 };

	return fits_all(m, f, &w);
}
