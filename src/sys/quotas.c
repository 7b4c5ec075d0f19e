/*
 * sys/quotas: rules of rate limits and what holds for all of them.
 */
#include "core/mount/quota.h"

#include <math.h>
#include <string.h>

#include "api/engine.h"
#include "api/reply.h"
#include "base/go_text.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "sys/route_tables.h"

static const struct param config_params[] = {
	{ "absolute_rate_limit_exempt_paths",
	    P_VERSION(P_STRINGS, VERSION_QUOTA_ABSOLUTE_EXEMPT), NULL,
	    "Paths that no quota of any namespace counts" },
	{ "enable_rate_limit_audit_logging", P_BOOL, NULL,
	    "Tell audit devices of refused requests" },
	{ "enable_rate_limit_response_headers", P_BOOL, NULL,
	    "Add X-Ratelimit headers to answers" },
	{ "rate_limit_exempt_paths", P_STRINGS, NULL,
	    "Paths that no quota counts" },
	PARAM_END,
};

static enum handler_result
quotas_config_read(struct request *req)
{
	json_t *data = json_deep_copy(quota_config(req->vault));

	params_trim(req->vault, config_params, data);
	return reply_data(req, data);
}

/* Vault 1.19: what is not sent goes back to nothing, paths as well. */
static enum handler_result
quotas_config_write(struct request *req)
{
	json_t *c = json_object();

	for (const struct param *p = config_params; p->name; p++)
		json_object_set_new(c, p->name,
		    PARAM_TYPE(p->type) == P_BOOL
			? json_boolean(param_bool(req, p->name))
			: jsontree_strings(param_strings(req, p->name, NULL)));
	quota_config_set(req->vault, c);
	return reply_none(req);
}

static const struct param rule_params[] = {
	{ "block_interval", P_SECONDS, NULL,
	    "How long a client that went over the limit is refused" },
	{ "group_by", P_VERSION(P_STRING, VERSION_QUOTA_GROUP_BY), NULL,
	    "What requests are counted by" },
	{ "inheritable", P_VERSION(P_BOOL, VERSION_QUOTA_INHERITABLE), NULL,
	    "Does it hold in child namespaces?" },
	{ "interval", P_SECONDS, NULL, "What the rate counts in, 1s" },
	{ "name", P_STRING, NULL, "Name of the quota" },
	{ "path", P_STRING, NULL, "A mount, or a path below one; all" },
	{ "rate", P_FLOAT, NULL, "Requests that an interval allows" },
	{ "role", P_STRING, NULL, "Only logins to this role" },
	{ "secondary_rate", P_VERSION(P_FLOAT, VERSION_QUOTA_GROUP_BY), NULL,
	    "Rate of requests without an entity" },
	{ "type", P_STRING, NULL, "rate-limit" },
	PARAM_END,
};

/* Reads the path into mount_id and suffix; *m is the mount, NULL without a
 * path. */
static bool
quotas_resolve_path(
    struct request *req, struct quota *q, const struct mount **m)
{
	const char *given = param_str(req, "path");
	char *path = arena_printf(req->arena, "%s%s", given + (*given == '/'),
	    *given && !ends_with(given, "/") ? "/" : "");
	size_t n = strlen(path);

	q->suffix = "";
	*m = NULL;
	if (!n)
		return true;
	*m = mount_for_path(req->vault, path);
	if (!*m)
		return refuse(req, 400, "invalid mount path \"%s\"", path);
	path[n - 1] = '\0';
	q->mount_id = (*m)->id;
	if (strlen((*m)->path) < n)
		q->suffix = path + strlen((*m)->path);
	return true;
}

static bool
quotas_check_role(
    struct request *req, const struct quota *q, const struct mount *m)
{
	const char *path = m ? m->path : "";

	if (*q->role == '\0')
		return true;
	if (*q->suffix)
		return refuse(req, 400,
		    "Quotas cannot contain both a path suffix and a role. If "
		    "a role is provided, path must be a valid auth mount with "
		    "a concept of roles");
	if (!m || m->table != MOUNT_AUTH)
		return refuse(req, 400,
		    "Mount path \"%s\" is not a valid auth method and "
		    "therefore unsuitable for use with role-based quotas",
		    path);
	if (!quota_has_roles(m))
		return refuse(req, 400,
		    "Mount path \"%s\" does not support use with role-based "
		    "quotas",
		    path);
	return true;
}

static bool
quotas_check_grouping(struct request *req)
{
	static const char *const enterprise[] = { "none", "entity_then_ip",
		"entity_then_none" };
	const char *mode = param_str(req, "group_by");

	for (size_t i = 0; i < sizeof(enterprise) / sizeof(enterprise[0]); i++)
		if (strcmp(mode, enterprise[i]) == 0)
			return refuse(req, 400,
			    "grouping mode \"%s\" is only available in Vault "
			    "Enterprise",
			    mode);
	return *mode == '\0' || strcmp(mode, "ip") == 0 ||
	    refuse(req, 400, "invalid grouping mode %s",
		go_quoted(req->arena, mode));
}

