/*
 * Creates an api and connects it to the vault: engines to mounts, leases to
 * engines, expirers to the clock.
 */
#include "api/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_internal.h"
#include "api/engine.h"
#include "core/expirer.h"
#include "core/mount/unmount.h"
#include "core/token/identity.h"
#include "fault/fault.h"

struct api *
api_new(struct vault *v, const struct engine *const *engines,
    const struct route *const *system_tables)
{
	struct api *a = xcalloc(1, sizeof(*a));

	a->vault = v;
	a->engines = engines;
	a->system_tables = system_tables;
	a->pipeline = &api_pipeline;
	a->control_vault = v;
	a->held_end = &a->held;
	a->space = SPACE_MAIN;
	v->api = a;
	return a;
}

void
api_free(struct api *a)
{
	if (!a)
		return;
	requests_free_pool(a);
	free(a);
}

struct vault *
api_vault(struct api *a)
{
	return a->vault;
}

void
api_set_observers(
    struct api *a, struct journal *j, struct faults *f, bool strict)
{
	a->journal = j;
	a->faults = f;
	a->no_own_headers = strict;
	if (!f)
		return;
	faults_on_removed(f, fault_rule_removed, a);
	faults_on_released(f, fault_rule_released, a);
}

void
api_share_observers(struct api *a, struct api *with)
{
	a->journal = with->journal;
	a->faults = with->faults;
	a->no_own_headers = with->no_own_headers;
	a->control = with->control;
	a->control_ctx = with->control_ctx;
	a->control_on_main = with->control_on_main;
	a->next_observed = with->next_observed;
	with->next_observed = a;
}

void
api_part_observers(struct api *a, struct api *with)
{
	struct api **at = &with->next_observed;

	while (*at && *at != a)
		at = &(*at)->next_observed;
	if (*at)
		*at = a->next_observed;
}

void
api_set_space(struct api *a, const char *name)
{
	a->space = name;
}

int64_t
api_answered_count(const struct api *a, int digit)
{
	return a->answered_by_class[digit];
}

struct journal *
api_journal(struct api *a)
{
	return a->journal;
}

struct faults *
api_faults(struct api *a)
{
	return a->faults;
}

void
api_set_control(struct api *a,
    enum handler_result (*serve)(struct request *req), void *ctx, bool on_main)
{
	a->control = serve;
	a->control_ctx = ctx;
	a->control_on_main = on_main;
}

void *
api_control_ctx(struct api *a)
{
	return a->control_ctx;
}

void
api_set_upstream(
    struct api *a, enum handler_result (*serve)(struct request *req), void *ctx)
{
	a->upstream = serve;
	a->upstream_ctx = ctx;
}

void *
api_upstream_ctx(struct api *a)
{
	return a->upstream_ctx;
}

void
api_set_forward(struct api *a,
    enum handler_result (*forward)(struct request *req), void *ctx)
{
	a->forward = forward;
	a->forward_ctx = ctx;
}

void *
api_forward_ctx(struct api *a)
{
	return a->forward_ctx;
}

void
api_set_control_vault(struct api *a, struct vault *v)
{
	a->control_vault = v;
}

static const struct engine *
api_lease_engine(struct vault *v, const struct lease *l, struct mount **m)
{
	*m = mount_by_id(v, l->mount_id);
	return *m ? (*m)->engine : NULL;
}

static enum lease_result
api_lease_revoke(struct vault *v, const struct lease *l, struct error *e)
{
	struct mount *m;
	const struct engine *engine = api_lease_engine(v, l, &m);

	if (engine && engine->revoke_lease_async)
		return engine->revoke_lease_async(v, m, l, e);
	return !engine || !engine->revoke_lease ||
		engine->revoke_lease(v, m, l, e)
	    ? LEASE_DONE
	    : LEASE_FAILED;
}

static bool
api_lease_renew(struct vault *v, const struct lease *l, int64_t *ttl_s,
    int64_t *max_ttl_s, struct error *e)
{
	struct mount *m;
	const struct engine *engine = api_lease_engine(v, l, &m);

	return !engine || !engine->renew_lease ||
	    engine->renew_lease(v, m, l, ttl_s, max_ttl_s, e);
}

static enum lease_result
api_lease_extend(
    struct vault *v, const struct lease *l, int64_t until_ns, struct error *e)
{
	struct mount *m;
	const struct engine *engine = api_lease_engine(v, l, &m);

	return engine && engine->extend_lease
	    ? engine->extend_lease(v, m, l, until_ns, e)
	    : LEASE_DONE;
}

static void
api_token_revoked(struct vault *v, const struct token *t)
{
	const struct engine *const *engines = api_engines(v);

	for (int i = 0; engines[i]; i++)
		if (engines[i]->on_token_revoke)
			engines[i]->on_token_revoke(v, t);
}

static bool
api_unmount_step(struct vault *v, struct mount *m)
{
	const struct engine *e = m->engine;

	if (e && e->on_unmount && e->on_unmount(v, m))
		return true;
	identity_on_unmount(v, m);
	return false;
}

void
api_attach(struct api *a)
{
	static const struct lease_hooks hooks = { api_lease_revoke,
		api_lease_renew, api_lease_extend };
	const struct engine *const *engines = a->engines;

	mounts_on_attach(a->vault, engine_attach);
	unmounts_on_step(a->vault, api_unmount_step);
	expirer_register(a->vault, &unmount_expirer);
	token_on_revoke(a->vault, api_token_revoked);
	leases_init(a->vault, &hooks);
	for (int i = 0; engines[i]; i++) {
		const struct expirer *const *expirer = engines[i]->expirers;

		for (; expirer && *expirer; expirer++)
			expirer_register(a->vault, *expirer);
	}
}
