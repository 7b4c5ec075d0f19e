/*
 * Authorities: roots generated, intermediates asked for and signed, keys made.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "secrets/pki/pki_common.h"

static void
subject_of(struct request *req, struct pki_role *r)
{
	r->country = par_list(req, "country", NULL);
	r->organization = par_list(req, "organization", NULL);
	r->ou = par_list(req, "ou", NULL);
	r->locality = par_list(req, "locality", NULL);
	r->province = par_list(req, "province", NULL);
	r->street_address = par_list(req, "street_address", NULL);
	r->postal_code = par_list(req, "postal_code", NULL);
}

/* The role that an authority's own certificate is made by. */
static struct pki_role
open_role(struct request *req)
{
	struct pki_role r;

	pki_role_open(req->arena, &r);
	r.use_csr_sans = false;
	r.key_usage = par_list(req, "key_usage", NULL);
	r.not_before_duration = par_secs(req, "not_before_duration");
	r.signature_bits = par_int(req, "signature_bits");
	r.use_pss = par_bool(req, "use_pss");
	subject_of(req, &r);
	return r;
}

/* ---- the key ---- */

struct generation {
	bool exported, existing;
	struct pki_role role;
	EVP_PKEY *key; /* owned unless existing */
	char *key_id;
	verdict later; /* its key is being made */
};

static bool
kind_of(struct request *req, struct generation *g, struct error *e)
{
	const char *kind = capture(req, "exported");

	/* intermediate/cross-sign */
	if (*kind == '\0')
		kind = "existing";
	g->exported = strcmp(kind, "exported") == 0;
	g->existing = strcmp(kind, "existing") == 0;
	if (!g->exported && !g->existing && strcmp(kind, "internal") != 0)
		return error_set(e, 400,
		    "the \"exported\" path parameter must be \"internal\", "
		    "\"existing\", exported\" or \"kms\"");
	return pki_format(req) ||
	    error_set(e, 400, "the \"format\" path parameter must be "
			      "\"pem\", \"der\", or \"pem_bundle\"");
}

static bool
take_existing(struct request *req, struct generation *g, struct error *e)
{
	struct error why = { 0 };
	struct pki_key *key;

	if (par_given(req, "key_type") || par_given(req, "key_bits"))
		return error_set(e, 400,
		    "invalid parameter for the kms/existing path parameter, "
		    "key_type nor key_bits arguments can be set in this mode");
	key = pki_key(req->vault, req->mount, par_str(req, "key_ref"), &why);
	if (!key)
		return error_set(e, 400,
		    "failed to lookup public key from existing key: %.800s",
		    why.text);
	g->role.key_type = arena_strdup(req->arena, key->type);
	EVP_PKEY_up_ref(key->key);
	g->key = key->key;
	return true;
}

/* What the path and the key fields say; the key itself comes later. */
static bool
read_generation(struct request *req, struct generation *g, struct error *e)
{
	if (!kind_of(req, g, e))
		return false;
	g->role = open_role(req);
	if (g->existing)
		return take_existing(req, g, e);
	g->role.key_type = arena_strdup(req->arena, par_str(req, "key_type"));
	g->role.key_bits = par_int(req, "key_bits");
	if (strcmp(g->role.key_type, "any") == 0)
		return error_set(e, 400, "unknown key type any");
	return pki_key_check(g->role.key_type, &g->role.key_bits,
	    &g->role.signature_bits, e);
}

static bool
make_key(struct request *req, struct generation *g, struct error *e)
{
	if (g->key)
		return true;
	g->later = pki_ahead(req, g->role.key_type, g->role.key_bits);
	if (g->later)
		return false;
	g->key = pki_generate(req, g->role.key_type, g->role.key_bits);
	return g->key ||
	    error_wrap(e, 500, "error generating private key: unknown key type");
}

/* ---- answers ---- */

static json_t *
secret_json(char *text)
{
	json_t *value = json_string(text);

	secret_free(text, strlen(text));
	return value;
}

static void
show_private(struct request *req, json_t *data, EVP_PKEY *key)
{
	bool pkcs8 = strcmp(par_str(req, "private_key_format"), "pkcs8") == 0;
	uint8_t *der;
	int n;

	if (strcmp(par_str(req, "format"), "der") == 0) {
		der = x509_private_der(key, pkcs8, &n);
		json_object_set_new(data, "private_key",
		    json_string(x509_base64(req->arena, der, (size_t)n)));
		secret_free(der, (size_t)n);
	} else {
		json_object_set_new(data, "private_key",
		    secret_json(x509_private_pem(key, pkcs8)));
	}
	json_object_set_new(data, "private_key_type",
	    json_string(x509_key_type(key)));
}

