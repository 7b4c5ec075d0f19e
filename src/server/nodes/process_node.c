/*
 * A node in its own process: what the seal, raft, those who join and the loop
 * ask of it.
 */
#include "server/nodes/process_node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/seal/challenge.h"
#include "core/seal/seal.h"
#include "core/state/cluster_welcome.h"
#include "core/state/role.h"
#include "server/nodes/nodes.h"
#include "store/capture.h"

#define PROCESS_S ((int64_t)1000000000)
/* Vault 1.19: these, times performance_multiplier, 5 where none is given. */
#define PROCESS_HEARTBEAT_MS 100
#define PROCESS_ELECTION_MS 1000
#define PROCESS_MULTIPLIER 5
#define PROCESS_MULTIPLIER_MAX 10
/* A node that was removed stops; one that led first helps its successor. */
#define PROCESS_REMOVED_NS ((int64_t)100 * 1000000)
#define PROCESS_HANDED_NS ((int64_t)3 * PROCESS_S)
/* What keeps raft from starting may go away, as another program that has the
 * cluster address. */
#define PROCESS_AGAIN_NS PROCESS_S

/* ---- roles ---- */

static void
process_follow(struct process_node *n, const char *leader_address)
{
	n->leads_ns = 0;
	vault_become_standby(&n->in->vault, leader_address);
	n->in->vault.role = NODE_STANDBY;
}

static void
process_on_role(void *arg, bool serves)
{
	struct process_node *n = arg;
	struct vault *v = &n->in->vault;

	n->serves = serves;
	n->known_leader = 0;
	n->is_lost = false;
	if (serves) {
		vault_become_active(v);
		v->role = NODE_ACTIVE;
		if (n->leads_ns)
			v->active_since_ns = n->active_since_ns;
		else
			n->leads_ns = clock_now(n->clock);
		log_msg(&n->in->log, LOG_INFO, "core",
		    "acquired lock, enabling active operation");
	} else {
		process_follow(n, "");
		api_fail_held(n->in->api);
		log_msg(&n->in->log, LOG_WARN, "core",
		    "leadership lost, stopping active operation");
	}
}

/* ---- raft ---- */

static const char *
process_cluster_address(const struct process_node *n)
{
	const char *address = n->in->vault.config.cluster_addr;
	const char *slashes = strstr(address, "://");

	return slashes ? slashes + 3 : address;
}

static int64_t
process_multiplier(const struct process_node *n)
{
	const char *text = n->in->config_file.storage.performance_multiplier;
	long given = text ? strtol(text, NULL, 10) : 0;

	return given <= 0		     ? PROCESS_MULTIPLIER
	    : given > PROCESS_MULTIPLIER_MAX ? PROCESS_MULTIPLIER_MAX
					     : given;
}

static void
process_on_removed(void *arg)
{
	((struct process_node *)arg)->was_told = true;
}

static bool
process_arrives(void *arg, struct slice bytes)
{
	const struct process_node *n = arg;

	return !n->wanted || !n->wanted->lags ||
	    !node_message_has_entries(bytes);
}

static bool
process_make_member(struct process_node *n, struct error *e)
{
	int64_t multiplier = process_multiplier(n);
	struct member_options o = { .base = n->in->host->base,
		.clock = n->clock,
		.random = n->in->vault.random,
		.log = &n->in->log,
		.store = n->in->vault.store,
		.node_id = n->in->vault.config.node_id,
		.api_address = n->in->api_addr,
		.heartbeat_ms = PROCESS_HEARTBEAT_MS * multiplier,
		.election_timeout_ms = PROCESS_ELECTION_MS * multiplier,
		.arg = n,
		.on_role = process_on_role,
		.arrives = process_arrives,
		.stabilization_ns = process_stabilization_ns,
		.on_removed = process_on_removed,
		.serve = process_serve,
		.cancelled = process_cancelled };

	if (n->member)
		return true;
	if (!*o.node_id)
		return error_set(
		    e, 500, "a node of a cluster needs a configured node_id");
	if (!store_capture(o.store, NULL, NULL))
		return error_set(e, 500, "this SQLite has no preupdate hook");
	n->member = member_new(&o, process_cluster_address(n), e);
	if (!n->member)
		return false;
	n->in->vault.cluster = &n->view;
	api_set_forward(n->in->api, process_forward, n);
	return true;
}

