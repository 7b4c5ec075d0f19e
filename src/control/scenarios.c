/*
 * Scenarios over the wire: /_mock/scenarios.
 */
#include "control/control.h"

static struct scenarios *
all(struct request *req)
{
	return control_of(req)->scenarios;
}

static verdict
missing(struct request *req)
{
	return control_missing(req, "scenario", capture(req, "name"),
	    scenario_names(all(req), req->arena));
}

static verdict
list(struct request *req)
{
	return control_reply(req, 200, scenarios_show(all(req)));
}

static verdict
show(struct request *req)
{
	json_t *one = scenario_show(all(req), capture(req, "name"));

	return one ? control_reply(req, 200, one) : missing(req);
}

static verdict
put(struct request *req)
{
	const char *name = capture(req, "name");
	struct complaint c = { 0 };
	json_t *body = control_body(req, &c);
	bool ok = body && scenario_load(all(req), name, body, &c);

	json_decref(body);
	return ok ? control_reply(req, 200, scenario_show(all(req), name))
		  : control_fail(req, 400, &c);
}

static verdict
drop(struct request *req)
{
	if (!scenario_forget(all(req), capture(req, "name")))
		return missing(req);
	return control_reply(req, 204, NULL);
}

static verdict
carry(struct request *req, bool ok, struct complaint *c)
{
	return ok ? control_reply(req, 200,
			scenario_show(all(req), capture(req, "name")))
		  : control_fail(req, 400, c);
}

static verdict
start(struct request *req)
{
	const char *name = capture(req, "name");
	struct complaint c = { 0 };

	if (!scenario_known(all(req), name))
		return missing(req);
	return carry(req, scenario_start(all(req), name, true, &c), &c);
}

static verdict
stop(struct request *req)
{
	const char *name = capture(req, "name");
	struct complaint c = { 0 };

	if (!scenario_known(all(req), name))
		return missing(req);
	return carry(req, scenario_stop(all(req), name, &c), &c);
}

static verdict
step(struct request *req)
{
	const char *name = capture(req, "name");
	struct complaint c = { 0 };

	if (!scenario_known(all(req), name))
		return missing(req);
	return carry(req, scenario_step(all(req), name, &c), &c);
}

const struct route control_scenario_routes[] = {
	{ OP_READ, "scenarios", 0, NULL, list, NULL,
	    "Scenarios, loaded and shipped" },
	{ OP_READ, "scenarios/{name:seg}", 0, NULL, show, NULL,
	    "Where a scenario stands, and how its expectations fared" },
	{ OP_PUT, "scenarios/{name:seg}", 0, NULL, put, NULL,
	    "Load a scenario" },
	{ OP_DELETE, "scenarios/{name:seg}", 0, NULL, drop, NULL,
	    "Stop and forget a scenario" },
	{ OP_WRITE, "scenarios/{name:seg}/start", 0, NULL, start, NULL,
	    "Start it now" },
	{ OP_WRITE, "scenarios/{name:seg}/stop", 0, NULL, stop, NULL,
	    "End it and judge its expectations" },
	{ OP_WRITE, "scenarios/{name:seg}/step", 0, NULL, step, NULL,
	    "Do its next step now" },
	ROUTE_END,
};