/* PEM or base64 of a certificate, as the format asks. */
static char *
shown(struct request *req, X509 *cert)
{
	int n;
	uint8_t *der = x509_der(req->arena, cert, &n);

	if (strcmp(par_str(req, "format"), "der") == 0)
		return x509_base64(req->arena, der, (size_t)n);
	return x509_pem(req->arena, "CERTIFICATE", der, (size_t)n);
}

/* pem_bundle: the exported key stands before the text. */
static void
bundle(struct request *req, json_t *data, const char *member)
{
	const char *key =
	    json_string_value(json_object_get(data, "private_key"));
	const char *text = json_string_value(json_object_get(data, member));

	if (key && strcmp(par_str(req, "format"), "pem_bundle") == 0)
		json_object_set_new(data, member,
		    json_sprintf("%s\n%s", key, text));
}

static bool
no_urls(const struct x509_urls *u)
{
	return !(u->issuing && *u->issuing) && !(u->crl && *u->crl) &&
	    !(u->ocsp && *u->ocsp);
}

static void
warn_nameless(struct request *req, X509 *cert)
{
	if (X509_NAME_entry_count(X509_get_subject_name(cert)) > 0)
		return;
	warn(req, "This issuer certificate was generated without a Subject; "
		  "this makes it likely that issuing leaf certs with this "
		  "certificate will cause TLS validation libraries to reject "
		  "this certificate.");
}

static bool
take_path_length(struct request *req, int *out, struct error *e)
{
	*out = -1;
	if (!par_given(req, "max_path_length"))
		return true;
	*out = (int)par_int(req, "max_path_length");
	if (*out >= -1)
		return true;
	return error_set(e, 400,
	    "requested max_path_length %d is invalid: must be a non-negative "
	    "integer or -1 for no constraint", *out);
}

/* ---- roots ---- */

static void
store_cert(struct request *req, X509 *cert, const char *issuer)
{
	int n;
	uint8_t *der = x509_der(req->arena, cert, &n);

	pki_cert_add(req->vault, req->mount, x509_serial(req->arena, cert),
	    der, (size_t)n, x509_not_after(cert), issuer);
}

static void
follow_latest(struct request *req, const char *id)
{
	if (pki_state(req->vault, req->mount)->follow)
		pki_config_put(req->vault, req->mount, "issuers",
		    json_pack("{s:s, s:b}", "default", id,
			"default_follows_latest_issuer", 1));
}

static verdict
root_answer(struct request *req, struct generation *g, X509 *cert,
    const struct x509_plan *plan, const char *issuer_name)
{
	const char *key_name = par_str(req, "key_name");
	json_t *data = json_object();
	bool existed;
	char *id;

	g->key_id = pki_key_add(req, g->key, key_name, &existed);
	id = pki_issuer_add(req, cert, issuer_name, &existed);
	store_cert(req, cert, id);
	follow_latest(req, id);
	pki_crl_rebuild(req->vault, req->mount);
	warn_nameless(req, cert);
	if (no_urls(&plan->urls))
		warn(req, PKI_NO_URLS);
	if (plan->max_path == 0)
		warn(req, "Max path length of the generated certificate is "
			  "zero. This certificate cannot be used to issue "
			  "intermediate CA certificates.");
	json_object_update_new(data,
	    json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s}",
		"certificate", shown(req, cert), "expiration",
		(json_int_t)plan->not_after, "issuer_id", id, "issuer_name",
		issuer_name, "issuing_ca", shown(req, cert), "key_id",
		g->key_id, "key_name", key_name, "serial_number",
		x509_serial(req->arena, cert)));
	if (g->exported) {
		show_private(req, data, g->key);
		bundle(req, data, "certificate");
	}
	return reply_data(req, data);
}

static bool
plan_root(struct request *req, struct generation *g, struct x509_plan *plan,
    struct error *e)
{
	struct pki_ask ask = { .role = &g->role, .ca = true };
	int max_path;

	g->role.ttl = par_secs(req, "ttl");
	if (!take_path_length(req, &max_path, e) ||
	    !pki_issuer_name(req, par_str(req, "issuer_name"), e) ||
	    !pki_key_name(req, par_str(req, "key_name"), e) ||
	    !pki_plan(req, &ask, plan, e))
		return false;
	plan->max_path = max_path;
	plan->permitted = par_list(req, "permitted_dns_domains", NULL);
	return make_key(req, g, e);
}

