/*
 * What the nodes of a cluster say to one another, as fields and as bytes. The
 * bytes are a format of our own, so that nodes with different versions of the
 * consensus library understand each other; numbers are big-endian.
 *
 *	u8 format (2), u8 type, u64 sender, u64 term, u64 time, then by type
 *	append		u64 previous index, u64 its term, u64 commit, u32 number
 *			of entries; each: u64 term, u8 type, u32 length, bytes
 *	append answer	u64 rejected, u64 last index
 *	vote		u64 last index, u64 its term, u8 flags
 *	vote answer	u8 flags
 *	snapshot	u64 last index, u64 its term, u64 index of the
 *			configuration, u32 length, configuration, u32 length,
 *			image
 *	timeout now	u64 last index, u64 its term
 */
#ifndef MV_CLUSTER_MESSAGE_H
#define MV_CLUSTER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cluster/disk.h"

enum message_type {
	MESSAGE_APPEND = 1,
	MESSAGE_APPEND_ANSWER,
	MESSAGE_VOTE,
	MESSAGE_VOTE_ANSWER,
	MESSAGE_SNAPSHOT,
	MESSAGE_TIMEOUT_NOW,
};

struct cluster_message {
	enum message_type type;
	uint64_t from; /* the sender's number */
	uint64_t term; /* the sender's; of a pre-vote: the one it would have */
	/* Of entries and a snapshot: when they were sent, on the leader's
	 * clock; of their answer: the same once more, if it follows that
	 * leader. Else 0. */
	int64_t sent_ms;
	union {
		struct {
			uint64_t prev_index, prev_term, commit;
			struct cluster_entry *entries;
			size_t n;
		} append;
		struct {
			uint64_t rejected; /* 0: taken */
			uint64_t last_index;
		} append_answer;
		struct {
			uint64_t last_index, last_term;
			bool disrupt; /* a leader handed over: no matter who
					 leads */
			bool pre_vote;
		} vote;
		struct {
			bool granted, pre_vote;
		} vote_answer;
		struct {
			struct cluster_snapshot meta;
			struct slice image;
		} snapshot;
		struct {
			uint64_t last_index, last_term;
		} timeout_now;
	};
};

/* Adds the message's bytes. */
void message_encode(struct buf *out, const struct cluster_message *m);
/* Reads bytes, all of them; texts are borrowed from them, the list of entries
 * lies in the arena. False: they are no message. */
bool message_decode(
    struct arena *a, struct slice bytes, struct cluster_message *m);

#endif
