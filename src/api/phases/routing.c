/*
 * Which mount and which route a path means, and the refusals of a path that has
 * none: "unsupported path", "unsupported operation", "no handler for route".
 */
#include <string.h>

#include "api/api_internal.h"
#include "api/engine.h"
#include "base/text.h"
#include "core/mount/mount.h"

/* A dedicated handler owns its path, whatever the method. Vault 1.19: metrics,
 * profiles and requests in flight have one only where the listener's
 * configuration says so. */
enum phase_result
phase_dedicated(struct request *req)
{
	unsigned closed = R_IF_CONFIGURED & ~req->open_paths;
	const struct route *known;

	if (!starts_with(req->path, "sys/"))
		return NEXT;
	if (req->vault->config.unauthenticated_metrics)
		closed &= ~(unsigned)R_IF_METRICS;
	req->route = route_find_in(req, req->api->system_tables, R_DEDICATED,
	    closed, req->path, &known);
	return known && !req->route ? phase_end(fail_empty(req, 405)) : NEXT;
}

/* A write to a path with a slash at its end; the mount may want it cut off. */
enum phase_result
phase_trailing_slash(struct request *req)
{
	const struct mount *m;

	if (!(req->op & (OP_WRITE | OP_PATCH)) || !ends_with(req->path, "/") ||
	    req->route)
		return NEXT;
	m = mount_for_path(req->vault, req->path);
	if (!m ||
	    !json_is_true(json_object_get(
		m->extra_config, "trim_request_trailing_slashes")))
		return phase_end(
		    fail(req, 400, "cannot write to a path ending in '/'"));
	req->path[strlen(req->path) - 1] = '\0';
	return NEXT;
}

static const struct route *
route_find_in_mount(struct request *req, const struct route **known)
{
	if (strcmp(req->mount->type, "system") == 0)
		return route_find_in(req, req->api->system_tables, 0,
		    R_DEDICATED, req->path, known);
	*known = NULL;
	return req->engine ? route_find_in(req, req->engine->tables, 0, 0,
				 req->rel_path, known)
			   : NULL;
}

/* Finds mount and route but refuses nothing yet: rights come first. The route
 * of a path whose operation does not exist still says whether it wants a token,
 * and sudo. */
enum phase_result
phase_route(struct request *req)
{
	const struct route *known;

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
	req->route = route_find_in_mount(req, &known);
	if (req->route || known)
		req->needs_sudo = (req->route ? req->route : known)->flags &
		    R_SUDO;
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
phase_lookup(struct request *req)
{
	const struct route *known;

	if (req->route)
		return NEXT;
	if (!req->mount)
		return phase_end(fail(req, 404,
		    "no handler for route \"%s\". route entry not found.",
		    req->path));
	route_find_in_mount(req, &known);
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
