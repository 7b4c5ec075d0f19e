/*
 * sys/key-status and sys/rotate: the terms of the keyring.
 */
#include <string.h>

#include "api/param.h"
#include "api/reply.h"
#include "base/duration.h"
#include "core/setting.h"
#include "sys/route_tables.h"

#define KEYRING "keyring"
#define ROTATION "rotation"
#define OPERATIONS_MIN 1000000
#define OPERATIONS_MAX 3865470566

/* {"term", "install_time"}; the first term begins with the first look. */
static json_t *
rotate_keyring(struct request *req)
{
	json_t *ring = setting_get(req->vault, KEYRING);
	char text[RFC3339_MAX];

	if (ring)
		return ring;
	rfc3339_nano(req->started_ns, text);
	ring = json_pack("{s:i, s:s}", "term", 1, "install_time", text);
	setting_put(req->vault, KEYRING, json_incref(ring));
	return ring;
}

static enum handler_result
rotate_key_status(struct request *req)
{
	json_t *ring = rotate_keyring(req);

	json_object_set_new(ring, "encryptions", json_integer(1));
	return reply_data(req, ring);
}

static enum handler_result
rotate_write(struct request *req)
{
	json_t *ring = rotate_keyring(req);
	json_int_t term = json_integer_value(json_object_get(ring, "term"));
	char text[RFC3339_MAX];

	rfc3339_nano(req->started_ns, text);
	setting_put(req->vault, KEYRING,
	    json_pack("{s:I, s:s}", "term", term + 1, "install_time", text));
	json_decref(ring);
	return reply_none(req);
}

static const struct param params[] = {
	{ "enabled", P_BOOL, NULL, "Rotate by itself?" },
	{ "interval", P_SIGNED_DURATION, NULL, "Time between rotations" },
	{ "max_operations", P_INT, NULL, "Operations between rotations" },
	PARAM_END,
};

static json_t *
rotate_config(struct request *req)
{
	json_t *c = setting_get(req->vault, ROTATION);

	return c
	    ? c
	    : json_pack("{s:b, s:I, s:I}", "enabled", 1, "interval",
		  (json_int_t)0, "max_operations", (json_int_t)OPERATIONS_MAX);
}

static enum handler_result
rotate_config_read(struct request *req)
{
	json_t *c = rotate_config(req);
	int64_t interval_ns = json_integer_value(
	    json_object_get(c, "interval"));
	char text[DURATION_MAX];

	if (interval_ns) {
		duration_format(interval_ns, text);
		json_object_set_new(c, "interval", json_string(text));
	}
	return reply_data(req, c);
}

/* Vault 1.19: `enabled` counts only beside another change. */
static bool
rotate_config_has_changes(const json_t *c, int64_t most, int64_t interval_ns)
{
	return (most &&
		   most !=
		       json_integer_value(
			   json_object_get(c, "max_operations"))) ||
	    (interval_ns &&
		interval_ns !=
		    json_integer_value(json_object_get(c, "interval")));
}

/* What is not given, or 0, stays as it is. */
static enum handler_result
rotate_config_write(struct request *req)
{
	json_t *c;
	int64_t most = param_int(req, "max_operations");
	int64_t interval_ns = param_duration(req, "interval");

	if (interval_ns && interval_ns < 24 * 3600 * NSEC_PER_SEC)
		return fail(
		    req, 400, "interval must be greater or equal to 24h0m0s");
	if (param_is_given(req, "max_operations") &&
	    (most < OPERATIONS_MIN || most > OPERATIONS_MAX))
		return fail(req, 400,
		    "max_operations must be in the range [%d,%lld]",
		    OPERATIONS_MIN, (long long)OPERATIONS_MAX);
	c = rotate_config(req);
	if (!rotate_config_has_changes(c, most, interval_ns)) {
		json_decref(c);
		return reply_none(req);
	}
	if (most)
		json_object_set_new(c, "max_operations", json_integer(most));
	if (interval_ns)
		json_object_set_new(c, "interval", json_integer(interval_ns));
	if (param_is_given(req, "enabled"))
		json_object_set_new(
		    c, "enabled", json_boolean(param_bool(req, "enabled")));
	setting_put(req->vault, ROTATION, c);
	return reply_none(req);
}

const struct route sys_rotate_routes[] = {
	{ OP_READ, "sys/key-status", R_INJECT, NULL, rotate_key_status, NULL,
	    "The keyring's term" },
	{ OP_WRITE, "sys/rotate", R_SUDO, NULL, rotate_write, NULL,
	    "Begin a new term" },
	{ OP_WRITE, "sys/rotate/keyring", R_SUDO, NULL, rotate_write, NULL,
	    "Begin a new term" },
	{ OP_READ, "sys/rotate/config", 0, params, rotate_config_read, NULL,
	    "When a new term begins by itself" },
	{ OP_WRITE, "sys/rotate/config", 0, params, rotate_config_write, NULL,
	    "Change when a new term begins" },
	ROUTE_END,
};
