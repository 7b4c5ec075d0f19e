/*
 * jwt and oidc, one method under two names: the configuration and roles.
 */
#include "auth/config_only/config_only_common.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "auth/login.h"
#include "base/go_text.h"
#include "base/json/jsontext.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "core/crypto/crypto_error.h"
#include "core/crypto/keypair.h"
#include "core/version.h"

static const struct param jwt_config_params[] = {
	{ "bound_issuer", P_STRING, NULL, "Issuer" },
	{ "default_role", P_LOWER, NULL, "Role of a login that names none" },
	{ "jwks_ca_pem", P_STRING, NULL, "CA of jwks_url" },
	{ "jwks_pairs", P_ANY, "[]", "Objects of jwks_url and jwks_ca_pem" },
	{ "jwks_url", P_STRING, NULL, "Where the keys are" },
	{ "jwt_supported_algs", P_COMMA_STRINGS, NULL, "Algorithms" },
	{ "jwt_validation_pubkeys", P_COMMA_STRINGS, NULL, "Public keys" },
	{ "namespace_in_state", P_BOOL, "true",
	    "The state names the namespace" },
	{ "oidc_client_id", P_STRING, NULL, "Client id" },
	{ "oidc_client_secret", P_STRING, NULL, "Client secret" },
	{ "oidc_discovery_ca_pem", P_STRING, NULL, "CA of the provider" },
	{ "oidc_discovery_url", P_STRING, NULL, "Provider" },
	{ "oidc_response_mode", P_STRING, NULL, "query or form_post" },
	{ "oidc_response_types", P_COMMA_STRINGS, NULL, "code, id_token" },
	{ "provider_config", P_MAP, "{}", "Settings of a provider" },
	{ "unsupported_critical_cert_extensions", P_COMMA_STRINGS, NULL,
	    "Extensions to leave out" },
	PARAM_END,
};

static const struct param jwt_role_params[] = {
	{ "allowed_redirect_uris", P_COMMA_STRINGS, "null",
	    "Where a login may come back to" },
	{ "bound_audiences", P_COMMA_STRINGS, "null", "Audiences" },
	{ "bound_claims", P_MAP, "null", "Claims" },
	{ "bound_claims_type", P_STRING, "\"string\"", "string or glob" },
	{ "bound_subject", P_STRING, NULL, "Subject" },
	{ "claim_mappings", P_PAIRS, "null", "Claims for the metadata" },
	{ "clock_skew_leeway", P_SIGNED_DURATION, NULL, "Leeway of all times" },
	{ "expiration_leeway", P_SIGNED_DURATION, NULL,
	    "Leeway of the expiration" },
	{ "groups_claim", P_STRING, NULL, "Claim of the groups" },
	{ "max_age", P_SECONDS, NULL, "Oldest authentication" },
	{ "not_before_leeway", P_SIGNED_DURATION, NULL,
	    "Leeway of the beginning" },
	{ "oauth2_metadata", P_COMMA_STRINGS, "null",
	    "Tokens for the metadata" },
	{ "oidc_scopes", P_COMMA_STRINGS, "null", "Scopes" },
	{ "role_type", P_STRING, "\"oidc\"", "jwt or oidc" },
	OLD_ROLE_PARAMS,
	OLD_CIDR_PARAM,
	OLD_USES_PARAM,
	TOKEN_PARAMS,
	{ "user_claim", P_STRING, NULL, "Claim that names the alias" },
	{ "user_claim_json_pointer", P_BOOL, NULL,
	    "user_claim is a JSON pointer" },
	{ "verbose_oidc_logging", P_BOOL, NULL, "Log tokens and claims" },
	PARAM_END,
};

/* ---- the configuration ---- */

#define JWT_NO_KEYS "data does not contain any valid public keys"

/* Vault 1.19: keys of RSA, ECDSA and Ed25519; what Go reads beside them, DSA
 * and X25519, is none. */
static const char *
jwt_key_kind_problem(X509_PUBKEY *public)
{
	ASN1_OBJECT *kind = NULL;

	if (X509_PUBKEY_get0_param(&kind, NULL, NULL, NULL, public) != 1)
		return JWT_NO_KEYS;
	switch (OBJ_obj2nid(kind)) {
	case NID_rsaEncryption:
	case NID_X9_62_id_ecPublicKey:
	case NID_ED25519:
		return NULL;
	}
	return JWT_NO_KEYS;
}

