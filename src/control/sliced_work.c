/*
 * The first slice is the call's own; later ones are an alarm's of the real
 * clock, which is due at once.
 */
#include "control/sliced_work.h"

struct sliced_call {
	struct request *req;
	const struct sliced_work *work;
	void *arg;
	struct alarm alarm;
};

static enum handler_result
sliced_call_answer(struct sliced_call *call)
{
	enum handler_result result = call->work->answer(call->req, call->arg);

	if (call->work->release)
		call->work->release(call->arg);
	return result;
}

static void
sliced_call_wait(struct sliced_call *call)
{
	struct clock *real = control_of(call->req)->real_clock;

	alarm_set(real, &call->alarm, clock_now(real));
}

static void
sliced_call_on_alarm(void *arg, int64_t now_ns)
{
	struct sliced_call *call = arg;
	struct request *req = call->req;
	struct clock *real = control_of(req)->real_clock;
	enum handler_result result;
	bool more;

	(void)now_ns;
	do
		more = call->work->step(call->arg);
	while (more && !clock_slice_is_over(real));
	if (more) {
		sliced_call_wait(call);
		return;
	}
	req->fault.cancel = NULL;
	result = sliced_call_answer(call);
	if (result != PENDING)
		pipeline_resume(req, result);
}

/* The client has gone. */
static void
sliced_call_cancel(struct request *req)
{
	struct sliced_call *call = req->fault.cancel_arg;

	alarm_cancel(control_of(req)->real_clock, &call->alarm);
	if (call->work->release)
		call->work->release(call->arg);
	pipeline_abandon(req);
}

enum handler_result
control_work_in_slices(
    struct request *req, const struct sliced_work *work, void *arg)
{
	struct sliced_call *call = arena_zalloc(req->arena, sizeof(*call));
	int64_t end_ns = clock_real_cpu() + CLOCK_FIRST_SLICE_NS;
	bool more;

	call->req = req;
	call->work = work;
	call->arg = arg;
	do
		more = work->step(arg);
	while (more && clock_real_cpu() < end_ns);
	if (!more)
		return sliced_call_answer(call);
	alarm_init(&call->alarm, sliced_call_on_alarm, call);
	sliced_call_wait(call);
	req->fault.cancel_arg = call;
	req->fault.cancel = sliced_call_cancel;
	return PENDING;
}
