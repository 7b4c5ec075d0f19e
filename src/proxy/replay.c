/*
 * Finds the exchange that a request is one of: method, path, query, namespace,
 * and the body, in which a secret stands for any other. Several answers to one
 * request come in the order they came in; the last one stays.
 */
#include "proxy/replay.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/reply.h"
#include "base/file.h"
#include "base/json/jsontext.h"
#include "base/map.h"
#include "base/text.h"
#include "proxy/secrets.h"

#define REPLAY_FILE_MAX ((size_t)1 << 30)

/* One exchange; texts live in the arena or in the line's tree. */
struct replay_entry {
	struct replay_entry *next; /* of the same key, in order */
	long line;
	char *key; /* method, path, sorted query, namespace, wrapping */
	const char *method, *path, *token;
	struct secret_context context;
	struct slice body;
	char *body_form; /* with its secrets blanked; NULL: no body */
	bool body_omitted, answer_omitted;
	int status;
	struct reply_upstream head;
	struct slice answer;
	bool served;
};

struct replay {
	struct arena *arena;
	struct replay_entry *entries;
	size_t n, cap;
	struct map *by_key; /* the first of each key */
};

/* ---- forms that can be compared ---- */

static void
replay_blank_secret(void *arg, const struct json_place *place, struct slice raw,
    struct buf *out)
{
	if (secret_kind_of(arg, place, raw) != SECRET_NONE)
		buf_str(out, "\"*\"");
	else
		buf_slice(out, raw);
}

/* Sorted and compact, secrets blanked; what is no JSON as it is. NULL: there is
 * no body. */
static char *
replay_body_form(
    struct arena *a, const struct secret_context *c, struct slice body)
{
	struct buf blanked, form;
	char *text;

	if (body.n == 0)
		return NULL;
	buf_init(&blanked, SIZE_MAX / 2);
	buf_init(&form, SIZE_MAX / 2);
	if (!json_rewrite(body.p, body.n, replay_blank_secret,
		(void *)(uintptr_t)c, &blanked) ||
	    jsontext_clean(&form, blanked.p, blanked.n, JSONTEXT_DIGITS, NULL) <
		0) {
		buf_clear(&form);
		buf_slice(&form, body);
	}
	text = arena_strndup(a, form.p, form.n);
	buf_release(&blanked);
	buf_release(&form);
	return text;
}

/* The pairs of a query in the order of their texts. */
static char *
replay_sorted_query(struct arena *a, const char *query)
{
	char *copy = arena_strdup(a, query), *pair, **pairs;
	size_t n = 0, most = 1;
	struct buf out;

	for (const char *p = query; *p; p++)
		most += *p == '&';
	pairs = arena_alloc(a, most * sizeof(*pairs));
	while ((pair = strsep(&copy, "&")))
		if (*pair)
			pairs[n++] = pair;
	qsort(pairs, n, sizeof(*pairs), compare_strings);
	buf_init(&out, SIZE_MAX / 2);
	for (size_t i = 0; i < n; i++)
		buf_printf(&out, "%s%s", i ? "&" : "", pairs[i]);
	copy = arena_strdup(a, out.p ? out.p : "");
	buf_release(&out);
	return copy;
}

static char *
replay_key(struct arena *a, const char *method, const char *path,
    const char *query, const char *namespace, const char *wrap_ttl)
{
	return arena_printf(a, "%s %s?%s %s %s", method, path,
	    replay_sorted_query(a, query), namespace ? namespace : "",
	    wrap_ttl ? "wrapped" : "");
}

/* ---- reading ---- */

static const char *
replay_text(const json_t *line, const char *key)
{
	return json_string_value(json_object_get(line, key));
}

/* "body" or "body_base64"; *omitted: it was too long to be kept. */
static bool
replay_read_body(
    struct replay *r, const json_t *from, struct slice *body, bool *omitted)
{
	const char *base64 = replay_text(from, "body_base64");
	const json_t *text = json_object_get(from, "body");
	struct buf out;
	size_t bad;
	bool ok;

	*omitted = json_object_get(from, "body_omitted") != NULL;
	*body = (struct slice){ json_string_value(text),
		json_string_length(text) };
	if (!base64)
		return true;
	buf_init(&out, SIZE_MAX / 2);
	ok = base64_decode(&out, base64, strlen(base64), &bad);
	if (ok)
		*body = (struct slice){ arena_strndup(r->arena,
					    out.p ? out.p : "", out.n),
			out.n };
	buf_release(&out);
	return ok;
}

