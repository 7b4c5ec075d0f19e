/*
 * Fields of auth methods that let nobody in, with Vault's types and defaults.
 * What is not listed here is kept and shown as it came.
 */
#include "auth/config_only/fields.h"

#include <string.h>

#include "auth/login.h"
#include "api/reply.h"
#include "base/json/jsontree.h"
#include "core/mount/plain_kv.h"

/* Taken and never shown. */
static const char *const config_fields_hidden[] = { "api_token", "bindpass",
	"client_tls_cert", "client_tls_key", "oidc_client_secret", "secret",
	"token", "token_reviewer_jwt" };

static const char *
config_fields_path(struct request *req)
{
	return req->rel_path;
}

static json_t *
config_fields_load(struct request *req)
{
	struct slice text = plain_kv_get(req->vault, req->arena,
	    plain_kv_mount_scope(req->arena, req->mount),
	    config_fields_path(req));

	return text.p ? jsontext_to_tree(text) : NULL;
}

static json_t *
config_fields_value(struct request *req, const struct param *p)
{
	if (p->type == P_BOOL)
		return json_boolean(param_bool(req, p->name));
	if (p->type == P_INT)
		return json_integer(param_int(req, p->name));
	if (p->type == P_SECONDS)
		return json_integer(param_duration(req, p->name));
	if (p->type == P_COMMA_STRINGS)
		return jsontree_strings(param_strings(req, p->name, NULL));
	if (p->type == P_MAP)
		return param_is_given(req, p->name)
		    ? param_json_tree(req, p->name)
		    : jsontext_to_tree(slice_of(p->default_json));
	if (strcmp(p->name, "token_type") == 0 &&
	    *param_str(req, p->name) == '\0')
		return json_string("default");
	return json_string(param_str(req, p->name));
}

/* Old names, which still set the new ones. */
#define OLD_TTLS                                                     \
	{ "max_ttl", P_SECONDS, NULL, "Old name of token_max_ttl" }, \
	{                                                            \
		"ttl", P_SECONDS, NULL, "Old name of token_ttl"      \
	}
#define OLD_TOKEN_PARAMS                                               \
	{ "bound_cidrs", P_COMMA_STRINGS, NULL,                        \
		"Old name of token_bound_cidrs" },                     \
	    { "num_uses", P_INT, NULL, "Old name of token_num_uses" }, \
	    { "period", P_SECONDS, NULL, "Old name of token_period" }, \
	    { "policies", P_COMMA_STRINGS, NULL,                       \
		    "Old name of token_policies" },                    \
	    OLD_TTLS

/* Is it one of a row that has the new one as well? */
static const char *
config_fields_new_name(struct request *req, const char *name)
{
	char *now = arena_printf(req->arena, "token_%s", name);

	for (const struct param *p = req->route->params; p->name; p++)
		if (strcmp(p->name, now) == 0)
			return now;
	return NULL;
}

static void
config_fields_set_deprecated(
    struct request *req, const struct param *p, const char *now, json_t *data)
{
	if (!param_is_given(req, p->name))
		return;
	json_object_set_new(data, p->name, config_fields_value(req, p));
	if (!param_is_given(req, now))
		json_object_set(data, now, json_object_get(data, p->name));
}

static void
config_fields_set(struct request *req, json_t *data)
{
	for (const struct param *p = req->route->params; p->name; p++)
		if (!config_fields_new_name(req, p->name) &&
		    (param_is_given(req, p->name) ||
			!json_object_get(data, p->name)))
			json_object_set_new(
			    data, p->name, config_fields_value(req, p));
	for (const struct param *p = req->route->params; p->name; p++) {
		const char *now = config_fields_new_name(req, p->name);

		if (now)
			config_fields_set_deprecated(req, p, now, data);
	}
}

static enum handler_result
config_fields_reply(struct request *req, json_t *data)
{
	for (size_t i = 0; data &&
	     i < sizeof(config_fields_hidden) / sizeof(*config_fields_hidden);
	     i++)
		json_object_del(data, config_fields_hidden[i]);
	return data ? reply_data(req, data) : reply_none(req);
}

static enum handler_result
config_fields_read(struct request *req)
{
	return config_fields_reply(req, config_fields_load(req));
}

/* Vault 1.19: some methods have a configuration before they are given one. */
static enum handler_result
config_fields_read_config(struct request *req)
{
	json_t *data = config_fields_load(req);

	if (!data) {
		data = json_object();
		config_fields_set(req, data);
	}
	return config_fields_reply(req, data);
}

