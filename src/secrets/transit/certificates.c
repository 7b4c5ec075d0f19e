/*
 * Routes of transit that join a key to certificates: a request that the key
 * signs, and the chain that was made of it.
 */
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/crypto/crypto_error.h"
#include "core/crypto/keypair.h"
#include "secrets/transit/certificates.h"
#include "secrets/transit/transit_common.h"

/* ---- both ---- */

/* What one of the two routes works on. */
struct transit_cert_work {
	struct transit_key *k;
	int64_t version;
};

static bool
transit_cert_read_key(
    struct request *req, struct transit_cert_work *w, const char *quote)
{
	if (!w->k)
		return refuse(req, 400, "key with provided name '%s' not found",
		    param_capture(req, "name"));
	if (!transit_type_can_sign(w->k->type))
		return refuse(req, 400,
		    "key type %s%s%s does not support signing", quote,
		    w->k->type->name, quote);
	if (w->k->derived)
		return refuse(req, 400,
		    "operation not supported on keys with derivation "
		    "enabled");
	w->version = param_is_given(req, "version") ? param_int(req, "version")
						    : w->k->latest;
	return true;
}

/* ---- requests ---- */

/* NULL when there is none, or when it cannot be read; *e then says why. */
static X509_REQ *
transit_csr_read_template(const char *pem, struct error *e)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	char *name = NULL, *header = NULL;
	unsigned char *der = NULL;
	const unsigned char *p;
	X509_REQ *csr = NULL;
	const char *why;
	long n = 0;

	if (!bio || PEM_read_bio(bio, &name, &header, &der, &n) != 1) {
		error_set(e, 400, "could not decode PEM certificate request");
	} else {
		p = der;
		csr = d2i_X509_REQ(NULL, &p, n);
		why = csr ? keypair_go_refusal(X509_REQ_get_X509_PUBKEY(csr))
			  : "asn1: structure error: malformed certificate "
			    "request";
		if (why) {
			error_set(e, 400, "%s", why);
			X509_REQ_free(csr);
			csr = NULL;
		}
	}
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
	BIO_free(bio);
	crypto_clear_errors();
	return csr;
}

/* Vault 1.19: Go keeps all extensions when none is critical, else the SANs. */
static bool
transit_csr_copy_extensions(X509_REQ *to, X509_REQ *from)
{
	STACK_OF(X509_EXTENSION) *all = X509_REQ_get_extensions(from);
	bool critical = false, ok = true;

	for (int i = 0; i < sk_X509_EXTENSION_num(all); i++)
		critical |= X509_EXTENSION_get_critical(
				sk_X509_EXTENSION_value(all, i)) == 1;
	for (int i = sk_X509_EXTENSION_num(all) - 1; critical && i >= 0; i--) {
		X509_EXTENSION *x = sk_X509_EXTENSION_value(all, i);

		if (OBJ_obj2nid(X509_EXTENSION_get_object(x)) ==
		    NID_subject_alt_name)
			ok &= X509_EXTENSION_set_critical(x, 0) == 1;
		else
			X509_EXTENSION_free(sk_X509_EXTENSION_delete(all, i));
	}
	if (sk_X509_EXTENSION_num(all) > 0)
		ok = ok && X509_REQ_add_extensions(to, all) == 1;
	sk_X509_EXTENSION_pop_free(all, X509_EXTENSION_free);
	return ok;
}

static const EVP_MD *
transit_csr_digest(const struct transit_type *type)
{
	if (type->kind == TRANSIT_ED25519)
		return NULL;
	if (type->kind == TRANSIT_EC && type->bytes == 48)
		return EVP_sha384();
	return type->kind == TRANSIT_EC && type->bytes == 66 ? EVP_sha512()
							     : EVP_sha256();
}

/* A request with the template's names, signed with the key: PEM, malloc'ed.
 * NULL when OpenSSL refuses. */
static char *
transit_csr_sign(
    const struct transit_type *type, EVP_PKEY *pair, X509_REQ *template)
{
	X509_REQ *csr = X509_REQ_new();
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem = NULL;

	if (csr && bio && pair && X509_REQ_set_version(csr, 0) == 1 &&
	    X509_REQ_set_pubkey(csr, pair) == 1 &&
	    (!template ||
		(X509_REQ_set_subject_name(
		     csr, X509_REQ_get_subject_name(template)) == 1 &&
		    transit_csr_copy_extensions(csr, template))) &&
	    X509_REQ_sign(csr, pair, transit_csr_digest(type)) > 0 &&
	    PEM_write_bio_X509_REQ(bio, csr) == 1) {
		pem = keypair_bio_text(bio);
		bio = NULL;
	}
	BIO_free(bio);
	X509_REQ_free(csr);
	crypto_clear_errors();
	return pem;
}

/* The PEM of a request, malloc'ed; NULL with e. template NULL: without names.
 */