static bool
process_secrets(struct process_node *n, struct arena *a,
    struct member_secrets *out, struct error *e)
{
	struct cluster_identity identity;
	char schema[CLUSTER_SCHEMA_SIZE];

	if (!cluster_identity_get(&n->in->vault, a, &identity))
		return error_set(
		    e, 500, "the cluster's certificate cannot be made");
	cluster_schema(&n->in->vault, schema);
	*out = (struct member_secrets){ arena_strdup(a, schema),
		identity.certificate, identity.key };
	return true;
}

static bool
process_is_running(const struct process_node *n)
{
	return n->member && member_cluster(n->member);
}

static void
process_on_again(void *arg, int64_t now_ns)
{
	(void)now_ns;
	((struct process_node *)arg)->waits = false;
}

/* It is tried again in a second. */
static void
process_put_off(struct process_node *n, const char *why)
{
	log_msg(&n->in->log, LOG_ERROR, "storage.raft",
	    "raft cannot be started: %s", why);
	n->waits = true;
	alarm_set(n->clock, &n->again, clock_now(n->clock) + PROCESS_AGAIN_NS);
}

/* ---- others join ---- */

/* Leading reads memory anew, which no request may see: it begins at the end of
 * the pass. */
static bool
process_prepare(void *arg, struct error *e)
{
	struct process_node *n = arg;

	n->begins = !process_is_running(n);
	return process_make_member(n, e);
}

static void
process_begin(struct process_node *n)
{
	struct arena *a = arena_new();
	struct member_secrets secrets;
	struct error e = { 0 };

	n->begins = false;
	if (!process_secrets(n, a, &secrets, &e) ||
	    !member_begin(n->member, &secrets, process_cluster_address(n), &e))
		log_msg(&n->in->log, LOG_ERROR, "storage.raft",
		    "raft cannot be started: %s", e.text);
	arena_free(a);
}

static bool
process_admit(void *arg, const char *node_id, const char *address,
    struct buf *out, struct error *e)
{
	struct process_node *n = arg;
	const char *slashes = strstr(address, "://");
	struct cluster_welcome w = { .leader_address = process_cluster_address(
					 n) };

	if (!process_is_running(n))
		return error_set(e, 500, "node %s cannot join now", node_id);
	w.number = member_admit(
	    n->member, node_id, slashes ? slashes + 3 : address);
	w.leader = member_number(n->member);
	if (w.number == 0)
		return error_set(e, 500, "node %s cannot join now", node_id);
	return cluster_welcome_write(&n->in->vault, &w, out, e);
}

/* ---- it joins ---- */

static void
process_end_join(struct process_node *n, const char *failure)
{
	void (*done)(void *, const char *) = n->join_done;

	n->join_done = NULL;
	if (done)
		done(n->join_done_arg, failure);
}

/* Vault 1.19: nodes of a cluster have the same kind of seal. */
static bool
process_has_seal_of(struct process_node *n, const char *type)
{
	const char *own = seal_type(&n->in->vault);

	if (!type || strcmp(type, own) == 0)
		return true;
	log_msg(&n->in->log, LOG_ERROR, "core",
	    "failed to get raft challenge: error=\"incompatible seal types "
	    "between raft leader (%s) and follower (%s)\"",
	    type, own);
	return false;
}

static bool
process_on_challenge(void *arg, const char *challenge, const char *seal_config)
{
	struct process_node *n = arg;
	struct vault *v = &n->in->vault;
	json_t *tree = json_loads(seal_config, 0, NULL);
	struct seal_config config = { (int)json_integer_value(json_object_get(
					  tree, "secret_shares")),
		(int)json_integer_value(
		    json_object_get(tree, "secret_threshold")) };
	bool ok = process_has_seal_of(
		      n, json_string_value(json_object_get(tree, "type"))) &&
	    (seal_has_key(v) || challenge_adopt(v, challenge, config));

	json_decref(tree);
	if (!ok)
		return false;
	process_follow(n, "");
	if (seal_is_auto(v) && !seal_has_key(v) &&
	    !challenge_auto_unseal(v, challenge))
		log_msg(&n->in->log, LOG_ERROR, "core",
		    "failed to unseal core: error=\"the seal's key cannot be "
		    "had\"");
	free(n->challenge);
	n->challenge = xstrdup(challenge);
	v->standby.enters = true;
	process_end_join(n, NULL);
	return true;
}

static void
process_on_failed(void *arg, const char *why)
{
	process_end_join(arg, why);
}

