/*
 * /_mock/nodes of nodes that are configured by files.
 */
#include <string.h>

#include "core/seal/seal.h"
#include "server/nodes/config_nodes.h"
#include "server/nodes/node_control.h"

static json_t *
config_node_json(struct config_node *n)
{
	const struct config_nodes *s = n->nodes;
	json_t *cut_off = json_array();

	for (int i = 0; i < s->n; i++)
		if (config_node_is_cut_off(n, &s->node[i]))
			json_array_append_new(
			    cut_off, json_string(s->node[i].id));
	return node_control_describe(
	    n->in, n->id, config_node_state_name(n), cut_off);
}

static json_t *
config_node_list(void *arg)
{
	struct config_nodes *s = arg;
	json_t *list = json_array();

	for (int i = 0; i < s->n; i++)
		json_array_append_new(list, config_node_json(&s->node[i]));
	return list;
}

static json_t *
config_node_show(void *arg, const char *id)
{
	struct config_node *n = config_node_find(arg, id);

	return n ? config_node_json(n) : NULL;
}

/* ---- verbs ---- */

static bool
config_node_kill(struct config_node *n, struct error *c)
{
	(void)c;
	n->power = NODE_KILLED;
	return true;
}

static bool
config_node_is_not_killed(struct config_node *n, struct error *c)
{
	return n->power != NODE_KILLED ||
	    error_field(c, "", "", "%s is killed: restart it", n->id);
}

static bool
config_node_stand_still(struct config_node *n, struct error *c)
{
	if (!config_node_is_not_killed(n, c))
		return false;
	n->power = NODE_PAUSED;
	return true;
}

static bool
config_node_resume(struct config_node *n, struct error *c)
{
	if (!config_node_is_not_killed(n, c))
		return false;
	n->power = NODE_UP;
	return true;
}

static bool
config_node_restart(struct config_node *n, struct error *c)
{
	(void)c;
	n->dies = true;
	n->power = NODE_UP;
	return true;
}

static bool
config_node_is_up(struct config_node *n, struct error *c)
{
	return (n->power == NODE_UP && n->process) ||
	    error_field(
		c, "", "", "%s is %s", n->id, config_node_state_name(n));
}

static bool
config_node_seal(struct config_node *n, struct error *c)
{
	if (!config_node_is_up(n, c))
		return false;
	if (!seal_is_sealed(&n->in->vault))
		seal_seal(&n->in->vault);
	return true;
}

/* Its keys are whose who has initialised it. */
static bool
config_node_unseal(struct config_node *n, struct error *c)
{
	struct vault *v = &n->in->vault;
	struct error e = { 0 };

	if (!config_node_is_up(n, c))
		return false;
	if (!seal_is_sealed(v))
		return true;
	if (!seal_is_auto(v))
		return error_field(c, "", "",
		    "the unseal keys of %s are not known here: sys/unseal takes "
		    "them",
		    n->id);
	return seal_auto_unseal(v, &e) || error_field(c, "", "", "%s", e.text);
}

static bool
config_node_step_down(struct config_node *n, struct error *c)
{
	const struct cluster_view *view = n->in->vault.cluster;

	return config_node_is_up(n, c) &&
	    ((view && view->hand_over(view->arg)) ||
		error_field(c, "", "", "%s does not lead others now", n->id));
}

/* Whatever keeps it from taking part ends. */
static bool
config_node_take_part(struct config_node *n, struct error *c)
{
	bool was_killed = n->power == NODE_KILLED;

	n->power = NODE_UP;
	return was_killed || !n->process || config_node_unseal(n, c);
}

static const struct {
	const char *name;
	bool (*run)(struct config_node *n, struct error *c);
} config_node_verbs[] = {
	{ "start", config_node_take_part },
	{ "kill", config_node_kill },
	{ "restart", config_node_restart },
	{ "pause", config_node_stand_still },
	{ "resume", config_node_resume },
	{ "seal", config_node_seal },
	{ "unseal", config_node_unseal },
	{ "step-down", config_node_step_down },
};

static bool
config_node_act(void *arg, const char *id, const char *verb, struct error *c)
{
	struct config_node *n = config_node_find(arg, id);

	for (size_t i = 0;
	     i < sizeof(config_node_verbs) / sizeof(config_node_verbs[0]); i++)
		if (strcmp(config_node_verbs[i].name, verb) == 0)
			return config_node_verbs[i].run(n, c);
	return error_field(c, "", "", "no such action: %s", verb);
}

static void
config_node_set_skew(void *arg, const char *id, int64_t skew_ns)
{
	config_node_find(arg, id)->in->vault.skew_ns = skew_ns;
}

/* ---- the network ---- */

static int
config_node_place(void *arg, const char *id)
{
	struct config_nodes *s = arg;
	const struct config_node *n = config_node_find(s, id);

	return n ? (int)(n - s->node) : -1;
}

static bool
config_node_partition(void *arg, const json_t *groups, struct error *c)
{
	struct config_nodes *s = arg;
	int group[NODES_MAX];

	if (!node_control_read_groups(
		groups, s->n, config_node_place, s, group, c))
		return false;
	s->has_links = true;
	for (int i = 0; i < s->n; i++)
		for (int k = 0; k < s->n; k++)
			s->cut[i][k] = group[i] != group[k];
	return true;
}

static void
config_node_network(void *arg, int64_t latency_ns, double loss)
{
	struct config_nodes *s = arg;

	s->has_links = true;
	s->latency_ns = latency_ns;
	s->loss_ppm = (uint32_t)(loss * 1000000);
}

static void
config_node_heal(void *arg)
{
	struct config_nodes *s = arg;

	memset(s->cut, 0, sizeof(s->cut));
	s->latency_ns = 0;
	s->loss_ppm = 0;
}

/* All are there again, sealed where their keys are somebody's. */
static bool
config_node_recover(void *arg, void (*fn)(void *fn_arg), void *fn_arg)
{
	struct config_nodes *s = arg;

	(void)fn;
	(void)fn_arg;
	for (int i = 0; i < s->n; i++) {
		s->node[i].power = NODE_UP;
		s->node[i].in->vault.skew_ns = s->node[i].wanted.skew_ns;
	}
	config_node_heal(s);
	return true;
}

struct control_nodes
config_node_control_table(struct config_nodes *s)
{
	return (struct control_nodes){ .arg = s,
		.list = config_node_list,
		.show = config_node_show,
		.act = config_node_act,
		.set_skew = config_node_set_skew,
		.partition = config_node_partition,
		.heal = config_node_heal,
		.network = config_node_network,
		.recover = config_node_recover };
}
