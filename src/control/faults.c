/*
 * Rules over the wire: /_mock/faults, and explain, which says what a request
 * would meet and why.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/json/jsontext.h"
#include "base/duration.h"
#include "control/document.h"
#include "control/sliced_work.h"
#include "fault/rule/rule.h"

static const char *const fault_toggles[] = { "enabled", NULL };

/* How many rules are shown, or explained, between two looks at the time, and
 * how many end at once within a request. */
#define FAULT_LIST_STEP 8
#define FAULT_EXPLAIN_STEP 16
#define FAULT_CLEAR_BATCH 64

struct fault_list {
	const struct faults *faults;
	struct rule_place place;
	bool begun;
};

static bool
control_fault_list_piece(void *arg, struct buf *out)
{
	struct fault_list *l = arg;
	const struct rule *r;
	json_t *shown;

	if (!l->begun)
		buf_str(out, "{\"faults\":[");
	for (int i = 0; i < FAULT_LIST_STEP; i++) {
		r = faults_next(l->faults, &l->place);
		if (!r) {
			buf_str(out, "]}\n");
			return false;
		}
		if (l->begun)
			buf_char(out, ',');
		l->begun = true;
		shown = rule_show(r);
		jsontext_put_ordered(out, shown);
		json_decref(shown);
	}
	return true;
}

static enum handler_result
control_fault_list(struct request *req)
{
	struct fault_list *l = arena_zalloc(req->arena, sizeof(*l));

	l->faults = control_of(req)->faults;
	return control_reply_pieces(req, NULL, control_fault_list_piece, l);
}

static enum handler_result
control_fault_add(struct request *req)
{
	struct error c = { 0 };
	json_t *body = control_read_body(req, &c);
	struct rule *r = NULL;
	bool exists = false;

	if (body)
		r = faults_add(control_of(req)->faults, body, &exists, &c);
	json_decref(body);
	return r ? control_reply(req, 201, rule_show(r))
		 : control_fail(req, exists ? 409 : 400, &c);
}

static enum handler_result
control_fault_not_found(struct request *req)
{
	struct rule_place place = { 0 };
	const char *names[64];
	const struct rule *r;
	size_t n = 0;

	while (n < 63 && (r = faults_next(control_of(req)->faults, &place)))
		names[n++] = rule_id(r);
	names[n] = NULL;
	return control_not_found(req, "fault", param_capture(req, "id"), names);
}

static enum handler_result
control_fault_release(struct request *req)
{
	int64_t n = faults_release(
	    control_of(req)->faults, param_capture(req, "id"));

	return n < 0 ? control_fault_not_found(req)
		     : control_reply(req, 200,
			   json_pack("{s:I}", "released", (json_int_t)n));
}

static enum handler_result
control_fault_show(struct request *req)
{
	struct rule *r = faults_find(
	    control_of(req)->faults, param_capture(req, "id"));

	return r ? control_reply(req, 200, rule_show(r))
		 : control_fault_not_found(req);
}

static enum handler_result
control_fault_put(struct request *req)
{
	struct error c = { 0 };
	json_t *body = control_read_body(req, &c);
	struct rule *r = NULL;

	if (body)
		r = faults_replace(control_of(req)->faults,
		    param_capture(req, "id"), body, &c);
	json_decref(body);
	return r ? control_reply(req, 200, rule_show(r))
		 : control_fail(req, 400, &c);
}

/* What stays of a rule as it is shown, to be read again. */
static json_t *
control_fault_without_counters(const struct rule *r)
{
	static const char *const shown[] = { "matched", "acted", "remaining",
		"outage" };
	json_t *own = rule_show(r), *tree = json_deep_copy(own);

	json_decref(own); /* its objects are the rule's own */
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		json_object_del(tree, shown[i]);
	return tree;
}

/* RFC 7396: objects are merged, null takes a field away. */
static void
control_fault_merge(json_t *into, json_t *patch)
{
	const char *key;
	json_t *value;

	json_object_foreach (patch, key, value) {
		json_t *old = json_object_get(into, key);

		if (json_is_null(value))
			json_object_del(into, key);
		else if (json_is_object(value) && json_is_object(old))
			control_fault_merge(old, value);
		else
			json_object_set(into, key, value);
	}
}

