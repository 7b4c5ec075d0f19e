/*
 * Named outages over the wire: /_mock/outages.
 */
#include "control/control.h"

static verdict
list(struct request *req)
{
	return control_reply(req, 200, outages_show(control_of(req)->faults));
}

static verdict
missing(struct request *req)
{
	const char *names[128];
	int n = 0;

	for (; n < 127 && outage_at(n); n++)
		names[n] = outage_name(outage_at(n));
	names[n] = NULL;
	return control_missing(req, "outage", capture(req, "name"), names);
}

static verdict
show(struct request *req)
{
	const struct outage *o = outage_find(capture(req, "name"));
	json_t *body;

	if (!o)
		return missing(req);
	body = outage_show(o);
	json_object_set_new(body, "active",
	    json_boolean(outage_active(control_of(req)->faults,
		outage_name(o))));
	return control_reply(req, 200, body);
}

static verdict
start(struct request *req)
{
	struct complaint c = { 0 };
	json_t *body = control_body(req, &c), *answer = NULL;
	int status = 400;

	if (body)
		answer = outage_start(control_of(req)->faults,
		    capture(req, "name"), body, &status, &c);
	json_decref(body);
	return answer ? control_reply(req, 200, answer)
		      : control_fail(req, status, &c);
}

static verdict
stop(struct request *req)
{
	bool known;

	outage_stop(control_of(req)->faults, capture(req, "name"), &known);
	return known ? control_reply(req, 204, NULL) : missing(req);
}

static verdict
stop_all(struct request *req)
{
	outages_stop(control_of(req)->faults);
	return control_reply(req, 204, NULL);
}

const struct route control_outage_routes[] = {
	{ OP_READ, "outages", 0, NULL, list, NULL,
	    "Every outage with its parameters and texts" },
	{ OP_DELETE, "outages", 0, NULL, stop_all, NULL,
	    "Turn every outage off" },
	{ OP_READ, "outages/{name:seg}", 0, NULL, show, NULL,
	    "One outage with its parameters and texts" },
	{ OP_PUT, "outages/{name:seg}", 0, NULL, start, NULL,
	    "Turn an outage on, or replace it" },
	{ OP_DELETE, "outages/{name:seg}", 0, NULL, stop, NULL,
	    "Turn an outage off and undo its state" },
	ROUTE_END,
};
