/*
 * Makes the nodes, and runs their part of each pass.
 */
#include "server/nodes/nodes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/peers.h"
#include "core/seal/seal.h"
#include "core/state/role.h"
#include "core/state/snapshot.h"
#include "fault/fault.h"
#include "server/control_host.h"
#include "server/dev/dev.h"
#include "server/listeners.h"
#include "server/nodes/forward.h"
#include "server/nodes/node_view.h"
#include "store/capture.h"

#define NODES_MS ((int64_t)1000000)
#define NODES_S ((int64_t)1000000000)
/* Vault 1.19's at the default performance_multiplier, on the cluster's clock.
 */
#define HEARTBEAT_MS 500
/* Vault's is 5 s, and an election takes it two or three rounds. Here the first
 * one does, so this is what makes it as long (measured: both about 16 s). */
#define ELECTION_TIMEOUT_MS 9000
/* Vault's leader_lease_timeout: so long it leads without a majority. */
#define LEASE_NS (2500 * NODES_MS)
/* measured: so long until a standby forwards to a new leader */
#define FORWARD_DELAY_NS (1100 * NODES_MS)
/* Two heartbeats of request forwarding, 5 s each, are late: health 474. */
#define UNHEALTHY_NS (10 * NODES_S)
/* How long a node that was sealed may take to hand over. */
#define HAND_OVER_NS (1 * NODES_S)
/* A moved clock: no more than this, in such steps. */
#define OWED_MAX_NS (60 * NODES_S)
#define OWED_STEP_NS (100 * NODES_MS)
/* What is due in one pass, before clients have their turn. */
#define SETTLE_ROUNDS 64
#define SETTLE_NS (8 * NODES_MS)

bool
nodes_count(const struct options *o, int *n, struct error *e)
{
	const char *text = o->nodes ? o->nodes : "3";
	char *end;
	long count = strtol(text, &end, 10);

	*n = 0;
	if (!o->nodes && !o->dev_three_node)
		return true;
	if (*end || end == text || count < 1 || count > NODES_MAX)
		return error_set(e, 400,
		    "invalid value \"%s\" for flag -nodes: expected a number "
		    "up to %d",
		    text, NODES_MAX);
	*n = (int)count;
	if (!o->dev || o->dev_skip_init)
		return error_set(e, 400, "-nodes: it wants -dev");
	return !o->db_path ||
	    error_set(e, 400, "-db: with -nodes the state is in memory");
}

/* ---- what raft tells a node ---- */

static void
node_send(void *arg, uint64_t to, struct slice bytes)
{
	struct node *n = arg;

	memory_network_send(n->nodes->network, n->number, to, bytes);
}

