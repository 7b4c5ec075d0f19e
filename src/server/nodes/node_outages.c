/*
 * The functions of struct fault_nodes.
 */
#include "server/nodes/node_outages.h"

#include "fault/fault.h"
#include "http/http.h"

static struct node *
node_outages_at(void *arg, int at)
{
	return &((struct nodes *)arg)->node[at];
}

static const char *
node_outages_name(void *arg, int at)
{
	return node_outages_at(arg, at)->id;
}

static struct vault *
node_outages_vault(void *arg, int at)
{
	return &node_outages_at(arg, at)->in->vault;
}

static bool
node_outages_leads(void *arg, int at)
{
	return node_outages_at(arg, at)->serves;
}

static bool
node_outages_is_up(void *arg, int at)
{
	return node_outages_at(arg, at)->power == NODE_UP;
}

static void
node_outages_set(void *arg, int at, const struct node_conditions *wanted)
{
	node_want(node_outages_at(arg, at), wanted);
}

static bool
node_outages_hand_over(void *arg)
{
	struct node *n = nodes_leader(arg);

	nodes_stir(arg);
	return n && cluster_hand_over(n->cluster);
}

static bool
node_outages_give_up(void *arg)
{
	return nodes_give_up(arg);
}

static bool
node_outages_is_behind(void *arg)
{
	return nodes_are_behind(arg);
}

static void
node_outages_reset_connections(void *arg)
{
	struct nodes *s = arg;

	for (int i = 0; i < s->n; i++)
		http_reset_connections(s->node[i].in->http);
}

void
node_outages_attach(struct nodes *s)
{
	const struct fault_nodes nodes = { .arg = s,
		.n = s->n,
		.name = node_outages_name,
		.vault = node_outages_vault,
		.leads = node_outages_leads,
		.is_up = node_outages_is_up,
		.set = node_outages_set,
		.hand_over = node_outages_hand_over,
		.give_up = node_outages_give_up,
		.is_behind = node_outages_is_behind,
		.reset_connections = node_outages_reset_connections };

	faults_set_nodes(s->node[0].in->faults, &nodes);
}
