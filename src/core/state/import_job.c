/*
 * Imports on a worker thread, where the store that is no longer needed is freed
 * as well: of a large one, that takes long.
 */
#include "core/state/import.h"

#include <stdlib.h>

#include "core/worker.h"

/* ---- the end of a store ---- */

struct import_end {
	struct worker_job job; /* first */
	struct import_state state;
};

static void
import_end_run(struct worker_job *job, int stop_fd)
{
	(void)stop_fd;
	import_state_release(&((struct import_end *)job)->state);
}

static void
import_end_done(struct worker_job *job)
{
	free(job);
}

static void
import_end_start(struct worker *w, struct import_state *m)
{
	struct import_end *end;

	if (!m->store) {
		import_state_release(m);
		return;
	}
	end = xcalloc(1, sizeof(*end));
	end->job = (struct worker_job){ .queue = "import end",
		.run = import_end_run,
		.done = import_end_done };
	end->state = *m;
	*m = (struct import_state){ 0 };
	worker_submit_to(w, &end->job);
}

/* ---- reading ---- */

struct import_job {
	struct worker_job job; /* first */
	struct worker *worker; /* whose it is; NULL: none's */
	const struct store_part **parts;
	struct import_order order;
	struct import_state state;
	struct error error;
	bool is_read;
};

static void
import_job_start(struct worker_job *job)
{
	struct import_job *j = (struct import_job *)job;

	j->order.start(j->order.arg);
}

static void
import_job_run(struct worker_job *job, int stop_fd)
{
	struct import_job *j = (struct import_job *)job;
	json_t *document = j->order.read(j->order.arg, &j->error);

	j->is_read = document &&
	    import_state_read(
		&j->state, j->parts, document, stop_fd, &j->error);
	json_decref(document);
	if (j->is_read && j->order.finish)
		j->order.finish(j->order.arg, &j->state);
}

static void
import_job_done(struct worker_job *job)
{
	struct import_job *j = (struct import_job *)job;

	j->order.done(j->order.arg, j->is_read ? &j->state : NULL, &j->error);
	import_end_start(j->worker, &j->state);
	error_release(&j->error);
	free(j->parts);
	free(j);
}

void
vault_import_start(struct vault *v, const struct import_order *order)
{
	struct import_job *j = xcalloc(1, sizeof(*j));

	j->job = (struct worker_job){ .queue = "import",
		.exclusive = true,
		.start = import_job_start,
		.run = import_job_run,
		.done = import_job_done };
	j->worker = order->at_once ? NULL : v->worker;
	j->parts = store_parts_list(v->store);
	j->order = *order;
	worker_submit_to(j->worker, &j->job);
}

/* ---- putting ---- */

struct import_pending {
	struct alarm alarm;
	struct vault *vault;
	struct import_state state;
};

static void
import_pending_free(struct vault *v)
{
	if (!v->import_pending)
		return;
	alarm_cancel(v->clock, &v->import_pending->alarm);
	import_end_start(v->worker, &v->import_pending->state);
	free(v->import_pending);
	v->import_pending = NULL;
}

void
vault_import_log_error(const struct vault *v, const struct error *e)
{
	log_msg(v->log, LOG_ERROR, "core", "the state was not replaced: %s: %s",
	    e->field, e->text);
}

static void
import_on_alarm(void *arg, int64_t now_ns)
{
	struct import_pending *pending = arg;
	struct vault *v = pending->vault;
	struct error e = { 0 };

	(void)now_ns;
	if (!import_state_put(v, &pending->state, &e))
		vault_import_log_error(v, &e);
	error_release(&e);
	import_pending_free(v);
}

void
vault_import_put_soon(struct vault *v, struct import_state *m)
{
	import_pending_free(v);
	v->import_pending = xcalloc(1, sizeof(*v->import_pending));
	v->import_pending_free = import_pending_free;
	v->import_pending->vault = v;
	v->import_pending->state = *m;
	*m = (struct import_state){ 0 };
	alarm_init(
	    &v->import_pending->alarm, import_on_alarm, v->import_pending);
	alarm_set(v->clock, &v->import_pending->alarm, clock_now(v->clock));
}
