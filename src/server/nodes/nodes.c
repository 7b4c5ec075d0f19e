/*
 * Makes the nodes, and runs their part of each pass.
 */
#include "server/nodes/nodes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/peers.h"
#include "core/seal/seal.h"
#include "core/state/snapshot.h"
#include "fault/fault.h"
#include "server/control_host.h"
#include "server/dev/dev.h"
#include "server/listeners.h"
#include "server/nodes/forward.h"
#include "server/nodes/node_view.h"

/* A moved clock: in such steps. */
#define OWED_STEP_NS (100 * NODES_MS)
/* What is due in one pass, before clients have their turn. */
#define SETTLE_ROUNDS 64
#define SETTLE_NS (8 * NODES_MS)

/* What each node says for itself, or has not at its start. */
static bool
nodes_check_files(const struct options *o, int n, struct error *e)
{
	const struct {
		const char *name;
		bool given;
		const char *why;
	} refused[] = {
		{ "-db", o->db_path != NULL,
		    "each node keeps its state in the path of its storage" },
		{ "-fixtures", o->fixtures.n > 0, "each node begins sealed" },
		{ "-snapshot", o->snapshot != NULL, "each node begins sealed" },
		{ "VAULT_API_ADDR", o->api_addr != NULL,
		    "each file has an api_addr of its own" },
		{ "VAULT_REDIRECT_ADDR", getenv("VAULT_REDIRECT_ADDR") != NULL,
		    "each file has an api_addr of its own" },
		{ "VAULT_ADVERTISE_ADDR",
		    getenv("VAULT_ADVERTISE_ADDR") != NULL,
		    "each file has an api_addr of its own" },
		{ "VAULT_CLUSTER_ADDR", o->cluster_addr != NULL,
		    "each file has a cluster_addr of its own" },
		{ "VAULT_RAFT_NODE_ID", getenv("VAULT_RAFT_NODE_ID") != NULL,
		    "each file has a node_id of its own" },
	};

	if (o->config.n != n)
		return error_set(e, 400,
		    "-nodes=%d: it wants a -config file for each node, and "
		    "there %s %d",
		    n, o->config.n == 1 ? "is" : "are", o->config.n);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (refused[i].given)
			return error_set(e, 400,
			    "%s: not with -nodes and -config files: %s",
			    refused[i].name, refused[i].why);
	return true;
}

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
	if (!o->dev && o->config.n > 0)
		return nodes_check_files(o, *n, e);
	if (!o->dev || o->dev_skip_init)
		return error_set(e, 400,
		    "-nodes: it wants -dev, or a -config file for each node");
	return o->config.n == 0 ||
	    error_set(e, 400,
		"-config: with -dev and -nodes there is none; without -dev "
		"each node has one of its own");
}

/* ---- the pass ---- */

bool
nodes_are_behind(const struct nodes *s)
{
	const struct clock *c = s->node[0].in->vault.clock;

	if (s->owed_ns > 0)
		return true;
	return clock_frozen(c) ? s->was_frozen && clock_now(c) > s->seen_ns
			       : clock_get_rate(c) == 1 && !s->was_frozen &&
		clock_get_offset(c) > s->seen_offset_ns;
}

static void
nodes_on_sync(void *arg, int64_t now_ns)
{
	struct nodes *s = arg;
	struct clock *c = s->node[0].in->vault.clock;

	if (nodes_are_behind(s) && clock_end_slice(c))
		alarm_set(c, &s->sync, now_ns);
	else if (clock_now(s->clock) < s->busy_until_ns &&
	    (clock_frozen(c) || clock_get_rate(c) == 1))
		alarm_set(c, &s->sync, now_ns + NODES_SYNC_NS);
}

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
	s->owed_ns += moved_ns < NODES_OWED_MAX_NS
	    ? (int64_t)((double)moved_ns * clock_get_rate(s->clock))
	    : NODES_OWED_MAX_NS;
	if (s->owed_ns > NODES_OWED_MAX_NS)
		s->owed_ns = NODES_OWED_MAX_NS;
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

