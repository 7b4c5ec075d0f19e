/*
 * vault operator raft snapshot inspect.
 */
#ifndef MV_CLI_VAULT_COMMANDS_RAFT_INSPECT_H
#define MV_CLI_VAULT_COMMANDS_RAFT_INSPECT_H

#include "cli/vault/command.h"

/* vault operator raft snapshot inspect FILE. Returns the exit status. */
int raft_run_snapshot_inspect(struct vault_run *run);

#endif
