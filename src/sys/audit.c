/*
 * sys/audit: audit devices, and their hashes.
 */
#include <string.h>

#include "api/param.h"
#include "api/reply.h"
#include "base/go_text.h"
#include "core/mount/audit.h"
#include "sys/mounts/mount_info.h"
#include "sys/route_tables.h"

static const struct param params[] = {
	{ "description", P_STRING, NULL, "For people" },
	{ "local", P_BOOL, NULL, "Not replicated" },
	{ "options", P_PAIRS, NULL, "Where it writes, and how" },
	{ "path", P_STRING, NULL, "Its name" },
	{ "type", P_STRING, NULL, "file, syslog or socket" },
	PARAM_END,
};

static const struct param hash_params[] = {
	{ "input", P_STRING, NULL, "What to hash" },
	{ "path", P_STRING, NULL, "The device" },
	PARAM_END,
};

static enum handler_result
sys_audit_list(struct request *req)
{
	json_t *data = json_object();

	for (int i = 0; i < audit_count(req->vault); i++) {
		const struct audit_device *d = audit_at(req->vault, i);

		json_object_set_new(data, d->path,
		    json_pack("{s:s, s:s, s:s, s:O, s:b}", "path", d->path,
			"type", d->type, "description", d->description,
			"options", d->options, "local", (int)d->local));
	}
	return reply_data(req, data);
}

static enum handler_result
sys_audit_enable(struct request *req)
{
	const char *path = mount_path_with_slash(req, param_str(req, "path"));
	json_t *options = param_is_given(req, "options")
	    ? param_json_tree(req, "options")
	    : json_object();
	struct error e = { 0 };

	if (!audit_enable(req->vault,
		&(struct audit_spec){ path, param_str(req, "type"),
		    param_str(req, "description"), options,
		    param_bool(req, "local") },
		&e))
		return fail_error(req, &e);
	return reply_none(req);
}

static enum handler_result
sys_audit_disable(struct request *req)
{
	audit_disable(
	    req->vault, mount_path_with_slash(req, param_str(req, "path")));
	return reply_none(req);
}

static enum handler_result
sys_audit_hash(struct request *req)
{
	const char *path = mount_path_with_slash(req, param_str(req, "path"));
	const struct audit_device *d = audit_find(req->vault, path);
	char text[AUDIT_HASH_MAX];

	if (*param_str(req, "input") == '\0')
		return fail(req, 400, "the \"input\" parameter is empty");
	if (!d)
		return fail(req, 400, "unknown audit backend %s",
		    go_quoted(req->arena, path));
	audit_hash(d, param_str(req, "input"), text);
	return reply_data(req, json_pack("{s:s}", "hash", text));
}

const struct route sys_audit_routes[] = {
	{ OP_READ, "sys/audit", R_SUDO | R_INJECT, NULL, sys_audit_list, NULL,
	    "Audit devices" },
	{ OP_WRITE, "sys/audit/{path:more}", R_SUDO, params, sys_audit_enable,
	    NULL, "Enable an audit device" },
	{ OP_DELETE, "sys/audit/{path:more}", R_SUDO, params, sys_audit_disable,
	    NULL, "Disable an audit device" },
	{ OP_WRITE, "sys/audit-hash/{path:more}", R_INJECT, hash_params,
	    sys_audit_hash, NULL, "The hash a device makes of a text" },
	ROUTE_END,
};
