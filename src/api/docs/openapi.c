/*
 * OpenAPI 3 from the tables that the pipeline enforces, in the form of Vault's
 * framework: LIST is a path of its own that ends in a slash, PATCH is not
 * shown, a body's fields stand in a schema that the operation names.
 */
#include "api/docs/openapi.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "api/docs/responses.h"
#include "base/text.h"
#include "core/vault.h"

struct openapi_writer {
	const struct route_docs *docs;
	const struct openapi_mount *mount;
	struct arena *arena;
	const char **templates; /* of the routes */
	json_t *paths;		/* borrowed */
	json_t *schemas;
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
	[P_ANY] = { NULL, "unknown", NULL },
	[P_HEADER] = { "string", NULL, NULL },
	[P_TIME] = { "string", "date-time", NULL },
	[P_FLOAT] = { "number", "float", NULL },
};

/* Fields that reads take from the query. */
static const struct {
	const char *path;
	const char *field;
} query_fields[] = {
	{ "internal/specs/openapi", "context" },
	{ "internal/specs/openapi", "generic_mount_paths" },
	{ "metrics", "format" },
	{ "monitor", "log_format" },
	{ "monitor", "log_level" },
};

json_t *
openapi_document(const struct request *req)
{
	return json_pack("{s:s, s:{s:s, s:s, s:s, s:{s:s, s:s}}, s:{}, "
			 "s:{s:{}}}",
	    "openapi", "3.0.2", "info", "title", "HashiCorp Vault API",
	    "description",
	    "HTTP API that gives you full access to Vault. All API routes are "
	    "prefixed with `/v1/`.",
	    "version",
	    req->redactions & REQUEST_REDACT_VERSION
		? ""
		: req->vault->config.version,
	    "license", "name", "Mozilla Public License 2.0", "url",
	    "https://www.mozilla.org/en-US/MPL/2.0", "paths", "components",
	    "schemas");
}

/* `full` is the schema of a body's field: with description, format, items. */
static json_t *
openapi_param_schema(const struct param *p, bool full)
{
	enum param_type type = PARAM_TYPE(p->type);
	json_t *schema = json_object();

	if (types[type].type)
		json_object_set_new(
		    schema, "type", json_string(types[type].type));
	if (full && p->help)
		json_object_set_new(
		    schema, "description", json_string(p->help));
	if (full && types[type].items)
		json_object_set_new(schema, "items",
		    json_pack("{s:s}", "type", types[type].items));
	if (full && types[type].format)
		json_object_set_new(
		    schema, "format", json_string(types[type].format));
	if (p->default_json && strcmp(p->default_json, "null") != 0) {
		json_t *value = jsontext_to_tree(slice_of(p->default_json));

		/* A duration is a string, its default too. */
		if (json_is_integer(value) && types[type].type &&
		    strcmp(types[type].type, "string") == 0) {
			json_decref(value);
			value = json_string(p->default_json);
		}
		json_object_set_new(schema, "default", value);
	}
	return schema;
}

static json_t *
openapi_parameter(const char *name, const char *help, const char *in,
    json_t *schema, bool required)
{
	json_t *p = json_pack("{s:s}", "name", name);

	if (help)
		json_object_set_new(p, "description", json_string(help));
	json_object_set_new(p, "in", json_string(in));
	json_object_set_new(p, "schema", schema);
	if (required)
		json_object_set_new(p, "required", json_true());
	return p;
}

/* ---- paths ---- */

/* A route for one value of what its pattern captures, "catalog/auth" of
 * "^catalog/(?P<type>auth|secret)$", shares the template of the others:
 * "catalog/{type}". */
static char *
openapi_share_template(
    struct openapi_writer *w, char *template, const char *pattern)
{
	const char *capture = strstr(pattern, "(?P<"), *value;
	size_t n = capture ? (size_t)(capture - pattern) - 1 : 0;

	if (n == 0 || strncmp(template, pattern + 1, n) != 0)
		return template;
	value = template + n;
	if (*value == '{' || *value == '\0')
		return template;
	return arena_printf(w->arena, "%.*s{%.*s}%s", (int)n, template,
	    (int)strcspn(capture + 4, ">"), capture + 4,
	    value + strcspn(value, "/"));
}