static char *
transit_csr_make(
    const struct transit_cert_work *w, X509_REQ *template, struct error *e)
{
	struct transit_version *ver = transit_version_get(w->k, w->version);
	char *pem;

	if (!ver) {
		error_set(
		    e, 400, "could not create the csr: no such key version");
		return NULL;
	}
	if (ver->material.n == 0) {
		error_set(e, 400,
		    "could not create the csr: private key not imported for "
		    "key version selected");
		return NULL;
	}
	pem = transit_csr_sign(
	    w->k->type, transit_version_pair(w->k->type, ver), template);
	if (!pem)
		error_wrap(e, 500,
		    "could not create the csr: could not create the "
		    "cerfificate request: invalid template");
	return pem;
}

static enum handler_result
transit_csr_request(struct request *req)
{
	struct transit_cert_work w = { .k = transit_request_key(req) };
	const char *text = param_str(req, "csr");
	X509_REQ *template = NULL;
	struct error e = { 0 };
	char *pem = NULL;
	json_t *data;

	if (!transit_cert_read_key(req, &w, "'"))
		return HANDLED;
	if (*text)
		template = transit_csr_read_template(text, &e);
	if (!e.status)
		pem = transit_csr_make(&w, template, &e);
	X509_REQ_free(template);
	if (!pem)
		return fail_error(req, &e);
	data = json_pack("{s:s, s:s, s:s}", "csr", pem, "name", w.k->name,
	    "type", w.k->type->name);
	free(pem);
	return reply_data(req, data);
}

/* ---- chains ---- */

/* The blocks of a trimmed text that are certificates, onto the stack. */
static bool
transit_chain_read_blocks(BIO *bio, STACK_OF(X509) * chain, struct error *e)
{
	while (e->status == 0 && BIO_pending(bio) > 0) {
		char *name = NULL, *header = NULL;
		unsigned char *der = NULL;
		const unsigned char *p;
		X509 *cert = NULL;
		const char *why;
		long n = 0;

		if (PEM_read_bio(bio, &name, &header, &der, &n) != 1) {
			error_set(e, 400,
			    "could not decode PEM block in certificate chain");
		} else if (strcmp(name, "CERTIFICATE") == 0) {
			p = der;
			cert = d2i_X509(NULL, &p, n);
			why = cert && p == der + n
			    ? keypair_go_refusal(X509_get_X509_PUBKEY(cert))
			    : "x509: malformed certificate";
			if (why || sk_X509_push(chain, cert) <= 0) {
				X509_free(cert);
				error_set(e, 400,
				    "failed to parse certificate in "
				    "certificate chain: %s",
				    why ? why : "out of memory");
			}
		}
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(der);
	}
	return e->status == 0;
}

/* The certificates of a text, the caller's. NULL with e. */
static STACK_OF(X509) * transit_chain_read(struct request *req, struct error *e)
{
	char *text = arena_strdup(
	    req->arena, param_str(req, "certificate_chain"));
	STACK_OF(X509) *chain = sk_X509_new_null();
	size_t n = strlen(text);
	BIO *bio;

	while (n && strchr(" \t\r\n", text[n - 1]))
		text[--n] = '\0';
	text += strspn(text, " \t\r\n");
	bio = BIO_new_mem_buf(text, -1);
	if (!bio || !chain)
		error_wrap(e, 500, "could not read the certificate chain");
	else if (transit_chain_read_blocks(bio, chain, e) &&
	    sk_X509_num(chain) == 0)
		error_set(e, 400,
		    "provided certificate chain did not contain any valid PEM "
		    "certificate");
	BIO_free(bio);
	crypto_clear_errors();
	if (e->status == 0)
		return chain;
	sk_X509_pop_free(chain, X509_free);
	return NULL;
}

static const char *
transit_chain_go_algorithm(EVP_PKEY *key)
{
	if (key && EVP_PKEY_is_a(key, "RSA"))
		return "RSA";
	if (key && EVP_PKEY_is_a(key, "EC"))
		return "ECDSA";
	return key && EVP_PKEY_is_a(key, "ED25519") ? "Ed25519" : "0";
}

static const char *
transit_type_go_algorithm(const struct transit_type *type)
{
	if (type->kind == TRANSIT_RSA)
		return "RSA";
	return type->kind == TRANSIT_EC ? "ECDSA" : "Ed25519";
}

#define PERSIST "failed to persist certificate chain: "

