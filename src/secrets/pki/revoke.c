/*
 * Revocation, by serial number, by certificate and by private key.
 */
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "core/crypto/crypto_error.h"
#include "secrets/pki/pki_common.h"

/* ---- revoking ---- */

/* The id of the issuer that signed it, or "". */
static const char *
pki_revoke_find_issuer_id(struct vault *v, const struct mount *m, X509 *cert)
{
	struct pki_state *s = pki_state_get(v, m);

	for (size_t i = 0; i < s->nissuers; i++)
		if (x509_is_issued_by(cert, s->issuers[i].cert))
			return s->issuers[i].id;
	return "";
}

static bool
pki_revoke_and_rebuild(struct vault *v, const struct mount *m,
    const struct pki_cert *c, int64_t now_ns, struct error *e)
{
	X509 *cert = x509_from_der((const uint8_t *)c->der.p, c->der.n);
	json_t *config = pki_crl_config(v, m);
	struct error why = { 0 };
	bool ok;

	pki_cert_revoke(v, m, c->serial, now_ns,
	    cert ? pki_revoke_find_issuer_id(v, m, cert) : c->issuer_id);
	X509_free(cert);
	/* Vault 1.19: with auto_rebuild the next CRL tells of it. */
	if (pki_crl_is_auto_rebuilt(config))
		pki_crl_schedule_delta(v, m, config);
	ok = pki_crl_is_auto_rebuilt(config) || pki_crl_rebuild(v, m, &why);
	json_decref(config);
	return ok ||
	    error_wrap(e, 500, "error encountered during CRL building: %.900s",
		why.text);
}

bool
pki_revoke_serial(
    struct vault *v, const struct mount *m, const char *serial, struct error *e)
{
	struct arena *a = arena_new();
	int64_t now_ns = vault_now(v);
	struct pki_cert c;
	bool ok = true;

	if (pki_cert_load(v, a, m, serial, &c) && !c.revoked_ns &&
	    c.expires_s > now_ns / NSEC_PER_SEC + 2)
		ok = pki_revoke_and_rebuild(v, m, &c, now_ns, e);
	arena_free(a);
	return ok;
}

static enum handler_result
pki_revoke_reply(struct request *req, int64_t revoked_ns)
{
	return reply_data(req,
	    json_pack("{s:I, s:o, s:s}", "revocation_time",
		(json_int_t)(revoked_ns / NSEC_PER_SEC),
		"revocation_time_rfc3339", reply_time_json(req, revoked_ns),
		"state", "revoked"));
}

static enum handler_result
pki_revoke_and_reply(struct request *req, const struct pki_cert *c)
{
	struct pki_state *s = pki_state_get(req->vault, req->mount);
	int64_t now_ns = vault_now(req->vault);
	struct error e = { 0 };

	for (size_t i = 0; i < s->nissuers; i++)
		if (strcmp(s->issuers[i].serial, c->serial) == 0)
			return fail(req, 400,
			    "adding issuer (id: %s) to its own CRL is not "
			    "allowed",
			    s->issuers[i].id);
	if (c->revoked_ns)
		return pki_revoke_reply(req, c->revoked_ns);
	if (c->expires_s < now_ns / NSEC_PER_SEC + 2) {
		reply_warn(req,
		    "certificate with serial %s already expired; "
		    "refusing to add to CRL",
		    c->serial);
		return reply_data(req, NULL);
	}
	if (!pki_revoke_and_rebuild(req->vault, req->mount, c, now_ns, &e))
		return fail_error(req, &e);
	return pki_revoke_reply(req, now_ns);
}

/* ---- by the certificate itself ---- */

static X509 *
pki_revoke_read_pem(struct request *req, const char *pem, struct error *e)
{
	struct pem_block b;
	X509 *cert = NULL;
	const char *why;
	bool rest;

	if (strlen(pem) < 75) {
		error_wrap(e, 500,
		    "provided certificate data was too short; perhaps a path "
		    "was passed to the API rather than the contents of a PEM "
		    "file");
		return NULL;
	}
	if (!pem_next(req->arena, &pem, &b, &rest)) {
		error_wrap(e, 500, "certificate contains no PEM data");
		return NULL;
	}
	cert = x509_parse(b.der, (size_t)b.n, &why);
	pem_block_free(&b);
	if (!cert)
		error_wrap(e, 500, "certificate could not be parsed: %s", why);
	return cert;
}

/* Known, or signed by one of ours: then it is kept from here on. */
static bool
pki_revoke_store_foreign_cert(
    struct request *req, X509 *cert, struct pki_cert *c, struct error *e)
{
	char *serial = x509_serial_str(req->arena, cert);
	const char *issuer;
	int n;
	uint8_t *der = x509_der(req->arena, cert, &n);

