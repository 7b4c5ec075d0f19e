/*
 * issue, sign and sign-verbatim: leaves. The answer's JSON is written straight
 * out, keys in order: this is the engine's busiest path.
 */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "core/token/lease.h"
#include "secrets/pki/pki_common.h"

/* What is made and must go again, whatever happens. */
struct pki_leaf {
	X509_REQ *csr;
	EVP_PKEY *key; /* generated, or NULL */
	X509 *cert;
};

static void
pki_leaf_release(struct pki_leaf *l)
{
	X509_REQ_free(l->csr);
	EVP_PKEY_free(l->key);
	X509_free(l->cert);
}

/* ---- the key of a request ---- */

static bool
pki_csr_key_matches(
    const struct pki_role *r, EVP_PKEY *key, int64_t least, struct error *e)
{
	const char *type = x509_key_type(key);
	int bits = x509_key_bits(key);
	bool any = strcmp(r->key_type, "any") == 0;

	if (!any && strcmp(r->key_type, type) != 0)
		return error_set(
		    e, 400, "role requires keys of type %s", r->key_type);
	if (any && strcmp(type, "unknown") == 0)
		return error_set(e, 400, "Unknown key type in CSR: 0");
	if (any && strcmp(type, "rsa") == 0 && bits < 2048)
		return error_set(e, 400,
		    "RSA keys < 2048 bits are unsafe and "
		    "not supported");
	if (strcmp(type, "ed25519") != 0 && bits < least)
		return error_set(e, 400,
		    "role requires a minimum of a %lld-bit key, but CSR's key "
		    "is %d bits",
		    (long long)least, bits);
	if (strcmp(type, "rsa") == 0 && bits < 2048)
		return error_set(e, 400,
		    "Vault requires a minimum of a 2048-bit key, but CSR's key "
		    "is %d bits",
		    bits);
	return true;
}

bool
pki_csr_check_key(const struct pki_role *role, X509_REQ *csr, struct error *e)
{
	EVP_PKEY *key = X509_REQ_get0_pubkey(csr);
	bool any = strcmp(role->key_type, "any") == 0;
	bool ec = strcmp(x509_key_type(key), "ec") == 0;
	int64_t least = any ? (ec ? 224 : 2048) : role->key_bits;

	return pki_csr_key_matches(role, key, least, e);
}

/* Vault 1.19: names are judged first, the signature at the very end. */
bool
pki_csr_check_signature(X509_REQ *csr, struct error *e)
{
	if (X509_REQ_verify(csr, X509_REQ_get0_pubkey(csr)) == 1)
		return true;
	return error_set(e, 400, "request signature invalid");
}

/* ---- the answer ---- */

/* PEM as a JSON string: only its line ends need an escape. */
static void
pki_issue_put_pem(struct buf *out, const char *pem)
{
	const char *end;

	buf_char(out, '"');
	for (; (end = strchr(pem, '\n')); pem = end + 1) {
		buf_add(out, pem, (size_t)(end - pem));
		buf_add(out, "\\n", 2);
	}
	buf_str(out, pem);
	buf_char(out, '"');
}

/* Nothing that it is given needs another escape. */
static void
pki_issue_put_member(struct buf *out, const char *key, const char *text)
{
	buf_str(out, out->n > 1 ? ",\"" : "\"");
	buf_str(out, key);
	buf_str(out, "\":");
	pki_issue_put_pem(out, text);
}

static bool
pki_issue_is_self_signed(const struct pki_issuer *i)
{
	return X509_NAME_cmp(X509_get_issuer_name(i->cert),
		   X509_get_subject_name(i->cert)) == 0;
}

static void
pki_issue_put_chain(
    struct request *req, struct buf *out, const struct pki_issuer *i, bool der)
{
	bool no_roots = param_bool(req, "remove_roots_from_chain");
	int n = 0, length;

	for (struct pki_issuer **c = i->chain; *c; c++) {
		if (no_roots && pki_issue_is_self_signed(*c))
			continue;
		if (!n++)
			buf_str(out,
			    out->n > 1 ? ",\"ca_chain\":[" : "\"ca_chain\":[");
		else
			buf_char(out, ',');
		if (der) {
			uint8_t *bytes = x509_der(
			    req->arena, (*c)->cert, &length);

			buf_char(out, '"');
			base64_encode(out, bytes, (size_t)length);
			buf_char(out, '"');
		} else {
			buf_str(out, (*c)->pem_json);
		}
	}
	buf_str(out, n ? "]" : "");
}

