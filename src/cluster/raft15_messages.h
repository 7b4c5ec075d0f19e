/*
 * Messages and configurations of libraft as ours, and back.
 */
#ifndef MV_CLUSTER_RAFT15_MESSAGES_H
#define MV_CLUSTER_RAFT15_MESSAGES_H

#include <raft.h>

#include "cluster/guard.h"
#include "cluster/message.h"

/* Memory that the library frees, never NULL; and a copy of bytes in it. */
void *raft15_alloc(const struct guard *g, size_t n);
struct raft_buffer raft15_copy(const struct guard *g, struct slice bytes);
struct slice raft15_slice(const struct raft_buffer *b);
/* A configuration from its bytes; an empty one from none. */
void raft15_read_config(
    const struct guard *g, struct slice bytes, struct raft_configuration *out);

/* The library's message as ours; what it holds is freed with
 * raft15_release_out. */
void raft15_translate_out(const struct guard *g,
    const struct raft_message *from, struct cluster_message *m);
void raft15_release_out(struct cluster_message *m);
/* Ours as the library's, which frees what it holds. */
void raft15_translate_in(const struct guard *g, const struct cluster_message *m,
    struct raft_message *to);

#endif