/* "lease/{id:more}/?" is "lease/{id}"; what always is empty goes. */
static char *
openapi_template(struct openapi_writer *w, const struct route *route)
{
	struct buf out;
	char *text;

	buf_init(&out, 0);
	for (const char *p = route_doc_path(route); *p;) {
		const char *end = strchr(p, '}');

		if (strcmp(p, "/?") == 0)
			break;
		if (*p != '{' || !end) {
			buf_char(&out, *p++);
			continue;
		}
		if (strncmp(end - 5, ":none", 5) != 0)
			buf_printf(&out, "%.*s}", (int)strcspn(p, ":}"), p);
		p = end + 1;
	}
	text = arena_strndup(w->arena, out.n ? out.p : "", out.n);
	buf_release(&out);
	return text;
}

/* The capture of a shared template, which no route has as a field, or NULL. */
static const char *
openapi_shared_capture(
    struct openapi_writer *w, const char *template, const struct param *fields)
{
	const char *open = strchr(template, '{');
	const char *name = open
	    ? arena_strndup(w->arena, open + 1, strcspn(open + 1, "}"))
	    : NULL;

	for (; name && fields->name; fields++)
		if (strcmp(fields->name, name) == 0)
			return NULL;
	return name;
}

static void
openapi_path_parameters(struct openapi_writer *w, const char *template,
    const struct param *fields, json_t *item)
{
	json_t *list = json_array();
	const char *shared = openapi_shared_capture(w, template, fields);

	if (shared)
		json_array_append_new(list,
		    openapi_parameter(shared, NULL, "path",
			json_pack("{s:s}", "type", "string"), true));
	for (; fields->name; fields++)
		if (strstr(
			template, arena_printf(w->arena, "{%s}", fields->name)))
			json_array_append_new(list,
			    openapi_parameter(fields->name, fields->help,
				"path", openapi_param_schema(fields, false),
				true));
	if (w->mount->param)
		json_array_append_new(list,
		    openapi_parameter(w->mount->param,
			"Path that the backend was mounted at", "path",
			json_pack("{s:s, s:s}", "type", "string", "default",
			    w->mount->param_default),
			true));
	if (json_array_size(list))
		json_object_set(item, "parameters", list);
	json_decref(list);
}

/* Those look for sudo in their handlers; Vault 1.15: its document says so. */
static const char *const openapi_sudo_paths[] = { "sys/seal", "sys/step-down" };

static void
openapi_put_access(json_t *item, const struct route *route, unsigned flags)
{
	bool sudo = flags & R_SUDO, open = flags & R_UNAUTH;

	for (size_t i = 0; i < 2; i++)
		if (strcmp(route->path, openapi_sudo_paths[i]) == 0) {
			sudo = true;
			open = false;
		}
	if (sudo)
		json_object_set_new(item, "x-vault-sudo", json_true());
	if (open)
		json_object_set_new(
		    item, "x-vault-unauthenticated", json_true());
}

static json_t *
openapi_path_item(struct openapi_writer *w, const char *template,
    const struct param *fields, const struct route *route, unsigned flags)
{
	json_t *item = json_object();

	if (route->help)
		json_object_set_new(
		    item, "description", json_string(route->help));
	openapi_path_parameters(w, template, fields, item);
	openapi_put_access(item, route, flags);
	return item;
}

/* ---- operations ---- */

/* "mounts-enable-secrets-engine", else prefix, verb and the words of the path.
 */
static char *
openapi_operation_id(struct openapi_writer *w, const struct route *route,
    const char *template, const char *verb)
{
	const char *known = route_doc_id(w->arena, w->docs->type, route, *verb);
	char *id, *out;

	if (known)
		return arena_strdup(w->arena, known);
	id = out = arena_printf(w->arena, "%s-%s-%s",
	    w->mount->id_prefix ? w->mount->id_prefix : "", verb, template);
	for (const char *c = id; *c; c++)
		if (isalnum((unsigned char)*c) || *c == '_')
			*out++ = (char)tolower((unsigned char)*c);
		else if (out > id && out[-1] != '-')
			*out++ = '-';
	while (out > id && out[-1] == '-')
		out--;
	*out = '\0';
	return id;
}

