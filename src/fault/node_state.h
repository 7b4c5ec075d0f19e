/*
 * The states that a tester puts this node into; each is an outage of its own.
 */
#ifndef MV_FAULT_NODE_STATE_H
#define MV_FAULT_NODE_STATE_H

#include "fault/fault.h"

/* "active", "standby", "sealed", "down"; NULL-terminated. A state is an index
 * into it. */
extern const char *const node_states[];

/* The one it is in. */
int node_state(struct faults *f);
/* The outage behind a state, NULL for active. */
const char *node_outage(int state);
/* Ends the outages of the other states and turns its own on. One that is on
 * already stays as it is, or with anew begins again. */
bool node_enter(struct faults *f, int state, bool restart, struct error *c);

#endif
