/*
 * States of this node: a table of names and outages.
 */
#include "fault/node_state.h"

#include "core/seal/seal.h"
#include "fault/rule/rule.h"

const char *const node_states[] = { "active", "standby", "sealed", "down",
	NULL };

/* Of the same order; the last that holds tells the state. */
static const char *const node_outages[] = { NULL, "no-leader", "sealed",
	"refuse" };

enum {
	NODE_STATE_ACTIVE,
	NODE_STATE_STANDBY,
	NODE_STATE_SEALED,
	NODE_STATE_DOWN,
	NODE_STATES
};

static const enum outage_condition node_conditions[] = {
	[NODE_STATE_STANDBY] = OUTAGE_CONDITION_STANDBY,
	[NODE_STATE_SEALED] = OUTAGE_CONDITION_SEALED,
	[NODE_STATE_DOWN] = OUTAGE_CONDITION_DOWN,
};

int
node_state(struct faults *f)
{
	if (f->listener_state != LISTENER_OPEN)
		return NODE_STATE_DOWN;
	if (seal_is_sealed(f->node))
		return NODE_STATE_SEALED;
	return f->node->standby.on ? NODE_STATE_STANDBY : NODE_STATE_ACTIVE;
}

const char *
node_outage(int state)
{
	return node_outages[state];
}

bool
node_enter(struct faults *f, int state, const char *owner, struct error *c)
{
	const char *own = node_outages[state];
	json_t *answer;
	int status;

	for (int i = NODE_STATE_STANDBY; i < NODE_STATES; i++)
		if (i != state)
			outages_stop_condition(f, node_conditions[i]);
	if (!own || (!owner && node_state(f) == state))
		return true;
	answer = outage_start_owned(f, own, NULL, owner, &status, c);
	json_decref(answer);
	return answer != NULL;
}
