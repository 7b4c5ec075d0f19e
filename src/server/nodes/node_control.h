/*
 * The nodes as the control API works on them (control/control.h).
 */
#ifndef MV_SERVER_NODES_NODE_CONTROL_H
#define MV_SERVER_NODES_NODE_CONTROL_H

#include "control/control.h"
#include "server/nodes/nodes.h"

/* One node, as /_mock/nodes shows it; takes the list of those that it is cut
 * off from. */
json_t *node_control_describe(const struct instance *in, const char *id,
    const char *state, json_t *cut_off);
/* The table; its arg is the struct nodes. */
struct control_nodes node_control_table(struct nodes *s);

#endif
