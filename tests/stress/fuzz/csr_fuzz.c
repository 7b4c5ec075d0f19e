/* A request for a certificate, as PEM or as the DER within: whatever it is, it
 * is read or refused; what was read is asked, checked and signed without harm,
 * and what comes out reads again. */
#include <openssl/err.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "secrets/pki/x509.h"
#include "tests/stress/fuzz/openssl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As sign-verbatim does: the request's own subject and extensions. */
static void
sign(struct arena *a, X509_REQ *csr, const struct x509_csr_san_list *names)
{
	struct random *r = random_new_seeded(7);
	EVP_PKEY *key = x509_key_generate(r, "ed25519", 0);
	struct x509_template root = { .is_ca = true, .max_path_length = -1 };
	struct x509_template plan = { .not_after_s = 1000,
		.max_path_length = -1,
		.usage = X509_USE_SIGNATURE,
		.dns = names->dns,
		.emails = names->emails,
		.ips = names->ips,
		.uris = names->uris,
		.others = names->others,
		.nothers = names->nothers,
		.verbatim_csr = csr };
	struct error e = { 0 };
	X509 *ca = x509_cert_make(r, &root, key, NULL, NULL, &e);
	X509 *cert = x509_cert_make(
	    r, &plan, X509_REQ_get0_pubkey(csr), ca, key, &e);
	int n;

	if (cert) {
		uint8_t *der = x509_der(a, cert, &n);
		X509 *again = x509_from_der(der, (size_t)n);

		if (!again || !x509_is_issued_by(again, ca))
			abort();
		x509_serial_str(a, again);
		X509_free(again);
	}
	X509_free(cert);
	X509_free(ca);
	EVP_PKEY_free(key);
	random_free(r);
}

static void
take(struct arena *a, const char *pem)
{
	struct error e = { 0 };
	X509_REQ *csr = x509_csr_from_pem(a, pem, &e);
	struct x509_csr_san_list names;

	if (!csr) {
		if (e.status == 0)
			abort();
		return;
	}
	x509_csr_names(a, csr, &names);
	x509_key_type(X509_REQ_get0_pubkey(csr));
	x509_key_bits(X509_REQ_get0_pubkey(csr));
	X509_REQ_verify(csr, X509_REQ_get0_pubkey(csr));
	sign(a, csr, &names);
	X509_REQ_free(csr);
	ERR_clear_error();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	char *pem;

	if (size > 0 && data[0] == '-')
		pem = arena_strndup(a, (const char *)data, size);
	else
		pem = arena_printf(
		    a, "%s\n", x509_pem(a, "CERTIFICATE REQUEST", data, size));
	take(a, pem);
	arena_free(a);
	return 0;
}
