/*
 * The nodes of the cluster, as far as there is one: this one. Its state is the
 * outages'.
 */
#include <string.h>

#include "control/control.h"
#include "core/seal.h"
#include "core/vault.h"

/* What a state is made of; the last that is active tells it. */
static const struct {
	const char *state;
	const char *outage; /* NULL: none of them */
} states[] = {
	{ "active", NULL },
	{ "standby", "no-leader" },
	{ "sealed", "sealed" },
	{ "down", "refuse" },
};

#define STATES (sizeof(states) / sizeof(states[0]))

static const char *const state_names[] = { "active", "standby", "sealed",
	"down", NULL };

static const char *
own_name(const struct vault *v)
{
	return *v->config.node_id ? v->config.node_id : "n1";
}

static const char *
state_of(const struct control *c)
{
	const char *state = seal_sealed(c->vault) ? "sealed" : "active";

	for (size_t i = 1; i < STATES; i++)
		if (outage_active(c->faults, states[i].outage))
			state = states[i].state;
	return state;
}

static json_t *
show_node(const struct control *c)
{
	const struct vault_config *config = &c->vault->config;

	return json_pack("{s:s, s:s, s:s, s:s}", "id", own_name(c->vault),
	    "state", state_of(c), "api_addr", config->api_addr, "version",
	    config->version);
}

static verdict
missing(struct request *req)
{
	const char *names[] = { own_name(req->vault), NULL };

	return control_missing(req, "node", capture(req, "name"), names);
}

static bool
is_ours(struct request *req)
{
	return strcmp(capture(req, "name"), own_name(req->vault)) == 0;
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

static bool
enter(struct faults *f, int state, struct complaint *c)
{
	json_t *answer;
	bool known;
	int status;

	for (size_t i = 1; i < STATES; i++)
		if ((int)i != state)
			outage_stop(f, states[i].outage, &known);
	if (!states[state].outage || outage_active(f, states[state].outage))
		return true;
	answer = outage_start(f, states[state].outage, NULL, &status, c);
	json_decref(answer);
	return answer != NULL;
}

struct input {
	int state;
};

const struct shape control_node_shape[] = {
	{ "state", SHAPE_WORD, offsetof(struct input, state), state_names },
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
		ok = complain_words(&c, "", "state", state_names,
		    "is required");
	if (!ok || !enter(control->faults, in.state, &c))
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
