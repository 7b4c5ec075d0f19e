/*
 * Rules over the wire: /_mock/faults, and explain, which says what a request
 * would meet and why.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "control/control.h"

static const char *const toggles[] = { "enabled", NULL };

static verdict
list(struct request *req)
{
	return control_reply(req, 200, faults_show(control_of(req)->faults));
}

static verdict
add(struct request *req)
{
	struct complaint c = { 0 };
	json_t *body = control_body(req, &c);
	struct rule *r = NULL;
	bool exists = false;

	if (body)
		r = faults_add(control_of(req)->faults, body, &exists, &c);
	json_decref(body);
	return r ? control_reply(req, 201, rule_show(r))
		 : control_fail(req, exists ? 409 : 400, &c);
}

static verdict
missing(struct request *req)
{
	json_t *all = faults_show(control_of(req)->faults);
	json_t *rules = json_object_get(all, "faults");
	const char *names[64];
	size_t n = json_array_size(rules);
	verdict v;

	if (n > 63)
		n = 63;
	for (size_t i = 0; i < n; i++)
		names[i] = json_string_value(
		    json_object_get(json_array_get(rules, i), "id"));
	names[n] = NULL;
	v = control_missing(req, "fault", capture(req, "id"), names);
	json_decref(all);
	return v;
}

static verdict
show(struct request *req)
{
	struct rule *r =
	    faults_find(control_of(req)->faults, capture(req, "id"));

	return r ? control_reply(req, 200, rule_show(r)) : missing(req);
}

static verdict
put(struct request *req)
{
	struct complaint c = { 0 };
	json_t *body = control_body(req, &c);
	struct rule *r = NULL;

	if (body)
		r = faults_replace(control_of(req)->faults,
		    capture(req, "id"), body, &c);
	json_decref(body);
	return r ? control_reply(req, 200, rule_show(r))
		 : control_fail(req, 400, &c);
}

/* What stays of a rule as it is shown, to be read again. */
static json_t *
without_counts(const struct rule *r)
{
	static const char *const shown[] = { "matched", "acted", "remaining",
		"outage" };
	json_t *own = rule_show(r), *tree = json_deep_copy(own);

	json_decref(own); /* its objects are the rule's own */
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		json_object_del(tree, shown[i]);
	return tree;
}

static bool
only_toggles(const json_t *body)
{
	return json_object_size(body) == 1 &&
	    json_object_get(body, toggles[0]);
}

/* RFC 7396: objects are merged, null takes a field away. */
static void
merge(json_t *into, json_t *patch)
{
	const char *key;
	json_t *value;

	json_object_foreach (patch, key, value) {
		json_t *old = json_object_get(into, key);

		if (json_is_null(value))
			json_object_del(into, key);
		else if (json_is_object(value) && json_is_object(old))
			merge(old, value);
		else
			json_object_set(into, key, value);
	}
}

/* A merge patch of the rule. Switching it on or off keeps its counters. */
static verdict
patch(struct request *req)
{
	struct control *control = control_of(req);
	const char *id = capture(req, "id");
	struct rule *r = faults_find(control->faults, id);
	struct complaint c = { 0 };
	json_t *body, *tree;

	if (!r)
		return missing(req);
	body = control_body(req, &c);
	if (!body)
		return control_fail(req, 400, &c);
	if (only_toggles(body) &&
	    json_is_boolean(json_object_get(body, "enabled"))) {
		rule_enable(r, json_is_true(json_object_get(body, "enabled")));
	} else {
		tree = without_counts(r);
		if (json_object_get(body, "then"))
			json_object_del(tree, "commit");
		merge(tree, body);
		r = faults_replace(control->faults, id, tree, &c);
		json_decref(tree);
	}
	json_decref(body);
	return r ? control_reply(req, 200, rule_show(r))
		 : control_fail(req, 400, &c);
}

static verdict
drop(struct request *req)
{
	if (!faults_remove(control_of(req)->faults, capture(req, "id")))
		return missing(req);
	return control_reply(req, 204, NULL);
}

static verdict
drop_all(struct request *req)
{
	faults_clear(control_of(req)->faults);
	return control_reply(req, 204, NULL);
}

/* ---- explain ---- */

struct asked {
	const json_t *request;
};

struct asked_request {
	const char *method, *path, *token;
	const json_t *headers, *body;
};

#define AT(field) offsetof(struct asked_request, field)

