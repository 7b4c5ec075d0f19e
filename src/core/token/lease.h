/*
 * Leases of secrets: registered when a handler hands out a secret that ends,
 * looked up, renewed, revoked. Token leases live with their token (token.h);
 * the endpoints show both.
 */
#ifndef MV_CORE_TOKEN_LEASE_H
#define MV_CORE_TOKEN_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "core/token/token.h"
#include "core/token/ttl.h"
#include "core/vault.h"
#include "store/statement.h"

/*
 * The columns of a lease and the members of struct lease that keep them
 * (store/statement.h).
 */
#define LEASE_ROW(COLUMN, S)                                                  \
	COLUMN(S, TEXT, id, "id") /* "database/creds/role/" + 24 base62 */    \
	COLUMN(S, TEXT, token_id, "token") /* id of the token that owns it */ \
	COLUMN(S, INT, mount_id, "mount_id")                                  \
	COLUMN(S, TEXT, path, "path") /* of the request that made it */       \
	COLUMN(S, TEXT_OR_NULL, data, "data") /* clean JSON of the secret */  \
	COLUMN(S, TEXT_OR_NULL, engine_data, "internal") /* engine's, JSON */ \
	COLUMN(S, INT, issued_ns, "issued")                                   \
	COLUMN(S, INT, expires_ns, "expires")                                 \
	COLUMN(S, INT, last_renewal_ns, "last_renewal") /* 0: never */        \
	COLUMN(S, INT, ttl_s, "ttl")			/* as issued */       \
	COLUMN(S, INT, max_ttl_s, "max_ttl") /* engine's; 0: the mount's */   \
	COLUMN(S, BOOL, renewable, "renewable")                               \
	COLUMN(S, INT, due_ns, "due")  /* end or next try; 0: given up */     \
	COLUMN(S, INT, tries, "tries") /* to revoke it */                     \
	COLUMN(S, TEXT_OR_NULL, error, "error") /* why the last one failed */

struct lease {
	ROW_MEMBERS(LEASE_ROW)
	uint64_t operation_id; /* while a hook runs: for lease_operation_done */
};

struct expirer;

extern const struct store_part lease_store;
/* Leases end by themselves. */
extern const struct expirer lease_expirer;

/* How far an engine came with an end or a renewal. */
enum lease_result {
	LEASE_DONE,
	LEASE_FAILED,  /* e says why */
	LEASE_PENDING, /* lease_operation_done comes later */
};

/* Engines end and prolong what they handed out. Set once by api/. */
struct lease_hooks {
	/* A failure keeps the lease for a later try. */
	enum lease_result (*revoke)(
	    struct vault *v, const struct lease *l, struct error *e);
	/* May change both times before the cap is applied. */
	bool (*renew)(struct vault *v, const struct lease *l, int64_t *ttl_s,
	    int64_t *max_ttl_s, struct error *e);
	/* The renewal is granted until then: carries it out. */
	enum lease_result (*extend)(struct vault *v, const struct lease *l,
	    int64_t until_ns, struct error *e);
};

/* Keeps the hooks, which outlive the vault. */
void leases_init(struct vault *v, const struct lease_hooks *hooks);
/*
 * Stores a new lease of ttl_s seconds; id (in the arena), issued_ns and
 * expires_ns are filled in when they are empty. ttl_s is what was granted,
 * afterwards: scaled (vault_scale_ttl), and no longer than a batch token lives.
 */
void lease_register(struct vault *v, struct arena *a, struct lease *l);
/* The lease, to be freed by the caller with lease_free; NULL: unknown. */
struct lease *lease_find(struct vault *v, const char *id);
/* NULL is allowed. */
void lease_free(struct lease *l);
/* increment in seconds, 0 for the original ttl; *ttl is what was granted, and
 * warning (TTL_WARNING_MAX bytes) says when that was less. */
enum lease_result lease_renew(struct vault *v, struct lease *l,
    int64_t increment_s, int64_t *granted_ttl_s, char *warning,
    struct error *e);
/* Ends it; on failure it stays as it is. */
enum lease_result lease_revoke(
    struct vault *v, struct lease *l, struct error *e);
/* A pending operation has ended, well when e's status is 0. To be called once
 * for an operation. */
void lease_operation_done(
    struct vault *v, uint64_t operation_id, const struct error *e);
/* How many operations on leases below a prefix are pending. */
int lease_pending_count(struct vault *v, const char *prefix);
typedef void (*lease_waiter_fn)(void *arg, const struct error *e);
/* Calls fn once nothing below prefix is pending, with the first failure; with
 * many its text says which lease it was. */
void lease_pending_wait(struct vault *v, const char *prefix, bool many,
    lease_waiter_fn fn, void *arg);
/* At the vault's end. */
void lease_pending_list_free(struct vault *v);
/* force: forget the lease even when the engine cannot revoke it. On an error e
 * says which one failed. Some may still be pending, and many leases end in
 * passes to come: false, and lease_pending_wait waits for both. */
bool lease_revoke_prefix(
    struct vault *v, const char *prefix, bool force, struct error *e);
/* The same for a client that may wait: more is left to passes to come. */
bool lease_revoke_prefix_in_slices(
    struct vault *v, const char *prefix, bool force, struct error *e);
/* What was to end is no longer there. */
void leases_on_state_replaced(struct vault *v);
/* token_on_revoke's: the token's leases are revoked. What cannot be revoked now
 * is tried again when the virtual clock says so. */
void leases_on_token_revoked(struct vault *v, const struct token *t);
/* The same for one lease. */
void lease_revoke_or_retry(struct vault *v, const struct lease *l);
/* Adds the ids of those that were tried too often, sorted. */
void lease_list_irrevocable(struct vault *v, struct strs *out);
/* Tries these again. */
void lease_retry_irrevocable(struct vault *v);
/* Lists one level below a prefix, folders with '/', sorted, into an empty
 * list. */
void lease_list(struct vault *v, const char *prefix, struct strs *out);
/* At most n of a list in an arena, as path_list_some (core/mount/path_list.h).
 */
bool lease_list_some(struct vault *v, const char *prefix, const char **after,
    size_t n, struct strs *out);
int64_t lease_count(struct vault *v);

#endif
