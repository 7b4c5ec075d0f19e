/*
 * Makes the nodes of configuration files, and runs their part of each pass.
 */
#include "server/nodes/config_nodes.h"

#include <stdlib.h>
#include <string.h>

#include "core/seal/seal.h"
#include "fault/fault.h"
#include "server/control_host.h"
#include "server/instance_config.h"
#include "server/listeners.h"

/* ---- what is told of them ---- */

/* With nobody the first that is there. */
static struct instance *
config_nodes_shown(const struct config_nodes *s)
{
	for (int i = 0; i < s->n; i++)
		if (s->node[i].process)
			return s->node[i].in;
	return s->node[0].in;
}

/* The control API works on whose vault leads. */
static void
config_nodes_tell_leader(struct config_nodes *s)
{
	struct config_node *leader = config_nodes_leader(s);
	struct instance *in = leader ? leader->in : config_nodes_shown(s);

	s->host->leader = leader ? in : NULL;
	if (s->shown == in)
		return;
	s->shown = in;
	control_host_follow(s->node[0].in, in);
	for (int i = 0; i < s->n; i++)
		api_set_control_vault(s->node[i].in->api, &in->vault);
}

/* A scenario may do more to the nodes then. */
static void
config_nodes_tell_changes(struct config_nodes *s)
{
	struct faults *f = s->node[0].in->faults;
	bool leads = config_nodes_leader(s) != NULL, sealed = true;

	for (int i = 0; i < s->n; i++) {
		struct config_node *n = &s->node[i];

		sealed = sealed && seal_is_sealed(&n->in->vault);
		node_tell_state(f, n->id, n->power == NODE_KILLED,
		    config_node_state_name(n), &n->told);
	}
	nodes_tell_all(f, &s->told, sealed, leads);
}

/* ---- it ends, begins, and stands still ---- */

/* Vault is in memory what a new process has. */
static void
config_node_forget(struct config_node *n)
{
	struct vault *v = &n->in->vault;

	memset(&v->standby, 0, sizeof(v->standby));
	v->role = NODE_ACTIVE;
	n->names_another = false;
}

/* What it has written so far is on its disk, as kill -9 would leave it.
 * Requests that are still under way somewhere find an empty vault, so that
 * nothing of them comes there later. */
static void
config_node_end(struct config_node *n)
{
	struct error e = { 0 };

	(void)instance_commit(n->in);
	process_node_free(n->process);
	n->process = NULL;
	n->was = NODE_KILLED;
	n->dies = false;
	config_node_set_gate(n);
	clock_set_offset(n->clock, 0);
	store_keep_log(n->in->vault.store);
	if (!instance_change_store(n->in, false, &e))
		log_msg(&n->in->log, LOG_ERROR, "core",
		    "the storage stays open: error=\"%s\"", e.text);
	config_node_forget(n);
}

static bool
config_node_begin(struct config_node *n, struct error *e)
{
	n->process = process_node_new(n->in, n->clock, &n->wanted);
	n->was = NODE_UP;
	return process_retry_read(n->process, e);
}

static void
config_node_begin_again(struct config_node *n)
{
	struct error e = { 0 };

	if (instance_change_store(n->in, true, &e)) {
		config_node_forget(n);
		instance_wake_up(n->in);
		if (n->wanted.sealed)
			(void)seal_suspend(&n->in->vault);
		if (config_node_begin(n, &e)) {
			config_node_set_gate(n);
			return;
		}
		config_node_end(n);
	}
	n->power = NODE_KILLED;
	log_msg(&n->in->log, LOG_ERROR, "core",
	    "the node cannot be started: error=\"%s\"", e.text);
}

/* The time that it has missed is over at once. */
static void
config_node_pause(struct config_node *n, bool paused)
{
	n->was = paused ? NODE_PAUSED : NODE_UP;
	config_node_set_gate(n);
	process_node_pause(n->process, paused);
	if (paused)
		clock_freeze(n->clock, clock_now(n->clock));
	else
		clock_set_offset(n->clock, 0);
}

/* It becomes what calls have made of it in this pass. */
static void
config_node_follow_power(struct config_node *n)
{
	if (n->process && (n->dies || n->power == NODE_KILLED))
		config_node_end(n);
	n->dies = false;
	if (!n->process && n->power != NODE_KILLED)
		config_node_begin_again(n);
	if (n->process && (n->power == NODE_PAUSED) != (n->was == NODE_PAUSED))
		config_node_pause(n, n->power == NODE_PAUSED);
}

/* ---- the network between them ---- */

