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

static verdict
raw(struct request *req, const char *type, struct slice body)
{
	return reply_raw(req, body.n ? 200 : 204, type, body);
}

static struct slice
nothing(void)
{
	return (struct slice){ "", 0 };
}

static struct pki_issuer *
authority(struct request *req, struct error *e)
{
	return pki_issuer(req->vault, req->mount, "default", e);
}

/* ---- the authority ---- */

static struct slice
der_of(struct request *req, const struct pki_issuer *i)
{
	int n;
	uint8_t *der = x509_der(req->arena, i->cert, &n);

	return (struct slice){ (const char *)der, (size_t)n };
}

static char *
chain_of(struct request *req, const struct pki_issuer *i)
{
	char *out = i->chain[0]->pem;

	for (struct pki_issuer **c = i->chain + 1; *c; c++)
		out = arena_printf(req->arena, "%s\n%s", out, (*c)->pem);
	return out;
}

static verdict
ca_raw(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = authority(req, &e);
	bool pem = ends_with(req->rel, "/pem");

	return raw(req, pem ? TYPE_PEM : TYPE_CERT,
	    !i	  ? nothing()
	    : pem ? slice_of(i->pem)
		  : der_of(req, i));
}

static verdict
chain_raw(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = authority(req, &e);

	return raw(req, TYPE_CERT, i ? slice_of(chain_of(req, i)) : nothing());
}

static json_t *
plain(const char *certificate)
{
	return json_pack("{s:s, s:i, s:s}", "certificate", certificate,
	    "revocation_time", 0, "revocation_time_rfc3339", "");
}

static verdict
ca_json(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = authority(req, &e);

	return i ? reply_data(req, plain(i->pem))
		 : fail(req, 400, "%s", e.text);
}

static verdict
chain_json(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = authority(req, &e);
	json_t *data;

	if (!i)
		return fail(req, 400, "%s", e.text);
	data = plain(chain_of(req, i));
	json_object_set_new(data, "ca_chain",
	    json_string(chain_of(req, i)));
	return reply_data(req, data);
}

/* ---- CRLs ---- */

static struct slice
crl_of(struct request *req, const struct pki_issuer *i)
{
	int64_t number;
	struct slice der = pki_crl_load(req->vault, req->arena, req->mount,
	    i->id, &number);

	return der.p ? der : nothing();
}

static char *
crl_pem(struct request *req, struct slice der)
{
	return x509_pem(req->arena, "X509 CRL", (const uint8_t *)der.p, der.n);
}

static verdict
crl_reply(struct request *req, const struct pki_issuer *i)
{
	struct slice der = i ? crl_of(req, i) : nothing();

	if (!ends_with(req->rel, "pem"))
		return raw(req, "application/pkix-crl", der);
	return raw(req, "application/x-pem-file",
	    der.n ? slice_of(crl_pem(req, der)) : nothing());
}

static verdict
crl_raw(struct request *req)
{
	struct error e = { 0 };

	return crl_reply(req, authority(req, &e));
}

static verdict
issuer_crl_raw(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = pki_issuer(req->vault, req->mount,
	    capture(req, "issuer_ref"), &e);

	return i ? crl_reply(req, i) : fail_error(req, &e);
}

static verdict
issuer_crl(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = pki_issuer(req->vault, req->mount,
	    capture(req, "issuer_ref"), &e);

	if (!i)
		return fail_error(req, &e);
	return reply_data(req,
	    json_pack("{s:s}", "crl", crl_pem(req, crl_of(req, i))));
}

static verdict
crl_json(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = authority(req, &e);
	struct slice der = i ? crl_of(req, i) : nothing();

	return der.n ? reply_data(req, plain(crl_pem(req, der)))
		     : reply_none(req);
}

/* ---- certificates ---- */

static bool
is_serial(const char *text)
{
	return text[strspn(text, "0123456789abcdefABCDEF:-")] == '\0';
}

static verdict
cert_json(struct request *req)
{
	const char *serial = capture(req, "serial");
	struct pki_cert c;
	json_t *data;

	if (!is_serial(serial))
		return fail(req, 404, "unsupported path");
	if (!pki_cert_load(req->vault, req->arena, req->mount, serial, &c))
		return reply_none(req);
	data = json_pack("{s:s, s:I, s:o}", "certificate",
	    x509_pem(req->arena, "CERTIFICATE", (const uint8_t *)c.der.p,
		c.der.n),
	    "revocation_time", (json_int_t)(c.revoked / NSEC),
	    "revocation_time_rfc3339",
	    c.revoked ? json_instant(req, c.revoked) : json_string(""));
	if (c.revoked && *c.issuer)
		json_object_set_new(data, "issuer_id", json_string(c.issuer));
	return reply_data(req, data);
}

static verdict
cert_raw(struct request *req)
{
	const char *serial = capture(req, "serial");
	bool pem = ends_with(req->rel, "/pem");
	struct pki_cert c;

	if (!is_serial(serial))
		return fail(req, 404, "unsupported path");
	if (!pki_cert_load(req->vault, req->arena, req->mount, serial, &c))
		return raw(req, pem ? TYPE_PEM : TYPE_CERT, nothing());
	if (pem)
		return raw(req, TYPE_PEM,
		    slice_of(x509_pem(req->arena, "CERTIFICATE",
			(const uint8_t *)c.der.p, c.der.n)));
	return raw(req, TYPE_CERT, c.der);
}

static verdict
list_serials(struct request *req)
{
	char **serials;
	size_t n = pki_cert_serials(req->vault, req->arena, req->mount,
	    starts_with(req->rel, "certs/revoked"), &serials);

	return reply_keys(req, serials, n);
}

#define OPEN(path, handler, help) \
	{ OP_READ, path, R_UNAUTH, NULL, handler, NULL, help }
#define FETCH "Fetch a CA, CRL, CA Chain, or non-revoked certificate."

const struct route pki_fetch_routes[] = {
	OPEN("ca", ca_raw, FETCH),
	OPEN("ca/pem", ca_raw, FETCH),
	OPEN("ca_chain", chain_raw, FETCH),
	OPEN("crl", crl_raw, FETCH),
	OPEN("crl/pem", crl_raw, FETCH),
	OPEN("cert/ca", ca_json, FETCH),
	OPEN("cert/ca/raw", ca_raw, FETCH),
	OPEN("cert/ca/raw/pem", ca_raw, FETCH),
	OPEN("cert/ca_chain", chain_json, FETCH),
	OPEN("cert/crl", crl_json, FETCH),
	OPEN("cert/crl/raw", crl_raw, FETCH),
	OPEN("cert/crl/raw/pem", crl_raw, FETCH),
	OPEN("cert/{serial:seg}/raw", cert_raw, FETCH),
	OPEN("cert/{serial:seg}/raw/pem", cert_raw, FETCH),
	OPEN("cert/{serial:seg}", cert_json, FETCH),
	OPEN("issuer/{issuer_ref}/crl", issuer_crl, "Fetch an issuer's CRL"),
	OPEN("issuer/{issuer_ref}/crl/der", issuer_crl_raw,
	    "Fetch an issuer's CRL"),
	OPEN("issuer/{issuer_ref}/crl/pem", issuer_crl_raw,
	    "Fetch an issuer's CRL"),
	{ OP_LIST, "certs/?", 0, NULL, list_serials, NULL,
	    "List the serials of all certificates" },
	{ OP_LIST, "certs/revoked/?", 0, NULL, list_serials, NULL,
	    "List the serials of revoked certificates" },
	ROUTE_END,
};
