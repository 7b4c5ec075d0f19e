/*
 * /_mock/clock: the vault's time, read, set and moved on. A way forward on
 * which much ends takes several passes; who asked for it is answered at its
 * end.
 */
#include "control/document.h"
#include "control/event_log.h"
#include "core/state/clock_control.h"

static enum handler_result
control_clock_show(struct request *req)
{
	return control_reply(req, 200, clock_control_show(req->vault));
}

struct clock_wait {
	struct request *req;
	struct clock_command *cmd;
	enum handler_result (*answer)(struct clock_wait *wait);
};

static void
control_clock_on_done(void *arg)
{
	struct clock_wait *wait = arg;
	struct clock_command *cmd = wait->cmd;

	struct request *req = wait->req;
	enum handler_result result;

	req->fault.cancel = NULL;
	result = wait->answer(wait);
	clock_command_release(cmd);
	if (result != PENDING)
		pipeline_resume(req, result);
}

/* The client has gone; the clock goes on. */
static void
control_clock_cancel(struct request *req)
{
	struct clock_wait *wait = req->fault.cancel_arg;

	clock_command_release(wait->cmd);
	pipeline_abandon(req);
}

/* Answers when the command is done, which it may be already. */
static enum handler_result
control_clock_wait(struct request *req, struct clock_command *cmd,
    enum handler_result (*answer)(struct clock_wait *wait))
{
	struct clock_wait *wait = arena_alloc(req->arena, sizeof(*wait));
	enum handler_result result;

	*wait = (struct clock_wait){ req, cmd, answer };
	if (clock_command_is_done(cmd)) {
		result = answer(wait);
		clock_command_release(cmd);
		return result;
	}
	clock_command_on_done(cmd, control_clock_on_done, wait);
	req->fault.cancel_arg = wait;
	req->fault.cancel = control_clock_cancel;
	return PENDING;
}

/* The scale of TTLs and the skew are none of the clock's: it is told here. */
static enum handler_result
control_clock_put_answer(struct clock_wait *wait)
{
	event_log_clock_changed(control_of(wait->req)->events);
	return control_clock_show(wait->req);
}

static enum handler_result
control_clock_put(struct request *req)
{
	struct error c = { 0 };
	json_t *body = control_read_body(req, &c);
	struct clock_command *cmd = body
	    ? clock_command_put(req->vault, body, "", &c)
	    : NULL;

	json_decref(body);
	return cmd ? control_clock_wait(req, cmd, control_clock_put_answer)
		   : control_fail(req, 400, &c);
}

static enum handler_result
control_clock_advance_answer(struct clock_wait *wait)
{
	char head[CLOCK_COMMAND_HEAD_MAX];
	struct buf ended;

	clock_command_take(wait->cmd, head, &ended);
	return control_reply_document(wait->req, NULL, slice_of(head), &ended);
}

static enum handler_result
control_clock_advance(struct request *req)
{
	struct error c = { 0 };
	json_t *body = control_read_body(req, &c);
	struct clock_command *cmd = body
	    ? clock_command_advance(req->vault, body, &c)
	    : NULL;

	json_decref(body);
	return cmd ? control_clock_wait(req, cmd, control_clock_advance_answer)
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