/* Vault 1.19: a name that nothing is mapped to reads as null. */
static enum handler_result
config_fields_read_map(struct request *req)
{
	json_t *data = config_fields_load(req);

	return data ? reply_data(req, data) : reply_text(req, SLICE("null"));
}

static void
config_fields_store(struct request *req, json_t *data)
{
	struct buf text;

	buf_init(&text, 0);
	jsontext_put(&text, data);
	plain_kv_put(req->vault, plain_kv_mount_scope(req->arena, req->mount),
	    config_fields_path(req), (struct slice){ text.p, text.n });
	buf_release(&text);
	json_decref(data);
}

static enum handler_result
config_fields_write(struct request *req)
{
	json_t *data = config_fields_load(req), *sent;

	if (!data)
		data = json_object();
	sent = req->json.p ? jsontext_to_tree(req->json) : NULL;
	if (json_is_object(sent))
		json_object_update(data, sent);
	json_decref(sent);
	config_fields_set(req, data);
	config_fields_store(req, data);
	return reply_none(req);
}

/* Vault 1.19: a map keeps the request's fields, the name among them. */
static enum handler_result
config_fields_write_map(struct request *req)
{
	config_fields_store(req,
	    json_pack("{s:s, s:s}", "key", param_capture(req, "key"), "value",
		param_str(req, "value")));
	return reply_none(req);
}

static enum handler_result
config_fields_write_cert(struct request *req)
{
	enum handler_result v = config_fields_write(req);
	json_t *data = config_fields_load(req);
	const char *name = json_string_value(
	    json_object_get(data, "display_name"));

	if (name && *name == '\0')
		json_object_set_new(data, "display_name",
		    json_string(param_capture(req, "name")));
	config_fields_store(req, data);
	return v;
}

static enum handler_result
config_fields_write_kubernetes(struct request *req)
{
	if (*param_str(req, "kubernetes_host") == '\0')
		return fail(req, 400, "no host provided");
	if (param_bool(req, "disable_local_ca_jwt") &&
	    *param_str(req, "kubernetes_ca_cert") == '\0')
		return fail(req, 400,
		    "kubernetes_ca_cert must be given when "
		    "disable_local_ca_jwt is true");
	return config_fields_write(req);
}

/* A field as the entry would have it after this request. */
static const char *
config_fields_effective(
    struct request *req, const json_t *now, const char *name)
{
	const char *old = json_string_value(json_object_get(now, name));

	return param_is_given(req, name) || !old ? param_str(req, name) : old;
}

