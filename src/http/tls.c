/*
 * A listener's SSL_CTX from its files. Go's habits: TLS 1.2 at least, client
 * certificates asked for but only checked when the configuration says so.
 */
#include "http/tls.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int version;
} versions[] = {
	{ "tls10", TLS1_VERSION },
	{ "tls11", TLS1_1_VERSION },
	{ "tls12", TLS1_2_VERSION },
	{ "tls13", TLS1_3_VERSION },
};

static int
version_of(const char *name, int otherwise)
{
	if (!name || !*name)
		return otherwise;
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (strcmp(versions[i].name, name) == 0)
			return versions[i].version;
	return -1;
}

static bool
complain(const char *what, const char *file, char *why, size_t why_size)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	snprintf(why, why_size, "error loading TLS %s %s: %s", what,
	    file ? file : "", reason ? reason : "not usable");
	ERR_clear_error();
	return false;
}

static bool
load_certificate(SSL_CTX *ctx, const struct tls_files *f, char *why,
    size_t why_size)
{
	if (SSL_CTX_use_certificate_chain_file(ctx, f->cert) != 1)
		return complain("cert", f->cert, why, why_size);
	if (SSL_CTX_use_PrivateKey_file(ctx, f->key, SSL_FILETYPE_PEM) != 1)
		return complain("key", f->key, why, why_size);
	if (SSL_CTX_check_private_key(ctx) != 1)
		return complain("key", f->key, why, why_size);
	return true;
}

static int
take_any(int ok, X509_STORE_CTX *store)
{
	(void)ok;
	(void)store;
	return 1;
}

/* Requested, never verified, unless required; Vault's cert auth looks at what
 * came. */
static bool
client_certificates(SSL_CTX *ctx, const struct tls_files *f, char *why,
    size_t why_size)
{
	if (f->disable_client_certs)
		return true;
	if (f->client_ca && *f->client_ca &&
	    SSL_CTX_load_verify_locations(ctx, f->client_ca, NULL) != 1)
		return complain("client CA", f->client_ca, why, why_size);
	if (f->require_client_cert)
		SSL_CTX_set_verify(ctx,
		    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	else
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, take_any);
	return true;
}

/* HTTP/1.1 or nothing: h2 is not spoken here. */
static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *n,
    const unsigned char *in, unsigned int in_n, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto((unsigned char **)(uintptr_t)out, n, ours,
		sizeof(ours) - 1, in, in_n) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	return SSL_TLSEXT_ERR_OK;
}

SSL_CTX *
tls_context(const struct tls_files *f, char *why, size_t why_size)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	int min = version_of(f->min_version, TLS1_2_VERSION);
	int max = version_of(f->max_version, 0);

	if (min < 0 || max < 0) {
		snprintf(why, why_size,
		    "invalid value for tls_min_version or tls_max_version: %s",
		    min < 0 ? f->min_version : f->max_version);
	} else if (SSL_CTX_set_min_proto_version(ctx, min) == 1 &&
	    SSL_CTX_set_max_proto_version(ctx, max) == 1 &&
	    load_certificate(ctx, f, why, why_size) &&
	    client_certificates(ctx, f, why, why_size)) {
		SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
		SSL_CTX_set_session_id_context(ctx,
		    (const unsigned char *)"mockvault", 9);
		return ctx;
	}
	SSL_CTX_free(ctx);
	return NULL;
}
