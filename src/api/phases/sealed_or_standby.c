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

/* Vault 1.19: it names the active node, dead or not, and with none to name it
 * refuses, whether the client forbids forwarding or not. */
enum handler_result
standby_reply(struct request *req)
{
	const struct standby *s = &req->vault->standby;
	const char *leader = standby_leader_address(req), *path, *query;

	if (*leader) {
		path = strstr(req->target, "/v1/");
		query = req->query ? req->query : "";
		reply_header(req, "Location",
		    arena_printf(req->arena, "%s%s%s%s", leader,
			path ? path : req->target, *query ? "?" : "", query));
		return reply_raw(req, 307, "", (struct slice){ "", 0 });
	}
	if (s->no_forwarding || is_never_forwarded(req->path))
		return fail(req, 503, "no active Vault instance found");
	return fail(req, 500,
	    "local node not active but active cluster node not found");
}

/* A node of a cluster that does not lead has no state to answer from. */
static enum phase_result
standby_pass_on(struct request *req)
{
	const struct api *a = req->api;

	if (req->internal || !a->forward || is_never_forwarded(req->path) ||
	    request_header(req, "X-Vault-No-Request-Forwarding"))
		return phase_end(standby_reply(req));
	return phase_end(a->forward(req));
}

enum phase_result
phase_standby(struct request *req)
{
	const struct standby *s = &req->vault->standby;

	if (!s->on || (req->route && req->route->flags & R_ON_STANDBY))
		return NEXT;
	if (req->vault->cluster)
		return standby_pass_on(req);
	if (s->forwards || req->internal)
		return NEXT;
	return phase_end(standby_reply(req));
}
