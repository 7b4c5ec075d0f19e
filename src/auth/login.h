/*
 * What every auth method needs once it believes who is there: the token's
 * fields (sdk/helper/tokenutil), and the login's answer.
 */
#ifndef MV_AUTH_LOGIN_H
#define MV_AUTH_LOGIN_H

#include "api/param.h"
#include "api/reply.h"
#include "api/request.h"
#include "base/cidr.h"

/* The token_* fields of a role or a user. */
struct token_params {
	char **policies; /* NULL-terminated */
	int64_t ttl_s, max_ttl_s, explicit_max_ttl_s, period_s; /* s */
	int64_t num_uses;
	char **bound_cidrs; /* NULL-terminated or NULL */
	bool no_default_policy;
	const char *type; /* "", "default", "service", "batch"... */
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

/* What a method hands over. */
struct login {
	const char *alias;	  /* identity alias; NULL: no entity */
	const char *display_name; /* after the mount's: "user"; "" for none */
	const char *metadata;	  /* clean JSON object, or NULL */
	const char *internal;	  /* kept with the token, clean JSON, or NULL */
	struct token_params token;
};

/* Makes entity and token, answers with the auth block. */
enum handler_result login_reply(struct request *req, const struct login *login);
/* Wrong credentials: 400 with the text, and one more for the lockout. */
enum handler_result login_failed(struct request *req, const char *text);
/* Clean text of a string field of the body before it is converted; "" else. */
const char *login_field(struct request *req, const char *name);

/* Reads the given token_* fields into p (its texts in the request's arena),
 * leaving the others; false with Vault's text in e. */
bool token_params_parse(
    struct request *req, struct token_params *p, struct error *e);
/* As a JSON object for storing and back (texts in the arena). */
json_t *token_params_pack(const struct token_params *p);
void token_params_unpack(struct arena *a, json_t *from, struct token_params *p);
/* Adds token_* to a role's read answer. */
void token_params_show(json_t *data, const struct token_params *p);

/* token_clean_policies into the arena, NULL-terminated; count may be NULL. */
char **policies_clean_copy(
    struct arena *a, char *const *list, bool add_default, int *count);

#endif
