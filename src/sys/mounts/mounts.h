/*
 * What mounts.c and mounts_tune.c share.
 */
#ifndef MV_SYS_MOUNTS_MOUNTS_H
#define MV_SYS_MOUNTS_MOUNTS_H

#include "api/reply.h"
#include "api/route.h"
#include "core/mount/mount.h"

/* The path with a slash at its end and none at its start. */
const char *mounts_with_slash(struct request *req, const char *path);
extern const struct param mounts_tune_params[];
enum handler_result mounts_tune_read(struct request *req);
enum handler_result mounts_tune_write(struct request *req);
enum handler_result mounts_tune_read_auth(struct request *req);
enum handler_result mounts_tune_write_auth(struct request *req);

#endif