static void
process_on_joined(void *arg, struct slice data)
{
	struct process_node *n = arg;
	struct arena *a = arena_new();
	char schema[CLUSTER_SCHEMA_SIZE];
	struct member_secrets secrets;
	struct cluster_welcome w;
	struct error e = { 0 };

	cluster_schema(&n->in->vault, schema);
	if (cluster_welcome_read(&n->in->vault, a, data, &w, &e) &&
	    process_make_member(n, &e)) {
		secrets = (struct member_secrets){ schema,
			w.identity.certificate, w.identity.key };
		if (member_enter(n->member, &secrets, w.number, w.leader,
			w.leader_address, &e))
			log_msg(&n->in->log, LOG_INFO, "core",
			    "successfully joined the raft cluster: leader=%s",
			    w.leader_address);
	}
	if (*e.text)
		log_msg(&n->in->log, LOG_ERROR, "core",
		    "failed to join raft cluster: %s", e.text);
	arena_free(a);
}

static void
process_join_leaders(struct process_node *n, const struct join_leader *leaders,
    size_t nleaders, bool retry)
{
	struct join_options o = { .base = n->in->host->base,
		.clock = n->clock,
		.log = &n->in->log,
		.node_id = n->in->vault.config.node_id,
		.cluster_addr = n->in->vault.config.cluster_addr,
		.waits_longer = version_has(
		    &n->in->vault, VERSION_RAFT_RETRY_GROWS),
		.arg = n,
		.on_challenge = process_on_challenge,
		.on_failed = process_on_failed,
		.on_joined = process_on_joined };

	if (!n->join)
		n->join = join_new(&o);
	join_start(n->join, leaders, nleaders, retry);
}

static void
process_join(void *arg, const struct cluster_join_request *r,
    void (*done)(void *done_arg, const char *failure), void *done_arg)
{
	struct process_node *n = arg;
	struct join_leader leader = { r->leader_api_addr,
		{ r->ca_cert, r->client_cert, r->client_key,
		    r->tls_servername } };

	process_end_join(n, "another join has begun");
	n->join_done = done;
	n->join_done_arg = done_arg;
	process_join_leaders(n, &leader, 1, r->retry);
}

static void
process_forget(void *arg)
{
	((struct process_node *)arg)->join_done = NULL;
}

/* The leaders of retry_join blocks are tried until somebody initialises the
 * node, as a cluster of its own. One that has its challenge counts as
 * initialised as well, and goes on. */
static void
process_retry_join(struct process_node *n)
{
	const struct vault *v = &n->in->vault;
	bool joins = n->join && join_state_of(n->join) != JOIN_IDLE;

	if (n->retries && !joins && !seal_is_initialized(v)) {
		process_join_leaders(n, n->retry, n->nretry, true);
	} else if (joins && seal_is_initialized(v) && !v->standby.enters) {
		log_msg(&n->in->log, LOG_INFO, "core",
		    "returning from raft join as the node is initialized");
		join_stop(n->join);
	}
}

/* The keys are there: the challenge can be opened. Nobody is told that the node
 * comes before it listens. */
static void
process_answer_challenge(struct process_node *n)
{
	char secret[CHALLENGE_SECRET_SIZE], schema[CLUSTER_SCHEMA_SIZE];
	struct error e = { 0 };

	if (!n->challenge || join_state_of(n->join) != JOIN_WAITS)
		return;
	if (!process_make_member(n, &e)) {
		process_put_off(n, e.text);
		return;
	}
	process_follow(n, "");
	cluster_schema(&n->in->vault, schema);
	if (challenge_open(&n->in->vault, n->challenge, (uint8_t *)secret))
		join_answer(
		    n->join, (struct slice){ secret, sizeof(secret) }, schema);
	else
		log_msg(&n->in->log, LOG_ERROR, "core",
		    "failed to decrypt raft challenge");
	free(n->challenge);
	n->challenge = NULL;
}

/* ---- the pass ---- */

static void
process_resume(struct process_node *n)
{
	struct arena *a = arena_new();
	struct member_secrets secrets;
	struct error e = { 0 };

	process_follow(n, "");
	if (!process_make_member(n, &e) ||
	    !process_secrets(n, a, &secrets, &e) ||
	    !member_resume(n->member, &secrets, &e))
		process_put_off(n, e.text);
	arena_free(a);
}

