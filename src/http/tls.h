/*
 * OpenSSL's side of a listener.
 */
#ifndef MV_HTTP_TLS_H
#define MV_HTTP_TLS_H

#include <openssl/ssl.h>

#include "http/http.h"

/* NULL with the file and OpenSSL's reason in why. */
SSL_CTX *tls_context(const struct tls_files *files, char *why,
    size_t why_size);

/* The listener's context with the certificate of a profile; kept. The
 * configured one when there is none to be had. */
SSL_CTX *tls_profile(struct http_listener *l, enum wire_cert profile);
void tls_profiles_drop(struct http_listener *l);
/* Versions, ALPN, client certificate. w outlives ssl. */
void tls_dress(SSL *ssl, const struct wire_conn *w);

#endif
