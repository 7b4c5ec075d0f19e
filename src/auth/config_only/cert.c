/*
 * cert: the configuration and the certificates that would be trusted.
 */
#include "auth/config_only/config_only_common.h"

#include <openssl/x509v3.h>
#include <string.h>

#include "base/pem.h"
#include "base/text.h"
#include "core/crypto/crypto_error.h"
#include "core/crypto/keypair.h"

static const struct param cert_config_params[] = {
	{ "disable_binding", P_BOOL, NULL,
	    "A renewal may come with another certificate" },
	{ "enable_identity_alias_metadata", P_BOOL, NULL,
	    "Metadata for the alias" },
	{ "enable_metadata_on_failures", P_BOOL, NULL,
	    "Metadata when a login fails" },
	{ "ocsp_cache_size", P_INT, NULL, "Answers of OCSP that are kept" },
	{ "role_cache_size", P_INT, NULL, "Roles that are kept parsed" },
	PARAM_END,
};

static const struct param cert_role_params[] = {
	{ "allowed_common_names", P_COMMA_STRINGS, "null", "Common names" },
	{ "allowed_dns_sans", P_COMMA_STRINGS, "null", "DNS names" },
	{ "allowed_email_sans", P_COMMA_STRINGS, "null", "Mail addresses" },
	{ "allowed_metadata_extensions", P_COMMA_STRINGS, "null",
	    "Extensions for the metadata" },
	{ "allowed_names", P_COMMA_STRINGS, "null", "Names of all kinds" },
	{ "allowed_organizational_units", P_COMMA_STRINGS, "null",
	    "Organizational units" },
	{ "allowed_uri_sans", P_COMMA_STRINGS, "null", "URIs" },
	{ "certificate", P_STRING, NULL, "CA or client certificate in PEM" },
	{ "display_name", P_STRING, NULL, "Name of the tokens" },
	{ "lease", P_INT, NULL, "Old name of token_ttl" },
	{ "ocsp_ca_certificates", P_STRING, NULL, "Certificates of OCSP" },
	{ "ocsp_enabled", P_BOOL, NULL, "Ask OCSP" },
	{ "ocsp_fail_open", P_BOOL, NULL, "Accept when OCSP cannot be asked" },
	{ "ocsp_max_retries", P_INT, "4", "Retries of OCSP" },
	{ "ocsp_query_all_servers", P_BOOL, NULL, "Ask every server of OCSP" },
	{ "ocsp_servers_override", P_COMMA_STRINGS, "null", "Servers of OCSP" },
	{ "ocsp_this_update_max_age", P_SECONDS, NULL,
	    "Oldest answer of OCSP" },
	{ "required_extensions", P_COMMA_STRINGS, "null", "Extensions" },
	OLD_ROLE_PARAMS,
	OLD_CIDR_PARAM,
	TOKEN_PARAMS,
	PARAM_END,
};

#define CERT_MAX_OCSP_CACHE 100000
#define CERT_MAX_ROLE_CACHE 10000

/* Vault 1.19: sizes that were never written read as 0, though 100 and 200 are
 * used. */
static bool
cert_config_check(struct config_entry *entry, struct error *e)
{
	int64_t ocsp = config_int(entry->data, "ocsp_cache_size");
	int64_t roles = config_int(entry->data, "role_cache_size");

	if (param_is_given(entry->req, "ocsp_cache_size") &&
	    (ocsp < 2 || ocsp > CERT_MAX_OCSP_CACHE))
		return error_set(e, 400,
		    "invalid ocsp cache size, must be >= 2 and <= %d",
		    CERT_MAX_OCSP_CACHE);
	return !param_is_given(entry->req, "role_cache_size") ||
	    (roles >= -1 && roles <= CERT_MAX_ROLE_CACHE) ||
	    error_set(e, 400,
		"invalid role cache size, must be <= %d or -1 to disable role "
		"caching",
		CERT_MAX_ROLE_CACHE);
}

static const struct config_entry_type cert_config_type = {
	.flags = CONFIG_DEFAULTS,
	.check = cert_config_check,
};
CONFIG_UPDATED_SETTINGS_HANDLERS(cert_config, &cert_config_type)

