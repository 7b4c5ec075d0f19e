/*
 * Forwarding: calls that wait for their answers, jobs that are being served,
 * and the heartbeat.
 */
#include "cluster/forward.h"

#include <stdlib.h>

#include "base/mem.h"

struct forward_call {
	struct forward_call *next, *prev;
	struct forward *forward;
	uint64_t number, to;
	forward_fn fn;
	void *arg;
	struct alarm deadline;
};

struct forward_job {
	struct forward_job *next, *prev;
	struct forward *forward;
	uint64_t number, link;
	void *data;
};

struct forward {
	struct forward_options options;
	struct forward_call *calls;
	struct forward_job *jobs;
	int njobs;
	uint64_t last_number;
	uint64_t active; /* 0: nobody is followed */
	struct alarm heartbeat;
	bool has_heartbeat;
	int64_t heartbeat_ns; /* the last one that was answered */
};

/* ---- calls ---- */

static void
forward_drop_call(struct forward_call *c)
{
	struct forward *f = c->forward;

	if (c->prev)
		c->prev->next = c->next;
	else
		f->calls = c->next;
	if (c->next)
		c->next->prev = c->prev;
	alarm_cancel(f->options.clock, &c->deadline);
	free(c);
}

static void
forward_end_call(struct forward_call *c, enum forward_result result,
    const struct forward_answer *answer)
{
	forward_fn fn = c->fn;
	void *arg = c->arg;

	forward_drop_call(c);
	fn(arg, result, answer);
}

static bool
forward_say(struct forward *f, uint64_t to, const struct forward_message *m)
{
	struct buf bytes;
	bool ok;

	buf_init(&bytes, 0);
	forward_encode(&bytes, m);
	ok = !bytes.over &&
	    f->options.ask(
		f->options.arg, to, (struct slice){ bytes.p, bytes.n });
	buf_release(&bytes);
	return ok;
}

/* The other node need not go on. */
static void
forward_say_cancel(struct forward_call *c)
{
	struct forward_message m = { .type = FORWARD_CANCEL,
		.number = c->number };

	(void)forward_say(c->forward, c->to, &m);
}

static void
forward_on_deadline(void *arg, int64_t now_ns)
{
	struct forward_call *c = arg;

	(void)now_ns;
	forward_say_cancel(c);
	forward_end_call(c, FORWARD_TIMED_OUT, NULL);
}

struct forward_call *
forward_send(struct forward *f, uint64_t to, const struct forward_request *r,
    int64_t timeout_ns, forward_fn fn, void *arg)
{
	struct forward_message m = { .type = FORWARD_REQUEST,
		.number = f->last_number + 1 };
	struct forward_call *c;

	if (r->nheaders > FORWARD_HEADERS_MAX)
		return NULL;
	m.request = *r;
	if (!forward_say(f, to, &m))
		return NULL;
	c = xcalloc(1, sizeof(*c));
	c->forward = f;
	c->number = ++f->last_number;
	c->to = to;
	c->fn = fn;
	c->arg = arg;
	alarm_init(&c->deadline, forward_on_deadline, c);
	if (timeout_ns)
		alarm_set(f->options.clock, &c->deadline,
		    clock_now(f->options.clock) + timeout_ns);
	c->next = f->calls;
	if (f->calls)
		f->calls->prev = c;
	f->calls = c;
	return c;
}

void
forward_cancel(struct forward_call *c)
{
	forward_say_cancel(c);
	forward_drop_call(c);
}

static struct forward_call *
forward_find_call(const struct forward *f, uint64_t to, uint64_t number)
{
	for (struct forward_call *c = f->calls; c; c = c->next)
		if (c->number == number && c->to == to)
			return c;
	return NULL;
}

/* ---- jobs ---- */

static void
forward_drop_job(struct forward_job *j)
{
	struct forward *f = j->forward;

	if (j->prev)
		j->prev->next = j->next;
	else
		f->jobs = j->next;
	if (j->next)
		j->next->prev = j->prev;
	f->njobs--;
	free(j);
}

static void
forward_cancel_job(struct forward_job *j)
{
	struct forward *f = j->forward;

	f->options.cancelled(f->options.arg, j);
	forward_drop_job(j);
}

static void
forward_answer_over(
    struct forward *f, uint64_t link, const struct forward_message *m)
{
	struct buf bytes;

	buf_init(&bytes, 0);
	forward_encode(&bytes, m);
	if (!bytes.over)
		(void)f->options.answer(
		    f->options.arg, link, (struct slice){ bytes.p, bytes.n });
	buf_release(&bytes);
}

static void
forward_serve(struct forward *f, uint64_t link, const struct forward_message *m)
{
	struct forward_message refusal = { .type = FORWARD_ANSWER,
		.number = m->number };
	struct forward_job *j;

	if (f->njobs >= FORWARD_JOBS_MAX) {
		forward_answer_over(f, link, &refusal);
		return;
	}
	j = xcalloc(1, sizeof(*j));
	j->forward = f;
	j->number = m->number;
	j->link = link;
	j->next = f->jobs;
	if (f->jobs)
		f->jobs->prev = j;
	f->jobs = j;
	f->njobs++;
	f->options.serve(f->options.arg, j, &m->request);
}

