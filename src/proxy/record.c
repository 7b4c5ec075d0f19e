/*
 * Makes a line of an exchange. What is secret gets its stand-in here, before
 * anything is written.
 */
#include "proxy/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/duration.h"
#include "base/text.h"
#include "proxy/standin.h"

/* Then the recording ends: its table of secrets is in memory. */
#define RECORD_EXCHANGES_MAX 1000000

struct recorder {
	FILE *file;
	struct standins *standins;
	struct clock *real;
	const struct log *log;
	long count;
	bool failed;
};

static void
recorder_write(struct recorder *r, json_t *line)
{
	bool ok = json_dumpf(line, r->file, JSON_COMPACT) == 0 &&
	    fputc('\n', r->file) != EOF && fflush(r->file) == 0;

	json_decref(line);
	if (!ok && !r->failed)
		log_msg(r->log, LOG_ERROR, "proxy",
		    "the recording has stopped: %s", strerror(errno));
	r->failed = r->failed || !ok;
}

struct recorder *
recorder_new(const char *path, const char *upstream, struct vault *v,
    struct clock *real_clock, struct error *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	struct recorder *r;
	char started[RFC3339_MAX];

	if (!file) {
		error_set(e, 400, "-record %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	r = xcalloc(1, sizeof(*r));
	r->file = file;
	r->real = real_clock;
	r->log = v->log;
	r->standins = standins_new(v->random);
	rfc3339_nano(clock_now(real_clock), started);
	recorder_write(r,
	    json_pack("{s:i, s:s, s:s}", "mockvault_recording", 1, "upstream",
		upstream, "started", started));
	return r;
}

void
recorder_free(struct recorder *r)
{
	if (!r)
		return;
	fclose(r->file);
	standins_free(r->standins);
	free(r);
}

/* ---- one exchange ---- */

/* "body" when it is text, else "body_base64"; or how long it was. */
static void
recorder_set_body(json_t *to, const char *p, size_t n, int64_t length)
{
	struct buf out;

	if (length > (int64_t)n) {
		json_object_set_new(to, "body_omitted", json_integer(length));
	} else if (n > 0 && utf8_valid(p, n)) {
		json_object_set_new(to, "body", json_stringn(p, n));
	} else if (n > 0) {
		buf_init(&out, SIZE_MAX / 2);
		base64_encode(&out, p, n);
		json_object_set_new(
		    to, "body_base64", json_stringn(out.p, out.n));
		buf_release(&out);
	}
}

static void
recorder_put_body(struct recorder *r, json_t *to,
    const struct secret_context *c, struct slice body, int64_t length)
{
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	if (length <= (int64_t)body.n)
		standins_put_body(r->standins, c, body, &out);
	recorder_set_body(to, out.p, out.n,
	    length > (int64_t)body.n ? length : (int64_t)out.n);
	buf_release(&out);
}

static void
recorder_set_header(
    json_t *to, const char *key, const struct request *req, const char *name)
{
	const char *value = request_header(req, name);

	if (value && *value)
		json_object_set_new(to, key, json_string(value));
}

/* Bytes that are no text become none. */
static json_t *
recorder_string(const char *text)
{
	json_t *string = json_string(text);

	return string ? string : json_string("");
}

/* A cookie is a secret as well, and the date is a replay's own. */
static json_t *
recorder_answer_head(const struct request *req)
{
	const struct reply_upstream *u = req->reply.upstream;
	json_t *list = json_array();

	for (int i = 0; i < u->nheaders; i++)
		if (strcasecmp(u->headers[i].name, "Date") != 0 &&
		    strcasecmp(u->headers[i].name, "Set-Cookie") != 0)
			json_array_append_new(list,
			    json_pack("[s, o]", u->headers[i].name,
				recorder_string(u->headers[i].value)));
	return json_pack("{s:i, s:o, s:o}", "status", req->reply.status,
	    "reason", recorder_string(u->reason), "headers", list);
}

static const char *
recorder_token(struct recorder *r, const struct request *req)
{
	const char *token = request_header(req, "X-Vault-Token");
	const char *bearer = request_header(req, "Authorization");

	if (!token && bearer && strncasecmp(bearer, "Bearer ", 7) == 0)
		token = bearer + 7;
	return token && *token ? standin_for(r->standins, SECRET_TOKEN, token)
			       : NULL;
}

/* The request without its body: what it is found by. */
static json_t *
recorder_request_head(struct recorder *r, const struct request *req)
{
	const char *query = strchr(req->target, '?'), *token;
	size_t n = query ? (size_t)(query - req->target) : strlen(req->target);
	char *path = xstrndup(req->target, n);
	struct buf out;
	json_t *line;

	token = recorder_token(r, req);
	buf_init(&out, SIZE_MAX / 2);
	standins_put_path(r->standins, path, &out);
	line = json_pack("{s:I, s:s, s:s}", "n", (json_int_t)r->count, "method",
	    req->method, "path", out.p ? out.p : "");
	if (query && query[1])
		json_object_set_new(line, "query", json_string(query + 1));
	recorder_set_header(line, "namespace", req, "X-Vault-Namespace");
	recorder_set_header(line, "wrap_ttl", req, "X-Vault-Wrap-TTL");
	if (token)
		json_object_set_new(line, "token", json_string(token));
	buf_release(&out);
	free(path);
	return line;
}

void
recorder_add(struct recorder *r, const struct request *req, struct slice body,
    int64_t length)
{
	const char *query = strchr(req->target, '?');
	char *path = xstrndup(req->target, strcspn(req->target, "?"));
	json_t *answer = json_loadb(body.p ? body.p : "", body.n, 0, NULL);
	json_t *line, *response;
	struct secret_context c;

	if (starts_with(path, "/v1/sys/storage/raft/snapshot"))
		length = INT64_MAX; /* all secrets at once */
	if (!r->failed && utf8_valid(req->target, strlen(req->target)) &&
	    ++r->count <= RECORD_EXCHANGES_MAX) {
		secret_context_init(&c, req->method,
		    starts_with(path, "/v1/") ? path + 4 : path,
		    query ? query : "", answer);
		line = recorder_request_head(r, req);
		recorder_put_body(r, line, &c, req->body,
		    req->stream.body_follows || length == INT64_MAX
			? INT64_MAX
			: (int64_t)req->body.n);
		c.is_answer = true;
		response = recorder_answer_head(req);
		recorder_put_body(r, response, &c, body, length);
		json_object_set_new(line, "response", response);
		recorder_write(r, line);
	}
	json_decref(answer);
	free(path);
}
