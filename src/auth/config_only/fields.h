/*
 * What auth methods without logins are configured with: fields with types and
 * defaults, kept as one JSON object an entry.
 */
#ifndef MV_AUTH_CONFIG_ONLY_FIELDS_H
#define MV_AUTH_CONFIG_ONLY_FIELDS_H

#include "api/route.h"

extern const struct route others_cert_routes[], others_github_routes[],
    others_jwt_routes[], others_kubernetes_routes[], others_ldap_routes[],
    others_okta_routes[], others_radius_routes[];

#endif