/* Vault 1.19: a CA, or a certificate that clients may use. */
static bool
cert_check_usage(X509 *cert, struct error *e)
{
	EXTENDED_KEY_USAGE *usage = X509_get_ext_d2i(
	    cert, NID_ext_key_usage, NULL, NULL);
	bool fits = !usage || X509_check_ca(cert) > 0;

	for (int i = 0; usage && i < sk_ASN1_OBJECT_num(usage); i++) {
		int nid = OBJ_obj2nid(sk_ASN1_OBJECT_value(usage, i));

		fits |= nid == NID_client_auth ||
		    nid == NID_anyExtendedKeyUsage;
	}
	EXTENDED_KEY_USAGE_free(usage);
	return fits ||
	    error_set(e, 400,
		"nonCA certificates should have TLS client authentication set "
		"as an extended key usage");
}

static bool
cert_check_certificate(const char *pem, struct error *e)
{
	X509 *cert = pem_certificate(pem);
	bool ok = cert && !keypair_go_refusal(X509_get_X509_PUBKEY(cert))
	    ? cert_check_usage(cert, e)
	    : error_set(e, 400, "failed to parse certificate");

	X509_free(cert);
	return ok;
}

/* Vault 1.19: it sets both names of the ttl when neither is given, and is not
 * kept. */
static void
cert_take_lease(struct config_entry *entry)
{
	struct request *req = entry->req;
	const json_t *lease = json_object_get(entry->data, "lease");

	if (param_is_given(req, "lease") && !param_is_given(req, "ttl") &&
	    !param_is_given(req, "token_ttl")) {
		json_object_set_new(entry->data, "token_ttl",
		    json_integer(json_integer_value(lease)));
		json_object_set_new(entry->data, "ttl",
		    json_integer(json_integer_value(lease)));
	}
	json_object_del(entry->data, "lease");
}

/* Vault 1.19 warns of times above the mount's, but refuses a ttl above its own
 * maximum. */
static bool
cert_check_times(struct config_entry *entry, struct error *e)
{
	struct request *req = entry->req;
	long long max_s = mount_max_ttl(req->vault, req->mount);
	long long period_s = config_int(entry->data, "token_period");

	if (config_ttl_is_above_mount(entry))
		reply_warn(req,
		    "Given ttl of %lld seconds is greater than current "
		    "mount/system default of %lld seconds",
		    (long long)config_int(entry->data, "token_ttl"),
		    (long long)mount_default_ttl(req->vault, req->mount));
	if (config_max_ttl_is_above_mount(entry))
		reply_warn(req,
		    "Given max_ttl of %lld seconds is greater than current "
		    "mount/system default of %lld seconds",
		    (long long)config_int(entry->data, "token_max_ttl"), max_s);
	if (config_ttl_is_above_max(entry))
		return error_set(e, 400, "ttl should be shorter than max_ttl");
	if (period_s > max_s)
		reply_warn(req,
		    "Given period of %lld seconds is greater than the "
		    "backend's maximum TTL of %lld seconds",
		    period_s, max_s);
	return true;
}

static bool
cert_role_check(struct config_entry *entry, struct error *e)
{
	char *name = arena_strdup(
	    entry->req->arena, param_capture(entry->req, "name"));

	if (config_int(entry->data, "ocsp_max_retries") < 0)
		return error_set(
		    e, 400, "ocsp_max_retries can not be a negative number");
	cert_take_lease(entry);
	if (!cert_check_times(entry, e))
		return false;
	lower_ascii(name);
	if (!config_has(entry, "display_name"))
		json_object_set_new(
		    entry->data, "display_name", json_string(name));
	return cert_check_certificate(
	    config_str(entry->data, "certificate"), e);
}

static const struct config_entry_type cert_role_type = {
	.flags = CONFIG_LOWER_NAME,
	.check = cert_role_check,
};
CONFIG_UPDATED_ENTRY_HANDLERS(cert_role, &cert_role_type)

CONFIG_LIST_HANDLER(cert_role_list, "certs/")

/* ---- revocation lists ---- */

static const struct param cert_crl_params[] = {
	{ "crl", P_STRING, NULL, "The list, DER or PEM" },
	{ "url", P_STRING, NULL, "Where it can be had" },
	PARAM_END,
};

