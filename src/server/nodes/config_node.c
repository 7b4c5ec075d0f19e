/*
 * One node of a configuration file: what it is now.
 */
#include <string.h>

#include "core/seal/seal.h"
#include "http/http.h"
#include "server/nodes/config_nodes.h"

struct config_node *
config_node_find(struct config_nodes *s, const char *id)
{
	for (int i = 0; i < s->n; i++)
		if (strcmp(s->node[i].id, id) == 0)
			return &s->node[i];
	return NULL;
}

/* One that is alone does, too, once it is unsealed. */
static bool
config_node_leads(const struct config_node *n)
{
	const struct vault *v = &n->in->vault;

	return n->power == NODE_UP && n->process && !n->dies &&
	    !v->standby.on && seal_is_initialized(v) && !seal_is_sealed(v);
}

static uint64_t
config_node_term(const struct config_node *n)
{
	const struct cluster_view *view = n->in->vault.cluster;

	return view ? view->term(view->arg) : 0;
}

/* One that is cut off leads until its lease is over, and another already. */
struct config_node *
config_nodes_leader(struct config_nodes *s)
{
	struct config_node *leader = NULL;

	for (int i = 0; i < s->n; i++)
		if (config_node_leads(&s->node[i]) &&
		    (!leader ||
			config_node_term(&s->node[i]) >
			    config_node_term(leader)))
			leader = &s->node[i];
	return leader;
}

const char *
config_node_state_name(const struct config_node *n)
{
	const struct vault *v = &n->in->vault;

	if (n->power == NODE_KILLED)
		return "killed";
	if (n->power == NODE_PAUSED)
		return "paused";
	if (n->process && v->role == NODE_REMOVED)
		return "removed";
	if (!n->process || n->dies || seal_is_sealed(v))
		return "sealed";
	return v->standby.on ? "standby" : "active";
}

bool
config_node_is_cut_off(
    const struct config_node *one, const struct config_node *other)
{
	const struct config_nodes *s = one->nodes;
	ptrdiff_t i = one - s->node, k = other - s->node;

	return s->cut[i][k] || (one->wanted.cut_off >> k & 1) ||
	    (other->wanted.cut_off >> i & 1);
}

void
config_node_set_gate(struct config_node *n)
{
	enum listener_state gate = n->wanted.listener;

	if (n->was != NODE_UP)
		gate = n->was == NODE_PAUSED ? LISTENER_BLACKHOLE
					     : LISTENER_REFUSING;
	http_set_gate(n->in->http, gate);
}
