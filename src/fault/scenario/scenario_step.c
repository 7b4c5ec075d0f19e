/*
 * A step of a scenario: when it is done, and what it does. The table lists what
 * a step can do.
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
	int64_t at_ns, after_ns;
	int clock;
	const json_t *on, *actions;
};

#define AT(field) offsetof(struct step_input, field)

static const char *const step_clocks[] = { "real", "virtual", NULL };

const struct schema scenario_step_schema[] = {
	{ "at", FIELD_DURATION, AT(at_ns), NULL },
	{ "clock", FIELD_ENUM, AT(clock), step_clocks },
	{ "on", FIELD_ANY, AT(on), NULL },
	{ "after", FIELD_DURATION, AT(after_ns), NULL },
	{ "do", FIELD_ANY, AT(actions), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

struct step_on_input {
	const char *event;
	const json_t *count;
	json_t *match;
	int64_t n;
};

static const struct schema step_on_schema[] = {
	{ "event", FIELD_STRING, offsetof(struct step_on_input, event), NULL },
	{ "count", FIELD_OBJECT, offsetof(struct step_on_input, count), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static const struct schema step_count_schema[] = {
	{ "match", FIELD_OBJECT, offsetof(struct step_on_input, match), NULL },
	{ "n", FIELD_INT, offsetof(struct step_on_input, n), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static bool
step_read_on(struct scenario_step *s, const json_t *on, const char *where,
    struct error *c)
{
	struct step_on_input in = { .n = 1 };
	char name[240], inner[220];

	s->event = json_string_value(on);
	if (!on || s->event)
		return true;
	snprintf(name, sizeof(name), "%s.on", where);
	if (!schema_read(step_on_schema, on, name, &in, c))
		return false;
	s->event = in.event;
	if (!in.count)
		return in.event ||
		    error_field(c, name, "", "wants event or count");
	snprintf(inner, sizeof(inner), "%.200s.count", name);
	if (!schema_read(step_count_schema, in.count, inner, &in, c))
		return false;
	snprintf(name, sizeof(name), "%.200s.match", inner);
	s->count_match = match_parse(in.match, name, c);
	s->count_n = in.n;
	return s->count_match != NULL;
}

/* ---- what ---- */

struct step_context {
	struct faults *faults;
	const struct scenario_host *host;
	const struct step_owner *owner;
	const json_t *step_action; /* the whole action */
	const json_t *value;	   /* of its first key */
};

json_t *
step_strip_comments(const json_t *object)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)object);
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe (copy, next, key, value)
		if (strncmp(key, "//", 2) == 0)
			json_object_del(copy, key);
	return copy;
}

/* What PUT would be sent. */
static json_t *
step_outage_body(const json_t *step_action)
{
	json_t *body = step_strip_comments(step_action);

	json_object_del(body, "outage");
	json_object_del(body, "off");
	return body;
}

static bool
step_do_outage(const struct step_context *d, struct error *c)
{
	const char *name = json_string_value(d->value);
	json_t *body, *answer;
	bool known;
	int status;

	if (json_is_true(json_object_get(d->step_action, "off"))) {
		outage_stop_owned(d->faults, name, d->owner->name, &known);
		return known ||
		    error_field(c, "outage", "", "no outage \"%s\"", name);
	}
	body = step_outage_body(d->step_action);
	if (d->owner->virtual_clock)
		json_object_set_new(body, "clock", json_string("virtual"));
	answer = outage_start_owned(
	    d->faults, name, body, d->owner->name, &status, c);
	json_decref(body);
	if (!answer)
		return false;
	json_array_append(d->owner->started, json_object_get(answer, "id"));
	json_decref(answer);
	return true;
}

