/*
 * Who cannot answer now: a sealed vault, and a standby without an active node.
 * Both refuse before any token is looked at.
 */
#include "api/api_internal.h"
#include "core/seal/seal.h"

enum phase_result
phase_sealed(struct request *req)
{
	if (req->route && req->route->flags & R_WHILE_SEALED)
		return NEXT;
	return seal_is_sealed(req->vault) ? phase_end(fail_sealed(req)) : NEXT;
}

/* Vault 1.19: a standby forwards what it cannot answer itself; with no active
 * node to forward to it refuses. */
enum phase_result
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
