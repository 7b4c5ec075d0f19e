/*
 * sys/capabilities, -self and -accessor.
 */
#include "api/reply.h"
#include "api/route.h"
#include "core/policy/acl.h"
#include "core/token/token.h"
#include "sys/route_tables.h"

static json_t *
capabilities_on_path(
    struct request *req, const struct token *t, const char *path)
{
	const char *names[10];
	json_t *list = json_array();
	int n = acl_capability_names(
	    acl_capabilities(req->vault, t, *path == '/' ? path + 1 : path),
	    names);

	for (int i = 0; i < n; i++)
		json_array_append_new(list, json_string(names[i]));
	return list;
}

static enum handler_result
capabilities_reply(struct request *req, const struct token *t)
{
	int n;
	char **paths = param_strings(req, "paths", &n);
	json_t *data = json_object();

	if (n == 0)
		paths = param_strings(req, "path", &n);
	for (int i = 0; i < n; i++)
		if (paths[i][0] == '\0') {
			json_decref(data);
			return fail_wrapped(req, 500, "missing path");
		}
	for (int i = 0; i < n; i++)
		json_object_set_new(
		    data, paths[i], capabilities_on_path(req, t, paths[i]));
	if (n == 1)
		json_object_set(
		    data, "capabilities", json_object_get(data, paths[0]));
	return reply_data(req, data);
}

/* False: refused. */
static bool
capabilities_has_paths(struct request *req)
{
	int a, b;

	param_strings(req, "paths", &a);
	param_strings(req, "path", &b);
	if (a || b)
		return true;
	return refuse(req, 400, "paths must be supplied");
}

static enum handler_result
capabilities_self(struct request *req)
{
	return capabilities_has_paths(req) ? capabilities_reply(req, req->token)
					   : HANDLED;
}

/* Vault 1.19: that a token is given is judged before the paths, whether there
 * is one behind them. */
static enum handler_result
capabilities_token(struct request *req)
{
	const char *text = param_str(req, "token");
	enum handler_result v;
	struct token *t;

	if (*text == '\0')
		return fail_wrapped(req, 500, "no token found");
	if (!capabilities_has_paths(req))
		return HANDLED;
	t = token_lookup(req->vault, text);
	if (!t)
		return fail_wrapped(req, 400, "invalid token");
	v = capabilities_reply(req, t);
	token_unref(t);
	return v;
}

/* Vault 1.19: an accessor is looked up before the paths are judged. */
static enum handler_result
capabilities_accessor(struct request *req)
{
	const char *accessor = param_str(req, "accessor");
	struct token *t;
	enum handler_result v;

	if (*accessor == '\0')
		return fail(req, 400, "missing accessor");
	t = token_by_accessor(req->vault, accessor);
	if (!t)
		return fail_wrapped(req, 400, "invalid accessor");
	v = capabilities_has_paths(req) ? capabilities_reply(req, t) : HANDLED;
	token_unref(t);
	return v;
}

#define PATHS                                                        \
	{ "path", P_COMMA_STRINGS, NULL, "Old name of paths" },      \
	{                                                            \
		"paths", P_COMMA_STRINGS, NULL, "Paths to ask about" \
	}

static const struct param params[] = {
	{ "accessor", P_STRING, NULL, "Accessor of the token" },
	PATHS,
	{ "token", P_STRING, NULL, "The token" },
	PARAM_END,
};

const struct route sys_capabilities_routes[] = {
	{ OP_WRITE, "sys/capabilities", R_INJECT, params, capabilities_token,
	    NULL, "What a token may do" },
	{ OP_WRITE, "sys/capabilities-accessor", R_INJECT, params,
	    capabilities_accessor, NULL,
	    "What the token of an accessor may do" },
	{ OP_WRITE, "sys/capabilities-self", R_INJECT, params,
	    capabilities_self, NULL, "What the own token may do" },
	ROUTE_END,
};
