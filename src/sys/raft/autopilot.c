/*
 * sys/storage/raft/autopilot: how well the nodes are, and the settings by which
 * that is judged.
 */
#include <string.h>

#include "api/param.h"
#include "api/reply.h"
#include "base/duration.h"
#include "base/json/jsontext.h"
#include "core/setting.h"
#include "core/state/cluster_view.h"
#include "store/store.h"
#include "sys/raft/raft.h"
#include "sys/route_tables.h"

#define AUTOPILOT "autopilot"

/* ---- autopilot's configuration ---- */

static const struct param autopilot_params[] = {
	{ "cleanup_dead_servers", P_BOOL, NULL,
	    "Controls whether to remove dead servers from the Raft peer list "
	    "periodically or when a new server joins." },
	{ "dead_server_last_contact_threshold", P_SECONDS, NULL,
	    "Limit on the amount of time a server can go without leader "
	    "contact before being considered failed." },
	{ "disable_upgrade_migration", P_BOOL, NULL,
	    "Whether or not to perform automated version upgrades." },
	{ "last_contact_threshold", P_SECONDS, NULL,
	    "Limit on the amount of time a server can go without leader "
	    "contact before being considered unhealthy." },
	{ "max_trailing_logs", P_INT, NULL,
	    "Amount of entries in the Raft Log that a server can be behind "
	    "before being considered unhealthy." },
	{ "min_quorum", P_INT, NULL,
	    "Minimum number of servers allowed in a cluster before autopilot "
	    "can prune dead servers." },
	{ "server_stabilization_time", P_SECONDS, NULL,
	    "Minimum amount of time a server must be in a stable, healthy "
	    "state before it can be added to the cluster." },
	PARAM_END,
};

#define CONTACT "last_contact_threshold"
#define DEAD "dead_server_last_contact_threshold"
#define STABLE "server_stabilization_time"

static json_t *
autopilot_config(struct request *req)
{
	json_t *kept = setting_get(req->vault, AUTOPILOT);
	json_t *c = json_pack("{s:b, s:s, s:b, s:s, s:i, s:i, s:s}",
	    "cleanup_dead_servers", 0, DEAD, "24h0m0s",
	    "disable_upgrade_migration", 0, CONTACT, "10s", "max_trailing_logs",
	    1000, "min_quorum", 0, STABLE, "10s");

	json_object_update(c, kept);
	json_decref(kept);
	return c;
}

static enum handler_result
autopilot_read(struct request *req)
{
	return sys_raft_is_enabled(req) ? reply_data(req, autopilot_config(req))
					: fail_unsupported_path(req);
}

/* Vault 1.19: a value of 0 leaves what there is. */
static void
autopilot_merge(struct request *req, json_t *c)
{
	static const char *const durations[] = { CONTACT, DEAD, STABLE };
	static const char *const numbers[] = { "max_trailing_logs",
		"min_quorum" };
	char text[DURATION_MAX];

	if (param_is_given(req, "cleanup_dead_servers"))
		json_object_set_new(c, "cleanup_dead_servers",
		    json_boolean(param_bool(req, "cleanup_dead_servers")));
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++)
		if (param_duration(req, durations[i])) {
			duration_format(
			    duration_from_s(param_duration(req, durations[i])),
			    text);
			json_object_set_new(c, durations[i], json_string(text));
		}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (param_int(req, numbers[i]))
			json_object_set_new(c, numbers[i],
			    json_integer(param_int(req, numbers[i])));
}

/* What Vault says of settings that do not go together; NULL when they do. */
static const char *
autopilot_refusal(struct request *req, const json_t *c)
{
	int64_t quorum = json_integer_value(json_object_get(c, "min_quorum"));
	int64_t dead_ns = 0;

	if (!json_is_true(json_object_get(c, "cleanup_dead_servers")))
		return NULL;
	if (quorum >= 0 && quorum < 3)
		return arena_printf(req->arena,
		    "min_quorum must be set when cleanup_dead_servers is set "
		    "and it should at least be 3; cleanup_dead_servers: true, "
		    "min_quorum: 0x%llx",
		    (unsigned long long)quorum);
	if (!version_has(req->vault, VERSION_RAFT_DEAD_MINUTE) ||
	    !duration_parse(
		json_string_value(json_object_get(c, DEAD)), &dead_ns) ||
	    dead_ns >= 60 * NSEC_PER_SEC)
		return NULL;
	return arena_printf(req->arena,
	    "dead_server_last_contact_threshold should not be set to less "
	    "than 1m; received: %s",
	    param_is_given(req, DEAD)
		? arena_printf(
		      req->arena, "%lld", (long long)param_duration(req, DEAD))
		: "<nil>");
}

