/*
 * The states that a tester puts this node into; each is an outage of its own.
 */
#ifndef MV_FAULT_NODE_STATE_H
#define MV_FAULT_NODE_STATE_H

#include "fault/fault.h"

/* "active", "standby", "sealed", "down"; NULL-terminated. A state is an index
 * into it. */
extern const char *const node_states[];

/* The state that it is in now. */
int node_state(struct faults *f);
/* The outage behind a state, NULL for active. */
const char *node_outage(int state);
/* Ends the outages of the other states and turns on the one of this state,
 * unless the node is in it already. A scenario, which owner names, turns on one
 * of its own in any case. False and an error. */
bool node_enter(
    struct faults *f, int state, const char *owner, struct error *c);

#endif
