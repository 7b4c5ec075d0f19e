/*
 * One thread at a time works with an instance. It does the jobs of the others
 * between its passes; when it leaves, who waits for a job goes on with it.
 */
#include "server/embed/embed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The client of a socket may be gone; the program's own signals stay its. */
struct embed_sigpipe {
	sigset_t before;
	bool was_pending;
};

static void
embed_block_sigpipe(struct embed_sigpipe *s)
{
	sigset_t pipe, pending;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigpending(&pending);
	s->was_pending = sigismember(&pending, SIGPIPE) == 1;
	pthread_sigmask(SIG_BLOCK, &pipe, &s->before);
}

static void
embed_unblock_sigpipe(const struct embed_sigpipe *s)
{
	const struct timespec now = { 0, 0 };
	sigset_t pipe;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	if (!s->was_pending)
		while (sigtimedwait(&pipe, NULL, &now) == -1 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &s->before, NULL);
}

void
embed_wake(struct mockvault *mv, char what)
{
	ssize_t n = write(mv->wake_pipe[1], &what, 1);

	(void)n; /* full: it wakes anyway */
}

struct embed_answer *
embed_thread_answer(struct mockvault *mv)
{
	struct embed_answer *a;

	pthread_mutex_lock(&mv->lock);
	for (a = mv->answers; a; a = a->next)
		if (pthread_equal(a->thread, pthread_self()))
			break;
	if (!a) {
		a = xcalloc(1, sizeof(*a));
		a->thread = pthread_self();
		buf_init(&a->body, 0);
		a->next = mv->answers;
		mv->answers = a;
	}
	pthread_mutex_unlock(&mv->lock);
	return a;
}

/* With the lock. */
static void
embed_give_back(struct mockvault *mv)
{
	mv->in_use = false;
	pthread_cond_broadcast(&mv->changed);
}

/* The jobs that have come, behind those under way. */
static void
embed_start_posted(struct mockvault *mv)
{
	struct embed_job *jobs, **end = &mv->under_way;

	pthread_mutex_lock(&mv->lock);
	jobs = mv->posted;
	mv->posted = NULL;
	pthread_mutex_unlock(&mv->lock);
	while (*end)
		end = &(*end)->next;
	*end = jobs;
	for (; jobs; jobs = jobs->next)
		jobs->start(mv, jobs);
}

/* A job that is done belongs to its thread again. */
static void
embed_end_jobs(struct mockvault *mv)
{
	struct embed_job **at = &mv->under_way;

	while (*at) {
		struct embed_job *job = *at;

		if (job->is_over && !job->is_over(mv, job)) {
			at = &job->next;
			continue;
		}
		*at = job->next;
		if (job->finish)
			job->finish(mv, job);
		pthread_mutex_lock(&mv->lock);
		job->done = true;
		pthread_cond_broadcast(&mv->changed);
		pthread_mutex_unlock(&mv->lock);
	}
}

/* Until the first job under way is to be asked. */
static void
embed_pass(struct mockvault *mv, int64_t wait_ns)
{
	const struct embed_job *job;

	for (job = mv->under_way; job; job = job->next) {
		int64_t left_ns = job->end_ns - clock_now(mv->host.real_clock);

		if (left_ns < 0)
			left_ns = 0;
		if (wait_ns < 0 || left_ns < wait_ns)
			wait_ns = left_ns;
	}
	host_pass(&mv->host, wait_ns);
}

static void
embed_do_jobs(struct mockvault *mv)
{
	embed_start_posted(mv);
	embed_end_jobs(mv);
}

void
embed_serve(struct mockvault *mv, bool once, int64_t wait_ns)
{
	struct embed_sigpipe sigpipe;

	pthread_mutex_lock(&mv->lock);
	while (mv->in_use)
		pthread_cond_wait(&mv->changed, &mv->lock);
	mv->in_use = true;
	pthread_mutex_unlock(&mv->lock);
	embed_block_sigpipe(&sigpipe);
	while (once || !mv->host.stopping) {
		embed_pass(mv, wait_ns);
		embed_do_jobs(mv);
		if (once)
			break;
	}
	embed_unblock_sigpipe(&sigpipe);
	pthread_mutex_lock(&mv->lock);
	embed_give_back(mv);
	pthread_mutex_unlock(&mv->lock);
}

/* Has the instance, until the job is done. */
static void
embed_turn_until_done(struct mockvault *mv, const struct embed_job *job)
{
	struct embed_sigpipe sigpipe;

	embed_block_sigpipe(&sigpipe);
	embed_do_jobs(mv);
	while (!job->done) { /* set by this thread alone now */
		embed_pass(mv, -1);
		embed_do_jobs(mv);
	}
	embed_unblock_sigpipe(&sigpipe);
}

void
embed_do(struct mockvault *mv, struct embed_job *job)
{
	struct embed_job **end = &mv->posted;

	pthread_mutex_lock(&mv->lock);
	while (*end)
		end = &(*end)->next;
	*end = job;
	if (mv->in_use)
		embed_wake(mv, 'j');
	while (!job->done) {
		if (mv->in_use) {
			pthread_cond_wait(&mv->changed, &mv->lock);
			continue;
		}
		mv->in_use = true;
		pthread_mutex_unlock(&mv->lock);
		embed_turn_until_done(mv, job);
		pthread_mutex_lock(&mv->lock);
		embed_give_back(mv);
	}
	pthread_mutex_unlock(&mv->lock);
}
