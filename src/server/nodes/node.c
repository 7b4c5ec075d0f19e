/*
 * One node: its raft, what it knows of the leader, what calls and outages make
 * of it.
 */
#include "server/nodes/nodes.h"

#include <stdio.h>
#include <string.h>

#include "cluster/message.h"
#include "core/seal/seal.h"
#include "core/state/role.h"
#include "fault/fault.h"
#include "server/control_host.h"
#include "server/dev/dev.h"

/* Vault's is 5 s, and an election takes it two or three rounds. Here the first
 * one does, so this is what makes it as long (measured: both about 16 s). */
#define ELECTION_TIMEOUT_MS 9000
/* Vault's leader_lease_timeout: so long it leads without a majority. */
#define LEASE_NS (2500 * NODES_MS)
/* measured: so long from the election until the new leader has the lock */
#define LOCK_DELAY_NS (500 * NODES_MS)
/* measured: so long until a standby forwards to a new leader */
#define FORWARD_DELAY_NS (1100 * NODES_MS)
/* Two heartbeats of request forwarding, 5 s each, are late: health 474. */
#define UNHEALTHY_NS (10 * NODES_S)
/* How long a node that was sealed may take to hand over. */
#define HAND_OVER_NS (1 * NODES_S)

void
nodes_stir(struct nodes *s)
{
	struct clock *c = s->node[0].in->vault.clock;

	s->busy_until_ns = clock_now(s->clock) + NODES_OWED_MAX_NS;
	if (s->host->settle && !s->sync.heap_index &&
	    (clock_frozen(c) || clock_get_rate(c) == 1))
		alarm_set(c, &s->sync, clock_now(c) + NODES_SYNC_NS);
}

const char *
node_state_name(const struct node *n)
{
	static const char *const powers[] = { [NODE_UP] = "standby",
		[NODE_PAUSED] = "paused",
		[NODE_KILLED] = "killed" };

	if (n->power == NODE_UP && n->in->vault.role == NODE_REMOVED)
		return "removed";
	if (n->power == NODE_UP && seal_is_sealed(&n->in->vault))
		return "sealed";
	return n->serves ? "active" : powers[n->power];
}

/* ---- what raft tells a node ---- */

static void
node_send(void *arg, uint64_t to, struct slice bytes)
{
	struct node *n = arg;

	memory_network_send(n->nodes->network, n->number, to, bytes);
}

/* Heartbeats have none. */
bool
node_message_has_entries(struct slice bytes)
{
	struct arena *a = arena_new();
	struct cluster_message m;
	bool has = message_decode(a, bytes, &m) &&
	    ((m.type == MESSAGE_APPEND && m.append.n > 0) ||
		m.type == MESSAGE_SNAPSHOT);

	arena_free(a);
	return has;
}

static void
node_receive(void *arg, struct slice bytes)
{
	struct node *n = arg;

	if (n->wanted.lags && node_message_has_entries(bytes))
		return;
	if (n->cluster && !cluster_receive(n->cluster, bytes))
		log_msg(&n->in->log, LOG_ERROR, "storage.raft",
		    "a message that is none");
}

struct node *
nodes_leader(struct nodes *s)
{
	for (int i = 0; i < s->n; i++)
		if (s->node[i].serves)
			return &s->node[i];
	return NULL;
}

void
nodes_tell_leader(struct nodes *s)
{
	struct node *leader = nodes_leader(s);
	struct instance *in = leader ? leader->in : s->node[0].in;

	s->host->leader = leader ? in : NULL;
	control_host_follow(s->node[0].in, in);
	for (int i = 0; i < s->n; i++)
		if (s->node[i].in)
			api_set_control_vault(s->node[i].in->api, &in->vault);
}

void
node_follow(struct node *n, const char *leader_address)
{
	struct vault *v = &n->in->vault;

	vault_become_standby(v, leader_address);
	v->role = NODE_STANDBY;
}

static void
node_serve(struct node *n)
{
	struct vault *v = &n->in->vault;

	n->takes_lead_ns = 0;
	n->serves = true;
	n->known_leader = n->number;
	n->lost_ns = 0;
	vault_become_active(v);
	v->role = NODE_ACTIVE;
	log_msg(&n->in->log, LOG_INFO, "core",
	    "acquired lock, enabling active operation: node=%s", n->id);
	nodes_tell_leader(n->nodes);
}

