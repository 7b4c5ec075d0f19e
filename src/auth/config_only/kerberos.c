/*
 * kerberos: the configuration, that of its directory, and groups.
 */
#include "auth/config_only/config_only_common.h"

static const struct param kerberos_config_params[] = {
	{ "add_group_aliases", P_BOOL, NULL, "Groups as aliases" },
	{ "keytab", P_STRING, NULL, "Keytab in base64" },
	{ "remove_instance_name", P_BOOL, NULL,
	    "Leave the instance out of names" },
	{ "service_account", P_STRING, NULL, "Service account" },
	PARAM_END,
};

static const struct param kerberos_ldap_params[] = {
	LDAP_DIRECTORY_PARAMS,
	TOKEN_PARAMS,
	PARAM_END,
};

static const struct param kerberos_group_params[] = {
	{ "policies", P_COMMA_STRINGS, NULL, "Policies" },
	PARAM_END,
};

static bool
kerberos_config_check(struct config_entry *entry, struct error *e)
{
	if (!config_has(entry, "service_account"))
		return error_set(
		    e, 400, "data does not contain service_account");
	return config_has(entry, "keytab") ||
	    error_set(e, 400, "data does not contain keytab");
}

static const char *const kerberos_secrets[] = { "keytab", NULL };
static const char *const kerberos_ldap_secrets[] = { "bindpass",
	"client_tls_cert", "client_tls_key", NULL };

/* Vault 1.19: a write keeps nothing of what stood. */
static const struct config_entry_type kerberos_config_type = {
	.flags = CONFIG_REPLACE,
	.secrets = kerberos_secrets,
	.check = kerberos_config_check,
};
CONFIG_UPDATED_SETTINGS_HANDLERS(kerberos_config, &kerberos_config_type)

static const struct config_entry_type kerberos_ldap_type = {
	.secrets = kerberos_ldap_secrets,
	.check = config_check_directory,
};
CONFIG_UPDATED_SETTINGS_HANDLERS(kerberos_ldap, &kerberos_ldap_type)

static bool
kerberos_group_check(struct config_entry *entry, struct error *e)
{
	(void)e;
	config_clean_policies(entry, "policies");
	return true;
}

static const struct config_entry_type kerberos_group_type = {
	.flags = CONFIG_REPLACE,
	.check = kerberos_group_check,
};
CONFIG_UPDATED_ENTRY_HANDLERS(kerberos_group, &kerberos_group_type)

CONFIG_LIST_HANDLER(kerberos_group_list, "groups/")

static const struct route kerberos_routes[] = {
	CONFIG_LOGIN_ROUTE("login", config_only_login),
	CONFIG_UPDATED_SETTINGS_ROUTES("config", kerberos_config_params,
	    kerberos_config, "the configuration"),
	CONFIG_UPDATED_SETTINGS_ROUTES("config/ldap", kerberos_ldap_params,
	    kerberos_ldap, "the directory's configuration"),
	{ OP_LIST, "groups/?", 0, NULL, kerberos_group_list, NULL,
	    "Names of the groups" },
	CONFIG_UPDATED_ENTRY_ROUTES("groups/{name:more}", kerberos_group_params,
	    kerberos_group, "a group"),
	ROUTE_END,
};

CONFIG_ENGINE_PLUGIN(kerberos, "v0.14.0", kerberos_routes);