static bool
process_was_member(const struct process_node *n)
{
	struct arena *a = arena_new();
	struct peer p;
	bool found = peers_find(
	    n->in->vault.store, a, n->in->vault.config.node_id, &p);

	arena_free(a);
	return found;
}

/* A node that is alone leads. */
static void
process_note_lead(struct process_node *n)
{
	const struct vault *v = &n->in->vault;

	if (v->standby.on)
		return;
	if (!n->leads_ns)
		n->leads_ns = clock_now(n->clock);
	n->active_since_ns = v->active_since_ns;
}

/* What a leader has done last is everyone's before its raft stops: as a whole
 * state that was restored, by which it was sealed. */
static bool
process_waits_for_commit(struct process_node *n)
{
	int64_t now_ns = clock_now(n->clock);
	struct cluster *c;

	if (!n->serves || !process_is_running(n))
		return false;
	if (!n->leaves_ns)
		n->leaves_ns = now_ns + PROCESS_HANDED_NS;
	(void)instance_commit(n->in);
	member_flush(n->member);
	c = member_cluster(n->member);
	return now_ns < n->leaves_ns &&
	    (now_ns < n->told_ns ||
		!cluster_is_committed(c, cluster_last_entry(c)));
}

static void
process_stop_raft(struct process_node *n)
{
	if (!process_is_running(n))
		return;
	member_flush(n->member);
	member_stop(n->member);
	n->serves = false;
	process_follow(n, "");
	api_fail_held(n->in->api);
}

static void
process_follow_seal(struct process_node *n)
{
	bool sealed = !seal_has_key(&n->in->vault);
	bool idle = n->wanted && n->wanted->idle && process_was_member(n);

	if (sealed && process_waits_for_commit(n))
		return;
	n->leaves_ns = 0;
	if (sealed && n->serves && process_is_running(n))
		(void)cluster_hand_over(member_cluster(n->member));
	if (sealed || idle || n->gives_up)
		process_stop_raft(n);
	n->gives_up = false;
	if (sealed)
		n->leads_ns = 0;
	if (sealed || idle || process_is_running(n))
		return;
	process_note_lead(n);
	if (n->waits)
		return;
	if (n->begins)
		process_begin(n);
	else if (n->challenge)
		process_answer_challenge(n);
	else if ((!n->join || join_state_of(n->join) == JOIN_IDLE) &&
	    process_was_member(n))
		process_resume(n);
}

/* Vault 1.19: a node that joins stays sealed until it has the state. Here it
 * has a line to the leader too. */
static void
process_end_entering(struct process_node *n)
{
	struct vault *v = &n->in->vault;

	if (!v->standby.enters || !n->known_leader || !process_was_member(n))
		return;
	v->standby.enters = false;
	seal_follow_store(v);
}

/* Those that get a state of other keys hear that it is everyone's with the
 * second heartbeat at the latest. */
static void
process_look_at_state(struct process_node *n)
{
	uint64_t applied = process_is_running(n)
	    ? cluster_applied_index(member_cluster(n->member))
	    : 0;

	if (cluster_restore_follow(&n->in->vault, &n->restored, applied))
		n->told_ns = clock_now(n->clock) +
		    2 * PROCESS_HEARTBEAT_MS * process_multiplier(n) * 1000000;
}

/* ---- a node that was removed ---- */

/* Of a cluster whose others its data still has. */
static bool
process_is_removed(const struct process_node *n)
{
	struct store *s = n->in->vault.store;
	struct arena *a = arena_new();
	struct peer *peers, own;
	bool removed = process_is_running(n)
	    ? !peers_find_number(s, a, member_number(n->member), &own)
	    : peers_list(s, a, &peers) > 0 && !process_was_member(n);

	arena_free(a);
	return removed;
}

/* Vault 1.19: it seals itself and cannot come back with the data it has. */
static void
process_leave(struct process_node *n)
{
	struct vault *v = &n->in->vault;

	if (process_is_running(n)) {
		member_stop(n->member);
		api_fail_held(n->in->api);
	}
	/* Its own data shall say so, too. */
	if (n->was_told && store_capture(v->store, NULL, NULL) &&
	    peers_remove(v->store, v->config.node_id))
		(void)instance_commit(n->in);
	process_follow(n, "");
	if (!version_has(v, VERSION_HEALTH_HA))
		return;
	if (!seal_is_sealed(v))
		seal_seal(v);
	v->role = NODE_REMOVED;
	log_msg(&n->in->log, LOG_ERROR, "core",
	    "this node was removed from its cluster");
}

