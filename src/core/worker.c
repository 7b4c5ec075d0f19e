/*
 * A job goes to the instance's threads, or runs here.
 */
#include "core/worker.h"

void
worker_submit(struct vault *v, struct worker_job *job)
{
	if (v->worker) {
		v->worker->submit(v->worker, job);
		return;
	}
	if (job->start)
		job->start(job);
	job->run(job, -1);
	job->done(job);
}
