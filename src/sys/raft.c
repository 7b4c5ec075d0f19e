/*
 * sys/storage/raft: a cluster of one. On other storage the logical paths do not
 * exist; join and bootstrap always do.
 */
#include <string.h>

#include "api/param.h"
#include "api/reply.h"
#include "api/api.h"
#include "base/duration.h"
#include "base/json/jsontext.h"
#include "base/text.h"
#include "core/seal/challenge.h"
#include "core/setting.h"
#include "core/state/cluster_joining.h"
#include "core/state/cluster_view.h"
#include "store/store.h"
#include "sys/body_fields.h"
#include "sys/raft_node.h"
#include "sys/route_tables.h"

#define AUTOPILOT "autopilot"
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

static json_t *
sys_raft_list_peers(const struct cluster_view *c)
{
	json_t *list = json_array();
	struct cluster_peer p;

	for (unsigned i = 0; c->peer(c->arg, i, &p); i++)
		json_array_append_new(list,
		    json_pack("{s:s, s:b, s:s, s:s, s:b}", "address", p.address,
			"leader", p.is_leader, "node_id", p.node_id,
			"protocol_version", "3", "voter", p.is_voter));
	return list;
}

static enum handler_result
sys_raft_configuration(struct request *req)
{
	json_t *servers;

	if (!sys_raft_is_enabled(req))
		return fail_unsupported_path(req);
	servers = req->vault->cluster
	    ? sys_raft_list_peers(req->vault->cluster)
	    : json_pack("[{s:s, s:b, s:s, s:s, s:b}]", "address",
		  sys_raft_cluster_host(req), "leader", 1, "node_id",
		  sys_raft_node_id(req), "protocol_version", "3", "voter", 1);
	return reply_data(req,
	    json_pack(
		"{s:{s:i, s:o}}", "config", "index", 0, "servers", servers));
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
	if (req->vault->cluster) {
		(void)req->vault->cluster->remove(req->vault->cluster->arg, id);
		return reply_none(req);
	}
	if (strcmp(id, sys_raft_node_id(req)) == 0)
		return fail_wrapped(
		    req, 500, "need at least one voter in configuration: {[]}");
	return reply_none(req);
}

/* Each write of the store is an entry of raft's log, and its first ones make
 * the cluster. */
static enum handler_result
sys_raft_autopilot_state(struct request *req)
{
	const char *id = sys_raft_node_id(req);
	struct buf *out = &req->reply.data;
	json_t *server, *state;
	char since[RFC3339_MAX];

	if (!sys_raft_is_enabled(req))
		return fail_unsupported_path(req);
	rfc3339_nano(req->vault->active_since_ns, since);
	server = json_pack(
	    "{s:s, s:s, s:s, s:s, s:s, s:i, s:I, s:b, s:s, s:s, s:s, s:s}",
	    "id", id, "name", id, "address", sys_raft_cluster_host(req),
	    "node_status", "alive", "last_contact", "0s", "last_term", 3,
	    "last_index", (json_int_t)store_change_count(req->vault->store),
	    "healthy", 1, "stable_since", since, "status", "leader", "version",
	    req->vault->config.version, "node_type", "voter");
	state = json_pack("{s:i, s:b, s:s, s:{s:o}, s:[s]}",
	    "failure_tolerance", 0, "healthy", 1, "leader", id, "servers", id,
	    server, "voters", id);
	jsontext_put_ordered(out, state);
	json_decref(state);
	return reply_written(req);
}

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
sys_raft_autopilot_config(struct request *req)
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
sys_raft_autopilot_read(struct request *req)
{
	return sys_raft_is_enabled(req)
	    ? reply_data(req, sys_raft_autopilot_config(req))
	    : fail_unsupported_path(req);
}

/* Vault 1.19: a value of 0 leaves what there is. */
static void
sys_raft_autopilot_merge(struct request *req, json_t *c)
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
sys_raft_autopilot_refusal(struct request *req, const json_t *c)
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
sys_raft_autopilot_write(struct request *req)
{
	const char *refusal;
	json_t *c;

	if (!sys_raft_is_enabled(req))
		return fail_unsupported_path(req);
	if (param_is_given(req, "disable_upgrade_migration"))
		return fail(req, 400,
		    "disable_upgrade_migration is only available in Vault "
		    "Enterprise");
	c = sys_raft_autopilot_config(req);
	sys_raft_autopilot_merge(req, c);
	refusal = sys_raft_autopilot_refusal(req, c);
	if (refusal) {
		json_decref(c);
		return fail(req, 400, "%s", refusal);
	}
	setting_put(req->vault, AUTOPILOT, c);
	return reply_none(req);
}