static char *
pki_issue_private_key_str(struct request *req, EVP_PKEY *key, bool der)
{
	bool pkcs8 = strcmp(param_str(req, "private_key_format"), "pkcs8") == 0;
	uint8_t *bytes;
	char *text;
	int n;

	if (!der)
		return x509_private_pem(key, pkcs8);
	bytes = x509_private_der(key, pkcs8, &n);
	text = xstrdup(x509_base64(req->arena, bytes, (size_t)n));
	secret_free(bytes, (size_t)n);
	return text;
}

/* The bundle is key, certificate and chain in one text. */
static void
pki_issue_put_cert(struct request *req, struct buf *out, const char *pem,
    const char *private, const struct pki_issuer *i)
{
	struct buf bundle;

	if (strcmp(param_str(req, "format"), "pem_bundle") != 0) {
		pki_issue_put_member(out, "certificate", pem);
		return;
	}
	buf_init(&bundle, 0);
	if (private)
		buf_printf(&bundle, "%s\n", private);
	buf_str(&bundle, pem);
	for (struct pki_issuer **c = i->chain; *c; c++)
		if (!param_bool(req, "remove_roots_from_chain") ||
		    !pki_issue_is_self_signed(*c))
			buf_printf(&bundle, "\n%s", (*c)->pem);
	pki_issue_put_member(out, "certificate", bundle.p);
	OPENSSL_cleanse(bundle.p, bundle.n);
	buf_release(&bundle);
}

/* Writes the answer's data: chain, certificate, expiration, issuer, private key
 * of its own making, serial number. */
static void
pki_issue_put_data(struct request *req, const struct pki_leaf *l,
    const struct pki_issuer *i, const char *serial, struct slice der_bytes,
    int64_t expires_s)
{
	struct buf *out = &req->reply.data;
	bool der = strcmp(param_str(req, "format"), "der") == 0;
	const uint8_t *bytes = (const uint8_t *)der_bytes.p;
	char *private = l->key ? pki_issue_private_key_str(req, l->key, der)
			       : NULL;
	int n;

	buf_clear(out);
	buf_reserve(out, 8192);
	buf_char(out, '{');
	if (version_has(req->vault, VERSION_PKI_AUTHORITY_KEY_ID)) {
		buf_str(out, "\"authority_key_id\":");
		jsontext_quote_str(
		    out, x509_authority_key_id_str(req->arena, l->cert));
	}
	pki_issue_put_chain(req, out, i, der);
	if (der)
		pki_issue_put_member(out, "certificate",
		    x509_base64(req->arena, bytes, der_bytes.n));
	else
		pki_issue_put_cert(req, out,
		    x509_pem(req->arena, "CERTIFICATE", bytes, der_bytes.n),
		    private, i);
	buf_printf(out, ",\"expiration\":%lld", (long long)expires_s);
	if (der) {
		uint8_t *ca = x509_der(req->arena, i->cert, &n);

		pki_issue_put_member(
		    out, "issuing_ca", x509_base64(req->arena, ca, (size_t)n));
	} else {
		buf_str(out, ",\"issuing_ca\":");
		buf_str(out, i->pem_json);
	}
	if (private) {
		pki_issue_put_member(out, "private_key", private);
		pki_issue_put_member(
		    out, "private_key_type", x509_key_type(l->key));
		secret_free(private, strlen(private));
	}
	pki_issue_put_member(out, "serial_number", serial);
	buf_char(out, '}');
}

static enum handler_result
pki_issue_reply_with_lease(
    struct request *req, const char *serial, int64_t expires_s)
{
	struct lease l = { .token_id = req->token->id,
		.mount_id = req->mount->id,
		.path = req->path };
	char *own = arena_printf(
	    req->arena, "{\"serial_number\":\"%s\"}", serial);
	enum handler_result v;

	l.engine_data = own;
	l.ttl_s = expires_s -
	    (vault_now(req->vault) + NSEC_PER_SEC - 1) / NSEC_PER_SEC;
	if (l.ttl_s > mount_max_ttl(req->vault, req->mount))
		l.ttl_s = mount_max_ttl(req->vault, req->mount);
	lease_register(req->vault, req->arena, &l);
	v = reply_written(req);
	req->reply.lease_id = l.id;
	req->reply.lease_duration_s = l.ttl_s;
	req->reply.renewable = false;
	return v;
}

/* ---- making one ---- */

static bool
pki_issue_make_cert(struct request *req, const struct pki_issuance *issuance,
    struct pki_leaf *l, const struct x509_template *tmpl, struct error *e)
{
	EVP_PKEY *public;

