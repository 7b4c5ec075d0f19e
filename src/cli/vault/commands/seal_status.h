/*
 * What vault status and vault operator unseal print.
 */
#ifndef MV_CLI_VAULT_COMMANDS_SEAL_STATUS_H
#define MV_CLI_VAULT_COMMANDS_SEAL_STATUS_H

#include "cli/vault/command.h"

/* Asks who leads, and prints both answers; 1 after saying why not. */
int seal_status_print(struct vault_run *run, struct slice status);

#endif
