/*
 * The route tables of the identity engine, one for each of its files.
 */
#ifndef MV_SECRETS_IDENTITY_IDENTITY_H
#define MV_SECRETS_IDENTITY_IDENTITY_H

#include "api/route.h"

extern const struct route identity_entity_routes[];
extern const struct route identity_alias_routes[];
extern const struct route identity_group_routes[];
extern const struct route identity_lookup_routes[];
extern const struct route identity_oidc_routes[];

#endif
