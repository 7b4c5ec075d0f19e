/*
 * sys/tools: random bytes and hashes.
 */
#include "api/tools.h"
#include "sys/route_tables.h"

const struct route sys_tools_routes[] = {
	TOOLS_RANDOM_ROUTES("sys/tools/"),
	TOOLS_HASH_ROUTES("sys/tools/"),
	ROUTE_END,
};
