/*
 * Rekeying: new shares for the same root key, asked for with the old ones. Kept
 * in memory, as Vault does: a seal or a restart forgets it.
 */
#ifndef MV_CORE_SEAL_REKEY_H
#define MV_CORE_SEAL_REKEY_H

#include "core/seal/seal.h"

struct rekey {
	bool started;
	struct seal_config config; /* of the new shares */
	char nonce[37];
	int64_t started_ns;	     /* on the vault's clock */
	struct share_set old_shares; /* old shares */
	bool verification_required;
	/* Set once the old shares were right and a verification is awaited. */
	bool has_new_shares;
	char verification_nonce[37];
	struct share_set verified_shares; /* new shares, shown again */
	struct share_set new_shares;	  /* the new shares themselves */
	uint8_t encrypted_root_key[SEAL_ENCRYPTED_KEY_SIZE];
};

/* No rekey; the caller frees it. */
struct rekey *rekey_new(void);
/* Wipes it. NULL is allowed. */
void rekey_free(struct rekey *r);
/* Ends a rekey, if there is one, and wipes its shares. */
void rekey_cancel(struct vault *v);
/* Begins one; false with Vault's text in e. Checks of the numbers are the
 * caller's. */
bool rekey_start(struct vault *v, struct seal_config config,
    bool verification_required, struct error *e);
/* One old share of n bytes. *complete: v->rekey->new_shares are the new ones;
 * without a verification they count already, and rekey_cancel ends it. false
 * with Vault's text in e. */
bool rekey_update(struct vault *v, const uint8_t *key, size_t n,
    const char *nonce, bool *complete, struct error *e);
/* One new share, shown again. *complete: from now on they count. false with
 * Vault's text in e. */
bool rekey_verify(struct vault *v, const uint8_t *key, size_t n,
    const char *nonce, bool *complete, struct error *e);
/* Forgets what was shown again; a new nonce. */
void rekey_verify_restart(struct vault *v);

#endif
