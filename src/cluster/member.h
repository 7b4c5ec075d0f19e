/*
 * A node of a cluster in a process of its own: its part in consensus, its end
 * of the network, forwarding, and who else belongs to it. The table of peers
 * says who shall; the node that serves makes the configuration follow it, one
 * change after the other, and everyone connects to whom the configuration has.
 *
 * A pass: what came in, then store_commit, then member_flush.
 */
#ifndef MV_CLUSTER_MEMBER_H
#define MV_CLUSTER_MEMBER_H

#include <event2/event.h>

#include "base/error.h"
#include "base/log.h"
#include "cluster/cluster.h"
#include "cluster/forward.h"
#include "cluster/peers.h"
#include "cluster/net/tcp_network.h"

struct member;

struct member_options {
	struct event_base *base;
	struct clock *clock;
	struct random *random;
	const struct log *log;
	struct store *store; /* with log_store_part and peers_store_part */
	const char *node_id;
	const char *api_address; /* where clients reach it */
	int64_t heartbeat_ms, election_timeout_ms;
	void *arg;
	/* As cluster_options'. */
	void (*on_role)(void *arg, bool serves);
	/* Does a message of consensus arrive? NULL: all do. */
	bool (*arrives)(void *arg, struct slice bytes);
	/* How long a node shall be connected before it gets a vote; NULL: 0.
	 */
	int64_t (*stabilization_ns)(void *arg);
	/* The cluster has removed this node while it was away. */
	void (*on_removed)(void *arg);
	/* As forward_options'. */
	void (*serve)(void *arg, struct forward_job *job,
	    const struct forward_request *r);
	void (*cancelled)(void *arg, struct forward_job *job);
};

/* What all nodes have in common; texts are copied. */
struct member_secrets {
	const char *schema;
	const char *certificate, *key; /* PEM */
};

/* Texts of the options outlive it. It listens from now on (see
 * tcp_network_listen), and takes part in nothing. NULL: it cannot listen. */
struct member *member_new(
    const struct member_options *o, const char *listen, struct error *e);
/* NULL is allowed. */
void member_free(struct member *m);
int member_port(const struct member *m);

/* Three ways to take part; address is where the others reach it. All three
 * false: the reason is in e.
 *
 * The store's state becomes that of a new cluster, of this node alone. */
bool member_begin(struct member *m, const struct member_secrets *s,
    const char *address, struct error *e);
/* It belonged to one before it was stopped. */
bool member_resume(
    struct member *m, const struct member_secrets *s, struct error *e);
/* The leader has admitted it under this number; the store is empty. leader is
 * the leader's number, and its address where to find it. */
bool member_enter(struct member *m, const struct member_secrets *s,
    uint64_t number, uint64_t leader, const char *leader_address,
    struct error *e);
/* Has the store what member_resume needs? */
bool member_can_resume(const struct member *m);
/* It takes part no longer, until one of those again. */
void member_stop(struct member *m);

/* NULL while it takes part in nothing. */
struct cluster *member_cluster(const struct member *m);
struct forward *member_forward(const struct member *m);
struct tcp_network *member_network(const struct member *m);
uint64_t member_number(const struct member *m);
/* Of a node in the configuration, while it takes part. */
enum cluster_role member_role(const struct member *m, uint64_t number);

/* After the pass's commit. */
void member_flush(struct member *m);

/* At the node that serves: a node shall belong to the cluster. Its number; one
 * with the same name goes. 0: this node does not serve. */
uint64_t member_admit(
    struct member *m, const char *node_id, const char *address);
/* A node shall go, this one too. False: there is no such node, or this one does
 * not serve. */
bool member_expel(struct member *m, const char *node_id);
/* Who leads, in the arena. False: nobody is known. */
bool member_leader(struct member *m, struct arena *a, struct peer *leader);

#endif
