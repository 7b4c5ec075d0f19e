/*
 * okta: the configuration, users and groups.
 */
#include "auth/config_only/config_only_common.h"

static const struct param okta_config_params[] = {
	{ "api_token", P_STRING, NULL, "Token for Okta" },
	{ "base_url", P_STRING, NULL, "Domain of Okta" },
	{ "bypass_okta_mfa", P_BOOL, NULL, "Leave Okta's second factor out" },
	{ "org_name", P_STRING, NULL, "Organization" },
	{ "organization", P_STRING, NULL, "Old name of org_name" },
	{ "production", P_BOOL, "false", "Old switch between two domains" },
	{ "token", P_STRING, NULL, "Old name of api_token" },
	OLD_TTL_PARAMS,
	TOKEN_PARAMS,
	PARAM_END,
};

static const struct param okta_user_params[] = {
	{ "groups", P_COMMA_STRINGS, NULL, "Groups" },
	{ "policies", P_COMMA_STRINGS, NULL, "Policies" },
	PARAM_END,
};

static const struct param okta_group_params[] = {
	{ "policies", P_COMMA_STRINGS, NULL, "Policies" },
	PARAM_END,
};

static void
okta_warn_bypass(struct request *req, const json_t *data)
{
	if (json_is_true(json_object_get(data, "bypass_okta_mfa")))
		reply_warn(req,
		    "Okta MFA bypass is configured. In addition to ignoring "
		    "Okta MFA requests, certain other account statuses will "
		    "not be seen, such as PASSWORD_EXPIRED. Authentication "
		    "will succeed in these cases.");
}

/* Vault 1.19: the old name counts only while the new one is empty. */
static bool
okta_config_check(struct config_entry *entry, struct error *e)
{
	if (!config_has(entry, "org_name") &&
	    (!entry->before || param_is_given(entry->req, "organization")))
		json_object_set(entry->data, "org_name",
		    json_object_get(entry->data, "organization"));
	json_object_set(entry->data, "organization",
	    json_object_get(entry->data, "org_name"));
	if (!entry->before && !config_has(entry, "org_name"))
		return error_set(e, 400, "org_name is missing");
	if (!param_is_given(entry->req, "production") &&
	    !json_object_get(entry->before, "production"))
		json_object_del(entry->data, "production");
	if (config_has(entry, "base_url"))
		json_object_del(entry->data, "production");
	okta_warn_bypass(entry->req, entry->data);
	return true;
}

static void
okta_config_show(struct request *req, json_t *data)
{
	static const char *const optional[] = { "base_url", NULL };

	config_drop_empty(data, optional);
	okta_warn_bypass(req, data);
}

static const char *const okta_secrets[] = { "api_token", "token", NULL };

static const struct config_entry_type okta_config_type = {
	.secrets = okta_secrets,
	.check = okta_config_check,
	.show = okta_config_show,
};
CONFIG_SETTINGS_HANDLERS(okta_config, &okta_config_type)

static const struct config_entry_type okta_user_type = {
	.flags = CONFIG_REPLACE,
};
CONFIG_UPDATED_ENTRY_HANDLERS(okta_user, &okta_user_type)

static bool
okta_group_check(struct config_entry *entry, struct error *e)
{
	(void)e;
	config_clean_policies(entry, "policies");
	return true;
}

static const struct config_entry_type okta_group_type = {
	.flags = CONFIG_LOWER_NAME | CONFIG_REPLACE,
	.check = okta_group_check,
};
CONFIG_UPDATED_ENTRY_HANDLERS(okta_group, &okta_group_type)

CONFIG_LIST_HANDLER(okta_user_list, "users/")
CONFIG_LIST_HANDLER(okta_group_list, "groups/")

static const struct route okta_routes[] = {
	CONFIG_LOGIN_ROUTE("login/{username:more}", config_only_login),
	CONFIG_SETTINGS_ROUTES(
	    "config", okta_config_params, okta_config, "the configuration"),
	{ OP_LIST, "users/?", 0, NULL, okta_user_list, NULL,
	    "Names of the users" },
	CONFIG_UPDATED_ENTRY_ROUTES(
	    "users/{name:more}", okta_user_params, okta_user, "a user"),
	{ OP_LIST, "groups/?", 0, NULL, okta_group_list, NULL,
	    "Names of the groups" },
	CONFIG_UPDATED_ENTRY_ROUTES(
	    "groups/{name:more}", okta_group_params, okta_group, "a group"),
	ROUTE_END,
};

CONFIG_ENGINE_IN_TREE(okta, okta_routes);
