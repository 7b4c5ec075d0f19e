/*
 * Requests that a standby hands to the active node, within one process.
 */
#ifndef MV_SERVER_NODES_FORWARD_H
#define MV_SERVER_NODES_FORWARD_H

#include "server/nodes/nodes.h"

/* For api_set_forward; its ctx is the struct node. */
enum handler_result node_forward(struct request *req);
/* Requests whose active node does not answer: goes on with those for which
 * something has changed. all: with every one. */
void node_forward_look(struct nodes *s, bool all);

#endif