/* "tls10" is 0; -1 for what is none. */
static int
config_fields_tls_version(const char *name)
{
	static const char *const names[] = { "tls10", "tls11", "tls12",
		"tls13" };

	for (int i = 0; i < 4; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return -1;
}

static enum handler_result
config_fields_check_ldap(struct request *req, const json_t *now)
{
	int least = config_fields_tls_version(
	    config_fields_effective(req, now, "tls_min_version"));
	int most = config_fields_tls_version(
	    config_fields_effective(req, now, "tls_max_version"));
	bool cert = *config_fields_effective(req, now, "client_tls_cert") !=
	    '\0';
	bool key = *config_fields_effective(req, now, "client_tls_key") != '\0';

	if (least < 0)
		return fail(req, 400, "invalid 'tls_min_version'");
	if (most < 0)
		return fail(req, 400, "invalid 'tls_max_version'");
	if (most < least)
		return fail(req, 400,
		    "'tls_max_version' must be greater than "
		    "or equal to 'tls_min_version'");
	if (cert != key)
		return fail(req, 400,
		    "both client_tls_cert and client_tls_key must be set");
	return GO_ON;
}

static enum handler_result
config_fields_write_ldap(struct request *req)
{
	json_t *now = config_fields_load(req);
	enum handler_result v = config_fields_check_ldap(req, now);

	json_decref(now);
	return v ? v : config_fields_write(req);
}

static bool
config_fields_is_list_empty(
    struct request *req, const json_t *now, const char *name)
{
	return param_is_given(req, name)
	    ? *param_strings(req, name, NULL) == NULL
	    : json_array_size(json_object_get(now, name)) == 0;
}

static enum handler_result
config_fields_write_k8s_role(struct request *req)
{
	json_t *now = config_fields_load(req);
	bool nameless = config_fields_is_list_empty(
	    req, now, "bound_service_account_names");
	bool nowhere = config_fields_is_list_empty(
			   req, now, "bound_service_account_namespaces") &&
	    *config_fields_effective(
		req, now, "bound_service_account_namespace_selector") == '\0';

	json_decref(now);
	if (nameless)
		return fail(req, 400,
		    "\"bound_service_account_names\" can "
		    "not be empty");
	if (nowhere)
		return fail(req, 400,
		    "\"bound_service_account_namespaces\" can not be empty if "
		    "\"bound_service_account_namespace_selector\" is not set");
	return config_fields_write(req);
}

static enum handler_result
config_fields_delete(struct request *req)
{
	plain_kv_delete(req->vault,
	    plain_kv_mount_scope(req->arena, req->mount),
	    config_fields_path(req));
	return reply_none(req);
}

#define GROUP_FILTER                                        \
	"\"(|(memberUid={{.Username}})(member={{.UserDN}})" \
	"(uniqueMember={{.UserDN}}))\""

static const struct param kubernetes_config_params[] = {
	{ "disable_iss_validation", P_BOOL, "true", "Disable iss validation" },
	{ "disable_local_ca_jwt", P_BOOL, NULL, "Disable local ca jwt" },
	{ "issuer", P_STRING, NULL, "Issuer" },
	{ "kubernetes_ca_cert", P_STRING, NULL, "Kubernetes ca cert" },
	{ "kubernetes_host", P_STRING, NULL, "Kubernetes host" },
	{ "pem_keys", P_COMMA_STRINGS, NULL, "Pem keys" },
	{ "token_reviewer_jwt", P_STRING, NULL, "Token reviewer jwt" },
	PARAM_END,
};

static const struct param kubernetes_role_params[] = {
	{ "alias_name_source", P_STRING, "\"serviceaccount_uid\"",
	    "Alias name source" },
	{ "bound_service_account_names", P_COMMA_STRINGS, NULL,
	    "Bound service account names" },
	{ "bound_service_account_namespace_selector", P_STRING, NULL,
	    "Bound service account namespace selector" },
	{ "bound_service_account_namespaces", P_COMMA_STRINGS, NULL,
	    "Bound service account namespaces" },
	OLD_TOKEN_PARAMS,
	TOKEN_PARAMS,
	PARAM_END,
};

static const struct param jwt_config_params[] = {
	{ "bound_issuer", P_STRING, NULL, "Bound issuer" },
	{ "default_role", P_STRING, NULL, "Default role" },
	{ "jwks_ca_pem", P_STRING, NULL, "Jwks ca pem" },
	{ "jwks_url", P_STRING, NULL, "Jwks url" },
	{ "jwt_supported_algs", P_COMMA_STRINGS, NULL, "Jwt supported algs" },
	{ "jwt_validation_pubkeys", P_COMMA_STRINGS, NULL,
	    "Jwt validation pubkeys" },
	{ "namespace_in_state", P_BOOL, "true", "Namespace in state" },
	{ "oidc_client_id", P_STRING, NULL, "Oidc client id" },
	{ "oidc_client_secret", P_STRING, NULL, "Oidc client secret" },
	{ "oidc_discovery_ca_pem", P_STRING, NULL, "Oidc discovery ca pem" },
	{ "oidc_discovery_url", P_STRING, NULL, "Oidc discovery url" },
	{ "oidc_response_mode", P_STRING, NULL, "Oidc response mode" },
	{ "oidc_response_types", P_COMMA_STRINGS, NULL, "Oidc response types" },
	{ "provider_config", P_MAP, "{}", "Provider config" },
	PARAM_END,
};

static const struct param jwt_role_params[] = {
	{ "allowed_redirect_uris", P_COMMA_STRINGS, NULL,
	    "Allowed redirect uris" },
	{ "bound_audiences", P_COMMA_STRINGS, NULL, "Bound audiences" },
	{ "bound_claims", P_MAP, "null", "Bound claims" },
	{ "bound_claims_type", P_STRING, "\"string\"", "Bound claims type" },
	{ "bound_subject", P_STRING, NULL, "Bound subject" },
	{ "claim_mappings", P_MAP, "null", "Claim mappings" },
	{ "clock_skew_leeway", P_SECONDS, NULL, "Clock skew leeway" },
	{ "expiration_leeway", P_SECONDS, NULL, "Expiration leeway" },
	{ "groups_claim", P_STRING, NULL, "Groups claim" },
	{ "max_age", P_SECONDS, NULL, "Max age" },
	{ "not_before_leeway", P_SECONDS, NULL, "Not before leeway" },
	{ "oidc_scopes", P_COMMA_STRINGS, NULL, "Oidc scopes" },
	{ "role_type", P_STRING, "\"oidc\"", "Role type" },
	OLD_TOKEN_PARAMS,
	TOKEN_PARAMS,
	{ "user_claim", P_STRING, NULL, "User claim" },
	{ "user_claim_json_pointer", P_BOOL, NULL, "User claim json pointer" },
	{ "verbose_oidc_logging", P_BOOL, NULL, "Verbose oidc logging" },
	PARAM_END,
};

static const struct param cert_config_params[] = {
	{ "disable_binding", P_BOOL, NULL, "Disable binding" },
	{ "enable_identity_alias_metadata", P_BOOL, NULL,
	    "Enable identity alias metadata" },
	{ "ocsp_cache_size", P_INT, "100", "Ocsp cache size" },
	{ "role_cache_size", P_INT, "200", "Role cache size" },
	PARAM_END,
};

static const struct param cert_role_params[] = {
	{ "allowed_common_names", P_COMMA_STRINGS, NULL,
	    "Allowed common names" },
	{ "allowed_dns_sans", P_COMMA_STRINGS, NULL, "Allowed dns sans" },
	{ "allowed_email_sans", P_COMMA_STRINGS, NULL, "Allowed email sans" },
	{ "allowed_metadata_extensions", P_COMMA_STRINGS, NULL,
	    "Allowed metadata extensions" },
	{ "allowed_names", P_COMMA_STRINGS, NULL, "Allowed names" },
	{ "allowed_organizational_units", P_COMMA_STRINGS, NULL,
	    "Allowed organizational units" },
	{ "allowed_uri_sans", P_COMMA_STRINGS, NULL, "Allowed uri sans" },
	{ "certificate", P_STRING, NULL, "Certificate" },
	{ "display_name", P_STRING, NULL, "Display name" },
	{ "ocsp_ca_certificates", P_STRING, NULL, "Ocsp ca certificates" },
	{ "ocsp_enabled", P_BOOL, NULL, "Ocsp enabled" },
	{ "ocsp_fail_open", P_BOOL, NULL, "Ocsp fail open" },
	{ "ocsp_query_all_servers", P_BOOL, NULL, "Ocsp query all servers" },
	{ "ocsp_servers_override", P_COMMA_STRINGS, NULL,
	    "Ocsp servers override" },
	{ "required_extensions", P_COMMA_STRINGS, NULL, "Required extensions" },
	OLD_TOKEN_PARAMS,
	TOKEN_PARAMS,
	PARAM_END,
};

static const struct param github_config_params[] = {
	{ "base_url", P_STRING, NULL, "Base url" },
	{ "organization", P_STRING, NULL, "Organization" },
	{ "organization_id", P_INT, NULL, "Organization id" },
	OLD_TTLS,
	TOKEN_PARAMS,
	PARAM_END,
};

static const struct param github_map_params[] = {
	{ "value", P_STRING, NULL, "Value" },
	PARAM_END,
};

static const struct param ldap_config_params[] = {
	{ "anonymous_group_search", P_BOOL, NULL, "Anonymous group search" },
	{ "binddn", P_STRING, NULL, "Binddn" },
	{ "bindpass", P_STRING, NULL, "Bindpass" },
	{ "case_sensitive_names", P_BOOL, NULL, "Case sensitive names" },
	{ "certificate", P_STRING, NULL, "Certificate" },
	{ "client_tls_cert", P_STRING, NULL, "Client tls cert" },
	{ "client_tls_key", P_STRING, NULL, "Client tls key" },
	{ "connection_timeout", P_SECONDS, "30", "Connection timeout" },
	{ "deny_null_bind", P_BOOL, "true", "Deny null bind" },
	{ "dereference_aliases", P_STRING, "\"never\"", "Dereference aliases" },
	{ "discoverdn", P_BOOL, NULL, "Discoverdn" },
	{ "groupattr", P_STRING, "\"cn\"", "Groupattr" },
	{ "groupdn", P_STRING, NULL, "Groupdn" },
	{ "groupfilter", P_STRING, GROUP_FILTER, "Groupfilter" },
	{ "insecure_tls", P_BOOL, NULL, "Insecure tls" },
	{ "max_page_size", P_INT, NULL, "Max page size" },
	{ "request_timeout", P_SECONDS, "90", "Request timeout" },
	{ "starttls", P_BOOL, NULL, "Starttls" },
	{ "tls_max_version", P_STRING, "\"tls12\"", "Tls max version" },
	{ "tls_min_version", P_STRING, "\"tls12\"", "Tls min version" },
	TOKEN_PARAMS,
	{ "upndomain", P_STRING, NULL, "Upndomain" },
	{ "url", P_STRING, "\"ldap://127.0.0.1\"", "Url" },
	{ "use_token_groups", P_BOOL, NULL, "Use token groups" },
	{ "userattr", P_STRING, "\"cn\"", "Userattr" },
	{ "userdn", P_STRING, NULL, "Userdn" },
	{ "userfilter", P_STRING, "\"({{.UserAttr}}={{.Username}})\"",
	    "Userfilter" },
	{ "username_as_alias", P_BOOL, NULL, "Username as alias" },
	PARAM_END,
};

static const struct param ldap_user_params[] = {
	{ "groups", P_STRING, NULL, "Groups" },
	{ "policies", P_COMMA_STRINGS, NULL, "Policies" },
	PARAM_END,
};

static const struct param policies_params[] = {
	{ "policies", P_COMMA_STRINGS, NULL, "Policies" },
	PARAM_END,
};

static const struct param okta_config_params[] = {
	{ "api_token", P_STRING, NULL, "Api token" },
	{ "base_url", P_STRING, NULL, "Base url" },
	{ "bypass_okta_mfa", P_BOOL, NULL, "Bypass okta mfa" },
	{ "org_name", P_STRING, NULL, "Org name" },
	{ "token", P_STRING, NULL, "Token" },
	OLD_TTLS,
	TOKEN_PARAMS,
	PARAM_END,
};

static const struct param okta_user_params[] = {
	{ "groups", P_COMMA_STRINGS, NULL, "Groups" },
	{ "policies", P_COMMA_STRINGS, NULL, "Policies" },
	PARAM_END,
};

static const struct param radius_config_params[] = {
	{ "dial_timeout", P_SECONDS, "10", "Dial timeout" },
	{ "host", P_STRING, NULL, "Host" },
	{ "nas_identifier", P_STRING, NULL, "Nas identifier" },
	{ "nas_port", P_INT, "10", "Nas port" },
	{ "port", P_INT, "1812", "Port" },
	{ "read_timeout", P_SECONDS, "10", "Read timeout" },
	{ "secret", P_STRING, NULL, "Secret" },
	TOKEN_PARAMS,
	{ "unregistered_user_policies", P_STRING, NULL,
	    "Unregistered user policies" },
	PARAM_END,
};

#define ENTRY(path, params, read, write)                                     \
	{ OP_READ, path, R_NO_FIELD_WARNINGS, params, read, NULL,            \
		"Read what was configured" },                                \
	    { OP_WRITE, path, R_NO_FIELD_WARNINGS, params, write, NULL,      \
		    "Configure" },                                           \
	{                                                                    \
		OP_DELETE, path, R_NO_FIELD_WARNINGS, params,                \
		    config_fields_delete, NULL, "Remove what was configured" \
	}
#define PLAIN(path, params) \
	ENTRY(path, params, config_fields_read, config_fields_write)

const struct route config_only_cert_routes[] = {
	ENTRY("config", cert_config_params, config_fields_read_config,
	    config_fields_write),
	ENTRY("certs/{name}", cert_role_params, config_fields_read,
	    config_fields_write_cert),
	ROUTE_END,
};
const struct route config_only_github_routes[] = {
	PLAIN("config", github_config_params),
	ENTRY("map/teams/{key}", github_map_params, config_fields_read_map,
	    config_fields_write_map),
	ENTRY("map/users/{key}", github_map_params, config_fields_read_map,
	    config_fields_write_map),
	ROUTE_END,
};
const struct route config_only_jwt_routes[] = {
	PLAIN("config", jwt_config_params),
	PLAIN("role/{name}", jwt_role_params),
	ROUTE_END,
};
const struct route config_only_kubernetes_routes[] = {
	ENTRY("config", kubernetes_config_params, config_fields_read,
	    config_fields_write_kubernetes),
	ENTRY("role/{name}", kubernetes_role_params, config_fields_read,
	    config_fields_write_k8s_role),
	ROUTE_END,
};
const struct route config_only_ldap_routes[] = {
	ENTRY("config", ldap_config_params, config_fields_read_config,
	    config_fields_write_ldap),
	PLAIN("users/{name:more}", ldap_user_params),
	PLAIN("groups/{name:more}", policies_params),
	ROUTE_END,
};
const struct route config_only_okta_routes[] = {
	PLAIN("config", okta_config_params),
	PLAIN("users/{name:more}", okta_user_params),
	PLAIN("groups/{name:more}", policies_params),
	ROUTE_END,
};
const struct route config_only_radius_routes[] = {
	PLAIN("config", radius_config_params),
	PLAIN("users/{name:more}", policies_params),
	ROUTE_END,
};
