/*
 * /_mock/clock: the vault's time, read, set and moved on.
 */
#include "control/control.h"
#include "control/event_log.h"
#include "core/state/clock_control.h"

static enum handler_result
control_clock_show(struct request *req)
{
	return control_reply(req, 200, clock_control_show(req->vault));
}

static enum handler_result
control_clock_put(struct request *req)
{
	struct error c = { 0 };
	json_t *body = control_read_body(req, &c);
	bool ok = body && clock_control_put(req->vault, body, "", &c);

	json_decref(body);
	if (ok) /* the scale of TTLs and the skew are none of the clock's */
		event_log_clock_changed(control_of(req)->events);
	return ok ? control_clock_show(req) : control_fail(req, 400, &c);
}

static enum handler_result
control_clock_advance(struct request *req)
{
	struct error c = { 0 };
	json_t *body = control_read_body(req, &c);
	json_t *answer = body ? clock_control_advance(req->vault, body, &c)
			      : NULL;

	json_decref(body);
	return answer ? control_reply(req, 200, answer)
		      : control_fail(req, 400, &c);
}

const struct route control_clock_routes[] = {
	{ OP_READ, "clock", 0, NULL, control_clock_show, NULL,
	    "The vault's time" },
	{ OP_PUT, "clock", 0, NULL, control_clock_put, NULL,
	    "Freeze, move or scale the vault's time" },
	{ OP_WRITE, "clock/advance", 0, NULL, control_clock_advance, NULL,
	    "Go forward; answers with what has ended on the way" },
	ROUTE_END,
};
