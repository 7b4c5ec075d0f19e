/*
 * The lists of engines, of tables of rows and of store parts, and every engine
 * and store part of this build that has no header of its own.
 */
#ifndef MV_SERVER_ENGINES_H
#define MV_SERVER_ENGINES_H

#include "api/engine.h"

extern const struct engine engine_alicloud;
extern const struct engine engine_aws;
extern const struct engine engine_azure;
extern const struct engine engine_cert;
extern const struct engine engine_cf;
extern const struct engine engine_gcp;
extern const struct engine engine_github;
extern const struct engine engine_jwt;
extern const struct engine engine_kerberos;
extern const struct engine engine_kubernetes;
extern const struct engine engine_ldap;
extern const struct engine engine_oci;
extern const struct engine engine_oidc;
extern const struct engine engine_okta;
extern const struct engine engine_radius;
extern const struct engine engine_approle;
extern const struct engine engine_cubbyhole;
extern const struct engine engine_database;
extern const struct engine engine_generic_leased;
extern const struct engine engine_identity;
extern const struct engine engine_kv1;
extern const struct engine engine_kv2;
extern const struct engine engine_pki;
extern const struct engine engine_system;
extern const struct engine engine_token;
extern const struct engine engine_transit;
extern const struct engine engine_userpass;

/* server/dev/dev.c */
extern const struct store_part dev_store;
extern const struct store_part pki_store;
extern const struct store_part userpass_store;

/* The lists, ended by NULL: what instances hand to the store and the api. */
extern const struct engine *const engines[];
extern const struct route *const system_tables[];
extern const struct store_part *const store_parts[];
/* Those tables without rows; server/schema_image.c makes it. */
extern const struct store_image schema_image;
/* The same for a node of a cluster: its log and the names of all nodes, too. */
extern const struct store_part *const node_store_parts[];

#endif
