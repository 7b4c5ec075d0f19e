/*
 * What scenarios hear of nodes, whichever kind they are.
 */
#ifndef MV_SERVER_NODES_NODE_EVENTS_H
#define MV_SERVER_NODES_NODE_EVENTS_H

#include "fault/fault.h"

/* What was told of all of them last. */
struct nodes_told {
	bool sealed, leader;
};

/* A node's state is now this; *told, NULL: nothing was, is what it was. */
void node_tell_state(struct faults *f, const char *id, bool is_killed,
    const char *now, const char **told);
/* Are all sealed, and does one lead? */
void nodes_tell_all(
    struct faults *f, struct nodes_told *told, bool sealed, bool leads);

#endif
