/*
 * kubernetes: the configuration and roles.
 */
#include "auth/config_only/config_only_common.h"

#include <string.h>

#include "auth/login.h"
#include "base/pem.h"

static const struct param kubernetes_config_params[] = {
	{ "disable_iss_validation", P_BOOL, "true", "Do not check the issuer" },
	{ "disable_local_ca_jwt", P_BOOL, NULL,
	    "Do not use the pod's own files" },
	{ "issuer", P_STRING, NULL, "Issuer" },
	{ "kubernetes_ca_cert", P_STRING, NULL, "CA certificate" },
	{ "kubernetes_host", P_STRING, NULL, "API server" },
	{ "pem_keys", P_COMMA_STRINGS, NULL, "Public keys" },
	{ "token_reviewer_jwt", P_STRING, NULL, "JWT to review tokens with" },
	{ "use_annotations_as_alias_metadata", P_BOOL, NULL,
	    "Annotations for the alias" },
	PARAM_END,
};

static const struct param kubernetes_role_params[] = {
	{ "alias_name_source", P_STRING, "\"serviceaccount_uid\"",
	    "What names an alias" },
	{ "audience", P_STRING, NULL, "Audience" },
	{ "bound_service_account_names", P_COMMA_STRINGS, NULL,
	    "Service accounts" },
	{ "bound_service_account_namespace_selector", P_STRING, NULL,
	    "Selector of namespaces" },
	{ "bound_service_account_namespaces", P_COMMA_STRINGS, NULL,
	    "Namespaces" },
	OLD_ROLE_PARAMS,
	OLD_CIDR_PARAM,
	OLD_USES_PARAM,
	TOKEN_PARAMS,
	PARAM_END,
};

#define KUBERNETES_LOCAL_CA \
	"/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"

/* Vault 1.19: any PEM block will do for a CA. Here its inside is not looked at:
 * the placeholders of examples are taken. */
static bool
kubernetes_has_pem(const char *text)
{
	const char *begin = strstr(text, "-----BEGIN ");

	return begin && strstr(begin, "-----END ");
}

/* A public key, or a certificate with one, of RSA or ECDSA. */
static bool
kubernetes_is_key(const char *text)
{
	EVP_PKEY *key = pem_public_key(text);
	X509 *cert;
	int type;

	if (!key) {
		cert = pem_certificate(text);
		key = cert ? X509_get_pubkey(cert) : NULL;
		X509_free(cert);
	}
	type = key ? EVP_PKEY_base_id(key) : EVP_PKEY_NONE;
	EVP_PKEY_free(key);
	return type == EVP_PKEY_RSA || type == EVP_PKEY_EC;
}

static bool
kubernetes_check_keys(const struct config_entry *entry, struct error *e)
{
	const json_t *keys = json_object_get(entry->data, "pem_keys");

	for (size_t i = 0; i < json_array_size(keys); i++)
		if (!kubernetes_is_key(
			json_string_value(json_array_get(keys, i))))
			return error_set(e, 400,
			    "data does not contain any valid RSA or ECDSA "
			    "public keys");
	return true;
}

/* A host, and a CA or the word that none is needed. */
static bool
kubernetes_config_check(struct config_entry *entry, struct error *e)
{
	const json_t *local = json_object_get(
	    entry->data, "disable_local_ca_jwt");

	if (!config_has(entry, "kubernetes_host"))
		return error_set(e, 400, "no host provided");
	if (config_has(entry, "kubernetes_ca_cert") &&
	    !kubernetes_has_pem(config_str(entry->data, "kubernetes_ca_cert")))
		return error_set(e, 400,
		    "The provided CA PEM data contains no valid certificates");
	if (!kubernetes_check_keys(entry, e))
		return false;
	/* Vault 1.19 falls back to a file that is not there outside a pod. */
	if (!json_is_true(local) && !config_has(entry, "kubernetes_ca_cert"))
		return error_set(e, 400,
		    "open " KUBERNETES_LOCAL_CA ": no such file or directory");
	return true;
}

static void
kubernetes_config_show(struct request *req, json_t *data)
{
	(void)req;
	json_object_set_new(data, "token_reviewer_jwt_set",
	    json_boolean(*config_str(data, "token_reviewer_jwt")));
}

static const char *const kubernetes_secrets[] = { "token_reviewer_jwt", NULL };

static const struct config_entry_type kubernetes_config_type = {
	.flags = CONFIG_REPLACE,
	.secrets = kubernetes_secrets,
	.check = kubernetes_config_check,
	.show = kubernetes_config_show,
};
CONFIG_UPDATED_SETTINGS_HANDLERS(kubernetes_config, &kubernetes_config_type)

