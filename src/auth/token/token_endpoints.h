/*
 * What the files of auth/token share.
 */
#ifndef MV_AUTH_TOKEN_TOKEN_ENDPOINTS_H
#define MV_AUTH_TOKEN_TOKEN_ENDPOINTS_H

#include "api/reply.h"
#include "api/route.h"

/* token_create.c */
extern const struct param token_create_params[];
enum handler_result token_create_child(struct request *req);
enum handler_result token_create_orphan(struct request *req);
enum handler_result token_create_role(struct request *req);

/* token_roles.c: a role is the object that its read answers. */
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
