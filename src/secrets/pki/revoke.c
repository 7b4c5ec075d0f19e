/*
 * Revocation, the CRLs that tell of it, and tidying up.
 */
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "secrets/pki/pki_common.h"

/* ---- CRLs ---- */

static int64_t
pki_crl_config_seconds(const json_t *config, const char *name)
{
	const char *text = json_string_value(json_object_get(config, name));
	int64_t ns;

	return text && duration_parse_go(text, &ns) ? ns / NSEC_PER_SEC : 0;
}

static bool
pki_crl_is_auto_rebuilt(const json_t *config)
{
	return json_is_true(json_object_get(config, "auto_rebuild"));
}

static void
pki_crl_sign(struct vault *v, const struct mount *m, const struct pki_issuer *i,
    const json_t *config)
{
	struct arena *a = arena_new();
	bool disabled = json_is_true(json_object_get(config, "disable"));
	struct crl_entry *entries = NULL;
	int64_t number, now_s = vault_now(v) / NSEC_PER_SEC;
	int64_t next_update_s = now_s +
	    pki_crl_config_seconds(config, "expiry");
	int64_t renew_s = next_update_s -
	    pki_crl_config_seconds(config, "auto_rebuild_grace_period");
	size_t n = 0;
	uint8_t *der;
	int length;

	pki_crl_load(v, a, m, i->id, &number);
	if (!disabled)
		n = pki_cert_revoked(v, a, m, i->id, &entries);
	der = x509_crl_make(i->cert, i->key->key, number + 1, now_s,
	    next_update_s, entries, n, &length);
	if (der)
		pki_crl_save(v, m, i->id, number + 1, der, (size_t)length,
		    pki_crl_is_auto_rebuilt(config) ? renew_s * NSEC_PER_SEC
						    : 0);
	free(der);
	arena_free(a);
}

void
pki_crl_rebuild(struct vault *v, const struct mount *m)
{
	struct pki_state *s = pki_state_get(v, m);
	json_t *config = pki_crl_config(v, m);

	for (size_t i = 0; i < s->nissuers; i++)
		if (s->issuers[i].key && s->issuers[i].usage & PKI_CRL_SIGNING)
			pki_crl_sign(v, m, &s->issuers[i], config);
	json_decref(config);
}

static enum handler_result
pki_crl_rotate(struct request *req)
{
	pki_crl_rebuild(req->vault, req->mount);
	return reply_data(req, json_pack("{s:b}", "success", 1));
}

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

static void
pki_revoke_and_rebuild(struct vault *v, const struct mount *m,
    const struct pki_cert *c, int64_t now_ns)
{
	X509 *cert = x509_from_der((const uint8_t *)c->der.p, c->der.n);
	json_t *config = pki_crl_config(v, m);

	pki_cert_revoke(v, m, c->serial, now_ns,
	    cert ? pki_revoke_find_issuer_id(v, m, cert) : c->issuer_id);
	X509_free(cert);
	/* Vault 1.19: with auto_rebuild the next CRL tells of it. */
	if (!pki_crl_is_auto_rebuilt(config))
		pki_crl_rebuild(v, m);
	json_decref(config);
}

void
pki_revoke_serial(struct vault *v, const struct mount *m, const char *serial)
{
	struct arena *a = arena_new();
	int64_t now = vault_now(v);
	struct pki_cert c;

	if (pki_cert_load(v, a, m, serial, &c) && !c.revoked_ns &&
	    c.expires_s > now / NSEC_PER_SEC + 2)
		pki_revoke_and_rebuild(v, m, &c, now);
	arena_free(a);
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
	int64_t now = vault_now(req->vault);

	for (size_t i = 0; i < s->nissuers; i++)
		if (strcmp(s->issuers[i].serial, c->serial) == 0)
			return fail(req, 400,
			    "adding issuer (id: %s) to its own CRL is not "
			    "allowed",
			    s->issuers[i].id);
	if (c->revoked_ns)
		return pki_revoke_reply(req, c->revoked_ns);
	if (c->expires_s < now / NSEC_PER_SEC + 2) {
		reply_warn(req,
		    "certificate with serial %s already expired; "
		    "refusing to add to CRL",
		    c->serial);
		return reply_data(req, NULL);
	}
	pki_revoke_and_rebuild(req->vault, req->mount, c, now);
	return pki_revoke_reply(req, now);
}

