/*
 * azure: the configuration and roles.
 */
#include "auth/config_only/config_only_common.h"

#include <ctype.h>
#include <string.h>

#include "api/rotation_params.h"
#include "base/duration.h"
#include "base/go_text.h"

static const struct param azure_config_params[] = {
	{ "tenant_id", P_STRING, NULL, "Tenant" },
	{ "resource", P_STRING, NULL, "Resource" },
	{ "environment", P_STRING, NULL, "Environment" },
	{ "client_id", P_STRING, NULL, "Client id" },
	{ "client_secret", P_STRING, NULL, "Client secret" },
	{ "root_password_ttl", P_SECONDS, "15768000",
	    "Life of the root password" },
	{ "max_retries", P_INT, "3", "Attempts of a call" },
	{ "max_retry_delay", P_SIGNED_DURATION, "60",
	    "Longest delay before a retry" },
	{ "retry_delay", P_SIGNED_DURATION, "4", "First delay before a retry" },
	IDENTITY_TOKEN_PARAMS,
	ROTATION_PARAMS,
	PARAM_END,
};

static const struct param azure_role_params[] = {
	{ "bound_group_ids", P_COMMA_STRINGS, "null", "Groups" },
	{ "bound_locations", P_COMMA_STRINGS, "null", "Locations" },
	{ "bound_resource_groups", P_COMMA_STRINGS, "null", "Resource groups" },
	{ "bound_scale_sets", P_COMMA_STRINGS, "null", "Scale sets" },
	{ "bound_service_principal_ids", P_COMMA_STRINGS, "null",
	    "Service principals" },
	{ "bound_subscription_ids", P_COMMA_STRINGS, "null", "Subscriptions" },
	OLD_ROLE_PARAMS,
	OLD_USES_PARAM,
	TOKEN_PARAMS,
	PARAM_END,
};

/* Vault 1.19: one of three names, in any case. */
static bool
azure_check_environment(const struct config_entry *entry, struct error *e)
{
	static const char *const known[] = { "AZURECHINACLOUD",
		"AZUREPUBLICCLOUD", "AZUREUSGOVERNMENTCLOUD" };
	const char *name = config_str(entry->data, "environment");
	char *upper = arena_strdup(entry->req->arena, name);

	for (char *c = upper; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(known[i], upper) == 0)
			return true;
	return *name == '\0' ||
	    error_wrap(e, 500,
		"err: no cloud configuration matching the name %s",
		go_quoted(entry->req->arena, upper));
}

/* Vault 1.19: bare errors, so 500. */
static bool
azure_config_check(struct config_entry *entry, struct error *e)
{
	static const char *const reset[] = { "root_password_ttl", "max_retries",
		"max_retry_delay", "retry_delay" };

	const char *problem = rotation_params_problem(entry->req);

	if (problem)
		return error_set(e, 400, "%s", problem);
	if (config_has(entry, "identity_token_audience") &&
	    config_has(entry, "client_secret"))
		return error_set(e, 400,
		    "only one of 'client_secret' or 'identity_token_audience' "
		    "can be set");
	if (!config_refuse_identity_token(entry, e))
		return false;
	if (!config_has(entry, "tenant_id"))
		return error_wrap(e, 500, "tenant_id is required");
	if (!config_has(entry, "resource"))
		return error_wrap(e, 500, "resource is required");
	if (!azure_check_environment(entry, e) ||
	    !config_refuse_rotation(entry, e))
		return false;
	/* Vault 1.19: these go back to their defaults with every write. */
	for (size_t i = 0; i < sizeof(reset) / sizeof(*reset); i++)
		if (!param_is_given(entry->req, reset[i]))
			json_object_set_new(entry->data, reset[i],
			    json_integer(i == 1
				    ? param_int(entry->req, reset[i])
				    : param_duration(entry->req, reset[i]) /
					(i == 0 ? 1 : NSEC_PER_SEC)));
	return true;
}

/* Vault 1.19 shows the two delays as Go keeps them, in nanoseconds. */
static void
azure_config_show(struct request *req, json_t *data)
{
	static const char *const delays[] = { "max_retry_delay",
		"retry_delay" };

	(void)req;
	for (int i = 0; i < 2; i++)
		json_object_set_new(data, delays[i],
		    json_integer(duration_from_s(config_int(data, delays[i]))));
}

static const char *const azure_secrets[] = { "client_secret", NULL };

static const struct config_entry_type azure_config_type = {
	.secrets = azure_secrets,
	.check = azure_config_check,
	.show = azure_config_show,
};
CONFIG_ENTRY_HANDLERS(azure_config, &azure_config_type)

static bool
azure_role_check(struct config_entry *entry, struct error *e)
{
	if (!config_check_period(entry,
		"token period of \"%s\" is greater than the backend's maximum "
		"lease TTL of \"%s\"",
		e))
		return false;
	if (config_int(entry->data, "token_num_uses") < 0)
		return error_set(e, 400, "token num uses cannot be negative");
	if (!config_has(entry, "bound_service_principal_ids") &&
	    !config_has(entry, "bound_group_ids") &&
	    !config_has(entry, "bound_subscription_ids") &&
	    !config_has(entry, "bound_resource_groups") &&
	    !config_has(entry, "bound_locations") &&
	    !config_has(entry, "bound_scale_sets"))
		return error_set(e, 400,
		    "must have at least one bound constraint when "
		    "creating/updating a role");
	if (config_ttl_is_above_max(entry))
		return error_set(
		    e, 400, "ttl should not be greater than max_ttl");
	if (config_max_ttl_is_above_mount(entry))
		reply_warn(entry->req,
		    "max_ttl is greater than the system or backend mount's "
		    "maximum TTL value; issued tokens' max TTL value will be "
		    "truncated");
	return true;
}

static const struct config_entry_type azure_role_type = {
	.flags = CONFIG_LOWER_NAME,
	.check = azure_role_check,
};
CONFIG_ENTRY_HANDLERS(azure_role, &azure_role_type)

CONFIG_LIST_HANDLER(azure_role_list, "role/")

static const struct route azure_routes[] = {
	CONFIG_LOGIN_ROUTE("login", config_only_login),
	CONFIG_ENTRY_ROUTES(
	    "config", azure_config_params, azure_config, "the configuration"),
	{ OP_LIST, "role/?", 0, NULL, azure_role_list, NULL,
	    "Names of the roles" },
	CONFIG_ENTRY_ROUTES(
	    "role/{name}", azure_role_params, azure_role, "a role"),
	ROUTE_END,
};

CONFIG_ENGINE_PLUGIN(azure, "v0.20.1", azure_routes);
