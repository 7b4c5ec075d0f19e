/*
 * What a client of another server trusts and shows, as PEM texts: refused where
 * Vault refuses it, with Go's words.
 */
#ifndef MV_CORE_CRYPTO_CLIENT_TLS_H
#define MV_CORE_CRYPTO_CLIENT_TLS_H

#include "base/error.h"

/* "" is what is not given; one of them is. Vault 1.19: a text of authorities
 * without a certificate is taken, a certificate without its key or the key
 * alone only beside authorities. */
bool client_tls_check(
    const char *ca, const char *certificate, const char *key, struct error *e);
/* Is there a certificate in it? */
bool client_tls_has_certificate(const char *pem);

#endif
