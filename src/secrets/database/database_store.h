/*
 * The database engine in SQLite: connections, roles, static roles. Knows
 * nothing of requests.
 */
#ifndef MV_SECRETS_DATABASE_DATABASE_STORE_H
#define MV_SECRETS_DATABASE_DATABASE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"
#include "core/vault.h"

extern const struct store_part database_store;

/* Lists are NULL-terminated; texts live in the arena they were read into. */
struct db_connection {
	const char *name;
	const char *plugin;
	const char *plugin_version;
	struct slice details; /* clean JSON object */
	char **allowed_roles;
	char **root_statements;
	const char *password_policy;
	bool verify;
};

struct db_role {
	const char *name;
	const char *db_name;
	char **creation, **revocation, **rollback, **renewal;
	int64_t default_ttl_s, max_ttl_s; /* s */
	const char *credential_type;
	struct slice credential_config; /* clean JSON object, "{}" for none */
};

struct db_static_role {
	const char *name;
	const char *db_name;
	const char *username;
	char **rotation;
	const char *credential_type;
	struct slice credential_config;
	int64_t period_s; /* s; 0: by schedule */
	const char *schedule;
	int64_t window_s;   /* s */
	const char *secret; /* the password or private key in force */
	const char
	    *pending_secret; /* one that a failed rotation may have set; "" */
	int64_t rotated_ns;  /* ns */
	int64_t due_ns;	     /* ns */
};

/* Reads and writes of rows by mount and name. Get: texts in the arena, false
 * when there is none. Put: inserts or replaces. */
bool db_connection_get(struct vault *v, struct arena *a, int64_t mount,
    const char *name, struct db_connection *c);
void db_connection_put(
    struct vault *v, int64_t mount, const struct db_connection *c);
/* The same, kept parsed: until the request ends (core/mount/object_cache.h), or
 * NULL. */
struct db_cached_connection {
	struct arena *arena; /* goes with it */
	struct db_connection connection;
	const struct username_template
	    *username_template; /* who needs it parses it */
};
struct db_cached_connection *db_connection_cached(
    struct vault *v, int64_t mount, const char *name);
/* A detail's text; "" when it is absent or no text. */
const char *db_connection_detail(
    struct arena *a, const struct db_connection *c, const char *key);

/* The same for roles. */
bool db_role_get(struct vault *v, struct arena *a, int64_t mount,
    const char *name, struct db_role *r);
/* The same, kept parsed: until the request ends, or NULL. */
const struct db_role *db_role_cached(
    struct vault *v, int64_t mount, const char *name);
/* Inserts or replaces; what is kept parsed goes. */
void db_role_put(struct vault *v, int64_t mount, const struct db_role *r);

/* The same for static roles. */
bool db_static_get(struct vault *v, struct arena *a, int64_t mount,
    const char *name, struct db_static_role *r);
void db_static_put(
    struct vault *v, int64_t mount, const struct db_static_role *r);

enum db_table {
	DB_CONNECTIONS,
	DB_ROLES,
	DB_STATIC_ROLES,
};

/* The names in a table, sorted, in the arena; returns how many. */
void db_names(
    struct vault *v, enum db_table table, int64_t mount, struct strs *names);
/* Removes a row, if it is there. */
void db_delete(
    struct vault *v, enum db_table table, int64_t mount, const char *name);
/* Removes everything that a mount keeps. */
void db_drop_mount(struct vault *v, int64_t mount);

/* The earliest rotation, ns; 0: none. */
int64_t db_static_next_due_ns(struct vault *v);
/* One that is due at `now`; false when none is. */
bool db_static_find_due(struct vault *v, struct arena *a, int64_t now_ns,
    int64_t *mount, const char **name);

#endif
