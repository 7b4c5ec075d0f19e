/*
 * /_mock/populate: rules and fixtures at once, all or nothing; the same body a
 * second time changes nothing more.
 */
#include "control/control.h"

struct wish {
	json_t *faults; /* list */
	json_t *nodes, *fixtures;
};

const struct shape control_populate_shape[] = {
	{ "faults", SHAPE_LIST, offsetof(struct wish, faults), NULL },
	{ "nodes", SHAPE_OBJECT, offsetof(struct wish, nodes), NULL },
	{ "fixtures", SHAPE_OBJECT, offsetof(struct wish, fixtures), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static const char *
id_of(const json_t *rule)
{
	return json_string_value(json_object_get(rule, "id"));
}

/* The complaint's field below faults[i]. */
static bool
misplaced(size_t i, struct complaint *c)
{
	char field[sizeof(c->field)];

	snprintf(field, sizeof(field), "faults[%zu]%s%.160s", i,
	    *c->field ? "." : "", c->field);
	snprintf(c->field, sizeof(c->field), "%s", field);
	return false;
}

static bool
without_id(size_t i, struct complaint *c)
{
	complain(c, "", "id", "must be given: by it the rule is known when "
			      "this is done again");
	return misplaced(i, c);
}

/* On a set of rules of its own: what holds there holds in the real one. */
static bool
rules_hold(const struct control *control, const struct wish *w,
    struct complaint *c)
{
	struct faults *trial =
	    faults_new(control->vault, control->real, NULL, 0);
	bool ok = true;
	json_t *rule;
	size_t i;

	json_array_foreach(w->faults, i, rule) {
		if (!id_of(rule))
			ok = without_id(i, c);
		else if (!faults_replace(trial, id_of(rule), rule, c))
			ok = misplaced(i, c);
		if (!ok)
			break;
	}
	faults_free(trial);
	return ok;
}

static bool
acceptable(const struct control *control, const struct wish *w,
    struct complaint *c)
{
	const char *node = json_object_iter_key(json_object_iter(w->nodes));

	if (node)
		return complain(c, "nodes", node,
		    "this server is one node alone; nodes must be {}");
	if (json_array_size(w->faults) && !control->faults)
		return complain(c, "", "faults", "this server has no faults");
	return !json_array_size(w->faults) || rules_hold(control, w, c);
}

static bool
carry_out(const struct control *control, const struct wish *w, json_t *rules,
    struct complaint *c)
{
	json_t *rule;
	size_t i;

	if (w->fixtures &&
	    !control->host.fixtures(control->host.arg, w->fixtures, c))
		return false;
	json_array_foreach(w->faults, i, rule) {
		struct rule *made = faults_replace(control->faults,
		    id_of(rule), rule, c);

		if (!made)
			return misplaced(i, c);
		json_array_append_new(rules, rule_show(made));
	}
	return true;
}

static json_t *
sections(json_t *fixtures)
{
	json_t *names = json_array(), *value;
	const char *name;

	json_object_foreach(fixtures, name, value)
		json_array_append_new(names, json_string(name));
	return names;
}

static verdict
populate(struct request *req)
{
	const struct control *control = control_of(req);
	struct complaint c = { 0 };
	struct wish w = { 0 };
	json_t *body = control_body(req, &c), *rules = json_array();
	json_t *answer = NULL;

	if (body && shape_read(control_populate_shape, body, "", &w, &c) &&
	    acceptable(control, &w, &c) && carry_out(control, &w, rules, &c))
		answer = json_pack("{s:O, s:o}", "faults", rules, "fixtures",
		    sections(w.fixtures));
	json_decref(rules);
	json_decref(body);
	return answer ? control_reply(req, 200, answer)
		      : control_fail(req, 400, &c);
}

const struct route control_populate_routes[] = {
	{ OP_WRITE, "populate", 0, NULL, populate, NULL,
	    "Put rules and fixtures in force at once" },
	ROUTE_END,
};