static void
process_look_at_removal(struct process_node *n)
{
	const struct vault *v = &n->in->vault;
	int64_t now_ns = clock_now(n->clock);

	if (v->role == NODE_REMOVED || v->standby.enters || n->serves)
		return;
	if (!process_is_running(n)) {
		if (!n->has_looked && process_is_removed(n))
			process_leave(n);
		n->has_looked = true;
		return;
	}
	if (n->was_told) {
		process_leave(n);
		return;
	}
	if (!process_is_removed(n))
		n->removed_ns = 0;
	else if (n->removed_ns == 0)
		n->removed_ns = now_ns +
		    (n->hands_over ? PROCESS_HANDED_NS : PROCESS_REMOVED_NS);
	if (n->removed_ns && now_ns >= n->removed_ns)
		process_leave(n);
}

/* An outage loses its heartbeats: two of them are late first. */
static bool
process_hears_leader(struct process_node *n)
{
	int64_t now_ns = clock_now(n->clock);

	if (!n->wanted || !n->wanted->line_lost)
		n->silent_ns = 0;
	else if (n->silent_ns == 0)
		n->silent_ns = now_ns;
	return forward_is_healthy(member_forward(n->member)) &&
	    (n->silent_ns == 0 ||
		now_ns - n->silent_ns < 2 * FORWARD_HEARTBEAT_NS);
}

/* The dead leader's address stays until another leads. Vault 1.19: a node that
 * has heard nothing of a leader lately is not healthy, whether it knows one or
 * not. */
static void
process_look_for_leader(struct process_node *n)
{
	struct vault *v = &n->in->vault;
	struct arena *a = arena_new();
	struct peer p;

	if (member_leader(n->member, a, &p) && *p.api_address &&
	    p.number != member_number(n->member) &&
	    tcp_network_is_up(member_network(n->member), p.number)) {
		n->known_leader = p.number;
		snprintf(v->standby.leader_address,
		    sizeof(v->standby.leader_address), "%s", p.api_address);
		snprintf(v->standby.leader_cluster_address,
		    sizeof(v->standby.leader_cluster_address), "https://%s",
		    p.address);
	}
	v->standby.has_heartbeat = n->known_leader != 0;
	if (process_hears_leader(n)) {
		process_end_entering(n);
		v->standby.heartbeat_lost_ns = 0;
		n->is_lost = false;
		v->role = NODE_STANDBY;
	} else {
		if (!n->is_lost)
			v->standby.heartbeat_lost_ns = vault_now(v);
		n->is_lost = true;
		v->role = NODE_HA_UNHEALTHY;
	}
	arena_free(a);
}

/* What raft has in memory of a pass that was not kept is not on its disk: it
 * begins anew. */
static void
process_look_for_failure(struct process_node *n)
{
	if (n->failed_commits == n->in->failed_commits)
		return;
	n->failed_commits = n->in->failed_commits;
	if (!process_is_running(n))
		return;
	member_stop(n->member);
	n->serves = false;
	process_follow(n, "");
}

void
process_node_settle(struct process_node *n)
{
	process_look_for_failure(n);
	if (process_is_running(n))
		member_flush(n->member);
	process_look_at_removal(n);
	process_retry_join(n);
	process_look_at_state(n);
	process_follow_seal(n);
	if (!process_is_running(n))
		return;
	process_prune_dead(n);
	if (instance_commit(n->in))
		member_flush(n->member);
	if (n->serves)
		api_release_held(n->in->api);
	else
		process_look_for_leader(n);
}

/* ---- what others see ---- */

/* Vault 1.19: who has answered the challenge belongs to the cluster, though
 * raft may still be taking in another. */
static bool
process_view_peer(void *arg, unsigned at, struct cluster_peer *out)
{
	struct process_node *n = arg;
	struct tcp_network *net;
	struct peer *peers, *p;
	bool found;

	memset(out, 0, sizeof(*out));
	arena_clear(n->peers);
	found = process_is_running(n) &&
	    at < peers_list(n->in->vault.store, n->peers, &peers);
	if (!found)
		return false;
	p = &peers[at];
	net = member_network(n->member);
	out->node_id = p->node_id;
	out->address = p->address;
	out->api_address = p->api_address;
	out->is_self = p->number == member_number(n->member);
	out->is_voter = member_role(n->member, p->number) == ROLE_VOTER;
	out->is_leader = p->number == cluster_leader(member_cluster(n->member));
	out->is_reachable = out->is_self || tcp_network_is_up(net, p->number);
	out->last_contact_ms = tcp_network_away_ns(net, p->number) / 1000000;
	return true;
}

