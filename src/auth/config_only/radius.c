/*
 * radius: the configuration and users.
 */
#include "auth/config_only/config_only_common.h"

#include <string.h>

#include "base/json/jsontree.h"
#include "base/text.h"

static const struct param radius_config_params[] = {
	{ "dial_timeout", P_SECONDS, "10", "Longest wait for a connection" },
	{ "host", P_STRING, NULL, "Server" },
	{ "nas_identifier", P_STRING, NULL, "NAS-Identifier" },
	{ "nas_port", P_INT, "10", "NAS-Port" },
	{ "port", P_INT, "1812", "Port" },
	{ "read_timeout", P_SECONDS, "10", "Longest wait for an answer" },
	{ "secret", P_STRING, NULL, "Shared secret" },
	TOKEN_PARAMS,
	{ "unregistered_user_policies", P_STRING, NULL,
	    "Policies of users not kept here" },
	PARAM_END,
};

static const struct param radius_user_params[] = {
	{ "policies", P_COMMA_STRINGS, NULL, "Policies" },
	PARAM_END,
};

#define RADIUS_NO_ROOT "root policy cannot be granted by an auth method"

static bool
radius_config_check(struct config_entry *entry, struct error *e)
{
	struct request *req = entry->req;
	char *host = arena_strdup(req->arena, config_str(entry->data, "host"));
	struct strs policies;

	lower_ascii(host);
	json_object_set_new(entry->data, "host", json_string(host));
	if (*host == '\0')
		return error_set(
		    e, 400, "config parameter `host` cannot be empty");
	if (!config_has(entry, "secret"))
		return error_set(
		    e, 400, "config parameter `secret` cannot be empty");
	if (entry->before && !param_is_given(req, "unregistered_user_policies"))
		return true;
	strs_init(&policies, req->arena);
	if (*trim_space(arena_strdup(
		req->arena, param_str(req, "unregistered_user_policies"))))
		strs_split(&policies,
		    param_str(req, "unregistered_user_policies"), ',');
	json_object_set_new(entry->data, "unregistered_user_policies",
	    jsontree_strings(policies.items));
	return !strs_has(&policies, "root") ||
	    error_set(e, 400, RADIUS_NO_ROOT);
}

static const char *const radius_secrets[] = { "secret", NULL };

static const struct config_entry_type radius_config_type = {
	.secrets = radius_secrets,
	.check = radius_config_check,
};
CONFIG_SETTINGS_HANDLERS(radius_config, &radius_config_type)

static bool
radius_user_check(struct config_entry *entry, struct error *e)
{
	config_clean_policies(entry, "policies");
	return !config_list_has(entry, "policies", "root") ||
	    error_set(e, 400, RADIUS_NO_ROOT);
}

static const struct config_entry_type radius_user_type = {
	.flags = CONFIG_REPLACE,
	.check = radius_user_check,
};
CONFIG_ENTRY_HANDLERS(radius_user, &radius_user_type)

CONFIG_LIST_HANDLER(radius_user_list, "users/")

static const struct route radius_routes[] = {
	CONFIG_LOGIN_ROUTE("login", config_only_login),
	CONFIG_LOGIN_ROUTE("login/{urlusername:more}", config_only_login),
	CONFIG_SETTINGS_ROUTES(
	    "config", radius_config_params, radius_config, "the configuration"),
	{ OP_LIST, "users/?", 0, NULL, radius_user_list, NULL,
	    "Names of the users" },
	CONFIG_ENTRY_ROUTES(
	    "users/{name:more}", radius_user_params, radius_user, "a user"),
	ROUTE_END,
};

CONFIG_ENGINE_IN_TREE(radius, radius_routes);
