/*
 * A listener's SSL_CTX from its files, and what a fault changes of it. Go's
 * habits: TLS 1.2 at least, client certificates asked for but only checked when
 * the configuration says so.
 */
#include "http/tls.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/pem.h"
#include "base/text.h"
#include "http/http_internal.h"

static const struct {
	const char *name;
	const char *number;
	int version;
} tls_version_table[] = {
	{ "tls10", "1.0", TLS1_VERSION },
	{ "tls11", "1.1", TLS1_1_VERSION },
	{ "tls12", "1.2", TLS1_2_VERSION },
	{ "tls13", "1.3", TLS1_3_VERSION },
};

static int
tls_version_number(const char *name, int otherwise)
{
	if (!name || !*name)
		return otherwise;
	for (size_t i = 0;
	     i < sizeof(tls_version_table) / sizeof(tls_version_table[0]); i++)
		if (strcmp(tls_version_table[i].name, name) == 0 ||
		    strcmp(tls_version_table[i].number, name) == 0)
			return tls_version_table[i].version;
	return -1;
}

/* OpenSSL's own words for what Go's have no case of. */
static bool
tls_load_error(const char *what, struct error *e)
{
	unsigned long code = ERR_peek_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	error_set(e, 400, "%s: %s", what, reason ? reason : "not usable");
	ERR_clear_error();
	return false;
}

/* Go's text of a file that cannot be opened. */
static bool
tls_check_file(const char *what, const char *path, struct error *e)
{
	FILE *f = fopen(path ? path : "", "rb");
	const char *reason = strerror(errno);

	if (f) {
		fclose(f);
		return true;
	}
	return error_set(e, 400, "%s: open %s: %c%s", what, path ? path : "",
	    tolower((unsigned char)*reason), reason + 1);
}

/* The texts of Go's tls.LoadX509KeyPair, in its order. */
static bool
tls_load_certificate(SSL_CTX *ctx, const struct tls_files *f, struct error *e)
{
	static const char what[] = "error loading TLS cert";

	ERR_clear_error();
	pem_ask_nobody(ctx);
	if (!tls_check_file(what, f->cert, e) ||
	    !tls_check_file(what, f->key, e))
		return false;
	if (SSL_CTX_use_certificate_chain_file(ctx, f->cert) != 1)
		return ERR_GET_REASON(ERR_peek_error()) == PEM_R_NO_START_LINE
		    ? error_set(e, 400,
			  "%s: tls: failed to find any PEM data in certificate "
			  "input",
			  what)
		    : tls_load_error(what, e);
	if (SSL_CTX_use_PrivateKey_file(ctx, f->key, SSL_FILETYPE_PEM) == 1)
		return true;
	switch (ERR_GET_REASON(ERR_peek_error())) {
	case X509_R_KEY_VALUES_MISMATCH:
	case X509_R_KEY_TYPE_MISMATCH:
		return error_set(e, 400,
		    "%s: tls: private key does not match public key", what);
	case PEM_R_NO_START_LINE:
	case ERR_R_UNSUPPORTED:
		return error_set(e, 400,
		    "%s: tls: failed to find any PEM data in key input", what);
	default:
		return tls_load_error(what, e);
	}
}

static int
tls_accept_any_cert(int ok, X509_STORE_CTX *store)
{
	(void)ok;
	(void)store;
	return 1;
}

/* A client certificate is asked for but not verified, unless it is required:
 * Vault's cert auth looks at it. */
static bool
tls_set_client_certs(SSL_CTX *ctx, const struct tls_files *f, struct error *e)
{
	if (f->disable_client_certs)
		return !f->require_client_cert ||
		    error_set(e, 400,
			"'tls_disable_client_certs' and "
			"'tls_require_and_verify_client_cert' are mutually "
			"exclusive");
	if (f->require_client_cert && f->client_ca && *f->client_ca) {
		if (!tls_check_file(
			"failed to read tls_client_ca_file", f->client_ca, e))
			return false;
		if (SSL_CTX_load_verify_locations(ctx, f->client_ca, NULL) != 1)
			return error_set(e, 400,
			    "failed to parse CA certificate in "
			    "tls_client_ca_file");
		/* Every certificate of the file is an anchor, as in Go. */
		if (X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx),
			X509_V_FLAG_PARTIAL_CHAIN) != 1)
			return error_set(
			    e, 500, "failed to set up client certificates");
	}
	if (f->require_client_cert)
		SSL_CTX_set_verify(ctx,
		    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	else
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, tls_accept_any_cert);
	return true;
}

/* Chooses HTTP/1.1 or nothing, since h2 is not spoken here. A fault may name
 * any protocol, offered or not; "" names none. */
static int
tls_choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *n,
    const unsigned char *in, unsigned int in_n, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	const char *faulted = SSL_get_app_data(ssl);

	(void)arg;
	if (faulted) {
		*out = (const unsigned char *)faulted;
		*n = (unsigned char)strlen(faulted);
		return *n ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
	}
	if (SSL_select_next_proto((unsigned char **)(uintptr_t)out, n, ours,
		sizeof(ours) - 1, in, in_n) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	return SSL_TLSEXT_ERR_OK;
}

