/*
 * The keys behind identity tokens: rings of key pairs, their public halves, and
 * what is signed with them. The endpoints are identity_oidc.c.
 */
#ifndef MV_SECRETS_IDENTITY_OIDC_KEYS_H
#define MV_SECRETS_IDENTITY_OIDC_KEYS_H

#include <jansson.h>
#include <openssl/evp.h>

#include "api/request.h"

/* A named key is {"algorithm", "rotation_period", "verification_ttl" (s),
 * "allowed_client_ids", "ring"}; the ring's first pair signs. */
bool oidc_key_algorithm_is_known(const char *name);
/* Of the pairs that its algorithm takes; 0: it takes no RSA. */
int oidc_key_rsa_bits(const json_t *key);
/* A new pair to sign with, or the one that is given, which is taken; the one
 * before is published for ttl seconds more. false: OpenSSL makes none. */
bool oidc_key_rotate(
    struct vault *v, json_t *key, int64_t ttl_s, EVP_PKEY *pair);
/* Has it no pair yet, or has the last had its time? */
bool oidc_key_is_due(struct vault *v, const json_t *key);
/* Rotates the key when it is due; pair and result as above. */
bool oidc_key_refresh(struct vault *v, json_t *key, EVP_PKEY *pair);
/* Overwrites the private halves, before the object goes. */
void oidc_key_wipe(json_t *key);
/* The public halves that are still good go to the end of `out`. */
void oidc_key_publish_jwks(struct vault *v, const json_t *key, json_t *out);
/* "header.claims.signature", in the arena. */
char *oidc_key_sign_token(
    struct arena *a, const json_t *key, const json_t *claims);
/* Why a text is no token in form, as Vault says it, in the arena; NULL when it
 * is one. */
const char *oidc_token_syntax_problem(struct arena *a, const char *token);
/* The claims of a token of one of these keys (an object of them), or NULL. */
json_t *oidc_key_verify_token(
    struct vault *v, struct arena *a, const json_t *keys, const char *token);

#endif