	if (l->csr) {
		if (!pki_csr_check_signature(l->csr, e))
			return false;
		public = X509_REQ_get0_pubkey(l->csr);
	} else {
		l->key = pki_key_generate(
		    req, issuance->role->key_type, issuance->role->key_bits);
		if (!l->key)
			return error_wrap(e, 500,
			    "error generating private key: unknown key type");
		public = l->key;
	}
	l->cert = x509_cert_make(req->vault->random, tmpl, public,
	    issuance->issuer->cert, issuance->issuer->key->key, e);
	/* Vault 1.19: judged once the certificate is there. */
	return l->cert &&
	    (!version_has(req->vault, VERSION_PKI_CONSTRAINTS_KEPT) ||
		x509_check_name_constraints(
		    req->arena, l->cert, issuance->issuer->cert, e));
}

/* Keeps the certificate, as far as the role wants it kept, and answers with it.
 */
static enum handler_result
pki_issue_reply(struct request *req, const struct pki_issuance *issuance,
    const struct pki_leaf *l, int64_t expires_s)
{
	char *serial = x509_serial_str(req->arena, l->cert);
	struct slice der_bytes;
	int n;

	der_bytes.p = (const char *)x509_der(req->arena, l->cert, &n);
	der_bytes.n = (size_t)n;
	if (!issuance->role->no_store)
		pki_cert_add(req->vault, req->mount, serial, der_bytes,
		    expires_s, issuance->issuer->id);
	pki_issue_put_data(
	    req, l, issuance->issuer, serial, der_bytes, expires_s);
	if (issuance->csr) {
		if (issuance->role->use_csr_common_name &&
		    *param_str(req, "common_name"))
			reply_warn(req,
			    "the common_name field was provided but the role is "
			    "set with \"use_csr_common_name\" set to true");
		if (issuance->role->use_csr_sans &&
		    *param_str(req, "alt_names"))
			reply_warn(req,
			    "the alt_names field was provided but the role is "
			    "set with \"use_csr_sans\" set to true");
	}
	if (issuance->role->generate_lease)
		return pki_issue_reply_with_lease(req, serial, expires_s);
	return reply_written(req);
}

/* Makes a certificate for a role: from a CSR or with a key of its own. ref is
 * the issuer. PENDING while an RSA key is being made. */
static enum handler_result
pki_issue_leaf(struct request *req, const struct pki_role *role,
    const char *ref, bool from_csr, bool verbatim)
{
	struct pki_role use = *role;
	struct pki_issuance issuance = { .role = &use, .verbatim = verbatim };
	struct pki_leaf l = { 0 };
	struct x509_template tmpl;
	struct error e = { 0 };
	enum handler_result v;

	if (!pki_format_param(req))
		return fail(req, 400,
		    "the \"format\" path parameter must be "
		    "\"pem\", \"der\", or \"pem_bundle\"");
	issuance.issuer = pki_signing_issuer(req->vault, req->mount, ref, &e);
	if (!issuance.issuer)
		return fail_error(req, &e);
	use.display_name = req->token->display_name;
	use.entity_id = req->token->entity_id;
	if (from_csr) {
		l.csr = issuance.csr = x509_csr_from_pem(
		    req->arena, param_str(req, "csr"), &e);
		if (!l.csr || !pki_csr_check_key(&use, l.csr, &e)) {
			pki_leaf_release(&l);
			return fail_error(req, &e);
		}
	}
	if (!pki_cert_template(req, &issuance, &tmpl, &e))
		v = fail_error(req, &e);
	else if (!l.csr &&
	    !pki_key_generate_async(req, use.key_type, use.key_bits))
		v = PENDING;
	else if (pki_issue_make_cert(req, &issuance, &l, &tmpl, &e))
		v = pki_issue_reply(req, &issuance, &l, tmpl.not_after_s);
	else
		v = fail_error(req, &e);
	pki_leaf_release(&l);
	return v;
}

/* ---- routes ---- */

static const struct pki_role *
pki_issue_role(struct request *req)
{
	return pki_role_find(
	    req->vault, req->mount, param_capture(req, "role"));
}

/* issuer/REF/issue/ROLE names the issuer; else the role does. */
static const char *
pki_issue_issuer_ref(struct request *req, const struct pki_role *role)
{
	const char *ref = param_capture(req, "issuer_ref");

	return *ref ? ref : role->issuer_ref;
}

static enum handler_result
pki_issue_fail_no_role(struct request *req)
{
	return fail(req, 400, "unknown role: %s", param_capture(req, "role"));
}