/* ---- what needs more than one node ---- */

struct raft_join {
	struct request *req;
	bool returned, ended;
	const char *failure; /* NULL: it waits for its keys */
};

static enum handler_result
sys_raft_reply_joined(struct request *req, bool joined)
{
	return reply_bare(req, 200, json_pack("{s:b}", "joined", joined));
}

static enum handler_result
sys_raft_join_result(struct raft_join *j)
{
	return j->failure
	    ? fail(j->req, 500, "failed to join raft cluster: %s", j->failure)
	    : sys_raft_reply_joined(j->req, true);
}

static void
sys_raft_on_joined(void *arg, const char *failure)
{
	struct raft_join *j = arg;
	enum handler_result result;

	j->ended = true;
	j->failure = failure ? arena_strdup(j->req->arena, failure) : NULL;
	if (!j->returned)
		return;
	j->req->fault.cancel = NULL;
	result = sys_raft_join_result(j);
	pipeline_resume(j->req, result);
}

static void
sys_raft_on_join_left(struct request *req)
{
	const struct cluster_joining *c = req->vault->joining;

	c->forget(c->arg);
	req->fault.cancel = NULL;
	pipeline_resume(req, fail_no_body(req, 499));
}

/* The request waits for the leader's challenge, unless it says retry. */
static enum handler_result
sys_raft_join_leader(struct request *req, const struct cluster_join_request *r)
{
	const struct cluster_joining *c = req->vault->joining;
	struct raft_join *j = arena_zalloc(req->arena, sizeof(*j));

	j->req = req;
	c->join(c->arg, r, sys_raft_on_joined, j);
	if (r->retry) {
		c->forget(c->arg);
		return sys_raft_reply_joined(req, false);
	}
	if (j->ended)
		return sys_raft_join_result(j);
	j->returned = true;
	req->fault.cancel_arg = j;
	req->fault.cancel = sys_raft_on_join_left;
	return PENDING;
}

static enum handler_result
sys_raft_join(struct request *req)
{
	struct cluster_join_request r = { "", "", "", "", "", false };
	const char *auto_join = "", *scheme = "";
	bool non_voter = false;
	const struct body_field fields[] = {
		{ "auto_join", BODY_STRING, &auto_join },
		{ "auto_join_scheme", BODY_STRING, &scheme },
		{ "leader_api_addr", BODY_STRING, &r.leader_api_addr },
		{ "leader_ca_cert", BODY_STRING, &r.ca_cert },
		{ "leader_client_cert", BODY_STRING, &r.client_cert },
		{ "leader_client_key", BODY_STRING, &r.client_key },
		{ "leader_tls_servername", BODY_STRING, &r.tls_servername },
		{ "non_voter", BODY_BOOL, &non_voter },
		{ "retry", BODY_BOOL, &r.retry },
	};

	if (!body_fields_decode(req, "JoinRequest", fields,
		sizeof(fields) / sizeof(fields[0]), false))
		return HANDLED;
	if (!sys_raft_is_enabled(req))
		return fail(req, 500, "raft backend not in use");
	if (non_voter)
		return fail(req, 400, "non-voting nodes not allowed");
	if (*auto_join && *scheme && strcmp(scheme, "http") != 0 &&
	    strcmp(scheme, "https") != 0)
		return fail(req, 400,
		    "invalid scheme \"%s\"; must either be http or https",
		    scheme);
	if (!req->vault->joining)
		return fail(req, 500,
		    "failed to join raft cluster: mockvault runs a "
		    "cluster of one node, %s cannot be joined",
		    *r.leader_api_addr ? r.leader_api_addr : "a leader");
	if (seal_is_initialized(req->vault))
		return sys_raft_reply_joined(req, true);
	return sys_raft_join_leader(req, &r);
}

/* ---- how a cluster begins and grows ---- */

/* Vault 1.19: initialising has begun the cluster already. */
static enum handler_result
sys_raft_bootstrap(struct request *req)
{
	if (!sys_raft_is_enabled(req))
		return fail(req, 500, "raft backend not in use");
	if (seal_is_sealed(req->vault))
		return fail(req, 400, "node must be unsealed to bootstrap");
	return fail(req, 500,
	    "could not bootstrap clustered storage: error bootstrapping "
	    "cluster: cluster already has state");
}

