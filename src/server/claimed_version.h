/*
 * The version of Vault that the command line claims: MOCKVAULT_VERSION, or the
 * version of the build.
 */
#ifndef MV_SERVER_CLAIMED_VERSION_H
#define MV_SERVER_CLAIMED_VERSION_H

#include <stdbool.h>

#include "core/version.h"

const char *claimed_version(void);
/* Does the row of core/version hold in that version? */
bool claimed_version_has(enum version_change change);

#endif
