/*
 * The texts of a token: the long signed form of a service token, the encrypted
 * form of a batch token, and the ids derived from them. Nothing is stored here.
 */
#ifndef MV_CORE_TOKEN_TOKEN_FORMAT_H
#define MV_CORE_TOKEN_TOKEN_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "clock/random.h"

struct digest_hmac;

#define TOKEN_KEY_LEN 32
#define TOKEN_RANDOM_LEN 24

enum token_format {
	TOKEN_FORMAT_PLAIN, /* an id as the store has it */
	TOKEN_FORMAT_SIGNED,
	TOKEN_FORMAT_BATCH,
};

/* Of which form a text is, by its beginning and its length. */
enum token_format token_format_of(const char *text);
/* Was this id made here, rather than chosen by somebody? */
bool token_format_is_generated_id(const char *id);

/* "hvs." and a signed message around the id; malloc'ed. */
char *token_format_sign(const struct digest_hmac *sign, const char *id);
/* The id inside a signed form, not verified; malloc'ed, NULL when broken. */
char *token_format_inner_id(const char *text);

/* "hvb." and the encrypted text of n bytes; malloc'ed. */
char *token_format_encrypt(struct random *random,
    const uint8_t key[TOKEN_KEY_LEN], const char *text, size_t n);
/* Adds the text inside to out; false when it was not encrypted with this key.
 */
bool token_format_decrypt(
    const uint8_t key[TOKEN_KEY_LEN], const char *sealed, struct buf *out);

/* The last part of a token's lease id; malloc'ed. */
char *token_format_salted_id(const struct digest_hmac *sign, const char *id);

#endif
