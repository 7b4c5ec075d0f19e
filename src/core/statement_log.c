/*
 * A ring of statements.
 */
#include "core/statement_log.h"

#include <stdlib.h>

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

void
statement_log_add(struct vault *v, const struct statement *s)
{
	struct statement_log *log = v->statement_log;
	struct statement *to;

	if (!log)
		log = v->statement_log = xcalloc(1, sizeof(*log));
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

const struct statement *
statement_log_at(const struct vault *v, int i)
{
	const struct statement_log *log = v->statement_log;

	return &log->ring[(log->total - log->n + i) % STATEMENT_LOG_MAX];
}

int64_t
statement_log_total(const struct vault *v)
{
	return v->statement_log ? v->statement_log->total : 0;
}

void
statement_log_clear(struct vault *v)
{
	struct statement_log *log = v->statement_log;

	for (int i = 0; log && i < STATEMENT_LOG_MAX; i++)
		statement_log_clear_entry(&log->ring[i]);
	if (log)
		log->n = 0;
}

void
statement_log_free(struct vault *v)
{
	statement_log_clear(v);
	free(v->statement_log);
	v->statement_log = NULL;
}