static const char *
jwt_certificate_problem(const uint8_t *der, long n)
{
	const unsigned char *at = der;
	X509 *cert = d2i_X509(NULL, &at, n);
	X509_PUBKEY *public = cert && at == der + n ? X509_get_X509_PUBKEY(cert)
						    : NULL;
	const char *why = public ? keypair_go_refusal(public)
				 : "x509: malformed certificate";

	if (!why)
		why = jwt_key_kind_problem(public);
	X509_free(cert);
	return why;
}

/* Vault 1.19: the first PEM block is a key, or else a certificate, whatever
 * its label; of a key that Go refuses it says what it is as a certificate. */
static const char *
jwt_key_problem(const uint8_t *der, long n)
{
	const unsigned char *at = der;
	X509_PUBKEY *public = d2i_X509_PUBKEY(NULL, &at, n);
	ASN1_OBJECT *kind = NULL;
	const char *why;
	int nid;

	if (!public || at != der + n ||
	    X509_PUBKEY_get0_param(&kind, NULL, NULL, NULL, public) != 1) {
		X509_PUBKEY_free(public);
		return jwt_certificate_problem(der, n);
	}
	why = jwt_key_kind_problem(public);
	nid = OBJ_obj2nid(kind);
	if (keypair_go_refusal(public) ||
	    (why && nid != NID_dsa && nid != NID_X25519))
		why = "x509: malformed serial number";
	X509_PUBKEY_free(public);
	return why;
}

static bool
jwt_check_keys(const struct config_entry *entry, struct error *e)
{
	const json_t *keys = json_object_get(
	    entry->data, "jwt_validation_pubkeys");

	for (size_t i = 0; i < json_array_size(keys); i++) {
		BIO *bio = BIO_new_mem_buf(
		    json_string_value(json_array_get(keys, i)), -1);
		char *label = NULL, *header = NULL;
		unsigned char *der = NULL;
		const char *why = JWT_NO_KEYS;
		long n = 0;

		if (bio && PEM_read_bio(bio, &label, &header, &der, &n) == 1)
			why = jwt_key_problem(der, n);
		OPENSSL_free(label);
		OPENSSL_free(header);
		OPENSSL_free(der);
		BIO_free(bio);
		crypto_clear_errors();
		if (why)
			return error_set(
			    e, 400, "error parsing public key: %s", why);
	}
	return true;
}

static bool
jwt_check_algorithms(const struct config_entry *entry, struct error *e)
{
	static const char *const known[] = { "RS256", "RS384", "RS512", "ES256",
		"ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA" };
	const json_t *algs = json_object_get(entry->data, "jwt_supported_algs");

	for (size_t i = 0; i < json_array_size(algs); i++) {
		const char *alg = json_string_value(json_array_get(algs, i));
		bool found = false;

		for (size_t k = 0; k < sizeof(known) / sizeof(*known); k++)
			found |= strcmp(known[k], alg) == 0;
		if (!found)
			return error_set(e, 400,
			    "invalid jwt_supported_algs: unsupported signing "
			    "algorithm %s",
			    go_quoted(entry->req->arena, alg));
	}
	return true;
}

/* A list as "%v" prints it: [a b] */
static const char *
jwt_printed_list(struct arena *a, const json_t *list)
{
	return arena_printf(
	    a, "[%s]", strs_join(a, jsontree_to_strings(a, list), " "));
}

static bool
jwt_check_response(const struct config_entry *entry, struct error *e)
{
	const json_t *types = json_object_get(
	    entry->data, "oidc_response_types");
	const char *mode = config_str(entry->data, "oidc_response_mode");

	for (size_t i = 0; i < json_array_size(types); i++) {
		const char *type = json_string_value(json_array_get(types, i));

		if (strcmp(type, "code") != 0 && strcmp(type, "id_token") != 0)
			return error_set(e, 400,
			    "invalid response_types %s. 'code' and 'id_token' "
			    "are allowed",
			    jwt_printed_list(entry->req->arena, types));
	}
	if (strcmp(mode, "form_post") == 0)
		return true;
	if (*mode && strcmp(mode, "query") != 0)
		return error_set(e, 400, "invalid response_mode: %s",
		    go_quoted(entry->req->arena, mode));
	return !config_list_has(entry, "oidc_response_types", "id_token") ||
	    error_set(e, 400,
		"query response_mode may not be used with an id_token "
		"response_type");
}

