/*
 * oci: the configuration and roles.
 */
#include "auth/config_only/config_only_common.h"

static const struct param oci_config_params[] = {
	{ "home_tenancy_id", P_STRING, NULL, "Home tenancy" },
	PARAM_END,
};

static const struct param oci_role_params[] = {
	{ "ocid_list", P_COMMA_STRINGS, NULL, "Groups of the tenancy" },
	TOKEN_PARAMS,
	PARAM_END,
};

static bool
oci_config_check(struct config_entry *entry, struct error *e)
{
	return config_has(entry, "home_tenancy_id") ||
	    error_set(e, 400, "Missing homeTenancyId");
}

static const struct config_entry_type oci_config_type = {
	.check = oci_config_check,
};
CONFIG_ENTRY_HANDLERS(oci_config, &oci_config_type)

static const struct config_entry_type oci_role_type = {
	.flags = CONFIG_LOWER_NAME,
};
CONFIG_ENTRY_HANDLERS(oci_role, &oci_role_type)

CONFIG_LIST_HANDLER(oci_role_list, "role/")

static const struct route oci_routes[] = {
	CONFIG_LOGIN_ROUTE("login/{role:more}", config_only_login),
	CONFIG_ENTRY_ROUTES(
	    "config", oci_config_params, oci_config, "the configuration"),
	{ OP_LIST, "role/?", 0, NULL, oci_role_list, NULL,
	    "Names of the roles" },
	CONFIG_ENTRY_ROUTES("role/{role}", oci_role_params, oci_role, "a role"),
	ROUTE_END,
};

CONFIG_ENGINE_PLUGIN(oci, "v0.18.0", oci_routes);
