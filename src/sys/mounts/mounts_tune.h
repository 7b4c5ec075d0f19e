/*
 * Handlers of mounts/PATH/tune and auth/PATH/tune, for the table of mounts.c.
 */
#ifndef MV_SYS_MOUNTS_MOUNTS_TUNE_H
#define MV_SYS_MOUNTS_MOUNTS_TUNE_H

#include "api/reply.h"
#include "api/route.h"
#include "core/mount/mount.h"

extern const struct param mounts_tune_params[];
/* Of a secrets engine. */
enum handler_result mounts_tune_read(struct request *req);
enum handler_result mounts_tune_write(struct request *req);
/* Of an auth method. */
enum handler_result mounts_tune_read_auth(struct request *req);
enum handler_result mounts_tune_write_auth(struct request *req);

#endif
