/*
 * Key shares on the wire, as init, unseal, rekey and generate-root share them.
 */
#ifndef MV_SYS_KEY_SHARES_H
#define MV_SYS_KEY_SHARES_H

#include <jansson.h>

#include "api/request.h"
#include "core/seal/key_shares.h"

/* Vault's reason why these numbers will not do, or NULL. */
const char *key_shares_problem(int64_t shares, int64_t threshold);
/* What Vault says of a list of PGP keys in base64 in which one is no key at
 * all, or NULL. Whole keys are not looked into: nothing is encrypted here. */
const char *key_shares_pgp_problem(
    struct arena *a, const struct slice *keys, size_t n);
/* Adds "keys" (hex) and "keys_base64". */
void key_shares_show(json_t *body, const struct share *shares, int n);
/* Hex or base64; false for neither. */
bool key_shares_decode(struct request *req, const char *text, struct buf *out);

/*
 * May the caller work on the seal with key shares? Anyone may before version
 * 2.0, and where the configuration says so (open). Later versions want a token
 * with sudo; answers and returns false without one.
 */
bool key_shares_authorize(struct request *req, bool open);

#endif
