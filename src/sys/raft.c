/*
 * sys/storage/raft: a cluster of one. On other storage the logical paths do not
 * exist; join and bootstrap always do.
 */
#include <string.h>

#include "api/param.h"
#include "api/reply.h"
#include "base/duration.h"
#include "base/text.h"
#include "core/seal/seal.h"
#include "core/setting.h"
#include "sys/body_fields.h"
#include "sys/route_tables.h"

#define AUTOPILOT "autopilot"
#define NODE_ID "raft-node-id"

static bool
sys_raft_is_enabled(const struct request *req)
{
	return strcmp(req->vault->config.storage_type, "raft") == 0;
}

/* The configured one, or one that is made once. */
static const char *
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

/* Without the scheme: 127.0.0.1:8201. */
static const char *
sys_raft_cluster_host(struct request *req)
{
	const char *address = req->vault->config.cluster_addr;
	const char *slashes = strstr(address, "://");

	return slashes ? slashes + 3 : address;
}

static enum handler_result
sys_raft_configuration(struct request *req)
{
	if (!sys_raft_is_enabled(req))
		return fail_unsupported_path(req);
	return reply_data(req,
	    json_pack("{s:{s:i, s:[{s:s, s:b, s:s, s:s, s:b}]}}", "config",
		"index", 0, "servers", "address", sys_raft_cluster_host(req),
		"leader", 1, "node_id", sys_raft_node_id(req),
		"protocol_version", "3", "voter", 1));
}

static const struct param peer_params[] = {
	{ "dr_operation_token", P_STRING, NULL, "Enterprise only" },
	{ "server_id", P_STRING, NULL, "Which node goes" },
	PARAM_END,
};

static enum handler_result
sys_raft_remove_peer(struct request *req)
{
	const char *id = param_str(req, "server_id");

	if (!sys_raft_is_enabled(req))
		return fail_unsupported_path(req);
	if (*id == '\0')
		return fail(req, 400, "no server id provided");
	if (strcmp(id, sys_raft_node_id(req)) == 0)
		return fail_wrapped(
		    req, 500, "need at least one voter in configuration");
	return reply_none(req);
}

static enum handler_result
sys_raft_autopilot_state(struct request *req)
{
	const char *id = sys_raft_node_id(req);
	json_t *server;
	char now[RFC3339_MAX];

	if (!sys_raft_is_enabled(req))
		return fail_unsupported_path(req);
	rfc3339_nano(req->started_ns, now);
	server = json_pack(
	    "{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:b, s:s, s:s, s:s, s:s}",
	    "id", id, "name", id, "address", sys_raft_cluster_host(req),
	    "node_status", "alive", "last_contact", "0s", "last_term", 1,
	    "last_index", 1, "healthy", 1, "stable_since", now, "status",
	    "leader", "version", req->vault->config.version, "node_type",
	    "voter");
	return reply_data(req,
	    json_pack("{s:b, s:i, s:{s:o}, s:s, s:[s], s:n}", "healthy", 1,
		"failure_tolerance", 0, "servers", id, server, "leader", id,
		"voters", id, "non_voters"));
}

/* ---- autopilot's configuration ---- */

static const struct param autopilot_params[] = {
	{ "cleanup_dead_servers", P_BOOL, NULL, "Remove who is away" },
	{ "dead_server_last_contact_threshold", P_STRING, NULL,
	    "How long until who is away is removed" },
	{ "disable_upgrade_migration", P_BOOL, NULL, "Enterprise only" },
	{ "last_contact_threshold", P_STRING, NULL,
	    "How long a healthy node may be silent" },
	{ "max_trailing_logs", P_INT, NULL,
	    "How far a healthy node may be behind" },
	{ "min_quorum", P_INT, NULL, "Servers that always stay" },
	{ "server_stabilization_time", P_STRING, NULL,
	    "How long until a new node votes" },
	PARAM_END,
};