static enum handler_result
autopilot_write(struct request *req)
{
	const char *refusal;
	json_t *c;

	if (!sys_raft_is_enabled(req))
		return fail_unsupported_path(req);
	if (param_is_given(req, "disable_upgrade_migration"))
		return fail(req, 400,
		    "disable_upgrade_migration is only available in Vault "
		    "Enterprise");
	c = autopilot_config(req);
	autopilot_merge(req, c);
	refusal = autopilot_refusal(req, c);
	if (refusal) {
		json_decref(c);
		return fail(req, 400, "%s", refusal);
	}
	setting_put(req->vault, AUTOPILOT, c);
	return reply_none(req);
}

/* ---- autopilot's state ---- */

/* Each write of the store is an entry of raft's log, and its first ones make
 * the cluster. */
static json_int_t
autopilot_last_index(struct request *req)
{
	const struct cluster_view *c = req->vault->cluster;

	return (json_int_t)(c
		? c->applied_index(c->arg)
		: (uint64_t)store_change_count(req->vault->store));
}

static json_int_t
autopilot_last_term(struct request *req)
{
	const struct cluster_view *c = req->vault->cluster;

	return c ? (json_int_t)c->term(c->arg) : 3;
}

static json_t *
autopilot_server(
    struct request *req, const struct cluster_peer *p, bool healthy)
{
	char contact[DURATION_MAX], since[RFC3339_MAX];

	duration_format(p->last_contact_ms * 1000000, contact);
	rfc3339_nano(req->vault->active_since_ns, since);
	return json_pack(
	    "{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:b, s:s, s:s, s:s, s:s}",
	    "id", p->node_id, "name", p->node_id, "address", p->address,
	    "node_status", "alive", "last_contact", contact, "last_term",
	    autopilot_last_term(req), "last_index", autopilot_last_index(req),
	    "healthy", healthy, "stable_since", since, "status",
	    p->is_leader      ? "leader"
		: p->is_voter ? "voter"
			      : "non-voter",
	    "version", req->vault->config.version, "node_type", "voter");
}

/* Vault 1.19: how many healthy voters may be lost, so that a majority of all
 * voters is left. */
static int
autopilot_failure_tolerance(int voters, int healthy_voters)
{
	int spare = healthy_voters - (voters / 2 + 1);

	return spare > 0 ? spare : 0;
}

static enum handler_result
autopilot_state(struct request *req)
{
	json_t *servers = json_object(), *list = json_array(), *config, *state;
	int64_t threshold_ns = 0;
	bool all_healthy = true, healthy;
	int voters = 0, healthy_voters = 0;
	const char *leader = "";
	struct cluster_peer p;

	if (!sys_raft_is_enabled(req)) {
		json_decref(servers);
		json_decref(list);
		return fail_unsupported_path(req);
	}
	config = autopilot_config(req);
	(void)duration_parse(
	    json_string_value(json_object_get(config, CONTACT)), &threshold_ns);
	json_decref(config);
	for (unsigned i = 0; sys_raft_peer(req, i, &p); i++) {
		healthy = p.is_reachable ||
		    p.last_contact_ms * 1000000 < threshold_ns;
		all_healthy = all_healthy && healthy;
		if (p.is_leader)
			leader = arena_strdup(req->arena, p.node_id);
		if (p.is_voter) {
			json_array_append_new(list, json_string(p.node_id));
			voters++;
			healthy_voters += healthy;
		}
		json_object_set_new(
		    servers, p.node_id, autopilot_server(req, &p, healthy));
	}
	state = json_pack("{s:i, s:b, s:s, s:o, s:o}", "failure_tolerance",
	    autopilot_failure_tolerance(voters, healthy_voters), "healthy",
	    all_healthy, "leader", leader, "servers", servers, "voters", list);
	jsontext_put_ordered(&req->reply.data, state);
	json_decref(state);
	return reply_written(req);
}

const struct route sys_raft_autopilot_routes[] = {
	{ OP_READ, SYS_RAFT "autopilot/state", 0, NULL, autopilot_state, NULL,
	    "Health of the cluster" },
	{ OP_READ, SYS_RAFT "autopilot/configuration", 0, autopilot_params,
	    autopilot_read, NULL, "Autopilot's settings" },
	{ OP_WRITE, SYS_RAFT "autopilot/configuration", 0, autopilot_params,
	    autopilot_write, NULL, "Change autopilot's settings" },
	ROUTE_END,
};