	if (pki_cert_load(req->vault, req->arena, req->mount, serial, c)) {
		if (c->der.n == (size_t)n &&
		    memcmp(c->der.p, der, c->der.n) == 0)
			return true;
		return error_wrap(e, 500,
		    "certificate with same serial but unequal value already "
		    "present in this cluster's storage; refusing to revoke");
	}
	issuer = pki_revoke_find_issuer_id(req->vault, req->mount, cert);
	if (*issuer == '\0')
		return error_wrap(e, 500,
		    "unable to verify signature on presented cert from any "
		    "present issuer in this mount; certificates from previous "
		    "CAs will need to have their issuing CA and key "
		    "re-imported if revocation is necessary");
	pki_cert_add(req->vault, req->mount, serial,
	    (struct slice){ (const char *)der, (size_t)n },
	    x509_not_after_s(cert), issuer);
	return pki_cert_load(req->vault, req->arena, req->mount, serial, c);
}

static bool
pki_revoke_load_cert(struct request *req, struct pki_cert *c, struct error *e)
{
	const char *serial = param_str(req, "serial_number");
	X509 *cert;
	bool ok;

	if (param_is_given(req, "certificate")) {
		cert = pki_revoke_read_pem(
		    req, param_str(req, "certificate"), e);
		ok = cert && pki_revoke_store_foreign_cert(req, cert, c, e);
		X509_free(cert);
		return ok;
	}
	if (*serial == '\0')
		return error_set(e, 400, "The serial number must be provided");
	return pki_cert_load(req->vault, req->arena, req->mount, serial, c) ||
	    error_set(e, 400, "certificate with serial %s not found.", serial);
}

static bool
pki_revoke_check_params(struct request *req, struct error *e)
{
	bool serial = param_is_given(req, "serial_number");
	bool cert = param_is_given(req, "certificate");

	if (!serial && !cert)
		return error_set(e, 400,
		    "The serial number or certificate to "
		    "revoke must be provided.");
	return !(serial && cert) ||
	    error_set(e, 400,
		"Must provide either the certificate or the "
		"serial to revoke; not both.");
}

static enum handler_result
pki_revoke_write(struct request *req)
{
	struct pki_cert c;
	struct error e = { 0 };

	if (!pki_revoke_check_params(req, &e) ||
	    !pki_revoke_load_cert(req, &c, &e))
		return fail_error(req, &e);
	return pki_revoke_and_reply(req, &c);
}

static bool
pki_revoke_check_key(const struct pki_cert *c, const char *pem, struct error *e)
{
	EVP_PKEY *key = x509_private_from_pem(pem);
	X509 *cert = x509_from_der((const uint8_t *)c->der.p, c->der.n);
	EVP_PKEY *public = cert ? X509_get0_pubkey(cert) : NULL;
	bool ok = true;

	if (!key)
		ok = error_wrap(e, 500,
		    "provided key PEM block contained no "
		    "data or failed to parse");
	else if (!public ||
	    strcmp(x509_key_type(key), x509_key_type(public)) != 0)
		ok = error_wrap(e, 500,
		    "provided private key type does not match certificate's "
		    "public key type");
	else if (EVP_PKEY_eq(key, public) != 1)
		ok = error_wrap(e, 500,
		    "provided private key does not match "
		    "certificate's public key");
	EVP_PKEY_free(key);
	X509_free(cert);
	crypto_clear_errors();
	return ok;
}

static enum handler_result
pki_revoke_with_key(struct request *req)
{
	const char *pem = param_str(req, "private_key");
	struct pki_cert c;
	struct error e = { 0 };

	if (!pki_revoke_check_params(req, &e))
		return fail_error(req, &e);
	if (!param_is_given(req, "private_key"))
		return fail(req, 400,
		    "Must have private key to revoke via "
		    "the /revoke-with-key path.");
	if (strlen(pem) < 64)
		return fail(req, 400,
		    "Provided data for private_key was too short; perhaps a "
		    "path was passed to the API rather than the contents of a "
		    "PEM file?");
	if (!pki_revoke_load_cert(req, &c, &e) ||
	    !pki_revoke_check_key(&c, pem, &e))
		return fail_error(req, &e);
	return pki_revoke_and_reply(req, &c);
}

/* ---- routes ---- */

#define REVOKE_PARAMS                                                \
	{ "certificate", P_STRING, NULL, "The certificate, PEM" },   \
	{                                                            \
		"serial_number", P_STRING, NULL, "Its serial number" \
	}

static const struct param pki_revoke_params[] = { REVOKE_PARAMS, PARAM_END };

static const struct param pki_revoke_with_key_params[] = {
	REVOKE_PARAMS,
	{ "private_key", P_STRING, NULL, "Its key, PEM" },
	PARAM_END,
};

const struct route pki_revoke_routes[] = {
	{ OP_WRITE, "revoke", 0, pki_revoke_params, pki_revoke_write, NULL,
	    "Revoke a certificate by serial number or with explicit "
	    "certificate." },
	{ OP_WRITE, "revoke-with-key", 0, pki_revoke_with_key_params,
	    pki_revoke_with_key, NULL, "Revoke a certificate, with its key" },
	ROUTE_END,
};
