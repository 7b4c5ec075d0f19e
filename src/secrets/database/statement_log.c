/*
 * A ring of statements, and how it looks to testers.
 */
#include "secrets/database/statement_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/duration.h"

struct statement_log {
	struct statement ring[STATEMENT_LOG_MAX];
	int64_t total;
	int n;
};

static void
statement_log_clear_entry(struct statement *s)
{
	const char *texts[] = { s->request_id, s->mount, s->connection,
		s->plugin, s->operation, s->user, s->sql, s->error };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free((void *)texts[i]);
	*s = (struct statement){ 0 };
}

static const char *
statement_log_copy_string(const char *text)
{
	return xstrdup(text ? text : "");
}

static void
statement_log_clear(struct vault *v)
{
	struct statement_log *log = v->statement_log;

	for (int i = 0; log && i < STATEMENT_LOG_MAX; i++)
		statement_log_clear_entry(&log->ring[i]);
	if (log)
		log->n = 0;
}

/* Called by the vault at its end. */
static void
statement_log_free(struct vault *v)
{
	statement_log_clear(v);
	free(v->statement_log);
	v->statement_log = NULL;
}

void
statement_log_add(struct vault *v, const struct statement *s)
{
	struct statement_log *log = v->statement_log;
	struct statement *to;

	if (!log) {
		log = v->statement_log = xcalloc(1, sizeof(*log));
		v->statement_log_free = statement_log_free;
	}
	to = &log->ring[log->total++ % STATEMENT_LOG_MAX];
	statement_log_clear_entry(to);
	*to = (struct statement){ s->at_ns,
		statement_log_copy_string(s->request_id),
		statement_log_copy_string(s->mount),
		statement_log_copy_string(s->connection),
		statement_log_copy_string(s->plugin),
		statement_log_copy_string(s->operation),
		statement_log_copy_string(s->user),
		statement_log_copy_string(s->sql), s->was_executed,
		s->error ? xstrdup(s->error) : NULL };
	if (log->n < STATEMENT_LOG_MAX)
		log->n++;
}

int
statement_log_count(const struct vault *v)
{
	return v->statement_log ? v->statement_log->n : 0;
}

int64_t
statement_log_total(const struct vault *v)
{
	return v->statement_log ? v->statement_log->total : 0;
}

const struct statement *
statement_log_at(const struct vault *v, int i)
{
	const struct statement_log *log = v->statement_log;

	return &log->ring[(log->total - log->n + i) % STATEMENT_LOG_MAX];
}

static json_t *
statement_log_entry_json(const struct statement *s, int64_t seq)
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

static json_t *
statement_log_list(
    const struct vault *v, int64_t since_seq, const char *request_id)
{
	int n = statement_log_count(v);
	json_t *list = json_array();

	for (int i = 0; i < n; i++) {
		const struct statement *s = statement_log_at(v, i);
		int64_t seq = statement_log_total(v) - n + i + 1;

		if (seq > since_seq &&
		    (!request_id || strcmp(s->request_id, request_id) == 0))
			json_array_append_new(
			    list, statement_log_entry_json(s, seq));
	}
	return list;
}

const struct engine_statements statement_log_hooks = {
	.list = statement_log_list,
	.total = statement_log_total,
	.clear = statement_log_clear,
};
