/*
 * verify/ takes HMACs too: the way from its rows to those of hmac/.
 */
#ifndef MV_SECRETS_TRANSIT_HMAC_H
#define MV_SECRETS_TRANSIT_HMAC_H

#include "secrets/transit/transit_common.h"

enum handler_result transit_verify_hmac(
    struct request *req, const struct transit_batch *batch);

#endif
