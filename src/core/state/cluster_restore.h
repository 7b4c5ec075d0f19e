/*
 * What a state document that is restored means for the nodes of a cluster: its
 * certificate stays, and when the document was sealed by other keys, each node
 * that gets it seals itself. Vault 1.19: a node whose keys do not open what
 * came with a snapshot seals itself.
 */
#ifndef MV_CORE_STATE_CLUSTER_RESTORE_H
#define MV_CORE_STATE_CLUSTER_RESTORE_H

#include "core/vault.h"

/* What a node has seen of its state; all zeros: nothing. */
struct cluster_restored {
	uint64_t applied;
	int64_t changes; /* of settings, when the mark was read */
	char mark[37];
};

/* Before and after the state is another's: what the cluster has of its own.
 * The caller hands the one to the other; NULL: nothing. */
json_t *cluster_restore_take(struct vault *v);
void cluster_restore_put(struct vault *v, json_t *own, bool sealed);

/* Looks at the state once more has been applied, 0: no raft runs, and seals the
 * vault if a document that was sealed has come since the last look. True: one
 * has. */
bool cluster_restore_follow(
    struct vault *v, struct cluster_restored *r, uint64_t applied);

#endif
