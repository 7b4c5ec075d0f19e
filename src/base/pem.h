/*
 * Certificates and keys in PEM. Nobody is asked for a pass phrase, so what is
 * encrypted cannot be read: as in Vault, and since OpenSSL asks the terminal
 * and waits for it.
 */
#ifndef MV_BASE_PEM_H
#define MV_BASE_PEM_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

/* The first one of a text, for the caller to free; NULL: there is none.
 * OpenSSL's errors stay for who reads them. */
X509 *pem_certificate(const char *pem);
X509_CRL *pem_crl(const char *pem);
EVP_PKEY *pem_private_key(const char *pem);
EVP_PKEY *pem_public_key(const char *pem);

/* The next one of a text that a BIO has; NULL: no more. */
X509 *pem_next_certificate(BIO *bio);

/* For SSL_CTX_use_PrivateKey_file and the like. */
void pem_ask_nobody(SSL_CTX *ctx);

#endif
