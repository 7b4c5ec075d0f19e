/*
 * The journal's two places in the pipeline: where a request begins, and where
 * its answer is made.
 */
#include <string.h>

#include "api/api_internal.h"
#include "core/seal/seal.h"
#include "fault/fault.h"
#include "journal/journal.h"

verdict
phase_journal(struct request *req)
{
	struct journal *j = req->api->journal;

	if (req->internal || req->admin)
		return NULL;
	req->watched = true;
	req->was_sealed = seal_sealed(req->vault);
	if (!j)
		return NULL;
	req->facts = arena_alloc(req->arena, sizeof(*req->facts));
	facts_of_line(req, req->facts);
	req->seq = journal_open(j, req->facts, req->tls_text, req->mono);
	return NULL;
}

/* 0 where the client gets nothing, or no whole status line. A client that went
 * away is a 499 without a body (api_gone). */
static int
seen_status(const struct request *req)
{
	const struct wire *w = req->wire;

	if (req->reply.status == 499 && req->reply.error_no_body)
		return 0;
	if (w && w->end != WIRE_GO_ON && w->cut == WIRE_CUT_START)
		return 0;
	return w && w->garbage_alone ? 0 : req->reply.status;
}

static const char *
first_error(const struct request *req)
{
	if (req->reply.kind != REPLY_ERROR || !*req->reply.error)
		return NULL;
	return req->reply.error;
}

/* Events that rules and scenarios wait for. */
static void
tell_events(struct request *req)
{
	struct faults *f = req->api->faults;

	if (!f || req->reply.kind == REPLY_ERROR)
		return;
	if (req->route && req->route->flags & R_LOGIN && req->reply.auth)
		faults_event(f, "login");
	if (seal_sealed(req->vault) != req->was_sealed)
		faults_event(f, req->was_sealed ? "unsealed" : "sealed");
}

static void
close_entry(struct request *req)
{
	struct journal_close c;

	facts_of_request(req);
	c = (struct journal_close){ .facts = req->facts,
		.request_id = req->id,
		.status = seen_status(req),
		.bytes = (int64_t)req->reply.body.n,
		.committed = req->committed,
		.rule = fault_rule_id(req),
		.action = req->plan ? req->plan->action : NULL,
		.error = first_error(req) };
	journal_close_entry(req->api->journal, req->seq, &c);
}

/* Events are told without a journal, too. */
void
journal_answer(struct request *req)
{
	if (req->seq)
		close_entry(req);
	if (req->watched)
		tell_events(req);
}
