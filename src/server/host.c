/*
 * Makes the loop, turns it, ends it.
 */
#include "server/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/line_sink.h"
#include "base/mem.h"
#include "server/instance.h"
#include "server/spaces.h"

static void
host_on_alarm(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* What libevent needs for an event or a loop. What is longer may be a client's
 * bytes: then it says so, and the connection ends. */
#define EVENT_SIZE_MAX ((size_t)1024)

static void *
host_event_malloc(size_t n)
{
	void *p = malloc(n);

	if (!p && n <= EVENT_SIZE_MAX)
		mem_exhausted();
	return p;
}

bool
host_init(struct host *h, const struct options *o, struct error *e)
{
	memset(h, 0, sizeof(*h));
	h->options = o;
	h->real_clock = clock_new();
	/* What is printed as well keeps its place among the lines. */
	if (o->combine_logs)
		setvbuf(stdout, NULL, _IOLBF, 0);
	h->log_sink = line_sink_on(
	    o->combine_logs ? STDOUT_FILENO : STDERR_FILENO);
	event_set_mem_functions(host_event_malloc, realloc, free);
	h->base = event_base_new();
	if (h->base)
		h->alarm_event = event_new(h->base, -1, 0, host_on_alarm, h);
	return h->alarm_event || error_set(e, 400, "no event loop can be made");
}

void
host_release(struct host *h)
{
	if (h->alarm_event)
		event_free(h->alarm_event);
	if (h->base) {
		/* What connections have deferred is freed in one more turn. */
		event_base_loop(h->base, EVLOOP_NONBLOCK);
		event_base_free(h->base);
	}
	clock_free(h->real_clock);
	line_sink_free(h->log_sink);
	h->log_sink = NULL;
}

/* A request that came while answers went out wants its commit. What was only
 * read, as each pass may read, wants nothing. */
static bool
host_wants_commit(const struct host *h)
{
	for (struct instance *in = h->awake; in; in = in->next_awake)
		if (store_has_pending_writes(in->vault.store))
			return true;
	return false;
}

static int64_t
host_due_ns(const struct host *h)
{
	int64_t due_ns = clock_wait_ns(h->real_clock), settle_ns;

	if (h->unsettled || host_wants_commit(h))
		return 0;
	if (!h->settle || !h->settle_wait_ns)
		return due_ns;
	settle_ns = h->settle_wait_ns(h->settle_arg);
	return settle_ns >= 0 && (due_ns < 0 || settle_ns < due_ns) ? settle_ns
								    : due_ns;
}

/* Each instance has its own timer: here are the real clock and the wait. */
static void
host_set_alarm(struct host *h, int64_t wait_ns)
{
	int64_t due_ns = host_due_ns(h);
	struct timeval tv;

	if (wait_ns < 0 || (due_ns >= 0 && due_ns < wait_ns))
		wait_ns = due_ns;
	if (wait_ns < 0) {
		event_del(h->alarm_event);
		return;
	}
	instance_timeval(&tv, wait_ns);
	if (event_add(h->alarm_event, &tv) != 0)
		mem_exhausted(); /* a timer needs nothing else */
}

/* Those that were awake in the last pass go to sleep until something is due. */
static void
host_put_to_sleep(struct host *h)
{
	struct instance *awake = h->awake, *next;

	h->awake = NULL;
	for (; awake; awake = next) {
		next = awake->next_awake;
		instance_sleep(awake);
	}
}

void
host_pass(struct host *h, int64_t wait_ns)
{
	host_put_to_sleep(h);
	host_set_alarm(h, wait_ns);
	event_base_loop(h->base, EVLOOP_ONCE);
	clock_run_alarms(h->real_clock);
	/* What is due in one may write in another, which is added before. */
	for (struct instance *in = h->awake; in; in = in->next_awake)
		instance_run_due(in);
	for (struct instance *in = h->awake; in; in = in->next_awake)
		instance_commit(in);
	h->unsettled = h->settle && !h->settle(h->settle_arg);
	if (h->unsettled)
		return;
	for (struct instance *in = h->instances; in; in = in->next_in_host)
		if (in->http)
			http_flush(in->http);
	if (h->spaces)
		spaces_reap(h->spaces);
}

void
host_stop_listening(struct host *h)
{
	for (struct instance *in = h->instances; in; in = in->next_in_host)
		if (in->http)
			http_stop(in->http);
}

static bool
host_is_busy(const struct host *h)
{
	for (const struct instance *in = h->instances; in;
	     in = in->next_in_host)
		if (in->http && http_busy(in->http))
			return true;
	return false;
}

void
host_drain(struct host *h, int64_t limit_ns)
{
	int64_t end_ns = clock_real_mono() + limit_ns;

	while (host_is_busy(h) && clock_real_mono() < end_ns)
		host_pass(h, end_ns - clock_real_mono());
}

bool
host_stop_jobs(struct host *h)
{
	bool any = false;

	if (h->spaces)
		spaces_stop_jobs(h->spaces);
	for (struct instance *in = h->instances; in; in = in->next_in_host) {
		any |= in->vault.worker != NULL;
		instance_stop_jobs(in);
	}
	return any;
}
