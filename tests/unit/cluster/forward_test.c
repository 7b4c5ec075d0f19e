/*
 * Forwarding between two nodes whose network carries at once, or not at all.
 */
#include "cluster/forward.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/unit.h"

#define SECOND ((int64_t)1000000000)
#define LINK 77

struct pair;

struct end {
	struct pair *pair;
	uint64_t id;
	struct forward *forward;
	/* As it serves. */
	struct forward_job *job;
	int served, cancelled;
	char seen[200];
	/* As it asks. */
	int ended;
	enum forward_result result;
	int status;
	char body[100], header[100];
};

struct pair {
	struct clock *clock;
	struct end asks, serves;
	bool broken, silent; /* requests arrive, and answers do not */
	bool holds;	     /* an answer waits in held */
	struct buf held;
};

static bool
end_ask(void *arg, uint64_t to, struct slice bytes)
{
	struct end *e = arg;

	if (e->pair->broken || to != e->pair->serves.id)
		return false;
	forward_hear_request(e->pair->serves.forward, LINK, bytes);
	return true;
}

static bool
end_answer(void *arg, uint64_t link, struct slice bytes)
{
	struct end *e = arg;

	ck_assert_uint_eq(link, LINK);
	if (e->pair->broken || e->pair->silent)
		return false;
	if (e->pair->holds) {
		buf_slice(&e->pair->held, bytes);
		return true;
	}
	forward_hear_answer(e->pair->asks.forward, e->id, bytes);
	return true;
}

static void
end_reply(struct end *e)
{
	static const struct header headers[] = { { "X-Who", "active" } };
	struct forward_answer answer = { 201, headers, 1,
		SLICE("{\"data\":1}") };
	struct forward_job *j = e->job;

	e->job = NULL;
	forward_reply(j, &answer);
}

static void
end_serve(void *arg, struct forward_job *job, const struct forward_request *r)
{
	struct end *e = arg;

	e->served++;
	e->job = job;
	forward_job_set(job, e);
	snprintf(e->seen, sizeof(e->seen), "%s %s %s:%d %d %s %s=%s %.*s",
	    r->method, r->target, r->client_address, r->client_port, r->tls,
	    r->tls_text, r->headers[0].name, r->headers[0].value,
	    (int)r->body.n, r->body.p);
}

static void
end_cancelled(void *arg, struct forward_job *job)
{
	struct end *e = arg;

	ck_assert_ptr_eq(forward_job_get(job), e);
	ck_assert_ptr_eq(job, e->job);
	e->job = NULL;
	e->cancelled++;
}

static void
end_on_answer(
    void *arg, enum forward_result result, const struct forward_answer *a)
{
	struct end *e = arg;

	e->ended++;
	e->result = result;
	ck_assert((a != NULL) == (result == FORWARD_ANSWERED));
	if (!a)
		return;
	e->status = a->status;
	snprintf(e->body, sizeof(e->body), "%.*s", (int)a->body.n, a->body.p);
	snprintf(e->header, sizeof(e->header), "%s=%s", a->headers[0].name,
	    a->headers[0].value);
}

static void
end_init(struct end *e, struct pair *p, uint64_t id)
{
	struct forward_options o = { .clock = p->clock,
		.arg = e,
		.ask = end_ask,
		.answer = end_answer,
		.serve = end_serve,
		.cancelled = end_cancelled };

	e->pair = p;
	e->id = id;
	e->forward = forward_new(&o);
}

static void
pair_init(struct pair *p)
{
	memset(p, 0, sizeof(*p));
	buf_init(&p->held, 0);
	p->clock = clock_new();
	clock_freeze(p->clock, 1000 * SECOND);
	end_init(&p->asks, p, 1);
	end_init(&p->serves, p, 2);
}

static void
pair_release(struct pair *p)
{
	forward_free(p->asks.forward);
	forward_free(p->serves.forward);
	clock_free(p->clock);
	buf_release(&p->held);
}

static struct forward_call *
pair_ask(struct pair *p, int64_t timeout_ns)
{
	static const struct header headers[] = { { "X-Vault-Token", "t" } };
	struct forward_request r = { "POST", "/v1/kv/a?x=1", "10.0.0.9", 5000,
		true, "TLSv1.3", headers, 1, SLICE("{}") };

	return forward_send(
	    p->asks.forward, 2, &r, timeout_ns, end_on_answer, &p->asks);
}

START_TEST(a_request_and_its_answer)
{
	struct pair p;

	pair_init(&p);
	ck_assert(pair_ask(&p, 90 * SECOND) != NULL);
	ck_assert_str_eq(p.serves.seen,
	    "POST /v1/kv/a?x=1 10.0.0.9:5000 1 TLSv1.3 X-Vault-Token=t {}");
	ck_assert_int_eq(p.asks.ended, 0);
	end_reply(&p.serves);
	ck_assert_int_eq(p.asks.ended, 1);
	ck_assert_int_eq(p.asks.result, FORWARD_ANSWERED);
	ck_assert_int_eq(p.asks.status, 201);
	ck_assert_str_eq(p.asks.body, "{\"data\":1}");
	ck_assert_str_eq(p.asks.header, "X-Who=active");
	clock_advance(p.clock, 100 * SECOND);
	ck_assert_int_eq(p.asks.ended, 1);
	pair_release(&p);
}
END_TEST

