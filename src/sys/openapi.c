/*
 * sys/internal/specs/openapi: every row of the mounts that the caller can see,
 * as an OpenAPI 3 document. It is made from the tables that the pipeline
 * enforces, so it cannot say anything else.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "api/engine.h"
#include "api/help.h"
#include "api/param.h"
#include "api/reply.h"
#include "base/map.h"
#include "base/text.h"
#include "core/policy/acl.h"
#include "sys/route_tables.h"

struct openapi_writer {
	const struct vault *vault;
	struct arena *arena;
	json_t *paths; /* borrowed */
	json_t *schemas;
	struct map *ids; /* operationIds that are taken */
	/* The mount that is written */
	const char *prefix;	   /* "/secret/" or "/{secret_mount_path}/" */
	const char *mount_param;   /* "secret_mount_path", or NULL */
	const char *mount_default; /* "secret" */
	const char *tag;
	const struct route *table; /* the table that is written */
	bool raw;		   /* sys/raw is open */
};

/* ---- types ---- */

static const struct {
	const char *type; /* NULL: anything */
	const char *format;
	const char *items;
} types[] = {
	[P_STRING] = { "string", NULL, NULL },
	[P_PATH_STRING] = { "string", NULL, NULL },
	[P_LOWER] = { "string", "lowercase", NULL },
	[P_INT] = { "integer", NULL, NULL },
	[P_BOOL] = { "boolean", NULL, NULL },
	[P_SECONDS] = { "string", "duration", NULL },
	[P_SIGNED_DURATION] = { "string", "duration", NULL },
	[P_STRINGS] = { "array", NULL, "string" },
	[P_COMMA_STRINGS] = { "array", NULL, "string" },
	[P_COMMA_INTS] = { "array", NULL, "integer" },
	[P_MAP] = { "object", "map", NULL },
	[P_PAIRS] = { "object", "kvpairs", NULL },
	[P_ANY] = { NULL, NULL, NULL },
	[P_HEADER] = { "object", "header", NULL },
	[P_TIME] = { "string", "date-time", NULL },
	[P_FLOAT] = { "number", "float", NULL },
};

static bool
openapi_default_fits(const char *type, const json_t *value)
{
	return (json_is_string(value) && strcmp(type, "string") == 0) ||
	    (json_is_integer(value) && strcmp(type, "integer") == 0) ||
	    (json_is_number(value) && strcmp(type, "number") == 0) ||
	    (json_is_boolean(value) && strcmp(type, "boolean") == 0);
}

static json_t *
openapi_param_schema(const struct param *p)
{
	const char *type = types[PARAM_TYPE(p->type)].type;
	json_t *schema = json_object(), *def;

	if (!type)
		return schema;
	json_object_set_new(schema, "type", json_string(type));
	if (types[PARAM_TYPE(p->type)].format)
		json_object_set_new(schema, "format",
		    json_string(types[PARAM_TYPE(p->type)].format));
	if (types[PARAM_TYPE(p->type)].items)
		json_object_set_new(schema, "items",
		    json_pack(
			"{s:s}", "type", types[PARAM_TYPE(p->type)].items));
	def = p->default_json ? jsontext_to_tree(slice_of(p->default_json))
			      : NULL;
	if (def && openapi_default_fits(type, def))
		json_object_set(schema, "default", def);
	json_decref(def);
	return schema;
}

static json_t *
openapi_parameter(const char *name, const char *in, const char *help,
    bool required, json_t *schema)
{
	json_t *p = json_pack(
	    "{s:s, s:s, s:o}", "name", name, "in", in, "schema", schema);

	if (help)
		json_object_set_new(p, "description", json_string(help));
	if (required)
		json_object_set_new(p, "required", json_true());
	return p;
}

/* ---- paths ---- */

static const struct param *
openapi_find_param(const struct route *route, const char *name, size_t n)
{
	for (const struct param *p = route->params; p && p->name; p++)
		if (strlen(p->name) == n && memcmp(p->name, name, n) == 0)
			return p;
	return NULL;
}

/* Is name a capture of the pattern? */
static bool
openapi_is_path_param(const char *pattern, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = strchr(pattern, '{'); at;
	     at = strchr(at + 1, '{'))
		if (strncmp(at + 1, name, n) == 0 &&
		    (at[1 + n] == '}' || at[1 + n] == ':'))
			return true;
	return false;
}

/* "lease/{id:more}/?" is "lease/{id}". */
static char *
openapi_path_template(struct openapi_writer *w, const char *pattern)
{
	struct buf out;
	char *text;

	buf_init(&out, 0);
	buf_str(&out, w->prefix);
	for (const char *p = pattern; *p; p++) {
		if (strcmp(p, "/?") == 0)
			break;
		if (*p == ':' && strchr(p, '}'))
			p = strchr(p, '}');
		buf_char(&out, *p);
	}
	text = arena_strndup(w->arena, out.p, out.n);
	buf_release(&out);
	return text;
}

static void
openapi_path_parameters(
    struct openapi_writer *w, const struct route *route, json_t *item)
{
	json_t *list = json_array();