/* A list of anything, as Vault's framework makes it of any value. */
static void
jwt_list_pairs(struct config_entry *entry)
{
	json_t *pairs = json_object_get(entry->data, "jwks_pairs");

	if (json_is_array(pairs))
		return;
	json_object_set_new(entry->data, "jwks_pairs",
	    json_is_null(pairs) ||
		    (json_is_string(pairs) && json_string_length(pairs) == 0)
		? json_array()
		: json_pack("[O]", pairs));
}

static bool
jwt_check_pairs(const struct config_entry *entry, struct error *e)
{
	const json_t *pairs = json_object_get(entry->data, "jwks_pairs");

	for (size_t i = 0; i < json_array_size(pairs); i++)
		if (!json_is_object(json_array_get(pairs, i)))
			return error_set(e, 400,
			    "invalid jwks_pairs: jwks_pairs must be provided "
			    "as a list of json objects with the fields "
			    "jwks_url and jwks_ca_pem");
	return true;
}

/* Exactly one source of keys. */
static bool
jwt_check_sources(const struct config_entry *entry, struct error *e)
{
	const struct vault *v = entry->req->vault;
	int sources = config_has(entry, "oidc_discovery_url") +
	    config_has(entry, "jwt_validation_pubkeys") +
	    config_has(entry, "jwks_url") + config_has(entry, "jwks_pairs");

	return sources == 1 ||
	    error_set(e, 400,
		"exactly one of 'jwt_validation_pubkeys', 'jwks_url'%s or "
		"'oidc_discovery_url' must be set",
		version_has(v, VERSION_JWT_JWKS_PAIRS) ? ", 'jwks_pairs'" : "");
}

/* Settings of a provider name one that Vault knows. */
static bool
jwt_check_provider(const struct config_entry *entry, struct error *e)
{
	static const char *const known[] = { "azure", "gsuite", "ibmisam",
		"secureauth" };
	const json_t *config = json_object_get(entry->data, "provider_config");
	const json_t *provider = json_object_get(config, "provider");

	if (json_object_size(config) == 0)
		return true;
	if (!json_is_string(provider))
		return error_set(e, 400,
		    "invalid provider_config: 'provider' field not found in "
		    "provider_config");
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(known[i], json_string_value(provider)) == 0)
			return true;
	return error_set(e, 400,
	    "invalid provider_config: provider %s not found in custom "
	    "providers",
	    go_quoted(entry->req->arena, json_string_value(provider)));
}

static bool
jwt_ca_is_fit(const struct config_entry *entry, const char *field)
{
	return !config_has(entry, field) ||
	    config_is_certificate(config_str(entry->data, field));
}

/* Vault 1.19: the one field that a write keeps when it does not name it. */
static void
jwt_keep_namespace_in_state(struct config_entry *entry)
{
	json_t *before = json_object_get(entry->before, "namespace_in_state");

	if (before && !param_is_given(entry->req, "namespace_in_state"))
		json_object_set(entry->data, "namespace_in_state", before);
}

/* Providers and key sets cannot be asked: their URLs are taken as they are. */
static bool
jwt_config_check(struct config_entry *entry, struct error *e)
{
	bool discovery = config_has(entry, "oidc_discovery_url");
	bool client = config_has(entry, "oidc_client_id");
	bool pairs;

	jwt_list_pairs(entry);
	jwt_keep_namespace_in_state(entry);
	pairs = config_has(entry, "jwks_pairs");
	if (!jwt_check_sources(entry, e))
		return false;
	if (client != config_has(entry, "oidc_client_secret"))
		return error_set(e, 400,
		    "both 'oidc_client_id' and 'oidc_client_secret' must be "
		    "set for OIDC");
	/* Vault 1.19: asking fails when the CA cannot be read. */
	if (discovery && !jwt_ca_is_fit(entry, "oidc_discovery_ca_pem"))
		return error_set(e, 400, "error checking oidc discovery URL");
	if (client && !discovery)
		return error_set(
		    e, 400, "'oidc_discovery_url' must be set for OIDC");
	if (pairs && config_has(entry, "jwks_ca_pem"))
		return error_set(e, 400,
		    "CA PEMs must be provided as part of the 'jwks_pairs' when "
		    "using multiple JWKS URLs");
	if (pairs && config_has(entry, "bound_issuer"))
		return error_set(e, 400,
		    "Bound issuer is not supported for use with 'jwks_pairs'");
	if (config_has(entry, "jwks_url") &&
	    !jwt_ca_is_fit(entry, "jwks_ca_pem"))
		return error_set(e, 400, "error checking jwks_ca_pem");
	return jwt_check_pairs(entry, e) && jwt_check_keys(entry, e) &&
	    jwt_check_algorithms(entry, e) && jwt_check_response(entry, e) &&
	    jwt_check_provider(entry, e);
}