/* "write-sys-mounts" is "WriteSysMountsRequest"; what: "Request". */
static char *
openapi_schema_name(struct openapi_writer *w, const char *id, const char *what)
{
	char *name = arena_printf(w->arena, "%s%s", id, what), *out = name;
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

/* The body of a write; NULL when it has no fields. */
static json_t *
openapi_request_body(struct openapi_writer *w, const struct route *route,
    const char *pattern, const struct param *fields, const char *id)
{
	bool any = route->flags & R_NO_FIELD_WARNINGS;
	json_t *properties = json_object(), *schema, *body;
	const char *name = openapi_schema_name(w, id, "Request");

	for (; fields->name; fields++)
		if (!is_pattern_capture(pattern, fields->name))
			json_object_set_new(properties, fields->name,
			    openapi_param_schema(fields, true));
	schema = json_pack("{s:s}", "type", "object");
	if (json_object_size(properties))
		json_object_set(schema, "properties", properties);
	if (any)
		json_object_set_new(
		    schema, "additionalProperties", json_true());
	if (json_object_size(properties)) {
		json_object_set_new(w->schemas, name, schema);
		schema = json_pack("{s:o}", "$ref",
		    json_sprintf("#/components/schemas/%s", name));
	} else if (!any) {
		json_decref(schema);
		schema = NULL;
	}
	json_decref(properties);
	if (!schema)
		return NULL;
	body = json_pack("{s:b, s:{s:{s:o}}}", "required", 1, "content",
	    "application/json", "schema", schema);
	return body;
}

static json_t *
openapi_query_parameters(
    const struct route *route, const struct param *fields, bool is_list)
{
	json_t *list = json_array();

	for (; fields->name; fields++)
		for (size_t i = 0;
		     i < sizeof(query_fields) / sizeof(query_fields[0]); i++)
			if (strcmp(query_fields[i].field, fields->name) == 0 &&
			    strcmp(query_fields[i].path,
				route_doc_path(route)) == 0)
				json_array_append_new(list,
				    openapi_parameter(fields->name,
					fields->help, "query",
					openapi_param_schema(fields, false),
					false));
	if (is_list)
		json_array_append_new(list,
		    openapi_parameter("list", "Must be set to `true`", "query",
			json_pack(
			    "{s:s, s:[s]}", "type", "string", "enum", "true"),
			true));
	return list;
}

static json_t *
openapi_responses(struct openapi_writer *w, const char *id, const char *verb)
{
	json_t *known = responses_of_operation(
	    id, openapi_schema_name(w, id, "Response"), w->schemas);

	if (known)
		return known;
	if (*verb == 'd')
		return json_pack(
		    "{s:{s:s}}", "204", "description", "empty body");
	if (*verb != 'l')
		return json_pack("{s:{s:s}}", "200", "description", "OK");
	json_object_set_new(w->schemas, "StandardListResponse",
	    json_pack("{s:s, s:{s:{s:s, s:{s:s}}}}", "type", "object",
		"properties", "keys", "type", "array", "items", "type",
		"string"));
	return json_pack("{s:{s:s, s:{s:{s:{s:s}}}}}", "200", "description",
	    "OK", "content", "application/json", "schema", "$ref",
	    "#/components/schemas/StandardListResponse");
}

static json_t *
openapi_operation(struct openapi_writer *w, const struct route *route,
    const char *pattern, const char *template, const struct param *fields,
    const char *verb)
{
	char *id = openapi_operation_id(w, route, template, verb);
	json_t *op = json_object(), *extra;

	if (route->help)
		json_object_set_new(op, "summary", json_string(route->help));
	json_object_set_new(op, "operationId", json_string(id));
	if (w->mount->tag)
		json_object_set_new(
		    op, "tags", json_pack("[s]", w->mount->tag));
	if (*verb == 'w') {
		extra = openapi_request_body(w, route, pattern, fields, id);
		if (extra)
			json_object_set_new(op, "requestBody", extra);
	} else {
		extra = openapi_query_parameters(route, fields, *verb == 'l');
		if (json_array_size(extra))
			json_object_set(op, "parameters", extra);
		json_decref(extra);
	}
	json_object_set_new(op, "responses", openapi_responses(w, id, verb));
	return op;
}

static const struct {
	unsigned op;
	const char *method;
	const char *verb;
} openapi_operations[] = {
	{ OP_READ, "get", "read" },
	{ OP_WRITE, "post", "write" },
	{ OP_DELETE, "delete", "delete" },
};

/* The first route of the same template, from the i-th on, with an operation. */
static const struct route *
openapi_find_operation(
    struct openapi_writer *w, size_t i, const char *template, unsigned op)
{
	for (; i < w->docs->n; i++)
		if (w->docs->routes[i]->ops & op &&
		    strcmp(w->templates[i], template) == 0)
			return w->docs->routes[i];
	return NULL;
}

static void
openapi_put_item(
    struct openapi_writer *w, const char *template, bool is_list, json_t *item)
{
	bool slash = is_list && !ends_with(template, "/") && *template;

	json_object_set_new(w->paths,
	    arena_printf(w->arena, "%s%s%s", w->mount->prefix, template,
		slash ? "/" : ""),
	    item);
}

/* All operations of the template of the i-th route. */
static void
openapi_add_template(struct openapi_writer *w, size_t i, const char *template)
{
	const char *pattern = w->docs->patterns[i];
	struct param *fields = route_docs_fields(w->docs, pattern);
	const struct route *list = openapi_find_operation(
	    w, i, template, OP_LIST);
	json_t *operations = json_object(), *item, *one;
	const struct route *first = NULL, *r;
	unsigned flags = 0;
	const char *method;
	bool creates = false;

	if (strcmp(pattern, "^.*$") == 0) { /* as Vault: without operations */
		item = json_object();
		json_object_set_new(
		    item, "description", json_string(w->docs->routes[i]->help));
		openapi_put_item(w, ".*", false, item);
		json_decref(operations);
		return;
	}
	for (size_t k = 0; k < 3; k++) {
		r = openapi_find_operation(
		    w, i, template, openapi_operations[k].op);
		if (!r || ends_with(template, "/"))
			continue;
		first = first ? first : r;
		flags |= r->flags;
		creates |= r->exists != NULL;
		json_object_set_new(operations, openapi_operations[k].method,
		    openapi_operation(w, r, pattern, template, fields,
			openapi_operations[k].verb));
	}
	if (first) {
		item = openapi_path_item(w, template, fields, first, flags);
		if (creates)
			json_object_set_new(
			    item, "x-vault-createSupported", json_true());
		json_object_foreach (operations, method, one)
			json_object_set(item, method, one);
		openapi_put_item(w, template, false, item);
	}
	json_decref(operations);
	if (!list)
		return;
	item = openapi_path_item(w, template, fields, list, list->flags);
	json_object_set_new(item, "get",
	    openapi_operation(w, list, pattern, template, fields, "list"));
	openapi_put_item(w, template, true, item);
}

void
openapi_add_routes(json_t *document, const struct route_docs *docs,
    const struct openapi_mount *mount, const char *pattern)
{
	struct openapi_writer w = { .docs = docs,
		.mount = mount,
		.arena = docs->arena,
		.paths = json_object_get(document, "paths"),
		.schemas = json_object_get(
		    json_object_get(document, "components"), "schemas") };

	w.templates = arena_alloc(
	    w.arena, (docs->n + 1) * sizeof(*w.templates));
	for (size_t i = 0; i < docs->n; i++)
		w.templates[i] = openapi_share_template(&w,
		    openapi_template(&w, docs->routes[i]), docs->patterns[i]);
	for (size_t i = 0; i < docs->n; i++) {
		bool is_new = !pattern ||
		    strcmp(pattern, docs->patterns[i]) == 0;

		for (size_t k = 0; k < i && is_new; k++)
			is_new = strcmp(w.templates[k], w.templates[i]) != 0;
		if (is_new)
			openapi_add_template(&w, i, w.templates[i]);
	}
}

/* ---- order ---- */

static int
openapi_compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
openapi_sort_object(json_t *object)
{
	size_t n = json_object_size(object), i = 0;
	const char **keys = xcalloc(n + 1, sizeof(*keys));
	json_t *copy = json_copy(object), *value;
	const char *key;

	json_object_foreach (copy, key, value)
		keys[i++] = key;
	qsort(keys, n, sizeof(*keys), openapi_compare_keys);
	json_object_clear(object);
	for (i = 0; i < n; i++)
		json_object_set(
		    object, keys[i], json_object_get(copy, keys[i]));
	json_decref(copy);
	free(keys);
}

void
openapi_sort(json_t *document)
{
	openapi_sort_object(json_object_get(document, "paths"));
	openapi_sort_object(json_object_get(
	    json_object_get(document, "components"), "schemas"));
}
