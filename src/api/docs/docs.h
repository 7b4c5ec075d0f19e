/*
 * What Vault's documents, help and OpenAPI, call the paths of routes: the
 * pattern of its framework and the ids of operations. Tables hold what the
 * route does not say; the rest follows from it.
 */
#ifndef MV_API_DOCS_DOCS_H
#define MV_API_DOCS_DOCS_H

#include "api/route.h"

struct route_doc {
	const char *path;    /* the route's, without sys/ */
	const char *pattern; /* NULL: what the path gives */
	/* "r:read-it l:list-it w:write-it d:delete-it", those that differ from
	 * the verb and the path; "" for none */
	const char *ids;
};

/* The tables, ended by a row without path. */
extern const struct route_doc docs_system[], docs_kv[], docs_cubbyhole[],
    docs_transit[], docs_database[], docs_identity[], docs_pki[],
    docs_approle[], docs_aws[], docs_cert[], docs_github[], docs_ldap[],
    docs_okta[], docs_radius[], docs_token[], docs_userpass[], docs_alicloud[],
    docs_azure[], docs_cf[], docs_gcp[], docs_jwt[], docs_kerberos[],
    docs_kubernetes[], docs_oci[];

/* The route's path within its mount: "mounts/{path:more}" for sys/. */
const char *route_doc_path(const struct route *route);
/* "^mounts/(?P<path>.+?)$", in the arena or longer lived. type is the mount's:
 * "system", "kv". */
const char *route_doc_pattern(
    struct arena *a, const char *type, const struct route *route);
/* The id of an operation, r, l, w or d; NULL where it follows from verb and
 * path. */
const char *route_doc_id(struct arena *a, const char *type,
    const struct route *route, char operation);

/* The routes of a mount that its version of Vault has, with their patterns. */
struct route_docs {
	struct arena *arena; /* owner of everything */
	const struct vault *vault;
	const char *type; /* the mount's */
	const struct route **routes;
	const char **patterns;
	size_t n;
};

/* tables: ended by NULL; hidden: one that is left out, or NULL. */
void route_docs_init(struct route_docs *d, struct arena *a,
    const struct vault *v, const char *type, const struct route *const *tables,
    const struct route *hidden);
/* The fields of all routes that have a pattern, in order of name, captures
 * among them. The list ends with a name NULL and is the arena's. */
struct param *route_docs_fields(
    const struct route_docs *d, const char *pattern);
/* Does the pattern capture the name? */
bool is_pattern_capture(const char *pattern, const char *name);
/* "duration (sec)": a type as help pages print it. */
const char *param_type_name(enum param_type type);

#endif
