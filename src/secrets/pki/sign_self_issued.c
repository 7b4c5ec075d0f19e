/*
 * sign-self-issued: a root of another's, signed here as it is, so that those
 * who trust this authority trust that one too.
 */
#include <openssl/x509v3.h>

#include "secrets/pki/pki_common.h"

const struct param pki_cross_params[] = {
	{ "certificate", P_STRING, NULL, "The root to sign, PEM" },
	PKI_ISSUER_REF,
	{ "require_matching_certificate_algorithms", P_BOOL, "false",
	    "Refuse a key of another type than the issuer's" },
	PARAM_END,
};

/* The one certificate of the text, when it is a root. */
static X509 *
pki_self_issued_read_root(struct request *req, struct error *e)
{
	const char *text = param_str(req, "certificate");
	struct pem_block block;
	bool rest;
	X509 *cert = NULL;
	const char *problem = NULL, *why;

	if (!pem_next(req->arena, &text, &block, &rest)) {
		error_set(e, 400, "certificate could not be PEM-decoded");
		return NULL;
	}
	cert = x509_parse(block.der, (size_t)block.n, &why);
	pem_block_free(&block);
	if (!cert)
		problem = arena_printf(
		    req->arena, "error parsing certificate: %s", why);
	else if (!(X509_get_extension_flags(cert) & EXFLAG_CA))
		problem = "given certificate is not a CA certificate";
	else if (X509_NAME_cmp(X509_get_subject_name(cert),
		     X509_get_issuer_name(cert)) != 0)
		problem = "given certificate is not self-issued";
	if (!problem)
		return cert;
	error_set(e, 400, "%s", problem);
	X509_free(cert);
	return NULL;
}

static X509 *
pki_cross_sign(
    struct request *req, X509 *root, struct pki_issuer *issuer, struct error *e)
{
	struct x509_urls urls = { 0 };

	if (!pki_issuer_urls(req, issuer, &urls, e))
		return NULL;
	if (param_bool(req, "require_matching_certificate_algorithms") &&
	    EVP_PKEY_get_base_id(X509_get0_pubkey(root)) !=
		EVP_PKEY_get_base_id(issuer->key->key)) {
		error_wrap(e, 500,
		    "signing certificate's public key algorithm (%s) does not "
		    "match submitted certificate's (%s), and "
		    "require_matching_certificate_algorithms is true",
		    x509_go_key_type(issuer->key->key),
		    x509_go_key_type(X509_get0_pubkey(root)));
		return NULL;
	}
	return x509_cross_sign(root, &urls, issuer->cert, issuer->key->key, e);
}

enum handler_result
pki_sign_self_issued(struct request *req)
{
	const char *ref = param_capture(req, "issuer_ref");
	struct pki_issuer *issuer;
	struct error e = { 0 };
	X509 *root, *made = NULL;
	enum handler_result v;

	if (*ref == '\0')
		ref = param_str(req, "issuer_ref");
	if (*ref == '\0')
		return fail(req, 400, "missing issuer reference");
	root = pki_self_issued_read_root(req, &e);
	issuer = root ? pki_signing_issuer(req->vault, req->mount, ref, &e)
		      : NULL;
	if (issuer)
		made = pki_cross_sign(req, root, issuer, &e);
	v = made ? reply_data(req,
		       json_pack("{s:s, s:s}", "certificate",
			   x509_cert_pem(req->arena, made), "issuing_ca",
			   x509_cert_pem(req->arena, issuer->cert)))
		 : fail_error(req, &e);
	X509_free(root);
	X509_free(made);
	return v;
}
