/*
 * Named outages over the wire: /_mock/outages.
 */
#include "control/control.h"

static enum handler_result
control_outage_list(struct request *req)
{
	return control_reply(req, 200, outages_show(control_of(req)->faults));
}

static enum handler_result
control_outage_not_found(struct request *req)
{
	const char *names[128];
	int n = 0;

	for (; n < 127 && outage_at(n); n++)
		names[n] = outage_name(outage_at(n));
	names[n] = NULL;
	return control_not_found(
	    req, "outage", param_capture(req, "name"), names);
}

static enum handler_result
control_outage_show(struct request *req)
{
	const struct outage *o = outage_find(param_capture(req, "name"));

	return o ? control_reply(
		       req, 200, outage_show_state(control_of(req)->faults, o))
		 : control_outage_not_found(req);
}

static enum handler_result
control_outage_start(struct request *req)
{
	struct error c = { 0 };
	json_t *body = control_read_body(req, &c), *answer = NULL;
	int status = 400;

	if (body)
		answer = outage_start(control_of(req)->faults,
		    param_capture(req, "name"), body, &status, &c);
	json_decref(body);
	return answer ? control_reply(req, 200, answer)
		      : control_fail(req, status, &c);
}

static enum handler_result
control_outage_stop(struct request *req)
{
	bool known;

	outage_stop(
	    control_of(req)->faults, param_capture(req, "name"), &known);
	return known ? control_reply(req, 204, NULL)
		     : control_outage_not_found(req);
}

static enum handler_result
control_outage_stop_all(struct request *req)
{
	outages_stop(control_of(req)->faults);
	return control_reply(req, 204, NULL);
}

const struct route control_outage_routes[] = {
	{ OP_READ, "outages", 0, NULL, control_outage_list, NULL,
	    "Every outage with its parameters and texts" },
	{ OP_DELETE, "outages", 0, NULL, control_outage_stop_all, NULL,
	    "Turn every outage off" },
	{ OP_READ, "outages/{name:seg}", 0, NULL, control_outage_show, NULL,
	    "One outage with its parameters and texts" },
	{ OP_PUT, "outages/{name:seg}", 0, NULL, control_outage_start, NULL,
	    "Turn an outage on; the same with the same match is replaced" },
	{ OP_DELETE, "outages/{name:seg}", 0, NULL, control_outage_stop, NULL,
	    "Turn an outage off, or the one run with this id, and take back "
	    "what it changed" },
	ROUTE_END,
};
