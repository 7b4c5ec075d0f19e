/*
 * Faults on their way through the pipeline: asked before the operation, waited
 * for without a thread, applied to the answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_internal.h"
#include "base/text.h"
#include "fault/fault.h"
#include "fault/response_fault.h"
#include "clock/clock.h"

/* A request that waits, for a while or for ever. */
struct parked {
	struct parked *next, *prev;
	struct request *req;
	struct alarm alarm;
};

static void
unpark(struct parked *p)
{
	struct api *a = p->req->api;

	alarm_cancel(faults_real(a->faults), &p->alarm);
	if (p->prev)
		p->prev->next = p->next;
	else
		a->parked = p->next;
	if (p->next)
		p->next->prev = p->prev;
	p->req->cancel = NULL;
}

/* ---- answers of a fault's own ---- */

static verdict
answer_of_plan(struct request *req)
{
	struct fault_plan *plan = req->plan;

	req->reply.foreign = plan->foreign;
	for (int i = 0; i < plan->nheaders; i++)
		reply_header(req, plan->headers[i].name,
		    plan->headers[i].value);
	return reply_raw(req, plan->respond ? plan->status : 200,
	    plan->content_type, plan->body);
}

/* What comes once nothing is waited for: the operation, or not. */
static verdict
carry_out(struct request *req)
{
	return req->plan->no_effect ? answer_of_plan(req) : NULL;
}

/* ---- waiting ---- */

static void
resume(struct parked *p)
{
	struct request *req = p->req;

	unpark(p);
	pipeline_resume(req, carry_out(req));
}

static void
time_is_over(void *arg, int64_t now)
{
	(void)now;
	resume(arg);
}

/* The client is gone: nothing took effect, nobody hears of it. */
static void
cancelled(struct request *req)
{
	struct parked *p = req->waiting;

	unpark(p);
	req->plan->no_effect = true;
	pipeline_resume(req, fail_no_body(req, 499));
}

static verdict
park(struct request *req, int64_t wait)
{
	struct api *a = req->api;
	struct parked *p = arena_zalloc(req->arena, sizeof(*p));
	struct clock *real = faults_real(a->faults);

	p->req = req;
	p->next = a->parked;
	if (a->parked)
		a->parked->prev = p;
	a->parked = p;
	alarm_init(&p->alarm, time_is_over, p);
	if (wait)
		alarm_set(real, &p->alarm, clock_now(real) + wait);
	req->waiting = p;
	req->cancel = cancelled;
	return reply_later(req);
}

/* A rule goes: who stalls because of it goes on as if it had not been. */
void
fault_rule_removed(void *arg, struct rule *rule)
{
	struct api *a = arg;
	struct parked *p = a->parked;

	while (p) {
		if (p->req->plan->rule != rule || !p->req->plan->stall) {
			p = p->next;
			continue;
		}
		p->req->plan->no_effect = p->req->plan->respond = false;
		p->req->plan->wire.set = false;
		resume(p);
		p = a->parked; /* its end may have ended others */
	}
}

/* ---- the phase ---- */

verdict
phase_fault(struct request *req)
{
	struct faults *f = req->api->faults;
	struct fault_plan *plan;
	if (!f || req->internal || req->admin || faults_idle(f))
		return NULL;
	plan = arena_zalloc(req->arena, sizeof(*plan));
	faults_request(f, facts_of_request(req), req->arena, plan);
	if (!plan->rule && plan->npassed == 0)
		return NULL;
	req->plan = plan;
	if (plan->stall)
		return park(req, plan->wait + plan->stall_for
		    ? plan->wait + plan->stall_for
		    : 0);
	if (plan->wait)
		return park(req, plan->wait);
	return carry_out(req);
}

/* ---- the answer ---- */

static struct rule *
shown_rule(const struct fault_plan *plan)
{
	if (plan->rule)
		return plan->rule;
	return plan->npassed ? plan->passed[plan->npassed - 1] : NULL;
}

const char *
fault_rule_id(const struct request *req)
{
	const struct rule *r = req->plan ? shown_rule(req->plan) : NULL;

	return r ? rule_id(r) : NULL;
}

/* commit "before-fault": the operation has run, its answer never was. */
static void
replace_answer(struct request *req)
{
	struct fault_plan *plan = req->plan;

	if (!plan->rule || plan->no_effect)
		return;
	if (plan->respond) {
		req->reply.nheaders = 0;
		answer_of_plan(req);
		buf_clear(&req->reply.body);
		reply_encode(req);
	}
}

static void
shape_answer(struct request *req)
{
	struct wire *w = &req->plan->wire;

	if (!w->set)
		return;
	if (w->pieces > 0 && req->reply.body.n > 0) {
		int64_t n = (int64_t)req->reply.body.n;

		w->chunk = n / w->pieces + (n % w->pieces != 0);
	}
	req->wire = w;
}

void
fault_answer(struct request *req)
{
	if (!req->plan)
		return;
	replace_answer(req);
	shape_answer(req);
	if (!req->api->strict)
		reply_header(req, "X-Mockvault-Rule", fault_rule_id(req));
}

void
fault_done(struct request *req)
{
	if (req->plan)
		faults_done(req->api->faults, req->plan);
}

/* ---- connections ---- */

bool
api_connection(struct api *a, const char *peer, bool tls, int64_t nth,
    struct wire_conn *out)
{
	struct facts facts = { .client_ip = peer, .tls = tls,
		.conn_id = nth };

	return a->faults && faults_connection(a->faults, &facts, out);
}

const struct facts *
api_facts(struct request *req)
{
	return facts_of_request(req);
}