static void
node_cease(struct node *n)
{
	n->serves = false;
	n->known_leader = 0;
	n->lost_ns = 0;
	node_follow(n, "");
	api_fail_held(n->in->api);
	log_msg(&n->in->log, LOG_WARN, "core",
	    "leadership lost, stopping active operation: node=%s", n->id);
	nodes_tell_leader(n->nodes);
}

/* Who was elected serves a moment later, and is known to nobody until then. */
static void
node_on_role(void *arg, bool leads)
{
	struct node *n = arg;

	nodes_stir(n->nodes);
	n->takes_lead_ns = 0;
	if (!leads) {
		if (n->serves)
			node_cease(n);
		return;
	}
	n->takes_lead_ns = clock_now(n->nodes->clock) + LOCK_DELAY_NS;
	n->known_leader = 0;
	n->in->vault.standby.leader_address[0] = '\0';
}

/* ---- raft starts and stops ---- */

bool
node_start_raft(struct node *n)
{
	struct nodes *s = n->nodes;
	const struct cluster_options o = { .id = n->number,
		.address = n->address,
		.store = n->in->vault.store,
		.clock = s->clock,
		.random = s->random,
		.heartbeat_ms = NODES_HEARTBEAT_MS,
		.election_timeout_ms = ELECTION_TIMEOUT_MS,
		.rules_off = s->rules_off,
		.arg = n,
		.send = node_send,
		.on_role = node_on_role };

	n->leaves_ns = 0;
	n->cluster = cluster_new(&o);
	if (!n->cluster)
		return false;
	memory_network_join(s->network, n->number, node_receive, n);
	return true;
}

void
node_stop_raft(struct node *n)
{
	if (!n->cluster)
		return;
	memory_network_join(n->nodes->network, n->number, NULL, NULL);
	cluster_free(n->cluster);
	n->cluster = NULL;
	n->takes_lead_ns = 0;
	if (!n->serves)
		return;
	n->serves = false;
	nodes_tell_leader(n->nodes);
}

/* Without a word: what it knows of the leader it still knows. */
static void
node_leave_raft(struct node *n)
{
	bool served = n->serves;

	if (served)
		instance_commit(n->in); /* what it has proposed is in its log */
	node_stop_raft(n);
	if (!served)
		return;
	node_follow(n, "");
	n->known_leader = 0;
	api_fail_held(n->in->api);
}

/* What it has done last is everyone's, and the others know that. */
static bool
node_has_told(struct node *n)
{
	return clock_now(n->nodes->clock) >= n->told_ns &&
	    cluster_is_committed(n->cluster, cluster_last_entry(n->cluster));
}

/* A sealed node hands over, then its raft stops; it starts with the unseal. */
static void
node_follow_seal(struct node *n)
{
	bool sealed = seal_is_sealed(&n->in->vault);
	int64_t now_ns = clock_now(n->nodes->clock);

	if (n->power != NODE_UP || n->removed_ns)
		return;
	if (n->wanted.idle || n->waits) {
		node_leave_raft(n);
		return;
	}
	if (!sealed && !n->cluster) {
		node_follow(n, "");
		n->known_leader = 0;
		if (!node_start_raft(n))
			log_msg(&n->in->log, LOG_ERROR, "storage.raft",
			    "raft cannot be started: node=%s", n->id);
	}
	if (!sealed || !n->cluster || (n->serves && !node_has_told(n)))
		return;
	if (n->serves && !n->leaves_ns) {
		n->leaves_ns = now_ns + HAND_OVER_NS;
		cluster_hand_over(n->cluster);
	}
	if (!n->serves || now_ns >= n->leaves_ns) {
		node_stop_raft(n);
		node_follow(n, "");
		api_fail_held(n->in->api);
	}
}

/* Those that get a state of other keys hear that it is everyone's with the
 * second heartbeat at the latest. */
static void
node_look_at_state(struct node *n)
{
	uint64_t applied = n->cluster ? cluster_applied_index(n->cluster) : 0;

	if (cluster_restore_follow(&n->in->vault, &n->restored, applied))
		n->told_ns = clock_now(n->nodes->clock) +
		    2 * NODES_HEARTBEAT_MS * NODES_MS;
}

/* ---- a node that was removed ---- */

/* Vault 1.19: it seals itself and cannot come back with the data it has.
 * Before, it stays a standby. */