/* A rule as it is given, with its times on the clock of the scenario's. */
static json_t *
step_rule_tree(const struct step_context *d)
{
	json_t *tree = json_deep_copy(d->value);
	json_t *when = json_object_get(tree, "when");

	if (!d->owner->virtual_clock)
		return tree;
	if (when && !json_object_get(when, "clock"))
		json_object_set_new(when, "clock", json_string("virtual"));
	if (json_object_get(tree, "expires_in") &&
	    !json_object_get(tree, "clock"))
		json_object_set_new(tree, "clock", json_string("virtual"));
	return tree;
}

/* Is the rule one that the scenario made itself? */
static bool
step_is_own_rule(const struct step_context *d, const char *id)
{
	json_t *one;
	size_t i;

	json_array_foreach (d->owner->started, i, one) {
		const char *own = json_string_value(
		    json_object_get(one, "rule"));

		if (own && strcmp(own, id) == 0)
			return true;
	}
	return false;
}

static void
step_keep_rule(const struct step_context *d, const char *id)
{
	if (!step_is_own_rule(d, id))
		scenario_keep_rule(d->owner->kept, d->faults, id);
}

static bool
step_do_fault(const struct step_context *d, struct error *c)
{
	const char *id = json_string_value(json_object_get(d->value, "id"));
	json_t *tree = step_rule_tree(d);
	bool exists;
	struct rule *r;

	if (id)
		step_keep_rule(d, id);
	r = id ? faults_replace(d->faults, id, tree, c)
	       : faults_add(d->faults, tree, &exists, c);
	json_decref(tree);
	if (r && !(id && step_is_own_rule(d, id)))
		json_array_append_new(
		    d->owner->started, json_pack("{s:s}", "rule", rule_id(r)));
	return r != NULL;
}

static bool
step_do_remove(const struct step_context *d, struct error *c)
{
	const char *id = json_string_value(d->value);

	step_keep_rule(d, id);
	return faults_remove(d->faults, id) ||
	    error_field(c, "remove", "", "no fault \"%s\"", id);
}

static const struct schema step_node_schema[] = {
	{ "state", FIELD_ENUM, 0, node_states },
	{ NULL, FIELD_ANY, 0, NULL },
};

static int
step_find_node(const struct fault_nodes *nodes, const char *name)
{
	for (int i = 0; i < nodes->n; i++)
		if (strcmp(nodes->name(nodes->arg, i), name) == 0)
			return i;
	return -1;
}

/* Of several nodes: an outage of that node alone; the state before is over. */
static bool
step_put_node(const struct step_context *d, const char *outage, struct error *c)
{
	json_t *body = json_pack("{s:{s:O}}", "match", "node", d->value);
	json_t *answer;
	int status;

	if (d->owner->virtual_clock)
		json_object_set_new(body, "clock", json_string("virtual"));
	answer = outage_start_owned(
	    d->faults, outage, body, d->owner->name, &status, c);
	json_decref(body);
	json_array_append(d->owner->started, json_object_get(answer, "id"));
	json_decref(answer);
	return answer != NULL;
}

/* By the order of node_states. */
static const char *const step_node_outages[] = { NULL, NULL, "sealed",
	"crash" };

static bool
step_do_one_of_nodes(const struct step_context *d, int state, struct error *c)
{
	const struct fault_nodes *nodes = &d->faults->nodes;
	const char *name = json_string_value(d->value);
	int at = step_find_node(nodes, name);

	if (at < 0)
		return error_field(c, "node", "", "no node \"%s\"", name);
	outages_stop_node(d->faults, d->owner->name, name);
	if (step_node_outages[state])
		return step_put_node(d, step_node_outages[state], c);
	if (strcmp(node_states[state], "standby") != 0 ||
	    !nodes->leads(nodes->arg, at))
		return true;
	return nodes->hand_over(nodes->arg) ||
	    error_field(c, "node", "", "%s cannot step down now", name);
}

