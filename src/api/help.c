/*
 * ?help=1 and the HELP method: what a path is, from its rows. Needs a token but
 * no policy, and answers without the envelope.
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

/* The help of one path: its own row's sentence, else the mount's. */
static verdict
answer(struct request *req, const char *text)
{
	return reply_bare(req, 200,
	    json_pack("{s:s, s:o, s:n}", "help", text, "openapi",
		openapi_document(req->vault), "see_also"));
}

static void
list_paths(const struct route *table, struct buf *out)
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

static verdict
mount_help(struct request *req)
{
	struct buf out;
	char *text;

	buf_init(&out, 0);
	buf_printf(&out, "## DESCRIPTION\n\n%s\n\n## PATHS\n\n",
	    req->engine->help ? req->engine->help : "");
	for (int i = 0; req->engine->tables[i]; i++)
		list_paths(req->engine->tables[i], &out);
	text = arena_strndup(req->arena, out.p, out.n);
	buf_release(&out);
	return answer(req, text);
}

static verdict
row_help(struct request *req, const struct route *row)
{
	struct buf out;
	char *text;

	buf_init(&out, 0);
	buf_printf(&out, "Request:        %s\nMatching Route: ^%s$\n\n%s\n\n",
	    req->rel, row->path, row->help ? row->help : "");
	if (row->params && row->params[0].name)
		buf_str(&out, "## PARAMETERS\n");
	for (const struct param *p = row->params; p && p->name; p++)
		buf_printf(&out, "\n    %s\n\n        %s\n", p->name,
		    p->help ? p->help : "");
	buf_printf(&out, "\n## DESCRIPTION\n\n%s\n",
	    row->help ? row->help : "");
	text = arena_strndup(req->arena, out.p, out.n);
	buf_release(&out);
	return answer(req, text);
}

verdict
phase_help(struct request *req)
{
	const struct route *row = NULL;

	if (req->op != OP_HELP)
		return NULL;
	if (!req->engine)
		return fail(req, 404,
		    "no handler for route \"%s\". route entry not found.",
		    req->path);
	if (*req->rel == '\0')
		return mount_help(req);
	engine_row(req, req->engine, req->rel, &row);
	for (int i = 0; !row && strcmp(req->mount->type, "system") == 0 &&
	     system_tables[i];
	     i++)
		route_find(req, system_tables[i], req->path, &row);
	return row ? row_help(req, row) : fail_unsupported_path(req);
}
