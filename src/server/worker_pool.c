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

#define THREADS 16

/* A job's place in a queue; its own `next` is the lanes'. */
struct entry {
	struct worker_job *job;
	struct entry *next;
};

struct queue {
	struct entry *first, **end;
};

struct pool {
	struct worker face; /* first */
	/* The loop's own. */
	struct worker_job *lanes; /* submitted and not done, in order */
	struct event *event;
	bool holding; /* nothing new is let go */
	int wake_fd; /* jobs have run */
	int stop_fd; /* jobs shall end */
	/* Shared. */
	pthread_mutex_t lock;
	pthread_cond_t more;
	pthread_t threads[THREADS];
	int nthreads, idle, nready;
	struct queue ready, ran;
	bool quit;
};

static void
queue_init(struct queue *q)
{
	q->first = NULL;
	q->end = &q->first;
}

static void
put(struct queue *q, struct entry *e)
{
	e->next = NULL;
	*q->end = e;
	q->end = &e->next;
}

static struct entry *
take(struct queue *q)
{
	struct entry *e = q->first;

	if (e && !(q->first = e->next))
		q->end = &q->first;
	return e;
}

/* ---- on the threads ---- */

static void
wake(int fd)
{
	uint64_t one = 1;
	ssize_t n = write(fd, &one, sizeof(one));

	(void)n;
}

static void *
work(void *arg)
{
	struct pool *p = arg;

	pthread_mutex_lock(&p->lock);
	while (!p->quit) {
		struct entry *e = take(&p->ready);

		if (!e) {
			p->idle++;
			pthread_cond_wait(&p->more, &p->lock);
			p->idle--;
			continue;
		}
		p->nready--;
		pthread_mutex_unlock(&p->lock);
		e->job->run(e->job, p->stop_fd);
		pthread_mutex_lock(&p->lock);
		put(&p->ran, e);
		wake(p->wake_fd);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* ---- on the loop ---- */

static void
start_thread(struct pool *p)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&p->threads[p->nthreads], NULL, work, p) == 0)
		p->nthreads++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void
let_go(struct pool *p, struct worker_job *job)
{
	struct entry *e = xmalloc(sizeof(*e));

	job->running = true;
	e->job = job;
	if (job->start)
		job->start(job);
	pthread_mutex_lock(&p->lock);
	put(&p->ready, e);
	/* One that was woken for another job still counts as idle. */
	if (++p->nready > p->idle && p->nthreads < THREADS)
		start_thread(p);
	pthread_cond_signal(&p->more);
	pthread_mutex_unlock(&p->lock);
}

/* Nothing before it in its lane stands in its way. */
static bool
may_run(const struct pool *p, const struct worker_job *job)
{
	for (const struct worker_job *other = p->lanes; other != job;
	     other = other->next)
		if (strcmp(other->lane, job->lane) == 0 &&
		    (other->alone || job->alone || !other->running))
			return false;
	return true;
}

static void
let_all_go(struct pool *p)
{
	for (struct worker_job *job = p->lanes; job; job = job->next)
		if (!job->running && may_run(p, job))
			let_go(p, job);
}

static void
submit(struct worker *w, struct worker_job *job)
{
	struct pool *p = (struct pool *)w;
	struct worker_job **end = &p->lanes;

	while (*end)
		end = &(*end)->next;
	job->next = NULL;
	job->running = false;
	*end = job;
	if (!p->holding)
		let_all_go(p);
}

static void
leave_lane(struct pool *p, struct worker_job *job)
{
	struct worker_job **at = &p->lanes;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	job->next = NULL;
}

/* What a job leaves behind stands before the next of its lane starts. */
static void
finish_ran(struct pool *p)
{
	bool held = p->holding;

	for (;;) {
		struct worker_job *job;
		struct entry *e;

		pthread_mutex_lock(&p->lock);
		e = take(&p->ran);
		pthread_mutex_unlock(&p->lock);
		if (!e)
			return;
		job = e->job;
		free(e);
		leave_lane(p, job);
		p->holding = true;
		job->done(job);
		p->holding = held;
		if (!held)
			let_all_go(p);
	}
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	uint64_t n;
	ssize_t got = read(fd, &n, sizeof(n));

	(void)got;
	(void)what;
	finish_ran(arg);
}

struct worker *
worker_new(struct event_base *base)
{
	struct pool *p = xcalloc(1, sizeof(*p));

	p->face.submit = submit;
	p->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	p->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (p->wake_fd < 0 || p->stop_fd < 0) {
		free(p);
		return NULL;
	}
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->more, NULL);
	queue_init(&p->ready);
	queue_init(&p->ran);
	p->event = event_new(base, p->wake_fd, EV_READ | EV_PERSIST, on_wake,
	    p);
	event_add(p->event, NULL);
	return &p->face;
}

/* What still waits, and what the threads had not begun, ends unrun. */
static void
hand_back(struct pool *p)
{
	struct entry *e;

	while ((e = take(&p->ready)))
		free(e);
	finish_ran(p);
	while (p->lanes) {
		struct worker_job *job = p->lanes;

		p->lanes = job->next;
		job->next = NULL;
		job->run(job, p->stop_fd);
		job->done(job);
	}
}

void
worker_free(struct worker *w)
{
	struct pool *p = (struct pool *)w;

	if (!p)
		return;
	p->holding = true;
	wake(p->stop_fd);
	pthread_mutex_lock(&p->lock);
	p->quit = true;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	for (int i = 0; i < p->nthreads; i++)
		pthread_join(p->threads[i], NULL);
	hand_back(p);
	event_free(p->event);
	close(p->wake_fd);
	close(p->stop_fd);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->more);
	free(p);
}
