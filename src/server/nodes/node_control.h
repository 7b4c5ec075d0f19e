/*
 * The nodes as the control API works on them (control/control.h).
 */
#ifndef MV_SERVER_NODES_NODE_CONTROL_H
#define MV_SERVER_NODES_NODE_CONTROL_H

#include "control/control.h"
#include "server/nodes/nodes.h"

/* The table; its arg is the struct nodes. */
struct control_nodes node_control_table(struct nodes *s);

#endif
