/*
 * Entries of a mount that are kept as they were written
 * (core/mount/plain_kv.h), named by the route's {path}: what KV v1 and auth
 * methods that only remember have in common.
 */
#ifndef MV_API_MOUNT_ENTRIES_H
#define MV_API_MOUNT_ENTRIES_H

#include "api/reply.h"

/* Clean JSON in the request's arena; p NULL when there is none. */
struct slice mount_entry_get(struct request *req);
bool mount_entry_exists(struct request *req);
void mount_entry_put(struct request *req, struct slice data);

/* Handlers for a path of the mount's own entries: remove one, list those below
 * a prefix. */
enum handler_result mount_entry_delete(struct request *req);
enum handler_result mount_entry_list(struct request *req);

#endif