/* A merge patch of the rule. Switching it on or off keeps its counters. */
static enum handler_result
control_fault_patch(struct request *req)
{
	struct control *control = control_of(req);
	const char *id = param_capture(req, "id");
	struct rule *r = faults_find(control->faults, id);
	struct error c = { 0 };
	json_t *body, *tree;

	if (!r)
		return control_fault_not_found(req);
	body = control_read_body(req, &c);
	if (!body)
		return control_fail(req, 400, &c);
	if (json_object_size(body) == 1 &&
	    json_object_get(body, fault_toggles[0]) &&
	    json_is_boolean(json_object_get(body, "enabled"))) {
		rule_enable(r, json_is_true(json_object_get(body, "enabled")));
	} else {
		tree = control_fault_without_counters(r);
		if (json_object_get(body, "then"))
			json_object_del(tree, "commit");
		control_fault_merge(tree, body);
		r = faults_replace(control->faults, id, tree, &c);
		json_decref(tree);
	}
	json_decref(body);
	return r ? control_reply(req, 200, rule_show(r))
		 : control_fail(req, 400, &c);
}

static enum handler_result
control_fault_delete(struct request *req)
{
	if (!faults_remove(control_of(req)->faults, param_capture(req, "id")))
		return control_fault_not_found(req);
	return control_reply(req, 204, NULL);
}

struct faults_clear_wait {
	struct request *req;
	control_answer_fn answer;
	void *arg;
	struct alarm alarm;
};

static void
control_faults_clear_on_alarm(void *arg, int64_t now_ns)
{
	struct faults_clear_wait *w = arg;
	struct control *c = control_of(w->req);
	bool more;

	(void)now_ns;
	do
		more = faults_clear_some(c->faults, 16);
	while (more && !clock_slice_is_over(c->real_clock));
	if (more) {
		alarm_set(c->real_clock, &w->alarm, clock_now(c->real_clock));
		return;
	}
	w->req->fault.cancel = NULL;
	pipeline_resume(w->req, w->answer(w->req, w->arg));
}

/* The client has gone: what is left happens now. */
static void
control_faults_clear_cancel(struct request *req)
{
	struct faults_clear_wait *w = req->fault.cancel_arg;
	struct control *c = control_of(req);

	req->fault.cancel = NULL;
	alarm_cancel(c->real_clock, &w->alarm);
	while (faults_clear_some(c->faults, FAULT_CLEAR_BATCH))
		;
	pipeline_resume(req, w->answer(req, w->arg));
}

enum handler_result
control_faults_clear_wait(
    struct request *req, control_answer_fn answer, void *arg)
{
	struct control *c = control_of(req);
	struct faults_clear_wait *w;

	if (!c->faults || !faults_clear_some(c->faults, FAULT_CLEAR_BATCH))
		return answer(req, arg);
	w = arena_zalloc(req->arena, sizeof(*w));
	w->req = req;
	w->answer = answer;
	w->arg = arg;
	alarm_init(&w->alarm, control_faults_clear_on_alarm, w);
	alarm_set(c->real_clock, &w->alarm, clock_now(c->real_clock));
	req->fault.cancel_arg = w;
	req->fault.cancel = control_faults_clear_cancel;
	return PENDING;
}

static enum handler_result
control_fault_all_deleted(struct request *req, void *arg)
{
	(void)arg;
	return control_reply(req, 204, NULL);
}

static enum handler_result
control_fault_delete_all(struct request *req)
{
	faults_clear_begin(control_of(req)->faults);
	return control_faults_clear_wait(req, control_fault_all_deleted, NULL);
}

/* ---- explain ---- */

struct explain_body {
	const json_t *request;
	int64_t seq; /* of an entry of the journal; 0: none */
};

struct explain_request {
	const char *method, *path, *token;
	const json_t *headers, *body;
};

#define AT(field) offsetof(struct explain_request, field)

