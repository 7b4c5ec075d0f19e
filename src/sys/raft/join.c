/*
 * sys/storage/raft/join and bootstrap: how a cluster begins and grows.
 */
#include <string.h>

#include "api/api.h"
#include "api/param.h"
#include "api/reply.h"
#include "base/text.h"
#include "core/crypto/client_tls.h"
#include "core/seal/challenge.h"
#include "core/state/cluster_identity.h"
#include "core/state/cluster_joining.h"
#include "sys/body_fields.h"
#include "sys/raft/raft.h"
#include "sys/route_tables.h"

/* ---- a node that wants to be in a cluster ---- */

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
	pipeline_abandon(req);
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

/* False: refused, in Vault's order. */
static bool
sys_raft_check_join(struct request *req, const struct cluster_join_request *r,
    bool non_voter, const char *scheme)
{
	struct error e = { 0 };

	if (non_voter)
		fail(req, 400, "non-voting nodes not allowed");
	else if ((*r->ca_cert || *r->client_cert || *r->client_key) &&
	    !client_tls_check(r->ca_cert, r->client_cert, r->client_key, &e))
		fail_error(req, &e);
	else if (*scheme && strcmp(scheme, "http") != 0 &&
	    strcmp(scheme, "https") != 0)
		fail(req, 400,
		    "invalid scheme \"%s\"; must either be http or https",
		    scheme);
	else if (!sys_raft_is_enabled(req))
		fail(req, 500, "raft backend not in use");
	else if (req->vault->role == NODE_REMOVED &&
	    version_has(req->vault, VERSION_HEALTH_HA))
		fail(req, 500,
		    "node has been removed from the HA cluster. Raft data for "
		    "this node must be cleaned up before it can be added "
		    "back");
	else
		return true;
	return false;
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
	if (!sys_raft_check_join(req, &r, non_voter, scheme))
		return HANDLED;
	/* Vault 1.19: with both, neither is used. No cloud is asked here. */
	if (*auto_join)
		r.leader_api_addr = "";
	if (!*r.client_cert || !*r.client_key)
		r.client_cert = r.client_key = "";
	if (!req->vault->joining)
		return fail(req, 500,
		    "failed to join raft cluster: mockvault runs a "
		    "cluster of one node, %s cannot be joined",
		    *r.leader_api_addr ? r.leader_api_addr : "a leader");
	if (seal_is_initialized(req->vault))
		return sys_raft_reply_joined(req, true);
	return sys_raft_join_leader(req, &r);
}

/* ---- the cluster's part ---- */

#define HAS_STATE                                                     \
	"could not bootstrap clustered storage: error bootstrapping " \
	"cluster: cluster already has state"

/* Recorded: a sealed node goes on behind its refusal, and answers with both
 * refusals, an object each. */
static enum handler_result
sys_raft_bootstrap_sealed(struct request *req)
{
	const char *text = arena_printf(req->arena,
	    "{\"errors\":[\"node must be unsealed to bootstrap\"]}\n"
	    "{\"errors\":[\"%s\"]}\n",
	    seal_is_initialized(req->vault)
		? HAS_STATE
		: "could not generate TLS keyring during bootstrap: Vault is "
		  "sealed");

	return reply_raw(
	    req, 400, "application/json", (struct slice){ text, strlen(text) });
}

/* Vault 1.19: initialising has begun the cluster already. */
static enum handler_result
sys_raft_bootstrap(struct request *req)
{
	if (!sys_raft_is_enabled(req))
		return fail(req, 500, "raft backend not in use");
	if (seal_is_sealed(req->vault))
		return sys_raft_bootstrap_sealed(req);
	return fail(req, 500, HAS_STATE);
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
	if (version_has(req->vault, VERSION_RAFT_JOIN_LIMITS) &&
	    !challenge_may_begin(req->vault, id))
		return reply_forced(req, 429,
		    json_pack("{s:s}", "error",
			"too many raft challenges in flight"));
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
	{ "sdk_version", P_STRING, NULL, "The node's version" },
	{ "server_id", P_STRING, NULL, "The node that wants to join" },
	{ "upgrade_version", P_STRING, NULL, "What it counts as in upgrades" },
	PARAM_END,
};

/* Base64 of a secret. */
#define ANSWER_TEXT_MAX ((CHALLENGE_SECRET_SIZE + 2) / 3 * 4)

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

/* A node of ours says as its upgrade_version which tables its state has. */
static bool
sys_raft_check_schema(struct request *req, const char *id, struct error *e)
{
	const char *schema = param_str(req, "upgrade_version");
	char ours[CLUSTER_SCHEMA_SIZE];

	cluster_schema(req->vault, ours);
	return strlen(schema) != strlen(ours) || strcmp(schema, ours) == 0 ||
	    error_set(e, 400,
		"node %s has another version of mockvault than this cluster: "
		"all nodes of a cluster have the same",
		id);
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
	if (strlen(answer) > ANSWER_TEXT_MAX &&
	    version_has(req->vault, VERSION_RAFT_JOIN_LIMITS))
		return fail(req, 400, "answer is too long");
	if (*param_str(req, "cluster_addr") == '\0')
		return fail(req, 400, "no cluster_addr provided");
	buf_init(&secret, 4096);
	ok = base64_decode(&secret, answer, strlen(answer), &bad);
	if (!ok)
		error_set(&e, 400, "could not base64 decode answer");
	else
		ok = challenge_check(req->vault, id,
			 (struct slice){ secret.p, secret.n }, &e) &&
		    sys_raft_check_schema(req, id, &e);
	buf_release(&secret);
	return ok ? sys_raft_admit(req, id) : fail_error(req, &e);
}

#define OPEN (R_DEDICATED | R_UNAUTH | R_WHILE_SEALED | R_ON_STANDBY)

const struct route sys_raft_join_routes[] = {
	{ OP_WRITE, SYS_RAFT "join", OPEN, NULL, sys_raft_join, NULL,
	    "Join a cluster" },
	{ OP_WRITE, SYS_RAFT "bootstrap", OPEN, NULL, sys_raft_bootstrap, NULL,
	    "Begin a cluster" },
	{ OP_READ, SYS_RAFT "bootstrap", OPEN, NULL, sys_raft_bootstrap_read,
	    NULL, "Refused" },
	ROUTE_END,
};

const struct route sys_raft_bootstrap_routes[] = {
	{ OP_WRITE, SYS_RAFT "bootstrap/challenge", R_UNAUTH, challenge_params,
	    sys_raft_challenge, NULL, "What a node that joins shall open" },
	{ OP_WRITE, SYS_RAFT "bootstrap/answer", R_UNAUTH, answer_params,
	    sys_raft_answer, NULL, "What it has opened" },
	ROUTE_END,
};