static void
node_receive(void *arg, struct slice bytes)
{
	struct node *n = arg;

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

/* Whoever serves is whom the control API works on; with nobody, the first. */
static void
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

static void
node_follow(struct node *n, const char *leader_address)
{
	struct vault *v = &n->in->vault;

	vault_become_standby(v, leader_address);
	v->role = NODE_STANDBY;
}

static void
node_on_role(void *arg, bool serves)
{
	struct node *n = arg;
	struct vault *v = &n->in->vault;

	n->serves = serves;
	n->known_leader = serves ? n->number : 0;
	n->lost_ns = 0;
	if (serves) {
		vault_become_active(v);
		v->role = NODE_ACTIVE;
		log_msg(&n->in->log, LOG_INFO, "core",
		    "acquired lock, enabling active operation: node=%s", n->id);
	} else {
		node_follow(n, "");
		api_fail_held(n->in->api);
		log_msg(&n->in->log, LOG_WARN, "core",
		    "leadership lost, stopping active operation: node=%s",
		    n->id);
	}
	nodes_tell_leader(n->nodes);
}

/* ---- raft starts and stops ---- */

static bool
node_start_raft(struct node *n)
{
	struct nodes *s = n->nodes;
	const struct cluster_options o = { .id = n->number,
		.address = n->address,
		.store = n->in->vault.store,
		.clock = s->clock,
		.random = s->random,
		.heartbeat_ms = HEARTBEAT_MS,
		.election_timeout_ms = ELECTION_TIMEOUT_MS,
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

static void
node_stop_raft(struct node *n)
{
	if (!n->cluster)
		return;
	memory_network_join(n->nodes->network, n->number, NULL, NULL);
	cluster_free(n->cluster);
	n->cluster = NULL;
	if (!n->serves)
		return;
	n->serves = false;
	nodes_tell_leader(n->nodes);
}

/* A sealed node hands over, then its raft stops; it starts with the unseal. */
static void
node_follow_seal(struct node *n)
{
	bool sealed = seal_is_sealed(&n->in->vault);
	int64_t now_ns = clock_now(n->nodes->clock);

	if (n->power != NODE_UP || n->removed_ns)
		return;
	if (!sealed && !n->cluster) {
		node_follow(n, "");
		if (!node_start_raft(n))
			log_msg(&n->in->log, LOG_ERROR, "storage.raft",
			    "raft cannot be started: node=%s", n->id);
	}
	if (!sealed || !n->cluster)
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

static struct node *
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
	if (leader && leader->serves && node_reaches(n, leader)) {
		n->lost_ns = v->standby.heartbeat_lost_ns = 0;
		v->role = NODE_STANDBY;
		return;
	}
	if (!n->lost_ns) {
		n->lost_ns = now_ns;
		v->standby.heartbeat_lost_ns = vault_now(v);
	}
	if (now_ns - n->lost_ns >= UNHEALTHY_NS)
		v->role = NODE_HA_UNHEALTHY;
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
		node_on_role(n, false);
		node_stop_raft(n);
		node_follow_seal(n);
	}
}

static void
node_look(struct node *n)
{
	node_look_at_removal(n);
	node_follow_seal(n);
	if (n->cluster && n->serves)
		node_look_at_lease(n);
	if (!n->cluster || n->serves)
		return;
	node_look_for_leader(n);
	node_look_at_line(n);
}

/* ---- the pass ---- */

/* The vault's clock was stopped, started or moved. */
static void
nodes_follow_clock(struct nodes *s)
{
	const struct clock *c = s->node[0].in->vault.clock;
	bool frozen = clock_frozen(c);
	int64_t now_ns = clock_now(c), offset_ns = clock_get_offset(c),
		moved_ns = 0;

	if (frozen && s->was_frozen)
		moved_ns = now_ns - s->seen_ns;
	else if (!frozen && !s->was_frozen && clock_get_rate(c) == 1)
		moved_ns = offset_ns - s->seen_offset_ns;
	if (frozen && !s->was_frozen)
		clock_freeze(s->clock, clock_now(s->clock));
	if (!frozen && s->was_frozen)
		clock_unfreeze(s->clock);
	s->was_frozen = frozen;
	s->seen_ns = now_ns;
	s->seen_offset_ns = offset_ns;
	if (moved_ns <= 0)
		return;
	s->owed_ns += moved_ns < OWED_MAX_NS
	    ? (int64_t)((double)moved_ns * clock_get_rate(s->clock))
	    : OWED_MAX_NS;
	if (s->owed_ns > OWED_MAX_NS)
		s->owed_ns = OWED_MAX_NS;
}

/* What raft has in memory of a pass that was not kept is not on its disk: it
 * begins anew, and its messages do not leave. */
static void
nodes_look_for_failures(struct nodes *s)
{
	for (int i = 0; i < s->n; i++) {
		struct node *n = &s->node[i];

		if (n->failed_commits == n->in->failed_commits)
			continue;
		n->failed_commits = n->in->failed_commits;
		node_stop_raft(n);
	}
}

/* What is due, and what it leads to, committed and sent. */
static void
nodes_round(struct nodes *s)
{
	nodes_look_for_failures(s);
	clock_run_alarms(s->clock);
	for (struct instance *in = s->host->awake; in; in = in->next_awake)
		instance_commit(in);
	nodes_look_for_failures(s);
	for (int i = 0; i < s->n; i++)
		if (s->node[i].cluster)
			cluster_flush(s->node[i].cluster);
	for (int i = 0; i < s->n; i++)
		node_look(&s->node[i]);
	for (int i = 0; i < s->n; i++)
		if (s->node[i].serves)
			api_release_held(s->node[i].in->api);
	node_forward_look(s, false);
}

/* False: there is more to do, at once. Answers wait for what is owed. */
static bool
nodes_settle(void *arg)
{
	struct nodes *s = arg;
	int64_t end_ns = clock_real_mono() + SETTLE_NS;

	nodes_follow_clock(s);
	for (int i = 0; i < SETTLE_ROUNDS; i++) {
		int64_t step_ns = s->owed_ns < OWED_STEP_NS ? s->owed_ns
							    : OWED_STEP_NS;

		nodes_round(s);
		if (clock_wait_ns(s->clock) == 0)
			continue;
		if (step_ns == 0)
			return true;
		if (clock_real_mono() >= end_ns)
			break;
		s->owed_ns -= step_ns;
		clock_advance(s->clock, step_ns);
	}
	return s->owed_ns == 0;
}

/* ---- the start ---- */

/* The cluster's port is the one behind the API's, so each has two. */
static const char *
node_listen_address(struct node *n, const struct options *o)
{
	const char *colon = strrchr(o->dev_listen_address, ':');
	long port = colon ? strtol(colon + 1, NULL, 10) : 0;

	if (port == 0)
		return NULL;
	return arena_printf(n->in->config_arena, "%.*s:%ld",
	    (int)(colon - o->dev_listen_address), o->dev_listen_address,
	    port + 2 * (n - n->nodes->node));
}

static bool
node_init(struct node *n, const struct options *o, struct error *e)
{
	struct nodes *s = n->nodes;

	n->in = xcalloc(1, sizeof(*n->in));
	if (!instance_init_node(n->in, s->host, o, s->node[0].in, n->id, e))
		return false;
	n->in->listen_address = node_listen_address(n, o);
	return listeners_open(n->in, e);
}

static const char *
node_cluster_host(const struct instance *in)
{
	const char *host = strstr(in->cluster_addr, "://");

	return host ? host + 3 : in->cluster_addr;
}

/* The numbers of the nodes are in the state, the same for all. */
static bool
nodes_name_peers(struct nodes *s, struct error *e)
{
	for (int i = 0; i < s->n; i++) {
		struct node *n = &s->node[i];

		snprintf(n->address, sizeof(n->address), "%s",
		    node_cluster_host(n->in));
		n->number = peers_add(
		    s->node[0].in->vault.store, n->id, n->address);
		if (n->number == 0)
			return error_set(e, 400, "node %s is there", n->id);
	}
	return true;
}

/* Each begins with the first one's state, and is unsealed with its key. */
static bool
node_take_state(struct node *n, struct slice image, struct error *e)
{
	struct instance *in = n->in;

	if (in == n->nodes->node[0].in)
		return true;
	if (!store_capture(in->vault.store, NULL, NULL) ||
	    !store_read_image(in->vault.store, image))
		return error_set(e, 400, "the state cannot be copied");
	dev_copy_credentials(in, n->nodes->node[0].in);
	seal_reload(&in->vault);
	if (!dev_unseal(in, e))
		return false;
	/* An unseal may note what the first one's state has already. */
	return store_read_image(in->vault.store, image) ||
	    error_set(e, 400, "the state cannot be copied");
}

static bool
nodes_copy_state(struct nodes *s, struct error *e)
{
	struct store *first = s->node[0].in->vault.store;
	uint64_t numbers[NODES_MAX];
	const char *addresses[NODES_MAX];
	struct buf image;
	bool ok = store_commit(first) && store_capture(first, NULL, NULL);

	buf_init(&image, SIZE_MAX / 2);
	ok = ok && store_write_image(first, NULL, 0, &image);
	for (int i = 0; i < s->n; i++) {
		numbers[i] = s->node[i].number;
		addresses[i] = s->node[i].address;
	}
	for (int i = 0; ok && i < s->n; i++) {
		struct node *n = &s->node[i];

		ok = node_take_state(
			 n, (struct slice){ image.p, image.n }, e) &&
		    cluster_bootstrap(
			n->in->vault.store, numbers, addresses, (size_t)s->n);
	}
	buf_release(&image);
	return ok || *e->text ||
	    error_set(e, 400, "the state cannot be copied");
}

/* The first one's time comes before that of the others. */
static bool
nodes_elect_first(struct nodes *s, struct error *e)
{
	for (int i = 0; i < s->n; i++) {
		s->node[i].power = NODE_UP;
		node_follow(&s->node[i], "");
		if (!node_start_raft(&s->node[i]))
			return error_set(e, 400,
			    "-nodes: this SQLite has no preupdate hook");
		for (int k = 0; i == 0 && k < 25; k++) {
			clock_advance(s->clock, HEARTBEAT_MS * NODES_MS);
			nodes_round(s);
		}
	}
	for (int k = 0; k < 600 && !s->node[0].serves; k++) {
		clock_advance(s->clock, OWED_STEP_NS);
		nodes_round(s);
		if (nodes_leader(s) && !s->node[0].serves)
			cluster_hand_over(nodes_leader(s)->cluster);
	}
	for (int k = 0; k < 20; k++) {
		clock_advance(s->clock, OWED_STEP_NS);
		nodes_round(s);
	}
	return s->node[0].serves ||
	    error_set(e, 500, "-nodes: the nodes cannot agree on a leader");
}

struct nodes *
nodes_new(struct host *h, int n)
{
	struct nodes *s = xcalloc(1, sizeof(*s));
	struct instance *first = h->instances;

	s->host = h;
	s->n = n;
	s->clock = clock_new();
	s->random = random_new_seeded(first->seed);
	s->network = memory_network_new(s->clock, 0);
	for (int i = 0; i < n; i++) {
		s->node[i].nodes = s;
		s->node[i].power = NODE_KILLED; /* until raft starts */
		snprintf(s->node[i].id, sizeof(s->node[i].id), "n%d", i + 1);
	}
	s->node[0].in = first;
	return s;
}

static bool
nodes_read_speed(struct nodes *s, const struct options *o, struct error *e)
{
	char *end;
	double speed = strtod(o->cluster_speed, &end);

	if (*end || end == o->cluster_speed || !(speed > 0 && speed <= 1000))
		return error_set(e, 400,
		    "invalid value \"%s\" for flag -cluster-speed: expected a "
		    "number up to 1000",
		    o->cluster_speed);
	clock_set_rate(s->clock, speed);
	return true;
}

bool
nodes_start(struct nodes *s, struct error *e)
{
	const struct options *o = s->host->options;

	if (!nodes_read_speed(s, o, e))
		return false;
	for (int i = 1; i < s->n; i++)
		if (!node_init(&s->node[i], o, e))
			return false;
	if (!nodes_name_peers(s, e) || !nodes_copy_state(s, e) ||
	    !instance_take_start_snapshot(s->node[0].in, e))
		return false;
	for (int i = 0; i < s->n; i++) {
		node_view_init(&s->node[i]);
		s->node[i].in->vault.cluster = &s->node[i].view;
		api_set_forward(s->node[i].in->api, node_forward, &s->node[i]);
	}
	s->host->settle = nodes_settle;
	s->host->settle_arg = s;
	s->host->settle_clock = s->clock;
	s->seen_ns = clock_now(s->node[0].in->vault.clock);
	s->seen_offset_ns = clock_get_offset(s->node[0].in->vault.clock);
	return nodes_elect_first(s, e);
}

void
nodes_free(struct nodes *s)
{
	if (!s)
		return;
	s->host->settle = NULL;
	s->host->settle_clock = NULL;
	for (int i = 0; i < s->n; i++)
		s->node[i].serves = false;
	nodes_tell_leader(s);
	for (int i = 0; i < s->n; i++)
		if (s->node[i].in) {
			api_drop_held(s->node[i].in->api);
			s->node[i].in->vault.cluster = NULL;
			cluster_free(s->node[i].cluster);
		}
	node_forward_look(s, true);
	for (int i = s->n - 1; i > 0; i--)
		if (s->node[i].in) {
			listeners_close(s->node[i].in);
			instance_release(s->node[i].in);
			free(s->node[i].in);
		}
	memory_network_free(s->network);
	clock_free(s->clock);
	random_free(s->random);
	free(s);
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
	http_set_gate(in->http,
	    power == NODE_PAUSED ? LISTENER_BLACKHOLE : LISTENER_REFUSING);
	if (power == NODE_KILLED)
		api_drop_held(in->api);
	n->known_leader = 0;
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
	http_set_gate(n->in->http, LISTENER_OPEN);
	node_follow_seal(n);
	api_fail_held(n->in->api);
}

bool
node_unseal(struct node *n, struct error *e)
{
	return dev_unseal(n->in, e);
}

bool
node_restart(struct node *n, struct error *e)
{
	if (n->power != NODE_KILLED)
		return true;
	if (!node_is_removed(n) && !dev_unseal(n->in, e))
		return false;
	n->power = NODE_UP;
	n->ready_ns = 0;
	http_set_gate(n->in->http, LISTENER_OPEN);
	node_follow_seal(n);
	return true;
}

void
nodes_cut(struct nodes *s, int one, int other, bool cut)
{
	s->cut[one][other] = s->cut[other][one] = cut;
	memory_network_cut(
	    s->network, s->node[one].number, s->node[other].number, cut);
}
