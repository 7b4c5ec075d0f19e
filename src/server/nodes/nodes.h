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
#include "core/state/cluster_restore.h"
#include "core/state/cluster_view.h"
#include "fault/fault_nodes.h"
#include "server/instance.h"
#include "server/nodes/node_events.h"

#define NODES_MAX FAULT_NODES_MAX

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
	int64_t takes_lead_ns;	/* it is elected and serves from then on; 0 */
	int64_t failed_commits; /* of the instance, as seen last */
	uint64_t known_leader;	/* its number, as clients are told; 0: none */
	/* On the cluster's clock: requests are forwarded from then on; since
	 * when the leader is out of reach, 0: it is not; stepping down before
	 * raft stops, 0: no; since when it is not up; raft does not stop
	 * before the others know what was restored. */
	int64_t ready_ns, lost_ns, leaves_ns, gone_ns, told_ns;
	struct cluster_restored restored;
	/* It is to be removed once another leads; it has been, and sees it
	 * then (on the cluster's clock; 0: no). */
	bool hands_over;
	int64_t removed_ns;
	/* What outages want of it; what stands in for it ends with them. */
	struct node_conditions wanted;
	bool waits;	    /* raft does not start there yet */
	bool names_another; /* as the active node */
	char version[32];
	struct version_set own_changes;
	const char *told; /* its state, as events told it */
};

#define NODES_MS ((int64_t)1000000)
#define NODES_S ((int64_t)1000000000)
/* Vault 1.19's at the default performance_multiplier, on the cluster's clock.
 */
#define NODES_HEARTBEAT_MS 500
/* A moved clock: the cluster follows no further than this. */
#define NODES_OWED_MAX_NS (60 * NODES_S)
/* So long the vault's clock goes at a time, while times matter. */
#define NODES_SYNC_NS (100 * NODES_MS)
/* How long a node takes to see that it was removed. */
#define NODE_REMOVED_CHECK_NS ((int64_t)1000000000)

struct nodes {
	struct host *host;
	struct clock *clock; /* the cluster's */
	struct random *random;
	uint32_t rules_off; /* of the guard; for tests alone */
	struct memory_network *network;
	struct node node[NODES_MAX];
	int n;
	bool cut[NODES_MAX][NODES_MAX];
	int64_t owed_ns; /* how far the cluster's clock is behind */
	bool was_frozen;
	int64_t seen_ns, seen_offset_ns; /* of the vault's clock */
	struct forwarded_wait *waits;	 /* forward.c */
	/* Until then (on the cluster's clock) the vault's clock stops every now
	 * and then on its way, so that what happens here has its time. */
	int64_t busy_until_ns;
	struct alarm sync; /* on the vault's clock */
	struct nodes_told told;
	/* Everything is up and one leads: who waits for that is told. With a
	 * seed chance begins anew before that, and raft with it. */
	enum {
		RECOVERY_NONE,
		RECOVERY_HEALS,
		RECOVERY_WAITS, /* the first is alone, for its turn to come */
		RECOVERY_ELECTS,
	} recovery;
	int64_t first_alone_until_ns;
	int64_t recovers_until_ns;
	struct nodes_waiter {
		void (*fn)(void *arg);
		void *arg;
	} * waiting; /* until all are well, in order */
	int nwaiting;
};

struct forwarded_wait;

/* ---- node.c ---- */

/* Raft runs there; false: the store cannot. It stops, without a word. */
bool node_start_raft(struct node *n);
void node_stop_raft(struct node *n);
/* It does not lead; clients are told of leader_address, "" is nobody's. */
void node_follow(struct node *n, const char *leader_address);
/* What has changed for it since the last pass. */
void node_look(struct node *n);
/* Whoever serves is whom the control API works on; with nobody, the first. */
void nodes_tell_leader(struct nodes *s);
/* The network is as calls and outages have cut it. */
void nodes_set_links(struct nodes *s);
/* NULL: nobody has the number. */
struct node *node_by_number(struct nodes *s, uint64_t number);

/* Has a message of consensus entries of the log, or all of it? */
bool node_message_has_entries(struct slice bytes);
/* A word of the outage `redirect`, or an address, as the address of a node;
 * active and next_standby are those that it may stand for. */
void node_write_other_address(const char *word, const char *active,
    const char *next_standby, char *out, size_t size);
/* The version that a vault tells while outages want none, and room for theirs,
 * which outlives it. */
struct node_version {
	const char *own;
	const struct version_set *own_changes;
	char *kept; /* 32 bytes */
};
/* What outages want of a node from now on; its vault's time and version follow.
 * false: it was so already. */
bool node_take_wanted(struct node_conditions *now,
    const struct node_conditions *wanted, struct vault *v,
    const struct node_version *version);

/* ---- nodes.c ---- */

/* How many -nodes and -dev-three-node ask for; 0: none. Without -dev each has a
 * file of its own (config_nodes.h). False: they cannot be had, with the reason
 * in e. */
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
/* Is the link between them cut, by a call or by an outage? */
bool node_is_cut_off(const struct node *one, const struct node *other);
/* Can these two hear each other? */
static inline bool
node_reaches(const struct node *from, const struct node *to)
{
	return from->power == NODE_UP && to->power == NODE_UP &&
	    !node_is_cut_off(from, to);
}

/* "active", "standby", "sealed", "removed", "paused" or "killed". */
const char *node_state_name(const struct node *n);
/* An outage begins or ends: makes the node what it wants. */
void node_want(struct node *n, const struct node_conditions *wanted);
/* The active node ceases to lead and takes part in the election of another.
 * False: nobody leads. */
bool nodes_give_up(struct nodes *s);
/* Has the vault's clock gone further than the cluster's? */
bool nodes_are_behind(const struct nodes *s);
/* Something has happened: times matter for the next minute. */
void nodes_stir(struct nodes *s);
/* Ends what calls have done to the nodes and lets time pass until all are up
 * and the first leads. True: they are; else fn is called when they are, or
 * when they cannot within some minutes. */
bool nodes_recover(struct nodes *s, void (*fn)(void *arg), void *arg);

void nodes_cut(struct nodes *s, int one, int other, bool cut);
/* The one that serves; NULL: none. */
struct node *nodes_leader(struct nodes *s);

#endif
