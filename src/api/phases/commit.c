/*
 * In a cluster an answer waits until what it may have seen is everyone's: its
 * own writes, and those of others that are not committed yet, since the
 * leader's store runs ahead. The entry is known once the store has committed.
 */
#include "api/api_internal.h"
#include "core/state/cluster_view.h"

struct held_answer {
	struct held_answer *next, **prev;
	struct request *req;
	uint64_t entry; /* 0: the pass is not committed yet */
};

/* Reads wait, too, while there is an entry that may be undone. */
bool
commit_must_wait(const struct request *req)
{
	const struct vault *v = req->vault;
	const struct cluster_view *c = v->cluster;

	if (!c || !c->serves(c->arg) || (req->internal && !req->forwarded) ||
	    req->admin)
		return false;
	if (req->route && req->route->flags & R_ON_STANDBY)
		return false;
	return store_has_pending_writes(v->store) ||
	    !c->is_committed(c->arg, c->last_entry(c->arg));
}

static void
held_answer_remove(struct held_answer *h)
{
	*h->prev = h->next;
	if (h->next)
		h->next->prev = h->prev;
	else
		h->req->api->held_end = h->prev;
	h->req->fault.cancel = NULL;
}

static void
held_answer_replace(struct held_answer *h, int status, const char *text)
{
	struct request *req = h->req;

	held_answer_remove(h);
	req->reply.nheaders = 0;
	req->record.committed = false;
	if (text)
		(void)!fail(req, status,
		    "1 error occurred:\n\t* failed to write: %s\n\n", text);
	else
		(void)!fail_no_body(req, status);
	buf_clear(&req->reply.body);
	reply_encode(req);
	req->api->pipeline->send(req);
}

static void
held_answer_cancel(struct request *req)
{
	held_answer_replace(req->fault.cancel_arg, 499, NULL);
}

void
commit_hold(struct request *req)
{
	struct api *a = req->api;
	struct held_answer *h = arena_zalloc(req->arena, sizeof(*h));

	h->req = req;
	h->prev = a->held_end;
	*a->held_end = h;
	a->held_end = &h->next;
	req->fault.cancel_arg = h;
	req->fault.cancel = held_answer_cancel;
}

void
api_on_committed(struct api *a)
{
	const struct cluster_view *c = a->vault->cluster;
	struct held_answer *h = a->held;
	uint64_t entry = h ? c->last_entry(c->arg) : 0;

	for (; h; h = h->next)
		if (h->entry == 0)
			h->entry = entry;
}

void
api_release_held(struct api *a)
{
	const struct cluster_view *c = a->vault->cluster;
	struct held_answer *h;

	while ((h = a->held) && h->entry && c->is_committed(c->arg, h->entry)) {
		held_answer_remove(h);
		a->pipeline->send(h->req);
	}
}

/* Vault 1.19: the write under way hears of the loss, those behind it that
 * somebody else leads. */
void
api_fail_held(struct api *a)
{
	const char *text = "leadership lost while committing log";

	while (a->held) {
		held_answer_replace(a->held, 500, text);
		text = "node is not the leader";
	}
}

void
api_drop_held(struct api *a)
{
	while (a->held)
		held_answer_replace(a->held, 499, NULL);
}
