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
/* [["n1"],["n2","n3"]]: the group of each of n nodes; who stands in none is in
 * one of its own. at gives the place of a node, -1: there is none. */
bool node_control_read_groups(const json_t *groups, int n,
    int (*at)(void *arg, const char *id), void *arg, int *group,
    struct error *c);
/* The table; its arg is the struct nodes. */
struct control_nodes node_control_table(struct nodes *s);

#endif
