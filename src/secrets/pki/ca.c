/*
 * Authorities: roots generated, intermediates asked for and signed, keys made.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "secrets/pki/pki_common.h"

/* The role that an authority's own certificate is made by. */
static struct pki_role
pki_ca_role(struct request *req)
{
	struct pki_role r;

	pki_role_allow_all(req->arena, &r);
	r.use_csr_sans = false;
	r.key_usage = param_strings(req, "key_usage", NULL);
	r.not_before_duration = param_duration(req, "not_before_duration");
	r.signature_bits = param_int(req, "signature_bits");
	r.use_pss = param_bool(req, "use_pss");
	r.country = param_strings(req, "country", NULL);
	r.organization = param_strings(req, "organization", NULL);
	r.ou = param_strings(req, "ou", NULL);
	r.locality = param_strings(req, "locality", NULL);
	r.province = param_strings(req, "province", NULL);
	r.street_address = param_strings(req, "street_address", NULL);
	r.postal_code = param_strings(req, "postal_code", NULL);
	return r;
}

/* ---- the key ---- */

struct pki_ca_generation {
	bool exported, use_existing, use_kms;
	struct pki_role role;
	const char *issuer_name, *key_name; /* "" without one */
	EVP_PKEY *key;			    /* owned */
	char *key_id;
	bool pending; /* its key is being made */
};

static bool
pki_ca_read_key_kind(
    struct request *req, struct pki_ca_generation *g, struct error *e)
{
	const char *kind = param_capture(req, "exported");

	/* intermediate/cross-sign */
	if (*kind == '\0')
		kind = "existing";
	g->exported = strcmp(kind, "exported") == 0;
	g->use_existing = strcmp(kind, "existing") == 0;
	g->use_kms = strcmp(kind, "kms") == 0;
	if (!g->exported && !g->use_existing && !g->use_kms &&
	    strcmp(kind, "internal") != 0)
		return error_set(e, 400,
		    "the \"exported\" path parameter must be \"internal\", "
		    "\"existing\", exported\" or \"kms\"");
	return pki_format_param(req) ||
	    error_set(e, 400,
		"the \"format\" path parameter must be "
		"\"pem\", \"der\", or \"pem_bundle\"");
}

static bool
pki_ca_use_existing_key(
    struct request *req, struct pki_ca_generation *g, struct error *e)
{
	struct error why = { 0 };
	struct pki_key *key;

	if (param_is_given(req, "key_type") || param_is_given(req, "key_bits"))
		return error_set(e, 400,
		    "invalid parameter for the kms/existing path parameter, "
		    "key_type nor key_bits arguments can be set in this mode");
	key = pki_key_find(
	    req->vault, req->mount, param_str(req, "key_ref"), &why);
	if (!key)
		return error_set(e, 400,
		    "failed to lookup public key from existing key: %.800s",
		    why.text);
	g->role.key_type = arena_strdup(req->arena, key->type);
	if (EVP_PKEY_up_ref(key->key) != 1)
		return error_set(e, 500, "the key has too many users");
	g->key = key->key;
	return true;
}

/* What the path and the key fields say; the key itself comes later. */
static bool
pki_ca_read_params(
    struct request *req, struct pki_ca_generation *g, struct error *e)
{
	if (!pki_ca_read_key_kind(req, g, e))
		return false;
	g->role = pki_ca_role(req);
	if (g->use_kms) {
		const char *fault = pki_managed_key_fault(req);

		return fault
		    ? error_set(e, 400,
			  "unable to determine managed key id: %s", fault)
		    : error_set(e, 400,
			  "failed to lookup public key from managed key: " PKI_NO_MANAGED_KEYS);
	}
	if (g->use_existing)
		return pki_ca_use_existing_key(req, g, e);
	g->role.key_type = arena_strdup(req->arena, param_str(req, "key_type"));
	g->role.key_bits = param_int(req, "key_bits");
	return pki_key_check(
	    g->role.key_type, &g->role.key_bits, &g->role.signature_bits, e);
}

