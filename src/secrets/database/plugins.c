/*
 * Vault 1.19's builtin database plugins as data. MariaDB is served by the
 * plugin for MySQL.
 */
#include "secrets/database/plugins.h"

#include <stddef.h>
#include <string.h>

#define USERNAME_DASHES(display, role, max)                              \
	"{{ printf \"v-%s-%s-%s-%s\" (.DisplayName | truncate " #display \
	") (.RoleName | truncate " #role ") (random 20) (unix_time) | "  \
	"truncate " #max " }}"
#define USERNAME_UNDERSCORES(letter, display, role, max, then)          \
	"{{ printf \"" letter                                           \
	"_%s_%s_%s_%s\" (.DisplayName | truncate " #display             \
	") (.RoleName | truncate " #role ") (random 20) (unix_time) | " \
	"truncate " #max " | replace \"-\" \"_\"" then " }}"
#define USERNAME_UPPERCASE                                                 \
	"{{ printf \"V_%s_%s_%s_%s\" (printf \"%s\" .DisplayName | "       \
	"uppercase | truncate 64) (printf \"%s\" .RoleName | uppercase | " \
	"truncate 64) (random 20 | uppercase) (unix_time) | truncate 128 }}"
#define USERNAME_NO_DOTS                                            \
	"{{ printf \"v-%s-%s-%s-%s\" (.DisplayName | truncate 15) " \
	"(.RoleName | truncate 15) (random 20) (unix_time) | "      \
	"replace \".\" \"-\" | truncate 100 }}"
#define USERNAME_SHORT                                                   \
	"{{ printf \"v-%s-%s-%s\" (.RoleName | truncate 4) (random 20) " \
	"(unix_time) | truncate 16 }}"

#define MYSQL(plugin, template)                                          \
	{                                                                \
		.name = plugin, .username_template = template,           \
		.rotate = "ALTER USER '{{username}}'@'%' IDENTIFIED BY " \
			  "'{{password}}';",                             \
		.revoke = "REVOKE ALL PRIVILEGES, GRANT OPTION FROM "    \
			  "'{{name}}'@'%'; DROP USER '{{name}}'@'%'",    \
		.required_detail = "connection_url"                      \
	}

