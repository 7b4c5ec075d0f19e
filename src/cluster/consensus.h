/*
 * Consensus of the nodes of a cluster: one log, the same on each. The work is a
 * library's (libraft), behind the guard of guard.h; this is all that the rest
 * knows of it.
 *
 * How it is used, in one pass of the loop:
 *	1	consensus_receive, consensus_tick, consensus_propose ... write
 *		to the disk at once and hand messages to send()
 *	2	the disk commits
 *	3	the messages leave
 * A pass that cannot be committed ends the node; its messages are forgotten.
 * Callbacks may not call back into the same consensus.
 *
 * The rules of use:
 *	14	one change of membership at a time; never the leader itself:
 *		it hands over first and the new one does it. A new node is
 *		added as a spare, becomes a standby, then a voter.
 *	15	who joins has an empty disk and a number that nobody had; only
 *		the first node bootstraps; a removed node stops.
 *	16	the leader's state runs ahead: whoever proposes has the
 *		changeset in the state already.
 */
#ifndef MV_CLUSTER_CONSENSUS_H
#define MV_CLUSTER_CONSENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "cluster/disk.h"
#include "cluster/guard.h"

struct consensus;

struct consensus_options {
	uint64_t id; /* of this node, from 1 */
	const char *address;
	const struct cluster_disk *disk; /* outlives the consensus */
	int64_t heartbeat_ms;		 /* between two consensus_tick */
	int64_t election_timeout_ms;
	unsigned snapshot_after;    /* so many entries, a new snapshot */
	unsigned snapshot_trailing; /* entries that stay behind it; not 0 */
	uint32_t rules_off;	    /* GUARD_RULE(n) of each; for tests alone */
	void *arg;
	int64_t (*now_ms)(void *arg);
	/* A number from min to max, both included. */
	int (*random)(void *arg, int min, int max);
	/* A message to a node, to be sent once the disk has committed. The
	 * bytes are borrowed. */
	void (*send)(void *arg, uint64_t to, struct slice bytes);
	/* A command is committed and in the state; leader and followers get
	 * each one. */
	void (*committed)(
	    void *arg, uint64_t index, uint64_t term, struct slice data);
};

/* Was a consensus library there when this was built? */
bool consensus_is_built(void);

/* An empty disk becomes a cluster of these nodes, all voters; the same list for
 * each node that begins with it. */
void consensus_bootstrap(const struct cluster_disk *disk, const uint64_t *ids,
    const char *const *addresses, size_t n);

/* A node that runs, with what the disk has. */
struct consensus *consensus_new(const struct consensus_options *o);
/* The node stops here; what is proposed and not committed may come to be or
 * not. NULL is allowed. */
void consensus_free(struct consensus *c);

/* To be called each heartbeat_ms. */
void consensus_tick(struct consensus *c);
/* A message of another node. False: it is none. */
bool consensus_receive(struct consensus *c, struct slice bytes);

/* Leads this node, and has its barrier been applied? Only then is its state
 * everyone's, and only then may it write. */
bool consensus_is_ready(const struct consensus *c);
bool consensus_is_leader(const struct consensus *c);
/* Was its state everyone's at a time (now_ms), for certain? */
bool consensus_has_led(struct consensus *c, int64_t at_ms);
/* The leader that this node knows of; 0: none. */
uint64_t consensus_leader(const struct consensus *c);
uint64_t consensus_term(const struct consensus *c);
/* The last index that the library has applied. */
uint64_t consensus_applied_index(const struct consensus *c);
/* The role of a node in the newest configuration. */
enum cluster_role consensus_role(const struct consensus *c, uint64_t id);

/* The nodes of the newest configuration, at counts from 0; the address is
 * borrowed. False: there are no more. */
bool consensus_member(const struct consensus *c, unsigned at, uint64_t *id,
    const char **address, enum cluster_role *role);

/* Proposes a changeset that the state has already: its index; 0: this node may
 * not write now. */
uint64_t consensus_propose(struct consensus *c, struct slice changeset);

/* Changes of membership; false: not now (see rule 14), or there is nothing to
 * change. */
bool consensus_add(struct consensus *c, uint64_t id, const char *address);
bool consensus_assign(struct consensus *c, uint64_t id, enum cluster_role role);
bool consensus_remove(struct consensus *c, uint64_t id);
/* Is one going on? */
bool consensus_is_changing(const struct consensus *c);
/* Hands the lead to another voter, 0: to any. False: not now. */
bool consensus_transfer(struct consensus *c, uint64_t to);

#endif
