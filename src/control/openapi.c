/*
 * /_mock/openapi.json: the control API as OpenAPI 3 has it, made from its own
 * tables.
 */
#include <string.h>

#include "base/text.h"
#include "base/version.h"
#include "control/control.h"

static const struct {
	enum op op;
	const char *method;
} openapi_methods[] = {
	{ OP_READ, "get" },
	{ OP_WRITE, "post" },
	{ OP_PUT, "put" },
	{ OP_PATCH, "patch" },
	{ OP_DELETE, "delete" },
};

/* "snapshots/{name:seg}/restore" to "/_mock/snapshots/{name}/restore". */
char *
control_path_template(struct arena *a, const char *pattern)
{
	char *out = arena_printf(a, "/_mock/%s", pattern), *to = out;
	bool in_type = false;

	for (const char *p = out; *p; p++) {
		in_type = (in_type || *p == ':') && *p != '}';
		if (!in_type)
			*to++ = *p;
	}
	*to = '\0';
	if (ends_with(out, "/?"))
		out[strlen(out) - 2] = '\0';
	return out;
}

static json_t *
control_openapi_parameters(const char *path)
{
	json_t *list = json_array();

	for (const char *p = strchr(path, '{'); p; p = strchr(p + 1, '{'))
		json_array_append_new(list,
		    json_pack("{s:s%, s:s, s:b, s:{s:s}}", "name", p + 1,
			strcspn(p + 1, "}"), "in", "path", "required", 1,
			"schema", "type", "string"));
	return list;
}

static void
control_openapi_add_query(json_t *list, const struct schema *fields)
{
	for (; fields && fields->name; fields++)
		if (fields->type != FIELD_OBJECT)
			json_array_append_new(list,
			    json_pack("{s:s, s:s, s:b, s:o}", "name",
				fields->name, "in", "query", "required", 0,
				"schema", control_openapi_query_field(fields)));
}

/* "getSnapshotsNameRestore" */
static char *
control_openapi_operation_id(
    struct arena *a, const char *method, const char *path)
{
	char *out = arena_printf(a, "%s%s", method, path + strlen("/_mock"));
	char *to = out;
	bool up = false;

	for (const char *p = out; *p; p++) {
		bool letter = (*p >= 'a' && *p <= 'z') ||
		    (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9');

		if (letter)
			*to++ = (char)(up && *p >= 'a' && *p <= 'z'
				? *p - 'a' + 'A'
				: *p);
		up = !letter;
	}
	*to = '\0';
	return out;
}

static json_t *
control_openapi_operation(
    struct arena *a, const struct route *route, size_t verb, const char *path)
{
	json_t *failure = json_pack("{s:s, s:{s:{s:{s:s}}}}", "description",
	    "What was wrong, where, and what is allowed there", "content",
	    "application/json", "schema", "$ref", "#/components/schemas/Error");
	json_t *o = json_pack("{s:s, s:s, s:o, s:{s:{s:s}, s:o}}", "summary",
	    route->help ? route->help : "", "operationId",
	    control_openapi_operation_id(a, openapi_methods[verb].method, path),
	    "parameters", control_openapi_parameters(path), "responses", "2XX",
	    "description", "Done", "4XX", failure);
	json_t *body;

	control_openapi_add_query(json_object_get(o, "parameters"),
	    control_openapi_query_schema(
		openapi_methods[verb].op, route->path));
	body = control_openapi_body_schema(
	    openapi_methods[verb].op, route->path);
	if (body)
		json_object_set_new(o, "requestBody",
		    json_pack("{s:{s:{s:o}}}", "content", "application/json",
			"schema", body));
	return o;
}

static void
control_openapi_add_route(
    struct arena *a, json_t *paths, const struct route *route)
{
	char *path = control_path_template(a, route->path);
	json_t *item = json_object_get(paths, path);

	if (!item) {
		item = json_object();
		json_object_set_new(paths, path, item);
	}
	for (size_t i = 0;
	     i < sizeof(openapi_methods) / sizeof(openapi_methods[0]); i++)
		if (route->ops & openapi_methods[i].op)
			json_object_set_new(item, openapi_methods[i].method,
			    control_openapi_operation(a, route, i, path));
}

static enum handler_result
control_openapi_show(struct request *req)
{
	json_t *paths = json_object(), *schemas = control_openapi_schemas();
	const struct route *const *tables = control_of(req)->tables;

	json_object_set_new(schemas, "Error",
	    json_pack("{s:s, s:{s:{s:s, s:{s:s}}, s:{s:s}, s:{s:s, s:{s:s}}}}",
		"type", "object", "properties", "errors", "type", "array",
		"items", "type", "string", "field", "type", "string", "allowed",
		"type", "array", "items", "type", "string"));
	for (int i = 0; tables[i]; i++)
		for (const struct route *r = tables[i]; r->path; r++)
			control_openapi_add_route(req->arena, paths, r);
	return control_reply(req, 200,
	    json_pack("{s:s, s:{s:s, s:s, s:s}, s:o, s:{s:o}}", "openapi",
		"3.0.3", "info", "title", "mockvault control API", "version",
		MOCKVAULT_OWN_VERSION, "description",
		"Commands for tests: faults, time, state, journal.", "paths",
		paths, "components", "schemas", schemas));
}

const struct route control_openapi_routes[] = {
	{ OP_READ, "openapi.json", 0, NULL, control_openapi_show, NULL,
	    "This API, as OpenAPI 3" },
	ROUTE_END,
};
