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
 * token_unref ends it. Fields are read-only outside core/token/token.c, but in
 * a draft.
 */
struct token {
	int refs;
	char *id; /* the inner, short form: "hvs." + 24, or a custom id */
	char *client_token; /* as a client holds it: long signed form or id */
	char *accessor;	    /* "" for batch */
	char *parent_id;    /* id of the parent, "" for an orphan */
	char **policies; /* lower case, sorted, no doubles; NULL-terminated */
	int npolicies;
	char *path; /* "auth/token/create" */
	char *meta; /* clean JSON object, or NULL */
	char *display_name;
	char *role;	    /* token role, "" */
	char *entity_id;    /* "" */
	char **bound_cidrs; /* NULL-terminated, NULL when none */
	enum token_type type;
	int64_t num_uses;   /* 0: no limit; -1 while its last use runs */
	int64_t created_ns; /* ns */
	int64_t ttl_s;	    /* creation_ttl, s; 0: does not expire */
	int64_t explicit_max_ttl_s; /* s */
	int64_t period_s;	    /* s */
	int64_t issued_ns;  /* ns; 0: no lease entry (the init root token) */
	int64_t expires_ns; /* ns; 0: never */
	int64_t last_renewal_ns; /* ns; 0: never renewed */
	int64_t mount_id;	 /* the auth mount that made it */
	char *auth_data; /* auth method's own data, clean JSON, or NULL */
	char *lease_id; /* "auth/token/create/h<64 hex>"; "" when issued is 0 */
	bool renewable;
	bool is_orphan;
	bool
	    is_period_from_role; /* period comes from a token role: not shown */
	bool is_max_ttl_from_role; /* the same of explicit_max_ttl */
};

struct expirer;

extern const struct store_part token_store;
/* Tokens end by themselves. */
extern const struct expirer token_expirer;

struct tokens *tokens_new(struct vault *v);
void tokens_free(struct tokens *t);
/* Forgets the cache (restore, seal). */
void tokens_invalidate(struct vault *v);
/* fn is called for each stored token that goes, before it does: what others
 * keep under it (a cubbyhole, a wrapped answer) goes with it. */
void token_on_revoke(
    struct vault *v, void (*fn)(struct vault *v, const struct token *t));

/*
 * The live token behind the text a client sent, or NULL: unknown, revoked,
 * expired, malformed. Does not count a use.
 */
struct token *token_lookup(struct vault *v, const char *text);
struct token *token_by_accessor(struct vault *v, const char *accessor);
/* The token whose lease (leases_id_param) this is, or NULL. */
struct token *token_by_lease(struct vault *v, const char *lease_id);
struct token *token_ref(struct token *t);
void token_unref(struct token *t);

/* A zeroed draft with empty texts and one reference; fill in, then create. */
struct token *token_draft(void);
/* As Vault cleans policies: lower case, sorted, no doubles, root alone; and
 * "default" added on wish, but not to root. NULL-terminated; the caller frees
 * list and texts. */
char **token_clean_policies(
    const char *const *policies, int n, bool add_default, int *count);
/* policies: any case, any order, doubles; cleaned as Vault does. */
void token_set_policies(struct token *t, const char *const *policies, int n);
/* Copies of a NULL-terminated list; NULL or empty leaves the token unbound. */
void token_set_cidrs(struct token *t, char *const *cidrs);
/* Replaces a text field with a copy. */
void token_set_field(char **field, const char *value);
/*
 * Stores the draft: makes id (unless set), accessor, external form, created,
 * and, with has_lease, issued and expires (from ttl). Takes no reference.
 */
bool token_create(
    struct vault *v, struct token *draft, bool has_lease, struct error *e);

/* Counts a use before the request runs; false when it is already used up. */
bool token_consume_use(struct vault *v, struct token *t);
/* After the request: revokes a token whose last use it was. */
void token_revoke_if_used_up(struct vault *v, struct token *t);

/* New expiry, ns, and last renewal = now. */
void token_renew(struct vault *v, struct token *t, int64_t expires_ns);
/* Other limits than it was made with: uses left (0: no limit), hard cap on its
 * life from its issue, s (0: none). */
void token_set_limits(
    struct vault *v, struct token *t, int64_t uses, int64_t max_ttl_s);
/* The token and all below it: cubbyhole, leases, children first. */
void token_revoke(struct vault *v, struct token *t);
/* The token alone; its children become orphans. */
void token_revoke_orphan(struct vault *v, struct token *t);

bool token_is_root(const struct token *t);
bool token_has_policy(const struct token *t, const char *name);
/* What tokens are counted by. */
enum token_count_key {
	TOKENS_BY_POLICY,
	TOKENS_BY_MOUNT,   /* key: its id in decimal */
	TOKENS_BY_TTL,	   /* key: seconds in decimal */
	TOKENS_WITH_LEASE, /* once: those that have a lease */
};
/* Calls fn for each key. */
void token_count_by(struct vault *v, enum token_count_key by,
    void (*fn)(const char *key, int64_t n, void *arg), void *arg);
/* Every live token's accessor, sorted; caller frees list and texts. */
size_t token_list_accessors(struct vault *v, char ***list);
/* Every token's lease id that starts with prefix; the same. */
size_t token_list_lease_ids(struct vault *v, const char *prefix, char ***list);

#endif
