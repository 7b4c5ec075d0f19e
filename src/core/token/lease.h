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
#include "core/vault.h"

struct lease {
	char *id; /* "database/creds/role/" + 24 base62 */
	char *token; /* id of the token it hangs on */
	int64_t mount_id;
	char *path; /* request path that made it */
	char *data; /* clean JSON of the secret's data, or NULL */
	char *internal; /* engine's own, clean JSON, or NULL */
	int64_t issued; /* ns */
	int64_t expires; /* ns */
	int64_t last_renewal; /* ns, 0 */
	int64_t ttl; /* as issued, s */
	int64_t max_ttl; /* engine's cap, s; 0: the mount's */
	bool renewable;
	char *error; /* why the last try to end it failed, or NULL */
	uint64_t ticket; /* while a hook runs: for lease_settled */
};

struct sweep;

extern const struct store_part lease_store;
/* Leases end by themselves. */
extern const struct sweep lease_sweep;

/* How far an engine came with an end or a renewal. */
enum lease_step {
	LEASE_DONE,
	LEASE_FAILED, /* e says why */
	LEASE_UNDERWAY, /* lease_settled comes later */
};

/* Engines end and prolong what they handed out. Set once by api/. */
struct lease_hooks {
	/* A failure keeps the lease for a later try. */
	enum lease_step (*revoke)(struct vault *v, const struct lease *l,
	    struct error *e);
	/* May change ttl and max_ttl (s) before the cap is applied. */
	bool (*renew)(struct vault *v, const struct lease *l, int64_t *ttl,
	    int64_t *max_ttl, struct error *e);
	/* The renewal is granted until an instant (ns): carries it out. */
	enum lease_step (*extend)(struct vault *v, const struct lease *l,
	    int64_t until, struct error *e);
};

void leases_init(struct vault *v, const struct lease_hooks *hooks);
/*
 * Stores a new lease of ttl seconds; id, issued and expires are filled in when
 * empty (id is malloc'ed, the caller's). ttl is what was granted, afterwards:
 * scaled (vault_grant), and what a batch token asked for ends with that token.
 */
void lease_register(struct vault *v, struct lease *l);
struct lease *lease_find(struct vault *v, const char *id);
void lease_free(struct lease *l);
#define LEASE_WARNING_MAX 200

/* increment in seconds, 0 for the original ttl; *ttl is what was granted, and
 * warning (LEASE_WARNING_MAX bytes) says when that was less. */
enum lease_step lease_renew(struct vault *v, struct lease *l,
    int64_t increment, int64_t *ttl, char *warning, struct error *e);
/* Ends it; on failure it stays as it is. */
enum lease_step lease_revoke(struct vault *v, struct lease *l,
    struct error *e);
/* What was underway came to its end; status 0: a good one. Once a ticket. */
void lease_settled(struct vault *v, uint64_t ticket, const struct error *e);
/* How many ends and renewals of leases below a prefix are underway. */
int lease_underway(struct vault *v, const char *prefix);
typedef void (*lease_waiter)(void *arg, const struct error *e);
/* Calls fn once nothing below prefix is underway, with the first failure; many
 * makes that say which lease it was. */
void lease_wait(struct vault *v, const char *prefix, bool many,
    lease_waiter fn, void *arg);
/* At the vault's end. */
void lease_waits_free(struct vault *v);
/* force: forget the lease even when the engine cannot end it. Returns how many
 * went; on an error e says which one failed. Some may be underway yet. */
int lease_revoke_prefix(struct vault *v, const char *prefix, bool force,
    struct error *e);
/* What cannot be ended now is tried again by the clock. */
void lease_revoke_of_token(struct vault *v, const char *token_id);
/* The same for one lease. */
void lease_revoke_later(struct vault *v, const struct lease *l);
/* Ids of those that were tried too often, sorted; caller frees all. */
size_t lease_irrevocable(struct vault *v, char ***ids);
/* Tries these again. */
void lease_tidy(struct vault *v);
/* One level below a prefix, folders with '/'; sorted; caller frees all. */
size_t lease_list(struct vault *v, const char *prefix, char ***keys);
int64_t lease_count(struct vault *v);

/*
 * Vault's CalculateTTL (sdk/framework/lease.go), all in seconds; age counts
 * from the issue time. A cap writes Vault's warning text to warning (or "").
 * -1 when nothing is left: "past the max TTL, cannot renew".
 */
int64_t lease_calculate_ttl(int64_t increment, int64_t backend_ttl,
    int64_t period, int64_t backend_max, int64_t explicit_max,
    int64_t system_default, int64_t system_max, int64_t age, char *warning,
    size_t warning_size);

#endif
