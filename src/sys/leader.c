/*
 * sys/leader and sys/ha-status.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/reply.h"
#include "api/route.h"
#include "base/duration.h"
#include "base/json/jsontext.h"
#include "core/seal/seal.h"
#include "core/state/cluster_view.h"
#include "sys/redaction.h"
#include "sys/route_tables.h"

static void
leader_put_raft_index(json_t *body, const struct vault *v)
{
	json_int_t index = 1;

	if (strcmp(v->config.storage_type, "raft") != 0)
		return;
	if (v->cluster)
		index = (json_int_t)v->cluster->applied_index(v->cluster->arg);
	json_object_set_new(body, "raft_committed_index", json_integer(index));
	json_object_set_new(body, "raft_applied_index", json_integer(index));
}

/* What the active node says of itself. Of one that is only made up: the
 * cluster's port is the one behind the API's, and speaks TLS. */
static const char *
leader_cluster_address(struct request *req, const char *api_addr)
{
	const char *said = req->vault->standby.leader_cluster_address;
	const char *host = strstr(api_addr, "://");
	const char *colon = strrchr(api_addr, ':');

	if (!host || colon == host)
		return "";
	if (*said)
		return said;
	return arena_printf(req->arena, "https%.*s:%d", (int)(colon - host),
	    host, atoi(colon + 1) + 1);
}

/* Sends what the caller may know of it. */
static enum handler_result
leader_reply(struct request *req, json_t *body)
{
	if (sys_is_redacted(req, REQUEST_REDACT_ADDRESSES)) {
		json_object_set_new(body, "leader_address", json_string(""));
		json_object_set_new(
		    body, "leader_cluster_address", json_string(""));
	}
	leader_put_raft_index(body, req->vault);
	return reply_bare(req, 200, body);
}

/* A standby: another leads, or led, or none is known. */
static enum handler_result
leader_elsewhere(struct request *req)
{
	const struct vault *v = req->vault;
	const char *address = standby_leader_address(req);
	json_t *body;

	if (seal_is_sealed(v))
		return fail_sealed(req);
	body = json_pack("{s:b, s:b, s:s, s:s, s:s, s:b, s:i}", "ha_enabled", 1,
	    "is_self", 0, "active_time", "0001-01-01T00:00:00Z",
	    "leader_address", address, "leader_cluster_address",
	    leader_cluster_address(req, address), "performance_standby",
	    v->role == NODE_PERF_STANDBY, "performance_standby_last_remote_wal",
	    0);
	return leader_reply(req, body);
}

/* With HA storage this node leads, as there is no other. */
static enum handler_result
leader_ha(struct request *req)
{
	const struct vault *v = req->vault;
	char since[RFC3339_MAX];
	json_t *body;

	if (seal_is_sealed(v))
		return fail_sealed(req);
	if (v->standby.on)
		return leader_elsewhere(req);
	rfc3339_nano(v->active_since_ns, since);
	body = json_pack("{s:b, s:b, s:s, s:s, s:s, s:b, s:i}", "ha_enabled", 1,
	    "is_self", 1, "active_time", since, "leader_address",
	    v->config.api_addr, "leader_cluster_address",
	    v->config.cluster_addr, "performance_standby", 0,
	    "performance_standby_last_remote_wal", 0);
	return leader_reply(req, body);
}

/* Vault 1.19: without HA storage is_self is false and the addresses empty. */
static enum handler_result
leader_read(struct request *req)
{
	const struct vault *v = req->vault;

	if (v->config.ha_enabled)
		return leader_ha(req);
	if (v->standby.on)
		return leader_elsewhere(req);
	/* Without HA storage there can be none. */
	return reply_bare(req, 200,
	    json_pack("{s:b, s:b, s:s, s:s, s:s, s:b, s:i}", "ha_enabled", 0,
		"is_self", 0, "active_time", "0001-01-01T00:00:00Z",
		"leader_address", "", "leader_cluster_address", "",
		"performance_standby", 0, "performance_standby_last_remote_wal",
		0));
}

/* Go writes a node as a struct: in this order, not sorted. The active node has
 * no echo. */
static json_t *
leader_node(struct request *req, const char *host, const char *api_addr,
    const char *cluster_addr, bool active)
{
	char now[RFC3339_MAX];
	json_t *node = json_pack("{s:s, s:s, s:s, s:b, s:n}", "hostname", host,
	    "api_address", api_addr, "cluster_address", cluster_addr,
	    "active_node", (int)active, "last_echo");

	if (!active) {
		rfc3339_nano(req->started_ns, now);
		json_object_set_new(node, "last_echo", json_string(now));
	}
	if (version_has(req->vault, VERSION_HEALTH_ENTERPRISE)) {
		json_object_set_new(
		    node, "echo_duration_ms", json_integer(active ? 0 : 1));
		json_object_set_new(node, "clock_skew_ms", json_integer(0));
	}
	json_object_set_new(
	    node, "version", json_string(req->vault->config.version));
	if (version_has(req->vault, VERSION_HEALTH_CANARY))
		json_object_set_new(
		    node, "replication_primary_canary_age_ms", json_integer(0));
	return node;
}

/* Those of its cluster that the active node hears, itself not among them. */
static void
leader_append_standbys(struct request *req, json_t *nodes, const char *host)
{
	const struct cluster_view *c = req->vault->cluster;
	struct cluster_peer p;

	for (unsigned i = 0; c && c->peer(c->arg, i, &p); i++)
		if (!p.is_self && p.is_reachable)
			json_array_append_new(nodes,
			    leader_node(req, host, p.api_address,
				arena_printf(
				    req->arena, "https://%s", p.address),
				false));
}

/* The active node first, then the standbys that it hears of. */
static enum handler_result
leader_ha_status(struct request *req)
{
	const struct vault *v = req->vault;
	const char *leader = v->standby.on ? standby_leader_address(req) : "";
	char host[256] = "";
	json_t *nodes = json_array(), *data;

	gethostname(host, sizeof(host) - 1);
	if (v->standby.on)
		json_array_append_new(nodes,
		    leader_node(req, host, leader,
			leader_cluster_address(req, leader), true));
	json_array_append_new(nodes,
	    leader_node(req, host, v->config.api_addr, v->config.cluster_addr,
		!v->standby.on));
	leader_append_standbys(req, nodes, host);
	data = json_pack("{s:o}", "nodes", nodes);
	jsontext_put_ordered(&req->reply.data, data);
	json_decref(data);
	return reply_written(req);
}

const struct route sys_leader_routes[] = {
	{ OP_READ, "sys/leader",
	    R_DEDICATED | R_UNAUTH | R_WHILE_SEALED | R_ON_STANDBY, NULL,
	    leader_read, NULL, "Who leads" },
	ROUTE_END,
};

const struct route sys_ha_status_routes[] = {
	{ OP_READ, "sys/ha-status", R_INJECT, NULL, leader_ha_status, NULL,
	    "Nodes of the cluster" },
	ROUTE_END,
};
