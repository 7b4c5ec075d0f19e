/*
 * OpenAPI documents of routes, as Vault's framework makes them.
 */
#ifndef MV_API_DOCS_OPENAPI_H
#define MV_API_DOCS_OPENAPI_H

#include <jansson.h>

#include "api/docs/docs.h"

/* An OpenAPI document without paths; the caller owns it. */
json_t *openapi_document(const struct request *req);

/* How the paths of a mount stand in a document. */
struct openapi_mount {
	const char *prefix;	   /* "/secret/" or "/{secret_mount_path}/" */
	const char *param;	   /* "secret_mount_path", or NULL */
	const char *param_default; /* "secret" */
	const char *id_prefix;	   /* of operations without one: the type */
	const char *tag;	   /* of all operations */
};

/* Adds the paths of a pattern, or all (NULL), to a document. */
void openapi_add_routes(json_t *document, const struct route_docs *docs,
    const struct openapi_mount *mount, const char *pattern);
/* Orders paths and schemas by name, as Go prints its maps. */
void openapi_sort(json_t *document);

#endif
