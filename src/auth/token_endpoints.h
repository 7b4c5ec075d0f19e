/*
 * What the files of auth/token share.
 */
#ifndef MV_AUTH_TOKEN_ENDPOINTS_H
#define MV_AUTH_TOKEN_ENDPOINTS_H

#include "api/reply.h"
#include "api/route.h"

/* token_create.c */
extern const struct param token_create_params[];
verdict token_create_child(struct request *req);
verdict token_create_orphan(struct request *req);
verdict token_create_role(struct request *req);

#endif
