/*
 * A configured server with raft storage as a node of a cluster, in a process of
 * its own or beside others (config_nodes.h). Until somebody joins it, or it
 * joins, there is no raft and no cost.
 */
#ifndef MV_SERVER_NODES_PROCESS_NODE_H
#define MV_SERVER_NODES_PROCESS_NODE_H

#include "cluster/join.h"
#include "cluster/member.h"
#include "core/state/cluster_joining.h"
#include "core/state/cluster_restore.h"
#include "core/state/cluster_view.h"
#include "fault/fault_nodes.h"
#include "server/instance.h"

struct process_node {
	struct instance *in;
	struct clock *clock; /* real time, while the process runs */
	/* What outages want of it; NULL: nobody can. */
	const struct node_conditions *wanted;
	bool gives_up; /* the lead, without a word, when this pass is over */
	int64_t silent_ns; /* since when its heartbeats are to be lost */
	struct cluster_view view;
	struct cluster_joining joining;
	struct member *member; /* NULL: it is alone */
	struct join *join;
	char *challenge; /* to be answered; NULL: none */
	void (*join_done)(void *done_arg, const char *failure);
	void *join_done_arg;
	bool begins; /* a cluster, when this pass is over */
	/* Raft could not start, as when its address is taken: set until it is
	 * tried again. */
	struct alarm again;
	bool waits;
	bool serves;
	uint64_t known_leader; /* its number, as clients are told; 0: none */
	int64_t failed_commits;
	bool is_lost; /* its line to the leader */
	int64_t
	    removed_ns;	 /* when it stops, as it was removed; 0: it was not */
	bool hands_over; /* it was removed while it led */
	/* Since when it leads, alone or not, on its clock and the vault's;
	 * 0: it does not. */
	int64_t leads_ns, active_since_ns;
	/* Sealed, it leads no longer, 0: it is not; and not before it has told
	 * the others what it has restored. */
	int64_t leaves_ns, told_ns;
	struct cluster_restored restored;
	int64_t prunes_ns;   /* when it looks for dead nodes next */
	bool was_told;	     /* that it was removed, by who leads now */
	bool has_looked;     /* at its data, whether it was removed before */
	struct arena *peers; /* of view.peer */
	/* Leaders of retry_join blocks, in their arena. */
	bool retries;
	struct arena *retry_arena;
	struct join_leader *retry;
	size_t nretry;
};

/* For an instance with raft storage; it lives as long as its listeners. */
struct process_node *process_node_new(struct instance *in, struct clock *clock,
    const struct node_conditions *wanted);
/* Its part of a pass, after the commit. */
void process_node_settle(struct process_node *n);
/* As by SIGSTOP; its clock is stopped by whoever has it. */
void process_node_pause(struct process_node *n, bool paused);
/* NULL is allowed. */
void process_node_free(struct process_node *n);

/* process_autopilot.c: of member_options; and, while it serves, takes out a
 * node that is dead, where the settings want that. */
int64_t process_stabilization_ns(void *arg);
void process_prune_dead(struct process_node *n);

/* process_retry.c: reads the retry_join blocks, which are tried from then on;
 * false with Vault's text in e when the server must not start with them. */
bool process_retry_read(struct process_node *n, struct error *e);

/* process_forward.c: for api_set_forward, with the node as its context; and
 * what another node has sent. */
enum handler_result process_forward(struct request *req);
void process_serve(
    void *arg, struct forward_job *job, const struct forward_request *r);
void process_cancelled(void *arg, struct forward_job *job);

#endif