/* Its words were looked at when the file was read. */
static bool
step_do_node(const struct step_context *d, struct error *c)
{
	int state = 0;
	bool ok;

	schema_read(step_node_schema, json_object_get(d->step_action, "set"),
	    "set", &state, c);
	if (d->faults->nodes.n > 0)
		return step_do_one_of_nodes(d, state, c);
	ok = node_enter(d->faults, state, d->owner->name, c);
	if (node_outage(state))
		json_array_append_new(
		    d->owner->started, json_string(node_outage(state)));
	return ok;
}

static bool
step_do_clock(const struct step_context *d, struct error *c)
{
	scenario_keep_clock(d->owner->kept, d->faults);
	return clock_control_put(d->faults->vault, d->value, "clock", c);
}

static bool
step_do_advance(const struct step_context *d, struct error *c)
{
	json_t *body = json_pack("{s:O}", "by", d->value);
	bool ok;

	scenario_keep_clock(d->owner->kept, d->faults);
	ok = clock_control_advance(d->faults->vault, body, c);
	json_decref(body);
	return ok;
}

static bool
step_do_fixtures(const struct step_context *d, struct error *c)
{
	if (!d->host->fixtures)
		return error_field(c, "fixtures", "", "cannot be loaded here");
	scenario_keep_state(d->owner->kept, d->faults);
	return d->host->fixtures(d->host->arg, d->value, c);
}

static bool
step_do_emit(const struct step_context *d, struct error *c)
{
	(void)c;
	faults_event(d->faults, json_string_value(d->value));
	return true;
}

static bool
step_do_reset(const struct step_context *d, struct error *c)
{
	const struct fault_host *h = &d->faults->host;

	if (strcmp(json_string_value(d->value), "connections") != 0)
		return error_field(c, "reset", "", "knows connections alone");
	if (d->faults->nodes.n > 0)
		d->faults->nodes.reset_connections(d->faults->nodes.arg);
	else if (h->reset_connections)
		h->reset_connections(h->arg);
	return true;
}

/* {"request": {"method","path","body"}}: an operator's. */
static bool
step_do_request(const struct step_context *d, struct error *c)
{
	const struct fault_host *h = &d->faults->host;
	const char *method = json_string_value(
	    json_object_get(d->value, "method"));
	const char *path = json_string_value(json_object_get(d->value, "path"));
	int status;

	if (!method || !path)
		return error_field(
		    c, "request", "", "wants a method and a path below /v1/");
	if (!h->admin_request)
		return error_field(c, "request", "", "cannot be sent here");
	if (strcmp(method, "GET") != 0 && strcmp(method, "LIST") != 0)
		scenario_keep_state(d->owner->kept, d->faults);
	status = h->admin_request(
	    h->arg, method, path, json_object_get(d->value, "body"), NULL);
	return status < 400 ||
	    error_field(c, "request", "", "%s %s: %d", method, path, status);
}

static const struct {
	const char *name;
	json_type type;
	const char *more[4]; /* other keys that go with it */
	bool (*run)(const struct step_context *d, struct error *c);
} step_actions[] = {
	{ "outage", JSON_STRING, { "params", "match", "for", "off" },
	    step_do_outage },
	{ "fault", JSON_OBJECT, { NULL }, step_do_fault },
	{ "remove", JSON_STRING, { NULL }, step_do_remove },
	{ "node", JSON_STRING, { "set" }, step_do_node },
	{ "clock", JSON_OBJECT, { NULL }, step_do_clock },
	{ "advance", JSON_STRING, { NULL }, step_do_advance },
	{ "fixtures", JSON_OBJECT, { NULL }, step_do_fixtures },
	{ "emit", JSON_STRING, { NULL }, step_do_emit },
	{ "reset", JSON_STRING, { NULL }, step_do_reset },
	{ "request", JSON_OBJECT, { NULL }, step_do_request },
};

#define STEP_ACTIONS (sizeof(step_actions) / sizeof(step_actions[0]))

