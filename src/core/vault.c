/*
 * Makes and releases a vault's parts, in one order and its reverse, and ties
 * together what must not know one another: what the seal does to the parts
 * above it, what ends together with a token.
 */
#include "core/vault.h"

#include "base/json/jsontree.h"
#include "core/policy/acl.h"
#include "core/mount/audit.h"
#include "core/token/identity.h"
#include "core/mount/metrics.h"
#include "core/token/lease.h"
#include "core/mount/mount.h"
#include "core/mount/object_cache.h"
#include "core/mount/quota.h"
#include "core/mount/unmount.h"
#include "core/seal/challenge.h"
#include "core/seal/rekey.h"
#include "core/seal/generate_root.h"
#include "core/seal/seal.h"
#include "core/expirer.h"
#include "core/token/token.h"
#include "core/token/wrap.h"
#include "core/state/version_history.h"

/* Mounts and policies that every vault has. */
static void
vault_on_initialized(struct vault *v)
{
	mounts_create_defaults(v);
	policies_create_defaults(v);
}

/* Operations with key shares end, caches with secrets are emptied. */
static void
vault_on_sealed(struct vault *v)
{
	rekey_cancel(v);
	rootgen_cancel(v);
	tokens_invalidate(v);
	acls_invalidate(v);
	object_cache_invalidate(v);
}

static const struct seal_hooks vault_seal_hooks = {
	.on_initialized = vault_on_initialized,
	.on_unsealed = vault_reload,
	.on_sealed = vault_on_sealed,
	.create_root_token = token_create_root,
};

void
vault_init(struct vault *v)
{
	jsontree_check_memory();
	v->seal_hooks = &vault_seal_hooks;
	v->metrics = metrics_new(v);
	v->expirers = expirers_new(v);
	v->rekey = rekey_new();
	v->rootgen = rootgen_new();
	v->seal = seal_new(v);
	v->mounts = mounts_new(v);
	v->unmounts = unmounts_new();
	v->tokens = tokens_new(v);
	token_on_revoke(v, wrap_on_token_revoked);
	token_on_revoke(v, leases_on_token_revoked);
	v->acls = acls_new(v);
	v->identity = identity_new();
	v->audits = audits_new(v);
	v->object_cache = object_cache_new();
	v->quotas = quotas_new();
}

void
vault_release(struct vault *v)
{
	if (v->import_pending_free)
		v->import_pending_free(v);
	object_cache_free(v->object_cache);
	quotas_free(v->quotas);
	lease_pending_list_free(v);
	if (v->statement_log_free)
		v->statement_log_free(v);
	audits_free(v->audits);
	identity_free(v->identity);
	acls_free(v->acls);
	tokens_free(v->tokens);
	unmounts_free(v->unmounts);
	mounts_free(v->mounts);
	seal_free(v->seal);
	rootgen_free(v->rootgen);
	rekey_free(v->rekey);
	challenges_free(v->challenges);
	expirers_free(v->expirers);
	metrics_free(v->metrics);
}

void
vault_reload(struct vault *v)
{
	object_cache_invalidate(v);
	acls_invalidate(v);
	identity_invalidate(v);
	tokens_invalidate(v);
	mounts_load(v);
	unmounts_load(v);
	audits_load(v);
	quotas_load(v);
	versions_record(v);
	leases_on_state_replaced(v);
	expirers_rearm(v);
}

bool
vault_follow_store(struct vault *v)
{
	store_forget_failure(v->store);
	seal_follow_store(v);
	vault_reload(v);
	return !store_has_failed(v->store);
}
