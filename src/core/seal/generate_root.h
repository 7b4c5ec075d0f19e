/*
 * Root generation: a root token for whoever has the key shares, hidden under a
 * one-time pad. Kept in memory, as Vault does.
 */
#ifndef MV_CORE_SEAL_GENERATE_ROOT_H
#define MV_CORE_SEAL_GENERATE_ROOT_H

#include "core/seal/seal.h"

#define ROOT_TOKEN_LEN 28

struct rootgen {
	bool started;
	char nonce[37];
	char otp[ROOT_TOKEN_LEN + 1];
	struct share_set shares;
};

struct rootgen *rootgen_new(void);
void rootgen_free(struct rootgen *g);
void rootgen_cancel(struct vault *v);
/* otp "" makes one (v->rootgen->otp). */
bool rootgen_start(struct vault *v, const char *otp, struct error *e);
/* One share. *complete: token (unpadded base64 of token XOR otp) is filled in,
 * and the attempt is over. */
bool rootgen_update(struct vault *v, const uint8_t *key, size_t n,
    const char *nonce, bool *complete, char token[64], struct error *e);

#endif
