/*
 * The lockout's place in a login: before the method is asked.
 */
#include "api/api_internal.h"
#include "api/engine.h"
#include "api/reply.h"
#include "core/mount/lockout.h"

/* Vault 1.19: a login that names nobody is a 500 while lockouts are counted. */
enum phase_result
lockout_check(struct request *req)
{
	const char *alias;

	if (!req->engine->login_alias ||
	    !lockout_is_enabled(req->vault, req->mount))
		return NEXT;
	alias = req->engine->login_alias(req);
	if (!alias)
		return phase_end(fail(req, 500,
		    "failed to determine alias name from login request"));
	if (lockout_is_locked(req->vault, req->mount, alias))
		return phase_end(fail(req, 403, "permission denied"));
	return NEXT;
}
