/*
 * Compares a match with what is known of a request. A field that is not known
 * does not match.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cidr.h"
#include "base/glob.h"
#include "base/text.h"
#include "journal/match/match_internal.h"

static bool match_mismatch(struct mismatch *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool
match_mismatch(struct mismatch *w, const char *fmt, ...)
{
	va_list ap;

	if (!w)
		return false;
	va_start(ap, fmt);
	vsnprintf(w->text, sizeof(w->text), fmt, ap);
	va_end(ap);
	return false;
}

static bool
match_mismatch_string(struct mismatch *w, const char *name, const char *actual,
    const json_t *expected)
{
	char *text;

	if (!w)
		return false;
	text = json_dumps(expected, JSON_COMPACT | JSON_ENCODE_ANY);
	match_mismatch(w, "%s is %s%s%s, not %s", name, actual ? "\"" : "",
	    actual ? actual : "not known", actual ? "\"" : "",
	    text ? text : "that");
	free(text);
	return false;
}

typedef bool (*match_compare_fn)(const char *pattern, const char *text);

static bool
match_any_of(const json_t *globs, const char *text, match_compare_fn like)
{
	const char *glob;

	for (size_t i = 0; text && (glob = match_string_at(globs, i)); i++)
		if (like(glob, text))
			return true;
	return false;
}

static bool
match_strings(const json_t *globs, const char *name, const char *text,
    match_compare_fn like, struct mismatch *w)
{
	return !globs || match_any_of(globs, text, like) ||
	    match_mismatch_string(w, name, text, globs);
}

static bool
match_equal(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* Mounts by path, with or without the slash at the end and auth/. */
static bool
match_auth_mount(const char *pattern, const char *mount)
{
	return glob_match_path_loose(pattern, mount) ||
	    (starts_with(mount, "auth/") &&
		glob_match_path_loose(pattern, mount + 5));
}

static bool
match_same_mount(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	n -= n && a[n - 1] == '/';
	m -= m && b[m - 1] == '/';
	return n == m && memcmp(a, b, n) == 0;
}

/* Go's client lists with GET and ?list=true: that is a LIST as well. */
static bool
match_method(
    const struct match *m, const struct request_info *f, struct mismatch *w)
{
	return !m->method ||
	    (f->op && strcmp(f->op, "list") == 0 &&
		match_any_of(m->method, "LIST", match_equal)) ||
	    match_strings(m->method, "method", f->method, match_equal, w);
}

static bool
match_path(
    const struct match *m, const struct request_info *f, struct mismatch *w)
{
	int rc;

	if (!m->regex)
		return match_strings(
		    m->path, "path", f->path, glob_match_path_loose, w);
	if (!f->path)
		return match_mismatch_string(w, "path", NULL, m->path);
	rc = pcre2_match(m->regex, (PCRE2_SPTR)f->path, strlen(f->path), 0, 0,
	    m->regex_data, m->regex_limits);
	if (rc == PCRE2_ERROR_MATCHLIMIT || rc == PCRE2_ERROR_DEPTHLIMIT ||
	    rc == PCRE2_ERROR_HEAPLIMIT)
		return match_mismatch(
		    w, "the regex of path takes too many steps");
	/* 0 is a match with more groups than regex_data has room for. */
	return rc >= 0 || match_mismatch_string(w, "path", f->path, m->path);
}

static bool
match_operation(
    const struct match *m, const struct request_info *f, struct mismatch *w)
{
	return !m->op || match_any_of(m->op, "any", match_equal) ||
	    match_strings(m->op, "op", f->op, match_equal, w);
}

static bool
match_mount(
    const struct match *m, const struct request_info *f, struct mismatch *w)
{
	if (json_is_object(m->mount))
		return match_strings(json_object_get(m->mount, "type"),
			   "mount's type", f->mount_type, match_equal, w) &&
		    match_strings(json_object_get(m->mount, "version"),
			"mount's version", f->mount_version, match_equal, w);
	return match_strings(m->mount, "mount", f->mount, match_same_mount, w);
}