	if (w->mount_param)
		json_array_append_new(list,
		    openapi_parameter(w->mount_param, "path",
			"Path that the backend was mounted at", true,
			json_pack("{s:s, s:s}", "type", "string", "default",
			    w->mount_default)));
	for (const char *at = strchr(route->path, '{'); at;
	     at = strchr(at + 1, '{')) {
		size_t n = strcspn(at + 1, ":}");
		const struct param *p = openapi_find_param(route, at + 1, n);

		json_array_append_new(list,
		    openapi_parameter(arena_strndup(w->arena, at + 1, n),
			"path", p ? p->help : NULL, true,
			p && !types[PARAM_TYPE(p->type)].items
			    ? openapi_param_schema(p)
			    : json_pack("{s:s}", "type", "string")));
	}
	if (json_array_size(list))
		json_object_set(item, "parameters", list);
	json_decref(list);
}

/* All operations of the rows that share the pattern. */
static unsigned
openapi_pattern_ops(const struct openapi_writer *w, const struct route *route)
{
	unsigned ops = 0;

	for (const struct route *r = w->table; r->path; r++)
		if (strcmp(r->path, route->path) == 0)
			ops |= r->ops;
	return ops;
}

/* The item of a path; the first row that comes to it makes it. */
static json_t *
openapi_path_item(struct openapi_writer *w, const struct route *route)
{
	char *path = openapi_path_template(w, route->path);
	json_t *item;

	/* Vault 1.19: what can only be listed ends in a slash. */
	if (!(openapi_pattern_ops(w, route) & ~(unsigned)OP_LIST) &&
	    !ends_with(path, "/"))
		path = arena_printf(w->arena, "%s/", path);
	item = json_object_get(w->paths, path);
	if (!item) {
		item = json_object();
		if (route->help)
			json_object_set_new(
			    item, "description", json_string(route->help));
		openapi_path_parameters(w, route, item);
		json_object_set_new(w->paths, path, item);
	}
	if (route->flags & R_SUDO)
		json_object_set_new(item, "x-vault-sudo", json_true());
	if (route->flags & R_UNAUTH)
		json_object_set_new(
		    item, "x-vault-unauthenticated", json_true());
	if (route->exists)
		json_object_set_new(
		    item, "x-vault-createSupported", json_true());
	return item;
}

/* ---- operations ---- */

/* "read-secret-data-path", and "-2" when that is taken. */
static char *
openapi_operation_id(
    struct openapi_writer *w, const char *verb, const char *path)
{
	char *id = arena_printf(w->arena, "%s-%s", verb, path), *out = id;
	char *unique;

	for (char *c = id; *c; c++)
		if (isalnum((unsigned char)*c) || *c == '_')
			*out++ = *c;
		else if (out > id && out[-1] != '-')
			*out++ = '-';
	while (out > id && out[-1] == '-')
		out--;
	*out = '\0';
	unique = id;
	for (int i = 2; map_get(w->ids, unique); i++)
		unique = arena_printf(w->arena, "%s-%d", id, i);
	map_put(w->ids, unique, w);
	return unique;
}

/* "write-sys-mounts-path" is "WriteSysMountsPathRequest". */
static char *
openapi_schema_name(struct openapi_writer *w, const char *id)
{
	char *name = arena_printf(w->arena, "%sRequest", id), *out = name;
	bool upper = true;

	for (const char *c = name; *c; c++) {
		if (*c == '-') {
			upper = true;
			continue;
		}
		*out++ = upper ? (char)toupper((unsigned char)*c) : *c;
		upper = false;
	}
	*out = '\0';
	return name;
}

/* The requestBody of a route, its schema among w->schemas; NULL when the route
 * reads no fields. */
static json_t *
openapi_request_body(
    struct openapi_writer *w, const struct route *route, const char *id)
{
	json_t *properties = json_object(), *schema;
	char *name;

	for (const struct param *p = route->params; p && p->name; p++) {
		json_t *one;

		if (openapi_is_path_param(route->path, p->name))
			continue;
		one = openapi_param_schema(p);
		if (p->help)
			json_object_set_new(
			    one, "description", json_string(p->help));
		json_object_set_new(properties, p->name, one);
	}
	if (json_object_size(properties) == 0 &&
	    !(route->flags & R_NO_FIELD_WARNINGS)) {
		json_decref(properties);
		return NULL;
	}
	name = openapi_schema_name(w, id);
	schema = json_pack(
	    "{s:s, s:o}", "type", "object", "properties", properties);
	json_object_set_new(w->schemas, name, schema);
	return json_pack("{s:b, s:{s:{s:{s:s}}}}", "required", 1, "content",
	    "application/json", "schema", "$ref",
	    arena_printf(w->arena, "#/components/schemas/%s", name));
}

