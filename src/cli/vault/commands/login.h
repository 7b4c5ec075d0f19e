/*
 * The methods of vault login, for vault auth help.
 */
#ifndef MV_CLI_VAULT_COMMANDS_LOGIN_H
#define MV_CLI_VAULT_COMMANDS_LOGIN_H

#include "cli/vault/command.h"

/* false when the method is not known. */
bool login_print_help(struct vault_run *run, const char *name);

#endif