static verdict
generate_root(struct request *req)
{
	const char *name = par_str(req, "issuer_name");
	struct generation g = { 0 };
	struct x509_plan plan;
	struct error e = { 0 }, none = { 0 };
	X509 *cert = NULL;
	verdict v;

	if (starts_with(req->rel, "root/rotate/") && *name == '\0' &&
	    !pki_issuer(req->vault, req->mount, "next", &none))
		name = "next";
	if (read_generation(req, &g, &e) && plan_root(req, &g, &plan, &e))
		cert = x509_make(req->vault->rng, &plan, g.key, NULL, NULL,
		    &e);
	v = cert      ? root_answer(req, &g, cert, &plan, name)
	    : g.later ? g.later
		      : fail_error(req, &e);
	X509_free(cert);
	EVP_PKEY_free(g.key);
	return v;
}

static verdict
delete_root(struct request *req)
{
	struct pki_state *s = pki_state(req->vault, req->mount);
	char **issuers = arena_zalloc(req->arena,
	    (s->nissuers + 1) * sizeof(char *));
	char **keys = arena_zalloc(req->arena, (s->nkeys + 1) * sizeof(char *));

	for (size_t i = 0; i < s->nissuers; i++)
		issuers[i] = arena_strdup(req->arena, s->issuers[i].id);
	for (size_t i = 0; i < s->nkeys; i++)
		keys[i] = arena_strdup(req->arena, s->keys[i].id);
	for (; *issuers; issuers++)
		pki_issuer_remove(req, *issuers);
	for (; *keys; keys++)
		pki_key_remove(req, *keys);
	pki_config_drop(req->vault, req->mount, "issuers");
	pki_config_drop(req->vault, req->mount, "keys");
	pki_forget(req->vault, req->mount);
	warn(req, "DELETE /root deletes all keys and issuers; prefer the new "
		  "DELETE /key/:key_ref and DELETE /issuer/:issuer_ref for "
		  "finer granularity, unless removal of all keys and issuers "
		  "is desired.");
	return reply_data(req, NULL);
}

/* ---- intermediates: the request ---- */

static verdict
csr_answer(struct request *req, struct generation *g, X509_REQ *csr)
{
	json_t *data = json_object();
	bool existed;
	int n;
	uint8_t *der = x509_request_der(req->arena, csr, &n);
	bool as_der = strcmp(par_str(req, "format"), "der") == 0;

	g->key_id = pki_key_add(req, g->key, par_str(req, "key_name"),
	    &existed);
	if (no_urls(&pki_state(req->vault, req->mount)->urls.list))
		warn(req, PKI_NO_URLS " Since this certificate is an "
			  "intermediate, it might be useful to regenerate this "
			  "certificate after fixing this problem for the root "
			  "mount.");
	json_object_set_new(data, "csr",
	    json_string(as_der ? x509_base64(req->arena, der, (size_t)n)
			       : x509_request_pem(req->arena, csr)));
	json_object_set_new(data, "key_id", json_string(g->key_id));
	if (g->exported) {
		show_private(req, data, g->key);
		bundle(req, data, "csr");
	}
	return reply_data(req, data);
}

static verdict
generate_intermediate(struct request *req)
{
	struct generation g = { 0 };
	struct pki_ask ask = { .role = &g.role, .ca = true };
	struct x509_plan plan;
	struct error e = { 0 };
	X509_REQ *csr = NULL;
	verdict v;

	if (read_generation(req, &g, &e) &&
	    pki_key_name(req, par_str(req, "key_name"), &e) &&
	    pki_plan(req, &ask, &plan, &e) && make_key(req, &g, &e))
		csr = x509_request(&plan, g.key,
		    par_bool(req, "add_basic_constraints"), &e);
	v = csr	      ? csr_answer(req, &g, csr)
	    : g.later ? g.later
		      : fail_error(req, &e);
	X509_REQ_free(csr);
	EVP_PKEY_free(g.key);
	return v;
}

/* ---- intermediates: the signature ---- */

static json_t *
chain_json(struct request *req, X509 *cert, const struct pki_issuer *issuer)
{
	json_t *list = json_array();

	json_array_append_new(list, json_string(shown(req, cert)));
	for (struct pki_issuer **c = issuer->chain; *c; c++)
		json_array_append_new(list,
		    json_string(shown(req, (*c)->cert)));
	return list;
}

