/*
 * An instance inside the test, on a frozen clock: requests to Vault's API and
 * to the control API, answers as trees. One instance a program at a time.
 */
#ifndef MV_TESTS_SUPPORT_INSIDE_H
#define MV_TESTS_SUPPORT_INSIDE_H

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "server/instance.h"
#include "tests/support/unit.h"

#define SECOND INT64_C(1000000000)

struct test_instance {
	struct options options;
	struct host host;
	struct instance in;
	json_t *answer;	   /* of the last request; NULL when it was no JSON */
	char text[100000]; /* its beginning, as it was */
	bool answered;
};

static inline void
test_instance_defaults(struct test_instance *i)
{
	memset(i, 0, sizeof(*i));
	options_defaults(&i->options);
	i->options.dev = true;
	i->options.dev_root_token_id = "root";
	i->options.log_level = "error";
	i->options.admin_addr = "none";
}

/* With the options as they are; frozen unless they say something else. */
static inline void
test_instance_start(struct test_instance *i)
{
	struct error e = { 0 };
	struct clock *c;

	ck_assert_msg(host_init(&i->host, &i->options, &e) &&
		instance_init(&i->in, &i->host, &i->options, &e),
	    "%s", e.text);
	c = i->in.vault.clock;
	if (!i->options.clock)
		clock_freeze(c, clock_now(c));
}

static inline void
test_instance_stop(struct test_instance *i)
{
	json_decref(i->answer);
	instance_release(&i->in);
	host_release(&i->host);
}

static inline void
test_instance_on_response(struct request *req, void *arg)
{
	struct test_instance *i = arg;

	i->answered = true;
	json_decref(i->answer);
	i->answer = json_loadb(req->reply.body.p ? req->reply.body.p : "",
	    req->reply.body.n, 0, NULL);
	snprintf(i->text, sizeof(i->text), "%.*s", (int)req->reply.body.n,
	    req->reply.body.p ? req->reply.body.p : "");
}

/* "/_mock/..." or a path below /v1/; the status. */
static inline int
test_request_as(struct test_instance *i, const char *token, const char *method,
    const char *path, const char *body)
{
	struct request *req = request_new(i->in.api);
	struct header header = { "X-Vault-Token", token };
	int status;

	req->method = method;
	req->target = arena_printf(
	    req->arena, "%s%s", *path == '/' ? "" : "/v1/", path);
	req->admin = *path == '/';
	req->headers = &header;
	req->nheaders = token ? 1 : 0;
	if (body)
		req->body = slice_of(body);
	req->peer = "127.0.0.1";
	i->answered = false;
	api_handle(i->in.api, req, test_instance_on_response, i);
	while (!i->answered && clock_wait_ns(i->in.vault.clock) == 0)
		clock_run_alarms(i->in.vault.clock);
	status = req->reply.status;
	request_free(req);
	instance_commit(&i->in);
	return status;
}

/* As root, insisting on the status; the answer lives until the next one. */
static inline json_t *
test_request(struct test_instance *i, int status, const char *method,
    const char *path, const char *body)
{
	int got = test_request_as(i, "root", method, path, body);

	ck_assert_msg(
	    got == status, "%s %s: %d %s", method, path, got, i->text);
	return i->answer;
}

/* The text at a path of keys, "auth.client_token". */
static inline const char *
test_string(const struct test_instance *i, const char *path)
{
	const json_t *at = i->answer;
	char keys[200], *rest = keys, *key;

	snprintf(keys, sizeof(keys), "%s", path);
	while (at && (key = strsep(&rest, ".")))
		at = json_object_get(at, key);
	ck_assert_msg(json_is_string(at), "no %s in %s", path, i->text);
	return json_string_value(at);
}

#endif
