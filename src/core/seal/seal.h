/*
 * The seal: initialised or not, sealed or not, the key shares and what they
 * open.
 */
#ifndef MV_CORE_SEAL_SEAL_H
#define MV_CORE_SEAL_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "core/seal/key_shares.h"
#include "core/vault.h"

extern const struct store_part seal_store;

struct seal_config {
	int shares;
	int threshold;
};

/* The root key, encrypted under the shares' key: nonce, key, tag. */
#define SEAL_ENCRYPTED_KEY_SIZE (12 + 32 + 16)

/* What the seal asks of the parts above it; vault.c sets v->seal_hooks. */
struct seal_hooks {
	/* The store has a seal: default mounts and policies are made. */
	void (*on_initialized)(struct vault *v);
	void (*on_unsealed)(struct vault *v);
	/* Key shares, tokens and secrets in memory are forgotten. */
	void (*on_sealed)(struct vault *v);
	/* token_create_root (core/token/token.h). */
	bool (*create_root_token)(
	    struct vault *v, char root_token[64], struct error *e);
};

/* Reads the seal's row; the caller frees it. Sealed at first. */
struct seal *seal_new(struct vault *v);
/* Wipes the keys. NULL is allowed. */
void seal_free(struct seal *s);

/* Has the vault key shares, and is it sealed? */
bool seal_is_initialized(const struct vault *v);
bool seal_is_sealed(const struct vault *v);
/* Its root key is there; a node that joins has it before it is unsealed. */
bool seal_has_key(const struct vault *v);
/* How many shares there are and how many open the vault; of the recovery keys
 * with auto-unseal. */
struct seal_config seal_get_config(const struct vault *v);
/* How many shares of an unseal have come in, and its nonce, "" when idle. */
int seal_progress(const struct vault *v);
const char *seal_nonce(const struct vault *v);
/* "shamir", "awskms"... */
const char *seal_type(const struct vault *v);

/*
 * Initialises: makes the keyring, default mounts and policies, the root token.
 * shares has room for config.shares. Leaves it sealed unless it is auto-unseal.
 * Checks of the numbers are the caller's. root_token: 28 characters and NUL.
 */
bool seal_init(struct vault *v, struct seal_config config, struct share *shares,
    char root_token[64], struct error *e);
/* One share of an unseal, of n bytes; with the last one the vault opens. false
 * with Vault's text in e. */
bool seal_unseal(
    struct vault *v, const uint8_t *key, size_t n, struct error *e);
/* Forgets the shares that came in so far. */
void seal_reset_unseal(struct vault *v);
/* Seals the vault: the root key is wiped. */
void seal_seal(struct vault *v);

/*
 * Seals it as seal_seal does, but keeps aside what seal_resume needs to come
 * back without shares. Whoever unseals it before ends that. false when it is
 * sealed already, or was never initialised.
 */
bool seal_suspend(struct vault *v);
/* false when no suspension is left to end. */
bool seal_resume(struct vault *v);
bool seal_is_suspended(const struct vault *v);

/* All of it as it is now, keys and progress, and back (core/state/snapshot.c,
 * with the store of that time). What is suspended is copied as unsealed. */
struct seal *seal_copy_state(const struct vault *v);
void seal_restore_state(struct vault *v, const struct seal *copy);
/* The root key of an unsealed or suspended vault, else NULL; and what opens one
 * with it. */
const uint8_t *seal_root_key(const struct vault *v);
void seal_unseal_with_root_key(struct vault *v, const uint8_t root_key[32]);
/* The store has lost what was written last: the configuration follows it, what
 * is unsealed stays so, unless it was never initialised. */
void seal_follow_store(struct vault *v);
/* Reads the store again: initialised or not, and sealed. */
void seal_reload(struct vault *v);

/* Is it a cloud's seal, which opens by itself? */
bool seal_is_auto(const struct vault *v);
/* Opens it with the key that the cloud would keep. */
bool seal_auto_unseal(struct vault *v, struct error *e);

/* The root key as it lies in the store, SEAL_ENCRYPTED_KEY_SIZE bytes; and
 * another cluster's seal in the place of none: initialised and sealed, the
 * store has nothing of it yet. */
const uint8_t *seal_encrypted_root_key(const struct vault *v);
void seal_adopt(struct vault *v, struct seal_config config,
    const uint8_t encrypted_root_key[SEAL_ENCRYPTED_KEY_SIZE]);

/* Do these shares, as many as the threshold, open the barrier? */
bool seal_authenticate(
    struct vault *v, const struct share_set *shares, struct error *e);
/* New shares and the root key under them; nothing changes yet. */
void seal_rekey_prepare(struct vault *v, struct seal_config config,
    struct share_set *new_shares,
    uint8_t encrypted_root_key[SEAL_ENCRYPTED_KEY_SIZE]);
/* From now on those count. */
void seal_rekey_commit(struct vault *v, struct seal_config config,
    const struct share_set *new_shares,
    const uint8_t encrypted_root_key[SEAL_ENCRYPTED_KEY_SIZE]);

#endif
