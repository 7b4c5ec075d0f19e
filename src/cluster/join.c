/*
 * A node that joins, step by step; one request is under way at most.
 */
#include "cluster/join.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontext.h"
#include "base/mem.h"
#include "base/text.h"

#define JOIN_REDIRECTS_MAX 3

struct join {
	struct join_options options;
	struct http_client *client;
	enum join_state state;
	struct join_leader *leaders;
	size_t nleaders, at;
	bool retry;
	int redirects;
	char *url; /* of the leader that is asked now */
	struct http_post *post;
	struct alarm again;
	int64_t delay_ns; /* before it tries again */
};

static void join_ask_next(struct join *j);

/* ---- leaders ---- */

static void
join_forget_leaders(struct join *j)
{
	for (size_t i = 0; i < j->nleaders; i++) {
		struct join_leader *l = &j->leaders[i];

		free((void *)(uintptr_t)l->api_addr);
		free((void *)(uintptr_t)l->tls.ca);
		free((void *)(uintptr_t)l->tls.certificate);
		free((void *)(uintptr_t)l->tls.key);
		free((void *)(uintptr_t)l->tls.server_name);
	}
	free(j->leaders);
	j->leaders = NULL;
	j->nleaders = 0;
}

static void
join_copy_leaders(struct join *j, const struct join_leader *leaders, size_t n)
{
	j->leaders = xcalloc(n + 1, sizeof(*j->leaders));
	j->nleaders = n;
	for (size_t i = 0; i < n; i++) {
		const struct join_leader *from = &leaders[i];

		j->leaders[i] = (struct join_leader){ xstrdup(from->api_addr),
			{ xstrdup(from->tls.ca), xstrdup(from->tls.certificate),
			    xstrdup(from->tls.key),
			    xstrdup(from->tls.server_name) } };
	}
}

/* ---- asking ---- */

static void
join_pause(struct join *j)
{
	j->state = JOIN_PAUSES;
	alarm_set(j->options.clock, &j->again,
	    clock_now(j->options.clock) + j->delay_ns);
	if (j->options.waits_longer && j->delay_ns < JOIN_RETRY_MAX_NS)
		j->delay_ns *= 2;
}

static void
join_on_again(void *arg, int64_t now_ns)
{
	struct join *j = arg;

	(void)now_ns;
	j->at = 0;
	join_ask_next(j);
}

/* False: it cannot be asked. */
static bool
join_post(
    struct join *j, const char *path, const json_t *body, http_client_fn fn)
{
	struct error e = { 0 };
	struct buf text;

	buf_init(&text, 0);
	jsontext_put(&text, body);
	j->post = http_client_post(j->client, j->url, path,
	    &j->leaders[j->at].tls, (struct slice){ text.p, text.n },
	    JOIN_TIMEOUT_NS, fn, j, &e);
	buf_release(&text);
	if (!j->post)
		log_msg(j->options.log, LOG_WARN, "core",
		    "failed to ask raft leader: leader=%s err=\"%s\"", j->url,
		    e.text);
	return j->post != NULL;
}

/* The leader refuses: its first text tells why. */
static void
join_log_refusal(
    struct join *j, const char *what, const struct http_client_answer *answer)
{
	json_t *tree = json_loadb(answer->body.p, answer->body.n, 0, NULL);
	const char *text = json_string_value(
	    json_array_get(json_object_get(tree, "errors"), 0));

	log_msg(j->options.log, LOG_WARN, "core",
	    "failed to %s: leader=%s status=%d err=\"%s\"", what, j->url,
	    answer->status, text ? text : "");
	json_decref(tree);
}

/* An answer's data as a tree, NULL: it was refused. */
static json_t *
join_read_data(
    struct join *j, const char *what, const struct http_client_answer *answer)
{
	json_t *tree = answer->status == 200
	    ? json_loadb(answer->body.p, answer->body.n, 0, NULL)
	    : NULL;
	json_t *data = json_incref(json_object_get(tree, "data"));

	json_decref(tree);
	if (json_is_object(data))
		return data;
	json_decref(data);
	if (answer->failure)
		log_msg(j->options.log, LOG_WARN, "core",
		    "failed to %s: leader=%s err=\"%s\"", what, j->url,
		    answer->failure);
	else
		join_log_refusal(j, what, answer);
	return NULL;
}

static void
join_set_url(struct join *j, const char *url)
{
	char *copy = xstrdup(url);

	free(j->url);
	j->url = copy;
}

/* ---- the challenge ---- */

static bool join_ask(struct join *j);

