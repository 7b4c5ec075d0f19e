/*
 * Engines: a type that can be mounted, its routes and its hooks. Adding one is
 * a file with a struct engine and a line in server/engines.c.
 */
#ifndef MV_API_ENGINE_H
#define MV_API_ENGINE_H

#include <jansson.h>

#include "api/route.h"
#include "core/token/lease.h"
#include "core/mount/mount.h"
#include "core/vault.h"

enum engine_flags {
	ENGINE_IN_TREE = 1 << 0, /* version "v1.19.5+builtin.vault" */
	ENGINE_CORE = 1 << 1,	 /* not mountable: system, identity, token... */
	ENGINE_VERSIONED = 1 << 2, /* takes options.version (kv) */
};

#define ENGINE_TABLES 12

/* What an engine ran, or would have run, on another system; for testers. */
struct engine_statements {
	/* JSON objects, oldest first, those behind since_seq and of one request
	 * (NULL: of all); the caller owns the array. */
	json_t *(*list)(
	    const struct vault *v, int64_t since_seq, const char *request_id);
	/* How many there have ever been. */
	int64_t (*total)(const struct vault *v);
	/* Drops them; the count goes on. */
	void (*clear)(struct vault *v);
};

/* What a renewal of a token is computed from, in seconds, 0 for none. */
struct token_terms {
	int64_t ttl_s; /* without an increment; as it was granted last */
	int64_t max_ttl_s, period_s, explicit_max_ttl_s;
};

struct engine {
	const char *type; /* "kv", "approle" */
	enum mount_table table;
	unsigned flags;
	const char *version; /* "v0.21.0+builtin", NULL with ENGINE_IN_TREE */
	const char
	    *option_version; /* serves mounts with this options.version */
	const struct route *tables[ENGINE_TABLES + 1]; /* NULL-terminated */
	const struct store_part *part;		       /* its tables, or NULL */
	const char *help; /* one sentence on the mount */
	/* After a mount was added; may refuse. NULL: nothing to do. */
	bool (*on_mount)(struct vault *v, struct mount *m, struct error *e);
	/* Before a mount goes, which is tainted: deletes some of what it kept,
	 * about UNMOUNT_STEP rows; true while there is more. */
	bool (*on_unmount)(struct vault *v, struct mount *m);
	/* Leases of its secrets; see struct lease_hooks. */
	bool (*revoke_lease)(struct vault *v, const struct mount *m,
	    const struct lease *l, struct error *e);
	/* Instead of revoke, for an end that may take time. */
	enum lease_result (*revoke_lease_async)(struct vault *v,
	    const struct mount *m, const struct lease *l, struct error *e);
	bool (*renew_lease)(struct vault *v, const struct mount *m,
	    const struct lease *l, int64_t *ttl_s, int64_t *max_ttl_s,
	    struct error *e);
	/* Carries out a renewal until then. NULL: nothing to do. */
	enum lease_result (*extend_lease)(struct vault *v,
	    const struct mount *m, const struct lease *l, int64_t until_ns,
	    struct error *e);
	/* Auth methods: a token of a login is renewed; may change the terms. On
	 * false it is not renewed; without an error in e nothing is said. */
	bool (*renew_token)(struct vault *v, const struct mount *m,
	    const struct token *t, struct token_terms *terms, struct error *e);
	/* A token goes: what the engine keeps under it goes first. */
	void (*on_token_revoke)(struct vault *v, const struct token *t);
	/* The alias a login would use, for the lockout count; NULL: unknown. */
	const char *(*login_alias)(struct request *req);
	/* How many secrets it keeps, for vault.secret.kv.count. */
	int64_t (*secret_count)(struct vault *v, const struct mount *m);
	/* The role a login would take, by its cleaned body, for quotas on
	 * roles; "" for none. NULL: a known method's field, or no roles. */
	const char *(*login_role)(
	    struct request *req, const struct mount *m, struct slice body);
	/* Plugins it brings along for the catalog's type "database": the i-th's
	 * name, NULL behind the last; *version NULL: as in the tree. */
	const char *(*database_plugin)(int i, const char **version);
	/* What ends by itself; NULL-terminated, or NULL. */
	const struct expirer *const *expirers;
	/* NULL: it notes none. */
	const struct engine_statements *statements;
};

/* All engines of this build, and every route table outside mounts (sys and
 * the dedicated handlers), as the api was given them; ended by NULL. */
const struct engine *const *api_engines(const struct vault *v);
const struct route *const *api_system_tables(const struct vault *v);

/* The engine for a type (and options.version for kv); NULL when unknown. */
const struct engine *engine_find(const struct vault *v, enum mount_table table,
    const char *type, const char *option_version);
/* The statements of the one engine that notes them; NULL: there is none. */
const struct engine_statements *engine_statements_find(const struct vault *v);

/* Can a quota name a role of this mount? (api/phases/quota.c) */
bool quota_has_roles(const struct mount *m);
/* Sets m->engine from its type and options. */
void engine_attach(struct vault *v, struct mount *m);
/* "v0.21.0+builtin" or "v1.19.5+builtin.vault"; out has 64 bytes. */
void engine_version(
    const struct vault *v, const struct engine *e, char out[64]);

#endif
