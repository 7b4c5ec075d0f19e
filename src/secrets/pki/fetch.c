/*
 * What anyone may fetch: certificates, the authority's own, its chain, CRLs.
 * Raw paths give bytes and never an error; without anything they are a 204.
 */
#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "secrets/pki/pki_common.h"

#define TYPE_CERT "application/pkix-cert"
#define TYPE_PEM "application/pem-certificate-chain"

static enum handler_result
pki_fetch_reply_raw(struct request *req, const char *type, struct slice body)
{
	return reply_raw(req, body.n ? 200 : 204, type, body);
}

static struct slice
pki_fetch_empty(void)
{
	return (struct slice){ "", 0 };
}

static struct pki_issuer *
pki_fetch_default_issuer(struct request *req, struct error *e)
{
	return pki_issuer_find(req->vault, req->mount, "default", e);
}

/* ---- the authority ---- */

static struct slice
pki_fetch_issuer_der(struct request *req, const struct pki_issuer *i)
{
	int n;
	uint8_t *der = x509_der(req->arena, i->cert, &n);

	return (struct slice){ (const char *)der, (size_t)n };
}

static char *
pki_fetch_chain_pem(struct request *req, const struct pki_issuer *i)
{
	struct strs all = strs_in(req->arena);

	for (struct pki_issuer **c = i->chain; *c; c++)
		strs_add(&all, (*c)->pem);
	return strs_join(req->arena, strs_array(&all), "\n");
}

static enum handler_result
pki_fetch_ca_raw(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = pki_fetch_default_issuer(req, &e);
	bool pem = ends_with(req->rel_path, "/pem");

	return pki_fetch_reply_raw(req, pem ? TYPE_PEM : TYPE_CERT,
	    !i	      ? pki_fetch_empty()
		: pem ? slice_of(i->pem)
		      : pki_fetch_issuer_der(req, i));
}

static enum handler_result
pki_fetch_chain_raw(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = pki_fetch_default_issuer(req, &e);

	return pki_fetch_reply_raw(req, TYPE_CERT,
	    i ? slice_of(pki_fetch_chain_pem(req, i)) : pki_fetch_empty());
}

static json_t *
pki_fetch_cert_data(const char *certificate)
{
	return json_pack("{s:s, s:i, s:s}", "certificate", certificate,
	    "revocation_time", 0, "revocation_time_rfc3339", "");
}

static enum handler_result
pki_fetch_ca_json(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = pki_fetch_default_issuer(req, &e);

	return i ? reply_data(req, pki_fetch_cert_data(i->pem))
		 : fail(req, 400, "%s", e.text);
}

static enum handler_result
pki_fetch_chain_json(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = pki_fetch_default_issuer(req, &e);
	json_t *data;

	if (!i)
		return fail(req, 400, "%s", e.text);
	data = pki_fetch_cert_data(pki_fetch_chain_pem(req, i));
	json_object_set_new(
	    data, "ca_chain", json_string(pki_fetch_chain_pem(req, i)));
	return reply_data(req, data);
}

/* ---- CRLs ---- */

/* The issuer's list, or that of its changes when the path says so. */
static struct slice
pki_fetch_crl_der(struct request *req, const struct pki_issuer *i)
{
	int64_t number;
	struct slice der = strstr(req->rel_path, "delta")
	    ? pki_crl_load_delta(req->vault, req->arena, req->mount, i, &number)
	    : pki_crl_load(req->vault, req->arena, req->mount, i->id, &number);

	return der.p ? der : pki_fetch_empty();
}

/* "" without a list. */
static char *
pki_fetch_crl_pem(struct request *req, struct slice der)
{
	return der.n
	    ? x509_pem(req->arena, "X509 CRL", (const uint8_t *)der.p, der.n)
	    : arena_strdup(req->arena, "");
}

/* The mount's own list, raw. Vault 1.19: its PEM has no line's end. */
static enum handler_result
pki_fetch_crl_raw(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = pki_fetch_default_issuer(req, &e);
	struct slice der = i ? pki_fetch_crl_der(req, i) : pki_fetch_empty();

	if (ends_with(req->rel_path, "pem"))
		return pki_fetch_reply_raw(req, "application/x-pem-file",
		    slice_of(pki_fetch_crl_pem(req, der)));
	return pki_fetch_reply_raw(req, "application/pkix-crl", der);
}

/* The path of an issuer; NULL: e is what it is refused with. */
static struct pki_issuer *
pki_fetch_path_issuer(struct request *req, struct error *e)
{
	return pki_issuer_find(
	    req->vault, req->mount, param_capture(req, "issuer_ref"), e);
}