/* Vault 1.19: "*" stands alone. */
static bool
kubernetes_check_star(
    const struct config_entry *entry, const char *field, struct error *e)
{
	return json_array_size(json_object_get(entry->data, field)) <= 1 ||
	    !config_list_has(entry, field, "*") ||
	    error_set(e, 400, "can not mix \"*\" with values");
}

/* A role needs accounts and namespaces. Vault 1.19: the selector goes when a
 * write does not name it. */
static bool
kubernetes_role_check(struct config_entry *entry, struct error *e)
{
	const char *source = config_str(entry->data, "alias_name_source");

	if (!config_check_period(entry,
		"token period of '\"%s\"' is greater than the backend's "
		"maximum lease TTL of '\"%s\"'",
		e))
		return false;
	if (config_ttl_is_above_max(entry))
		return error_set(e, 400,
		    "token ttl should not be greater than token max ttl");
	if (config_max_ttl_is_above_mount(entry))
		reply_warn(entry->req,
		    "max_ttl is greater than the system or backend mount's "
		    "maximum TTL value; issued tokens' max TTL value will be "
		    "truncated");
	if (!config_has(entry, "bound_service_account_names"))
		return error_set(
		    e, 400, "\"bound_service_account_names\" can not be empty");
	if (!kubernetes_check_star(entry, "bound_service_account_names", e))
		return false;
	if (!param_is_given(
		entry->req, "bound_service_account_namespace_selector"))
		json_object_set_new(entry->data,
		    "bound_service_account_namespace_selector",
		    json_string(""));
	if (!config_has(entry, "bound_service_account_namespaces") &&
	    !config_has(entry, "bound_service_account_namespace_selector"))
		return error_set(e, 400,
		    "\"bound_service_account_namespaces\" can not be empty if "
		    "\"bound_service_account_namespace_selector\" is not set");
	if (!kubernetes_check_star(
		entry, "bound_service_account_namespaces", e))
		return false;
	if (version_has(entry->req->vault, VERSION_KUBERNETES_AUDIENCE) &&
	    !config_has(entry, "audience"))
		return error_set(e, 400, "\"audience\" can not be empty");
	if (*source == '\0')
		json_object_set_new(entry->data, "alias_name_source",
		    json_string("serviceaccount_uid"));
	return *source == '\0' || strcmp(source, "serviceaccount_uid") == 0 ||
	    strcmp(source, "serviceaccount_name") == 0 ||
	    error_set(e, 400,
		"invalid alias_name_source, must be one of: "
		"serviceaccount_uid, serviceaccount_name");
}

static void
kubernetes_role_show(struct request *req, json_t *data)
{
	static const char *const optional[] = { "audience", NULL };

	(void)req;
	config_drop_empty(data, optional);
}

static const struct config_entry_type kubernetes_role_type = {
	.flags = CONFIG_LOWER_NAME,
	.check = kubernetes_role_check,
	.show = kubernetes_role_show,
};
CONFIG_ENTRY_HANDLERS(kubernetes_role, &kubernetes_role_type)

CONFIG_LIST_HANDLER(kubernetes_role_list, "role/")

static bool
kubernetes_has(struct request *req, const char *path)
{
	json_t *entry = config_entry_load(req, path);

	json_decref(entry);
	return entry != NULL;
}

/* What Vault refuses before it asks Kubernetes. */
static enum handler_result
kubernetes_login(struct request *req)
{
	const char *role = login_field(req, "role");

	if (*role == '\0')
		return fail(req, 400, "missing role");
	if (*login_field(req, "jwt") == '\0')
		return fail(req, 400, "missing jwt");
	if (!kubernetes_has(req, arena_printf(req->arena, "role/%s", role)))
		return fail(req, 400, "invalid role name \"%s\"", role);
	if (!kubernetes_has(req, "config"))
		return fail(req, 500, "could not load backend configuration");
	return config_only_login(req);
}

static const struct route kubernetes_routes[] = {
	CONFIG_LOGIN_ROUTE("login", kubernetes_login),
	CONFIG_UPDATED_SETTINGS_ROUTES("config", kubernetes_config_params,
	    kubernetes_config, "the configuration"),
	{ OP_LIST, "role/?", 0, NULL, kubernetes_role_list, NULL,
	    "Names of the roles" },
	CONFIG_ENTRY_ROUTES(
	    "role/{name}", kubernetes_role_params, kubernetes_role, "a role"),
	ROUTE_END,
};

CONFIG_ENGINE_PLUGIN(kubernetes, "v0.21.0", kubernetes_routes);
