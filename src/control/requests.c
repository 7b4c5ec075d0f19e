/*
 * The journal over the wire: /_mock/requests.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontext.h"
#include "base/text.h"
#include "control/document.h"
#include "control/event_log.h"
#include "control/sliced_work.h"

static enum handler_result
control_requests_no_journal(struct request *req)
{
	struct error c = { 0 };

	error_field(&c, "", "",
	    "there is no journal: it was turned off with "
	    "-journal-size=0");
	return control_fail(req, 409, &c);
}

/* How many entries are looked at, or shown, between two looks at the time. */
#define REQUESTS_LOOK_STEP 64
#define REQUESTS_SHOW_STEP 4

struct requests_search {
	struct control *control;
	struct vault *vault;
	struct journal_search *search;
	int status;		 /* of the answer */
	bool without_statements; /* of database/ */
	bool looked;
	int64_t nshown;
	struct buf text;
};

static bool
control_requests_look(void *arg)
{
	struct requests_search *s = arg;

	return journal_search_look(s->search, REQUESTS_LOOK_STEP);
}

static bool
control_requests_show_some(struct requests_search *s)
{
	for (int i = 0; i < REQUESTS_SHOW_STEP; i++) {
		json_t *entry = journal_search_next(s->search);

		if (!entry)
			return false;
		if (!s->without_statements)
			control_add_statements(s->vault, entry);
		if (s->nshown++)
			buf_char(&s->text, ',');
		jsontext_put_ordered(&s->text, entry);
		json_decref(entry);
	}
	return true;
}

static bool
control_requests_find_step(void *arg)
{
	struct requests_search *s = arg;

	if (s->looked)
		return control_requests_show_some(s);
	s->looked = !control_requests_look(s);
	return true;
}

static enum handler_result
control_requests_found(struct request *req, void *arg)
{
	struct requests_search *s = arg;

	buf_printf(&s->text, "],\"dropped\":%lld}\n",
	    (long long)journal_dropped(s->control->journal));
	return control_reply_document_as(
	    req, s->status, NULL, SLICE("{\"requests\":["), &s->text);
}

static enum handler_result
control_requests_counted(struct request *req, void *arg)
{
	const struct requests_search *s = arg;

	return control_reply(req, 200,
	    json_pack(
		"{s:I}", "count", (json_int_t)journal_search_count(s->search)));
}

static void
control_requests_search_release(void *arg)
{
	struct requests_search *s = arg;

	journal_search_free(s->search);
	buf_release(&s->text);
}

/* Takes body over; NULL is a body that could not be read. all: `limit` does not
 * count. */
static enum handler_result
control_requests_search(struct request *req, json_t *body, bool all,
    const struct sliced_work *work, struct error *c)
{
	struct requests_search *s = arena_zalloc(req->arena, sizeof(*s));

	s->control = control_of(req);
	s->vault = req->vault;
	s->status = 200;
	if (!s->control->journal) {
		json_decref(body);
		error_release(c);
		return control_requests_no_journal(req);
	}
	if (body)
		s->search = journal_search_new(
		    s->control->journal, body, all, c);
	json_decref(body);
	if (!s->search)
		return control_fail(req, 400, c);
	buf_init_fallible(&s->text, 0);
	return control_work_in_slices(req, work, s);
}

static const struct sliced_work requests_find_work = {
	.step = control_requests_find_step,
	.answer = control_requests_found,
	.release = control_requests_search_release
};

static enum handler_result
control_requests_list(struct request *req)
{
	struct error c = { 0 };

	return control_requests_search(
	    req, control_read_query(req), false, &requests_find_work, &c);
}

static enum handler_result
control_requests_find(struct request *req)
{
	struct error c = { 0 };

	return control_requests_search(
	    req, control_read_body(req, &c), false, &requests_find_work, &c);
}

static enum handler_result
control_requests_count(struct request *req)
{
	static const struct sliced_work work = { .step = control_requests_look,
		.answer = control_requests_counted,
		.release = control_requests_search_release };
	struct error c = { 0 };

	return control_requests_search(
	    req, control_read_body(req, &c), true, &work, &c);
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

static enum handler_result
control_requests_wait_answer(
    struct request *req, bool has_enough, struct journal_search *found)
{
	struct requests_search *s = arena_zalloc(req->arena, sizeof(*s));

	s->control = control_of(req);
	s->search = found;
	s->status = has_enough ? 200 : 408;
	s->without_statements = true;
	buf_init_fallible(&s->text, 0);
	return control_work_in_slices(req, &requests_find_work, s);
}

static void
control_requests_wait_done(
    void *arg, bool has_enough, struct journal_search *found)
{
	struct requests_wait *wait = arg;
	struct request *req = wait->req;
	bool at_once = !req->fault.cancel; /* journal_wait has not returned */

	req->fault.cancel = NULL;
	wait->result = control_requests_wait_answer(req, has_enough, found);
	if (!at_once && wait->result != PENDING)
		pipeline_resume(req, wait->result);
}

static void
control_requests_wait_cancel(struct request *req)
{
	struct requests_wait *wait = req->fault.cancel_arg;

	journal_wait_cancel(control_of(req)->journal, wait->wait);
	pipeline_abandon(req);
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
