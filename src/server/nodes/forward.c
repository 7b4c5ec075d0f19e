/*
 * A forwarded request is one of the active node's own, from inside; its answer
 * becomes the answer of the one that came to the standby.
 */
#include "server/nodes/forward.h"

#include <stdlib.h>
#include <string.h>

#include "api/reply.h"
#include "api/route.h"

/* Vault 1.19: a forwarding that hangs is given up by its client's deadline. */
#define FORWARD_PATIENCE_NS ((int64_t)40 * 1000000000)

struct forwarded_wait {
	struct forwarded_wait *next;
	struct node *node;
	struct request *req;
	uint64_t leader; /* which does not answer */
	int64_t end_ns;	 /* on the cluster's clock */
};

/* One request under way at the active node. */
struct forwarded_request {
	struct request *from;
	bool returned; /* node_forward has returned PENDING */
	bool answered;
};

static struct node *
forward_leader(struct node *n)
{
	for (int i = 0; i < n->nodes->n; i++)
		if (n->nodes->node[i].number == n->known_leader)
			return &n->nodes->node[i];
	return NULL;
}

static void
forward_copy_headers(struct request *to, const struct reply *from)
{
	for (int i = 0; i < from->nheaders; i++)
		reply_header(to, arena_strdup(to->arena, from->headers[i].name),
		    arena_strdup(to->arena, from->headers[i].value));
}

/* Nothing was answered: the node has ended. */
static enum handler_result
forward_take_answer(struct request *to, const struct request *from)
{
	const struct reply *r = &from->reply;
	const char *type = "application/json";
	char *body;

	if (r->status == 499)
		return standby_reply(to);
	body = arena_alloc(to->arena, r->body.n + 1);
	if (r->body.n)
		memcpy(body, r->body.p, r->body.n);
	forward_copy_headers(to, r);
	to->reply.no_vault_headers = r->no_vault_headers;
	if (r->content_type)
		type = arena_strdup(to->arena, r->content_type);
	return reply_raw(to, r->status, r->body.n ? type : "",
	    (struct slice){ body, r->body.n });
}

static void
forward_on_answer(struct request *req, void *arg)
{
	struct forwarded_request *f = arg;
	struct request *from = f->from;
	enum handler_result result = forward_take_answer(from, req);

	f->answered = true;
	if (!f->returned)
		return;
	request_free(req);
	pipeline_resume(from, result);
}

static struct request *
forward_make(struct api *api, struct request *from)
{
	struct request *req = request_new(api);
	const char *path = strstr(from->target, "/v1/");
	const char *query = from->query ? from->query : "";

	req->method = from->method;
	req->target = arena_printf(req->arena, "%s%s%s",
	    path ? path : from->target, *query ? "?" : "", query);
	req->headers = from->headers;
	req->nheaders = from->nheaders;
	req->body = from->body;
	req->peer = from->peer;
	req->peer_port = from->peer_port;
	req->tls = from->tls;
	req->internal = true;
	req->forwarded = true;
	return req;
}

static enum handler_result
forward_to(struct node *leader, struct request *from)
{
	struct forwarded_request *f = arena_zalloc(from->arena, sizeof(*f));
	struct request *req = forward_make(leader->in->api, from);

	f->from = from;
	api_handle(leader->in->api, req, forward_on_answer, f);
	if (f->answered) {
		request_free(req);
		return HANDLED;
	}
	f->returned = true;
	return PENDING;
}

/* ---- an active node that does not answer ---- */

static void
forward_wait_remove(struct forwarded_wait *w)
{
	struct forwarded_wait **at = &w->node->nodes->waits;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	w->req->fault.cancel = NULL;
}

static void
forward_wait_cancel(struct request *req)
{
	forward_wait_remove(req->fault.cancel_arg);
	pipeline_resume(req, fail_no_body(req, 499));
}

static enum handler_result
forward_wait(struct node *n, struct request *req)
{
	struct forwarded_wait *w = arena_zalloc(req->arena, sizeof(*w));

	w->node = n;
	w->req = req;
	w->leader = n->known_leader;
	w->end_ns = clock_now(n->nodes->clock) + FORWARD_PATIENCE_NS;
	w->next = n->nodes->waits;
	n->nodes->waits = w;
	req->fault.cancel_arg = w;
	req->fault.cancel = forward_wait_cancel;
	return PENDING;
}

static bool
forward_may_go_on(const struct forwarded_wait *w)
{
	struct node *leader = forward_leader(w->node);

	if (w->node->serves)
		return true;
	if (!leader) /* Vault 1.19 waits until it can name the new one */
		return clock_now(w->node->nodes->clock) >= w->end_ns;
	return w->node->known_leader != w->leader ||
	    leader->power == NODE_KILLED || node_reaches(w->node, leader) ||
	    clock_now(w->node->nodes->clock) >= w->end_ns;
}

/* It may be the node itself that leads now. */
static void
forward_go_on(struct forwarded_wait *w)
{
	enum handler_result result = w->node->serves
	    ? forward_to(w->node, w->req)
	    : standby_reply(w->req);

	if (result == HANDLED)
		pipeline_resume(w->req, result);
}

void
node_forward_look(struct nodes *s, bool all)
{
	struct forwarded_wait *w = s->waits;

	while (w) {
		if (!all && !forward_may_go_on(w)) {
			w = w->next;
			continue;
		}
		forward_wait_remove(w);
		forward_go_on(w);
		w = s->waits; /* its end may have ended others */
	}
}

enum handler_result
node_forward(struct request *req)
{
	struct node *n = api_forward_ctx(req->api);
	struct node *leader = forward_leader(n);

	if (!leader || leader->power == NODE_KILLED || n->wanted.redirects ||
	    n->wanted.knows_nobody || clock_now(n->nodes->clock) < n->ready_ns)
		return standby_reply(req);
	if (!node_reaches(n, leader))
		return forward_wait(n, req);
	return leader->serves ? forward_to(leader, req) : standby_reply(req);
}
