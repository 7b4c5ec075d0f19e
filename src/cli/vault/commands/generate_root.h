/*
 * vault operator generate-root.
 */
#ifndef MV_CLI_VAULT_COMMANDS_GENERATE_ROOT_H
#define MV_CLI_VAULT_COMMANDS_GENERATE_ROOT_H

#include "cli/vault/command.h"

extern const struct goflag_set generate_root_sets[];

int generate_root_run(struct vault_run *run);

#endif
