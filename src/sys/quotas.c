/*
 * sys/quotas: rules of rate limits and what holds for all of them.
 */
#include "core/mount/quota.h"

#include <math.h>
#include <string.h>

#include "api/engine.h"
#include "api/reply.h"
#include "base/json/json_tree.h"
#include "base/text.h"
#include "sys/route_tables.h"

static const struct param config_params[] = {
	{ "absolute_rate_limit_exempt_paths", P_STRINGS, NULL,
	    "Paths that no quota of any namespace counts" },
	{ "enable_rate_limit_audit_logging", P_BOOL, NULL,
	    "Tell audit devices of refused requests" },
	{ "enable_rate_limit_response_headers", P_BOOL, NULL,
	    "Add X-Ratelimit headers to answers" },
	{ "rate_limit_exempt_paths", P_STRINGS, NULL,
	    "Paths that no quota counts" },
	PARAM_END,
};

static verdict
config_read(struct request *req)
{
	return reply_data(req, json_deep_copy(quota_config(req->vault)));
}

static json_t *
flag(struct request *req, const char *name)
{
	return json_boolean(par_bool(req, name));
}

/* Vault 1.19: what is not sent goes back to nothing, paths as well. */
static verdict
config_write(struct request *req)
{
	json_t *c = json_object();

	for (const struct param *p = config_params; p->name; p++)
		json_object_set_new(c, p->name,
		    p->type == P_BOOL
			? flag(req, p->name)
			: json_texts(par_list(req, p->name, NULL)));
	quota_config_set(req->vault, c);
	return reply_none(req);
}

static const struct param rule_params[] = {
	{ "block_interval", P_SECONDS, NULL,
	    "How long a client that went over the limit is refused" },
	{ "inheritable", P_BOOL, NULL, "Does it hold in child namespaces?" },
	{ "interval", P_SECONDS, NULL, "What the rate counts in, 1s" },
	{ "name", P_STRING, NULL, "Name of the quota" },
	{ "path", P_STRING, NULL, "A mount, or a path below one; all" },
	{ "rate", P_FLOAT, NULL, "Requests that an interval allows" },
	{ "role", P_STRING, NULL, "Only logins to this role" },
	{ "type", P_STRING, NULL, "rate-limit" },
	PARAM_END,
};

/* Without leading slash, with a trailing one; "" stays. */
static char *
sanitized(struct request *req, const char *path)
{
	if (*path && !ends_with(path, "/"))
		path = arena_printf(req->arena, "%s/", path);
	return arena_strdup(req->arena, path + (*path == '/'));
}

/* mount_id and suffix of the path; a refusal or NULL. */
static verdict
place(struct request *req, struct quota *q, const struct mount **m)
{
	char *path = sanitized(req, par_str(req, "path"));
	size_t n = strlen(path);

	q->suffix = "";
	*m = NULL;
	if (!n)
		return NULL;
	*m = mount_route(req->vault, path);
	if (!*m)
		return fail(req, 400, "invalid mount path \"%s\"", path);
	path[n - 1] = '\0';
	q->mount_id = (*m)->id;
	if (strlen((*m)->path) < n)
		q->suffix = path + strlen((*m)->path);
	return NULL;
}

static verdict
check_role(struct request *req, const struct quota *q, const struct mount *m)
{
	const char *path = m ? m->path : "";

	if (*q->role == '\0')
		return NULL;
	if (*q->suffix)
		return fail(req, 400,
		    "Quotas cannot contain both a path suffix and a role. If "
		    "a role is provided, path must be a valid auth mount with "
		    "a concept of roles");
	if (!m || m->table != MOUNT_AUTH)
		return fail(req, 400,
		    "Mount path \"%s\" is not a valid auth method and "
		    "therefore unsuitable for use with role-based quotas",
		    path);
	if (!quota_role_known(m))
		return fail(req, 400,
		    "Mount path \"%s\" does not support use with role-based "
		    "quotas", path);
	return NULL;
}

/* Vault 1.19 takes a root quota on everything as one for children too. */
static bool
inheritable(struct request *req, const struct quota *q)
{
	return par_given(req, "inheritable") ? par_bool(req, "inheritable")
					     : q->mount_id == 0;
}

static verdict
rule_write(struct request *req)
{
	struct quota q = { .name = par_str(req, "name"),
		.rate = par_float(req, "rate"), .role = par_str(req, "role") };
	const struct quota *alike;
	const struct mount *m;
	verdict v;

	if (!(q.rate > 0) || isinf(q.rate))
		return fail(req, 400, "'rate' is invalid");
	q.interval = par_secs(req, "interval");
	if (q.interval == 0)
		q.interval = 1;
	q.block_interval = par_secs(req, "block_interval");
	if ((v = place(req, &q, &m)) || (v = check_role(req, &q, m)))
		return v;
	q.inheritable = inheritable(req, &q);
	alike = quota_alike(req->vault, &q);
	if (alike && strcmp(alike->name, q.name) != 0)
		return fail(req, 400,
		    "quota rule with similar properties exists under the name "
		    "\"%s\"", alike->name);
	quota_set(req->vault, &q);
	return reply_none(req);
}

/* By hand: a rate is spelled as Go spells a float. */
static verdict
rule_read(struct request *req)
{
	const struct quota *q = quota_find(req->vault, par_str(req, "name"));
	struct buf *out = &req->reply.data;
	const struct mount *m;

	if (!q)
		return reply_none(req);
	m = mount_by_id(req->vault, q->mount_id);
	buf_printf(out,
	    "{\"block_interval\":%lld,\"inheritable\":%s,\"interval\":%lld,"
	    "\"name\":\"%s\",\"path\":",
	    (long long)q->block_interval, q->inheritable ? "true" : "false",
	    (long long)q->interval, q->name);
	jtext_quote_str(out, arena_printf(req->arena, "%s%s",
				 m ? m->path : "", q->suffix));
	buf_str(out, ",\"rate\":");
	jtext_float(out, q->rate);
	buf_str(out, ",\"role\":");
	jtext_quote_str(out, q->role);
	buf_str(out, ",\"type\":\"rate-limit\"}");
	return reply_written(req);
}

static verdict
rule_delete(struct request *req)
{
	quota_remove(req->vault, par_str(req, "name"));
	return reply_none(req);
}

static verdict
rule_list(struct request *req)
{
	int n = quota_count(req->vault);
	char **names = arena_alloc(req->arena,
	    (size_t)(n + 1) * sizeof(*names));

	for (int i = 0; i < n; i++)
		names[i] = arena_strdup(req->arena,
		    quota_at(req->vault, i)->name);
	return reply_keys(req, names, (size_t)n);
}

#define RULES "sys/quotas/rate-limit"
#define RULE RULES "/{name}"

const struct route sys_quotas_routes[] = {
	{ OP_READ, "sys/quotas/config", 0, config_params, config_read, NULL,
	    "What holds for every quota" },
	{ OP_WRITE, "sys/quotas/config", 0, config_params, config_write, NULL,
	    "Change what holds for every quota" },
	{ OP_LIST, RULES "/?", 0, NULL, rule_list, NULL,
	    "Names of the rate limits" },
	{ OP_READ, RULE, 0, rule_params, rule_read, NULL,
	    "Read a rate limit" },
	{ OP_WRITE, RULE, 0, rule_params, rule_write, NULL,
	    "Make or change a rate limit" },
	{ OP_DELETE, RULE, 0, rule_params, rule_delete, NULL,
	    "Remove a rate limit" },
	ROUTE_END,
};
