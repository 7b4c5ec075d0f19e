/*
 * One node's part in a cluster: what its passes change goes to the others, and
 * what the leader's change comes in. The store's commit asks it; nobody else
 * proposes.
 *
 * A pass: the node's requests, messages (cluster_receive) and alarms, then
 * store_commit, then cluster_flush. Only a node that serves may change the
 * state: the commit of another's change fails. A node whose commit has failed
 * ends with cluster_free and begins anew.
 */
#ifndef MV_CLUSTER_CLUSTER_H
#define MV_CLUSTER_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "clock/clock.h"
#include "clock/random.h"
#include "cluster/config.h"
#include "store/store.h"

struct cluster;

struct cluster_options {
	uint64_t id; /* from 1; nobody had it before */
	const char *address;
	struct store *store; /* with log_store_part */
	struct clock *clock; /* of timeouts */
	struct random *random;
	int64_t heartbeat_ms, election_timeout_ms;
	uint32_t rules_off; /* of the guard; for tests alone */
	void *arg;
	/* The bytes are borrowed. */
	void (*send)(void *arg, uint64_t to, struct slice bytes);
	/* The node serves now, and its state is everyone's; or no longer: what
	 * it holds in memory of the state may be out of date from now on. */
	void (*on_role)(void *arg, bool serves);
};

/* A store becomes the one of a node of this cluster, all of them voters; the
 * same list, and the same state, for each. A log that it has is gone. False:
 * the store fails. */
bool cluster_bootstrap(struct store *s, const uint64_t *ids,
    const char *const *addresses, size_t n);

/* A store with a state becomes that of a cluster's only node; who joins gets
 * the state as it is now. False: the store fails. */
bool cluster_begin(struct store *s, uint64_t id, const char *address);

/* NULL: the store fails, or this SQLite has no preupdate hook. */
struct cluster *cluster_new(const struct cluster_options *o);
/* Messages that have not left are forgotten. NULL is allowed. */
void cluster_free(struct cluster *c);

/* A message of another node; false: it is none. */
bool cluster_receive(struct cluster *c, struct slice bytes);
/* After the pass's commit: its messages leave. */
void cluster_flush(struct cluster *c);

/* May this node answer and write? */
bool cluster_serves(const struct cluster *c);
/* A time on its clock; and was this node's state everyone's then, for certain?
 * An answer that was read then may leave (guard.h, rule 17). */
int64_t cluster_now_ms(const struct cluster *c);
bool cluster_has_led(struct cluster *c, int64_t at_ms);
/* The leader that is known; 0: none. */
uint64_t cluster_leader(const struct cluster *c);
uint64_t cluster_term(const struct cluster *c);
/* The last entry that is everyone's and has been seen to be. */
uint64_t cluster_applied_index(const struct cluster *c);
/* The entry with the last pass that changed something, and whether an entry is
 * everyone's: its answers may leave. */
uint64_t cluster_last_entry(const struct cluster *c);
bool cluster_is_committed(const struct cluster *c, uint64_t index);

/* Hands the lead to another node; false: not now. */
bool cluster_hand_over(struct cluster *c);
/*
 * Changes of membership, by the node that serves, one at a time; false: not
 * now, or there is nothing to change. A new node has an empty store without
 * bootstrap and a number that nobody had (cluster/peers.h); it is a spare,
 * which promote makes a standby, which gets the log, and a standby a voter,
 * once it has caught up. The node that serves does not remove itself: it hands
 * over first. A node that was removed ends with cluster_free.
 */
bool cluster_add(struct cluster *c, uint64_t id, const char *address);
bool cluster_promote(struct cluster *c, uint64_t id);
bool cluster_remove(struct cluster *c, uint64_t id);
/* Is one going on? */
bool cluster_is_changing(const struct cluster *c);
/* The nodes as this one knows them, at counts from 0; the address is borrowed.
 * False: there are no more. */
bool cluster_member(const struct cluster *c, unsigned at, uint64_t *id,
    const char **address, enum cluster_role *role);

#endif
