/*
 * sys/policies/acl and the older sys/policy: two spellings of one thing.
 */
#include <stdlib.h>
#include <string.h>

#include "api/reply.h"
#include "api/route.h"
#include "base/text.h"
#include "core/policy/acl.h"
#include "sys/policies.h"
#include "sys/route_tables.h"

/* Stored names and "root" behind them; the caller frees list and texts. */
static size_t
names_with_root(struct request *req, char ***list)
{
	size_t n = policy_names(req->vault, list);

	*list = xrealloc(*list, (n + 1) * sizeof(char *));
	(*list)[n] = xstrdup("root");
	return n + 1;
}

static json_t *
names_json(struct request *req)
{
	json_t *all = json_array();
	char **list;
	size_t n = names_with_root(req, &list);

	for (size_t i = 0; i < n; i++) {
		json_array_append_new(all, json_string(list[i]));
		free(list[i]);
	}
	free(list);
	return all;
}

static verdict
list_acl(struct request *req)
{
	return reply_data(req, json_pack("{s:o}", "keys", names_json(req)));
}

static verdict
list_old(struct request *req)
{
	json_t *names = names_json(req);

	return reply_data(req,
	    json_pack("{s:O, s:o}", "keys", names, "policies", names));
}

static verdict
read_policy(struct request *req, const char *key)
{
	const char *name = par_str(req, "name");
	char *text = strcmp(name, "root") == 0 ? xstrdup("")
					       : policy_get(req->vault, name);
	json_t *data;

	if (!text)
		return reply_none(req);
	data = json_pack("{s:s, s:s}", "name", name, key, text);
	free(text);
	return reply_data(req, data);
}

static verdict
read_acl(struct request *req)
{
	return read_policy(req, "policy");
}

static verdict
read_old(struct request *req)
{
	return read_policy(req, "rules");
}

const char *
policy_text(struct request *req, const char *text)
{
	struct buf out;
	const char *result = text;

	buf_init(&out, 0);
	if (base64_decode(&out, text, strlen(text), NULL) && out.n)
		result = arena_strndup(req->arena, out.p, out.n);
	buf_release(&out);
	return result;
}

static verdict
write_policy(struct request *req)
{
	const char *name = par_str(req, "name");
	const char *text = par_str(req, "policy");
	const char *asked = capture(req, "name");
	struct error e = { 0 };

	if (*text == '\0' && req->reply.inject &&
	    *par_str(req, "rules")) {
		text = par_str(req, "rules");
		warn(req, "'rules' is deprecated, please use 'policy' "
			  "instead");
	}
	if (*text == '\0')
		return fail(req, 400,
		    "'policy' parameter not supplied or empty");
	if (strcmp(name, "root") == 0 ||
	    strcmp(name, "response-wrapping") == 0 ||
	    strcmp(name, "control-group") == 0)
		return fail(req, 400, "cannot update \"%s\" policy", name);
	if (strcmp(asked, name) != 0)
		warn(req, "policy name was converted to %s", name);
	if (!policy_put(req->vault, name, policy_text(req, text), &e))
		return fail_error(req, &e);
	return req->reply.nwarnings ? reply_data(req, NULL) : reply_none(req);
}

static verdict
delete_policy(struct request *req)
{
	const char *name = par_str(req, "name");

	if (strcmp(name, "default") == 0)
		return fail(req, 400, "cannot delete default policy");
	if (strcmp(name, "root") == 0 ||
	    strcmp(name, "response-wrapping") == 0 ||
	    strcmp(name, "control-group") == 0)
		return fail(req, 400, "cannot delete \"%s\" policy", name);
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
	{ OP_LIST, "sys/policies/acl/?", 0, NULL, list_acl, NULL,
	    "Names of ACL policies" },
	{ OP_READ, "sys/policies/acl/{name:more}", 0, params, read_acl, NULL,
	    "One ACL policy" },
	{ OP_WRITE, "sys/policies/acl/{name:more}", 0, params, write_policy,
	    NULL, "Write an ACL policy" },
	{ OP_DELETE, "sys/policies/acl/{name:more}", 0, params, delete_policy,
	    NULL, "Delete an ACL policy" },
	{ OP_READ | OP_LIST, "sys/policy/?", R_INJECT, NULL, list_old, NULL,
	    "Names of ACL policies" },
	{ OP_READ, "sys/policy/{name:more}", R_INJECT, params, read_old, NULL,
	    "One ACL policy" },
	{ OP_WRITE, "sys/policy/{name:more}", R_INJECT, params, write_policy,
	    NULL, "Write an ACL policy" },
	{ OP_DELETE, "sys/policy/{name:more}", R_INJECT, params, delete_policy,
	    NULL, "Delete an ACL policy" },
	ROUTE_END,
};
