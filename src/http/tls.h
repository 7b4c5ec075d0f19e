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

#endif
