/*
 * What vault secrets and vault auth have in common: mounts.
 */
#ifndef MV_CLI_VAULT_COMMANDS_MOUNTS_H
#define MV_CLI_VAULT_COMMANDS_MOUNTS_H

#include "cli/vault/command.h"

struct mount_kind {
	bool auth;
	const char *list_path; /* "sys/mounts" */
	const char *tune_path; /* "sys/mounts/" before the path to tune */
	const char *tuned;     /* "secrets engine" as messages name it */
};

/* What `vault secrets` and `vault auth` share; each returns the status of the
 * program. */
int mounts_ask_enable(struct vault_run *run, const struct mount_kind *kind);
int mounts_tune(struct vault_run *run, const struct mount_kind *kind);
int mounts_ask_disable(struct vault_run *run, const struct mount_kind *kind);
int mounts_move(struct vault_run *run, const struct mount_kind *kind);
int mounts_ask_list(struct vault_run *run, const struct mount_kind *kind);
/* The mounts of the server; false after saying why there are none. */
bool mounts_ask_read(struct vault_run *run, const char *path,
    const char *failure, struct slice *out);

#endif
