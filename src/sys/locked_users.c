/*
 * sys/locked-users: who was locked out, and letting them in again.
 */
#include <string.h>

#include "api/param.h"
#include "api/reply.h"
#include "core/mount/lockout.h"
#include "sys/route_tables.h"

static const struct param params[] = {
	{ "alias_identifier", P_STRING, NULL, "Name of the alias" },
	{ "mount_accessor", P_STRING, NULL, "Accessor of the auth mount" },
	PARAM_END,
};

/* The entry of this accessor, made when it is not there yet. */
static json_t *
locked_users_mount_entry(json_t *mounts, const char *accessor)
{
	size_t i;
	json_t *entry;

	json_array_foreach (mounts, i, entry)
		if (strcmp(json_string_value(
			       json_object_get(entry, "mount_accessor")),
			accessor) == 0)
			return entry;
	entry = json_pack("{s:s, s:i, s:[]}", "mount_accessor", accessor,
	    "counts", 0, "alias_identifiers");
	json_array_append_new(mounts, entry);
	return entry;
}

/* Locked aliases, grouped by the accessor of their mount. */
static enum handler_result
locked_users_list(struct request *req)
{
	json_t *locked = lockout_list(req->vault), *one;
	const char *only = param_str(req, "mount_accessor");
	json_t *mounts = json_array();
	size_t i, n = 0;

	json_array_foreach (locked, i, one) {
		const char *accessor = json_string_value(
		    json_object_get(one, "mount_accessor"));
		json_t *entry, *names;

		if (*only && strcmp(only, accessor) != 0)
			continue;
		entry = locked_users_mount_entry(mounts, accessor);
		names = json_object_get(entry, "alias_identifiers");
		json_array_append(names, json_object_get(one, "alias"));
		json_object_set_new(entry, "counts",
		    json_integer((json_int_t)json_array_size(names)));
		n++;
	}
	json_decref(locked);
	/* Vault 1.19: an accessor that was asked for has its row, whatever it
	 * names. */
	if (n == 0 && *only)
		json_object_set_new(locked_users_mount_entry(mounts, only),
		    "alias_identifiers", json_null());
	else if (n == 0) {
		json_decref(mounts);
		return reply_data(
		    req, json_pack("{s:[], s:i}", "by_namespace", "total", 0));
	}
	return reply_data(req,
	    json_pack("{s:[{s:s, s:s, s:I, s:o}], s:I}", "by_namespace",
		"namespace_id", "root", "namespace_path", "", "counts",
		(json_int_t)n, "mount_accessors", mounts, "total",
		(json_int_t)n));
}

static enum handler_result
locked_users_unlock(struct request *req)
{
	lockout_unlock(req->vault, param_str(req, "mount_accessor"),
	    param_str(req, "alias_identifier"));
	return reply_none(req);
}

const struct route sys_locked_users_routes[] = {
	{ OP_READ, "sys/locked-users", 0, params, locked_users_list, NULL,
	    "Aliases that are locked out" },
	{ OP_WRITE,
	    "sys/locked-users/{mount_accessor:seg}/unlock/"
	    "{alias_identifier:more}",
	    0, params, locked_users_unlock, NULL, "Let an alias in again" },
	ROUTE_END,
};