static void
replay_read_headers(
    struct replay *r, struct reply_upstream *u, const json_t *list)
{
	struct header *headers = arena_zalloc(
	    r->arena, (json_array_size(list) + 1) * sizeof(*headers));

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *pair = json_array_get(list, i);
		const char *name = json_string_value(json_array_get(pair, 0));
		const char *value = json_string_value(json_array_get(pair, 1));

		/* one that could end the line would make others */
		if (!name || !value || !*name || strpbrk(name, "\r\n: ") ||
		    strpbrk(value, "\r\n"))
			continue;
		headers[u->nheaders].name = arena_strdup(r->arena, name);
		headers[u->nheaders++].value = arena_strdup(r->arena, value);
	}
	u->headers = headers;
}

static struct replay_entry *
replay_add_entry(struct replay *r)
{
	if (r->n == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 64;
		r->entries = xrealloc(r->entries, r->cap * sizeof(*r->entries));
	}
	r->entries[r->n] = (struct replay_entry){ 0 };
	return &r->entries[r->n++];
}

static bool
replay_read_answer(
    struct replay *r, struct replay_entry *x, const json_t *response)
{
	const char *reason = replay_text(response, "reason");

	x->status = (int)json_integer_value(
	    json_object_get(response, "status"));
	x->head.reason = arena_strdup(
	    r->arena, reason && !strpbrk(reason, "\r\n") ? reason : "");
	replay_read_headers(r, &x->head, json_object_get(response, "headers"));
	if (!replay_read_body(r, response, &x->answer, &x->answer_omitted))
		return false;
	x->answer.p = arena_strndup(
	    r->arena, x->answer.p ? x->answer.p : "", x->answer.n);
	x->head.length = (int64_t)x->answer.n;
	return x->status >= 200 && x->status <= 999;
}

static bool
replay_read_line(struct replay *r, const json_t *line, long number)
{
	const char *method = replay_text(line, "method");
	const char *path = replay_text(line, "path");
	const char *query = replay_text(line, "query");
	const char *token = replay_text(line, "token");
	const json_t *response = json_object_get(line, "response");
	struct replay_entry *x;
	json_t *answer;

	if (!method || !path || !json_is_object(response))
		return false;
	x = replay_add_entry(r);
	x->line = number;
	x->method = arena_strdup(r->arena, method);
	x->path = arena_strdup(r->arena, path);
	x->token = token ? arena_strdup(r->arena, token) : NULL;
	x->key = replay_key(r->arena, method, path, query ? query : "",
	    replay_text(line, "namespace"), replay_text(line, "wrap_ttl"));
	if (!replay_read_answer(r, x, response) ||
	    !replay_read_body(r, line, &x->body, &x->body_omitted))
		return false;
	x->body.p = arena_strndup(
	    r->arena, x->body.p ? x->body.p : "", x->body.n);
	answer = json_loadb(x->answer.p, x->answer.n, 0, NULL);
	secret_context_init(&x->context, x->method,
	    starts_with(x->path, "/v1/") ? x->path + 4 : x->path,
	    query ? query : "", answer);
	json_decref(answer);
	x->body_form = replay_body_form(r->arena, &x->context, x->body);
	return true;
}

/* From the last to the first, so that each list is in order. */
static void
replay_index(struct replay *r)
{
	for (size_t i = r->n; i > 0; i--) {
		struct replay_entry *x = &r->entries[i - 1];

		x->next = map_put(r->by_key, x->key, x);
	}
}

static bool
replay_read_lines(
    struct replay *r, const char *path, char *text, struct error *e)
{
	char *line;
	long number = 0;

	while ((line = strsep(&text, "\n"))) {
		json_error_t bad;
		json_t *tree;
		bool ok;

		number++;
		if (!*line && number > 1)
			continue;
		tree = json_loads(line, JSON_REJECT_DUPLICATES, &bad);
		if (number == 1)
			ok = json_object_get(tree, "mockvault_recording") !=
			    NULL;
		else
			ok = tree && replay_read_line(r, tree, number);
		json_decref(tree);
		if (!ok)
			return error_set(e, 400, "%s:%ld: %s", path, number,
			    number == 1 ? "this is no recording of mockvault"
					: "this is no exchange");
	}
	return true;
}