/* Vault 1.19: the file of a service account at Google stays a secret. */
static void
jwt_config_show(struct request *req, json_t *data)
{
	(void)req;
	json_object_del(
	    json_object_get(data, "provider_config"), "gsuite_service_account");
}

static const char *const jwt_secrets[] = { "oidc_client_secret", NULL };

static const struct config_entry_type jwt_config_type = {
	.flags = CONFIG_REPLACE,
	.secrets = jwt_secrets,
	.check = jwt_config_check,
	.show = jwt_config_show,
};
CONFIG_UPDATED_SETTINGS_HANDLERS(jwt_config, &jwt_config_type)

/* ---- roles ---- */

static bool
jwt_check_mappings(const struct config_entry *entry, struct error *e)
{
	json_t *mappings = json_object_get(entry->data, "claim_mappings");
	json_t *value;
	const char *key;
	struct strs seen;

	strs_init(&seen, entry->req->arena);
	json_object_foreach (mappings, key, value) {
		const char *target = json_string_value(value);

		if (strcmp(target, "role") == 0)
			return error_set(e, 400,
			    "metadata key \"role\" is reserved and may not be "
			    "a mapping destination");
		if (strs_has(&seen, target))
			return error_set(e, 400,
			    "multiple keys are mapped to metadata key %s",
			    go_quoted(entry->req->arena, target));
		strs_add(&seen, target);
	}
	return true;
}

/* A value as "%v" prints it. */
static const char *
jwt_printed(struct arena *a, const json_t *value)
{
	struct buf text;
	const char *printed;

	buf_init(&text, 0);
	jsontext_put(&text, value);
	printed = jsontext_go_print(a, (struct slice){ text.p, text.n });
	buf_release(&text);
	return printed;
}

/* A claim that is matched by a pattern is a text or a list of texts. */
static bool
jwt_check_claims(
    const struct config_entry *entry, const char *type, struct error *e)
{
	json_t *claims = json_object_get(entry->data, "bound_claims"), *claim;
	struct request *req = entry->req;
	const char *name;

	if (strcmp(type, "glob") != 0 || !param_is_given(req, "bound_claims"))
		return true;
	json_object_foreach (claims, name, claim) {
		const json_t *one;
		size_t i;

		if (json_is_object(claim))
			return error_set(e, 400,
			    "claim is not a string or list: %s",
			    jwt_printed(req->arena, claim));
		json_array_foreach (claim, i, one)
			if (!json_is_string(one))
				return error_set(e, 400,
				    "claim is not a string: %s",
				    jwt_printed(req->arena, one));
		if (!json_is_array(claim) && !json_is_string(claim))
			return error_set(e, 400, "claim is not a string: %s",
			    jwt_printed(req->arena, claim));
	}
	return true;
}

static bool
jwt_check_binds(
    const struct config_entry *entry, const char *type, struct error *e)
{
	if (strcmp(type, "oidc") == 0)
		return config_has(entry, "allowed_redirect_uris") ||
		    error_set(e, 400,
			"'allowed_redirect_uris' must be set if 'role_type' is "
			"'oidc' or unspecified.");
	return config_has(entry, "bound_audiences") ||
	    config_has(entry, "token_bound_cidrs") ||
	    config_has(entry, "bound_subject") ||
	    config_has(entry, "bound_claims") ||
	    error_set(e, 400,
		"must have at least one bound constraint when "
		"creating/updating a role");
}

