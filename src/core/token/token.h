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
#include "base/mem.h"
#include "core/vault.h"
#include "store/statement.h"

enum token_type {
	TOKEN_SERVICE,
	TOKEN_BATCH,
};

/*
 * The columns of a stored token and the members of struct token that keep them
 * (store/statement.h).
 */
#define TOKEN_ROW(COLUMN, S)                                                  \
	COLUMN(                                                               \
	    S, TEXT, id, "id") /* short form, "hvs." + 24, or a custom id */  \
	COLUMN(S, TEXT, accessor, "accessor") /* "" for a batch token */      \
	COLUMN(S, TEXT, parent_id, "parent")  /* its id; "" for an orphan */  \
	COLUMN(S, STRS, policies, "policies") /* lower, sorted, no doubles */ \
	COLUMN(S, TEXT, path, "path")	      /* "auth/token/create" */       \
	COLUMN(S, TEXT_OR_NULL, meta, "meta") /* clean JSON object */         \
	COLUMN(S, TEXT, display_name, "display_name")                         \
	COLUMN(S, TEXT, role, "role")		/* token role, "" */          \
	COLUMN(S, TEXT, entity_id, "entity_id") /* "" */                      \
	COLUMN(S, STRS_OR_NULL, bound_cidrs, "bound_cidrs")                   \
	COLUMN(S, INT, num_uses, "num_uses") /* 0: no limit; -1: last runs */ \
	COLUMN(S, INT, created_ns, "created")                                 \
	COLUMN(S, INT, ttl_s, "ttl") /* as created; 0: does not expire */     \
	COLUMN(S, INT, granted_s, "granted_ttl") /* at the last renewal */    \
	COLUMN(S, INT, explicit_max_ttl_s, "explicit_max_ttl") /* its own */  \
	COLUMN(S, INT, period_s, "period") /* its own, not of its role */     \
	COLUMN(S, INT, forced_max_ttl_s, "forced_max_ttl") /* set_limits */   \
	COLUMN(S, INT, issued_ns, "issued")   /* 0: no lease (init's root) */ \
	COLUMN(S, INT, expires_ns, "expires") /* 0: never */                  \
	COLUMN(S, INT, last_renewal_ns, "last_renewal") /* 0: never */        \
	COLUMN(S, INT, mount_id, "mount_id") /* auth mount that made it */    \
	COLUMN(S, TEXT_OR_NULL, auth_data, "internal") /* method's, JSON */   \
	COLUMN(S, BOOL, renewable, "renewable")                               \
	COLUMN(S, TEXT, lease_id, "lease_id") /* "" without a lease */

/*
 * A token as stored. Shared and counted: token_lookup gives a reference,
 * token_unref ends it. Fields are read-only outside core/token, but in a draft.
 */
struct token {
	int refs;
	const char *client_token; /* as a client holds it: signed form or id */
	enum token_type type;
	bool is_orphan;
	ROW_MEMBERS(TOKEN_ROW)
};

struct expirer;

extern const struct store_part token_store;
/* The columns of a struct token. */
extern const struct row token_row;
/* Tokens end by themselves. */
extern const struct expirer token_expirer;

/* The instance's tokens: cache and keys, which are made at the first start. */
struct tokens *tokens_new(struct vault *v);
/* NULL is allowed. */
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
/* The same; e is set when the text cannot even be read (a batch token that is
 * no base64), and stays as it is for all other reasons. */
struct token *token_lookup_or_error(
    struct vault *v, const char *text, struct error *e);
/* Was a token of the long form signed by this vault, at whatever time? */
bool token_is_signature_valid(struct vault *v, const char *text);
/* The live token with this accessor, a reference; NULL: none. */
struct token *token_by_accessor(struct vault *v, const char *accessor);
/* The token whose lease (leases_id_param) this is, or NULL. */
struct token *token_by_lease(struct vault *v, const char *lease_id);
/* Takes and gives back a reference; the last one frees. NULL may be given
 * back. */
struct token *token_ref(struct token *t);
void token_unref(struct token *t);

/* A zeroed draft with empty texts and one reference; fill in, then create. */
struct token *token_draft(void);
/* As Vault cleans policies: lower case, sorted, no doubles, root alone; and
 * "default" added on wish, but not to root. list is NULL-terminated or NULL;
 * the result is in the arena, NULL-terminated, count may be NULL. */
char **policies_clean_copy(
    struct arena *a, char *const *list, bool add_default, int *count);
/* policies: NULL-terminated; cleaned in the same way. */
void token_set_policies(struct token *t, char *const *policies);
/* One policy, in lower case already. */
void token_set_one_policy(struct token *t, const char *name);
/* Copies of a NULL-terminated list; NULL or empty makes the token unbound. */
void token_set_cidrs(struct token *t, char *const *cidrs);
/* Replaces a text field with a copy, which may be of the field itself. */
void token_set_field(const char **field, const char *value);
/* Replaces a text field with a malloc'ed text, which is the token's then. */
void token_take_field(const char **field, char *text);
/*
 * Stores the draft: makes id (unless set), accessor, external form, created,
 * and, with has_lease, issued and expires (from ttl). Takes no reference.
 */
bool token_create(
    struct vault *v, struct token *draft, bool has_lease, struct error *e);

/* A root token like the first one: on auth/token/root, without a lease. Its
 * text is 28 characters. */
bool token_create_root(struct vault *v, char root_token[64], struct error *e);

/* Counts a use before the request runs; false when it is already used up. */
bool token_consume_use(struct vault *v, struct token *t);
/* After the request: revokes a token whose last use it was. */
void token_revoke_if_used_up(struct vault *v, struct token *t);

/* Renews for granted_s seconds (scaled: vault_scale_ttl) from now. */
void token_renew(struct vault *v, struct token *t, int64_t granted_s);
/* Other limits than it was made with: uses left (0: no limit), hard cap on its
 * life from its issue, s (0: none), which its role cannot lift. */
void token_set_limits(
    struct vault *v, struct token *t, int64_t uses, int64_t max_ttl_s);
/* The token and all below it: cubbyhole, leases, children first. */
void token_revoke(struct vault *v, struct token *t);
/* The token alone; its children become orphans. */
void token_revoke_orphan(struct vault *v, struct token *t);

/* Has it the policy root? Its own policies alone count, not its entity's. */
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
/* Adds every live token's accessor, sorted. */
void token_list_accessors(struct vault *v, struct strs *out);
/* Adds at most n of them that sort behind `after`. */
void token_list_some_accessors(
    struct vault *v, const char *after, int64_t n, struct strs *out);
/* The lease ids behind `after`, in their order. */
struct query *token_query_lease_ids(struct vault *v, const char *after);
/* Adds every token's lease id that starts with prefix, sorted. */
void token_list_lease_ids(
    struct vault *v, const char *prefix, struct strs *out);
/* The first n of these that are not before from. */
void token_list_some_lease_ids(struct vault *v, const char *prefix,
    const char *from, int n, struct strs *out);

#endif
