/*
 * The nodes of the cluster, as far as there is one: this one. Its state is the
 * outages'.
 */
#include <string.h>

#include "control/control.h"
#include "core/vault.h"
#include "fault/node_state.h"

static json_t *
show_node(const struct control *c)
{
	const struct vault_config *config = &c->vault->config;

	return json_pack("{s:s, s:s, s:s, s:s}", "id", vault_node(c->vault),
	    "state", node_states[node_state(c->faults)], "api_addr", config->api_addr, "version",
	    config->version);
}

static verdict
missing(struct request *req)
{
	const char *names[] = { vault_node(req->vault), NULL };

	return control_missing(req, "node", capture(req, "name"), names);
}

static bool
is_ours(struct request *req)
{
	return strcmp(capture(req, "name"), vault_node(req->vault)) == 0;
}

static verdict
list(struct request *req)
{
	return control_reply(req, 200,
	    json_pack("{s:[o]}", "nodes", show_node(control_of(req))));
}

static verdict
show(struct request *req)
{
	return is_ours(req)
	    ? control_reply(req, 200, show_node(control_of(req)))
	    : missing(req);
}

struct input {
	int state;
};

const struct shape control_node_shape[] = {
	{ "state", SHAPE_WORD, offsetof(struct input, state), node_states },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static verdict
put(struct request *req)
{
	struct control *control = control_of(req);
	struct complaint c = { 0 };
	struct input in = { -1 };
	json_t *body;
	bool ok;

	if (!is_ours(req))
		return missing(req);
	body = control_body(req, &c);
	ok = body && shape_read(control_node_shape, body, "", &in, &c);
	json_decref(body);
	if (ok && in.state < 0)
		ok = complain_words(&c, "", "state", node_states,
		    "is required");
	if (!ok || !node_enter(control->faults, in.state, false, &c))
		return control_fail(req, 400, &c);
	return control_reply(req, 200, show_node(control));
}

/* The leader steps down; with nobody else to lead, this node leads again once
 * the election is over. */
static verdict
step_down(struct request *req)
{
	struct complaint c = { 0 };
	json_t *body, *answer;
	int status;

	if (!is_ours(req))
		return missing(req);
	body = json_pack("{s:s}", "for", "5s");
	answer = outage_start(control_of(req)->faults, "election", body,
	    &status, &c);
	json_decref(body);
	return answer ? control_reply(req, 200, answer)
		      : control_fail(req, status, &c);
}

const struct route control_node_routes[] = {
	{ OP_READ, "nodes", 0, NULL, list, NULL, "The nodes" },
	{ OP_READ, "nodes/{name:seg}", 0, NULL, show, NULL, "One node" },
	{ OP_PUT, "nodes/{name:seg}", 0, NULL, put, NULL,
	    "Put it into a state: active, standby, sealed, down" },
	{ OP_WRITE, "nodes/{name:seg}/step-down", 0, NULL, step_down, NULL,
	    "Step down: an election of five seconds" },
	ROUTE_END,
};