const struct db_plugin db_plugins[] = {
	{ .name = "cassandra-database-plugin",
	    .username_template = USERNAME_UNDERSCORES(
		"v", 15, 15, 100, " | lowercase"),
	    .create = "CREATE USER '{{username}}' WITH PASSWORD "
		      "'{{password}}' NOSUPERUSER;",
	    .rotate = "ALTER USER '{{username}}' WITH PASSWORD "
		      "'{{password}}';",
	    .revoke = "DROP USER '{{username}}';",
	    .required_detail = "hosts" },
	{ .name = "couchbase-database-plugin",
	    .version = "v0.13.0+builtin",
	    .username_template = USERNAME_UPPERCASE,
	    .split = DB_SPLIT_NONE,
	    .create_format = "UPSERT USER {{name}} PASSWORD {{password}} "
			     "{{statement}}",
	    .create = "UPSERT USER {{name}} PASSWORD {{password}} "
		      "{\"roles\":[{\"role\":\"ro_admin\"}]}",
	    .rotate = "UPSERT USER {{username}} PASSWORD {{password}}",
	    .revoke = "DROP USER {{name}}",
	    .required_detail = "hosts" },
	{ .name = "elasticsearch-database-plugin",
	    .version = "v0.17.0+builtin",
	    .username_template = USERNAME_DASHES(15, 15, 100),
	    .split = DB_SPLIT_NONE,
	    .create_format = "PUT /_security/user/{{name}} {\"password\":"
			     "\"{{password}}\"} {{statement}}",
	    .rotate = "PUT /_security/user/{{username}}/_password "
		      "{\"password\":\"{{password}}\"}",
	    .revoke = "DELETE /_security/user/{{name}}",
	    .required_detail = "url" },
	{ .name = "hana-database-plugin",
	    .username_template = USERNAME_UNDERSCORES(
		"v", 32, 20, 127, " | uppercase"),
	    .renew = "ALTER USER {{name}} VALID UNTIL '{{expiration}}'",
	    .rotate = "ALTER USER {{username}} PASSWORD "
		      "\"{{password}}\"",
	    .revoke = "ALTER USER {{name}} DEACTIVATE USER NOW; "
		      "DROP USER {{name}} RESTRICT",
	    .required_detail = "connection_url" },
	{ .name = "influxdb-database-plugin",
	    .username_template = USERNAME_UNDERSCORES(
		"v", 15, 15, 100, " | lowercase"),
	    .create = "CREATE USER \"{{username}}\" WITH PASSWORD "
		      "'{{password}}';",
	    .rotate = "SET PASSWORD FOR \"{{username}}\" = "
		      "'{{password}}';",
	    .revoke = "DROP USER \"{{username}}\";",
	    .required_detail = "host" },
	{ .name = "mongodb-database-plugin",
	    .username_template = USERNAME_NO_DOTS,
	    .split = DB_SPLIT_NONE,
	    .create_format = "{\"createUser\":\"{{name}}\",\"pwd\":"
			     "\"{{password}}\"} {{statement}}",
	    .rotate = "{\"updateUser\":\"{{username}}\",\"pwd\":"
		      "\"{{password}}\"}",
	    .revoke = "{\"dropUser\":\"{{name}}\"}",
	    .required_detail = "connection_url" },
	{ .name = "mongodbatlas-database-plugin",
	    .version = "v0.14.0+builtin",
	    .username_template = USERNAME_NO_DOTS,
	    .split = DB_SPLIT_NONE,
	    .create_format = "POST databaseUsers {\"username\":\"{{name}}\","
			     "\"password\":\"{{password}}\"} {{statement}}",
	    .rotate = "PATCH databaseUsers/admin/{{username}} "
		      "{\"password\":\"{{password}}\"}",
	    .revoke = "DELETE databaseUsers/admin/{{name}}",
	    .required_detail = "public_key" },
	{ .name = "mssql-database-plugin",
	    .username_template = USERNAME_DASHES(20, 20, 128),
	    .rotate = "ALTER LOGIN [{{username}}] WITH PASSWORD = "
		      "'{{password}}'",
	    .revoke = "ALTER LOGIN [{{name}}] DISABLE; "
		      "DROP USER IF EXISTS [{{name}}]; "
		      "DROP LOGIN [{{name}}]",
	    .required_detail = "connection_url" },
	MYSQL("mysql-aurora-database-plugin", USERNAME_SHORT),
	MYSQL("mysql-database-plugin", USERNAME_DASHES(10, 10, 32)),
	MYSQL("mysql-legacy-database-plugin", USERNAME_SHORT),
	MYSQL("mysql-rds-database-plugin", USERNAME_SHORT),
	{ .name = "postgresql-database-plugin",
	    .username_template = USERNAME_DASHES(8, 8, 63),
	    .split = DB_SPLIT_POSTGRES,
	    .renew = "ALTER ROLE \"{{name}}\" VALID UNTIL "
		     "'{{expiration}}';",
	    .rotate = "ALTER ROLE \"{{username}}\" WITH PASSWORD "
		      "'{{password}}';",
	    .revoke = "REVOKE ALL PRIVILEGES ON ALL TABLES IN SCHEMA "
		      "public FROM \"{{name}}\"; "
		      "REVOKE ALL PRIVILEGES ON ALL SEQUENCES IN SCHEMA "
		      "public FROM \"{{name}}\"; "
		      "REVOKE USAGE ON SCHEMA public FROM \"{{name}}\"; "
		      "DROP ROLE IF EXISTS \"{{name}}\";",
	    .required_detail = "connection_url",
	    .has_live_mode = true },
	{ .name = "redis-database-plugin",
	    .version = "v0.5.0+builtin",
	    .username_template = USERNAME_UPPERCASE,
	    .split = DB_SPLIT_NONE,
	    .create_format = "ACL SETUSER {{name}} ON >{{password}} "
			     "{{statement}}",
	    .create = "ACL SETUSER {{name}} ON >{{password}} +@read ~*",
	    .rotate = "ACL SETUSER {{username}} RESETPASS >{{password}}",
	    .revoke = "ACL DELUSER {{name}}",
	    .required_detail = "host" },
	{ .name = "redis-elasticache-database-plugin",
	    .version = "v0.6.0+builtin",
	    .username_template = USERNAME_UPPERCASE,
	    .split = DB_SPLIT_NONE,
	    .rotate = "modify-user {{username}} {{password}}",
	    .required_detail = "url" },
	{ .name = "redshift-database-plugin",
	    .username_template =
		"{{ printf \"v-%s-%s-%s-%s\" (.DisplayName | truncate 8) "
		"(.RoleName | truncate 8) (random 20) (unix_time) | "
		"truncate 63 | lowercase }}",
	    .renew = "ALTER USER \"{{name}}\" VALID UNTIL "
		     "'{{expiration}}';",
	    .rotate = "ALTER USER \"{{username}}\" WITH PASSWORD "
		      "'{{password}}';",
	    .revoke = "REVOKE ALL PRIVILEGES ON ALL TABLES IN SCHEMA "
		      "public FROM \"{{name}}\"; "
		      "DROP USER IF EXISTS \"{{name}}\";",
	    .required_detail = "connection_url" },
	{ .name = "snowflake-database-plugin",
	    .version = "v0.13.0+builtin",
	    .username_template = USERNAME_UNDERSCORES("v", 32, 32, 255, ""),
	    .renew = "ALTER USER {{username}} SET DAYS_TO_EXPIRY = "
		     "'{{expiration}}';",
	    .rotate = "ALTER USER {{username}} SET PASSWORD = "
		      "'{{password}}' RSA_PUBLIC_KEY = "
		      "'{{public_key}}';",
	    .revoke = "DROP USER {{name}};",
	    .required_detail = "connection_url",
	    .has_rsa_keys = true },
	{ .name = NULL },
};

const struct db_plugin *
db_plugin_find(const char *name)
{
	const struct db_plugin *p = db_plugins;

	while (p->name && strcmp(p->name, name) != 0)
		p++;
	return p->name ? p : NULL;
}

const struct db_plugin *
db_plugin_of_kept(const char *name)
{
	static const struct db_plugin unknown = { .name = "unknown",
		.username_template = USERNAME_DASHES(15, 15, 100),
		.split = DB_SPLIT_NONE };
	const struct db_plugin *p = db_plugin_find(name);

	return p ? p : &unknown;
}
