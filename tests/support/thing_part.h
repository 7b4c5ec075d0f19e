/*
 * A table of the tests' own, which the nodes of a cluster copy.
 */
#ifndef MV_TESTS_SUPPORT_THING_PART_H
#define MV_TESTS_SUPPORT_THING_PART_H

#include "store/store.h"

enum { THING_PUT, THING_LIST, THING_STATEMENTS };

static const struct store_statement thing_statements[] = {
	[THING_PUT] = { "INSERT INTO thing (name, value) VALUES (?, ?) "
			"ON CONFLICT (name) DO UPDATE SET "
			"value = excluded.value",
	    "ss", NULL },
	[THING_LIST] = { "SELECT name || '=' || value FROM thing "
			 "ORDER BY name",
	    "", NULL },
};

static const char *const thing_migrations[] = {
	"CREATE TABLE thing (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID",
	NULL
};

static const struct store_part thing_part = { "test", thing_migrations,
	thing_statements, THING_STATEMENTS, NULL };

#endif
