/*
 * A certificate for the nodes of a test's cluster, and its key.
 */
#ifndef MV_TESTS_SUPPORT_CLUSTER_CERTIFICATE_H
#define MV_TESTS_SUPPORT_CLUSTER_CERTIFICATE_H

#include <check.h>

#include "core/crypto/certificate.h"
#include "core/crypto/keypair.h"

/* Both PEM texts are malloc'ed. */
static inline void
make_cluster_certificate(struct random *random, char **certificate, char **key)
{
	static const char *const names[] = { "cluster", NULL };
	struct certificate_spec spec = { .common_name = "cluster",
		.dns_names = names,
		.not_before_s = 1000,
		.not_after_s = INT64_C(4102444800) }; /* 2100 */
	EVP_PKEY *pair = keypair_ec(random, "prime256v1");
	X509 *cert = certificate_new(random, &spec, pair, NULL, NULL);

	ck_assert(pair != NULL && cert != NULL);
	*certificate = certificate_pem(cert);
	*key = keypair_private_pem(pair);
	X509_free(cert);
	EVP_PKEY_free(pair);
}

#endif
