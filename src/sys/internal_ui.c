/*
 * sys/internal/ui: what the command line asks before it speaks KV, and what
 * the web page asks.
 */
#include <string.h>

#include "api/reply.h"
#include "api/route.h"
#include "base/text.h"
#include "core/policy/acl.h"
#include "core/mount/mount.h"
#include "sys/mounts/mount_info.h"
#include "sys/route_tables.h"

/* Without a token only what is tuned to be seen by everybody. */
static json_t *
internal_ui_visible_mounts(struct request *req, enum mount_table table)
{
	json_t *all = json_object();

	for (int i = 0; i < mount_count(req->vault, table); i++) {
		struct mount *m = mount_at(req->vault, table, i);
		const char *seen = json_string_value(
		    json_object_get(m->extra_config, "listing_visibility"));

		if (req->token &&
		    acl_has_rule_below(req->vault, req->token, m->path))
			json_object_set_new(
			    all, m->name, mount_info(req->vault, m, true));
		else if (seen && strcmp(seen, "unauth") == 0)
			json_object_set_new(all, m->name,
			    json_pack("{s:s, s:s, s:O?}", "description",
				m->description, "type", m->type, "options",
				m->options));
	}
	return all;
}

static enum handler_result
internal_ui_list_mounts(struct request *req)
{
	if (*req->token_text && !req->token)
		return fail_invalid_token(req);
	return reply_data(req,
	    json_pack("{s:o, s:o}", "auth",
		internal_ui_visible_mounts(req, MOUNT_AUTH), "secret",
		internal_ui_visible_mounts(req, MOUNT_SECRET)));
}

static enum handler_result
internal_ui_read_mount(struct request *req)
{
	const char *path = param_str(req, "path");
	const struct mount *m;
	json_t *info;

	if (*req->token_text == '\0')
		return fail(req, 403, "permission denied");
	if (!req->token)
		return fail_invalid_token(req);
	if (!ends_with(path, "/"))
		path = arena_printf(req->arena, "%s/", path);
	m = mount_for_path(req->vault, path);
	if (!m || !acl_has_rule_below(req->vault, req->token, m->path))
		return fail(req, 403,
		    "preflight capability check returned 403, please ensure "
		    "client's policies grant access to path \"%s\"",
		    path);
	info = mount_info(req->vault, m, true);
	json_object_set_new(info, "path", json_string(m->name));
	return reply_data(req, info);
}

static enum handler_result
internal_ui_resultant_acl(struct request *req)
{
	if (*req->token_text == '\0')
		return fail(req, 403, "permission denied");
	if (!req->token)
		return fail_invalid_token(req);
	return reply_data(req, acl_resultant(req->vault, req->token));
}

static enum handler_result
internal_ui_feature_flags(struct request *req)
{
	return reply_bare(req, 200, json_pack("{s:n}", "feature_flags"));
}

static enum handler_result
internal_ui_namespaces(struct request *req)
{
	if (*req->token_text == '\0')
		return fail(req, 500, "client token empty");
	if (!req->token)
		return fail_invalid_token(req);
	return reply_data(req, json_pack("{s:[s]}", "keys", ""));
}

static const struct param path_params[] = {
	{ "path", P_STRING, NULL, "Any path below a mount" },
	PARAM_END,
};

const struct route sys_internal_ui_routes[] = {
	{ OP_READ, "sys/internal/ui/mounts", R_UNAUTH, NULL,
	    internal_ui_list_mounts, NULL, "Mounts that the caller can see" },
	{ OP_READ, "sys/internal/ui/mounts/{path:more}", R_UNAUTH, path_params,
	    internal_ui_read_mount, NULL, "The mount of a path" },
	{ OP_READ | OP_LIST | OP_WRITE | OP_DELETE | OP_PATCH,
	    "sys/internal/ui/mounts/", R_UNAUTH, NULL, fail_unsupported_path,
	    NULL, "No list" },
	{ OP_READ, "sys/internal/ui/namespaces", R_UNAUTH, NULL,
	    internal_ui_namespaces, NULL, "The one namespace" },
	{ OP_READ, "sys/internal/ui/resultant-acl", 0, NULL,
	    internal_ui_resultant_acl, NULL, "Rights of the caller" },
	ROUTE_END,
};

const struct route sys_feature_flags_routes[] = {
	{ OP_READ, "sys/internal/ui/feature-flags",
	    R_DEDICATED | R_UNAUTH | R_WHILE_SEALED | R_ON_STANDBY, NULL,
	    internal_ui_feature_flags, NULL, "Feature flags" },
	ROUTE_END,
};
