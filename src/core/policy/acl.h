/*
 * Policies and the rights they give: stored text, compiled rules, and the
 * question "may this token do this here". Vault 1.19's rules of priority.
 */
#ifndef MV_CORE_POLICY_ACL_H
#define MV_CORE_POLICY_ACL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json/jsontext.h"
#include "core/token/token.h"
#include "core/vault.h"

enum capability {
	CAP_DENY = 1 << 0,
	CAP_CREATE = 1 << 1,
	CAP_READ = 1 << 2,
	CAP_UPDATE = 1 << 3,
	CAP_DELETE = 1 << 4,
	CAP_LIST = 1 << 5,
	CAP_SUDO = 1 << 6,
	CAP_PATCH = 1 << 7,
	CAP_SUBSCRIBE = 1 << 8,
	CAP_RECOVER = 1 << 10,
	CAP_ROOT = 1 << 9, /* only as an answer */
};

extern const struct store_part acl_store;

/* The compiled rules of a vault; acls_free ends them. */
struct acls *acls_new(struct vault *v);
void acls_free(struct acls *a);
/* Drops compiled rules: a policy or an identity changed. The one place. */
void acls_invalidate(struct vault *v);
/* About how many bytes the compiled rules take: at most these, or those of one
 * set of policies. */
#define ACLS_BYTES_MAX ((size_t)32 << 20)
size_t acls_bytes(const struct vault *v);
/* default, response-wrapping and control-group, at initialisation. */
void policies_create_defaults(struct vault *v);

/* Stored text of an ACL policy (name already lower case), or NULL; malloc'ed.
 */
char *policy_get(struct vault *v, const char *name);
bool policy_exists(struct vault *v, const char *name);
/* Can a text be read? False with "failed to parse policy: ..." and 400 in e. */
bool policy_check(const struct vault *v, const char *text, struct error *e);
/* Stores a text that policy_check has taken. */
void policy_put(struct vault *v, const char *name, const char *text);
void policy_delete(struct vault *v, const char *name);
/* Adds the stored names, sorted, without those that no token can be given. */
void policy_list(struct vault *v, struct strs *names);

/* What a request asks of the ACL. */
struct acl_request {
	const char *path; /* no leading '/', LIST with its trailing '/' */
	enum capability capability; /* one bit; for LIST CAP_LIST */
	bool sudo;		    /* the route asks for sudo as well */
	bool is_list;
	int64_t wrap_ttl_s; /* seconds; 0: not wrapped */
	const struct jsontext_member
	    *data; /* for parameter rules; may be NULL */
	size_t ndata;
	bool check_params; /* read, create, update, patch */
};

/* True when the token's policies (and its entity's) allow it. */
bool acl_allows(
    struct vault *v, const struct token *t, const struct acl_request *q);
/* Bits of enum capability on a path, judged like sys/capabilities. */
unsigned acl_capabilities(
    struct vault *v, const struct token *t, const char *path);
/* Has the token sudo (or root) on the path? */
bool acl_has_sudo(struct vault *v, const struct token *t, const char *path);
/* Any non-deny rule at or below the mount path (preflight checks)? */
bool acl_has_rule_below(
    struct vault *v, const struct token *t, const char *mount);
/* Alphabetical names of the bits; at most 10; returns how many. */
int acl_capability_names(unsigned caps, const char *names[10]);
/* data of sys/internal/ui/resultant-acl: {"root":…, "exact_paths":…}. */
json_t *acl_resultant(struct vault *v, const struct token *t);

#endif
