/*
 * OpenSSL's SipHash over tokens.
 */
#include "journal/match/token_digest.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define LAST_TOKEN_MAX 128

struct token_digester {
	EVP_MAC_CTX *mac; /* NULL until the first token: finding
			     SipHash is a tenth of a start */
	/* The token asked for last, since the same one comes again and again;
	 * "" for none, and for one that is longer than this. */
	char last[LAST_TOKEN_MAX];
	char last_digest[TOKEN_DIGEST_SIZE];
};

struct token_digester *
token_digester_new(void)
{
	return xcalloc(1, sizeof(struct token_digester));
}

static EVP_MAC_CTX *
token_digester_make_mac(void)
{
	EVP_MAC *siphash = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
	EVP_MAC_CTX *mac = siphash ? EVP_MAC_CTX_new(siphash) : NULL;
	unsigned size = 8;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_SIZE, &size),
		OSSL_PARAM_construct_end(),
	};

	EVP_MAC_free(siphash);
	/* It is in OpenSSL's default provider, so only memory can be short. */
	if (!mac || EVP_MAC_CTX_set_params(mac, params) != 1)
		mem_exhausted();
	return mac;
}

void
token_digester_free(struct token_digester *d)
{
	if (!d)
		return;
	EVP_MAC_CTX_free(d->mac);
	free(d);
}

void
token_digest(
    struct token_digester *d, const char *token, char out[TOKEN_DIGEST_SIZE])
{
	static const uint8_t key[16] = "mockvaultjournal";
	uint8_t bytes[8];
	size_t len = strlen(token), n = 0;

	if (len > 0 && strcmp(d->last, token) == 0) {
		memcpy(out, d->last_digest, TOKEN_DIGEST_SIZE);
		return;
	}
	if (!d->mac)
		d->mac = token_digester_make_mac();
	if (EVP_MAC_init(d->mac, key, sizeof(key), NULL) != 1 ||
	    EVP_MAC_update(d->mac, (const uint8_t *)token, len) != 1 ||
	    EVP_MAC_final(d->mac, bytes, &n, sizeof(bytes)) != 1)
		process_end("OpenSSL cannot hash");
	hex_encode(bytes, sizeof(bytes), out);
	if (len >= sizeof(d->last)) {
		d->last[0] = '\0';
		return;
	}
	memcpy(d->last, token, len + 1);
	memcpy(d->last_digest, out, TOKEN_DIGEST_SIZE);
}
