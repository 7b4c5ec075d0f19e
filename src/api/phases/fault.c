/*
 * Faults on their way through the pipeline: asked before the operation, waited
 * for without a thread, applied to the answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_internal.h"
#include "base/duration.h"
#include "base/text.h"
#include "fault/fault.h"
#include "fault/response_fault.h"
#include "clock/clock.h"

/* A request that waits, for a while or for ever. */
struct delayed_request {
	struct delayed_request *next, *prev;
	struct request *req;
	struct alarm alarm;
};

static void
fault_delay_remove(struct delayed_request *delayed)
{
	struct api *a = delayed->req->api;

	alarm_cancel(faults_real_clock(a->faults), &delayed->alarm);
	if (delayed->prev)
		delayed->prev->next = delayed->next;
	else
		a->delayed = delayed->next;
	if (delayed->next)
		delayed->next->prev = delayed->prev;
	delayed->req->fault.cancel = NULL;
	delayed->req->fault.waits_for_client = false;
}

/* ---- answers of a fault's own ---- */

static enum handler_result
fault_reply(struct request *req)
{
	struct fault_decision *decision = req->fault.decision;

	req->reply.no_vault_headers = decision->from_proxy;
	for (int i = 0; i < decision->nheaders; i++)
		reply_header(
		    req, decision->headers[i].name, decision->headers[i].value);
	return reply_raw(req, decision->respond ? decision->status : 200,
	    decision->content_type, decision->body);
}

/* What comes once nothing is waited for: the operation, or not. */
static enum phase_result
fault_after_delay(struct request *req)
{
	return req->fault.decision->skip_operation ? phase_end(fault_reply(req))
						   : NEXT;
}

/* ---- waiting ---- */

static void
fault_delay_resume(struct delayed_request *delayed)
{
	struct request *req = delayed->req;

	fault_delay_remove(delayed);
	pipeline_continue(req, fault_after_delay(req));
}

static void
fault_delay_expired(void *arg, int64_t now_ns)
{
	(void)now_ns;
	fault_delay_resume(arg);
}

/* The client is gone: nothing took effect, nobody hears of it. */
static void
fault_delay_cancelled(struct request *req)
{
	struct delayed_request *delayed = req->fault.cancel_arg;

	fault_delay_remove(delayed);
	req->fault.decision->skip_operation = true;
	pipeline_resume(req, fail_no_body(req, 499));
}

static enum phase_result
fault_delay_request(struct request *req, int64_t wait_ns)
{
	struct api *a = req->api;
	struct delayed_request *delayed = arena_zalloc(
	    req->arena, sizeof(*delayed));
	struct clock *real = faults_real_clock(a->faults);

	delayed->req = req;
	delayed->next = a->delayed;
	if (a->delayed)
		a->delayed->prev = delayed;
	a->delayed = delayed;
	alarm_init(&delayed->alarm, fault_delay_expired, delayed);
	if (wait_ns)
		alarm_set(real, &delayed->alarm,
		    time_after_ns(clock_now(real), wait_ns));
	req->fault.cancel_arg = delayed;
	req->fault.cancel = fault_delay_cancelled;
	req->fault.waits_for_client = wait_ns == 0;
	return WAIT;
}

static int64_t
fault_release_of(struct api *a, struct rule *rule)
{
	struct delayed_request *delayed = a->delayed;
	int64_t n = 0;

	while (delayed) {
		if (delayed->req->fault.decision->hold_rule != rule) {
			delayed = delayed->next;
			continue;
		}
		n++;
		fault_delay_resume(delayed);
		delayed = a->delayed; /* its end may have ended others */
	}
	return n;
}

int64_t
fault_rule_released(void *arg, struct rule *rule)
{
	int64_t n = 0;

	for (struct api *a = arg; a; a = a->next_observed)
		n += fault_release_of(a, rule);
	return n;
}

/* A rule goes, NULL: all of them: who stalls because of it goes on as if it had
 * not been. */
