/*
 * cert: the configuration and the certificates that would be trusted.
 */
#include "auth/config_only/config_only_common.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "core/crypto/keypair.h"

static const struct param cert_config_params[] = {
	{ "disable_binding", P_BOOL, NULL,
	    "A renewal may come with another certificate" },
	{ "enable_identity_alias_metadata", P_BOOL, NULL,
	    "Metadata for the alias" },
	{ "enable_metadata_on_failures", P_BOOL, NULL,
	    "Metadata when a login fails" },
	{ "ocsp_cache_size", P_INT, "100", "Answers of OCSP that are kept" },
	{ "role_cache_size", P_INT, "200", "Roles that are kept parsed" },
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

static bool
cert_config_check(struct config_entry *entry, struct error *e)
{
	int64_t size = config_int(entry->data, "ocsp_cache_size");

	return (size >= 2 && size <= 100000) ||
	    error_set(e, 400, "invalid cache size, must be >= 2 and <= 100000");
}

static const struct config_entry_type cert_config_type = {
	.flags = CONFIG_DEFAULTS,
	.check = cert_config_check,
};
CONFIG_ENTRY_HANDLERS(cert_config, &cert_config_type)

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
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	bool ok = cert && !keypair_go_refusal(X509_get_X509_PUBKEY(cert))
	    ? cert_check_usage(cert, e)
	    : error_set(e, 400, "failed to parse certificate");

	X509_free(cert);
	BIO_free(bio);
	return ok;
}

static bool
cert_role_check(struct config_entry *entry, struct error *e)
{
	if (config_int(entry->data, "ocsp_max_retries") < 0)
		return error_set(
		    e, 400, "ocsp_max_retries can not be a negative number");
	if (!config_has(entry, "display_name"))
		json_object_set_new(entry->data, "display_name",
		    json_string(param_capture(entry->req, "name")));
	if (config_max_ttl_is_above_mount(entry))
		reply_warn(entry->req,
		    "Given max_ttl of %lld seconds is greater than current "
		    "mount/system default of %lld seconds",
		    (long long)config_int(entry->data, "token_max_ttl"),
		    (long long)mount_max_ttl(
			entry->req->vault, entry->req->mount));
	return cert_check_certificate(
	    config_str(entry->data, "certificate"), e);
}

static const struct config_entry_type cert_role_type = {
	.flags = CONFIG_LOWER_NAME,
	.check = cert_role_check,
};
CONFIG_ENTRY_HANDLERS(cert_role, &cert_role_type)

CONFIG_LIST_HANDLER(cert_role_list, "certs/")
CONFIG_LIST_HANDLER(cert_crl_list, "crls/")

static enum handler_result
cert_login(struct request *req)
{
	return req->tls ? config_only_login(req)
			: fail(req, 400, "tls connection required");
}

static const struct route cert_routes[] = {
	CONFIG_LOGIN_ROUTE("login", cert_login),
	CONFIG_ENTRY_ROUTES(
	    "config", cert_config_params, cert_config, "the configuration"),
	{ OP_LIST, "certs/?", 0, NULL, cert_role_list, NULL,
	    "Names of the certificates" },
	CONFIG_ENTRY_ROUTES(
	    "certs/{name}", cert_role_params, cert_role, "a certificate"),
	{ OP_LIST, "crls/?", 0, NULL, cert_crl_list, NULL,
	    "Names of the revocation lists" },
	ROUTE_END,
};

CONFIG_ENGINE_IN_TREE(cert, cert_routes);
