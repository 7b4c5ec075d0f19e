/*
 * github: the configuration, and the maps of teams and users to policies.
 */
#include "auth/config_only/config_only_common.h"

#include "base/text.h"

static const struct param github_config_params[] = {
	{ "base_url", P_STRING, NULL, "Endpoint of the API" },
	{ "organization", P_STRING, NULL, "Organization" },
	{ "organization_id", P_INT, NULL, "Its number" },
	OLD_TTL_PARAMS,
	TOKEN_PARAMS,
	PARAM_END,
};

static const struct param github_map_params[] = {
	{ "value", P_STRING, NULL, "Policies" },
	PARAM_END,
};

/* Vault 1.19 asks GitHub for the organization's number when it is not given;
 * here it stays 0. */
static bool
github_config_check(struct config_entry *entry, struct error *e)
{
	const char *url = config_str(entry->data, "base_url");

	if (!config_has(entry, "organization"))
		return error_set(
		    e, 400, "organization is a required parameter");
	if (param_is_given(entry->req, "base_url") && !ends_with(url, "/"))
		json_object_set_new(entry->data, "base_url",
		    json_string(arena_printf(entry->req->arena, "%s/", url)));
	return true;
}

static const struct config_entry_type github_config_type = {
	.check = github_config_check,
};
CONFIG_UPDATED_SETTINGS_HANDLERS(github_config, &github_config_type)

/* Vault 1.19: a map keeps the request's fields, the name among them. */
static bool
github_map_check(struct config_entry *entry, struct error *e)
{
	(void)e;
	if (!param_is_given(entry->req, "value"))
		json_object_del(entry->data, "value");
	json_object_set_new(
	    entry->data, "key", json_string(param_capture(entry->req, "key")));
	return true;
}

static const struct config_entry_type github_map_type = {
	.flags = CONFIG_REPLACE | CONFIG_LOWER_NAME,
	.check = github_map_check,
};

/* Vault 1.19: a name that nothing is mapped to reads as null. */
static enum handler_result
github_map_read(struct request *req)
{
	return config_entry_exists(req, &github_map_type)
	    ? config_entry_read(req, &github_map_type)
	    : reply_text(req, SLICE("null"));
}

static enum handler_result
github_map_write(struct request *req)
{
	return config_entry_write(req, &github_map_type);
}

static bool
github_map_exists(struct request *req)
{
	return config_entry_exists(req, &github_map_type);
}

static enum handler_result
github_map_delete(struct request *req)
{
	return config_entry_delete(req, &github_map_type);
}

CONFIG_LIST_HANDLER(github_team_list, "map/teams/")
CONFIG_LIST_HANDLER(github_user_list, "map/users/")

static enum handler_result
github_login(struct request *req)
{
	json_t *config = config_entry_load(req, "config");

	json_decref(config);
	return config ? config_only_login(req)
		      : fail(req, 400, "configuration has not been set");
}

#define GITHUB_MAP_ROUTES(path, list, help)                                    \
	{ OP_LIST | OP_READ, path "/?", 0, NULL, list, NULL,                   \
		"Names of the " help },                                        \
	    { OP_READ, path "/{key}", 0, github_map_params, github_map_read,   \
		    NULL, "Policies of one of the " help },                    \
	    { OP_WRITE, path "/{key}", 0, github_map_params, github_map_write, \
		    github_map_exists, "Map one of the " help },               \
	{                                                                      \
		OP_DELETE, path "/{key}", 0, github_map_params,                \
		    github_map_delete, NULL, "Forget one of the " help         \
	}

static const struct route github_routes[] = {
	CONFIG_LOGIN_ROUTE("login", github_login),
	CONFIG_UPDATED_SETTINGS_ROUTES(
	    "config", github_config_params, github_config, "the configuration"),
	GITHUB_MAP_ROUTES("map/teams", github_team_list, "teams"),
	GITHUB_MAP_ROUTES("map/users", github_user_list, "users"),
	ROUTE_END,
};

CONFIG_ENGINE_IN_TREE(github, github_routes);