/* A scenario may do more to the nodes then. */
static void
nodes_tell_changes(struct nodes *s)
{
	struct faults *f = s->node[0].in->faults;
	bool leads = nodes_leader(s) != NULL, sealed = true;

	if (!s->host->settle) /* the start */
		return;
	for (int i = 0; i < s->n; i++)
		sealed = sealed && seal_is_sealed(&s->node[i].in->vault);
	for (int i = 0; i < s->n; i++) {
		struct node *n = &s->node[i];

		node_tell_state(f, n->id, n->power == NODE_KILLED,
		    node_state_name(n), &n->told);
	}
	nodes_tell_all(f, &s->told, sealed, leads);
}

/* ---- rounds ---- */

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
	nodes_tell_changes(s);
}

/* ---- all are to be well again ---- */

#define RECOVERY_NS (300 * NODES_S)
/* So its time comes first. */
#define FIRST_ALONE_NS (25 * NODES_HEARTBEAT_MS * NODES_MS)

static bool
nodes_are_well(const struct nodes *s)
{
	for (int i = 0; i < s->n; i++) {
		const struct node *n = &s->node[i];

		if (n->removed_ns)
			continue;
		if (n->power != NODE_UP || !n->cluster ||
		    (!n->serves &&
			(!n->known_leader ||
			    clock_now(s->clock) < n->ready_ns)))
			return false;
	}
	return s->node[0].serves || s->node[0].removed_ns;
}

/* Chance is that of the seed again, and each node draws from it in the order of
 * the start: what comes after a reset comes after the next one, too. */
static void
nodes_begin_anew(struct nodes *s)
{
	for (int i = 0; i < s->n; i++) {
		s->node[i].waits = true;
		node_look(&s->node[i]);
	}
	random_seed(s->random, s->node[0].in->seed);
	s->node[0].waits = false;
	s->recovery = RECOVERY_WAITS;
	s->first_alone_until_ns = clock_now(s->clock) + FIRST_ALONE_NS;
}

static void
nodes_let_others_in(struct nodes *s)
{
	for (int i = 0; i < s->n; i++)
		s->node[i].waits = false;
	s->recovery = RECOVERY_ELECTS;
}

/* Everybody is well, or the time for it is over: what comes next? */
static void
nodes_end_recovery(struct nodes *s)
{
	struct nodes_waiter *waiting = s->waiting;
	int n = s->nwaiting;

	s->recovery = RECOVERY_NONE;
	s->owed_ns = 0;
	s->waiting = NULL;
	s->nwaiting = 0;
	for (int i = 0; i < n; i++)
		waiting[i].fn(waiting[i].arg);
	free(waiting);
}

/* Time passes for the cluster alone, step by step. */
static void
nodes_look_at_recovery(struct nodes *s)
{
	struct node *leader = nodes_leader(s);
	bool over = clock_now(s->clock) >= s->recovers_until_ns;
	bool seeded = s->host->options->seed != NULL;

	if (s->recovery == RECOVERY_NONE)
		return;
	if (s->recovery == RECOVERY_WAITS &&
	    clock_now(s->clock) >= s->first_alone_until_ns)
		nodes_let_others_in(s);
	if (s->recovery == RECOVERY_HEALS && seeded && nodes_are_well(s))
		nodes_begin_anew(s);
	if (over || (s->recovery != RECOVERY_WAITS && nodes_are_well(s))) {
		nodes_let_others_in(s);
		nodes_end_recovery(s);
		return;
	}
	if (leader && leader != &s->node[0] && s->node[0].known_leader)
		cluster_hand_over(leader->cluster);
	if (s->owed_ns < OWED_STEP_NS)
		s->owed_ns = OWED_STEP_NS;
}

/* False: there is more to do, at once. Answers wait for what is owed. */
static bool
nodes_settle(void *arg)
{
	struct nodes *s = arg;
	int64_t end_ns = clock_real_mono() + SETTLE_NS;

	nodes_follow_clock(s);
	nodes_look_at_recovery(s);
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
		nodes_look_at_recovery(s);
	}
	return s->owed_ns == 0;
}

static int64_t
nodes_wait_ns(void *arg)
{
	return clock_wait_ns(((struct nodes *)arg)->clock);
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
	struct store *store = s->node[0].in->vault.store;

	for (int i = 0; i < s->n; i++) {
		struct node *n = &s->node[i];

		snprintf(n->address, sizeof(n->address), "%s",
		    node_cluster_host(n->in));
		peers_remove(store, n->id); /* of an earlier start */
		n->number = peers_add(store, n->id, n->address);
		if (n->number == 0)
			return error_set(e, 400, "node %s is there", n->id);
	}
	return true;
}

