/*
 * alicloud: roles.
 */
#include "auth/config_only/config_only_common.h"

static const struct param alicloud_role_params[] = {
	{ "arn", P_STRING, NULL, "Role of the cloud" },
	OLD_ROLE_PARAMS,
	OLD_CIDR_PARAM,
	TOKEN_PARAMS,
	PARAM_END,
};

static bool
alicloud_role_check(struct config_entry *entry, struct error *e)
{
	return config_has(entry, "arn") ||
	    error_wrap(e, 500, "the arn is required to create a role");
}

static const struct config_entry_type alicloud_role_type = {
	.flags = CONFIG_LOWER_NAME,
	.check = alicloud_role_check,
};
CONFIG_ENTRY_HANDLERS(alicloud_role, &alicloud_role_type)

CONFIG_LIST_HANDLER(alicloud_role_list, "role/")

static const struct route alicloud_routes[] = {
	CONFIG_LOGIN_ROUTE("login", config_only_login),
	{ OP_LIST, "role/?", 0, NULL, alicloud_role_list, NULL,
	    "Names of the roles" },
	{ OP_LIST, "roles/?", 0, NULL, alicloud_role_list, NULL,
	    "Names of the roles" },
	CONFIG_ENTRY_ROUTES(
	    "role/{role}", alicloud_role_params, alicloud_role, "a role"),
	ROUTE_END,
};

CONFIG_ENGINE_PLUGIN(alicloud, "v0.20.0", alicloud_routes);
