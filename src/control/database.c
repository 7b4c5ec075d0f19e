/*
 * /_mock/database/statements: what database/ ran, or would have run.
 */
#include <stddef.h>
#include <string.h>

#include "base/duration.h"
#include "base/json/schema.h"
#include "control/control.h"
#include "core/statement_log.h"

static json_t *
control_statement_json(const struct statement *s, int64_t seq)
{
	char at[RFC3339_MAX];

	rfc3339_nano(s->at_ns, at);
	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, "
			 "s:s?}",
	    "seq", (json_int_t)seq, "at", at, "request_id", s->request_id,
	    "mount", s->mount, "connection", s->connection, "plugin", s->plugin,
	    "operation", s->operation, "user", s->user, "statement", s->sql,
	    "live", (int)s->was_executed, "error", s->error);
}

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
	struct vault *v = req->vault;
	int64_t total = statement_log_total(v);
	json_t *query = control_read_query(req), *all;
	int n = statement_log_count(v);
	struct statement_query filter = { 0 };
	struct error c = { 0 };
	bool ok = schema_read(statement_query_schema, query, "", &filter, &c);

	json_decref(query);
	if (!ok)
		return control_fail(req, 400, &c);
	all = json_array();
	for (int i = 0; i < n; i++)
		if (total - n + i + 1 > filter.since_seq)
			json_array_append_new(all,
			    control_statement_json(
				statement_log_at(v, i), total - n + i + 1));
	return control_reply(req, 200,
	    json_pack(
		"{s:o, s:I}", "statements", all, "total", (json_int_t)total));
}

static void
control_add_entry_statements(struct vault *v, json_t *entry)
{
	const char *id = json_string_value(
	    json_object_get(entry, "request_id"));
	int n = id ? statement_log_count(v) : 0;
	json_t *run = NULL;

	for (int i = 0; i < n; i++) {
		const struct statement *s = statement_log_at(v, i);

		if (strcmp(s->request_id, id) != 0)
			continue;
		if (!run)
			run = json_array();
		json_array_append_new(run,
		    control_statement_json(
			s, statement_log_total(v) - n + i + 1));
	}
	if (run)
		json_object_set_new(entry, "statements", run);
}

void
control_add_statements(struct vault *v, json_t *entries)
{
	json_t *entry;
	size_t i;

	json_array_foreach (entries, i, entry)
		control_add_entry_statements(v, entry);
}

static enum handler_result
control_statements_clear(struct request *req)
{
	statement_log_clear(req->vault);
	return control_reply(req, 204, NULL);
}

const struct route control_database_routes[] = {
	{ OP_READ, "database/statements", 0, NULL, control_statements_list,
	    NULL,
	    "What database/ ran, or would have run, secrets hidden; "
	    "?since=SEQ" },
	{ OP_DELETE, "database/statements", 0, NULL, control_statements_clear,
	    NULL, "Forget these" },
	ROUTE_END,
};