static bool
pki_ca_make_key(
    struct request *req, struct pki_ca_generation *g, struct error *e)
{
	if (g->key)
		return true;
	if (strcmp(g->role.key_type, "any") == 0)
		return error_set(e, 400, "unknown key type: any");
	g->pending = !pki_key_generate_async(
	    req, g->role.key_type, g->role.key_bits);
	if (g->pending)
		return false;
	g->key = pki_key_generate(req, g->role.key_type, g->role.key_bits);
	return g->key ||
	    error_wrap(
		e, 500, "error generating private key: unknown key type");
}

/* ---- answers ---- */

static void
pki_ca_add_private_key(struct request *req, json_t *data, EVP_PKEY *key)
{
	bool pkcs8 = strcmp(param_str(req, "private_key_format"), "pkcs8") == 0;
	uint8_t *der;
	int n;

	if (strcmp(param_str(req, "format"), "der") == 0) {
		der = x509_private_der(key, pkcs8, &n);
		json_object_set_new(data, "private_key",
		    json_string(x509_base64(req->arena, der, (size_t)n)));
		secret_free(der, (size_t)n);
	} else {
		char *pem = x509_private_pem(key, pkcs8);

		json_object_set_new(data, "private_key", json_string(pem));
		secret_free(pem, strlen(pem));
	}
	json_object_set_new(
	    data, "private_key_type", json_string(x509_key_type(key)));
}

/* PEM or base64 of a certificate, as the format asks. */
static char *
pki_ca_format_cert(struct request *req, X509 *cert)
{
	int n;
	uint8_t *der = x509_der(req->arena, cert, &n);

	if (strcmp(param_str(req, "format"), "der") == 0)
		return x509_base64(req->arena, der, (size_t)n);
	return x509_pem(req->arena, "CERTIFICATE", der, (size_t)n);
}

/* pem_bundle: the exported key stands before the text. */
static void
pki_ca_prepend_key(struct request *req, json_t *data, const char *member)
{
	const char *key = json_string_value(
	    json_object_get(data, "private_key"));
	const char *text = json_string_value(json_object_get(data, member));

	if (key && strcmp(param_str(req, "format"), "pem_bundle") == 0)
		json_object_set_new(
		    data, member, json_sprintf("%s\n%s", key, text));
}

static void
pki_ca_warn_no_subject(struct request *req, X509 *cert)
{
	if (X509_NAME_entry_count(X509_get_subject_name(cert)) > 0)
		return;
	reply_warn(req,
	    "This issuer certificate was generated without a Subject; "
	    "this makes it likely that issuing leaf certs with this "
	    "certificate will cause TLS validation libraries to reject "
	    "this certificate.");
}

/* Vault 1.19: an authority signs, whatever else it is asked for. Other usages
 * are named in a warning, which is there, empty, when all are right. */
static void
pki_ca_warn_key_usage(struct request *req, const char *what)
{
	struct strs bad = strs_in(req->arena);

	if (!param_is_given(req, "key_usage"))
		return;
	for (char **u = param_strings(req, "key_usage", NULL); *u; u++) {
		unsigned bit = x509_usage_bit(
		    trim_space(arena_strdup(req->arena, *u)));

		if (bit &
		    (X509_USE_SIGNATURE | X509_USE_CERT_SIGN |
			X509_USE_CRL_SIGN))
			continue;
		strs_add(&bad,
		    arena_printf(req->arena,
			bit ? "key usage %s is only valid for non-Ca certs"
			    : "unrecognized key usage %s",
			*u));
	}
	reply_warn(
	    req, "%s: %s", what, strs_join(req->arena, strs_array(&bad), "; "));
}

/* ---- name constraints ---- */

/* Addresses with the length of their prefix. Vault 1.19: what a root is refused
 * with and what an intermediate is have each a text of their own. */
static bool
pki_ca_check_ranges(struct request *req, const char *kind, bool root,
    char *const *ranges, struct error *e)
{
	for (char *const *range = ranges; *range; range++)
		if (!x509_is_ip_range(*range))
			return error_set(e, 400,
			    "%s: error parsing IP range \"%s\": invalid CIDR "
			    "address: %s",
			    root ? arena_printf(req->arena,
				       "invalid %s_ip_ranges value", kind)
				 : arena_printf(req->arena,
				       "error parsinng %s IP ranges", kind),
			    *range, *range);
	return true;
}