START_TEST(who_is_gone_is_broken)
{
	struct pair p;

	pair_init(&p);
	p.broken = true;
	ck_assert(pair_ask(&p, 0) == NULL);
	p.broken = false;
	ck_assert(pair_ask(&p, 0) != NULL);
	forward_on_peer(p.asks.forward, 3, false);
	ck_assert_int_eq(p.asks.ended, 0);
	forward_on_peer(p.asks.forward, 2, false);
	ck_assert_int_eq(p.asks.ended, 1);
	ck_assert_int_eq(p.asks.result, FORWARD_BROKEN);
	/* The other end sees its link go, and stops. */
	forward_on_link_closed(p.serves.forward, LINK + 1);
	ck_assert_int_eq(p.serves.cancelled, 0);
	forward_on_link_closed(p.serves.forward, LINK);
	ck_assert_int_eq(p.serves.cancelled, 1);
	pair_release(&p);
}
END_TEST

START_TEST(time_runs_out)
{
	struct pair p;

	pair_init(&p);
	ck_assert(pair_ask(&p, 30 * SECOND) != NULL);
	clock_advance(p.clock, 29 * SECOND);
	ck_assert_int_eq(p.asks.ended, 0);
	clock_advance(p.clock, SECOND);
	ck_assert_int_eq(p.asks.ended, 1);
	ck_assert_int_eq(p.asks.result, FORWARD_TIMED_OUT);
	ck_assert_int_eq(p.serves.cancelled, 1);
	pair_release(&p);
}
END_TEST

START_TEST(a_client_that_leaves_cancels)
{
	struct pair p;
	struct forward_call *c;

	pair_init(&p);
	c = pair_ask(&p, 30 * SECOND);
	forward_cancel(c);
	ck_assert_int_eq(p.serves.cancelled, 1);
	clock_advance(p.clock, 60 * SECOND);
	ck_assert_int_eq(p.asks.ended, 0);
	pair_release(&p);
}
END_TEST

START_TEST(jobs_are_bounded)
{
	struct pair p;

	pair_init(&p);
	for (int i = 0; i < FORWARD_JOBS_MAX; i++)
		ck_assert(pair_ask(&p, 0) != NULL);
	ck_assert_int_eq(p.serves.served, FORWARD_JOBS_MAX);
	p.holds = true;
	ck_assert(pair_ask(&p, 0) != NULL);
	ck_assert_int_eq(p.serves.served, FORWARD_JOBS_MAX);
	forward_hear_answer(
	    p.asks.forward, 2, (struct slice){ p.held.p, p.held.n });
	ck_assert_int_eq(p.asks.ended, 1);
	ck_assert_int_eq(p.asks.result, FORWARD_BROKEN);
	pair_release(&p);
}
END_TEST

START_TEST(the_heartbeat)
{
	struct pair p;
	struct forward *f;

	pair_init(&p);
	f = p.asks.forward;
	ck_assert_int_eq(forward_heartbeat_age_ns(f), -1);
	ck_assert(!forward_is_healthy(f));
	forward_follow(f, 2);
	ck_assert_int_eq(forward_heartbeat_age_ns(f), 0);
	clock_advance(p.clock, 4 * SECOND);
	ck_assert_int_eq(forward_heartbeat_age_ns(f), 4 * SECOND);
	clock_advance(p.clock, 2 * SECOND);
	ck_assert_int_eq(forward_heartbeat_age_ns(f), SECOND);
	p.silent = true;
	clock_advance(p.clock, 8 * SECOND);
	ck_assert(forward_is_healthy(f));
	clock_advance(p.clock, SECOND);
	ck_assert(!forward_is_healthy(f));
	/* A connection that stands again is tried at once. */
	p.silent = false;
	forward_on_peer(f, 2, true);
	ck_assert_int_eq(forward_heartbeat_age_ns(f), 0);
	/* Who follows nobody asks nobody. */
	forward_follow(f, 0);
	clock_advance(p.clock, 60 * SECOND);
	ck_assert_int_eq(forward_heartbeat_age_ns(f), 60 * SECOND);
	pair_release(&p);
}
END_TEST

START_TEST(what_is_no_message_is_ignored)
{
	struct pair p;

	pair_init(&p);
	ck_assert(pair_ask(&p, 0) != NULL);
	forward_hear_request(p.serves.forward, LINK, SLICE("\x01nonsense"));
	forward_hear_request(p.serves.forward, LINK, SLICE("\x09"));
	forward_hear_answer(p.asks.forward, 2, SLICE("\x02"));
	/* An answer of another node is not the one that is awaited. */
	p.serves.id = 3;
	end_reply(&p.serves);
	ck_assert_int_eq(p.asks.ended, 0);
	ck_assert_int_eq(p.serves.served, 1);
	pair_release(&p);
}
END_TEST

UNIT_MAIN("forward", a_request_and_its_answer, who_is_gone_is_broken,
    time_runs_out, a_client_that_leaves_cancels, jobs_are_bounded,
    the_heartbeat, what_is_no_message_is_ignored)
