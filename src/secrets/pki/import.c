/*
 * What operators bring along: a text of PEM blocks, its keys and issuers put
 * in.
 */
#include <openssl/x509v3.h>
#include <string.h>

#include "base/json/jsontree.h"
#include "base/text.h"
#include "secrets/pki/pki_common.h"

struct pki_import_state {
	struct request *req;
	json_t *issuers, *keys, *existing_issuers, *existing_keys, *mapping;
	int nkeys, ncerts;
};

static bool
pki_import_private_key(
    struct pki_import_state *im, const struct pem_block *b, struct error *e)
{
	struct error why = { 0 };
	EVP_PKEY *key = x509_private_from_der(b->der, (size_t)b->n, &why);
	bool existed = false;
	char *id = key ? pki_key_add(im->req, key, "", &existed, &why) : NULL;

	EVP_PKEY_free(key);
	if (!id)
		return error_set(
		    e, 400, "Error parsing key %d: %s", im->nkeys, why.text);
	json_array_append_new(
	    existed ? im->existing_keys : im->keys, json_string(id));
	im->nkeys++;
	return true;
}

/* Vault 1.19: a certificate whose key Go does not know has none. */
#define EMPTY_KEY                                                       \
	"Refusing to import CA certificate with empty PublicKey. This " \
	"usually means the SubjectPublicKeyInfo field has an OID not "  \
	"recognized by Go, such as 1.2.840.113549.1.1.10 for rsaPSS."

static const char *
pki_import_cert_problem(X509 *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);

	if (X509_check_ca(cert) != 1)
		return "Refusing to import non-CA certificate";
	return key && strcmp(x509_key_type(key), "unknown") != 0 ? NULL
								 : EMPTY_KEY;
}

/* Stores one certificate of a bundle as an issuer; adds its id to the issuers
 * that are new or that were there, and to the mapping. false with e when it
 * cannot be an issuer. */
static bool
pki_import_cert(
    struct pki_import_state *im, const struct pem_block *b, struct error *e)
{
	const char *why;
	X509 *cert = x509_parse(b->der, (size_t)b->n, &why);
	const char *problem = cert
	    ? pki_import_cert_problem(cert)
	    : arena_printf(
		  im->req->arena, "unable to parse certificate: %s", why);
	struct error none = { 0 };
	bool existed;
	char *id;

	if (problem) {
		/* The text of an error holds no more of it. */
		char *pem = x509_pem(im->req->arena, b->label, b->der,
		    (size_t)(b->n < 300 ? b->n : 300));

		error_set(e, 400, "Error parsing issuer %d: %s\n%s\n",
		    im->ncerts, problem, pem);
		X509_free(cert);
		return false;
	}
	id = pki_issuer_add(im->req, cert, "", "", &existed);
	X509_free(cert);
	json_array_append_new(
	    existed ? im->existing_issuers : im->issuers, json_string(id));
	json_object_set_new(im->mapping, id,
	    json_string(
		pki_issuer_find(im->req->vault, im->req->mount, id, &none)
		    ->key_id));
	im->ncerts++;
	return true;
}

static bool
pki_import_is_ignored_label(const char *label)
{
	return strcmp(label, "X509 CRL") == 0 || strcmp(label, "CRL") == 0 ||
	    strcmp(label, "EC PARAMETERS") == 0 ||
	    strcmp(label, "EC PARAMS") == 0;
}

/* One pass over the blocks: keys go in first, so that issuers find them. */
static bool
pki_import_pass(struct pki_import_state *im, const char *pem, bool keys,
    bool allowed, struct error *e)
{
	struct pem_block b;
	bool rest, ok = true;

	while (ok && pem_next(im->req->arena, &pem, &b, &rest)) {
		bool cert = strcmp(b.label, "CERTIFICATE") == 0 ||
		    strcmp(b.label, "X509 CERTIFICATE") == 0;

		if (!pki_import_is_ignored_label(b.label) && !cert && !allowed)
			ok = error_set(e, 400,
			    "private keys found in the PEM bundle but not "
			    "allowed by the path; use /issuers/import/bundle");
		else if (!pki_import_is_ignored_label(b.label) && cert != keys)
			ok = cert ? pki_import_cert(im, &b, e)
				  : pki_import_private_key(im, &b, e);
		pem_block_free(&b);
	}
	if (ok && rest)
		return error_set(e, 400,
		    "provided PEM block contained no "
		    "data");
	return ok;
}

