/*
 * The guard: what a node does with a message before the consensus library sees
 * it, and with one of the library's before it leaves. It knows no library: it
 * reads the disk and messages alone. The rules bear the numbers that the tests
 * switch them off by; consensus.h has the rules of use.
 *
 * Storage
 *	1	everything is written at once; what the library waits for is
 *		told to it after its call has returned
 *	2	a reload (the library starts anew from the disk) is the way back
 *		from every state that the library cannot undo; a sole voter
 *		takes a new term before it leads
 * Leader
 *	3	its first entry is a barrier of its own term, in the pass in
 *		which it was elected; nobody writes before that is applied
 *	4	it sends no entries before that one
 *	5	an answer confirms no more than what it answers to; a commit
 *		index goes no further than the entries it came with
 *	13	a refusal of what was already confirmed is an old one
 *	17	it answers reads for as long as a lease lasts: half an election
 *		timeout from when a majority had last to hear from it. Behind
 *		it, and in a term in which it handed over, an answer waits until
 *		a majority has heard of it since. Without a lease it ends to
 *		lead
 *	19	who refused, or has installed a snapshot, is sent what it lacks
 *		at once; the library waits for the next heartbeat
 * Follower
 *	7	entries that conflict are undone and cut off on the disk, then
 *		the library is reloaded; also after a snapshot was installed
 *	8	a snapshot has the configuration that the log has at its index
 *	17	who runs again ignores candidates for as long as a lease lasts
 *		that it may have helped to
 *	18	one refusal after the other steps back twice as far, so that a
 *		long tail that conflicts is found in a few
 * Votes
 *	6	one vote a term
 *	9	a node that its own configuration calls no voter votes, too: the
 *		candidate's newer one may need it
 *	10	a pre-vote of a lower term is answered with the higher term
 *	11	who hears a leader ignores candidates
 *	12	a candidate that a leader handed over to disrupts one term only
 */
#ifndef MV_CLUSTER_GUARD_H
#define MV_CLUSTER_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "cluster/config.h"
#include "cluster/disk.h"
#include "cluster/message.h"

#define GUARD_PEERS 64
#define GUARD_RULE(n) ((uint32_t)1 << (n))

struct guard {
	uint64_t id;
	const struct cluster_disk *disk;
	uint32_t rules_off; /* GUARD_RULE(n) of each; for tests alone */
	int64_t election_timeout_ms;
	uint64_t own_term, own_first; /* the first entry of our own lead */
	uint64_t commit;	      /* the highest known, also over reloads */
	int64_t echo_ms;	      /* sent_ms of the message being handled */
	uint64_t gave_term;	      /* the last one in which we handed over */
	unsigned refusals;	      /* of ours, one after the other */
	uint64_t proved; /* how far the message being handled proves our log */
	bool goes_on;	 /* rule 19, for the message being handled */
	uint64_t handed; /* the term in which we may disrupt a leader */
	int64_t heard_ms;
	bool has_heard; /* a leader, at heard_ms */
	uint64_t match_term;
	struct guard_match {
		uint64_t id, index;
		int64_t heard_ms; /* what we sent then it has heard */
		bool installs;	  /* it was sent a snapshot */
	} match[GUARD_PEERS];	  /* what peers have confirmed in match_term */
	size_t nmatch;
	bool config_known; /* voters and role are of the newest configuration */
	int voters;
	uint64_t voter[GUARD_PEERS];
	enum cluster_role role;
};

enum guard_action {
	GUARD_TAKE,	     /* give it to the library */
	GUARD_DROP,	     /* nobody gets it */
	GUARD_RELOAD,	     /* reload, then give it to the library */
	GUARD_ANSWER,	     /* send the answer; the library gets nothing */
	GUARD_RELOAD_ANSWER, /* reload, then the same */
};

void guard_init(struct guard *g, uint64_t id, const struct cluster_disk *disk,
    int64_t election_timeout_ms);
bool guard_rule(const struct guard *g, int rule);
/* The node runs, from now on. */
void guard_begin(struct guard *g, int64_t now_ms);

/* What to do with a message that came in. It may be changed; the answer's type
 * and fields are set for GUARD_ANSWER. */
enum guard_action guard_receive(struct guard *g, int64_t now_ms,
    struct cluster_message *m, struct cluster_message *answer);
/* A message of ours that is about to leave, which may be changed. False: it is
 * held, as if there were no connection. */
bool guard_send(
    struct guard *g, int64_t now_ms, uint64_t term, struct cluster_message *m);
/* A snapshot has left for this peer. */
void guard_sent_snapshot(struct guard *g, uint64_t term, uint64_t peer);

/* Rule 17, of a leader: was its state everyone's at a time, for certain? Is its
 * lease over? */
bool guard_has_led(struct guard *g, int64_t now_ms, int64_t at_ms);
bool guard_lease_is_over(struct guard *g, int64_t now_ms);

/* The library, leading in this term, has written entries from first on. */
void guard_own_entries(struct guard *g, uint64_t term, uint64_t first);
/* Does the log's newest configuration have one voter, us? */
bool guard_sole_voter(struct guard *g);
/* The log may have another newest configuration now. */
void guard_config_changed(struct guard *g);
/* Rule 2: a new term with a vote for ourselves. */
void guard_raise_term(struct guard *g);
/* Writes a term, or a vote in it. */
void guard_write_term(struct guard *g, uint64_t term);
void guard_write_vote(struct guard *g, uint64_t vote);
/* Rule 8: fills in the configuration that the log has at s->index. */
void guard_snapshot_config(struct guard *g, struct cluster_snapshot *s);
/* Undoes and removes all entries from an index on. */
void guard_cut(struct guard *g, uint64_t from);
/* The library has another commit index. */
void guard_commit(struct guard *g, bool leads, uint64_t term, uint64_t commit);

/* A rule that must hold does not: says so, naming it, and ends the process. */
_Noreturn void guard_fail(const struct guard *g, const char *rule,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
