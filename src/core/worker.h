/*
 * Work that would hold up the loop: a job runs on a thread of its own and comes
 * back. Who starts threads is the instance's matter; without them a job runs at
 * once, where it is submitted.
 */
#ifndef MV_CORE_WORKER_H
#define MV_CORE_WORKER_H

#include <stdbool.h>

#include "core/vault.h"

/*
 * A job belongs to whoever embeds it. On the thread it may touch nothing but
 * itself: no vault, no store, no arena of a request.
 */
struct worker_job {
	/* Jobs of one queue start in the order they came; an exclusive one
	 * starts when those before it have ended, those behind it after it. */
	const char *queue;
	bool exclusive;
	/* On the loop, when its turn comes; or NULL. */
	void (*start)(struct worker_job *job);
	/* On a thread. stop_fd (-1: none) becomes readable when it shall end
	 * soon. */
	void (*run)(struct worker_job *job, int stop_fd);
	/* On the loop: the job is its owner's again. */
	void (*done)(struct worker_job *job);
	/* The worker's. */
	struct worker_job *next;
	bool running;
};

struct worker {
	void (*submit)(struct worker *w, struct worker_job *job);
};

/* Runs the job on a thread; at once, and done as well, when v->worker is
 * NULL. */
void worker_submit(struct vault *v, struct worker_job *job);
/* The same with a worker that outlives the vault; NULL: at once. */
void worker_submit_to(struct worker *w, struct worker_job *job);

#endif
