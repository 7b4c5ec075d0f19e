/*
 * Requests with every right, made by the program itself.
 */
#ifndef MV_SERVER_ADMIN_REQUEST_H
#define MV_SERVER_ADMIN_REQUEST_H

#include <jansson.h>

/* fault_host's; arg is the instance. Calls the API with a root token that is
 * made for it. Returns the status, 503 when sealed; *answer is the caller's and
 * stays as it is without a body; both body and answer may be NULL. */
int admin_request_call(void *arg, const char *method, const char *path,
    const json_t *body, json_t **answer);

#endif
