/*
 * Which mount and which route a path means, and the refusals of a path that has
 * none: "unsupported path", "unsupported operation", "no handler for route".
 */
#include <string.h>

#include "api/api_internal.h"
#include "api/engine.h"
#include "base/text.h"
#include "core/mount/mount.h"

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
enum phase_result
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

enum phase_result
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
enum phase_result
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

enum phase_result
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

enum phase_result
phase_tainted(struct request *req)
{
	if (req->mount && req->mount->tainted)
		return phase_end(fail(req, 404,
		    "no handler for route \"%s\". route entry is tainted.",
		    req->path));
	return NEXT;
}
