/*
 * TLS to the upstream: whom it trusts, and what went wrong.
 */
#include <arpa/inet.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/pem.h"
#include "proxy/proxy_internal.h"

static bool
upstream_tls_refuse(const char *option, const char *path, struct error *e)
{
	unsigned long code = ERR_peek_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	error_set(
	    e, 400, "-%s %s: %s", option, path, reason ? reason : "not usable");
	ERR_clear_error();
	return false;
}

static bool
upstream_tls_add_ca(SSL_CTX *ctx, const char *path, struct error *e)
{
	struct stat st;
	int ok;

	if (!path)
		return SSL_CTX_set_default_verify_paths(ctx) == 1 ||
		    upstream_tls_refuse("ca", "(the system's)", e);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		ok = SSL_CTX_load_verify_dir(ctx, path);
	else
		ok = SSL_CTX_load_verify_file(ctx, path);
	return ok == 1 || upstream_tls_refuse("ca", path, e);
}

static bool
upstream_tls_add_client(
    SSL_CTX *ctx, const struct proxy_settings *s, struct error *e)
{
	if (!s->client_cert && !s->client_key)
		return true;
	if (!s->client_cert || !s->client_key)
		return error_set(e, 400,
		    "-client-cert and -client-key must be given together");
	pem_ask_nobody(ctx);
	if (SSL_CTX_use_certificate_chain_file(ctx, s->client_cert) != 1)
		return upstream_tls_refuse("client-cert", s->client_cert, e);
	if (SSL_CTX_use_PrivateKey_file(ctx, s->client_key, SSL_FILETYPE_PEM) !=
		1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		return upstream_tls_refuse("client-key", s->client_key, e);
	return true;
}

/* As in Go, each certificate of the CA file is an anchor, whoever signed it. */
SSL_CTX *
upstream_tls_context(const struct proxy_settings *s, struct error *e)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	ERR_clear_error();
	if (!ctx || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
	    X509_VERIFY_PARAM_set_flags(
		SSL_CTX_get0_param(ctx), X509_V_FLAG_PARTIAL_CHAIN) != 1) {
		error_set(e, 500, "TLS is not available");
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_verify(
	    ctx, s->skip_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	if (upstream_tls_add_ca(ctx, s->ca, e) &&
	    upstream_tls_add_client(ctx, s, e))
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

SSL *
upstream_tls_new(const struct proxy *p)
{
	const char *name = p->settings.server_name ? p->settings.server_name
						   : p->host;
	SSL *ssl = SSL_new(p->tls);
	struct in6_addr address;
	bool ok;

	if (!ssl)
		return NULL;
	if (inet_pton(AF_INET, name, &address) == 1 ||
	    inet_pton(AF_INET6, name, &address) == 1) {
		ok = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) ==
		    1;
	} else {
		X509_VERIFY_PARAM_set_hostflags(
		    SSL_get0_param(ssl), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
		ok = SSL_set1_host(ssl, name) == 1 &&
		    SSL_set_tlsext_host_name(ssl, name) == 1;
	}
	if (ok)
		return ssl;
	SSL_free(ssl);
	return NULL;
}

bool
upstream_tls_failure(struct bufferevent *bev, char *out, size_t size)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	unsigned long code = ssl ? bufferevent_get_openssl_error(bev) : 0;
	long verified = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	if (verified != X509_V_OK &&
	    SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE)
		snprintf(out, size, "its certificate is not trusted: %s",
		    X509_verify_cert_error_string(verified));
	else if (reason)
		snprintf(out, size, "TLS: %s", reason);
	else
		return false;
	return true;
}