static bool
pki_ca_read_constraints(
    struct request *req, struct x509_template *tmpl, bool root, struct error *e)
{
	struct x509_names *permitted = &tmpl->permitted;
	struct x509_names *excluded = &tmpl->excluded;

	permitted->dns = param_strings(req, "permitted_dns_domains", NULL);
	excluded->dns = param_strings(req, "excluded_dns_domains", NULL);
	permitted->emails = param_strings(
	    req, "permitted_email_addresses", NULL);
	excluded->emails = param_strings(req, "excluded_email_addresses", NULL);
	permitted->uris = param_strings(req, "permitted_uri_domains", NULL);
	excluded->uris = param_strings(req, "excluded_uri_domains", NULL);
	permitted->ips = param_strings(req, "permitted_ip_ranges", NULL);
	excluded->ips = param_strings(req, "excluded_ip_ranges", NULL);
	return pki_ca_check_ranges(req, "permitted", root, permitted->ips, e) &&
	    pki_ca_check_ranges(req, "excluded", root, excluded->ips, e);
}

static bool
pki_ca_read_max_path_length(struct request *req, int *out, struct error *e)
{
	*out = -1;
	if (!param_is_given(req, "max_path_length"))
		return true;
	*out = (int)param_int(req, "max_path_length");
	if (*out >= -1)
		return true;
	return error_set(e, 400,
	    "requested max_path_length %d is invalid: must be a non-negative "
	    "integer or -1 for no constraint",
	    *out);
}

/* ---- roots ---- */

static void
pki_ca_store_cert(struct request *req, X509 *cert, const char *issuer)
{
	int n;
	uint8_t *der = x509_der(req->arena, cert, &n);

	pki_cert_add(req->vault, req->mount, x509_serial_str(req->arena, cert),
	    (struct slice){ (const char *)der, (size_t)n },
	    x509_not_after_s(cert), issuer);
}

static void
pki_root_warn(struct request *req, X509 *cert, const struct x509_template *tmpl)
{
	pki_ca_warn_key_usage(req, "Invalid key usage will be ignored");
	pki_ca_warn_no_subject(req, cert);
	if (x509_urls_are_empty(&tmpl->urls))
		reply_warn(req, PKI_NO_URLS);
	if (tmpl->max_path_length == 0)
		reply_warn(req,
		    "Max path length of the generated certificate is "
		    "zero. This certificate cannot be used to issue "
		    "intermediate CA certificates.");
}

/* Keeps a new root certificate as an issuer and answers with it: its PEM or
 * DER, its private key when the type is exported, and the ids of issuer and
 * key. */
static enum handler_result
pki_root_reply(struct request *req, struct pki_ca_generation *g, X509 *cert,
    const struct x509_template *tmpl)
{
	const struct x509_algorithm *algorithm = x509_cert_algorithm(cert);
	struct error e = { 0 };
	const struct pki_key *key;
	json_t *data;
	bool existed;
	char *id, *key_name;

	g->key_id = pki_key_add(req, g->key, g->key_name, &existed, &e);
	if (!g->key_id)
		return fail_error(req, &e);
	key = pki_key_find(req->vault, req->mount, g->key_id, &e);
	/* Vault 1.19: an existing key keeps its name. */
	key_name = arena_strdup(req->arena, key ? key->name : g->key_name);
	id = pki_issuer_add(req, cert, g->issuer_name,
	    algorithm ? algorithm->name : "", &existed);
	pki_ca_store_cert(req, cert, id);
	if (pki_state_get(req->vault, req->mount)->follow_latest)
		pki_config_put(req->vault, req->mount, "issuers",
		    json_pack("{s:s, s:b}", "default", id,
			"default_follows_latest_issuer", 1));
	if (!pki_crl_rebuild(req->vault, req->mount, &e))
		return fail_error(req, &e);
	pki_root_warn(req, cert, tmpl);
	data = json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s}",
	    "certificate", pki_ca_format_cert(req, cert), "expiration",
	    (json_int_t)tmpl->not_after_s, "issuer_id", id, "issuer_name",
	    g->issuer_name, "issuing_ca", pki_ca_format_cert(req, cert),
	    "key_id", g->key_id, "key_name", key_name, "serial_number",
	    x509_serial_str(req->arena, cert));
	if (g->exported) {
		pki_ca_add_private_key(req, data, g->key);
		pki_ca_prepend_key(req, data, "certificate");
	}
	return reply_data(req, data);
}

