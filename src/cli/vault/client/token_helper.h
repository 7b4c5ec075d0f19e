/*
 * Where the vault command keeps its token: ~/.vault-token, or the program that
 * ~/.vault names.
 */
#ifndef MV_CLI_VAULT_CLIENT_TOKEN_HELPER_H
#define MV_CLI_VAULT_CLIENT_TOKEN_HELPER_H

#include <stdbool.h>

#include "base/mem.h"

/* "" when none is kept. false with the client's error in *why. */
bool token_helper_get(struct arena *a, char **token, const char **why);
/* false with the helper's error in *why; *found tells whether there is one. */
bool token_helper_store(
    struct arena *a, const char *token, bool *found, const char **why);

#endif
