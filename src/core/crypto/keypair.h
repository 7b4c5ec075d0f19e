/*
 * Key pairs made from the instance's own randomness, so that a seed repeats
 * them; their PEM texts.
 */
#ifndef MV_CORE_CRYPTO_KEYPAIR_H
#define MV_CORE_CRYPTO_KEYPAIR_H

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "clock/random.h"

/* A curve by OpenSSL's name: "prime256v1", "secp384r1", "secp521r1". All three
 * give NULL when OpenSSL refuses. */
EVP_PKEY *keypair_ec(struct random *r, const char *curve);
EVP_PKEY *keypair_rsa(struct random *r, int bits);
EVP_PKEY *keypair_ed25519(struct random *r);

/* From numbers that somebody else made; NULL when they are no key. d NULL: a
 * public key alone; x and y NULL: made of d. p and q NULL: likewise, of n. */
EVP_PKEY *keypair_ec_from_numbers(
    const char *curve, const BIGNUM *d, const BIGNUM *x, const BIGNUM *y);
EVP_PKEY *keypair_rsa_from_numbers(
    const BIGNUM *n, const BIGNUM *e, const BIGNUM *p, const BIGNUM *q);

/* "EC PRIVATE KEY", "RSA PRIVATE KEY" or "PRIVATE KEY"; "PUBLIC KEY". All are
 * malloc'ed, NULL when OpenSSL refuses; who asks for a private one wipes it. */
char *keypair_private_pem(EVP_PKEY *key);
char *keypair_public_pem(EVP_PKEY *key);
/* What Go's crypto/x509 says of a public key that it refuses, and so of the
 * certificate or the request around it; NULL: it takes it. Of kinds of keys
 * that Go does not know it says nothing: they stay unread. */
const char *keypair_go_refusal(X509_PUBKEY *public);
/* The text of a memory BIO, which is freed; NULL: there is none. */
char *keypair_bio_text(BIO *bio);

#endif