static bool
match_token_id(
    const struct match *m, const struct request_info *f, struct mismatch *w)
{
	const json_t *ids = m->token_match.id;

	return !ids ||
	    (f->token_id && match_any_of(ids, f->token_id, glob_match)) ||
	    (f->token_digest && strs_has(&m->token_digests, f->token_digest)) ||
	    match_mismatch(w, "token.id is another");
}

static bool
match_policy(
    const json_t *globs, const struct request_info *f, struct mismatch *w)
{
	char actual[200] = "";

	for (int i = 0; globs && f->policies && f->policies[i]; i++) {
		size_t n = strlen(actual);

		if (match_any_of(globs, f->policies[i], glob_match))
			return true;
		snprintf(actual + n, sizeof(actual) - n, "%s%s", n ? ", " : "",
		    f->policies[i]);
	}
	return !globs ||
	    match_mismatch_string(
		w, "token.policy", *actual ? actual : NULL, globs);
}

static bool
match_token_fields(
    const struct match *m, const struct request_info *f, struct mismatch *w)
{
	const struct match_token *t = &m->token_match;

	if (!m->token)
		return true;
	if (json_is_true(t->none))
		return !f->has_token || match_mismatch(w, "a token was sent");
	if (!f->has_token)
		return match_mismatch(w, "no token was sent");
	return match_token_id(m, f, w) &&
	    match_strings(
		t->accessor, "token.accessor", f->accessor, glob_match, w) &&
	    match_policy(t->policy, f, w) &&
	    match_strings(t->role, "token.role", f->role, glob_match, w) &&
	    match_strings(t->auth_mount, "token.auth_mount", f->auth_mount,
		match_auth_mount, w);
}

static bool
match_in_cidr(const char *block, const char *address)
{
	char *one[] = { (char *)(uintptr_t)block, NULL };

	return cidr_allows(one, address);
}

static bool
match_node(
    const struct match *m, const struct request_info *f, struct mismatch *w)
{
	return !m->node ||
	    match_any_of(
		m->node, f->node_active ? "active" : "standby", match_equal) ||
	    match_strings(
		m->node, "node", f->node ? f->node : "", glob_match, w);
}

static bool
match_headers(
    const struct match *m, const struct request_info *f, struct mismatch *w)
{
	const char *key;
	json_t *glob;
	char name[200];

	json_object_foreach ((json_t *)(uintptr_t)m->header, key, glob) {
		const char *actual = f->header ? f->header(f->header_arg, key)
					       : NULL;

		snprintf(name, sizeof(name), "header.%s", key);
		if (!match_strings(glob, name, actual, glob_match, w))
			return false;
	}
	return true;
}

/* The next "name=value" of a query, decoded; NULL behind the last. */
static char *
match_next_query_pair(const char **at, char **value)
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
match_query_has(const char *query, const char *key, const char *glob)
{
	bool found = false;
	char *name, *value;

	while (!found && (name = match_next_query_pair(&query, &value))) {
		found = strcmp(name, key) == 0 && glob_match(glob, value);
		free(name);
	}
	return found;
}

static bool
match_query(
    const struct match *m, const struct request_info *f, struct mismatch *w)
{
	const char *key;
	json_t *glob;

	json_object_foreach ((json_t *)(uintptr_t)m->query, key, glob)
		if (!f->query ||
		    !match_query_has(f->query, key, json_string_value(glob)))
			return match_mismatch(w, "query has no %s=%s", key,
			    json_string_value(glob));
	return true;
}

/* RFC 6901: "~1" is a slash in a name, "~0" a tilde. */
static void
match_pointer_unescape(char *name)
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
match_pointer_element(const json_t *list, const char *index)
{
	if (!*index || strspn(index, "0123456789") != strlen(index))
		return NULL;
	return json_array_get(list, strtoul(index, NULL, 10));
}

static const json_t *
match_pointer_get(const json_t *tree, const char *pointer)
{
	while (tree && *pointer == '/') {
		size_t n = strcspn(++pointer, "/");
		char *name = xstrndup(pointer, n);

		match_pointer_unescape(name);
		tree = json_is_array(tree) ? match_pointer_element(tree, name)
					   : json_object_get(tree, name);
		free(name);
		pointer += n;
	}
	return tree;
}

