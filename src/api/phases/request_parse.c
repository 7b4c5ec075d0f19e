/*
 * The request line and what hangs on it: path, query, operation, headers, body.
 * Refuses what Vault refuses before it asks who is there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "api/api_internal.h"
#include "api/media_type.h"
#include "base/duration.h"
#include "base/go_text.h"
#include "base/text.h"

static const struct {
	const char *name;
	enum op op;
	bool has_body;
} request_methods[] = {
	{ "GET", OP_READ, false },
	{ "LIST", OP_LIST, false },
	{ "POST", OP_WRITE, true },
	{ "PUT", OP_WRITE, true },
	{ "PATCH", OP_PATCH, true },
	{ "DELETE", OP_DELETE, false },
	{ "HEAD", OP_HEAD, false },
	{ "OPTIONS", OP_OPTIONS, false },
	{ "HELP", OP_HELP, false },
};

static bool
is_printable_path(const char *s, size_t n)
{
	while (n > 0) {
		size_t len = ascii_run(s, n);
		uint32_t code;

		if (len == 0) {
			len = utf8_next(s, n, &code);
			if (!go_is_print(code))
				return false;
		}
		s += len;
		n -= len;
	}
	return true;
}

/* "http://host/path" of a proxy's request line counts as "/path". */
char *
request_origin_form(char *target)
{
	char *slashes;

	if (target[0] == '/' || !(slashes = strstr(target, "://")))
		return target;
	slashes = strchr(slashes + 3, '/');
	return slashes ? slashes : target;
}

/* Is the slash that ends the first segment an escaped one? Vault 1.17.3: the
 * mux of Go 1.22 looks at segments as they were sent, and such a path is not
 * one of the API. */
static bool
request_is_prefix_escaped(const struct request *req, const char *raw)
{
	size_t n = *raw ? 1 + strcspn(raw + 1, "/") : 0;

	if (!version_has(req->vault, VERSION_PATH_AS_SENT))
		return false;
	for (size_t i = 0; i + 2 < n; i++)
		if (strncasecmp(raw + i, "%2f", 3) == 0)
			return true;
	return false;
}

enum phase_result
phase_target(struct request *req)
{
	char *path = request_origin_form(req->target);
	char *mark = strchr(path, '?');
	const char *namespace = request_header(req, "X-Vault-Namespace");
	bool is_foreign;
	size_t n;

	if (namespace && *namespace)
		reply_header(req, "X-Vault-Namespace", namespace);
	req->query = "";
	if (mark) {
		*mark = '\0';
		req->query = mark + 1;
	}
	if (strstr(path, "//") || strstr(path, "/."))
		req->unclean_path = arena_strdup(req->arena, path);
	is_foreign = request_is_prefix_escaped(req, path);
	n = strlen(path);
	if (!percent_decode(path, &n, false) || strlen(path) != n ||
	    (!req->vault->config.disable_printable_check &&
		!is_printable_path(path, n)))
		return phase_end(fail_no_body(req, 400));
	if (req->vault->config.ui &&
	    (strcmp(path, "/") == 0 || starts_with(path, "/ui") ||
		strcmp(path, "/robots.txt") == 0))
		return phase_end(ui_reply(req, path));
	if (is_foreign && req->vault->config.ui)
		return phase_end(ui_reply(req, "/"));
	if (is_foreign || !starts_with(path, "/v1/"))
		return phase_end(fail_empty(req, 404));
	req->path = path + 4;
	/* Older versions clean what the escapes stand for. */
	if (!version_has(req->vault, VERSION_PATH_AS_SENT))
		req->unclean_path = strstr(path, "//") || strstr(path, "/.")
		    ? arena_strdup(req->arena, path)
		    : NULL;
	return NEXT;
}

/* ---- fields ---- */

static int
request_compare_pairs(const void *a, const void *b)
{
	const struct request_pair *x = *(struct request_pair *const *)a;
	const struct request_pair *y = *(struct request_pair *const *)b;
	int order = strcmp(x->key, y->key);

	return order ? order : (x > y) - (x < y);
}

/* The n values of one key as JSON: with join one string, the values between
 * commas, else a string, or an array when there are several. */
static struct slice
request_pair_values(
    struct request *req, struct request_pair *const *pairs, size_t n, bool join)
{
	struct buf out, all;
	struct slice text;

