/*
 * /_mock/nodes of a cluster: who there is, and what a tester does to them.
 */
#include "server/nodes/node_control.h"

#include <string.h>

#include "base/json/schema.h"
#include "core/seal/seal.h"

static json_t *
node_control_unreachable(const struct node *n)
{
	json_t *list = json_array();

	for (int i = 0; i < n->nodes->n; i++)
		if (node_is_cut_off(n, &n->nodes->node[i]))
			json_array_append_new(
			    list, json_string(n->nodes->node[i].id));
	return list;
}

json_t *
node_control_describe(const struct instance *in, const char *id,
    const char *state, json_t *cut_off)
{
	const struct vault *v = &in->vault;
	const struct cluster_view *c = v->cluster;

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:o}",
	    "id", id, "state", state, "api_addr", in->api_addr, "cluster_addr",
	    in->cluster_addr, "version", v->config.version, "term",
	    (json_int_t)(c ? c->term(c->arg) : 0), "applied_index",
	    (json_int_t)(c ? c->applied_index(c->arg) : 0), "skew_ms",
	    (json_int_t)(v->skew_ns / 1000000), "leader_address",
	    strcmp(state, "active") == 0 ? in->api_addr
					 : v->standby.leader_address,
	    "cut_off_from", cut_off);
}

static json_t *
node_control_json(struct node *n)
{
	return node_control_describe(
	    n->in, n->id, node_state_name(n), node_control_unreachable(n));
}

static json_t *
node_control_list(void *arg)
{
	struct nodes *s = arg;
	json_t *list = json_array();

	for (int i = 0; i < s->n; i++)
		json_array_append_new(list, node_control_json(&s->node[i]));
	return list;
}

static json_t *
node_control_show(void *arg, const char *id)
{
	struct node *n = node_find(arg, id);

	return n ? node_control_json(n) : NULL;
}

/* ---- verbs ---- */

static bool
node_control_kill(struct node *n, struct error *c)
{
	(void)c;
	node_kill(n);
	return true;
}

static bool
node_control_pause(struct node *n, struct error *c)
{
	if (n->power == NODE_KILLED)
		return error_field(c, "", "", "%s is killed", n->id);
	node_pause(n);
	return true;
}

static bool
node_control_resume(struct node *n, struct error *c)
{
	if (n->power == NODE_KILLED)
		return error_field(
		    c, "", "", "%s is killed: restart it", n->id);
	node_resume(n);
	return true;
}

static bool
node_control_restart(struct node *n, struct error *c)
{
	struct error e = { 0 };

	node_kill(n);
	return node_restart(n, &e) || error_field(c, "", "", "%s", e.text);
}

static bool
node_control_is_up(struct node *n, struct error *c)
{
	return n->power == NODE_UP ||
	    error_field(c, "", "", "%s is %s", n->id, node_state_name(n));
}

static bool
node_control_seal(struct node *n, struct error *c)
{
	if (!node_control_is_up(n, c))
		return false;
	seal_seal(&n->in->vault);
	return true;
}

static bool
node_control_unseal(struct node *n, struct error *c)
{
	struct error e = { 0 };

	return node_control_is_up(n, c) &&
	    (node_unseal(n, &e) || error_field(c, "", "", "%s", e.text));
}

static bool
node_control_step_down(struct node *n, struct error *c)
{
	if (!node_control_is_up(n, c))
		return false;
	nodes_stir(n->nodes);
	return (n->serves && cluster_hand_over(n->cluster)) ||
	    error_field(c, "", "", "%s does not lead now", n->id);
}

/* Whatever keeps it from taking part ends. */
static bool
node_control_start(struct node *n, struct error *c)
{
	node_resume(n);
	return n->power == NODE_KILLED ? node_control_restart(n, c)
				       : node_control_unseal(n, c);
}

static const struct {
	const char *name;
	bool (*run)(struct node *n, struct error *c);
} node_verbs[] = {
	{ "start", node_control_start },
	{ "kill", node_control_kill },
	{ "restart", node_control_restart },
	{ "pause", node_control_pause },
	{ "resume", node_control_resume },
	{ "seal", node_control_seal },
	{ "unseal", node_control_unseal },
	{ "step-down", node_control_step_down },
};

static bool
node_control_act(void *arg, const char *id, const char *verb, struct error *c)
{
	struct node *n = node_find(arg, id);

	for (size_t i = 0; i < sizeof(node_verbs) / sizeof(node_verbs[0]); i++)
		if (strcmp(node_verbs[i].name, verb) == 0)
			return node_verbs[i].run(n, c);
	return error_field(c, "", "", "no such action: %s", verb);
}

static void
node_control_set_skew(void *arg, const char *id, int64_t skew_ns)
{
	node_find(arg, id)->in->vault.skew_ns = skew_ns;
}

/* ---- the network ---- */

bool
node_control_read_groups(const json_t *groups, int n,
    int (*at)(void *arg, const char *id), void *arg, int *group,
    struct error *c)
{
	size_t i, k;
	json_t *names, *name;

	for (int m = 0; m < n; m++)
		group[m] = -1 - m;
	json_array_foreach (groups, i, names) {
		if (!json_is_array(names))
			return error_field(c, "", "groups",
			    "must be lists of names: [[\"n1\"], [\"n2\"]]");
		json_array_foreach (names, k, name) {
			int m = json_is_string(name)
			    ? at(arg, json_string_value(name))
			    : -1;

			if (m < 0)
				return error_field(c, "", "groups",
				    "names a node that is not there");
			group[m] = (int)i;
		}
	}
	return true;
}

static int
node_control_place(void *arg, const char *id)
{
	struct nodes *s = arg;
	const struct node *n = node_find(s, id);

	return n ? (int)(n - s->node) : -1;
}

static bool
node_control_partition(void *arg, const json_t *groups, struct error *c)
{
	struct nodes *s = arg;
	int group[NODES_MAX];

	if (!node_control_read_groups(
		groups, s->n, node_control_place, s, group, c))
		return false;
	for (int i = 0; i < s->n; i++)
		for (int k = 0; k < i; k++)
			nodes_cut(s, i, k, group[i] != group[k]);
	return true;
}

static void
node_control_heal(void *arg)
{
	struct nodes *s = arg;

	for (int i = 0; i < s->n; i++)
		for (int k = 0; k < i; k++)
			nodes_cut(s, i, k, false);
	memory_network_set(s->network, 0, 0, s->random);
}

static void
node_control_network(void *arg, int64_t latency_ns, double loss)
{
	struct nodes *s = arg;

	memory_network_set(s->network,
	    (int64_t)((double)latency_ns * clock_get_rate(s->clock)), loss,
	    s->random);
}

static bool
node_control_recover(void *arg, void (*fn)(void *fn_arg), void *fn_arg)
{
	return nodes_recover(arg, fn, fn_arg);
}

struct control_nodes
node_control_table(struct nodes *s)
{
	return (struct control_nodes){ .arg = s,
		.list = node_control_list,
		.show = node_control_show,
		.act = node_control_act,
		.set_skew = node_control_set_skew,
		.partition = node_control_partition,
		.heal = node_control_heal,
		.network = node_control_network,
		.recover = node_control_recover };
}