static bool
pki_root_prepare(struct request *req, struct pki_ca_generation *g,
    struct x509_template *tmpl, struct error *e)
{
	struct pki_issuance issuance = { .role = &g->role, .is_ca = true };
	struct error none = { 0 };
	int max_path;

	g->role.ttl = param_duration(req, "ttl");
	if (!pki_ca_read_max_path_length(req, &max_path, e) ||
	    !pki_issuer_param_name(req, &g->issuer_name, e))
		return false;
	if (starts_with(req->rel_path, "root/rotate/") &&
	    *g->issuer_name == '\0' &&
	    !pki_issuer_find(req->vault, req->mount, "next", &none))
		g->issuer_name = "next";
	if (!pki_key_param_name(req, &g->key_name, e) ||
	    !pki_cert_template(req, &issuance, tmpl, e) ||
	    !pki_ca_read_constraints(req, tmpl, true, e))
		return false;
	tmpl->max_path_length = max_path;
	return pki_ca_make_key(req, g, e);
}

static enum handler_result
pki_root_generate(struct request *req)
{
	struct pki_ca_generation g = { 0 };
	struct x509_template tmpl;
	struct error e = { 0 };
	X509 *cert = NULL;
	enum handler_result v;

	if (pki_ca_read_params(req, &g, &e) &&
	    pki_root_prepare(req, &g, &tmpl, &e))
		cert = x509_cert_make(
		    req->vault->random, &tmpl, g.key, NULL, NULL, &e);
	v = cert	? pki_root_reply(req, &g, cert, &tmpl)
	    : g.pending ? PENDING
			: fail_error(req, &e);
	X509_free(cert);
	EVP_PKEY_free(g.key);
	return v;
}

static enum handler_result
pki_root_delete(struct request *req)
{
	struct pki_state *s = pki_state_get(req->vault, req->mount);
	char **issuers = arena_zalloc(
	    req->arena, (s->nissuers + 1) * sizeof(char *));
	char **keys = arena_zalloc(req->arena, (s->nkeys + 1) * sizeof(char *));

	for (size_t i = 0; i < s->nissuers; i++)
		issuers[i] = arena_strdup(req->arena, s->issuers[i].id);
	for (size_t i = 0; i < s->nkeys; i++)
		keys[i] = arena_strdup(req->arena, s->keys[i].id);
	for (; *issuers; issuers++)
		pki_issuer_remove(req->vault, req->mount, *issuers);
	for (; *keys; keys++)
		pki_key_remove(req, *keys);
	pki_config_delete(req->vault, req->mount, "issuers");
	pki_config_delete(req->vault, req->mount, "keys");
	pki_state_invalidate(req->vault, req->mount);
	reply_warn(req,
	    "DELETE /root deletes all keys and issuers; prefer the new "
	    "DELETE /key/:key_ref and DELETE /issuer/:issuer_ref for "
	    "finer granularity, unless removal of all keys and issuers "
	    "is desired.");
	return reply_data(req, NULL);
}

/* ---- intermediates: the request ---- */

/* Keeps the key of a new request and answers with the request, and with the
 * private key when the type is exported. */
static enum handler_result
pki_intermediate_reply_csr(
    struct request *req, struct pki_ca_generation *g, X509_REQ *csr)
{
	struct error e = { 0 };
	json_t *data;
	bool existed;
	int n;
	uint8_t *der = x509_csr_der(req->arena, csr, &n);
	bool as_der = strcmp(param_str(req, "format"), "der") == 0;

