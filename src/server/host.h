/*
 * The process around its instances: the event loop, real time, the log's
 * sink, and one pass of the loop for all of them. Several hosts live side by
 * side.
 *
 * A pass looks at the instances that are awake: something of theirs may be due
 * or uncommitted. Whoever sleeps costs nothing.
 */
#ifndef MV_SERVER_HOST_H
#define MV_SERVER_HOST_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "clock/clock.h"
#include "server/options.h"

struct instance;
struct line_sink;
struct spaces;

struct host {
	const struct options *options;
	struct event_base *base;
	struct clock *real_clock;  /* nobody moves it: delays, windows, waits */
	struct event *alarm_event; /* wakes the loop for the real clock's next
				      alarm, or the end of a wait */
	struct line_sink *log_sink;
	bool log_is_file; /* the log goes to a file of its own */
	bool stopping;
	char runtime_file[300];	    /* names this process; "": none */
	struct instance *instances; /* by next_in_host, in their order */
	struct instance *awake;	    /* by next_awake */
	/* Of a cluster (nodes/nodes.h), else NULL. settle works off what is due
	 * between the nodes; false: there is more, and answers wait for it. */
	bool (*settle)(void *arg);
	void *settle_arg;
	/* How long until something is due there that the real clock does not
	 * know, -1: nothing is. NULL: there is no such thing. */
	int64_t (*settle_wait_ns)(void *arg);
	bool unsettled;
	struct instance *leader; /* the node that leads */
	struct spaces *spaces;	 /* server/spaces.h; NULL: there are none */
};

/* Without instances. false with the reason in e; host_release is still to be
 * called. */
bool host_init(struct host *h, const struct options *o, struct error *e);
/* Its instances have been released. */
void host_release(struct host *h);

/* One pass: waits for events at most `wait` (ns, -1: as long as it takes), runs
 * them and what is due, commits, then lets the answers go. */
void host_pass(struct host *h, int64_t wait_ns);

/* No instance accepts connections any more. */
void host_stop_listening(struct host *h);
/* Passes until no request is under way, for so long at most. */
void host_drain(struct host *h, int64_t limit_ns);
/* Jobs off the loop end now; their requests are answered. False: there were
 * none. While the connections are still there. */
bool host_stop_jobs(struct host *h);

#endif
