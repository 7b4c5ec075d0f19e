/*
 * Is it there, is it ready, what is it: live, ready, version, info; and the
 * end, shutdown.
 */
#include <unistd.h>

#include "base/duration.h"
#include "base/version.h"
#include "control/control.h"
#include "core/vault.h"

static enum handler_result
control_info_live(struct request *req)
{
	return control_reply(req, 200, json_pack("{s:b}", "live", 1));
}

static enum handler_result
control_info_ready(struct request *req)
{
	const struct control *c = control_of(req);
	bool done = true;
	json_t *hooks = c->host.hook_states
	    ? c->host.hook_states(c->host.arg, &done)
	    : json_array();

	return control_reply(req, done ? 200 : 503,
	    json_pack("{s:b, s:o}", "ready", (int)done, "hooks", hooks));
}

static enum handler_result
control_info_version(struct request *req)
{
	return control_reply(req, 200,
	    json_pack("{s:s, s:s}", "version", MOCKVAULT_OWN_VERSION,
		"vault_version", req->vault->config.version));
}

static enum handler_result
control_info_show(struct request *req)
{
	const struct control *c = control_of(req);
	char started[RFC3339_MAX];

	rfc3339_nano(c->started_ns, started);
	return control_reply(req, 200,
	    json_pack("{s:s, s:s, s:o, s:o, s:I, s:i, s:s, s:s}", "version",
		MOCKVAULT_OWN_VERSION, "vault_version",
		req->vault->config.version, "addresses",
		c->host.addresses(c->host.arg), "nodes", control_nodes_show(c),
		"seed", (json_int_t)c->seed, "pid", (int)getpid(), "storage",
		req->vault->config.storage_type, "started", started));
}

static enum handler_result
control_info_shutdown(struct request *req)
{
	const struct control *c = control_of(req);

	c->host.stop(c->host.arg);
	return control_reply(req, 200, json_pack("{s:b}", "stopping", 1));
}

const struct route control_info_routes[] = {
	{ OP_READ, "live", 0, NULL, control_info_live, NULL,
	    "Is the process there?" },
	{ OP_READ, "ready", 0, NULL, control_info_ready, NULL,
	    "200 once fixtures and hooks are done" },
	{ OP_READ, "version", 0, NULL, control_info_version, NULL,
	    "This program's version and the Vault it claims to be" },
	{ OP_READ, "info", 0, NULL, control_info_show, NULL,
	    "Addresses as bound, the nodes, seed, pid, storage" },
	{ OP_WRITE, "shutdown", 0, NULL, control_info_shutdown, NULL,
	    "Stop, as SIGTERM does" },
	ROUTE_END,
};