static void
node_look_at_removal(struct node *n)
{
	struct node *leader = nodes_leader(n->nodes);
	struct vault *v = &n->in->vault;

	if (n->hands_over && leader && leader != n)
		n->hands_over = !leader->view.remove(leader, n->id);
	if (!n->removed_ns || clock_now(n->nodes->clock) < n->removed_ns)
		return;
	if (n->cluster) {
		node_stop_raft(n);
		node_follow(n, v->standby.leader_address);
		api_fail_held(n->in->api);
	}
	if (!version_has(v, VERSION_HEALTH_HA))
		return;
	if (!seal_is_sealed(v))
		seal_seal(v);
	v->role = NODE_REMOVED;
}

static bool
node_is_removed(const struct node *n)
{
	return n->removed_ns && clock_now(n->nodes->clock) >= n->removed_ns;
}

/* ---- what a standby knows of the leader ---- */

struct node *
node_by_number(struct nodes *s, uint64_t number)
{
	for (int i = 0; i < s->n; i++)
		if (s->node[i].number == number)
			return &s->node[i];
	return NULL;
}

static void
node_set_leader(struct node *n, struct node *leader)
{
	struct standby *standby = &n->in->vault.standby;
	bool first = n->known_leader == 0 && *standby->leader_address == '\0' &&
	    n->ready_ns == 0;

	n->known_leader = leader->number;
	n->ready_ns = clock_now(n->nodes->clock) +
	    (first ? 0 : FORWARD_DELAY_NS);
	snprintf(standby->leader_address, sizeof(standby->leader_address), "%s",
	    leader->in->api_addr);
	snprintf(standby->leader_cluster_address,
	    sizeof(standby->leader_cluster_address), "%s",
	    leader->in->cluster_addr);
}

/* The dead leader's address stays until another leads. Between its election and
 * its first entry nobody is known. */
static void
node_look_for_leader(struct node *n)
{
	struct standby *standby = &n->in->vault.standby;
	uint64_t number = cluster_leader(n->cluster);
	struct node *leader = number ? node_by_number(n->nodes, number) : NULL;

	if (!leader || number == n->known_leader || leader == n)
		return;
	if (leader->serves) {
		node_set_leader(n, leader);
	} else {
		n->known_leader = 0;
		standby->leader_address[0] = '\0';
	}
}

/* The line to the active node, as health tells it. */
static void
node_look_at_line(struct node *n)
{
	struct vault *v = &n->in->vault;
	struct node *leader = n->known_leader
	    ? node_by_number(n->nodes, n->known_leader)
	    : NULL;
	int64_t now_ns = clock_now(n->nodes->clock);

	v->standby.has_heartbeat = n->known_leader != 0;
	if (!n->known_leader) { /* Vault 1.19: forgotten with the leader */
		n->lost_ns = v->standby.heartbeat_lost_ns = 0;
		v->role = NODE_STANDBY;
		return;
	}
	if (leader && leader->serves && node_reaches(n, leader) &&
	    !n->wanted.line_lost) {
		n->lost_ns = v->standby.heartbeat_lost_ns = 0;
		v->role = NODE_STANDBY;
		return;
	}
	if (!n->lost_ns) {
		n->lost_ns = now_ns;
		v->standby.heartbeat_lost_ns = vault_now(v);
	}
	v->role = now_ns - n->lost_ns >= UNHEALTHY_NS ? NODE_HA_UNHEALTHY
						      : NODE_STANDBY;
}

static bool
node_has_majority(const struct node *n)
{
	struct cluster_peer p;
	int heard = 0, voters = 0;

	for (unsigned i = 0; n->view.peer(n->view.arg, i, &p); i++) {
		voters += p.is_voter;
		heard += p.is_voter && p.is_reachable;
	}
	return 2 * heard > voters;
}

/* Vault 1.19: a leader whose lease is over steps down, knowing nobody. */
static void
node_look_at_lease(struct node *n)
{
	int64_t now_ns = clock_now(n->nodes->clock);

	if (node_has_majority(n))
		n->lost_ns = 0;
	else if (!n->lost_ns)
		n->lost_ns = now_ns;
	else if (now_ns - n->lost_ns >= LEASE_NS) {
		node_cease(n);
		node_stop_raft(n);
		node_follow_seal(n);
	}
}

/* ---- what outages make of it ---- */

static struct node *
node_next_standby(const struct node *n)
{
	struct nodes *s = n->nodes;
	int at = (int)(n - s->node);

	for (int i = 1; i < s->n; i++) {
		struct node *other = &s->node[(at + i) % s->n];

		if (other->power == NODE_UP && !other->serves)
			return other;
	}
	return &s->node[at];
}

