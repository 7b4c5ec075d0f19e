/*
 * OpenSSL's part of `pki/issue`: the key, the certificate, its signature and
 * their texts, over and over. Prints how many it made; who calls takes the
 * time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secrets/pki/x509.h"

#define LEAVES 4000

static char name[] = "a.example.com";
static char *const names[] = { name, NULL };

static void
leaf(struct arena *a, struct random *r, X509 *ca, EVP_PKEY *ca_key)
{
	struct x509_template plan = { .not_after_s = 4000000000,
		.usage = 0x15,
		.ext_usage = X509_EXT_SERVER | X509_EXT_CLIENT,
		.max_path_length = -1,
		.signature_bits = 256 };
	struct error e = { 0 };
	EVP_PKEY *key = x509_key_generate(r, "ec", 256);
	X509 *cert;
	char *pem;
	int n;

	plan.subject.common_name = name;
	plan.dns = (char **)(uintptr_t)names;
	cert = x509_cert_make(r, &plan, key, ca, ca_key, &e);
	x509_der(a, cert, &n);
	pem = x509_private_pem(key, false);
	secret_free(pem, strlen(pem));
	X509_free(cert);
	EVP_PKEY_free(key);
	arena_clear(a);
}

int
main(void)
{
	struct x509_template plan = { .not_after_s = 4000000000,
		.is_ca = true,
		.usage = X509_USE_CERT_SIGN | X509_USE_CRL_SIGN,
		.max_path_length = -1 };
	struct random *r = random_new_seeded(7);
	struct arena *a = arena_new();
	EVP_PKEY *key = x509_key_generate(r, "ec", 256);
	struct error e = { 0 };
	X509 *ca = x509_cert_make(r, &plan, key, NULL, NULL, &e);

	for (int i = 0; i < LEAVES; i++)
		leaf(a, r, ca, key);
	printf("%d\n", LEAVES);
	X509_free(ca);
	EVP_PKEY_free(key);
	arena_free(a);
	random_free(r);
	return 0;
}
