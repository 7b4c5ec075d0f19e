/*
 * The claimed version, see claimed_version.h.
 */
#include "server/claimed_version.h"

#include <stdlib.h>

#include "base/version.h"

const char *
claimed_version(void)
{
	const char *version = getenv("MOCKVAULT_VERSION");

	return version && *version ? version : MOCKVAULT_VAULT_VERSION;
}

bool
claimed_version_has(enum version_change change)
{
	struct version_set set;

	if (!version_is_valid(claimed_version()))
		return true;
	version_set_init(&set, claimed_version());
	return version_set_has(&set, change);
}
