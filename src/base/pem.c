/*
 * PEM by OpenSSL, without its questions.
 */
#include "base/pem.h"

static int
pem_no_pass_phrase(char *to, int size, int writing, void *arg)
{
	(void)to;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

X509 *
pem_next_certificate(BIO *bio)
{
	return PEM_read_bio_X509(bio, NULL, pem_no_pass_phrase, NULL);
}

X509 *
pem_certificate(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = bio ? pem_next_certificate(bio) : NULL;

	BIO_free(bio);
	return cert;
}

X509_CRL *
pem_crl(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509_CRL *crl = bio
	    ? PEM_read_bio_X509_CRL(bio, NULL, pem_no_pass_phrase, NULL)
	    : NULL;

	BIO_free(bio);
	return crl;
}

EVP_PKEY *
pem_private_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = bio
	    ? PEM_read_bio_PrivateKey(bio, NULL, pem_no_pass_phrase, NULL)
	    : NULL;

	BIO_free(bio);
	return key;
}

EVP_PKEY *
pem_public_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = bio
	    ? PEM_read_bio_PUBKEY(bio, NULL, pem_no_pass_phrase, NULL)
	    : NULL;

	BIO_free(bio);
	return key;
}

void
pem_ask_nobody(SSL_CTX *ctx)
{
	SSL_CTX_set_default_passwd_cb(ctx, pem_no_pass_phrase);
}
