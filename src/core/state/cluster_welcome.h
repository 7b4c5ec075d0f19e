/*
 * What the leader tells a node whose answer to the challenge was right. The
 * certificate and its key are encrypted under the root key: whoever reads along
 * has nothing of it.
 */
#ifndef MV_CORE_STATE_CLUSTER_WELCOME_H
#define MV_CORE_STATE_CLUSTER_WELCOME_H

#include "core/state/cluster_identity.h"

struct cluster_welcome {
	uint64_t number;	    /* the node's */
	uint64_t leader;	    /* the leader's number */
	const char *leader_address; /* of its cluster port */
	struct cluster_identity identity;
};

/* At the leader: adds it as JSON; the identity is the state's. false with the
 * text in e. */
bool cluster_welcome_write(struct vault *v, const struct cluster_welcome *w,
    struct buf *out, struct error *e);
/* At the node, unsealed: texts are in the arena. false with the text in e, also
 * when the leader's state has other tables. */
bool cluster_welcome_read(struct vault *v, struct arena *a, struct slice json,
    struct cluster_welcome *w, struct error *e);

#endif
