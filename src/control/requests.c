/*
 * The journal over the wire: /_mock/requests.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "control/control.h"

static verdict
no_journal(struct request *req)
{
	struct complaint c = { 0 };

	complain(&c, "", "", "there is no journal: it was turned off with "
			     "-journal-size=0");
	return control_fail(req, 409, &c);
}

typedef json_t *(*asking)(struct journal *j, json_t *body,
    struct complaint *c);

/* Takes body over; NULL is a body that could not be read. */
static verdict
ask(struct request *req, json_t *body, asking fn, struct complaint *c)
{
	struct journal *j = control_of(req)->journal;
	json_t *answer = NULL;

	if (!j) {
		json_decref(body);
		complaint_clear(c);
		return no_journal(req);
	}
	if (body)
		answer = fn(j, body, c);
	json_decref(body);
	control_add_statements(req->vault, json_object_get(answer,
	    "requests"));
	return answer ? control_reply(req, 200, answer)
		      : control_fail(req, 400, c);
}

static verdict
list(struct request *req)
{
	struct complaint c = { 0 };

	return ask(req, control_query(req), journal_find, &c);
}

static verdict
count(struct request *req)
{
	struct complaint c = { 0 };

	return ask(req, control_body(req, &c), journal_count, &c);
}

static verdict
find(struct request *req)
{
	struct complaint c = { 0 };

	return ask(req, control_body(req, &c), journal_find, &c);
}

static verdict
clear(struct request *req)
{
	struct journal *j = control_of(req)->journal;

	if (!j)
		return no_journal(req);
	journal_clear(j);
	return control_reply(req, 204, NULL);
}

/* ---- wait ---- */

struct waiting {
	struct request *req;
	struct journal_wait *wait;
	verdict v;
};

static void
waited(void *arg, bool enough, json_t *answer)
{
	struct waiting *w = arg;

	w->v = control_reply(w->req, enough ? 200 : 408, answer);
	if (!w->req->cancel)
		return; /* at once: wait_for has not returned yet */
	w->req->cancel = NULL;
	pipeline_resume(w->req, w->v);
}

static void
gone(struct request *req)
{
	struct waiting *w = req->waiting;

	req->cancel = NULL;
	journal_wait_cancel(control_of(req)->journal, w->wait);
	pipeline_resume(req, fail_no_body(req, 499));
}

static verdict
wait_for(struct request *req)
{
	struct journal *j = control_of(req)->journal;
	struct waiting *w = arena_zalloc(req->arena, sizeof(*w));
	struct complaint c = { 0 };
	json_t *body = control_body(req, &c);
	bool done = false;

	if (!j) {
		json_decref(body);
		return no_journal(req);
	}
	w->req = req;
	if (body)
		w->wait = journal_wait(j, body, waited, w, &done, &c);
	json_decref(body);
	if (done)
		return w->v;
	if (!w->wait)
		return control_fail(req, 400, &c);
	req->waiting = w;
	req->cancel = gone;
	return reply_later(req);
}

/* ---- verify ---- */

/* How the caller reached us is how it can ask again. */
static const char *
curl(struct request *req)
{
	const char *host = request_header(req, "Host");

	return arena_printf(req->arena, "curl -s%s http%s://%s",
	    control_of(req)->token
		? " -H \"Authorization: Bearer $MOCKVAULT_ADMIN_TOKEN\""
		: "",
	    req->tls ? "s" : "", host ? host : "127.0.0.1:8299");
}

static verdict
verify(struct request *req)
{
	struct control *control = control_of(req);
	struct journal_witness witness = control->witness;
	struct complaint c = { 0 };
	json_t *body = control_body(req, &c), *answer = NULL;
	int status = 200;

	if (!control->journal) {
		json_decref(body);
		return no_journal(req);
	}
	witness.curl = curl(req);
	if (body)
		answer = journal_verify(control->journal, body, &witness,
		    &status, &c);
	json_decref(body);
	return answer ? control_reply(req, status, answer)
		      : control_fail(req, 400, &c);
}

const struct route control_request_routes[] = {
	{ OP_READ, "requests", 0, NULL, list, NULL,
	    "The journal; ?since=SEQ, ?limit=N" },
	{ OP_DELETE, "requests", 0, NULL, clear, NULL, "Clear the journal" },
	{ OP_WRITE, "requests/count", 0, NULL, count, NULL,
	    "How many requests match" },
	{ OP_WRITE, "requests/find", 0, NULL, find, NULL,
	    "The requests that match" },
	{ OP_WRITE, "requests/wait", 0, NULL, wait_for, NULL,
	    "Answers when n requests match, or 408" },
	{ OP_WRITE, "requests/verify", 0, NULL, verify, NULL,
	    "200 when the journal shows what is expected, else 422" },
	ROUTE_END,
};