/* Each begins with the first one's state, and is unsealed with its key. */
static bool
node_take_state(struct node *n, const void *bytes, size_t size, struct error *e)
{
	struct instance *in = n->in;

	if (in == n->nodes->node[0].in)
		return true;
	if (!store_restore(in->vault.store, bytes, size))
		return error_set(e, 400, "the state cannot be copied");
	dev_copy_credentials(in, n->nodes->node[0].in);
	seal_reload(&in->vault);
	if (!dev_unseal(in, e))
		return false;
	/* An unseal may note what the first one's state has already. */
	return store_restore(in->vault.store, bytes, size) ||
	    error_set(e, 400, "the state cannot be copied");
}

static bool
nodes_copy_state(struct nodes *s, struct error *e)
{
	struct store *first = s->node[0].in->vault.store;
	uint64_t numbers[NODES_MAX];
	const char *addresses[NODES_MAX];
	void *bytes = NULL;
	size_t size = 0;
	bool ok = store_commit(first) && store_snapshot(first, &bytes, &size);

	for (int i = 0; i < s->n; i++) {
		numbers[i] = s->node[i].number;
		addresses[i] = s->node[i].address;
	}
	for (int i = 0; ok && i < s->n; i++) {
		struct node *n = &s->node[i];

		ok = node_take_state(n, bytes, size, e) &&
		    cluster_bootstrap(
			n->in->vault.store, numbers, addresses, (size_t)s->n);
	}
	store_free_bytes(bytes);
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
			clock_advance(s->clock, NODES_HEARTBEAT_MS * NODES_MS);
			nodes_round(s);
		}
	}
	for (int k = 0; k < 900 && !s->node[0].serves; k++) {
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
	/* Where no time passes the start takes none, however long it takes. */
	s->was_frozen = clock_frozen(s->node[0].in->vault.clock);
	if (s->was_frozen)
		clock_freeze(s->clock, clock_now(s->clock));
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
	alarm_init(&s->sync, nodes_on_sync, s);
	s->seen_ns = clock_now(s->node[0].in->vault.clock);
	s->seen_offset_ns = clock_get_offset(s->node[0].in->vault.clock);
	if (!nodes_elect_first(s, e))
		return false;
	s->told.leader = true;
	s->host->settle = nodes_settle;
	s->host->settle_arg = s;
	s->host->settle_wait_ns = nodes_wait_ns;
	for (int i = 0; i < s->n; i++) {
		s->node[i].told = node_state_name(&s->node[i]);
		s->node[i].own_changes = s->node[i].in->vault.config.changes;
	}
	return true;
}

void
nodes_free(struct nodes *s)
{
	if (!s)
		return;
	s->host->settle = NULL;
	s->host->settle_wait_ns = NULL;
	if (s->sync.heap_index)
		alarm_cancel(s->node[0].in->vault.clock, &s->sync);
	faults_set_nodes(s->node[0].in->faults, NULL);
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
	free(s->waiting);
	memory_network_free(s->network);
	clock_free(s->clock);
	random_free(s->random);
	free(s);
}

/* ---- all as at the start ---- */

static void
node_mend(struct node *n)
{
	struct error e = { 0 };

	node_resume(n);
	if (!node_restart(n, &e) ||
	    (!n->removed_ns && !n->wanted.sealed && !node_unseal(n, &e)))
		log_msg(&n->in->log, LOG_ERROR, "core",
		    "node %s cannot be started: %s", n->id, e.text);
	n->in->vault.skew_ns = n->wanted.skew_ns;
}

bool
nodes_recover(struct nodes *s, void (*fn)(void *arg), void *arg)
{
	memset(s->cut, 0, sizeof(s->cut));
	nodes_set_links(s);
	memory_network_set(s->network, 0, 0, s->random);
	for (int i = 0; i < s->n; i++)
		node_mend(&s->node[i]);
	if (nodes_are_well(s) && !s->host->options->seed && !s->nwaiting)
		return true;
	s->recovery = RECOVERY_HEALS;
	s->recovers_until_ns = clock_now(s->clock) + RECOVERY_NS;
	s->waiting = xrealloc(
	    s->waiting, (size_t)(s->nwaiting + 1) * sizeof(*s->waiting));
	s->waiting[s->nwaiting++] = (struct nodes_waiter){ fn, arg };
	return false;
}
