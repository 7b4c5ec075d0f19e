/*
 * The TLS of a listener: contexts, certificates, faults of a connection.
 */
#ifndef MV_HTTP_TLS_H
#define MV_HTTP_TLS_H

#include <openssl/ssl.h>

#include "base/error.h"
#include "http/http.h"

/* NULL with the file and OpenSSL's reason in e. */
SSL_CTX *tls_context_new(const struct tls_files *files, struct error *e);

/* The listener's context with the certificate of a profile; kept. The
 * configured one when there is none to be had. */
SSL_CTX *tls_profile_context(struct http_listener *l, enum fault_cert profile);
void tls_profiles_drop(struct http_listener *l);
/* Versions, ALPN, client certificate; false when OpenSSL refuses one. w
 * outlives ssl. */
bool tls_apply_conn_faults(SSL *ssl, const struct conn_faults *w);

#endif
