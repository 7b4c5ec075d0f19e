/*
 * The one way in: phases in Vault's order, the first verdict ends them. What
 * comes after the handler (wrapping, the token's last use, hooks, encoding) runs
 * for every verdict.
 */
#include <string.h>

#include "api/api_internal.h"
#include "api/engine.h"
#include "base/text.h"
#include "core/mount/object_cache.h"
#include "core/seal/seal.h"

static verdict
phase_open(struct request *req)
{
	req->mono = clock_real_mono();
	req->started = clock_at(req->vault->clock, req->mono);
	rng_uuid(req->vault->rng, req->id);
	return NULL;
}

/* The control API has no seal, no token and no fault before it. */
static verdict
phase_control(struct request *req)
{
	const struct api *a = req->api;

	if (!a->control || req->internal)
		return NULL;
	if (req->admin)
		return a->control(req);
	if (!a->control_on_main || !starts_with(req->target, "/_mock"))
		return NULL;
	return strchr("/?", req->target[6]) ? a->control(req) : NULL;
}

/* Vault 1.19: metrics have a handler without a token only where the
 * configuration says so. */
static bool
closed(const struct request *req, const struct route *table)
{
	return table->flags & R_OPENED &&
	    !req->vault->config.unauthenticated_metrics;
}

/* A dedicated handler owns its path, whatever the method. */
static verdict
phase_dedicated(struct request *req)
{
	for (int i = 0; system_tables[i]; i++) {
		const struct route *known = NULL;
		const struct route *row;

		if (!(system_tables[i]->flags & R_DEDICATED) ||
		    closed(req, system_tables[i]))
			continue;
		row = route_find(req, system_tables[i], req->path, &known);
		if (known && !row)
			return fail_empty(req, 405);
		if (row) {
			req->route = row;
			return NULL;
		}
	}
	return NULL;
}

static verdict
phase_sealed(struct request *req)
{
	if (req->route && req->route->flags & R_SEALED)
		return NULL;
	return seal_sealed(req->vault) ? fail_sealed(req) : NULL;
}

/* Vault 1.19: a standby forwards what it cannot answer itself; with no active
 * node to forward to it refuses. */
static verdict
phase_standby(struct request *req)
{
	const struct vault *v = req->vault;
	const char *never;

	if (!v->leaderless || req->internal ||
	    (req->route && req->route->flags & R_STANDBY))
		return NULL;
	never = request_header(req, "X-Vault-No-Request-Forwarding");
	if (v->no_forwarding || (never && *never))
		return fail(req, 503, "no active Vault instance found");
	return fail(req, 500, "local node not active but active cluster node "
			      "not found");
}

static verdict
phase_trailing_slash(struct request *req)
{
	if (req->op & (OP_WRITE | OP_PATCH) && ends_with(req->path, "/") &&
	    !req->route)
		return fail(req, 400, "cannot write to a path ending in '/'");
	return NULL;
}

static const struct route *
system_row(struct request *req, const struct route **known)
{
	for (int i = 0; system_tables[i]; i++) {
		const struct route *row;

		if (system_tables[i]->flags & R_DEDICATED)
			continue;
		*known = NULL;
		row = route_find(req, system_tables[i], req->path, known);
		if (row || *known)
			return row;
	}
	return NULL;
}

/* Finds mount and row but refuses nothing yet: rights come first. The row of a
 * path whose operation does not exist still says whether it wants a token. */
static verdict
phase_route(struct request *req)
{
	const struct route *known = NULL;

	if (req->route)
		return NULL;
	req->mount = mount_route(req->vault, req->path);
	if (!req->mount) { /* "secret" is the root of secret/ */
		char *slashed = arena_printf(req->arena, "%s/", req->path);

		req->mount = mount_route(req->vault, slashed);
		if (!req->mount)
			return NULL;
		req->path = slashed;
	}
	req->engine = req->mount->engine;
	req->rel = req->path + strlen(req->mount->path);
	if (strcmp(req->mount->type, "system") == 0)
		req->route = system_row(req, &known);
	else
		req->route = engine_row(req, req->engine, req->rel, &known);
	if (!req->route && known && known->flags & R_UNAUTH) {
		verdict v;

		req->route = known;
		v = known->flags & R_LOGIN ? lockout_check(req) : NULL;
		return v ? v : fail_unsupported_operation(req);
	}
	return req->route && req->route->flags & R_LOGIN ? lockout_check(req)
							 : NULL;
}

