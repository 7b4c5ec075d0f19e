/*
 * vault operator raft autopilot.
 */
#ifndef MV_CLI_VAULT_COMMANDS_AUTOPILOT_H
#define MV_CLI_VAULT_COMMANDS_AUTOPILOT_H

#include "cli/vault/command.h"

/* The commands `vault operator raft autopilot state, get-config, set-config`;
 * each returns the status of the program. */
int autopilot_run_state(struct vault_run *run);
int autopilot_run_get_config(struct vault_run *run);
int autopilot_run_set_config(struct vault_run *run);

#endif
