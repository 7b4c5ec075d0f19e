/*
 * What a change of the leader means for a vault.
 */
#include "core/state/role.h"

#include <stdio.h>

#include "core/expirer.h"
#include "core/mount/object_cache.h"
#include "core/policy/acl.h"
#include "core/seal/generate_root.h"
#include "core/seal/rekey.h"
#include "core/seal/seal.h"
#include "core/token/identity.h"
#include "core/token/token.h"

/* Vault 1.19: a rekey and a root generation that have begun end with the lead.
 */
void
vault_become_standby(struct vault *v, const char *leader_address)
{
	v->standby.on = true;
	snprintf(v->standby.leader_address, sizeof(v->standby.leader_address),
	    "%s", leader_address);
	rekey_cancel(v);
	rootgen_cancel(v);
	expirers_stop(v);
	object_cache_invalidate(v);
	acls_invalidate(v);
	identity_invalidate(v);
	tokens_invalidate(v);
}

void
vault_become_active(struct vault *v)
{
	v->standby.on = false;
	v->standby.leader_address[0] = '\0';
	seal_follow_store(v);
	vault_reload(v);
	v->active_since_ns = vault_now(v);
}
