/*
 * /_mock/database/statements: what database/ ran, or would have run.
 */
#include <stddef.h>

#include "api/engine.h"
#include "base/json/schema.h"
#include "control/control.h"

struct statement_query {
	int64_t since_seq;
};

static const struct schema statement_query_schema[] = {
	{ "since", FIELD_INT, offsetof(struct statement_query, since_seq),
	    NULL },
	{ 0 },
};

static enum handler_result
control_statements_list(struct request *req)
{
	const struct engine_statements *log = engine_statements_find(
	    req->vault);
	json_t *query = control_read_query(req);
	struct statement_query filter = { 0 };
	struct error c = { 0 };
	bool ok = schema_read(statement_query_schema, query, "", &filter, &c);

	json_decref(query);
	if (!ok)
		return control_fail(req, 400, &c);
	return control_reply(req, 200,
	    json_pack("{s:o, s:I}", "statements",
		log ? log->list(req->vault, filter.since_seq, NULL)
		    : json_array(),
		"total", (json_int_t)(log ? log->total(req->vault) : 0)));
}

void
control_add_statements(struct vault *v, json_t *entry)
{
	const struct engine_statements *log = engine_statements_find(v);
	const char *id = json_string_value(
	    json_object_get(entry, "request_id"));
	json_t *run = log && id ? log->list(v, 0, id) : NULL;

	if (json_array_size(run))
		json_object_set(entry, "statements", run);
	json_decref(run);
}

void
control_clear_statements(struct vault *v)
{
	const struct engine_statements *log = engine_statements_find(v);

	if (log)
		log->clear(v);
}

static enum handler_result
control_statements_clear(struct request *req)
{
	control_clear_statements(req->vault);
	return control_reply(req, 204, NULL);
}

const struct route control_database_routes[] = {
	{ OP_READ, "database/statements", R_OWN_STATE, NULL,
	    control_statements_list, NULL,
	    "What database/ ran, or would have run, secrets hidden; "
	    "?since=SEQ" },
	{ OP_DELETE, "database/statements", R_OWN_STATE, NULL,
	    control_statements_clear, NULL, "Forget these" },
	ROUTE_END,
};
