/*
 * The nodes of a cluster in this process, as outages work on them: what is
 * wanted of each, and what is known of them. The server lends the functions.
 */
#ifndef MV_FAULT_FAULT_NODES_H
#define MV_FAULT_FAULT_NODES_H

#include "core/vault.h"
#include "fault/response_fault.h"

#define FAULT_NODES_MAX 7

/* What outages want of one node as long as they last; all 0 is nothing. A
 * change is what is done: who restarts a node by hand has it back, though an
 * outage has ended it. */
struct node_conditions {
	bool down; /* as by SIGKILL */
	bool sealed;
	bool idle;	   /* no part in Raft: it neither leads nor votes */
	bool knows_nobody; /* it can name no active node */
	bool refuses;	   /* and refuses with 503 then, instead of 500 */
	bool redirects;	   /* where it would forward */
	bool line_lost;	   /* its heartbeats to the active node do not arrive */
	bool lags;	   /* no entries of the log arrive */
	bool has_role;	   /* role is what sys/health tells */
	enum node_role role;
	enum listener_state listener;
	int64_t skew_ns;
	unsigned cut_off; /* bit i: it and node i do not hear each other */
	/* Named in place of the active node: an address, or unreachable, http,
	 * loop, dead; "": the active node itself. */
	char leader_address[300];
	char version[32]; /* of Vault; "": its own */
};

bool node_conditions_equal(
    const struct node_conditions *a, const struct node_conditions *b);

struct fault_nodes {
	void *arg;
	int n; /* they are known by 0 to n - 1; 0: there is one vault alone */
	const char *(*name)(void *arg, int at);
	struct vault *(*vault)(void *arg, int at);
	bool (*leads)(void *arg, int at);
	bool (*is_up)(void *arg, int at);
	void (*set)(void *arg, int at, const struct node_conditions *wanted);
	/* The active node hands over; or ceases to lead without a word, so
	 * that an election must find another. False: nobody leads. */
	bool (*hand_over)(void *arg);
	bool (*give_up)(void *arg);
	/* Has the cluster not come yet to where the vault's clock stands? */
	bool (*is_behind)(void *arg);
	void (*reset_connections)(void *arg);
};

#endif
