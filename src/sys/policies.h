/*
 * What the endpoints of policies share.
 */
#ifndef MV_SYS_POLICIES_H
#define MV_SYS_POLICIES_H

#include "api/request.h"

/* Vault 1.19: a text that is base64 as a whole is stored decoded. */
const char *policy_decode_text(struct request *req, const char *text);

#endif
