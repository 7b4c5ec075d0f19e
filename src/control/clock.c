/*
 * /_mock/clock: the vault's time, read, set and moved on.
 */
#include "control/control.h"
#include "core/state/clock_control.h"

static verdict
show(struct request *req)
{
	return control_reply(req, 200, timing_show(req->vault));
}

static verdict
put(struct request *req)
{
	struct complaint c = { 0 };
	json_t *body = control_body(req, &c);
	bool ok = body && timing_put(req->vault, body, "", &c);

	json_decref(body);
	return ok ? show(req) : control_fail(req, 400, &c);
}

static verdict
advance(struct request *req)
{
	struct complaint c = { 0 };
	json_t *body = control_body(req, &c);
	json_t *answer = body ? timing_advance(req->vault, body, &c) : NULL;

	json_decref(body);
	return answer ? control_reply(req, 200, answer)
		      : control_fail(req, 400, &c);
}

const struct route control_clock_routes[] = {
	{ OP_READ, "clock", 0, NULL, show, NULL, "The vault's time" },
	{ OP_PUT, "clock", 0, NULL, put, NULL,
	    "Freeze, move or scale the vault's time" },
	{ OP_WRITE, "clock/advance", 0, NULL, advance, NULL,
	    "Go forward; answers with what has ended on the way" },
	ROUTE_END,
};
