/*
 * Password policies: rules in HCL that say which passwords may be made, kept by
 * name, and the passwords made by them.
 */
#ifndef MV_CORE_POLICY_PASSWORD_POLICY_H
#define MV_CORE_POLICY_PASSWORD_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "core/vault.h"

extern const struct store_part password_policy_store;

struct password_rule {
	const uint32_t *chars;
	int nchars;
	int64_t min_chars; /* how many of them a password has at least */
};

struct password_policy {
	int64_t length;
	const struct password_rule *rules;
	int nrules;
	const uint32_t *chars; /* of all rules: sorted, no doubles */
	int nchars;
};

/* All in the arena. false with Vault's reason in e (no prefix, status 400). */
bool password_policy_parse(struct arena *a, const char *text,
    struct password_policy *out, struct error *e);
/*
 * A password by the rules; password_free ends it. *tries is how many candidates
 * may still be thrown away, and counts down: NULL when none fits in time.
 */
char *password_generate(
    struct random *r, const struct password_policy *p, int *tries);
/* Twenty characters of a-z, A-Z, 0-9 and '-', at least one of each. */
char *password_generate_default(struct random *r);
/* By a stored policy; NULL with Vault's reason in e. */
char *password_generate_named(
    struct vault *v, const char *name, struct error *e);
/* Wipes, then frees. Safe on NULL. */
void password_free(char *password);

/* What Vault spends on one request in a second. */
#define PASSWORD_TRIES 20000

/* Stored text, malloc'ed; NULL when there is none. */
char *password_policy_get(struct vault *v, const char *name);
void password_policy_put(struct vault *v, const char *name, const char *text);
/* Removes one, if it is there. */
void password_policy_delete(struct vault *v, const char *name);
/* Adds the names, sorted. */
void password_policy_list(struct vault *v, struct strs *names);

#endif
