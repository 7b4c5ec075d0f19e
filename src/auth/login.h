/*
 * What every auth method needs once it believes who is there: entity, token and
 * the login's answer.
 */
#ifndef MV_AUTH_LOGIN_H
#define MV_AUTH_LOGIN_H

#include "api/reply.h"
#include "auth/token_params.h"

/* What a method hands over. */
struct login {
	const char *alias;	  /* identity alias; NULL: no entity */
	const char *display_name; /* after the mount's: "user"; "" for none */
	const char *metadata;	  /* clean JSON object, or NULL */
	bool metadata_to_alias;	  /* the alias gets the metadata */
	const char *internal;	  /* kept with the token, clean JSON, or NULL */
	struct token_params token;
};

/* Makes entity and token, answers with the auth block. */
enum handler_result login_reply(struct request *req, const struct login *login);
/* Wrong credentials: 400 with the text, and one more for the lockout. */
enum handler_result login_failed(struct request *req, const char *text);
/* Clean text of a string field of the body before it is converted; "" else. */
const char *login_field(struct request *req, const char *name);
/* Are these the same policies, in whatever order, leaving default out? Vault
 * 1.19 renews a login's token only then (policyutil.EquivalentPolicies). */
bool login_policies_are_equal(char *const *a, char *const *b);

#endif
