/*
 * Requests without a socket, to Vault's API and to the control API.
 */
#include "server/embed/embed.h"

#include <string.h>

#include "fault/response_fault.h"

/* How long a fault may hold such a request up before it is given up, real. */
#define EMBED_TIMEOUT_NS ((int64_t)60 * 1000000000)

struct embed_request {
	struct embed_job job;
	const char *method, *path, *token, *body;
	bool control;
	struct buf *answer;
	struct request *req;
	int64_t failed_before;
	int status; /* 0: a fault lets no answer through */
	bool replied;
};

static void
embed_request_on_reply(struct request *req, void *arg)
{
	struct embed_request *r = arg;
	const struct response_fault *fault = req->fault.response_fault;
	bool no_response = fault && fault->end != FAULT_END_KEEP_ALIVE &&
	    fault->cut == FAULT_CUT_START;

	r->replied = true;
	r->status = no_response ? 0 : req->reply.status;
	if (!no_response)
		buf_add(r->answer, req->reply.body.p ? req->reply.body.p : "",
		    req->reply.body.n);
}

static void
embed_request_start(struct mockvault *mv, struct embed_job *job)
{
	struct embed_request *r = (struct embed_request *)job;
	struct api *api = mv->instance.api;

	r->failed_before = mv->instance.failed_commits;
	job->end_ns = clock_now(mv->host.real_clock) + EMBED_TIMEOUT_NS;
	if (r->control) {
		r->req = request_new(api);
		r->req->method = r->method;
		r->req->target = arena_printf(
		    r->req->arena, "/_mock/%s", r->path);
		r->req->admin = true;
	} else {
		r->req = request_new_inside(api, r->method, r->path, r->token,
		    (struct slice){ NULL, 0 });
	}
	if (r->body)
		r->req->body = slice_of(r->body);
	r->req->peer = "127.0.0.1";
	api_handle(api, r->req, embed_request_on_reply, r);
}

/* What only waits for its delay, on a clock that stands, has it passed; work
 * that goes on in passes goes first. */
static bool
embed_request_is_over(struct mockvault *mv, struct embed_job *job)
{
	struct embed_request *r = (struct embed_request *)job;
	struct clock *clock = mv->instance.vault.clock;

	while (!r->replied && r->req->fault.cancel &&
	    !r->req->fault.waits_for_client && clock_frozen(clock) &&
	    clock_wait_ns(mv->host.real_clock) != 0 &&
	    strcmp(mv->options.fault_clock, "virtual") == 0 &&
	    clock_advance_to_next(clock) > 0)
		;
	return r->replied || clock_now(mv->host.real_clock) >= job->end_ns;
}

static void
embed_request_finish(struct mockvault *mv, struct embed_job *job)
{
	struct embed_request *r = (struct embed_request *)job;
	struct instance *in = &mv->instance;

	if (!r->replied) {
		api_client_gone(r->req);
		buf_clear(r->answer);
		r->status = 0;
	}
	instance_commit(in);
	if (r->status && in->failed_commits != r->failed_before) {
		r->status = 500;
		buf_clear(r->answer);
		buf_add(
		    r->answer, in->storage_refusal.p, in->storage_refusal.n);
	}
	request_free(r->req);
}

static int
embed_request_do(
    struct mockvault *mv, struct embed_request *r, const char **answer)
{
	r->job.start = embed_request_start;
	r->job.is_over = embed_request_is_over;
	r->job.finish = embed_request_finish;
	r->answer = &embed_thread_answer(mv)->body;
	buf_clear(r->answer);
	embed_do(mv, &r->job);
	if (answer)
		*answer = r->answer->p ? r->answer->p : "";
	return r->status;
}

int
mv_request(struct mockvault *mv, const char *method, const char *path,
    const char *token, const char *body, const char **answer)
{
	struct embed_request r = {
		.method = method, .path = path, .token = token, .body = body
	};

	return embed_request_do(mv, &r, answer);
}

int
mv_control(struct mockvault *mv, const char *method, const char *path,
    const char *body, const char **answer)
{
	struct embed_request r = {
		.control = true, .method = method, .path = path, .body = body
	};

	return embed_request_do(mv, &r, answer);
}