static char *
signed_bundle(struct request *req, X509 *cert, const struct pki_issuer *i)
{
	char *text = shown(req, cert);

	if (strcmp(par_str(req, "format"), "pem_bundle") != 0)
		return text;
	for (struct pki_issuer **c = i->chain; *c; c++)
		text = arena_printf(req->arena, "%s\n%s", text, (*c)->pem);
	return text;
}

static verdict
signed_answer(struct request *req, X509 *cert, const struct pki_issuer *issuer,
    const struct x509_plan *plan, bool truncates)
{
	store_cert(req, cert, issuer->id);
	if (x509_not_after(issuer->cert) < plan->not_after)
		warn(req, "The expiration time for the signed certificate is "
			  "after the CA's expiration time. If the new "
			  "certificate is not treated as a root, validation "
			  "paths with the certificate past the issuing CA's "
			  "expiration time will fail.");
	warn_nameless(req, cert);
	if (no_urls(&plan->urls))
		warn(req, PKI_NO_URLS);
	if (truncates && x509_not_after(issuer->cert) == plan->not_after)
		warn(req, "the signed intermediary CA certificate's notAfter "
			  "was truncated to the issuer's notAfter");
	if (plan->max_path == 0)
		warn(req, "Max path length of the signed certificate is zero. "
			  "This certificate cannot be used to issue "
			  "intermediate CA certificates.");
	return reply_data(req,
	    json_pack("{s:o, s:s, s:I, s:s, s:s}", "ca_chain",
		chain_json(req, cert, issuer), "certificate",
		signed_bundle(req, cert, issuer), "expiration",
		(json_int_t)plan->not_after, "issuing_ca",
		shown(req, issuer->cert), "serial_number",
		x509_serial(req->arena, cert)));
}

/* What the issuer's own limit leaves; false when it leaves nothing. */
static bool
path_below(struct request *req, const struct pki_issuer *issuer,
    struct x509_plan *plan, struct error *e)
{
	int limit = x509_max_path(issuer->cert), asked;

	if (!take_path_length(req, &asked, e))
		return false;
	plan->max_path = par_given(req, "max_path_length") ? asked
	    : limit < 0					   ? -1
							   : limit - 1;
	return limit != 0 ||
	    error_set(e, 400, "signing certificate has a max path length of "
			      "zero, and cannot issue further CA certificates");
}

static X509 *
sign_ca(struct request *req, struct pki_ask *ask, struct x509_plan *plan,
    struct error *e)
{
	if (!pki_request_key(ask->role, ask->csr, e) ||
	    !pki_plan(req, ask, plan, e) ||
	    !path_below(req, ask->issuer, plan, e) ||
	    !pki_request_signed(ask->csr, e))
		return NULL;
	plan->permitted = par_list(req, "permitted_dns_domains", NULL);
	return x509_make(req->vault->rng, plan,
	    X509_REQ_get0_pubkey(ask->csr), ask->issuer->cert,
	    ask->issuer->key->key, e);
}

static verdict
sign_intermediate(struct request *req)
{
	const char *ref = capture(req, "issuer_ref");
	struct pki_role role = open_role(req);
	struct pki_ask ask = { .role = &role, .ca = true };
	struct x509_plan plan;
	struct error e = { 0 };
	X509 *cert = NULL;
	bool truncates;
	verdict v;

	if (!pki_format(req))
		return fail(req, 400, "The \"format\" path parameter must be "
				      "\"pem\", \"der\" or \"pem_bundle\"");
	if (*ref == '\0')
		ref = par_str(req, "issuer_ref");
	ask.issuer = pki_signer(req->vault, req->mount, ref, &e);
	if (!ask.issuer)
		return fail_error(req, &e);
	/* Vault 1.17 and later: an intermediate ends with its issuer. */
	truncates = !par_bool(req, "enforce_leaf_not_after_behavior") &&
	    strcmp(ask.issuer->leaf, "always_enforce_err") != 0;
	ask.leaf = truncates ? "truncate" : NULL;
	ask.verbatim = par_bool(req, "use_csr_values");
	role.use_csr_common_name = *par_str(req, "common_name") == '\0';
	ask.csr = x509_request_read(req->arena, par_str(req, "csr"), &e);
	if (ask.csr)
		cert = sign_ca(req, &ask, &plan, &e);
	v = cert ? signed_answer(req, cert, ask.issuer, &plan, truncates)
		 : fail_error(req, &e);
	X509_free(cert);
	X509_REQ_free(ask.csr);
	return v;
}

/* ---- rows ---- */