	g->key_id = pki_key_add(req, g->key, g->key_name, &existed, &e);
	if (!g->key_id)
		return fail_error(req, &e);
	data = json_object();
	pki_ca_warn_key_usage(req, "Invalid key usage");
	if (x509_urls_are_empty(
		&pki_state_get(req->vault, req->mount)->urls.list))
		reply_warn(req,
		    PKI_NO_URLS
		    " Since this certificate is an "
		    "intermediate, it might be useful to regenerate this "
		    "certificate after fixing this problem for the root "
		    "mount.");
	json_object_set_new(data, "csr",
	    json_string(as_der ? x509_base64(req->arena, der, (size_t)n)
			       : x509_csr_pem(req->arena, csr)));
	json_object_set_new(data, "key_id", json_string(g->key_id));
	if (g->exported) {
		pki_ca_add_private_key(req, data, g->key);
		pki_ca_prepend_key(req, data, "csr");
	}
	return reply_data(req, data);
}

static enum handler_result
pki_intermediate_generate(struct request *req)
{
	struct pki_ca_generation g = { 0 };
	struct pki_issuance issuance = {
		.role = &g.role, .is_ca = true, .is_request = true
	};
	struct x509_template tmpl;
	struct error e = { 0 };
	X509_REQ *csr = NULL;
	enum handler_result v;

	if (pki_ca_read_params(req, &g, &e) &&
	    pki_key_param_name(req, &g.key_name, &e) &&
	    pki_cert_template(req, &issuance, &tmpl, &e) &&
	    pki_ca_make_key(req, &g, &e)) {
		tmpl.usage = 0;
		for (char **u = param_strings(req, "key_usage", NULL); *u; u++)
			tmpl.usage |= x509_usage_bit(*u);
		csr = x509_csr_make(
		    &tmpl, g.key, param_bool(req, "add_basic_constraints"), &e);
	}
	v = csr		? pki_intermediate_reply_csr(req, &g, csr)
	    : g.pending ? PENDING
			: fail_error(req, &e);
	X509_REQ_free(csr);
	EVP_PKEY_free(g.key);
	return v;
}

/* ---- intermediates: the signature ---- */

static json_t *
pki_intermediate_chain_json(
    struct request *req, X509 *cert, const struct pki_issuer *issuer)
{
	json_t *list = json_array();

	json_array_append_new(list, json_string(pki_ca_format_cert(req, cert)));
	for (struct pki_issuer **c = issuer->chain; *c; c++)
		json_array_append_new(
		    list, json_string(pki_ca_format_cert(req, (*c)->cert)));
	return list;
}

static char *
pki_intermediate_bundle(
    struct request *req, X509 *cert, const struct pki_issuer *i)
{
	char *text = pki_ca_format_cert(req, cert);
	struct strs all = strs_in(req->arena);

	if (strcmp(param_str(req, "format"), "pem_bundle") != 0)
		return text;
	strs_add(&all, text);
	for (struct pki_issuer **c = i->chain; *c; c++)
		strs_add(&all, (*c)->pem);
	return strs_join(req->arena, strs_array(&all), "\n");
}

/* Stores a signed intermediate and answers with it and its chain. truncates:
 * warn when the issuer ends earlier. */
static enum handler_result
pki_intermediate_reply_signed(struct request *req, X509 *cert,
    const struct pki_issuer *issuer, const struct x509_template *tmpl,
    bool truncates)
{
	json_t *data;

	pki_ca_store_cert(req, cert, issuer->id);
	if (x509_not_after_s(issuer->cert) < tmpl->not_after_s)
		reply_warn(req,
		    "The expiration time for the signed certificate is "
		    "after the CA's expiration time. If the new "
		    "certificate is not treated as a root, validation "
		    "paths with the certificate past the issuing CA's "
		    "expiration time will fail.");
	pki_ca_warn_no_subject(req, cert);
	if (x509_urls_are_empty(&tmpl->urls))
		reply_warn(req, PKI_NO_URLS);
	if (truncates && x509_not_after_s(issuer->cert) == tmpl->not_after_s)
		reply_warn(req,
		    "the signed intermediary CA certificate's notAfter "
		    "was truncated to the issuer's notAfter");
	if (tmpl->max_path_length == 0)
		reply_warn(req,
		    "Max path length of the signed certificate is zero. "
		    "This certificate cannot be used to issue "
		    "intermediate CA certificates.");
	data = json_pack("{s:o, s:s, s:I, s:s, s:s}", "ca_chain",
	    pki_intermediate_chain_json(req, cert, issuer), "certificate",
	    pki_intermediate_bundle(req, cert, issuer), "expiration",
	    (json_int_t)tmpl->not_after_s, "issuing_ca",
	    pki_ca_format_cert(req, issuer->cert), "serial_number",
	    x509_serial_str(req->arena, cert));
	pki_put_authority_key_id(req, data, cert);
	return reply_data(req, data);
}

