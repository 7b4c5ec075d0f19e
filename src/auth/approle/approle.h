/*
 * What the files of AppRole share; its tables are approle_store.h.
 */
#ifndef MV_AUTH_APPROLE_APPROLE_H
#define MV_AUTH_APPROLE_APPROLE_H

#include "api/route.h"

struct approle;

extern const struct route approle_role_routes[];
extern const struct route approle_secret_routes[];

/* The role's name in the path, in lower case. */
const char *approle_role_name(struct request *req);
/* That role in the request's arena; NULL: unknown. */
struct approle *approle_from_path(struct request *req);

#endif
