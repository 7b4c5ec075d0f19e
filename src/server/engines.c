/*
 * The lists of this build: engines, tables of rows, tables of the store. Adding
 * an engine or a resource is a line here.
 */
#include "server/engines.h"

#include "api/engine.h"
#include "core/acl.h"
#include "core/identity.h"
#include "core/lease.h"
#include "core/mount.h"
#include "core/seal.h"
#include "core/token.h"
#include "core/wrap.h"

const struct engine *const engines[] = {
	NULL,
};

const struct route *const system_tables[] = {
	NULL,
};

const struct store_part *const store_parts[] = {
	&seal_store,
	&mount_store,
	&token_store,
	&acl_store,
	&lease_store,
	&wrap_store,
	&identity_store,
	&dev_store,
	NULL,
};
