/*
 * The engines and the tables of routes that the api was given: which engine
 * serves a mount, which route a path.
 */
#include "api/engine.h"

#include <stdio.h>
#include <string.h>

#include "api/api_internal.h"

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
