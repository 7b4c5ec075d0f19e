/*
 * The seal: initialised or not, sealed or not, the key shares and what they
 * open.
 */
#ifndef MV_CORE_SEAL_H
#define MV_CORE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "core/vault.h"

extern const struct store_part seal_store;

struct seal_config {
	int shares;
	int threshold;
};

/* One key share as bytes. */
struct share {
	uint8_t bytes[33];
	size_t n;
};

struct seal *seal_new(struct vault *v);
void seal_free(struct seal *s);

bool seal_initialized(const struct vault *v);
bool seal_sealed(const struct vault *v);
/* t and n of the barrier (recovery config with auto-unseal). */
struct seal_config seal_config_get(const struct vault *v);
int seal_progress(const struct vault *v);
const char *seal_nonce(const struct vault *v); /* "" when idle */
const char *seal_type(const struct vault *v); /* "shamir", "awskms"... */

/*
 * Initialises: makes the keyring, default mounts and policies, the root token.
 * shares has room for config.shares. Leaves it sealed unless it is auto-unseal.
 * Checks of the numbers are the caller's. root_token: 28 characters and NUL.
 */
bool seal_init(struct vault *v, struct seal_config config, struct share *shares,
    char root_token[64], struct error *e);
/* One share of an unseal; see wire-http-and-sys 2.4 for the texts. */
bool seal_unseal(struct vault *v, const uint8_t *key, size_t n,
    struct error *e);
void seal_unseal_reset(struct vault *v);
void seal_seal(struct vault *v);

#endif