static verdict
phase_lookup(struct request *req)
{
	const struct route *known = NULL;

	if (req->route)
		return NULL;
	if (!req->mount)
		return fail(req, 404,
		    "no handler for route \"%s\". route entry not found.",
		    req->path);
	if (strcmp(req->mount->type, "system") == 0)
		system_row(req, &known);
	else
		engine_row(req, req->engine, req->rel, &known);
	return known ? fail_unsupported_operation(req)
		     : fail_unsupported_path(req);
}

static verdict
phase_tainted(struct request *req)
{
	if (req->mount && req->mount->tainted)
		return fail(req, 404,
		    "no handler for route \"%s\". route entry is tainted.",
		    req->path);
	return NULL;
}

static verdict
phase_params(struct request *req)
{
	struct error e = { 0 };

	if (req->route->flags & R_DEDICATED || params_convert(req, &e))
		return NULL;
	return fail(req, e.status, "Field validation failed: %s", e.text);
}

static verdict
phase_handler(struct request *req)
{
	req->handled = true;
	req->reply.inject = req->route->flags & R_INJECT;
	return req->route->handler(req);
}

static const struct {
	const char *name;
	verdict (*run)(struct request *req);
} phases[] = {
	{ "open", phase_open },
	{ "control", phase_control },
	{ "journal", phase_journal },
	{ "fault", phase_fault },
	{ "target", phase_target },
	{ "quota", phase_quota },
	{ "cors", phase_cors },
	{ "method", phase_method },
	{ "dedicated", phase_dedicated },
	{ "headers", phase_headers },
	{ "wrap header", phase_wrap_header },
	{ "body", phase_body },
	{ "sealed", phase_sealed },
	{ "standby", phase_standby },
	{ "trailing slash", phase_trailing_slash },
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

/* ---- after the verdict ---- */

static bool
wants_wrapping(const struct request *req)
{
	return req->wrap_ttl > 0 && req->reply.kind == REPLY_ENVELOPE &&
	    !req->reply.forced && !req->reply.wrap_info && req->route &&
	    !(req->route->flags & R_NO_WRAP);
}

/* Vault 1.19: a lease would end with the token, whose last use this was. */
static void
refuse_lease_of_last_use(struct request *req)
{
	if (req->reply.kind == REPLY_ENVELOPE && req->reply.lease_id &&
	    req->token && req->token->num_uses == -1)
		fail(req, 400, "Secret cannot be returned; token had one use "
			       "left, so leased credentials were immediately "
			       "revoked.");
}

/* Vault's own API, asked from outside. */
static bool
of_vault(const struct request *req)
{
	return !req->internal && !req->admin &&
	    !starts_with(req->target, "/_mock");
}

static void
count_answer(struct request *req)
{
	int digit = req->reply.status / 100;

	if (of_vault(req))
		req->api->answered[digit > 0 && digit < 6 ? digit : 0]++;
}

static void
finish(struct request *req)
{
	struct vault *v = req->vault;
	bool kept = req->reply.kind != REPLY_ERROR;

	req->committed = kept && req->handled;
	refuse_lease_of_last_use(req);
	if (req->reply.kind == REPLY_ENVELOPE && req->route &&
	    !(req->route->flags & R_DEDICATED) && !req->reply.wrap_info)
		params_warn(req);
	if (wants_wrapping(req))
		wrap_answer(req);
	audit_answer(req);
	reply_encode(req);
	if (of_vault(req))
		metrics_request(req);
	store_request_end(v->store, kept);
	parsed_settle(v, kept);
	if (req->token)
		token_used(v, req->token);
	fault_answer(req);
	journal_answer(req);
	fault_done(req);
	count_answer(req);
	request_land(req);
	req->done(req, req->done_arg);
}

void
api_gone(struct request *req)
{
	if (req->cancel)
		req->cancel(req);
}

void
pipeline_resume(struct request *req, verdict v)
{
	struct store *store = req->vault->store;

	store_request_begin(store);
	while (!v)
		v = phases[req->phase++].run(req);
	if (v == &verdict_later)
		store_request_end(store, true);
	else
		finish(req);
}

void
api_handle(struct api *a, struct request *req, request_done done, void *arg)
{
	req->api = a;
	req->vault = a->vault;
	req->done = done;
	req->done_arg = arg;
	req->phase = 0;
	if (of_vault(req))
		request_depart(req);
	pipeline_resume(req, NULL);
}
