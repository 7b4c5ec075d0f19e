/*
 * Response wrapping: an answer that is stored under a one-use token.
 */
#ifndef MV_CORE_TOKEN_WRAP_H
#define MV_CORE_TOKEN_WRAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/token/token.h"
#include "core/vault.h"

struct wrapped {
	char *token;		/* the wrapping token, as a client holds it */
	char *accessor;		/* of the wrapping token */
	int64_t ttl_s;		/* s */
	int64_t created_ns;	/* ns */
	char *path;		/* creation_path */
	char *wrapped_accessor; /* "" */
	char *response;		/* the whole envelope */
};

extern const struct store_part wrap_store;

/* Stores the envelope for ttl_s seconds (scaled); out's texts are malloc'ed
 * (wrapped_release). */
void wrap_store_response(struct vault *v, const char *path, int64_t ttl_s,
    const char *wrapped_accessor, struct slice response, struct wrapped *out);
/* A live wrapping token's content, not consumed; false when it is none. */
bool wrap_lookup(struct vault *v, const char *token, struct wrapped *out);
/* Ends the token and its content. */
void wrap_revoke(struct vault *v, const char *token);
/* token_on_revoke's: the token's content ends with it. */
void wrap_on_token_revoked(struct vault *v, const struct token *t);
/* Frees the texts. */
void wrapped_release(struct wrapped *w);

#endif