	buf_init(&out, 0);
	buf_init(&all, 0);
	if (n > 1 && !join)
		buf_char(&out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_char(join ? &all : &out, ',');
		if (join)
			buf_str(&all, pairs[i]->value);
		else
			jsontext_quote_str(&out, pairs[i]->value);
	}
	if (join)
		jsontext_quote(&out, all.p ? all.p : "", all.n);
	else if (n > 1)
		buf_char(&out, ']');
	text.p = arena_strndup(req->arena, out.p, out.n);
	text.n = out.n;
	buf_release(&all);
	buf_release(&out);
	return text;
}

/* The fields by name, each with the values of all its pairs in their order. */
static void
request_fields_from_pairs(
    struct request *req, struct request_pair *pairs, size_t n, bool join)
{
	struct request_pair **sorted = arena_alloc(
	    req->arena, (n + 1) * sizeof(*sorted));

	req->fields = arena_alloc(req->arena, (n + 1) * sizeof(*req->fields));
	req->nfields = 0;
	for (size_t i = 0; i < n; i++)
		sorted[i] = &pairs[i];
	qsort(sorted, n, sizeof(*sorted), request_compare_pairs);
	for (size_t i = 0, end; i < n; i = end) {
		struct jsontext_member *f = &req->fields[req->nfields++];

		for (end = i + 1;
		     end < n && strcmp(sorted[end]->key, sorted[i]->key) == 0;)
			end++;
		f->key = sorted[i]->key;
		f->value = request_pair_values(req, sorted + i, end - i, join);
	}
}

static void
request_drop_pair(struct request_pair *pairs, size_t *n, const char *key)
{
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++)
		if (strcmp(pairs[i].key, key) != 0)
			pairs[kept++] = pairs[i];
	*n = kept;
}

/* ?help and ?list change the operation; the rest is data. */
static enum phase_result
request_read_query(struct request *req)
{
	struct request_pair *pairs;
	size_t n;
	bool list = false;

	if (*req->query == '\0')
		return NEXT;
	n = request_split_pairs(req, req->query, strlen(req->query), &pairs);
	if (*request_first_value(pairs, n, "help"))
		req->op = OP_HELP;
	request_drop_pair(pairs, &n, "help");
	if (req->op == OP_READ && *request_first_value(pairs, n, "list")) {
		if (!parse_bool_go(
			request_first_value(pairs, n, "list"), &list))
			return phase_end(fail_empty(req, 400));
		if (list) {
			req->op = OP_LIST;
			request_drop_pair(pairs, &n, "list");
		}
	}
	if (!(req->op & (OP_WRITE | OP_PATCH)))
		request_fields_from_pairs(req, pairs, n, false);
	return NEXT;
}

enum phase_result
phase_method(struct request *req)
{
	size_t i, n = sizeof(request_methods) / sizeof(request_methods[0]);

	for (i = 0; i < n && strcmp(req->method, request_methods[i].name) != 0;
	     i++)
		;
	if (i == n)
		return phase_end(fail_empty(req, 405));
	req->op = request_methods[i].op;
	return request_read_query(req);
}

/* ---- body ---- */

static bool
request_has_form_body(const struct request *req)
{
	const char *type = request_header(req, "Content-Type");
	struct slice b = req->body;

	while (b.n && strchr(" \t\r\n", *b.p)) {
		b.p++;
		b.n--;
	}
	if (b.n && (*b.p == '{' || *b.p == '['))
		return false;
	return type &&
	    strncasecmp(type, "application/x-www-form-urlencoded", 33) == 0;
}

/* The refusal of a body; since 1.21 it tells the cause. */
static enum phase_result
request_fail_json(struct request *req, const char *cause)
{
	return phase_end(version_has(req->vault, VERSION_BODY_CAUSE)
		? fail(req, 400,
		      "error parsing JSON: failed to parse JSON input: %s",
		      cause)
		: fail(req, 400, "error parsing JSON"));
}

/* What Go says of a value that is no object. */
static const char *
request_json_kind_problem(struct request *req, char kind)
{
	return arena_printf(req->arena,
	    "json: cannot unmarshal %s into Go value of type "
	    "map[string]interface {}",
	    kind == '['			     ? "array"
		: kind == '"'		     ? "string"
		: kind == 't' || kind == 'f' ? "bool"
					     : "number");
}

