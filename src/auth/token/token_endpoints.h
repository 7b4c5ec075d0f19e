/*
 * What the files of auth/token share.
 */
#ifndef MV_AUTH_TOKEN_TOKEN_ENDPOINTS_H
#define MV_AUTH_TOKEN_TOKEN_ENDPOINTS_H

#include "api/reply.h"
#include "api/route.h"

/* create.c: the three ways to make a token; the parameters are the same. */
extern const struct param token_create_params[];
enum handler_result token_create_child(struct request *req);
enum handler_result token_create_orphan(struct request *req);
enum handler_result token_create_role(struct request *req);

/* roles.c: a role is kept as the object that its read answers. The handlers
 * below serve roles/NAME. */
extern const struct store_part token_role_store;
extern const struct param token_role_params[];
/* The caller owns it; NULL when there is none. */
json_t *token_role_get(struct vault *v, const char *name);
bool token_role_exists(struct request *req);
enum handler_result token_role_read(struct request *req);
enum handler_result token_role_write(struct request *req);
enum handler_result token_role_delete(struct request *req);
enum handler_result token_role_list(struct request *req);

#endif
