/*
 * cf (Cloud Foundry): the configuration and roles.
 */
#include "auth/config_only/config_only_common.h"

static const struct param cf_config_params[] = {
	{ "cf_api_addr", P_STRING, NULL, "API server" },
	{ "cf_api_mutual_tls_certificate", P_STRING, NULL,
	    "Client certificate" },
	{ "cf_api_mutual_tls_key", P_STRING, NULL, "Its key" },
	{ "cf_api_trusted_certificates", P_STRINGS, "null", "CA certificates" },
	{ "cf_client_id", P_STRING, NULL, "Client id" },
	{ "cf_client_secret", P_STRING, NULL, "Client secret" },
	{ "cf_password", P_STRING, NULL, "Password" },
	{ "cf_timeout", P_SECONDS, NULL, "Longest wait" },
	{ "cf_username", P_STRING, NULL, "Name" },
	{ "identity_ca_certificates", P_STRINGS, NULL, "CAs of instances" },
	{ "login_max_seconds_not_after", P_INT, "60",
	    "How new a signature must be" },
	{ "login_max_seconds_not_before", P_SECONDS, "300",
	    "How old a signature may be" },
	{ "pcf_api_addr", P_STRING, NULL, "Old name of cf_api_addr" },
	{ "pcf_api_trusted_certificates", P_STRINGS, "null",
	    "Old name of cf_api_trusted_certificates" },
	{ "pcf_password", P_STRING, NULL, "Old name of cf_password" },
	{ "pcf_username", P_STRING, NULL, "Old name of cf_username" },
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

/* The old names count where the new ones are not given, and are not kept. */
static void
cf_take_old_names(struct config_entry *entry)
{
	static const char *const names[] = { "api_addr",
		"api_trusted_certificates", "password", "username" };
	struct arena *a = entry->req->arena;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *cf = arena_printf(a, "cf_%s", names[i]);
		const char *pcf = arena_printf(a, "pcf_%s", names[i]);

		if (param_is_given(entry->req, pcf) &&
		    !param_is_given(entry->req, cf))
			json_object_set(
			    entry->data, cf, json_object_get(entry->data, pcf));
		json_object_del(entry->data, pcf);
	}
}

/* Vault 1.19: only a new configuration is checked. */
static bool
cf_config_check(struct config_entry *entry, struct error *e)
{
	cf_take_old_names(entry);
	json_object_set_new(entry->data, "version", json_integer(1));
	if (entry->before)
		return true;
	if (!config_has(entry, "identity_ca_certificates"))
		return error_set(
		    e, 400, "'identity_ca_certificates' is required");
	if (!param_is_given(entry->req, "cf_api_addr") &&
	    !param_is_given(entry->req, "pcf_api_addr"))
		return error_set(e, 400, "'cf_api_addr' is required");
	if (!config_has(entry, "cf_username") &&
	    !config_has(entry, "cf_client_id"))
		return error_set(
		    e, 400, "'cf_username' or 'cf_client_id' is required");
	if (!config_has(entry, "cf_password") &&
	    !config_has(entry, "cf_client_secret"))
		return error_set(
		    e, 400, "'cf_password' or 'cf_client_secret' is required");
	return config_has(entry, "cf_api_mutual_tls_certificate") ==
	    config_has(entry, "cf_api_mutual_tls_key") ||
	    error_set(e, 400,
		"both 'cf_api_mutual_tls_certificate' and "
		"'cf_api_mutual_tls_key' must be set if one is set");
}

static const char *const cf_secrets[] = { "cf_password", "cf_client_secret",
	"cf_api_mutual_tls_key", NULL };

static const struct config_entry_type cf_config_type = {
	.secrets = cf_secrets,
	.check = cf_config_check,
};
CONFIG_UPDATED_ENTRY_HANDLERS(cf_config, &cf_config_type)

static const struct config_entry_type cf_role_type = {
	.flags = CONFIG_LOWER_NAME,
};
CONFIG_ENTRY_HANDLERS(cf_role, &cf_role_type)

CONFIG_LIST_HANDLER(cf_role_list, "roles/")

static const struct route cf_routes[] = {
	CONFIG_LOGIN_ROUTE("login", config_only_login),
	CONFIG_UPDATED_ENTRY_ROUTES(
	    "config", cf_config_params, cf_config, "the configuration"),
	{ OP_LIST, "roles/?", 0, NULL, cf_role_list, NULL,
	    "Names of the roles" },
	CONFIG_ENTRY_ROUTES("roles/{role}", cf_role_params, cf_role, "a role"),
	ROUTE_END,
};

CONFIG_ENGINE_PLUGIN(cf, "v0.20.0", cf_routes);
