/*
 * The nodes as outages work on them (fault/fault_nodes.h).
 */
#ifndef MV_SERVER_NODES_NODE_OUTAGES_H
#define MV_SERVER_NODES_NODE_OUTAGES_H

#include "server/nodes/nodes.h"

/* Lends them to the rules of the first instance. */
void node_outages_attach(struct nodes *s);

#endif
