/*
 * ocsp and unified-ocsp: is a certificate revoked, asked and answered in DER.
 */
#include <openssl/ocsp.h>
#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "core/crypto/crypto_error.h"
#include "secrets/pki/pki_common.h"
#include "secrets/pki/x509_sign.h"

#define PKI_OCSP_TYPE "application/ocsp-response"
/* Vault 1.19: an answer to a longer one is refused. */
#define PKI_OCSP_MAX 2048

/* ---- answers without a signature ---- */

/* OCSPResponseStatus of RFC 6960, as the only thing in the answer. */
static enum handler_result
pki_ocsp_refuse(struct request *req, int status, int ocsp_status)
{
	char *der = arena_alloc(req->arena, 5);

	memcpy(der, "\x30\x03\x0a\x01", 4);
	der[4] = (char)ocsp_status;
	return reply_raw(req, status, PKI_OCSP_TYPE, (struct slice){ der, 5 });
}

static enum handler_result
pki_ocsp_malformed(struct request *req)
{
	return pki_ocsp_refuse(req, 400, OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
}

static enum handler_result
pki_ocsp_internal_error(struct request *req)
{
	return pki_ocsp_refuse(req, 500, OCSP_RESPONSE_STATUS_INTERNALERROR);
}

static enum handler_result
pki_ocsp_unauthorized(struct request *req)
{
	return pki_ocsp_refuse(req, 401, OCSP_RESPONSE_STATUS_UNAUTHORIZED);
}

/* ---- what is asked ---- */

/* One question, the first of a request. */
struct pki_ocsp_question {
	OCSP_REQUEST *request; /* owns the id */
	OCSP_CERTID *id;
	const EVP_MD *hash;
	const char *serial; /* with colons, in the arena */
};

/* Vault 1.19: a body counts when its type says that it is a request. */
static bool
pki_ocsp_read_der(struct request *req, struct buf *der)
{
	const char *text = param_capture(req, "req");

	if (req->op == OP_WRITE) {
		if (!request_is_ocsp(req) || req->body.n >= PKI_OCSP_MAX)
			return false;
		buf_slice(der, req->body);
		return true;
	}
	return *text && strlen(text) < PKI_OCSP_MAX &&
	    base64_decode(der, text, strlen(text), NULL);
}

/* Vault 1.19: of hashes it knows these. */
static const EVP_MD *
pki_ocsp_hash(OCSP_CERTID *id)
{
	ASN1_OBJECT *hash = NULL;

	if (OCSP_id_get0_info(NULL, &hash, NULL, NULL, id) != 1)
		return NULL;
	switch (OBJ_obj2nid(hash)) {
	case NID_sha1:
		return EVP_sha1();
	case NID_sha256:
		return EVP_sha256();
	case NID_sha384:
		return EVP_sha384();
	case NID_sha512:
		return EVP_sha512();
	}
	return NULL;
}

static const char *
pki_ocsp_serial(struct arena *a, OCSP_CERTID *id)
{
	ASN1_INTEGER *number = NULL;
	const char *text = "";

	if (OCSP_id_get0_info(NULL, NULL, NULL, &number, id) != 1)
		return text;
	for (int i = 0; i < number->length; i++)
		text = arena_printf(
		    a, "%s%s%02x", text, i ? ":" : "", number->data[i]);
	return text;
}

static bool
pki_ocsp_parse(
    struct request *req, const struct buf *der, struct pki_ocsp_question *q)
{
	const unsigned char *at = (const unsigned char *)der->p;
	OCSP_ONEREQ *first;

	q->request = d2i_OCSP_REQUEST(NULL, &at, (long)der->n);
	if (!q->request || at != (const unsigned char *)der->p + der->n ||
	    OCSP_request_onereq_count(q->request) < 1)
		return false;
	first = OCSP_request_onereq_get0(q->request, 0);
	q->id = OCSP_onereq_get0_id(first);
	q->hash = q->id ? pki_ocsp_hash(q->id) : NULL;
	q->serial = q->id ? pki_ocsp_serial(req->arena, q->id) : "";
	return q->hash != NULL;
}

/* ---- who answers ---- */

static bool
pki_ocsp_is_about(
    const struct pki_ocsp_question *q, const struct pki_issuer *issuer)
{
	OCSP_CERTID *own = OCSP_cert_to_id(q->hash, NULL, issuer->cert);
	bool same = own && OCSP_id_issuer_cmp(own, q->id) == 0;

	OCSP_CERTID_free(own);
	return same;
}

/* The issuer that the question is about, of all or of the one that revoked the
 * certificate. *matched: there was one, whether it may sign or not. */
static const struct pki_issuer *
pki_ocsp_find_issuer(struct request *req, const struct pki_ocsp_question *q,
    const char *revoked_by, bool *matched)
{
	struct pki_state *s = pki_state_get(req->vault, req->mount);

	for (size_t i = 0; i < s->nissuers; i++) {
		const struct pki_issuer *one = &s->issuers[i];

		if (!one->key ||
		    (*revoked_by && strcmp(one->id, revoked_by) != 0) ||
		    !pki_ocsp_is_about(q, one))
			continue;
		*matched = true;
		if (one->usage & PKI_OCSP_SIGNING)
			return one;
	}
	return NULL;
}

/* ---- the answer ---- */

static ASN1_TIME *
pki_ocsp_time(int64_t s)
{
	return ASN1_GENERALIZEDTIME_set(NULL, (time_t)s);
}

/* Adds the status of the one certificate; revoked_ns 0: it is good. */
static bool
pki_ocsp_add_status(struct request *req, OCSP_BASICRESP *basic,
    const struct pki_ocsp_question *q, int status, int64_t revoked_ns)
{
	json_t *config = pki_crl_config(req->vault, req->mount);
	int64_t life_ns = pki_crl_config_duration_ns(config, "ocsp_expiry");
	int64_t now_s = vault_now(req->vault) / NSEC_PER_SEC;
	ASN1_TIME *now = pki_ocsp_time(now_s);
	ASN1_TIME *next = life_ns > 0
	    ? pki_ocsp_time(now_s + life_ns / NSEC_PER_SEC)
	    : NULL;
	ASN1_TIME *revoked = pki_ocsp_time(revoked_ns / NSEC_PER_SEC);
	bool ok = now && revoked && (next || life_ns <= 0) &&
	    OCSP_basic_add1_status(basic, q->id, status,
		OCSP_REVOKED_STATUS_NOSTATUS,
		status == V_OCSP_CERTSTATUS_REVOKED ? revoked : NULL, now,
		next) != NULL;

	json_decref(config);
	ASN1_TIME_free(now);
	ASN1_TIME_free(next);
	ASN1_TIME_free(revoked);
	return ok;
}

/* OpenSSL sets the time by the machine's clock or not at all; Vault 1.19 cuts
 * it to minutes. */
static bool
pki_ocsp_set_produced(struct request *req, OCSP_BASICRESP *basic)
{
	const ASN1_GENERALIZEDTIME *produced = OCSP_resp_get0_produced_at(
	    basic);
	int64_t s = vault_now(req->vault) / NSEC_PER_SEC;

	return ASN1_GENERALIZEDTIME_set(
		   (ASN1_GENERALIZEDTIME *)(uintptr_t)produced,
		   (time_t)(s - s % 60)) != NULL;
}

/* Vault 1.19: by the issuer itself, whose certificate does not come along;
 * never with PSS. */
static bool
pki_ocsp_sign(OCSP_BASICRESP *basic, const struct pki_issuer *issuer)
{
	const struct x509_algorithm *algorithm = x509_algorithm_by_name(
	    issuer->revocation_algorithm);
	EVP_MD_CTX *ctx = x509_sign_context(
	    issuer->key->key, algorithm ? algorithm->bits : 0, false);
	bool ok = ctx &&
	    OCSP_basic_sign_ctx(basic, issuer->cert, ctx, NULL,
		OCSP_NOCERTS | OCSP_NOTIME) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

static enum handler_result
pki_ocsp_reply(struct request *req, OCSP_BASICRESP *basic)
{
	OCSP_RESPONSE *response = OCSP_response_create(
	    OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	unsigned char *der = NULL;
	int n = response ? i2d_OCSP_RESPONSE(response, &der) : -1;
	char *copy;

	OCSP_RESPONSE_free(response);
	if (n <= 0)
		return pki_ocsp_internal_error(req);
	copy = arena_strndup(req->arena, (const char *)der, (size_t)n);
	OPENSSL_free(der);
	return reply_raw(
	    req, 200, PKI_OCSP_TYPE, (struct slice){ copy, (size_t)n });
}

static enum handler_result
pki_ocsp_answer(struct request *req, const struct pki_ocsp_question *q,
    const struct pki_issuer *issuer, int status, int64_t revoked_ns)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	enum handler_result v;
	bool ok;

	/* Go's library signs with no other keys. */
	ok = basic && !EVP_PKEY_is_a(issuer->key->key, "ED25519") &&
	    pki_ocsp_add_status(req, basic, q, status, revoked_ns) &&
	    pki_ocsp_set_produced(req, basic) && pki_ocsp_sign(basic, issuer);
	v = ok ? pki_ocsp_reply(req, basic) : pki_ocsp_internal_error(req);
	OCSP_BASICRESP_free(basic);
	crypto_clear_errors();
	return v;
}

/* Vault 1.19: the default issuer says that it does not know the one that was
 * asked about. */
static enum handler_result
pki_ocsp_answer_unknown(struct request *req, const struct pki_ocsp_question *q)
{
	struct pki_state *s = pki_state_get(req->vault, req->mount);
	struct error e = { 0 };
	const struct pki_issuer *issuer = *s->default_issuer
	    ? pki_issuer_find(req->vault, req->mount, "default", &e)
	    : NULL;

	return issuer && issuer->key && issuer->usage & PKI_OCSP_SIGNING
	    ? pki_ocsp_answer(req, q, issuer, V_OCSP_CERTSTATUS_UNKNOWN, 0)
	    : pki_ocsp_unauthorized(req);
}

/* Vault 1.19: what is not revoked is good, also a number that was never given
 * out. */
static enum handler_result
pki_ocsp_decide(struct request *req, const struct pki_ocsp_question *q)
{
	const struct pki_issuer *issuer;
	struct pki_cert cert = { .issuer_id = "" };
	bool matched = false;

	if (!pki_cert_load(
		req->vault, req->arena, req->mount, q->serial, &cert))
		cert = (struct pki_cert){ .issuer_id = "" };
	issuer = pki_ocsp_find_issuer(
	    req, q, cert.revoked_ns ? cert.issuer_id : "", &matched);
	if (issuer)
		return pki_ocsp_answer(req, q, issuer,
		    cert.revoked_ns ? V_OCSP_CERTSTATUS_REVOKED
				    : V_OCSP_CERTSTATUS_GOOD,
		    cert.revoked_ns);
	return matched ? pki_ocsp_unauthorized(req)
		       : pki_ocsp_answer_unknown(req, q);
}

static bool
pki_ocsp_is_disabled(struct request *req)
{
	json_t *config = pki_crl_config(req->vault, req->mount);
	bool disabled = json_is_true(json_object_get(config, "ocsp_disable"));

	json_decref(config);
	return disabled;
}

static enum handler_result
pki_ocsp_handle(struct request *req)
{
	struct pki_ocsp_question q = { 0 };
	enum handler_result v;
	struct buf der;

	if (pki_ocsp_is_disabled(req))
		return pki_ocsp_unauthorized(req);
	buf_init(&der, 0);
	v = pki_ocsp_read_der(req, &der) && pki_ocsp_parse(req, &der, &q)
	    ? pki_ocsp_decide(req, &q)
	    : pki_ocsp_malformed(req);
	OCSP_REQUEST_free(q.request);
	buf_release(&der);
	crypto_clear_errors();
	return v;
}

/* Vault 1.19: nobody is asked beyond this cluster without the other edition. */
static enum handler_result
pki_ocsp_handle_unified(struct request *req)
{
	return pki_ocsp_unauthorized(req);
}

static const struct param pki_ocsp_params[] = {
	{ "req", P_STRING, NULL, "The request, DER in base64" },
	PARAM_END,
};

#define PKI_OCSP_ROUTES(path, handler)                                         \
	{ OP_READ, path "/{req:more}", R_UNAUTH, pki_ocsp_params, handler,     \
		NULL, "Is a certificate revoked?" },                           \
	{                                                                      \
		OP_WRITE, path, R_UNAUTH | R_NO_FIELD_WARNINGS, NULL, handler, \
		    NULL, "Is a certificate revoked?"                          \
	}

const struct route pki_ocsp_routes[] = {
	PKI_OCSP_ROUTES("ocsp", pki_ocsp_handle),
	PKI_OCSP_ROUTES("unified-ocsp", pki_ocsp_handle_unified),
	ROUTE_END,
};
