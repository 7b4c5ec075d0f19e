/*
 * cf (Cloud Foundry): the configuration and roles.
 */
#include "auth/config_only/config_only_common.h"

static const struct param cf_config_params[] = {
	{ "cf_api_addr", P_STRING, NULL, "API server" },
	{ "cf_api_mutual_tls_certificate", P_STRING, NULL,
	    "Client certificate" },
	{ "cf_api_mutual_tls_key", P_STRING, NULL, "Its key" },
	{ "cf_api_trusted_certificates", P_COMMA_STRINGS, NULL,
	    "CA certificates" },
	{ "cf_client_id", P_STRING, NULL, "Client id" },
	{ "cf_client_secret", P_STRING, NULL, "Client secret" },
	{ "cf_password", P_STRING, NULL, "Password" },
	{ "cf_timeout", P_SECONDS, NULL, "Longest wait" },
	{ "cf_username", P_STRING, NULL, "Name" },
	{ "identity_ca_certificates", P_COMMA_STRINGS, NULL,
	    "CAs of instances" },
	{ "login_max_seconds_not_after", P_SECONDS, "60",
	    "How new a signature must be" },
	{ "login_max_seconds_not_before", P_SECONDS, "300",
	    "How old a signature may be" },
	PARAM_END,
};

static const struct param cf_role_params[] = {
	{ "bound_application_ids", P_COMMA_STRINGS, "null", "Applications" },
	{ "bound_instance_ids", P_COMMA_STRINGS, "null", "Instances" },
	{ "bound_organization_ids", P_COMMA_STRINGS, "null", "Organizations" },
	{ "bound_space_ids", P_COMMA_STRINGS, "null", "Spaces" },
	{ "disable_ip_matching", P_BOOL, NULL, "Addresses need not match" },
	OLD_ROLE_PARAMS,
	OLD_CIDR_PARAM,
	TOKEN_PARAMS,
	PARAM_END,
};

static bool
cf_config_check(struct config_entry *entry, struct error *e)
{
	static const char *const needed[] = { "identity_ca_certificates",
		"cf_api_addr" };

	for (int i = 0; i < 2; i++)
		if (!config_has(entry, needed[i]))
			return error_set(e, 400, "'%s' is required", needed[i]);
	return true;
}

static const char *const cf_secrets[] = { "cf_password", "cf_client_secret",
	"cf_api_mutual_tls_key", NULL };

static const struct config_entry_type cf_config_type = {
	.secrets = cf_secrets,
	.check = cf_config_check,
};
CONFIG_ENTRY_HANDLERS(cf_config, &cf_config_type)

static const struct config_entry_type cf_role_type = {
	.flags = CONFIG_LOWER_NAME,
};
CONFIG_ENTRY_HANDLERS(cf_role, &cf_role_type)

CONFIG_LIST_HANDLER(cf_role_list, "roles/")

static const struct route cf_routes[] = {
	CONFIG_LOGIN_ROUTE("login", config_only_login),
	CONFIG_ENTRY_ROUTES(
	    "config", cf_config_params, cf_config, "the configuration"),
	{ OP_LIST, "roles/?", 0, NULL, cf_role_list, NULL,
	    "Names of the roles" },
	CONFIG_ENTRY_ROUTES("roles/{role}", cf_role_params, cf_role, "a role"),
	ROUTE_END,
};

CONFIG_ENGINE_PLUGIN(cf, "v0.20.0", cf_routes);