static bool
join_take_challenge(struct join *j, const struct http_client_answer *answer)
{
	const struct join_options *o = &j->options;
	json_t *data = join_read_data(j, "get raft challenge", answer);
	json_t *challenge = json_object_get(data, "challenge");
	json_t *config = json_object_get(data, "seal_config");
	bool ok = json_is_string(challenge) && config;
	struct buf text;

	buf_init(&text, 0);
	if (ok) {
		if (json_is_string(config))
			buf_str(&text, json_string_value(config));
		else
			jsontext_put(&text, config);
		j->state = JOIN_WAITS;
		ok = o->on_challenge(
		    o->arg, json_string_value(challenge), text.p);
	}
	buf_release(&text);
	json_decref(data);
	return ok;
}

/* A standby that cannot forward sends to the one that leads. */
static bool
join_is_redirected(struct join *j, const struct http_client_answer *answer)
{
	return (answer->status == 307 || answer->status == 308) &&
	    *answer->location && j->redirects++ < JOIN_REDIRECTS_MAX;
}

static void
join_on_challenge(void *arg, const struct http_client_answer *answer)
{
	struct join *j = arg;

	j->post = NULL;
	if (join_is_redirected(j, answer)) {
		join_set_url(j, answer->location);
		if (join_ask(j))
			return;
	} else if (join_take_challenge(j, answer) || j->state == JOIN_IDLE) {
		return;
	}
	j->at++;
	join_ask_next(j);
}

/* False: it cannot be asked. */
static bool
join_ask(struct join *j)
{
	json_t *body = json_pack("{s:s}", "server_id", j->options.node_id);
	bool ok = join_post(j, JOIN_CHALLENGE_PATH, body, join_on_challenge);

	json_decref(body);
	return ok;
}

/* The next leader; behind the last one it waits, or gives up. */
static void
join_ask_next(struct join *j)
{
	static const char why[] = "failed to get raft challenge";
	const struct join_options *o = &j->options;

	j->state = JOIN_ASKS;
	for (; j->at < j->nleaders; j->at++) {
		j->redirects = 0;
		join_set_url(j, j->leaders[j->at].api_addr);
		if (join_ask(j))
			return;
	}
	if (j->retry) {
		log_msg(o->log, LOG_ERROR, "core",
		    "failed to retry join raft cluster: retry=%llds "
		    "err=\"%s\"",
		    (long long)(j->delay_ns / 1000000000), why);
		join_pause(j);
		return;
	}
	j->state = JOIN_IDLE;
	o->on_failed(o->arg, why);
}

/* ---- the answer ---- */

static void
join_on_answer(void *arg, const struct http_client_answer *answer)
{
	struct join *j = arg;
	json_t *data = join_read_data(j, "send raft answer", answer);
	struct buf text;

	j->post = NULL;
	if (!data) {
		join_pause(j);
		return;
	}
	j->state = JOIN_IDLE;
	buf_init(&text, 0);
	jsontext_put(&text, data);
	j->options.on_joined(j->options.arg, (struct slice){ text.p, text.n });
	buf_release(&text);
	json_decref(data);
}

void
join_answer(struct join *j, struct slice answer, const char *schema)
{
	struct buf text;
	json_t *body;

	if (j->state != JOIN_WAITS)
		return;
	buf_init(&text, 0);
	base64_encode(&text, answer.p, answer.n);
	body = json_pack("{s:s, s:s, s:s, s:b, s:s}", "server_id",
	    j->options.node_id, "answer", text.p, "cluster_addr",
	    j->options.cluster_addr, "non_voter", 0, "upgrade_version", schema);
	j->state = JOIN_ANSWERS;
	if (!join_post(j, JOIN_ANSWER_PATH, body, join_on_answer))
		join_pause(j);
	json_decref(body);
	buf_release(&text);
}

/* ---- beginning and end ---- */

void
join_start(
    struct join *j, const struct join_leader *leaders, size_t n, bool retry)
{
	join_stop(j);
	join_copy_leaders(j, leaders, n);
	j->retry = retry;
	j->delay_ns = JOIN_RETRY_NS;
	j->at = 0;
	join_ask_next(j);
}

void
join_stop(struct join *j)
{
	if (j->post)
		http_post_cancel(j->post);
	j->post = NULL;
	alarm_cancel(j->options.clock, &j->again);
	join_forget_leaders(j);
	free(j->url);
	j->url = NULL;
	j->state = JOIN_IDLE;
}

enum join_state
join_state_of(const struct join *j)
{
	return j->state;
}

struct join *
join_new(const struct join_options *o)
{
	struct join *j = xcalloc(1, sizeof(*j));

	j->options = *o;
	j->client = http_client_new(o->base, o->clock);
	alarm_init(&j->again, join_on_again, j);
	return j;
}

void
join_free(struct join *j)
{
	if (!j)
		return;
	join_stop(j);
	http_client_free(j->client);
	free(j);
}
