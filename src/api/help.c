/*
 * ?help=1 and the HELP method: what a path is, from its routes, in the form of
 * Vault's framework. Needs a token but no policy, and answers without the
 * envelope.
 */
#include <stdlib.h>
#include <string.h>

#include "api/api_internal.h"
#include "api/docs/openapi.h"
#include "api/engine.h"
#include "base/text.h"

/* The answer, with the paths of a pattern or (NULL) of the whole mount. */
static enum handler_result
help_reply(struct request *req, const struct route_docs *docs, struct buf *text,
    const char *pattern)
{
	static const struct openapi_mount mount = { .prefix = "/" };
	struct openapi_mount m = mount;
	json_t *document = openapi_document(req);
	enum handler_result v;
	struct buf out;

	if (strcmp(docs->type, "system") != 0)
		m.tag = req->mount->table == MOUNT_AUTH ? "auth" : "secrets";
	openapi_add_routes(document, docs, &m, pattern);
	openapi_sort(document);
	buf_init(&out, 0);
	buf_str(&out, "{\"help\":");
	jsontext_quote(&out, text->p, text->n);
	buf_str(&out, ",\"openapi\":");
	jsontext_put_ordered(&out, document);
	buf_str(&out, ",\"see_also\":null}\n");
	json_decref(document);
	v = reply_raw(req, 200, NULL, (struct slice){ out.p, out.n });
	buf_release(&out);
	return v;
}

struct help_path {
	const char *pattern;
	const char *help;
};

static int
help_compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct help_path *)a)->pattern,
	    ((const struct help_path *)b)->pattern);
}

static void
help_put_paths(const struct route_docs *docs, struct buf *out)
{
	struct help_path *all = arena_alloc(
	    docs->arena, (docs->n + 1) * sizeof(*all));

	for (size_t i = 0; i < docs->n; i++)
		all[i] = (struct help_path){ docs->patterns[i],
			docs->routes[i]->help };
	qsort(all, docs->n, sizeof(*all), help_compare_paths);
	for (size_t i = 0; i < docs->n; i++)
		if (i == 0 || strcmp(all[i - 1].pattern, all[i].pattern) != 0)
			buf_printf(out, "\n\n    %s\n        %s",
			    all[i].pattern, all[i].help ? all[i].help : "");
}

static enum handler_result
help_of_mount(struct request *req, const struct route_docs *docs)
{
	enum handler_result v;
	struct buf out;

	buf_init(&out, 0);
	buf_printf(&out,
	    "## DESCRIPTION\n\n%s\n\n## PATHS\n\nThe paths of this backend by "
	    "their patterns. Help with a path that fits one\ntells more of "
	    "it; a policy may still refuse the path itself.",
	    req->engine->help ? req->engine->help : "");
	help_put_paths(docs, &out);
	v = help_reply(req, docs, &out, NULL);
	buf_release(&out);
	return v;
}

static enum handler_result
help_of_route(struct request *req, const struct route_docs *docs,
    const struct route *route)
{
	const char *pattern = route_doc_pattern(req->arena, docs->type, route);
	struct param *fields = route_docs_fields(docs, pattern);
	const char *help = route->help ? route->help : "<no description>";
	enum handler_result v;
	struct buf out;

	buf_init(&out, 0);
	buf_printf(&out, "Request:        %s\nMatching Route: %s\n\n%s\n\n",
	    req->rel_path, pattern,
	    route->help ? route->help : "<no synopsis>");
	if (fields->name)
		buf_str(&out, "## PARAMETERS\n");
	for (const struct param *p = fields; p->name; p++)
		buf_printf(&out, "\n    %s (%s)\n\n        %s\n", p->name,
		    param_type_name(p->type),
		    p->help ? p->help : "<no description>");
	buf_printf(&out, "\n## DESCRIPTION\n\n%s", help);
	v = help_reply(req, docs, &out, pattern);
	buf_release(&out);
	return v;
}

enum phase_result
phase_help(struct request *req)
{
	const struct route *route = NULL;
	struct route_docs docs;
	bool is_system;

	if (req->op != OP_HELP)
		return NEXT;
	if (!req->engine)
		return phase_end(fail(req, 404,
		    "no handler for route \"%s\". route entry not found.",
		    req->path));
	is_system = strcmp(req->mount->type, "system") == 0;
	route_docs_init(&docs, req->arena, req->vault, req->mount->type,
	    is_system ? req->api->system_tables : req->engine->tables, NULL);
	if (*req->rel_path == '\0')
		return phase_end(help_of_mount(req, &docs));
	route_find_in(req, req->engine->tables, 0, 0, req->rel_path, &route);
	if (!route && is_system)
		route_find_in(
		    req, req->api->system_tables, 0, 0, req->path, &route);
	return route ? phase_end(help_of_route(req, &docs, route))
		     : phase_end(fail_unsupported_path(req));
}
