/*
 * Certificates that a fault shows instead of the configured one.
 */
#ifndef MV_SERVER_CERT_PROFILES_H
#define MV_SERVER_CERT_PROFILES_H

#include <openssl/types.h>
#include <stdbool.h>

#include "fault/response_fault.h"

/* arg is the instance; in the shape that http_certs asks for. */
bool cert_profile(void *arg, enum wire_cert profile, const SSL_CTX *ctx,
    X509 **cert, EVP_PKEY **key);

#endif
