/*
 * The database engine: users of databases, made and ended with leases. By
 * default no database is contacted; see call.h.
 */
#include "secrets/database/database.h"

#include "api/engine.h"
#include "secrets/database/database_common.h"
#include "secrets/database/statement_log.h"

static bool
db_unmounted(struct vault *v, struct mount *m)
{
	db_drop_mount(v, m->id);
	return false;
}

static const char *
db_plugin_at(int i, const char **version)
{
	*version = db_plugins[i].version;
	return db_plugins[i].name;
}

static const struct expirer *const database_expirers[] = { &database_expirer,
	NULL };

const struct engine engine_database = {
	.type = "database",
	.table = MOUNT_SECRET,
	.flags = ENGINE_IN_TREE,
	.tables = { database_config_routes, database_role_routes,
	    database_static_routes, database_creds_routes },
	.part = &database_store,
	.help = "Database credentials, made on demand and ended with their "
		"lease.",
	.on_unmount = db_unmounted,
	.revoke_lease_async = db_lease_revoke,
	.renew_lease = db_lease_renew,
	.extend_lease = db_lease_extend,
	.database_plugin = db_plugin_at,
	.expirers = database_expirers,
	.statements = &statement_log_hooks,
};
