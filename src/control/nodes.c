/*
 * The nodes of the cluster. A vault alone is one node, whose state is the
 * outages'; with -nodes each can be killed, cut off and so on.
 */
#include <string.h>

#include "control/control.h"
#include "core/state/clock_control.h"
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

/* The node that the path names; NULL: there is none. */
static json_t *
control_node_find(struct request *req)
{
	const struct control *c = control_of(req);
	const char *name = param_capture(req, "name");

	if (c->nodes.list)
		return c->nodes.show(c->nodes.arg, name);
	return strcmp(name, vault_node_name(req->vault)) == 0
	    ? control_node_json(c)
	    : NULL;
}

static bool
control_node_is_there(struct request *req)
{
	json_t *node = control_node_find(req);

	json_decref(node);
	return node != NULL;
}

json_t *
control_nodes_show(const struct control *c)
{
	return c->nodes.list ? c->nodes.list(c->nodes.arg)
			     : json_pack("[o]", control_node_json(c));
}

static enum handler_result
control_node_list(struct request *req)
{
	return control_reply(req, 200,
	    json_pack("{s:o}", "nodes", control_nodes_show(control_of(req))));
}

static enum handler_result
control_node_show(struct request *req)
{
	json_t *node = control_node_find(req);

	return node ? control_reply(req, 200, node)
		    : control_node_not_found(req);
}

/* ---- what is done to one ---- */

/* False and an error: there is one vault alone. */
static bool
control_node_has_cluster(const struct control *c, struct error *e)
{
	return c->nodes.list ||
	    error_field(e, "", "",
		"there is one node alone; mockvault server -dev -nodes=3 has "
		"three");
}

static enum handler_result
control_node_act(struct request *req, const char *verb)
{
	const struct control *c = control_of(req);
	struct error e = { 0 };

	if (!control_node_is_there(req))
		return control_node_not_found(req);
	if (!control_node_has_cluster(c, &e) ||
	    !c->nodes.act(c->nodes.arg, param_capture(req, "name"), verb, &e))
		return control_fail(req, 400, &e);
	return control_node_show(req);
}

#define NODE_VERB(function, verb)                                \
	static enum handler_result function(struct request *req) \
	{                                                        \
		return control_node_act(req, verb);              \
	}

NODE_VERB(control_node_kill, "kill")
NODE_VERB(control_node_restart, "restart")
NODE_VERB(control_node_pause, "pause")
NODE_VERB(control_node_resume, "resume")
NODE_VERB(control_node_seal, "seal")
NODE_VERB(control_node_unseal, "unseal")

/* ---- the network between them ---- */

struct node_partition {
	json_t *groups;
};

