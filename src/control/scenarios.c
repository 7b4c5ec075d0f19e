/*
 * Scenarios over the wire: /_mock/scenarios.
 */
#include "control/control.h"

static struct scenarios *
control_scenarios(struct request *req)
{
	return control_of(req)->scenarios;
}

static enum handler_result
control_scenario_not_found(struct request *req)
{
	struct strs names = strs_in(req->arena);

	scenario_names(control_scenarios(req), &names);
	return control_not_found(req, "scenario", param_capture(req, "name"),
	    (const char *const *)strs_array(&names));
}

static enum handler_result
control_scenario_list(struct request *req)
{
	return control_reply(req, 200, scenarios_show(control_scenarios(req)));
}

static enum handler_result
control_scenario_show(struct request *req)
{
	json_t *one = scenario_show(
	    control_scenarios(req), param_capture(req, "name"));

	return one ? control_reply(req, 200, one)
		   : control_scenario_not_found(req);
}

static enum handler_result
control_scenario_put(struct request *req)
{
	const char *name = param_capture(req, "name");
	struct error c = { 0 };
	json_t *body = control_read_body(req, &c);
	bool ok = body && scenario_load(control_scenarios(req), name, body, &c);

	json_decref(body);
	return ok ? control_reply(
			req, 200, scenario_show(control_scenarios(req), name))
		  : control_fail(req, 400, &c);
}

static enum handler_result
control_scenario_delete(struct request *req)
{
	if (!scenario_delete(
		control_scenarios(req), param_capture(req, "name")))
		return control_scenario_not_found(req);
	return control_reply(req, 204, NULL);
}

static enum handler_result
control_scenario_reply(struct request *req, bool ok, struct error *c)
{
	return ok ? control_reply(req, 200,
			scenario_show(
			    control_scenarios(req), param_capture(req, "name")))
		  : control_fail(req, 400, c);
}

static enum handler_result
control_scenario_start(struct request *req)
{
	const char *name = param_capture(req, "name");
	struct error c = { 0 };
	json_t *body;
	bool ok;

	if (!scenario_exists(control_scenarios(req), name))
		return control_scenario_not_found(req);
	body = control_read_body(req, &c);
	ok = body && scenario_start(control_scenarios(req), name, body, &c);
	json_decref(body);
	return control_scenario_reply(req, ok, &c);
}

static enum handler_result
control_scenario_stop(struct request *req)
{
	const char *name = param_capture(req, "name");
	struct error c = { 0 };

	if (!scenario_exists(control_scenarios(req), name))
		return control_scenario_not_found(req);
	return control_scenario_reply(
	    req, scenario_stop(control_scenarios(req), name, &c), &c);
}

static enum handler_result
control_scenario_step(struct request *req)
{
	const char *name = param_capture(req, "name");
	struct error c = { 0 };

	if (!scenario_exists(control_scenarios(req), name))
		return control_scenario_not_found(req);
	return control_scenario_reply(
	    req, scenario_next_step(control_scenarios(req), name, &c), &c);
}

const struct route control_scenario_routes[] = {
	{ OP_READ, "scenarios", 0, NULL, control_scenario_list, NULL,
	    "Scenarios, loaded and shipped" },
	{ OP_READ, "scenarios/{name:seg}", 0, NULL, control_scenario_show, NULL,
	    "Where a scenario stands, and how its expectations fared" },
	{ OP_PUT, "scenarios/{name:seg}", 0, NULL, control_scenario_put, NULL,
	    "Load a scenario" },
	{ OP_DELETE, "scenarios/{name:seg}", 0, NULL, control_scenario_delete,
	    NULL, "Stop and forget a scenario" },
	{ OP_WRITE, "scenarios/{name:seg}/start", 0, NULL,
	    control_scenario_start, NULL,
	    "Start it, now or with the request that its begin names" },
	{ OP_WRITE, "scenarios/{name:seg}/stop", 0, NULL, control_scenario_stop,
	    NULL, "End it and judge its expectations" },
	{ OP_WRITE, "scenarios/{name:seg}/step", 0, NULL, control_scenario_step,
	    NULL, "Do its next step now" },
	ROUTE_END,
};