static enum handler_result
pki_issue_with_role(struct request *req)
{
	const struct pki_role *role = pki_issue_role(req);

	if (!role)
		return pki_issue_fail_no_role(req);
	if (strcmp(role->key_type, "any") == 0)
		return fail(req, 400,
		    "role key type \"any\" not allowed for "
		    "issuing certificates, only signing");
	return pki_issue_leaf(
	    req, role, pki_issue_issuer_ref(req, role), false, false);
}

static enum handler_result
pki_issue_sign(struct request *req)
{
	const struct pki_role *role = pki_issue_role(req);

	return role ? pki_issue_leaf(req, role, pki_issue_issuer_ref(req, role),
			  true, false)
		    : pki_issue_fail_no_role(req);
}

/* Whatever the request says goes; a role gives its lives and its store. */
static enum handler_result
pki_issue_sign_verbatim(struct request *req)
{
	const struct pki_role *named = *param_capture(req, "role")
	    ? pki_issue_role(req)
	    : NULL;
	struct pki_role role;

	if (*param_capture(req, "role") && !named)
		return pki_issue_fail_no_role(req);
	pki_role_allow_all(req->arena, &role);
	role.key_usage = param_strings(req, "key_usage", NULL);
	role.ext_key_usage = param_strings(req, "ext_key_usage", NULL);
	role.ext_key_usage_oids = param_strings(
	    req, "ext_key_usage_oids", NULL);
	role.signature_bits = param_int(req, "signature_bits");
	role.use_pss = param_bool(req, "use_pss");
	/* Vault 1.19: the field counts only without a role. */
	if (!named)
		role.issuer_ref = arena_strdup(
		    req->arena, param_str(req, "issuer_ref"));
	if (named) {
		role.ttl = named->ttl;
		role.max_ttl = named->max_ttl;
		role.generate_lease = named->generate_lease;
		role.no_store = named->no_store;
		role.issuer_ref = named->issuer_ref;
		role.not_before_duration = named->not_before_duration;
	}
	return pki_issue_leaf(
	    req, &role, pki_issue_issuer_ref(req, &role), true, true);
}

#define LEAF_PARAMS                                                          \
	PKI_NAME_PARAMS, PKI_ISSUER_REF,                                     \
	    { "remove_roots_from_chain", P_BOOL, NULL,                       \
		    "Leave self-signed ones out of ca_chain" },              \
	    { "role", P_STRING, NULL, "The role" },                          \
	{                                                                    \
		"user_ids", P_COMMA_STRINGS, NULL, "User ids of the subject" \
	}

static const struct param pki_issue_params[] = { LEAF_PARAMS, PARAM_END };

static const struct param pki_sign_params[] = {
	LEAF_PARAMS,
	{ "csr", P_STRING, NULL, "The request, PEM" },
	PARAM_END,
};

static const struct param pki_sign_verbatim_params[] = {
	LEAF_PARAMS,
	{ "csr", P_STRING, NULL, "The request, PEM" },
	{ "ext_key_usage", P_COMMA_STRINGS, NULL, "Extended key usages" },
	{ "ext_key_usage_oids", P_COMMA_STRINGS, NULL, "The same as OIDs" },
	{ "key_usage", P_COMMA_STRINGS,
	    "[\"DigitalSignature\",\"KeyAgreement\",\"KeyEncipherment\"]",
	    "Key usages" },
	{ "signature_bits", P_INT, NULL, "Bits of the signature's hash" },
	{ "use_pss", P_BOOL, NULL, "RSA signatures with PSS" },
	PARAM_END,
};

#define ISSUE "Request a certificate using a certain role"
#define SIGN "Request certificates using a certain role, for a CSR"
#define VERBATIM "Sign a CSR as it is"
#define ISSUE_ROUTES(path, params, handler, help)                          \
	{ OP_WRITE, path, 0, params, handler, NULL, help },                \
	{                                                                  \
		OP_WRITE, "issuer/{issuer_ref}/" path, 0, params, handler, \
		    NULL, help                                             \
	}

const struct route pki_issue_routes[] = {
	ISSUE_ROUTES(
	    "issue/{role}", pki_issue_params, pki_issue_with_role, ISSUE),
	ISSUE_ROUTES("sign/{role}", pki_sign_params, pki_issue_sign, SIGN),
	ISSUE_ROUTES("sign-verbatim/{role:more}", pki_sign_verbatim_params,
	    pki_issue_sign_verbatim, VERBATIM),
	ISSUE_ROUTES("sign-verbatim", pki_sign_verbatim_params,
	    pki_issue_sign_verbatim, VERBATIM),
	ROUTE_END,
};