struct replay *
replay_new(const char *path, struct error *e)
{
	char *text = file_read(path, REPLAY_FILE_MAX, NULL, e);
	struct replay *r;
	bool ok;

	if (!text)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	r->arena = arena_new();
	r->by_key = map_new();
	ok = replay_read_lines(r, path, text, e);
	free(text);
	if (ok && r->n == 0)
		ok = error_set(e, 400, "%s: no exchange is in it", path);
	if (ok) {
		replay_index(r);
		return r;
	}
	replay_free(r);
	return NULL;
}

void
replay_free(struct replay *r)
{
	if (!r)
		return;
	map_free(r->by_key, NULL);
	arena_free(r->arena);
	free(r->entries);
	free(r);
}

/* ---- finding ---- */

static bool
replay_is_same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool
replay_has_body(const struct request *req, const struct replay_entry *x)
{
	return x->body_omitted ||
	    replay_is_same_text(x->body_form,
		replay_body_form(req->arena, &x->context, req->body));
}

/* How much of what may differ is the same: secrets that a replay gave out. */
static int
replay_rank(const struct request *req, const struct replay_entry *x)
{
	const char *token = request_header(req, "X-Vault-Token");

	return 2 *
	    (x->body.n == req->body.n &&
		memcmp(x->body.p, req->body.p ? req->body.p : "", x->body.n) ==
		    0) +
	    replay_is_same_text(x->token, token);
}

/* The first of the best that was not served; else the last of them. */
static struct replay_entry *
replay_find(const struct replay *r, const struct request *req, const char *key)
{
	struct replay_entry *best = NULL;
	int best_rank = -1;

	for (struct replay_entry *x = map_get(r->by_key, key); x; x = x->next) {
		int rank;

		if (!replay_has_body(req, x))
			continue;
		rank = replay_rank(req, x);
		if (rank > best_rank || (rank == best_rank && best->served))
			best = x;
		if (rank > best_rank)
			best_rank = rank;
	}
	return best;
}

/* ---- what is not there ---- */

/* How many characters two texts have in common at their ends. */
static size_t
replay_common(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), front = 0, back = 0;

	while (front < n && front < m && a[front] == b[front])
		front++;
	while (back + front < n && back + front < m &&
	    a[n - 1 - back] == b[m - 1 - back])
		back++;
	return front + back;
}

/* The entry whose path is most like this one, and the same method before
 * another. */
static const struct replay_entry *
replay_nearest(
    const struct replay *r, const struct request *req, const char *path)
{
	const struct replay_entry *best = NULL;
	size_t best_score = 0;

	for (size_t i = 0; i < r->n; i++) {
		const struct replay_entry *x = &r->entries[i];
		size_t score = 1 + 4 * replay_common(path, x->path);

		if (strcmp(path, x->path) == 0)
			score += 1000000;
		if (strcmp(req->method, x->method) == 0)
			score += 2;
		if (score > best_score) {
			best = x;
			best_score = score;
		}
	}
	return best;
}

static enum handler_result
replay_not_recorded(
    const struct replay *r, struct request *req, const char *path)
{
	const struct replay_entry *x = replay_nearest(r, req, path);
	const char *differs = "another query, namespace or wrapping";

	if (strcmp(path, x->path) != 0)
		differs = "another path";
	else if (strcmp(req->method, x->method) != 0)
		differs = "another method";
	else if (map_get(r->by_key, x->key) && !replay_has_body(req, x))
		differs = "another body";
	req->reply.no_vault_headers = true;
	return fail(req, 501,
	    "mockvault replay: no answer to %s %s was recorded; the nearest "
	    "has %s: %s %s (line %ld)",
	    req->method, req->target, differs, x->method, x->path, x->line);
}

enum handler_result
replay_serve(struct request *req)
{
	struct replay *r = api_upstream_ctx(req->api);
	char *path = arena_strdup(req->arena, req->target);
	char *query = strchr(path, '?');
	struct replay_entry *x;

	if (query)
		*query++ = '\0';
	x = replay_find(r, req,
	    replay_key(req->arena, req->method, path, query ? query : "",
		request_header(req, "X-Vault-Namespace"),
		request_header(req, "X-Vault-Wrap-TTL")));
	if (!x)
		return replay_not_recorded(r, req, path);
	x->served = true;
	if (x->answer_omitted)
		return fail(req, 501,
		    "mockvault replay: the answer of line %ld was too long to "
		    "be kept",
		    x->line);
	req->record.handler_called = x->status < 400;
	buf_clear(&req->reply.data);
	buf_slice(&req->reply.data, x->answer);
	return reply_from_upstream(req, x->status, &x->head);
}
