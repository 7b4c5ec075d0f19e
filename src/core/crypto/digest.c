/*
 * SHA-1, SHA-256 and HMAC-SHA256 that cannot fail unseen.
 */
#include "core/crypto/digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
digest_sha1(const void *p, size_t n, uint8_t out[DIGEST_SHA1_SIZE])
{
	if (EVP_Digest(p, n, out, NULL, EVP_sha1(), NULL) != 1)
		process_end("OpenSSL cannot hash");
}

void
digest_sha256(const void *p, size_t n, uint8_t out[DIGEST_SHA256_SIZE])
{
	if (EVP_Digest(p, n, out, NULL, EVP_sha256(), NULL) != 1)
		process_end("OpenSSL cannot hash");
}

void
digest_hmac_sha256(const void *key, size_t nkey, const void *p, size_t n,
    uint8_t out[DIGEST_SHA256_SIZE])
{
	unsigned length = DIGEST_SHA256_SIZE;

	if (!HMAC(EVP_sha256(), key, (int)nkey, p, n, out, &length))
		process_end("OpenSSL cannot hash");
}

struct digest_hmac {
	EVP_MAC_CTX *mac; /* NULL until it is used */
	size_t nkey;
	uint8_t key[];
};

struct digest_hmac *
digest_hmac_new(const void *key, size_t nkey)
{
	struct digest_hmac *h = xcalloc(1, sizeof(*h) + nkey);

	h->nkey = nkey;
	memcpy(h->key, key, nkey);
	return h;
}

void
digest_hmac_free(struct digest_hmac *h)
{
	if (!h)
		return;
	EVP_MAC_CTX_free(h->mac);
	OPENSSL_cleanse(h, sizeof(*h) + h->nkey);
	free(h);
}

static EVP_MAC_CTX *
digest_hmac_make(const struct digest_hmac *h)
{
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *mac = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(
		    OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};

	EVP_MAC_free(hmac);
	if (!mac || EVP_MAC_init(mac, h->key, h->nkey, params) != 1)
		process_end("OpenSSL cannot hash");
	return mac;
}

void
digest_hmac_of(struct digest_hmac *h, const void *p, size_t n,
    uint8_t out[DIGEST_SHA256_SIZE])
{
	size_t length;

	if (!h->mac)
		h->mac = digest_hmac_make(h);
	/* Without a key it begins anew under the one it has. */
	if (EVP_MAC_init(h->mac, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(h->mac, p, n) != 1 ||
	    EVP_MAC_final(h->mac, out, &length, DIGEST_SHA256_SIZE) != 1)
		process_end("OpenSSL cannot hash");
}
