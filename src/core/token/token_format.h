/*
 * The spellings of a token: the long signed form of a service token, the sealed
 * form of a batch token, and the ids derived from them. Knows no store.
 */
#ifndef MV_CORE_TOKEN_TOKEN_FORMAT_H
#define MV_CORE_TOKEN_TOKEN_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "clock/random.h"

#define TOKEN_KEY_LEN 32
#define TOKEN_RANDOM_LEN 24

enum token_form {
	FORM_PLAIN, /* an id as the store has it */
	FORM_SIGNED,
	FORM_SEALED,
};

/* What a text claims to be. */
enum token_form token_form_of(const char *text);
/* Was this id made here, rather than chosen by somebody? */
bool token_form_generated(const char *id);

/* "hvs." and a signed message around the id; malloc'ed. */
char *token_form_sign(const uint8_t key[TOKEN_KEY_LEN], const char *id);
/* The id inside a signed form, not verified; malloc'ed, NULL when broken. */
char *token_form_inner(const char *text);

/* "hvb." and the sealed text; malloc'ed. */
char *token_form_seal(struct rng *rng, const uint8_t key[TOKEN_KEY_LEN],
    const char *text, size_t n);
/* Adds the text inside; false when it was not sealed with this key. */
bool token_form_open(const uint8_t key[TOKEN_KEY_LEN], const char *sealed,
    struct buf *out);

/* The last part of a token's lease id; malloc'ed. */
char *token_form_salted(const uint8_t key[TOKEN_KEY_LEN], const char *id);

#endif