static bool
process_view_serves(void *arg)
{
	return ((struct process_node *)arg)->serves;
}

static int64_t
process_view_now_ms(void *arg)
{
	struct process_node *n = arg;

	return process_is_running(n) ? cluster_now_ms(member_cluster(n->member))
				     : 0;
}

static bool
process_view_has_led(void *arg, int64_t at_ms)
{
	struct process_node *n = arg;

	return process_is_running(n) &&
	    cluster_has_led(member_cluster(n->member), at_ms);
}

static uint64_t
process_view_term(void *arg)
{
	struct process_node *n = arg;

	return process_is_running(n) ? cluster_term(member_cluster(n->member))
				     : 0;
}

static uint64_t
process_view_applied_index(void *arg)
{
	struct process_node *n = arg;

	return process_is_running(n)
	    ? cluster_applied_index(member_cluster(n->member))
	    : 0;
}

static uint64_t
process_view_last_entry(void *arg)
{
	struct process_node *n = arg;

	return process_is_running(n)
	    ? cluster_last_entry(member_cluster(n->member))
	    : 0;
}

static bool
process_view_is_committed(void *arg, uint64_t entry)
{
	struct process_node *n = arg;

	return process_is_running(n) &&
	    cluster_is_committed(member_cluster(n->member), entry);
}

static bool
process_view_hand_over(void *arg)
{
	struct process_node *n = arg;

	return n->serves && cluster_hand_over(member_cluster(n->member));
}

static bool
process_view_add(void *arg, const char *node_id, const char *address)
{
	struct process_node *n = arg;

	return n->member && member_admit(n->member, node_id, address) != 0;
}

/* The member itself promotes, as soon as it can. */
static bool
process_view_promote(void *arg, const char *node_id)
{
	(void)arg;
	(void)node_id;
	return false;
}

static bool
process_view_remove(void *arg, const char *node_id)
{
	struct process_node *n = arg;

	if (!n->member || !member_expel(n->member, node_id))
		return false;
	n->hands_over = !process_was_member(n);
	return true;
}

static bool
process_view_is_changing(void *arg)
{
	struct process_node *n = arg;

	return process_is_running(n) &&
	    cluster_is_changing(member_cluster(n->member));
}

/* ---- beginning and end ---- */

struct process_node *
process_node_new(struct instance *in, struct clock *clock,
    const struct node_conditions *wanted)
{
	struct process_node *n = xcalloc(1, sizeof(*n));

	n->in = in;
	n->clock = clock;
	n->wanted = wanted;
	n->failed_commits = in->failed_commits;
	n->peers = arena_new();
	n->view = (struct cluster_view){ .arg = n,
		.peer = process_view_peer,
		.serves = process_view_serves,
		.now_ms = process_view_now_ms,
		.has_led = process_view_has_led,
		.term = process_view_term,
		.applied_index = process_view_applied_index,
		.last_entry = process_view_last_entry,
		.is_committed = process_view_is_committed,
		.hand_over = process_view_hand_over,
		.add = process_view_add,
		.promote = process_view_promote,
		.remove = process_view_remove,
		.is_changing = process_view_is_changing };
	n->joining = (struct cluster_joining){ n, process_prepare,
		process_admit, process_join, process_forget };
	in->vault.joining = &n->joining;
	alarm_init(&n->again, process_on_again, n);
	if (process_was_member(n))
		process_follow(n, ""); /* before it is unsealed */
	/* With auto-unseal it is open already. */
	if (seal_has_key(&in->vault) && process_was_member(n))
		process_follow(n, "");
	return n;
}

void
process_node_pause(struct process_node *n, bool paused)
{
	if (n->member)
		tcp_network_pause(member_network(n->member), paused);
}

void
process_node_free(struct process_node *n)
{
	if (!n)
		return;
	api_drop_held(n->in->api);
	api_set_forward(n->in->api, NULL, NULL);
	n->in->vault.cluster = NULL;
	n->in->vault.joining = NULL;
	process_end_join(n, "this server stops");
	alarm_cancel(n->clock, &n->again);
	join_free(n->join);
	member_free(n->member);
	free(n->challenge);
	arena_free(n->peers);
	arena_free(n->retry_arena);
	free(n);
}
