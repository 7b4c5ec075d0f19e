/*
 * The nodes of the cluster, as far as there is one: this one. Its state is the
 * outages'.
 */
#include <string.h>

#include "control/control.h"
#include "core/vault.h"
#include "fault/node_state.h"

static json_t *
control_node_json(const struct control *c)
{
	const struct vault_config *config = &c->vault->config;

	return json_pack("{s:s, s:s, s:s, s:s}", "id",
	    vault_node_name(c->vault), "state",
	    node_states[node_state(c->faults)], "api_addr", config->api_addr,
	    "version", config->version);
}

static enum handler_result
control_node_not_found(struct request *req)
{
	const char *names[] = { vault_node_name(req->vault), NULL };

	return control_not_found(
	    req, "node", param_capture(req, "name"), names);
}

static bool
control_node_is_self(struct request *req)
{
	return strcmp(param_capture(req, "name"),
		   vault_node_name(req->vault)) == 0;
}

static enum handler_result
control_node_list(struct request *req)
{
	return control_reply(req, 200,
	    json_pack("{s:[o]}", "nodes", control_node_json(control_of(req))));
}

static enum handler_result
control_node_show(struct request *req)
{
	return control_node_is_self(req)
	    ? control_reply(req, 200, control_node_json(control_of(req)))
	    : control_node_not_found(req);
}

struct node_settings {
	int state;
};

const struct schema control_node_schema[] = {
	{ "state", FIELD_ENUM, offsetof(struct node_settings, state),
	    node_states },
	{ NULL, FIELD_ANY, 0, NULL },
};

static enum handler_result
control_node_put(struct request *req)
{
	struct control *control = control_of(req);
	struct error c = { 0 };
	struct node_settings in = { -1 };
	json_t *body;
	bool ok;

	if (!control_node_is_self(req))
		return control_node_not_found(req);
	body = control_read_body(req, &c);
	ok = body && schema_read(control_node_schema, body, "", &in, &c);
	json_decref(body);
	if (ok && in.state < 0)
		ok = error_allowed(&c, "", "state", node_states, "is required");
	if (!ok || !node_enter(control->faults, in.state, NULL, &c))
		return control_fail(req, 400, &c);
	return control_reply(req, 200, control_node_json(control));
}

/* The leader steps down; with nobody else to lead, this node leads again once
 * the election is over. */
static enum handler_result
control_node_step_down(struct request *req)
{
	struct error c = { 0 };
	json_t *body, *answer;
	int status;

	if (!control_node_is_self(req))
		return control_node_not_found(req);
	body = json_pack("{s:s}", "for", "5s");
	answer = outage_start(
	    control_of(req)->faults, "election", body, &status, &c);
	json_decref(body);
	return answer ? control_reply(req, 200, answer)
		      : control_fail(req, status, &c);
}

const struct route control_node_routes[] = {
	{ OP_READ, "nodes", R_OWN_STATE, NULL, control_node_list, NULL,
	    "The nodes" },
	{ OP_READ, "nodes/{name:seg}", R_OWN_STATE, NULL, control_node_show,
	    NULL, "One node" },
	{ OP_PUT, "nodes/{name:seg}", R_OWN_STATE, NULL, control_node_put, NULL,
	    "Put it into a state: active, standby, sealed, down" },
	{ OP_WRITE, "nodes/{name:seg}/step-down", R_OWN_STATE, NULL,
	    control_node_step_down, NULL,
	    "Step down: an election of five seconds" },
	ROUTE_END,
};
