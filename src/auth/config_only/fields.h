/*
 * What auth methods without logins are configured with: fields with types and
 * defaults, kept as one JSON object an entry.
 */
#ifndef MV_AUTH_CONFIG_ONLY_FIELDS_H
#define MV_AUTH_CONFIG_ONLY_FIELDS_H

#include "api/route.h"

extern const struct route config_only_cert_routes[],
    config_only_github_routes[], config_only_jwt_routes[],
    config_only_kubernetes_routes[], config_only_ldap_routes[],
    config_only_okta_routes[], config_only_radius_routes[];

#endif
