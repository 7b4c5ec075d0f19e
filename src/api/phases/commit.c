/*
 * In a cluster an answer waits until what it may have seen is everyone's: its
 * own writes, and those of others that are not committed yet, since the
 * leader's store runs ahead. The entry is known once the store has committed.
 */
#include "api/api_internal.h"
#include "core/state/cluster_view.h"

#define ENTRY_UNKNOWN UINT64_MAX

struct held_answer {
	struct held_answer *next, **prev;
	struct request *req;
	uint64_t entry;	 /* ENTRY_UNKNOWN: the pass is not committed yet */
	int64_t made_ms; /* on the cluster's clock */
};

/* Reads wait, too, while there is an entry that may be undone, and where
 * another node may lead that this one has not heard of. */
bool
commit_must_wait(const struct request *req)
{
	const struct vault *v = req->vault;
	const struct cluster_view *c = v->cluster;

	if (!c || !c->serves(c->arg))
		return false;
	if (req->route && req->route->flags & R_ON_STANDBY)
		return false;
	return store_has_pending_writes(v->store) ||
	    !c->is_committed(c->arg, c->last_entry(c->arg)) ||
	    !c->has_led(c->arg, c->now_ms(c->arg));
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
	pipeline_find_mount_again(h->req);
}

/* Another answer has been made in its place. */
static void
held_answer_send(struct request *req)
{
	req->record.committed = false;
	buf_clear(&req->reply.body);
	reply_encode(req);
	req->api->pipeline->send(req);
}

/* A read hears what a standby answers, a write why it is none. */
static void
held_answer_refuse(struct held_answer *h, const char *why)
{
	struct request *req = h->req;

	held_answer_remove(h);
	req->reply.nheaders = 0;
	if (req->op & (OP_READ | OP_LIST | OP_HEAD | OP_HELP))
		(void)!standby_reply(req);
	else
		(void)!fail(req, 500,
		    "1 error occurred:\n\t* failed to write: %s\n\n", why);
	held_answer_send(req);
}

static void
held_answer_drop(struct held_answer *h)
{
	struct request *req = h->req;

	held_answer_remove(h);
	req->reply.nheaders = 0;
	(void)!fail_no_body(req, 499);
	held_answer_send(req);
}

static void
held_answer_cancel(struct request *req)
{
	held_answer_drop(req->fault.cancel_arg);
}

void
commit_hold(struct request *req)
{
	struct api *a = req->api;
	const struct cluster_view *c = req->vault->cluster;
	struct held_answer *h = arena_zalloc(req->arena, sizeof(*h));

	pipeline_note_mount(req);
	h->req = req;
	h->entry = store_has_pending_writes(req->vault->store)
	    ? ENTRY_UNKNOWN
	    : c->last_entry(c->arg);
	h->made_ms = c->now_ms(c->arg);
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
		if (h->entry == ENTRY_UNKNOWN)
			h->entry = entry;
}

void
api_release_held(struct api *a)
{
	const struct cluster_view *c = a->vault->cluster;
	struct held_answer *h;

	while ((h = a->held) && c->is_committed(c->arg, h->entry) &&
	    c->has_led(c->arg, h->made_ms)) {
		held_answer_remove(h);
		a->pipeline->send(h->req);
	}
}

/* Vault 1.19: the write under way hears of the loss, those behind it that
 * somebody else leads. */
void
api_fail_held(struct api *a)
{
	const char *why = "leadership lost while committing log";

	while (a->held) {
		held_answer_refuse(a->held, why);
		why = "node is not the leader";
	}
}

void
api_drop_held(struct api *a)
{
	while (a->held)
		held_answer_drop(a->held);
}