/* Only where no write takes the row's parameters as a body. */
static json_t *
openapi_query_parameters(
    const struct openapi_writer *w, const struct route *route)
{
	json_t *list = json_array();
	unsigned ops = openapi_pattern_ops(w, route);

	for (const struct param *p = route->params; p && p->name; p++)
		if (!(ops & (OP_WRITE | OP_PATCH)) &&
		    !openapi_is_path_param(route->path, p->name))
			json_array_append_new(list,
			    openapi_parameter(p->name, "query", p->help, false,
				openapi_param_schema(p)));
	if (ops & OP_LIST && route->ops & (OP_READ | OP_LIST)) {
		bool only = !(ops & OP_READ);
		json_t *schema = json_pack("{s:s}", "type", "string");

		if (only)
			json_object_set_new(
			    schema, "enum", json_pack("[s]", "true"));
		json_array_append_new(list,
		    openapi_parameter("list", "query",
			only ? "Must be set to `true`"
			     : "Return a list if `true`",
			only, schema));
	}
	return list;
}

static const struct {
	unsigned op;
	const char *method;
	const char *verb;
	bool body;
	int status;
	const char *answer;
} operations[] = {
	{ OP_READ, "get", "read", false, 200, "OK" },
	{ OP_LIST, "get", "list", false, 200, "OK" },
	{ OP_WRITE, "post", "write", true, 200, "OK" },
	{ OP_PATCH, "patch", "patch", true, 200, "OK" },
	{ OP_DELETE, "delete", "delete", false, 204, "empty body" },
};

static void
openapi_add_operation(
    struct openapi_writer *w, const struct route *route, size_t i, json_t *item)
{
	char *id = openapi_operation_id(
	    w, operations[i].verb, openapi_path_template(w, route->path));
	json_t *op = json_pack("{s:s, s:[s], s:{s:{s:s}}}", "operationId", id,
	    "tags", w->tag, "responses",
	    operations[i].status == 200 ? "200" : "204", "description",
	    operations[i].answer);
	json_t *extra;

	if (route->help)
		json_object_set_new(op, "summary", json_string(route->help));
	if (operations[i].body) {
		extra = openapi_request_body(w, route, id);
		if (extra)
			json_object_set_new(op, "requestBody", extra);
	} else {
		extra = openapi_query_parameters(w, route);
		if (json_array_size(extra))
			json_object_set(op, "parameters", extra);
		json_decref(extra);
	}
	json_object_set_new(item, operations[i].method, op);
}

static void
openapi_add_route(struct openapi_writer *w, const struct route *route)
{
	json_t *item = openapi_path_item(w, route);

	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (route->ops & operations[i].op &&
		    !json_object_get(item, operations[i].method))
			openapi_add_operation(w, route, i, item);
}

/* ---- mounts ---- */

static void
openapi_add_table(struct openapi_writer *w, const struct route *table)
{
	w->table = table;
	for (const struct route *route = table; route->path; route++)
		openapi_add_route(w, route);
}

static bool
openapi_is_fixed_mount(const struct mount *m)
{
	const struct engine *e = m->engine;

	return e && e->flags & ENGINE_CORE;
}

static void
openapi_set_prefix(
    struct openapi_writer *w, const struct mount *m, bool generic)
{
	const char *auth = m->table == MOUNT_AUTH ? "auth/" : "";
	char *name;

	w->mount_param = NULL;
	w->prefix = arena_printf(w->arena, "/%s", m->path);
	if (!generic || openapi_is_fixed_mount(m))
		return;
	name = arena_strndup(w->arena, m->name, strlen(m->name) - 1);
	w->mount_default = arena_strdup(w->arena, name);
	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c))
			*c = '_';
	w->mount_param = arena_printf(w->arena, "%s_mount_path", name);
	w->prefix = arena_printf(w->arena, "/%s{%s}/", auth, w->mount_param);
}

static void
openapi_add_mount(struct openapi_writer *w, const struct mount *m, bool generic)
{
	const struct engine *e = m->engine;

	w->tag = m->table == MOUNT_AUTH ? "auth" : "secrets";
	if (strcmp(m->type, "identity") == 0)
		w->tag = "identity";
	openapi_set_prefix(w, m, generic);
	if (strcmp(m->type, "system") == 0) {
		w->tag = "system";
		w->prefix = "/";
		const struct route *const *tables = api_system_tables(w->vault);

		for (int i = 0; tables[i]; i++)
			if (w->raw || tables[i] != sys_raw_routes)
				openapi_add_table(w, tables[i]);
	}
	for (int i = 0; e && e->tables[i]; i++)
		openapi_add_table(w, e->tables[i]);
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
	json_t *doc = openapi_document(req->vault);
	struct openapi_writer w = { .vault = req->vault,
		.arena = req->arena,
		.paths = json_object_get(doc, "paths"),
		.schemas = json_object_get(
		    json_object_get(doc, "components"), "schemas"),
		.raw = req->vault->config.raw_storage_endpoint };
	struct buf text;
	enum handler_result v;

	w.ids = map_new();
	for (int t = MOUNT_SECRET; t <= MOUNT_AUTH; t++)
		for (int i = 0; i < mount_count(req->vault, t); i++)
			if (openapi_is_visible(req, mount_at(req->vault, t, i)))
				openapi_add_mount(
				    &w, mount_at(req->vault, t, i), generic);
	map_free(w.ids, NULL);
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
