/*
 * A job goes to the instance's threads, or runs here.
 */
#include "core/worker.h"

void
worker_submit(struct vault *v, struct worker_job *job)
{
	worker_submit_to(v->worker, job);
}

void
worker_submit_to(struct worker *w, struct worker_job *job)
{
	if (w) {
		w->submit(w, job);
		return;
	}
	if (job->start)
		job->start(job);
	job->run(job, -1);
	job->done(job);
}
