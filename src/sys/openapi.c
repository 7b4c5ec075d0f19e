/*
 * sys/internal/specs/openapi: the routes of the mounts that the caller can see,
 * as an OpenAPI 3 document. It is made from the tables that the pipeline
 * enforces, so it cannot say anything else.
 */
#include <ctype.h>
#include <string.h>

#include "api/docs/openapi.h"
#include "api/engine.h"
#include "api/param.h"
#include "api/reply.h"
#include "base/text.h"
#include "core/policy/acl.h"
#include "sys/route_tables.h"

static bool
openapi_is_fixed_mount(const struct mount *m)
{
	const struct engine *e = m->engine;

	return e && e->flags & ENGINE_CORE;
}

/* "/secret/", or with a parameter for the mount's path. */
static void
openapi_set_prefix(struct arena *a, struct openapi_mount *out,
    const struct mount *m, bool generic)
{
	const char *auth = m->table == MOUNT_AUTH ? "auth/" : "";
	char *name;

	out->prefix = arena_printf(a, "/%s", m->path);
	if (!generic || openapi_is_fixed_mount(m))
		return;
	name = arena_strndup(a, m->name, strlen(m->name) - 1);
	out->param_default = arena_strdup(a, name);
	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c))
			*c = '_';
	out->param = arena_printf(a, "%s_mount_path", name);
	out->prefix = arena_printf(a, "/%s{%s}/", auth, out->param);
}

static void
openapi_add_mount(
    struct request *req, json_t *document, const struct mount *m, bool generic)
{
	struct openapi_mount out = { .id_prefix = m->type,
		.tag = m->table == MOUNT_AUTH ? "auth" : "secrets" };
	const struct engine *e = m->engine;
	bool system = strcmp(m->type, "system") == 0;
	struct route_docs docs;

	if (!e)
		return;
	if (system)
		out.tag = "system";
	if (strcmp(m->type, "identity") == 0)
		out.tag = "identity";
	openapi_set_prefix(req->arena, &out, m, generic);
	route_docs_init(&docs, req->arena, req->vault, m->type,
	    system ? api_system_tables(req->vault) : e->tables,
	    req->vault->config.raw_storage_endpoint ? NULL : sys_raw_routes);
	openapi_add_routes(document, &docs, &out, NULL);
}

/* As sys/internal/ui/mounts shows them. */
static bool
openapi_is_visible(struct request *req, const struct mount *m)
{
	const char *seen = json_string_value(
	    json_object_get(m->extra_config, "listing_visibility"));

	return (req->token &&
		   acl_has_rule_below(req->vault, req->token, m->path)) ||
	    (seen && strcmp(seen, "unauth") == 0);
}

static enum handler_result
openapi_read(struct request *req)
{
	bool generic = param_bool(req, "generic_mount_paths");
	json_t *doc = openapi_document(req);
	struct buf text;
	enum handler_result v;

	for (int t = MOUNT_SECRET; t <= MOUNT_AUTH; t++)
		for (int i = 0; i < mount_count(req->vault, t); i++)
			if (openapi_is_visible(req, mount_at(req->vault, t, i)))
				openapi_add_mount(req, doc,
				    mount_at(req->vault, t, i), generic);
	openapi_sort(doc);
	buf_init(&text, 0);
	jsontext_put_ordered(&text, doc);
	json_decref(doc);
	v = reply_raw(req, 200, NULL, (struct slice){ text.p, text.n });
	buf_release(&text);
	return v;
}

static const struct param params[] = {
	{ "context", P_STRING, NULL, "Ignored: names come from paths" },
	{ "generic_mount_paths", P_BOOL, "false", "Mount paths as parameters" },
	PARAM_END,
};

#define SPEC "sys/internal/specs/openapi"

const struct route sys_openapi_routes[] = {
	{ OP_READ | OP_WRITE, SPEC, R_UNAUTH, params, openapi_read, NULL,
	    "All paths that the caller can see, as OpenAPI" },
	ROUTE_END,
};
