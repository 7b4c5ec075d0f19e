/*
 * mockvault version: Vault's line, so that scripts that cut it work.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/version.h"
#include "cli/commands.h"

int
version_main(int argc, char *const *argv)
{
	const char *version = getenv("MOCKVAULT_VERSION");

	(void)argc;
	(void)argv;
	printf("Vault v%s (%s), built %s\n",
	    version && *version ? version : MOCKVAULT_VAULT_VERSION,
	    MOCKVAULT_SHA, MOCKVAULT_BUILD_DATE);
	return 0;
}