/* One leaf, and it is the version's. */
static bool
transit_chain_check(
    const struct transit_cert_work *w, STACK_OF(X509) * chain, struct error *e)
{
	X509 *leaf = sk_X509_value(chain, 0);
	EVP_PKEY *key = X509_get0_pubkey(leaf), *pair;
	struct transit_version *ver = transit_version_get(w->k, w->version);
	const char *algorithm = transit_chain_go_algorithm(key);

	if (X509_get_extension_flags(leaf) & EXFLAG_CA)
		return error_set(e, 400,
		    PERSIST "certificate in the first position is not a leaf "
			    "certificate");
	for (int i = 1; i < sk_X509_num(chain); i++) {
		uint32_t flags = X509_get_extension_flags(
		    sk_X509_value(chain, i));

		if ((flags & EXFLAG_BCONS) && !(flags & EXFLAG_CA))
			return error_set(e, 400,
			    PERSIST "provided certificate chain contains more "
				    "than one leaf certificate");
	}
	if (strcmp(algorithm, transit_type_go_algorithm(w->k->type)) != 0)
		return error_set(e, 400,
		    PERSIST "could not validate key match between leaf "
			    "certificate key and key version in transit: "
			    "provided leaf certificate public key algorithm "
			    "'%s' does not match the transit key type '%s'",
		    algorithm, w->k->type->name);
	if (!ver)
		return error_set(e, 400,
		    PERSIST "could not validate key match between leaf "
			    "certificate key and key version in transit: no "
			    "such key version");
	pair = transit_version_pair(w->k->type, ver);
	return (pair && EVP_PKEY_eq(pair, key) == 1) ||
	    error_wrap(e, 500,
		PERSIST "leaf certificate public key does match the key "
			"version selected");
}

/* The certificates of the stack, DER, one after the other. */
static bool
transit_chain_encode(STACK_OF(X509) * chain, struct buf *out)
{
	for (int i = 0; i < sk_X509_num(chain); i++) {
		unsigned char *der = NULL;
		int n = i2d_X509(sk_X509_value(chain, i), &der);

		if (n <= 0)
			return false;
		buf_add(out, (char *)der, (size_t)n);
		OPENSSL_free(der);
	}
	return true;
}

static bool
transit_chain_keep(struct request *req, const struct transit_cert_work *w,
    STACK_OF(X509) * chain, struct error *e)
{
	struct transit_version *ver = transit_version_get(w->k, w->version);
	struct buf der;
	bool ok;

	buf_init(&der, 0);
	ok = transit_chain_encode(chain, &der);
	if (ok) {
		secret_set(&ver->chain, der.p, der.n);
		transit_key_save(req->vault, req->mount, w->k);
	}
	buf_release(&der);
	return ok || error_wrap(e, 500, PERSIST "malformed certificate");
}

static enum handler_result
transit_chain_set(struct request *req)
{
	struct transit_cert_work w = { .k = transit_request_key_own(req) };
	STACK_OF(X509) *chain = NULL;
	struct error e = { 0 };
	enum handler_result v = HANDLED;
	bool ok = transit_cert_read_key(req, &w, "");

	if (ok) {
		chain = transit_chain_read(req, &e);
		if (chain && transit_chain_check(&w, chain, &e) &&
		    transit_chain_keep(req, &w, chain, &e))
			v = reply_data(req,
			    json_pack("{s:s, s:s, s:s}", "certificate-chain",
				param_str(req, "certificate_chain"), "name",
				w.k->name, "type", w.k->type->name));
		else
			v = fail_error(req, &e);
	}
	sk_X509_pop_free(chain, X509_free);
	transit_key_free(w.k);
	return v;
}

char *
transit_chain_pem(const struct transit_version *ver)
{
	const unsigned char *p = ver->chain.p, *end = p + ver->chain.n;
	BIO *bio = ver->chain.n ? BIO_new(BIO_s_mem()) : NULL;
	bool ok = bio != NULL;
	char *pem;

	while (ok && p < end) {
		X509 *cert = d2i_X509(NULL, &p, end - p);

		ok = cert && PEM_write_bio_X509(bio, cert) == 1;
		X509_free(cert);
	}
	if (!ok) {
		BIO_free(bio);
		return NULL;
	}
	pem = keypair_bio_text(bio);
	if (pem && *pem)
		pem[strlen(pem) - 1] = '\0'; /* the last newline */
	return pem;
}

/* ---- routes ---- */

static const struct param transit_csr_params[] = {
	{ "csr", P_STRING, NULL, "A request whose names are taken, PEM" },
	{ "name", P_STRING, NULL, "The key" },
	{ "version", P_INT, NULL, "The version, else the latest" },
	PARAM_END,
};

static const struct param transit_chain_params[] = {
	{ "certificate_chain", P_STRING, NULL,
	    "The certificates, PEM, the leaf first" },
	{ "name", P_STRING, NULL, "The key" },
	{ "version", P_INT, NULL, "The version, else the latest" },
	PARAM_END,
};

#define S R_VERSION(VERSION_TRANSIT_CERTIFICATE_CHAIN)

const struct route transit_certificate_routes[] = {
	{ OP_WRITE, "keys/{name}/csr", S, transit_csr_params,
	    transit_csr_request, NULL, "A certificate request of a key" },
	{ OP_WRITE, "keys/{name}/set-certificate", S, transit_chain_params,
	    transit_chain_set, NULL, "Set the certificate chain of a key" },
	ROUTE_END,
};
