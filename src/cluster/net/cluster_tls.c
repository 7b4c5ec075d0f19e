/*
 * TLS between nodes: both ends show the cluster's certificate, and take no
 * other. When it ends does not matter, so that a clock that is moved cuts
 * nobody off.
 */
#include <openssl/err.h>

#include "base/pem.h"
#include "cluster/net/tcp_internal.h"

static int
cluster_tls_verify(X509_STORE_CTX *store, void *arg)
{
	X509 *shown = X509_STORE_CTX_get0_cert(store);

	if (shown && X509_cmp(shown, arg) == 0)
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
	return 0;
}

SSL_CTX *
cluster_tls_new(
    const char *certificate, const char *key, X509 **pinned, struct error *e)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	X509 *cert = pem_certificate(certificate);
	EVP_PKEY *private = pem_private_key(key);
	bool ok = ctx && cert && private &&
	    SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
	    SSL_CTX_set_num_tickets(ctx, 0) == 1 &&
	    SSL_CTX_use_certificate(ctx, cert) == 1 &&
	    SSL_CTX_use_PrivateKey(ctx, private) == 1 &&
	    SSL_CTX_check_private_key(ctx) == 1;

	EVP_PKEY_free(private);
	ERR_clear_error();
	if (!ok) {
		SSL_CTX_free(ctx);
		X509_free(cert);
		error_set(e, 500, "the cluster's certificate cannot be used");
		return NULL;
	}
	SSL_CTX_set_verify(
	    ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, cluster_tls_verify, cert);
	*pinned = cert;
	return ctx;
}
