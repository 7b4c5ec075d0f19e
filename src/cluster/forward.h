/*
 * Requests that a standby hands to the active node and the answers that come
 * back, over any network that carries bytes both ways; and the heartbeat by
 * which a standby knows that this would work.
 *
 * Vault 1.19: a standby asks the active node every 5 s; when no answer came for
 * twice as long, sys/health says 474.
 */
#ifndef MV_CLUSTER_FORWARD_H
#define MV_CLUSTER_FORWARD_H

#include <stdbool.h>
#include <stdint.h>

#include "clock/clock.h"
#include "cluster/forward_message.h"

struct forward;
struct forward_call; /* at the node that asks */
struct forward_job;  /* at the node that answers */

#define FORWARD_HEARTBEAT_NS ((int64_t)5 * 1000000000)
/* What is served at once; more is not taken. */
#define FORWARD_JOBS_MAX 4096

enum forward_result {
	FORWARD_ANSWERED,
	FORWARD_BROKEN, /* nobody can say whether it was done */
	FORWARD_TIMED_OUT,
};

struct forward_options {
	struct clock *clock;
	void *arg;
	/* As tcp_network_ask and tcp_network_answer. */
	bool (*ask)(void *arg, uint64_t to, struct slice bytes);
	bool (*answer)(void *arg, uint64_t link, struct slice bytes);
	/* A request came in: forward_reply answers it, now or later. Texts live
	 * until serve returns. */
	void (*serve)(void *arg, struct forward_job *job,
	    const struct forward_request *r);
	/* Nobody waits for its answer any longer: the job is freed on return.
	 */
	void (*cancelled)(void *arg, struct forward_job *job);
};

struct forward *forward_new(const struct forward_options *o);
/* Calls and jobs are freed, nobody hears of it. NULL is allowed. */
void forward_free(struct forward *f);

/* What the network hears. Bytes that are no message are ignored. */
void forward_hear_request(struct forward *f, uint64_t link, struct slice bytes);
void forward_hear_answer(struct forward *f, uint64_t from, struct slice bytes);
void forward_on_link_closed(struct forward *f, uint64_t link);
void forward_on_peer(struct forward *f, uint64_t id, bool up);
/* Every connection is gone: calls are broken, jobs cancelled. */
void forward_lose_all(struct forward *f);

/* answer is NULL unless the result is FORWARD_ANSWERED, and borrowed. */
typedef void (*forward_fn)(
    void *arg, enum forward_result result, const struct forward_answer *answer);

/* Asks a node; fn is called once, later, unless it is cancelled before. NULL:
 * it is broken already. timeout_ns 0: no limit. */
struct forward_call *forward_send(struct forward *f, uint64_t to,
    const struct forward_request *r, int64_t timeout_ns, forward_fn fn,
    void *arg);
/* The client has gone. */
void forward_cancel(struct forward_call *c);

/* What a job belongs to, for whoever serves it. */
void forward_job_set(struct forward_job *j, void *data);
void *forward_job_get(const struct forward_job *j);
/* Answers and frees the job. */
void forward_reply(struct forward_job *j, const struct forward_answer *answer);

/* The active node from now on, 0: nobody, or this one. */
void forward_follow(struct forward *f, uint64_t active);
/* How long ago the active node last answered; -1: never. */
int64_t forward_heartbeat_age_ns(const struct forward *f);
bool forward_is_healthy(const struct forward *f);

#endif
