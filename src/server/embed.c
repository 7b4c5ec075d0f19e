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
	struct instance instance;
	struct buf answer;
	struct event *stop; /* activated by mv_stop, from any thread */
	char *texts[6];     /* copies of what the caller passed */
	int ntexts;
	int stop_pipe[2];
};

static const char *
keep(struct mockvault *mv, const char *text)
{
	if (!text)
		return NULL;
	return mv->texts[mv->ntexts++] = xstrdup(text);
}

static void
fill_options(struct mockvault *mv, const struct mv_options *from)
{
	struct options *o = &mv->options;
	const char *version = keep(mv, from->vault_version);
	const char *listen = keep(mv, from->listen);

	options_defaults(o);
	o->dev = true;
	o->dev_no_store_token = true;
	o->log_level = "error";
	o->admin_addr = "none";
	o->dev_listen_address = listen ? listen : "127.0.0.1:0";
	o->dev_root_token_id = keep(mv, from->root_token);
	o->dev_kv_v1 = from->kv_v1 != 0;
	o->db = keep(mv, from->db);
	o->seed = keep(mv, from->seed);
	if (version)
		o->vault_version = version;
	if (from->fixtures)
		o->fixtures.items[o->fixtures.n++] = keep(mv, from->fixtures);
}

/* A byte in the pipe: the only thing another thread may do. */
static void
on_stop(evutil_socket_t fd, short what, void *arg)
{
	struct mockvault *mv = arg;
	char byte;

	(void)what;
	if (read(fd, &byte, 1) == 1)
		mv->instance.stopping = true;
}

static bool
watch_stop(struct mockvault *mv)
{
	if (pipe(mv->stop_pipe) < 0)
		return false;
	mv->stop = event_new(mv->instance.base, mv->stop_pipe[0],
	    EV_READ | EV_PERSIST, on_stop, mv);
	event_add(mv->stop, NULL);
	return true;
}

struct mockvault *
mv_new(const struct mv_options *options, char *why, size_t why_size)
{
	struct mockvault *mv = xcalloc(1, sizeof(*mv));

	mv->stop_pipe[0] = mv->stop_pipe[1] = -1;
	buf_init(&mv->answer, 0);
	fill_options(mv, options);
	if (!instance_init(&mv->instance, &mv->options, why, why_size) ||
	    (strcmp(mv->options.dev_listen_address, "none") != 0 &&
		!listeners_open(&mv->instance, why, why_size)) ||
	    !watch_stop(mv)) {
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
	if (mv->stop)
		event_free(mv->stop);
	for (int i = 0; i < 2; i++)
		if (mv->stop_pipe[i] >= 0)
			close(mv->stop_pipe[i]);
	listeners_close(&mv->instance);
	instance_release(&mv->instance);
	buf_release(&mv->answer);
	for (int i = 0; i < mv->ntexts; i++)
		free(mv->texts[i]);
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
	while (!mv->instance.stopping)
		instance_pass(&mv->instance, -1);
}

void
mv_step(struct mockvault *mv, int wait_ms)
{
	instance_pass(&mv->instance,
	    wait_ms < 0 ? -1 : (int64_t)wait_ms * 1000000);
}

void
mv_stop(struct mockvault *mv)
{
	ssize_t n = write(mv->stop_pipe[1], "x", 1);

	(void)n;
}

/* ---- requests without a socket ---- */

/* How long a fault may hold such a request up before it is given up, real. */
#define PATIENCE ((int64_t)60 * 1000000000)

struct asking {
	struct mockvault *mv;
	int status; /* 0: a fault lets no answer through */
	bool done;
};

static void
answered(struct request *req, void *arg)
{
	struct asking *asking = arg;
	struct mockvault *mv = asking->mv;
	const struct wire *w = req->wire;
	bool lost = w && w->end != WIRE_GO_ON && w->cut == WIRE_CUT_START;

	asking->done = true;
	asking->status = lost ? 0 : req->reply.status;
	buf_clear(&mv->answer);
	if (!lost)
		buf_add(&mv->answer,
		    req->reply.body.p ? req->reply.body.p : "",
		    req->reply.body.n);
}

/* Takes the request over. A fault may make it wait: the loop goes on then. */
static int
ask(struct mockvault *mv, struct request *req, const char *body,
    const char **answer)
{
	struct instance *in = &mv->instance;
	struct asking asking = { .mv = mv };
	int64_t end = clock_now(in->real) + PATIENCE;

	if (body)
		req->body = slice_of(body);
	req->peer = "127.0.0.1";
	api_handle(in->api, req, answered, &asking);
	while (!asking.done && clock_now(in->real) < end)
		instance_pass(in, end - clock_now(in->real));
	if (!asking.done) {
		api_gone(req);
		asking.status = 0;
	}
	request_free(req);
	store_commit(in->vault.store);
	if (answer)
		*answer = mv->answer.p ? mv->answer.p : "";
	return asking.status;
}

int
mv_request(struct mockvault *mv, const char *method, const char *path,
    const char *token, const char *body, const char **answer)
{
	struct header header = { "X-Vault-Token", token };
	struct header patch[2] = { header,
		{ "Content-Type", "application/merge-patch+json" } };
	struct request *req = request_new(mv->instance.api);

	req->method = method;
	req->target = arena_printf(req->arena, "/v1/%s", path);
	req->headers = token ? patch : patch + 1;
	req->nheaders = token ? 2 : 1;
	return ask(mv, req, body, answer);
}

int
mv_control(struct mockvault *mv, const char *method, const char *path,
    const char *body, const char **answer)
{
	struct request *req = request_new(mv->instance.api);

	req->method = method;
	req->target = arena_printf(req->arena, "/_mock/%s", path);
	req->admin = true;
	return ask(mv, req, body, answer);
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

	store_commit(mv->instance.vault.store);
	return rang;
}
