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
/* Ends the outages of the other states and turns on the one of this state. An
 * outage that is on already stays, or with restart begins again. False and an
 * error. */
bool node_enter(struct faults *f, int state, bool restart, struct error *c);

#endif
