/*
 * Several nodes in one process, each with a configuration file of its own: a
 * process_node each, with the listeners, the storage and the seal that its file
 * says, over TCP on their cluster addresses. Clock, journal, rules and control
 * API are those of the first.
 *
 * What calls and outages want of a node is done at the end of the pass, when
 * nothing of it is under way.
 */
#ifndef MV_SERVER_NODES_CONFIG_NODES_H
#define MV_SERVER_NODES_CONFIG_NODES_H

#include "control/control.h"
#include "server/nodes/nodes.h"
#include "server/nodes/process_node.h"

struct config_node {
	struct config_nodes *nodes;
	struct instance *in;
	const char *id;	     /* its node_id */
	struct clock *clock; /* of its process: real, but for its pauses */
	struct process_node *process; /* NULL: it is killed */
	/* As it is wanted, and as it is since the last pass. */
	enum node_power power, was;
	bool dies; /* though it may be up again by then */
	/* What outages want of it; what stands in for the truth until they are
	 * over: the address of the active node, and the version. */
	struct node_conditions wanted;
	bool names_another;
	char true_address[300];
	char version[32];
	const char *own_version;
	struct version_set own_changes;
	const char *told; /* its state, as events told it */
};

/* config_node.c has what one node is, config_nodes.c what becomes of all. */
struct config_nodes {
	struct host *host;
	struct config_node node[NODES_MAX];
	int n;
	/* What calls have done to the network; has_links: they or outages have
	 * done something. */
	bool has_links, cut[NODES_MAX][NODES_MAX];
	int64_t latency_ns;
	uint32_t loss_ppm;
	struct nodes_told told;
	struct instance *shown; /* by the control API */
};

/* The first instance is there, with its listeners; makes the others, one for
 * each file of the options. config_nodes_free ends them. false with the reason
 * in e, which names the file. */
bool config_nodes_start(
    struct host *h, struct config_nodes **out, struct error *e);
/* The first instance stays. NULL is allowed. */
void config_nodes_free(struct config_nodes *s);

/* NULL: there is none with this node_id. */
struct config_node *config_node_find(struct config_nodes *s, const char *id);
/* "active", "standby", "sealed", "removed", "paused" or "killed". */
const char *config_node_state_name(const struct config_node *n);
/* The one that leads; NULL: none. */
struct config_node *config_nodes_leader(struct config_nodes *s);

/* Is the link between them cut? */
bool config_node_is_cut_off(
    const struct config_node *one, const struct config_node *other);
/* As a call or an outage has it. */
void config_node_set_gate(struct config_node *n);

/* config_node_outages.c: lends the nodes to the rules of the first; and, before
 * and after a node's part of a pass, what outages say in place of the truth. */
void config_node_outages_attach(struct config_nodes *s);
void config_node_tell_truth(struct config_node *n);
void config_node_tell_wanted(struct config_node *n);

/* config_node_control.c: for the control API; its arg is the nodes. */
struct control_nodes config_node_control_table(struct config_nodes *s);

#endif
