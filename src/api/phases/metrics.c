/*
 * Counting a request once its answer is there. It runs for every request, so
 * it reads the clock once and looks nothing up.
 */
#include "core/mount/metrics.h"

#include "api/api_internal.h"

static enum metric_op
metrics_operation(const struct request *req)
{
	switch (req->op) {
	case OP_READ:
		return METRIC_READ;
	case OP_LIST:
		return METRIC_LIST;
	case OP_WRITE:
		return req->creating ? METRIC_CREATE : METRIC_UPDATE;
	case OP_DELETE:
		return METRIC_DELETE;
	case OP_PATCH:
		return METRIC_PATCH;
	case OP_HEAD:
	case OP_HELP:
	case OP_OPTIONS:
	case OP_PUT:
		break;
	}
	return METRIC_OTHER;
}

/* Vault 1.19: what has a handler of its own in the HTTP layer (health, seal)
 * is no request of the core; a route counts when its handler ran. */
void
metrics_count_request(struct request *req)
{
	struct metrics *m = req->vault->metrics;
	int status = req->reply.status;
	enum metric_op op = metrics_operation(req);
	double ms;

	if (status > 0 && status < METRIC_STATUSES)
		m->statuses[status]++;
	if (!req->mount)
		return;
	ms = (double)(vault_now(req->vault) - req->started_ns) / 1e6;
	metric_add(&m->kinds[req->route && req->route->flags & R_LOGIN
			   ? METRIC_LOGIN
			   : METRIC_REQUEST],
	    ms);
	if (req->record.handler_called)
		metric_add_operation(req->mount, op, ms);
}
