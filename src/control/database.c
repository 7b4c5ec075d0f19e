/*
 * /_mock/database/statements: what database/ ran, or would have run.
 */
#include "base/gotime.h"
#include "control/control.h"
#include "core/statement_log.h"

static json_t *
describe(const struct statement *s)
{
	char at[RFC3339_MAX];

	rfc3339_nano(s->at, at);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s?}",
	    "at", at, "request_id", s->request, "mount", s->mount,
	    "connection", s->connection, "plugin", s->plugin, "operation",
	    s->operation, "user", s->user, "statement", s->text, "live",
	    (int)s->live, "error", s->error);
}

static verdict
list(struct request *req)
{
	json_t *all = json_array();

	for (int i = 0; i < statement_log_count(req->vault); i++)
		json_array_append_new(all,
		    describe(statement_log_at(req->vault, i)));
	return control_reply(req, 200,
	    json_pack("{s:o, s:I}", "statements", all, "total",
		(json_int_t)statement_log_total(req->vault)));
}

static verdict
clear(struct request *req)
{
	statement_log_clear(req->vault);
	return control_reply(req, 204, NULL);
}

const struct route control_database_routes[] = {
	{ OP_READ, "database/statements", 0, NULL, list, NULL,
	    "What database/ ran, or would have run; secrets hidden" },
	{ OP_DELETE, "database/statements", 0, NULL, clear, NULL,
	    "Forget these" },
	ROUTE_END,
};
