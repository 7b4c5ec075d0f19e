/*
 * ctl nodes: the nodes of the cluster, put into a state.
 */
#include <stdlib.h>

#include "base/json/json_tree.h"
#include "cli/ctl/ctl.h"

static const struct column columns[] = {
	{ "NODE", "id", 0 },
	{ "STATE", "state", 0 },
	{ "ADDRESS", "api_addr", 0 },
	{ "VERSION", "version", 0 },
	{ NULL, NULL, 0 },
};

static int
list(struct ctl *c)
{
	return ctl_list(c, "nodes", "nodes", columns, NULL);
}

static bool
ask(struct ctl *c, const char *method, const char *verb, json_t *body)
{
	char *path = ctl_path("nodes", ctl_word(c, 0), verb);
	bool ok = ctl_ask(c, method, path, body);

	free(path);
	return ok;
}

static int
set(struct ctl *c)
{
	if (!ask(c, "PUT", "", json_pack("{s:s}", "state", ctl_word(c, 1))))
		return CTL_ERROR;
	if (!ctl_raw(c))
		printf("%s is %s\n", json_text(c->answer.body, "id"),
		    json_text(c->answer.body, "state"));
	return CTL_YES;
}

static int
step_down(struct ctl *c)
{
	if (!ask(c, "POST", "/step-down", NULL))
		return CTL_ERROR;
	if (!ctl_raw(c))
		printf("%s steps down; no leader until %s\n", ctl_word(c, 0),
		    json_text(c->answer.body, "until"));
	return CTL_YES;
}

const struct ctl_verb ctl_node_verbs[] = {
	{ "nodes list", "", "The nodes and their states", 0, 0,
	    ctl_list_flags, list, NULL },
	{ "nodes set", "NAME active|standby|sealed|down",
	    "Put one into a state", 2, 2, NULL, set, "@nodes" },
	{ "nodes step-down", "NAME", "Let it step down: an election", 1, 1,
	    NULL, step_down, "@nodes" },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
