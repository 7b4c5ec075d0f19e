/*
 * The parts of the database engine that its entry lists: route tables, what
 * ends by itself, and what becomes of leases.
 */
#ifndef MV_SECRETS_DATABASE_DATABASE_H
#define MV_SECRETS_DATABASE_DATABASE_H

#include "api/route.h"
#include "core/expirer.h"
#include "core/token/lease.h"

extern const struct route database_config_routes[];
extern const struct route database_role_routes[];
extern const struct route database_static_routes[];
extern const struct route database_creds_routes[];
extern const struct expirer database_expirer;

/* creds.c: leases end and go on. */
enum lease_result db_lease_revoke(struct vault *v, const struct mount *m,
    const struct lease *l, struct error *e);
bool db_lease_renew(struct vault *v, const struct mount *m,
    const struct lease *l, int64_t *ttl_s, int64_t *max_ttl_s, struct error *e);
enum lease_result db_lease_extend(struct vault *v, const struct mount *m,
    const struct lease *l, int64_t until_ns, struct error *e);

#endif
