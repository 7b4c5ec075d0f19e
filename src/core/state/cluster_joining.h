/*
 * How a vault's node becomes one of a cluster, and takes others in, as the
 * parts above core/ ask for it. The server sets it in struct vault; NULL:
 * this vault stays alone.
 */
#ifndef MV_CORE_STATE_CLUSTER_JOINING_H
#define MV_CORE_STATE_CLUSTER_JOINING_H

#include "base/buf.h"
#include "base/error.h"

/* Whom to ask, and what its TLS needs: PEM texts, "" what is not given. */
struct cluster_join_request {
	const char *leader_api_addr;
	const char *ca_cert, *client_cert, *client_key, *tls_servername;
	bool retry;
};

struct cluster_joining {
	void *arg;
	/* At the leader: somebody wants to join, so there must be a cluster;
	 * and the node whose answer was right, with what it is told as JSON.
	 * false with the text in e. */
	bool (*prepare)(void *arg, struct error *e);
	bool (*admit)(void *arg, const char *node_id, const char *address,
	    struct buf *out, struct error *e);
	/* At a node without a seal: done is called once, later; failure NULL:
	 * it waits for its unseal keys. forget: nobody waits for done. */
	void (*join)(void *arg, const struct cluster_join_request *r,
	    void (*done)(void *done_arg, const char *failure), void *done_arg);
	void (*forget)(void *arg);
};

#endif
