/*
 * mockvault version: Vault's line, so that scripts that cut it work.
 */
#include <stdio.h>

#include "base/version.h"
#include "server/claimed_version.h"
#include "cli/commands.h"

int
version_main(int argc, char *const *argv)
{
	(void)argc;
	(void)argv;
	printf("Vault v%s (%s), built %s\n", claimed_version(), MOCKVAULT_SHA,
	    MOCKVAULT_BUILD_DATE);
	return 0;
}