const struct schema control_explain_schema[] = {
	{ "request", FIELD_OBJECT, offsetof(struct explain_body, request),
	    NULL },
	{ "seq", FIELD_INT, offsetof(struct explain_body, seq), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

const struct schema control_explain_request_schema[] = {
	{ "method", FIELD_STRING, AT(method), NULL },
	{ "path", FIELD_STRING, AT(path), NULL },
	{ "token", FIELD_STRING, AT(token), NULL },
	{ "headers", FIELD_OBJECT, AT(headers), NULL },
	{ "body", FIELD_ANY, AT(body), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

/* The request that is asked about, made but not handled. */
static struct request *
control_explain_dry_run(
    struct request *req, const struct explain_request *described)
{
	struct request *dry_run = request_new(req->api);
	size_t n = json_object_size(described->headers) + 1;
	struct header *list = arena_alloc(dry_run->arena, n * sizeof(*list));
	const char *path = described->path, *name;
	struct buf body;
	json_t *value;

	while (*path == '/')
		path++;
	if (starts_with(path, "v1/"))
		path += 3;
	dry_run->method = arena_strdup(
	    dry_run->arena, described->method ? described->method : "GET");
	dry_run->target = arena_printf(dry_run->arena, "/v1/%s", path);
	json_object_foreach (
	    (json_t *)(uintptr_t)described->headers, name, value) {
		const char *text = json_string_value(value);

		list[dry_run->nheaders].name = arena_strdup(
		    dry_run->arena, name);
		list[dry_run->nheaders++].value = arena_strdup(
		    dry_run->arena, text ? text : "");
	}
	if (described->token) {
		list[dry_run->nheaders].name = "X-Vault-Token";
		list[dry_run->nheaders++].value = arena_strdup(
		    dry_run->arena, described->token);
	}
	dry_run->headers = list;
	dry_run->peer = req->peer;
	dry_run->conn_nth = 1;
	buf_init(&body, 0);
	if (described->body)
		jsontext_put(&body, described->body);
	dry_run->body.p = arena_strndup(
	    dry_run->arena, body.p ? body.p : "", body.n);
	dry_run->body.n = body.n;
	buf_release(&body);
	return dry_run;
}

static const char *
control_explain_ending(const struct fault_decision *decision)
{
	switch (decision->response_fault.end) {
	case FAULT_END_FIN:
		return "the connection closed early";
	case FAULT_END_RESET:
		return "a connection reset";
	case FAULT_END_SILENT:
		return "silence on an open connection";
	case FAULT_END_KEEP_ALIVE:
		break;
	}
	return "the usual answer, in another shape or later";
}

/* In words, what the client would get. */
static json_t *
control_explain_outcome(const struct fault_decision *decision)
{
	if (decision->hold_rule)
		return json_string("no answer until it is released");
	if (decision->stall && !decision->stall_ns)
		return json_string("no answer: the request stalls");
	if (decision->respond)
		return json_sprintf("%d after %lld ms: %.*s", decision->status,
		    (long long)(time_after_ns(
				    decision->delay_ns, decision->stall_ns) /
			1000000),
		    decision->body.n > 400 ? 400 : (int)decision->body.n,
		    decision->body.p);
	if (decision->response_fault.set || decision->delay_ns ||
	    decision->stall)
		return json_sprintf("%s, %lld ms later",
		    control_explain_ending(decision),
		    (long long)(time_after_ns(
				    decision->delay_ns, decision->stall_ns) /
			1000000));
	return json_string("Vault's own answer: no rule acts");
}

/* What a request would meet, whether it is described or was journalled. */
struct explanation {
	const struct control *control;
	struct request *dry_run; /* the one that is described; NULL: */
	int64_t seq;		 /* of the journal's entry */
	bool gone;		 /* the journal has it no longer */
	struct fault_dry_run outcome;
	struct buf rules;
	bool more;
};

static void
control_explain_some(void *arg, const struct request_info *info)
{
	struct explanation *e = arg;

	for (int i = 0; e->more && i < FAULT_EXPLAIN_STEP; i++) {
		json_t *rule = faults_explain_next(
		    e->control->faults, &e->outcome, info);

		e->more = rule != NULL;
		if (!rule)
			break;
		if (e->rules.n)
			buf_char(&e->rules, ',');
		jsontext_put_ordered(&e->rules, rule);
		json_decref(rule);
	}
}

static bool
control_explain_step(void *arg)
{
	struct explanation *e = arg;

	if (e->dry_run)
		control_explain_some(e, api_request_info(e->dry_run));
	else if (!e->control->journal ||
	    !journal_entry_visit(
		e->control->journal, e->seq, control_explain_some, e))
		e->gone = true;
	return e->more && !e->gone;
}

static enum handler_result
control_explain_answer(struct request *req, void *arg)
{
	struct explanation *e = arg;
	json_t *would = control_explain_outcome(&e->outcome.decision);
	struct error c = { 0 };
	struct buf head;
	enum handler_result result;

	if (e->gone) {
		json_decref(would);
		error_field(&c, "", "seq",
		    "there is no entry %lld in the journal", (long long)e->seq);
		return control_fail(req, 404, &c);
	}
	buf_init(&head, 0);
	buf_str(&head, "{\"would\":");
	jsontext_put_ordered(&head, would);
	json_decref(would);
	buf_str(&head, ",\"rules\":[");
	buf_str(&e->rules, "]}\n");
	result = control_reply_document(
	    req, NULL, (struct slice){ head.p, head.n }, &e->rules);
	buf_release(&head);
	return result;
}

static void
control_explain_release(void *arg)
{
	struct explanation *e = arg;

	request_free(e->dry_run);
	buf_release(&e->rules);
}

static enum handler_result
control_explain_rules(struct request *req, struct request *dry_run, int64_t seq)
{
	static const struct sliced_work work = { .step = control_explain_step,
		.answer = control_explain_answer,
		.release = control_explain_release };
	struct explanation *e = arena_zalloc(req->arena, sizeof(*e));

	e->control = control_of(req);
	e->dry_run = dry_run;
	e->seq = seq;
	e->outcome.arena = req->arena;
	e->more = true;
	buf_init_fallible(&e->rules, 0);
	return control_work_in_slices(req, &work, e);
}

static enum handler_result
control_explain(struct request *req)
{
	struct error c = { 0 };
	struct explain_body in = { .request = NULL };
	struct explain_request described = { .path = NULL };
	json_t *body = control_read_body(req, &c);
	struct request *dry_run;

	if (body && schema_read(control_explain_schema, body, "", &in, &c) &&
	    in.seq && !in.request) {
		json_decref(body);
		return control_explain_rules(req, NULL, in.seq);
	}
	if (!body || *c.text ||
	    !schema_read(control_explain_request_schema, in.request, "request",
		&described, &c) ||
	    (!described.path &&
		!error_field(&c, "request", "path", "is required"))) {
		json_decref(body);
		return control_fail(req, 400, &c);
	}
	dry_run = control_explain_dry_run(req, &described);
	json_decref(body);
	return control_explain_rules(req, dry_run, 0);
}

const struct route control_fault_routes[] = {
	{ OP_READ, "faults", 0, NULL, control_fault_list, NULL,
	    "Rules in the order they are tried, with their counters" },
	{ OP_WRITE, "faults", 0, NULL, control_fault_add, NULL, "Add a rule" },
	{ OP_DELETE, "faults", 0, NULL, control_fault_delete_all, NULL,
	    "Remove every rule" },
	{ OP_READ, "faults/{id:seg}", 0, NULL, control_fault_show, NULL,
	    "One rule" },
	{ OP_PUT, "faults/{id:seg}", 0, NULL, control_fault_put, NULL,
	    "Replace a rule, or add it" },
	{ OP_PATCH, "faults/{id:seg}", 0, NULL, control_fault_patch, NULL,
	    "Change some of its fields" },
	{ OP_DELETE, "faults/{id:seg}", 0, NULL, control_fault_delete, NULL,
	    "Remove a rule" },
	{ OP_WRITE, "faults/{id:seg}/release", 0, NULL, control_fault_release,
	    NULL, "Let the requests that its hold keeps waiting go on" },
	{ OP_WRITE, "explain", 0, NULL, control_explain, NULL,
	    "Which rules a request would meet, and why not the others" },
	ROUTE_END,
};