static void
pki_import_choose_default(struct pki_import_state *im)
{
	struct pki_state *s = pki_state_get(im->req->vault, im->req->mount);
	const char *chosen = NULL;
	size_t i;
	json_t *id;
	int n = 0;

	json_array_foreach (im->issuers, i, id) {
		const char *text = json_string_value(id);

		if (*json_string_value(json_object_get(im->mapping, text))) {
			chosen = text;
			n++;
		}
	}
	if (!s->follow_latest || n == 0)
		return;
	if (n == 1)
		pki_config_put(im->req->vault, im->req->mount, "issuers",
		    json_pack("{s:s, s:b}", "default", chosen,
			"default_follows_latest_issuer", 1));
	else
		reply_warn(im->req,
		    "Default issuer left unchanged: could not "
		    "select new issuer automatically as multiple "
		    "imported issuers had key material in Vault.");
}

static void
pki_import_warn(struct pki_import_state *im)
{
	struct pki_state *s = pki_state_get(im->req->vault, im->req->mount);
	const char *key = json_string_value(
	    json_object_get(im->mapping, s->default_issuer));

	if (key && *key == '\0')
		reply_warn(im->req,
		    "The default issuer has no key associated with "
		    "it. Some operations like issuing certificates "
		    "and signing CRLs will be unavailable with the "
		    "requested default issuer until a key is "
		    "imported or the default issuer is changed.");
	if (x509_urls_are_empty(&s->urls.list))
		reply_warn(im->req, PKI_NO_URLS);
}

/* Every PEM block of a text: keys (when allowed) and issuers. */
static enum handler_result
pki_import_bundle(struct request *req, const char *pem, bool keys_allowed)
{
	struct pki_import_state im = { .req = req,
		.issuers = json_array(),
		.keys = json_array(),
		.existing_issuers = json_array(),
		.existing_keys = json_array(),
		.mapping = json_object() };
	struct error e = { 0 }, failed = { 0 };
	bool ok = pki_import_pass(&im, pem, true, keys_allowed, &e) &&
	    pki_import_pass(&im, pem, false, keys_allowed, &e);

	if (ok) {
		pki_issuers_link_keys(req);
		pki_import_choose_default(&im);
		if (json_array_size(im.issuers) > 0 &&
		    !pki_crl_rebuild(req->vault, req->mount, &failed))
			reply_warn(req,
			    "rebuilding the CRL failed. While this is "
			    "indicative of a problem with the imported issuers "
			    "(perhaps because of their "
			    "revocation_signature_algorithm), they did import "
			    "successfully and are now usable. It is strongly "
			    "suggested to fix the CRL building errors before "
			    "continuing. The original error is reproduced "
			    "below:\n\n\t%s",
			    failed.text);
		pki_import_warn(&im);
	}
	return ok
	    ? reply_data(req,
		  json_pack("{s:o, s:o, s:o, s:o, s:o}", "existing_issuers",
		      jsontree_or_null(im.existing_issuers), "existing_keys",
		      jsontree_or_null(im.existing_keys), "imported_issuers",
		      jsontree_or_null(im.issuers), "imported_keys",
		      jsontree_or_null(im.keys), "mapping", im.mapping))
	    : (json_decref(im.issuers), json_decref(im.keys),
		  json_decref(im.existing_issuers),
		  json_decref(im.existing_keys), json_decref(im.mapping),
		  fail_error(req, &e));
}

static enum handler_result
pki_import(struct request *req)
{
	const char *bundle = param_str(req, "pem_bundle");
	const char *cert = param_str(req, "certificate");
	const char *pem = *bundle ? bundle : cert;
	bool keys = *bundle &&
	    (ends_with(req->rel_path, "bundle") ||
		strcmp(req->rel_path, "config/ca") == 0);

	if (*bundle && *cert)
		return fail(req, 400,
		    "'pem_bundle' and 'certificate' "
		    "parameters were both provided");
	if (*pem == '\0')
		return fail(req, 400,
		    "'pem_bundle' and 'certificate' "
		    "parameters were empty");
	if (strlen(pem) < 75)
		return fail(req, 400,
		    "provided data for import was too "
		    "short; perhaps a path was passed to the "
		    "API rather than the contents of a PEM "
		    "file");
	return pki_import_bundle(req, pem, keys);
}

static const struct param pki_import_params[] = {
	{ "certificate", P_STRING, NULL, "Certificates, PEM" },
	{ "pem_bundle", P_STRING, NULL, "Certificates and keys, PEM" },
	PARAM_END,
};

#define IMPORT(path)                                                    \
	{                                                               \
		OP_WRITE, path, 0, pki_import_params, pki_import, NULL, \
		    "Import issuers, and keys"                          \
	}

const struct route pki_import_routes[] = {
	IMPORT("config/ca"),
	IMPORT("intermediate/set-signed"),
	IMPORT("issuers/import/bundle"),
	IMPORT("issuers/import/cert"),
	ROUTE_END,
};
