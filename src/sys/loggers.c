/*
 * sys/loggers: how much each part writes to the log; and sys/monitor, which
 * would show the log as it is written.
 */
#include <string.h>
#include <strings.h>

#include "api/param.h"
#include "api/reply.h"
#include "base/log.h"
#include "base/text.h"
#include "sys/route_tables.h"

/* Every name that log_msg is called with. */
static const char *const loggers[] = { "config", "core", "expiration",
	"storage.sqlite" };

#define COUNT (sizeof(loggers) / sizeof(loggers[0]))

static const struct param params[] = {
	{ "level", P_STRING, NULL, "trace, debug, info, warn or error" },
	{ "name", P_STRING, NULL, "Name of the logger" },
	PARAM_END,
};

static const char *
loggers_find(const char *name)
{
	for (size_t i = 0; i < COUNT; i++)
		if (strcmp(loggers[i], name) == 0)
			return loggers[i];
	return NULL;
}

static void
loggers_show(json_t *data, const struct log *l, const char *name)
{
	json_object_set_new(
	    data, name, json_string(log_level_name(log_level_of(l, name))));
}

static enum handler_result
loggers_read_all(struct request *req)
{
	json_t *data = json_object();

	for (size_t i = 0; i < COUNT; i++)
		loggers_show(data, req->vault->log, loggers[i]);
	reply_empty_warnings(req);
	return reply_data(req, data);
}

static enum handler_result
loggers_read_one(struct request *req)
{
	const char *name = loggers_find(param_str(req, "name"));
	json_t *data = json_object();

	if (name)
		loggers_show(data, req->vault->log, name);
	reply_empty_warnings(req);
	return reply_data(req, data);
}

static bool
loggers_read_level(struct request *req, enum log_level *level)
{
	const char *text = param_str(req, "level");

	if (!param_is_given(req, "level"))
		return refuse(req, 400, "level is required");
	if (*text == '\0')
		return refuse(req, 400, "level is empty");
	if (!log_level_parse(text, level))
		return refuse(req, 400,
		    "invalid level provided: unknown log level: %s", text);
	return true;
}

static enum handler_result
loggers_write_all(struct request *req)
{
	enum log_level level;

	if (!loggers_read_level(req, &level))
		return HANDLED;
	log_level_set(req->vault->log, NULL, level);
	return reply_none(req);
}

static enum handler_result
loggers_not_found(struct request *req)
{
	return fail(
	    req, 400, "logger \"%s\" not found", param_str(req, "name"));
}

static enum handler_result
loggers_write_one(struct request *req)
{
	const char *name = loggers_find(param_str(req, "name"));
	enum log_level level;

	if (!loggers_read_level(req, &level))
		return HANDLED;
	if (!name)
		return loggers_not_found(req);
	log_level_set(req->vault->log, name, level);
	return reply_none(req);
}

static enum handler_result
loggers_delete_all(struct request *req)
{
	log_level_reset(req->vault->log, NULL);
	return reply_none(req);
}

static enum handler_result
loggers_delete_one(struct request *req)
{
	const char *name = loggers_find(param_str(req, "name"));

	if (!name)
		return loggers_not_found(req);
	log_level_reset(req->vault->log, name);
	return reply_none(req);
}

static const struct param monitor_params[] = {
	{ "log_format", P_STRING, "\"standard\"", "standard or json" },
	{ "log_level", P_STRING, NULL, "The least level to show, info" },
	PARAM_END,
};

static enum handler_result
loggers_monitor(struct request *req)
{
	const char *text = param_str(req, "log_level");
	const char *format = param_str(req, "log_format");
	enum log_level level;

	if (*text && !log_level_parse(text, &level))
		return fail(req, 400, "unknown log level");
	if (strcasecmp(format, "standard") != 0 &&
	    strcasecmp(format, "json") != 0)
		return fail(req, 400, "unknown log format");
	return fail(req, 400, "streaming not supported");
}

const struct route sys_loggers_routes[] = {
	{ OP_READ, "sys/loggers", 0, params, loggers_read_all, NULL,
	    "Levels of all loggers" },
	{ OP_WRITE, "sys/loggers", 0, params, loggers_write_all, NULL,
	    "Set the level of all loggers" },
	{ OP_DELETE, "sys/loggers", 0, params, loggers_delete_all, NULL,
	    "All loggers as configured" },
	{ OP_READ, "sys/loggers/{name:more}", 0, params, loggers_read_one, NULL,
	    "Level of a logger" },
	{ OP_WRITE, "sys/loggers/{name:more}", 0, params, loggers_write_one,
	    NULL, "Set the level of a logger" },
	{ OP_DELETE, "sys/loggers/{name:more}", 0, params, loggers_delete_one,
	    NULL, "A logger as configured" },
	{ OP_READ, "sys/monitor", 0, monitor_params, loggers_monitor, NULL,
	    "The log as it is written; not here" },
	ROUTE_END,
};
