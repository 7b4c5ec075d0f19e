/*
 * verify/ takes HMACs too: what it calls for them.
 */
#ifndef MV_SECRETS_TRANSIT_HMAC_H
#define MV_SECRETS_TRANSIT_HMAC_H

#include "secrets/transit/transit_common.h"

/* Answers a request of verify/ that gives an HMAC; reads the batch anew, as
 * Vault does. */
enum handler_result transit_verify_hmac(struct request *req);

#endif
