/*
 * Requests that go from a standby's process to that of the active node.
 */
#include <stdlib.h>
#include <string.h>

#include "api/reply.h"
#include "server/nodes/process_node.h"

/* Vault 1.19: a forwarding that hangs is given up by its client's deadline. */
#define PROCESS_FORWARD_NS ((int64_t)40 * 1000000000)

/* ---- at the standby ---- */

struct process_call {
	struct request *req;
	struct forward_call *call;
};

static enum handler_result
process_take_answer(struct request *req, const struct forward_answer *a)
{
	const char *type = "";

	for (int i = 0; i < a->nheaders; i++)
		if (strcmp(a->headers[i].name, "Content-Type") == 0)
			type = arena_strdup(req->arena, a->headers[i].value);
		else
			reply_header(
			    req, a->headers[i].name, a->headers[i].value);
	return reply_raw(req, a->status, type,
	    (struct slice){
		arena_strndup(req->arena, a->body.p, a->body.n), a->body.n });
}

static void
process_on_answer(
    void *arg, enum forward_result result, const struct forward_answer *a)
{
	struct process_call *c = arg;
	struct request *req = c->req;

	req->fault.cancel = NULL;
	pipeline_resume(req,
	    result == FORWARD_ANSWERED ? process_take_answer(req, a)
				       : standby_reply(req));
}

static void
process_on_client_gone(struct request *req)
{
	struct process_call *c = req->fault.cancel_arg;

	forward_cancel(c->call);
	pipeline_abandon(req);
}

/* Outages name another active node, or none. */
static bool
process_points_elsewhere(const struct process_node *n)
{
	return n->wanted && (n->wanted->redirects || n->wanted->knows_nobody);
}

enum handler_result
process_forward(struct request *req)
{
	struct process_node *n = api_forward_ctx(req->api);
	struct process_call *c = arena_zalloc(req->arena, sizeof(*c));
	const char *path = strstr(req->target, "/v1/");
	const char *query = req->query ? req->query : "";
	struct forward_request r = { .method = req->method,
		.target = arena_printf(req->arena, "%s%s%s",
		    path ? path : req->target, *query ? "?" : "", query),
		.client_address = req->peer ? req->peer : "",
		.client_port = req->peer_port,
		.tls = req->tls,
		.tls_text = req->tls_text ? req->tls_text : "",
		.headers = req->headers,
		.nheaders = req->nheaders,
		.body = { req->body.p ? req->body.p : "", req->body.n } };

	c->req = req;
	c->call = n->known_leader && n->member && !process_points_elsewhere(n)
	    ? forward_send(member_forward(n->member), n->known_leader, &r,
		  PROCESS_FORWARD_NS, process_on_answer, c)
	    : NULL;
	if (!c->call)
		return standby_reply(req);
	req->fault.cancel_arg = c;
	req->fault.cancel = process_on_client_gone;
	return PENDING;
}

/* ---- at the active node ---- */

/* A request of another node, under way here. */
struct process_job {
	struct forward_job *job; /* NULL: nobody waits */
	bool returned, answered;
};

static void
process_answer(struct process_job *p, const struct request *req)
{
	const struct reply *r = &req->reply;
	struct header *headers = arena_alloc(
	    req->arena, (size_t)(r->nheaders + 1) * sizeof(*headers));
	struct forward_answer a = { .status = r->status,
		.headers = headers,
		.nheaders = r->nheaders,
		.body = { r->body.p ? r->body.p : "", r->body.n } };

	for (int i = 0; i < r->nheaders; i++)
		headers[i] = r->headers[i];
	headers[a.nheaders++] = (struct header){ "Content-Type",
		r->content_type ? r->content_type : "application/json" };
	forward_reply(p->job, &a);
}

static void
process_on_done(struct request *req, void *arg)
{
	struct process_job *p = arg;

	p->answered = true;
	if (p->job)
		process_answer(p, req);
	p->job = NULL;
	if (p->returned) {
		request_free(req);
		free(p);
	}
}

static struct request *
process_make_request(struct api *api, const struct forward_request *r)
{
	struct request *req = request_new(api);
	struct header *headers = arena_alloc(
	    req->arena, (size_t)(r->nheaders + 1) * sizeof(*headers));

	for (int i = 0; i < r->nheaders; i++)
		headers[i] = (struct header){ arena_strdup(req->arena,
						  r->headers[i].name),
			arena_strdup(req->arena, r->headers[i].value) };
	req->method = arena_strdup(req->arena, r->method);
	req->target = arena_strdup(req->arena, r->target);
	req->headers = headers;
	req->nheaders = r->nheaders;
	req->body = (struct slice){
		arena_strndup(req->arena, r->body.p, r->body.n), r->body.n
	};
	req->peer = arena_strdup(req->arena, r->client_address);
	req->peer_port = r->client_port;
	req->tls = r->tls;
	req->tls_text = *r->tls_text ? arena_strdup(req->arena, r->tls_text)
				     : NULL;
	req->internal = true;
	req->forwarded = true;
	return req;
}

void
process_serve(
    void *arg, struct forward_job *job, const struct forward_request *r)
{
	struct process_node *n = arg;
	struct process_job *p = xcalloc(1, sizeof(*p));
	struct request *req = process_make_request(n->in->api, r);

	p->job = job;
	forward_job_set(job, p);
	api_handle(n->in->api, req, process_on_done, p);
	if (p->answered) {
		request_free(req);
		free(p);
	} else {
		p->returned = true;
	}
}

void
process_cancelled(void *arg, struct forward_job *job)
{
	(void)arg;
	((struct process_job *)forward_job_get(job))->job = NULL;
}