/* What the issuer's own limit leaves; false when it leaves nothing. */
static bool
pki_intermediate_path_length(struct request *req,
    const struct pki_issuer *issuer, struct x509_template *tmpl,
    struct error *e)
{
	int limit = x509_max_path_length(issuer->cert), asked;

	if (!pki_ca_read_max_path_length(req, &asked, e))
		return false;
	tmpl->max_path_length = param_is_given(req, "max_path_length") ? asked
	    : limit < 0						       ? -1
			: limit - 1;
	return limit != 0 ||
	    error_set(e, 400,
		"signing certificate has a max path length of "
		"zero, and cannot issue further CA certificates");
}

/* skid: hex digits with any of ":- " between them. */
static bool
pki_ca_read_key_id(
    struct request *req, struct x509_template *tmpl, struct error *e)
{
	char *text = arena_strdup(req->arena, param_str(req, "skid")), *to;
	uint8_t *bytes = arena_alloc(req->arena, strlen(text) / 2 + 1);
	long n;

	to = text;
	for (const char *p = text; *p; p++)
		if (!strchr(":- ", *p))
			*to++ = *p;
	*to = '\0';
	n = hex_decode(text, strlen(text), bytes);
	tmpl->subject_key_id = bytes;
	tmpl->subject_key_id_size = n > 0 ? (size_t)n : 0;
	if (n >= 0)
		return true;
	to = text + strspn(text, "0123456789abcdefABCDEF");
	return *to ? error_set(e, 400,
			 "cannot parse requested SKID value as hex: "
			 "encoding/hex: invalid byte: U+%04X '%c'",
			 (unsigned char)*to, *to)
		   : error_set(e, 400,
			 "cannot parse requested SKID value as hex: "
			 "encoding/hex: odd length hex string");
}

static bool
pki_intermediate_is_permitted(
    struct request *req, X509 *cert, X509 *issuer, struct error *e)
{
	struct error why = { 0 };

	return !version_has(req->vault, VERSION_PKI_CONSTRAINTS_KEPT) ||
	    x509_check_name_constraints(req->arena, cert, issuer, &why) ||
	    error_wrap(
		e, 500, "verification of parsed bundle failed: %s", why.text);
}

static X509 *
pki_intermediate_sign(struct request *req, struct pki_issuance *issuance,
    struct x509_template *tmpl, struct error *e)
{
	if (!pki_csr_check_key(issuance->role, issuance->csr, e) ||
	    !pki_cert_template(req, issuance, tmpl, e) ||
	    !pki_intermediate_path_length(req, issuance->issuer, tmpl, e) ||
	    !pki_csr_check_signature(issuance->csr, e))
		return NULL;
	if (!pki_ca_read_constraints(req, tmpl, false, e) ||
	    !pki_ca_read_key_id(req, tmpl, e))
		return NULL;
	return x509_cert_make(req->vault->random, tmpl,
	    X509_REQ_get0_pubkey(issuance->csr), issuance->issuer->cert,
	    issuance->issuer->key->key, e);
}

/* Signs a CSR as an intermediate CA, for root/sign-intermediate and for
 * issuer/REF/sign-intermediate. */
