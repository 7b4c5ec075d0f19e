/*
 * The journal's two places in the pipeline: where a request begins, and where
 * its answer is made.
 */
#include <string.h>

#include "api/api_internal.h"
#include "core/seal/seal.h"
#include "fault/fault.h"
#include "journal/journal.h"

enum phase_result
phase_journal(struct request *req)
{
	struct journal *j = req->api->journal;

	if (req->internal || req->admin)
		return NEXT;
	req->record.from_client = true;
	req->record.was_sealed = seal_is_sealed(req->vault);
	if (!j)
		return NEXT;
	req->record.info = arena_alloc(req->arena, sizeof(*req->record.info));
	request_info_from_line(req, req->record.info);
	req->record.journal_seq = journal_open_entry(
	    j, req->record.info, req->tls_text, req->mono_ns);
	return NEXT;
}

/* 0 where the client gets nothing, or no whole status line. A client that went
 * away is a 499 without a body (api_client_gone). */
static int
journal_client_status(const struct request *req)
{
	const struct response_fault *response_fault = req->fault.response_fault;

	if (req->reply.status == 499 && req->reply.error_no_body)
		return 0;
	if (response_fault && response_fault->end != FAULT_END_KEEP_ALIVE &&
	    response_fault->cut == FAULT_CUT_START)
		return 0;
	return response_fault && response_fault->garbage_only
	    ? 0
	    : req->reply.status;
}

/* Did a login succeed, here or at the server behind? */
static bool
journal_is_login(struct request *req)
{
	if (req->reply.kind == REPLY_UPSTREAM)
		return req->reply.status == 200 &&
		    strcmp(request_info_get(req)->op, "login") == 0;
	return req->route && req->route->flags & R_LOGIN && req->reply.auth;
}

static void
journal_finish_entry(struct request *req)
{
	struct journal_close c;

	request_info_get(req);
	c = (struct journal_close){ .info = req->record.info,
		.request_id = req->id,
		.status = journal_client_status(req),
		.bytes = req->stream.started ? req->stream.bytes
					     : (int64_t)req->reply.body.n,
		.committed = req->record.committed,
		.is_unsure = req->record.is_unsure,
		.is_cut = req->fault.response_fault &&
		    req->fault.response_fault->set && !req->admin,
		.rule = fault_rule_id(req),
		.action = req->fault.decision ? req->fault.decision->action
					      : NULL,
		.error = req->reply.kind == REPLY_ERROR ||
			req->reply.kind == REPLY_UPSTREAM
		    ? req->reply.error
		    : NULL };
	journal_close_entry(req->api->journal, req->record.journal_seq, &c);
}

void
journal_response(struct request *req)
{
	struct faults *f = req->api->faults;

	if (req->record.journal_seq)
		journal_finish_entry(req);
	/* The events that rules and scenarios wait for are told without a
	 * journal, too. */
	if (!req->record.from_client || !f || req->reply.kind == REPLY_ERROR)
		return;
	if (journal_is_login(req))
		faults_event(f, "login");
	if (req->record.info && req->record.info->op &&
	    strcmp(req->record.info->op, "revoke") == 0)
		faults_event(f, "revoked");
	if (seal_is_sealed(req->vault) != req->record.was_sealed)
		faults_event(f, req->record.was_sealed ? "unsealed" : "sealed");
}
