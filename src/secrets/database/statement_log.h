/*
 * What was run on databases, or would have been: the last statements, their
 * secrets hidden. For testers to read; it lives in memory.
 */
#ifndef MV_SECRETS_DATABASE_STATEMENT_LOG_H
#define MV_SECRETS_DATABASE_STATEMENT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "api/engine.h"
#include "core/vault.h"

#define STATEMENT_LOG_MAX 512

struct statement {
	int64_t at_ns;		/* ns */
	const char *request_id; /* the request's id; "" when the clock did it */
	const char *mount;	/* "database/" */
	const char *connection; /* name of its configuration */
	const char *plugin;	/* "postgresql-database-plugin" */
	const char *operation;	/* create, renew, revoke, rotate, rotate-root,
				 * verify */
	const char *user;	/* "" */
	const char *sql;	/* secrets stand as "****" */
	bool was_executed;	/* a database was asked */
	const char *error;	/* NULL: it went well, or nobody was asked */
};

/* Texts are copied. */
void statement_log_add(struct vault *v, const struct statement *s);
/* How many are kept, and how many there have ever been. */
int statement_log_count(const struct vault *v);
int64_t statement_log_total(const struct vault *v);
/* The i-th of those that are kept, oldest first; until the next add. */
const struct statement *statement_log_at(const struct vault *v, int i);

/* How others list and clear the log; see api/engine.h. */
extern const struct engine_statements statement_log_hooks;

#endif
