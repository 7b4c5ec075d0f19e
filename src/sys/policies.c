/*
 * sys/policies/acl and the older sys/policy: two spellings of one thing.
 */
#include <stdlib.h>
#include <string.h>

#include "api/reply.h"
#include "api/route.h"
#include "base/go_text.h"
#include "base/text.h"
#include "core/policy/acl.h"
#include "sys/policies.h"
#include "sys/route_tables.h"

/* Stored names and "root" behind them. */
static json_t *
sys_policies_names_json(struct request *req)
{
	json_t *all = json_array();
	struct strs names = strs_in(req->arena);

	policy_list(req->vault, &names);
	strs_add(&names, "root");
	for (size_t i = 0; i < names.n; i++)
		json_array_append_new(all, json_string(names.items[i]));
	return all;
}

static enum handler_result
sys_policies_list_acl(struct request *req)
{
	return reply_data(
	    req, json_pack("{s:o}", "keys", sys_policies_names_json(req)));
}

static enum handler_result
sys_policies_list_legacy(struct request *req)
{
	json_t *names = sys_policies_names_json(req);

	return reply_data(
	    req, json_pack("{s:O, s:o}", "keys", names, "policies", names));
}

/* Vault 1.19: a policy's name is kept in lower case and without white space
 * around it. */
static const char *
sys_policies_clean_name(struct request *req)
{
	return trim_space(arena_strdup(req->arena, param_str(req, "name")));
}

/* The policies that stand by themselves. */
static bool
sys_policies_is_immutable(const char *name)
{
	return strcmp(name, "root") == 0 ||
	    strcmp(name, "response-wrapping") == 0 ||
	    strcmp(name, "control-group") == 0;
}

static enum handler_result
sys_policies_read(struct request *req, const char *key)
{
	char *name = arena_strdup(req->arena, sys_policies_clean_name(req));
	size_t n = strlen(name);
	char *text;
	json_t *data;

	/* Vault 1.19: its cache of policies does not see a slash at the end. */
	while (n > 1 && name[n - 1] == '/')
		name[--n] = '\0';
	text = strcmp(name, "root") == 0 ? xstrdup("")
					 : policy_get(req->vault, name);
	if (!text)
		return reply_none(req);
	data = json_pack("{s:s, s:s}", "name", name, key, text);
	free(text);
	return reply_data(req, data);
}

static enum handler_result
sys_policies_read_acl(struct request *req)
{
	return sys_policies_read(req, "policy");
}

static enum handler_result
sys_policies_read_legacy(struct request *req)
{
	return sys_policies_read(req, "rules");
}

const char *
policy_decode_text(struct request *req, const char *text)
{
	struct buf out;
	const char *result = text;

	buf_init(&out, 0);
	if (base64_decode(&out, text, strlen(text), NULL) && out.n)
		result = arena_strndup(req->arena, out.p, out.n);
	buf_release(&out);
	return result;
}

/* No segment of it is empty, "." or "..". */
static bool
sys_policies_is_name_clean(const char *name)
{
	for (const char *part = name;; part++) {
		size_t n = strcspn(part, "/");

		if (n == 0 || (n == 1 && *part == '.') ||
		    (n == 2 && memcmp(part, "..", 2) == 0))
			return false;
		part += n;
		if (*part == '\0')
			return true;
	}
}

/* Vault 1.19: sys/policy also takes the text as `rules`; a text that cannot be
 * read is refused before the name of a policy that cannot change. */
static enum handler_result
sys_policies_write(struct request *req)
{
	const char *name = sys_policies_clean_name(req);
	const char *text = param_str(req, "policy");
	struct error e = { 0 };

	if (strcmp(param_capture(req, "name"), param_str(req, "name")) != 0)
		reply_warn(req, "policy name was converted to %s",
		    param_str(req, "name"));
	if (*text == '\0' && req->reply.inject) {
		text = param_str(req, "rules");
		reply_warn(req,
		    "'rules' is deprecated, please use 'policy' "
		    "instead");
	}
	if (*text == '\0')
		return fail(
		    req, 400, "'policy' parameter not supplied or empty");
	if (version_has(req->vault, VERSION_POLICY_NAMES_CLEAN) &&
	    !sys_policies_is_name_clean(name))
		return fail(req, 400, "invalid policy name %s",
		    go_quoted(req->arena, name));
	text = policy_decode_text(req, text);
	if (!policy_check(req->vault, text, &e))
		return fail_error(req, &e);
	if (sys_policies_is_immutable(name))
		return fail(req, 400, "cannot update %s policy",
		    go_quoted(req->arena, name));
	policy_put(req->vault, name, text);
	return req->reply.nwarnings ? reply_data(req, NULL) : reply_none(req);
}

static enum handler_result
sys_policies_delete(struct request *req)
{
	const char *name = sys_policies_clean_name(req);

	if (strcmp(name, "default") == 0)
		return fail(req, 400, "cannot delete default policy");
	if (sys_policies_is_immutable(name))
		return fail(req, 400, "cannot delete %s policy",
		    go_quoted(req->arena, name));
	policy_delete(req->vault, name);
	return reply_none(req);
}

static const struct param params[] = {
	{ "name", P_LOWER, NULL, "Name of the policy" },
	{ "policy", P_STRING, NULL, "Its text" },
	{ "rules", P_STRING, NULL, "Old name of policy" },
	PARAM_END,
};

const struct route sys_policies_routes[] = {
	{ OP_LIST, "sys/policies/acl/?", 0, NULL, sys_policies_list_acl, NULL,
	    "Names of ACL policies" },
	{ OP_READ, "sys/policies/acl/{name:more}", 0, params,
	    sys_policies_read_acl, NULL, "One ACL policy" },
	{ OP_WRITE, "sys/policies/acl/{name:more}", 0, params,
	    sys_policies_write, NULL, "Write an ACL policy" },
	{ OP_DELETE, "sys/policies/acl/{name:more}", 0, params,
	    sys_policies_delete, NULL, "Delete an ACL policy" },
	{ OP_READ | OP_LIST, "sys/policy/?", R_INJECT, NULL,
	    sys_policies_list_legacy, NULL, "Names of ACL policies" },
	{ OP_READ, "sys/policy/{name:more}", R_INJECT, params,
	    sys_policies_read_legacy, NULL, "One ACL policy" },
	{ OP_WRITE, "sys/policy/{name:more}", R_INJECT, params,
	    sys_policies_write, NULL, "Write an ACL policy" },
	{ OP_DELETE, "sys/policy/{name:more}", R_INJECT, params,
	    sys_policies_delete, NULL, "Delete an ACL policy" },
	ROUTE_END,
};