void
forward_job_set(struct forward_job *j, void *data)
{
	j->data = data;
}

void *
forward_job_get(const struct forward_job *j)
{
	return j->data;
}

void
forward_reply(struct forward_job *j, const struct forward_answer *answer)
{
	struct forward_message m = { .type = FORWARD_ANSWER,
		.number = j->number };

	m.answer = *answer;
	forward_answer_over(j->forward, j->link, &m);
	forward_drop_job(j);
}

/* ---- the heartbeat ---- */

static void
forward_beat(struct forward *f)
{
	struct forward_message m = { .type = FORWARD_HEARTBEAT,
		.number = ++f->last_number };

	(void)forward_say(f, f->active, &m);
}

static void
forward_on_heartbeat(void *arg, int64_t now_ns)
{
	struct forward *f = arg;

	forward_beat(f);
	alarm_set(
	    f->options.clock, &f->heartbeat, now_ns + FORWARD_HEARTBEAT_NS);
}

void
forward_follow(struct forward *f, uint64_t active)
{
	if (active == f->active)
		return;
	f->active = active;
	alarm_cancel(f->options.clock, &f->heartbeat);
	if (active)
		forward_on_heartbeat(f, clock_now(f->options.clock));
}

int64_t
forward_heartbeat_age_ns(const struct forward *f)
{
	return f->has_heartbeat ? clock_now(f->options.clock) - f->heartbeat_ns
				: -1;
}

bool
forward_is_healthy(const struct forward *f)
{
	int64_t age_ns = forward_heartbeat_age_ns(f);

	return age_ns >= 0 && age_ns < 2 * FORWARD_HEARTBEAT_NS;
}

/* ---- what comes in ---- */

void
forward_hear_request(struct forward *f, uint64_t link, struct slice bytes)
{
	struct arena *a = arena_new();
	struct forward_message m;

	if (!forward_decode(a, bytes, &m)) {
		arena_free(a);
		return;
	}
	if (m.type == FORWARD_REQUEST)
		forward_serve(f, link, &m);
	for (struct forward_job *j = f->jobs; j && m.type == FORWARD_CANCEL;
	     j = j->next)
		if (j->link == link && j->number == m.number) {
			forward_cancel_job(j);
			break;
		}
	if (m.type == FORWARD_HEARTBEAT) {
		m.type = FORWARD_HEARTBEAT_ANSWER;
		forward_answer_over(f, link, &m);
	}
	arena_free(a);
}

void
forward_hear_answer(struct forward *f, uint64_t from, struct slice bytes)
{
	struct arena *a = arena_new();
	struct forward_message m;
	struct forward_call *c;

	if (forward_decode(a, bytes, &m)) {
		c = m.type == FORWARD_ANSWER
		    ? forward_find_call(f, from, m.number)
		    : NULL;
		if (c && m.answer.status)
			forward_end_call(c, FORWARD_ANSWERED, &m.answer);
		else if (c)
			forward_end_call(c, FORWARD_BROKEN, NULL);
		if (m.type == FORWARD_HEARTBEAT_ANSWER && from == f->active) {
			f->has_heartbeat = true;
			f->heartbeat_ns = clock_now(f->options.clock);
		}
	}
	arena_free(a);
}

void
forward_on_link_closed(struct forward *f, uint64_t link)
{
	struct forward_job *next;

	for (struct forward_job *j = f->jobs; j; j = next) {
		next = j->next;
		if (j->link == link)
			forward_cancel_job(j);
	}
}

/* Who is told may call again, so the list is looked at anew each time. */
void
forward_on_peer(struct forward *f, uint64_t id, bool up)
{
	struct forward_call *c = f->calls;

	if (up && id == f->active)
		forward_beat(f);
	while (!up && c) {
		if (c->to != id) {
			c = c->next;
			continue;
		}
		forward_end_call(c, FORWARD_BROKEN, NULL);
		c = f->calls;
	}
}

void
forward_lose_all(struct forward *f)
{
	while (f->jobs)
		forward_cancel_job(f->jobs);
	while (f->calls)
		forward_end_call(f->calls, FORWARD_BROKEN, NULL);
}

/* ---- beginning and end ---- */

struct forward *
forward_new(const struct forward_options *o)
{
	struct forward *f = xcalloc(1, sizeof(*f));

	f->options = *o;
	alarm_init(&f->heartbeat, forward_on_heartbeat, f);
	return f;
}

void
forward_free(struct forward *f)
{
	if (!f)
		return;
	alarm_cancel(f->options.clock, &f->heartbeat);
	while (f->calls)
		forward_drop_call(f->calls);
	while (f->jobs)
		forward_drop_job(f->jobs);
	free(f);
}