/* Vault 1.19: the PEM of an issuer's list ends with a line's end. */
static char *
pki_fetch_crl_lines(struct request *req, struct slice der)
{
	return arena_printf(
	    req->arena, "%s%s", pki_fetch_crl_pem(req, der), der.n ? "\n" : "");
}

static enum handler_result
pki_fetch_issuer_crl_raw(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = pki_fetch_path_issuer(req, &e);
	struct slice der;

	if (!i)
		return fail_error(req, &e);
	der = pki_fetch_crl_der(req, i);
	if (ends_with(req->rel_path, "pem"))
		return pki_fetch_reply_raw(req, "application/x-pem-file",
		    slice_of(pki_fetch_crl_lines(req, der)));
	return pki_fetch_reply_raw(req, "application/pkix-crl", der);
}

static enum handler_result
pki_fetch_issuer_crl(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = pki_fetch_path_issuer(req, &e);

	if (!i)
		return fail_error(req, &e);
	return reply_data(req,
	    json_pack("{s:s}", "crl",
		pki_fetch_crl_lines(req, pki_fetch_crl_der(req, i))));
}

static enum handler_result
pki_fetch_crl_json(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = pki_fetch_default_issuer(req, &e);
	struct slice der;

	if (!i)
		return fail(req, 500, "%s", e.text);
	der = pki_fetch_crl_der(req, i);
	return der.n
	    ? reply_data(req, pki_fetch_cert_data(pki_fetch_crl_pem(req, der)))
	    : reply_none(req);
}

/* Vault 1.19: only Enterprise knows these paths. */
static enum handler_result
pki_fetch_unified_crl(struct request *req)
{
	return fail_unsupported_path(req);
}

/* ---- certificates ---- */

static bool
pki_fetch_is_serial(const char *text)
{
	return text[strspn(text, "0123456789abcdefABCDEF:-")] == '\0';
}

static void
pki_fetch_put_authority_key_id(
    struct request *req, json_t *data, struct slice der)
{
	const uint8_t *at = (const uint8_t *)der.p;
	X509 *cert = d2i_X509(NULL, &at, (long)der.n);

	if (cert)
		pki_put_authority_key_id(req, data, cert);
	X509_free(cert);
}

static enum handler_result
pki_fetch_cert_json(struct request *req)
{
	const char *serial = param_capture(req, "serial");
	struct pki_cert c;
	json_t *data;

	if (!pki_fetch_is_serial(serial))
		return fail(req, 404, "unsupported path");
	if (!pki_cert_load(req->vault, req->arena, req->mount, serial, &c))
		return reply_none(req);
	data = json_pack("{s:s, s:I, s:o}", "certificate",
	    x509_pem(
		req->arena, "CERTIFICATE", (const uint8_t *)c.der.p, c.der.n),
	    "revocation_time", (json_int_t)(c.revoked_ns / NSEC_PER_SEC),
	    "revocation_time_rfc3339",
	    c.revoked_ns ? reply_time_json(req, c.revoked_ns)
			 : json_string(""));
	if (c.revoked_ns && *c.issuer_id)
		json_object_set_new(
		    data, "issuer_id", json_string(c.issuer_id));
	pki_fetch_put_authority_key_id(req, data, c.der);
	return reply_data(req, data);
}

static enum handler_result
pki_fetch_cert_raw(struct request *req)
{
	const char *serial = param_capture(req, "serial");
	bool pem = ends_with(req->rel_path, "/pem");
	struct pki_cert c;

	if (!pki_fetch_is_serial(serial))
		return fail(req, 404, "unsupported path");
	if (!pki_cert_load(req->vault, req->arena, req->mount, serial, &c))
		return pki_fetch_reply_raw(
		    req, pem ? TYPE_PEM : TYPE_CERT, pki_fetch_empty());
	if (pem)
		return pki_fetch_reply_raw(req, TYPE_PEM,
		    slice_of(x509_pem(req->arena, "CERTIFICATE",
			(const uint8_t *)c.der.p, c.der.n)));
	return pki_fetch_reply_raw(req, TYPE_CERT, c.der);
}

static enum handler_result
pki_fetch_list_serials(struct request *req)
{
	struct strs serials = strs_in(req->arena);

	pki_cert_serials(req->vault, req->mount,
	    starts_with(req->rel_path, "certs/revoked"), &serials);
	return reply_keys(req, &serials);
}

/* Vault 1.19: the paths of CRLs know these names. */
static const struct param pki_issuer_crl_params[] = {
	{ "issuer_name", P_STRING, NULL, "Name of the issuer" },
	{ "issuer_ref", P_STRING, NULL, "The issuer" },
	PARAM_END,
};

