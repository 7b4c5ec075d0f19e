/*
 * A node's cluster as core/state/cluster_view.h shows it.
 */
#ifndef MV_SERVER_NODES_NODE_VIEW_H
#define MV_SERVER_NODES_NODE_VIEW_H

#include "server/nodes/nodes.h"

/* Fills in n->view. */
void node_view_init(struct node *n);

#endif
