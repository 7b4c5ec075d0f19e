/*
 * Batch tokens: nothing of them is stored, the token itself is its entry,
 * encrypted. The entry is the protobuf message that Vault writes
 * (sdk/plugin/pb, TokenEntry), so that the texts are as long as Vault's.
 */
#ifndef MV_CORE_TOKEN_BATCH_TOKEN_H
#define MV_CORE_TOKEN_BATCH_TOKEN_H

#include "base/error.h"
#include "core/token/token.h"
#include "core/token/token_format.h"

/* The token's text, "hvb.…", malloc'ed. */
char *batch_token_encode(struct random *random,
    const uint8_t key[TOKEN_KEY_LEN], const struct token *t);
/* The token behind a text, with one reference. NULL when the text is none; e is
 * set only when it is no base64. */
struct token *batch_token_decode(
    const uint8_t key[TOKEN_KEY_LEN], const char *text, struct error *e);

#endif