const struct schema control_partition_schema[] = {
	{ "groups", FIELD_LIST, offsetof(struct node_partition, groups), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static enum handler_result
control_node_partition(struct request *req)
{
	const struct control *c = control_of(req);
	struct error e = { 0 };
	struct node_partition in = { NULL };
	json_t *body = control_read_body(req, &e);
	bool ok = body &&
	    schema_read(control_partition_schema, body, "", &in, &e) &&
	    control_node_has_cluster(c, &e) &&
	    (in.groups || error_field(&e, "", "groups", "is required")) &&
	    c->nodes.partition(c->nodes.arg, in.groups, &e);

	json_decref(body);
	return ok ? control_node_list(req) : control_fail(req, 400, &e);
}

static enum handler_result
control_node_heal(struct request *req)
{
	const struct control *c = control_of(req);
	struct error e = { 0 };

	if (!control_node_has_cluster(c, &e))
		return control_fail(req, 400, &e);
	c->nodes.heal(c->nodes.arg);
	return control_node_list(req);
}

struct node_network {
	int64_t latency_ns;
	double loss;
};

const struct schema control_network_schema[] = {
	{ "latency", FIELD_DURATION, offsetof(struct node_network, latency_ns),
	    NULL },
	{ "loss", FIELD_REAL, offsetof(struct node_network, loss), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static enum handler_result
control_node_network(struct request *req)
{
	const struct control *c = control_of(req);
	struct error e = { 0 };
	struct node_network in = { 0, 0 };
	json_t *body = control_read_body(req, &e);
	bool ok = body &&
	    schema_read(control_network_schema, body, "", &in, &e) &&
	    control_node_has_cluster(c, &e) &&
	    ((in.loss >= 0 && in.loss <= 1) ||
		error_field(&e, "", "loss", "is a number from 0 to 1"));

	json_decref(body);
	if (!ok)
		return control_fail(req, 400, &e);
	c->nodes.network(c->nodes.arg, in.latency_ns, in.loss);
	return control_node_list(req);
}

/* ---- the state and the clock of one ---- */

struct node_settings {
	int state;
	int64_t skew_ns;
};

const struct schema control_node_schema[] = {
	{ "state", FIELD_ENUM, offsetof(struct node_settings, state),
	    node_states },
	{ "skew", FIELD_OFFSET, offsetof(struct node_settings, skew_ns), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

#define NO_SKEW INT64_MIN

/* By the order of node_states. */
static const char *const node_state_verbs[] = { "start", "start", "seal",
	"kill" };

static enum handler_result
control_node_set(struct request *req, const struct node_settings *in)
{
	const struct control *c = control_of(req);
	const char *name = param_capture(req, "name");
	struct error e = { 0 };

	if (in->state >= 0 &&
	    !c->nodes.act(c->nodes.arg, name, node_state_verbs[in->state], &e))
		return control_fail(req, 400, &e);
	if (in->skew_ns != NO_SKEW)
		c->nodes.set_skew(c->nodes.arg, name, in->skew_ns);
	return control_node_show(req);
}

static enum handler_result
control_node_put(struct request *req)
{
	struct control *control = control_of(req);
	struct error c = { 0 };
	struct node_settings in = { -1, NO_SKEW };
	json_t *body;
	bool ok;

	if (!control_node_is_there(req))
		return control_node_not_found(req);
	body = control_read_body(req, &c);
	ok = body && schema_read(control_node_schema, body, "", &in, &c) &&
	    (in.skew_ns == NO_SKEW ||
		clock_control_check_skew(in.skew_ns, "", "skew", &c));
	json_decref(body);
	if (ok && control->nodes.list)
		return control_node_set(req, &in);
	if (ok && in.skew_ns != NO_SKEW)
		ok = control_node_has_cluster(control, &c);
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

	if (control_of(req)->nodes.list)
		return control_node_act(req, "step-down");
	if (!control_node_is_there(req))
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
	{ OP_WRITE, "nodes/partition", R_OWN_STATE, NULL,
	    control_node_partition, NULL,
	    "Groups that do not hear each other" },
	{ OP_WRITE, "nodes/heal", R_OWN_STATE, NULL, control_node_heal, NULL,
	    "Every node hears every other, at once" },
	{ OP_PUT, "nodes/network", R_OWN_STATE, NULL, control_node_network,
	    NULL, "Latency and loss of messages between nodes" },
	{ OP_READ, "nodes/{name:seg}", R_OWN_STATE, NULL, control_node_show,
	    NULL, "One node" },
	{ OP_PUT, "nodes/{name:seg}", R_OWN_STATE, NULL, control_node_put, NULL,
	    "Put it into a state: active, standby, sealed, down; with -nodes "
	    "its clock may be wrong" },
	{ OP_WRITE, "nodes/{name:seg}/step-down", R_OWN_STATE, NULL,
	    control_node_step_down, NULL,
	    "Step down: an election of five seconds, or a real one" },
	{ OP_WRITE, "nodes/{name:seg}/kill", R_OWN_STATE, NULL,
	    control_node_kill, NULL, "End it as by SIGKILL" },
	{ OP_WRITE, "nodes/{name:seg}/restart", R_OWN_STATE, NULL,
	    control_node_restart, NULL, "End it, and start it again" },
	{ OP_WRITE, "nodes/{name:seg}/pause", R_OWN_STATE, NULL,
	    control_node_pause, NULL, "Stop it as by SIGSTOP" },
	{ OP_WRITE, "nodes/{name:seg}/resume", R_OWN_STATE, NULL,
	    control_node_resume, NULL, "Let it go on" },
	{ OP_WRITE, "nodes/{name:seg}/seal", R_OWN_STATE, NULL,
	    control_node_seal, NULL, "Seal it" },
	{ OP_WRITE, "nodes/{name:seg}/unseal", R_OWN_STATE, NULL,
	    control_node_unseal, NULL, "Unseal it" },
	ROUTE_END,
};
