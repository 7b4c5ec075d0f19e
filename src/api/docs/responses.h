/*
 * What an OpenAPI document says of the answers of operations.
 */
#ifndef MV_API_DOCS_RESPONSES_H
#define MV_API_DOCS_RESPONSES_H

#include <jansson.h>

/*
 * The "responses" of an operation, whose schema, if it has one, is added to
 * schemas under that name. The caller owns what is returned; NULL: no more is
 * known than what its kind of operation gives.
 */
json_t *responses_of_operation(
    const char *id, const char *name, json_t *schemas);

#endif
