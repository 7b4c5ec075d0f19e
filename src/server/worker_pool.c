/*
 * Threads and two queues: jobs that may run, jobs that have run. A lane's order
 * is kept on the loop's side, so the threads know nothing of lanes. They block
 * every signal: those are the loop's.
 */
#include "server/worker_pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"

#define WORKER_THREADS 16

/* A job's place in a queue; its own `next` is the lanes'. */
struct worker_entry {
	struct worker_job *job;
	struct worker_entry *next;
};

struct worker_queue {
	struct worker_entry *first, **end;
};

struct worker_pool {
	struct worker worker; /* first */
	/* The loop's own. */
	struct worker_job *jobs; /* submitted and not done, in order */
	struct event *event;
	bool is_paused; /* nothing new is let go */
	int wake_fd;	/* jobs have run */
	int stop_fd;	/* jobs shall end */
	/* Shared. */
	pthread_mutex_t lock;
	pthread_cond_t more;
	pthread_t threads[WORKER_THREADS];
	int nthreads, nidle, nready;
	struct worker_queue ready_jobs, completed_jobs;
	bool is_stopping;
};

static void
worker_queue_init(struct worker_queue *queue)
{
	queue->first = NULL;
	queue->end = &queue->first;
}

static void
worker_queue_push(struct worker_queue *q, struct worker_entry *e)
{
	e->next = NULL;
	*q->end = e;
	q->end = &e->next;
}

static struct worker_entry *
worker_queue_pop(struct worker_queue *q)
{
	struct worker_entry *e = q->first;

	if (e && !(q->first = e->next))
		q->end = &q->first;
	return e;
}

/* ---- on the threads ---- */

static void
worker_write_eventfd(int fd)
{
	uint64_t one = 1;
	ssize_t n = write(fd, &one, sizeof(one));

	(void)n;
}

static void *
worker_thread_main(void *arg)
{
	struct worker_pool *p = arg;

	pthread_mutex_lock(&p->lock);
	while (!p->is_stopping) {
		struct worker_entry *e = worker_queue_pop(&p->ready_jobs);

		if (!e) {
			p->nidle++;
			pthread_cond_wait(&p->more, &p->lock);
			p->nidle--;
			continue;
		}
		p->nready--;
		pthread_mutex_unlock(&p->lock);
		e->job->run(e->job, p->stop_fd);
		pthread_mutex_lock(&p->lock);
		worker_queue_push(&p->completed_jobs, e);
		worker_write_eventfd(p->wake_fd);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* ---- on the loop ---- */

static void
worker_start_thread(struct worker_pool *p)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(
		&p->threads[p->nthreads], NULL, worker_thread_main, p) == 0)
		p->nthreads++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void
worker_dispatch_job(struct worker_pool *p, struct worker_job *job)
{
	struct worker_entry *e = xmalloc(sizeof(*e));

	job->running = true;
	e->job = job;
	if (job->start)
		job->start(job);
	pthread_mutex_lock(&p->lock);
	worker_queue_push(&p->ready_jobs, e);
	/* One that was woken for another job still counts as idle. */
	if (++p->nready > p->nidle && p->nthreads < WORKER_THREADS)
		worker_start_thread(p);
	pthread_cond_signal(&p->more);
	pthread_mutex_unlock(&p->lock);
}

/* Nothing before it in its lane stands in its way. */
static bool
worker_can_run(const struct worker_pool *p, const struct worker_job *job)
{
	for (const struct worker_job *other = p->jobs; other != job;
	     other = other->next)
		if (strcmp(other->queue, job->queue) == 0 &&
		    (other->exclusive || job->exclusive || !other->running))
			return false;
	return true;
}

static void
worker_dispatch_ready(struct worker_pool *p)
{
	for (struct worker_job *job = p->jobs; job; job = job->next)
		if (!job->running && worker_can_run(p, job))
			worker_dispatch_job(p, job);
}

static void
worker_pool_submit(struct worker *w, struct worker_job *job)
{
	struct worker_pool *p = (struct worker_pool *)w;
	struct worker_job **end = &p->jobs;

	while (*end)
		end = &(*end)->next;
	job->next = NULL;
	job->running = false;
	*end = job;
	if (!p->is_paused)
		worker_dispatch_ready(p);
}

/* What a job leaves behind stands before the next of its lane starts. */
static void
worker_finish_completed(struct worker_pool *p)
{
	bool was_paused = p->is_paused;

	for (;;) {
		struct worker_job *job;
		struct worker_entry *e;
		struct worker_job **at = &p->jobs;

		pthread_mutex_lock(&p->lock);
		e = worker_queue_pop(&p->completed_jobs);
		pthread_mutex_unlock(&p->lock);
		if (!e)
			return;
		job = e->job;
		free(e);
		while (*at != job)
			at = &(*at)->next;
		*at = job->next;
		job->next = NULL;
		p->is_paused = true;
		job->done(job);
		p->is_paused = was_paused;
		if (!was_paused)
			worker_dispatch_ready(p);
	}
}

static void
worker_on_wake(evutil_socket_t fd, short what, void *arg)
{
	uint64_t n;
	ssize_t got = read(fd, &n, sizeof(n));

	(void)got;
	(void)what;
	worker_finish_completed(arg);
}

static void
worker_pool_close(struct worker_pool *p)
{
	if (p->event)
		event_free(p->event);
	if (p->wake_fd >= 0)
		close(p->wake_fd);
	if (p->stop_fd >= 0)
		close(p->stop_fd);
	free(p);
}

struct worker *
worker_new(struct event_base *base)
{
	struct worker_pool *p = xcalloc(1, sizeof(*p));

	p->worker.submit = worker_pool_submit;
	p->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	p->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	p->event = event_new(
	    base, p->wake_fd, EV_READ | EV_PERSIST, worker_on_wake, p);
	if (p->wake_fd < 0 || p->stop_fd < 0 || !p->event ||
	    event_add(p->event, NULL) != 0 ||
	    pthread_mutex_init(&p->lock, NULL) != 0 ||
	    pthread_cond_init(&p->more, NULL) != 0) {
		worker_pool_close(p);
		return NULL;
	}
	worker_queue_init(&p->ready_jobs);
	worker_queue_init(&p->completed_jobs);
	return &p->worker;
}

/* What still waits, and what the threads had not begun, ends unrun. */
static void
worker_finish_remaining(struct worker_pool *p)
{
	struct worker_entry *e;

	while ((e = worker_queue_pop(&p->ready_jobs)))
		free(e);
	worker_finish_completed(p);
	while (p->jobs) {
		struct worker_job *job = p->jobs;

		p->jobs = job->next;
		job->next = NULL;
		job->run(job, p->stop_fd);
		job->done(job);
	}
}

void
worker_free(struct worker *w)
{
	struct worker_pool *p = (struct worker_pool *)w;

	if (!p)
		return;
	p->is_paused = true;
	worker_write_eventfd(p->stop_fd);
	pthread_mutex_lock(&p->lock);
	p->is_stopping = true;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	for (int i = 0; i < p->nthreads; i++)
		pthread_join(p->threads[i], NULL);
	worker_finish_remaining(p);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->more);
	worker_pool_close(p);
}