static bool
tls_set_configured_versions(
    SSL_CTX *ctx, const struct tls_files *f, struct error *e)
{
	static const char text[] =
	    "'%s' value \"%s\" not supported, please specify one of "
	    "[tls10,tls11,tls12,tls13]";
	int min = tls_version_number(f->min_version, TLS1_2_VERSION);
	int max = tls_version_number(f->max_version, TLS1_3_VERSION);

	if (min < 0)
		return error_set(
		    e, 400, text, "tls_min_version", f->min_version);
	if (max < 0)
		return error_set(
		    e, 400, text, "tls_max_version", f->max_version);
	if (max < min)
		return error_set(e, 400,
		    "'tls_max_version' must be greater than or equal to "
		    "'tls_min_version'");
	return SSL_CTX_set_min_proto_version(ctx, min) == 1 &&
	    SSL_CTX_set_max_proto_version(ctx, max) == 1;
}

/* tls_cipher_suites, which have their standard names, for what is below TLS
 * 1.3. Go's habits: those of TLS 1.3 are not chosen from, and a list that
 * leaves none below makes such handshakes fail. */
static bool
tls_set_cipher_suites(SSL_CTX *ctx, const struct tls_files *f, struct error *e)
{
	char *names, *rest, *name;
	struct buf list;
	bool ok = true;

	/* Vault 1.17: Go 1.22 no longer offers the exchange of keys by RSA. */
	if (!f->cipher_suites)
		return f->offers_rsa_exchange ||
		    SSL_CTX_set_cipher_list(ctx, "DEFAULT:!kRSA") == 1 ||
		    error_set(e, 400, "no cipher suite is known");
	buf_init(&list, 0);
	names = rest = xstrdup(f->cipher_suites);
	while ((name = strsep(&rest, ","))) {
		const char *known;
		char *full;

		name = trim_space(name);
		full = xasprintf("%s%s", name,
		    ends_with(name, "_POLY1305") ? "_SHA256" : "");
		known = OPENSSL_cipher_name(full);
		if (strcmp(known, "(NONE)") != 0 && !starts_with(known, "TLS_"))
			buf_printf(&list, "%s%s", list.n ? ":" : "", known);
		free(full);
	}
	free(names);
	if (list.n == 0 || SSL_CTX_set_cipher_list(ctx, list.p) != 1)
		ok = SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 ||
		    error_set(e, 400, "no cipher suite of the list is known");
	buf_release(&list);
	return ok;
}

SSL_CTX *
tls_context_new(const struct tls_files *f, struct error *e)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (!ctx ||
	    SSL_CTX_set_session_id_context(
		ctx, (const unsigned char *)"mockvault", 9) != 1) {
		SSL_CTX_free(ctx);
		error_set(e, 500, "no TLS context can be made");
		return NULL;
	}
	if (tls_load_certificate(ctx, f, e) &&
	    tls_set_configured_versions(ctx, f, e) &&
	    tls_set_cipher_suites(ctx, f, e) &&
	    tls_set_client_certs(ctx, f, e)) {
		SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
		SSL_CTX_set_alpn_select_cb(ctx, tls_choose_alpn, NULL);
		return ctx;
	}
	SSL_CTX_free(ctx);
	return NULL;
}

/* ---- what a fault changes ---- */

static SSL_CTX *
tls_new_profile(struct http_listener *l, enum fault_cert profile)
{
	struct http_server *s = l->server;
	struct error e = { 0 };
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;
	SSL_CTX *ctx = NULL;

	if (s->make_cert &&
	    s->make_cert(s->make_cert_arg, profile, l->tls, &cert, &key))
		ctx = tls_context_new(&l->files, &e);
	if (ctx &&
	    (SSL_CTX_clear_chain_certs(ctx) != 1 ||
		SSL_CTX_use_certificate(ctx, cert) != 1 ||
		SSL_CTX_use_PrivateKey(ctx, key) != 1)) {
		SSL_CTX_free(ctx);
		ctx = NULL;
	}
	X509_free(cert);
	EVP_PKEY_free(key);
	return ctx;
}

SSL_CTX *
tls_profile_context(struct http_listener *l, enum fault_cert profile)
{
	SSL_CTX **kept = &l->profiles[profile];

	if (profile == FAULT_CERT_CONFIGURED)
		return l->tls;
	if (!*kept)
		*kept = tls_new_profile(l, profile);
	if (*kept)
		return *kept;
	log_msg(l->server->log, LOG_WARN, "http",
	    "no certificate could be made for a fault");
	return l->tls;
}

void
tls_profiles_drop(struct http_listener *l)
{
	for (int i = 0; i < CERT_PROFILE_COUNT; i++) {
		SSL_CTX_free(l->profiles[i]);
		l->profiles[i] = NULL;
	}
}

/* OpenSSL 3 refuses old versions at its usual security level. */
static bool
tls_set_versions(SSL *ssl, int min, int max)
{
	if (max > 0 && max < TLS1_2_VERSION)
		SSL_set_security_level(ssl, 0);
	if (max > 0 && max < SSL_get_min_proto_version(ssl) &&
	    SSL_set_min_proto_version(ssl, max) != 1)
		return false;
	if (min > 0 && SSL_get_max_proto_version(ssl) != 0 &&
	    min > SSL_get_max_proto_version(ssl) &&
	    SSL_set_max_proto_version(ssl, min) != 1)
		return false;
	return (max <= 0 || SSL_set_max_proto_version(ssl, max) == 1) &&
	    (min <= 0 || SSL_set_min_proto_version(ssl, min) == 1);
}

bool
tls_apply_conn_faults(SSL *ssl, const struct conn_faults *w)
{
	if (!tls_set_versions(ssl, tls_version_number(w->tls_min, 0),
		tls_version_number(w->tls_max, 0)))
		return false;
	if (w->require_client_cert)
		SSL_set_verify(ssl,
		    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
		    tls_accept_any_cert);
	return !w->alpn ||
	    SSL_set_app_data(ssl, (void *)(uintptr_t)w->alpn) == 1;
}
