/*
 * A share of the key, as vault operator rekey and generate-root take it.
 */
#ifndef MV_CLI_VAULT_COMMANDS_SHARES_H
#define MV_CLI_VAULT_COMMANDS_SHARES_H

#include "cli/vault/command.h"

/*
 * From the argument, from standard input ("-"), or from the terminal after
 * "TITLE: NONCE". The nonce is -nonce's but on the terminal. false after
 * saying what is missing.
 */
bool share_read(struct vault_run *run, const char *title, const char *kind,
    const char *status_nonce, const char **key, const char **nonce);

#endif
