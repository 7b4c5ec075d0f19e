/*
 * How a node that wants to join shows that it has the unseal keys: the leader
 * encrypts a secret under the root key, and the node gives it back in the
 * clear. What the leader tells it then is encrypted likewise.
 */
#ifndef MV_CORE_SEAL_CHALLENGE_H
#define MV_CORE_SEAL_CHALLENGE_H

#include "core/seal/seal.h"

#define CHALLENGE_SECRET_SIZE 16
/* Nodes that wait at once; one more makes the oldest begin anew. */
#define CHALLENGES_MAX 20

struct challenges;

/* NULL is allowed. */
void challenges_free(struct challenges *c);

/* At the leader: may this node ask now? Vault 1.19: 20 new ones may at once,
 * and then five a second. */
bool challenge_may_begin(struct vault *v, const char *server_id);

/* At the leader, unsealed: adds the challenge of a node, base64; asked again,
 * it has the same secret. false with the text in e. */
bool challenge_make(
    struct vault *v, const char *server_id, struct buf *out, struct error *e);
/* Is that the secret? Either way the challenge is spent. false with Vault's
 * text in e. */
bool challenge_check(struct vault *v, const char *server_id,
    struct slice answer, struct error *e);

/* At the node: it is sealed by the leader's keys from now on; its store has
 * nothing of it yet. False: the text is no challenge. */
bool challenge_adopt(
    struct vault *v, const char *challenge, struct seal_config config);
/* With auto-unseal, once it is adopted: opens the seal. False: the cloud is
 * away, or the seal is another's. */
bool challenge_auto_unseal(struct vault *v, const char *challenge);
/* Once it is unsealed. False: the challenge is another seal's. */
bool challenge_open(struct vault *v, const char *challenge,
    uint8_t secret[CHALLENGE_SECRET_SIZE]);

/* challenge_cloud.c: the root key as the emulated cloud of an auto-unseal would
 * keep it; and the seal opened with it. */
#define CHALLENGE_WRAPPED_SIZE 48
void challenge_wrap_root_key(struct vault *v, struct buf *out);
void challenge_unwrap_root_key(
    struct vault *v, const uint8_t wrapped[CHALLENGE_WRAPPED_SIZE]);

/* Adds text under the root key of an unsealed vault, or opens it. */
bool seal_encrypt(struct vault *v, struct slice plain, struct buf *out);
bool seal_decrypt(struct vault *v, struct slice encrypted, struct buf *out);

#endif
