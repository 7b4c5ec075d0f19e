/*
 * What the files of sys/storage/raft know of this node.
 */
#ifndef MV_SYS_RAFT_RAFT_H
#define MV_SYS_RAFT_RAFT_H

#include <stdbool.h>

#include "api/request.h"
#include "core/state/cluster_view.h"

#define SYS_RAFT "sys/storage/raft/"

/* Is raft the storage that the configuration names? */
bool sys_raft_is_enabled(const struct request *req);
/* The configured id, or one that is made once. */
const char *sys_raft_node_id(struct request *req);
/* Without the scheme: 127.0.0.1:8201. */
const char *sys_raft_cluster_host(struct request *req);
/* The nodes of the cluster, at counts from 0; a vault that stands alone is the
 * only one. False: there are no more. */
bool sys_raft_peer(struct request *req, unsigned at, struct cluster_peer *out);

#endif
