/*
 * The journal over the wire: /_mock/requests.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "control/control.h"
#include "control/event_log.h"

static enum handler_result
control_requests_no_journal(struct request *req)
{
	struct error c = { 0 };

	error_field(&c, "", "",
	    "there is no journal: it was turned off with "
	    "-journal-size=0");
	return control_fail(req, 409, &c);
}

typedef json_t *(*journal_query_fn)(
    struct journal *j, json_t *body, struct error *c);

/* Takes body over; NULL is a body that could not be read. */
static enum handler_result
control_requests_query(
    struct request *req, json_t *body, journal_query_fn fn, struct error *c)
{
	struct journal *j = control_of(req)->journal;
	json_t *answer = NULL;

	if (!j) {
		json_decref(body);
		error_release(c);
		return control_requests_no_journal(req);
	}
	if (body)
		answer = fn(j, body, c);
	json_decref(body);
	control_add_statements(req->vault, json_object_get(answer, "requests"));
	return answer ? control_reply(req, 200, answer)
		      : control_fail(req, 400, c);
}

static enum handler_result
control_requests_list(struct request *req)
{
	struct error c = { 0 };

	return control_requests_query(
	    req, control_read_query(req), journal_find, &c);
}

static enum handler_result
control_requests_count(struct request *req)
{
	struct error c = { 0 };

	return control_requests_query(
	    req, control_read_body(req, &c), journal_count, &c);
}

static enum handler_result
control_requests_find(struct request *req)
{
	struct error c = { 0 };

	return control_requests_query(
	    req, control_read_body(req, &c), journal_find, &c);
}

static enum handler_result
control_requests_clear(struct request *req)
{
	struct journal *j = control_of(req)->journal;

	if (!j)
		return control_requests_no_journal(req);
	journal_clear(j);
	event_log_add(control_of(req)->events, EVENT_STATE,
	    json_pack("{s:s}", "change", "journal-cleared"));
	return control_reply(req, 204, NULL);
}

/* ---- wait ---- */

struct requests_wait {
	struct request *req;
	struct journal_waiter *wait;
	enum handler_result result;
};

static void
control_requests_wait_done(void *arg, bool has_enough, json_t *answer)
{
	struct requests_wait *wait = arg;

	wait->result = control_reply(wait->req, has_enough ? 200 : 408, answer);
	if (!wait->req->fault.cancel)
		return; /* at once: wait_for has not returned yet */
	wait->req->fault.cancel = NULL;
	pipeline_resume(wait->req, wait->result);
}

static void
control_requests_wait_cancel(struct request *req)
{
	struct requests_wait *wait = req->fault.cancel_arg;

	req->fault.cancel = NULL;
	journal_wait_cancel(control_of(req)->journal, wait->wait);
	pipeline_resume(req, fail_no_body(req, 499));
}

static enum handler_result
control_requests_wait(struct request *req)
{
	struct journal *j = control_of(req)->journal;
	struct requests_wait *wait = arena_zalloc(req->arena, sizeof(*wait));
	struct error c = { 0 };
	json_t *body = control_read_body(req, &c);
	bool done = false;

	if (!j) {
		json_decref(body);
		return control_requests_no_journal(req);
	}
	wait->req = req;
	if (body)
		wait->wait = journal_wait(
		    j, body, control_requests_wait_done, wait, &done, &c);
	json_decref(body);
	if (done)
		return wait->result;
	if (!wait->wait)
		return control_fail(req, 400, &c);
	req->fault.cancel_arg = wait;
	req->fault.cancel = control_requests_wait_cancel;
	req->fault.waits_for_client = true;
	return PENDING;
}

/* ---- verify ---- */

/* How the caller reached us is how it can ask again. */
static const char *
control_requests_curl(struct request *req)
{
	const char *host = request_header(req, "Host");

	return arena_printf(req->arena, "curl -s%s http%s://%s",
	    control_of(req)->admin_token
		? " -H \"Authorization: Bearer $MOCKVAULT_ADMIN_TOKEN\""
		: "",
	    req->tls ? "s" : "", host ? host : "127.0.0.1:8299");
}

static enum handler_result
control_requests_verify(struct request *req)
{
	struct control *control = control_of(req);
	struct journal_vault_probe vault_probe = control->vault_probe;
	struct error c = { 0 };
	json_t *body = control_read_body(req, &c), *answer = NULL;
	int status = 200;

	if (!control->journal) {
		json_decref(body);
		return control_requests_no_journal(req);
	}
	vault_probe.curl = control_requests_curl(req);
	if (body)
		answer = journal_verify(
		    control->journal, body, &vault_probe, NULL, &status, &c);
	json_decref(body);
	return answer ? control_reply(req, status, answer)
		      : control_fail(req, 400, &c);
}

const struct route control_request_routes[] = {
	{ OP_READ, "requests", 0, NULL, control_requests_list, NULL,
	    "The journal; ?since=SEQ, ?limit=N" },
	{ OP_DELETE, "requests", 0, NULL, control_requests_clear, NULL,
	    "Clear the journal" },
	{ OP_WRITE, "requests/count", 0, NULL, control_requests_count, NULL,
	    "How many requests match" },
	{ OP_WRITE, "requests/find", 0, NULL, control_requests_find, NULL,
	    "The requests that match" },
	{ OP_WRITE, "requests/wait", 0, NULL, control_requests_wait, NULL,
	    "Answers when n requests match, or 408" },
	{ OP_WRITE, "requests/verify", 0, NULL, control_requests_verify, NULL,
	    "200 when the journal shows what is expected, else 422" },
	ROUTE_END,
};
