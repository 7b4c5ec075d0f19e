/*
 * Birth of an api and its wiring into the vault: engines to mounts, lease hooks
 * to engines, sweeps to the clock.
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
api_new(struct vault *v)
{
	struct api *a = xcalloc(1, sizeof(*a));

	a->vault = v;
	v->api = a;
	return a;
}

void
api_free(struct api *a)
{
	if (!a)
		return;
	requests_drop_spare(a);
	free(a);
}

struct vault *
api_vault(struct api *a)
{
	return a->vault;
}

void
api_watch(struct api *a, struct journal *j, struct faults *f, bool strict)
{
	a->journal = j;
	a->faults = f;
	a->strict = strict;
	if (f)
		faults_on_removed(f, fault_rule_removed, a);
}

int64_t
api_answered(const struct api *a, int digit)
{
	return a->answered[digit];
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
api_control_set(struct api *a, verdict (*serve)(struct request *req),
    void *ctx, bool on_main)
{
	a->control = serve;
	a->control_ctx = ctx;
	a->control_on_main = on_main;
}

void *
api_control(struct api *a)
{
	return a->control_ctx;
}

const struct engine *
engine_find(enum mount_table table, const char *type,
    const char *option_version)
{
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
engine_row(struct request *req, const struct engine *e, const char *path,
    const struct route **known)
{
	*known = NULL;
	for (int i = 0; e && e->tables[i]; i++) {
		const struct route *row =
		    route_find(req, e->tables[i], path, known);

		if (row || *known)
			return row;
	}
	return NULL;
}

void
engine_attach(struct mount *m)
{
	m->engine =
	    engine_find(m->table, m->type, mount_option(m, "version"));
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
lease_engine(struct vault *v, const struct lease *l, struct mount **m)
{
	*m = mount_by_id(v, l->mount_id);
	return *m ? (*m)->engine : NULL;
}

static enum lease_step
lease_ended(struct vault *v, const struct lease *l, struct error *e)
{
	struct mount *m;
	const struct engine *engine = lease_engine(v, l, &m);

	if (engine && engine->end)
		return engine->end(v, m, l, e);
	return !engine || !engine->revoke || engine->revoke(v, m, l, e)
	    ? LEASE_DONE : LEASE_FAILED;
}

static bool
lease_prolonged(struct vault *v, const struct lease *l, int64_t *ttl,
    int64_t *max_ttl, struct error *e)
{
	struct mount *m;
	const struct engine *engine = lease_engine(v, l, &m);

	return !engine || !engine->renew ||
	    engine->renew(v, m, l, ttl, max_ttl, e);
}

static enum lease_step
lease_extended(struct vault *v, const struct lease *l, int64_t until,
    struct error *e)
{
	struct mount *m;
	const struct engine *engine = lease_engine(v, l, &m);

	return engine && engine->extend ? engine->extend(v, m, l, until, e)
					: LEASE_DONE;
}

static void
token_revoked(struct vault *v, const struct token *t)
{
	for (int i = 0; engines[i]; i++)
		if (engines[i]->token_revoked)
			engines[i]->token_revoked(v, t);
}

void
api_attach(struct api *a)
{
	static const struct lease_hooks hooks = { lease_ended,
		lease_prolonged, lease_extended };

	mounts_on_attach(a->vault, engine_attach);
	token_on_revoke(a->vault, token_revoked);
	leases_init(a->vault, &hooks);
	for (int i = 0; engines[i]; i++) {
		const struct sweep *const *s = engines[i]->sweeps;

		for (; s && *s; s++)
			sweep_register(a->vault, *s);
	}
}