/* Vault 1.19: role_type and bound_claims_type go back to their defaults when a
 * write does not name them; a user claim and a bound are needed. */
static bool
jwt_role_check(struct config_entry *entry, struct error *e)
{
	struct request *req = entry->req;
	const char *type = param_str(req, "role_type");
	const char *claims = param_str(req, "bound_claims_type");

	if (*type == '\0')
		type = "oidc";
	if (strcmp(type, "jwt") != 0 && strcmp(type, "oidc") != 0)
		return error_set(e, 400, "invalid 'role_type': %s", type);
	json_object_set_new(entry->data, "role_type", json_string(type));
	if (!config_check_period(entry,
		"'period' of '\"%s\"' is greater than the backend's maximum "
		"lease TTL of '\"%s\"'",
		e))
		return false;
	if (strcmp(claims, "string") != 0 && strcmp(claims, "glob") != 0)
		return error_set(
		    e, 400, "invalid 'bound_claims_type': %s", claims);
	json_object_set_new(
	    entry->data, "bound_claims_type", json_string(claims));
	if (!jwt_check_claims(entry, claims, e) ||
	    !jwt_check_mappings(entry, e))
		return false;
	if (!config_has(entry, "user_claim"))
		return error_set(
		    e, 400, "a user claim must be defined on the role");
	if (!jwt_check_binds(entry, type, e))
		return false;
	if (config_ttl_is_above_max(entry))
		return error_set(
		    e, 400, "ttl should not be greater than max ttl");
	if (config_max_ttl_is_above_mount(entry))
		reply_warn(req,
		    "token max ttl is greater than the system or backend "
		    "mount's maximum TTL value; issued tokens' max TTL value "
		    "will be truncated");
	if (json_is_true(json_object_get(entry->data, "verbose_oidc_logging")))
		reply_warn(req,
		    "verbose_oidc_logging has been enabled for this role. "
		    "This is not recommended in production since sensitive "
		    "information may be present in OIDC responses.");
	return true;
}

static const struct config_entry_type jwt_role_type = {
	.flags = CONFIG_LOWER_NAME,
	.check = jwt_role_check,
};
CONFIG_ENTRY_HANDLERS(jwt_role, &jwt_role_type)

CONFIG_LIST_HANDLER(jwt_role_list, "role/")

/* What Vault refuses before it looks at the JWT. */
static enum handler_result
jwt_login(struct request *req)
{
	json_t *config = config_entry_load(req, "config"), *entry;
	char *role = arena_strdup(req->arena, login_field(req, "role"));
	bool by_oidc;

	if (!config)
		return fail(req, 400, "could not load configuration");
	if (*role == '\0')
		role = arena_strdup(
		    req->arena, config_str(config, "default_role"));
	json_decref(config);
	lower_ascii(role);
	if (*role == '\0')
		return fail(req, 400, "missing role");
	entry = config_entry_load(
	    req, arena_printf(req->arena, "role/%s", role));
	if (!entry)
		return fail(req, 400, "role \"%s\" could not be found", role);
	by_oidc = strcmp(config_str(entry, "role_type"), "oidc") == 0;
	json_decref(entry);
	if (by_oidc)
		return fail(
		    req, 400, "role with oidc role_type is not allowed");
	if (*login_field(req, "jwt") == '\0')
		return fail(req, 400, "missing token");
	return config_only_login(req);
}

static const struct route jwt_routes[] = {
	CONFIG_LOGIN_ROUTE("login", jwt_login),
	{ OP_READ | OP_WRITE, "oidc/{path:more}", R_UNAUTH, NULL,
	    config_only_login, NULL, "Refused here: nobody is asked" },
	CONFIG_UPDATED_SETTINGS_ROUTES(
	    "config", jwt_config_params, jwt_config, "the configuration"),
	{ OP_LIST, "role/?", 0, NULL, jwt_role_list, NULL,
	    "Names of the roles" },
	CONFIG_ENTRY_ROUTES("role/{name}", jwt_role_params, jwt_role, "a role"),
	ROUTE_END,
};

CONFIG_ENGINE_PLUGIN(jwt, "v0.23.0", jwt_routes);
CONFIG_ENGINE_PLUGIN(oidc, "v0.23.0", jwt_routes);
