/*
 * What outages make of nodes that are configured by files
 * (fault/fault_nodes.h).
 */
#include <stdio.h>
#include <string.h>

#include "core/seal/seal.h"
#include "fault/fault.h"
#include "http/http.h"
#include "server/nodes/config_nodes.h"

/* ---- in place of the truth ---- */

static const struct config_node *
config_node_next_standby(const struct config_node *n)
{
	const struct config_nodes *s = n->nodes;
	ptrdiff_t at = n - s->node;

	for (int i = 1; i < s->n; i++) {
		const struct config_node *other = &s->node[(at + i) % s->n];

		if (other->process && other->in->vault.standby.on)
			return other;
	}
	return n;
}

void
config_node_tell_truth(struct config_node *n)
{
	struct standby *standby = &n->in->vault.standby;

	if (n->names_another && standby->on)
		snprintf(standby->leader_address,
		    sizeof(standby->leader_address), "%s", n->true_address);
	n->names_another = false;
}

static void
config_node_name_another(struct config_node *n, const char *word)
{
	struct standby *standby = &n->in->vault.standby;
	const struct config_node *leader = config_nodes_leader(n->nodes);

	n->names_another = true;
	snprintf(n->true_address, sizeof(n->true_address), "%s",
	    standby->leader_address);
	node_write_other_address(word, leader ? leader->in->api_addr : "",
	    config_node_next_standby(n)->in->api_addr, standby->leader_address,
	    sizeof(standby->leader_address));
}

static void
config_node_know_nobody(struct config_node *n)
{
	struct standby *standby = &n->in->vault.standby;

	n->process->known_leader = 0;
	standby->leader_address[0] = '\0';
	standby->has_heartbeat = false;
	standby->heartbeat_lost_ns = 0;
}

/* Vault 1.19: 474 is for who has had heartbeats. */
static void
config_node_take_role(struct config_node *n, enum node_role role)
{
	struct vault *v = &n->in->vault;

	v->role = role;
	if (role != NODE_HA_UNHEALTHY)
		return;
	v->standby.has_heartbeat = true;
	if (!v->standby.heartbeat_lost_ns)
		v->standby.heartbeat_lost_ns = vault_now(v);
}

void
config_node_tell_wanted(struct config_node *n)
{
	struct vault *v = &n->in->vault;
	const struct node_conditions *w = &n->wanted;

	v->standby.no_forwarding = w->refuses;
	if (!v->standby.on || v->role == NODE_REMOVED)
		return;
	if (w->knows_nobody)
		config_node_know_nobody(n);
	else if (w->redirects)
		config_node_name_another(n, w->leader_address);
	if (w->has_role)
		config_node_take_role(n, w->role);
}

/* ---- the functions of struct fault_nodes ---- */

static struct config_node *
config_node_at(void *arg, int at)
{
	return &((struct config_nodes *)arg)->node[at];
}

static const char *
config_node_name(void *arg, int at)
{
	return config_node_at(arg, at)->id;
}

static struct vault *
config_node_vault(void *arg, int at)
{
	return &config_node_at(arg, at)->in->vault;
}

static bool
config_node_has_lead(void *arg, int at)
{
	return config_nodes_leader(arg) == config_node_at(arg, at);
}

static bool
config_node_is_there(void *arg, int at)
{
	return config_node_at(arg, at)->power == NODE_UP;
}

/* Who restarts a node by hand has it back, though an outage has ended it. */
static void
config_node_want_down(struct config_node *n, bool down)
{
	n->dies = n->dies || down;
	if (down)
		n->power = NODE_KILLED;
	else if (n->power == NODE_KILLED)
		n->power = NODE_UP;
}

static void
config_node_want_sealed(struct config_node *n, bool sealed)
{
	struct vault *v = &n->in->vault;

	if (!n->process || v->role == NODE_REMOVED)
		return;
	if (sealed)
		(void)seal_suspend(v);
	else
		(void)seal_resume(v);
}

static void
config_node_want(void *arg, int at, const struct node_conditions *wanted)
{
	struct config_node *n = config_node_at(arg, at);
	const struct node_conditions was = n->wanted;
	const struct node_version version = { n->own_version, &n->own_changes,
		n->version };

	if (!node_take_wanted(&n->wanted, wanted, &n->in->vault, &version))
		return;
	if (was.sealed != wanted->sealed)
		config_node_want_sealed(n, wanted->sealed);
	if (was.down != wanted->down)
		config_node_want_down(n, wanted->down);
	if (was.listener != wanted->listener)
		config_node_set_gate(n);
	n->nodes->has_links |= was.cut_off != wanted->cut_off;
}

static bool
config_nodes_hand_over(void *arg)
{
	struct config_node *n = config_nodes_leader(arg);
	const struct cluster_view *view = n ? n->in->vault.cluster : NULL;

	return view && view->hand_over(view->arg);
}

static bool
config_nodes_give_up(void *arg)
{
	struct config_node *n = config_nodes_leader(arg);

	if (!n || !n->process->serves)
		return false;
	n->process->gives_up = true;
	return true;
}

/* Their time is real. */
static bool
config_nodes_are_behind(void *arg)
{
	(void)arg;
	return false;
}

static void
config_nodes_reset_connections(void *arg)
{
	struct config_nodes *s = arg;

	for (int i = 0; i < s->n; i++)
		http_reset_connections(s->node[i].in->http);
}

void
config_node_outages_attach(struct config_nodes *s)
{
	const struct fault_nodes nodes = { .arg = s,
		.n = s->n,
		.name = config_node_name,
		.vault = config_node_vault,
		.leads = config_node_has_lead,
		.is_up = config_node_is_there,
		.set = config_node_want,
		.hand_over = config_nodes_hand_over,
		.give_up = config_nodes_give_up,
		.is_behind = config_nodes_are_behind,
		.reset_connections = config_nodes_reset_connections };

	faults_set_nodes(s->node[0].in->faults, &nodes);
}
