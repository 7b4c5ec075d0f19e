/*
 * The instance's threads for jobs that would hold up the loop (core/worker.h).
 */
#ifndef MV_SERVER_WORKER_POOL_H
#define MV_SERVER_WORKER_POOL_H

#include <event2/event.h>

#include "core/worker.h"

/* NULL when the system has no more descriptors. Threads start with the first
 * job. */
struct worker *worker_new(struct event_base *base);
/* Tells running jobs to end, waits for them, and hands back every job: done is
 * called for those that never ran as well. Safe on NULL. */
void worker_free(struct worker *w);

#endif
