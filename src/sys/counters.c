/*
 * sys/internal/counters, and the paths whose only answer is that they belong to
 * another edition.
 */
#include <stdlib.h>

#include "api/reply.h"
#include "api/route.h"
#include "core/identity.h"
#include "core/token.h"
#include "sys/tables.h"

static verdict
removed(struct request *req)
{
	return fail(req, 404,
	    "The functionality has been removed on this path");
}

static verdict
tokens(struct request *req)
{
	char **list;
	size_t n = token_accessors(req->vault, &list);

	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
	return reply_data(req,
	    json_pack("{s:{s:{s:I}}}", "counters", "service_tokens", "total",
		(json_int_t)n));
}

static verdict
entities(struct request *req)
{
	json_t *all = identity_all(req->vault, IDENTITY_ENTITY);
	json_int_t n = (json_int_t)json_array_size(all);

	json_decref(all);
	return reply_data(req, json_pack("{s:{s:{s:I}}}", "counters",
				   "entities", "total", n));
}

static verdict
config(struct request *req)
{
	return reply_data(req,
	    json_pack("{s:s, s:b, s:i, s:b, s:i, s:s}", "enabled",
		"default-disabled", "queries_available", 0,
		"retention_months", 48, "reporting_enabled", 0,
		"minimum_retention_months", 0, "billing_start_timestamp",
		"0001-01-01T00:00:00Z"));
}

static verdict
enterprise(struct request *req)
{
	return fail(req, 404, "enterprise-only feature");
}

#define ALL (OP_READ | OP_LIST | OP_WRITE | OP_DELETE)

const struct route sys_counters_routes[] = {
	{ OP_READ, "sys/internal/counters/requests", 0, NULL, removed, NULL,
	    "Gone" },
	{ OP_READ, "sys/internal/counters/tokens", 0, NULL, tokens, NULL,
	    "How many tokens there are" },
	{ OP_READ, "sys/internal/counters/entities", 0, NULL, entities, NULL,
	    "How many entities there are" },
	{ OP_READ, "sys/internal/counters/config", 0, NULL, config, NULL,
	    "What is counted" },
	{ ALL, "sys/policies/rgp/{name:rest}", 0, NULL, enterprise, NULL,
	    "Enterprise only" },
	{ ALL, "sys/policies/egp/{name:rest}", 0, NULL, enterprise, NULL,
	    "Enterprise only" },
	{ ALL, "sys/policies/rgp", 0, NULL, enterprise, NULL,
	    "Enterprise only" },
	{ ALL, "sys/policies/egp", 0, NULL, enterprise, NULL,
	    "Enterprise only" },
	ROUTE_END,
};
