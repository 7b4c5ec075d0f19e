/*
 * States of this node: a table of names and outages.
 */
#include "fault/node_state.h"

#include "core/seal/seal.h"
#include "fault/rule/rule.h"

const char *const node_states[] = { "active", "standby", "sealed", "down",
	NULL };

/* Of the same order; the last that is on tells the state. */
static const char *const outages_of[] = { NULL, "no-leader", "sealed",
	"refuse" };

#define STATES ((int)(sizeof(outages_of) / sizeof(outages_of[0])))
#define SEALED 2

int
node_state(struct faults *f)
{
	int state = seal_sealed(f->vault) ? SEALED : 0;

	for (int i = 1; i < STATES; i++)
		if (outage_active(f, outages_of[i]))
			state = i;
	return state;
}

const char *
node_outage(int state)
{
	return outages_of[state];
}

bool
node_enter(struct faults *f, int state, bool anew, struct complaint *c)
{
	const char *own = outages_of[state];
	json_t *answer;
	bool known;
	int status;

	for (int i = 1; i < STATES; i++)
		if (i != state)
			outage_stop(f, outages_of[i], &known);
	if (!own || (!anew && outage_active(f, own)))
		return true;
	answer = outage_start(f, own, NULL, &status, c);
	json_decref(answer);
	return answer != NULL;
}
