/*
 * PGP public keys in files, as the flags of the vault command name them.
 */
#ifndef MV_CLI_VAULT_COMMANDS_PGP_FILE_H
#define MV_CLI_VAULT_COMMANDS_PGP_FILE_H

#include "base/mem.h"

/*
 * The key of a file in base64: taken out of its armour, kept when it is base64
 * already, encoded otherwise. NULL with Go's reason in *why.
 */
char *pgp_file_read(struct arena *a, const char *path, const char **why);

#endif