/* ---- by the certificate itself ---- */

static X509 *
pki_revoke_read_pem(struct request *req, const char *pem, struct error *e)
{
	struct pem_block b;
	X509 *cert = NULL;
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
	cert = x509_from_der(b.der, (size_t)b.n);
	pem_block_free(&b);
	if (!cert)
		error_wrap(e, 500,
		    "certificate could not be parsed: x509: "
		    "malformed certificate");
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
	pki_cert_add(req->vault, req->mount, serial, der, (size_t)n,
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
	ERR_clear_error();
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

/* ---- tidy ---- */

static const char *const pki_tidy_flags[] = { "tidy_acme", "tidy_cert_metadata",
	"tidy_cert_store", "tidy_cross_cluster_revoked_certs",
	"tidy_expired_issuers", "tidy_move_legacy_ca_bundle",
	"tidy_revocation_queue", "tidy_revoked_cert_issuer_associations",
	"tidy_revoked_certs" };

#define NFLAGS (sizeof(pki_tidy_flags) / sizeof(pki_tidy_flags[0]))

static void
pki_tidy_expired_issuers(struct request *req, int64_t before_s)
{
	struct pki_state *s = pki_state_get(req->vault, req->mount);

	for (size_t i = 0; i < s->nissuers; i++) {
		if (strcmp(s->issuers[i].id, s->default_issuer) == 0 ||
		    x509_not_after_s(s->issuers[i].cert) >= before_s)
			continue;
		pki_issuer_remove(
		    req, arena_strdup(req->arena, s->issuers[i].id));
		pki_tidy_expired_issuers(req, before_s);
		return;
	}
}

static json_t *
pki_tidy_run(struct request *req)
{
	int64_t now_ns = vault_now(req->vault), before_s;
	bool store = param_bool(req, "tidy_cert_store");
	bool revoked = param_bool(req, "tidy_revoked_certs") ||
	    param_bool(req, "tidy_revocation_list");
	int nstore = 0, nrevoked = 0;
	char at[RFC3339_MAX];

	before_s = now_ns / NSEC_PER_SEC - param_duration(req, "safety_buffer");
	if (store)
		nstore = pki_cert_tidy(req->vault, req->mount, false, before_s);
	if (revoked)
		nrevoked = pki_cert_tidy(
		    req->vault, req->mount, true, before_s);
	if (param_bool(req, "tidy_expired_issuers"))
		pki_tidy_expired_issuers(req,
		    now_ns / NSEC_PER_SEC -
			param_duration(req, "issuer_safety_buffer"));
	if (nrevoked)
		pki_crl_rebuild(req->vault, req->mount);
	rfc3339_nano(now_ns, at);
	return json_pack("{s:i, s:i, s:s, s:s, s:s, s:I, s:I}",
	    "cert_store_deleted_count", nstore, "revoked_cert_deleted_count",
	    nrevoked, "state", "Finished", "time_started", at, "time_finished",
	    at, "safety_buffer",
	    (json_int_t)param_duration(req, "safety_buffer"),
	    "issuer_safety_buffer",
	    (json_int_t)param_duration(req, "issuer_safety_buffer"));
}

/* Vault tidies in the background; here it is done before the answer says that
 * it began. */
static enum handler_result
pki_tidy_write(struct request *req)
{
	json_t *status;
	bool any = param_bool(req, "tidy_revocation_list");

	if (param_duration(req, "safety_buffer") < 1)
		return fail(
		    req, 400, "safety_buffer must be greater than zero");
	if (param_duration(req, "issuer_safety_buffer") < 1)
		return fail(
		    req, 400, "issuer_safety_buffer must be greater than zero");
	status = pki_tidy_run(req);
	for (size_t i = 0; i < NFLAGS; i++) {
		bool on = param_bool(req, pki_tidy_flags[i]);

		any |= on;
		json_object_set_new(
		    status, pki_tidy_flags[i], json_boolean(on));
	}
	pki_config_put(req->vault, req->mount, "tidy", status);
	if (!any)
		reply_warn(req,
		    "Manual tidy requested but no tidy operations were "
		    "set. Enable at least one tidy operation to be run "
		    "(tidy_cert_store / tidy_revoked_certs / "
		    "tidy_revoked_cert_issuer_associations / "
		    "tidy_expired_issuers / "
		    "tidy_move_legacy_ca_bundle / "
		    "tidy_revocation_queue / "
		    "tidy_cross_cluster_revoked_certs / tidy_acme).");
	else
		reply_warn(req,
		    "Tidy operation successfully started. Any "
		    "information from the operation will be printed to "
		    "Vault's server logs.");
	return reply_forced(req, 202, NULL);
}

/* Everything that Vault lists, with what the last tidy left. */
static enum handler_result
pki_tidy_read_status(struct request *req)
{
	static const char *const nulls[] = { "acme_account_deleted_count",
		"acme_account_revoked_count", "acme_account_safety_buffer",
		"acme_orders_deleted_count", "cert_metadata_deleted_count",
		"cert_store_deleted_count", "cmpv2_nonce_deleted_count",
		"cross_revoked_cert_deleted_count", "error",
		"internal_backend_uuid", "issuer_safety_buffer",
		"last_auto_tidy_finished", "message",
		"missing_issuer_cert_count", "pause_duration",
		"revocation_queue_deleted_count",
		"revocation_queue_safety_buffer", "revoked_cert_deleted_count",
		"safety_buffer", "time_finished", "time_started",
		"total_acme_account_count" };
	json_t *status = pki_config_load(req->vault, req->mount, "tidy");
	json_t *data = json_object();

	for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		json_object_set_new(data, nulls[i], json_null());
	for (size_t i = 0; i < NFLAGS; i++)
		json_object_set_new(data, pki_tidy_flags[i], json_null());
	json_object_set_new(data, "state", json_string("Inactive"));
	json_object_set_new(data, "current_cert_store_count",
	    json_integer(pki_cert_count(req->vault, req->mount, false)));
	json_object_set_new(data, "current_revoked_cert_count",
	    json_integer(pki_cert_count(req->vault, req->mount, true)));
	json_object_update(data, status);
	json_decref(status);
	return reply_data(req, data);
}

/* ---- rows ---- */

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

#define FLAG(name)                            \
	{                                     \
		name, P_BOOL, NULL, "Tidy it" \
	}

static const struct param pki_tidy_params[] = {
	{ "acme_account_safety_buffer", P_SECONDS, "2592000",
	    "How long an account without orders is kept" },
	{ "issuer_safety_buffer", P_SECONDS, "31536000",
	    "How long an ended issuer is kept" },
	{ "pause_duration", P_STRING, "\"0s\"", "Pause between certificates" },
	{ "revocation_queue_safety_buffer", P_SECONDS, "172800",
	    "How long a request is kept" },
	{ "safety_buffer", P_SECONDS, "259200",
	    "How long an ended certificate is kept" },
	FLAG("tidy_acme"),
	FLAG("tidy_cert_metadata"),
	FLAG("tidy_cert_store"),
	FLAG("tidy_cross_cluster_revoked_certs"),
	FLAG("tidy_expired_issuers"),
	FLAG("tidy_move_legacy_ca_bundle"),
	FLAG("tidy_revocation_list"),
	FLAG("tidy_revocation_queue"),
	FLAG("tidy_revoked_cert_issuer_associations"),
	FLAG("tidy_revoked_certs"),
	PARAM_END,
};

const struct route pki_revoke_routes[] = {
	{ OP_WRITE, "revoke", 0, pki_revoke_params, pki_revoke_write, NULL,
	    "Revoke a certificate by serial number or with explicit "
	    "certificate." },
	{ OP_WRITE, "revoke-with-key", 0, pki_revoke_with_key_params,
	    pki_revoke_with_key, NULL, "Revoke a certificate, with its key" },
	{ OP_READ | OP_WRITE, "crl/rotate", 0, NULL, pki_crl_rotate, NULL,
	    "Force a rebuild of the CRL." },
	{ OP_WRITE, "tidy", 0, pki_tidy_params, pki_tidy_write, NULL,
	    "Tidy up the backend by removing expired certificates, revocation "
	    "information, or both." },
	{ OP_READ, "tidy-status", 0, NULL, pki_tidy_read_status, NULL,
	    "Returns the status of the tidy operation." },
	ROUTE_END,
};
