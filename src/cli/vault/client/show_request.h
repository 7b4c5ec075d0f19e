/*
 * Requests that are shown instead of made: -output-curl-string and
 * -output-policy.
 */
#ifndef MV_CLI_VAULT_CLIENT_SHOW_REQUEST_H
#define MV_CLI_VAULT_CLIENT_SHOW_REQUEST_H

#include "cli/vault/client/vclient.h"

/* Leaves the line or the policy in c->shown; returns the error's text that the
 * request then ends with. */
const char *request_show(struct vclient *c, const char *method,
    const struct address *url, const struct headers *h, struct slice body);

#endif
