/*
 * Who cannot answer now: a sealed vault, and a standby that cannot forward.
 * Both refuse before any token is looked at.
 */
#include <string.h>

#include "api/api_internal.h"
#include "base/text.h"
#include "core/seal/seal.h"

enum phase_result
phase_sealed(struct request *req)
{
	if (req->route && req->route->flags & R_WHILE_SEALED)
		return NEXT;
	return seal_is_sealed(req->vault) ? phase_end(fail_sealed(req)) : NEXT;
}

/* Vault 1.19: what is about one node, and snapshots, is never forwarded. */
static bool
is_never_forwarded(const char *path)
{
	static const char *const prefixes[] = { "sys/host-info", "sys/monitor",
		"sys/config/state/", "sys/pprof", "sys/in-flight-req",
		"sys/storage/raft/snapshot" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (starts_with(path, prefixes[i]))
			return true;
	return false;
}

const char *
standby_leader_address(struct request *req)
{
	const char *address = req->vault->standby.leader_address;
	const char *slot = strstr(address, "{{host}}");
	const char *host = request_header(req, "Host");

	if (!slot)
		return address;
	return arena_printf(req->arena, "%.*s%s%s", (int)(slot - address),
	    address, host ? host : "127.0.0.1", slot + strlen("{{host}}"));
}

/* Vault 1.19: a standby forwards what it cannot answer itself; when that fails
 * it names the active node, dead or not, and with none to name it refuses,
 * whether the client forbids forwarding or not. */
enum phase_result
phase_standby(struct request *req)
{
	const struct standby *s = &req->vault->standby;
	const char *leader, *path, *query;

	if (!s->on || s->forwards || req->internal ||
	    (req->route && req->route->flags & R_ON_STANDBY))
		return NEXT;
	leader = standby_leader_address(req);
	if (*leader) {
		path = strstr(req->target, "/v1/");
		query = req->query ? req->query : "";
		reply_header(req, "Location",
		    arena_printf(req->arena, "%s%s%s%s", leader,
			path ? path : req->target, *query ? "?" : "", query));
		return phase_end(
		    reply_raw(req, 307, "", (struct slice){ "", 0 }));
	}
	if (s->no_forwarding || is_never_forwarded(req->path))
		return phase_end(
		    fail(req, 503, "no active Vault instance found"));
	return phase_end(fail(req, 500,
	    "local node not active but active cluster node "
	    "not found"));
}
