/*
 * The mount tables: secrets engines and auth methods, kept in SQLite, cached in
 * memory, routed by the longest prefix.
 */
#ifndef MV_CORE_MOUNT_MOUNT_H
#define MV_CORE_MOUNT_MOUNT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "core/vault.h"

enum mount_table {
	MOUNT_SECRET,
	MOUNT_AUTH,
};

struct mount {
	int64_t
	    id; /* stays when the mount moves: engines key their rows by it */
	enum mount_table table;
	char *path; /* as in a request: "secret/", "auth/approle/" */
	char *name; /* as in its table: "secret/", "approle/" */
	char *type; /* "kv", "approle", "system"... */
	char *accessor;
	char *uuid;
	char *description;
	json_t *options;       /* object of strings, or NULL for null */
	int64_t default_ttl_s; /* seconds; 0: the system's */
	int64_t max_ttl_s;
	bool force_no_cache;
	bool local;
	bool seal_wrap;
	bool external_entropy;
	char *token_type;     /* auth mounts: "default-service"...; else "" */
	char *plugin_version; /* as asked for; "" */
	/* Optional keys of `config` as answers show them: listing_visibility,
	 * passthrough_request_headers, user_lockout_config... */
	json_t *extra_config;
	bool tainted;		       /* being unmounted or moved */
	struct mount_metrics *metrics; /* core/mount/metrics.h */
	const void *engine;	       /* struct engine of api/engine.h */
};

extern const struct store_part mount_store;

/* Empty tables; the caller frees them. */
struct mounts *mounts_new(struct vault *v);
/* Frees every mount. NULL is allowed. */
void mounts_free(struct mounts *m);
/* Called for every mount that is loaded or added; api/ finds its engine. */
void mounts_on_attach(
    struct vault *v, void (*attach)(struct vault *v, struct mount *m));
/* Reads the table from the store again. */
void mounts_load(struct vault *v);
/* The mounts every Vault has: cubbyhole/, identity/, sys/, auth/token/; in dev
 * mode secret/ as KV v2 (v1 with -dev-kv-v1). At initialisation. */
void mounts_create_defaults(struct vault *v);

/* The mount that serves a request path, or NULL. */
struct mount *mount_for_path(const struct vault *v, const char *path);
/* By its exact path in its table ("secret/", "approle/"), or NULL. */
struct mount *mount_find(
    const struct vault *v, enum mount_table table, const char *name);
/* Of either table, or NULL. */
struct mount *mount_by_accessor(const struct vault *v, const char *accessor);
struct mount *mount_by_id(const struct vault *v, int64_t id);

/* In order of path. */
int mount_count(const struct vault *v, enum mount_table table);
struct mount *mount_at(const struct vault *v, enum mount_table table, int i);

/* A zeroed mount with empty texts, an own accessor and uuid; the caller's,
 * until mount_add. */
struct mount *mount_draft(struct vault *v, enum mount_table table,
    const char *name, const char *type);
void mount_free(struct mount *m);
/* A copy to try settings on, in no table; the caller's. */
struct mount *mount_copy(const struct mount *m);
/* Gives m what can be tuned in the copy, and the copy what m had. */
void mount_swap_settings(struct mount *m, struct mount *copy);
/*
 * May this mount be added? Its path must be free and not the server's own, its
 * type one that may be mounted again. Errors have Vault's texts and order.
 */
bool mount_check_path(
    const struct vault *v, const struct mount *m, struct error *e);
/* Adds a draft, which mount_check_path has let pass, to its table, which owns
 * it from then on. */
void mount_add(struct vault *v, struct mount *draft);
/* Writes a changed mount back. */
void mount_save(struct vault *v, struct mount *m);
/* Takes the mount out of its table and the store, and frees it. */
void mount_remove(struct vault *v, struct mount *m);
/* Moves a mount to another path of its table; checks are the caller's. */
void mount_move(struct vault *v, struct mount *m, const char *name);

/* What is in force: the mount's own or the system's, in seconds. */
int64_t mount_default_ttl(const struct vault *v, const struct mount *m);
int64_t mount_max_ttl(const struct vault *v, const struct mount *m);
/* options[key], or NULL. */
const char *mount_option(const struct mount *m, const char *key);

#endif
