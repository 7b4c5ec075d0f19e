/*
 * What help answers and the OpenAPI document share.
 */
#ifndef MV_API_HELP_H
#define MV_API_HELP_H

#include <jansson.h>

#include "core/vault.h"

/* An OpenAPI document without paths; the caller owns it. */
json_t *openapi_document(const struct vault *v);

#endif
