/*
 * ldap: the configuration, users and groups.
 */
#include "auth/config_only/config_only_common.h"

#include <string.h>

#include "api/rotation_params.h"
#include "base/json/jsontree.h"
#include "base/text.h"

static const struct param ldap_config_params[] = {
	LDAP_DIRECTORY_PARAMS,
	ROTATION_PARAMS,
	{ "password_policy", P_STRING, NULL, "Policy of new passwords" },
	TOKEN_PARAMS,
	PARAM_END,
};

static const struct param ldap_user_params[] = {
	{ "groups", P_COMMA_STRINGS, NULL, "Groups" },
	{ "policies", P_COMMA_STRINGS, NULL, "Policies" },
	PARAM_END,
};

static const struct param ldap_group_params[] = {
	{ "policies", P_COMMA_STRINGS, NULL, "Policies" },
	PARAM_END,
};

/* "tls10" is 0; -1 for what is none. */
static int
ldap_tls_version(const char *name)
{
	static const char *const names[] = { "tls10", "tls11", "tls12",
		"tls13" };

	for (int i = 0; i < 4; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return -1;
}

static void
ldap_lower_fields(struct config_entry *entry)
{
	static const char *const names[] = { "url", "userattr" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *text = arena_strdup(
		    entry->req->arena, config_str(entry->data, names[i]));

		lower_ascii(text);
		json_object_set_new(entry->data, names[i], json_string(text));
	}
}

/* The first block of the server's CA; both parts of the client's pair. */
static bool
ldap_check_certificates(const struct config_entry *entry, struct error *e)
{
	const char *ca = config_str(entry->data, "certificate");

	if (*ca && !starts_with(ca, "-----BEGIN CERTIFICATE-----"))
		ca = strstr(ca, "\n-----BEGIN CERTIFICATE-----");
	if (!ca || (*ca && !strstr(ca, "-----END CERTIFICATE-----")))
		return error_set(e, 400,
		    "failed to parse server tls cert: failed to decode PEM "
		    "block in the certificate");
	if (*ca && !config_is_certificate(ca))
		return error_set(e, 400,
		    "failed to parse server tls cert: failed to parse "
		    "certificate x509: malformed certificate");
	return config_has(entry, "client_tls_cert") ==
	    config_has(entry, "client_tls_key") ||
	    error_set(
		e, 400, "both client_tls_cert and client_tls_key must be set");
}

bool
config_check_directory(struct config_entry *entry, struct error *e)
{
	int least = ldap_tls_version(
	    config_str(entry->data, "tls_min_version"));
	int most = ldap_tls_version(config_str(entry->data, "tls_max_version"));

	ldap_lower_fields(entry);
	if (!ldap_check_certificates(entry, e))
		return false;
	if (least < 0)
		return error_set(e, 400, "invalid 'tls_min_version'");
	if (most < 0)
		return error_set(e, 400, "invalid 'tls_max_version'");
	return most >= least ||
	    error_set(e, 400,
		"'tls_max_version' must be greater than or equal to "
		"'tls_min_version'");
}

/* Vault 1.19: a filter that does not ask for the user's attribute is taken, and
 * warned of when it is written and when it is read. */
static void
ldap_warn_filter(struct request *req, json_t *data)
{
	const char *filter = config_str(data, "userfilter");

	if (*filter && !strstr(filter, "{{.UserAttr}}") &&
	    !strstr(filter, config_str(data, "userattr")))
		reply_warn(req,
		    "userfilter configured does not consider userattr and may "
		    "result in colliding entity aliases on logins");
}

static bool
ldap_config_check(struct config_entry *entry, struct error *e)
{
	const char *problem = rotation_params_problem(entry->req);

	if (!config_check_directory(entry, e))
		return false;
	if (problem)
		return error_wrap(e, 500, "%s", problem);
	if (!config_refuse_rotation(entry, e))
		return false;
	ldap_warn_filter(entry->req, entry->data);
	return true;
}

static const char *const ldap_secrets[] = { "bindpass", "client_tls_cert",
	"client_tls_key", NULL };

static const struct config_entry_type ldap_config_type = {
	.flags = CONFIG_DEFAULTS,
	.secrets = ldap_secrets,
	.check = ldap_config_check,
	.show = ldap_warn_filter,
};
CONFIG_UPDATED_SETTINGS_HANDLERS(ldap_config, &ldap_config_type)

static bool
ldap_keeps_case(struct request *req)
{
	json_t *config = config_entry_load(req, "config");
	bool keeps = json_is_true(
	    json_object_get(config, "case_sensitive_names"));

	json_decref(config);
	return keeps;
}

/* Groups are kept sorted, each once, in lower case unless the configuration
 * says otherwise; and shown as one text. */
static bool
ldap_user_check(struct config_entry *entry, struct error *e)
{
	struct arena *a = entry->req->arena;
	char **groups = jsontree_to_strings(
	    a, json_object_get(entry->data, "groups"));
	bool keeps = ldap_keeps_case(entry->req);
	struct strs clean;

	(void)e;
	strs_init(&clean, a);
	for (; groups && *groups; groups++) {
		if (!keeps)
			lower_ascii(*groups);
		if (**groups)
			strs_add(&clean, *groups);
	}
	strs_sort_unique(&clean);
	json_object_set_new(
	    entry->data, "groups", jsontree_strings(clean.items));
	config_clean_policies(entry, "policies");
	return true;
}

static void
ldap_user_show(struct request *req, json_t *data)
{
	char **groups = jsontree_to_strings(
	    req->arena, json_object_get(data, "groups"));

	json_object_set_new(
	    data, "groups", json_string(strs_join(req->arena, groups, ",")));
}

static bool
ldap_group_check(struct config_entry *entry, struct error *e)
{
	(void)e;
	config_clean_policies(entry, "policies");
	return true;
}

/* Users and groups by names of any case, and by names in lower case. */
static const struct config_entry_type ldap_user_types[] = {
	{ .flags = CONFIG_REPLACE | CONFIG_LOWER_NAME,
	    .check = ldap_user_check,
	    .show = ldap_user_show },
	{ .flags = CONFIG_REPLACE,
	    .check = ldap_user_check,
	    .show = ldap_user_show },
};
static const struct config_entry_type ldap_group_types[] = {
	{ .flags = CONFIG_REPLACE | CONFIG_LOWER_NAME,
	    .check = ldap_group_check },
	{ .flags = CONFIG_REPLACE, .check = ldap_group_check },
};

CONFIG_UPDATED_ENTRY_HANDLERS(ldap_user, &ldap_user_types[ldap_keeps_case(req)])
CONFIG_UPDATED_ENTRY_HANDLERS(
    ldap_group, &ldap_group_types[ldap_keeps_case(req)])
CONFIG_LIST_HANDLER(ldap_user_list, "users/")
CONFIG_LIST_HANDLER(ldap_group_list, "groups/")

static const struct route ldap_routes[] = {
	CONFIG_LOGIN_ROUTE("login/{username:more}", config_only_login),
	CONFIG_UPDATED_SETTINGS_ROUTES(
	    "config", ldap_config_params, ldap_config, "the configuration"),
	{ OP_LIST, "users/?", 0, NULL, ldap_user_list, NULL,
	    "Names of the users" },
	CONFIG_UPDATED_ENTRY_ROUTES(
	    "users/{name:more}", ldap_user_params, ldap_user, "a user"),
	{ OP_LIST, "groups/?", 0, NULL, ldap_group_list, NULL,
	    "Names of the groups" },
	CONFIG_UPDATED_ENTRY_ROUTES(
	    "groups/{name:more}", ldap_group_params, ldap_group, "a group"),
	ROUTE_END,
};

CONFIG_ENGINE_IN_TREE(ldap, ldap_routes);
