/*
 * A step of a scenario: when, and what. What can be done is a row.
 */
#include "fault/scenario/scenario_step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/state/clock_control.h"
#include "fault/node_state.h"
#include "fault/outage/outage.h"

/* ---- when ---- */

struct step_input {
	int64_t at, after;
	int clock;
	const json_t *on, *todo;
};

#define AT(field) offsetof(struct step_input, field)

static const char *const clocks[] = { "real", "virtual", NULL };

static const struct shape step_shape[] = {
	{ "at", SHAPE_SPAN, AT(at), NULL },
	{ "clock", SHAPE_WORD, AT(clock), clocks },
	{ "on", SHAPE_ANY, AT(on), NULL },
	{ "after", SHAPE_SPAN, AT(after), NULL },
	{ "do", SHAPE_ANY, AT(todo), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

struct on_input {
	const char *event;
	const json_t *count;
	json_t *match;
	int64_t n;
};

static const struct shape on_shape[] = {
	{ "event", SHAPE_TEXT, offsetof(struct on_input, event), NULL },
	{ "count", SHAPE_OBJECT, offsetof(struct on_input, count), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static const struct shape count_shape[] = {
	{ "match", SHAPE_OBJECT, offsetof(struct on_input, match), NULL },
	{ "n", SHAPE_INT, offsetof(struct on_input, n), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static bool
read_on(struct step *s, const json_t *on, const char *where,
    struct complaint *c)
{
	struct on_input in = { .n = 1 };
	char name[240], inner[220];

	s->event = json_string_value(on);
	if (!on || s->event)
		return true;
	snprintf(name, sizeof(name), "%s.on", where);
	if (!shape_read(on_shape, on, name, &in, c))
		return false;
	s->event = in.event;
	if (!in.count)
		return in.event ||
		    complain(c, name, "", "wants event or count");
	snprintf(inner, sizeof(inner), "%.200s.count", name);
	if (!shape_read(count_shape, in.count, inner, &in, c))
		return false;
	snprintf(name, sizeof(name), "%.200s.match", inner);
	s->count = match_parse(in.match, name, c);
	s->count_n = in.n;
	return s->count != NULL;
}

/* ---- what ---- */

struct doing {
	struct faults *faults;
	const struct scenario_host *host;
	json_t *touched;
	const json_t *todo; /* the whole action */
	const json_t *value; /* of its first key */
};

json_t *
without_comments(const json_t *object)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)object);
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(copy, next, key, value)
		if (strncmp(key, "//", 2) == 0)
			json_object_del(copy, key);
	return copy;
}

/* What PUT would be sent. */
static json_t *
outage_body(const json_t *todo)
{
	json_t *body = without_comments(todo);

	json_object_del(body, "outage");
	json_object_del(body, "off");
	return body;
}

static bool
do_outage(const struct doing *d, struct complaint *c)
{
	const char *name = json_string_value(d->value);
	json_t *body, *answer;
	bool known;
	int status;

	if (json_is_true(json_object_get(d->todo, "off"))) {
		outage_stop(d->faults, name, &known);
		return known || complain(c, "outage", "", "no outage \"%s\"",
				    name);
	}
	body = outage_body(d->todo);
	answer = outage_start(d->faults, name, body, &status, c);
	json_decref(body);
	if (!answer)
		return false;
	json_decref(answer);
	json_array_append_new(d->touched, json_string(name));
	return true;
}

static bool
do_fault(const struct doing *d, struct complaint *c)
{
	const char *id =
	    json_string_value(json_object_get(d->value, "id"));
	bool exists;
	struct rule *r;

	r = id ? faults_replace(d->faults, id, (json_t *)(uintptr_t)d->value,
		     c)
	       : faults_add(d->faults, (json_t *)(uintptr_t)d->value, &exists,
		     c);
	if (r)
		json_array_append_new(d->touched,
		    json_pack("{s:s}", "rule", rule_id(r)));
	return r != NULL;
}

static bool
do_remove(const struct doing *d, struct complaint *c)
{
	const char *id = json_string_value(d->value);

	return faults_remove(d->faults, id) ||
	    complain(c, "remove", "", "no fault \"%s\"", id);
}

static const struct shape node_shape[] = {
	{ "state", SHAPE_WORD, 0, node_states },
	{ NULL, SHAPE_ANY, 0, NULL },
};

/* Its words were looked at when the file was read. */
static bool
do_node(const struct doing *d, struct complaint *c)
{
	int state = 0;
	bool ok;

	shape_read(node_shape, json_object_get(d->todo, "set"), "set", &state,
	    c);
	ok = node_enter(d->faults, state, true, c);
	if (node_outage(state))
		json_array_append_new(d->touched,
		    json_string(node_outage(state)));
	return ok;
}

static bool
do_clock(const struct doing *d, struct complaint *c)
{
	return timing_put(d->faults->vault, d->value, "clock", c);
}

static bool
do_advance(const struct doing *d, struct complaint *c)
{
	json_t *body = json_pack("{s:O}", "by", d->value);
	json_t *answer = timing_advance(d->faults->vault, body, c);

	json_decref(body);
	json_decref(answer);
	return answer != NULL;
}

static bool
do_fixtures(const struct doing *d, struct complaint *c)
{
	if (!d->host->fixtures)
		return complain(c, "fixtures", "", "cannot be loaded here");
	return d->host->fixtures(d->host->arg, d->value, c);
}

static bool
do_emit(const struct doing *d, struct complaint *c)
{
	(void)c;
	faults_event(d->faults, json_string_value(d->value));
	return true;
}

static bool
do_reset(const struct doing *d, struct complaint *c)
{
	const struct fault_host *h = &d->faults->host;

	if (strcmp(json_string_value(d->value), "connections") != 0)
		return complain(c, "reset", "", "knows connections alone");
	if (h->reset_connections)
		h->reset_connections(h->arg);
	return true;
}

/* {"request": {"method","path","body"}}: an operator's. */
static bool
do_request(const struct doing *d, struct complaint *c)
{
	const struct fault_host *h = &d->faults->host;
	const char *method =
	    json_string_value(json_object_get(d->value, "method"));
	const char *path =
	    json_string_value(json_object_get(d->value, "path"));
	int status;

	if (!method || !path)
		return complain(c, "request", "",
		    "wants a method and a path below /v1/");
	if (!h->operate)
		return complain(c, "request", "", "cannot be sent here");
	status = h->operate(h->arg, method, path,
	    json_object_get(d->value, "body"), NULL);
	return status < 400 ||
	    complain(c, "request", "", "%s %s: %d", method, path, status);
}

static const struct {
	const char *name;
	json_type type;
	const char *more[4]; /* other keys that go with it */
	bool (*run)(const struct doing *d, struct complaint *c);
} actions[] = {
	{ "outage", JSON_STRING, { "params", "match", "for", "off" },
	    do_outage },
	{ "fault", JSON_OBJECT, { NULL }, do_fault },
	{ "remove", JSON_STRING, { NULL }, do_remove },
	{ "node", JSON_STRING, { "set" }, do_node },
	{ "clock", JSON_OBJECT, { NULL }, do_clock },
	{ "advance", JSON_STRING, { NULL }, do_advance },
	{ "fixtures", JSON_OBJECT, { NULL }, do_fixtures },
	{ "emit", JSON_STRING, { NULL }, do_emit },
	{ "reset", JSON_STRING, { NULL }, do_reset },
	{ "request", JSON_OBJECT, { NULL }, do_request },
};

#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

static int
action_of(const json_t *todo)
{
	for (size_t i = 0; i < ACTIONS; i++)
		if (json_object_get(todo, actions[i].name))
			return (int)i;
	return -1;
}

static bool
goes_with(int action, const char *key)
{
	if (strcmp(actions[action].name, key) == 0 ||
	    strncmp(key, "//", 2) == 0)
		return true;
	for (int i = 0; i < 4 && actions[action].more[i]; i++)
		if (strcmp(actions[action].more[i], key) == 0)
			return true;
	return false;
}

/* What an outage is given is looked at before anything begins. */
static bool
outage_ok(const json_t *todo, const char *where, struct complaint *c)
{
	const char *name =
	    json_string_value(json_object_get(todo, "outage"));
	struct complaint own = { 0 };
	json_t *body;
	bool ok;

	if (!name)
		return true;
	if (json_is_true(json_object_get(todo, "off")))
		return outage_find(name) ||
		    (!outage_unknown(name, "outage", &own) &&
			complain_inside(c, where, &own));
	body = outage_body(todo);
	ok = outage_check(name, body, &own);
	json_decref(body);
	if (!ok && !*own.field)
		snprintf(own.field, sizeof(own.field), "outage");
	return ok || complain_inside(c, where, &own);
}

/* So are rules. */
static bool
fault_ok(const json_t *todo, const char *where, struct complaint *c)
{
	json_t *tree = json_object_get(todo, "fault");
	struct complaint own = { 0 };
	struct rule *r = tree ? rule_parse(tree, &own) : NULL;
	char name[160];

	snprintf(name, sizeof(name), "%s.fault", where);
	if (r)
		rule_put(r);
	return !tree || r || complain_inside(c, name, &own);
}

/* And the clock, and a request. */
static bool
others_ok(const json_t *todo, const char *where, struct complaint *c)
{
	const json_t *clock = json_object_get(todo, "clock");
	const json_t *advance = json_object_get(todo, "advance");
	const json_t *reset = json_object_get(todo, "reset");
	struct {
		const char *method, *path;
		const json_t *body;
	} in = { "", "", NULL };
	static const struct shape shape[] = {
		{ "method", SHAPE_TEXT, 0, NULL },
		{ "path", SHAPE_TEXT, sizeof(char *), NULL },
		{ "body", SHAPE_OBJECT, 2 * sizeof(char *), NULL },
		{ NULL, SHAPE_ANY, 0, NULL },
	};
	char name[160];
	int64_t by;

	snprintf(name, sizeof(name), "%s.%s", where,
	    clock ? "clock" : advance ? "advance" : "request");
	if (clock)
		return timing_check(clock, name, c);
	if (advance)
		return shape_span(advance, name, &by, c);
	if (reset && strcmp(json_string_value(reset), "connections") != 0)
		return complain(c, where, "reset", "knows connections alone");
	if (!json_object_get(todo, "request"))
		return true;
	if (!shape_read(shape, json_object_get(todo, "request"), name, &in, c))
		return false;
	return (*in.method && *in.path) ||
	    complain(c, name, *in.method ? "path" : "method", "is required");
}

static bool
node_ok(const json_t *todo, const char *where, struct complaint *c)
{
	char name[160];
	int state = -1;

	if (!json_object_get(todo, "node"))
		return true;
	snprintf(name, sizeof(name), "%s.set", where);
	if (!shape_read(node_shape, json_object_get(todo, "set"), name,
		&state, c))
		return false;
	return state >= 0 ||
	    complain_words(c, name, "state", node_states, "is required");
}

static bool
todo_ok(const json_t *todo, const char *where, struct complaint *c)
{
	const char *names[ACTIONS + 1] = { NULL };
	int action = json_is_object(todo) ? action_of(todo) : -1;
	const char *key;
	json_t *value;

	for (size_t i = 0; i < ACTIONS; i++)
		names[i] = actions[i].name;
	if (action < 0)
		return complain_words(c, where, "", names,
		    "must name something to do");
	if (json_typeof(json_object_get(todo, actions[action].name)) !=
	    actions[action].type)
		return complain(c, where, actions[action].name,
		    actions[action].type == JSON_STRING
			? "must be a string"
			: "must be an object");
	json_object_foreach((json_t *)(uintptr_t)todo, key, value)
		if (!goes_with(action, key))
			return complain(c, where, key,
			    "does not go with %s", actions[action].name);
	return outage_ok(todo, where, c) && fault_ok(todo, where, c) &&
	    node_ok(todo, where, c) && others_ok(todo, where, c);
}

bool
step_parse(struct step *s, const json_t *tree, const char *where,
    struct complaint *c)
{
	struct step_input in = { .at = -1 };
	char name[120];

	memset(s, 0, sizeof(*s));
	if (!shape_read(step_shape, tree, where, &in, c) ||
	    !read_on(s, in.on, where, c))
		return false;
	if ((in.at >= 0) == (in.on != NULL))
		return complain(c, where, "at",
		    "a step has either at or on");
	s->at = in.at;
	s->after = in.after;
	s->virtual_clock = in.clock == 1;
	s->todo = json_is_array(in.todo)
	    ? json_incref((json_t *)(uintptr_t)in.todo)
	    : json_pack("[O?]", in.todo);
	snprintf(name, sizeof(name), "%s.do", where);
	if (json_array_size(s->todo) == 0 || !in.todo)
		return complain(c, name, "", "is required");
	for (size_t i = 0; i < json_array_size(s->todo); i++) {
		if (json_is_array(in.todo))
			snprintf(name, sizeof(name), "%.80s.do[%zu]", where,
			    i);
		if (!todo_ok(json_array_get(s->todo, i), name, c))
			return false;
	}
	return true;
}

void
step_release(struct step *s)
{
	match_free(s->count);
	json_decref(s->todo);
}

bool
step_do(struct faults *f, const struct scenario_host *host,
    const struct step *s, json_t *touched, struct complaint *c)
{
	for (size_t i = 0; i < json_array_size(s->todo); i++) {
		const json_t *todo = json_array_get(s->todo, i);
		int action = action_of(todo);
		struct doing d = { f, host, touched, todo,
			json_object_get(todo, actions[action].name) };

		if (!actions[action].run(&d, c))
			return false;
	}
	return true;
}