static void
fault_remove_of(struct api *a, struct rule *rule)
{
	struct delayed_request *delayed = a->delayed;

	while (delayed) {
		struct fault_decision *decision = delayed->req->fault.decision;

		if ((rule && decision->rule != rule &&
			decision->hold_rule != rule) ||
		    !decision->stall) {
			delayed = delayed->next;
			continue;
		}
		if (!rule || decision->rule == rule) {
			decision->skip_operation = decision->respond = false;
			decision->response_fault.set = false;
		}
		fault_delay_resume(delayed);
		delayed = a->delayed; /* its end may have ended others */
	}
}

void
fault_rule_removed(void *arg, struct rule *rule)
{
	for (struct api *a = arg; a; a = a->next_observed)
		fault_remove_of(a, rule);
}

/* ---- the phase ---- */

enum phase_result
phase_fault(struct request *req)
{
	struct faults *f = req->api->faults;
	struct fault_decision *decision;
	if (!f || req->internal || req->admin || faults_is_idle(f))
		return NEXT;
	decision = arena_zalloc(req->arena, sizeof(*decision));
	faults_decide_request(f, request_info_get(req), req->arena, decision);
	if (!decision->rule && decision->npassthrough == 0)
		return NEXT;
	req->fault.decision = decision;
	if (decision->stall)
		return fault_delay_request(
		    req, time_after_ns(decision->delay_ns, decision->stall_ns));
	if (decision->delay_ns)
		return fault_delay_request(req, decision->delay_ns);
	return fault_after_delay(req);
}

/* ---- the answer ---- */

const char *
fault_rule_id(const struct request *req)
{
	const struct fault_decision *d = req->fault.decision;
	const struct rule *r = d ? d->rule : NULL;

	if (!r && d && d->npassthrough)
		r = d->passthrough_rules[d->npassthrough - 1];
	return r ? rule_id(r) : NULL;
}

/* commit "before-fault": the operation has run, its answer never was. */
static void
fault_replace_reply(struct request *req)
{
	struct fault_decision *decision = req->fault.decision;

	if (!decision->rule || decision->skip_operation)
		return;
	if (decision->respond) {
		req->reply.nheaders = 0;
		fault_reply(req);
		buf_clear(&req->reply.body);
		reply_encode(req);
	}
}

static void
fault_set_response_fault(struct request *req)
{
	struct response_fault *response_fault =
	    &req->fault.decision->response_fault;

	if (!response_fault->set)
		return;
	if (response_fault->pieces > 0 && req->reply.body.n > 0) {
		int64_t n = (int64_t)req->reply.body.n;

		response_fault->chunk_bytes = n / response_fault->pieces +
		    (n % response_fault->pieces != 0);
	}
	req->fault.response_fault = response_fault;
}

void
api_announce_rule(struct request *req)
{
	const char *id = fault_rule_id(req);

	if (id && !req->api->no_own_headers)
		reply_header(req, "X-Mockvault-Rule", id);
}

/* The head of an answer that was passed on while it came is long out. */
void
fault_apply_to_reply(struct request *req)
{
	if (!req->fault.decision || req->stream.started)
		return;
	fault_replace_reply(req);
	fault_set_response_fault(req);
	api_announce_rule(req);
}

void
fault_done(struct request *req)
{
	if (req->fault.decision)
		faults_release_decision(req->api->faults, req->fault.decision);
}

/* ---- connections ---- */

bool
api_counts_conns(const struct api *a)
{
	return a->faults && faults_count_conns(a->faults);
}

bool
api_conn_faults(struct api *a, const char *peer, bool tls, int64_t nth,
    int64_t open, struct conn_faults *out)
{
	struct request_info info = { .client_ip = peer,
		.tls = tls,
		.conn_id = nth,
		.open_conns = open,
		.node = vault_node_name(a->vault),
		.node_active = !a->vault->standby.on };

	return a->faults && faults_decide_connection(a->faults, &info, out);
}

const struct request_info *
api_request_info(struct request *req)
{
	return request_info_get(req);
}
