/*
 * What mounts.c and mounts_tune.c share.
 */
#ifndef MV_SYS_MOUNTS_H
#define MV_SYS_MOUNTS_H

#include "api/reply.h"
#include "api/route.h"
#include "core/mount/mount.h"

/* The path with its final slash. */
const char *mounts_with_slash(struct request *req, const char *path);
/* The optional keys of a config or tune body into m->extra. */
/* As a mount's config and tune give it; false with a refusal. */
bool mounts_set_token_type(
    struct request *req, struct mount *m, const char *type, enum handler_result *refusal);
bool mounts_read_extra(
    struct request *req, struct slice from, struct mount *m, enum handler_result *refusal);

extern const struct param mounts_tune_params[];
enum handler_result mounts_tune_read(struct request *req);
enum handler_result mounts_tune_write(struct request *req);
enum handler_result mounts_tune_read_auth(struct request *req);
enum handler_result mounts_tune_write_auth(struct request *req);

#endif