/* The list of a text; NULL when it is none. */
static X509_CRL *
cert_read_crl(const char *text)
{
	const unsigned char *der = (const unsigned char *)text;
	X509_CRL *crl = starts_with(text, "-----BEGIN X509 CRL")
	    ? pem_crl(text)
	    : d2i_X509_CRL(NULL, &der, (long)strlen(text));

	crypto_clear_errors();
	return crl;
}

/* Serials as decimals, each with an object for what might be told of it. */
static json_t *
cert_crl_serials(X509_CRL *crl)
{
	STACK_OF(X509_REVOKED) *all = X509_CRL_get_REVOKED(crl);
	json_t *serials = json_object();

	for (int i = 0; i < sk_X509_REVOKED_num(all); i++) {
		BIGNUM *n = ASN1_INTEGER_to_BN(
		    X509_REVOKED_get0_serialNumber(
			sk_X509_REVOKED_value(all, i)),
		    NULL);
		char *decimal = n ? BN_bn2dec(n) : NULL;

		if (decimal)
			json_object_set_new(serials, decimal, json_object());
		OPENSSL_free(decimal);
		BN_free(n);
	}
	return serials;
}

/* Vault 1.19 fetches the list of an URL at once; here it stays empty. */
static bool
cert_crl_check(struct config_entry *entry, struct error *e)
{
	struct request *req = entry->req;
	X509_CRL *crl;

	if (!param_is_given(req, "crl")) {
		if (!param_is_given(req, "url"))
			return error_set(
			    e, 400, "one of 'crl' or 'url' must be provided");
		if (!config_has(entry, "url"))
			return error_set(e, 400, "empty CRL url");
		json_object_set_new(entry->data, "cdp",
		    json_pack("{s:s, s:s}", "url", param_str(req, "url"),
			"valid_until", "0001-01-01T00:00:00Z"));
		json_object_set_new(entry->data, "serials", json_object());
	} else {
		crl = cert_read_crl(param_str(req, "crl"));
		if (!crl)
			return error_set(e, 400,
			    "failed to parse CRL: asn1: structure error: tags "
			    "don't match");
		json_object_set_new(entry->data, "cdp", json_null());
		json_object_set_new(
		    entry->data, "serials", cert_crl_serials(crl));
		X509_CRL_free(crl);
	}
	json_object_del(entry->data, "crl");
	json_object_del(entry->data, "url");
	return true;
}

static const struct config_entry_type cert_crl_type = {
	.flags = CONFIG_REPLACE | CONFIG_LOWER_NAME,
	.check = cert_crl_check,
};

static enum handler_result
cert_crl_write(struct request *req)
{
	return config_entry_write(req, &cert_crl_type);
}

static enum handler_result
cert_crl_missing(struct request *req)
{
	char *name = arena_strdup(req->arena, param_capture(req, "name"));

	lower_ascii(name);
	return fail(req, 400, "no such CRL %s", name);
}

static enum handler_result
cert_crl_read(struct request *req)
{
	return config_entry_exists(req, &cert_crl_type)
	    ? config_entry_read(req, &cert_crl_type)
	    : cert_crl_missing(req);
}

static enum handler_result
cert_crl_delete(struct request *req)
{
	return config_entry_exists(req, &cert_crl_type)
	    ? config_entry_delete(req, &cert_crl_type)
	    : cert_crl_missing(req);
}

CONFIG_LIST_HANDLER(cert_crl_list, "crls/")

static enum handler_result
cert_login(struct request *req)
{
	return req->tls ? config_only_login(req)
			: fail(req, 400, "tls connection required");
}

static const struct route cert_routes[] = {
	CONFIG_LOGIN_ROUTE("login", cert_login),
	CONFIG_UPDATED_SETTINGS_ROUTES(
	    "config", cert_config_params, cert_config, "the configuration"),
	{ OP_LIST, "certs/?", 0, NULL, cert_role_list, NULL,
	    "Names of the certificates" },
	CONFIG_UPDATED_ENTRY_ROUTES(
	    "certs/{name}", cert_role_params, cert_role, "a certificate"),
	{ OP_LIST, "crls/?", 0, NULL, cert_crl_list, NULL,
	    "Names of the revocation lists" },
	CONFIG_UPDATED_ENTRY_ROUTES(
	    "crls/{name}", cert_crl_params, cert_crl, "a revocation list"),
	ROUTE_END,
};

CONFIG_ENGINE_IN_TREE(cert, cert_routes);
