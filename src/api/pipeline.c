/*
 * The one way in: phases in Vault's order, the first handler result ends them.
 * What comes after the handler (wrapping, the token's last use, hooks,
 * encoding) runs for every handler result.
 */
#include <string.h>

#include "api/api_internal.h"
#include "api/engine.h"
#include "base/text.h"
#include "core/mount/object_cache.h"
#include "core/seal/seal.h"

static enum phase_result
phase_start(struct request *req)
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

/* Vault 1.19: metrics, profiles and requests in flight have a handler without
 * a token only where the listener's configuration says so. */
static bool
is_route_table_closed(const struct request *req, const struct route *table)
{
	unsigned needs = table->flags & R_IF_CONFIGURED;

	if (needs == R_IF_METRICS && req->vault->config.unauthenticated_metrics)
		return false;
	return needs && !(needs & req->open_paths);
}

/* A dedicated handler owns its path, whatever the method. */
static enum phase_result
phase_dedicated(struct request *req)
{
	for (int i = 0; req->api->system_tables[i]; i++) {
		const struct route *known = NULL;
		const struct route *route;

		if (!(req->api->system_tables[i]->flags & R_DEDICATED) ||
		    is_route_table_closed(req, req->api->system_tables[i]))
			continue;
		route = route_find(
		    req, req->api->system_tables[i], req->path, &known);
		if (known && !route)
			return phase_end(fail_empty(req, 405));
		if (route) {
			req->route = route;
			return NEXT;
		}
	}
	return NEXT;
}

static enum phase_result
phase_sealed(struct request *req)
{
	if (req->route && req->route->flags & R_WHILE_SEALED)
		return NEXT;
	return seal_is_sealed(req->vault) ? phase_end(fail_sealed(req)) : NEXT;
}

/* Vault 1.19: a standby forwards what it cannot answer itself; with no active
 * node to forward to it refuses. */
static enum phase_result
phase_standby(struct request *req)
{
	const struct vault *v = req->vault;
	const char *never;

	if (!v->has_no_leader || req->internal ||
	    (req->route && req->route->flags & R_ON_STANDBY))
		return NEXT;
	never = request_header(req, "X-Vault-No-Request-Forwarding");
	if (v->no_forwarding || (never && *never))
		return phase_end(
		    fail(req, 503, "no active Vault instance found"));
	return phase_end(fail(req, 500,
	    "local node not active but active cluster node "
	    "not found"));
}

static enum phase_result
phase_trailing_slash(struct request *req)
{
	if (req->op & (OP_WRITE | OP_PATCH) && ends_with(req->path, "/") &&
	    !req->route)
		return phase_end(
		    fail(req, 400, "cannot write to a path ending in '/'"));
	return NEXT;
}

static const struct route *
system_route_find(struct request *req, const struct route **known)
{
	for (int i = 0; req->api->system_tables[i]; i++) {
		const struct route *route;

		if (req->api->system_tables[i]->flags & R_DEDICATED)
			continue;
		*known = NULL;
		route = route_find(
		    req, req->api->system_tables[i], req->path, known);
		if (route || *known)
			return route;
	}
	return NULL;
}

/* Finds mount and route but refuses nothing yet: rights come first. The route
 * of a path whose operation does not exist still says whether it wants a token.
 */
static enum phase_result
phase_route(struct request *req)
{
	const struct route *known = NULL;

	if (req->route)
		return NEXT;
	req->mount = mount_for_path(req->vault, req->path);
	if (!req->mount) { /* "secret" is the root of secret/ */
		char *slashed = arena_printf(req->arena, "%s/", req->path);

		req->mount = mount_for_path(req->vault, slashed);
		if (!req->mount)
			return NEXT;
		req->path = slashed;
	}
	req->engine = req->mount->engine;
	req->rel_path = req->path + strlen(req->mount->path);
	if (strcmp(req->mount->type, "system") == 0)
		req->route = system_route_find(req, &known);
	else
		req->route = engine_route_find(
		    req, req->engine, req->rel_path, &known);
	if (!req->route && known && known->flags & R_UNAUTH) {
		enum phase_result v;

		req->route = known;
		v = known->flags & R_LOGIN ? lockout_check(req) : NEXT;
		return v ? v : phase_end(fail_unsupported_operation(req));
	}
	return req->route && req->route->flags & R_LOGIN ? lockout_check(req)
							 : NEXT;
}

static enum phase_result
phase_unsupported(struct request *req)
{
	const struct route *known = NULL;

	if (req->route)
		return NEXT;
	if (!req->mount)
		return phase_end(fail(req, 404,
		    "no handler for route \"%s\". route entry not found.",
		    req->path));
	if (strcmp(req->mount->type, "system") == 0)
		system_route_find(req, &known);
	else
		engine_route_find(req, req->engine, req->rel_path, &known);
	return known ? phase_end(fail_unsupported_operation(req))
		     : phase_end(fail_unsupported_path(req));
}

static enum phase_result
phase_tainted(struct request *req)
{
	if (req->mount && req->mount->tainted)
		return phase_end(fail(req, 404,
		    "no handler for route \"%s\". route entry is tainted.",
		    req->path));
	return NEXT;
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
	{ "open", phase_start },
	{ "control", phase_control },
	{ "journal", phase_journal },
	{ "listener", phase_listener },
	{ "fault", phase_fault },
	{ "target", phase_path },
	{ "quota", phase_quota },
	{ "cors", phase_cors },
	{ "clean path", phase_clean_path },
	{ "method", phase_method },
	{ "dedicated", phase_dedicated },
	{ "headers", phase_headers },
	{ "wrap header", phase_wrap_header },
	{ "body", phase_body },
	{ "sealed", phase_sealed },
	{ "standby", phase_standby },
	{ "trailing slash", phase_trailing_slash },
	{ "token namespace", phase_token_namespace },
	{ "wrapping token", phase_wrapping_token },
	{ "route", phase_route },
	{ "token", phase_token },
	{ "help", phase_help },
	{ "rights", phase_acl },
	{ "audit", phase_audit },
	{ "lookup", phase_unsupported },
	{ "tainted", phase_tainted },
	{ "params", phase_params },
	{ "handler", phase_handler },
};

/* ---- after the handler result ---- */

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

static void
pipeline_count_response(struct request *req)
{
	int digit = req->reply.status / 100;

	if (is_client_vault_request(req))
		req->api
		    ->answered_by_class[digit > 0 && digit < 6 ? digit : 0]++;
}

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
	if (is_client_vault_request(req))
		metrics_count_request(req);
	store_request_end(v->store, kept);
	object_cache_end_request(v, kept);
	if (req->token)
		token_revoke_if_used_up(v, req->token);
	fault_apply_to_reply(req);
	journal_response(req);
	fault_done(req);
	pipeline_count_response(req);
	request_in_flight_remove(req);
	req->done(req, req->done_arg);
}

const struct pipeline api_pipeline = {
	.phases = phases,
	.nphases = sizeof(phases) / sizeof(phases[0]),
	.finish = pipeline_finish,
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
	req->vault = a->vault;
	req->done = done;
	req->done_arg = arg;
	req->phase = 0;
	if (is_client_vault_request(req))
		request_in_flight_add(req);
	pipeline_continue(req, NEXT);
}
