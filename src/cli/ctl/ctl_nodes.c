/*
 * ctl nodes: the nodes of the cluster, put into a state.
 */
#include <stdlib.h>

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
	if (!ctl_print_raw(c))
		printf("%s steps down; no leader until %s\n", ctl_arg(c, 0),
		    jsontree_string(c->answer.body, "until"));
	return CTL_YES;
}

const struct ctl_verb ctl_node_verbs[] = {
	{ "nodes list", "", "The nodes and their states", 0, 0, ctl_list_flags,
	    ctl_nodes_list, NULL },
	{ "nodes set", "NAME active|standby|sealed|down",
	    "Put one into a state", 2, 2, NULL, ctl_nodes_set, "@nodes" },
	{ "nodes step-down", "NAME", "Let it step down: an election", 1, 1,
	    NULL, ctl_nodes_step_down, "@nodes" },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
