/*
 * The one way in: phases in Vault's order, the first that answers ends them.
 * What comes after the handler (wrapping, the token's last use, hooks,
 * encoding) runs for every answer.
 */
#include <string.h>

#include "api/api_internal.h"
#include "base/text.h"
#include "core/mount/object_cache.h"

static enum phase_result
phase_open(struct request *req)
{
	req->mono_ns = clock_real_mono();
	req->started_ns = clock_at_mono(req->vault->clock, req->mono_ns);
	random_uuid(req->vault->random, req->id);
	return NEXT;
}

/* The control API has no seal, no token and no fault before it. */
static enum phase_result
phase_control(struct request *req)
{
	const struct api *a = req->api;

	if (!a->control || req->internal)
		return NEXT;
	if (req->admin)
		return phase_end(a->control(req));
	if (!a->control_on_main || !starts_with(req->target, "/_mock"))
		return NEXT;
	return strchr("/?", req->target[6]) ? phase_end(a->control(req)) : NEXT;
}

/* Vault 1.19: outside of all that adds headers to answers. */
static enum phase_result
phase_listener(struct request *req)
{
	if (!req->refusal)
		return NEXT;
	req->reply.no_vault_headers = true;
	return phase_end(fail(req, 400, "%s", req->refusal));
}

/* Another server's state is asked, or a recording of one. */
static enum phase_result
phase_upstream(struct request *req)
{
	const struct api *a = req->api;

	return a->upstream && !req->internal ? phase_end(a->upstream(req))
					     : NEXT;
}

static enum phase_result
phase_params(struct request *req)
{
	const char *error;

	if (req->route->flags & R_DEDICATED)
		return NEXT;
	error = params_convert(req);
	return error
	    ? phase_end(fail(req, 400, "Field validation failed: %s", error))
	    : NEXT;
}

static enum phase_result
phase_handler(struct request *req)
{
	req->record.handler_called = true;
	req->reply.inject = req->route->flags & R_INJECT;
	return phase_end(req->route->handler(req));
}

static const struct phase phases[] = {
	{ "open", phase_open },
	{ "control", phase_control },
	{ "journal", phase_journal },
	{ "listener", phase_listener },
	{ "fault", phase_fault },
	{ "upstream", phase_upstream },
	{ "target", phase_target },
	{ "token header", phase_token_header },
	{ "quota", phase_quota },
	{ "body limits", phase_body_limits },
	{ "cors", phase_cors },
	{ "clean path", phase_clean_path },
	{ "method", phase_method },
	{ "dedicated", phase_dedicated },
	{ "headers", phase_headers },
	{ "body", phase_body },
	{ "wrap header", phase_wrap_header },
	{ "policy override", phase_policy_override },
	{ "sealed", phase_sealed },
	{ "standby", phase_standby },
	{ "trailing slash", phase_trailing_slash },
	{ "token namespace", phase_token_namespace },
	{ "wrapping token", phase_wrapping_token },
	{ "route", phase_route },
	{ "token", phase_token },
	{ "help", phase_help },
	{ "rights", phase_rights },
	{ "audit", phase_audit },
	{ "lookup", phase_lookup },
	{ "tainted", phase_tainted },
	{ "params", phase_params },
	{ "handler", phase_handler },
};

/* ---- how an answer is finished ---- */

static bool
pipeline_wants_wrapping(const struct request *req)
{
	return req->wrap_ttl_s > 0 &&
	    (req->reply.kind == REPLY_ENVELOPE ||
		req->reply.kind == REPLY_RAW) &&
	    !req->reply.wrap_info && req->route &&
	    !(req->route->flags & (R_NO_WRAP | R_DEDICATED));
}

/* Vault 1.19: a lease would end with the token, whose last use this was. */
static void
pipeline_refuse_last_use_lease(struct request *req)
{
	if (req->reply.kind == REPLY_ENVELOPE && req->reply.lease_id &&
	    req->token && req->token->num_uses == -1)
		fail(req, 400,
		    "Secret cannot be returned; token had one use "
		    "left, so leased credentials were immediately "
		    "revoked.");
}

/* Vault's own API, asked from outside. */
static bool
is_client_vault_request(const struct request *req)
{
	return !req->internal && !req->admin &&
	    !starts_with(req->target, "/_mock");
}

/* The health and the like say nothing of the store. */
bool
api_response_needs_commit(const struct request *req)
{
	const struct store *s = req->vault->store;
	bool status = req->op == OP_READ && req->route &&
	    (req->route->flags & R_DEDICATED);

	return !status && (store_has_pending_writes(s) || store_has_failed(s));
}

static void
pipeline_send(struct request *req)
{
	int digit;

	fault_apply_to_reply(req);
	req->record.is_unsure = api_response_needs_commit(req);
	journal_response(req);
	fault_done(req);
	digit = req->reply.status / 100;
	if (is_client_vault_request(req))
		req->api
		    ->answered_by_class[digit > 0 && digit < 6 ? digit : 0]++;
	request_in_flight_remove(req);
	req->done(req, req->done_arg);
}

/* The steps from the first answer to the one that goes out, in the order of
 * docs/architecture.md: each works on what those before it left. */
static void
pipeline_finish(struct request *req)
{
	struct vault *v = req->vault;
	bool kept = req->reply.kind != REPLY_ERROR;

	req->record.committed = kept && req->record.handler_called;
	pipeline_refuse_last_use_lease(req);
	if (req->reply.kind == REPLY_ENVELOPE && req->route &&
	    !(req->route->flags & R_DEDICATED) && !req->reply.wrap_info)
		params_warn(req);
	if (pipeline_wants_wrapping(req))
		wrap_response(req);
	audit_response(req);
	reply_encode(req);
	/* The encoding found no memory for it: nothing is done. */
	if (kept && req->reply.kind == REPLY_ERROR && req->reply.status == 503)
		kept = req->record.committed = false;
	if (is_client_vault_request(req))
		metrics_count_request(req);
	store_request_end(v->store, kept);
	if (kept && req->write_at_end)
		req->write_at_end(req, req->write_at_end_arg);
	object_cache_end_request(v, kept);
	if (req->token)
		token_revoke_if_used_up(v, req->token);
	if ((is_client_vault_request(req) || req->forwarded) &&
	    commit_must_wait(req))
		commit_hold(req);
	else
		pipeline_send(req);
}

const struct pipeline api_pipeline = {
	.phases = phases,
	.nphases = sizeof(phases) / sizeof(phases[0]),
	.finish = pipeline_finish,
	.send = pipeline_send,
};

void
api_client_gone(struct request *req)
{
	if (req->fault.cancel)
		req->fault.cancel(req);
}

void
api_handle(struct api *a, struct request *req, request_done done, void *arg)
{
	req->api = a;
	req->vault = is_client_vault_request(req) || req->internal
	    ? a->vault
	    : a->control_vault;
	req->done = done;
	req->done_arg = arg;
	req->phase = 0;
	if (is_client_vault_request(req))
		request_in_flight_add(req);
	pipeline_continue(req, NEXT);
}
