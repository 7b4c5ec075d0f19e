/*
 * Root generation: a root token for whoever has the key shares, hidden under a
 * one-time pad. Kept in memory, as Vault does.
 */
#ifndef MV_CORE_SEAL_GENERATE_ROOT_H
#define MV_CORE_SEAL_GENERATE_ROOT_H

#include "base/buf.h"
#include "core/seal/seal.h"

#define ROOT_TOKEN_LEN 28

struct rootgen {
	bool started;
	char nonce[37];
	char otp[ROOT_TOKEN_LEN + 1];
	struct share_set shares;
};

/* No attempt; the caller frees it. */
struct rootgen *rootgen_new(void);
/* Wipes it. NULL is allowed. */
void rootgen_free(struct rootgen *g);
/* Ends an attempt, if there is one, and wipes what it had. */
void rootgen_cancel(struct vault *v);
/* Begins an attempt; otp "" makes one (v->rootgen->otp). false with Vault's
 * text in e. */
bool rootgen_start(struct vault *v, const char *otp, struct error *e);
/* One share, as bytes. *complete: token (unpadded base64 of token XOR otp,
 * with NUL) is filled in, and rootgen_cancel ends the attempt. false with
 * Vault's text in e. */
bool rootgen_update(struct vault *v, struct slice share, const char *nonce,
    bool *complete, char token[64], struct error *e);

#endif