static int
step_find_action(const json_t *step_action)
{
	for (size_t i = 0; i < STEP_ACTIONS; i++)
		if (json_object_get(step_action, step_actions[i].name))
			return (int)i;
	return -1;
}

static bool
step_is_key_allowed(int action, const char *key)
{
	if (strcmp(step_actions[action].name, key) == 0 ||
	    strncmp(key, "//", 2) == 0)
		return true;
	for (int i = 0; i < 4 && step_actions[action].more[i]; i++)
		if (strcmp(step_actions[action].more[i], key) == 0)
			return true;
	return false;
}

/* What an outage is given is looked at before anything begins. */
static bool
step_check_outage(const json_t *step_action, const char *where,
    const struct faults *f, struct error *c)
{
	const char *name = json_string_value(
	    json_object_get(step_action, "outage"));
	struct error own = { 0 };
	json_t *body;
	bool ok;

	if (!name)
		return true;
	if (json_is_true(json_object_get(step_action, "off")))
		return outage_find(name) ||
		    (!outage_refuse_unknown(name, "outage", &own) &&
			error_inside(c, where, &own));
	body = step_outage_body(step_action);
	ok = outage_check(name, body, &own) &&
	    (!f || outage_check_nodes(f, outage_find(name), &own));
	json_decref(body);
	if (!ok && !*own.field)
		snprintf(own.field, sizeof(own.field), "outage");
	return ok || error_inside(c, where, &own);
}

/* So are rules. */
static bool
step_check_fault(const json_t *step_action, const char *where, struct error *c)
{
	json_t *tree = json_object_get(step_action, "fault");
	struct error own = { 0 };
	struct rule *r = tree ? rule_parse(tree, &own) : NULL;
	char name[160];

	snprintf(name, sizeof(name), "%s.fault", where);
	if (r)
		rule_release(r);
	return !tree || r || error_inside(c, name, &own);
}

/* And the clock, and a request. */
static bool
step_check_clock_and_request(
    const json_t *step_action, const char *where, struct error *c)
{
	const json_t *clock = json_object_get(step_action, "clock");
	const json_t *advance = json_object_get(step_action, "advance");
	const json_t *reset = json_object_get(step_action, "reset");
	struct {
		const char *method, *path;
		const json_t *body;
	} in = { "", "", NULL };
	static const struct schema schema[] = {
		{ "method", FIELD_STRING, 0, NULL },
		{ "path", FIELD_STRING, sizeof(char *), NULL },
		{ "body", FIELD_OBJECT, 2 * sizeof(char *), NULL },
		{ NULL, FIELD_ANY, 0, NULL },
	};
	char name[160];
	int64_t ctx;

	snprintf(name, sizeof(name), "%s.%s", where,
	    clock	  ? "clock"
		: advance ? "advance"
			  : "request");
	if (clock)
		return clock_control_check(clock, name, c);
	if (advance)
		return schema_read_duration(advance, name, &ctx, c);
	if (reset && strcmp(json_string_value(reset), "connections") != 0)
		return error_field(
		    c, where, "reset", "knows connections alone");
	if (!json_object_get(step_action, "request"))
		return true;
	if (!schema_read(
		schema, json_object_get(step_action, "request"), name, &in, c))
		return false;
	return (*in.method && *in.path) ||
	    error_field(c, name, *in.method ? "path" : "method", "is required");
}

static bool
step_check_node(const json_t *step_action, const char *where, struct error *c)
{
	char name[160];
	int state = -1;

	if (!json_object_get(step_action, "node"))
		return true;
	snprintf(name, sizeof(name), "%s.set", where);
	if (!schema_read(step_node_schema, json_object_get(step_action, "set"),
		name, &state, c))
		return false;
	return state >= 0 ||
	    error_allowed(c, name, "state", node_states, "is required");
}

