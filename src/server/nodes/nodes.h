/*
 * The nodes of a cluster in one process: an instance each, with a store, a
 * vault and listeners of its own; one network in memory, one clock of the
 * cluster, and the clock, journal, rules and control API of the first node.
 *
 * The cluster's clock runs so many times as fast as real time (-cluster-speed),
 * and stands while the vault's is frozen. When the vault's clock is moved
 * forward, the cluster's follows within the pass, a minute at most: by then
 * every election is over.
 */
#ifndef MV_SERVER_NODES_NODES_H
#define MV_SERVER_NODES_NODES_H

#include "cluster/cluster.h"
#include "cluster/memory_network.h"
#include "core/state/cluster_view.h"
#include "server/instance.h"

#define NODES_MAX 7

enum node_power {
	NODE_UP,
	NODE_PAUSED, /* as by SIGSTOP: clients hang */
	NODE_KILLED, /* as by SIGKILL: clients are refused */
};

struct node {
	struct nodes *nodes;
	struct instance *in;
	uint64_t number;   /* in the log, from 1 */
	char id[16];	   /* "n1" */
	char address[300]; /* of its cluster port */
	enum node_power power;
	struct cluster *cluster; /* NULL: raft does not run here */
	struct cluster_view view;
	bool serves;
	int64_t failed_commits; /* of the instance, as seen last */
	uint64_t known_leader;	/* its number, as clients are told; 0: none */
	/* On the cluster's clock: requests are forwarded from then on; since
	 * when the leader is out of reach, 0: it is not; stepping down before
	 * raft stops, 0: no; since when it is not up. */
	int64_t ready_ns, lost_ns, leaves_ns, gone_ns;
	/* It is to be removed once another leads; it has been, and sees it
	 * then (on the cluster's clock; 0: no). */
	bool hands_over;
	int64_t removed_ns;
};

/* How long a node takes to see that it was removed. */
#define NODE_REMOVED_CHECK_NS ((int64_t)1000000000)

struct nodes {
	struct host *host;
	struct clock *clock; /* the cluster's */
	struct random *random;
	struct memory_network *network;
	struct node node[NODES_MAX];
	int n;
	bool cut[NODES_MAX][NODES_MAX];
	int64_t owed_ns; /* how far the cluster's clock is behind */
	bool was_frozen;
	int64_t seen_ns, seen_offset_ns; /* of the vault's clock */
	struct forwarded_wait *waits;	 /* forward.c */
};

struct forwarded_wait;

/* How many -nodes and -dev-three-node ask for; 0: none. False: they cannot be
 * had, with the reason in e. */
bool nodes_count(const struct options *o, int *n, struct error *e);
/* The first instance is there, with its listeners. nodes_free ends it. */
struct nodes *nodes_new(struct host *h, int n);
/* Makes the other instances, and a cluster of all that the first one leads.
 * false with the reason in e. */
bool nodes_start(struct nodes *s, struct error *e);
/* The first instance stays. NULL is allowed. */
void nodes_free(struct nodes *s);

/* ---- what a tester does to them ---- */

struct node *node_find(struct nodes *s, const char *id);
/* Of an instance; NULL: it is none of them. */
struct node *node_of(struct nodes *s, const struct instance *in);
void node_kill(struct node *n);
/* It is there again, with its store as it was; nothing when it was not gone. */
bool node_restart(struct node *n, struct error *e);
/* With the key of development mode. */
bool node_unseal(struct node *n, struct error *e);
void node_pause(struct node *n);
void node_resume(struct node *n);
/* Can these two hear each other? */
static inline bool
node_reaches(const struct node *from, const struct node *to)
{
	const struct nodes *s = from->nodes;

	return from->power == NODE_UP && to->power == NODE_UP &&
	    !s->cut[from - s->node][to - s->node];
}

void nodes_cut(struct nodes *s, int one, int other, bool cut);
/* The one that serves; NULL: none. */
struct node *nodes_leader(struct nodes *s);

#endif
