/*
 * The library's face: mv_* over an instance. Options become the same struct
 * that the command line fills.
 */
#include "mockvault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault/response_fault.h"
#include "server/instance.h"
#include "server/listeners.h"

struct mockvault {
	struct options options;
	struct host host;
	struct instance instance;
	struct buf reply;
	struct event *stop_event; /* activated by mv_stop, from any thread */
	char *strings[6];	  /* copies of what the caller passed */
	int nstrings;
	int stop_pipe[2];
};

static const char *
embed_copy_string(struct mockvault *mv, const char *text)
{
	if (!text)
		return NULL;
	return mv->strings[mv->nstrings++] = xstrdup(text);
}

static void
embed_fill_options(struct mockvault *mv, const struct mv_options *from)
{
	struct options *o = &mv->options;
	const char *version = embed_copy_string(mv, from->vault_version);
	const char *listen = embed_copy_string(mv, from->listen);

	options_defaults(o);
	o->dev = true;
	o->dev_no_store_token = true;
	o->log_level = "error";
	o->admin_addr = "none";
	o->dev_listen_address = listen ? listen : "127.0.0.1:0";
	o->dev_root_token_id = embed_copy_string(mv, from->root_token);
	o->dev_kv_v1 = from->kv_v1 != 0;
	o->db_path = embed_copy_string(mv, from->db);
	o->seed = embed_copy_string(mv, from->seed);
	if (version)
		o->vault_version = version;
	if (from->fixtures)
		o->fixtures.items[o->fixtures.n++] = embed_copy_string(
		    mv, from->fixtures);
}

/* A byte in the pipe: the only thing another thread may do. */
static void
embed_on_stop(evutil_socket_t fd, short what, void *arg)
{
	struct mockvault *mv = arg;
	char byte;

	(void)what;
	if (read(fd, &byte, 1) == 1)
		mv->host.stopping = true;
}

static bool
embed_watch_stop(struct mockvault *mv)
{
	if (pipe(mv->stop_pipe) < 0)
		return false;
	mv->stop_event = event_new(mv->host.base, mv->stop_pipe[0],
	    EV_READ | EV_PERSIST, embed_on_stop, mv);
	return mv->stop_event && event_add(mv->stop_event, NULL) == 0;
}

struct mockvault *
mv_new(const struct mv_options *options, char *why, size_t why_size)
{
	struct mockvault *mv = xcalloc(1, sizeof(*mv));
	struct error e = { 0 };

	mv->stop_pipe[0] = mv->stop_pipe[1] = -1;
	buf_init(&mv->reply, 0);
	embed_fill_options(mv, options);
	if (!host_init(&mv->host, &mv->options, &e) ||
	    !instance_init(&mv->instance, &mv->host, &mv->options, &e) ||
	    (strcmp(mv->options.dev_listen_address, "none") != 0 &&
		!listeners_open(&mv->instance, &e)) ||
	    (!embed_watch_stop(mv) &&
		!error_set(&e, 400, "out of resources"))) {
		snprintf(why, why_size, "%s", e.text);
		mv_free(mv);
		return NULL;
	}
	return mv;
}

void
mv_free(struct mockvault *mv)
{
	if (!mv)
		return;
	if (mv->stop_event)
		event_free(mv->stop_event);
	for (int i = 0; i < 2; i++)
		if (mv->stop_pipe[i] >= 0)
			close(mv->stop_pipe[i]);
	listeners_close(&mv->instance);
	instance_release(&mv->instance);
	host_release(&mv->host);
	buf_release(&mv->reply);
	for (int i = 0; i < mv->nstrings; i++)
		free(mv->strings[i]);
	free(mv);
}

const char *
mv_address(const struct mockvault *mv)
{
	return mv->instance.api_addr;
}

const char *
mv_root_token(const struct mockvault *mv)
{
	return mv->instance.root_token;
}

void
mv_run(struct mockvault *mv)
{
	while (!mv->host.stopping)
		host_pass(&mv->host, -1);
}

void
mv_step(struct mockvault *mv, int wait_ms)
{
	host_pass(&mv->host, wait_ms < 0 ? -1 : (int64_t)wait_ms * 1000000);
}

void
mv_stop(struct mockvault *mv)
{
	ssize_t n = write(mv->stop_pipe[1], "x", 1);

	(void)n;
}

/* ---- requests without a socket ---- */

/* How long a fault may hold such a request up before it is given up, real. */
#define EMBED_TIMEOUT_NS ((int64_t)60 * 1000000000)

struct embed_exchange {
	struct mockvault *mv;
	int status; /* 0: a fault lets no answer through */
	bool replied;
};

static void
embed_on_reply(struct request *req, void *arg)
{
	struct embed_exchange *exchange = arg;
	struct mockvault *mv = exchange->mv;
	const struct response_fault *fault = req->fault.response_fault;
	bool no_response = fault && fault->end != FAULT_END_KEEP_ALIVE &&
	    fault->cut == FAULT_CUT_START;

	exchange->replied = true;
	exchange->status = no_response ? 0 : req->reply.status;
	buf_clear(&mv->reply);
	if (!no_response)
		buf_add(&mv->reply, req->reply.body.p ? req->reply.body.p : "",
		    req->reply.body.n);
}

/* Takes the request over. A fault may make it wait: the loop goes on then. */
static int
embed_call(struct mockvault *mv, struct request *req, const char *body,
    const char **answer)
{
	struct instance *in = &mv->instance;
	struct embed_exchange exchange = { .mv = mv };
	int64_t failed_before = in->failed_commits;
	int64_t end_ns = clock_now(in->host->real_clock) + EMBED_TIMEOUT_NS;

	if (body)
		req->body = slice_of(body);
	req->peer = "127.0.0.1";
	api_handle(in->api, req, embed_on_reply, &exchange);
	while (!exchange.replied && clock_now(in->host->real_clock) < end_ns)
		host_pass(in->host, end_ns - clock_now(in->host->real_clock));
	if (!exchange.replied) {
		api_client_gone(req);
		exchange.status = 0;
	}
	instance_commit(in);
	if (exchange.status && in->failed_commits != failed_before) {
		exchange.status = 500;
		buf_clear(&mv->reply);
		buf_add(
		    &mv->reply, in->storage_refusal.p, in->storage_refusal.n);
	}
	request_free(req);
	if (answer)
		*answer = mv->reply.p ? mv->reply.p : "";
	return exchange.status;
}

int
mv_request(struct mockvault *mv, const char *method, const char *path,
    const char *token, const char *body, const char **answer)
{
	struct request *req = request_new_inside(
	    mv->instance.api, method, path, token, (struct slice){ NULL, 0 });

	return embed_call(mv, req, body, answer);
}

int
mv_control(struct mockvault *mv, const char *method, const char *path,
    const char *body, const char **answer)
{
	struct request *req = request_new(mv->instance.api);

	req->method = method;
	req->target = arena_printf(req->arena, "/_mock/%s", path);
	req->admin = true;
	return embed_call(mv, req, body, answer);
}

int64_t
mv_now(const struct mockvault *mv)
{
	return vault_now(&mv->instance.vault);
}

void
mv_freeze(struct mockvault *mv)
{
	struct clock *c = mv->instance.vault.clock;

	clock_freeze(c, clock_now(c));
}

void
mv_unfreeze(struct mockvault *mv)
{
	clock_unfreeze(mv->instance.vault.clock);
}

int
mv_advance(struct mockvault *mv, int64_t nanoseconds)
{
	int rang = clock_advance(mv->instance.vault.clock, nanoseconds);

	instance_commit(&mv->instance);
	return rang;
}
