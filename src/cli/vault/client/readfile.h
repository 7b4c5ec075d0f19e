/*
 * Whole files, with the reasons that Go gives when they cannot be read.
 */
#ifndef MV_CLI_VAULT_CLIENT_READFILE_H
#define MV_CLI_VAULT_CLIENT_READFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/* The bytes and a NUL. NULL with "open PATH: no such file or directory" or
 * "read PATH: is a directory" in *why. */
char *readfile(struct arena *a, const char *path, size_t *n, const char **why);
/* The same; *number is the system's reason, 0 when it was read. */
char *readfile_errno(struct arena *a, const char *path, size_t *n, int *number,
    const char **why);

#endif
