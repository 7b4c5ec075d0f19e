/*
 * /_mock/populate: rules and fixtures at once, all or nothing; the same body a
 * second time changes nothing more.
 */
#include "control/control.h"

struct populate_request {
	json_t *faults; /* list */
	json_t *nodes, *fixtures;
};

const struct schema control_populate_schema[] = {
	{ "faults", FIELD_LIST, offsetof(struct populate_request, faults),
	    NULL },
	{ "nodes", FIELD_OBJECT, offsetof(struct populate_request, nodes),
	    NULL },
	{ "fixtures", FIELD_OBJECT, offsetof(struct populate_request, fixtures),
	    NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static const char *
control_populate_rule_id(const json_t *rule)
{
	return json_string_value(json_object_get(rule, "id"));
}

/* The error's field below faults[i]. */
static bool
control_populate_prefix_field(size_t i, struct error *c)
{
	char field[sizeof(c->field)];

	snprintf(field, sizeof(field), "faults[%zu]%s%.160s", i,
	    *c->field ? "." : "", c->field);
	snprintf(c->field, sizeof(c->field), "%s", field);
	return false;
}

/* On a set of rules of its own: what holds there holds in the real one. */
static bool
control_populate_check_rules(const struct control *control,
    const struct populate_request *wanted, struct error *c)
{
	struct faults *trial_faults = faults_new(
	    control->vault, control->real_clock, NULL, 0);
	bool ok = true;
	json_t *rule;
	size_t i;

	json_array_foreach (wanted->faults, i, rule) {
		if (!control_populate_rule_id(rule)) {
			error_field(c, "", "id",
			    "must be given: by it the rule is known when "
			    "this is done again");
			ok = control_populate_prefix_field(i, c);
		} else if (!faults_replace(trial_faults,
			       control_populate_rule_id(rule), rule, c))
			ok = control_populate_prefix_field(i, c);
		if (!ok)
			break;
	}
	faults_free(trial_faults);
	return ok;
}

static bool
control_populate_check(const struct control *control,
    const struct populate_request *wanted, struct error *c)
{
	const char *node = json_object_iter_key(
	    json_object_iter(wanted->nodes));

	if (node)
		return error_field(c, "nodes", node,
		    "this server is one node alone; nodes must be {}");
	if (json_array_size(wanted->faults) && !control->faults)
		return error_field(
		    c, "", "faults", "this server has no faults");
	return !json_array_size(wanted->faults) ||
	    control_populate_check_rules(control, wanted, c);
}

static bool
control_populate_apply(const struct control *control,
    const struct populate_request *wanted, json_t *rules, struct error *c)
{
	json_t *rule;
	size_t i;

	if (wanted->fixtures &&
	    !control->host.apply_fixtures(
		control->host.arg, wanted->fixtures, c))
		return false;
	json_array_foreach (wanted->faults, i, rule) {
		struct rule *made = faults_replace(
		    control->faults, control_populate_rule_id(rule), rule, c);

		if (!made)
			return control_populate_prefix_field(i, c);
		json_array_append_new(rules, rule_show(made));
	}
	return true;
}

static json_t *
control_populate_section_names(json_t *fixtures)
{
	json_t *names = json_array(), *value;
	const char *name;

	json_object_foreach (fixtures, name, value)
		json_array_append_new(names, json_string(name));
	return names;
}

static enum handler_result
control_populate(struct request *req)
{
	const struct control *control = control_of(req);
	struct error c = { 0 };
	struct populate_request wanted = { 0 };
	json_t *body = control_read_body(req, &c), *rules = json_array();
	json_t *answer = NULL;

	if (body &&
	    schema_read(control_populate_schema, body, "", &wanted, &c) &&
	    control_populate_check(control, &wanted, &c) &&
	    control_populate_apply(control, &wanted, rules, &c))
		answer = json_pack("{s:O, s:o}", "faults", rules, "fixtures",
		    control_populate_section_names(wanted.fixtures));
	json_decref(rules);
	json_decref(body);
	return answer ? control_reply(req, 200, answer)
		      : control_fail(req, 400, &c);
}

const struct route control_populate_routes[] = {
	{ OP_WRITE, "populate", R_OWN_STATE, NULL, control_populate, NULL,
	    "Put rules and fixtures in force at once" },
	ROUTE_END,
};