static enum phase_result
request_read_json(struct request *req)
{
	struct error e = { 0 };
	struct buf clean;
	const char *cause;
	long used;

	if (req->body.n == 0)
		return NEXT;
	buf_init(&clean, 0);
	used = jsontext_clean(
	    &clean, req->body.p, req->body.n, JSONTEXT_DIGITS, &e);
	if (used < 0 && strspn(req->body.p, " \t\r\n") >= req->body.n) {
		buf_release(&clean);
		return NEXT;
	}
	if (used < 0 || clean.over ||
	    (clean.p[0] != '{' && clean.p[0] != 'n')) {
		cause = used < 0 || clean.over
		    ? e.text
		    : request_json_kind_problem(req, clean.p[0]);
		buf_release(&clean);
		return request_fail_json(req, cause);
	}
	req->json.p = arena_strndup(req->arena, clean.p, clean.n);
	req->json.n = clean.n;
	buf_release(&clean);
	req->nfields = jsontext_members(req->arena, req->json, &req->fields);
	return NEXT;
}

static enum phase_result
request_check_patch_type(struct request *req)
{
	const char *type = request_header(req, "Content-Type");
	char *media;
	const char *error = media_type_parse(
	    req->arena, type ? type : "", &media);

	if (error)
		return phase_end(fail(req, 400, "%s", error));
	if (strcmp(media, "application/merge-patch+json") != 0)
		return phase_end(fail(req, 415,
		    "PATCH requires Content-Type of "
		    "application/merge-patch+json, provided %s",
		    media));
	return NEXT;
}

static bool
has_broken_escape(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '%' &&
		    (i + 2 >= text.n || !isxdigit((uint8_t)text.p[i + 1]) ||
			!isxdigit((uint8_t)text.p[i + 2])))
			return true;
	return false;
}

/* A form is an object like any other to those who keep bodies whole. */
static void
request_json_from_fields(struct request *req)
{
	struct buf out;

	buf_init(&out, 0);
	buf_char(&out, '{');
	for (size_t i = 0; i < req->nfields; i++) {
		if (i)
			buf_char(&out, ',');
		jsontext_quote_str(&out, req->fields[i].key);
		buf_char(&out, ':');
		buf_slice(&out, req->fields[i].value);
	}
	buf_char(&out, '}');
	req->json.p = arena_strndup(req->arena, out.p, out.n);
	req->json.n = out.n;
	buf_release(&out);
}

/* Vault 1.19: what is sent to these paths is no object, whatever its type. */
static bool
request_is_snapshot(const struct request *req)
{
	return strcmp(req->path, "sys/storage/raft/snapshot") == 0 ||
	    strcmp(req->path, "sys/storage/raft/snapshot-force") == 0;
}

enum phase_result
phase_body(struct request *req)
{
	enum phase_result v;

	if (req->route && req->route->flags & R_DEDICATED)
		return NEXT;
	if (req->op == OP_LIST && !ends_with(req->path, "/"))
		req->path = arena_printf(req->arena, "%s/", req->path);
	if (!(req->op & (OP_WRITE | OP_PATCH)) || request_is_snapshot(req) ||
	    (req->op == OP_WRITE && request_is_ocsp(req)))
		return NEXT;
	if (req->op == OP_PATCH && (v = request_check_patch_type(req)))
		return v;
	if (req->op == OP_WRITE && request_has_form_body(req)) {
		struct request_pair *pairs;
		size_t n;

		if (has_broken_escape(req->body))
			return phase_end(
			    fail(req, 400, "error parsing form data"));
		n = request_split_pairs(
		    req, req->body.p ? req->body.p : "", req->body.n, &pairs);

		request_fields_from_pairs(req, pairs, n, true);
		request_json_from_fields(req);
		return NEXT;
	}
	return request_read_json(req);
}

/* Headers that only a cluster or the enterprise edition would obey. */
enum phase_result
phase_headers(struct request *req)
{
	const char *forward = request_header(req, "X-Vault-Forward");
	const char *stale = request_header(req, "X-Vault-Inconsistent");

	if (req->route)
		return NEXT;
	if (forward && *forward)
		return phase_end(fail(req, 400,
		    "forwarding via header X-Vault-Forward "
		    "disabled in configuration"));
	if (stale && strcmp(stale, "forward-active-node") == 0)
		return phase_end(fail(req, 400,
		    "forwarding via header X-Vault-Inconsistent="
		    "forward-active-node disabled in configuration"));
	return NEXT;
}

enum phase_result
phase_policy_override(struct request *req)
{
	const char *override = request_header(req, "X-Vault-Policy-Override");
	const char *error;
	bool flag;

	if (!override || !*override || req->route)
		return NEXT;
	error = go_parse_bool_why(req->arena, override, &flag);
	return error ? phase_end(fail(req, 400,
			   "failed to parse X-Vault-Policy-Override header: "
			   "cannot parse '' as bool: %s",
			   error))
		     : NEXT;
}
