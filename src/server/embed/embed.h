/*
 * The library inside: what the files of mv_* share.
 */
#ifndef MV_SERVER_EMBED_EMBED_H
#define MV_SERVER_EMBED_EMBED_H

#include <pthread.h>
#include <signal.h>

#include "mockvault.h"
#include "server/instance.h"

struct embed_job;

/* What a thread was answered last. */
struct embed_answer {
	struct embed_answer *next;
	pthread_t thread;
	struct buf body;
};

struct mockvault {
	struct options options;
	struct host host;
	struct instance instance;
	struct arena *arena; /* copies of what mv_new was given */
	struct event *wake_event;
	int wake_pipe[2];     /* a byte each: 's' to stop, 'j' for a job */
	pthread_mutex_t lock; /* of in_use, posted, answers, done of jobs */
	pthread_cond_t changed;
	bool in_use; /* a thread works with the instance */
	struct embed_job *posted;
	struct embed_job *under_way; /* of whoever works with it */
	struct embed_answer *answers;
};

/*
 * Something to be done with the instance, by the thread that has it. start is
 * called once; then is_over between two passes until it says so, NULL: it is
 * over at once. finish, which may be NULL, comes last.
 */
struct embed_job {
	struct embed_job *next;
	void (*start)(struct mockvault *mv, struct embed_job *job);
	bool (*is_over)(struct mockvault *mv, struct embed_job *job);
	void (*finish)(struct mockvault *mv, struct embed_job *job);
	int64_t end_ns; /* real: is_over is asked then at the latest */
	bool done;
};

/* Returns once the job is done, here or by the thread that has the instance. */
void embed_do(struct mockvault *mv, struct embed_job *job);
/* Passes, with the jobs of other threads between them: until mv_stop, or one
 * pass that waits at most wait_ns (-1: as long as it takes). */
void embed_serve(struct mockvault *mv, bool once, int64_t wait_ns);
/* A byte for the loop, from any thread and any signal handler. */
void embed_wake(struct mockvault *mv, char what);
/* The calling thread's last answer, made with its first. */
struct embed_answer *embed_thread_answer(struct mockvault *mv);

#endif