/* Creates or replaces a rate limit. The checks stand in Vault 1.19's order. */
static enum handler_result
quotas_rule_write(struct request *req)
{
	struct quota q = { .name = param_str(req, "name"),
		.max_requests = param_float(req, "rate"),
		.role = param_str(req, "role") };
	const struct quota *alike;
	const struct mount *m;

	if (!quotas_check_grouping(req))
		return HANDLED;
	if (!(q.max_requests > 0) || isinf(q.max_requests))
		return fail(req, 400, "'rate' is invalid");
	if (param_float(req, "secondary_rate") != 0)
		return fail(req, 400,
		    "secondary rate is only valid when using entity-based "
		    "grouping");
	q.interval_s = param_duration(req, "interval");
	if (q.interval_s == 0)
		q.interval_s = 1;
	q.block_interval_s = param_duration(req, "block_interval");
	if (!quotas_resolve_path(req, &q, &m) || !quotas_check_role(req, &q, m))
		return HANDLED;
	/* Vault 1.19 takes a root quota on everything as one for children
	 * too. */
	q.inheritable = param_is_given(req, "inheritable")
	    ? param_bool(req, "inheritable")
	    : q.mount_id == 0;
	if (param_is_given(req, "inheritable") &&
	    q.inheritable != (q.mount_id == 0))
		return fail(req, 400, "%s",
		    q.inheritable ? "only namespace quotas can be configured "
				    "as inheritable"
				  : "all global quotas must be inheritable");
	alike = quota_find_same(req->vault, &q);
	if (alike && strcmp(alike->name, q.name) != 0)
		return fail(req, 400,
		    "quota rule with similar properties exists under the name "
		    "\"%s\"",
		    alike->name);
	quota_set(req->vault, &q);
	return reply_none(req);
}

/* By hand: a rate is spelled as Go spells a float. */
static enum handler_result
quotas_rule_read(struct request *req)
{
	const struct quota *q = quota_find(req->vault, param_str(req, "name"));
	struct buf *out = &req->reply.data;
	const struct mount *m;

	if (!q)
		return reply_none(req);
	m = mount_by_id(req->vault, q->mount_id);
	buf_printf(
	    out, "{\"block_interval\":%lld,", (long long)q->block_interval_s);
	if (version_has(req->vault, VERSION_QUOTA_GROUP_BY))
		buf_str(out, "\"group_by\":\"ip\",");
	if (version_has(req->vault, VERSION_QUOTA_INHERITABLE))
		buf_printf(out, "\"inheritable\":%s,",
		    q->inheritable ? "true" : "false");
	buf_printf(out, "\"interval\":%lld,\"name\":\"%s\",\"path\":",
	    (long long)q->interval_s, q->name);
	jsontext_quote_str(
	    out, arena_printf(req->arena, "%s%s", m ? m->path : "", q->suffix));
	buf_str(out, ",\"rate\":");
	jsontext_float(out, q->max_requests);
	buf_str(out, ",\"role\":");
	jsontext_quote_str(out, q->role);
	if (version_has(req->vault, VERSION_QUOTA_GROUP_BY))
		buf_str(out, ",\"secondary_rate\":0");
	buf_str(out, ",\"type\":\"rate-limit\"}");
	return reply_written(req);
}

static enum handler_result
quotas_rule_delete(struct request *req)
{
	quota_remove(req->vault, param_str(req, "name"));
	return reply_none(req);
}

static enum handler_result
quotas_rule_list(struct request *req)
{
	struct strs names = strs_in(req->arena);

	for (int i = 0; i < quota_count(req->vault); i++)
		strs_add(&names, quota_at(req->vault, i)->name);
	return reply_keys(req, &names);
}

#define RULES "sys/quotas/rate-limit"
#define RULE RULES "/{name}"

const struct route sys_quotas_routes[] = {
	{ OP_READ, "sys/quotas/config", 0, config_params, quotas_config_read,
	    NULL, "What holds for every quota" },
	{ OP_WRITE, "sys/quotas/config", 0, config_params, quotas_config_write,
	    NULL, "Change what holds for every quota" },
	{ OP_LIST, RULES "/?", 0, NULL, quotas_rule_list, NULL,
	    "Names of the rate limits" },
	{ OP_READ, RULE, 0, rule_params, quotas_rule_read, NULL,
	    "Read a rate limit" },
	{ OP_WRITE, RULE, 0, rule_params, quotas_rule_write, NULL,
	    "Make or change a rate limit" },
	{ OP_DELETE, RULE, 0, rule_params, quotas_rule_delete, NULL,
	    "Remove a rate limit" },
	ROUTE_END,
};