static enum handler_result
sys_raft_bootstrap_read(struct request *req)
{
	return fail_empty(req, 400);
}

static const struct param challenge_params[] = {
	{ "server_id", P_STRING, NULL, "The node that wants to join" },
	PARAM_END,
};

static enum handler_result
sys_raft_challenge(struct request *req)
{
	struct seal_config config = seal_get_config(req->vault);
	const char *id = param_str(req, "server_id");
	struct error e = { 0 };
	enum handler_result result;
	struct buf text;

	if (!sys_raft_is_enabled(req))
		return fail_unsupported_path(req);
	if (*id == '\0')
		return fail(req, 400, "no server id provided");
	if (req->vault->joining &&
	    !req->vault->joining->prepare(req->vault->joining->arg, &e))
		return fail_error(req, &e);
	buf_init(&text, 0);
	result = challenge_make(req->vault, id, &text, &e)
	    ? reply_data(req,
		  json_pack("{s:s, s:{s:s, s:i, s:i, s:n, s:s, s:b, s:i, s:s}}",
		      "challenge", text.p, "seal_config", "type",
		      seal_type(req->vault), "secret_shares", config.shares,
		      "secret_threshold", config.threshold, "pgp_keys", "nonce",
		      "", "backup", 0, "stored_shares", 1, "name", ""))
	    : fail_error(req, &e);
	buf_release(&text);
	return result;
}

static const struct param answer_params[] = {
	{ "answer", P_STRING, NULL, "What the challenge has in it, base64" },
	{ "cluster_addr", P_STRING, NULL, "Where the node is reached" },
	{ "non_voter", P_BOOL, NULL, "Enterprise only" },
	{ "server_id", P_STRING, NULL, "The node that wants to join" },
	PARAM_END,
};

static enum handler_result
sys_raft_admit(struct request *req, const char *id)
{
	const struct cluster_joining *c = req->vault->joining;
	struct error e = { 0 };

	if (!c)
		return fail(req, 500,
		    "mockvault runs a cluster of one node, %s cannot join it",
		    id);
	return c->admit(c->arg, id, param_str(req, "cluster_addr"),
		   &req->reply.data, &e)
	    ? reply_written(req)
	    : fail_error(req, &e);
}

static enum handler_result
sys_raft_answer(struct request *req)
{
	const char *id = param_str(req, "server_id");
	const char *answer = param_str(req, "answer");
	struct error e = { 0 };
	struct buf secret;
	size_t bad;
	bool ok;

	if (!sys_raft_is_enabled(req))
		return fail_unsupported_path(req);
	if (*id == '\0')
		return fail(req, 400, "no server_id provided");
	if (*answer == '\0')
		return fail(req, 400, "no answer provided");
	if (*param_str(req, "cluster_addr") == '\0')
		return fail(req, 400, "no cluster_addr provided");
	buf_init(&secret, 4096);
	ok = base64_decode(&secret, answer, strlen(answer), &bad);
	if (!ok)
		error_set(&e, 400, "could not base64 decode answer");
	else
		ok = challenge_check(
		    req->vault, id, (struct slice){ secret.p, secret.n }, &e);
	buf_release(&secret);
	return ok ? sys_raft_admit(req, id) : fail_error(req, &e);
}

#define RAFT "sys/storage/raft/"
#define OPEN (R_DEDICATED | R_UNAUTH | R_WHILE_SEALED | R_ON_STANDBY)

const struct route sys_raft_join_routes[] = {
	{ OP_WRITE, RAFT "join", OPEN, NULL, sys_raft_join, NULL,
	    "Join a cluster" },
	{ OP_WRITE, RAFT "bootstrap", OPEN, NULL, sys_raft_bootstrap, NULL,
	    "Begin a cluster" },
	{ OP_READ, RAFT "bootstrap", OPEN, NULL, sys_raft_bootstrap_read, NULL,
	    "Refused" },
	ROUTE_END,
};

const struct route sys_raft_routes[] = {
	{ OP_WRITE, RAFT "bootstrap/challenge", R_UNAUTH, challenge_params,
	    sys_raft_challenge, NULL, "What a node that joins shall open" },
	{ OP_WRITE, RAFT "bootstrap/answer", R_UNAUTH, answer_params,
	    sys_raft_answer, NULL, "What it has opened" },
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
