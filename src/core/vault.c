/*
 * Birth and death of a Vault's parts, in one order and its reverse.
 */
#include "core/vault.h"

#include "core/policy/acl.h"
#include "core/mount/audit.h"
#include "core/token/identity.h"
#include "core/mount/metrics.h"
#include "core/token/lease.h"
#include "core/mount/mount.h"
#include "core/mount/object_cache.h"
#include "core/mount/quota.h"
#include "core/seal/rekey.h"
#include "core/seal/generate_root.h"
#include "core/seal/seal.h"
#include "core/expirer.h"
#include "core/token/token.h"
#include "core/state/version_history.h"

void
vault_init(struct vault *v)
{
	v->metrics = metrics_new(v);
	v->expirers = expirers_new(v);
	v->rekey = rekey_new();
	v->rootgen = rootgen_new();
	v->seal = seal_new(v);
	v->mounts = mounts_new(v);
	v->tokens = tokens_new(v);
	v->acls = acls_new(v);
	v->identity = identity_new();
	v->audits = audits_new(v);
	v->object_cache = object_cache_new();
	v->quotas = quotas_new();
}

void
vault_release(struct vault *v)
{
	object_cache_free(v->object_cache);
	quotas_free(v->quotas);
	lease_pending_list_free(v);
	if (v->statement_log_free)
		v->statement_log_free(v);
	audits_free(v->audits);
	identity_free(v->identity);
	acls_free(v->acls);
	tokens_free(v->tokens);
	mounts_free(v->mounts);
	seal_free(v->seal);
	rootgen_free(v->rootgen);
	rekey_free(v->rekey);
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
	audits_load(v);
	quotas_load(v);
	versions_record(v);
	expirers_rearm(v);
}

const char *
vault_node_name(const struct vault *v)
{
	return *v->config.node_id ? v->config.node_id : "n1";
}

int64_t
vault_now(const struct vault *v)
{
	return clock_now(v->clock);
}

int64_t
vault_client_time(const struct vault *v, int64_t time_ns)
{
	return time_ns + v->skew_ns;
}

int64_t
vault_scale_ttl(const struct vault *v, int64_t ttl_s)
{
	int64_t scaled;

	if (ttl_s <= 0 || v->ttl_scale <= 1)
		return ttl_s;
	scaled = (int64_t)((double)ttl_s / v->ttl_scale);
	return scaled ? scaled : 1;
}

int64_t
vault_unscale_ttl(const struct vault *v, int64_t granted_s)
{
	double full = (double)granted_s * v->ttl_scale;

	if (granted_s <= 0 || v->ttl_scale <= 1)
		return granted_s;
	return full < 9e9 ? (int64_t)(full + 0.5) : INT64_C(9000000000);
}

int64_t
vault_unscale_increment(
    const struct vault *v, int64_t increment_s, int64_t granted_s)
{
	return increment_s <= granted_s ? vault_unscale_ttl(v, increment_s)
					: increment_s;
}
