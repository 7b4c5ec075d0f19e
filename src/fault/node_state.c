/*
 * States of this node: a table of names and outages.
 */
#include "fault/node_state.h"

#include "core/seal/seal.h"
#include "fault/rule/rule.h"

const char *const node_states[] = { "active", "standby", "sealed", "down",
	NULL };

/* Of the same order; the last that is on tells the state. */
static const char *const node_outages[] = { NULL, "no-leader", "sealed",
	"refuse" };

#define NODE_STATES ((int)(sizeof(node_outages) / sizeof(node_outages[0])))
#define NODE_STATE_SEALED 2

int
node_state(struct faults *f)
{
	int state = seal_is_sealed(f->vault) ? NODE_STATE_SEALED : 0;

	for (int i = 1; i < NODE_STATES; i++)
		if (outage_is_active(f, node_outages[i]))
			state = i;
	return state;
}

const char *
node_outage(int state)
{
	return node_outages[state];
}

bool
node_enter(struct faults *f, int state, bool restart, struct error *c)
{
	const char *own = node_outages[state];
	json_t *answer;
	bool known;
	int status;

	for (int i = 1; i < NODE_STATES; i++)
		if (i != state)
			outage_stop(f, node_outages[i], &known);
	if (!own || (!restart && outage_is_active(f, own)))
		return true;
	answer = outage_start(f, own, NULL, &status, c);
	json_decref(answer);
	return answer != NULL;
}