static enum handler_result
pki_root_sign_intermediate(struct request *req)
{
	const char *ref = param_capture(req, "issuer_ref");
	struct pki_role role = pki_ca_role(req);
	struct pki_issuance issuance = { .role = &role, .is_ca = true };
	struct x509_template tmpl;
	struct error e = { 0 };
	X509 *cert = NULL;
	bool cuts, truncates;
	enum handler_result v;

	if (!pki_format_param(req))
		return fail(req, 400,
		    "The \"format\" path parameter must be \"pem\" or "
		    "\"der\"");
	if (*ref == '\0')
		ref = param_str(req, "issuer_ref");
	issuance.issuer = pki_signing_issuer(req->vault, req->mount, ref, &e);
	if (!issuance.issuer)
		return fail_error(req, &e);
	/* Vault 1.17 and later: an intermediate ends with its issuer. */
	cuts = version_has(req->vault, VERSION_PKI_INTERMEDIATE_CUT);
	truncates = cuts &&
	    !param_bool(req, "enforce_leaf_not_after_behavior") &&
	    strcmp(issuance.issuer->leaf_behavior, "always_enforce_err") != 0;
	issuance.leaf_behavior = truncates ? "truncate"
	    : cuts			   ? NULL
					   : "permit";
	issuance.verbatim = param_bool(req, "use_csr_values");
	role.use_csr_common_name = *param_str(req, "common_name") == '\0';
	issuance.csr = x509_csr_from_pem(req->arena, param_str(req, "csr"), &e);
	if (issuance.csr)
		cert = pki_intermediate_sign(req, &issuance, &tmpl, &e);
	if (cert &&
	    pki_intermediate_is_permitted(req, cert, issuance.issuer->cert, &e))
		v = pki_intermediate_reply_signed(
		    req, cert, issuance.issuer, &tmpl, truncates);
	else
		v = fail_error(req, &e);
	X509_free(cert);
	X509_REQ_free(issuance.csr);
	return v;
}

/* ---- routes ---- */

#define CA_PARAMS                                                              \
	PKI_NAME_PARAMS,                                                       \
	    { "country", P_COMMA_STRINGS, NULL, "Country of the subject" },    \
	    { "locality", P_COMMA_STRINGS, NULL, "Locality of the subject" },  \
	    { "not_before_duration", P_SECONDS, "30", "How far to backdate" }, \
	    { "organization", P_COMMA_STRINGS, NULL,                           \
		    "Organization of the subject" },                           \
	    { "ou", P_COMMA_STRINGS, NULL, "Unit of the subject" },            \
	    { "postal_code", P_COMMA_STRINGS, NULL,                            \
		    "Postal code of the subject" },                            \
	    { "province", P_COMMA_STRINGS, NULL, "Province of the subject" },  \
	    { "signature_bits", P_INT, NULL, "Bits of the signature's hash" }, \
	    { "street_address", P_COMMA_STRINGS, NULL,                         \
		    "Street of the subject" },                                 \
	{                                                                      \
		"use_pss", P_BOOL, NULL, "RSA signatures with PSS"             \
	}

#define CONSTRAINT_PARAM(name, help)                                       \
	{                                                                  \
		name, P_VERSION(P_COMMA_STRINGS, VERSION_PKI_CONSTRAINTS), \
		    NULL, help                                             \
	}
/* What a certificate of an authority says, and a request does not. */
#define CA_CERT_PARAMS                                                         \
	CONSTRAINT_PARAM("excluded_dns_domains", "Domains not to sign for"),   \
	    CONSTRAINT_PARAM(                                                  \
		"excluded_email_addresses", "Addresses not to sign for"),      \
	    CONSTRAINT_PARAM("excluded_ip_ranges", "Ranges not to sign for"),  \
	    CONSTRAINT_PARAM(                                                  \
		"excluded_uri_domains", "Domains of URIs not to sign for"),    \
	    { "key_usage",                                                     \
		    P_VERSION(P_COMMA_STRINGS, VERSION_PKI_CA_KEY_USAGE),      \
		    "[\"CertSign\",\"CRLSign\"]", "Key usages" },              \
	    { "max_path_length", P_INT, "-1", "Authorities below" },           \
	    { "permitted_dns_domains", P_COMMA_STRINGS, NULL,                  \
		    "Domains it may sign for" },                               \
	    CONSTRAINT_PARAM(                                                  \
		"permitted_email_addresses", "Addresses it may sign for"),     \
	    CONSTRAINT_PARAM("permitted_ip_ranges", "Ranges it may sign for"), \
	    CONSTRAINT_PARAM(                                                  \
		"permitted_uri_domains", "Domains of URIs it may sign for")