/* A string is a glob, for numbers too; any other value must be equal. */
static bool
match_json_value(const json_t *expected, const json_t *actual)
{
	char *text;
	bool matches;

	if (!json_is_string(expected))
		return actual && json_equal(expected, actual);
	if (!actual || json_is_object(actual) || json_is_array(actual))
		return false;
	if (json_is_string(actual))
		return glob_match(
		    json_string_value(expected), json_string_value(actual));
	text = json_dumps(actual, JSON_COMPACT | JSON_ENCODE_ANY);
	matches = text && glob_match(json_string_value(expected), text);
	free(text);
	return matches;
}

static bool
match_body(
    const struct match *m, const struct request_info *f, struct mismatch *w)
{
	bool matches = true;
	json_t *tree, *expected;
	const char *key;

	if (!m->body || !json_object_size(m->body))
		return true;
	tree = f->body.p
	    ? json_loadb(f->body.p, f->body.n, JSON_DECODE_ANY, NULL)
	    : NULL;
	json_object_foreach ((json_t *)(uintptr_t)m->body, key, expected)
		if (!tree ||
		    !match_json_value(expected, match_pointer_get(tree, key))) {
			match_mismatch(w,
			    tree ? "body has another value at \"%s\""
				 : "there is no JSON body to have \"%s\"",
			    key);
			matches = false;
			break;
		}
	json_decref(tree);
	return matches;
}

static bool
match_conn_fields(
    const struct match *m, const struct request_info *f, struct mismatch *w)
{
	const struct match_conn *k = &m->conn_match;

	if (k->tls && json_is_true(k->tls) != f->tls)
		return match_mismatch(
		    w, "conn.tls is %s", f->tls ? "true" : "false");
	if (k->reused && json_is_true(k->reused) != f->reused)
		return match_mismatch(
		    w, "conn.reused is %s", f->reused ? "true" : "false");
	if (k->idle_ns > f->idle_ns)
		return match_mismatch(w, "the connection was idle for %lld ms",
		    (long long)(f->idle_ns / 1000000));
	for (size_t i = 0; json_is_array(k->nth) && i < json_array_size(k->nth);
	     i++)
		if (json_integer_value(json_array_get(k->nth, i)) == f->nth)
			return true;
	return !k->nth ||
	    (json_is_integer(k->nth) && json_integer_value(k->nth) == f->nth) ||
	    match_mismatch(w, "conn.nth is %lld", (long long)f->nth);
}

/* Health probes of containers match only a condition that names `op`, unless a
 * query asks. */
static bool
match_probe(
    const struct match *m, const struct request_info *f, struct mismatch *w)
{
	return m->path || m->op || !f->op || strcmp(f->op, "health") != 0 ||
	    match_mismatch(w, "health probes fit only a match with op or path");
}

static bool
match_negated(
    const struct match *m, const struct request_info *f, struct mismatch *w)
{
	return !m->negated || !match_request_or_probe(m->negated, f) ||
	    match_mismatch(w, "not: it fits the exception");
}

static bool
match_all_fields(
    const struct match *m, const struct request_info *f, struct mismatch *w)
{
	static bool (*const checks[])(const struct match *m,
	    const struct request_info *f, struct mismatch *w) = { match_method,
		match_operation, match_path, match_mount, match_token_fields,
		match_node, match_conn_fields, match_headers, match_query,
		match_body, match_negated };

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (!checks[i](m, f, w))
			return false;
	return match_strings(
		   m->namespace, "namespace", f->namespace, glob_match, w) &&
	    match_strings(m->space, "space", f->space, glob_match, w) &&
	    match_strings(
		m->client_ip, "client_ip", f->client_ip, match_in_cidr, w);
}

bool
match_request(
    const struct match *m, const struct request_info *f, struct mismatch *why)
{
	return match_all_fields(m, f, why) && match_probe(m, f, why);
}

bool
match_request_or_probe(const struct match *m, const struct request_info *f)
{
	return match_all_fields(m, f, NULL);
}
