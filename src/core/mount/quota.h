/*
 * Rate-limit quotas: rules kept in SQLite, what clients have used of them kept
 * in memory, on the vault's clock. Which request a rule meets is api/'s part.
 */
#ifndef MV_CORE_MOUNT_QUOTA_H
#define MV_CORE_MOUNT_QUOTA_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/mount/mount.h"
#include "core/vault.h"
#include "store/statement.h"

extern const struct store_part quota_store;

/* One rule; read-only outside core/mount/quota.c, but as a draft for quota_set.
 */
#define QUOTA_ROW(COLUMN, S)                                                \
	COLUMN(S, TEXT, name, "name")                                       \
	COLUMN(S, INT, mount_id, "mount_id") /* 0: every request */         \
	/* path below the mount, may end in '*'; "" */                      \
	COLUMN(S, TEXT, suffix, "suffix")                                   \
	COLUMN(S, TEXT, role, "role")	      /* of a login; "" */          \
	COLUMN(S, REAL, max_requests, "rate") /* requests in an interval */ \
	COLUMN(S, INT, interval_s, "interval")                              \
	COLUMN(S, INT, block_interval_s, "block_interval") /* 0: none */    \
	COLUMN(S, BOOL, inheritable, "inheritable")

struct quota {
	ROW_MEMBERS(QUOTA_ROW)
};

struct quota_rule;

struct quotas {
	int n; /* with none a request pays for this comparison alone */
	struct quota_rule **rules; /* in order of name */
	json_t *config;		   /* the setting's value */
};

/* What a rule says of one request. */
struct quota_result {
	bool allowed;
	bool has_counts; /* the numbers below are there (not while blocked) */
	uint64_t limit, remaining;
	int64_t reset_s;       /* s until the next interval */
	int64_t retry_after_s; /* s */
};

/* No rules; the caller frees them. */
struct quotas *quotas_new(void);
/* NULL is allowed. */
void quotas_free(struct quotas *q);
/* Reads rules and configuration again; forgets what was used. */
void quotas_load(struct vault *v);

/* In order of name: how many, and the i-th, which is the vault's. */
int quota_count(const struct vault *v);
const struct quota *quota_at(const struct vault *v, int i);
/* How many requests the i-th rule refused since the start. */
uint64_t quota_refused(const struct vault *v, int i);
const struct quota *quota_find(const struct vault *v, const char *name);
/* The rule for just these properties, or NULL. */
const struct quota *quota_find_same(
    const struct vault *v, const struct quota *q);
/* Adds or replaces by name; texts are copied, clients start anew. */
void quota_set(struct vault *v, const struct quota *draft);
void quota_remove(struct vault *v, const char *name);
/* A mount goes, and the rules on it. */
void quotas_on_unmount(struct vault *v, int64_t mount_id);

/* Is there a rule for a role of this mount? */
bool quota_has_role_rule(const struct vault *v, const struct mount *m);
/* The most specific rule for a request below m (NULL: none); -1 for none. */
int quota_match(const struct vault *v, const struct mount *m, const char *path,
    const char *role);
/* Counts a request of a client against the i-th rule. */
struct quota_result quota_consume(struct vault *v, int i, const char *client);

/* enable_rate_limit_audit_logging, enable_rate_limit_response_headers,
 * rate_limit_exempt_paths, absolute_rate_limit_exempt_paths. Borrowed. */
json_t *quota_config(const struct vault *v);
void quota_config_set(struct vault *v, json_t *config);
bool quota_is_exempt(const struct vault *v, const char *path);

#endif
