/*
 * What a listener's redact_* settings keep from those without a token.
 */
#ifndef MV_SYS_REDACTION_H
#define MV_SYS_REDACTION_H

#include "api/request.h"

/* Are the things of one REQUEST_REDACT_* to be left empty? Vault 1.19: not for
 * who sends a live token. */
bool sys_is_redacted(struct request *req, unsigned what);

#endif
