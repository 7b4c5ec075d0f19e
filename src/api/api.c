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
#include "fault/fault.h"

struct api *
api_new(struct vault *v, const struct engine *const *engines,
    const struct route *const *system_tables)
{
	struct api *a = xcalloc(1, sizeof(*a));

	a->vault = v;
	a->engines = engines;
	a->system_tables = system_tables;
	v->api = a;
	return a;
}

const struct engine *const *
api_engines(const struct vault *v)
{
	return ((const struct api *)v->api)->engines;
}

const struct route *const *
api_system_tables(const struct vault *v)
{
	return ((const struct api *)v->api)->system_tables;
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
	if (f)
		faults_on_removed(f, fault_rule_removed, a);
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

const struct engine_statements *
engine_statements_find(const struct vault *v)
{
	const struct engine *const *engines = api_engines(v);

	for (int i = 0; engines[i]; i++)
		if (engines[i]->statements)
			return engines[i]->statements;
	return NULL;
}

const struct engine *
engine_find(const struct vault *v, enum mount_table table, const char *type,
    const char *option_version)
{
	const struct engine *const *engines = api_engines(v);

	if (!option_version || !*option_version)
		option_version = "1";
	if (table == MOUNT_SECRET && strcmp(type, "generic") == 0)
		type = "kv"; /* its old name, which the mount keeps */
	for (int i = 0; engines[i]; i++) {
		const struct engine *e = engines[i];

		if (e->table == table && strcmp(e->type, type) == 0 &&
		    (!e->option_version ||
			strcmp(e->option_version, option_version) == 0))
			return e;
	}
	return NULL;
}

const struct route *
engine_route_find(struct request *req, const struct engine *e, const char *path,
    const struct route **known)
{
	*known = NULL;
	for (int i = 0; e && e->tables[i]; i++) {
		const struct route *route = route_find(
		    req, e->tables[i], path, known);

		if (route || *known)
			return route;
	}
	return NULL;
}

void
engine_attach(struct vault *v, struct mount *m)
{
	m->engine = engine_find(
	    v, m->table, m->type, mount_option(m, "version"));
}

void
engine_version(const struct vault *v, const struct engine *e, char out[64])
{
	if (e && !(e->flags & ENGINE_IN_TREE) && e->version)
		snprintf(out, 64, "%s", e->version);
	else
		snprintf(out, 64, "v%s+builtin.vault", v->config.version);
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

void
api_attach(struct api *a)
{
	static const struct lease_hooks hooks = { api_lease_revoke,
		api_lease_renew, api_lease_extend };
	const struct engine *const *engines = a->engines;

	mounts_on_attach(a->vault, engine_attach);
	token_on_revoke(a->vault, api_token_revoked);
	leases_init(a->vault, &hooks);
	for (int i = 0; engines[i]; i++) {
		const struct expirer *const *expirer = engines[i]->expirers;

		for (; expirer && *expirer; expirer++)
			expirer_register(a->vault, *expirer);
	}
}
