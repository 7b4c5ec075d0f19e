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
describe(const struct statement *s, int64_t seq)
{
	char at[RFC3339_MAX];

	rfc3339_nano(s->at, at);
	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, "
			 "s:s?}",
	    "seq", (json_int_t)seq, "at", at, "request_id", s->request, "mount", s->mount,
	    "connection", s->connection, "plugin", s->plugin, "operation",
	    s->operation, "user", s->user, "statement", s->text, "live",
	    (int)s->live, "error", s->error);
}

struct asked {
	int64_t since;
};

static const struct shape asked_shape[] = {
	{ "since", SHAPE_INT, offsetof(struct asked, since), NULL },
	{ 0 },
};

static verdict
list(struct request *req)
{
	struct vault *v = req->vault;
	int64_t total = statement_log_total(v);
	json_t *query = control_query(req), *all;
	int n = statement_log_count(v);
	struct asked asked = { 0 };
	struct complaint c = { 0 };
	bool ok = shape_read(asked_shape, query, "", &asked, &c);

	json_decref(query);
	if (!ok)
		return control_fail(req, 400, &c);
	all = json_array();
	for (int i = 0; i < n; i++)
		if (total - n + i + 1 > asked.since)
			json_array_append_new(all,
			    describe(statement_log_at(v, i),
				total - n + i + 1));
	return control_reply(req, 200,
	    json_pack("{s:o, s:I}", "statements", all, "total",
		(json_int_t)total));
}

static void
add_to_entry(struct vault *v, json_t *entry)
{
	const char *id =
	    json_string_value(json_object_get(entry, "request_id"));
	int n = id ? statement_log_count(v) : 0;
	json_t *run = NULL;

	for (int i = 0; i < n; i++) {
		const struct statement *s = statement_log_at(v, i);

		if (strcmp(s->request, id) != 0)
			continue;
		if (!run)
			run = json_array();
		json_array_append_new(run,
		    describe(s, statement_log_total(v) - n + i + 1));
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
		add_to_entry(v, entry);
}

static verdict
clear(struct request *req)
{
	statement_log_clear(req->vault);
	return control_reply(req, 204, NULL);
}

const struct route control_database_routes[] = {
	{ OP_READ, "database/statements", 0, NULL, list, NULL,
	    "What database/ ran, or would have run, secrets hidden; "
	    "?since=SEQ" },
	{ OP_DELETE, "database/statements", 0, NULL, clear, NULL,
	    "Forget these" },
	ROUTE_END,
};
