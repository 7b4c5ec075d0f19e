/*
 * sys/internal/counters.
 */
#include <stdlib.h>
#include <string.h>

#include "api/reply.h"
#include "api/route.h"
#include "base/duration.h"
#include "core/token/identity.h"
#include "core/setting.h"
#include "core/token/token.h"
#include "sys/route_tables.h"

static enum handler_result
counters_removed(struct request *req)
{
	return fail(
	    req, 404, "The functionality has been removed on this path");
}

static enum handler_result
counters_tokens(struct request *req)
{
	struct strs list;

	strs_init(&list, req->arena);
	token_list_accessors(req->vault, &list);
	return reply_data(req,
	    json_pack("{s:{s:{s:I}}}", "counters", "service_tokens", "total",
		(json_int_t)list.n));
}

static enum handler_result
counters_entities(struct request *req)
{
	json_t *all = identity_list(req->vault, IDENTITY_ENTITY);
	json_int_t n = (json_int_t)json_array_size(all);

	json_decref(all);
	return reply_data(req,
	    json_pack("{s:{s:{s:I}}}", "counters", "entities", "total", n));
}

static const struct param config_params[] = {
	{ "default_report_months", P_INT, "12", "Deprecated, ignored" },
	{ "enabled", P_STRING, "\"default\"", "default, enable or disable" },
	{ "retention_months", P_INT, "48", "How long to keep counts" },
	PARAM_END,
};

#define SETTING_ACTIVITY "activity"

/* {"enabled", "retention_months"}; the caller's. */
static json_t *
counters_config_load(struct request *req)
{
	json_t *kept = setting_get(req->vault, SETTING_ACTIVITY);

	return kept ? kept
		    : json_pack("{s:s, s:i}", "enabled", "default",
			  "retention_months", 48);
}

static enum handler_result
counters_config_read(struct request *req)
{
	json_t *c = counters_config_load(req);
	const char *enabled = json_string_value(json_object_get(c, "enabled"));
	enum handler_result v = reply_data(req,
	    json_pack("{s:s, s:b, s:O, s:b, s:i, s:s}", "enabled",
		strcmp(enabled, "default") == 0 ? "default-disabled" : enabled,
		"queries_available", 0, "retention_months",
		json_object_get(c, "retention_months"), "reporting_enabled", 0,
		"minimum_retention_months", 0, "billing_start_timestamp",
		"0001-01-01T00:00:00Z"));

	json_decref(c);
	return v;
}

/* Puts what the request gives into c. */
static bool
counters_config_update(struct request *req, json_t *c)
{
	const char *was = json_string_value(json_object_get(c, "enabled"));
	const char *now = param_is_given(req, "enabled")
	    ? param_str(req, "enabled")
	    : was;
	int64_t months = param_is_given(req, "retention_months")
	    ? param_int(req, "retention_months")
	    : json_integer_value(json_object_get(c, "retention_months"));

	if (months < 0)
		return refuse(req, 400,
		    "retention_months must be greater than "
		    "or equal to 0");
	if (strcmp(was, "enable") == 0 && strcmp(now, "enable") != 0)
		reply_warn(req,
		    "the current monthly segment will be deleted "
		    "because the activity log was disabled");
	if (strcmp(now, "default") != 0 && strcmp(now, "enable") != 0 &&
	    strcmp(now, "disable") != 0)
		return refuse(req, 400,
		    "enabled must be one of \"default\", "
		    "\"enable\", \"disable\"");
	if (strcmp(now, "enable") == 0 && months == 0)
		return refuse(
		    req, 400, "retention_months cannot be 0 while enabled");
	json_object_set_new(c, "retention_months", json_integer(months));
	json_object_set_new(c, "enabled", json_string(now));
	return true;
}

static enum handler_result
counters_config_write(struct request *req)
{
	json_t *c = counters_config_load(req);

	if (!counters_config_update(req, c)) {
		json_decref(c);
		return HANDLED;
	}
	setting_put(req->vault, SETTING_ACTIVITY, c);
	return req->reply.nwarnings ? reply_data(req, NULL) : reply_none(req);
}

/* Nothing is counted. Vault 1.19: development mode shows that, all others have
 * no data to show. */
static enum handler_result
counters_activity(struct request *req)
{
	char start[RFC3339_MAX], end[RFC3339_MAX];
	json_t *total;

	if (!req->vault->config.dev)
		return reply_raw(req, 204, NULL, (struct slice){ "", 0 });
	rfc3339_s(req->started_ns - req->started_ns % (86400 * NSEC_PER_SEC) -
		365 * 86400 * NSEC_PER_SEC,
	    start);
	rfc3339_s(req->started_ns, end);
	total = json_pack("{s:i, s:i, s:i, s:i, s:i}", "clients", 0,
	    "distinct_entities", 0, "entity_clients", 0, "non_entity_clients",
	    0, "non_entity_tokens", 0);
	if (version_has(req->vault, VERSION_ACTIVITY_SYNCS))
		json_object_set_new(total, "secret_syncs", json_integer(0));
	if (version_has(req->vault, VERSION_ACTIVITY_ACME))
		json_object_set_new(total, "acme_clients", json_integer(0));
	return reply_data(req,
	    json_pack("{s:[], s:[], s:s, s:s, s:o}", "by_namespace", "months",
		"start_time", start, "end_time", end, "total", total));
}

const struct route sys_counters_routes[] = {
	{ OP_READ, "sys/internal/counters/requests", 0, NULL, counters_removed,
	    NULL, "Gone" },
	{ OP_READ, "sys/internal/counters/tokens",
	    R_VERSION(VERSION_COUNTERS_TOKENS), NULL, counters_tokens, NULL,
	    "How many tokens there are" },
	{ OP_READ, "sys/internal/counters/activity", 0, NULL, counters_activity,
	    NULL, "Clients of a period" },
	{ OP_READ, "sys/internal/counters/entities", 0, NULL, counters_entities,
	    NULL, "How many entities there are" },
	{ OP_READ, "sys/internal/counters/config", 0, config_params,
	    counters_config_read, NULL, "What is counted" },
	{ OP_WRITE, "sys/internal/counters/config", 0, config_params,
	    counters_config_write, NULL, "Say what is counted" },
	ROUTE_END,
};
