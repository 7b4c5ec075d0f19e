/*
 * ?help=1 and the HELP method: what a path is, from its routes. Needs a token
 * but no policy, and answers without the envelope.
 */
#include "api/help.h"

#include <string.h>

#include "api/api_internal.h"
#include "api/engine.h"
#include "base/text.h"

json_t *
openapi_document(const struct vault *v)
{
	return json_pack("{s:s, s:{s:s, s:s, s:s, s:{s:s, s:s}}, s:{}, "
			 "s:{s:{}}}",
	    "openapi", "3.0.2", "info", "title", "HashiCorp Vault API",
	    "description",
	    "HTTP API that gives you full access to Vault. All API routes are "
	    "prefixed with `/v1/`.",
	    "version", v->config.version, "license", "name",
	    "Mozilla Public License 2.0", "url",
	    "https://www.mozilla.org/en-US/MPL/2.0", "paths", "components",
	    "schemas");
}

/* The help of one path: its route's sentence, else the mount's. */
static enum handler_result
help_reply(struct request *req, const char *text)
{
	return reply_bare(req, 200,
	    json_pack("{s:s, s:o, s:n}", "help", text, "openapi",
		openapi_document(req->vault), "see_also"));
}

static void
help_list_paths(const struct route *table, struct buf *out)
{
	const char *last = "";

	for (; table->path; table++) {
		if (strcmp(table->path, last) == 0)
			continue;
		last = table->path;
		buf_printf(out, "    ^%s$\n        %s\n\n", table->path,
		    table->help ? table->help : "");
	}
}

static enum handler_result
help_of_mount(struct request *req)
{
	struct buf out;
	char *text;

	buf_init(&out, 0);
	buf_printf(&out, "## DESCRIPTION\n\n%s\n\n## PATHS\n\n",
	    req->engine->help ? req->engine->help : "");
	for (int i = 0; req->engine->tables[i]; i++)
		help_list_paths(req->engine->tables[i], &out);
	text = arena_strndup(req->arena, out.p, out.n);
	buf_release(&out);
	return help_reply(req, text);
}

/* The word that Vault's framework has for a type. */
static const char *
help_type_name(enum param_type type)
{
	switch (PARAM_TYPE(type)) {
	case P_STRING:
	case P_PATH_STRING:
		return "string";
	case P_LOWER:
		return "lowercase string";
	case P_INT:
		return "int";
	case P_BOOL:
		return "bool";
	case P_SECONDS:
	case P_SIGNED_DURATION:
		return "duration (sec)";
	case P_STRINGS:
	case P_COMMA_STRINGS:
	case P_COMMA_INTS:
		return "slice";
	case P_MAP:
		return "map";
	case P_PAIRS:
		return "keypair";
	case P_HEADER:
		return "header";
	case P_TIME:
		return "time";
	case P_FLOAT:
		return "float";
	case P_ANY:
		break;
	}
	return "unknown type";
}

static enum handler_result
help_of_route(struct request *req, const struct route *route)
{
	struct buf out;
	char *text;

	buf_init(&out, 0);
	buf_printf(&out, "Request:        %s\nMatching Route: ^%s$\n\n%s\n\n",
	    req->rel_path, route->path, route->help ? route->help : "");
	if (route->params && route->params[0].name)
		buf_str(&out, "## PARAMETERS\n");
	for (const struct param *p = route->params; p && p->name; p++)
		buf_printf(&out, "\n    %s (%s)\n\n        %s\n", p->name,
		    help_type_name(p->type), p->help ? p->help : "");
	buf_printf(
	    &out, "\n## DESCRIPTION\n\n%s\n", route->help ? route->help : "");
	text = arena_strndup(req->arena, out.p, out.n);
	buf_release(&out);
	return help_reply(req, text);
}

enum phase_result
phase_help(struct request *req)
{
	const struct route *route = NULL;

	if (req->op != OP_HELP)
		return NEXT;
	if (!req->engine)
		return phase_end(fail(req, 404,
		    "no handler for route \"%s\". route entry not found.",
		    req->path));
	if (*req->rel_path == '\0')
		return phase_end(help_of_mount(req));
	engine_route_find(req, req->engine, req->rel_path, &route);
	for (int i = 0; !route && strcmp(req->mount->type, "system") == 0 &&
	     req->api->system_tables[i];
	     i++)
		route_find(req, req->api->system_tables[i], req->path, &route);
	return route ? phase_end(help_of_route(req, route))
		     : phase_end(fail_unsupported_path(req));
}