static json_t *
sys_raft_autopilot_config(struct request *req)
{
	json_t *c = setting_get(req->vault, AUTOPILOT);

	return c
	    ? c
	    : json_pack("{s:b, s:s, s:s, s:i, s:i, s:s}",
		  "cleanup_dead_servers", 0,
		  "dead_server_last_contact_threshold", "24h0m0s",
		  "last_contact_threshold", "10s", "max_trailing_logs", 1000,
		  "min_quorum", 0, "server_stabilization_time", "10s");
}

static enum handler_result
sys_raft_autopilot_read(struct request *req)
{
	return sys_raft_is_enabled(req)
	    ? reply_data(req, sys_raft_autopilot_config(req))
	    : fail_unsupported_path(req);
}

static enum handler_result
sys_raft_autopilot_write(struct request *req)
{
	json_t *c;

	if (!sys_raft_is_enabled(req))
		return fail_unsupported_path(req);
	c = sys_raft_autopilot_config(req);
	for (const struct param *p = autopilot_params; p->name; p++)
		if (param_is_given(req, p->name))
			json_object_set_new(
			    c, p->name, param_json_tree(req, p->name));
	if (json_is_true(json_object_get(c, "cleanup_dead_servers")) &&
	    json_integer_value(json_object_get(c, "min_quorum")) < 3) {
		json_decref(c);
		return fail(req, 400,
		    "min_quorum must be set when cleanup_dead_servers is set "
		    "and it should at least be 3; cleanup_dead_servers: true, "
		    "min_quorum: %lld",
		    (long long)param_int(req, "min_quorum"));
	}
	setting_put(req->vault, AUTOPILOT, c);
	return reply_none(req);
}

/* ---- what needs more than one node ---- */

static enum handler_result
sys_raft_join(struct request *req)
{
	const char *leader = "";
	bool non_voter = false;
	const struct body_field fields[] = {
		{ "leader_api_addr", BODY_STRING, &leader },
		{ "non_voter", BODY_BOOL, &non_voter },
	};
	enum handler_result v = body_fields_decode(
	    req, "JoinRequest", fields, 2, false);

	if (v)
		return v;
	if (!sys_raft_is_enabled(req))
		return fail(req, 500, "raft backend not in use");
	if (non_voter)
		return fail(req, 400, "non-voting nodes not allowed");
	return fail(req, 500,
	    "failed to join raft cluster: mockvault runs a "
	    "cluster of one node, %s cannot be joined",
	    *leader ? leader : "a leader");
}

static enum handler_result
sys_raft_bootstrap(struct request *req)
{
	if (!sys_raft_is_enabled(req))
		return fail(req, 500, "raft backend not in use");
	if (seal_is_sealed(req->vault))
		return fail(req, 400, "node must be unsealed to bootstrap");
	return reply_raw(req, 200, NULL, SLICE(""));
}

#define RAFT "sys/storage/raft/"
#define OPEN (R_DEDICATED | R_UNAUTH | R_WHILE_SEALED | R_ON_STANDBY)

const struct route sys_raft_join_routes[] = {
	{ OP_WRITE, RAFT "join", OPEN, NULL, sys_raft_join, NULL,
	    "Join a cluster" },
	{ OP_WRITE, RAFT "bootstrap", OPEN, NULL, sys_raft_bootstrap, NULL,
	    "Begin a cluster" },
	ROUTE_END,
};

const struct route sys_raft_routes[] = {
	{ OP_READ, RAFT "configuration", 0, NULL, sys_raft_configuration, NULL,
	    "Nodes of the cluster" },
	{ OP_WRITE, RAFT "remove-peer", 0, peer_params, sys_raft_remove_peer,
	    NULL, "Remove a node" },
	{ OP_READ, RAFT "autopilot/state", 0, NULL, sys_raft_autopilot_state,
	    NULL, "Health of the cluster" },
	{ OP_READ, RAFT "autopilot/configuration", 0, autopilot_params,
	    sys_raft_autopilot_read, NULL, "Autopilot's settings" },
	{ OP_WRITE, RAFT "autopilot/configuration", 0, autopilot_params,
	    sys_raft_autopilot_write, NULL, "Change autopilot's settings" },
	ROUTE_END,
};
