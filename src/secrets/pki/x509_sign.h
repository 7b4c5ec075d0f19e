/*
 * What the files that make certificates, requests and revocation lists share.
 */
#ifndef MV_SECRETS_PKI_X509_SIGN_H
#define MV_SECRETS_PKI_X509_SIGN_H

#include "secrets/pki/x509.h"

/* false; e says what failed, with OpenSSL's reason. */
bool x509_fail(struct error *e, const char *what);
/* A context that signs with a key. bits of the hash: 0 is what fits the key.
 * NULL when OpenSSL refuses. */
EVP_MD_CTX *x509_sign_context(EVP_PKEY *key, int bits, bool pss);

/* Adds all extensions; issuer NULL: the certificate is its own. false when
 * OpenSSL refuses. */
bool x509_set_extensions(
    X509 *cert, const struct x509_template *tmpl, X509 *issuer);
/* SANs, basicConstraints CA:TRUE when they are wanted, and key usages. */
bool x509_csr_set_extensions(
    X509_REQ *csr, const struct x509_template *tmpl, bool basic_constraints);
/* What a certificate says of its issuer becomes this one's. */
bool x509_replace_issuer(
    X509 *cert, const struct x509_urls *urls, X509 *issuer);

#endif
