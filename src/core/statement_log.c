/*
 * A ring of statements.
 */
#include "core/statement_log.h"

#include <stdlib.h>

struct statement_log {
	struct statement ring[STATEMENTS_KEPT];
	int64_t total;
	int n;
};

static void
drop(struct statement *s)
{
	const char *texts[] = { s->request, s->mount, s->connection, s->plugin,
		s->operation, s->user, s->text, s->error };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free((void *)texts[i]);
	*s = (struct statement){ 0 };
}

static const char *
copy(const char *text)
{
	return xstrdup(text ? text : "");
}

void
statement_log_add(struct vault *v, const struct statement *s)
{
	struct statement_log *log = v->statements;
	struct statement *to;

	if (!log)
		log = v->statements = xcalloc(1, sizeof(*log));
	to = &log->ring[log->total++ % STATEMENTS_KEPT];
	drop(to);
	*to = (struct statement){ s->at, copy(s->request), copy(s->mount),
		copy(s->connection), copy(s->plugin), copy(s->operation),
		copy(s->user), copy(s->text), s->live,
		s->error ? xstrdup(s->error) : NULL };
	if (log->n < STATEMENTS_KEPT)
		log->n++;
}

int
statement_log_count(const struct vault *v)
{
	return v->statements ? v->statements->n : 0;
}

const struct statement *
statement_log_at(const struct vault *v, int i)
{
	const struct statement_log *log = v->statements;

	return &log->ring[(log->total - log->n + i) % STATEMENTS_KEPT];
}

int64_t
statement_log_total(const struct vault *v)
{
	return v->statements ? v->statements->total : 0;
}

void
statement_log_clear(struct vault *v)
{
	struct statement_log *log = v->statements;

	for (int i = 0; log && i < STATEMENTS_KEPT; i++)
		drop(&log->ring[i]);
	if (log)
		log->n = 0;
}

void
statement_log_free(struct vault *v)
{
	statement_log_clear(v);
	free(v->statements);
	v->statements = NULL;
}
