/*
 * ctl nodes: the nodes of the cluster, put into a state, cut off.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontree.h"
#include "cli/ctl/ctl.h"

static const struct column node_columns[] = {
	{ "NODE", "id", 0 },
	{ "STATE", "state", 0 },
	{ "ADDRESS", "api_addr", 0 },
	{ "VERSION", "version", 0 },
	{ NULL, NULL, 0 },
};

static int
ctl_nodes_list(struct ctl *c)
{
	return ctl_print_list(c, "nodes", "nodes", node_columns, NULL);
}

static bool
ctl_nodes_call(
    struct ctl *c, const char *method, const char *verb, json_t *body)
{
	char *path = ctl_path("nodes", ctl_arg(c, 0), verb);
	bool ok = ctl_call(c, method, path, body);

	free(path);
	return ok;
}

static int
ctl_nodes_set(struct ctl *c)
{
	if (!ctl_nodes_call(
		c, "PUT", "", json_pack("{s:s}", "state", ctl_arg(c, 1))))
		return CTL_ERROR;
	if (!ctl_print_raw(c))
		printf("%s is %s\n", jsontree_string(c->answer.body, "id"),
		    jsontree_string(c->answer.body, "state"));
	return CTL_YES;
}

static int
ctl_nodes_step_down(struct ctl *c)
{
	if (!ctl_nodes_call(c, "POST", "/step-down", NULL))
		return CTL_ERROR;
	if (ctl_print_raw(c))
		return CTL_YES;
	if (json_object_get(c->answer.body, "until"))
		printf("%s steps down; no leader until %s\n", ctl_arg(c, 0),
		    jsontree_string(c->answer.body, "until"));
	else
		printf("%s steps down\n", ctl_arg(c, 0));
	return CTL_YES;
}

/* The verb is the command's second word. */
static int
ctl_nodes_act(struct ctl *c, const char *verb)
{
	if (!ctl_nodes_call(c, "POST", verb, NULL))
		return CTL_ERROR;
	if (!ctl_print_raw(c))
		printf("%s is %s\n", jsontree_string(c->answer.body, "id"),
		    jsontree_string(c->answer.body, "state"));
	return CTL_YES;
}

static int
ctl_nodes_kill(struct ctl *c)
{
	return ctl_nodes_act(c, "/kill");
}

static int
ctl_nodes_restart(struct ctl *c)
{
	return ctl_nodes_act(c, "/restart");
}

static int
ctl_nodes_pause(struct ctl *c)
{
	return ctl_nodes_act(c, "/pause");
}

static int
ctl_nodes_resume(struct ctl *c)
{
	return ctl_nodes_act(c, "/resume");
}

static int
ctl_nodes_seal(struct ctl *c)
{
	return ctl_nodes_act(c, "/seal");
}

static int
ctl_nodes_unseal(struct ctl *c)
{
	return ctl_nodes_act(c, "/unseal");
}

static int
ctl_nodes_change_network(
    struct ctl *c, const char *method, const char *path, json_t *body)
{
	if (!ctl_call(c, method, path, body))
		return CTL_ERROR;
	return ctl_print_raw(c) ? CTL_YES : ctl_nodes_list(c);
}

/* "n1 n2,n3": an argument is a group. */
static int
ctl_nodes_partition(struct ctl *c)
{
	json_t *groups = json_array();

	for (int i = 0; ctl_arg(c, i); i++) {
		json_t *group = json_array();
		char *names = xstrdup(ctl_arg(c, i)), *rest = names, *name;

		while ((name = strsep(&rest, ",")))
			json_array_append_new(group, json_string(name));
		free(names);
		json_array_append_new(groups, group);
	}
	return ctl_nodes_change_network(
	    c, "POST", "nodes/partition", json_pack("{s:o}", "groups", groups));
}

static int
ctl_nodes_heal(struct ctl *c)
{
	return ctl_nodes_change_network(c, "POST", "nodes/heal", NULL);
}

static int
ctl_nodes_network(struct ctl *c)
{
	const char *loss = ctl_arg(c, 1) ? ctl_arg(c, 1) : "0";
	json_t *number = json_loads(loss, JSON_DECODE_ANY, NULL);

	return ctl_nodes_change_network(c, "PUT", "nodes/network",
	    json_pack("{s:s, s:o}", "latency", ctl_arg(c, 0), "loss",
		number ? number : json_string(loss)));
}

const struct ctl_verb ctl_node_verbs[] = {
	{ "nodes list", "", "The nodes and their states", 0, 0, ctl_list_flags,
	    ctl_nodes_list, NULL },
	{ "nodes set", "NAME active|standby|sealed|down",
	    "Put one into a state", 2, 2, NULL, ctl_nodes_set, "@nodes" },
	{ "nodes step-down", "NAME", "Let it step down: an election", 1, 1,
	    NULL, ctl_nodes_step_down, "@nodes" },
	{ "nodes kill", "NAME", "End it as by SIGKILL", 1, 1, NULL,
	    ctl_nodes_kill, "@nodes" },
	{ "nodes restart", "NAME", "End it, and start it again", 1, 1, NULL,
	    ctl_nodes_restart, "@nodes" },
	{ "nodes pause", "NAME", "Stop it as by SIGSTOP", 1, 1, NULL,
	    ctl_nodes_pause, "@nodes" },
	{ "nodes resume", "NAME", "Let it go on", 1, 1, NULL, ctl_nodes_resume,
	    "@nodes" },
	{ "nodes seal", "NAME", "Seal it", 1, 1, NULL, ctl_nodes_seal,
	    "@nodes" },
	{ "nodes unseal", "NAME", "Unseal it", 1, 1, NULL, ctl_nodes_unseal,
	    "@nodes" },
	{ "nodes partition", "NAME[,NAME...]...",
	    "Groups that do not hear each other", 1, -1, NULL,
	    ctl_nodes_partition, "@nodes" },
	{ "nodes heal", "", "Every node hears every other", 0, 0, NULL,
	    ctl_nodes_heal, NULL },
	{ "nodes network", "LATENCY [LOSS]",
	    "Latency and loss of messages between nodes", 1, 2, NULL,
	    ctl_nodes_network, NULL },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