/* Each knows the others by their numbers in its own state. */
static void
config_node_set_link(struct config_node *n, const struct config_node *other)
{
	const struct config_nodes *s = n->nodes;
	struct tcp_link now,
	    wanted = { s->latency_ns, s->loss_ppm,
		    config_node_is_cut_off(n, other) };
	struct tcp_network *net = member_network(n->process->member);
	struct arena *a = arena_new();
	struct peer p;

	if (peers_find(n->in->vault.store, a, other->id, &p) &&
	    tcp_network_get_link(net, p.number, &now) &&
	    (now.latency_ns != wanted.latency_ns ||
		now.loss_ppm != wanted.loss_ppm || now.cut != wanted.cut))
		tcp_network_set_link(net, p.number, &wanted);
	arena_free(a);
}

/* Peers come and go, so that it is looked at in each pass. */
static void
config_nodes_set_links(struct config_nodes *s)
{
	for (int i = 0; s->has_links && i < s->n; i++) {
		struct config_node *n = &s->node[i];

		for (int k = 0; k < s->n; k++)
			if (k != i && n->process && n->process->member)
				config_node_set_link(n, &s->node[k]);
	}
}

/* ---- the pass ---- */

static void
config_node_settle(struct config_node *n)
{
	config_node_follow_power(n);
	if (n->was != NODE_UP)
		return;
	clock_run_alarms(n->clock);
	if (n->in->awake)
		(void)instance_commit(n->in);
	config_node_tell_truth(n);
	process_node_settle(n->process);
	config_node_tell_wanted(n);
}

static bool
config_nodes_settle(void *arg)
{
	struct config_nodes *s = arg;

	for (int i = 0; i < s->n; i++)
		config_node_settle(&s->node[i]);
	config_nodes_set_links(s);
	config_nodes_tell_leader(s);
	config_nodes_tell_changes(s);
	return true;
}

static int64_t
config_nodes_wait_ns(void *arg)
{
	const struct config_nodes *s = arg;
	int64_t least_ns = -1;

	for (int i = 0; i < s->n; i++) {
		int64_t wait_ns = clock_wait_ns(s->node[i].clock);

		if (wait_ns >= 0 && (least_ns < 0 || wait_ns < least_ns))
			least_ns = wait_ns;
	}
	return least_ns;
}

/* ---- the start and the end ---- */

static bool
config_node_make(struct config_node *n, const char *file, struct error *e)
{
	struct instance *first = n->nodes->node[0].in;

	if (n->in)
		return true;
	n->in = xcalloc(1, sizeof(*n->in));
	return instance_init_configured(
		   n->in, first->host, first->options, first, file, e) &&
	    listeners_open(n->in, e);
}

static bool
config_node_start(struct config_node *n, const char *file, struct error *e)
{
	struct error why = { 0 };

	n->clock = clock_new();
	if (!config_node_make(n, file, e))
		return false;
	n->id = n->in->node_name;
	n->own_version = n->in->vault.config.version;
	n->own_changes = n->in->vault.config.changes;
	return config_node_begin(n, &why) ||
	    instance_config_refuse(n->in, why.text, e);
}

bool
config_nodes_start(struct host *h, struct config_nodes **out, struct error *e)
{
	const struct option_list *files = &h->options->config;
	struct config_nodes *s = *out = xcalloc(1, sizeof(*s));

	s->host = h;
	s->node[0].in = h->instances;
	for (int i = 0; i < files->n; i++) {
		s->n = i + 1;
		s->node[i].nodes = s;
		if (!config_node_start(&s->node[i], files->items[i], e))
			return false;
	}
	s->told.sealed = true;
	for (int i = 0; i < s->n; i++)
		s->node[i].told = config_node_state_name(&s->node[i]);
	h->settle = config_nodes_settle;
	h->settle_arg = s;
	h->settle_wait_ns = config_nodes_wait_ns;
	return true;
}

void
config_nodes_free(struct config_nodes *s)
{
	if (!s)
		return;
	s->host->settle = NULL;
	s->host->settle_wait_ns = NULL;
	faults_set_nodes(s->node[0].in->faults, NULL);
	for (int i = 0; i < s->n; i++)
		process_node_free(s->node[i].process);
	s->host->leader = NULL;
	control_host_follow(s->node[0].in, s->node[0].in);
	for (int i = s->n - 1; i >= 0; i--) {
		struct config_node *n = &s->node[i];

		if (i > 0 && n->in) {
			listeners_close(n->in);
			instance_release(n->in);
			free(n->in);
		}
		clock_free(n->clock);
	}
	free(s);
}
