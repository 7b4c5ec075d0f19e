/*
 * vault operator raft autopilot.
 */
#ifndef MV_CLI_VAULT_COMMANDS_AUTOPILOT_H
#define MV_CLI_VAULT_COMMANDS_AUTOPILOT_H

#include "cli/vault/command.h"

int autopilot_run_state(struct vault_run *run);
int autopilot_run_get_config(struct vault_run *run);
int autopilot_run_set_config(struct vault_run *run);

#endif
