/*
 * Long work of a call: done in slices, in passes to come, so that other
 * requests go between.
 */
#ifndef MV_CONTROL_SLICED_WORK_H
#define MV_CONTROL_SLICED_WORK_H

#include "control/control.h"

struct sliced_work {
	/* Some tens of microseconds of it; false: that was the last. */
	bool (*step)(void *arg);
	/* Once all is done. */
	enum handler_result (*answer)(struct request *req, void *arg);
	/* The end of what it holds: after the answer, or once the client has
	 * gone. NULL: it holds nothing. */
	void (*release)(void *arg);
};

/* work is static, arg lives as long as the request. */
enum handler_result control_work_in_slices(
    struct request *req, const struct sliced_work *work, void *arg);

#endif
