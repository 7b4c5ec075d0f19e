/*
 * Birth and death of a Vault's parts, in one order and its reverse.
 */
#include "core/vault.h"

#include "core/acl.h"
#include "core/audit.h"
#include "core/identity.h"
#include "core/lease.h"
#include "core/mount.h"
#include "core/rekey.h"
#include "core/rootgen.h"
#include "core/seal.h"
#include "core/statement_log.h"
#include "core/sweep.h"
#include "core/token.h"

void
vault_init(struct vault *v)
{
	v->sweeps = sweeps_new(v);
	v->rekey = rekey_new();
	v->rootgen = rootgen_new();
	v->seal = seal_new(v);
	v->mounts = mounts_new(v);
	v->tokens = tokens_new(v);
	v->acls = acls_new(v);
	v->identity = identity_new();
	v->audits = audits_new(v);
}

void
vault_release(struct vault *v)
{
	lease_waits_free(v);
	statement_log_clear(v);
	audits_free(v->audits);
	identity_free(v->identity);
	acls_free(v->acls);
	tokens_free(v->tokens);
	mounts_free(v->mounts);
	seal_free(v->seal);
	rootgen_free(v->rootgen);
	rekey_free(v->rekey);
	sweeps_free(v->sweeps);
}

void
vault_reload(struct vault *v)
{
	acls_forget(v);
	identity_forget(v);
	tokens_forget(v);
	mounts_load(v);
	audits_load(v);
	sweeps_rearm(v);
}

int64_t
vault_now(const struct vault *v)
{
	return clock_now(v->clock);
}