static const struct param pki_fetch_serial_params[] = {
	{ "serial", P_PATH_STRING, NULL, "Serial number" },
	PARAM_END,
};

#define UNAUTH_ROUTE(path, handler, help)                          \
	{                                                          \
		OP_READ, path, R_UNAUTH, NULL, handler, NULL, help \
	}
#define SERIAL_ROUTE(path, handler)                                        \
	{                                                                  \
		OP_READ, path, R_UNAUTH, pki_fetch_serial_params, handler, \
		    NULL, FETCH                                            \
	}
#define ISSUER_CRL(path, handler)                               \
	{                                                       \
		OP_READ, "issuer/{issuer_ref}/" path, R_UNAUTH, \
		    pki_issuer_crl_params, handler, NULL,       \
		    "Fetch an issuer's CRL"                     \
	}
#define FETCH "Fetch a CA, CRL, CA Chain, or non-revoked certificate."

const struct route pki_fetch_routes[] = {
	UNAUTH_ROUTE("ca", pki_fetch_ca_raw, FETCH),
	UNAUTH_ROUTE("ca/pem", pki_fetch_ca_raw, FETCH),
	UNAUTH_ROUTE("ca_chain", pki_fetch_chain_raw, FETCH),
	UNAUTH_ROUTE("crl", pki_fetch_crl_raw, FETCH),
	UNAUTH_ROUTE("crl/pem", pki_fetch_crl_raw, FETCH),
	SERIAL_ROUTE("cert/ca", pki_fetch_ca_json),
	SERIAL_ROUTE("cert/ca/raw", pki_fetch_ca_raw),
	SERIAL_ROUTE("cert/ca/raw/pem", pki_fetch_ca_raw),
	UNAUTH_ROUTE("cert/ca_chain", pki_fetch_chain_json, FETCH),
	UNAUTH_ROUTE("cert/crl", pki_fetch_crl_json, FETCH),
	UNAUTH_ROUTE("cert/crl/raw", pki_fetch_crl_raw, FETCH),
	UNAUTH_ROUTE("cert/crl/raw/pem", pki_fetch_crl_raw, FETCH),
	UNAUTH_ROUTE("cert/delta-crl", pki_fetch_crl_json, FETCH),
	UNAUTH_ROUTE("cert/delta-crl/raw", pki_fetch_crl_raw, FETCH),
	UNAUTH_ROUTE("cert/delta-crl/raw/pem", pki_fetch_crl_raw, FETCH),
	UNAUTH_ROUTE("crl/delta", pki_fetch_crl_raw, FETCH),
	UNAUTH_ROUTE("crl/delta/pem", pki_fetch_crl_raw, FETCH),
	UNAUTH_ROUTE("unified-crl", pki_fetch_unified_crl, FETCH),
	UNAUTH_ROUTE("unified-crl/pem", pki_fetch_unified_crl, FETCH),
	UNAUTH_ROUTE("unified-crl/delta", pki_fetch_unified_crl, FETCH),
	UNAUTH_ROUTE("unified-crl/delta/pem", pki_fetch_unified_crl, FETCH),
	SERIAL_ROUTE("cert/{serial:seg}/raw", pki_fetch_cert_raw),
	SERIAL_ROUTE("cert/{serial:seg}/raw/pem", pki_fetch_cert_raw),
	SERIAL_ROUTE("cert/{serial:seg}", pki_fetch_cert_json),
	ISSUER_CRL("crl", pki_fetch_issuer_crl),
	ISSUER_CRL("crl/der", pki_fetch_issuer_crl_raw),
	ISSUER_CRL("crl/pem", pki_fetch_issuer_crl_raw),
	ISSUER_CRL("crl/delta", pki_fetch_issuer_crl),
	ISSUER_CRL("crl/delta/der", pki_fetch_issuer_crl_raw),
	ISSUER_CRL("crl/delta/pem", pki_fetch_issuer_crl_raw),
	ISSUER_CRL("unified-crl", pki_fetch_unified_crl),
	ISSUER_CRL("unified-crl/der", pki_fetch_unified_crl),
	ISSUER_CRL("unified-crl/pem", pki_fetch_unified_crl),
	ISSUER_CRL("unified-crl/delta", pki_fetch_unified_crl),
	ISSUER_CRL("unified-crl/delta/der", pki_fetch_unified_crl),
	ISSUER_CRL("unified-crl/delta/pem", pki_fetch_unified_crl),
	{ OP_LIST, "certs/?", 0, NULL, pki_fetch_list_serials, NULL,
	    "List the serials of all certificates" },
	{ OP_LIST, "certs/revoked/?", 0, NULL, pki_fetch_list_serials, NULL,
	    "List the serials of revoked certificates" },
	ROUTE_END,
};