const struct shape control_explain_shape[] = {
	{ "request", SHAPE_OBJECT, 0, NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

const struct shape control_asked_shape[] = {
	{ "method", SHAPE_TEXT, AT(method), NULL },
	{ "path", SHAPE_TEXT, AT(path), NULL },
	{ "token", SHAPE_TEXT, AT(token), NULL },
	{ "headers", SHAPE_OBJECT, AT(headers), NULL },
	{ "body", SHAPE_ANY, AT(body), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

/* The request that is asked about, made but not handled. */
static struct request *
imagine(struct request *req, const struct asked_request *in)
{
	struct request *other = request_new(req->api);
	size_t n = json_object_size(in->headers) + 1;
	struct header *list =
	    arena_alloc(other->arena, n * sizeof(*list));
	const char *path = in->path, *name;
	struct buf body;
	json_t *value;

	while (*path == '/')
		path++;
	if (starts_with(path, "v1/"))
		path += 3;
	other->method = arena_strdup(other->arena,
	    in->method ? in->method : "GET");
	other->target = arena_printf(other->arena, "/v1/%s", path);
	json_object_foreach((json_t *)(uintptr_t)in->headers, name, value) {
		const char *text = json_string_value(value);

		list[other->nheaders].name = arena_strdup(other->arena, name);
		list[other->nheaders++].value =
		    arena_strdup(other->arena, text ? text : "");
	}
	if (in->token) {
		list[other->nheaders].name = "X-Vault-Token";
		list[other->nheaders++].value =
		    arena_strdup(other->arena, in->token);
	}
	other->headers = list;
	other->peer = req->peer;
	other->conn_nth = 1;
	buf_init(&body, 0);
	if (in->body)
		jtext_put(&body, in->body);
	other->body.p = arena_strndup(other->arena, body.p ? body.p : "",
	    body.n);
	other->body.n = body.n;
	buf_release(&body);
	return other;
}

static const char *
ending(const struct fault_plan *plan)
{
	switch (plan->wire.end) {
	case WIRE_FIN:
		return "the connection closed early";
	case WIRE_RESET:
		return "a connection reset";
	case WIRE_SILENT:
		return "silence on an open connection";
	case WIRE_GO_ON:
		break;
	}
	return "the usual answer, in another shape or later";
}

/* In words, what the client would get. */
static json_t *
outcome(const struct fault_plan *plan)
{
	if (plan->stall && !plan->stall_for)
		return json_string("no answer: the request stalls");
	if (plan->respond)
		return json_sprintf("%d after %lld ms: %.*s", plan->status,
		    (long long)((plan->wait + plan->stall_for) / 1000000),
		    plan->body.n > 400 ? 400 : (int)plan->body.n,
		    plan->body.p);
	if (plan->wire.set || plan->wait || plan->stall)
		return json_sprintf("%s, %lld ms later", ending(plan),
		    (long long)((plan->wait + plan->stall_for) / 1000000));
	return json_string("Vault's own answer: no rule acts");
}

static verdict
explain(struct request *req)
{
	struct complaint c = { 0 };
	struct asked in = { NULL };
	struct asked_request what = { .path = NULL };
	json_t *body = control_body(req, &c), *rules;
	struct fault_plan plan = { .rule = NULL };
	struct request *other;

	if (!body || !shape_read(control_explain_shape, body, "", &in, &c) ||
	    !shape_read(control_asked_shape, in.request, "request", &what,
		&c) ||
	    (!what.path && !complain(&c, "request", "path", "is required"))) {
		json_decref(body);
		return control_fail(req, 400, &c);
	}
	other = imagine(req, &what);
	json_decref(body);
	rules = faults_explain(control_of(req)->faults, api_facts(other),
	    other->arena, &plan);
	body = json_pack("{s:o, s:o}", "would", outcome(&plan), "rules",
	    rules);
	request_free(other);
	return control_reply(req, 200, body);
}

const struct route control_fault_routes[] = {
	{ OP_READ, "faults", 0, NULL, list, NULL,
	    "Rules in the order they are tried, with their counters" },
	{ OP_WRITE, "faults", 0, NULL, add, NULL, "Add a rule" },
	{ OP_DELETE, "faults", 0, NULL, drop_all, NULL, "Remove every rule" },
	{ OP_READ, "faults/{id:seg}", 0, NULL, show, NULL, "One rule" },
	{ OP_PUT, "faults/{id:seg}", 0, NULL, put, NULL,
	    "Replace a rule, or add it" },
	{ OP_PATCH, "faults/{id:seg}", 0, NULL, patch, NULL,
	    "Change some of its fields" },
	{ OP_DELETE, "faults/{id:seg}", 0, NULL, drop, NULL,
	    "Remove a rule" },
	{ OP_WRITE, "explain", 0, NULL, explain, NULL,
	    "Which rules a request would meet, and why not the others" },
	ROUTE_END,
};
