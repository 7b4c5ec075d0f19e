/*
 * The token_* fields that roles and users of auth methods share (Vault's
 * sdk/helper/tokenutil), and their deprecated names.
 */
#ifndef MV_AUTH_TOKEN_PARAMS_H
#define MV_AUTH_TOKEN_PARAMS_H

#include <jansson.h>

#include "api/param.h"
#include "base/cidr.h"

/* What was set by a deprecated name, to be shown under it again: empty or 0
 * when nothing was. */
struct token_params_deprecated {
	char **policies, **bound_cidrs;
	int64_t ttl_s, max_ttl_s, period_s, num_uses;
};

/* Lists are NULL-terminated, or NULL for an empty one. */
struct token_params {
	char **policies;
	int64_t ttl_s, max_ttl_s, explicit_max_ttl_s, period_s; /* s */
	int64_t num_uses;
	char **bound_cidrs;
	bool no_default_policy;
	const char *type; /* "default", "service", "batch" */
	struct token_params_deprecated deprecated;
};

/* The rows of tokenutil, to put into a parameter table. */
#define TOKEN_PARAMS                                                           \
	{ "token_bound_cidrs", P_COMMA_STRINGS, NULL,                          \
		"Source addresses the token may be used from" },               \
	    { "token_explicit_max_ttl", P_SECONDS, NULL,                       \
		    "Hard cap on the token's life" },                          \
	    { "token_max_ttl", P_SECONDS, NULL, "Cap on the token's life" },   \
	    { "token_no_default_policy", P_BOOL, NULL,                         \
		    "Leave the default policy out" },                          \
	    { "token_num_uses", P_INT, NULL,                                   \
		    "How often the token may be used" },                       \
	    { "token_period", P_SECONDS, NULL, "Period of a periodic token" }, \
	    { "token_policies", P_COMMA_STRINGS, NULL,                         \
		    "Policies of the token" },                                 \
	    { "token_ttl", P_SECONDS, NULL, "First life of the token" },       \
	{                                                                      \
		"token_type", P_STRING, NULL, "service, batch or default"      \
	}

/* Reads the given token_* fields into p (its texts in the request's arena),
 * leaving the others; false with Vault's text in e. */
bool token_params_parse(
    struct request *req, struct token_params *p, struct error *e);
/* The same for the deprecated names that the route lists: policies, ttl,
 * max_ttl, period, num_uses, bound_cidrs. To be called after
 * token_params_parse. */
bool token_params_parse_deprecated(
    struct request *req, struct token_params *p, struct error *e);
/* Checks the addresses of a list and gives them Vault's form, in place. */
bool token_params_parse_cidrs(
    struct request *req, char **cidrs, struct error *e);
/* As a JSON object to store, owned by the caller. */
json_t *token_params_pack(const struct token_params *p);
/* The other way; texts go into the arena. */
void token_params_unpack(struct arena *a, json_t *from, struct token_params *p);
/* Adds token_*, and what was set by deprecated names, to a read answer. */
void token_params_show(json_t *data, const struct token_params *p);

#endif