#define CA_PARAMS                                                           \
	PKI_NAME_PARAMS,                                                    \
	{ "country", P_COMMA_STRINGS, NULL, "Country of the subject" },      \
	{ "key_usage", P_COMMA_STRINGS, "[\"CertSign\",\"CRLSign\"]",        \
	    "Key usages" },                                                 \
	{ "locality", P_COMMA_STRINGS, NULL, "Locality of the subject" },    \
	{ "not_before_duration", P_SECONDS, "30", "How far to backdate" },   \
	{ "organization", P_COMMA_STRINGS, NULL,                             \
	    "Organization of the subject" },                                \
	{ "ou", P_COMMA_STRINGS, NULL, "Unit of the subject" },              \
	{ "postal_code", P_COMMA_STRINGS, NULL,                              \
	    "Postal code of the subject" },                                 \
	{ "province", P_COMMA_STRINGS, NULL, "Province of the subject" },    \
	{ "signature_bits", P_INT, NULL, "Bits of the signature's hash" },   \
	{ "street_address", P_COMMA_STRINGS, NULL,                           \
	    "Street of the subject" },                                      \
	{ "use_pss", P_BOOL, NULL, "RSA signatures with PSS" },              \
	{ "max_path_length", P_INT, "-1", "Authorities below" },             \
	{ "permitted_dns_domains", P_COMMA_STRINGS, NULL,                    \
	    "Domains it may sign for" }

#define KEY_PARAMS                                                          \
	{ "exported", P_STRING, NULL, "internal, exported or existing" },    \
	{ "key_bits", P_INT, NULL, "Bits of the key" },                      \
	{ "key_name", P_STRING, NULL, "Name of the key" },                   \
	{ "key_ref", P_STRING, "\"default\"", "An existing key" },           \
	{ "key_type", P_STRING, "\"rsa\"", "rsa, ec or ed25519" }

static const struct param root_params[] = {
	CA_PARAMS, KEY_PARAMS,
	{ "issuer_name", P_STRING, NULL, "Name of the issuer" },
	PARAM_END,
};

static const struct param intermediate_params[] = {
	CA_PARAMS, KEY_PARAMS,
	{ "add_basic_constraints", P_BOOL, NULL,
	    "Ask for basicConstraints CA:TRUE" },
	PARAM_END,
};

static const struct param sign_params[] = {
	CA_PARAMS, PKI_ISSUER_REF,
	{ "csr", P_STRING, NULL, "The request, PEM" },
	{ "enforce_leaf_not_after_behavior", P_BOOL, NULL,
	    "Treat it as a leaf" },
	{ "use_csr_values", P_BOOL, NULL, "Take the request's own values" },
	PARAM_END,
};

#define ROOT "Generate a new CA certificate and private key used for signing."
#define INTERMEDIATE "Generate a new CSR and private key used for signing."
#define CROSS "Re-issue a self-signed certificate based on the provided "  \
	      "certificate."
#define SIGN "Issue an intermediate CA certificate based on the provided CSR."

const struct route pki_ca_routes[] = {
	{ OP_DELETE, "root", R_SUDO, NULL, delete_root, NULL,
	    "Delete all keys and issuers" },
	{ OP_WRITE, "root/generate/{exported}", 0, root_params, generate_root,
	    NULL, ROOT },
	{ OP_WRITE, "root/rotate/{exported}", 0, root_params, generate_root,
	    NULL, ROOT },
	{ OP_WRITE, "issuers/generate/root/{exported}", 0, root_params,
	    generate_root, NULL, ROOT },
	{ OP_WRITE, "intermediate/generate/{exported}", 0,
	    intermediate_params, generate_intermediate, NULL, INTERMEDIATE },
	{ OP_WRITE, "intermediate/cross-sign", 0, intermediate_params,
	    generate_intermediate, NULL, INTERMEDIATE },
	{ OP_WRITE, "issuers/generate/intermediate/{exported}", 0,
	    intermediate_params, generate_intermediate, NULL, INTERMEDIATE },
	{ OP_WRITE, "root/sign-intermediate", 0, sign_params,
	    sign_intermediate, NULL, SIGN },
	{ OP_WRITE, "issuer/{issuer_ref}/sign-intermediate", 0, sign_params,
	    sign_intermediate, NULL, SIGN },
	{ OP_WRITE, "root/sign-self-issued", R_SUDO, pki_cross_params,
	    pki_sign_self_issued, NULL, CROSS },
	{ OP_WRITE, "issuer/{issuer_ref}/sign-self-issued", R_SUDO,
	    pki_cross_params, pki_sign_self_issued, NULL, CROSS },
	ROUTE_END,
};
