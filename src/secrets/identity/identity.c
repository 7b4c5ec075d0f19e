/*
 * The identity engine's entry.
 */
#include "secrets/identity/identity.h"

#include "api/engine.h"
#include "core/token/identity.h"

const struct engine engine_identity = {
	.type = "identity",
	.table = MOUNT_SECRET,
	.flags = ENGINE_CORE | ENGINE_IN_TREE,
	.tables = { identity_entity_routes, identity_alias_routes,
	    identity_group_routes, identity_lookup_routes,
	    identity_oidc_routes },
	.part = &identity_store,
	.help = "Who is behind a token: entities, their aliases, groups.",
};
