/*
 * Tokens: made, found, used up, renewed, revoked with their children. Vault's
 * token store without its endpoints (those are auth/token/token.c).
 */
#ifndef MV_CORE_TOKEN_TOKEN_H
#define MV_CORE_TOKEN_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "core/vault.h"

enum token_type {
	TOKEN_SERVICE,
	TOKEN_BATCH,
};

/*
 * A token as stored. Shared and counted: token_lookup gives a reference,
 * token_put ends it. Fields are read-only outside core/token/token.c, but in a draft.
 */
struct token {
	int refs;
	char *id; /* the inner, short form: "hvs." + 24, or a custom id */
	char *external; /* as a client holds it: long signed form or id */
	char *accessor; /* "" for batch */
	char *parent; /* id of the parent, "" for an orphan */
	char **policies; /* lower case, sorted, no doubles; NULL-terminated */
	int npolicies;
	char *path; /* "auth/token/create" */
	char *meta; /* clean JSON object, or NULL */
	char *display_name;
	char *role; /* token role, "" */
	char *entity_id; /* "" */
	char **bound_cidrs; /* NULL-terminated, NULL when none */
	enum token_type type;
	int64_t num_uses; /* 0: no limit; -1 while its last use runs */
	int64_t created;  /* ns */
	int64_t ttl;      /* creation_ttl, s; 0: does not expire */
	int64_t explicit_max_ttl; /* s */
	int64_t period; /* s */
	int64_t issued; /* ns; 0: no lease entry (the init root token) */
	int64_t expires; /* ns; 0: never */
	int64_t last_renewal; /* ns; 0: never renewed */
	int64_t mount_id; /* the auth mount that made it */
	char *internal; /* auth method's own data, clean JSON, or NULL */
	char *lease_id; /* "auth/token/create/h<64 hex>"; "" when issued is 0 */
	bool renewable;
	bool orphan;
	bool role_period; /* period comes from a token role: not shown */
	bool role_max_ttl; /* the same of explicit_max_ttl */
};

struct sweep;

extern const struct store_part token_store;
/* Tokens end by themselves. */
extern const struct sweep token_sweep;

struct tokens *tokens_new(struct vault *v);
void tokens_free(struct tokens *t);
/* Forgets the cache (restore, seal). */
void tokens_forget(struct vault *v);
/* fn is called for each stored token that goes, before it does: what others
 * keep under it (a cubbyhole, a wrapped answer) goes with it. */
void token_on_revoke(struct vault *v,
    void (*fn)(struct vault *v, const struct token *t));

/*
 * The live token behind the text a client sent, or NULL: unknown, revoked,
 * expired, malformed. Does not count a use.
 */
struct token *token_lookup(struct vault *v, const char *text);
struct token *token_by_accessor(struct vault *v, const char *accessor);
/* The token whose lease (lease_id) this is, or NULL. */
struct token *token_by_lease(struct vault *v, const char *lease_id);
struct token *token_get(struct token *t);
void token_put(struct token *t);

/* A zeroed draft with empty texts and one reference; fill in, then create. */
struct token *token_draft(void);
/* As Vault cleans policies: lower case, sorted, no doubles, root alone; and
 * "default" added on wish, but not to root. NULL-terminated; the caller frees
 * list and texts. */
char **policies_clean(const char *const *policies, int n, bool add_default,
    int *count);
/* policies: any case, any order, doubles; cleaned as Vault does. */
void token_set_policies(struct token *t, const char *const *policies, int n);
/* Copies of a NULL-terminated list; NULL or empty leaves the token unbound. */
void token_set_cidrs(struct token *t, char *const *cidrs);
/* Replaces a text field with a copy. */
void token_set(char **field, const char *value);
/*
 * Stores the draft: makes id (unless set), accessor, external form, created,
 * and, with has_lease, issued and expires (from ttl). Takes no reference.
 */
bool token_create(struct vault *v, struct token *draft, bool has_lease,
    struct error *e);

/* Counts a use before the request runs; false when it is already used up. */
bool token_use(struct vault *v, struct token *t);
/* After the request: revokes a token whose last use it was. */
void token_used(struct vault *v, struct token *t);

/* New expiry, ns, and last renewal = now. */
void token_renew(struct vault *v, struct token *t, int64_t expires);
/* Other limits than it was made with: uses left (0: no limit), hard cap on its
 * life from its issue, s (0: none). */
void token_limit(struct vault *v, struct token *t, int64_t uses,
    int64_t max_ttl);
/* The token and all below it: cubbyhole, leases, children first. */
void token_revoke(struct vault *v, struct token *t);
/* The token alone; its children become orphans. */
void token_revoke_orphan(struct vault *v, struct token *t);

bool token_is_root(const struct token *t);
bool token_has_policy(const struct token *t, const char *name);
/* What tokens are counted by. */
enum token_count {
	TOKENS_BY_POLICY,
	TOKENS_BY_MOUNT, /* key: its id in decimal */
	TOKENS_BY_TTL, /* key: seconds in decimal */
	TOKENS_LEASED, /* once: those that have a lease */
};
/* Calls fn for each key. */
void token_counts(struct vault *v, enum token_count by,
    void (*fn)(const char *key, int64_t n, void *arg), void *arg);
/* Every live token's accessor, sorted; caller frees list and texts. */
size_t token_accessors(struct vault *v, char ***list);
/* Every token's lease id that starts with prefix; the same. */
size_t token_leases(struct vault *v, const char *prefix, char ***list);

#endif