#define KEY_PARAMS                                                        \
	{ "exported", P_STRING, NULL, "internal, exported or existing" }, \
	    { "key_bits", P_INT, NULL, "Bits of the key" },               \
	    { "key_name", P_STRING, NULL, "Name of the key" },            \
	    { "key_ref", P_STRING, "\"default\"", "An existing key" },    \
	    { "managed_key_id", P_STRING, NULL, "Enterprise only" },      \
	    { "managed_key_name", P_STRING, NULL, "Enterprise only" },    \
	{                                                                 \
		"key_type", P_STRING, "\"rsa\"", "rsa, ec or ed25519"     \
	}

static const struct param pki_root_params[] = {
	CA_PARAMS,
	CA_CERT_PARAMS,
	KEY_PARAMS,
	{ "issuer_name", P_STRING, NULL, "Name of the issuer" },
	PARAM_END,
};

static const struct param pki_intermediate_params[] = {
	CA_PARAMS,
	KEY_PARAMS,
	{ "add_basic_constraints", P_BOOL, NULL,
	    "Ask for basicConstraints CA:TRUE" },
	{ "key_usage", P_VERSION(P_COMMA_STRINGS, VERSION_PKI_CA_KEY_USAGE),
	    NULL, "Key usages to ask for" },
	PARAM_END,
};

static const struct param pki_sign_intermediate_params[] = {
	CA_PARAMS,
	CA_CERT_PARAMS,
	PKI_ISSUER_REF,
	{ "csr", P_STRING, NULL, "The request, PEM" },
	{ "enforce_leaf_not_after_behavior",
	    P_VERSION(P_BOOL, VERSION_PKI_INTERMEDIATE_CUT), NULL,
	    "Treat it as a leaf" },
	{ "issuer_name", P_STRING, NULL, "Not used here" },
	{ "skid", P_STRING, NULL, "Subject key id, hex" },
	{ "use_csr_values", P_BOOL, NULL, "Take the request's own values" },
	PARAM_END,
};

#define ROOT "Generate a new CA certificate and private key used for signing."
#define INTERMEDIATE "Generate a new CSR and private key used for signing."
#define CROSS                                                       \
	"Re-issue a self-signed certificate based on the provided " \
	"certificate."
#define SIGN "Issue an intermediate CA certificate based on the provided CSR."

const struct route pki_ca_routes[] = {
	{ OP_DELETE, "root", R_SUDO, NULL, pki_root_delete, NULL,
	    "Delete all keys and issuers" },
	{ OP_WRITE, "root/generate/{exported}", 0, pki_root_params,
	    pki_root_generate, NULL, ROOT },
	{ OP_WRITE, "root/rotate/{exported}", 0, pki_root_params,
	    pki_root_generate, NULL, ROOT },
	{ OP_WRITE, "issuers/generate/root/{exported}", 0, pki_root_params,
	    pki_root_generate, NULL, ROOT },
	{ OP_WRITE, "intermediate/generate/{exported}", 0,
	    pki_intermediate_params, pki_intermediate_generate, NULL,
	    INTERMEDIATE },
	{ OP_WRITE, "intermediate/cross-sign", 0, pki_intermediate_params,
	    pki_intermediate_generate, NULL, INTERMEDIATE },
	{ OP_WRITE, "issuers/generate/intermediate/{exported}", 0,
	    pki_intermediate_params, pki_intermediate_generate, NULL,
	    INTERMEDIATE },
	{ OP_WRITE, "root/sign-intermediate", 0, pki_sign_intermediate_params,
	    pki_root_sign_intermediate, NULL, SIGN },
	{ OP_WRITE, "issuer/{issuer_ref}/sign-intermediate", 0,
	    pki_sign_intermediate_params, pki_root_sign_intermediate, NULL,
	    SIGN },
	{ OP_WRITE, "root/sign-self-issued", R_SUDO, pki_cross_params,
	    pki_sign_self_issued, NULL, CROSS },
	{ OP_WRITE, "issuer/{issuer_ref}/sign-self-issued", 0, pki_cross_params,
	    pki_sign_self_issued, NULL, CROSS },
	ROUTE_END,
};
