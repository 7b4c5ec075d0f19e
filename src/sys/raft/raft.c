/*
 * sys/storage/raft: the nodes of the cluster, which may be one. On other
 * storage the logical paths do not exist; join and bootstrap always do.
 */
#include <string.h>

#include "api/param.h"
#include "api/reply.h"
#include "base/text.h"
#include "core/setting.h"
#include "sys/raft/raft.h"
#include "sys/route_tables.h"

#define NODE_ID "raft-node-id"

bool
sys_raft_is_enabled(const struct request *req)
{
	return strcmp(req->vault->config.storage_type, "raft") == 0;
}

const char *
sys_raft_node_id(struct request *req)
{
	const char *id = req->vault->config.node_id;
	char made[UUID_LEN + 1];
	json_t *kept;

	if (*id)
		return id;
	kept = setting_get(req->vault, NODE_ID);
	if (!kept) {
		random_uuid(req->vault->random, made);
		kept = json_string(made);
		setting_put(req->vault, NODE_ID, json_incref(kept));
	}
	id = arena_strdup(req->arena, json_string_value(kept));
	json_decref(kept);
	return id;
}

const char *
sys_raft_cluster_host(struct request *req)
{
	const char *address = req->vault->config.cluster_addr;
	const char *slashes = strstr(address, "://");

	return slashes ? slashes + 3 : address;
}

bool
sys_raft_peer(struct request *req, unsigned at, struct cluster_peer *out)
{
	const struct cluster_view *c = req->vault->cluster;

	if (c)
		return c->peer(c->arg, at, out);
	*out = (struct cluster_peer){ .node_id = sys_raft_node_id(req),
		.address = sys_raft_cluster_host(req),
		.is_self = true,
		.is_leader = true,
		.is_voter = true,
		.is_reachable = true };
	return at == 0;
}

static enum handler_result
sys_raft_configuration(struct request *req)
{
	struct cluster_peer p;
	json_t *servers;

	if (!sys_raft_is_enabled(req))
		return fail_unsupported_path(req);
	servers = json_array();
	for (unsigned i = 0; sys_raft_peer(req, i, &p); i++)
		json_array_append_new(servers,
		    json_pack("{s:s, s:b, s:s, s:s, s:b}", "address", p.address,
			"leader", p.is_leader, "node_id", p.node_id,
			"protocol_version", "3", "voter", p.is_voter));
	return reply_data(req,
	    json_pack(
		"{s:{s:i, s:o}}", "config", "index", 0, "servers", servers));
}

static const struct param peer_params[] = {
	{ "dr_operation_token", P_STRING, NULL, "Enterprise only" },
	{ "server_id", P_STRING, NULL, "Which node goes" },
	PARAM_END,
};

/* Is it the only one? */
static bool
sys_raft_is_last(struct request *req, const char *id)
{
	const struct cluster_view *c = req->vault->cluster;
	struct cluster_peer p;

	if (!c)
		return strcmp(id, sys_raft_node_id(req)) == 0;
	return c->peer(c->arg, 0, &p) && strcmp(id, p.node_id) == 0 &&
	    !c->peer(c->arg, 1, &p);
}

static enum handler_result
sys_raft_remove_peer(struct request *req)
{
	const char *id = param_str(req, "server_id");

	if (!sys_raft_is_enabled(req))
		return fail_unsupported_path(req);
	if (*id == '\0')
		return fail(req, 400, "no server id provided");
	if (sys_raft_is_last(req, id))
		return fail_wrapped(
		    req, 500, "need at least one voter in configuration: {[]}");
	if (req->vault->cluster)
		(void)req->vault->cluster->remove(req->vault->cluster->arg, id);
	return reply_none(req);
}

const struct route sys_raft_routes[] = {
	{ OP_READ, SYS_RAFT "configuration", 0, NULL, sys_raft_configuration,
	    NULL, "Nodes of the cluster" },
	{ OP_WRITE, SYS_RAFT "remove-peer", 0, peer_params,
	    sys_raft_remove_peer, NULL, "Remove a node" },
	ROUTE_END,
};