/* Nothing that can be done is named; the key that is there may be meant so. */
static bool
step_refuse_nothing(const json_t *step_action, const char *const *names,
    const char *where, struct error *c)
{
	const char *key, *near = NULL;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)step_action, key, value)
		if (!near && strncmp(key, "//", 2) != 0)
			near = nearest_word(names, key);
	return error_allowed(c, where, "", names,
	    "must name something to do%s%s%s", near ? "; did you mean \"" : "",
	    near ? near : "", near ? "\"?" : "");
}

static bool
step_refuse_key(int action, const char *key, const char *where, struct error *c)
{
	const char *names[6] = { NULL }, *near;

	for (int i = 0; i < 4 && step_actions[action].more[i]; i++)
		names[i] = step_actions[action].more[i];
	near = nearest_word(names, key);
	return error_allowed(c, where, key, names, "does not go with %s%s%s%s",
	    step_actions[action].name, near ? "; did you mean \"" : "",
	    near ? near : "", near ? "\"?" : "");
}

static bool
step_check_action(const json_t *step_action, const char *where,
    const struct faults *f, struct error *c)
{
	const char *names[STEP_ACTIONS + 1] = { NULL };
	int action = json_is_object(step_action) ? step_find_action(step_action)
						 : -1;
	const char *key;
	json_t *value;

	for (size_t i = 0; i < STEP_ACTIONS; i++)
		names[i] = step_actions[i].name;
	if (action < 0)
		return step_refuse_nothing(step_action, names, where, c);
	if (json_typeof(json_object_get(step_action,
		step_actions[action].name)) != step_actions[action].type)
		return error_field(c, where, step_actions[action].name,
		    step_actions[action].type == JSON_STRING
			? "must be a string"
			: "must be an object");
	json_object_foreach ((json_t *)(uintptr_t)step_action, key, value)
		if (!step_is_key_allowed(action, key))
			return step_refuse_key(action, key, where, c);
	return step_check_outage(step_action, where, f, c) &&
	    step_check_fault(step_action, where, c) &&
	    step_check_node(step_action, where, c) &&
	    step_check_clock_and_request(step_action, where, c);
}

bool
step_parse(struct scenario_step *s, const json_t *tree, const char *where,
    const struct faults *f, struct error *c)
{
	struct step_input in = { .at_ns = -1 };
	char name[120];

	memset(s, 0, sizeof(*s));
	if (!schema_read(scenario_step_schema, tree, where, &in, c) ||
	    !step_read_on(s, in.on, where, c))
		return false;
	if ((in.at_ns >= 0) == (in.on != NULL))
		return error_field(
		    c, where, "at", "a step has either at or on");
	s->at_ns = in.at_ns;
	s->after_ns = in.after_ns;
	s->virtual_clock = in.clock == 1;
	s->actions = json_is_array(in.actions)
	    ? json_incref((json_t *)(uintptr_t)in.actions)
	    : json_pack("[O?]", in.actions);
	snprintf(name, sizeof(name), "%s.do", where);
	if (json_array_size(s->actions) == 0 || !in.actions)
		return error_field(c, name, "", "is required");
	for (size_t i = 0; i < json_array_size(s->actions); i++) {
		if (json_is_array(in.actions))
			snprintf(name, sizeof(name), "%.80s.do[%zu]", where, i);
		if (!step_check_action(
			json_array_get(s->actions, i), name, f, c))
			return false;
	}
	return true;
}

void
step_release(struct scenario_step *s)
{
	match_free(s->count_match);
	json_decref(s->actions);
}

bool
step_do(struct faults *f, const struct scenario_host *host,
    const struct scenario_step *s, const struct step_owner *owner,
    struct error *c)
{
	for (size_t i = 0; i < json_array_size(s->actions); i++) {
		const json_t *step_action = json_array_get(s->actions, i);
		int action = step_find_action(step_action);
		struct step_context d = { f, host, owner, step_action,
			json_object_get(
			    step_action, step_actions[action].name) };

		if (!step_actions[action].run(&d, c))
			return false;
	}
	return true;
}