void
node_write_other_address(const char *word, const char *active,
    const char *next_standby, char *out, size_t size)
{
	if (strcmp(word, "loop") == 0)
		word = next_standby;
	else if (strcmp(word, "unreachable") == 0)
		word = "http://192.0.2.1:8200";
	else if (strcmp(word, "dead") == 0)
		word = "http://127.0.0.1:8190"; /* nobody listens there */
	else if (strcmp(word, "http") == 0 && strstr(active, "://"))
		word = active = strstr(active, "://");
	else if (strcmp(word, "http") == 0 || *word == '\0')
		word = active;
	snprintf(out, size, "%s%.290s", *word == ':' ? "http" : "", word);
}

/* What stood in for the active node's address goes. */
static void
node_name_leader_again(struct node *n)
{
	struct standby *standby = &n->in->vault.standby;
	const struct node *leader = n->known_leader
	    ? node_by_number(n->nodes, n->known_leader)
	    : NULL;

	n->names_another = false;
	snprintf(standby->leader_address, sizeof(standby->leader_address), "%s",
	    leader ? leader->in->api_addr : "");
}

static void
node_forget_leader(struct node *n)
{
	struct standby *standby = &n->in->vault.standby;

	n->known_leader = 0;
	n->lost_ns = standby->heartbeat_lost_ns = 0;
	standby->leader_address[0] = '\0';
	standby->has_heartbeat = false;
}

/* Vault 1.19: 474 is for who has had heartbeats. */
static void
node_take_wanted_role(struct node *n)
{
	struct vault *v = &n->in->vault;

	v->role = n->wanted.role;
	if (v->role != NODE_HA_UNHEALTHY || n->serves)
		return;
	v->standby.has_heartbeat = true;
	if (!n->lost_ns) {
		n->lost_ns = clock_now(n->nodes->clock);
		v->standby.heartbeat_lost_ns = vault_now(v);
	}
}

/* After all that the node knows by itself. */
static void
node_look_at_wanted(struct node *n)
{
	struct standby *standby = &n->in->vault.standby;
	const struct node_conditions *w = &n->wanted;
	const struct node *leader = nodes_leader(n->nodes);
	int64_t lost_ns = n->lost_ns;

	standby->no_forwarding = w->refuses;
	if (!n->serves && w->knows_nobody) {
		node_forget_leader(n);
		n->lost_ns = w->role == NODE_HA_UNHEALTHY ? lost_ns : 0;
	} else if (!n->serves && w->redirects) {
		node_write_other_address(w->leader_address,
		    leader ? leader->in->api_addr : "",
		    node_next_standby(n)->in->api_addr, standby->leader_address,
		    sizeof(standby->leader_address));
		n->names_another = true;
	} else if (!n->serves && n->names_another) {
		node_name_leader_again(n);
	}
	n->names_another = n->names_another && !n->serves;
	if (w->has_role)
		node_take_wanted_role(n);
}

void
node_look(struct node *n)
{
	node_look_at_removal(n);
	node_look_at_state(n);
	node_follow_seal(n);
	if (n->takes_lead_ns && clock_now(n->nodes->clock) >= n->takes_lead_ns)
		node_serve(n);
	if (n->cluster && n->serves)
		node_look_at_lease(n);
	if (n->power != NODE_UP || n->removed_ns)
		return;
	if (n->serves)
		n->in->vault.role = NODE_ACTIVE;
	if (n->cluster && !n->serves)
		node_look_for_leader(n);
	if ((n->cluster || n->wanted.idle) && !n->serves)
		node_look_at_line(n);
	node_look_at_wanted(n);
}

/* ---- what a tester does to them ---- */

struct node *
node_find(struct nodes *s, const char *id)
{
	for (int i = 0; i < s->n; i++)
		if (strcmp(s->node[i].id, id) == 0)
			return &s->node[i];
	return NULL;
}

struct node *
node_of(struct nodes *s, const struct instance *in)
{
	for (int i = 0; i < s->n; i++)
		if (s->node[i].in == in)
			return &s->node[i];
	return NULL;
}

bool
node_is_cut_off(const struct node *one, const struct node *other)
{
	const struct nodes *s = one->nodes;
	ptrdiff_t i = one - s->node, k = other - s->node;

	return s->cut[i][k] || (one->wanted.cut_off >> k & 1) ||
	    (other->wanted.cut_off >> i & 1);
}

void
nodes_set_links(struct nodes *s)
{
	for (int i = 0; i < s->n; i++)
		for (int k = 0; k < i; k++)
			memory_network_cut(s->network, s->node[i].number,
			    s->node[k].number,
			    node_is_cut_off(&s->node[i], &s->node[k]));
	nodes_stir(s);
}

static void
node_set_gate(struct node *n)
{
	enum listener_state gate = n->wanted.listener;

	if (n->power != NODE_UP)
		gate = n->power == NODE_PAUSED ? LISTENER_BLACKHOLE
					       : LISTENER_REFUSING;
	http_set_gate(n->in->http, gate);
}

/* What it has proposed stays in its log, as on a disk. */
static void
node_stop(struct node *n, enum node_power power)
{
	struct instance *in = n->in;

	n->power = power;
	n->gone_ns = clock_now(n->nodes->clock);
	instance_commit(in);
	node_stop_raft(n);
	node_follow(n, "");
	node_set_gate(n);
	if (power == NODE_KILLED)
		api_drop_held(in->api);
	n->known_leader = 0;
	nodes_stir(n->nodes);
}

void
node_kill(struct node *n)
{
	if (n->power != NODE_KILLED)
		node_stop(n, NODE_KILLED);
}

void
node_pause(struct node *n)
{
	if (n->power == NODE_UP)
		node_stop(n, NODE_PAUSED);
}

void
node_resume(struct node *n)
{
	if (n->power != NODE_PAUSED)
		return;
	n->power = NODE_UP;
	node_set_gate(n);
	node_follow_seal(n);
	api_fail_held(n->in->api);
	nodes_stir(n->nodes);
}

bool
node_unseal(struct node *n, struct error *e)
{
	nodes_stir(n->nodes);
	return dev_unseal(n->in, e);
}

bool
node_restart(struct node *n, struct error *e)
{
	if (n->power != NODE_KILLED)
		return true;
	if (!node_is_removed(n) && !n->wanted.sealed && !dev_unseal(n->in, e))
		return false;
	n->power = NODE_UP;
	n->ready_ns = 0;
	node_set_gate(n);
	node_follow_seal(n);
	nodes_stir(n->nodes);
	return true;
}

void
nodes_cut(struct nodes *s, int one, int other, bool cut)
{
	s->cut[one][other] = s->cut[other][one] = cut;
	nodes_set_links(s);
}

/* ---- what outages want ---- */

bool
nodes_give_up(struct nodes *s)
{
	struct node *n = nodes_leader(s);

	if (!n)
		return false;
	instance_commit(n->in);
	node_cease(n);
	node_stop_raft(n);
	node_follow_seal(n);
	return true;
}

/* One that has come back tells it from then on. */
static void
node_tell_version(struct vault_config *c, const char *wanted,
    const struct node_version *version)
{
	snprintf(version->kept, 32, "%s", wanted);
	c->version = *wanted ? version->kept : version->own;
	version_set_init(&c->changes, c->version);
	if (!*wanted)
		c->changes = *version->own_changes;
}

bool
node_take_wanted(struct node_conditions *now,
    const struct node_conditions *wanted, struct vault *v,
    const struct node_version *version)
{
	bool other_version = strcmp(now->version, wanted->version) != 0;

	if (node_conditions_equal(now, wanted))
		return false;
	*now = *wanted;
	v->skew_ns += wanted->skew_ns - v->outage_skew_ns;
	v->outage_skew_ns = wanted->skew_ns;
	if (other_version)
		node_tell_version(&v->config, wanted->version, version);
	return true;
}

static void
node_want_up(struct node *n, bool up)
{
	struct error e = { 0 };

	if (!up)
		node_kill(n);
	else if (!node_restart(n, &e))
		log_msg(&n->in->log, LOG_ERROR, "core",
		    "node %s cannot be started: %s", n->id, e.text);
}

static void
node_want_sealed(struct node *n, bool sealed)
{
	if (n->removed_ns)
		return;
	if (sealed)
		(void)seal_suspend(&n->in->vault);
	else
		(void)seal_resume(&n->in->vault);
}

void
node_want(struct node *n, const struct node_conditions *wanted)
{
	const struct node_conditions was = n->wanted;
	const struct node_version version = { n->in->options->vault_version,
		&n->own_changes, n->version };

	if (!node_take_wanted(&n->wanted, wanted, &n->in->vault, &version))
		return;
	if (was.sealed != wanted->sealed)
		node_want_sealed(n, wanted->sealed);
	if (was.down != wanted->down)
		node_want_up(n, !wanted->down);
	if (was.listener != wanted->listener)
		node_set_gate(n);
	if (was.cut_off != wanted->cut_off)
		nodes_set_links(n->nodes);
	if (n->power == NODE_UP && !n->removed_ns)
		node_look(n);
	nodes_stir(n->nodes);
}
